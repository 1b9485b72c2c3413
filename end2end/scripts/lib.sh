# shellcheck shell=bash
# What the scripts share: where things are, how they speak, and which tools they bring along.
# Source it; it changes to the repository's root.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
ROOT=$PWD
SCRIPTS=$ROOT/end2end/scripts
# Everything the scripts leave behind, apart from cargo's target folder. Git ignores it.
STATE=$ROOT/.callscript
TOOLS=$STATE/tools
LOGS=$STATE/logs
export PATH="$TOOLS/bin:$PATH"
# The scripts look for programs here, wherever a developer's own configuration puts them.
export CARGO_TARGET_DIR=$ROOT/target
mkdir -p "$TOOLS" "$LOGS"

# Read by leptos at compile time; its presence would build everything that uses leptos once more.
unset LEPTOS_OUTPUT_NAME

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
# at_least VERSION WANTED: whether a version is that one or newer; an empty one is not.
at_least() { [ -n "$1" ] && [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# as_root COMMAND...: as root or with sudo; fails where neither is possible.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif ! have sudo; then
    return 1
  elif [ -t 0 ]; then
    sudo "$@"
  else
    # Nobody is there to type a password.
    sudo -n "$@"
  fi
}
# Another program that installs packages is waited for.
update_package_lists() { as_root apt-get update -q -o DPkg::Lock::Timeout=120; }

# Settings may stand in .env; the environment wins. Only plain NAME=value lines count.
read_env_file() {
  local name value
  [ -f "$ROOT/.env" ] || return 0
  while IFS='=' read -r name value || [ -n "$name" ]; do
    [[ $name =~ ^[A-Z][A-Z0-9_]*$ ]] || continue
    [ -n "${!name+set}" ] || export "$name=$value"
  done <"$ROOT/.env"
}

# What is set for a real project must reach neither the demo nor the tests.
forget_settings() {
  local name
  for name in $(compgen -v CALLSCRIPT_) $(compgen -v SUPABASE_LOCAL_); do
    [ "$name" = SUPABASE_LOCAL_POSTGRES_BIN ] || unset "$name"
  done
}

# Whether something listens on a port of this machine.
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port nobody listens on, below the range from which the kernel gives ports to clients.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    listens "$port" || break
  done
  printf '%s\n' "$port"
}

# The HTTP status of a GET on this machine; nothing when there is no answer within two seconds.
http_status() {
  local port=$1 path=$2 status
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$path" "$port" >&3
  read -r -t 2 _ status _ <&3 || status=
  exec 3>&-
  printf '%s\n' "$status"
} 2>/dev/null
