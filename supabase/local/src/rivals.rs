//! What benchmarks hold the ingest lane against: the same rows, written in two other ways into a table
//! with the columns, checks and indexes of `core.calls`. It is here because only `supabase/` knows SQL.
//!
//! For the stacks of benchmarks only. Everything panics where the database refuses.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::stack::Stack;

/// Columns of a row in the order in which [`Stack::copy_and_upsert`] reads them.
pub const RIVAL_COLUMNS: [&str; 22] = [
    "account",
    "ringba_call_id",
    "start_time_utc",
    "connected_at",
    "completed_at",
    "call_length_seconds",
    "connected_length_seconds",
    "campaign_id",
    "campaign_name",
    "publisher_id",
    "publisher_name",
    "target_id",
    "target_name",
    "buyer_name",
    "caller_number",
    "dialled_number",
    "revenue",
    "payout",
    "cost",
    "is_live",
    "has_recording",
    "audio_url",
];

impl Stack {
    /// Makes `api.rival_calls`, which PostgREST serves to the service.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn make_rival_table(&self) {
        let make = "
            create table api.rival_calls (like core.calls including all);
            grant all on api.rival_calls to service_role;
            -- Generated columns are worked out as whoever inserts.
            grant execute on all functions in schema core to service_role;
            notify pgrst, 'reload schema'";
        sqlx::raw_sql(make).execute(self.owner()).await.expect("the table is made");
    }

    /// Empties `api.rival_calls`.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn empty_rival_table(&self) {
        sqlx::raw_sql("truncate api.rival_calls").execute(self.owner()).await.expect("the table is emptied");
    }

    /// How many rows `api.rival_calls` has.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn rival_rows(&self) -> i64 {
        sqlx::query_scalar("select count(*) from api.rival_calls")
            .fetch_one(self.owner())
            .await
            .expect("the rows are counted")
    }

    /// Writes CSV rows of [`RIVAL_COLUMNS`] in one transaction: `copy` into a temporary table, then one
    /// `insert … on conflict do update`.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn copy_and_upsert(&self, csv: &str) {
        let columns = RIVAL_COLUMNS.join(", ");
        let news: Vec<String> =
            RIVAL_COLUMNS.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        let mut connection = PgConnection::connect(&self.db_url()).await.expect("the database answers");
        let mut transaction = connection.begin().await.expect("a transaction begins");
        let stage = format!(
            "create temp table stage on commit drop as select {columns} from api.rival_calls limit 0"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(stage)).execute(&mut *transaction).await.expect("a stage is made");
        let mut copy =
            transaction.copy_in_raw("copy stage from stdin (format csv)").await.expect("the copy begins");
        copy.send(csv.as_bytes()).await.expect("the rows are sent");
        copy.finish().await.expect("the rows are taken");
        let upsert = format!(
            "insert into api.rival_calls ({columns}) select {columns} from stage
             on conflict (ringba_call_id) do update set {}",
            news.join(", ")
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(upsert))
            .execute(&mut *transaction)
            .await
            .expect("the rows are kept");
        transaction.commit().await.expect("the transaction ends");
    }
}
