# Columns of the data that are images, as a grid of pictures. Columns of DATA: x, y (from above), value; NaN between pictures.
#   SIGNED          1: values are from -1 to 1, 0: from 0 to 1
#   ATOMS COLUMNS   how many, and side by side
#   ATOM_W ATOM_H   from the beginning of one to that of the next
#   GAP             between two
BAR_FROM = SIGNED ? '−max' : '0'
BAR_TO = 'max'
BAR_TO_CM = 0.6
p = 1
eval FRAME
eval BAR
eval SIGNED ? SHADES_SIGNED : SHADES
set cbrange [SIGNED ? -1 : 0:1]
unset border
unset tics
# behind each, so that what is left of it is a frame
do for [i = 0:ATOMS - 1] {
  set object 1000 + i rectangle from i % COLUMNS * ATOM_W - 0.5 - GAP, i / COLUMNS * ATOM_H - 0.5 - GAP rto ATOM_W + GAP, ATOM_H + GAP \
    fillcolor rgb GRID_GREY fillstyle solid 1 noborder behind
}
plot DATA using (column('x')):(column('y')):(column('value')) with image notitle
unset multiplot
