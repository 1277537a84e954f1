/* Evaluation: parameters in, loss and metric out. */
#include "core/evaluate.h"

#include "core/saved.h"
#include "core/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096 };

/* Adds the sums of a block, which are made from zero: they do not depend on what was added before. */
static void score_block(const struct fg_run *run, const struct fg_view *view, const struct fg_block *block,
                        struct fg_point *batch, struct fg_score *score) {
  struct fg_score sums = {0};
  size_t n;
  for (size_t from = 0; (n = fg_block_read(block, from, BATCH, batch)) > 0; from += n)
    run->model.type->score(&run->model, view, batch, n, &sums);
  fg_score_add(score, &sums);
}

static enum fg_err score_held_out(const struct fg_run *run, const struct fg_factors *factors, const double *stat,
                                  double *metric, struct fg_fault *fault) {
  struct fg_saved saved;
  struct fg_score sums = {0};
  enum fg_err err = fg_saved_take(run, factors, stat, &saved, fault);
  if (err)
    return err;
  for (uint32_t p = 0; p < run->grid.row_blocks && !err; p++) {
    struct fg_score_result part;
    err = fg_score_rows(&run->model, &saved.view, &run->grid.held_out[p], NULL, &part, fault);
    if (!err)
      fg_score_add(&sums, &part.sums);
  }
  *metric = sums.weight > 0 ? run->model.type->metric(&sums) : NAN;
  fg_saved_free(&saved);
  return err;
}

enum fg_err fg_evaluate(const struct fg_run *run, const struct fg_factors *factors, struct fg_evaluation *evaluation,
                        struct fg_fault *fault) {
  const struct fg_grid *g = &run->grid;
  const struct fg_model_type *type = run->model.type;
  struct fg_score train = {0}, test = {0};
  enum fg_err err = FG_OK;
  struct fg_point *batch = malloc(BATCH * sizeof *batch);
  double *stat = calloc(run->model.n_stat + 1, sizeof *stat);
  if (!batch || !stat || fg_factors_stat(factors, &run->model, stat)) {
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an evaluation");
    goto cleanup;
  }
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t q = 0; q < g->col_blocks; q++) {
      struct fg_view view = {factors->row[p].factor, factors->col[q].factor, factors->row[p].weight,
                             factors->col[q].weight, stat};
      score_block(run, &view, fg_grid_train(g, p, q), batch, &train);
      score_block(run, &view, fg_grid_test(g, p, q), batch, &test);
    }
  evaluation->train_loss = train.loss / train.weight;
  evaluation->test_metric = test.weight > 0 ? type->metric(&test) : NAN;
  if (g->n_held_out)
    err = score_held_out(run, factors, stat, &evaluation->test_metric, fault);
cleanup:
  free(batch);
  free(stat);
  return err;
}
