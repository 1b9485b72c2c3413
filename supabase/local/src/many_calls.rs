//! Very many calls for the benchmark of scale, and what is asked of them with the plans watched. It is here because
//! only `supabase/` knows SQL.
//!
//! For the stacks of benchmarks only. Everything panics where the database refuses.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, PgConnection};

use crate::stack::Stack;

/// Every so often a call ends: some five thousand a day.
const SECONDS_BETWEEN_CALLS: u32 = 17;

/// One question: how long it took, and how many sequential scans of large tables its plans had.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    pub took: Duration,
    pub sequential_scans: i64,
}

impl Stack {
    /// Fills the empty database with so many calls, the newest in work and the rest as calls end: most of them safe,
    /// some flagged and reviewed, a few failed. Beside them what grows with them: attempts of the newest million, and the
    /// books of each hour. The counters are set as their triggers would, and time stands at eight in the evening, so
    /// that a day is the same on both sides. What `pg_cron` does every minute is over.
    ///
    /// The checks of `core.calls` hold for every new row afterwards; `checks_hold` has them hold for these, too, which
    /// takes longer than the rest.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn load_many_calls(&self, calls: u64, checks_hold: bool) {
        let load = format!(
            "-- The jobs of each minute would wait for the load, and what they had begun to read could not be tidied up behind it.
            set role none;
            update cron.job set active = false;
            reset role;
            delete from core.test_clock;
            insert into core.test_clock (shift) values (date_trunc('day', now(), 'UTC') + interval '44 hours' - now());
            begin;
            set local role none;
            set local session_replication_role = replica;
            set local maintenance_work_mem = '512MB';
            -- Rows whose commit is not on the disk cannot be marked as visible to all by the vacuum.
            set local synchronous_commit = on;
            create temp table dropped (statement text) on commit drop;
            insert into dropped
            select pg_get_indexdef(i.indexrelid) from pg_index as i where i.indrelid = 'core.calls'::regclass and not i.indisunique;
            insert into dropped
            select format('alter table core.calls add constraint %I %s %s', c.conname, pg_get_constraintdef(c.oid),
              case when not {checks_hold} then 'not valid' end)
            from pg_constraint as c where c.conrelid = 'core.calls'::regclass and c.contype = 'c';
            do $$
            declare
              statement text;
            begin
              for statement in
                select format('drop index %s', i.indexrelid::regclass) from pg_index as i
                where i.indrelid = 'core.calls'::regclass and not i.indisunique
                union all
                select format('alter table core.calls drop constraint %I', c.conname) from pg_constraint as c
                where c.conrelid = 'core.calls'::regclass and c.contype = 'c'
              loop
                execute statement;
              end loop;
            end
            $$;
            {CALLS}
            do $$
            declare
              statement text;
            begin
              for statement in select d.statement from dropped as d loop
                execute statement;
              end loop;
            end
            $$;
            {BESIDE_CALLS}
            commit;",
            BESIDE_CALLS = BESIDE_CALLS,
            CALLS = CALLS
                .replace("<calls>", &calls.to_string())
                .replace("<seconds>", &SECONDS_BETWEEN_CALLS.to_string()),
        );
        sqlx::raw_sql(AssertSqlSafe(load)).execute(self.owner()).await.expect("the calls are loaded");
        // As autovacuum has it after a while.
        let settle = "vacuum (analyze) core.calls, core.calls_by_rule, core.attempts, core.books, core.reconciliations";
        sqlx::query(settle).execute(self.owner()).await.expect("the tables are vacuumed");
    }

    /// Claims a call for the vault or the worker and answers for it, as the lanes do: two transactions.
    ///
    /// # Panics
    /// When the database refuses, or no call waits.
    pub async fn watched_claim(&self, lane: &str) -> Watched {
        let answer = match lane {
            "vault" => {
                "select api.complete_download($1, 'RA1/2026/11/26/new.mp3', 400000, repeat('a', 64), 'audio/mpeg')"
            }
            _ => {
                "select api.complete_transcription($1, '{\"model\": \"m\", \"language\": \"en\", \"duration_ms\": 1000,
                   \"segments\": [{\"channel\": 0, \"speaker\": \"agent\", \"start_ms\": 0, \"end_ms\": 1000,
                   \"words\": [[\"Hello\", 0, 500, 0.9]]}], \"peaks\": [], \"unheard\": []}'::jsonb)"
            }
        };
        let began = Instant::now();
        let mut transaction = self.owner().begin().await.expect("a transaction begins");
        let token: sqlx::types::Uuid =
            sqlx::query_scalar("select c.lease_token from api.claim($1, 'bench', 1) as c")
                .bind(lane)
                .fetch_one(&mut *transaction)
                .await
                .expect("a call is claimed");
        let claimed = scans(&mut transaction).await;
        transaction.commit().await.expect("the claim is kept");
        let mut transaction = self.owner().begin().await.expect("a transaction begins");
        sqlx::query(answer).bind(token).execute(&mut *transaction).await.expect("the answer is taken");
        let answered = scans(&mut transaction).await;
        transaction.commit().await.expect("the answer is kept");
        Watched { took: began.elapsed(), sequential_scans: claimed + answered }
    }

    /// Asks for the five criteria.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn watched_criteria(&self) -> Watched {
        self.watched("select count(*) from api.criteria() where $1 = $1", "").await
    }

    /// Asks for everything that Prometheus is told.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn watched_metrics(&self) -> Watched {
        self.watched("select api.metrics() where $1 = $1", "").await
    }

    /// Opens the queue's first page under filters, a JSON object.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn watched_queue_page(&self, filter: &str) -> Watched {
        self.watched("select api.queue_page($1::jsonb)", filter).await
    }

    async fn watched(&self, question: &'static str, argument: &str) -> Watched {
        let mut transaction = self.owner().begin().await.expect("a transaction begins");
        let began = Instant::now();
        sqlx::query(question)
            .bind(argument)
            .fetch_one(&mut *transaction)
            .await
            .expect("the database answers");
        let took = began.elapsed();
        let sequential_scans = scans(&mut transaction).await;
        transaction.rollback().await.expect("the transaction ends");
        Watched { took, sequential_scans }
    }
}

