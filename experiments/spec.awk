# Reads the specification of an experiment and prints its facts, one a line, separated by tabs: kind, label, value and, of
# options, kind, task, option, value. What a specification leaves out is printed too, with the label '-' where a dimension
# (tasks, workers, networks) is not named.
#   awk -v folder=DIR -v out=DIR -f spec.awk SPEC.yaml
#     folder: what `data` is relative to; out: where generated data will be
#
# The grammar is a small part of YAML:
#   key: value                     title, tune_seed, tune_straggler, baseline, keep, shared_step, target_epoch
#   key: [value, value]            seeds, tune_seeds, workers, gantt, steps
#   key:                           base (options of `fugue sim` without the dashes, and `generate`: what `fugue generate`
#     label: value                 takes, instead of `data`), stragglers, strategies, networks
#   tasks:                         options as in base, and steps, shared_step and target_epoch of a task, which take the place
#     label:                       of those above
#       key: value
# Two blanks or more stand before a label, more before what belongs to a task. A value may stand in quotes. '#' starts a
# comment at the beginning of a line or after a blank.
function fail(text) { printf "%s:%d: %s\n", FILENAME, FNR, text >"/dev/stderr"; failed = 1; exit 2 }
function trim(s) { sub(/^[ \t]+/, "", s); sub(/[ \t]+$/, "", s); return s }
function plain(s) {
  s = trim(s)
  if (s ~ /^".*"$/ || s ~ /^'.*'$/) s = substr(s, 2, length(s) - 2)
  if (s ~ /\t/) fail("a value must not contain a tab")
  return s
}
function is_label(s) { return s ~ /^[A-Za-z0-9][A-Za-z0-9._-]*$/ }
function is_whole(s) { return s ~ /^[0-9]+$/ }
function is_number(s) { return s ~ /^[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$/ && s + 0 > 0 }

# what is read is kept under a kind: a key, or for what stands in a task, key SUBSEP task
function put(kind, label, value) {
  if ((kind, label) in value_of) fail("'" label "' stands twice")
  value_of[kind, label] = value
  label_of[kind, ++count[kind]] = label
}
function check(key, value) {
  if (value == "") fail("'" key "' has no value")
  if ((key == "seeds" || key == "tune_seeds" || key == "tune_seed") && !is_whole(value)) fail("a seed must be a whole number")
  if (key == "steps" && !is_number(value)) fail("a step must be a number above 0")
  if (key == "shared_step" && !is_number(value)) fail(key " must be a number above 0")
  if ((key == "workers" || key == "target_epoch") && !(is_whole(value) && value > 0)) fail(key " must be a whole number above 0")
  if (key == "keep" && value != "all" && value != "numbers") fail("keep: all or numbers is expected")
}
function scalar(kind, key, value) {
  check(key, value)
  if (count[kind]) fail("'" key "' stands twice")
  put(kind, "-", value)
}
function list(kind, key, text,   n, i, item, value) {
  if (text !~ /^\[.*\]$/) fail("'" key "' takes a list: [a, b]")
  n = split(substr(text, 2, length(text) - 2), item, ",")
  for (i = 1; i <= n; i++) {
    value = plain(item[i])
    check(key, value)
    put(kind, value, value)
  }
}
# a line of base or of a task
function option(kind, key, value) {
  if (value == "") fail("'" key "' has no value")
  if (key in runners) fail(runners_place " must not set '" key "': the runner does")
  put(kind, key, value)
}
function task_line(indent, key, value,   kind) {
  if (task == "" || indent <= task_indent) {
    if (value != "") fail("'" key "' belongs to no task: a task's name stands alone, its options indented below it")
    task = key; task_indent = indent
    put("tasks", task, task)
    return
  }
  kind = key SUBSEP task
  if (key == "steps") list(kind, key, value)
  else if (key in of_task) scalar(kind, key, value)
  else { runners_place = "a task"; option("option" SUBSEP task, key, value) }
}
function names(text, set,   n, i, word) { n = split(text, word, " "); for (i = 1; i <= n; i++) set[word[i]] }
BEGIN {
  names("title tune_seed tune_straggler baseline keep shared_step target_epoch", scalars)
  names("steps seeds tune_seeds workers gantt", lists)
  names("base stragglers strategies networks tasks", maps)
  names("steps shared_step target_epoch", of_task)
  names("sync straggler step seed seed-data seed-init seed-order seed-straggler output force quiet", runners)
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
    match(line, /^ +/)
    if (map == "") fail("'" key "' is indented but belongs to nothing")
    if (map == "tasks") task_line(RLENGTH, key, value)
    else if (map == "base") { runners_place = "base"; option("base", key, value) }
    else { check(key, value); put(map, key, value) }
    next
  }
  if (line ~ /^[ \t]/) fail("indent by two blanks")
  map = task = ""
  if (key in maps) { if (value != "") fail("'" key "' takes indented lines"); map = key }
  else if (key in lists) list(key, key, value)
  else if (key in scalars) scalar(key, key, value)
  else fail("there is no key '" key "'")
}

# ---- what was read, checked and completed

