/* M4. The blocks b, c of a stratum share no parameter. Given the counts of updates, the covariance of their iterates
 * after the stratum is therefore what was there before, contracted: Cov(psi_b, psi_c) -> B_b Cov(psi_b, psi_c) B_c^T,
 * B_b the product of (I - eta_k H_b) over b's updates (additive). No covariance between blocks is new, and in a first
 * stratum from an independent start variances add: the bound across blocks of Kumar et al. 2014. Without the condition
 * Cov_n(E[psi_b | n], E[psi_c | n]) comes on top (law of total covariance), and is not zero: workers that wait for the
 * same release have dependent counts n. Ours.
 *
 * Given the counts: runs that share their slowdowns; the covariance measured after a stratum is compared with the one
 * measured before it, contracted, in the same runs. Without: every run has slowdowns of its own; its exact conditional
 * moments (proofs/lab/moments.h) give what the whole ensemble should have. */
#include "core/rng.h"
#include "proofs/claims.h"
#include "proofs/lab/additive_case.h"
#include "proofs/lab/skewed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL, SHARED, COUPLED, UNRELATED };

/* Pairs of entries in different blocks of a stratum are compared one by one, and once all together: along the way that
 * the mean goes in the stratum, in which common counts move all blocks. */
struct stratum {
  uint64_t round;  /* before it */
  uint32_t *block; /* d: the worker that has the parameter */
  double *way;     /* d: mean after - mean before */
};

/* Whose is each parameter? */
static void find_blocks(const struct fg_grid *g, const struct fg_trace *trace, struct stratum *s) {
  for (size_t v = 0; v < trace->n; v++) {
    const struct fg_visit *visit = &trace->visit[v];
    if (visit->round != s->round)
      continue;
    for (uint32_t i = 0; i < g->row[visit->row_block].n; i++)
      s->block[g->row[visit->row_block].original[i]] = visit->worker;
    for (uint32_t j = 0; j < g->col[visit->col_block].n; j++)
      s->block[g->rows + g->col[visit->col_block].original[j]] = visit->worker;
  }
}

/* The sum over pairs of blocks of the products of their components along the way: what the square of the whole
 * component is more than the sum of the blocks' squares, halved. x: d arrays of n entries; that of sample a. */
static double cross(const struct stratum *s, const double *x, size_t d, size_t n, size_t a, uint32_t workers) {
  double sum = 0, squares = 0;
  for (uint32_t p = 0; p < workers; p++) {
    double part = 0;
    for (size_t k = 0; k < d; k++)
      if (s->block[k] == p)
        part += s->way[k] * x[k * n + a];
    sum += part;
    squares += part * part;
  }
  return (sum * sum - squares) / 2;
}

/* Judges that after[] and before[] (n paired numbers each) have the same mean: the latter's is the bound. */
static struct fg_finding same_mean(const double *after, const double *before, size_t n, double *work, double off,
                                   double level) {
  double bound = 0;
  for (size_t a = 0; a < n; a++) {
    bound += before[a] / (double)n;
    work[a] = after[a] - before[a];
  }
  struct fg_interval i = fg_interval_mean_skewed(work, n, level);
  return (struct fg_finding){.relation = FG_EQUAL,
                             .bound = bound,
                             .measured = bound + i.estimate,
                             .low = bound + i.low - off,
                             .high = bound + i.high + off,
                             .samples = n};
}

/* One slow worker and all others wait: their counts go together. The way from a start near 0 to the blocks' optima is
 * long, and waits go on where the required pass ends. */
static const char *const options_of_all[] = {"model=additive",
                                             "workers=6",
                                             "epochs=1",
                                             "sync=fugue:decay=0.8",
                                             "step=0.15",
                                             "sampling=replace",
                                             "chunk=1",
                                             "seed-data=1",
                                             "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                             "straggler=burst:p=0.15,factor=8",
                                             NULL};
enum { OPTIONS = sizeof options_of_all / sizeof options_of_all[0] };

