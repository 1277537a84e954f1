/* The fifth step of a preflight: what claims M3, M5, M6 and T1 say of the user's step, block and stragglers. */
#include "core/pace.h"
#include "core/worker.h"
#include "proofs/bounds.h"
#include "proofs/preflight/preflight.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

enum {
  DRAWN = 20000,      /* passes, at least */
  MOST_PASSES = 1000, /* of a wait that are looked at */
};

/* ---- waits */

/* Extra passes that a strategy makes of a wait at most. */
static double limit_of(const struct fg_sync *sync) {
  const struct fg_sync_type *t = sync->type;
  uint64_t most = t->strata                                ? t->strata->extra_passes(sync)
                  : t->replica && t->replica->extra_passes ? t->replica->extra_passes(sync)
                                                           : 0;
  return most == UINT64_MAX ? INFINITY : (double)most;
}

static double mass_of(const struct fg_sync *sync, double passes) {
  double mass = 0;
  passes = fmin(passes, limit_of(sync));
  for (uint64_t x = 0; passes > 0; x++, passes--) {
    double share = sync->type->extra_step(sync, x);
    if (share < FG_STEP_FLUSH || x >= MOST_PASSES)
      break;
    mass += share * fmin(1, passes);
  }
  return mass;
}

/* A barrier without a network: rounds of passes that the slowest ends. */
struct rounds {
  struct fg_pace *pace; /* P */
  uint64_t *chunks;
  double *end;  /* P, of the present round */
  double *wait; /* all waits, in passes */
  size_t n, most;
};

/* as quorum's default q has it */
static uint32_t three_quarters(uint32_t workers) {
  return (3 * workers + 3) / 4;
}

