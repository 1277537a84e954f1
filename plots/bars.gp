# What workers spend their time on, a stacked bar per row. Columns of DATA: panel, row, name, kind (into SPENT), spent_on, from, to.
set style fill solid 1 border linecolor rgb '#808080'
do for [p = 1:PANELS] {
  eval FRAME
  plot NaN notitle, for [k = 0:4] DATA using (column('panel') == p && column('kind') == k ? column('from') : NaN):(column('row')): \
    (column('from')):(column('to')):(column('row') - 0.36):(column('row') + 0.36) \
    with boxxyerror linecolor rgb SPENT[k + 1] dashtype 1 linewidth 0.5 notitle
}
unset multiplot
