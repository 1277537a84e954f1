# Ratios of time to target against the bandwidth of links, a line per strategy. Variables come from `experiments/draw`:
#   DATA              rows "panel strategy bandwidth ratio lo hi kind"; kind: 0 a ratio, 1 the target is not reached
#   PANELS            PANEL[] their titles
#   N                 strategies, 1 to 14    LABEL[]  their labels
#   X_FROM X_TO  FROM TO                     of bandwidth [Mbit/s] and ratio     TICS  of the ratio, numbers in a string
#   Y_LABEL  NOTE                            beside and under the panels
#   KEY KEY_ROWS                             height [cm] and rows of the legend above the panels
#   WIDTH HEIGHT      of the figure [cm]
# Colours: Okabe and Ito's, without yellow; dashes and marks tell the lines apart in grey.
array COLOUR[7] = ['#0072B2', '#D55E00', '#009E73', '#000000', '#CC79A7', '#E69F00', '#56B4E9']
array MARKER[7] = [7, 8, 5, 2, 12, 10, 4]
array DASH[7] = [1, 2, 4, 5, 1, 2, 4]
do for [i = 1:14] {
  k = (i - 1) % 7 + 1
  dash = i <= 7 ? DASH[k] : DASH[k % 7 + 1]
  marker = i <= 7 ? MARKER[k] : MARKER[(k + 2) % 7 + 1]
  set linetype i linecolor rgb COLOUR[k] linewidth 1.2 dashtype dash pointtype marker pointsize 0.55
}

foot = NOTE eq '' ? 0.5 : 0.95
panel_height = (HEIGHT - KEY - foot) / PANELS
bottom(p) = (foot + panel_height * (PANELS - p) + 0.6) / HEIGHT
top(p) = (foot + panel_height * (PANELS - p + 1) - (PANEL[p] eq '' ? 0.15 : 0.55)) / HEIGHT
# strategies stand beside each other at a bandwidth
shift(i) = 1.04**(i - (N + 1) / 2.0)
set lmargin at screen 1.7 / WIDTH
set rmargin at screen 1 - 0.45 / WIDTH

set multiplot
# the legend, a panel of its own above the others
set bmargin at screen 1 - KEY / HEIGHT
set tmargin at screen 1
unset border
unset tics
set key inside center center vertical maxrows KEY_ROWS Left reverse samplen 3.5 spacing 1.1
set xrange [0:1]
set yrange [0:1]
plot NaN notitle, for [i = 1:N] keyentry with linespoints linetype i title LABEL[i]
unset key

set border 3 linewidth 0.5 linecolor rgb '#404040'
set grid xtics ytics linetype -1 linewidth 0.4 linecolor rgb '#DDDDDD' dashtype 1
set logscale xy
set xrange [X_FROM:X_TO]
set yrange [FROM:TO]
set xtics nomirror out scale 0.5 format '%g' autofreq
set ytics nomirror out scale 0.5 ()
do for [t in TICS] { set ytics add (t t + 0) }
# as fast as the baseline
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead linewidth 0.7 linecolor rgb '#808080' back
tip = (TO / FROM)**0.07
do for [p = 1:PANELS] {
  set bmargin at screen bottom(p)
  set tmargin at screen top(p)
  set label 1 Y_LABEL at screen 0.3 / WIDTH, graph 0.5 center rotate by 90
  set label 2 PANEL[p] at graph 0, screen top(p) + 0.25 / HEIGHT left
  if (p == PANELS) {
    set label 3 'bandwidth of a link [Mbit/s]' at graph 0.5, screen bottom(p) - 0.85 / HEIGHT center
    set label 4 NOTE at graph 0.5, screen bottom(p) - 1.3 / HEIGHT center textcolor rgb '#404040'
  }
  plot for [i = 1:N] DATA using ($1 == p && $2 == i && $7 == 0 ? $3 * shift(i) : NaN):5:(0):($6 - $5) \
      with vectors linetype i dashtype 1 heads nofilled size graph 0.008, 90 notitle, \
    for [i = 1:N] DATA using ($1 == p && $2 == i && $7 == 0 ? $3 * shift(i) : NaN):4 with linespoints linetype i notitle, \
    for [i = 1:N] DATA using ($1 == p && $2 == i && ($7 == 1 || $5 < FROM) ? $3 * shift(i) : NaN): \
      (FROM * tip):(0):(FROM - FROM * tip) with vectors linetype i dashtype 1 head filled size graph 0.02, 20 notitle
}
unset multiplot
