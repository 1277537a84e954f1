# How all figures look: colours, dashes, marks, borders, grid; then the legend, and FRAME, which sets a panel up. A template follows
# that draws what is inside:
#   do for [p = 1:PANELS] { eval FRAME; plot ... }
# Variables (cli/frame_layout.c computes where things go; positions are shares of the figure):
#   PANELS  LEFT[] RIGHT[] BOTTOM[] TOP[]  TITLE[]   GRID  ROTATE  NOTE
#   X_LABEL[] X_LABEL_AT[] X_LOG[] (0, 2 or 10) X_FROM[] X_TO[]  X_TIC[] X_TIC_LAST[] (into TIC_AT[] TIC_LABEL[])   and the same of Y
#   KEYS  KEY[] KEY_X[] KEY_Y[] KEY_HOW[] KEY_TYPE[]  SAMPLE
#   WIDTH HEIGHT [cm]
# Data are CSV with a line of column names.
set datafile separator comma
set datafile columnheaders

# Colours: Okabe and Ito's, without yellow; dashes and marks tell the lines apart in grey. 8 to 14: the colours again, with
# the dashes of others and no mark in common.
array COLOUR[7] = ['#0072B2', '#D55E00', '#009E73', '#000000', '#CC79A7', '#E69F00', '#56B4E9']
array MARKER[7] = [7, 8, 5, 2, 12, 10, 4]
array DASH[7] = [1, 2, 4, 5, 1, 2, 4]
dash(i) = i <= 7 ? DASH[i] : DASH[(i - 7) % 7 + 1]
marker(i) = i <= 7 ? MARKER[i] : MARKER[(i - 5) % 7 + 1]
do for [i = 1:14] {
  set linetype i linecolor rgb COLOUR[(i - 1) % 7 + 1] linewidth 1.2 dashtype dash(i) pointtype marker(i) pointsize 0.55
}
# guides, and what is said of all lines
set linetype 15 linecolor rgb '#808080' linewidth 1 dashtype 3
set linetype 16 linecolor rgb '#404040' linewidth 1.2 dashtype 1
# required work, extra work, waiting, hand-off, the rest of the run: steps of lightness
array SPENT[5] = ['#0072B2', '#E69F00', '#E6E6E6', '#000000', '#FFFFFF']
# Shades: white is 0, and lightness (CIE L*) falls in equal steps, from 100 to 12, or to 25 on either side of 0.
SHADES = "set palette defined (0 '#ffffff', 1 '#cce2ff', 2 '#98c5f9', 3 '#63a8ea', 4 '#2a8cd3', 5 '#016fae', 6 '#005485', ".\
  "7 '#023a5d', 8 '#0a2135')"
SHADES_SIGNED = "set palette defined (-8 '#58321b', -7 '#833d0d', -6 '#ab4a01', -5 '#cf5d07', -4 '#ed7525', -3 '#ff9554', ".\
  "-2 '#ffbb94', -1 '#ffdecc', 0 '#ffffff', 1 '#d4e6ff', 2 '#a3cdff', 3 '#72b5f8', 4 '#459de6', 5 '#1d84cb', 6 '#0e6ca8', ".\
  "7 '#1f547f', 8 '#293d53')"
OTHER_GREY = '#808080'
fill(i) = i <= 7 ? COLOUR[i] : OTHER_GREY
FRAME_GREY = '#404040'
GRID_GREY = '#DDDDDD'
set style fill solid 1 noborder
set bars 0.4
set samples 200
# no white box around marks
set pointintervalbox 0.01

