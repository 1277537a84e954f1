# Lines, points or boxes with intervals, a line per series. Columns of DATA: panel, series, name, x, y, low, high, x_low, x_high,
# kind (0: a value; 1: it would be below the panel, -1: above), at (where it is drawn: series stand beside each other at an x).
#   SERIES       how many                 HOW  'lines', 'points' or 'boxes'
#   BAND Y_BARS X_BARS LOST  0 or 1: are there intervals as a band, as bars, along x, values off the panel?
#   MARK_EVERY   points from one mark to the next
#   GUIDE_BY[] GUIDE_POWER[]              by panel: the guide GUIDE_BY * x**GUIDE_POWER; NaN: none
mine(p, i) = column('panel') == p && column('series') == i
shown(p, i) = mine(p, i) && column('kind') == 0
at(p, i) = shown(p, i) ? column('at') : NaN
lost(p, i) = mine(p, i) && column('kind') != 0 ? column('at') : NaN
edge(p) = column('kind') > 0 ? Y_FROM[p] : Y_TO[p]
# a share of the axis inside of its edge
inside(p, share) = Y_LOG[p] ? edge(p) * (Y_TO[p] / Y_FROM[p])**(column('kind') * share) : edge(p) + column('kind') * share * (Y_TO[p] - Y_FROM[p])
do for [p = 1:PANELS] {
  eval FRAME
  guide(x) = GUIDE_BY[p] * x**GUIDE_POWER[p]
  if (HOW eq 'boxes') {
    foot = Y_LOG[p] ? Y_FROM[p] : 0
    plot NaN notitle, DATA using (column('panel') == p ? column('x') : NaN):(foot):(column('x_low')):(column('x_high')):(foot):(column('y')) \
      with boxxyerror linecolor rgb COLOUR[1] notitle
  } else {
    plot guide(x) with lines linetype 15 notitle, \
      for [i = 1:BAND * SERIES] DATA using (at(p, i)):(column('low')):(column('high')) \
        with filledcurves linetype i fillstyle transparent solid (SERIES <= 3 ? 0.18 : SERIES <= 7 ? 0.11 : 0.06) noborder notitle, \
      for [i = 1:Y_BARS * SERIES] DATA using (at(p, i)):(column('y')):(column('low')):(column('high')) \
        with yerrorbars linetype i dashtype 1 linewidth 0.9 pointsize 0.01 notitle, \
      for [i = 1:X_BARS * SERIES] DATA using (at(p, i)):(column('y')):(column('x_low')):(column('x_high')) \
        with xerrorbars linetype i dashtype 1 linewidth 0.9 pointsize 0.01 notitle, \
      for [i = 1:SERIES * (HOW eq 'lines')] DATA using (mine(p, i) ? column('at') : NaN):(column('kind') == 0 ? column('y') : 1/0) with linespoints linetype i pointinterval MARK_EVERY notitle, \
      for [i = 1:SERIES * (HOW eq 'points')] DATA using (at(p, i)):(column('y')) with points linetype i notitle, \
      for [i = 1:LOST * SERIES] DATA using (lost(p, i)):(inside(p, 0.07)):(0):(edge(p) - inside(p, 0.07)) \
        with vectors linetype i dashtype 1 head filled size graph 0.02, 20 notitle
  }
}
unset multiplot
