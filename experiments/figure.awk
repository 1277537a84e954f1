# From table.csv to the rows and variables of a figure of one task, for plots/strategies.gp or plots/bandwidth.gp.
#   awk -v facts=FILE -v data=FILE -v figure=strategies|bandwidth -v kind=best|shared -v task=LABEL \
#     -f facts.awk -f figure.awk table.csv >VARIABLES
# Prints nothing where there is nothing to draw: bandwidth needs networks that differ in bw=.
# Kind: each strategy at its own best step, or all at the shared one. The baseline, 1 by definition, is left out.

function text_variable(name, text) { printf "%s = \"%s\"\n", name, text } # labels hold no quotes
function texts(name, n, text,   i) {
  printf "array %s[%d]\n", name, n
  for (i = 1; i <= n; i++) text_variable(name "[" i "]", text[i])
}
# [Mbit/s] of a network's bw=; 0 if it has none
function bandwidth(spec,   number, unit) {
  if (!match(spec, /[:,]bw=[0-9.]+([eE][-+]?[0-9]+)?[kMGT]?bps/)) return 0
  number = substr(spec, RSTART + 4, RLENGTH - 7)
  unit = substr(number, length(number))
  return number * (unit == "k" ? 1e-3 : unit == "M" ? 1 : unit == "G" ? 1e3 : unit == "T" ? 1e6 : 1e-6)
}
function widen(x) { if (x > 0) { if (x < lowest) lowest = x; if (x > highest) highest = x } }

# the axis of ratios: FROM, TO and TICS, no closer than so many fit
function axis(fit,   from, to, decades, x, i, j, k, per, tics, m) {
  from = lowest / 1.2; to = highest * 1.2
  if (any_never) from /= (to / from) ^ 0.15
  decades = log(to / from) / log(10)
  per = split(6 * decades <= fit ? "1 1.5 2 3 5 7" : 3 * decades <= fit ? "1 2 5" : 2 * decades <= fit ? "1 3" : "1", m, " ")
  for (k = 1; decades / k > fit; k++) continue # every k-th decade
  for (i = -12; i <= 12; i++) {
    if (i % k) continue
    for (j = 1; j <= per; j++) {
      x = m[j] * 10 ^ i
      if (x >= from * 0.999 && x <= to) tics = tics (tics == "" ? "" : " ") sprintf("%g", x)
    }
  }
  printf "FROM = %.6g\nTO = %.6g\n", from, to
  text_variable("TICS", tics)
  text_variable("NOTE", any_never ? "arrow: the target is not reached" : "")
  axis_from = from
}
# a row of data: what a line of the table says of a ratio, an interval that reaches down to "not reached" begins below the axis
function mark(place, key,   f, ratio, lo, hi) {
  if (!(key in line)) return
  split(line[key], f, ",")
  ratio = f[at["ratio"]]; lo = f[at["ratio_lo"]]; hi = f[at["ratio_hi"]]
  if (ratio == "") print place, 1, 1, 1, 2 >data
  else if (ratio == 0) print place, 1, 1, 1, 1 >data
  else print place, ratio, lo == 0 ? axis_from / 10 : lo, hi, 0 >data
}
function scan(key,   f) {
  if (!(key in line)) return
  split(line[key], f, ",")
  if (f[at["ratio"]] == "") return
  if (f[at["ratio_lo"]] == 0) any_never = 1
  widen(f[at["ratio"]]); widen(f[at["ratio_lo"]]); widen(f[at["ratio_hi"]])
}
function key_of(w, n, s, y) { return kind SUBSEP task SUBSEP w SUBSEP n SUBSEP s SUBSEP y }