/// Of the large tables, in this transaction.
async fn scans(transaction: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select coalesce(sum(seq_scan), 0)::bigint from pg_stat_xact_user_tables
         where schemaname = 'core' and relname in ('calls', 'calls_by_rule', 'attempts', 'books', 'reconciliations')",
    )
    .fetch_one(transaction)
    .await
    .expect("the scans are counted")
}

/// The oldest first, as they come.
const CALLS: &str = "
    insert into core.calls (account, ringba_call_id, start_time_utc, completed_at, call_length_seconds, campaign_name,
      publisher_name, buyer_name, target_name, vertical, caller_number, revenue, payout, cost, is_live, has_recording, audio_url,
      audio_url_seen_at, link_expires_at, storage_path, audio_bytes, audio_sha256, audio_content_type, audio_checked_at,
      status, status_changed_at, failed_lane, last_error, last_error_code,
      lease_token, lease_owner, leased_at, lease_expires_at, lease_progressed_at,
      flags, qa_version, judge_model, to_review, flags_readable_at, ingested_at)
    select 'RA1', 'scale-' || n, started, ended, 100,
      -- One campaign, and one rule, ended long ago.
      case when old and campaign = 7 then 'Old campaign' else 'Campaign ' || campaign end,
      'Publisher ' || publisher, 'Buyer ' || buyer, 'Target ' || n % 100, (array['aca', 'medicare', 'medicare'])[vertical + 1],
      '+1555' || lpad((n % 10000000)::text, 7, '0'), 12.5, 6.25, 0.3, false, status <> 'no_recording',
      case when status <> 'no_recording' then 'https://media.example.com/' || n end,
      case when status <> 'no_recording' then ended + interval '8 seconds' end, ended + interval '24 hours',
      path, case when path is not null then 400000 end, case when path is not null then repeat('a', 64) end,
      case when path is not null then 'audio/mpeg' end,
      -- The audit walks through everything once a day.
      case when path is not null and n > 1000 then core.now() - n % 86400 * interval '1 second' end,
      status, ended + interval '30 seconds', case when status = 'failed' then lane end,
      case when status = 'failed' then 'It cannot be read.' end, case when status = 'failed' then 'unreadable' end,
      case when leased then gen_random_uuid() end, case when leased then 'worker-1' end, case when leased then core.now() end,
      case when leased then core.now() + interval '1 hour' end, case when leased then core.now() end,
      case when status = 'flagged' then jsonb_build_array(jsonb_build_object('id', rule_key || ':3-4',
          'rule_key', rule_key, 'rule_title', 'A rule', 'severity', (array['critical', 'major', 'minor'])[severity + 1],
          'speaker', 'agent', 'quote', 'I guarantee', 'start_ms', 1000, 'end_ms', 2000, 'words', '[3, 4]'::jsonb))
        when judged then '[]' end,
      case when judged then 'rules/prompt' end, case when judged then 'phrases' end,
      -- What is older was reviewed.
      case when status in ('flagged', 'undecided') and n <= 6000 then 1 else 0 end,
      case when judged then ended + make_interval(secs => 40 + n % 100) end, ended
    from (
      select c.*, started + interval '100 seconds' as ended, case when old and rule = 7 then 'old-rule' else 'rule-' || rule end as rule_key,
        status in ('downloading', 'processing', 'judging') as leased, status in ('flagged', 'safe', 'undecided') as judged,
        case when status not in ('pending', 'downloading', 'no_recording') and not (status = 'failed' and lane = 'vault')
          then 'RA1/2026/11/26/' || n || '.mp3' end as path
      from (
        select n, core.now() - interval '2 minutes' - n * interval '<seconds> seconds' as started,
          case
            when n <= 800 then (array['pending', 'pending', 'pending', 'downloaded', 'downloaded', 'downloaded', 'transcribed',
              'transcribed', 'safe', 'safe', 'safe', 'safe', 'safe', 'safe', 'safe', 'safe', 'safe', 'safe', 'flagged', 'no_recording'])[n % 20 + 1]
            when n <= 830 then (array['downloading', 'processing', 'judging'])[n % 3 + 1]
            when n % 20 in (0, 1) then 'flagged'
            when n % 20 in (2, 3, 4) then 'no_recording'
            when n % 100 = 5 then 'failed'
            when n % 100 in (25, 45) then 'undecided'
            else 'safe'
          end as status,
          (array['vault', 'worker', 'judge'])[n % 3 + 1] as lane,
          n > 0.9 * <calls> as old,
          -- Whatever the others are.
          abs(hashint8extended(n, 1) % 20) as campaign, abs(hashint8extended(n, 2) % 50) as publisher,
          abs(hashint8extended(n, 3) % 15) as buyer, abs(hashint8extended(n, 4) % 3) as vertical,
          abs(hashint8extended(n, 5) % 3) as severity, abs(hashint8extended(n, 6) % 10) as rule
        from generate_series(<calls>, 1, -1) as n
      ) as c
    ) as c;";

