/* From a state of a few tokens to the state after some epochs. */
#include "proofs/lab/chain.h"

#include "core/data/points.h"
#include "core/factors.h"
#include "core/replay.h"
#include "core/rng.h"
#include "proofs/lab/waits.h"
#include "sim/stage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A point for every pair of document and word. */
static enum fg_err cells_of(const struct fg_corpus *c, struct fg_points *points, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  *points = (struct fg_points){.rows = c->docs, .cols = c->words, .counts = true, .nonnegative = true};
  for (uint32_t d = 0; d < c->docs && !err; d++)
    for (uint32_t w = 0; w < c->words && !err; w++)
      err = fg_points_push(points, d, w, 0);
  for (uint32_t i = 0; i < c->n && !err; i++)
    points->value[c->doc[i] * c->words + c->word[i]]++;
  return err ? fg_fail(fault, err, NULL, 0, "not enough memory for a corpus") : FG_OK;
}

enum fg_err fg_chain_data(const struct fg_lab *lab, const struct fg_corpus *c, const char *name, char *path,
                          struct fg_fault *fault) {
  struct fg_points points = {0};
  enum fg_err err = fg_path_join(lab->scratch, name, path, fault);
  if (!err)
    err = cells_of(c, &points, fault);
  points.format = FG_FORMAT_TRIPLETS;
  if (!err)
    err = fg_points_write(path, &points, fault);
  fg_points_free(&points);
  return err;
}

/* The same points with the words of the present corpus. To cut the grid anew would take ten times as long as a run.
 * Nothing else of it is read by a model that draws: no weights, and sums are what they were. */
static void set_words(struct fg_chain *chain) {
  const struct fg_grid *g = &chain->trial->run.grid;
  const struct fg_corpus *c = &chain->corpus;
  float value[FG_CORPUS_SIDE][FG_CORPUS_SIDE] = {{0}};
  for (uint32_t i = 0; i < c->n; i++)
    value[c->doc[i]][c->word[i]]++;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t k = 0; k < g->train[p].n; k++) {
      const struct fg_block *block = &g->train[p].block[k];
      struct fg_stored_point *point = (struct fg_stored_point *)(uintptr_t)block->points; /* the trial's own */
      for (uint32_t t = 0; t < block->n_tiles; t++)
        for (size_t i = block->tiles[t].first; i < block->tiles[t].first + block->tiles[t].n; i++)
          point[i].value = value[g->row[p].original[block->tiles[t].row0 + point[i].row]]
                                [g->col[g->train[p].col[k]].original[block->tiles[t].col0 + point[i].col]];
    }
}

/* Where a token is: what is the core's number of it, and its counts. */
struct place {
  uint16_t *topic;
  float *row, *col;
};

/* Places of all tokens, in the order of the corpus. Those of one document and word stand for each other. */
static void places_of(const struct fg_chain *chain, struct place *place) {
  const struct fg_run *run = &chain->trial->run;
  const struct fg_corpus *c = &chain->corpus;
  bool taken[FG_CORPUS_TOKENS] = {false};
  for (uint32_t p = 0; p < run->grid.row_blocks; p++) {
    const struct fg_row_shard *shard = &run->factors.row[p];
    uint16_t *topic = shard->tokens->topic;
    for (uint32_t k = 0; k < run->grid.train[p].n; k++) {
      const struct fg_block *block = &run->grid.train[p].block[k];
      const struct fg_stored_point *at = shard->tokens->block[k].points;
      uint32_t q = run->grid.train[p].col[k];
      for (uint32_t t = 0; t < block->n_tiles; t++)
        for (uint32_t i = 0; i < block->tiles[t].n; i++, at++) {
          uint32_t r = block->tiles[t].row0 + at->row, j = block->tiles[t].col0 + at->col;
          uint32_t d = run->grid.row[p].original[r], w = run->grid.col[q].original[j];
          for (uint32_t n = 0; n < c->n; n++) {
            if (taken[n] || c->doc[n] != d || c->word[n] != w)
              continue;
            taken[n] = true;
            place[n] = (struct place){topic++, shard->factor + (size_t)r * run->model.stride,
                                      run->factors.col[q].factor + (size_t)j * run->model.stride};
          }
        }
    }
  }
}