/* An experiment and its room. */
struct across {
  struct fg_ensemble runs;
  struct fg_trial *trial; /* for its grid, steps and strategy */
  size_t d, samples;      /* parameters; most samples at a look */
  uint32_t workers;
  struct stratum s;
  double *rounding;                              /* by look */
  double *spread, *room;                         /* d */
  double *before, *after;                        /* d x samples */
  double *product_before, *product_after, *work; /* samples */
};

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an ensemble");
}

/* `plan` without its options */
static enum fg_err prepare(const struct fg_lab *lab, struct fg_ensemble_plan plan, struct across *x,
                           struct fg_fault *fault) {
  char data[FG_PATH_MAX], text[FG_PATH_MAX + 8];
  const char *options[OPTIONS + 1];
  enum fg_err err = fg_lab_data(lab, "additive:rows=6,cols=12,nnz=60", 1, data, fault);
  if (err)
    return err;
  snprintf(text, sizeof text, "data=%s", data);
  memcpy(options + 1, options_of_all, sizeof options_of_all);
  options[0] = text;
  plan.options = options;
  plan.seed = fg_seed_derive(lab->seed, 0);
  plan.straggler = fg_seed_derive(lab->seed, 1);
  plan.look_every = 1;
  x->trial = fg_trial_new(options, &err, fault);
  if (!err)
    err = fg_ensemble_run(lab, &plan, &x->runs, fault);
  if (err)
    return err;
  x->d = x->runs.size;
  x->samples = (size_t)x->runs.runs * x->runs.repeats;
  x->workers = x->trial->run.job.workers;
  x->s.block = calloc(x->d, sizeof *x->s.block);
  x->s.way = calloc(x->d, sizeof *x->s.way);
  x->rounding = calloc(x->runs.looks, sizeof *x->rounding);
  x->spread = calloc(x->d, sizeof *x->spread);
  x->room = calloc(x->d, sizeof *x->room);
  x->before = malloc(x->d * x->samples * sizeof *x->before);
  x->after = malloc(x->d * x->samples * sizeof *x->after);
  x->product_before = malloc(x->samples * sizeof *x->product_before);
  x->product_after = malloc(x->samples * sizeof *x->product_after);
  x->work = malloc(x->samples * sizeof *x->work);
  if (!x->s.block || !x->s.way || !x->spread || !x->room || !x->rounding || !x->before || !x->after ||
      !x->product_before || !x->product_after || !x->work)
    return no_memory(fault);
  fg_additive_rounding(&x->trial->run, &x->runs, plan.vary ? x->runs.runs : 1, x->rounding);
  return FG_OK;
}

static void clear(struct across *x) {
  fg_ensemble_free(&x->runs);
  fg_trial_delete(x->trial);
  free(x->s.block);
  free(x->s.way);
  free(x->rounding);
  free(x->spread);
  free(x->room);
  free(x->before);
  free(x->after);
  free(x->product_before);
  free(x->product_after);
  free(x->work);
}

/* Subtracts the mean of each of d columns; centre: what is subtracted instead, or NULL. */
static void centre_columns(double *column, size_t d, size_t n, const double *centre) {
  for (size_t k = 0; k < d; k++) {
    double mean = 0;
    for (size_t a = 0; a < n && !centre; a++)
      mean += column[k * n + a] / (double)n;
    for (size_t a = 0; a < n; a++)
      column[k * n + a] -= centre ? centre[k] : mean;
  }
}

/* root mean square of each column */
static void spread_of(const double *column, size_t d, size_t n, double *spread) {
  for (size_t k = 0; k < d; k++) {
    double square = 0;
    for (size_t a = 0; a < n; a++)
      square += column[k * n + a] * column[k * n + a] / (double)n;
    spread[k] = sqrt(square);
  }
}

/* Of sample a of n: of two entries, or, pair NULL, along the way. */
static double product(const struct across *x, const double *column, size_t n, size_t a, const size_t *pair) {
  return pair ? column[pair[0] * n + a] * column[pair[1] * n + a] : cross(&x->s, column, x->d, n, a, x->workers);
}

