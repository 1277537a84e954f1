/* What every model must keep, over all rows of fg_model_types and their variants, against naive references in double
 * (references.h). A new model brings a reference and its row in `references`, and is then tested by everything here. */
#include "core/model/lda.h"
#include "core/model/mmnd.h"
#include "tests/references.h"

#include <float.h>
#include <stdio.h>

static const struct reference *const references[] = {
    &reference_mf,   &reference_additive,    /* one loss */
    &reference_lda,  &reference_lda_squared, /* two */
    &reference_nmf,  &reference_nmf_squared,  &reference_mmnd,  &reference_mmnd_squared,
    &reference_dict, &reference_dict_feature, &reference_gibbs, &reference_gibbs_drawn,
};
enum { REFERENCES = sizeof references / sizeof references[0] };

/* Every specification of every reference, counted through all of them: `spec` and `r` are of the i-th. */
static const char *spec_at(size_t i, const struct reference **r) {
  for (size_t k = 0; k < REFERENCES; k++)
    for (const char *const *spec = references[k]->specs; *spec; spec++)
      if (i-- == 0) {
        *r = references[k];
        return *spec;
      }
  return NULL;
}
#define EACH_SPEC(spec, r)                                                                                             \
  const struct reference *r;                                                                                           \
  const char *spec;                                                                                                    \
  for (size_t at = 0; (spec = spec_at(at, &r)) != NULL; at++)

/* ... of those that learn by steps */
#define EACH_STEP_SPEC(spec, r)                                                                                        \
  EACH_SPEC(spec, r)                                                                                                   \
  if (r->update)

static double *widen(const float *factor, uint32_t n, uint32_t rank, uint32_t stride) {
  double *wide = malloc((size_t)n * rank * sizeof *wide);
  assert_non_null(wide);
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < rank; k++)
      wide[(size_t)i * rank + k] = factor[(size_t)i * stride + k];
  return wide;
}

static void naive_start(struct naive *n, const struct problem *p) {
  uint32_t stats = p->model.n_stat;
  *n = (struct naive){.p = p, .rank = p->model.rank, .stat = calloc(stats + 1, sizeof(double))};
  n->rows = widen(p->rows, ROWS, n->rank, p->model.stride);
  n->cols = widen(p->cols, COLS, n->rank, p->model.stride);
  assert_non_null(n->stat);
  for (uint32_t i = 0; i < ROWS && p->model.n_state; i++)
    n->row_state[i] = p->rows[i * p->model.stride + p->model.lanes];
  for (uint32_t j = 0; j < COLS && p->model.n_state; j++)
    n->col_state[j] = p->cols[j * p->model.stride + p->model.lanes];
  memcpy(n->stat, p->stat, stats * sizeof(double));
}

static void naive_end(struct naive *n) {
  free(n->rows);
  free(n->cols);
  free(n->stat);
}

/* largest difference from the reference, relative to entries of at least `floor` */
static double difference(const double *wide, const float *factor, uint32_t n, uint32_t rank, uint32_t stride,
                         double floor) {
  double worst = 0;
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < rank; k++) {
      double a = wide[(size_t)i * rank + k], d = fabs(a - factor[(size_t)i * stride + k]) / fmax(fabs(a), floor);
      worst = d > worst || isnan(d) ? d : worst;
    }
  return worst;
}

/* ... of rows, columns and their state */
static double all_difference(const struct naive *n, const struct problem *p, double floor) {
  const struct fg_model *m = &p->model;
  double d = fmax(difference(n->rows, p->rows, ROWS, n->rank, m->stride, floor),
                  difference(n->cols, p->cols, COLS, n->rank, m->stride, floor));
  if (m->n_state == 0)
    return d;
  d = fmax(d, difference(n->row_state, p->rows + m->lanes, ROWS, 1, m->stride, floor));
  return fmax(d, difference(n->col_state, p->cols + m->lanes, COLS, 1, m->stride, floor));
}

static void every_row_of_the_table_is_tested(void **state) {
  (void)state;
  for (size_t t = 0; fg_model_types[t]; t++) {
    bool found = false;
    EACH_SPEC(spec, r) {
      struct fg_model model;
      problem_model(spec, &model);
      assert_string_equal(model.type->name, r->name);
      assert_ptr_equal(model.type, r->type ? r->type : fg_model_find(r->name));
      found = found || model.type == fg_model_types[t];
    }
    assert_true(found);
    assert_string_equal(fg_model_types[t]->params[0].key, "rank");
    assert_string_equal(fg_model_types[t]->params[0].alias, "topics");
    assert_true(fg_model_types[t]->default_step > 0 && fg_model_types[t]->default_decay > 0 &&
                fg_model_types[t]->default_decay < 1);
  }
}

static void one_update_is_exact(void **state) {
  (void)state;
  EACH_STEP_SPEC(spec, r) {
    struct problem p;
    struct naive n;
    problem_start(&p, spec, 11);
    naive_start(&n, &p);
    r->update(&n, p.points[0], r->step, p.stat);
    p.model.type->update(&p.model, &p.view, p.points, 1, (float)r->step);
    double d = all_difference(&n, &p, 1e-3);
    if (!(d < 1e-5))
      fail_msg("%s: off by %g", spec, d);
    naive_end(&n);
    problem_end(&p);
  }
}

