/* Both updates of the topic model, naively. */
#include "core/model/lda.h"
#include "tests/references.h"

static double lda_metric_of(const struct naive *n, struct fg_point z) {
  const struct problem *p = n->p;
  double alpha = fg_model_param(&p->model, "alpha"), beta = fg_model_param(&p->model, "beta"), sum = 0;
  double length = p->row_weight[z.row], total = p->model.total, topics = n->rank;
  for (uint32_t k = 0; k < n->rank; k++) {
    double c = fg_model_param(&p->model, "loss") == 0 ? p->col_weight[z.col] * col_of(n, z)[k]
                                                      : total / topics * col_of(n, z)[k] / COLS;
    double s = fg_model_param(&p->model, "loss") == 0 ? n->stat[k] : total / topics * n->stat[k];
    sum += (length * row_of(n, z)[k] + alpha) / (length + topics * alpha) * (c + beta) / (s + COLS * beta);
  }
  return -z.value * log(sum);
}
void reference_lda_step(struct naive *n, struct fg_point z, double a, const double *stat, double alpha, double beta) {
  const struct problem *p = n->p;
  double *theta = row_of(n, z), *psi = col_of(n, z), gamma[FG_RANK_MAX], sum = 0;
  double length = p->row_weight[z.row], mass = p->col_weight[z.col];
  for (uint32_t k = 0; k < n->rank; k++) {
    gamma[k] = op(n, op(n, op(n, op(n, length * theta[k]) + alpha) * op(n, op(n, mass * psi[k]) + beta)) /
                         op(n, stat[k] + COLS * beta));
    sum = op(n, sum + gamma[k]);
  }
  double rho_d = fmin(0.5, a * z.value / length), rho_w = fmin(0.5, a * z.value / mass);
  for (uint32_t k = 0; k < n->rank; k++) {
    double g = op(n, gamma[k] / sum), delta = op(n, rho_w * op(n, g - psi[k]));
    theta[k] = op(n, theta[k] + op(n, rho_d * op(n, g - theta[k])));
    psi[k] = op(n, psi[k] + delta);
    n->stat[k] = op(n, n->stat[k] + op(n, mass * delta));
  }
}

static void lda_step(struct naive *n, struct fg_point z, double a, const double *stat) {
  reference_lda_step(n, z, a, stat, fg_model_param(&n->p->model, "alpha"), fg_model_param(&n->p->model, "beta"));
}

static double squared_loss(const struct naive *n, struct fg_point z) {
  double e = COLS * (double)z.value / n->p->row_weight[z.row];
  for (uint32_t k = 0; k < n->rank; k++)
    e -= row_of(n, z)[k] * col_of(n, z)[k];
  return 0.5 * e * e;
}
static void squared_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)stat;
  double *theta = row_of(n, z), *w = col_of(n, z), e = COLS * (double)z.value / n->p->row_weight[z.row];
  for (uint32_t k = 0; k < n->rank; k++)
    e = op(n, e - op(n, theta[k] * w[k]));
  for (uint32_t k = 0; k < n->rank; k++) {
    double t = theta[k], b = w[k];
    theta[k] = op(n, t + op(n, eta * op(n, e * b)));
    w[k] = op(n, fmax(op(n, b + op(n, eta * op(n, e * t))), 0));
    n->stat[k] = op(n, n->stat[k] + op(n, op(n, w[k] - b) / COLS));
  }
  n->flops += 5 * n->rank; /* a linear-time projection: compare, add, count, subtract, maximum */
  reference_project(theta, n->rank);
}

/* Minus the logarithm of the prior of a topic model's row, up to a constant. */
static double prior(const struct naive *n, const double *theta, double length) {
  double sum = 0, alpha = fg_model_param(&n->p->model, "alpha");
  for (uint32_t k = 0; k < n->rank; k++)
    sum -= alpha * log(length * theta[k] + alpha);
  return sum;
}

static void squared_direction(const struct naive *n, struct fg_point z, int side, const double *gradient,
                              double *move) {
  (void)z;
  if (side == 0)
    reference_simplex_direction(gradient, n->rank, move);
  for (uint32_t k = 0; k < n->rank && side == 1; k++)
    move[k] = -gradient[k];
}

static const char *const natural[] = {"lda:topics=1",
                                      "lda:topics=3,alpha=0.5,beta=0.2",
                                      "lda",
                                      "lda:topics=48",
                                      "lda:topics=100",
                                      "lda:topics=150",
                                      NULL};
static const char *const squared[] = {"lda:topics=2,loss=squared", "lda:loss=squared", "lda:topics=50,loss=squared",
                                      NULL};

const struct reference reference_lda = {
    .name = "lda",
    .specs = natural,
    .step = 1.0,
    .wild = 20,
    .update = lda_step,
    .loss_of = lda_metric_of,
    .metric_of = lda_metric_of,
    .natural = true,
    .penalty = prior,
    .simplex_rows = true,
    .one_start = true,
};

const struct reference reference_lda_squared = {
    .name = "lda",
    .type = &fg_model_lda_squared,
    .specs = squared,
    .step = 0.02,
    .wild = 20,
    .update = squared_step,
    .loss_of = squared_loss,
    .metric_of = lda_metric_of,
    .direction = squared_direction,
    .objective = lda_metric_of,
    .penalty = prior,
    .simplex_rows = true,
    .one_start = true,
};
