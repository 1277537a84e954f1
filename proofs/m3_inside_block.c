/* M3. Inside a block the covariance of the iterates obeys exactly V^+ = V - eta (H V + V H) + eta^2 E[A_z V A_z] +
 * eta^2 G(m), G(m) = Cov_z(A_z m - x_z e_z). So after n updates V - eta n (H V + V H) + eta^2 sum G(m_t), G along the
 * path of the mean, up to a remainder O(eta^2 n^2 |V|) + O(eta^3 n^2). The intra-block bound of Kumar et al. 2014,
 * after Murata 1998: Var - 2 eta n Omega0 Var + eta^2 n Omega1 along an eigenvector of H.
 *
 * Remainder: with K(V) = H V + V H, Q(V) = E[A_z V A_z] one update is V <- L(V) + eta^2 G, L = I + D, D = -eta K +
 * eta^2 Q. |D| <= d = eta (2 |H| + eta |E A_z^2|) and, while eta |A_z| <= 1, |L| <= 1, in the spectral and in the trace
 * norm. L^n = I + n D + sum over j of (n - 1 - j) L^j D^2 and L^j - I = sum over i < j of L^i D then give |V| (n (n -
 * 1) / 2 d^2 + n eta^2 |E A_z^2|) + eta^2 max |G| n (n - 1) / 2 d.
 *
 * Measured on the core: variances of clouds of lone workers, against the exact recursion and against the expansion. The
 * *order* of the remainder is read off the exact recursion, in double: the remainder itself is too small for an
 * ensemble at the steps where its order shows. */
#include "proofs/bounds.h"
#include "proofs/claims.h"
#include "proofs/lab/cloud.h"
#include "proofs/lab/quadratic.h"
#include "proofs/lab/skewed.h"
#include "proofs/m3_beyond.h"

#include "core/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double fg_bound_block_variance(double eta, double n, double omega0, double omega1, double var) {
  return var - 2 * eta * n * omega0 * var + eta * eta * n * omega1;
}

void fg_bound_block_covariance(size_t d, double eta, double n, const double *h, const double *noise, double *v) {
  double before[d * d];
  memcpy(before, v, sizeof before);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++) {
      double sum = 0;
      for (size_t k = 0; k < d; k++)
        sum += h[i * d + k] * before[k * d + j] + before[i * d + k] * h[k * d + j];
      v[i * d + j] += eta * eta * noise[i * d + j] - eta * n * sum;
    }
}

double fg_bound_block_remainder(double eta, double n, double h, double q, double var, double noise) {
  double d = eta * (2 * h + eta * q), pairs = n * (n - 1) / 2;
  return var * (pairs * d * d + n * eta * eta * q) + eta * eta * noise * pairs * d;
}

/* ---- what is claimed */

/* The covariance of the gradient that the variant of the claim says, at mean m. */
static void claimed_noise(const struct fg_quadratic *q, unsigned variant, const double *m, double *g) {
  fg_quadratic_noise(q, variant == FG_M3_CENTRED ? q->optimum : m, g);
  for (size_t i = 0; i < q->d * q->d && variant == FG_M3_NOISELESS; i++)
    g[i] = 0;
}

/* From V and m, both in place, through n updates: exactly, and what the expansion makes of it. */
struct course {
  const struct fg_quadratic *q;
  unsigned variant;
  double eta, n;
  double *mean, *v, *start, *expansion; /* d; d x d: V, V at the start, the expansion */
  double *sum, most_norm, most_trace;   /* of the claimed noise: its sum; largest spectral norm, trace */
  double *work;                         /* 3 d x d */
};

static void free_course(struct course *c) {
  free(c->mean);
}

static enum fg_err start_course(const struct fg_quadratic *q, unsigned variant, double eta, const double *center,
                                const double *v, struct course *c) {
  const size_t d = q->d, n = d * d;
  *c = (struct course){.q = q, .variant = variant, .eta = eta, .mean = calloc(d + 7 * n, sizeof(double))};
  if (!c->mean)
    return FG_ENOMEM;
  c->v = c->mean + d;
  c->start = c->v + n;
  c->expansion = c->start + n;
  c->sum = c->expansion + n;
  c->work = c->sum + n;
  memcpy(c->mean, center, d * sizeof *center);
  memcpy(c->v, v, n * sizeof *v);
  memcpy(c->start, v, n * sizeof *v);
  return FG_OK;
}

