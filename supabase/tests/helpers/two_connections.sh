# shellcheck shell=bash
# For tests that need more than one connection, and therefore committed rows. Asks $DB_URL; prints TAP;
# removes its calls (account TEST) at the end. Does nothing where other calls wait: it would claim them.

: "${DB_URL:?the address of a local database}"
failed=0
number=0
workers=()
answers=$(mktemp -d)

answer() { psql "$DB_URL" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --command "$1"; }

same() {
  number=$((number + 1))
  if [ "$1" = "$2" ]; then
    echo "ok $number - $3"
  else
    failed=1
    echo "not ok $number - $3"
    printf '#   have: %s\n#   want: %s\n' "${1//$'\n'/ }" "$2"
  fi
}

make_calls() {
  answer "insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status)
    select 'TEST', 'concurrent-' || i, now() - make_interval(secs => i), 'TEST/' || i || '.mp3', 'downloaded'
    from generate_series(1, $1) as i"
}

remove_calls() {
  answer "begin; alter table core.attempts disable trigger user; alter table core.judgements disable trigger user;
    update core.calls set judgement_id = null where account = 'TEST';
    delete from core.judgements where call_id in (select call_id from core.calls where account = 'TEST');
    delete from core.attempts where call_id in (select call_id from core.calls where account = 'TEST');
    delete from core.presence where call_id in (select call_id from core.calls where account = 'TEST');
    delete from core.calls where account = 'TEST';
    alter table core.judgements enable trigger user; alter table core.attempts enable trigger user; commit" >/dev/null
}

remove_calls
if [ "$(answer "select exists (select from core.calls where claimable)")" = t ]; then
  echo "1..0 # SKIP calls wait in this database"
  exit 0
fi
clean_up() {
  remove_calls
  rm -rf "$answers"
}
trap clean_up EXIT
