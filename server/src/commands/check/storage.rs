//! Recordings: the bucket is there and private, and the lanes may write, read and delete in it.

use bytes::Bytes;
use futures::stream;
use supabase_client::http::{Api, Error};
use url::Url;

use super::Tried;
use super::supabase::trouble;

/// Always the same object: whoever breaks this off leaves one at most.
const PATH: &str = "callscript-check.mp3";
const CONTENT: &[u8] = b"Written by callscript-server check, which deletes it again.";

pub async fn recordings(api: &Api, url: &Url) -> Tried {
    let storage = api.storage();
    let bucket = match storage.bucket().await {
        Ok(bucket) => bucket,
        Err(Error::NotFound | Error::Forbidden) => {
            return Err("the key sees no bucket recordings. Is it a secret key? Otherwise push the migrations, which \
                        make the bucket: supabase db push."
                .to_owned());
        }
        Err(failure) => return Err(trouble(&failure, url)),
    };
    if bucket.public {
        return Err(
            "the bucket recordings is public: everybody who guesses a path hears a call. Make it private: \
                    Storage in Supabase's dashboard."
                .to_owned(),
        );
    }
    let content = stream::iter([Ok(Bytes::from_static(CONTENT))]);
    let length = CONTENT.len() as u64;
    let steps = async {
        storage
            .upload(PATH, "audio/mpeg", Some(length), content)
            .await
            .map_err(|failure| ("written", failure))?;
        let info = storage.info(PATH).await.map_err(|failure| ("read", failure))?;
        storage.delete(PATH).await.map_err(|failure| ("deleted", failure))?;
        Ok(info.is_some_and(|info| info.size == i64::try_from(length).unwrap_or(i64::MAX)))
    };
    match steps.await {
        Ok(true) => Ok("the bucket is private, and an object was written, read and deleted".to_owned()),
        Ok(false) => Err("what was written is not there afterwards. Is Storage well?".to_owned()),
        Err((step, failure)) => Err(format!("an object cannot be {step}: {}", trouble(&failure, url))),
    }
}
