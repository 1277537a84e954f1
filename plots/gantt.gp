# What every worker did when, a panel per run. Columns of DATA: panel, worker, kind (into SPENT), from, to [s].
do for [p = 1:PANELS] {
  eval FRAME
  plot NaN notitle, for [k = 0:3] DATA using (column('panel') == p && column('kind') == k ? column('from') : NaN):(column('worker')): \
    (column('from')):(column('to')):(column('worker') - 0.4):(column('worker') + 0.4) with boxxyerror linecolor rgb SPENT[k + 1] notitle
}
unset multiplot