/* The update is a step against the gradient of the loss: central differences of the reference's loss in double. */
static void updates_follow_the_gradient(void **state) {
  (void)state;
  EACH_STEP_SPEC(spec, r) {
    struct problem p;
    struct naive n;
    problem_start(&p, spec, 12);
    if (r->natural) { /* see ascends_the_likelihood */
      problem_end(&p);
      continue;
    }
    if (p.model.n_state) { /* not those of rows that have seen nothing */
      p.rows[p.points[0].row * p.model.stride + p.model.lanes] = 3;
      p.cols[p.points[0].col * p.model.stride + p.model.lanes] = 8;
    }
    naive_start(&n, &p);
    struct fg_point z = p.points[0];
    uint32_t rank = n.rank;
    double h = 1e-5, eta = r->step * 0.1;
    struct naive still;
    naive_start(&still, &p);
    p.model.type->update(&p.model, &p.view, p.points, 1, (float)eta);
    for (int side = 0; side < 2; side++) {
      double gradient[FG_RANK_MAX], move[FG_RANK_MAX], size = 0;
      const float *now = side ? p.cols + z.col * p.model.stride : p.rows + z.row * p.model.stride;
      for (uint32_t k = 0; k < rank; k++) {
        double *x = (side ? col_of(&n, z) : row_of(&n, z)) + k, kept = *x;
        *x = kept + h;
        double up = r->loss_of(&n, z);
        *x = kept - h;
        gradient[k] = (up - r->loss_of(&n, z)) / (2 * h);
        *x = kept;
        move[k] = -gradient[k];
      }
      if (r->direction)
        r->direction(&n, z, side, gradient, move);
      for (uint32_t k = 0; k < rank; k++)
        size = fmax(size, fabs(move[k]));
      assert_true(size > 0.01 || (r->simplex_rows && rank == 1));
      for (uint32_t k = 0; k < rank; k++) {
        double moved = (now[k] - (side ? col_of(&still, z) : row_of(&still, z))[k]) / eta;
        if (!(fabs(moved - move[k]) < 2e-3 * fmax(size, 0.01)))
          fail_msg("%s, side %d, entry %u: moves by %g, not %g", spec, side, k, moved, move[k]);
      }
    }
    naive_end(&still);
    naive_end(&n);
    problem_end(&p);
  }
}

/* The natural update is stochastic EM: small steps over all points raise the likelihood, pass by pass. */
static void ascends_the_likelihood(void **state) {
  (void)state;
  struct problem p;
  problem_start(&p, "lda:topics=4", 13);
  double last = INFINITY;
  for (int pass = 0; pass < 30; pass++) {
    struct fg_score score = {0};
    problem_stat(&p);
    p.model.type->score(&p.model, &p.view, p.points, POINTS, &score);
    assert_true(score.loss < last);
    last = score.loss;
    for (size_t from = 0; from < POINTS; from += 50)
      p.model.type->update(&p.model, &p.view, p.points + from, 50, 0.1f);
  }
  problem_end(&p);
}

/* Batches of every kind of size follow the reference, whose statistic is the one of the batch's start. */
static void batches_follow_the_reference(void **state) {
  (void)state;
  const size_t sizes[] = {1, 2, 5, FG_PREFETCH, FG_PREFETCH + 1, 63, FG_BATCH, 0};
  EACH_STEP_SPEC(spec, r) {
    struct problem p;
    struct naive n;
    problem_start(&p, spec, 14);
    naive_start(&n, &p);
    double stat[FG_RANK_MAX];
    size_t from = 0;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
      if (from + sizes[s] > POINTS)
        from = 0;
      memcpy(stat, n.stat, p.model.n_stat * sizeof *stat);
      for (size_t k = 0; k < sizes[s]; k++)
        r->update(&n, p.points[from + k], r->step, stat);
      p.model.type->update(&p.model, &p.view, p.points + from, sizes[s], (float)r->step);
      from += sizes[s];
    }
    double d = all_difference(&n, &p, 0.05);
    if (!(d < 2e-4))
      fail_msg("%s: off by %g", spec, d);
    for (uint32_t k = 0; k < p.model.n_stat; k++)
      assert_true(fabs(n.stat[k] - p.stat[k]) < 1e-4 * fmax(n.stat[k], 0.1));
    naive_end(&n);
    problem_end(&p);
  }
}

/* Points of a batch that share rows, columns, both or neither with the next: the bits of one after the other. */
static void batches_are_their_points_in_turn(void **state) {
  (void)state;
  EACH_STEP_SPEC(spec, r) {
    struct problem a, b;
    problem_start(&a, spec, 33);
    problem_start(&b, spec, 33);
    struct fg_rng rng;
    fg_rng_start(&rng, 7, FG_STREAM_GENERATE, 3, 0);
    double stat[FG_RANK_MAX];
    for (size_t n = 1; n <= FG_BATCH; n += 9) {
      struct fg_point points[FG_BATCH];
      for (size_t i = 0; i < n; i++)
        points[i] = (struct fg_point){fg_rng_below(&rng, 2), fg_rng_below(&rng, 3), (float)(1 + fg_rng_below(&rng, 5))};
      memcpy(stat, a.stat, a.model.n_stat * sizeof *stat);
      a.model.type->update(&a.model, &a.view, points, n, (float)r->step);
      for (size_t i = 0; i < n; i++) {
        memcpy(b.stat, stat, b.model.n_stat * sizeof *stat); /* it is that of the batch's start */
        b.model.type->update(&b.model, &b.view, &points[i], 1, (float)r->step);
      }
      if (memcmp(a.rows, b.rows, ROWS * a.model.stride * sizeof *a.rows) != 0 ||
          memcmp(a.cols, b.cols, COLS * a.model.stride * sizeof *a.cols) != 0)
        fail_msg("%s: a batch of %zu", spec, n);
      memcpy(b.stat, a.stat, a.model.n_stat * sizeof *stat);
    }
    problem_end(&a);
    problem_end(&b);
  }
}

static void constraints_hold_after_every_batch(void **state) {
  (void)state;
  EACH_SPEC(spec, r)
  for (int wild = 0; wild < 2; wild++) {
    struct problem p;
    problem_start(&p, spec, 15);
    float eta = (float)(r->step * (wild ? r->wild : 1));
    for (int pass = 0; pass < 20; pass++)
      for (size_t from = 0; from < POINTS; from += 50) {
        uint32_t which = UINT32_MAX;
        problem_learn(&p, p.points + from, 50, eta);
        if (p.model.type->divisor && from == 100) {
          problem_rescale(&p, p.stat);
          problem_stat(&p);
        }
        if (!p.model.type->rows_valid(&p.model, p.rows, ROWS, &which) ||
            !p.model.type->cols_valid(&p.model, p.cols, COLS, &which))
          fail_msg("%s: row or column %u", spec, which);
        for (uint32_t k = p.model.rank; k < p.model.stride; k++) {
          if (k >= p.model.lanes && k < p.model.lanes + p.model.n_state)
            continue; /* the checks above know it */
          for (uint32_t j = 0; j < ROWS; j++)
            assert_true(p.rows[j * p.model.stride + k] == 0);
          for (uint32_t j = 0; j < COLS; j++)
            assert_true(p.cols[j * p.model.stride + k] == 0);
        }
      }
    problem_end(&p);
  }
}

/* ... and the checks see a row that breaks them. */
/* Sums of several workers' changes may break constraints; a projection restores them, and leaves rows that keep them as
 * they are. A model without one has none that sums could break, or is normalised over all columns. */
