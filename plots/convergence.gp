# A curve per run against one or two measures of progress. Variables come from `fugue plot`:
#   DATA        blocks of rows "time updates epoch metric"
#   N           curves (1 to 14)      LABEL[]     their labels
#   MARK_EVERY  points from one marker to the next
#   PANELS      1 or 2                X1 X2       their column    X1_LABEL X2_LABEL   X1_TO X2_TO  largest value
#   Y_LABEL  LOG_Y                    KEY KEY_ROWS height [cm] and rows of the legend above the panels
#   WIDTH HEIGHT                      of the figure [cm]
# Positions are in cm: character units differ from terminal to terminal.
# Colours: Okabe and Ito's, without yellow; dashes and markers tell the curves apart in grey.
array COLOUR[7] = ['#0072B2', '#D55E00', '#009E73', '#000000', '#CC79A7', '#E69F00', '#56B4E9']
array MARKER[7] = [7, 8, 5, 2, 12, 10, 4]
array DASH[7] = [1, 2, 4, 5, 1, 2, 4]
do for [i = 1:14] {
  k = (i - 1) % 7 + 1
  # curves 8 to 14: the colours again, with the dashes of others and no marker in common
  dash = i <= 7 ? DASH[k] : DASH[k % 7 + 1]
  marker = i <= 7 ? MARKER[k] : MARKER[(k + 2) % 7 + 1]
  set linetype i linecolor rgb COLOUR[k] linewidth 1.2 dashtype dash pointtype marker pointsize 0.55 \
    pointinterval MARK_EVERY
}

panel_height = (HEIGHT - KEY) / PANELS
bottom(p) = (panel_height * (PANELS - p) + 1.0) / HEIGHT
top(p) = (panel_height * (PANELS - p + 1) - 0.15) / HEIGHT
set lmargin at screen 1.7 / WIDTH
set rmargin at screen 1 - 0.35 / WIDTH

set multiplot
if (N > 1) {
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
}

unset key
set border 3 linewidth 0.5 linecolor rgb '#404040'
set grid xtics ytics linetype -1 linewidth 0.4 linecolor rgb '#DDDDDD' dashtype 1
set tics nomirror scale 0.5
set xtics nomirror autofreq
set ytics nomirror autofreq
set yrange [*:*]
if (LOG_Y) { set logscale y }
do for [p = 1:PANELS] {
  x = p == 1 ? X1 : X2
  set xrange [0:1.02 * (p == 1 ? X1_TO : X2_TO)]
  set label 1 Y_LABEL at screen 0.3 / WIDTH, graph 0.5 center rotate by 90
  set label 2 (p == 1 ? X1_LABEL : X2_LABEL) at graph 0.5, screen bottom(p) - 0.75 / HEIGHT center
  set bmargin at screen bottom(p)
  set tmargin at screen top(p)
  plot for [i = 1:N] DATA index i - 1 using x:4 with linespoints linetype i notitle
}
unset multiplot