function strategies(   a, b, c, i, w, n_panels, panels, name, longest, width, left, head, foot, row_height, n_workers, names) {
  for (a = 1; a <= n_facts["straggler"]; a++)
    for (b = 1; b <= n_facts["network"]; b++) {
      name = n_facts["network"] == 1 ? label["straggler", a] : label["straggler", a] "-" label["network", b]
      sub(/-/, "\\n", name)
      panels[++n_panels] = name
    }
  n_workers = n_facts["workers"]
  for (w = 1; w <= n_workers; w++) names[w] = label["workers", w] " workers"
  for (i = 1; i <= n; i++) if (length(rows[i]) > longest) longest = length(rows[i])
  left = 0.4 + 0.15 * longest
  width = (17.8 - left - 0.25) / n_panels
  if (width > 2.8) width = 2.8
  head = n_workers > 1 ? 1.55 : 1.05; foot = any_never ? 1.65 : 1.2
  row_height = n_workers > 2 ? 0.55 : 0.42
  printf "PANELS = %d\nROWS = %d\nSERIES = %d\n", n_panels, n, n_workers
  texts("PANEL", n_panels, panels); texts("ROW", n, rows); texts("LABEL", n_workers, names)
  text_variable("X_LABEL", "times as fast as " baseline)
  printf "LEFT = %.3f\nHEAD = %.3f\nFOOT = %.3f\nWIDTH = %.3f\nHEIGHT = %.3f\n", left, head, foot, \
    left + n_panels * width + 0.25, head + foot + n * row_height
  axis(width / 0.85)
  c = 0
  for (a = 1; a <= n_facts["straggler"]; a++)
    for (b = 1; b <= n_facts["network"]; b++) {
      c++
      for (w = 1; w <= n_workers; w++)
        for (i = 1; i <= n; i++)
          mark(c " " w " " i, key_of(label["workers", w], label["network", b], label["straggler", a], rows[i]))
    }
}
function bandwidths(   a, b, w, i, p, x, x_from, x_to, panels, key_rows, longest, columns, key) {
  x_from = 1e30
  for (b = 1; b <= n_facts["network"]; b++) {
    x = bandwidth(fact["network", label["network", b]])
    if (!x || (x in seen_bandwidth)) return
    seen_bandwidth[x]
    if (x < x_from) x_from = x
    if (x > x_to) x_to = x
  }
  if (n_facts["network"] < 2) return
  for (w = 1; w <= n_facts["workers"]; w++)
    for (a = 1; a <= n_facts["straggler"]; a++) {
      panels[++p] = n_facts["straggler"] == 1 ? "" : label["straggler", a]
      if (n_facts["workers"] > 1) panels[p] = label["workers", w] " workers" (panels[p] == "" ? "" : ", " panels[p])
    }
  for (i = 1; i <= n; i++) if (length(rows[i]) > longest) longest = length(rows[i])
  columns = longest <= 10 ? 3 : longest <= 20 ? 2 : 1
  key_rows = int((n + columns - 1) / columns); key = 0.43 * key_rows + 0.2
  printf "PANELS = %d\nN = %d\nKEY_ROWS = %d\nKEY = %.3f\nWIDTH = 8.6\nHEIGHT = %.3f\n", p, n, key_rows, key, \
    key + 0.5 + 4.8 * p + (any_never ? 0.45 : 0)
  printf "X_FROM = %.6g\nX_TO = %.6g\n", x_from / 1.25, x_to * 1.25
  texts("PANEL", p, panels); texts("LABEL", n, rows)
  text_variable("Y_LABEL", "times as fast as " baseline)
  axis(8)
  p = 0
  for (w = 1; w <= n_facts["workers"]; w++)
    for (a = 1; a <= n_facts["straggler"]; a++) {
      p++
      for (i = 1; i <= n; i++)
        for (b = 1; b <= n_facts["network"]; b++)
          mark(p " " i " " bandwidth(fact["network", label["network", b]]),
            key_of(label["workers", w], label["network", b], label["straggler", a], rows[i]))
    }
}
BEGIN { FS = ","; lowest = 0.8; highest = 1.25 }
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{ line[$1, $2, $3, $4, $5, $6] = $0 }
END {
  for (i = 1; i <= n_facts["strategy"]; i++) if (label["strategy", i] != baseline) rows[++n] = label["strategy", i]
  if (!n) exit
  for (a = 1; a <= n_facts["workers"]; a++)
    for (b = 1; b <= n_facts["network"]; b++)
      for (c = 1; c <= n_facts["straggler"]; c++)
        for (i = 1; i <= n; i++) scan(key_of(label["workers", a], label["network", b], label["straggler", c], rows[i]))
  if (figure == "strategies") strategies()
  else if (figure == "bandwidth") bandwidths()
}
