//! What tests of the watchdog do to a stack: set its limits, and trouble the database itself. As in
//! [`test_support`](crate::test_support), everything panics where the database refuses.

use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::{Connection as _, PgPool};

use crate::stack::Stack;

/// For other projects' stacks nothing.
const WATCH_FOR_NOTHING: &str = "
    do $$
    begin
      if to_regclass('core.alert_kinds') is not null then
        update core.alert_kinds set enabled = false where limit_value is not null;
      end if;
    end
    $$";

impl Stack {
    /// Has the watchdog look for nothing. A test's stack begins so: its calls are as old as the test makes them,
    /// and any full minute would bring alerts about that.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn watch_for_nothing(&self) {
        sqlx::raw_sql(WATCH_FOR_NOTHING).execute(self.owner()).await.expect("the watchdog looks for nothing");
    }

    /// Has the watchdog look for one kind of fault, from this value on, in the unit of its limit: calls count as
    /// stuck after `lasting`, and what is mended is over at the next check.
    ///
    /// # Panics
    /// When there is no such kind.
    pub async fn watch_for(&self, kind: &str, limit: f64, lasting: Duration) {
        let watched = sqlx::query(
            "update core.alert_kinds set enabled = true, calm = '0', limit_value = $2::float8::numeric,
               lasting = make_interval(secs => $3)
             where kind = $1 and limit_value is not null",
        )
        .bind(kind)
        .bind(limit)
        .bind(lasting.as_secs_f64())
        .execute(self.owner())
        .await
        .expect("the limit is set");
        assert_eq!(watched.rows_affected(), 1, "the watchdog knows no {kind}");
    }

    /// Has the watchdog look for this kind no more.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn stop_watching_for(&self, kind: &str) {
        sqlx::query("update core.alert_kinds set enabled = false where kind = $1")
            .bind(kind)
            .execute(self.owner())
            .await
            .expect("the kind is switched off");
    }

    /// Takes so many connections to the database; they end with the value.
    ///
    /// # Panics
    /// When there are not so many.
    pub async fn take_connections(&self, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .min_connections(connections)
            .max_connections(connections)
            .connect(&self.db_url())
            .await
            .expect("the connections are there")
    }

    /// How many of a hundred connections to the database are taken.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn connections_taken_percent(&self) -> f64 {
        sqlx::query_scalar(
            "select (100 * sum(numbackends) / current_setting('max_connections')::numeric)::float8 from pg_stat_database",
        )
        .fetch_one(self.owner())
        .await
        .expect("the connections are counted")
    }

    /// A transaction that stays open until the connection is closed.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn leave_transaction_open(&self) -> PgConnection {
        let mut connection = PgConnection::connect(&self.db_url()).await.expect("the database lets in");
        sqlx::raw_sql("begin; select core.now()").execute(&mut connection).await.expect("it begins");
        connection
    }

    /// Failures in a row of a channel that alerts are sent to.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn failures_of_channel(&self, channel: &str) -> i32 {
        sqlx::query_scalar("select coalesce(max(failures), 0) from core.alert_channels where channel = $1")
            .bind(channel)
            .fetch_one(self.owner())
            .await
            .expect("the failures are counted")
    }

    /// An account that has been read for so long: its books go back so far.
    ///
    /// # Panics
    /// When there is no such account.
    pub async fn account_is_read_since(&self, account: &str, age: Duration) {
        let known = sqlx::query(
            "update core.ingest_accounts set reads_from = core.now() - make_interval(secs => $2) where account = $1",
        )
        .bind(account)
        .bind(age.as_secs_f64())
        .execute(self.owner())
        .await
        .expect("the account is known");
        assert_eq!(known.rows_affected(), 1, "there is no account {account}");
    }
}