/* What to compare: fills product_after and product_before of a pair of entries, or along the way (pair NULL), n numbers
 * each. */
struct comparison {
  void (*products)(const struct comparison *c, struct across *x, const size_t *pair);
  size_t n, repeats; /* runs, and samples of each */
  const char *what, *part;
  double level_pair, level_way; /* of one comparison */
  double twice;                 /* parameters in float on how many sides: 1 or 2 */
  const void *self;
};

/* Parameters off by at most r (in root mean square) move the mean of a product by at most r (s_i + s_j) + r^2. */
static struct fg_finding compare_pair(const struct comparison *c, struct across *x, size_t i, size_t j, double r) {
  double off = c->twice * (r * (x->spread[i] + x->spread[j]) + r * r);
  c->products(c, x, (const size_t[]){i, j});
  return same_mean(x->product_after, x->product_before, c->n, x->work, off, c->level_pair);
}

static struct fg_finding compare_way(const struct comparison *c, struct across *x, double r) {
  double sum = 0, length = 0;
  for (size_t k = 0; k < x->d; k++) {
    sum += fabs(x->s.way[k]) * x->spread[k];
    length += fabs(x->s.way[k]);
  }
  double off = c->twice * (sum * r * length + r * length * r * length / 2);
  c->products(c, x, NULL);
  return same_mean(x->product_after, x->product_before, c->n, x->work, off, c->level_way);
}

/* Both kinds of comparison after a stratum. series: of the second one in panel 1, or NULL. */
static enum fg_err judge(const struct comparison *c, struct across *x, const char *series,
                         struct fg_findings *findings) {
  double r = x->rounding[x->s.round + 1];
  struct fg_finding worst = {0};
  size_t pairs = 0;
  for (size_t i = 0; i < x->d; i++)
    for (size_t j = 0; j < i; j++) {
      if (x->s.block[i] == x->s.block[j])
        continue;
      struct fg_finding f = compare_pair(c, x, i, j, r);
      if (pairs++ == 0 || fg_finding_strain(&f) > fg_finding_strain(&worst)) {
        worst = f;
        snprintf(worst.text, sizeof worst.text,
                 "covariance of entries %zu and %zu of two blocks after stratum %llu, %s, %s: "
                 "the pair furthest out",
                 i, j, (unsigned long long)x->s.round + 1, c->what, c->part);
      }
    }
  enum fg_err err = fg_findings_add(findings, &worst);
  struct fg_finding f = compare_way(c, x, r);
  snprintf(f.text, sizeof f.text, "covariance between blocks along the way of the mean after stratum %llu, %s, %s",
           (unsigned long long)x->s.round + 1, c->what, c->part);
  f.series = series;
  f.panel = 1;
  f.x = (double)(x->s.round + 1);
  return err ? err : fg_findings_add(findings, &f);
}

/* A row's parameter meets another row block's in no stratum: the pair of such rows with most of it, by a d x d matrix.
 */
