/* Covariances across blocks: from an ensemble to what is compared. */
#include "proofs/lab/across.h"

#include "core/rng.h"
#include "proofs/lab/additive_case.h"
#include "proofs/lab/skewed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum fg_err fg_across_no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an ensemble");
}

enum fg_err fg_across_prepare(const struct fg_lab *lab, struct fg_ensemble_plan plan, struct fg_across *x,
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
    return fg_across_no_memory(fault);
  fg_additive_rounding(&x->trial->run, &x->runs, plan.vary ? x->runs.runs : 1, x->rounding);
  return FG_OK;
}

void fg_across_free(struct fg_across *x) {
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

/* Whose is each parameter? */
static void find_blocks(const struct fg_grid *g, const struct fg_trace *trace, struct fg_across_stratum *s) {
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
static double cross(const struct fg_across_stratum *s, const double *x, size_t d, size_t n, size_t a,
                    uint32_t workers) {
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

void fg_across_enter(struct fg_across *x, const struct fg_trace *trace, uint64_t round, const double *mean_before,
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

void fg_across_centre(double *column, size_t d, size_t n, const double *centre) {
  for (size_t k = 0; k < d; k++) {
    double mean = 0;
    for (size_t a = 0; a < n && !centre; a++)
      mean += column[k * n + a] / (double)n;
    for (size_t a = 0; a < n; a++)
      column[k * n + a] -= centre ? centre[k] : mean;
  }
}

void fg_across_spread(const double *column, size_t d, size_t n, double *spread) {
  for (size_t k = 0; k < d; k++) {
    double square = 0;
    for (size_t a = 0; a < n; a++)
      square += column[k * n + a] * column[k * n + a] / (double)n;
    spread[k] = sqrt(square);
  }
}

double fg_across_product(const struct fg_across *x, const double *column, size_t n, size_t a, const size_t *pair) {
  return pair ? column[pair[0] * n + a] * column[pair[1] * n + a] : cross(&x->s, column, x->d, n, a, x->workers);
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
                             .high = bound + i.high + off};
}

/* Parameters off by at most r (in root mean square) move the mean of a product by at most r (s_i + s_j) + r^2. */
struct fg_finding fg_across_pair(const struct fg_across_comparison *c, struct fg_across *x, size_t i, size_t j,
                                 double r) {
  double off = c->twice * (r * (x->spread[i] + x->spread[j]) + r * r);
  c->products(c, x, (const size_t[]){i, j});
  struct fg_finding f = same_mean(x->product_after, x->product_before, c->n, x->work, off, c->level_pair);
  f.samples = c->n * c->repeats;
  return f;
}

static struct fg_finding compare_way(const struct fg_across_comparison *c, struct fg_across *x, double r) {
  double sum = 0, length = 0;
  for (size_t k = 0; k < x->d; k++) {
    sum += fabs(x->s.way[k]) * x->spread[k];
    length += fabs(x->s.way[k]);
  }
  double off = c->twice * (sum * r * length + r * length * r * length / 2);
  c->products(c, x, NULL);
  struct fg_finding f = same_mean(x->product_after, x->product_before, c->n, x->work, off, c->level_way);
  f.samples = c->n * c->repeats;
  return f;
}

enum fg_err fg_across_judge(const struct fg_across_comparison *c, struct fg_across *x, const char *series,
                            struct fg_findings *findings) {
  double r = x->rounding[x->s.round + 1];
  struct fg_finding worst = {0};
  size_t pairs = 0;
  for (size_t i = 0; i < x->d; i++)
    for (size_t j = 0; j < i; j++) {
      if (x->s.block[i] == x->s.block[j])
        continue;
      struct fg_finding f = fg_across_pair(c, x, i, j, r);
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