static void advance(struct course *c, uint64_t to) {
  const struct fg_quadratic *q = c->q;
  const size_t n = q->d * q->d;
  double *g = c->work + 2 * n, value[q->d];
  for (; c->n < (double)to; c->n++) {
    claimed_noise(q, c->variant, c->mean, g);
    for (size_t i = 0; i < n; i++)
      c->sum[i] += g[i];
    c->most_trace = fmax(c->most_trace, fg_matrix_trace(q->d, g));
    if (!fg_matrix_spectrum(q->d, g, value, NULL))
      c->most_norm = fmax(c->most_norm, value[q->d - 1]);
    fg_quadratic_noise(q, c->mean, g);
    fg_quadratic_covariance(q, c->eta, g, c->v, c->work);
    fg_quadratic_mean(q, c->eta, c->mean);
  }
  memcpy(c->expansion, c->start, n * sizeof *c->expansion);
  fg_bound_block_covariance(q->d, c->eta, c->n, q->h, c->sum, c->expansion);
}

/* ---- on the core: clouds */

enum { LOOKS = 5, STEPS = 3, STARTS = 3, TOP = LOOKS - 1, MEMBERS = 60000, MEMBERS_FULL = 300000 };
static const uint64_t at[LOOKS] = {1, 2, 4, 8, 16};
static const double steps[STEPS] = {0.02, 0.04, 0.08};
static const struct {
  const char *name;
  double spread, off; /* of every coordinate: standard deviation, distance from the block's optimum */
} starts[STARTS] = {
    {"a cloud about the optimum", 0.5, 0}, {"one place, the optimum", 0, 0}, {"one place off it", 0, 0.5}};
static const char *const series[STARTS][STEPS] = {
    {"η = 0.02", "η = 0.04", "η = 0.08"},
    {"at the optimum, η = 0.02", "at the optimum, η = 0.04", "at the optimum, η = 0.08"},
    {"off the optimum, η = 0.02", "off the optimum, η = 0.04", "off the optimum, η = 0.08"}};

/* Two numbers of every look: the variance along the top eigenvector (scalar form) and the trace (matrix form); each
 * against the exact recursion and against the expansion. */
enum { JUDGED = STARTS * STEPS * LOOKS * 2 * 2 + FG_M3_BEYOND };

/* float32 moves a member by some 2^-24 of its size, about 2, at each of 16 updates: 2e-6 against standard deviations
 * above 0.01, so variances by 4e-4 of themselves at most. */
#define ROUNDING 4e-4

static enum fg_err judge(const struct fg_interval *i, double bound, double slack, const struct fg_finding *draft,
                         struct fg_findings *findings) {
  struct fg_finding f = *draft;
  f.relation = FG_EQUAL;
  f.bound = bound;
  f.measured = i->estimate;
  f.low = i->low - slack - ROUNDING * i->estimate;
  f.high = i->high + slack + ROUNDING * i->estimate;
  return fg_findings_add(findings, &f);
}

/* Variance of look l: along the top eigenvector, or the trace. x: twice as many entries as members. */
static struct fg_interval measured(const struct fg_cloud *cloud, const float *look, size_t l, const double *along,
                                   double level, double *x) {
  if (along) {
    fg_cloud_along(cloud, look, l, along, x);
    return fg_interval_covariance_skewed(x, x, cloud->n, x + cloud->n, level);
  }
  fg_cloud_squares(cloud, look, l, NULL, x);
  struct fg_interval i = fg_interval_mean_skewed(x, cloud->n, level);
  double share = (double)cloud->n / (double)(cloud->n - 1);
  return (struct fg_interval){i.estimate * share, i.low * share, i.high * share};
}

