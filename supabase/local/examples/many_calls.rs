//! `many_calls DATA_DIR add|remove`: 120 safe calls of a publisher of their own, so that the queue has pages to turn in
//! the browser's tests. They are old, and stand behind all others.

use std::path::Path;

use anyhow::{Context as _, bail};
use sqlx::{Connection as _, PgConnection};

const REMOVE: &str = "
    delete from core.presence where call_id in (select call_id from core.calls where account = 'many-calls');
    delete from core.calls where account = 'many-calls'";

const ADD: &str = "
    insert into core.calls (account, ringba_call_id, start_time_utc, completed_at, call_length_seconds, storage_path,
      status, flags, qa_version, judge_model, publisher_name, campaign_name)
    select 'many-calls', 'many-calls-' || n, '2026-01-01Z'::timestamptz + make_interval(mins => n),
      '2026-01-01Z'::timestamptz + make_interval(mins => n + 1), 60, 'many-calls/' || n || '.mp3',
      'safe', '[]', 'many-calls', 'many-calls', 'Many calls', 'Many calls'
    from generate_series(1, 120) as n";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (data_dir, adds) = match arguments.as_slice() {
        [data_dir, what] if what == "add" => (data_dir, true),
        [data_dir, what] if what == "remove" => (data_dir, false),
        _ => bail!("many_calls DATA_DIR add|remove"),
    };
    let stack = supabase_local::running_stack(Path::new(data_dir))
        .with_context(|| format!("no stack is running on {data_dir}"))?;
    let address = format!("postgresql://postgres:postgres@127.0.0.1:{}/postgres", stack.db_port);
    let mut database = PgConnection::connect(&address).await?;
    // What an interrupted run left goes first.
    sqlx::raw_sql(REMOVE).execute(&mut database).await?;
    if adds {
        sqlx::raw_sql(ADD).execute(&mut database).await?;
    }
    Ok(())
}
