use std::fs::File;
use std::io::{self, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use supabase_client::http::{AutoSession, Error, Storage};

use crate::auth::{password, session};
use crate::server::Server;

async fn storage(answers: impl IntoIterator<Item = (u16, &str)>) -> (Server, Storage) {
    let server = Server::start(answers).await;
    let storage = server.supabase.as_service().storage();
    (server, storage)
}

fn pieces(pieces: &[&'static str]) -> impl futures::Stream<Item = io::Result<Bytes>> + Send + use<> {
    let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
    stream::iter(pieces)
}

const MISSING: &str =
    r#"{"statusCode":"404","error":"not_found","message":"Object not found","code":"NoSuchKey"}"#;
const REFUSED: &str = r#"{"statusCode":"403","error":"Unauthorized","message":"new row violates row-level security policy","code":"AccessDenied"}"#;
const EXPIRED: &str = r#"{"statusCode":"403","error":"Unauthorized","message":"\"exp\" claim timestamp check failed (JWT)","code":"AccessDenied"}"#;
const TOO_LARGE: &str = r#"{"statusCode":"413","error":"Payload too large","message":"The object exceeded the maximum allowed size","code":"EntityTooLarge"}"#;

#[tokio::test]
async fn the_status_in_the_body_decides() {
    let (_server, storage) =
        storage([(400, MISSING), (400, REFUSED), (400, EXPIRED), (400, TOO_LARGE)]).await;
    assert_eq!(storage.info("ra/1.mp3").await.unwrap(), None);
    let upload = || storage.upload("ra/1.mp3", "audio/mpeg", None, pieces(&["x"]));
    assert!(matches!(upload().await.unwrap_err(), Error::Forbidden));
    assert!(matches!(upload().await.unwrap_err(), Error::NotSignedIn));
    assert!(matches!(upload().await.unwrap_err(), Error::Refused { .. }));
}

#[tokio::test]
async fn uploads_replace_and_paths_are_escaped() {
    let (server, storage) = storage([(200, "{}")]).await;
    storage.upload("ra/v2 a?b#c.mp3", "audio/mpeg", Some(6), pieces(&["abc", "def"])).await.unwrap();
    let [seen] = &server.seen()[..] else { panic!() };
    assert_eq!(seen.line, "POST /storage/v1/object/recordings/ra/v2%20a%3Fb%23c.mp3");
    assert_eq!(seen.body, "abcdef");
}

#[tokio::test]
async fn paths_cannot_climb() {
    let (server, storage) = storage([]).await;
    for path in ["../other/1.mp3", "ra/../../1.mp3", "ra//1.mp3", "", "/1.mp3", "ra/./1.mp3"] {
        assert!(matches!(storage.sign(path, Duration::from_mins(1)).await, Err(Error::NotFound)), "{path}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_broken_source_is_named_as_the_cause() {
    let (_server, storage) = storage([(200, "{}")]).await;
    let broken = pieces(&["abc"]).chain(stream::iter([Err(io::Error::other("the link died"))]));
    let error = storage.upload("ra/1.mp3", "audio/mpeg", None, broken).await.unwrap_err();
    assert!(matches!(&error, Error::Source(cause) if cause.to_string() == "the link died"), "{error:?}");
}

#[tokio::test]
async fn the_end_of_the_source_is_seen_before_the_answer() {
    let (_server, storage) = storage([(200, "{}")]).await;
    let ended = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&ended);
    let source = pieces(&["abc", "def"])
        .chain(stream::once(async move { end.store(true, Relaxed) }).filter_map(|()| async { None }));
    storage.upload("ra/1.mp3", "audio/mpeg", Some(6), source).await.unwrap();
    assert!(ended.load(Relaxed));
}

#[tokio::test]
async fn an_error_after_the_announced_length_counts() {
    let (_server, storage) = storage([(200, "{}")]).await;
    let source = pieces(&["abc", "def"]).chain(stream::iter([Err(io::Error::other("more than announced"))]));
    let error = storage.upload("ra/1.mp3", "audio/mpeg", Some(6), source).await.unwrap_err();
    assert!(
        matches!(&error, Error::Source(cause) if cause.to_string() == "more than announced"),
        "{error:?}"
    );
}

/// More than one piece of it is read.
fn file() -> (File, String) {
    let text: String = (0..100_000).map(|number: u32| number.to_string()).collect();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    (file, text)
}

#[tokio::test]
async fn a_file_is_sent_again_from_its_beginning() {
    let (server, storage) = storage([(503, "away"), (503, "away"), (200, "{}")]).await;
    let (file, text) = file();
    let file = Arc::new(file);
    storage.upload_file("ra/1.review.mp3", "audio/mpeg", Arc::clone(&file)).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for seen in seen {
        assert_eq!(seen.line, "POST /storage/v1/object/recordings/ra/1.review.mp3");
        assert!(seen.body == text, "{} bytes of {}", seen.body.len(), text.len());
    }
    assert_eq!((&*file).stream_position().unwrap(), text.len() as u64, "whoever reads it goes on as before");
}

#[tokio::test]
async fn a_file_outlives_the_session_that_a_stream_does_not() {
    let (one, two) = (session("one", 3600), session("two", 3600));
    let server = Server::start([
        (200, &*one),
        (400, EXPIRED),
        (200, &*two),
        (200, "{}"),
        (400, EXPIRED),
        (200, &*one),
    ])
    .await;
    let auto = AutoSession::sign_in(&server.supabase, "w@c.l".to_owned(), password()).await.unwrap();
    let storage = server.supabase.with_session(auto).storage();
    let (file, text) = file();
    storage.upload_file("ra/1.review.mp3", "audio/mpeg", file).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[3].authorization.as_deref(), Some("Bearer two"));
    assert!(seen[3].body == text);

    let error = storage.upload("ra/1.review.mp3", "audio/mpeg", None, pieces(&["x"])).await.unwrap_err();
    assert!(matches!(error, Error::NotSignedIn), "{error:?}");
}

#[tokio::test]
async fn an_upload_of_a_file_gives_up_and_takes_no_for_an_answer() {
    let (server, storage) = storage([(400, REFUSED)]).await;
    let file = Arc::new(file().0);
    let upload = || storage.upload_file("ra/1.review.mp3", "audio/mpeg", Arc::clone(&file));
    let error = upload().await.unwrap_err();
    assert!(matches!(error, Error::Forbidden), "{error:?}");
    assert_eq!(server.seen().len(), 1, "a refusal is final");
    // From here on the server fails.
    assert!(upload().await.unwrap_err().is_transient());
    assert_eq!(server.seen().len(), 5, "three more tries");
}

#[tokio::test]
async fn downloads_are_read_in_pieces() {
    let (server, storage) = storage([(200, "abcdef"), (400, MISSING)]).await;
    let pieces: Vec<Bytes> = storage.download("ra/1.mp3").await.unwrap().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"abcdef");
    assert_eq!(server.seen()[0].line, "GET /storage/v1/object/authenticated/recordings/ra/1.mp3");
    assert!(matches!(storage.download("ra/1.mp3").await.err(), Some(Error::NotFound)));
}

#[tokio::test]
async fn signed_links_are_absolute() {
    let (server, storage) =
        storage([(200, r#"{"signedURL":"/object/sign/recordings/ra/1.mp3?token=t"}"#)]).await;
    let link = storage.sign("ra/1.mp3", Duration::from_mins(5)).await.unwrap();
    assert!(link.starts_with("http://127.0.0.1:"), "{link}");
    assert!(link.ends_with("/storage/v1/object/sign/recordings/ra/1.mp3?token=t"), "{link}");
    assert_eq!(server.seen()[0].body, r#"{"expiresIn":300}"#);
}

#[tokio::test]
async fn deleting_what_is_gone_succeeds() {
    let (_server, storage) = storage([(400, MISSING)]).await;
    storage.delete("ra/1.mp3").await.unwrap();
}
