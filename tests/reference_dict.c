/* Both variants of dictionary learning, naively. */
#include "tests/references.h"

extern const struct fg_model_type fg_model_dict_feature;

#define STEP 0.02

static double s_of(const struct naive *n) {
  return sqrt(n->p->model.square);
}
static double lambda_of(const struct naive *n) {
  double l1 = fg_model_param(&n->p->model, "l1");
  return fg_model_param(&n->p->model, "units") == 0 ? l1 : l1 / (s_of(n) * sqrt(COLS));
}

/* with the atoms brought into the ball */
static double dict_error(const struct naive *n, struct fg_point z) {
  double e = z.value;
  for (uint32_t k = 0; k < n->rank; k++) {
    double norm = n->p->model.n_stat ? sqrt(fmax(1, n->stat[k])) : 1;
    e -= s_of(n) * row_of(n, z)[k] * col_of(n, z)[k] / norm;
  }
  return e;
}
static double dict_metric_of(const struct naive *n, struct fg_point z) {
  return pow(dict_error(n, z), 2);
}
static double dict_loss(const struct naive *n, struct fg_point z) {
  double ones = 0;
  for (uint32_t k = 0; k < n->rank; k++)
    ones += fabs(row_of(n, z)[k]);
  return 0.5 * dict_metric_of(n, z) + pow(s_of(n), 2) * lambda_of(n) * ones;
}

/* of a feature's row on the ball of radius sqrt(K) */
static void project(struct naive *n, double *w) {
  double norm = 0;
  for (uint32_t k = 0; k < n->rank; k++)
    norm = op(n, norm + op(n, w[k] * w[k]));
  for (uint32_t k = 0; k < n->rank && norm > n->rank; k++)
    w[k] = op(n, w[k] * sqrt(n->rank / norm));
}

static void dict_step(struct naive *n, struct fg_point z, double eta, const double *stat) {
  double *u = row_of(n, z), *w = col_of(n, z), e = op(n, z.value / s_of(n)), code = eta * 5 * ROWS / POINTS, uu = 0,
         ww = 0;
  bool atoms = n->p->model.n_stat > 0;
  for (uint32_t k = 0; k < n->rank; k++) {
    e = op(n, e - op(n, u[k] * w[k]));
    uu = op(n, uu + op(n, u[k] * u[k]));
    ww = op(n, ww + op(n, w[k] * w[k]));
  }
  double damp = op(n, 1 / op(n, op(n, 1 + op(n, code * ww)) + op(n, eta * uu)));
  double to_u = op(n, op(n, code * damp) * e), to_w = op(n, op(n, eta * damp) * e);
  double threshold = op(n, op(n, code * damp) * lambda_of(n));
  for (uint32_t k = 0; k < n->rank; k++) {
    double a = u[k], b = w[k], moved = op(n, a + op(n, to_u * b));
    u[k] = op(n, op(n, fmax(op(n, moved - threshold), 0)) + op(n, fmin(op(n, moved + threshold), 0)));
    double kept = atoms ? op(n, b * (1 - fmin(0.5, eta * fmax(0, stat[k] - 1)))) : b;
    w[k] = op(n, kept + op(n, to_w * a));
    if (atoms)
      n->stat[k] += op(n, op(n, op(n, w[k] * w[k]) - op(n, b * b)) / COLS);
  }
  if (!atoms)
    project(n, w);
}

/* In units of s^2. The step is shortened by what it would overshoot by, here at the step of the test; initial factors
 * are inside the ball. */
static void dict_direction(const struct naive *n, struct fg_point z, int side, const double *gradient, double *move) {
  double code = 5.0 * ROWS / POINTS, damp = 1;
  for (uint32_t k = 0; k < n->rank; k++)
    damp += 0.1 * STEP * (code * pow(col_of(n, z)[k], 2) + pow(row_of(n, z)[k], 2));
  for (uint32_t k = 0; k < n->rank; k++)
    move[k] = -gradient[k] / pow(s_of(n), 2) / damp * (side ? 1 : code);
}

static const char *const atom[] = {"dict:rank=1", "dict:rank=16,l1=0.02", "dict:rank=20,l1=3,units=data",
                                   "dict",        "dict:rank=100",        "dict:rank=130",
                                   NULL};
static const char *const feature[] = {"dict:rank=2,norm=feature", "dict:norm=feature", "dict:rank=130,norm=feature",
                                      NULL};

const struct reference reference_dict = {
    .name = "dict",
    .specs = atom,
    .step = STEP,
    .wild = 1000,
    .update = dict_step,
    .loss_of = dict_loss,
    .metric_of = dict_metric_of,
    .direction = dict_direction,
};

const struct reference reference_dict_feature = {
    .name = "dict",
    .type = &fg_model_dict_feature,
    .specs = feature,
    .step = STEP,
    .wild = 1000,
    .update = dict_step,
    .loss_of = dict_loss,
    .metric_of = dict_metric_of,
    .direction = dict_direction,
};