static void projection_restores_constraints(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    struct fg_rng rng;
    uint32_t which;
    size_t broken = 0;
    problem_start(&p, spec, 33);
    size_t n = (size_t)COLS * p.model.stride;
    float *kept = factor_new(COLS, p.model.stride);
    fg_rng_start(&rng, 5, FG_STREAM_GENERATE, 0, 0);
    for (int pass = 0; pass < 10; pass++)
      for (size_t from = 0; from < POINTS; from += 50)
        problem_learn(&p, p.points + from, 50, (float)r->step);
    memcpy(kept, p.cols, n * sizeof *kept);
    if (p.model.type->project) {
      fg_model_project(&p.model, true, p.cols, COLS);
      assert_memory_equal(kept, p.cols, n * sizeof *kept);
    }
    for (uint32_t j = 0; j < COLS; j++) /* changes of pairs that sum to 0, an odd one out; one column vanishes */
      for (uint32_t k = 0; k < p.model.rank; k += 2) {
        float change = (float)(4 * (fg_rng_uniform(&rng) - 0.5));
        p.cols[j * p.model.stride + k] += change;
        if (k + 1 < p.model.rank)
          p.cols[j * p.model.stride + k + 1] -= change;
      }
    for (uint32_t k = 0; k < p.model.rank; k++)
      p.cols[3 * p.model.stride + k] = 0;
    for (uint32_t j = 0; j < COLS; j++)
      broken += !p.model.type->cols_valid(&p.model, p.cols + j * p.model.stride, 1, &which);
    if (p.model.type->project) {
      assert_true(broken > 0);
      fg_model_project(&p.model, true, p.cols, COLS);
      assert_true(p.model.type->cols_valid(&p.model, p.cols, COLS, &which));
      memcpy(kept, p.cols, n * sizeof *kept);
      fg_model_project(&p.model, true, p.cols, COLS);
      assert_memory_equal(kept, p.cols, n * sizeof *kept);
      p.model.type->project(&p.model, p.rows, ROWS); /* either factor */
      assert_true(p.model.type->rows_valid(&p.model, p.rows, ROWS, &which));
    } else {
      assert_true(broken == 0 || p.model.type->divisor || p.model.type->fixed || p.model.type->draw);
    }
    free(kept);
    problem_end(&p);
  }
}

static void invalid_rows_are_found(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    problem_start(&p, spec, 16);
    const uint32_t stride = p.model.stride, bad = 5, end = p.model.lanes + p.model.n_state;
    const struct {
      uint32_t k;
      float value;
    } faults[] = {{0, NAN},
                  {0, INFINITY},
                  {stride - 1, p.model.rank < stride && end < stride + !p.model.n_state ? 1e-6f : NAN},
                  {p.model.n_state ? p.model.lanes : 0, p.model.n_state ? -1e-6f : NAN},
                  {p.model.n_state ? p.model.lanes : 0, NAN}};
    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++) {
      uint32_t which = UINT32_MAX;
      float *entry = p.rows + bad * stride + faults[f].k, kept = *entry;
      *entry = faults[f].value;
      assert_false(p.model.type->rows_valid(&p.model, p.rows, ROWS, &which));
      assert_int_equal(which, bad);
      *entry = kept;
      assert_true(p.model.type->rows_valid(&p.model, p.rows, ROWS, &which));
      entry = p.cols + bad * stride + faults[f].k;
      *entry = faults[f].value;
      which = UINT32_MAX;
      assert_false(p.model.type->cols_valid(&p.model, p.cols, COLS, &which));
      assert_int_equal(which, bad);
    }
    problem_end(&p);
  }
  struct problem p;
  uint32_t which;
  problem_start(&p, "lda", 16);
  p.rows[0] += 1e-4f; /* off the simplex */
  assert_false(p.model.type->rows_valid(&p.model, p.rows, ROWS, &which));
  p.cols[0] = -p.cols[0];
  assert_false(p.model.type->cols_valid(&p.model, p.cols, COLS, &which));
  problem_end(&p);
}

/* What test metrics are, made of sums that are added in double. */
static double squared_root(double mean) {
  return sqrt(mean);
}
static double exponential(double mean) {
  return exp(mean);
}
static double itself(double mean) {
  return mean;
}
static const struct {
  const char *name;
  double (*of)(double mean); /* NULL: has a test of its own (test_auc) */
} metrics[] = {{"rmse", squared_root}, {"perplexity", exponential}, {"kl", itself}, {"1-auc", NULL}};
enum { METRICS = sizeof metrics / sizeof metrics[0] };

static void scores_equal_the_reference(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    problem_start(&p, spec, 17);
    for (size_t from = 0; from < POINTS; from += 50)
      problem_learn(&p, p.points + from, 50, (float)r->step);
    problem_stat(&p);
    struct naive n;
    naive_start(&n, &p);
    struct fg_score expected = {0}, score = {0};
    for (size_t k = 0; k < POINTS; k++) {
      expected.loss += r->loss_of(&n, p.points[k]);
      expected.metric += r->metric_of(&n, p.points[k]);
      expected.weight += p.model.type->needs_counts || r->weighted ? p.points[k].value : 1;
    }
    p.model.type->score(&p.model, &p.view, p.points, 100, &score); /* adds up over calls */
    p.model.type->score(&p.model, &p.view, p.points + 100, POINTS - 100, &score);
    assert_true(fabs(score.loss - expected.loss) <= 1e-6 * fabs(expected.loss));
    assert_true(fabs(score.metric - expected.metric) <= 1e-6 * fabs(expected.metric));
    assert_true(score.weight == expected.weight);
    size_t m = 0;
    while (m < METRICS && strcmp(p.model.type->metric_name, metrics[m].name) != 0)
      m++;
    assert_true(m < METRICS);
    assert_true(!metrics[m].of || p.model.type->metric(&score) == metrics[m].of(score.metric / score.weight));
    assert_true(isnan(p.model.type->metric(&(struct fg_score){0})));
    naive_end(&n);
    problem_end(&p);
  }
}

