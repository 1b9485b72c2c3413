//! What tests do to a stack that no program may do: move time, run the schedule by hand, empty the
//! tables, look behind the `api` schema. It is here because only `supabase/` knows SQL.
//!
//! For the stacks of tests, and for CallScript's own project only: the functions and tables are those
//! of `supabase/migrations`. Everything panics where the database refuses, because a test cannot go on.

use std::time::Duration;

use crate::stack::Stack;

/// What `pg_cron` runs every minute (`supabase/migrations/20261101003500_scheduled_work.sql` and later ones).
const SCHEDULED_WORK: &str = "
    select core.reap(), core.settle_recordings(), core.fold_call_counts(), core.work_off_rejudge_orders(),
        core.end_model_days()::text, core.fold_stored_bytes(), core.watch()::text, core.delete_transcripts(),
        core.trim_logs(), core.trim_cron_history(), core.trim_alerts(), core.trim_reconciliations()";

/// All tables but those that the migrations and the seed fill. No `cascade`: a kept table that comes to
/// depend on an emptied one must be noticed, not emptied with it.
const EMPTY: &str = "
    -- Only a superuser may leave out the triggers that keep the append-only tables and count calls.
    set local role none;
    set local session_replication_role = replica;
    do $$
    declare
      kept constant text[] := array[
        'verticals', 'campaign_verticals', 'rules', 'draft_rules', 'rulesets', 'lanes', 'transitions', 'call_counts',
        'test_clock', 'alert_kinds', 'quiet_hours', 'database_starts', 'retention'];
    begin
      execute (
        select 'truncate ' || string_agg(c.oid::regclass::text, ', ')
        from pg_class as c
        where c.relnamespace = 'core'::regnamespace and c.relkind in ('r', 'p') and c.relname <> all (kept)
      );
    end
    $$;
    update core.call_counts set calls = 0";

/// How often emptying gives way to `pg_cron`, whose work may hold some of the tables and wait for others.
const GIVING_WAY: u32 = 5;
const DEADLOCK: &str = "40P01";

