/* The topic model that is sampled, naively: what its counts predict. Its draws have a test of their own (test_gibbs).
 */
#include "tests/references.h"

static double metric_of(const struct naive *n, struct fg_point z) {
  double alpha = fg_model_param(&n->p->model, "alpha"), beta = fg_model_param(&n->p->model, "beta"), sum = 0,
         length = 0;
  for (uint32_t k = 0; k < n->rank; k++)
    length += row_of(n, z)[k];
  for (uint32_t k = 0; k < n->rank; k++)
    sum +=
        (row_of(n, z)[k] + alpha) / (length + n->rank * alpha) * (col_of(n, z)[k] + beta) / (n->stat[k] + COLS * beta);
  return -z.value * log(sum);
}

/* Minus the logarithm of the prior of a row, up to a constant. */
static double prior(const struct naive *n, const double *row, double length) {
  double sum = 0, alpha = fg_model_param(&n->p->model, "alpha");
  (void)length;
  for (uint32_t k = 0; k < n->rank; k++)
    sum -= alpha * log(row[k] + alpha);
  return sum;
}

/* every token weighs every topic and adds the weights up */
static void draw_flops(struct naive *n, struct fg_point z, double eta, const double *stat) {
  (void)eta;
  double alpha = fg_model_param(&n->p->model, "alpha"), beta = fg_model_param(&n->p->model, "beta"), sum = 0;
  for (uint32_t c = 0; c < (uint32_t)z.value; c++)
    for (uint32_t k = 0; k < n->rank; k++) {
      double q = c ? 1 : op(n, op(n, col_of(n, z)[k] + beta) / (stat[k] + COLS * beta));
      sum = op(n, sum + op(n, op(n, row_of(n, z)[k] + alpha) * q));
    }
  n->flops += 60 * (unsigned long)z.value; /* the own weight, the way to a lane and within it, two counts */
}

static const char *const collapsed[] = {"gibbs:topics=1",
                                        "gibbs:topics=3,alpha=0.5,beta=0.2",
                                        "gibbs",
                                        "gibbs:topics=48",
                                        "gibbs:topics=100",
                                        "gibbs:topics=150",
                                        NULL};
static const char *const drawn[] = {"gibbs:topics=3,alpha=0.5,beta=0.5,collapsed=no", "gibbs:beta=0.5,collapsed=no",
                                    "gibbs:topics=48,beta=0.5,collapsed=no", "gibbs:topics=150,beta=0.5,collapsed=no",
                                    NULL};

extern const struct fg_model_type fg_model_gibbs_drawn;
#define COMMON                                                                                                         \
  .name = "gibbs", .step = 1, .wild = 1, .draw_flops = draw_flops, .loss_of = metric_of, .metric_of = metric_of,       \
  .penalty = prior, .counted_rows = true, .one_start = true
const struct reference reference_gibbs = {COMMON, .specs = collapsed};
const struct reference reference_gibbs_drawn = {COMMON, .specs = drawn, .type = &fg_model_gibbs_drawn};
