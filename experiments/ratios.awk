# From table.csv to Markdown: a table of ratios and one of steps for each task, number of workers and kind of step; rows are
# strategies, columns what they run under.
#   awk -v facts=FILE -f facts.awk -f ratios.awk table.csv
function digits(x) { return x >= 100 ? sprintf("%.0f", x) : x >= 10 ? sprintf("%.1f", x) : sprintf("%.2f", x) }
function ratio_text(x) { return x == 0 ? "never" : digits(x) }
# a column is a law on a network
function column_name(s, n) {
  return n_facts["network"] == 1 ? s : n_facts["straggler"] == 1 ? n : s " " n
}
function ratio_cell(key,   f, mid) {
  split(line[key], f, ",")
  if (f[at["ratio"]] == "") return "refused"
  if (f[at["strategy"]] == baseline) return sprintf("1 (%s s)", f[at["reach_s"]] == "inf" ? "-" : digits(f[at["reach_s"]]))
  if (f[at["ratio_hi"]] == 0) return f[at["diverged"]] == f[at["seeds"]] ? "diverged" : "never"
  mid = ratio_text(f[at["ratio"]])
  if (f[at["ratio_lo"]] >= 1.01) mid = "**" mid "**"
  if (f[at["seeds"]] > 1) mid = mid " [" ratio_text(f[at["ratio_lo"]]) ", " ratio_text(f[at["ratio_hi"]]) "]"
  return mid (f[at["reached"]] < f[at["pairs"]] ? ", " f[at["reached"]] " of " f[at["pairs"]] : "")
}
function step_cell(key,   f) {
  split(line[key], f, ",")
  return f[at["step"]] == "refused" ? "-" : f[at["step"]] (f[at["edge"]] ? "*" : "")
}
function table(kind, task, workers, what,   a, b, e, y, key, titles, rule, text) {
  for (a = 1; a <= n_facts["straggler"]; a++)
    for (b = 1; b <= n_facts["network"]; b++) {
      titles = titles " " column_name(label["straggler", a], label["network", b]) " |"
      rule = rule "---|"
    }
  print "| " what " |" titles "\n|---|" rule
  for (e = 1; e <= n_facts["strategy"]; e++) {
    y = label["strategy", e]; text = "| " y " |"
    for (a = 1; a <= n_facts["straggler"]; a++)
      for (b = 1; b <= n_facts["network"]; b++) {
        key = kind SUBSEP task SUBSEP workers SUBSEP label["network", b] SUBSEP label["straggler", a] SUBSEP y
        text = text " " (what == "ratio" ? ratio_cell(key) : step_cell(key)) " |"
      }
    print text
  }
  print ""
}
BEGIN { FS = "," }
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{ line[$1, $2, $3, $4, $5, $6] = $0; made[$1, $2] }
END {
  printf "# %s: ratios\n\n", fact["title", "-"]
  print "Time to target of " baseline " by that of the strategy, medians over seeds with their intervals (table.md): above 1 is"
  print "faster, bold if the whole interval is at 1.01 or above. In " baseline "'s row its time. \"k of n\": seeds that reached the"
  print "target, where not all did; a step with * is at the edge of its grid.\n"
  for (a = 1; a <= n_facts["task"]; a++)
    for (b = 1; b <= n_facts["workers"]; b++) {
      t = label["task", a]; w = label["workers", b]
      name = place_name(t, w, "-")
      if (name != "") name = name ": "
      printf "## %seach strategy at its own best step\n\n", name
      table("best", t, w, "ratio")
      table("best", t, w, "step")
      if (!(("shared", t) in made)) continue
      printf "## %sat the shared step, %s\n\n", name, fact["shared_step", t]
      table("shared", t, w, "ratio")
    }
}
