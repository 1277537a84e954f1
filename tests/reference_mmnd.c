/* Both losses of the mixed-membership network decomposition, naively. */
#include "core/model/mmnd.h"
#include "tests/references.h"

static double alpha_of(const struct naive *n) {
  return fg_model_param(&n->p->model, "alpha") / n->rank;
}
static double beta_of(const struct naive *n) {
  return fg_model_param(&n->p->model, "beta") * n->p->model.total / n->rank / COLS;
}

static double likelihood_loss(const struct naive *n, struct fg_point z) {
  const struct problem *p = n->p;
  double alpha = alpha_of(n), beta = beta_of(n), sum = 0, length = p->row_weight[z.row], mass = p->col_weight[z.col];
  for (uint32_t k = 0; k < n->rank; k++)
    sum += (length * row_of(n, z)[k] + alpha) / (length + n->rank * alpha) * (mass * col_of(n, z)[k] + beta) /
           (n->stat[k] + COLS * beta);
  return -z.value * log(sum);
}
static void likelihood_step(struct naive *n, struct fg_point z, double a, const double *stat) {
  reference_lda_step(n, z, a, stat, alpha_of(n), beta_of(n));
}
static double likelihood_prior(const struct naive *n, const double *u, double length) {
  double sum = 0;
  for (uint32_t k = 0; k < n->rank; k++)
    sum -= alpha_of(n) * log(length * u[k] + alpha_of(n));
  return sum;
}

static double squared_error(const struct naive *n, struct fg_point z) {
  double e = z.value / sqrt(n->p->model.square);
  for (uint32_t k = 0; k < n->rank; k++)
    e -= row_of(n, z)[k] * col_of(n, z)[k];
  return e;
}
static double squared_loss(const struct naive *n, struct fg_point z) {
  return 0.5 * pow(squared_error(n, z), 2);
}
static double squared_metric(const struct naive *n, struct fg_point z) {
  return pow(squared_error(n, z), 2);
}
static void squared_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)stat;
  double *u = row_of(n, z), *w = col_of(n, z), e = squared_error(n, z);
  n->flops += 2 * n->rank + 1;
  for (uint32_t k = 0; k < n->rank; k++) {
    double a = u[k], b = w[k];
    u[k] = op(n, a + op(n, eta * op(n, e * b)));
    w[k] = op(n, fmax(op(n, b + op(n, eta * op(n, e * a))), 0));
  }
  n->flops += 5 * n->rank; /* a linear-time projection: compare, add, count, subtract, maximum */
  reference_project(u, n->rank);
}
static void squared_direction(const struct naive *n, struct fg_point z, int side, const double *gradient,
                              double *move) {
  (void)z;
  if (side == 0)
    reference_simplex_direction(gradient, n->rank, move);
  for (uint32_t k = 0; k < n->rank && side == 1; k++)
    move[k] = -gradient[k];
}

static const char *const likelihood[] = {
    "mmnd:rank=1", "mmnd:rank=3,alpha=2,beta=0.1", "mmnd", "mmnd:rank=48", "mmnd:rank=100", "mmnd:rank=150", NULL};
static const char *const squared[] = {"mmnd:rank=2,loss=squared", "mmnd:loss=squared", "mmnd:rank=50,loss=squared",
                                      NULL};

const struct reference reference_mmnd = {
    .name = "mmnd",
    .specs = likelihood,
    .step = 1.0,
    .wild = 20,
    .update = likelihood_step,
    .loss_of = likelihood_loss,
    .metric_of = likelihood_loss,
    .natural = true,
    .weighted = true,
    .penalty = likelihood_prior,
    .simplex_rows = true,
    .one_start = true,
};

const struct reference reference_mmnd_squared = {
    .name = "mmnd",
    .type = &fg_model_mmnd_squared,
    .specs = squared,
    .step = 0.05,
    .wild = 20,
    .update = squared_step,
    .loss_of = squared_loss,
    .metric_of = squared_metric,
    .direction = squared_direction,
    .simplex_rows = true,
    .one_start = true,
};