set multiplot
set lmargin at screen 0
set rmargin at screen 1
set bmargin at screen 0
set tmargin at screen 1
unset border
unset tics
unset key
set xrange [0:1]
set yrange [0:1]
do for [i = 1:KEYS] {
  if (KEY_HOW[i] eq 'box') {
    set object i rectangle center screen KEY_X[i] + 0.7 * SAMPLE, screen KEY_Y[i] size screen 0.4 * SAMPLE, screen 0.22 / HEIGHT \
      fillcolor rgb SPENT[KEY_TYPE[i] + 1] fillstyle solid 1 border linecolor rgb '#808080' linewidth 0.5
  }
  if (KEY_HOW[i] eq 'fill') {
    set object i rectangle center screen KEY_X[i] + 0.7 * SAMPLE, screen KEY_Y[i] size screen 0.4 * SAMPLE, screen 0.22 / HEIGHT \
      fillcolor rgb fill(KEY_TYPE[i]) fillstyle solid 1 noborder
  }
  if (KEY_HOW[i] eq 'both' || KEY_HOW[i] eq 'line') {
    set arrow i from screen KEY_X[i], screen KEY_Y[i] to screen KEY_X[i] + SAMPLE, screen KEY_Y[i] nohead linetype KEY_TYPE[i]
  }
  if (KEY_HOW[i] eq 'both' || KEY_HOW[i] eq 'point') {
    set label 100 + i '' at screen KEY_X[i] + (KEY_HOW[i] eq 'both' ? 0.5 : 0.75) * SAMPLE, screen KEY_Y[i] \
      point linetype KEY_TYPE[i] pointtype marker(KEY_TYPE[i]) pointsize 0.55
  }
  set label 200 + i KEY[i] at screen KEY_X[i] + SAMPLE + 0.15 / WIDTH, screen KEY_Y[i] left
}
if (NOTE ne '') { set label 99 NOTE at screen 1 - 0.15 / WIDTH, screen 0.22 / HEIGHT right textcolor rgb FRAME_GREY }
plot NaN notitle
unset label
unset arrow
unset object

set border 3 linewidth 0.5 linecolor rgb FRAME_GREY
set xtics nomirror out scale 0.5 offset 0, 0.35 ()
set ytics nomirror out scale 0.5 offset 0.4, 0 ()
if (ROTATE) { set xtics rotate by 35 right offset 0.3, 0.1 }
if (GRID) { set grid xtics ytics back linetype -1 linewidth 0.4 linecolor rgb GRID_GREY dashtype 1 }
FRAME = 'set lmargin at screen LEFT[p]; set rmargin at screen RIGHT[p]; set bmargin at screen BOTTOM[p]; set tmargin at screen TOP[p]; '. \
  'unset logscale; if (X_LOG[p]) { set logscale x X_LOG[p] }; if (Y_LOG[p]) { set logscale y Y_LOG[p] }; '. \
  'set xrange [X_FROM[p]:X_TO[p]]; set yrange [Y_FROM[p]:Y_TO[p]]; set xtics (); set ytics (); '. \
  'do for [k = X_TIC[p]:X_TIC_LAST[p]] { set xtics add (TIC_LABEL[k] TIC_AT[k]) }; '. \
  'do for [k = Y_TIC[p]:Y_TIC_LAST[p]] { set ytics add (TIC_LABEL[k] TIC_AT[k]) }; '. \
  'set label 1 Y_LABEL[p] at screen LEFT[p] - Y_LABEL_CM / WIDTH, graph 0.5 center rotate by 90; '. \
  'set label 2 X_LABEL[p] at screen X_LABEL_AT[p], screen BOTTOM[p] - X_LABEL_CM / HEIGHT center; '. \
  'set label 3 TITLE[p] at graph 0, screen TOP[p] + TITLE_CM / HEIGHT left'

# What shades mean: a bar at the end of the line of panel p's title, between the texts BAR_FROM and BAR_TO, which takes BAR_TO_CM
BAR = 'set label 4 BAR_TO at screen RIGHT[p] - BAR_TO_CM / WIDTH, screen TOP[p] + TITLE_CM / HEIGHT left; '. \
  'set label 5 BAR_FROM at screen RIGHT[p] - (BAR_TO_CM + 2.2) / WIDTH, screen TOP[p] + TITLE_CM / HEIGHT right; '. \
  'set colorbox horizontal user origin screen RIGHT[p] - (BAR_TO_CM + 2.1) / WIDTH, screen TOP[p] + (TITLE_CM - 0.11) / HEIGHT '. \
  'size screen 2 / WIDTH, screen 0.22 / HEIGHT noborder; unset cbtics'