/* topics that are drawn, given the counts */
static void renew(struct fg_chain *chain, uint64_t seed) {
  struct fg_run *run = &chain->trial->run;
  const struct fg_model_type *type = chain->plan.how ? chain->spoiled.sound : run->model.type;
  for (uint32_t q = 0; q < run->grid.col_blocks && type->renew; q++) {
    struct fg_view view = {.col_factor = run->factors.col[q].factor, .stat = run->stat};
    struct fg_rng rng;
    fg_rng_start(&rng, seed, FG_STREAM_INIT_COL, q, 0);
    type->renew(&run->model, &view, run->grid.col[q].n, &rng);
  }
}

enum fg_err fg_chain_set(struct fg_chain *chain, const struct fg_corpus *corpus, const uint8_t *z, uint64_t seed,
                         struct fg_fault *fault) {
  struct fg_run *run = &chain->trial->run;
  bool other = memcmp(chain->corpus.word, corpus->word, corpus->n) != 0;
  chain->corpus = *corpus;
  fg_factors_free(&run->factors);
  if (other)
    set_words(chain);
  enum fg_err err = fg_factors_new(&run->grid, &run->model, &run->factors, fault);
  if (!err && z) {
    struct place place[FG_CORPUS_TOKENS];
    places_of(chain, place);
    for (uint32_t i = 0; i < corpus->n; i++) {
      *place[i].topic = z[i];
      place[i].row[z[i]]++;
      place[i].col[z[i]]++;
    }
    renew(chain, seed);
  }
  return err ? err : fg_factors_stat(&run->factors, &run->model, run->stat);
}

uint64_t fg_chain_topics(const struct fg_chain *chain, uint8_t *z) {
  const struct fg_run *run = &chain->trial->run;
  const struct fg_corpus *c = &chain->corpus;
  struct place place[FG_CORPUS_TOKENS];
  uint64_t wrong = 0;
  places_of(chain, place);
  for (uint32_t i = 0; i < c->n; i++)
    z[i] = (uint8_t)*place[i].topic;
  for (uint32_t i = 0; i < c->n; i++)
    for (uint32_t k = 0; k < run->model.rank; k++) {
      float row = 0, col = 0;
      for (uint32_t j = 0; j < c->n; j++) {
        row += c->doc[j] == c->doc[i] && z[j] == k;
        col += c->word[j] == c->word[i] && z[j] == k;
      }
      wrong += (place[i].row[k] != row) + (place[i].col[k] != col);
    }
  return wrong;
}

/* ---- runs */

/* Who looks on. */
struct watch {
  const struct fg_chain *chain;
  const struct fg_chain_look *look;
};

static enum fg_err see(void *self, uint64_t rounds, const struct fg_totals *so_far, const struct fg_factors *factors,
                       struct fg_fault *fault) {
  const struct watch *w = self;
  const struct fg_run *run = &w->chain->trial->run;
  const struct fg_model *m = &run->model;
  struct fg_corpus_counts counts = {0};
  (void)so_far;
  (void)fault;
  for (uint32_t p = 0; p < run->grid.row_blocks; p++)
    for (uint32_t r = 0; r < run->grid.row[p].n; r++)
      for (uint32_t k = 0; k < m->rank; k++)
        counts.doc[run->grid.row[p].original[r]][k] = factors->row[p].factor[(size_t)r * m->stride + k];
  for (uint32_t q = 0; q < run->grid.col_blocks; q++)
    for (uint32_t j = 0; j < run->grid.col[q].n; j++)
      for (uint32_t k = 0; k < m->rank; k++) {
        const float *col = factors->col[q].factor + (size_t)j * m->stride;
        counts.word[run->grid.col[q].original[j]][k] = col[k];
        counts.drawn[run->grid.col[q].original[j]][k] = m->n_state ? col[m->lanes + k] : 0;
      }
  w->look->see(w->look->self, rounds / run->grid.col_blocks, &counts);
  return FG_OK;
}

