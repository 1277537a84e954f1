/* S6. Under ssp:slack=s no worker starts clock c (0, 1, ...) while another has not finished clock c - s - 1, and what
 * it reads contains every update of all clocks up to that one. (Ho et al. 2013.) Looked at three times: in every order
 * that few workers allow; by the times of simulated traces; and by the parameters themselves, with a model that counts.
 */
#include "core/replay.h"
#include "proofs/claims.h"
#include "proofs/lab/explored.h"
#include "proofs/lab/scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, AHEAD, EARLY, FORGETFUL, GENEROUS };

enum { EPOCHS = 14, EPOCHS_FULL = 40 };

/* A model that counts updates instead of learning, with K = P + 2 dimensions. Entry p < P of a column is the number of
 * updates that worker p has made of it, entry P the column's number. Of a row, entry 0 is its worker, entry P the
 * number of updates made of it, entry P + 1 its number. A clock is a pass (every=1), so that a row tells its worker the
 * clock it is in, and the columns what it knows of the others: whole numbers far below 2^24, exact in float32 in
 * whatever order servers add them. */
struct counting {
  struct fg_model_type type; /* first: the model's type is this */
  uint32_t workers, cols, epochs;
  uint64_t slack;
  uint32_t *owner;              /* of each row, by its original index */
  uint32_t *row_points;         /* of each row, by its original index */
  uint32_t *points;             /* P x M: training points of worker p in column j, at [p * M + j] */
  uint64_t reads, stale, extra; /* entries looked at; with less than they must have; with more than was ever done */
};

static struct counting *counting_of(const struct fg_model *model) {
  return (struct counting *)model->type;
}

static void start_row(const struct fg_model *model, uint32_t index, float *row) {
  const struct counting *c = counting_of(model);
  row[0] = (float)c->owner[index];
  row[c->workers + 1] = (float)index;
}

static void start_col(const struct fg_model *model, uint32_t index, float *row) {
  row[counting_of(model)->workers] = (float)index;
}

/* before an update: what does the worker know of the others? */
static void look(struct counting *c, const float *row, const float *col) {
  const uint32_t *points = c->points + (uint32_t)col[c->workers];
  uint32_t own = (uint32_t)row[0];
  uint64_t clock = (uint64_t)row[c->workers] / c->row_points[(uint32_t)row[c->workers + 1]];
  for (uint32_t p = 0; p < c->workers; p++) {
    uint64_t in_clock = points[(size_t)p * c->cols], known = (uint64_t)col[p];
    if (p == own)
      continue;
    c->reads++;
    c->stale += clock > c->slack && known < (clock - c->slack) * in_clock;
    c->extra += known > c->epochs * in_clock;
  }
}

static void count(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                  float eta) {
  struct counting *c = counting_of(model);
  (void)eta;
  for (size_t i = 0; i < n; i++) {
    float *row = view->row_factor + (size_t)points[i].row * model->stride;
    float *col = view->col_factor + (size_t)points[i].col * model->stride;
    look(c, row, col);
    row[c->workers]++;
    col[(uint32_t)row[0]]++;
  }
}

/* Control: a server that loses an update of the last worker whenever it adds a change (rows have none in that entry).
 */
static void forget(const struct fg_model *model, float *factor, uint32_t n) {
  uint32_t last = counting_of(model)->workers - 1;
  for (uint32_t i = 0; i < n; i++)
    factor[(size_t)i * model->stride + last] -= factor[(size_t)i * model->stride + last] > 0;
}

/* Control: one that makes up an update. */
static void invent(const struct fg_model *model, float *factor, uint32_t n) {
  uint32_t last = counting_of(model)->workers - 1;
  for (uint32_t i = 0; i < n; i++)
    factor[(size_t)i * model->stride + last] += factor[(size_t)i * model->stride + last] > 0;
}

/* Control: the servers' slack is off by one. */
static uint64_t one_more(const struct fg_sync *sync) {
  return (uint64_t)fg_sync_param(sync, "slack") + 1;
}

