# From the facts of an experiment to its runs: at, task, workers, network, straggler, strategy, step, seed, folder, and the
# arguments of `fugue`, all separated by tabs. Strategies stand next to each other, in the order of the specification.
#   awk -v facts=FILE -v out=DIR -f facts.awk -f plan.awk                    at tune (the grid of steps) and shared
#   awk -v facts=FILE -v out=DIR -f facts.awk -f plan.awk best-steps.tsv     at best; the folder of runs with a pair of task and
#                                                                            strategy that is refused is called "refused"
function run(at, t, w, n, s, y, step, seed,   dir, i, key) {
  dir = out "/runs" (t == "-" ? "" : "/" t) (w == "-" ? "" : "/P-" w) (n == "-" ? "" : "/" n) \
    "/" s "/" y "/step-" step "/seed-" seed
  printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", at, t, w, n, s, y, step, seed, step == "refused" ? step : dir
  printf "\tsim"
  for (i = 1; i <= n_of["option", t]; i++) { key = value["option", t, i]; printf "\t--%s\t%s", key, option[t, key] }
  if (w != "-") printf "\t--workers\t%s", w
  if (n != "-") printf "\t--network\t%s", fact["network", n]
  printf "\t--straggler\t%s\t--sync\t%s\t--step\t%s\t--seed\t%s\n", fact["straggler", s], fact["strategy", y], step, seed
}
function runs(t, w, n, s, y,   i, j) {
  if (second) {
    for (j = 1; j <= n_facts["seed"]; j++) run("best", t, w, n, s, y, best[t, w, n, s, y], label["seed", j])
    return
  }
  for (i = 1; i <= n_of["step", t] && (tuned == "" || s == tuned); i++)
    for (j = 1; j <= n_facts["tune_seed"]; j++) run("tune", t, w, n, s, y, value["step", t, i], label["tune_seed", j])
  if (("shared_step", t) in fact)
    for (j = 1; j <= n_facts["seed"]; j++) run("shared", t, w, n, s, y, fact["shared_step", t], label["seed", j])
}
{ second = 1; best[$1, $2, $3, $4, $5] = $6 }
END {
  tuned = fact["tune_straggler", "-"]
  for (a = 1; a <= n_facts["task"]; a++)
    for (b = 1; b <= n_facts["workers"]; b++)
      for (c = 1; c <= n_facts["network"]; c++)
        for (d = 1; d <= n_facts["straggler"]; d++)
          for (e = 1; e <= n_facts["strategy"]; e++)
            runs(label["task", a], label["workers", b], label["network", c], label["straggler", d], label["strategy", e])
}
