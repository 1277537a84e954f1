# Ratios of time to target, a panel per law of slowdowns, a row per strategy, a mark per number of workers. Variables come from
# `experiments/draw`:
#   DATA             rows "panel series row ratio lo hi kind"; kind: 0 a ratio, 1 the target is not reached, 2 refused
#   PANELS           PANEL[] their titles         ROWS    ROW[] labels of strategies
#   SERIES           1 to 4                       LABEL[] their labels
#   FROM TO  TICS    of the ratio, the same in all panels; TICS are numbers in a string
#   X_LABEL  NOTE    under the panels
#   LEFT HEAD FOOT   room for labels of rows, the legend with titles, the axis [cm]
#   WIDTH HEIGHT     of the figure [cm]
# Colours: Okabe and Ito's; filled and open marks tell the series apart in grey.
array COLOUR[4] = ['#0072B2', '#D55E00', '#009E73', '#000000']
array MARKER[4] = [7, 4, 9, 12]
do for [s = 1:4] { set linetype s linecolor rgb COLOUR[s] linewidth 1 pointtype MARKER[s] pointsize 0.5 }

gap = 0.14
panel = (WIDTH - LEFT - 0.25) / PANELS
left(p) = (LEFT + panel * (p - 1)) / WIDTH
right(p) = (LEFT + panel * p - gap) / WIDTH
# series of a row stand above each other
shift(s) = (s - (SERIES + 1) / 2.0) * 0.7 / SERIES

set multiplot
set bmargin at screen FOOT / HEIGHT
set tmargin at screen 1 - HEAD / HEIGHT
if (SERIES > 1) {
  # the legend, above the panels
  unset border
  unset tics
  set lmargin at screen left(1)
  set rmargin at screen right(PANELS)
  set key at screen 0.5, 1 - 0.25 / HEIGHT center center horizontal Left reverse samplen 1 spacing 1.1
  set xrange [0:1]
  set yrange [0:1]
  plot NaN notitle, for [s = 1:SERIES] keyentry with points linetype s title LABEL[s]
}
unset key

set border 1 linewidth 0.5 linecolor rgb '#404040'
set logscale x
set xrange [FROM:TO]
set yrange [ROWS + 0.6:0.4]
set xtics nomirror out scale 0.4 ()
do for [e = -12:12] { set xtics add ("" 10.0**e 1) }
do for [t in TICS] { set xtics add (t t + 0) }
set label 1 X_LABEL at screen (left(1) + right(PANELS)) / 2, screen (FOOT - 0.85) / HEIGHT center
set label 2 NOTE at screen (left(1) + right(PANELS)) / 2, screen (FOOT - 1.3) / HEIGHT center textcolor rgb '#404040'
unset ytics
do for [r = 1:ROWS] {
  set label 10 + r ROW[r] at screen (LEFT - 0.2) / WIDTH, first r right
  set arrow 10 + r from graph 0, first r to graph 1, first r nohead linewidth 0.4 linecolor rgb '#DDDDDD' back
}
set style textbox opaque noborder margins 1, 0
# as fast as the baseline
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead linewidth 0.7 linecolor rgb '#808080' back
tip = (TO / FROM)**0.12
do for [p = 1:PANELS] {
  set lmargin at screen left(p)
  set rmargin at screen right(p)
  set label 3 PANEL[p] at graph 0.5, screen 1 - (HEAD - 0.55) / HEIGHT center
  plot for [s = 1:SERIES] DATA using ($1 == p && $2 == s && $7 == 0 ? $4 : NaN):($3 + shift(s)):5:6 \
      with xerrorbars linetype s notitle, \
    for [s = 1:SERIES] DATA using ($1 == p && $2 == s && ($7 == 1 || $5 < FROM) ? FROM * tip : NaN): \
      ($3 + shift(s)):(FROM - FROM * tip):(0) with vectors linetype s head filled size graph 0.05, 20 notitle, \
    DATA using (sqrt(FROM * TO)):($1 == p && $2 == 1 && $7 == 2 ? $3 : NaN):(sprintf('refused')) \
      with labels boxed textcolor rgb '#808080' notitle
  unset label 1
  unset label 2
  if (p == 1) { do for [r = 1:ROWS] { unset label 10 + r } }
}
unset multiplot
