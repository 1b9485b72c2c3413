-- What runs by itself where pg_cron is there, and what it does.
begin;
\ir helpers/setup.psql
select no_plan();

select case when exists (select from pg_extension where extname = 'pg_cron') then (
  select set_eq(
    $$select jobname::text, schedule from cron.job where jobname like 'callscript-%' and active$$,
    $$values ('callscript-reap', '* * * * *'), ('callscript-settle-recordings', '* * * * *'), ('callscript-fold-call-counts', '* * * * *'),
      ('callscript-trim-logs', '* * * * *'), ('callscript-trim-cron-history', '*/10 * * * *'), ('callscript-trim-alerts', '*/10 * * * *'),
      ('callscript-trim-reconciliations', '*/10 * * * *'), ('callscript-delete-transcripts', '* * * * *'), ('callscript-trim-windows', '37 3 * * *'),
      ('callscript-judge-again', '* * * * *'), ('callscript-end-model-days', '7 * * * *'),
      ('callscript-fold-stored-bytes', '* * * * *'), ('callscript-watch', '* * * * *')$$,
    'the jobs are scheduled'
  )
) else skip('pg_cron is not there', 1) end;

insert into core.sys_logs (level, lane, event, logged_at) values
  ('info', 'web', 'old', core.now() - interval '31 days'), ('info', 'web', 'young', core.now() - interval '29 days');
select is(core.trim_logs(), 1::bigint, 'logs are kept for 30 days');
select is((select array_agg(event) from core.sys_logs), '{young}', 'and no longer');

select * from finish();
rollback;
