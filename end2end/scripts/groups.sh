# shellcheck shell=bash
# Programs that a script starts and must not leave behind. Each gets a process group of its own, so
# that it ends with everything it started; it is told to end when the script dies, however that dies;
# and what survives even so is ended by the next start.

# Group ids by name, and in the order of their start.
declare -A GROUP_OF=()
GROUPS_STARTED=()
GROUPS_FILE=
# How long a program may take to end in order.
PATIENCE_S=20

remember_groups_in() { GROUPS_FILE=$1; }

# group_start NAME LOG COMMAND...: its id is in $STARTED afterwards. With - for LOG it writes where the script does.
group_start() {
  local name=$1 log=$2
  shift 2
  if [ "$log" = - ]; then exec 7>&1; else exec 7>"$log"; fi
  # Without the script's lock: a survivor must not keep the next start from running.
  setsid setpriv --pdeathsig TERM -- "$@" </dev/null >&7 2>&1 7>&- 9>&- &
  STARTED=$!
  exec 7>&-
  GROUP_OF[$name]=$STARTED
  GROUPS_STARTED+=("$STARTED")
  [ -z "$GROUPS_FILE" ] || printf '%s %s\n' "$STARTED" "$(birth_of "$STARTED")" >>"$GROUPS_FILE"
}

# When a process started, in clock ticks since boot: with the id, it names a process for good.
birth_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

group_runs() { kill -0 "$1" 2>/dev/null; }
group_succeeded() { wait "$1" 2>/dev/null; }

# Sleeps so that signals are not kept waiting.
pause() {
  sleep "$1" 9>&- &
  wait $! 2>/dev/null || true
}

# Asks the groups to end, and insists where that takes too long.
end_all() {
  local group deadline=$((SECONDS + PATIENCE_S))
  for group in "$@"; do
    # The second form is for one that has not got as far as its own group.
    kill -TERM -- "-$group" 2>/dev/null || kill -TERM "$group" 2>/dev/null || true
  done
  for group in "$@"; do
    while kill -0 -- "-$group" 2>/dev/null; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        kill -KILL -- "-$group" 2>/dev/null || true
        break
      fi
      sleep 0.1
    done
  done
}

# Ends what this script started: first whoever uses the database, then the database.
end_groups() {
  local group others=()
  trap '' INT TERM HUP
  for group in "${GROUPS_STARTED[@]}"; do
    [ "$group" = "${GROUP_OF[supabase]:-}" ] || others+=("$group")
  done
  [ ${#others[@]} -eq 0 ] || end_all "${others[@]}"
  [ -z "${GROUP_OF[supabase]:-}" ] || end_all "${GROUP_OF[supabase]}"
  [ -z "$GROUPS_FILE" ] || rm -f "$GROUPS_FILE"
}

# Ends what an earlier run left behind because it was killed.
end_leftovers() {
  local group birth leftovers=()
  [ -n "$GROUPS_FILE" ] && [ -f "$GROUPS_FILE" ] || return 0
  while read -r group birth; do
    [ -n "$birth" ] && [ "$(birth_of "$group")" = "$birth" ] && leftovers+=("$group")
  done <"$GROUPS_FILE"
  [ ${#leftovers[@]} -eq 0 ] || end_all "${leftovers[@]}"
  rm -f "$GROUPS_FILE"
}

# take_folder DIR SENTENCE: this script alone works in DIR from now on, or ends with the sentence. Ends
# what an earlier run left behind there, and with itself everything that it starts.
take_folder() {
  DATA=$1
  LOGS=$DATA/logs
  mkdir -p "$LOGS"
  exec 9>"$DATA/lock"
  flock -n 9 || fail "$2"
  remember_groups_in "$DATA/groups"
  end_leftovers
  trap end_groups EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}

# wait_for NAME PORT PATH SECONDS: until the program answers there; ends the script when it does not.
wait_for() {
  local name=$1 port=$2 path=$3 deadline=$((SECONDS + $4)) why=
  until [[ $(http_status "$port" "$path") =~ ^[23] ]]; do
    group_runs "${GROUP_OF[$name]}" || why="$name did not start"
    [ "$SECONDS" -lt "$deadline" ] || why="$name does not answer on port $port"
    if [ -n "$why" ]; then
      tail -n 20 "$LOGS/$name.log" >&2
      fail "$why; its log is $LOGS/$name.log."
    fi
    pause 0.2
  done
}