static void initial_rows_are_a_function_of_seed_and_index(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    problem_start(&p, spec, 18);
    const struct fg_model_type *type = p.model.type;
    const uint32_t stride = p.model.stride;
    const size_t bytes = stride * sizeof(float);
    bool single = (r->one_start && p.model.rank == 1) || r->counted_rows; /* the simplex is one point; no counts yet */
    for (int side = 0; side < 2; side++) {
      void (*init)(const struct fg_model *, uint32_t, float *) = side ? type->init_col : type->init_row;
      const float *factor = side ? p.cols : p.rows;
      for (uint32_t index = COLS < ROWS ? COLS : ROWS; index-- > 0;) { /* in another order than the fixture */
        float *row = factor_new(1, stride), *other = factor_new(1, stride);
        init(&p.model, index, row);
        assert_memory_equal(row, factor + index * stride, bytes);
        if (!single || (side && type->divisor)) {
          init(&p.model, index + 1, other);
          assert_memory_not_equal(row, other, bytes);
          struct fg_model reseeded = p.model;
          reseeded.seed_init++;
          memset(other, 0, bytes);
          init(&reseeded, index, other);
          assert_memory_not_equal(row, other, bytes);
          memset(other, 0, bytes);
          (side ? type->init_row : type->init_col)(&p.model, index, other);
          assert_memory_not_equal(row, other, bytes);
        }
        for (uint32_t k = p.model.rank; k < stride; k++)
          assert_true(row[k] == (r->counted_rows && k >= p.model.lanes && k < p.model.lanes + p.model.n_state));
        free(row);
        free(other);
      }
    }
    problem_end(&p);
  }
}

static void flops_are_those_of_the_reference(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    struct naive n;
    problem_start(&p, spec, 19);
    naive_start(&n, &p);
    for (size_t k = 0; k < POINTS; k++)
      (r->update ? r->update : r->draw_flops)(&n, p.points[k], r->step, p.stat);
    double counted = (double)n.flops / POINTS, said = p.model.type->flops(&p.model);
    if (!(said < 2 * counted + 20 && counted < 2 * said))
      fail_msg("%s: %g flop said, %g counted", spec, said, counted);
    naive_end(&n);
    problem_end(&p);
  }
}

/* After many updates the running statistic is that of the columns; after a rescale it is 1 (degree 1), or at most
 * 1: what was above is 1, the rest as it was (degree 2). */
static void statistic_stays_that_of_the_columns(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    problem_start(&p, spec, 20);
    const struct fg_model_type *type = p.model.type;
    assert_true((type->stat != NULL) == (p.model.n_stat > 0));
    if (type->stat) {
      double running[FG_RANK_MAX];
      for (int pass = 0; pass < 20; pass++)
        for (size_t from = 0; from < POINTS; from += 50)
          problem_learn(&p, p.points + from, 50, (float)(r->step / (pass + 1)));
      memcpy(running, p.stat, p.model.n_stat * sizeof *running);
      problem_stat(&p);
      for (uint32_t k = 0; k < p.model.n_stat; k++)
        assert_true(fabs(running[k] - p.stat[k]) < 1e-4 * fmax(1, p.stat[k]));
      if (type->divisor) {
        size_t above = 0;
        for (uint32_t k = 0; k < p.model.rank; k++) /* an atom that has grown */
          for (uint32_t j = 0; type->stat_degree == 2 && k % 2 && j < COLS; j++)
            p.cols[j * p.model.stride + k] *= 4;
        problem_stat(&p);
        memcpy(running, p.stat, p.model.n_stat * sizeof *running);
        problem_rescale(&p, p.stat);
        problem_stat(&p);
        for (uint32_t k = 0; k < p.model.n_stat; k++) {
          assert_true(fabs(p.stat[k] - (type->stat_degree == 2 ? fmin(running[k], 1) : 1)) < 1e-5);
          assert_true(fabs(fg_stat_divided(type, running[k], type->divisor(&p.model, running[k])) - p.stat[k]) < 1e-5);
          above += running[k] > 1;
        }
        assert_true(above > 0 || p.model.rank == 1);
      }
    }
    problem_end(&p);
  }
}

/* The statistic is additive over column blocks. */
static void statistic_adds_over_blocks(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    problem_start(&p, spec, 21);
    double parts[FG_RANK_MAX] = {0};
    if (p.model.type->stat) {
      p.model.type->stat(&p.model, p.cols, p.col_weight, 6, parts);
      p.model.type->stat(&p.model, p.cols + 6 * p.model.stride, p.col_weight + 6, COLS - 6, parts);
      for (uint32_t k = 0; k < p.model.n_stat; k++)
        assert_true(fabs(parts[k] - p.stat[k]) < 1e-12 * fmax(1, p.stat[k]));
    }
    problem_end(&p);
  }
}

/* Weights, statistics and counts of 0 and stale statistics below 0 give no NaN and leave the simplex alone. */
static void empty_rows_columns_and_topics_do_no_harm(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    uint32_t which;
    problem_start(&p, spec, 22);
    const struct fg_model_type *type = p.model.type;
    struct fg_point zero = p.points[0];
    zero.value = 0;
    p.row_weight[0] = p.col_weight[0] = 0;
    p.row_weight[zero.row] = p.col_weight[zero.col] = 0;
    if (p.model.n_stat > 0)
      p.stat[0] = -1;
    if (p.model.n_stat > 1)
      p.stat[1] = 0;
    struct fg_point points[] = {zero, {0, 0, 3}, {0, 1, 1}, {1, 0, 1}};
    struct fg_score score = {0};
    type->score(&p.model, &p.view, points, 4, &score);
    assert_true(isfinite(score.loss) && isfinite(score.metric));
    problem_learn(&p, points, 4, 0.01f);
    if (type->divisor)
      problem_rescale(&p, (double[FG_RANK_MAX]){0});
    assert_true(type->rows_valid(&p.model, p.rows, ROWS, &which));
    assert_true(type->cols_valid(&p.model, p.cols, COLS, &which));
    for (uint32_t k = 0; k < p.model.n_stat; k++)
      assert_true(isfinite(p.stat[k]));
    problem_end(&p);
  }
}

/* A point without tokens leaves its row and column as they are, also where both are empty. */
static void empty_point_changes_nothing(void **state) {
  (void)state;
  struct problem p;
  problem_start(&p, "lda", 23);
  struct fg_point point = {2, 3, 0};
  p.row_weight[2] = p.col_weight[3] = 0;
  float *rows = factor_new(ROWS, p.model.stride);
  memcpy(rows, p.rows, ROWS * p.model.stride * sizeof *rows);
  p.model.type->update(&p.model, &p.view, &point, 1, 1);
  assert_memory_equal(rows, p.rows, ROWS * p.model.stride * sizeof *rows);
  free(rows);
  problem_end(&p);
}

