# A claim: what was measured, points with their intervals, against the bound, lines. Columns of DATA: panel, series, name, x, bound,
# measured, low, high, at (where the measurement is drawn: curves stand beside each other at an x).
#   SERIES  how many, at most, in a panel
mine(p, i) = column('panel') == p && column('series') == i
do for [p = 1:PANELS] {
  eval FRAME
  plot NaN notitle, for [i = 1:SERIES] DATA using (mine(p, i) ? column('x') : NaN):(column('bound')) with lines linetype i notitle, \
    for [i = 1:SERIES] DATA using (mine(p, i) ? column('at') : NaN):(column('measured')):(column('low')):(column('high')) \
      with yerrorbars linetype i dashtype 1 linewidth 0.9 pointsize 0.01 notitle, \
    for [i = 1:SERIES] DATA using (mine(p, i) ? column('at') : NaN):(column('measured')) with points linetype i pointsize 0.45 notitle
}
unset multiplot
