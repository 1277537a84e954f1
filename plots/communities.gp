# Memberships of rows in communities, a heat map, and a strip of labels beside it. Columns of DATA: x (communities), y (rows, from
# above), value: the membership, in the first MAP lines; the label's colour, 1 to 8, in the others.
#   MAP             lines of the map
#   MAP_TO ROWS     what it spans
#   EDGES EDGE[]    where communities end
#   STRIP           1: there are labels
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
if (STRIP) {
  set palette defined (1 fill(1), 2 fill(2), 3 fill(3), 4 fill(4), 5 fill(5), 6 fill(6), 7 fill(7), 8 fill(8))
  set cbrange [1:8]
  unset colorbox
  unset tics
  unset label
  unset object
  unset arrow
  plot DATA every ::MAP using (column('x')):(column('y')):(column('value')) with image notitle
}
unset multiplot
