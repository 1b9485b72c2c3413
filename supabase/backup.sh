#!/usr/bin/env bash
# backup.sh DB_URL FOLDER: writes what the database holds into a folder of its own: everything in the schema core, and the
# people who can sign in. The services may run meanwhile. The recordings are not in the database: see server/deploy/README.md.
set -euo pipefail
[ $# = 2 ] || { echo "usage: backup.sh DB_URL FOLDER" >&2; exit 2; }
db=$1 folder=$2
mkdir -p "$folder"
[ ! -e "$folder/database.dump" ] || { echo "$folder holds a backup already; name a new folder." >&2; exit 1; }
umask 077
# Written under another name until it is whole.
pg_dump "$db" --format custom --data-only --file "$folder/database.part" \
  --table 'core.*' --exclude-table-data core.test_clock --table auth.users --table auth.identities
psql "$db" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
  --command 'select max(version) from supabase_migrations.schema_migrations' >"$folder/migration"
mv "$folder/database.part" "$folder/database.dump"
printf 'The database as of migration %s is in %s.\n' "$(cat "$folder/migration")" "$folder"