static enum fg_err look_at_cloud(const struct fg_cloud *cloud, const float *look, struct course *c, unsigned s,
                                 unsigned e, double level, double *x, struct fg_findings *findings) {
  const struct fg_quadratic *q = c->q;
  const double *top = q->vector + (q->d - 1) * q->d, h = q->value[q->d - 1];
  enum fg_err err = FG_OK;
  for (size_t l = 0; l < LOOKS && !err; l++) {
    advance(c, at[l]);
    for (int scalar = 1; scalar >= 0 && !err; scalar--) {
      struct fg_interval i = measured(cloud, look, l, scalar ? top : NULL, level / JUDGED, x);
      double before = scalar ? fg_matrix_along(q->d, c->start, top) : fg_matrix_trace(q->d, c->start);
      double exact = scalar ? fg_matrix_along(q->d, c->v, top) : fg_matrix_trace(q->d, c->v);
      double noise = scalar ? fg_matrix_along(q->d, c->sum, top) / c->n : fg_matrix_trace(q->d, c->sum) / c->n;
      double expansion =
          scalar ? fg_bound_block_variance(c->eta, c->n, h, noise, before) : fg_matrix_trace(q->d, c->expansion);
      double rest =
          fg_bound_block_remainder(c->eta, c->n, h, q->q, scalar ? starts[s].spread * starts[s].spread : before,
                                   scalar ? c->most_norm : c->most_trace);
      struct fg_finding f = {.samples = cloud->n, .x = c->n};
      const char *what = scalar ? "variance along the top eigenvector" : "trace of the covariance";
      /* drawn: the scalar form for the cloud, the matrix form for single starts, where the expansion still says much */
      f.panel = s > 0;
      f.series = scalar == (s == 0) && rest < 0.3 * expansion && (s == 0 || e == 1) ? series[s][e] : NULL;
      snprintf(f.text, sizeof f.text, "core, %s, step %g, %g updates: %s, by the expansion +- its remainder",
               starts[s].name, c->eta, c->n, what);
      err = judge(&i, expansion, rest, &f, findings);
      f.series = NULL;
      snprintf(f.text, sizeof f.text, "core, %s, step %g, %g updates: %s, by the exact recursion", starts[s].name,
               c->eta, c->n, what);
      if (!err)
        err = judge(&i, exact, 0, &f, findings);
      if (err || !(scalar && s == 0 && at[l] == 8))
        continue;
      const double rounding = ROUNDING * i.estimate; /* of the variance, not of what is left of it */
      i = (struct fg_interval){i.estimate - expansion, i.low - expansion, i.high - expansion};
      f.panel = 2;
      f.series = i.low > 0 ? "core, V fixed, n = 8" : NULL; /* an axis of logarithms */
      f.x = c->eta;
      snprintf(f.text, sizeof f.text, "core, %s, step %g, %g updates: %s less the expansion, by the exact recursion",
               starts[s].name, c->eta, c->n, what);
      err = judge(&i, exact - expansion, rounding, &f, findings);
    }
  }
  return err;
}

static enum fg_err measure_clouds(const struct fg_lab *lab, unsigned variant, struct fg_trial *trial,
                                  const struct fg_quadratic *q, struct fg_findings *findings, struct fg_fault *fault) {
  double center[q->d], v[q->d * q->d];
  struct fg_cloud cloud = {
      .trial = trial, .center = center, .n = lab->full ? MEMBERS_FULL : MEMBERS, .at = at, .n_at = LOOKS};
  float *look = fg_cloud_looks(&cloud);
  double *x = malloc(2 * cloud.n * sizeof *x);
  enum fg_err err = look && x ? FG_OK : FG_ENOMEM;
  for (unsigned s = 0; s < STARTS && !err; s++)
    for (unsigned e = 0; e < STEPS && !err; e++) {
      struct course c = {0};
      memset(v, 0, sizeof v);
      for (size_t i = 0; i < q->d; i++) {
        center[i] = q->optimum[i] + starts[s].off;
        v[i * q->d + i] = starts[s].spread * starts[s].spread;
      }
      cloud.spread = starts[s].spread;
      cloud.seed = fg_seed_derive(lab->seed, s * STEPS + e);
      trial->run.job.steps.eta0 = steps[e] * (variant == FG_M3_STEP ? FG_M3_STRETCH : 1);
      err = fg_cloud_play(lab, &cloud, look, fault);
      if (!err)
        err = start_course(q, variant, steps[e], center, v, &c);
      if (!err)
        err = look_at_cloud(&cloud, look, &c, s, e, lab->level, x, findings);
      free_course(&c);
    }
  free(look);
  free(x);
  return err;
}

