#!/usr/bin/env bash
# restore.sh DB_URL FOLDER: puts a backup into a new project, to which the migrations were pushed as far as the backup's, and
# no further. All or nothing. The services must not run meanwhile.
set -euo pipefail
[ $# = 2 ] || { echo "usage: restore.sh DB_URL FOLDER" >&2; exit 2; }
db=$1 folder=$2
run() { psql "$db" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }
wanted=$(cat "$folder/migration")
here=$(run --command 'select max(version) from supabase_migrations.schema_migrations')
[ "$here" = "$wanted" ] || {
  echo "The backup is of migration $wanted, and this database is at $here: push the migrations as far as $wanted first." >&2
  exit 1
}
calls=$(run --command 'select count(*) from (select from core.calls limit 1) as c')
[ "$calls" = 0 ] || { echo "This database holds calls; a backup goes into a new project." >&2; exit 1; }

# As replica, no trigger makes anew what the backup holds: rulesets, counts, histories.
pg_restore --data-only --no-owner --file - "$folder/database.dump" | run --output /dev/null --single-transaction \
  --command 'set session_replication_role = replica' \
  --command "do \$\$
    begin
      execute (
        select 'truncate ' || string_agg(c.oid::regclass::text, ', ')
        from pg_class as c
        where c.relnamespace = 'core'::regnamespace and c.relkind in ('r', 'p')
      );
      delete from auth.identities;
      delete from auth.users;
    end
    \$\$" \
  --file -
run --command analyze
echo "The database is as it was. Bring the recordings, and ask: callscript-server audit storage --deep"