static void pick_rows(const struct across *x, const double *matrix, size_t *pair) {
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

static void set_out(struct across *x, const struct fg_trace *trace, uint64_t round, const double *mean_before,
                    const double *mean_after) {
  double square = 0;
  x->s.round = round;
  find_blocks(&x->trial->run.grid, trace, &x->s);
  for (size_t k = 0; k < x->d; k++) {
    x->s.way[k] = mean_after[k] - mean_before[k];
    square += x->s.way[k] * x->s.way[k];
  }
  for (size_t k = 0; k < x->d; k++)
    x->s.way[k] /= sqrt(square);
}

/* ---- given the counts */

/* Of every run the mean over its repetitions, which have the same counts: centred columns after, and before,
 * contracted. */
static void contracted(const struct comparison *c, struct across *x, const size_t *pair) {
  size_t n = c->n * c->repeats;
  double share = (double)n / (double)(n - 1) / (double)c->repeats;
  for (size_t i = 0; i < c->n; i++) {
    double after = 0, before = 0;
    for (size_t a = i * c->repeats; a < (i + 1) * c->repeats; a++) {
      after += product(x, x->after, n, a, pair);
      before += product(x, x->before, n, a, pair);
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

static enum fg_err judge_stratum(struct comparison *c, struct across *x, unsigned first, unsigned end,
                                 const double *matrix, const size_t *drawn, struct fg_findings *findings) {
  size_t l = (size_t)x->s.round;
  size_t n = fg_ensemble_columns(&x->runs, first, end, l, x->before);
  fg_ensemble_columns(&x->runs, first, end, l + 1, x->after);
  centre_columns(x->before, x->d, n, NULL);
  centre_columns(x->after, x->d, n, NULL);
  spread_of(x->after, x->d, n, x->spread);
  contract(x->before, x->d, n, matrix, x->room);
  c->repeats = end - first;
  enum fg_err err = judge(c, x, NULL, findings);
  if (err || first == 0)
    return err;
  struct fg_finding f = compare_pair(c, x, drawn[0], drawn[1], x->rounding[l + 1]);
  snprintf(f.text, sizeof f.text, "covariance of rows %zu and %zu after stratum %zu, %s, %s", drawn[0], drawn[1], l + 1,
           c->what, c->part);
  f.series = "after; line: before, contracted";
  f.panel = 0;
  f.x = (double)(l + 1);
  return fg_findings_add(findings, &f);
}

static enum fg_err judge_given(const struct fg_lab *lab, struct across *x, struct fg_findings *findings,
                               struct fg_fault *fault) {
  const struct fg_run *run = &x->trial->run;
  struct fg_trace counts = fg_ensemble_trace(&x->runs, 0);
  struct fg_moments_path path = {0};
  double *matrix = malloc(x->d * x->d * sizeof *matrix);
  double way = lab->level / 4 / (double)(2 * run->job.rounds), pairs = (double)(x->d * (x->d - 1) / 2);
  struct comparison c = {.products = contracted,
                         .n = (size_t)x->runs.runs,
                         .what = "given the counts",
                         .level_pair = way / pairs,
                         .level_way = way,
                         .twice = 2};
  size_t drawn[2] = {0};
  enum fg_err err = matrix ? fg_moments_path(run, &counts, false, &path, fault) : no_memory(fault);
  for (uint64_t round = 0; round < run->job.rounds && !err; round++) {
    set_out(x, &counts, round, path.mean + round * x->d, path.mean + (round + 1) * x->d);
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

/* ---- whatever the counts */

/* Exact moments of every run given its counts. */
struct law {
  struct fg_moments_path *path; /* by run */
  double *mean;                 /* d: of the means, after the present stratum */
};

/* Two parts of what run i's counts imply: the product of its exact means, about those of all runs; its exact
 * covariance. Of two entries, or along the way. */
static double of_means(const struct law *law, struct across *x, size_t i, const size_t *pair) {
  const double *mean = law->path[i].mean + (x->s.round + 1) * x->d;
  for (size_t k = 0; k < x->d; k++)
    x->room[k] = mean[k] - law->mean[k];
  return product(x, x->room, 1, 0, pair);
}

static double of_given(const struct law *law, const struct across *x, size_t i, const size_t *pair) {
  const double *covariance = law->path[i].covariance + (x->s.round + 1) * x->d * x->d;
  double sum = 0;
  if (pair)
    return covariance[pair[0] * x->d + pair[1]];
  for (size_t k = 0; k < x->d; k++)
    for (size_t m = 0; m < k; m++)
      if (x->s.block[k] != x->s.block[m])
        sum += x->s.way[k] * x->s.way[m] * covariance[k * x->d + m];
  return sum;
}

/* Of every run the mean over its repetitions of the product after, and what its counts imply. */
static void implied(const struct comparison *c, struct across *x, const size_t *pair) {
  const struct law *law = c->self;
  size_t n = c->n * c->repeats;
  for (size_t i = 0; i < c->n; i++) {
    x->product_after[i] = 0;
    for (size_t a = i * c->repeats; a < (i + 1) * c->repeats; a++)
      x->product_after[i] += product(x, x->after, n, a, pair) / (double)c->repeats;
    x->product_before[i] = of_means(law, x, i, pair) + of_given(law, x, i, pair);
  }
}

/* The two parts, for the figure: along the way, over all runs. */
static enum fg_err draw_parts(const struct comparison *c, struct across *x, struct fg_findings *findings) {
  static const char *const series[] = {"of the means given the counts", "given the counts, on average"};
  const struct law *law = c->self;
  enum fg_err err = FG_OK;
  for (unsigned which = 0; which < 2 && !err; which++) {
    for (size_t i = 0; i < c->n; i++)
      x->work[i] = which ? of_given(law, x, i, NULL) : of_means(law, x, i, NULL);
    struct fg_interval in = fg_interval_mean_skewed(x->work, c->n, c->level_way);
    struct fg_finding f = {.relation = FG_EQUAL,
                           .bound = NAN,
                           .measured = in.estimate,
                           .low = in.low,
                           .high = in.high,
                           .samples = c->n,
                           .series = series[which],
                           .panel = 1,
                           .x = (double)(x->s.round + 1) + (which ? 0.1 : -0.1)};
    snprintf(f.text, sizeof f.text, "covariance between blocks along the way of the mean after stratum %llu, %s",
             (unsigned long long)x->s.round + 1, series[which]);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

/* The counts of run i; or, of each worker, those of another run. */
static void take_counts(const struct across *x, uint64_t i, bool unrelated, struct fg_visit *visit) {
  const struct fg_ensemble *e = &x->runs;
  for (size_t v = 0; v < e->visits; v++) {
    uint64_t from = unrelated ? (i + e->visit[v].worker) % e->runs : i;
    visit[v] = e->visit[from * e->visits + v];
  }
}

static enum fg_err foresee(struct across *x, bool unrelated, struct law *law, struct fg_fault *fault) {
  struct fg_visit *visit = calloc(x->runs.visits, sizeof *visit);
  enum fg_err err = visit ? FG_OK : no_memory(fault);
  for (uint64_t i = 0; i < x->runs.runs && !err; i++) {
    take_counts(x, i, unrelated, visit);
    err = fg_moments_path(&x->trial->run, &(struct fg_trace){visit, x->runs.visits}, false, &law->path[i], fault);
  }
  free(visit);
  return err;
}

/* Mean over runs of the exact means after l strata. */
static void mean_of_means(const struct across *x, const struct law *law, size_t l, double *mean) {
  for (size_t k = 0; k < x->d; k++) {
    mean[k] = 0;
    for (uint64_t i = 0; i < x->runs.runs; i++)
      mean[k] += law->path[i].mean[l * x->d + k] / (double)x->runs.runs;
  }
}

static enum fg_err judge_free(const struct fg_lab *lab, struct across *x, bool unrelated, struct fg_findings *findings,
                              struct fg_fault *fault) {
  uint64_t rounds = x->trial->run.job.rounds;
  size_t d = x->d;
  struct fg_trace any = fg_ensemble_trace(&x->runs, 0);
  struct law law = {calloc(x->runs.runs, sizeof *law.path), malloc(d * sizeof *law.mean)};
  double *before = malloc(d * sizeof *before);
  double way = lab->level / 4 / (double)rounds, pairs = (double)(d * (d - 1) / 2);
  const struct comparison c = {.products = implied,
                               .n = (size_t)x->runs.runs,
                               .repeats = x->runs.repeats,
                               .what = "counts as they come",
                               .part = "runs with their replays",
                               .level_pair = way / pairs,
                               .level_way = way,
                               .twice = 1,
                               .self = &law};
  enum fg_err err = law.path && law.mean && before ? foresee(x, unrelated, &law, fault) : no_memory(fault);
  for (uint64_t round = 0; round < rounds && !err; round++) {
    size_t l = (size_t)round + 1;
    mean_of_means(x, &law, l - 1, before);
    mean_of_means(x, &law, l, law.mean);
    set_out(x, &any, round, before, law.mean);
    size_t n = fg_ensemble_columns(&x->runs, 0, x->runs.repeats, l, x->after);
    centre_columns(x->after, d, n, law.mean);
    spread_of(x->after, d, n, x->spread);
    err = judge(&c, x, "of all runs; line: sum of the others", findings);
    if (!err)
      err = draw_parts(&c, x, findings);
  }
  for (uint64_t i = 0; law.path && i < x->runs.runs; i++)
    fg_moments_path_free(&law.path[i]);
  free(law.path);
  free(law.mean);
  free(before);
  return err;
}

/* ---- */

/* A step that all workers draw together, once per run. */
static void moody(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                  float eta) {
  float mood = fg_seed_derive(model->seed_init, 1) & 1 ? 1.25f : 0.75f;
  fg_model_find("additive")->update(model, view, points, n, mood * eta);
}

static void couple(void *self, struct fg_trial *trial) {
  struct fg_model_type *own = self;
  *own = *trial->run.model.type;
  own->update = moody;
  trial->run.model.type = own;
}

/* every run has slowdowns of its own */
static struct fg_ensemble_plan free_plan(const struct fg_lab *lab) {
  return (struct fg_ensemble_plan){.runs = lab->full ? 12000 : 800, .replays = 12, .vary = true};
}

static enum fg_err measure_given(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                 struct fg_fault *fault) {
  struct fg_model_type kernel;
  struct across x = {0};
  struct fg_ensemble_plan plan = {.runs = lab->full ? 5000 : 500, .replays = 30};
  if (variant == SHARED)
    plan = free_plan(lab);
  if (variant == COUPLED) {
    plan.tamper = couple;
    plan.self = &kernel;
  }
  enum fg_err err = prepare(lab, plan, &x, fault);
  if (!err)
    err = judge_given(lab, &x, findings, fault);
  clear(&x);
  return err;
}

static enum fg_err measure_free(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                                struct fg_fault *fault) {
  struct across x = {0};
  const struct fg_ensemble_plan plan = free_plan(lab);
  enum fg_err err = prepare(lab, plan, &x, fault);
  if (!err)
    err = judge_free(lab, &x, variant == UNRELATED, findings, fault);
  clear(&x);
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  const struct fg_finding lda = {.text = "covariance across blocks, lda",
                                 .bound = NAN,
                                 .not_applicable = "its updates read a global statistic, which all blocks change"};
  enum fg_err err = variant == UNRELATED ? FG_OK : measure_given(lab, variant, findings, fault);
  if (!err && (variant == REAL || variant == UNRELATED))
    err = measure_free(lab, variant, findings, fault);
  return err || variant != REAL ? err : fg_findings_add(findings, &lda);
}

const struct fg_claim fg_claim_m4 = {
    .id = "M4",
    .title = "across blocks",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "for blocks b, c of one stratum, given the counts of updates: Cov(psi_b, psi_c) after = B_b Cov(psi_b, "
        "psi_c) before B_c^T, B_b the product of (I - eta_k H_b) over b's updates: no covariance is new, and "
        "variances add; without the condition Cov_n(E[psi_b | n], E[psi_c | n]) is added, and is not zero, because "
        "the counts of workers that wait for the same release are dependent",
    .assumptions =
        "additive, sampling with replacement, counts that do not depend on the iterates; no global statistic",
    .source = "Kumar et al. 2014, the bound across blocks; law of total covariance; ours",
    .power = 0.99,
    .controls =
        (const struct fg_control[]){
            {"shared", "counts vary from run to run and are judged as if they were given"},
            {"coupled", "all workers of a run use a step that was drawn once for the run"},
            {"unrelated", "each worker's counts are those of another run, as if they were independent"},
            {0}},
    .panels =
        (const struct fg_panel[]){
            {"two rows of different blocks, counts given", "sub-epoch", "Cov(u, u')", false, false},
            {"along the way of the mean, counts vary", "sub-epoch", "covariance between blocks", false, false},
            {0}},
    .measure = measure,
};
