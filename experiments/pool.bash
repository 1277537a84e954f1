# Makes the runs of a list, several at a time; sourced by experiments/run, which sets FUGUE, jobs, keep and die.
# A run has a folder and, beside it, FOLDER.command (what made it), FOLDER.log and, if it came to no result, FOLDER.end:
# "diverged", or "refused" where the program does not admit this model with this strategy.

todo=() # folder <tab> command
finished=0
# plan LIST: puts the runs of a list of plan.awk on `todo`, those aside that are finished and were made by the same command.
plan() {
  local -a field
  local -A planned=()
  local dir command old
  todo=() finished=0
  while IFS=$'\t' read -r -a field; do
    dir=${field[8]}
    [ "$dir" != refused ] && [ -z "${planned[$dir]-}" ] || continue
    planned[$dir]=1
    printf -v command '%q ' "${field[@]:9}"
    old=''
    if [ -f "$dir/run.json" ] || [ -f "$dir.end" ]; then IFS= read -r old <"$dir.command" || old=''; fi 2>/dev/null
    if [ "$old" = "$command" ]; then finished=$((finished + 1)); else todo+=("$dir"$'\t'"$command"); fi
  done <"$1"
}

declare -A running=() # process -> folder
stop_all() {
  local pid
  for pid in "${!running[@]}"; do kill "$pid" 2>/dev/null || true; done
}
trap 'stop_all' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_run() {
  local dir=${1%%$'\t'*} command=${1#*$'\t'}
  rm -rf -- "$dir" "$dir.end"
  mkdir -p "${dir%/*}"
  printf '%s\n' "$command" >"$dir.command"
  local -a words
  eval "words=($command)" # written by printf %q above
  "$FUGUE" "${words[@]}" --quiet -o "$dir" </dev/null >"$dir.log" 2>&1 &
  running[$!]=$dir
}

declare -A refusals=()
# waits for one run. One that diverged or is refused is noted; any other failure ends the experiment.
reap_run() {
  local pid status=0
  wait -n -p pid "${!running[@]}" || status=$?
  local dir=${running[$pid]} message
  unset "running[$pid]"
  if [ "$status" -eq 0 ] && [ -f "$dir/run.json" ]; then
    [ "$keep" = all ] || rm -rf -- "$dir/model"
    return
  fi
  message=$(tail -n 20 "$dir.log")
  if [ "$status" -eq 3 ] && [[ $message == *'the parameters diverged'* ]]; then
    echo diverged >"$dir.end"
  elif [ "$status" -eq 2 ] && [[ $message == *' cannot learn '*' model '* ]]; then
    echo refused >"$dir.end"
    [ -n "${refusals[$message]-}" ] || echo "$message" >&2
    refusals[$message]=1
  else
    echo "$message" >&2
    die "a run failed (exit code $status): $(cat "$dir.command")"
  fi
  rm -rf -- "$dir"
}

duration() { # SECONDS, in words
  if [ "$1" -ge 5400 ]; then
    echo "$((($1 + 1800) / 3600)) h"
  elif [ "$1" -ge 90 ]; then
    echo "$((($1 + 30) / 60)) min"
  else
    echo "$1 s"
  fi
}
progress() { # DONE ALL START WHAT
  local left=''
  [ "$1" -eq "$2" ] || left=", about $(duration $(((SECONDS - $3) * ($2 - $1) / $1 + 1))) left"
  if [ -t 2 ]; then
    printf '\r\033[K%s: %d of %d runs%s' "$4" "$1" "$2" "$left" >&2
    [ "$1" -lt "$2" ] || printf '\n' >&2
  elif [ "$1" -eq "$2" ] || [ $(($1 * 10 / $2)) -gt $((($1 - 1) * 10 / $2)) ]; then
    printf '%s: %d of %d runs%s\n' "$4" "$1" "$2" "$left" >&2
  fi
}

# make_runs LIST WHAT: the runs of a list, $jobs at a time, in an order that mixes long and short ones, so that the time left
# can be told
make_runs() {
  local done=0 all start=$SECONDS item
  plan "$1"
  all=${#todo[@]}
  [ "$all" -gt 0 ] || return 0
  mapfile -t todo < <(printf '%s\n' "${todo[@]}" | shuf --random-source=<(yes))
  for item in "${todo[@]}"; do
    if [ "${#running[@]}" -ge "$jobs" ]; then reap_run; done=$((done + 1)); progress "$done" "$all" "$start" "$2"; fi
    start_run "$item"
  done
  while [ "${#running[@]}" -gt 0 ]; do reap_run; done=$((done + 1)); progress "$done" "$all" "$start" "$2"; done
}
