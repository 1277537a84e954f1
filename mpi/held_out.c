/* Held-out rows: from groups of columns to their score. */
#include "mpi/held_out.h"

#include "core/score.h"
#include "mpi/rotation.h"
#include "mpi/team.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_BYTES = 32 << 20 }; /* of a group's columns, or as large as a column block */

/* A rank's held-out points by row, and the group at hand. */
struct plan {
  const struct fg_run *run;
  const struct fg_points *points; /* columns are numbered through all blocks */
  size_t *order;                  /* positions by (row, position) */
  size_t next;                    /* in order[]: the first row of the next group */
  uint64_t *seen;                 /* a bit for each column */
  uint32_t *first;                /* column numbers at which the blocks begin, col_blocks + 1 */
  uint32_t most;                  /* columns of a group */
  uint32_t *col;                  /* the group's columns, ascending */
  uint32_t n_cols;
  float *factor, *weight; /* of these */
  struct fg_points group; /* rows and columns numbered from 0 in the group */
};

struct place {
  uint32_t row;
  size_t at;
};

static int by_place(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  if (x->row != y->row)
    return x->row < y->row ? -1 : 1;
  return x->at < y->at ? -1 : x->at > y->at;
}

static int by_number(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static enum fg_err sort_by_row(struct plan *p) {
  size_t n = p->points->n;
  struct place *place = malloc((n + 1) * sizeof *place);
  p->order = malloc((n + 1) * sizeof *p->order);
  if (place && p->order) {
    for (size_t i = 0; i < n; i++)
      place[i] = (struct place){p->points->row[i], i};
    qsort(place, n, sizeof *place, by_place);
    for (size_t i = 0; i < n; i++)
      p->order[i] = place[i].at;
  }
  free(place);
  return place && p->order ? FG_OK : FG_ENOMEM;
}

/* The row that begins at order[at]: columns of it that the group does not have yet, and where it ends. */
static uint32_t new_columns(const struct plan *p, size_t at, size_t *end) {
  uint32_t n = 0, row = p->points->row[p->order[at]];
  for (*end = at; *end < p->points->n && p->points->row[p->order[*end]] == row; ++*end) {
    uint32_t j = p->points->col[p->order[*end]];
    n += !(p->seen[j / 64] >> j % 64 & 1);
  }
  return n;
}

static enum fg_err plan_new(struct plan *p, const struct fg_run *run, uint32_t rank) {
  const struct fg_grid *g = &run->grid;
  const struct fg_model *m = &run->model;
  *p = (struct plan){.run = run, .points = &g->held_out[rank]};
  p->seen = calloc((size_t)g->cols / 64 + 1, sizeof *p->seen);
  p->first = calloc((size_t)g->col_blocks + 1, sizeof *p->first);
  if (!p->seen || !p->first || sort_by_row(p))
    return FG_ENOMEM;
  for (uint32_t q = 0; q < g->col_blocks; q++) {
    p->first[q + 1] = p->first[q] + g->col[q].n;
    p->most = g->col[q].n > p->most ? g->col[q].n : p->most;
  }
  uint32_t fit = (uint32_t)(TABLE_BYTES / (m->stride * sizeof(float)));
  p->most = fit > p->most ? fit : p->most;
  if (p->most > g->cols || p->most > p->points->n) /* no more than there are */
    p->most = g->cols < p->points->n ? g->cols : (uint32_t)p->points->n;
  for (size_t at = 0, end; at < p->points->n; at = end) { /* and every row fits */
    uint32_t n = new_columns(p, at, &end);
    p->most = n > p->most ? n : p->most;
  }
  size_t bytes = ((size_t)p->most * m->stride * sizeof(float) / FG_ALIGN + 1) * FG_ALIGN;
  p->col = malloc(((size_t)p->most + 1) * sizeof *p->col);
  p->factor = aligned_alloc(FG_ALIGN, bytes);
  p->weight = malloc(((size_t)p->most + 1) * sizeof *p->weight);
  return p->col && p->factor && p->weight ? FG_OK : FG_ENOMEM;
}

static void plan_free(struct plan *p) {
  free(p->order);
  free(p->seen);
  free(p->first);
  free(p->col);
  free(p->factor);
  free(p->weight);
  fg_points_free(&p->group);
}

static void add_row(struct plan *p, size_t at, size_t end) {
  for (; at < end; at++) {
    uint32_t j = p->points->col[p->order[at]];
    if (p->seen[j / 64] >> j % 64 & 1)
      continue;
    p->seen[j / 64] |= (uint64_t)1 << j % 64;
    p->col[p->n_cols++] = j;
  }
}

/* Points of rows order[from] .. order[to - 1], rows and columns renumbered in order. */
static enum fg_err renumber(struct plan *p, size_t from, size_t to) {
  p->group.n = 0;
  p->group.rows = 0;
  p->group.cols = p->n_cols;
  p->group.counts = p->run->grid.counts;
  p->group.nonnegative = p->run->grid.nonnegative;
  for (size_t at = from; at < to; at++) {
    size_t i = p->order[at];
    p->group.rows += at == from || p->points->row[i] != p->points->row[p->order[at - 1]];
    const uint32_t *col = bsearch(&p->points->col[i], p->col, p->n_cols, sizeof *p->col, by_number);
    if (fg_points_push(&p->group, p->group.rows - 1, (uint32_t)(col - p->col), p->points->value[i]))
      return FG_ENOMEM;
  }
  return FG_OK;
}

/* The next group of whole rows; empty if there is none. */
static enum fg_err next_group(struct plan *p) {
  size_t from = p->next, end;
  for (uint32_t k = 0; k < p->n_cols; k++)
    p->seen[p->col[k] / 64] = 0;
  p->n_cols = 0;
  while (p->next < p->points->n && new_columns(p, p->next, &end) + p->n_cols <= p->most) {
    add_row(p, p->next, end);
    p->next = end;
  }
  if (p->n_cols)
    qsort(p->col, p->n_cols, sizeof *p->col, by_number);
  return renumber(p, from, p->next);
}

/* Keeps what the group needs of a block that comes by. */
static enum fg_err collect(void *self, const struct fg_col_block *block, struct fg_fault *fault) {
  struct plan *p = self;
  const struct fg_model *m = &p->run->model;
  (void)fault;
  uint32_t begin = p->first[block->id], end = p->first[block->id + 1], lo = 0, hi = p->n_cols;
  while (lo < hi) { /* the first column of the group in this block */
    uint32_t mid = lo + (hi - lo) / 2;
    if (p->col[mid] < begin)
      lo = mid + 1;
    else
      hi = mid;
  }
  for (; lo < p->n_cols && p->col[lo] < end; lo++) {
    uint32_t j = p->col[lo] - begin;
    memcpy(p->factor + (size_t)lo * m->stride, block->factor + (size_t)j * m->stride, m->stride * sizeof(float));
    p->weight[lo] = block->weight[j];
  }
  return FG_OK;
}

enum fg_err fg_team_score_held_out(struct fg_post *post, const struct fg_run *run, const struct fg_holdings *holdings,
                                   const double *stat, struct fg_score *sums, struct fg_fault *fault) {
  struct plan p;
  struct fg_score_result result = {0};
  enum fg_err err = plan_new(&p, run, fg_post_rank(post));
  const struct fg_view view = {.col_factor = p.factor, .col_weight = p.weight, .stat = (double *)stat};
  for (uint64_t busy = 1; !err && busy;) {
    err = next_group(&p);
    if (!err)
      err = fg_team_most(post, p.group.n, &busy, fault);
    if (!err && busy)
      err = fg_rotate(post, run, holdings, collect, &p, fault);
    if (!err && p.group.n)
      err = fg_score_more_rows(&run->model, &view, &p.group, NULL, &result, fault);
  }
  *sums = result.sums;
  plan_free(&p);
  return err == FG_ENOMEM ? fg_fail(fault, err, NULL, 0, "not enough memory for an evaluation") : err;
}