static void play(struct rounds *r, const struct fg_spend *pass, uint32_t workers, struct fg_waits *w,
                 const struct fg_sync *kinds) {
  struct fg_spend extra = *pass;
  double now = 0, own = 0, quorum = 0;
  uint64_t round = 0;
  extra.passes = UINT64_MAX;
  for (; r->n + workers <= r->most; round++) {
    double last = now;
    for (uint32_t p = 0; p < workers; p++) {
      uint64_t n = fg_spend_chunks(pass);
      r->end[p] = fg_pace_end(&r->pace[p], pass, round, r->chunks[p], now, n);
      r->chunks[p] += n;
      own += r->end[p] - now;
      last = fmax(last, r->end[p]);
    }
    for (uint32_t p = 0; p < workers; p++) {
      double end;
      uint64_t n = fg_pace_count(&r->pace[p], &extra, round, r->chunks[p], r->end[p], last, &end);
      double passes = (double)fg_spend_updates(&extra, n) / (double)pass->pass;
      r->chunks[p] += n;
      r->wait[r->n++] = passes;
      w->mass_same += passes;
      for (int k = 0; k < FG_WAIT_KINDS; k++)
        w->mass[k] += mass_of(&kinds[k], passes);
    }
    gsl_sort(r->end, 1, workers);
    quorum += r->end[three_quarters(workers) - 1] - now;
    now = last;
  }
  w->rounds = round;
  w->own_s = own / (double)(round * workers);
  w->slowest_s = now / (double)round;
  w->quorum_s = quorum / (double)round;
  w->idle = 1 - own / (now * workers);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Passes of the slowest and of the k-th by T1 and T4; hosts that differ for good: exactly. NAN: no formula. cost: P,
 * nominal [s], sorted afterwards. */
static void by_formula(const struct fg_straggler *law, double *cost, uint32_t k, uint32_t workers, struct fg_waits *w) {
  double most = cost[0], least = cost[0];
  for (uint32_t p = 1; p < workers; p++) {
    most = fmax(most, cost[p]);
    least = fmin(least, cost[p]);
  }
  w->exact_slowest_s = w->exact_quorum_s = NAN;
  if (law->type->host || law->per == FG_PER_RUN) {
    for (uint32_t p = 0; p < workers; p++)
      cost[p] *= fg_straggler_lasting(law, p);
    qsort(cost, workers, sizeof *cost, ascending);
    w->exact_slowest_s = cost[workers - 1];
    w->exact_quorum_s = cost[k - 1];
  } else if (law->type->draw && (law->per == FG_PER_BLOCK || law->per == FG_PER_EPOCH)) {
    w->exact_slowest_s = fg_bound_slowest(law, cost, workers);
    if (most == least)
      w->exact_quorum_s = most * fg_bound_quorum(law, k, workers);
  }
}

static void quantiles(struct rounds *r, struct fg_waits *w) {
  gsl_sort(r->wait, 1, r->n);
  w->mean = gsl_stats_mean(r->wait, 1, r->n);
  w->median = gsl_stats_quantile_from_sorted_data(r->wait, 1, r->n, 0.5);
  w->most = gsl_stats_quantile_from_sorted_data(r->wait, 1, r->n, 0.95);
}

enum fg_err fg_predict_waits(const struct fg_trial *barrier, const struct fg_sync *users, struct fg_waits *w,
                             struct fg_fault *fault) {
  const struct fg_run *run = &barrier->run;
  uint32_t workers = run->job.workers;
  double decay = run->model.type->default_decay;
  struct fg_sync kinds[FG_WAIT_KINDS];
  struct rounds r = {.most = (DRAWN / workers + 1 > 2 * workers ? DRAWN / workers + 1 : 2 * workers) * (size_t)workers};
  double *speed = malloc(workers * sizeof *speed);
  double *cost = malloc(workers * sizeof *cost);
  r.pace = calloc(workers, sizeof *r.pace);
  r.chunks = calloc(workers, sizeof *r.chunks);
  r.end = calloc(workers, sizeof *r.end);
  r.wait = calloc(r.most, sizeof *r.wait);
  *w = (struct fg_waits){.decay = decay};
  enum fg_err err = FG_OK;
  if (!speed || !cost || !r.pace || !r.chunks || !r.end || !r.wait)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", workers);
  /* a user's platform file: nobody knows its hosts before the engine does */
  if (err || fg_network_host_speeds(&barrier->network, workers, speed, NULL))
    goto cleanup;
  if (!err)
    err = fg_sync_parse("fugue", decay, &kinds[FG_WAIT_GEOMETRIC], fault);
  if (!err)
    err = fg_sync_parse("fugue:extra=harmonic", decay, &kinds[FG_WAIT_HARMONIC], fault);
  if (err)
    goto cleanup;
  kinds[FG_WAIT_USERS] = users && users->type->extra_step ? *users : kinds[FG_WAIT_GEOMETRIC];
  uint64_t z = run->grid.n_train / ((uint64_t)workers * run->grid.col_blocks);
  struct fg_spend pass = {.left = z ? z : 1, .pass = z ? z : 1, .chunk = run->job.chunk};
  for (uint32_t p = 0; p < workers; p++) {
    r.pace[p] = (struct fg_pace){.straggler = &barrier->straggler,
                                 .worker = p,
                                 .workers = workers,
                                 .col_blocks = run->grid.col_blocks,
                                 .update_s = (run->model.type->flops(&run->model) + fg_worker_noise_flops(&run->job)) /
                                             speed[p]};
    cost[p] = r.pace[p].update_s * (double)pass.pass;
    w->nominal_s += cost[p] / workers;
  }
  play(&r, &pass, workers, w, kinds);
  by_formula(&barrier->straggler, cost, three_quarters(workers), workers, w);
  quantiles(&r, w);
  w->mass_same /= (double)r.n;
  for (int k = 0; k < FG_WAIT_KINDS; k++)
    w->mass[k] /= (double)r.n;
  w->mass_most = fg_bound_wait_mass(1, 1, decay);
  w->known = true;
cleanup:
  free(speed);
  free(cost);
  free(r.pace);
  free(r.chunks);
  free(r.end);
  free(r.wait);
  return err;
}

/* ---- variance, M3 and M5: a direction of curvature h with additive noise; a = eta h, in units of eta^2 sigma^2 */

/* after n updates with steps of `share` of eta */
static double grown(double v, double a, double share, double n) {
  double b = share * a, r2 = (1 - b) * (1 - b), left = pow(r2, n);
  if (b < 1e-12)
    return v + share * share * n;
  return left * v + share * share * (1 - left) / (1 - r2);
}

double fg_predict_growth(const struct fg_sync *sync, double a, double n, double passes) {
  double required = grown(0, a, 1, n), v = required, most = 1;
  passes = fmin(passes, limit_of(sync));
  if (passes > 0 && sync->type->extra_step(sync, MOST_PASSES) == 1) /* undecayed: toward V*, which a = 0 has not */
    return isinf(passes) && a < 1e-12 ? INFINITY : grown(0, a, 1, n * (1 + passes)) / required;
  for (uint64_t x = 0; passes > 0 && x < MOST_PASSES; x++, passes--) {
    double share = sync->type->extra_step(sync, x);
    if (share < FG_STEP_FLUSH)
      break;
    v = grown(v, a, share, n * fmin(1, passes));
    most = fmax(most, v / required);
  }
  return most;
}

/* A strategy of geometric extras with a decay of one's own. */
static double growth_of_decay(struct fg_sync *sync, double decay, double a, double n) {
  for (int i = 0; sync->type->params[i].key; i++)
    if (sync->type->params[i].key[0] == 'd')
      sync->par.value[i] = decay;
  return fg_predict_growth(sync, a, n, INFINITY);
}

static double largest_decay(double factor, double a, double n) {
  struct fg_sync sync;
  if (fg_sync_parse("fugue", 0.05, &sync, NULL))
    return NAN;
  double lo = 0, hi = 1;
  if (growth_of_decay(&sync, 1 - 1e-9, a, n) <= factor)
    return 1;
  for (int i = 0; i < 50; i++) {
    double mid = (lo + hi) / 2;
    *(growth_of_decay(&sync, mid, a, n) <= factor ? &lo : &hi) = mid;
  }
  return lo;
}

/* Most whole extra passes of a kind; INFINITY: any number. */
static double most_passes(const char *kind, double factor, double a, double n) {
  struct fg_sync sync;
  if (fg_sync_parse(kind, 0.05, &sync, NULL))
    return NAN;
  if (fg_predict_growth(&sync, a, n, INFINITY) <= factor)
    return INFINITY;
  double passes = 0;
  while (passes < MOST_PASSES && fg_predict_growth(&sync, a, n, passes + 1) <= factor)
    passes++;
  return passes;
}

void fg_predict_variance(const struct fg_local *l, double step, double factor, const struct fg_sync *users,
                         struct fg_variance *v) {
  double h = l->trace / l->dimension, noise = l->noise / l->dimension, a = step * h;
  *v = (struct fg_variance){.step = step,
                            .mean = a,
                            .top = step * l->top,
                            .bottom = step * l->bottom,
                            .touched = step * l->touched,
                            .decay = sqrt(1 - 1 / factor),
                            .decay_mass = 1 - 1 / factor};
  v->stable = v->top < 2;
  v->limit = v->stable && a > 0 ? fg_bound_stationary(step, h, noise) : NAN;
  v->relative = sqrt(v->limit / l->square);
  v->saturation = a > 0 && a < 2 ? grown(0, a, 1, l->points) * a * (2 - a) : NAN;
  double positive = a > 0 && a < 2 ? a : 0; /* without curvature variance only grows: the worst case */
  v->decay_mean = largest_decay(factor, positive, l->points);
  v->same_max = most_passes("fugue:extra=same", factor, positive, l->points);
  v->harmonic_max = most_passes("fugue:extra=harmonic", factor, positive, l->points);
  v->users = users && users->type->extra_step ? fg_predict_growth(users, positive, l->points, INFINITY) : 1;
}
