//! `judged_rules DATA_DIR on|off`: switches the rules that ask a language model, as admins do in Studio. Without
//! a model they are undecided, which the browser's tests need.

use std::path::Path;

use anyhow::{Context as _, bail};
use sqlx::{Connection as _, PgConnection};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (data_dir, enabled) = match arguments.as_slice() {
        [data_dir, state] if state == "on" => (data_dir, true),
        [data_dir, state] if state == "off" => (data_dir, false),
        _ => bail!("judged_rules DATA_DIR on|off"),
    };
    let stack = supabase_local::running_stack(Path::new(data_dir))
        .with_context(|| format!("no stack is running on {data_dir}"))?;
    let address = format!("postgresql://postgres:postgres@127.0.0.1:{}/postgres", stack.db_port);
    let mut database = PgConnection::connect(&address).await?;
    let switched = sqlx::query("update core.rules set enabled = $1 where kind = 'judged'")
        .bind(enabled)
        .execute(&mut database)
        .await?;
    if switched.rows_affected() == 0 {
        bail!("there is no rule that asks a language model");
    }
    Ok(())
}
