/* The linear test bed, naively. */
#include "tests/references.h"

static double additive_loss(const struct naive *n, struct fg_point z) {
  double u = *row_of(n, z), w = *col_of(n, z);
  return 0.5 * pow(z.value - u - w, 2) + 0.5 * fg_model_param(&n->p->model, "ridge") * (u * u + w * w);
}
static double additive_metric_of(const struct naive *n, struct fg_point z) {
  return pow(z.value - *row_of(n, z) - *col_of(n, z), 2);
}
/* psi <- (I - eta A_z) psi + eta x e_z, with the 2 x 2 part of A_z written out */
static void additive_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)stat;
  double ridge = fg_model_param(&n->p->model, "ridge"), psi[2] = {*row_of(n, z), *col_of(n, z)}, next[2];
  const double a[2][2] = {{1 + ridge, 1}, {1, 1 + ridge}};
  for (int i = 0; i < 2; i++)
    next[i] = op(n, psi[i] - op(n, eta * op(n, op(n, op(n, a[i][0] * psi[0]) + op(n, a[i][1] * psi[1])) - z.value)));
  *row_of(n, z) = next[0];
  *col_of(n, z) = next[1];
}

static const char *const specs[] = {"additive", "additive:ridge=0.5", NULL};

const struct reference reference_additive = {
    .name = "additive",
    .specs = specs,
    .step = 0.1,
    .wild = 1,
    .update = additive_step,
    .loss_of = additive_loss,
    .metric_of = additive_metric_of,
};
