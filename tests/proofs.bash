# What tests of proofs share: sourced by them after shell.bash.

# told TEXT: to the log, and to the terminal where make check has one (AM_TESTS_FD_REDIRECT)
told() {
  local line
  while read -r line; do
    echo "$line"
    { echo "${0##*/}: $line" >&9; } 2>/dev/null || true
  done <<<"$1"
}

# needs WHAT PACKAGES PROGRAM...: ends the test unless every PROGRAM (a path from configure, empty if it found none, or a name) is
# there. Where tests must be complete (CI=true) that is a failure; elsewhere the test is skipped and the terminal told.
needs() {
  local what=$1 packages=$2 program
  shift 2
  for program; do
    if [ -n "$program" ] && command -v "$program" >/dev/null; then continue; fi
    if [ "${CI:-}" = true ]; then
      fail "$what is missing (Debian: $packages; ./setup installs it, then configure again)"
      finish
      exit 1
    fi
    told "skipped: $what is missing (Debian: $packages; ./setup installs it, then configure again)"
    exit 77
  done
}
