/* From the curves of chains to whether they have mixed, and what they are worth. */
#include "sweep/chains.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values at the beginning of n that are left out. */
static size_t burnt(size_t n, double burn_in) {
  return (size_t)floor((double)n * burn_in);
}

/* ---- numbers of halves: `m` of them, `n` values each, one after another */

/* Values to the normal quantiles of their ranks, equal ones to that of their mean rank. order: m * n, scratch. */
static void rank_normalise(double *x, size_t all, size_t *order) {
  gsl_sort_index(order, x, 1, all);
  for (size_t first = 0, last; first < all; first = last) {
    double value = x[order[first]];
    for (last = first; last < all && x[order[last]] == value;)
      last++;
    double rank = (double)(first + 1 + last) / 2;
    double z = gsl_cdf_ugaussian_Pinv((rank - 0.375) / ((double)all + 0.25));
    for (size_t i = first; i < last; i++) /* x[order[last]] is still as it was */
      x[order[i]] = z;
  }
}

/* gsl_stats_mean of equal numbers is that number, to the last bit: halves that stand still have variance 0 */
static void variances(const double *x, size_t m, size_t n, double *within, double *of_means) {
  double mean = 0, square = 0;
  *within = 0;
  for (size_t i = 0; i < m; i++) {
    double own = gsl_stats_mean(x + i * n, 1, n), apart = own - mean;
    *within += gsl_stats_variance_m(x + i * n, 1, n, own) / (double)m;
    mean += apart / (double)(i + 1);
    square += apart * (own - mean);
  }
  *of_means = square / (double)(m - 1);
}

static double rhat_of(const double *x, size_t m, size_t n) {
  double within, of_means;
  variances(x, m, n, &within, &of_means);
  return sqrt(of_means / within + ((double)n - 1) / (double)n);
}

/* mean over halves, with 1/n whatever the lag */
static double autocovariance(const double *x, size_t m, size_t n, const double *mean, size_t lag) {
  double sum = 0;
  for (size_t i = 0; i < m; i++)
    for (size_t k = lag; k < n; k++)
      sum += (x[i * n + k] - mean[i]) * (x[i * n + k - lag] - mean[i]);
  return sum / (double)(m * n);
}

/* mean: m, scratch */
static double ess_of(const double *x, size_t m, size_t n, double *mean) {
  double within, of_means, all = (double)(m * n);
  variances(x, m, n, &within, &of_means);
  double variance = within * ((double)n - 1) / (double)n + of_means;
  if (!(variance > 0))
    return NAN;
  for (size_t i = 0; i < m; i++)
    mean[i] = gsl_stats_mean(x + i * n, 1, n);
#define CORRELATION(lag) (1 - (within - autocovariance(x, m, n, mean, lag)) / variance)
  double before = 1 + CORRELATION(1), tau = 2 * before - 1;
  for (size_t lag = 2; lag + 1 < n; lag += 2) {
    double even = CORRELATION(lag), pair = even + CORRELATION(lag + 1);
    if (!(pair > 0)) {
      tau += fmax(even, 0);
      break;
    }
    before = fmin(before, pair);
    tau += 2 * before;
  }
#undef CORRELATION
  return all / fmax(tau, 1 / log10(all));
}

/* ---- chains to halves */

struct halves {
  size_t m, n;         /* n values each */
  double *x, *z, *one; /* m * n; m * n, scratch; m, scratch */
  size_t *order;       /* m * n, scratch */
};

static enum fg_err check(const struct fg_trace *trace, size_t chains, double burn_in, struct fg_mixing *mixing,
                         struct fg_fault *fault) {
  *mixing = (struct fg_mixing){.chains = chains, .shortest = SIZE_MAX};
  mixing->rhat = mixing->ess = mixing->mean = mixing->mcse = mixing->time_s = mixing->ess_per_s = NAN;
  if (!(burn_in >= 0 && burn_in < 1))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "burn-in %g: a share from 0 to less than 1 is expected", burn_in);
  if (chains == 0)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "there is no chain");
  for (size_t i = 0; i < chains; i++) {
    mixing->shortest = trace[i].n < mixing->shortest ? trace[i].n : mixing->shortest;
    mixing->longest = trace[i].n > mixing->longest ? trace[i].n : mixing->longest;
  }
  if (mixing->shortest == 0)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "a chain has no values");
  mixing->kept = mixing->shortest - burnt(mixing->shortest, burn_in);
  if (mixing->kept < FG_CHAIN_LEAST)
    return fg_fail(fault, FG_EINPUT, NULL, 0,
                   "%zu of %zu values are left of %s: at least %d are needed to judge it (more epochs, more "
                   "evaluations, less burn-in)",
                   mixing->kept, mixing->shortest, chains > 1 ? "the shortest chain" : "the chain", FG_CHAIN_LEAST);
  for (size_t i = 0; i < chains; i++)
    for (size_t k = mixing->shortest - mixing->kept; k < mixing->shortest; k++)
      if (!isfinite(trace[i].value[k]) || !isfinite(trace[i].time_s[k]))
        return fg_fail(fault, FG_EINPUT, NULL, 0, "value %zu of chain %zu is not a finite number", k + 1, i + 1);
  return FG_OK;
}

