# What every worker did when, a panel per run. Variables come from `fugue plot`:
#   DATA        blocks of rows "from to worker", four kinds a panel
#   KINDS       the kinds that occur, e.g. '0 2 3': 0 required work, 1 extra work, 2 waiting, 3 hand-off
#   PANELS      1 to 4      TITLE[]  their labels    TITLES  1 if these are shown
#   WORKERS  FROM  TO       rows and time axis [s]   TIME  its label
#   WIDTH HEIGHT            of the figure [cm]
# Four steps of lightness, so that the kinds stay apart in grey.
array COLOUR[4] = ['#0072B2', '#E69F00', '#E6E6E6', '#000000']

array NAME[4] = ['required work', 'extra work', 'waiting', 'hand-off']

head = 1.0
foot = 1.15
panel_height = (HEIGHT - head - foot - 0.1) / PANELS
bottom(p) = (foot + panel_height * (PANELS - p)) / HEIGHT
top(p) = (foot + panel_height * (PANELS - p + 1) - (TITLES ? 0.5 : 0.1)) / HEIGHT
set lmargin at screen 1.3 / WIDTH
set rmargin at screen 1 - 0.4 / WIDTH
set style fill solid 1 noborder

set multiplot
# the legend, a panel of its own above the others
set bmargin at screen 1 - head / HEIGHT
set tmargin at screen 1
unset border
unset tics
set key inside center center vertical maxrows 2 Left reverse samplen 1.5 spacing 1.1
set xrange [0:1]
set yrange [0:1]
plot NaN notitle, for [k in KINDS] keyentry with boxes linecolor rgb COLOUR[k + 1] title NAME[k + 1]
unset key

set border 3 linewidth 0.5 linecolor rgb '#404040'
set xtics nomirror out scale 0.4 autofreq
step = WORKERS <= 20 ? (WORKERS <= 8 ? 1 : 4) : (WORKERS <= 40 ? 8 : 16)
set ytics nomirror out scale 0.4 0, step, WORKERS - 1
set xrange [FROM:TO]
set yrange [WORKERS - 0.5:-0.5]
do for [p = 1:PANELS] {
  set bmargin at screen bottom(p)
  set tmargin at screen top(p)
  set label 1 'worker' at screen 0.3 / WIDTH, graph 0.5 center rotate by 90
  if (TITLES) { set label 2 TITLE[p] at graph 0, screen top(p) + 0.2 / HEIGHT left }
  if (p == PANELS) {
    set label 3 TIME at graph 0.5, screen bottom(p) - 0.9 / HEIGHT center
    set format x '%g'
  } else {
    set format x ''
  }
  plot for [k in KINDS] DATA index 4 * (p - 1) + k using 1:3:1:2:($3 - 0.4):($3 + 0.4) \
    with boxxyerror linecolor rgb COLOUR[k + 1] notitle
}
unset multiplot
