# From finished runs to a table in Markdown, and the same numbers and those of each run as CSV.
#   awk -v facts=FILE -v best=best-steps.tsv -v csv=FILE -v runs_csv=FILE -f facts.awk -f results.awk -f table.awk RUNS
#     (at shared and best; best, csv and runs_csv may be left out)
# Per seed, the goal is that of the baseline's run with that seed.

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
# sets mid, lo, hi: the median over seeds and an interval from order statistics
function summarise(values, n,   sorted) {
  if (!n) { mid = lo = hi = NEVER; return }
  choose_rank(n)
  sort_values(values, n, sorted)
  mid = median_of(sorted, n); lo = sorted[rank]; hi = sorted[n + 1 - rank]
}
# of ratios, 0 where the goal is not reached
function summarise_ratios(values, n,   sorted) {
  if (!n) { mid = lo = hi = 0; return }
  summarise(values, n)
  sort_values(values, n, sorted)
  if (sorted[int((n + 1) / 2)] == 0) mid = 0
}

# ---- words

function number_text(x, never) {
  if (x >= NEVER) return never
  if (x >= 1000) return sprintf("%.0f", x)
  if (x >= 100) return sprintf("%.1f", x)
  if (x >= 10) return sprintf("%.2f", x)
  return sprintf("%.3f", x)
}
function percent(x) { return x >= NEVER ? "-" : sprintf("%.1f", 100 * x) }
function ratio_text(x) { return x == 0 ? "not reached" : sprintf("%.2f", x) }
function spread(text_lo, text_hi) { return n_seeds > 1 ? " [" text_lo ", " text_hi "]" : "" }
function times(never) { return number_text(mid, never) spread(number_text(lo, never), number_text(hi, never)) }
function triple() { return "," csv_number(mid) "," csv_number(lo) "," csv_number(hi) }
function straggler_of(cell,   part) { split(cell, part, SUBSEP); return part[4] }
function is_edge(i) { return r_at[i] == "best" && ((r_cell[i], r_strategy[i]) in edge) }

# ---- rows: all runs of one strategy in one cell

function row(key,   j, i, n, dir, base_dir, task, t, goal, ratio, T, I, B, F, R, Q, n_q, reached, diverged, memory, text, line) {
  task = r_task[row_of[key, 1]]; memory = -1
  for (j = 1; j <= rows_of[key]; j++) {
    i = row_of[key, j]
    dir = r_dir[i]; base_dir = of_baseline[r_at[i], r_cell[i], r_seed[i]]
    goal = goal_of(base_dir, task)
    t = reach(dir, goal)
    ratio = t >= NEVER ? 0 : t > 0 ? reach(base_dir, goal) / t : 1
    n++
    T[n] = time[dir]; I[n] = idle[dir]; F[n] = final[dir]; B[n] = bytes[dir] < NEVER ? bytes[dir] / 1e6 : NEVER
    if (params[dir] >= 0) memory = params[dir]
    if (ended[base_dir] == "") { Q[++n_q] = ratio; R[n_q] = t; reached += t < NEVER }
    diverged += ended[dir] == "diverged"
    if (runs_csv != "") print csv_line(i, t, ended[base_dir] == "" ? sprintf("%.17g", ratio) : "") >runs_csv
  }
  if (n != n_seeds) fail(r_strategy[i] ": " n + 0 " runs for " n_seeds " seeds")
  line = r_cell[i]; gsub(SUBSEP, ",", line)
  line = r_at[i] "," line "," r_strategy[i] "," r_step[i] "," is_edge(i) "," n "," n_q + 0 "," reached + 0 "," diverged + 0
  text = "| " straggler_of(r_cell[i]) " | " r_strategy[i] " | " r_step[i] " | "
  if (ended[dir] == "refused") {
    print text (with_memory ? "| " : "") "| | | | | | |"
    if (csv != "") print line ",,,,,,,,,,,,,,,,,,," >csv
    refused[key] = 1
    return
  }
  summarise(T, n); text = text times("-") " | "; line = line triple()
  summarise(I, n); text = text percent(mid) " %" spread(percent(lo), percent(hi)) " | "; line = line triple()
  summarise(B, n); text = text number_text(mid, "-") " | "; line = line triple()
  if (with_memory) text = text (memory < 0 ? "" : number_text(memory / 1e6)) " | "
  summarise(F, n); text = text times("diverged") " | "; line = line triple()
  summarise(R, n_q); text = text times("not reached") " | "; line = line triple()
  summarise_ratios(Q, n_q); line = line triple() "," (memory < 0 ? "" : memory)
  q_mid[key] = mid; q_lo[key] = lo; q_hi[key] = hi
  print text ratio_text(mid) spread(ratio_text(lo), ratio_text(hi)) " | " reached + 0 " of " n_q + 0 " |"
  if (csv != "") print line >csv
}

# a win or a loss is one of 1 % or more over the whole interval
function verdict(key, strategy, goal,   r, range, never) {
  if (key in refused) return strategy " is refused."
  r = q_mid[key]
  range = spread(sprintf("%.2f", q_lo[key]), sprintf("%.2f", q_hi[key]))
  never = spread(ratio_text(q_lo[key]), ratio_text(q_hi[key]))
  if (r == 0)
    return strategy " does not win: in the median over seeds it never reaches " goal "."
  if (q_lo[key] >= 1.01) return strategy " wins: " sprintf("%.2f", r) range " times as fast as " baseline "."
  if (q_hi[key] <= 0.99)
    return strategy " does not win: it takes " sprintf("%.2f", 1 / r) " times " baseline "'s time (ratio " \
      sprintf("%.2f", r) range ")."
  if (q_lo[key] == 0) return strategy " does not win: with some seeds it never reaches " goal " (ratio " sprintf("%.2f", r) never ")."
  return strategy " does not win: no difference of 1 % from " baseline " shows in " n_seeds " seeds (ratio " \
    sprintf("%.2f", r) range ")."
}

