#!/usr/bin/env bash
# For people with Docker: `supabase start` runs already; this runs the server with all lanes under
# `cargo leptos watch`, a worker, and the Ringba simulator unless CALLSCRIPT_RINGBA_ACCOUNT is set.
# Without the Supabase CLI it takes the embedded stack that runs on .callscript/stack.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=end2end/scripts/groups.sh
. "$SCRIPTS/groups.sh"
read_env_file

take_folder "$STATE/dev" "'make dev' is running here already."
trap 'printf "\n"; say "Stopping."; exit 0' INT

# Before anything is built. The embedded stack's program is there where the stack runs.
status=$(supabase status -o env 2>/dev/null || target/debug/supabase-local status -o env 2>/dev/null) ||
  fail "No Supabase runs here: 'supabase start' first."

"$SCRIPTS/install.sh" demo 9>&-
toolchain=$("$SCRIPTS/install-wasm-target.sh" 9>&- | tail -n 1)
[ -z "$toolchain" ] || export RUSTUP_TOOLCHAIN=$toolchain
"$SCRIPTS/install-wasm-bindgen.sh" 9>&-
if ! have cargo-leptos; then
  if have cargo-binstall; then
    cargo binstall --no-confirm --root "$TOOLS" cargo-leptos@0.3.11
  else
    say "Compiling cargo-leptos (half an hour on two cores; cargo-binstall would fetch it)."
    cargo install cargo-leptos --version 0.3.11 --features no_downloads --root "$TOOLS" --quiet
  fi
fi
cargo build --workspace --bins

value() { sed -n "s/^$1=\"\(.*\)\"$/\1/p" <<<"$status"; }
API_URL=$(value API_URL)
PUBLISHABLE_KEY=$(value PUBLISHABLE_KEY)
SECRET_KEY=$(value SECRET_KEY)
export CALLSCRIPT_ENVIRONMENT=local
# The embedded stack has none.
studio=$(value STUDIO_URL)
[ -z "$studio" ] || export CALLSCRIPT_SERVER_STUDIO_URL=${CALLSCRIPT_SERVER_STUDIO_URL:-$studio}
export CALLSCRIPT_SUPABASE_URL=$API_URL CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY=${PUBLISHABLE_KEY:-$(value ANON_KEY)}

if [ -z "${CALLSCRIPT_RINGBA_ACCOUNT:-}" ]; then
  ringba_port=${CALLSCRIPT_DEMO_RINGBA_PORT:-4010}
  listens "$ringba_port" && fail "Port $ringba_port is taken; choose another with CALLSCRIPT_DEMO_RINGBA_PORT."
  group_start ringba "$LOGS/ringba.log" target/debug/ringba-simulator \
    --listen "127.0.0.1:$ringba_port" --ledger-file "$DATA/ringba.json"
  export CALLSCRIPT_RINGBA_URL=http://127.0.0.1:$ringba_port/v2
  export CALLSCRIPT_RINGBA_ACCOUNT=RA0000000000000000000000000000demo CALLSCRIPT_RINGBA_TOKEN=demo-token
  export CALLSCRIPT_VAULT_ALLOWED_HOSTS=127.0.0.1 CALLSCRIPT_VAULT_PLAIN_HTTP_HOSTS=127.0.0.1:$ringba_port
fi
group_start worker "$LOGS/worker.log" env \
  CALLSCRIPT_WORKER_EMAIL="${CALLSCRIPT_WORKER_EMAIL:-worker@callscript.local}" \
  CALLSCRIPT_WORKER_PASSWORD="${CALLSCRIPT_WORKER_PASSWORD:-callscript-local}" \
  CALLSCRIPT_WORKER_MODEL="${CALLSCRIPT_WORKER_MODEL:-gpu-worker/model/ggml-micro-call-en.bin}" \
  target/debug/gpu-worker

export CALLSCRIPT_SUPABASE_SECRET_KEY=${SECRET_KEY:-$(value SERVICE_ROLE_KEY)}
export CALLSCRIPT_SERVER_LISTEN=${CALLSCRIPT_SERVER_LISTEN:-127.0.0.1:3000}
say "Logs of worker and simulator: $LOGS. The web app comes up on http://$CALLSCRIPT_SERVER_LISTEN."
group_start watch - cargo leptos watch
wait "$STARTED"