const BESIDE_CALLS: &str = "
    insert into core.calls_by_rule (call_id, rule_key, urgency, queue_place)
    select c.call_id, c.flags -> 0 ->> 'rule_key', c.urgency, c.queue_place from core.calls as c where c.status = 'flagged';
    insert into core.attempts (call_id, lane, round, lease_token, worker, started_at, ended_at, outcome)
    select c.call_id, 'vault', 1, gen_random_uuid(), 'vault-1', c.completed_at + interval '9 seconds',
      c.completed_at + interval '12 seconds', 'accepted'
    from core.calls as c
    where c.storage_path is not null and c.call_id > (select max(d.call_id) - 1000000 from core.calls as d);
    insert into core.ingest_accounts (account, reads_from, covered)
    select 'RA1', min(c.start_time_utc), tstzmultirange(tstzrange(min(c.start_time_utc), core.now())) from core.calls as c;
    insert into core.reconciliations (account, hour_start, our_calls, our_revenue, our_payout, our_cost,
      ringba_calls, ringba_revenue, ringba_payout, ringba_cost, checked_at)
    select a.account, h, 0, 0, 0, 0, 0, 0, 0, 0, core.now()
    from core.ingest_accounts as a, core.hours_never_compared(a) as h;
    insert into core.books (account, hour_start, matches, checked_at, reconciliation_id)
    select r.account, r.hour_start, r.matches, r.checked_at, r.reconciliation_id from core.reconciliations as r;
    insert into core.compared_hours (account, hours)
    select b.account, range_agg(tstzrange(b.hour_start, b.hour_start + interval '1 hour')) from core.books as b group by b.account;
    update core.call_counts as k set calls = (select count(*) from core.calls as c where c.status = k.status);
    insert into core.stored_bytes (bytes) select sum(core.bytes_of(c)) from core.calls as c;";