/* The middle value of an odd number belongs to no half. */
static enum fg_err cut(const struct fg_trace *trace, const struct fg_mixing *mixing, struct halves *h,
                       struct fg_fault *fault) {
  size_t from = mixing->shortest - mixing->kept;
  h->m = 2 * mixing->chains;
  h->n = mixing->kept / 2;
  h->x = malloc(h->m * h->n * sizeof *h->x);
  h->z = malloc(h->m * h->n * sizeof *h->z);
  h->one = malloc(h->m * sizeof *h->one);
  h->order = malloc(h->m * h->n * sizeof *h->order);
  if (!h->x || !h->z || !h->one || !h->order)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t i = 0; i < mixing->chains; i++) {
    memcpy(h->x + 2 * i * h->n, trace[i].value + from, h->n * sizeof *h->x);
    memcpy(h->x + (2 * i + 1) * h->n, trace[i].value + mixing->shortest - h->n, h->n * sizeof *h->x);
  }
  return FG_OK;
}

/* Distances from the median to z. The two values beside it are equally far away, whatever rounding makes of that: a
 * rank more or less at the end of all is seen in the third digit of R-hat. */
static void fold(struct halves *h) {
  size_t all = h->m * h->n;
  memcpy(h->z, h->x, all * sizeof *h->z);
  gsl_sort(h->z, 1, all);
  double below = h->z[all / 2 - 1], above = h->z[all / 2];
  for (size_t i = 0; i < all; i++)
    h->z[i] = h->x[i] == below || h->x[i] == above ? (above - below) / 2 : fabs(h->x[i] - (below + above) / 2);
}

static void measure(struct halves *h, struct fg_mixing *mixing) {
  size_t all = h->m * h->n;
  memcpy(h->z, h->x, all * sizeof *h->z);
  rank_normalise(h->z, all, h->order);
  mixing->ess = ess_of(h->z, h->m, h->n, h->one);
  double of_ranks = rhat_of(h->z, h->m, h->n);
  fold(h);
  rank_normalise(h->z, all, h->order);
  mixing->rhat = fmax(of_ranks, rhat_of(h->z, h->m, h->n)); /* two values alone: all are equally far away, NAN */
  mixing->mcse = gsl_stats_sd(h->x, 1, all) / sqrt(ess_of(h->x, h->m, h->n, h->one));
}

static double kept_time(const struct fg_trace *trace, const struct fg_mixing *mixing) {
  size_t from = mixing->shortest - mixing->kept;
  double time_s = 0;
  for (size_t i = 0; i < mixing->chains; i++)
    time_s += trace[i].time_s[mixing->shortest - 1] - (from ? trace[i].time_s[from - 1] : 0);
  return time_s;
}

/* Of all kept values, those that are in no half too. */
static void average(const struct fg_trace *trace, struct fg_mixing *mixing) {
  size_t from = mixing->shortest - mixing->kept;
  mixing->mean = 0;
  mixing->constant = true;
  for (size_t i = 0; i < mixing->chains; i++) {
    mixing->mean += gsl_stats_mean(trace[i].value + from, 1, mixing->kept) / (double)mixing->chains;
    for (size_t k = from; k < mixing->shortest; k++)
      mixing->constant = mixing->constant && trace[i].value[k] == trace[0].value[from];
  }
}

enum fg_err fg_mixing_of(const struct fg_trace *trace, size_t chains, double burn_in, struct fg_mixing *mixing,
                         struct fg_fault *fault) {
  struct halves h = {.n = 0};
  enum fg_err err = check(trace, chains, burn_in, mixing, fault);
  if (!err)
    err = cut(trace, mixing, &h, fault);
  if (err)
    goto cleanup;
  average(trace, mixing);
  mixing->time_s = kept_time(trace, mixing);
  if (!mixing->constant)
    measure(&h, mixing);
  if (mixing->time_s > 0)
    mixing->ess_per_s = mixing->ess / mixing->time_s;

cleanup:
  free(h.x);
  free(h.z);
  free(h.one);
  free(h.order);
  return err;
}

