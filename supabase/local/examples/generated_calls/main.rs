//! `generated_calls DATA_DIR RECORDING.mp3 KIND=COUNT…`: puts judged calls into a running stack, as the lanes would have
//! left them, and prints the number of each as `KIND CALL_ID`. The kinds are `three-hours` (30,000 words, 200 flags),
//! `one-hour`, `three-minutes` and `short` (20 seconds, one flag).
//!
//! The sound is that of the recording, over and over: what is said in it is not what the transcript says.

mod sound;
mod story;

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection};

use story::Kind;

const ACCOUNT: &str = "generated";
const WORKER: &str = "generator";
/// Of every local stack, as the Supabase CLI prints it.
const SECRET_KEY: &str = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data_dir, recording, wanted @ ..] = arguments.as_slice() else {
        bail!("generated_calls DATA_DIR RECORDING.mp3 KIND=COUNT...");
    };
    let stack = supabase_local::running_stack(Path::new(data_dir))
        .with_context(|| format!("no stack is running on {data_dir}"))?;
    let frames =
        sound::frames(&std::fs::read(recording).with_context(|| format!("{recording} cannot be read"))?)?;
    let address = format!("postgresql://postgres:postgres@127.0.0.1:{}/postgres", stack.db_port);
    let mut database = PgConnection::connect(&address).await?;
    for wish in wanted {
        let (kind, count) = wish.split_once('=').unwrap_or((wish, "1"));
        let kind = Kind::named(kind).with_context(|| format!("there is no kind {kind}"))?;
        let mp3 = sound::lasting(&frames, kind.duration_ms());
        for number in 0..count.parse::<u32>().context("a count is a number")? {
            let call = upload_and_store(&mut database, stack.api_port, kind, number, &mp3).await?;
            println!("{} {call}", kind.name());
        }
    }
    Ok(())
}

async fn upload_and_store(
    database: &mut PgConnection,
    api_port: u16,
    kind: Kind,
    number: u32,
    mp3: &[u8],
) -> anyhow::Result<i64> {
    let name = format!("{}-{}", kind.name(), uuid::Uuid::new_v4().simple());
    let (original, copy) = (format!("{ACCOUNT}/{name}.mp3"), format!("{ACCOUNT}/{name}.review.mp3"));
    let http = reqwest::Client::new();
    for path in [&original, &copy] {
        let answer = http
            .post(format!("http://127.0.0.1:{api_port}/storage/v1/object/recordings/{path}"))
            .header("apikey", SECRET_KEY)
            .header("authorization", format!("Bearer {SECRET_KEY}"))
            .header("content-type", "audio/mpeg")
            .body(mp3.to_vec())
            .send()
            .await?;
        if !answer.status().is_success() {
            bail!("Storage refuses {path}: {}", answer.text().await?);
        }
    }
    let file = json!({
        "path": copy, "storage_path": original, "bytes": mp3.len(), "content_type": "audio/mpeg",
        "sha256": format!("{:x}", Sha256::digest(mp3)),
    });
    store(database, kind, number, &name, &file).await
}

/// The way of one call through the lanes, in one transaction: nobody else claims it.
async fn store(
    database: &mut PgConnection,
    kind: Kind,
    number: u32,
    name: &str,
    file: &Value,
) -> anyhow::Result<i64> {
    let mut work = database.begin().await?;
    let (campaign, vertical): (String, String) =
        sqlx::query_as("select campaign, vertical from core.campaign_verticals where account is null and position('*' in campaign) = 0 order by mapping_id limit 1")
            .fetch_one(&mut *work)
            .await
            .context("no campaign is mapped to a vertical")?;
    let (ruleset_id, rules): (String, Value) = sqlx::query_as(
        "select s.ruleset_id, s.rules from core.verticals as v join core.rulesets as s on s.ruleset_id = v.ruleset_id
         where v.vertical = $1",
    )
    .bind(&vertical)
    .fetch_one(&mut *work)
    .await?;
    let seconds = kind.duration_ms() / 1000;
    let began = chrono::Utc::now() - chrono::Duration::seconds(i64::from(seconds) + 60);
    let record = json!({
        "ringba_call_id": name, "start_time_utc": began, "completed_at": began + chrono::Duration::seconds(seconds.into()),
        "call_length_seconds": seconds, "connected_length_seconds": seconds, "campaign_name": campaign,
        "publisher_name": format!("Generated {}", kind.name()), "target_name": "Generated", "buyer_name": "Generated",
        "has_recording": true, "is_live": false, "audio_url": format!("https://recordings.example/{name}.mp3"),
    });
    sqlx::query("select api.ingest_calls($1, $2)")
        .bind(ACCOUNT)
        .bind(json!([record]))
        .execute(&mut *work)
        .await?;
    let call_id: i64 = sqlx::query_scalar("select call_id from core.calls where ringba_call_id = $1")
        .bind(name)
        .fetch_one(&mut *work)
        .await
        .context("the call was set aside")?;

    let story = story::tell(kind, number, &rules);
    let judgement = json!({
        "verdict": "flagged", "ruleset_id": ruleset_id, "prompt_version": "generated", "judge_model": "phrases",
        "flags": story.flags, "rule_results": story.rule_results,
    });
    let steps = [
        (
            "vault",
            "downloading",
            "select api.complete_download($1, $2 ->> 'storage_path', ($2 ->> 'bytes')::bigint, $2 ->> 'sha256', $2 ->> 'content_type')",
            file.clone(),
        ),
        (
            "worker",
            "processing",
            "select api.complete_transcription($1, $2 -> 'transcript', $2 -> 'copy')",
            json!({ "transcript": story.transcript, "copy": file }),
        ),
        ("judge", "judging", "select api.complete_judgement($1, $2)", judgement),
    ];
    for (lane, status, complete, argument) in steps {
        let token: uuid::Uuid = sqlx::query_scalar(
            "with taken as (
               update core.calls set status = $2, lease_token = gen_random_uuid(), lease_owner = $3,
                 lease_expires_at = core.now() + interval '5 minutes', leased_at = core.now(), lease_progressed_at = core.now()
               where call_id = $1
               returning call_id, round, lease_token
             )
             insert into core.attempts (call_id, lane, round, lease_token, worker)
             select call_id, $4, round, lease_token, $3 from taken
             returning lease_token",
        )
        .bind(call_id)
        .bind(status)
        .bind(WORKER)
        .bind(lane)
        .fetch_one(&mut *work)
        .await
        .with_context(|| format!("{lane} takes the call"))?;
        sqlx::query(complete)
            .bind(token)
            .bind(argument)
            .execute(&mut *work)
            .await
            .with_context(|| format!("{lane} completes"))?;
    }
    work.commit().await?;
    Ok(call_id)
}