function needs(key) { if (!count[key]) fail("'" key "' is missing") }
function each(kind, from,   i, name) {
  for (i = 1; i <= count[from]; i++) {
    name = label_of[from, i]
    printf "%s\t%s\t%s\n", kind, name, value_of[from, name]
  }
}
function single(key) { if (count[key]) printf "%s\t-\t%s\n", key, value_of[key, "-"] }
# the kind under which a setting of a task is kept
function setting(key, name) { return count[key, name] ? key SUBSEP name : key }

function put_option(name, key, value,   file) {
  if (key == "generate") {
    file = value
    gsub(/[^A-Za-z0-9.=_-]+/, ",", file)
    # an LDA document and its words are read from a bag of words
    file = out "/data/" (value ~ /^lda/ ? "docword." file ".txt.gz" : file ".txt.gz")
    if (!(file in generated)) { generated[file]; printf "generate\t%s\t%s\n", file, value }
    key = "data"; value = file
  } else if (key == "data" && value !~ /^\//) value = folder "/" value
  if (!((name, key) in option_of)) option_order[name, ++n_options[name]] = key
  option_of[name, key] = value
}
function print_task(name,   i, key, kind, steps, shared) {
  printf "task\t%s\t%s\n", name, name
  for (i = 1; i <= count["base"]; i++) put_option(name, label_of["base", i], value_of["base", label_of["base", i]])
  kind = "option" SUBSEP name
  for (i = 1; i <= count[kind]; i++) put_option(name, label_of[kind, i], value_of[kind, label_of[kind, i]])
  if (value_of["keep", "-"] == "numbers") put_option(name, "trace", "off")
  for (i = 1; i <= n_options[name]; i++) {
    key = option_order[name, i]
    printf "option\t%s\t%s\t%s\n", name, key, option_of[name, key]
  }
  steps = setting("steps", name)
  if (!count[steps]) fail("'steps' is missing" (name == "-" ? "" : " in task '" name "'"))
  for (i = 1; i <= count[steps]; i++) printf "step\t%s\t%s\n", name, label_of[steps, i]
  shared = setting("shared_step", name)
  if (count[shared]) {
    if (!((steps, value_of[shared, "-"]) in value_of)) fail("shared_step must be one of steps")
    printf "shared_step\t%s\t%s\n", name, value_of[shared, "-"]
  }
  kind = setting("target_epoch", name)
  if (count[kind]) printf "target_epoch\t%s\t%s\n", name, value_of[kind, "-"]
}
function check_maps(kind, what) {
  if (((kind, "data") in value_of) && ((kind, "generate") in value_of)) fail(what " must not have both 'data' and 'generate'")
  if (((kind, "workers") in value_of) && count["workers"]) fail(what " must not set 'workers': there is a list of them")
  if (((kind, "network") in value_of) && count["networks"]) fail(what " must not set 'network': there are several")
}
END {
  if (failed) exit 2
  FNR = 0
  n = split("title seeds stragglers strategies", needed, " ")
  for (i = 1; i <= n; i++) needs(needed[i])
  if (!count["tasks"]) { needs("base"); needs("steps"); put("tasks", "-", "-") }
  check_maps("base", "base")
  for (i = 1; i <= count["tasks"]; i++) check_maps("option" SUBSEP label_of["tasks", i], "task '" label_of["tasks", i] "'")
  if (count["tune_seed"] && count["tune_seeds"]) fail("tune_seed and tune_seeds: one of them is enough")
  if (count["tune_seed"]) put("tune_seeds", value_of["tune_seed", "-"], value_of["tune_seed", "-"])
  needs("tune_seeds")
  for (i = 1; i <= count["tune_seeds"]; i++) {
    seed = label_of["tune_seeds", i]
    if (("seeds", seed) in value_of) fail("seed " seed " chooses steps: it must not be one of seeds")
  }
  if (!count["baseline"]) put("baseline", "-", label_of["strategies", 1])
  base = value_of["baseline", "-"]
  if (!(("strategies", base) in value_of)) fail("baseline: there is no strategy '" base "'")
  tuned = value_of["tune_straggler", "-"]
  if (count["tune_straggler"] && !(("stragglers", tuned) in value_of)) fail("tune_straggler: there is no straggler '" tuned "'")
  for (i = 1; i <= count["gantt"]; i++)
    if (!(("stragglers", label_of["gantt", i]) in value_of)) fail("gantt: there is no straggler '" label_of["gantt", i] "'")
  if (value_of["keep", "-"] == "numbers" && count["gantt"]) fail("gantt charts need all files of a run: not 'keep: numbers'")
  if (!count["workers"]) put("workers", "-", "-")
  if (!count["networks"]) put("networks", "-", "-")

  single("title"); single("baseline"); single("keep"); single("tune_straggler")
  each("seed", "seeds"); each("tune_seed", "tune_seeds"); each("gantt", "gantt")
  each("workers", "workers"); each("network", "networks"); each("straggler", "stragglers"); each("strategy", "strategies")
  for (i = 1; i <= count["tasks"]; i++) print_task(label_of["tasks", i])
}
