/* Evaluation: parameters in, loss and metric out. */
#include "core/evaluate.h"

#include "core/saved.h"
#include "core/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096 };

static void score_points(const struct fg_run *run, const struct fg_view *view, const struct fg_block *points,
                         struct fg_point *batch, struct fg_score *score) {
  size_t n;
  for (size_t from = 0; (n = fg_block_read(points, from, BATCH, batch)) > 0; from += n)
    run->model.type->score(&run->model, view, batch, n, score);
}

enum fg_err fg_evaluate_block(const struct fg_run *run, const struct fg_row_shard *rows,
                              const struct fg_col_block *block, const double *stat, struct fg_scores *scores) {
  struct fg_point *batch = malloc(BATCH * sizeof *batch);
  memset(scores, 0, sizeof *scores);
  if (!batch)
    return FG_ENOMEM;
  struct fg_view view = {rows->factor, block->factor, rows->weight, block->weight, (double *)stat};
  score_points(run, &view, fg_grid_train(&run->grid, rows->id, block->id), batch, &scores->train);
  score_points(run, &view, fg_grid_test(&run->grid, rows->id, block->id), batch, &scores->test);
  free(batch);
  return FG_OK;
}

void fg_scores_add(struct fg_scores *sums, const struct fg_scores *part) {
  fg_score_add(&sums->train, &part->train);
  fg_score_add(&sums->test, &part->test);
  fg_score_add(&sums->held_out, &part->held_out);
}

void fg_evaluation_of(const struct fg_run *run, const struct fg_scores *sums, struct fg_evaluation *evaluation) {
  const struct fg_score *test = run->grid.n_held_out ? &sums->held_out : &sums->test;
  evaluation->train_loss = sums->train.loss / sums->train.weight;
  evaluation->test_metric = test->weight > 0 ? run->model.type->metric(test) : NAN;
  evaluation->samples = 0;
  evaluation->posterior_metric = evaluation->posterior_deviation = NAN;
}

enum fg_err fg_evaluate(const struct fg_run *run, const struct fg_factors *factors, struct fg_evaluation *evaluation,
                        struct fg_fault *fault) {
  const struct fg_grid *g = &run->grid;
  struct fg_scores *sums = calloc(3, sizeof *sums); /* not on the stack: simulated actors have a small one */
  struct fg_saved saved = {0};
  double *stat = calloc(run->model.n_stat + 1, sizeof *stat);
  enum fg_err err = stat && sums ? fg_factors_stat(factors, &run->model, stat) : FG_ENOMEM;
  if (!err && g->n_held_out)
    err = fg_saved_join(run, factors, stat, &saved, fault);
  for (uint32_t p = 0; p < g->row_blocks && !err; p++) {
    struct fg_scores *whole = &sums[0], *part = &sums[1], *block = &sums[2];
    memset(part, 0, sizeof *part);
    for (uint32_t q = fg_grid_next(g, p, 0); q < g->col_blocks && !err; q = fg_grid_next(g, p, q + 1)) {
      err = fg_evaluate_block(run, &factors->row[p], &factors->col[q], stat, block);
      fg_scores_add(part, block);
    }
    struct fg_score_result held_out = {0};
    if (!err && g->n_held_out)
      err = fg_score_rows(&run->model, &saved.view, &g->held_out[p], NULL, &held_out, fault);
    part->held_out = held_out.sums;
    fg_scores_add(whole, part);
  }
  if (!err)
    fg_evaluation_of(run, sums, evaluation);
  else if (err == FG_ENOMEM)
    fg_fail(fault, err, NULL, 0, "not enough memory for an evaluation");
  fg_saved_free(&saved);
  free(stat);
  free(sums);
  return err;
}
