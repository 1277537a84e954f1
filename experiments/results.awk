# What finished runs say, for best.awk and table.awk. Input: the runs of plan.awk.
#   r_at[i] r_cell[i] r_strategy[i] r_step[i] r_seed[i] r_dir[i], i = 1 ... rows; a cell is task, workers, network, straggler
#   time[dir] idle[dir] bytes[dir] params[dir] final[dir]    of a finished run; params is -1 where run.json does not say it
#   ended[dir]                                               "diverged" or "refused" of a run that came to no result, "" of others
# Lower test metrics are better. A time or metric that there is not is NEVER.

function fail(text) { print "table: " text >"/dev/stderr"; failed = 1; exit 3 }

# the number or text after "key": in run.json
function json(text, key,   at) {
  at = match(text, "\"" key "\"[ \t]*:[ \t]*")
  if (!at) return ""
  text = substr(text, RSTART + RLENGTH)
  if (substr(text, 1, 1) == "\"") { text = substr(text, 2); sub(/".*/, "", text) }
  else sub(/[,} \t].*/, "", text)
  return text
}
function number(dir, text, key,   value) {
  value = json(text, key)
  if (value !~ /^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$/) fail(dir "/run.json: no number '" key "'")
  return value + 0
}
# a run that was refused or diverged has no result, and says so beside its folder
function load_end(dir,   word) {
  if (dir == "refused") word = dir
  else if ((getline word <(dir ".end")) <= 0) fail(dir "/run.json cannot be read")
  close(dir ".end")
  ended[dir] = word
  time[dir] = idle[dir] = bytes[dir] = final[dir] = NEVER
  params[dir] = -1
}
function load(dir, task,   text, line, file, n, i, field, column, points) {
  if (dir in loaded) return
  loaded[dir] = 1
  file = dir "/run.json"
  while ((getline line <file) > 0) text = text " " line
  close(file)
  if (text == "") { load_end(dir); return }
  time[dir] = number(dir, text, "time_s")
  idle[dir] = number(dir, text, "idle_share")
  bytes[dir] = number(dir, text, "bytes_sent")
  params[dir] = json(text, "host_params_bytes") == "" ? -1 : number(dir, text, "host_params_bytes")
  final[dir] = number(dir, text, "test_metric")
  if (!(task in metric_name)) metric_name[task] = json(text, "test_metric_name")
  revisions[json(text, "revision")] = 1
  file = dir "/metrics.csv"
  if ((getline line <file) <= 0) fail(file " cannot be read")
  n = split(line, field, ",")
  for (i = 1; i <= n; i++) column[field[i]] = i
  if (!column["time_s"] || !column["test_metric"]) fail(file ": no column time_s or test_metric")
  while ((getline line <file) > 0) {
    split(line, field, ",")
    if (field[column["test_metric"]] !~ /[0-9]/) continue
    points++
    curve_t[dir, points] = field[column["time_s"]] + 0
    curve_v[dir, points] = field[column["test_metric"]] + 0
    if (column["epoch"] && field[column["sub_epoch"]] == 0) at_epoch[dir, field[column["epoch"]] + 0] = points
  }
  close(file)
  if (!points) fail(file ": no test metric; the runs need a test share")
  curve_n[dir] = points
}

# time at which a run's test metric is first at or below the goal; NEVER if it is not
function reach(dir, goal,   i, t0, t1, v0, v1) {
  if (goal >= NEVER) return NEVER
  for (i = 1; i <= curve_n[dir]; i++) {
    t1 = curve_t[dir, i]; v1 = curve_v[dir, i]
    if (v1 <= goal) {
      if (i == 1 || v1 == goal) return t1
      t0 = curve_t[dir, i - 1]; v0 = curve_v[dir, i - 1]
      return t0 + (v0 - goal) / (v0 - v1) * (t1 - t0)
    }
  }
  return NEVER
}
# what a run of the baseline sets as goal: its test metric after the task's target epoch, without one its last
function goal_of(dir, task,   epoch) {
  if (ended[dir] != "") return NEVER
  if (!(("target_epoch", task) in fact)) return curve_v[dir, curve_n[dir]]
  epoch = fact["target_epoch", task]
  if (!((dir, epoch) in at_epoch)) fail(dir "/metrics.csv: no test metric at target_epoch, " epoch)
  return curve_v[dir, at_epoch[dir, epoch]]
}
function goal_name(task) {
  return ("target_epoch", task) in fact ? metric_name[task] " after " fact["target_epoch", task] " epochs" : "final " metric_name[task]
}

function sort_values(values, n, sorted,   i, j, v) {
  for (i = 1; i <= n; i++) {
    v = values[i]
    for (j = i - 1; j >= 1 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
    sorted[j + 1] = v
  }
}
# of sorted[1..n]; NEVER if one of the middle two is
function median_of(sorted, n,   a, b) {
  a = sorted[int((n + 1) / 2)]; b = sorted[int(n / 2) + 1]
  return b >= NEVER ? NEVER : a == b ? a : (a + b) / 2
}

function csv_number(x) { return x >= NEVER ? "inf" : sprintf("%.10g", x) }
# a line a run, of tuning.csv and runs.csv
function csv_head() {
  return "at,task,workers,network,straggler,strategy,step,seed," \
    "time_to_target,ratio,test_metric,time_s,idle_share,bytes_sent,host_params_bytes,end"
}
function csv_line(i, t, ratio,   cell, dir) {
  cell = r_cell[i]; gsub(SUBSEP, ",", cell)
  dir = r_dir[i]
  return r_at[i] "," cell "," r_strategy[i] "," r_step[i] "," r_seed[i] "," csv_number(t) "," ratio "," \
    csv_number(final[dir]) "," csv_number(time[dir]) "," csv_number(idle[dir]) "," csv_number(bytes[dir]) "," \
    (params[dir] < 0 ? "" : csv_number(params[dir])) "," (ended[dir] == "" ? "done" : ended[dir])
}

BEGIN { NEVER = 1e300 }
{
  rows++
  r_at[rows] = $1; r_task[rows] = $2; r_cell[rows] = $2 SUBSEP $3 SUBSEP $4 SUBSEP $5
  r_strategy[rows] = $6; r_step[rows] = $7; r_seed[rows] = $8; r_dir[rows] = $9
  load($9, $2)
}
