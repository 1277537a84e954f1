/* M4 given the counts. */
#include "proofs/lab/across.h"
#include "proofs/lab/additive_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A row's parameter meets another row block's in no stratum: the pair of such rows with most of it, by a d x d matrix.
 */
static void pick_rows(const struct fg_across *x, const double *matrix, size_t *pair) {
  const struct fg_grid *g = &x->trial->run.grid;
  double most = -1;
  for (size_t i = 0; i < g->rows; i++)
    for (size_t j = 0; j < i; j++)
      if (x->s.block[i] != x->s.block[j] && fabs(matrix[i * x->d + j]) > most) {
        most = fabs(matrix[i * x->d + j]);
        pair[0] = i;
        pair[1] = j;
      }
}

/* Of every run the mean over its repetitions, which have the same counts: centred columns after, and before,
 * contracted. */
static void contracted(const struct fg_across_comparison *c, struct fg_across *x, const size_t *pair) {
  size_t n = c->n * c->repeats;
  double share = (double)n / (double)(n - 1) / (double)c->repeats;
  for (size_t i = 0; i < c->n; i++) {
    double after = 0, before = 0;
    for (size_t a = i * c->repeats; a < (i + 1) * c->repeats; a++) {
      after += fg_across_product(x, x->after, n, a, pair);
      before += fg_across_product(x, x->before, n, a, pair);
    }
    x->product_after[i] = share * after;
    x->product_before[i] = share * before;
  }
}

/* x <- matrix x for every sample */
static void contract(double *column, size_t d, size_t n, const double *matrix, double *room) {
  for (size_t a = 0; a < n; a++) {
    for (size_t i = 0; i < d; i++) {
      room[i] = 0;
      for (size_t k = 0; k < d; k++)
        room[i] += matrix[i * d + k] * column[k * n + a];
    }
    for (size_t i = 0; i < d; i++)
      column[i * n + a] = room[i];
  }
}

static enum fg_err judge_stratum(struct fg_across_comparison *c, struct fg_across *x, unsigned first, unsigned end,
                                 const double *matrix, const size_t *drawn, struct fg_findings *findings) {
  size_t l = (size_t)x->s.round;
  size_t n = fg_ensemble_columns(&x->runs, first, end, l, x->before);
  fg_ensemble_columns(&x->runs, first, end, l + 1, x->after);
  fg_across_centre(x->before, x->d, n, NULL);
  fg_across_centre(x->after, x->d, n, NULL);
  fg_across_spread(x->after, x->d, n, x->spread);
  contract(x->before, x->d, n, matrix, x->room);
  c->repeats = end - first;
  enum fg_err err = fg_across_judge(c, x, NULL, findings);
  if (err || first == 0)
    return err;
  struct fg_finding f = fg_across_pair(c, x, drawn[0], drawn[1], x->rounding[l + 1]);
  snprintf(f.text, sizeof f.text, "covariance of rows %zu and %zu after stratum %zu, %s, %s", drawn[0], drawn[1], l + 1,
           c->what, c->part);
  f.series = "after; line: before, contracted";
  f.panel = 0;
  f.x = (double)(l + 1);
  return fg_findings_add(findings, &f);
}

enum fg_err fg_across_given(const struct fg_lab *lab, struct fg_across *x, struct fg_findings *findings,
                            struct fg_fault *fault) {
  const struct fg_run *run = &x->trial->run;
  struct fg_trace counts = fg_ensemble_trace(&x->runs, 0);
  struct fg_moments_path path = {0};
  double *matrix = malloc(x->d * x->d * sizeof *matrix);
  double way = lab->level / 4 / (double)(2 * run->job.rounds), pairs = (double)(x->d * (x->d - 1) / 2);
  struct fg_across_comparison c = {.products = contracted,
                                   .n = (size_t)x->runs.runs,
                                   .what = "given the counts",
                                   .level_pair = way / pairs,
                                   .level_way = way,
                                   .twice = 2};
  size_t drawn[2] = {0};
  enum fg_err err = matrix ? fg_moments_path(run, &counts, false, &path, fault) : fg_across_no_memory(fault);
  for (uint64_t round = 0; round < run->job.rounds && !err; round++) {
    fg_across_enter(x, &counts, round, path.mean + round * x->d, path.mean + (round + 1) * x->d);
    if (round == 0)
      pick_rows(x, path.covariance + path.rounds * x->d * x->d, drawn);
    err = fg_moments_contraction(run, &counts, round, matrix, fault);
    c.part = fg_additive_part_name(FG_ADDITIVE_SIMULATED);
    if (!err)
      err = judge_stratum(&c, x, 0, 1, matrix, drawn, findings);
    c.part = fg_additive_part_name(FG_ADDITIVE_REPLAYED);
    if (!err && x->runs.repeats > 1)
      err = judge_stratum(&c, x, 1, x->runs.repeats, matrix, drawn, findings);
  }
  fg_moments_path_free(&path);
  free(matrix);
  return err;
}
