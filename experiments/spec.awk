# Reads the specification of an experiment and prints its facts, one a line: kind, label, value, separated by tabs
# (label '-' where there is none).
#
# The grammar is a small part of YAML:
#   key: value                     title, tune_seed, shared_step
#   key: [value, value]            steps, seeds, gantt
#   key:                           base (options of `fugue sim` without the dashes), stragglers, strategies
#     label: value                 two blanks or more before the label
# A value may stand in quotes. '#' starts a comment at the beginning of a line or after a blank.
# The first strategy is the one that others are compared with.
function fail(text) { printf "%s:%d: %s\n", FILENAME, FNR, text >"/dev/stderr"; failed = 1; exit 2 }
function trim(s) { sub(/^[ \t]+/, "", s); sub(/[ \t]+$/, "", s); return s }
function plain(s) {
  s = trim(s)
  if (s ~ /^".*"$/ || s ~ /^'.*'$/) s = substr(s, 2, length(s) - 2)
  if (s ~ /\t/) fail("a value must not contain a tab")
  return s
}
function is_label(s) { return s ~ /^[A-Za-z0-9][A-Za-z0-9._-]*$/ }
function is_number(s) { return s ~ /^[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$/ && s + 0 > 0 }
function put(kind, label, value) {
  if ((kind, label) in seen) fail("'" label "' stands twice")
  seen[kind, label] = 1
  count[kind]++
  printf "%s\t%s\t%s\n", kind, label, value
}
function scalar(key, value) {
  if (value == "") fail("'" key "' has no value")
  if (key == "tune_seed" && value !~ /^[0-9]+$/) fail("tune_seed must be a whole number")
  if (key == "shared_step") { if (!is_number(value)) fail("shared_step must be a number above 0"); shared = value }
  put(key, "-", value)
}
function list(key, text,   n, i, item, value) {
  n = split(text, item, ",")
  for (i = 1; i <= n; i++) {
    value = plain(item[i])
    if (value == "") fail("an entry of '" key "' is empty")
    if (key == "steps") { if (!is_number(value)) fail("a step must be a number above 0"); is_step[value] = 1 }
    if (key == "seeds" && value !~ /^[0-9]+$/) fail("a seed must be a whole number")
    if (key == "gantt") gantt[value] = 1
    put(key, value, value)
  }
}
BEGIN {
  scalars["title"]; scalars["tune_seed"]; scalars["shared_step"]
  lists["steps"]; lists["seeds"]; lists["gantt"]
  maps["base"]; maps["stragglers"]; maps["strategies"]
}
{
  sub(/\r$/, "")
  line = $0
  if (line ~ /^#/) next
  sub(/[ \t]+#.*$/, "", line)
  if (trim(line) == "") next
  colon = index(line, ":")
  if (!colon) fail("expected 'key: value'")
  key = trim(substr(line, 1, colon - 1))
  value = plain(substr(line, colon + 1))
  if (substr(line, colon + 1, 1) !~ /^[ \t]?$/) fail("a blank must follow ':'")
  if (!is_label(key)) fail("'" key "' is not a name of letters, digits, '.', '_' and '-'")
  if (line ~ /^  /) {
    if (map == "") fail("'" key "' is indented but belongs to nothing")
    if (value == "") fail("'" key "' has no value")
    put(map, key, value)
    next
  }
  if (line ~ /^[ \t]/) fail("indent by two blanks")
  map = ""
  if (key in maps) { if (value != "") fail("'" key "' takes indented lines"); map = key }
  else if (key in lists) {
    if (value !~ /^\[.*\]$/) fail("'" key "' takes a list: [a, b]")
    list(key, substr(value, 2, length(value) - 2))
  }
  else if (key in scalars) scalar(key, value)
  else fail("there is no key '" key "'")
}
END {
  if (failed) exit 2
  FNR = 0
  n = split("title tune_seed shared_step steps seeds base stragglers strategies", needed, " ")
  for (i = 1; i <= n; i++) if (!count[needed[i]]) fail("'" needed[i] "' is missing")
  if (!(shared in is_step)) fail("shared_step must be one of steps")
  for (g in gantt) if (!(("stragglers", g) in seen)) fail("gantt: there is no straggler '" g "'")
  m = split("sync straggler step seed seed-data seed-init seed-order seed-straggler output force quiet", varied, " ")
  for (i = 1; i <= m; i++) if (("base", varied[i]) in seen) fail("base must not set '" varied[i] "': the runner does")
}
