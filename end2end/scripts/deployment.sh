#!/usr/bin/env bash
# What can be known of the deployment without a container engine: the files are what compose, Kubernetes, KEDA and systemd
# know, and the programs do with what these give them: no rights, and a file system that cannot be written to.
set -euo pipefail
# shellcheck source=end2end/scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=end2end/scripts/groups.sh
. "$SCRIPTS/groups.sh"

"$SCRIPTS/npm-install.sh" end2end/deployment
(cd end2end/deployment && npm test)

cargo build --workspace --bins --quiet
# As root the whole of the containers' user; otherwise whoever runs this is without rights already.
become=(setpriv --no-new-privs)
namespace=(unshare --mount)
if [ "$(id -u)" = 0 ]; then
  become+=(--reuid 65532 --regid 65532 --clear-groups --bounding-set=-all --inh-caps=-all)
else
  namespace+=(--user --map-root-user)
fi
if ! "${namespace[@]}" true 2>/dev/null; then
  say "This machine gives no namespaces: the programs were not run on a read-only file system."
  exit 0
fi

DATA=$STATE/test/deployment
LOGS=$DATA
mkdir -p "$DATA"
remember_groups_in "$DATA/groups"
end_leftovers
trap end_groups EXIT
trap 'exit 143' INT TERM HUP

# confined COMMAND...: all that is mounted becomes read-only, but for /tmp, which is empty; CONFINED_TMP=no takes that away, too.
cat >"$DATA/confined" <<'CONFINED'
#!/usr/bin/env bash
set -euo pipefail
mount --make-rprivate /
mount --rbind / /mnt
# The innermost first. What the kernel makes up (/proc, /sys, /dev) stays.
findmnt --list --noheadings --output TARGET,FSTYPE --submounts /mnt | tac | while read -r target type; do
  case $type in proc | sysfs | devtmpfs | devpts | mqueue | cgroup* | debugfs | tracefs | securityfs) ;;
  *) mount -o remount,bind,ro "$target" ;;
  esac
done
[ "${CONFINED_TMP:-yes}" = no ] || mount -t tmpfs -o mode=1777 tmpfs /mnt/tmp
cd /mnt
exec chroot /mnt "$@"
CONFINED
chmod 755 "$DATA" "$DATA/confined"
confined=("${namespace[@]}" "$DATA/confined" "${become[@]}" env -i PATH="$PATH" HOME=/nonexistent)
BIN=$ROOT/target/debug

# It holds at all.
if "${confined[@]}" touch /var/tmp/callscript-written 2>/dev/null; then fail "The file system could be written to; the rest would prove nothing."; fi

# The server needs no place to write to, and nobody to talk to.
port=$(free_port)
monitoring=$(free_port)
group_start server "$LOGS/server.log" env CONFINED_TMP=no "${confined[@]}" \
  CALLSCRIPT_SUPABASE_URL=https://project.supabase.invalid CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY=sb_publishable_none \
  CALLSCRIPT_SUPABASE_SECRET_KEY=sb_secret_none CALLSCRIPT_SERVER_LISTEN="127.0.0.1:$port" \
  CALLSCRIPT_SERVER_MONITORING_LISTEN="127.0.0.1:$monitoring" "$BIN/callscript-server"
wait_for server "$monitoring" /healthz 20
wait_for server "$port" /sign-in 20
[ "$(http_status "$monitoring" /readyz)" = 503 ] || fail "The server is ready although there is no Supabase."
kill -TERM -- "-$STARTED"
group_succeeded "$STARTED" || { tail -n 20 "$LOGS/server.log" >&2; fail "The server did not end in order."; }
say "The server runs without rights on a read-only file system, and ends in order."

# The worker writes to /tmp alone.
"${confined[@]}" "$BIN/gpu-worker" transcribe "$ROOT/end2end/calls/call4_gift_card.mp3" \
  --model "$ROOT/gpu-worker/model/ggml-micro-call-en.bin" >"$LOGS/worker.log" 2>&1 ||
  { tail -n 20 "$LOGS/worker.log" >&2; fail "The worker needs more than a place for its recordings."; }
grep -qi 'gift card' "$LOGS/worker.log" || fail "The worker heard nothing; its log is $LOGS/worker.log."
say "The worker runs without rights on a read-only file system."
