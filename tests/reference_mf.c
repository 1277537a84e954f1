/* Matrix factorisation, naively. */
#include "tests/references.h"

static bool biased(const struct naive *n) {
  return fg_model_param(&n->p->model, "bias") != 0;
}
/* dimensions of the product, without the two of bias terms */
static uint32_t rank_of(const struct naive *n) {
  return biased(n) ? n->rank - 2 : n->rank;
}

static double mf_error(const struct naive *n, struct fg_point z) {
  double e = z.value - (fg_model_param(&n->p->model, "center") == 0 ? n->p->model.mean : 0);
  for (uint32_t k = 0; k < rank_of(n); k++)
    e -= row_of(n, z)[k] * col_of(n, z)[k];
  if (biased(n))
    e -= row_of(n, z)[n->rank - 2] + col_of(n, z)[n->rank - 1];
  return e;
}
static double mf_loss(const struct naive *n, struct fg_point z) {
  double e = mf_error(n, z), squares = 0;
  for (uint32_t k = 0; k < rank_of(n); k++)
    squares += pow(row_of(n, z)[k], 2) + pow(col_of(n, z)[k], 2);
  if (biased(n))
    squares += pow(row_of(n, z)[n->rank - 2], 2) + pow(col_of(n, z)[n->rank - 1], 2);
  return 0.5 * e * e + 0.5 * fg_model_param(&n->p->model, "l2") * squares;
}
static double mf_metric_of(const struct naive *n, struct fg_point z) {
  return pow(mf_error(n, z), 2);
}
/* dimensions of a row that change */
static uint32_t dimensions(const struct naive *n) {
  return biased(n) ? n->rank - 1 : n->rank;
}
static void gradient_of(const struct naive *n, struct fg_point z, int side, double *g) {
  const double *own = side ? col_of(n, z) : row_of(n, z), *other = side ? row_of(n, z) : col_of(n, z);
  double l2 = fg_model_param(&n->p->model, "l2"), e = mf_error(n, z);
  for (uint32_t k = 0; k < n->rank; k++)
    g[k] = l2 * own[k] - e * other[k];
  if (biased(n))
    g[n->rank - (side ? 2 : 1)] = 0;
}
static void mf_direction(const struct naive *n, struct fg_point z, int side, const double *gradient, double *move) {
  double share = reference_divided(n, z, side, gradient, dimensions(n), 1);
  for (uint32_t k = 0; k < n->rank; k++)
    move[k] = -share * gradient[k];
}
static void mf_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)stat;
  double *u = row_of(n, z), *w = col_of(n, z), l2 = fg_model_param(&n->p->model, "l2"), e = mf_error(n, z);
  n->flops += 2 * n->rank + 1;
  if (n->p->model.n_state) {
    double g[2][FG_RANK_MAX], eta_of[2];
    for (int side = 0; side < 2; side++) {
      gradient_of(n, z, side, g[side]);
      eta_of[side] = reference_divide(n, z, side, g[side], dimensions(n), 1, eta);
    }
    for (uint32_t k = 0; k < n->rank; k++) {
      u[k] = op(n, u[k] - op(n, eta_of[0] * op(n, op(n, g[0][k]))));
      w[k] = op(n, w[k] - op(n, eta_of[1] * op(n, op(n, g[1][k]))));
    }
    return;
  }
  for (uint32_t k = 0; k < rank_of(n); k++) {
    double a = u[k], b = w[k];
    u[k] = op(n, a + op(n, eta * op(n, op(n, e * b) - op(n, l2 * a))));
    w[k] = op(n, b + op(n, eta * op(n, op(n, e * a) - op(n, l2 * b))));
  }
  if (biased(n)) {
    double *bias[2] = {u + n->rank - 2, w + n->rank - 1};
    for (int i = 0; i < 2; i++)
      *bias[i] = op(n, *bias[i] + op(n, eta * op(n, e - op(n, l2 * *bias[i]))));
  }
}

static const char *const specs[] = {"mf:rank=1",
                                    "mf:rank=16,init=0.5,l2=0.3",
                                    "mf:rank=20,center=none,init=0.4",
                                    "mf",
                                    "mf:rank=100",
                                    "mf:rank=130",
                                    "mf:rank=1,bias=yes,init=0.5",
                                    "mf:rank=14,bias=yes,l2=0.3,init=0.5",
                                    "mf:rank=15,bias=yes,center=none",
                                    "mf:rank=130,bias=yes",
                                    "mf:rank=1 adagrad",
                                    "mf:rank=16,init=0.5,l2=0.3 adagrad",
                                    "mf:rank=20,center=none,init=0.4 adagrad",
                                    "mf adagrad",
                                    "mf:rank=130 adagrad",
                                    "mf:rank=1,bias=yes,init=0.5 adagrad",
                                    "mf:rank=14,bias=yes,l2=0.3,init=0.5 adagrad",
                                    "mf:rank=130,bias=yes adagrad",
                                    NULL};

const struct reference reference_mf = {
    .name = "mf",
    .specs = specs,
    .step = 0.05,
    .wild = 1,
    .update = mf_step,
    .loss_of = mf_loss,
    .metric_of = mf_metric_of,
    .direction = mf_direction,
};