static struct fg_sink sink_of(struct watch *watch) {
  const struct fg_chain_look *look = watch->look;
  watch->chain->trial->run.look_every = look ? look->every * watch->chain->trial->run.grid.col_blocks : 0;
  return (struct fg_sink){.self = watch, .evaluate = look ? see : NULL};
}

static uint64_t any_wait(void *self, const struct fg_visit *visit) {
  double passes = fmin(pow(fg_rng_uniform(self), -1 / 1.5) - 1, 2);
  return (uint64_t)(passes * (double)visit->required_updates);
}

enum fg_err fg_chain_play(struct fg_chain *chain, uint64_t seed, const struct fg_chain_look *look,
                          struct fg_fault *fault) {
  struct fg_trial *t = chain->trial;
  struct watch watch = {chain, look};
  struct fg_totals totals = {0};
  struct fg_rng rng;
  struct fg_sink sink = sink_of(&watch);
  t->run.job.seed_order = seed;
  if (chain->plan.simulated) {
    t->straggler.seed = seed;
    return fg_sim_run(&t->run, &t->network, &t->straggler, &sink, NULL, &totals, fault);
  }
  fg_rng_start(&rng, seed, FG_STREAM_STRAGGLER, 0, 0);
  if (chain->plan.waits)
    fg_waits_set(&chain->record, any_wait, &rng);
  return fg_replay_run(&t->run, &chain->record.log, NULL, &sink, &totals, fault);
}

/* What is simulated first, for its order of parcels. */
static enum fg_err record(struct fg_chain *chain, uint64_t seed, struct fg_fault *fault) {
  enum fg_err err = fg_trial_reseed(chain->trial, &(struct fg_trial_seeds){seed, seed, seed}, fault);
  chain->record = (struct fg_record){.visits = true, .order = true};
  return err ? err : fg_trial_simulate(chain->trial, &chain->record, NULL, fault);
}

enum fg_err fg_chain_open(const struct fg_chain_plan *plan, const struct fg_corpus *corpus, const char *path,
                          uint64_t seed, struct fg_chain *chain, struct fg_fault *fault) {
  char data[FG_PATH_MAX + 8], model[160], sync[96], straggler[96], workers[32], epochs[48], chunk[32];
  chain->plan = *plan;
  chain->corpus = *corpus;
  snprintf(data, sizeof data, "data=%s", path);
  snprintf(model, sizeof model, "model=gibbs:%stopics=%u,alpha=%.17g,beta=%.17g", plan->drawn ? "collapsed=no," : "",
           corpus->topics, corpus->alpha, corpus->beta);
  snprintf(sync, sizeof sync, "sync=%s", plan->sync);
  snprintf(straggler, sizeof straggler, "straggler=%s", plan->straggler);
  snprintf(workers, sizeof workers, "workers=%u", plan->workers);
  snprintf(chunk, sizeof chunk, "chunk=%u", plan->chunk ? plan->chunk : 1);
  snprintf(epochs, sizeof epochs, "epochs=%llu", (unsigned long long)plan->epochs);
  const char *const options[] = {data,
                                 model,
                                 sync,
                                 straggler,
                                 workers,
                                 epochs,
                                 chunk,
                                 "eval-every=0",
                                 "test=0",
                                 "seed-data=1",
                                 "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 NULL};
  enum fg_err err;
  chain->trial = fg_trial_new(options, &err, fault);
  if (err)
    return err;
  fg_spoil(&chain->trial->run, plan->how, &chain->spoiled);
  return plan->simulated ? FG_OK : record(chain, seed, fault);
}

void fg_chain_close(struct fg_chain *chain) {
  fg_record_free(&chain->record);
  fg_trial_delete(chain->trial);
  memset(chain, 0, sizeof *chain);
}
