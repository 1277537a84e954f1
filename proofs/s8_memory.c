/* S8. A worker holds at most (rows of its row block + c times the rows of the largest column block) x padded K floats
 * of parameters, c being the number of column blocks that it can hold: 2 where one arrives before the last one has
 * left, and 1 alone. (The register also says that no process ever holds all of U, W or the data. That is not judged:
 * one worker does, the simulator holds all workers' parts, and of several the bound is below the whole for P > 2.) */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, REPLICA, HOARD };

double fg_bound_resident(uint64_t rows, uint64_t cols, uint64_t held, uint64_t stride) {
  return (double)((rows + held * cols) * stride * sizeof(float));
}

struct plan {
  const struct fg_lab *lab;
  struct fg_scene scene[64];
  const char *series[64];
  size_t n;
};

struct held {
  double bytes, bound, all; /* of a host at most; by the formula; of all parameters [B] */
};

static uint64_t most_lines(const struct fg_lines *lines, uint32_t n) {
  uint64_t most = 0;
  for (uint32_t i = 0; i < n; i++)
    most = lines[i].n > most ? lines[i].n : most;
  return most;
}

static enum fg_err hold_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  struct held *h = result;
  struct fg_totals totals;
  enum fg_err err;
  struct fg_trial *t = fg_scene_trial(plan->lab, &plan->scene[i], &err, fault);
  if (!err)
    err = fg_trial_simulate(t, NULL, &totals, fault);
  if (!err) {
    const struct fg_grid *g = &t->run.grid;
    uint64_t stride = t->run.model.stride;
    h->bytes = (double)totals.params_bytes;
    h->bound = fg_bound_resident(most_lines(g->row, g->row_blocks), most_lines(g->col, g->col_blocks),
                                 t->run.job.workers > 1 ? 2 : 1, stride);
    h->all = fg_bound_resident(g->rows, g->cols, 1, stride);
  }
  fg_trial_delete(t);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const struct {
    const char *sync, *series;
  } syncs[] = {{"barrier", "barrier"}, {"fugue:decay=0.5", "fugue"}, {"quorum:q=0.5", "quorum"}};
  static const uint32_t workers[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};
  struct plan plan = {.lab = lab};
  struct held held[64];
  enum fg_err err = fg_scene_data(lab, "mf:rank=20", fault);
  for (size_t s = 0; s < (variant ? 1 : 3); s++)
    for (size_t w = 0; w < (lab->full ? 10 : 8); w++) {
      if (variant && workers[w] < 4)
        continue; /* of fewer workers two blocks are most of the model anyway */
      const char *sync = variant == REPLICA ? "psgd" : variant == HOARD ? "ring:blocks=4" : syncs[s].sync;
      plan.series[plan.n] = syncs[s].series;
      plan.scene[plan.n++] = (struct fg_scene){sync, "mf:rank=20", workers[w] > 8 ? "1" : "2", workers[w]};
    }
  if (!err)
    err = fg_lab_map(lab, plan.n, hold_one, &plan, sizeof *held, held, fault);
  for (size_t i = 0; i < plan.n && !err; i++) {
    struct fg_finding f = {.relation = FG_AT_MOST,
                           .bound = strncmp(plan.scene[i].sync, "quorum", 6) == 0 ? NAN : held[i].bound,
                           .measured = held[i].bytes,
                           .low = held[i].bytes,
                           .high = held[i].bytes,
                           .samples = 1,
                           .series = plan.series[i],
                           .x = plan.scene[i].workers};
    snprintf(f.text, sizeof f.text, "%s, P = %u: bytes of parameters that a host holds at most, %.3g of the model",
             plan.scene[i].sync, plan.scene[i].workers, held[i].bytes / held[i].all);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

const struct fg_claim fg_claim_s8 = {
    .id = "S8",
    .title = "memory",
    .kind = FG_CLAIM_EXACT,
    .statement =
        "a host holds at most (rows of its row block + c times the rows of the largest column block) x padded K "
        "floats of parameters, c = 2 where a block arrives before the last one has left",
    .assumptions =
        "strata that all workers complete (barrier, fugue); under a quorum blocks can pile up with a slow worker",
    .source = "ours",
    .controls = (const struct fg_control[]){{"replica", "workers that keep a copy of the column factor (psgd)"},
                                            {"hoard",
                                             "workers that hold four column blocks and more at a time (ring:blocks=4)"},
                                            {0}},
    .panels = (const struct fg_panel[]){{"parameters of the fullest host", "workers P", "bytes", true, true}, {0}},
    .measure = measure,
};
