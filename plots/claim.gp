# A claim: what was measured, points with their intervals, against the bound, lines. Variables come from `fugue verify`:
#   DATA          a block of rows "x bound measured low high" per curve
#   PANELS  COLUMNS ROWS   of the figure
#   TITLE[] X_LABEL[] Y_LABEL[] LOG_X[] LOG_Y[]   by panel    FIRST[] LAST[]   its curves
#   LABEL[]       of curves
#   KEY HEAD      height of a panel's legend and title [cm]
#   WIDTH HEIGHT  of the figure [cm]
array COLOUR[6] = ['#0072B2', '#D55E00', '#009E73', '#000000', '#CC79A7', '#E69F00']
array MARKER[6] = [7, 5, 9, 13, 11, 4]
array DASH[6] = [1, 2, 4, 5, 1, 2]
wide = WIDTH / COLUMNS
high = HEIGHT / ROWS
set border 3 linewidth 0.5 linecolor rgb '#404040'
set grid xtics ytics linetype -1 linewidth 0.4 linecolor rgb '#DDDDDD' dashtype 1
set tics nomirror scale 0.5
set bars 0.4
k(i, p) = (i - FIRST[p]) % 6 + 1
set multiplot
do for [p = 1:PANELS] {
  column = (p - 1) % COLUMNS
  row = (p - 1) / COLUMNS
  top = HEIGHT - row * high
  unset logscale
  set format '%g'
  if (LOG_X[p]) { set logscale x }
  if (LOG_Y[p]) { set logscale y }
  set xtics nomirror autofreq
  set ytics nomirror autofreq
  set lmargin at screen (column * wide + 1.75) / WIDTH
  set rmargin at screen ((column + 1) * wide - 0.35) / WIDTH
  set tmargin at screen (top - HEAD - KEY) / HEIGHT
  set bmargin at screen (top - high + 1.05) / HEIGHT
  set label 1 Y_LABEL[p] at screen (column * wide + 0.3) / WIDTH, graph 0.5 center rotate by 90
  set label 2 X_LABEL[p] at graph 0.5, screen (top - high + 0.3) / HEIGHT center
  set label 3 TITLE[p] at screen (column * wide + 1.75) / WIDTH, screen (top - 0.3) / HEIGHT left
  set key at screen (column * wide + 1.75) / WIDTH, screen (top - HEAD - 0.05) / HEIGHT left top Left reverse vertical maxrows 12 samplen 2.5 \
    spacing 1.05 noautotitle
  set offsets graph 0.03, graph 0.03, graph 0.05, graph 0.05
  plot for [i = FIRST[p]:LAST[p]] DATA index i - 1 using 1:2 with lines linewidth 1.1 dashtype DASH[k(i, p)] linecolor rgb COLOUR[k(i, p)] notitle, \
    keyentry with lines linewidth 1.1 linecolor rgb '#404040' title 'bound', \
    for [i = FIRST[p]:LAST[p]] DATA index i - 1 using 1:3:4:5 with yerrorbars linewidth 0.9 pointtype MARKER[k(i, p)] pointsize 0.45 \
      linecolor rgb COLOUR[k(i, p)] title LABEL[i]
}
unset multiplot
