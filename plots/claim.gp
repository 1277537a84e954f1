# A claim: what was measured, points with their intervals, against the bound, lines. Variables come from `fugue verify`:
#   DATA          a block of rows "x bound moved-x measured low high" per curve
#   PANELS  COLUMNS ROWS   of the figure
#   TITLE[] X_LABEL[] Y_LABEL[] LOG_X[] LOG_Y[] X_LO[] X_HI[] Y_LO[] Y_HI[]   by panel    FIRST[] LAST[]   its curves
#   X_TICS[] Y_TICS[]   labels of a short logarithmic axis; empty: gnuplot's own
#   LABEL[]       of curves
#   SHARED        one legend for all panels     TOP HEAD   height of the figure's and of a panel's head [cm]
#   WIDTH HEIGHT  of the figure [cm]
# Positions are in cm. Colours: Okabe and Ito's, without yellow; dashes and markers tell the curves apart in grey.
array COLOUR[6] = ['#0072B2', '#D55E00', '#009E73', '#000000', '#CC79A7', '#E69F00']
array MARKER[6] = [7, 5, 9, 13, 11, 4]
array DASH[6] = [1, 2, 4, 5, 1, 2]
wide = WIDTH / COLUMNS
high = (HEIGHT - TOP) / ROWS
set grid xtics ytics linetype -1 linewidth 0.4 linecolor rgb '#DDDDDD' dashtype 1
set tics nomirror scale 0.5
set bars 0.4
k(i, p) = (i - FIRST[p]) % 6 + 1
set multiplot
if (SHARED) {
  # the legend, a panel of its own above the others
  unset border
  unset tics
  set lmargin at screen 0
  set rmargin at screen 1
  set tmargin at screen 1
  set bmargin at screen 1 - TOP / HEIGHT
  set xrange [0:1]
  set yrange [0:1]
  set key at screen 1.75 / WIDTH, screen 1 - 0.1 / HEIGHT left top Left reverse horizontal maxcols 2 samplen 2.5 spacing 1.05 width 6 noautotitle
  plot NaN notitle, keyentry with lines linewidth 1.1 linecolor rgb '#404040' title 'lines: what is claimed', \
    for [i = FIRST[1]:LAST[1]] keyentry with points pointtype MARKER[k(i, 1)] pointsize 0.45 linecolor rgb COLOUR[k(i, 1)] title LABEL[i]
}
set border 3 linewidth 0.5 linecolor rgb '#404040'
do for [p = 1:PANELS] {
  column = (p - 1) % COLUMNS
  row = (p - 1) / COLUMNS
  top = HEIGHT - TOP - row * high
  unset logscale
  if (LOG_X[p]) { set logscale x }
  if (LOG_Y[p]) { set logscale y }
  set format '%g'
  set xtics nomirror autofreq
  set ytics nomirror autofreq
  if (X_TICS[p] ne '') { eval 'set xtics ('.X_TICS[p].')' }
  if (Y_TICS[p] ne '') { eval 'set ytics ('.Y_TICS[p].')' }
  set xrange [X_LO[p]:X_HI[p]]
  set yrange [Y_LO[p]:Y_HI[p]]
  set lmargin at screen (column * wide + 1.75) / WIDTH
  set rmargin at screen ((column + 1) * wide - 0.35) / WIDTH
  set tmargin at screen (top - HEAD) / HEIGHT
  set bmargin at screen (top - high + 1.05) / HEIGHT
  set label 1 Y_LABEL[p] at screen (column * wide + 0.3) / WIDTH, graph 0.5 center rotate by 90
  set label 2 X_LABEL[p] at graph 0.5, screen (top - high + 0.3) / HEIGHT center
  set label 3 TITLE[p] at screen (column * wide + 1.75) / WIDTH, screen (top - 0.25) / HEIGHT left
  if (SHARED) { unset key } else {
    set key at screen (column * wide + 1.75) / WIDTH, screen (top - 0.5) / HEIGHT left top Left reverse vertical maxrows 12 samplen 2.5 \
      spacing 1.05 width 0 noautotitle
  }
  plot for [i = FIRST[p]:LAST[p]] DATA index i - 1 using 1:2 with lines linewidth 1.1 dashtype DASH[k(i, p)] linecolor rgb COLOUR[k(i, p)] notitle, \
    keyentry with lines linewidth 1.1 linecolor rgb '#404040' title 'lines: what is claimed', \
    for [i = FIRST[p]:LAST[p]] DATA index i - 1 using 3:4:5:6 with yerrorbars linewidth 0.9 pointtype -1 linecolor rgb COLOUR[k(i, p)] notitle, \
    for [i = FIRST[p]:LAST[p]] DATA index i - 1 using 3:4 with points pointtype MARKER[k(i, p)] pointsize 0.45 linecolor rgb COLOUR[k(i, p)] \
      title LABEL[i]
}
unset multiplot
