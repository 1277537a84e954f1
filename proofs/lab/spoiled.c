/* From a sampler to one that is broken in one way. */
#include "proofs/lab/spoiled.h"

#include "core/schedule.h"

#include <string.h>

static const struct fg_spoiled *of(const struct fg_model *model) {
  return (const struct fg_spoiled *)(const void *)model->type;
}

/* of the current pass (tokens.c) */
static uint32_t pass_number(const struct fg_draws *d) {
  return d->rng.counter[1];
}
static uint64_t visit(const struct fg_draws *d) {
  return d->rng.counter[2] | (uint64_t)d->rng.counter[3] << 32;
}

/* The next point: its row and column in the blocks. */
static struct fg_point next_point(const struct fg_draws *d) {
  const struct fg_tile *tile = d->tile;
  const struct fg_stored_point *points = d->points;
  uint32_t at = d->in_tile;
  if (at == tile->n) {
    points += tile->n;
    tile++;
    at = 0;
  }
  return (struct fg_point){tile->row0 + points[at].row, tile->col0 + points[at].col, points[at].value};
}

static void draw_counted(const struct fg_model *model, const struct fg_view *v, struct fg_draws *d) {
  struct fg_point z = next_point(d);
  uint16_t old = z.value > 0 ? *d->topic : FG_NO_TOPIC;
  float *row = v->row_factor + (size_t)z.row * model->stride, *col = v->col_factor + (size_t)z.col * model->stride;
  for (int sign = 1; sign >= -1; sign -= 2) {
    if (old != FG_NO_TOPIC) {
      row[old] += (float)sign;
      col[old] += (float)sign;
      v->stat[old] += sign;
    }
    if (sign > 0)
      of(model)->sound->draw(model, v, d, 1);
  }
}

static void draw_deaf(const struct fg_model *model, const struct fg_view *v, struct fg_draws *d) {
  const struct fg_run *run = of(model)->run;
  uint32_t block = (uint32_t)(visit(d) / run->grid.col_blocks % run->grid.row_blocks), r = next_point(d).row;
  float kept[model->lanes], *row = v->row_factor + (size_t)r * model->stride;
  bool deaf = run->grid.row[block].original[r] == 0;
  memcpy(kept, row, sizeof kept);
  of(model)->sound->draw(model, v, d, 1);
  if (deaf)
    memcpy(row, kept, sizeof kept);
}

static void draw_stopped(const struct fg_model *model, const struct fg_view *v, struct fg_draws *d) {
  double all = 0;
  for (uint32_t k = 0; k < model->rank; k++)
    all += v->stat[k];
  if (pass_number(d) > 0 && v->stat[0] > all / 2)
    fg_draws_skip(d, 1);
  else
    of(model)->sound->draw(model, v, d, 1);
}

static void draw_unsmoothed(const struct fg_model *model, const struct fg_view *v, struct fg_draws *d) {
  struct fg_model other = *model;
  other.cols = 1;
  of(model)->sound->draw(&other, v, d, 1);
}

/* The type has no `renew`, so that the core does not know to wait: topics are drawn here, at the same place. */
static void draw_late(const struct fg_model *model, const struct fg_view *v, struct fg_draws *d) {
  const struct fg_run *run = of(model)->run;
  uint32_t blocks = run->grid.col_blocks, q = (uint32_t)(visit(d) % blocks),
           p = (uint32_t)(visit(d) / blocks % run->grid.row_blocks);
  const struct fg_block *block = fg_grid_train(&run->grid, p, q);
  of(model)->sound->draw(model, v, d, 1);
  bool over = d->tile == block->tiles + block->n_tiles - 1 && d->in_tile == d->tile->n;
  if (pass_number(d) > 0 || !over || fg_schedule_col(p, blocks - 1, blocks) != q)
    return;
  struct fg_rng rng;
  fg_rng_start(&rng, run->job.seed_order, FG_STREAM_DRAW, visit(d), UINT32_MAX);
  for (uint32_t j = 0; j < run->grid.col[q].n; j++) /* nor does the root: what was there is taken back here */
    for (uint32_t k = 0; k < model->rank; k++)
      v->stat[model->rank + k] -= v->col_factor[(size_t)j * model->stride + model->lanes + k];
  of(model)->sound->renew(model, v, run->grid.col[q].n, &rng);
}

static void draw(const struct fg_model *model, const struct fg_view *v, struct fg_draws *d, size_t n) {
  static void (*const spoilt[])(const struct fg_model *model, const struct fg_view *v, struct fg_draws *d) = {
      [FG_SPOIL_STOPPED] = draw_stopped, [FG_SPOIL_OWN] = draw_counted, [FG_SPOIL_BETA] = draw_unsmoothed,
      [FG_SPOIL_DEAF] = draw_deaf,       [FG_SPOIL_LATE] = draw_late,
  };
  for (; n > 0; n--)
    spoilt[of(model)->how](model, v, d);
}

void fg_spoil(struct fg_run *run, enum fg_spoil how, struct fg_spoiled *s) {
  if (how == FG_SPOIL_NOTHING)
    return;
  *s = (struct fg_spoiled){*run->model.type, run->model.type, run, how};
  s->type.draw = draw;
  if (how == FG_SPOIL_LATE)
    s->type.renew = NULL;
  run->model.type = &s->type;
}
