/* From the points of a block to updates of one row and one column. */
#include "proofs/lab/pooled.h"

static void update(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                   float eta) {
  struct fg_point moved[FG_BATCH];
  for (size_t i = 0; i < n; i++)
    moved[i] = (struct fg_point){0, 0, points[i].value};
  fg_model_find("additive")->update(model, view, moved, n, eta);
}

void fg_pooled_set(struct fg_run *run, struct fg_model_type *type) {
  *type = *run->model.type;
  type->update = update;
  run->model.type = type;
}

struct fg_pooled fg_pooled_block(const struct fg_run *run, uint32_t row_block, uint32_t col_block) {
  const struct fg_block *block = fg_grid_train(&run->grid, row_block, col_block);
  struct fg_pooled p = {.h = 2 + (double)(float)fg_model_param(&run->model, "ridge"), .n = block->n};
  struct fg_point z;
  double mean = 0, squares = 0, n = (double)block->n;
  for (size_t i = 0; i < block->n; i++) {
    fg_block_read(block, i, 1, &z);
    mean += z.value / n;
  }
  for (size_t i = 0; i < block->n; i++) {
    fg_block_read(block, i, 1, &z);
    squares += (z.value - mean) * (z.value - mean) / n;
  }
  p.optimum = 2 * mean / p.h;
  p.noise = 4 * squares;
  return p;
}