/* ---- the order of the remainder, in double */

static double norm(size_t d, const double *a) {
  double sum = 0;
  for (size_t i = 0; i < d * d; i++)
    sum += a[i] * a[i];
  return sqrt(sum);
}

/* The remainder after n updates, its Frobenius norm, and how far that may be from the leading term of the order that is
 * claimed, relative to it. Leading terms: for V fixed n^2 / 2 eta^2 K^2(V), for V = 0 n^2 / 2 eta^3 K(G(m_0)) (by the
 * same identities as above); if V goes with eta both, eta^3. What follows is bounded term by term: with k = |K| = 2
 * |H|, q = |Q|, d = k + eta q eta^2 |V| (n |Q(V) / |V| - K^2(V) / 2 |V|| + eta n^2 / 2 (2 k q + eta q^2) + eta n^3 / 6
 * d^3) eta^3 (n / 2 |K(G)| + n^2 / 2 k max |G(m_t) - G(m_0)|) + eta^4 max |G| (n^2 / 2 q + n^3 / 6 d^2) and double
 * loses at most n 2^-50 of |V| + eta^2 n |G|. */
struct rest {
  double norm, off;
};

static enum fg_err remainder_of(const struct fg_quadratic *q, unsigned variant, double eta, uint64_t updates,
                                const double *center, double var, struct rest *rest) {
  const size_t d = q->d, m = d * d;
  const double n = (double)updates, k = 2 * q->value[d - 1];
  double *v = calloc(8 * m, sizeof *v), *twice = v + m, *first = twice + m, *g = first + m, *other = g + m,
         *leading = other + m, *work = leading + m, drift = 0, size = 0;
  struct course c = {0};
  enum fg_err err = v ? FG_OK : FG_ENOMEM;
  if (err)
    goto cleanup;
  /* not a multiple of the unit matrix, so that nothing commutes by luck */
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < d; j++)
      v[i * d + j] = var * ((i == j) + 0.3 / (1 + fabs((double)i - (double)j)));
  err = start_course(q, variant, eta, center, v, &c);
  if (err)
    goto cleanup;
  fg_quadratic_noise(q, center, g);
  for (uint64_t t = 0; t < updates; t++) {
    advance(&c, t + 1);
    fg_quadratic_noise(q, c.mean, other);
    size = fmax(size, norm(d, other));
    for (size_t i = 0; i < m; i++)
      other[i] -= g[i];
    drift = fmax(drift, norm(d, other));
  }
  for (size_t i = 0; i < m; i++)
    c.v[i] -= c.expansion[i];
  rest->norm = norm(d, c.v);
  size = fmax(size, norm(d, g));
  fg_quadratic_contract(q, v, work);
  fg_quadratic_contract(q, work, twice);
  fg_quadratic_between(q, v, other);
  fg_quadratic_contract(q, g, first);
  for (size_t i = 0; i < m; i++) {
    leading[i] = n * n / 2 * eta * eta * (twice[i] - eta * first[i]);
    other[i] -= twice[i] / 2;
  }
  double e = k + eta * q->q, of_v = norm(d, v), half = n * n / 2, sixth = n * n * n / 6;
  double off = eta * eta * (n * norm(d, other) + of_v * eta * (half * q->q * (2 * k + eta * q->q) + sixth * e * e * e));
  off += eta * eta * eta * (n / 2 * norm(d, first) + half * k * drift);
  off += eta * eta * eta * eta * size * (half * q->q + sixth * e * e);
  off += n * 0x1p-50 * (of_v + eta * eta * n * size);
  if (var > 0 && var != eta) /* the noise's part is of higher order */
    off += eta * eta * eta * half * norm(d, first);
  rest->off = off / norm(d, leading);
