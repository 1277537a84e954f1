# What shell tests share: sourced by tests/*.test. Each check is one test; `finish` prints the counts and is the exit code.
set -euo pipefail

passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pass() { passed=$((passed + 1)); echo "ok: $1"; }
fail() { failed=$((failed + 1)); echo "FAILED: $1"; }

# same NAME EXPECTED ACTUAL
same() {
  if [ "$2" = "$3" ]; then pass "$1"; else fail "$1"; diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") || true; fi
}

# holds NAME COMMAND...: the command succeeds
holds() {
  local name=$1
  shift
  if "$@" >"$work/holds.out" 2>&1; then pass "$name"; else fail "$name (exit code $?)"; cat "$work/holds.out"; fi
}

# rejects NAME CODE TEXT COMMAND...: the command ends with the exit code, and what it says contains the text
rejects() {
  local name=$1 code=$2 text=$3 status=0
  shift 3
  "$@" >"$work/rejects.out" 2>&1 </dev/null || status=$?
  if [ "$status" -eq "$code" ] && grep -qF -- "$text" "$work/rejects.out"; then
    pass "$name"
  else
    fail "$name: exit code $status (expected $code), looking for '$text' in:"
    cat "$work/rejects.out"
  fi
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