# ---- what is compared, before the tables

function list_of(kind, from, n,   i, text) {
  for (i = 1; i <= n; i++) text = text (i == 1 ? "" : ", ") (kind == "step" ? value[kind, from, i] : label[kind, i])
  return text
}
function head(   a, t, targets) {
  printf "# %s\n\nSteps", fact["title", "-"]
  for (a = 1; a <= n_facts["task"]; a++) {
    t = label["task", a]
    printf "%s %s;", (t == "-" ? "" : " of " t), list_of("step", t, n_of["step", t])
    if (("target_epoch", t) in fact)
      targets = targets " (" (t == "-" ? "" : t ": ") "the one after " fact["target_epoch", t] " epochs)"
  }
  a = n_facts["tune_seed"]
  tuned = fact["tune_straggler", "-"]
  printf " best steps chosen%s on seed%s %s by the smallest %svirtual time to the best final test metric that %s reaches at any of them%s.\n", \
    (tuned == "" ? "" : " under " tuned " for all stragglers"), (a > 1 ? "s" : ""), list_of("tune_seed", "-", a), (a > 1 ? "median " : ""), baseline, targets
}

# ---- sections: one each for a task, number of workers and network, at the shared and at the best steps

function section(place, at,   k, i, key, words, goal, task, text, notes) {
  words = at == "shared" ? "at the shared step" : "each at its own best step"
  task = r_task[row_of[first_key[place, at], 1]]
  goal = goal_name(task)
  printf "\n## %s\n\n", place_of[place] == "" ? toupper(substr(words, 1, 1)) substr(words, 2) : place_of[place] ": " words
  printf "| stragglers | strategy | step | virtual time [s] | idle share | sent [MB] |%s final test %s | ", \
    with_memory ? " parameters a host [MB] |" : "", metric_name[task]
  printf "time to %s's %s [s] | ratio | reached |\n", baseline, goal
  print "|---|---|---|---|---|---|" (with_memory ? "---|" : "") "---|---|---|---|"
  for (k = 1; k <= n_keys; k++) if (key_place[keys[k]] == place && key_at[keys[k]] == at) row(keys[k])
  print ""
  for (k = 1; k <= n_keys; k++) {
    key = keys[k]; i = row_of[key, 1]
    if (key_place[key] != place || key_at[key] != at) continue
    if (r_strategy[i] != baseline) text = verdict(key, r_strategy[i], baseline "'s " goal)
    else if (!((at, r_cell[i]) in without_goal)) continue
    else text = "left out of ratios are the seeds with which " baseline " diverged:" without_goal[at, r_cell[i]] "."
    printf "- %s, %s: %s\n", straggler_of(r_cell[i]), words, text
  }
  for (k = 1; k <= n_keys; k++) {
    key = keys[k]; i = row_of[key, 1]
    if (key_place[key] != place || key_at[key] != at || !is_edge(i)) continue
    printf "%sThe best step of %s under %s, %s, is at the edge of the grid: a better one may lie beyond.\n", \
      notes++ ? "" : "\n", r_strategy[i], straggler_of(r_cell[i]), r_step[i]
  }
}
{
  key = $1 SUBSEP r_cell[rows] SUBSEP $6
  if (!(key in rows_of)) {
    keys[++n_keys] = key
    place = $2 SUBSEP $3 SUBSEP $4
    key_place[key] = place; key_at[key] = $1
    if (!(place in place_of)) { place_of[place] = place_name($2, $3, $4); places[++n_places] = place }
    if (!((place, $1) in first_key)) first_key[place, $1] = key
  }
  row_of[key, ++rows_of[key]] = rows
  if ($6 == baseline) {
    of_baseline[$1, r_cell[rows], $8] = $9
    if (ended[$9] != "") without_goal[$1, r_cell[rows]] = without_goal[$1, r_cell[rows]] " " $8
  }
  if (!(($1, $8) in seed_seen)) { seed_seen[$1, $8]; seeds_at[$1]++ }
  if (params[$9] >= 0) with_memory = 1
}
END {
  if (failed) exit 3
  if (!rows) fail("no runs")
  while (best != "" && (getline <best) > 0) if ($7 == "edge") edge[$1 SUBSEP $2 SUBSEP $3 SUBSEP $4, $5]
  n_seeds = seeds_at["best"]
  if (csv != "")
    print "at,task,workers,network,straggler,strategy,step,edge,seeds,pairs,reached,diverged," \
      "time_s,time_s_lo,time_s_hi,idle_share,idle_share_lo,idle_share_hi,sent_mb,sent_mb_lo,sent_mb_hi," \
      "test_metric,test_metric_lo,test_metric_hi,reach_s,reach_s_lo,reach_s_hi,ratio,ratio_lo,ratio_hi,host_params_bytes" >csv
  if (runs_csv != "") print csv_head() >runs_csv
  head()
  for (p = 1; p <= n_places; p++) {
    if ((places[p], "shared") in first_key) section(places[p], "shared")
    section(places[p], "best")
  }
  choose_rank(n_seeds)
  printf "\nMedians over %d seed%s", n_seeds, (n_seeds > 1 ? "s" : "")
  if (n_seeds > 1)
    printf "; brackets: order statistics %d and %d, which cover the median with probability %.1f %%", rank, \
      n_seeds + 1 - rank, 100 * coverage
  printf ".\nRatio: %s's time to its own goal by this strategy's time to the same, seed by seed; above 1 is faster.\n", baseline
  for (rev in revisions) n_rev++
  if (n_rev > 1) print "These runs were made by different revisions of fugue: run the experiment again from an empty folder."
}
