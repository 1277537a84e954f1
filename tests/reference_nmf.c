/* Non-negative factorisation with either loss, naively. */
#include "tests/references.h"

extern const struct fg_model_type fg_model_nmf_squared;

static double predicted(const struct naive *n, struct fg_point z) {
  double dot = 0;
  for (uint32_t k = 0; k < n->rank; k++)
    dot += row_of(n, z)[k] * col_of(n, z)[k];
  return dot;
}
static double ridge(const struct naive *n, struct fg_point z) {
  double squares = 0;
  for (uint32_t k = 0; k < n->rank; k++)
    squares += pow(row_of(n, z)[k], 2) + pow(col_of(n, z)[k], 2);
  return 0.5 * fg_model_param(&n->p->model, "l2") * squares;
}
static double spread(const struct naive *n) {
  return sqrt(n->p->model.square);
}

static double kl_metric_of(const struct naive *n, struct fg_point z) {
  double xhat = predicted(n, z);
  return (z.value > 0 ? z.value * log(z.value / xhat) : 0) - z.value + xhat;
}
static double kl_loss(const struct naive *n, struct fg_point z) {
  return kl_metric_of(n, z) + ridge(n, z);
}
static void kl_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)stat;
  double *u = row_of(n, z), *w = col_of(n, z), l2 = fg_model_param(&n->p->model, "l2"), xhat = predicted(n, z);
  double lowest = 1e-6 * sqrt(n->p->model.mean / n->rank);
  double a = op(n, fmin(eta / sqrt(spread(n)), op(n, 0.5 / op(n, sqrt(op(n, fmax(z.value, xhat)))))));
  double ratio = op(n, op(n, z.value / xhat) - 1);
  n->flops += 2 * n->rank;
  for (uint32_t k = 0; k < n->rank; k++) {
    double uk = u[k], wk = w[k];
    double grow = op(n, 1 + op(n, a * op(n, op(n, wk * ratio) - op(n, l2 * uk))));
    double swell = op(n, 1 + op(n, a * op(n, op(n, uk * ratio) - op(n, l2 * wk))));
    u[k] = op(n, fmax(op(n, uk * op(n, fmax(grow, 0.5))), lowest));
    w[k] = op(n, fmax(op(n, wk * op(n, fmax(swell, 0.5))), lowest));
  }
}
/* the gradient, preconditioned by the factor itself */
static void kl_direction(const struct naive *n, struct fg_point z, int side, const double *gradient, double *move) {
  const double *own = side ? col_of(n, z) : row_of(n, z);
  for (uint32_t k = 0; k < n->rank; k++)
    move[k] = -own[k] * gradient[k] / sqrt(spread(n));
}

static double squared_metric_of(const struct naive *n, struct fg_point z) {
  return pow(z.value - predicted(n, z), 2);
}
static double squared_loss(const struct naive *n, struct fg_point z) {
  return 0.5 * squared_metric_of(n, z) + ridge(n, z);
}
static void squared_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)stat;
  double *u = row_of(n, z), *w = col_of(n, z), l2 = fg_model_param(&n->p->model, "l2");
  double e = op(n, z.value - predicted(n, z)), a = op(n, eta / spread(n));
  n->flops += 2 * n->rank;
  double a_row = a, a_col = a;
  if (n->p->model.n_state) {
    double g[2][FG_RANK_MAX], scale = pow(spread(n), -3);
    for (uint32_t k = 0; k < n->rank; k++) {
      g[0][k] = l2 * u[k] - e * w[k];
      g[1][k] = l2 * w[k] - e * u[k];
    }
    a_row = reference_divide(n, z, 0, g[0], n->rank, scale, a);
    a_col = reference_divide(n, z, 1, g[1], n->rank, scale, a);
  }
  for (uint32_t k = 0; k < n->rank; k++) {
    double uk = u[k], wk = w[k];
    u[k] = op(n, fmax(op(n, uk + op(n, a_row * op(n, op(n, e * wk) - op(n, l2 * uk)))), 0));
    w[k] = op(n, fmax(op(n, wk + op(n, a_col * op(n, op(n, e * uk) - op(n, l2 * wk)))), 0));
  }
}
static void squared_direction(const struct naive *n, struct fg_point z, int side, const double *gradient,
                              double *move) {
  double share = reference_divided(n, z, side, gradient, n->rank, pow(spread(n), -3));
  for (uint32_t k = 0; k < n->rank; k++)
    move[k] = -share * gradient[k] / spread(n);
}

static const char *const kl[] = {"nmf:rank=1", "nmf:rank=20,l2=0.3", "nmf", "nmf:rank=100,l2=0", "nmf:rank=130", NULL};
static const char *const squared[] = {"nmf:rank=1,loss=squared",
                                      "nmf:rank=16,loss=squared,l2=0.3",
                                      "nmf:rank=20,loss=squared,l2=0",
                                      "nmf:loss=squared",
                                      "nmf:rank=130,loss=squared",
                                      "nmf:rank=1,loss=squared adagrad",
                                      "nmf:rank=16,loss=squared,l2=0.3 adagrad",
                                      "nmf:rank=20,loss=squared,l2=0 adagrad",
                                      "nmf:rank=130,loss=squared adagrad",
                                      NULL};

const struct reference reference_nmf = {
    .name = "nmf",
    .specs = kl,
    .step = 0.1,
    .wild = 100,
    .update = kl_step,
    .loss_of = kl_loss,
    .metric_of = kl_metric_of,
    .direction = kl_direction,
    .nonnegative_rows = true,
};

const struct reference reference_nmf_squared = {
    .name = "nmf",
    .type = &fg_model_nmf_squared,
    .specs = squared,
    .step = 0.1,
    .wild = 20,
    .update = squared_step,
    .loss_of = squared_loss,
    .metric_of = squared_metric_of,
    .direction = squared_direction,
    .nonnegative_rows = true,
};