static enum fg_err count_points(struct counting *c, const struct fg_grid *g) {
  c->owner = calloc(g->rows, sizeof *c->owner);
  c->row_points = calloc(g->rows, sizeof *c->row_points);
  c->points = calloc((size_t)c->workers * g->cols, sizeof *c->points);
  if (!c->owner || !c->row_points || !c->points)
    return FG_ENOMEM;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t i = 0; i < g->row[p].n; i++)
      c->owner[g->row[p].original[i]] = p;
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t k = 0; k < g->train[p].n; k++) {
      const struct fg_block *b = &g->train[p].block[k];
      uint32_t q = g->train[p].col[k];
      for (uint32_t t = 0; t < b->n_tiles; t++)
        for (size_t i = b->tiles[t].first; i < b->tiles[t].first + b->tiles[t].n; i++)
          c->points[(size_t)p * g->cols + g->col[q].original[b->tiles[t].col0 + b->points[i].col]]++;
      for (uint32_t t = 0; t < b->n_tiles; t++)
        for (size_t i = b->tiles[t].first; i < b->tiles[t].first + b->tiles[t].n; i++)
          c->row_points[g->row[p].original[b->tiles[t].row0 + b->points[i].row]]++;
    }
  return FG_OK;
}

struct plan {
  const struct fg_lab *lab;
  unsigned variant;
  struct fg_scenes scenes;
};

struct result {
  uint64_t starts, lead; /* clocks begun by others than the slowest; most clocks that one was ahead of it */
  uint64_t reads, stale, extra;
  bool refused;
};

/* finished[p * clocks + c]: when worker p has made the last update of its clock c */
static uint64_t lead_of(const struct fg_visit *v, const double *finished, uint32_t workers, uint64_t clocks) {
  uint64_t least = UINT64_MAX;
  for (uint32_t p = 0; p < workers; p++) {
    uint64_t n = 0;
    while (n < clocks && finished[p * clocks + n] <= v->start_s)
      n++;
    least = n < least ? n : least;
  }
  return v->col_version > least ? v->col_version - least : 0;
}

/* The most clocks by which a worker was ahead of the slowest when it started one. */
static enum fg_err measure_lead(const struct fg_trace *t, uint32_t workers, struct result *r) {
  uint64_t clocks = 0;
  for (size_t i = 0; i < t->n; i++)
    clocks = t->visit[i].col_version >= clocks ? t->visit[i].col_version + 1 : clocks;
  double *finished = malloc((workers * clocks + 1) * sizeof *finished);
  if (!finished)
    return FG_ENOMEM;
  for (uint64_t i = 0; i < workers * clocks; i++) /* a clock without a visit is never finished */
    finished[i] = INFINITY;
  for (size_t i = 0; i < t->n; i++) { /* rows of a worker are in their order: the last of a clock counts */
    const struct fg_visit *v = &t->visit[i];
    finished[v->worker * clocks + v->col_version] = v->required_s;
  }
  for (size_t i = 0; i < t->n; i++) {
    uint64_t lead = lead_of(&t->visit[i], finished, workers, clocks);
    r->starts++;
    r->lead = lead > r->lead ? lead : r->lead;
  }
  free(finished);
  return FG_OK;
}

/* Replays with the strategy as it should be: the audit of servers (core/staleness.h) and the machines themselves. */
static enum fg_err replay(struct fg_trial *t, const struct fg_record *record, struct result *r,
                          struct fg_fault *fault) {
  struct fg_fault refusal = {0};
  const struct fg_options *o = &t->run.options;
  enum fg_err err = fg_trial_reseed(t, &(struct fg_trial_seeds){o->seed_init, o->seed_order, o->seed_straggler}, fault);
  if (err)
    return err;
  err = fg_trial_replay(t, record, NULL, NULL, &refusal);
  r->refused = err == FG_MISMATCH || err == FG_EPROTOCOL;
  if (err && !r->refused && fault)
    *fault = refusal;
  return r->refused ? FG_OK : err;
}

