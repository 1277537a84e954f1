/* Evaluation: every rank's part, and their sum. */
#include "mpi/evaluate.h"

#include "mpi/held_out.h"
#include "mpi/rotation.h"
#include "mpi/team.h"

#include <stdlib.h>
#include <string.h>

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an evaluation");
}

enum fg_err fg_team_stat(struct fg_post *post, const struct fg_run *run, const struct fg_holdings *holdings,
                         double *stat, struct fg_fault *fault) {
  const struct fg_model *model = &run->model;
  uint32_t g = model->n_stat, rank = fg_post_rank(post), ranks = fg_post_ranks(post), c = run->factors.col_blocks;
  if (g == 0)
    return FG_OK;
  size_t size = 1 + (size_t)g; /* 1 + the block's number, or 0; its part */
  double *mine = calloc(size, sizeof *mine), *all = calloc(rank == 0 ? ranks * size : 1, sizeof *all);
  double *parts = calloc(rank == 0 ? c * (size_t)g : 1, sizeof *parts);
  enum fg_err err = mine && all && parts ? FG_OK : no_memory(fault);
  for (uint32_t t = 0; t < holdings->most && !err; t++) {
    memset(mine, 0, size * sizeof *mine);
    if (t < holdings->count[rank]) {
      const struct fg_col_block *block = &run->factors.col[holdings->mine[t]];
      mine[0] = 1 + (double)block->id;
      model->type->stat(model, block->factor, block->weight, block->cols, mine + 1);
    }
    err = fg_team_gather(post, mine, size * sizeof *mine, all, fault);
    for (uint32_t r = 0; r < ranks && rank == 0 && !err; r++)
      if (all[r * size] >= 1 && all[r * size] <= c)
        memcpy(parts + (size_t)(all[r * size] - 1) * g, all + r * size + 1, g * sizeof *parts);
  }
  if (!err && rank == 0) { /* in the order of the blocks, as fg_factors_stat does */
    memset(stat, 0, g * sizeof *stat);
    for (uint32_t q = 0; q < c; q++)
      for (uint32_t k = 0; k < g; k++)
        stat[k] += parts[(size_t)q * g + k];
    fg_model_put_tuned(model, run->factors.tuned, stat);
  }
  if (!err)
    err = fg_team_broadcast(post, stat, g * sizeof *stat, fault);
  free(mine);
  free(all);
  free(parts);
  return err;
}

/* what a rank does with the blocks that come by */
struct seeing {
  const struct fg_run *run;
  const struct fg_row_shard *rows;
  const double *stat;
  struct fg_scores *scores; /* by block */
  enum fg_err (*also)(void *self, const struct fg_col_block *block, const double *stat, struct fg_fault *fault);
  void *also_self;
};

static enum fg_err see(void *self, const struct fg_col_block *block, struct fg_fault *fault) {
  struct seeing *s = self;
  if (fg_evaluate_block(s->run, s->rows, block, s->stat, &s->scores[block->id]))
    return no_memory(fault);
  return s->also ? s->also(s->also_self, block, s->stat, fault) : FG_OK;
}

/* The sums of this rank's part, blocks added in the order of their numbers. */
static enum fg_err score_part(struct fg_post *post, const struct fg_run *run, const struct fg_holdings *holdings,
                              struct seeing *seeing, struct fg_scores *part, struct fg_fault *fault) {
  enum fg_err err = fg_rotate(post, run, holdings, see, seeing, fault);
  memset(part, 0, sizeof *part);
  for (uint32_t q = 0; q < run->grid.col_blocks && !err; q++)
    fg_scores_add(part, &seeing->scores[q]);
  if (!err && run->grid.n_held_out)
    err = fg_team_score_held_out(post, run, holdings, seeing->stat, &part->held_out, fault);
  return err;
}

enum fg_err fg_team_evaluate(struct fg_post *post, const struct fg_run *run,
                             enum fg_err (*also)(void *self, const struct fg_col_block *block, const double *stat,
                                                 struct fg_fault *fault),
                             void *self, struct fg_evaluation *evaluation, struct fg_fault *fault) {
  uint32_t rank = fg_post_rank(post), ranks = fg_post_ranks(post);
  struct fg_scores part, whole = {0}, *parts = calloc(ranks, sizeof *parts);
  double *stat = calloc(run->model.n_stat + 1, sizeof *stat);
  struct fg_holdings holdings = {0};
  struct seeing seeing = {.run = run,
                          .rows = &run->factors.row[rank],
                          .stat = stat,
                          .scores = calloc(run->grid.col_blocks, sizeof *seeing.scores),
                          .also = also,
                          .also_self = self};
  enum fg_err err = parts && stat && seeing.scores ? FG_OK : no_memory(fault);
  if (!err)
    err = fg_holdings_find(post, run, &holdings, fault);
  if (!err)
    err = fg_team_stat(post, run, &holdings, stat, fault);
  if (!err)
    err = score_part(post, run, &holdings, &seeing, &part, fault);
  if (!err)
    err = fg_team_gather(post, &part, sizeof part, parts, fault);
  for (uint32_t p = 0; rank == 0 && p < ranks && !err; p++)
    fg_scores_add(&whole, &parts[p]);
  if (!err && rank == 0)
    fg_evaluation_of(run, &whole, evaluation);
  free(parts);
  free(stat);
  free(seeing.scores);
  fg_holdings_free(&holdings);
  return err;
}