/* nmf: a point that is 0 says so, its prediction is what it costs, and updates bring it down; the other points of its
 * row are not there at all. Divergence is bounded where the factors have almost vanished. */
static void zeros_are_observed(void **state) {
  (void)state;
  const char *const specs[] = {"nmf:rank=5,l2=0", "nmf:rank=5,l2=0,loss=squared"};
  for (int s = 0; s < 2; s++) {
    struct problem p;
    problem_start(&p, specs[s], 23);
    const struct fg_model_type *type = p.model.type;
    struct fg_point zero = {2, 3, 0}, one = {2, 3, 1};
    struct fg_score before = {0}, after = {0}, far = {0};
    double dot = 0;
    for (uint32_t k = 0; k < p.model.rank; k++)
      dot += (double)p.rows[2 * p.model.stride + k] * p.cols[3 * p.model.stride + k];
    type->score(&p.model, &p.view, &zero, 1, &before);
    assert_true(fabs(before.metric - (s ? dot * dot : dot)) < 1e-6 * dot);
    for (int i = 0; i < 2000; i++)
      type->update(&p.model, &p.view, &zero, 1, (float)type->default_step);
    type->score(&p.model, &p.view, &zero, 1, &after);
    assert_true(after.metric < 0.01 * before.metric);
    type->score(&p.model, &p.view, &one, 1, &far);
    assert_true(far.metric > 0.5 && far.metric < 100);
    for (int i = 0; i < 2000; i++) /* and back again */
      type->update(&p.model, &p.view, &one, 1, (float)type->default_step);
    memset(&after, 0, sizeof after);
    type->score(&p.model, &p.view, &one, 1, &after);
    assert_true(after.metric < 0.01);
    problem_end(&p);
  }
}

/* nmf, loss=kl: however far a value is above the others, a step does not overshoot it by much, and many find it; what
 * is multiplied never comes near 0, neither by an update nor by a projection. */
static void multiplied_factors_stay_in_reach(void **state) {
  (void)state;
  struct problem p;
  problem_start(&p, "nmf:rank=5,l2=0", 26);
  const struct fg_model_type *type = p.model.type;
  const uint32_t stride = p.model.stride;
  const double lowest = 1e-6 * sqrt(p.model.mean / 5);
  struct fg_point far = {2, 3, 1e6f};
  float *u = p.rows + 2 * stride, *w = p.cols + 3 * stride;
  for (int i = 0; i < 50; i++) {
    double dot = 0;
    type->update(&p.model, &p.view, &far, 1, 100);
    for (uint32_t k = 0; k < 5; k++)
      dot += (double)u[k] * w[k];
    assert_true(dot < 1.5e6 && (i < 30 || fabs(dot - 1e6) < 1e3));
  }
  for (int by = 0; by < 2; by++) {
    for (uint32_t k = 0; k < 5; k++)
      u[k] = w[k] = 1e-20f;
    if (by) {
      type->project(&p.model, p.rows, ROWS);
      fg_model_project(&p.model, true, p.cols, COLS);
    } else {
      type->update(&p.model, &p.view, &(struct fg_point){2, 3, 0}, 1, 0.1f);
    }
    for (uint32_t k = 0; k < 5; k++)
      assert_true(u[k] > 0.99 * lowest && w[k] > 0.99 * lowest);
  }
  problem_end(&p);
}

/* A clamp at 0 must not make an ordinary column of one whose update has overflowed. */
static void overflow_is_not_clamped_away(void **state) {
  (void)state;
  const char *const specs[] = {"nmf:rank=5,loss=squared", "nmf:rank=5,loss=squared,l2=0 adagrad",
                               "mmnd:rank=5,loss=squared", "lda:rank=5,loss=squared"};
  for (int s = 0; s < 4; s++) {
    struct problem p;
    uint32_t which;
    problem_start(&p, specs[s], 29);
    for (uint32_t k = 0; k < 5; k++) {
      p.cols[3 * p.model.stride + k] = 1e38f;
      p.rows[2 * p.model.stride + k] *= s < 2 ? 1e10f : 1;
    }
    p.model.type->update(&p.model, &p.view, &(struct fg_point){2, 3, 1}, 1, 1e3f);
    assert_false(p.model.type->cols_valid(&p.model, p.cols, COLS, &which));
    assert_int_equal(which, 3);
    problem_end(&p);
  }
}

/* Nor may a row hide it whose entries are finite before the projection, and their sum is not. */
static void overflow_of_a_row_shows_in_its_column(void **state) {
  (void)state;
  const char *const specs[] = {"mmnd:rank=5,loss=squared", "mmnd:rank=16,loss=squared", "lda:rank=5,loss=squared",
                               "lda:rank=130,loss=squared"};
  struct problem p;
  uint32_t which;
  for (int s = 0; s < 4; s++) {
    problem_start(&p, specs[s], 29);
    for (uint32_t k = 0; k < p.model.rank; k++)
      p.cols[3 * p.model.stride + k] = 10;
    p.model.type->update(&p.model, &p.view, &(struct fg_point){2, 3, 1}, 1, 2e36f);
    assert_false(p.model.type->cols_valid(&p.model, p.cols, COLS, &which));
    assert_int_equal(which, 3);
    problem_end(&p);
  }
}

/* dict: atoms that have left the ball since a release are scored, and codes inferred, as if they were back in it. */
static void atoms_are_scored_inside_the_ball(void **state) {
  (void)state;
  struct problem p;
  struct fg_score score[2] = {{0}};
  problem_start(&p, "dict:rank=6", 27);
  const struct fg_model_type *type = p.model.type;
  float *code[2] = {factor_new(1, p.model.stride), factor_new(1, p.model.stride)}, weight;
  for (uint32_t j = 0; j < COLS; j++)
    for (uint32_t k = 0; k < 6; k += 2)
      p.cols[j * p.model.stride + k] *= 5;
  for (int back = 0; back < 2; back++) {
    problem_stat(&p);
    assert_true(back ? p.stat[0] < 1 + 1e-5 : p.stat[0] > 4);
    type->score(&p.model, &p.view, p.points, POINTS, &score[back]);
    assert_int_equal(type->fold_in(&p.model, &p.view, p.points, 20, code[back], &weight), FG_OK);
    problem_rescale(&p, p.stat);
  }
  assert_true(fabs(score[0].loss - score[1].loss) < 1e-5 * score[1].loss);
  assert_true(fabs(score[0].metric - score[1].metric) < 1e-5 * score[1].metric);
  for (uint32_t k = 0; k < 6; k++)
    assert_true(fabsf(code[0][k] - code[1][k]) < 1e-4f);
  free(code[0]);
  free(code[1]);
  problem_end(&p);
}