static enum fg_err look_at(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct plan *plan = self;
  struct result *r = result;
  struct fg_record record = {.visits = true, .order = true};
  struct counting c = {.workers = plan->scenes.scene[i].workers};
  struct fg_sync_type cheating;
  struct fg_replica_policy policy;
  enum fg_err err;
  struct fg_trial *t = fg_scene_trial(plan->lab, &plan->scenes.scene[i], &err, fault);
  if (err)
    return err;
  const struct fg_sync honest = t->run.job.sync;
  c.type = *t->run.model.type;
  c.type.update = count;
  c.type.init_row = start_row;
  c.type.init_col = start_col;
  c.type.project = plan->variant == FORGETFUL ? forget : plan->variant == GENEROUS ? invent : NULL;
  c.cols = t->run.grid.cols;
  c.epochs = (uint32_t)(t->run.job.rounds / t->run.grid.col_blocks);
  c.slack = honest.type->replica->slack(&honest);
  err = count_points(&c, &t->run.grid);
  t->run.model.type = &c.type;
  if (plan->variant == EARLY) {
    cheating = *honest.type;
    policy = *cheating.replica;
    policy.slack = one_more;
    cheating.replica = &policy;
    t->run.job.sync.type = &cheating;
  }
  const struct fg_options *o = &t->run.options;
  if (!err) /* factors are made anew, by this model */
    err = fg_trial_reseed(t, &(struct fg_trial_seeds){o->seed_init, o->seed_order, o->seed_straggler}, fault);
  if (!err)
    err = fg_trial_simulate(t, &record, NULL, fault);
  if (!err)
    err = measure_lead(&record.trace, c.workers, r);
  r->reads = c.reads;
  r->stale = c.stale;
  r->extra = c.extra;
  t->run.job.sync = honest;
  if (!err)
    err = replay(t, &record, r, fault);
  fg_record_free(&record);
  fg_trial_delete(t);
  free(c.owner);
  free(c.row_points);
  free(c.points);
  return err;
}

/* Slacks and numbers of workers that are simulated, each with columns alone, with all parameters and with servers of
 * their own. */
static const uint64_t slacks[] = {0, 1, 2, 3, 5, 8};
static const uint32_t workers[] = {2, 4, 8, 3, 6, 12};
static const char *const kinds[] = {"", ",replica=all", ",servers=2"};
enum { SLACKS = 6, KINDS = 3, SERIES = 6, QUICK_SERIES = 3 };
static const char *const series[SERIES] = {"P = 2", "P = 4", "P = 8", "P = 3", "P = 6", "P = 12"};

static enum fg_err add(struct fg_findings *findings, struct fg_finding *f, double bound, uint64_t n, uint64_t of) {
  f->relation = FG_AT_MOST;
  f->bound = bound;
  f->measured = f->low = f->high = (double)n;
  f->samples = of;
  return fg_findings_add(findings, f);
}

/* result: of slack s with workers number w, KINDS of them */
static enum fg_err report(uint64_t slack, size_t w, const struct result *result, struct fg_findings *findings) {
  struct result sum = {0};
  uint64_t refused = 0;
  struct fg_finding f = {.series = series[w], .x = (double)slack};
  for (size_t k = 0; k < KINDS; k++) {
    sum.starts += result[k].starts;
    sum.lead = result[k].lead > sum.lead ? result[k].lead : sum.lead;
    sum.reads += result[k].reads;
    sum.stale += result[k].stale;
    sum.extra += result[k].extra;
    refused += result[k].refused;
  }
  snprintf(f.text, sizeof f.text, "slack %u, P = %u: clocks by which a worker is ahead of the slowest, at most",
           (unsigned)slack, workers[w]);
  enum fg_err err = add(findings, &f, (double)slack, sum.lead, sum.starts);
  f.series = NULL;
  snprintf(f.text, sizeof f.text, "slack %u, P = %u: counts read without updates that the slack asks for",
           (unsigned)slack, workers[w]);
  if (!err)
    err = add(findings, &f, 0, sum.stale, sum.reads);
  snprintf(f.text, sizeof f.text, "slack %u, P = %u: counts read with more updates than are ever made", (unsigned)slack,
           workers[w]);
  if (!err)
    err = add(findings, &f, 0, sum.extra, sum.reads);
  snprintf(f.text, sizeof f.text, "slack %u, P = %u: runs that servers with this slack would not have made",
           (unsigned)slack, workers[w]);
  return err ? err : add(findings, &f, 0, refused, KINDS);
}

