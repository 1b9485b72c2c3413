//! Very many transcripts for the benchmark of search, and a search whose plans are watched. It is here because only
//! `supabase/` knows SQL.
//!
//! For the stacks of benchmarks only. Everything panics where the database refuses.

use std::time::{Duration, Instant};

use crate::stack::Stack;

/// How many calls say each of the selective words, however many transcripts there are.
pub const CALLS_PER_SELECTIVE_WORD: i64 = 20;
/// How many selective words there are.
pub const SELECTIVE_WORDS: i64 = 40;
const WORDS_PER_TRANSCRIPT: i64 = 100;

/// One search: how long it took, how many calls it told, and how many sequential scans its plans had.
#[derive(Debug, Clone, Copy)]
pub struct WatchedSearch {
    pub took: Duration,
    pub calls: i64,
    pub sequential_scans: i64,
}

/// A word that exactly [`CALLS_PER_SELECTIVE_WORD`] calls say, right before the word "number".
#[must_use]
pub fn selective_word(which: i64) -> String {
    let letters = b"bdfgklmnprst";
    let count = i64::try_from(letters.len()).unwrap_or(1);
    let letter = |at: i64| char::from(letters[usize::try_from(at % count).unwrap_or(0)]);
    format!("zy{}o{}u", letter(which / count), letter(which))
}

impl Stack {
    /// Fills the empty database with so many calls of one minute apart, each with a transcript of 100 words as
    /// people use them: few words very often, many rarely. "social" and "security" are said on every call.
    ///
    /// The rows of the stretches are written beside the transcripts and not by the trigger, call by call;
    /// [`Stack::stretches_differ_from_the_triggers`] holds the two against each other.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn load_many_transcripts(&self, calls: i64) {
        let words: Vec<String> = (0..SELECTIVE_WORDS).map(selective_word).collect();
        let load = format!(
            "begin;
            set local role none;
            set local session_replication_role = replica;
            set local work_mem = '256MB';
            set local maintenance_work_mem = '512MB';
            -- Looks at every word of every transcript, which is most of the time and none of the question.
            alter table core.transcripts drop constraint segments_well_formed;
            drop index core.idx_transcript_chunks_search;
            select setseed(0.5);
            insert into core.calls (account, ringba_call_id, start_time_utc, completed_at, call_length_seconds,
              storage_path, status, flags, qa_version, judge_model, campaign_name)
            select 'RA1', 'many-' || n, now() - n * interval '1 minute', now() - n * interval '1 minute', 40,
              'RA1/' || n || '.mp3', 'safe', '[]', 'r/p', 'phrases', 'Campaign ' || n % 20
            from generate_series(1, {calls}) as n;
            create temp table said on commit drop as
            select c.call_id, c.start_time_utc, w.words, w.timed
            from (select c.*, row_number() over (order by c.call_id) - 1 as n from core.calls as c) as c
            cross join lateral (
              select string_agg(r.word, ' ' order by r.k) as words,
                string_agg('[\"' || r.word || '\",' || r.k * 400 || ',' || r.k * 400 + 350 || ',0.9]', ',' order by r.k) as timed
              from (
                select k, case k
                    when 20 then 'social'
                    when 21 then 'security'
                    when 51 then 'number'
                    else case when k = 50 and c.n % ({calls} / {CALLS_PER_SELECTIVE_WORD}) < {SELECTIVE_WORDS}
                      then ($words${{{}}}$words$::text[])[c.n % ({calls} / {CALLS_PER_SELECTIVE_WORD}) + 1]
                      else 'k' || translate((8000 * power(random(), 3))::integer::text, '0123456789', 'abdegilmno') end
                  end as word
                from generate_series(0, {WORDS_PER_TRANSCRIPT} - 1) as k
                where c.n >= 0
              ) as r
            ) as w;
            insert into core.transcripts (call_id, model, language, duration_ms, segments, round)
            select s.call_id, 'm', 'en', 40000, ('[{{\"channel\": 0, \"speaker\": \"agent\", \"start_ms\": 0, \"end_ms\": 40000,
              \"words\": [' || s.timed || ']}}]')::jsonb, 1
            from said as s;
            insert into core.transcript_chunks (call_id, chunk_no, start_ms, end_ms, text, start_time_utc)
            select s.call_id, 0, 0, 40000, s.words, s.start_time_utc from said as s;
            create index idx_transcript_chunks_search on core.transcript_chunks using gin (search);
            commit;
            analyze core.calls, core.transcripts, core.transcript_chunks",
            words.join(",")
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(load))
            .execute(self.owner())
            .await
            .expect("the transcripts are loaded");
    }

    /// How many of a thousand transcripts have other stretches than the trigger makes of them.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn stretches_differ_from_the_triggers(&self) -> i64 {
        let mut transaction = self.owner().begin().await.expect("a transaction begins");
        let sample = "create temp table sample on commit drop as
            select * from core.transcript_chunks where call_id in (
              select call_id from core.calls where call_id % greatest(1, (select count(*) from core.calls) / 1000) = 0)";
        let again = "update core.transcripts as t set segments = t.segments where t.call_id in (select call_id from sample)";
        let differing = "
            with made as (select c.* from core.transcript_chunks as c where c.call_id in (select call_id from sample))
            select count(*) from (
              (select * from sample except select * from made) union all (select * from made except select * from sample)
            ) as d";
        sqlx::query(sample).execute(&mut *transaction).await.expect("a sample is kept");
        sqlx::query(again).execute(&mut *transaction).await.expect("the trigger runs");
        let differ =
            sqlx::query_scalar(differing).fetch_one(&mut *transaction).await.expect("the two are compared");
        transaction.rollback().await.expect("the transaction ends");
        differ
    }

    /// Searches as the review app does, and counts the sequential scans of all plans that ran for it.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn watched_search(&self, query: &str) -> WatchedSearch {
        let mut transaction = self.owner().begin().await.expect("a transaction begins");
        let began = Instant::now();
        let calls =
            sqlx::query_scalar("select jsonb_array_length(api.search_transcripts($1) -> 'calls')::bigint")
                .bind(query)
                .fetch_one(&mut *transaction)
                .await
                .expect("the search answers");
        let took = began.elapsed();
        let sequential_scans = sqlx::query_scalar(
            "select coalesce(sum(seq_scan), 0)::bigint from pg_stat_xact_user_tables where schemaname = 'core'",
        )
        .fetch_one(&mut *transaction)
        .await
        .expect("the scans are counted");
        transaction.rollback().await.expect("the transaction ends");
        WatchedSearch { took, calls, sequential_scans }
    }
}