/* mmnd: a pair that shares a community, if only a little, is ranked before one that shares none, whatever its degrees,
 * although the smoothed likelihood of the second may be higher; of such pairs degrees decide. */
static void communities_are_ranked_before_degrees(void **state) {
  (void)state;
  struct problem p;
  problem_start(&p, "mmnd:rank=2", 28);
  memset(p.rows, 0, ROWS * p.model.stride * sizeof *p.rows);
  memset(p.cols, 0, COLS * p.model.stride * sizeof *p.cols);
  for (uint32_t i = 0; i < ROWS; i++)
    p.rows[i * p.model.stride] = 1;
  for (uint32_t j = 0; j < COLS; j++)
    p.cols[j * p.model.stride + 1] = 1;
  p.cols[0] = 0.2f; /* a thousandth of what the rows' community links to */
  p.cols[1] = 0.8f;
  p.cols[3 * p.model.stride] = 1;
  p.cols[3 * p.model.stride + 1] = 0;
  p.col_weight[0] = 5;
  p.col_weight[1] = 40;
  p.col_weight[2] = 10;
  p.col_weight[3] = 999;
  problem_stat(&p);
  for (uint32_t first = 0; first < 3; first += 2)
    for (uint32_t link = 0; link < 2; link++) {
      struct fg_point pair[] = {{1, first == 0 ? 0 : 2, !link}, {1, 1, link}};
      struct fg_score score = {0};
      p.model.type->score(&p.model, &p.view, pair, 2, &score);
      assert_true(p.model.type->metric(&score) == ((first == 0) == (link == 0) ? 0 : 1));
    }
  problem_end(&p);
}

/* mmnd: pairs are ranked alike whatever the unit of the links' weights is. */
static void ranks_do_not_depend_on_the_unit(void **state) {
  (void)state;
  const char *const specs[] = {"mmnd:rank=5", "mmnd:rank=5,loss=squared"};
  for (int s = 0; s < 4; s++) {
    struct problem p;
    const float unit = s < 2 ? 0x1p30f : 0x1p-30f; /* exact */
    struct fg_score score[2] = {{0}};
    problem_start(&p, specs[s % 2], 25);
    struct fg_model *m = &p.model;
    for (int times = 0; times < 2; times++) {
      for (size_t i = 0; i < POINTS; i++) {
        p.points[i].value = i % 3 ? p.points[i].value : 0;
        m->type->score(m, &p.view, &p.points[i], 1, &score[times]);
      }
      m->total *= unit;
      m->mean *= unit;
      m->square *= unit * unit;
      m->par.value[FG_MMND_ALPHA] *= unit;
      for (uint32_t k = 0; k < m->n_stat; k++)
        p.stat[k] *= unit;
      for (uint32_t i = 0; i < ROWS; i++)
        p.row_weight[i] *= unit;
      for (uint32_t j = 0; j < COLS; j++)
        p.col_weight[j] *= unit;
      for (size_t i = 0; i < POINTS; i++)
        p.points[i].value *= unit;
    }
    assert_memory_equal(score[0].links, score[1].links, sizeof score[0].links);
    assert_memory_equal(score[0].others, score[1].others, sizeof score[0].others);
    problem_end(&p);
  }
}

/* Fold-in finds a minimum over the row: no small allowed change of it lowers the objective of its points. */
static void folded_rows_are_optimal(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    problem_start(&p, spec, 24);
    const struct fg_model_type *type = p.model.type;
    for (size_t from = 0; from < POINTS; from += 50)
      problem_learn(&p, p.points + from, 50, (float)r->step);
    problem_stat(&p);
    struct fg_point points[COLS];
    size_t n = 0;
    double length = 0;
    for (size_t k = 0; k < POINTS; k++)
      if (p.points[k].row == 4) {
        points[n] = p.points[k];
        length += points[n++].value;
      }
    float weight = -1, *row = p.rows + 4 * p.model.stride;
    assert_true(n > 3);
    for (uint32_t k = 0; k < p.model.stride; k++)
      row[k] = NAN; /* must not be read */
    assert_int_equal(type->fold_in(&p.model, &p.view, points, n, row, &weight), FG_OK);
    assert_true(weight == (float)length);
    p.row_weight[4] = weight;
    uint32_t which;
    assert_true(type->rows_valid(&p.model, p.rows, ROWS, &which));

    struct naive naive;
    naive_start(&naive, &p);
    double (*objective)(const struct naive *, struct fg_point) = r->objective ? r->objective : r->loss_of;
    const double total = r->simplex_rows ? 1 : r->counted_rows ? length : 0; /* of a row's entries; 0: any */
    double *wide = naive.rows + 4 * naive.rank, best = r->penalty ? r->penalty(&naive, wide, length) : 0;
    for (size_t k = 0; k < n; k++)
      best += objective(&naive, points[k]);
    struct fg_rng rng;
    fg_rng_start(&rng, 5, FG_STREAM_GENERATE, 1, 0);
    for (int trial = 0; trial < 200; trial++) {
      double kept[FG_RANK_MAX], size = trial % 2 ? 0.1 : 0.01, sum = 0, here;
      memcpy(kept, wide, naive.rank * sizeof *kept);
      for (uint32_t k = 0; k < naive.rank; k++) {
        /* on the simplex: toward a random corner's neighbourhood, which keeps entries >= 0 */
        if (total > 0)
          wide[k] = (1 - size) * kept[k] + size * total * pow(fg_rng_uniform(&rng), 8);
        else
          wide[k] += size * (fg_rng_uniform(&rng) - 0.5);
        if (r->nonnegative_rows)
          wide[k] = fmax(wide[k], 0);
        sum += wide[k];
      }
      for (uint32_t k = 0; total > 0 && k < naive.rank; k++)
        wide[k] *= total / sum;
      here = r->penalty ? r->penalty(&naive, wide, length) : 0;
      for (size_t k = 0; k < n; k++)
        here += objective(&naive, points[k]);
      if (!(here >= best - 1e-6 * fabs(best)))
        fail_msg("%s: %.9g below %.9g", spec, here, best);
      memcpy(wide, kept, naive.rank * sizeof *kept);
    }
    naive_end(&naive);
    problem_end(&p);
  }
}

