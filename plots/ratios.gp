# How many times as fast as the baseline, a row per strategy, a mark per series. Columns of DATA: panel, series, name, row, label,
# ratio, low, high, kind (0 a ratio; 1 the goal is not reached; 2 refused), at (height in the row).
#   SERIES  how many
# Where nothing is said, "refused" lies outside, and is not drawn: gnuplot 5.4 crashes on labels that are all undefined.
is(p, i, kind) = column('panel') == p && column('series') == i && column('kind') == kind
set style textbox opaque noborder margins 1, 0
do for [p = 1:PANELS] {
  eval FRAME
  # as fast as the baseline
  set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead linetype 15 back
  tip = (X_TO[p] / X_FROM[p])**0.1
  plot NaN notitle, for [i = 1:SERIES] DATA using (is(p, i, 0) ? column('ratio') : NaN):(column('at')):(column('low')):(column('high')) \
      with xerrorbars linetype i dashtype 1 linewidth 0.9 notitle, \
    for [i = 1:SERIES] DATA using (is(p, i, 1) || (is(p, i, 0) && column('low') <= X_FROM[p]) ? X_FROM[p] * tip : NaN):(column('at')): \
      (X_FROM[p] - X_FROM[p] * tip):(0) with vectors linetype i dashtype 1 head filled size graph 0.04, 20 notitle, \
    DATA using (is(p, 1, 2) ? sqrt(X_FROM[p] * X_TO[p]) : 2 * X_TO[p]):(column('at')):('refused') \
      with labels boxed textcolor rgb '#808080' notitle
}
unset multiplot
