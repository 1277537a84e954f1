/* M4 whatever the counts: they differ from run to run. */
#include "proofs/lab/across.h"
#include "proofs/lab/moments.h"
#include "proofs/lab/skewed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Exact moments of every run given its counts. */
struct law {
  struct fg_moments_path *path; /* by run */
  double *mean;                 /* d: of the means, after the present stratum */
};

/* Two parts of what run i's counts imply: the product of its exact means, about those of all runs; its exact
 * covariance. Of two entries, or along the way. */
static double of_means(const struct law *law, struct fg_across *x, size_t i, const size_t *pair) {
  const double *mean = law->path[i].mean + (x->s.round + 1) * x->d;
  for (size_t k = 0; k < x->d; k++)
    x->room[k] = mean[k] - law->mean[k];
  return fg_across_product(x, x->room, 1, 0, pair);
}

static double of_given(const struct law *law, const struct fg_across *x, size_t i, const size_t *pair) {
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
static void implied(const struct fg_across_comparison *c, struct fg_across *x, const size_t *pair) {
  const struct law *law = c->self;
  size_t n = c->n * c->repeats;
  for (size_t i = 0; i < c->n; i++) {
    x->product_after[i] = 0;
    for (size_t a = i * c->repeats; a < (i + 1) * c->repeats; a++)
      x->product_after[i] += fg_across_product(x, x->after, n, a, pair) / (double)c->repeats;
    x->product_before[i] = of_means(law, x, i, pair) + of_given(law, x, i, pair);
  }
}

/* The two parts, for the figure: along the way, over all runs. */
static enum fg_err draw_parts(const struct fg_across_comparison *c, struct fg_across *x, struct fg_findings *findings) {
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
                           .x = (double)(x->s.round + 1)};
    snprintf(f.text, sizeof f.text, "covariance between blocks along the way of the mean after stratum %llu, %s",
             (unsigned long long)x->s.round + 1, series[which]);
    err = fg_findings_add(findings, &f);
  }
  return err;
}

/* The counts of run i; or, of each worker, those of another run. */
static void take_counts(const struct fg_across *x, uint64_t i, bool unrelated, struct fg_visit *visit) {
  const struct fg_ensemble *e = &x->runs;
  for (size_t v = 0; v < e->visits; v++) {
    uint64_t from = unrelated ? (i + e->visit[v].worker) % e->runs : i;
    visit[v] = e->visit[from * e->visits + v];
  }
}

static enum fg_err foresee(struct fg_across *x, bool unrelated, struct law *law, struct fg_fault *fault) {
  struct fg_visit *visit = calloc(x->runs.visits, sizeof *visit);
  enum fg_err err = visit ? FG_OK : fg_across_no_memory(fault);
  for (uint64_t i = 0; i < x->runs.runs && !err; i++) {
    take_counts(x, i, unrelated, visit);
    err = fg_moments_path(&x->trial->run, &(struct fg_trace){visit, x->runs.visits}, false, &law->path[i], fault);
  }
  free(visit);
  return err;
}

/* Mean over runs of the exact means after l strata. */
static void mean_of_means(const struct fg_across *x, const struct law *law, size_t l, double *mean) {
  for (size_t k = 0; k < x->d; k++) {
    mean[k] = 0;
    for (uint64_t i = 0; i < x->runs.runs; i++)
      mean[k] += law->path[i].mean[l * x->d + k] / (double)x->runs.runs;
  }
}

enum fg_err fg_across_counted(const struct fg_lab *lab, struct fg_across *x, bool unrelated,
                              struct fg_findings *findings, struct fg_fault *fault) {
  uint64_t rounds = x->trial->run.job.rounds;
  size_t d = x->d;
  struct fg_trace any = fg_ensemble_trace(&x->runs, 0);
  struct law law = {calloc(x->runs.runs, sizeof *law.path), malloc(d * sizeof *law.mean)};
  double *before = malloc(d * sizeof *before);
  double way = lab->level / 4 / (double)rounds, pairs = (double)(d * (d - 1) / 2);
  const struct fg_across_comparison c = {.products = implied,
                                         .n = (size_t)x->runs.runs,
                                         .repeats = x->runs.repeats,
                                         .what = "counts as they come",
                                         .part = "runs with their replays",
                                         .level_pair = way / pairs,
                                         .level_way = way,
                                         .twice = 1,
                                         .self = &law};
  enum fg_err err = law.path && law.mean && before ? foresee(x, unrelated, &law, fault) : fg_across_no_memory(fault);
  for (uint64_t round = 0; round < rounds && !err; round++) {
    size_t l = (size_t)round + 1;
    mean_of_means(x, &law, l - 1, before);
    mean_of_means(x, &law, l, law.mean);
    fg_across_enter(x, &any, round, before, law.mean);
    size_t n = fg_ensemble_columns(&x->runs, 0, x->runs.repeats, l, x->after);
    fg_across_centre(x->after, d, n, law.mean);
    fg_across_spread(x->after, d, n, x->spread);
    err = fg_across_judge(&c, x, "of all runs; line: sum of the others", findings);
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
