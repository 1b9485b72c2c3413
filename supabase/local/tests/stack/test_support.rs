//! What tests do behind the `api` schema, on CallScript's own project.

use std::path::Path;
use std::time::Duration;

use sqlx::{Connection, PgConnection, Row};
use supabase_local::Stack;

async fn callscript() -> (Stack, PgConnection) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let stack = Stack::for_test(project).await.expect("the stack starts");
    let database = PgConnection::connect(&stack.db_url()).await.expect("a connection");
    (stack, database)
}

/// Rows of every table of schema `core`, exactly.
async fn rows_per_table(database: &mut PgConnection) -> Vec<(String, i64)> {
    let query = "
        select c.relname::text, (xpath('/row/n/text()', query_to_xml(
          format('select count(*) as n from core.%I', c.relname), false, true, '')))[1]::text::bigint
        from pg_class as c
        where c.relnamespace = 'core'::regnamespace and c.relkind in ('r', 'p')
        order by c.relname";
    let rows = sqlx::query(query).fetch_all(database).await.expect("the counts");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test]
async fn an_emptied_stack_is_as_it_was_seeded() {
    let (stack, mut database) = callscript().await;
    let seeded = rows_per_table(&mut database).await;
    // Also holds the list of kept tables against what the migrations and the seed fill.
    stack.empty().await;
    assert_eq!(rows_per_table(&mut database).await, seeded);

    sqlx::raw_sql(
        "insert into core.calls (account, ringba_call_id, start_time_utc, audio_url)
         values ('RA1', 'one', now(), 'https://media.example.test/1');
         select api.fail(lease_token, 'broken') from api.claim('vault', 'test');
         insert into core.sys_logs (level, lane, event) values ('info', 'web', 'e');
         insert into core.alerts (kind, level, message) values ('k', 'info', 'm')",
    )
    .execute(&mut database)
    .await
    .expect("rows of many kinds");
    stack.run_scheduled_work().await;
    assert_ne!(rows_per_table(&mut database).await, seeded);
    stack.empty().await;
    assert_eq!(rows_per_table(&mut database).await, seeded);
    let counted: i64 = sqlx::query_scalar("select sum(calls)::bigint from core.call_counts")
        .fetch_one(&mut database)
        .await
        .expect("the counts per state");
    assert_eq!(counted, 0);
}

#[tokio::test]
async fn moved_time_takes_a_lease_back() {
    let (stack, mut database) = callscript().await;
    let call_id: i64 = sqlx::query_scalar(
        "insert into core.calls (account, ringba_call_id, start_time_utc, audio_url)
         values ('RA1', 'one', now(), 'https://media.example.test/1') returning call_id",
    )
    .fetch_one(&mut database)
    .await
    .expect("a call");
    sqlx::query("select api.claim('vault', 'test')").execute(&mut database).await.expect("a claim");
    stack.run_scheduled_work().await;
    assert_eq!(stack.failures_of(call_id).await, 0, "the lease is fresh");

    // Set and not added up: the second takes the first's place.
    stack.set_time_shift(Duration::from_hours(1)).await;
    stack.set_time_shift(Duration::from_mins(10)).await;
    let shift: i64 = sqlx::query_scalar("select extract(epoch from shift)::bigint from core.test_clock")
        .fetch_one(&mut database)
        .await
        .expect("the clock");
    assert_eq!(shift, 600);
    stack.run_scheduled_work().await;
    assert_eq!(stack.failures_of(call_id).await, 1, "the lease ran out");
}