impl Stack {
    /// Puts the database's clock (`core.now()`) so far ahead of the real time, whatever it was before.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn set_time_shift(&self, shift: Duration) {
        sqlx::query(
            "insert into core.test_clock (shift) values (make_interval(secs => $1))
             on conflict (only_row) do update set shift = excluded.shift",
        )
        .bind(shift.as_secs_f64())
        .execute(self.owner())
        .await
        .expect("the database moves its clock");
    }

    /// Does what `pg_cron` does every minute: takes back calls whose lease has run out, settles calls
    /// without a recording, folds the counts, works off the orders to judge again, and looks what is wrong.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn run_scheduled_work(&self) {
        sqlx::query(SCHEDULED_WORK).execute(self.owner()).await.expect("the scheduled work is done");
    }

    /// Removes everything that lanes and people left: calls and all that hangs on them, logs, windows,
    /// alerts, comparisons. Rules, drafts, campaign mappings, lanes and the clock stay, and so do the files in
    /// Storage. No lane should be at work meanwhile: it may hold what is removed.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn empty(&self) {
        for gave_way in 0.. {
            let mut emptying = self.owner().begin().await.expect("a transaction");
            match sqlx::raw_sql(EMPTY).execute(&mut *emptying).await {
                Ok(_) => return emptying.commit().await.expect("the tables are emptied"),
                Err(sqlx::Error::Database(error))
                    if error.code().as_deref() == Some(DEADLOCK) && gave_way < GIVING_WAY =>
                {
                    emptying.rollback().await.expect("another try");
                }
                Err(error) => panic!("the tables are emptied: {error}"),
            }
        }
    }

    /// Failures that a call counts against its three; the `api` schema tells them to the lanes only.
    ///
    /// # Panics
    /// When there is no such call.
    pub async fn failures_of(&self, call_id: i64) -> i32 {
        sqlx::query_scalar("select attempts from core.calls where call_id = $1")
            .bind(call_id)
            .fetch_one(self.owner())
            .await
            .expect("there is such a call")
    }

    /// Ends the leases that a worker holds, as time would 90 seconds after its death.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn end_leases_of(&self, worker: &str) {
        sqlx::query("update core.calls set lease_expires_at = core.now() - interval '1 second' where lease_owner = $1")
            .bind(worker)
            .execute(self.owner())
            .await
            .expect("the leases end");
    }

    /// The most failures of any call that a worker holds; 0 when it holds none.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn most_failures_held_by(&self, worker: &str) -> i32 {
        sqlx::query_scalar("select coalesce(max(attempts), 0) from core.calls where lease_owner = $1")
            .bind(worker)
            .fetch_one(self.owner())
            .await
            .expect("the failures are counted")
    }

    /// Lets a lease of every lane end so long after the last sign of life.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn set_lease_length(&self, length: Duration) {
        sqlx::query("update core.lanes set lease_length = make_interval(secs => $1)")
            .bind(length.as_secs_f64())
            .execute(self.owner())
            .await
            .expect("the leases have another length");
    }

    /// Seconds from hang-up to the first verdict, with the call, of every call that has both.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn flag_latencies(&self) -> Vec<(f64, i64)> {
        sqlx::query_as(
            "select extract(epoch from flags_readable_at - completed_at)::float8, call_id from core.calls
             where flags_readable_at is not null and completed_at is not null",
        )
        .fetch_all(self.owner())
        .await
        .expect("the moments are kept")
    }

    /// Every line of the log with all its columns, in the order of time.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn log_lines(&self) -> Vec<serde_json::Value> {
        sqlx::query_scalar("select to_jsonb(s) from core.sys_logs as s order by logged_at, log_id")
            .fetch_all(self.owner())
            .await
            .expect("the log is read")
    }

    /// Every row of every table of ours, as text.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn every_row(&self) -> Vec<String> {
        let tables: Vec<String> = sqlx::query_scalar(
            "select oid::regclass::text from pg_class where relnamespace = 'core'::regnamespace and relkind in ('r', 'p')",
        )
        .fetch_all(self.owner())
        .await
        .expect("the tables are known");
        let mut rows = Vec::new();
        for table in tables {
            let of_table = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
                "select '{table}: ' || to_jsonb(t)::text from {table} as t"
            )))
            .fetch_all(self.owner());
            rows.extend(of_table.await.expect("the rows are read"));
        }
        rows
    }

    /// The short lasting name of a call's newest failure.
    ///
    /// # Panics
    /// When there is no such call.
    pub async fn error_code_of(&self, call_id: i64) -> Option<String> {
        sqlx::query_scalar("select last_error_code from core.calls where call_id = $1")
            .bind(call_id)
            .fetch_one(self.owner())
            .await
            .expect("there is such a call")
    }

    /// Says which channel of an account's recordings is the agent's, as admins do in Studio.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn set_agent_channel(&self, account: &str, channel: i16) {
        sqlx::query(
            "insert into core.ingest_accounts (account, reads_from, agent_channel) values ($1, core.now(), $2)
             on conflict (account) do update set agent_channel = excluded.agent_channel",
        )
        .bind(account)
        .bind(channel)
        .execute(self.owner())
        .await
        .expect("the account is known");
    }

    /// Switches a rule on, as admins do in Studio.
    ///
    /// # Panics
    /// When there is no such rule.
    pub async fn enable_rule(&self, vertical: &str, key: &str) {
        let enabled = sqlx::query("update core.rules set enabled = true where vertical = $1 and key = $2")
            .bind(vertical)
            .bind(key)
            .execute(self.owner())
            .await
            .expect("the rule is switched on");
        assert_eq!(enabled.rows_affected(), 1, "{vertical} has no rule {key}");
    }

    /// Gives all rules of a vertical another title.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn retitle_rules(&self, vertical: &str, title: &str) {
        self.edit_rules("update core.rules set title = $2 where vertical = $1", vertical, title).await;
    }

    /// Gives all phrase rules of a vertical another phrase.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn rephrase_rules(&self, vertical: &str, phrase: &str) {
        let sql = "update core.rules set phrases = array[$2] where vertical = $1 and kind = 'phrases'";
        self.edit_rules(sql, vertical, phrase).await;
    }

    /// Switches the rules of a vertical on and off, each to the other.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn switch_rules(&self, vertical: &str) {
        let sql = "update core.rules set enabled = not enabled where vertical = $1 and $2 = ''";
        self.edit_rules(sql, vertical, "").await;
    }

    /// Deletes one rule of a vertical, if it has any.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn delete_a_rule(&self, vertical: &str) {
        let sql = "delete from core.rules
                   where rule_id = (select min(rule_id) from core.rules where vertical = $1 and $2 = '')";
        self.edit_rules(sql, vertical, "").await;
    }

    /// Puts a phrase rule about the agent's words into a draft, as admins do in Studio.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn draft_phrase_rule(&self, draft: &str, vertical: &str, key: &str, phrase: &str) {
        sqlx::query(
            "insert into core.draft_rules (draft, vertical, key, title, severity, speaker, instruction, phrases)
             values ($1, $2, $3, $3, 'major', 'agent', 'Do not say it.', array[$4])",
        )
        .bind(draft)
        .bind(vertical)
        .bind(key)
        .bind(phrase)
        .execute(self.owner())
        .await
        .expect("the rule is drafted");
    }

    async fn edit_rules(&self, sql: &'static str, vertical: &str, value: &str) {
        sqlx::query(sql).bind(vertical).bind(value).execute(self.owner()).await.expect("rules are edited");
    }

    /// Keeps a kind of thing for so long (`core.retention`); holds a day later.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn keep_for(&self, what: &str, age: Duration) {
        let updated =
            sqlx::query("update core.retention set keep = make_interval(secs => $2) where what = $1")
                .bind(what)
                .bind(age.as_secs_f64())
                .execute(self.owner())
                .await
                .expect("the age is set");
        assert_eq!(updated.rows_affected(), 1, "there is no age of {what}");
    }

    /// Has Storage answer 500 whenever it is to delete an object, or no more.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn break_deleting(&self, broken: bool) {
        let sql = if broken {
            "create function core.break_deleting() returns trigger language plpgsql as
             $$ begin raise exception 'Storage is broken.'; end $$;
             create trigger a_test_breaks_deleting before delete on storage.objects
               for each row execute function core.break_deleting()"
        } else {
            "drop function core.break_deleting() cascade"
        };
        sqlx::raw_sql(sql).execute(self.owner()).await.expect("deleting is broken, or mended");
    }

    /// Path, bytes and SHA-256 of the review copy that is noted for a call.
    ///
    /// # Panics
    /// When there is none.
    pub async fn review_copy_of(&self, call_id: i64) -> (String, i64, String) {
        sqlx::query_as("select review_path, review_bytes, review_sha256 from core.calls where call_id = $1")
            .bind(call_id)
            .fetch_one(self.owner())
            .await
            .expect("the call has a review copy")
    }

    /// Writes two attempts of a call that were at work at the same time, as no lane can.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn process_twice(&self, call_id: i64) {
        sqlx::query(
            "insert into core.attempts (call_id, lane, round, lease_token, worker, started_at, ended_at, outcome)
             select $1, 'worker', 1, gen_random_uuid(), 'twice', core.now() - begun, core.now() - begun + interval '10 minutes', 'failed'
             from unnest(array[interval '60 minutes', interval '55 minutes']) as begun",
        )
        .bind(call_id)
        .execute(self.owner())
        .await
        .expect("the attempts are written");
    }

    /// Forgets what was found processed twice, as admins do once they know how it came about.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn forget_double_work(&self) {
        sqlx::query("delete from core.double_work")
            .execute(self.owner())
            .await
            .expect("the findings are deleted");
    }
}
