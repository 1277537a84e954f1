# Memberships of rows in communities, a heat map; a strip of labels beside it; the links among the rows, if they are nodes of a
# network. Columns of DATA: x, y (rows, from above), value: in the first MAP lines a membership (x: communities), in the next STRIP
# ones the colour of a label, 1 to 8, then a shade of links (x: rows).
#   MAP STRIP       lines of data
#   MAP_TO ROWS     what the map spans
#   EDGES EDGE[]    where communities end
#   PANELS          2: there are links
BAR_FROM = '0'
BAR_TO = '1'
BAR_TO_CM = 0.15
p = 1
eval FRAME
set border 0
set tics scale 0
eval BAR
eval SHADES
set cbrange [0:1]
set object 1000 rectangle from 0, 0 to MAP_TO, ROWS fillstyle empty border linecolor rgb FRAME_GREY linewidth 0.5 front
do for [i = 1:EDGES - 1] {
  set arrow 1000 + i from 0, EDGE[i] to X_TO[1], EDGE[i] nohead linecolor rgb '#808080' linewidth 0.4 front
}
plot DATA every ::0::MAP - 1 using (column('x')):(column('y')):(column('value')) with image notitle
unset colorbox
unset object
unset arrow
unset label
if (STRIP) {
  unset tics
  set palette defined (1 fill(1), 2 fill(2), 3 fill(3), 4 fill(4), 5 fill(5), 6 fill(6), 7 fill(7), 8 fill(8))
  set cbrange [1:8]
  plot DATA every ::MAP::MAP + STRIP - 1 using (column('x')):(column('y')):(column('value')) with image notitle
}
if (PANELS == 2) {
  p = 2
  set xtics nomirror offset 0, 0.35 ()
  eval FRAME
  set tics scale 0
  unset ytics
  eval SHADES
  set cbrange [0:1]
  set object 1000 rectangle from 0, 0 to ROWS, ROWS fillstyle empty border linecolor rgb FRAME_GREY linewidth 0.5 front
  do for [i = 1:EDGES - 1] {
    set arrow 1000 + i from 0, EDGE[i] to ROWS, EDGE[i] nohead linecolor rgb '#808080' linewidth 0.4 front
    set arrow 2000 + i from EDGE[i], 0 to EDGE[i], ROWS nohead linecolor rgb '#808080' linewidth 0.4 front
  }
  plot DATA every ::MAP + STRIP using (column('x')):(column('y')):(column('value')) with image notitle
}
unset multiplot