cleanup:
  free_course(&c);
  free(v);
  return err;
}

/* What the remainder becomes from one to the other, against what its order says. */
static enum fg_err judge_order(const struct rest *one, const struct rest *two, double factor, const char *what,
                               struct fg_findings *findings) {
  struct fg_finding f = {.relation = FG_EQUAL, .bound = factor, .measured = two->norm / one->norm};
  double off = (1 + two->off) / (1 - one->off);
  f.low = f.measured / off;
  f.high = f.measured * off;
  if (!(one->off < 1))
    f.not_applicable = "terms of higher order are as large as the leading one";
  snprintf(f.text, sizeof f.text, "exact recursion: %s", what);
  return fg_findings_add(findings, &f);
}

enum { POINTS = 7 };

static enum fg_err measure_orders(unsigned variant, const struct fg_quadratic *q, struct fg_findings *findings) {
  static const struct {
    double var; /* negative: times the step */
    double by_step, by_n;
    const char *series, *halved, *doubled;
  } cases[] = {
      {1, 1.0 / 4, 4, "V fixed, n = 8", "the step halved, V fixed: remainder times",
       "n doubled, V fixed: remainder times"},
      {0, 1.0 / 8, 4, "V = 0, n = 8", "the step halved, V = 0: remainder times", "n doubled, V = 0: remainder times"},
      {-1, 1.0 / 8, 4, "V = step, n = 8", "the step halved, V in proportion to it: remainder times",
       "n doubled, V in proportion to the step: remainder times"},
  };
  const uint64_t n = 256;
  const double eta = 2e-3 / (double)n;
  double center[q->d];
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < q->d; i++)
    center[i] = q->optimum[i] + starts[2].off;
  for (size_t k = 0; k < sizeof cases / sizeof *cases && !err; k++) {
    struct rest whole, half, twice;
    double var = cases[k].var < 0 ? eta : cases[k].var;
    err = remainder_of(q, variant, eta, n, center, var, &whole);
    if (!err)
      err = remainder_of(q, variant, eta / 2, n, center, cases[k].var < 0 ? var / 2 : var, &half);
    if (!err)
      err = remainder_of(q, variant, eta, 2 * n, center, var, &twice);
    if (!err)
      err = judge_order(&whole, &half, cases[k].by_step, cases[k].halved, findings);
    if (!err)
      err = judge_order(&whole, &twice, cases[k].by_n, cases[k].doubled, findings);
  }
  return err;
}

/* The remainder of the exact recursion along the top eigenvector over the step, under its bound. */
static enum fg_err measure_remainders(unsigned variant, const struct fg_quadratic *q, struct fg_findings *findings) {
  const double *top = q->vector + (q->d - 1) * q->d, h = q->value[q->d - 1];
  double center[q->d], v[q->d * q->d];
  enum fg_err err = FG_OK;
  for (unsigned s = 0; s < 2 && !err; s++)
    for (int k = 0; k < POINTS && !err; k++) {
      double eta = 0.16 * pow(0.5, k);
      struct course c;
      memset(v, 0, sizeof v);
      for (size_t i = 0; i < q->d; i++) {
        center[i] = q->optimum[i] + starts[s ? 2 : 0].off;
        v[i * q->d + i] = s ? 0 : starts[0].spread * starts[0].spread;
      }
      err = start_course(q, variant, eta, center, v, &c);
      if (err)
        break;
      advance(&c, 8);
      double noise = fg_matrix_along(q->d, c.sum, top) / c.n, before = v[0];
      double expansion = fg_bound_block_variance(eta, c.n, h, noise, before);
      struct fg_finding f = {
          .relation = FG_AT_MOST, .panel = 2, .x = eta, .series = s ? "exact, V = 0, n = 8" : "exact, V fixed, n = 8"};
      f.bound = fg_bound_block_remainder(eta, c.n, h, q->q, before, c.most_norm);
      f.measured = f.low = f.high = fabs(fg_matrix_along(q->d, c.v, top) - expansion);
      snprintf(f.text, sizeof f.text, "exact recursion, %s, step %g, 8 updates: remainder along the top eigenvector",
               s ? "V = 0" : "V fixed", eta);
      err = fg_findings_add(findings, &f);
      free_course(&c);
    }
  return err;
}

