# From finished runs to a table. Input: lines "kind, straggler, strategy, step, seed, directory", tab-separated, the baseline
# strategy first within each straggler and kind; each directory holds run.json and metrics.csv.
#
#   awk -v mode=best -f table.awk LIST
#     (kind: tune) prints "straggler, strategy, step": the best step of each strategy. The goal is the best final test metric
#     that the baseline reaches at any step; the best step reaches the goal in the smallest time; if none does, it is the
#     one with the lowest final test metric. Ties: the step listed first.
#   awk -v mode=table -v csv=FILE -v runs_csv=FILE -f table.awk LIST
#     (kinds: shared, best) prints the table in Markdown, writes the same numbers and those of each run as CSV.
#     Per seed, the goal is the final test metric of the baseline's run with that seed.
# Lower test metrics are better. Times to a goal are interpolated linearly between evaluations.

function fail(text) { print "table: " text >"/dev/stderr"; failed = 1; exit 3 }

# ---- a run

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
function load(dir,   text, line, file, n, i, field, time_at, metric_at, points) {
  if (dir in loaded) return
  loaded[dir] = 1
  file = dir "/run.json"
  while ((getline line < file) > 0) text = text " " line
  close(file)
  if (text == "") fail(file " cannot be read")
  time[dir] = number(dir, text, "time_s")
  idle[dir] = number(dir, text, "idle_share")
  final[dir] = number(dir, text, "test_metric")
  if (metric_name == "") metric_name = json(text, "test_metric_name")
  revisions[json(text, "revision")] = 1
  file = dir "/metrics.csv"
  if ((getline line < file) <= 0) fail(file " cannot be read")
  n = split(line, field, ",")
  for (i = 1; i <= n; i++) { if (field[i] == "time_s") time_at = i; if (field[i] == "test_metric") metric_at = i }
  if (!time_at || !metric_at) fail(file ": no column time_s or test_metric")
  while ((getline line < file) > 0) {
    split(line, field, ",")
    if (field[metric_at] !~ /[0-9]/) continue
    points++
    curve_t[dir, points] = field[time_at] + 0
    curve_v[dir, points] = field[metric_at] + 0
  }
  close(file)
  if (!points) fail(file ": no test metric; the runs need a test share")
  curve_n[dir] = points
}

