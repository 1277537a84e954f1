# From the finished grid of steps to each strategy's own best step: task, workers, network, straggler,
# strategy, step ("refused" where the pair of task and strategy is), and "edge" if it is the smallest or largest of the grid.
#   awk -v facts=FILE -v csv=FILE -f facts.awk -f results.awk -f best.awk RUNS
# The goal is the baseline's at the step where its median goal over the tuning seeds is lowest, seed by seed. A
# strategy's best step is the one that reaches it in the smallest median time; if none does, the one with the lowest median
# final test metric. Ties go to the step listed first.

# median over the tuning seeds of one strategy at one step; what: "goal", "time" or "final"
function median(cell, strategy, step, what,   j, i, x, n, values, sorted) {
  for (j = 1; j <= n_facts["tune_seed"]; j++) {
    i = row_of[cell, strategy, step, label["tune_seed", j]]
    if (what == "goal") x = goal_of(r_dir[i], r_task[i])
    else if (what == "time") x = reached[i] = reach(r_dir[i], goal[cell, r_seed[i]])
    else x = final[r_dir[i]]
    values[++n] = x
  }
  sort_values(values, n, sorted)
  return median_of(sorted, n)
}
function set_goal(cell, task,   k, step, x, best, best_step, j, seed) {
  best = NEVER
  for (k = 1; k <= n_of["step", task]; k++) {
    step = value["step", task, k]
    x = median(cell, baseline, step, "goal")
    if (x < best) { best = x; best_step = step }
  }
  if (best >= NEVER) {
    gsub(SUBSEP, " ", cell)
    fail("the baseline, " baseline ", comes to no result at any step of the grid: " cell)
  }
  for (j = 1; j <= n_facts["tune_seed"]; j++) {
    seed = label["tune_seed", j]
    goal[cell, seed] = goal_of(r_dir[row_of[cell, baseline, best_step, seed]], task)
  }
}
function choose(cell, task, strategy,   k, step, t, v, best_t, best_v, best, dir) {
  dir = r_dir[row_of[cell, strategy, value["step", task, 1], label["tune_seed", 1]]]
  for (k = 1; k <= n_of["step", task]; k++) {
    step = value["step", task, k]
    t = median(cell, strategy, step, "time")
    v = median(cell, strategy, step, "final")
    if (best == "" || t < best_t || (t >= NEVER && best_t >= NEVER && v < best_v)) { best_t = t; best_v = v; best = step }
  }
  return ended[dir] == "refused" ? "refused" : best
}
function is_edge(task, step,   k, x, below, above) {
  for (k = 1; k <= n_of["step", task]; k++) {
    x = value["step", task, k] + 0
    if (x < step + 0) below = 1
    if (x > step + 0) above = 1
  }
  return !(below && above)
}
{
  row_of[r_cell[rows], r_strategy[rows], r_step[rows], r_seed[rows]] = rows
  if (!(r_cell[rows] in cell_seen)) { cell_seen[r_cell[rows]]; cells[++n_cells] = r_cell[rows]; task_of[n_cells] = r_task[rows] }
}
END {
  if (failed) exit 3
  if (!rows) fail("no runs")
  tuned = fact["tune_straggler", "-"] # if there is one, its best steps are everybody's
  for (c = 1; c <= n_cells; c++) {
    set_goal(cells[c], task_of[c])
    for (e = 1; e <= n_facts["strategy"]; e++) {
      step = choose(cells[c], task_of[c], label["strategy", e])
      edge = step != "refused" && is_edge(task_of[c], step) ? "edge" : "inside"
      split(cells[c], part, SUBSEP) # task, workers, network, straggler
      for (d = 1; d <= n_facts["straggler"]; d++)
        if (tuned != "" || label["straggler", d] == part[4])
          print part[1] "\t" part[2] "\t" part[3] "\t" label["straggler", d] "\t" label["strategy", e] "\t" step "\t" edge
    }
  }
  if (csv == "") exit
  print csv_head() >csv
  for (i = 1; i <= rows; i++) print csv_line(i, reached[i], "") >csv
}