/* A row made from known factors is found again. */
static void folded_rows_recover_the_truth(void **state) {
  (void)state;
  struct problem p;
  float row[FG_LANES] __attribute__((aligned(FG_ALIGN))), weight;
  struct fg_point points[COLS];

  problem_start(&p, "mf:rank=4,l2=0,init=1", 25);
  const float u[4] = {1, -2, 0.5f, 3};
  for (uint32_t j = 0; j < COLS; j++) {
    double x = p.model.mean;
    for (int k = 0; k < 4; k++)
      x += u[k] * p.cols[j * p.model.stride + k];
    points[j] = (struct fg_point){0, j, (float)x};
  }
  assert_int_equal(p.model.type->fold_in(&p.model, &p.view, points, COLS, row, &weight), FG_OK);
  for (int k = 0; k < 4; k++)
    assert_true(fabsf(row[k] - u[k]) < 1e-4f);
  problem_end(&p);

  problem_start(&p, "additive:ridge=1e-6", 25);
  for (uint32_t j = 0; j < COLS; j++)
    points[j] = (struct fg_point){0, j, 0.75f + p.cols[j * p.model.stride]};
  assert_int_equal(p.model.type->fold_in(&p.model, &p.view, points, COLS, row, &weight), FG_OK);
  assert_true(fabsf(row[0] - 0.75f) < 1e-4f);
  problem_end(&p);

  const char *const topic_specs[] = {"lda:topics=3", "lda:topics=3,loss=squared"};
  for (int s = 0; s < 2; s++) {
    problem_start(&p, topic_specs[s], 25);
    const double theta[3] = {0.6, 0.3, 0.1};
    for (uint32_t j = 0; j < COLS; j++) /* three topics with words of their own, and some in common */
      for (uint32_t k = 0; k < 3; k++)
        p.cols[j * p.model.stride + k] = j % 4 == k ? 0.8f : 0.1f + (float)(j % 4 == 3) * 0.7f / 3;
    problem_stat(&p);
    for (uint32_t j = 0; j < COLS; j++) {
      double share = 0;
      for (uint32_t k = 0; k < 3; k++)
        share += theta[k] * p.model.type->top_weight(&p.model, &p.view, j, k);
      points[j] = (struct fg_point){0, j, (float)round(1e6 * share)};
    }
    assert_int_equal(p.model.type->fold_in(&p.model, &p.view, points, COLS, row, &weight), FG_OK);
    for (int k = 0; k < 3; k++)
      assert_true(fabs(row[k] - theta[k]) < 1e-3);
    problem_end(&p);
  }
}

static void folding_nothing_in_gives_a_valid_row(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    uint32_t which;
    float weight = -1;
    problem_start(&p, spec, 26);
    assert_int_equal(p.model.type->fold_in(&p.model, &p.view, p.points, 0, p.rows, &weight), FG_OK);
    assert_true(weight == 0);
    assert_true(p.model.type->rows_valid(&p.model, p.rows, 1, &which));
    problem_end(&p);
  }
}

/* Topics are distributions over the vocabulary, the counterpart of what the score uses. */
static void topics_sum_to_one(void **state) {
  (void)state;
  EACH_SPEC(spec, r) {
    struct problem p;
    problem_start(&p, spec, 27);
    bool topics = p.model.type->top_weight && strcmp(p.model.type->dimension, "topic") == 0;
    for (uint32_t k = 0; topics && k < p.model.rank; k++) {
      double sum = 0;
      for (uint32_t j = 0; j < COLS; j++)
        sum += p.model.type->top_weight(&p.model, &p.view, j, k);
      assert_true(fabs(sum - 1) < 1e-6);
    }
    problem_end(&p);
  }
}

/* nmf: shares of a column sum to 1, and the fewer its points the nearer they are to even. */
static void shares_need_evidence(void **state) {
  (void)state;
  struct problem p;
  problem_start(&p, "nmf:rank=4", 27);
  for (uint32_t j = 0; j < 3; j++)
    for (uint32_t k = 0; k < 4; k++)
      p.cols[j * p.model.stride + k] = k == 1 ? 3 : 1;
  p.col_weight[0] = (float)(1000 * p.model.total);
  p.col_weight[1] = 1;
  p.col_weight[2] = 0;
  double share[3];
  for (uint32_t j = 0; j < 3; j++) {
    double sum = 0;
    for (uint32_t k = 0; k < 4; k++)
      sum += p.model.type->top_weight(&p.model, &p.view, j, k);
    assert_true(fabs(sum - 1) < 1e-9);
    share[j] = p.model.type->top_weight(&p.model, &p.view, j, 1);
  }
  assert_true(fabs(share[0] - 0.5) < 1e-3);
  assert_true(share[1] > 0.25 && share[1] < 0.3);
  assert_true(share[2] == 0.25);
  problem_end(&p);
}

/* The projection of loss=squared against sorting, from far outside and from ties. */
static void projection_equals_sorting(void **state) {
  (void)state;
  struct problem p;
  problem_start(&p, "lda:topics=21,loss=squared", 28);
  struct fg_rng rng;
  fg_rng_start(&rng, 6, FG_STREAM_GENERATE, 2, 0);
  int corners = 0;
  for (int trial = 0; trial < 500; trial++) {
    struct naive n;
    struct fg_point z = p.points[trial % POINTS];
    float *theta = p.rows + z.row * p.model.stride, *w = p.cols + z.col * p.model.stride;
    double sum = 0;
    for (uint32_t k = 0; k < p.model.rank; k++) {
      theta[k] = trial % 3 ? (float)pow(fg_rng_uniform(&rng), 6) : 1;
      sum += theta[k];
      w[k] = trial % 5 ? (float)(10 * fg_rng_uniform(&rng)) : (float)fg_rng_below(&rng, 3);
    }
    for (uint32_t k = 0; k < p.model.rank; k++)
      theta[k] = (float)(theta[k] / sum);
    naive_start(&n, &p);
    double eta = pow(10, -3 + 3 * fg_rng_uniform(&rng));
    reference_lda_squared.update(&n, z, eta, NULL);
    p.model.type->update(&p.model, &p.view, &z, 1, (float)eta);
    double d = difference(n.rows, p.rows, ROWS, n.rank, p.model.stride, 1);
    if (!(d < 2e-5))
      fail_msg("trial %d: off by %g", trial, d);
    for (uint32_t k = 0; k < p.model.rank; k++)
      corners += theta[k] == 0;
    naive_end(&n);
  }
  assert_true(corners > 1000); /* entries that left the support: the case that matters */
  problem_end(&p);
}