static enum fg_err measure(const struct fg_lab *lab, unsigned variant, struct fg_findings *findings,
                           struct fg_fault *fault) {
  char data[FG_PATH_MAX], text[FG_PATH_MAX + 16];
  struct fg_quadratic q = {0};
  struct fg_trial *trial = NULL;
  /* every line of a block that is full has points */
  enum fg_err err = fg_lab_data(lab, "additive:rows=4,cols=4,nnz=16,noise=1", 1, data, fault);
  if (err)
    return err;
  snprintf(text, sizeof text, "data=%s", data);
  const char *const options[] = {text,
                                 variant == FG_M3_PASS ? "sampling=pass" : "sampling=replace",
                                 "model=additive:ridge=0.1",
                                 "workers=1",
                                 "sync=fugue:extra=same",
                                 "chunk=1",
                                 "step-schedule=constant",
                                 NULL};
  trial = fg_trial_new(options, &err, fault);
  if (!err)
    err = fg_quadratic_of(&trial->run, 0, 0, &q, fault);
  if (!err)
    err = measure_orders(variant, &q, findings);
  if (!err)
    err = measure_remainders(variant, &q, findings);
  if (!err)
    err = measure_clouds(lab, variant, trial, &q, findings, fault);
  if (!err)
    err = fg_m3_beyond(lab, variant, lab->level / JUDGED, 3, findings, fault);
  fg_quadratic_free(&q);
  fg_trial_delete(trial);
  return err;
}

const struct fg_claim fg_claim_m3 = {
    .id = "M3",
    .title = "variance inside a block",
    .kind = FG_CLAIM_STATISTICAL,
    .statement =
        "the covariance of the iterates inside a block obeys V+ = V - eta (H V + V H) + eta^2 E[A V A] + eta^2 G(m), "
        "G(m) "
        "= Cov_z(A_z m - x_z e_z); after n updates it is V - eta n (H V + V H) + eta^2 sum G(m_t) (along an "
        "eigenvector of "
        "H: Var - 2 eta n Omega0 Var + eta^2 n Omega1) up to a remainder of which halving eta leaves a quarter where V "
        "is "
        "fixed, an eighth where V is 0 or in proportion to eta, and which doubling n makes four times as large",
    .assumptions =
        "additive, sampling with replacement, eta |A_z| <= 1 (|A_z| = 2 + ridge), n given; approximate for mf "
        "and lda, near a local optimum of the block",
    .source = "Kumar et al. 2014 (intra-block bound), after Murata 1998; the remainder is ours",
    .proved = "M3_inside_block M3_block_bound M3_remainder_order M3_matrix_step",
    .power = 0.99,
    .controls =
        (const struct fg_control[]){{"step", "the core makes steps 1.15 times as large as is claimed"},
                                    {"pass", "the core samples without replacement (sampling=pass)"},
                                    {"noiseless", "an expansion without the term eta^2 G"},
                                    {"centred", "an expansion with G at the block's optimum, wherever the mean is"},
                                    {0}},
    .panels = (const struct fg_panel[]){{"(a) from a cloud (bars: interval and remainder)", "updates n",
                                         "variance along top eigenvector", false, false},
                                        {"(b) from one place", "updates n", "tr V", true, true},
                                        {"(c) remainder", "step η", "|remainder| along top eigenvector", true, true},
                                        {"(d) mf, approximate", "updates n", "tr V", true, true},
                                        {"(e) lda, approximate", "updates n", "tr V", true, true},
                                        {0}},
    .measure = measure,
};