# time at which a run's test metric is first at or below the goal; NEVER if it is not
function reach(dir, goal,   i, t0, t1, v0, v1) {
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
function goal_of(dir) { return curve_v[dir, curve_n[dir]] }

# ---- statistics over seeds: median and an interval from order statistics, of sorted[1..n]

function sort_values(values, n, sorted,   i, j, v) {
  for (i = 1; i <= n; i++) {
    v = values[i]
    for (j = i - 1; j >= 1 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
    sorted[j + 1] = v
  }
}
# the largest k for which [x_(k), x_(n+1-k)] covers the median with probability 0.95 or more; 1 if there is none
function choose_rank(n,   k, i, below, term) {
  rank = 1; coverage = 0
  below = 0; term = 1 / 2 ^ n
  for (k = 1; 2 * k <= n; k++) {
    below += term                       # P(at most k - 1 of n values lie below the median)
    if (k == 1 || 1 - 2 * below >= 0.95) { rank = k; coverage = 1 - 2 * below }
    term *= (n - k + 1) / k
  }
}
# sets mid, lo, hi
function summarise(values, n,   sorted, a, b) {
  sort_values(values, n, sorted)
  a = sorted[int((n + 1) / 2)]; b = sorted[int(n / 2) + 1]
  mid = a == b ? a : (a + b) / 2
  if (b >= NEVER) mid = NEVER           # times: one of the middle two is missing
  if (zero_is_never && a == 0) mid = 0  # ratios
  lo = sorted[rank]; hi = sorted[n + 1 - rank]
}

# ---- words

function number_text(x) {
  if (x >= NEVER) return "not reached"
  if (x >= 1000) return sprintf("%.0f", x)
  if (x >= 100) return sprintf("%.1f", x)
  if (x >= 10) return sprintf("%.2f", x)
  return sprintf("%.3f", x)
}
function spread(text_lo, text_hi) { return n_seeds > 1 ? " [" text_lo ", " text_hi "]" : "" }
function csv_number(x) { return x >= NEVER ? "inf" : sprintf("%.10g", x) }
function ratio_text(x) { return x == 0 ? "not reached" : sprintf("%.2f", x) }

function best_mode(   i, s, k, key, dir, goal, t, better) {
  for (i = 1; i <= rows; i++) {
    load(r_dir[i])
    s = r_straggler[i]
    if (!(s in baseline)) baseline[s] = r_strategy[i]
    if (r_strategy[i] == baseline[s] && (!(s in best_goal) || goal_of(r_dir[i]) < best_goal[s]))
      best_goal[s] = goal_of(r_dir[i])
  }
  for (i = 1; i <= rows; i++) {
    s = r_straggler[i]; key = s "\t" r_strategy[i]; dir = r_dir[i]
    t = reach(dir, best_goal[s])
    better = !(key in best_t) || t < best_t[key] || \
             (t >= NEVER && best_t[key] >= NEVER && goal_of(dir) < best_v[key])
    if (!(key in best_t)) order[++n_order] = key
    if (better) { best_t[key] = t; best_v[key] = goal_of(dir); best_step[key] = r_step[i] }
  }
  for (k = 1; k <= n_order; k++) print order[k] "\t" best_step[order[k]]
}

# numbers of one row of the table: all runs of (kind, straggler, strategy)
function row(kind, straggler, strategy, step,   i, n, dir, base_dir, goal, t, T, I, F, R, Q, reached, base_t, key) {
  for (i = 1; i <= rows; i++) {
    if (r_kind[i] != kind || r_straggler[i] != straggler || r_strategy[i] != strategy) continue
    dir = r_dir[i]; base_dir = of_baseline[kind, straggler, r_seed[i]]
    goal = goal_of(base_dir)
    t = reach(dir, goal); base_t = reach(base_dir, goal)
    n++
    T[n] = time[dir]; I[n] = idle[dir]; F[n] = final[dir]; R[n] = t
    Q[n] = t >= NEVER ? 0 : t > 0 ? base_t / t : 1
    reached += t < NEVER
    if (runs_csv != "")
      printf "%s,%s,%s,%s,%s,%.17g,%.17g,%.17g,%s,%.17g\n", kind, straggler, strategy, r_step[i], r_seed[i], time[dir], \
        idle[dir], final[dir], csv_number(t), Q[n] >runs_csv
  }
  if (n != n_seeds) fail(straggler ", " strategy ": " n + 0 " runs for " n_seeds " seeds")
  key = kind SUBSEP straggler SUBSEP strategy
  summarise(T, n); t_mid = mid; t_lo = lo; t_hi = hi
  summarise(I, n); i_mid = mid; i_lo = lo; i_hi = hi
  summarise(F, n); f_mid = mid; f_lo = lo; f_hi = hi
  summarise(R, n); r_mid = mid; r_lo = lo; r_hi = hi
  zero_is_never = 1; summarise(Q, n); zero_is_never = 0
  q_mid[key] = mid; q_lo[key] = lo; q_hi[key] = hi
  printf "| %s | %s | %s | %s%s | %.1f %%%s | %s%s | %s%s | %s%s | %d of %d |\n", straggler, strategy, step, \
    number_text(t_mid), spread(number_text(t_lo), number_text(t_hi)), \
    100 * i_mid, spread(sprintf("%.1f", 100 * i_lo), sprintf("%.1f", 100 * i_hi)), \
    number_text(f_mid), spread(number_text(f_lo), number_text(f_hi)), \
    number_text(r_mid), spread(number_text(r_lo), number_text(r_hi)), \
    ratio_text(mid), spread(ratio_text(lo), ratio_text(hi)), reached, n
  if (csv != "")
    printf "%s,%s,%s,%s,%d,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%d\n", kind, straggler, strategy, step, n, \
      csv_number(t_mid), csv_number(t_lo), csv_number(t_hi), csv_number(i_mid), csv_number(i_lo), csv_number(i_hi), \
      csv_number(f_mid), csv_number(f_lo), csv_number(f_hi), csv_number(r_mid), csv_number(r_lo), csv_number(r_hi), \
      csv_number(mid), csv_number(lo), csv_number(hi), reached >csv
}

# a win or a loss is one of 1 % or more over the whole interval
function verdict(kind, straggler, strategy, base,   key, r, range) {
  key = kind SUBSEP straggler SUBSEP strategy
  r = q_mid[key]
  range = spread(sprintf("%.2f", q_lo[key]), sprintf("%.2f", q_hi[key]))
  if (r == 0)
    return strategy " does not win: in the median over seeds it never reaches " base "'s final " metric_name "."
  if (q_lo[key] >= 1.01) return strategy " wins: " sprintf("%.2f", r) range " times as fast as " base "."
  if (q_hi[key] <= 0.99)
    return strategy " does not win: it takes " sprintf("%.2f", 1 / r) " times " base "'s time (ratio " sprintf("%.2f", r) range ")."
  return strategy " does not win: no difference of 1 % from " base " shows in " n_seeds " seeds (ratio " sprintf("%.2f", r) range ")."
}

function table_mode(   i, k, kind, at, key, n_kinds, kinds, rev, n_rev, base) {
  for (i = 1; i <= rows; i++) {
    load(r_dir[i])
    kind = r_kind[i]
    if (!(r_straggler[i] in baseline)) baseline[r_straggler[i]] = r_strategy[i]
    if (r_strategy[i] == baseline[r_straggler[i]]) of_baseline[kind, r_straggler[i], r_seed[i]] = r_dir[i]
    if (!((kind, r_seed[i]) in seed_seen)) { seed_seen[kind, r_seed[i]] = 1; seeds_of[kind]++ }
    key = kind "\t" r_straggler[i] "\t" r_strategy[i]
    if (!(key in key_seen)) { key_seen[key] = 1; order[++n_order] = key; step_of[key] = r_step[i] }
  }
  n_seeds = seeds_of["shared"]
  base = baseline[r_straggler[1]]
  if (metric_name == "") metric_name = "metric"
  choose_rank(n_seeds)
  if (csv != "")
    print "at,straggler,strategy,step,seeds,time_s,time_s_lo,time_s_hi,idle_share,idle_share_lo,idle_share_hi," \
      "test_metric,test_metric_lo,test_metric_hi,reach_s,reach_s_lo,reach_s_hi,ratio,ratio_lo,ratio_hi,reached" >csv
  if (runs_csv != "") print "at,straggler,strategy,step,seed,time_s,idle_share,test_metric,reach_s,ratio" >runs_csv
  n_kinds = split("shared best", kinds, " ")
  for (k = 1; k <= n_kinds; k++) {
    kind = kinds[k]
    at = kind == "shared" ? "at the shared step" : "each at its own best step"
    printf "\n## %s%s\n\n", toupper(substr(at, 1, 1)), substr(at, 2)
    printf "| stragglers | strategy | step | virtual time [s] | idle share | final test %s | time to %s's final %s [s] | ratio | reached |\n", \
      metric_name, base, metric_name
    print "|---|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= n_order; i++) {
      split(order[i], part, "\t")
      if (part[1] == kind) row(kind, part[2], part[3], step_of[order[i]])
    }
    print ""
    for (i = 1; i <= n_order; i++) {
      split(order[i], part, "\t")
      if (part[1] == kind && part[3] != base) printf "- %s, %s: %s\n", part[2], at, verdict(kind, part[2], part[3], base)
    }
  }
  printf "\nMedians over %d seed%s", n_seeds, (n_seeds > 1 ? "s" : "")
  if (n_seeds > 1)
    printf "; brackets: order statistics %d and %d, which cover the median with probability %.1f %%", rank, \
      n_seeds + 1 - rank, 100 * coverage
  printf ".\nRatio: %s's time to its own final %s by this strategy's time to the same, seed by seed; above 1 is faster.\n", base, metric_name
  for (rev in revisions) n_rev++
  if (n_rev > 1) print "These runs were made by different revisions of fugue: run the experiment again from an empty folder."
}

BEGIN { FS = "\t"; NEVER = 1e300 }
{
  rows++
  r_kind[rows] = $1; r_straggler[rows] = $2; r_strategy[rows] = $3; r_step[rows] = $4; r_seed[rows] = $5; r_dir[rows] = $6
}
END {
  if (failed) exit 3
  if (!rows) fail("no runs")
  if (mode == "best") best_mode()
  else if (mode == "table") table_mode()
  else fail("mode must be best or table")
}