/* ---- the chains of a setting */

struct fg_trace *fg_chains_add(struct fg_chains *chains, size_t n) {
  struct fg_trace *more = realloc(chains->trace, (chains->n + 1) * sizeof *more);
  if (!more)
    return NULL;
  chains->trace = more;
  struct fg_trace *trace = &more[chains->n++];
  *trace = (struct fg_trace){.value = malloc((n + 1) * sizeof(double)), .time_s = malloc((n + 1) * sizeof(double))};
  return trace->value && trace->time_s ? trace : NULL;
}

void fg_chains_note(struct fg_chains *chains, const char *text) {
  size_t n = strlen(chains->note);
  snprintf(chains->note + n, sizeof chains->note - n, "%s%s", n ? "; " : "", text);
}

/* Were other points held out than of `first`? */
static bool learns_others(const struct fg_sweep_result *first, const struct fg_sweep_result *run) {
  char test[64], a[64], b[64];
  return fg_sweep_run_option(first, "test", test, sizeof test) && strcmp(test, "0") != 0 &&
         fg_sweep_run_option(first, "seed-data", a, sizeof a) && fg_sweep_run_option(run, "seed-data", b, sizeof b) &&
         strcmp(a, b) != 0;
}

enum fg_err fg_chains_of(const struct fg_sweep_group *group, struct fg_chains *chains, struct fg_fault *fault) {
  const struct fg_sweep_result *first = NULL;
  bool others = false;
  char text[120];
  for (size_t i = 0; i < group->n; i++) {
    const struct fg_sweep_result *run = group->member[i];
    if (run->state != FG_RUN_DONE)
      continue;
    first = first ? first : run;
    others = others || learns_others(first, run);
    struct fg_trace *trace = fg_chains_add(chains, run->n_moments);
    if (!trace)
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
    for (size_t k = 0; k < run->n_moments; k++)
      if (isfinite(run->moment[k].train_loss)) {
        trace->value[trace->n] = 0 - run->moment[k].train_loss;
        trace->time_s[trace->n++] = run->moment[k].time_s;
      }
  }
  if (chains->n < group->n) {
    snprintf(text, sizeof text, "%zu of %zu runs have no result", group->n - chains->n, group->n);
    fg_chains_note(chains, text);
  }
  if (others)
    fg_chains_note(chains, FG_CHAINS_APART);
  return FG_OK;
}

static void note_mixing(struct fg_chains *chains) {
  const struct fg_mixing *mixing = &chains->mixing;
  char text[160];
  if (mixing->constant)
    fg_chains_note(chains, "the values never change: nothing can be said of mixing");
  if (mixing->rhat > FG_RHAT_MIXED) {
    snprintf(text, sizeof text, "not mixed: R-hat is above %g", FG_RHAT_MIXED);
    fg_chains_note(chains, text);
  }
  if (mixing->ess < FG_ESS_OF_CHAIN * (double)mixing->chains) {
    snprintf(text, sizeof text, "ESS is below %d a chain: too few to trust the numbers", FG_ESS_OF_CHAIN);
    fg_chains_note(chains, text);
  }
  if (mixing->chains == 1)
    fg_chains_note(chains, "one chain: only its halves are compared");
  if (mixing->longest > mixing->shortest) {
    snprintf(text, sizeof text, "chains of %zu to %zu values, cut to the shortest", mixing->shortest, mixing->longest);
    fg_chains_note(chains, text);
  }
}

enum fg_err fg_chains_judge(struct fg_chains *chains, double burn_in, struct fg_fault *fault) {
  struct fg_fault own = {.line = 0};
  enum fg_err err = fg_mixing_of(chains->trace, chains->n, burn_in, &chains->mixing, &own);
  chains->judged = !err;
  if (!err)
    note_mixing(chains);
  else if (err == FG_EINPUT)
    fg_chains_note(chains, own.text);
  else if (fault)
    *fault = own;
  return err == FG_EINPUT ? FG_OK : err;
}

void fg_chains_free(struct fg_chains *chains) {
  for (size_t i = 0; i < chains->n; i++) {
    free(chains->trace[i].value);
    free(chains->trace[i].time_s);
  }
  free(chains->trace);
  *chains = (struct fg_chains){.n = 0};
}
