# Traces of chains, a colour a setting, a thin line a chain; faint where they are left out. Columns of DATA: panel, series, name, chain,
# kept (0 or 1), x, y; an empty line behind each part of a chain.
#   SERIES  how many
mine(p, i, kept) = column('panel') == p && column('series') == i && column('kept') == kept
faint(i) = '#A8'.substr(COLOUR[(i - 1) % 7 + 1], 2, 7)
do for [p = 1:PANELS] {
  eval FRAME
  plot NaN notitle, \
    for [i = 1:SERIES] DATA using (mine(p, i, 0) ? column('x') : NaN):(column('y')) with lines linetype i linecolor rgb faint(i) linewidth 0.7 dashtype 1 notitle, \
    for [i = 1:SERIES] DATA using (mine(p, i, 1) ? column('x') : NaN):(column('y')) with lines linetype i linewidth 0.7 notitle
}
unset multiplot