static enum fg_err simulate(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                            struct fg_fault *fault) {
  struct plan plan = {.lab = lab, .variant = variant};
  char sync[SLACKS][KINDS][64], model[SERIES][16], epochs[16];
  size_t n_series = lab->full ? SERIES : QUICK_SERIES;
  struct result *result = NULL;
  snprintf(epochs, sizeof epochs, "%d", lab->full ? EPOCHS_FULL : EPOCHS);
  enum fg_err err = fg_scene_data(lab, "mf:rank=3", fault);
  for (size_t s = 0; s < SLACKS; s++)
    for (size_t k = 0; k < KINDS; k++)
      snprintf(sync[s][k], sizeof sync[s][k], "ssp:slack=%u,every=1%s", (unsigned)slacks[s], kinds[k]);
  for (size_t w = 0; w < n_series; w++)
    snprintf(model[w], sizeof model[w], "mf:rank=%u", workers[w] + 2);
  for (size_t s = 0; s < SLACKS; s++)
    for (size_t w = 0; w < n_series; w++)
      for (size_t k = 0; k < KINDS && !err; k++)
        err = fg_scenes_add(&plan.scenes, &(struct fg_scene){sync[s][k], model[w], epochs, workers[w]});
  if (!err && plan.scenes.n != SLACKS * n_series * KINDS)
    err = fg_fail(fault, FG_EUSAGE, NULL, 0, "S6: a scene is not admitted");
  if (!err) {
    result = calloc(plan.scenes.n, sizeof *result);
    err = result ? fg_lab_map(lab, plan.scenes.n, look_at, &plan, sizeof *result, result, fault) : FG_ENOMEM;
  }
  for (size_t s = 0; s < SLACKS; s++)
    for (size_t w = 0; w < n_series && !err; w++)
      err = report(slacks[s], w, result + (s * n_series + w) * KINDS, findings);
  free(result);
  fg_scenes_free(&plan.scenes);
  return err;
}

static bool has_replicas(const struct fg_explore_scene *scene) {
  struct fg_sync sync;
  return !fg_sync_parse(scene->sync, 0.5, &sync, NULL) && sync.type->replica;
}

static enum fg_err explore(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  static const char *const off[] = {"a server's slack is off by one", "a server's slack is off by one from none",
                                    "a server answers too early", "a server of several shards answers too early", NULL};
  const unsigned judged = FG_PROPERTY_BIT(STALENESS) | FG_PROPERTY_BIT(READS);
  struct fg_expeditions x = {0};
  enum fg_err err =
      variant == REAL ? fg_expeditions_choose(&x, lab, has_replicas) : fg_expeditions_seed(&x, off, judged);
  if (!err)
    err = fg_expeditions_run(&x, lab, fault);
  if (!err)
    err = fg_expeditions_report(&x, judged, findings);
  fg_expeditions_free(&x);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  enum fg_err err = variant == REAL || variant == AHEAD ? explore(lab, variant, findings, fault) : FG_OK;
  return err || variant == AHEAD ? err : simulate(lab, variant, findings, fault);
}

const struct fg_claim fg_claim_s6 = {
    .id = "S6",
    .title = "staleness",
    .kind = FG_CLAIM_EXHAUSTIVE,
    .statement =
        "under ssp:slack=s no worker starts clock c while another has not finished clock c - s - 1, and what it "
        "reads contains every update of all clocks up to c - s - 1",
    .assumptions = "every order of parcels and of work that P = 2 and 3 allow in few clocks; simulated runs of up to 8 "
                   "(full: 12) workers, with clocks of a pass",
    .source = "Ho et al. 2013",
    .proved = "S6_start S6_bounded S6_reads S6_synchronous S6_off_by_one",
    .controls = (const struct fg_control[]){{"ahead", "explored: a server's slack is off by one"},
                                            {"early", "simulated: servers' slack is off by one"},
                                            {"forgetful", "a server loses an update whenever it adds a change"},
                                            {"generous", "a server makes one up then"},
                                            {0}},
    .panels = (const struct fg_panel[]){{"lead over the slowest worker", "slack s", "clocks", false, false}, {0}},
    .measure = measure,
};
