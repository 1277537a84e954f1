/* What a model must do, in double and without any trick: references that the conformance test holds every model to. A
 * new model brings a file reference_NAME.c with one `const struct reference`, and its row in `references`
 * (test_model_conformance.c). */
#ifndef TESTS_REFERENCES_H
#define TESTS_REFERENCES_H

#include "core/model/lanes.h"
#include "tests/model_fixture.h"

#include <math.h>

/* Factors in double, unpadded; everything a reference may touch. */
struct naive {
  const struct problem *p;
  uint32_t rank;
  double *rows, *cols, *stat;              /* ROWS x rank, COLS x rank, n_stat */
  double row_state[ROWS], col_state[COLS]; /* where the model has state */
  unsigned long flops;
};

struct reference {
  const char *name;                 /* of the type */
  const struct fg_model_type *type; /* of the variant that it is of; NULL: that of the table */
  const char *const *specs; /* "SPEC", "SPEC adagrad" (problem_model): narrow, padded, a multiple, wider than any
                               special-cased width; ends with NULL */
  double step;              /* that moves visibly without diverging */
  double wild;              /* constraints hold with so many times this step; 1: it may diverge */
  /* One update with step eta; `stat`: the statistic at the start of its batch; counts operations (op). NULL: draws
   * (test_gibbs), whose operations draw_flops counts likewise. */
  void (*update)(struct naive *n, struct fg_point z, double eta, const double *stat);
  void (*draw_flops)(struct naive *n, struct fg_point z, double eta, const double *stat);
  /* What score adds for a point. */
  double (*loss_of)(const struct naive *n, struct fg_point z);
  double (*metric_of)(const struct naive *n, struct fg_point z);
  /* Where a small step per unit of eta moves the row (side 0) or the column (side 1) of a point, given the gradient of
   * loss_of by that side: `rank` entries each. NULL: against the gradient. */
  void (*direction)(const struct naive *n, struct fg_point z, int side, const double *gradient, double *move);
  bool natural; /* no gradient step: the test of gradients leaves it out, ascends_the_likelihood has it */
  /* Fold-in minimises the sum of objective (NULL: loss_of) over the points plus `penalty` (NULL: 0) of the row. */
  double (*objective)(const struct naive *n, struct fg_point z);
  double (*penalty)(const struct naive *n, const double *row, double row_weight);
  bool simplex_rows, nonnegative_rows; /* constraints that trial rows must keep */
  bool counted_rows;                   /* rows are counts, of their weight together; all start without any */
  bool weighted;                       /* the score's weight is the sum of the values, as where data are counts */
  bool one_start;                      /* with rank 1 all rows begin alike */
};

/* Counts an operation and gives its value. */
static inline double op(struct naive *n, double value) {
  n->flops++;
  return value;
}

static inline double *row_of(const struct naive *n, struct fg_point z) {
  return n->rows + (size_t)z.row * n->rank;
}
static inline double *col_of(const struct naive *n, struct fg_point z) {
  return n->cols + (size_t)z.col * n->rank;
}

/* eta / sqrt(1 + G) of a row (side 0) or column (side 1), whose G then grows by |g|^2 / d * scale (adagrad.h); without
 * state eta as it is. Counts operations. */
double reference_divide(struct naive *n, struct fg_point z, int side, const double *g, uint32_t d, double scale,
                        double eta);
/* 1 / sqrt(1 + G), or 1: for `direction`. */
double reference_divided(const struct naive *n, struct fg_point z, int side);

/* Nearest point of the simplex to v (n entries), by sorting (Held, Wolfe, Crowder 1974). */
void reference_project(double *v, uint32_t n);
/* What a projection on the simplex leaves of a small step against `gradient` in its interior: the sum stays. */
void reference_simplex_direction(const double *gradient, uint32_t n, double *move);

extern const struct reference reference_mf, reference_additive, reference_lda, reference_lda_squared;
extern const struct reference reference_gibbs, reference_gibbs_drawn;
extern const struct reference reference_mmnd, reference_mmnd_squared;

/* One natural update of the topic model with given smoothing. */
void reference_lda_step(struct naive *n, struct fg_point z, double a, const double *stat, double alpha, double beta);
extern const struct reference reference_nmf, reference_nmf_squared;
extern const struct reference reference_dict, reference_dict_feature;

#endif