static void specifications_are_checked(void **state) {
  (void)state;
  struct fg_model model;
  struct fg_fault fault;
  assert_int_equal(fg_model_parse("nosuch", &model, &fault), FG_EUSAGE);
  for (size_t t = 0; fg_model_types[t]; t++) /* it lists what there is */
    assert_non_null(strstr(fault.text, fg_model_types[t]->name));
  assert_int_equal(fg_model_parse("mf:rank=0", &model, &fault), FG_EUSAGE);
  assert_int_equal(fg_model_parse("mf:rank=1025", &model, &fault), FG_EUSAGE);
  assert_int_equal(fg_model_parse("additive:rank=2", &model, &fault), FG_EUSAGE);
  assert_int_equal(fg_model_parse("additive:ridge=0", &model, &fault), FG_EUSAGE);
  assert_int_equal(fg_model_parse("lda:beta=0", &model, &fault), FG_EUSAGE);
  assert_int_equal(fg_model_parse("lda:loss=other", &model, &fault), FG_EUSAGE);
  assert_null(fg_model_find("nosuch"));

  assert_int_equal(fg_model_parse("mf:topics=33,l2=0.5", &model, &fault), FG_OK);
  assert_int_equal(model.rank, 33);
  assert_int_equal(model.stride, 48);
  assert_true(fg_model_param(&model, "l2") == 0.5);
  assert_int_equal(fg_model_parse("mf:rank=15,bias=yes", &model, &fault), FG_OK);
  assert_int_equal(model.rank, 17);
  assert_int_equal(model.stride, 32);
  assert_int_equal(fg_model_parse("lda", &model, &fault), FG_OK);
  assert_ptr_equal(model.type, fg_model_find("lda"));
  assert_int_equal(model.stride, 32);
  struct fg_grid grid = {.rows = 3, .cols = 4, .n_train = 4, .train_sum = 10};
  assert_int_equal(fg_model_bind(&model, &grid, 1, &fault), FG_EINPUT);
  grid.counts = true;
  assert_int_equal(fg_model_bind(&model, &grid, 1, &fault), FG_OK);
  assert_int_equal(model.n_stat, 20);
  assert_true(model.mean == 2.5 && model.total == 10 && model.rows == 3 && model.cols == 4);
  assert_int_equal(fg_model_parse("lda:loss=squared", &model, &fault), FG_OK);
  assert_ptr_equal(model.type, &fg_model_lda_squared);
  assert_true(model.type->params == fg_lda_params);

  /* state lies behind the lanes of what has a gradient step; the rest refuses, by name */
  const char *const gradient[] = {"mf:rank=33", "mf:rank=15,bias=yes", "nmf:rank=33,loss=squared"};
  const char *const other[] = {"lda", "lda:loss=squared", "nmf", "dict", "mmnd", "mmnd:loss=squared", "additive"};
  for (size_t i = 0; i < sizeof gradient / sizeof gradient[0]; i++) {
    assert_int_equal(fg_model_parse(gradient[i], &model, &fault), FG_OK);
    assert_int_equal(fg_model_width(&model), model.rank);
    uint32_t stride = model.stride;
    assert_int_equal(fg_model_take_steps(&model, FG_STEP_SQRT, &fault), FG_OK);
    assert_true(model.n_state == 0 && model.stride == stride && model.lanes == stride);
    assert_int_equal(fg_model_take_steps(&model, FG_STEP_ADAGRAD, &fault), FG_OK);
    assert_true(model.n_state > 0 && model.lanes == stride && model.stride == stride + FG_LANES);
    assert_int_equal(fg_model_width(&model), stride + model.n_state);
  }
  for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
    assert_int_equal(fg_model_parse(other[i], &model, &fault), FG_OK);
    assert_int_equal(fg_model_take_steps(&model, FG_STEP_ADAGRAD, &fault), FG_EUSAGE);
    assert_non_null(strstr(fault.text, model.type->name));
    assert_int_equal(model.n_state, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_of_the_table_is_tested),
      cmocka_unit_test(one_update_is_exact),
      cmocka_unit_test(updates_follow_the_gradient),
      cmocka_unit_test(ascends_the_likelihood),
      cmocka_unit_test(batches_follow_the_reference),
      cmocka_unit_test(batches_are_their_points_in_turn),
      cmocka_unit_test(constraints_hold_after_every_batch),
      cmocka_unit_test(invalid_rows_are_found),
      cmocka_unit_test(projection_restores_constraints),
      cmocka_unit_test(scores_equal_the_reference),
      cmocka_unit_test(initial_rows_are_a_function_of_seed_and_index),
      cmocka_unit_test(flops_are_those_of_the_reference),
      cmocka_unit_test(statistic_stays_that_of_the_columns),
      cmocka_unit_test(statistic_adds_over_blocks),
      cmocka_unit_test(empty_rows_columns_and_topics_do_no_harm),
      cmocka_unit_test(empty_point_changes_nothing),
      cmocka_unit_test(zeros_are_observed),
      cmocka_unit_test(multiplied_factors_stay_in_reach),
      cmocka_unit_test(overflow_is_not_clamped_away),
      cmocka_unit_test(overflow_of_a_row_shows_in_its_column),
      cmocka_unit_test(atoms_are_scored_inside_the_ball),
      cmocka_unit_test(communities_are_ranked_before_degrees),
      cmocka_unit_test(ranks_do_not_depend_on_the_unit),
      cmocka_unit_test(folded_rows_are_optimal),
      cmocka_unit_test(folded_rows_recover_the_truth),
      cmocka_unit_test(folding_nothing_in_gives_a_valid_row),
      cmocka_unit_test(topics_sum_to_one),
      cmocka_unit_test(shares_need_evidence),
      cmocka_unit_test(projection_equals_sorting),
      cmocka_unit_test(specifications_are_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
