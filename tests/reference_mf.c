/* Matrix factorisation, naively. */
#include "tests/references.h"

static double mf_error(const struct naive *n, struct fg_point z) {
  double e = z.value - (fg_model_param(&n->p->model, "center") == 0 ? n->p->model.mean : 0);
  for (uint32_t k = 0; k < n->rank; k++)
    e -= row_of(n, z)[k] * col_of(n, z)[k];
  return e;
}
static double mf_loss(const struct naive *n, struct fg_point z) {
  double e = mf_error(n, z), squares = 0;
  for (uint32_t k = 0; k < n->rank; k++)
    squares += pow(row_of(n, z)[k], 2) + pow(col_of(n, z)[k], 2);
  return 0.5 * e * e + 0.5 * fg_model_param(&n->p->model, "l2") * squares;
}
static double mf_metric_of(const struct naive *n, struct fg_point z) {
  return pow(mf_error(n, z), 2);
}
static void mf_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)stat;
  double *u = row_of(n, z), *w = col_of(n, z), l2 = fg_model_param(&n->p->model, "l2"), e = mf_error(n, z);
  n->flops += 2 * n->rank + 1;
  for (uint32_t k = 0; k < n->rank; k++) {
    double a = u[k], b = w[k];
    u[k] = op(n, a + op(n, eta * op(n, op(n, e * b) - op(n, l2 * a))));
    w[k] = op(n, b + op(n, eta * op(n, op(n, e * a) - op(n, l2 * b))));
  }
}

static const char *const specs[] = {
    "mf:rank=1", "mf:rank=16,init=0.5,l2=0.3", "mf:rank=20,center=none,init=0.4", "mf", "mf:rank=100", "mf:rank=130",
    NULL};

const struct reference reference_mf = {
    .name = "mf",
    .specs = specs,
    .step = 0.05,
    .wild = 1,
    .update = mf_step,
    .loss_of = mf_loss,
    .metric_of = mf_metric_of,
};
