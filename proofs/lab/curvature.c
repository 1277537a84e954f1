/* From one update of the model to curvature and gradient noise of a block. */
#include "proofs/lab/curvature.h"

#include "core/rng.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Differences move the place by this share of the parameters' root mean square: the error by the third derivative goes
 * with its square, that by float32 with its inverse. */
#define SHARE (1.0 / 256)

enum { PROBES = 16, ITERATIONS = 24, PAIRS = 4 };

struct fg_field {
  const struct fg_model *model;
  struct fg_view view; /* a copy of the block's factors */
  uint32_t rows, cols;
  size_t dimension;
  struct fg_point *point;
  uint64_t n;
  bool all; /* the points are those of the block, not a sample */
  float step;
  double *others;      /* the part of the statistic that other column blocks have */
  double *stat, *home; /* at the place, kept while an update, while a line changes view.stat */
  float *line[2];      /* the two lines that an update touches, kept likewise */
  double *psi, *plus, *minus, *g_plus, *g_minus;
};

static float *new_lines(uint32_t n, uint32_t stride) {
  size_t bytes = ((size_t)n * stride + FG_LANES) / FG_LANES * FG_LANES * sizeof(float);
  bytes = (bytes + FG_ALIGN - 1) / FG_ALIGN * FG_ALIGN;
  float *lines = aligned_alloc(FG_ALIGN, bytes);
  if (lines)
    memset(lines, 0, bytes);
  return lines;
}

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the curvature of a block");
}

static enum fg_err not_finite(struct fg_fault *fault) {
  return fg_fail(fault, FG_EDIVERGED, NULL, 0, "the curvature of a block: an update is not finite");
}

/* All points of the block, or a sample of them. */
static enum fg_err draw_points(struct fg_field *f, const struct fg_block *block, const struct fg_curvature_plan *plan) {
  f->all = plan->points == 0 || plan->points >= block->n;
  f->n = f->all ? block->n : plan->points;
  f->point = malloc((f->n + 1) * sizeof *f->point);
  struct fg_rng rng;
  if (!f->point)
    return FG_ENOMEM;
  if (f->all) {
    fg_block_read(block, 0, block->n, f->point);
    return FG_OK;
  }
  fg_rng_start(&rng, plan->seed, FG_STREAM_GENERATE, 0, 0);
  for (uint64_t i = 0; i < f->n; i++)
    fg_block_read(block, (size_t)(fg_rng_uniform(&rng) * (double)block->n), 1, &f->point[i]);
  return FG_OK;
}

/* The statistic at the place. */
static void follow(struct fg_field *f) {
  const struct fg_model *m = f->model;
  if (m->n_stat == 0)
    return;
  memcpy(f->view.stat, f->others, m->n_stat * sizeof *f->others);
  m->type->stat(m, f->view.col_factor, f->view.col_weight, f->cols, f->view.stat);
}

enum fg_err fg_field_new(const struct fg_run *run, const struct fg_curvature_plan *plan, struct fg_field **field,
                         struct fg_fault *fault) {
  const struct fg_model *m = &run->model;
  const struct fg_row_shard *rows = &run->factors.row[plan->row_block];
  const struct fg_col_block *cols = &run->factors.col[plan->col_block];
  const struct fg_block *block = fg_grid_train(&run->grid, plan->row_block, plan->col_block);
  *field = NULL;
  if (block->n == 0)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "block (%u, %u) has no points", plan->row_block, plan->col_block);
  struct fg_field *f = calloc(1, sizeof *f);
  if (!f)
    return no_memory(fault);
  f->model = m;
  f->rows = rows->rows;
  f->cols = cols->cols;
  f->dimension = ((size_t)f->rows + f->cols) * m->rank;
  f->step = (float)(plan->step > 0 ? plan->step : run->options.steps.eta0);
  f->view = (struct fg_view){new_lines(f->rows, m->stride), new_lines(f->cols, m->stride), rows->weight, cols->weight,
                             calloc(m->n_stat + 1, sizeof(double))};
  f->line[0] = new_lines(1, m->stride);
  f->line[1] = new_lines(1, m->stride);
  f->stat = calloc(m->n_stat + 1, sizeof *f->stat);
  f->home = calloc(m->n_stat + 1, sizeof *f->home);
  f->others = calloc(m->n_stat + 1, sizeof *f->others);
  f->psi = calloc(5 * f->dimension, sizeof *f->psi);
  enum fg_err err = draw_points(f, block, plan);
  if (!f->view.row_factor || !f->view.col_factor || !f->view.stat || !f->line[0] || !f->line[1] || !f->stat ||
      !f->home || !f->others || !f->psi)
    err = FG_ENOMEM;
  if (!err && m->n_stat)
    err = fg_factors_stat(&run->factors, m, f->others);
  if (err) {
    fg_field_free(f);
    return no_memory(fault);
  }
  f->plus = f->psi + f->dimension;
  f->minus = f->plus + f->dimension;
  f->g_plus = f->minus + f->dimension;
  f->g_minus = f->g_plus + f->dimension;
  memcpy(f->view.row_factor, rows->factor, (size_t)f->rows * m->stride * sizeof(float));
  memcpy(f->view.col_factor, cols->factor, (size_t)f->cols * m->stride * sizeof(float));
  if (m->n_stat) {
    m->type->stat(m, cols->factor, cols->weight, f->cols, f->stat);
    for (uint32_t k = 0; k < m->n_stat; k++)
      f->others[k] -= f->stat[k];
  }
  follow(f);
  *field = f;
  return FG_OK;
}

void fg_field_free(struct fg_field *f) {
  if (!f)
    return;
  free(f->view.row_factor);
  free(f->view.col_factor);
  free(f->view.stat);
  free(f->line[0]);
  free(f->line[1]);
  free(f->stat);
  free(f->home);
  free(f->others);
  free(f->psi);
  free(f->point);
  free(f);
}

size_t fg_field_dimension(const struct fg_field *f) {
  return f->dimension;
}

uint64_t fg_field_points(const struct fg_field *f) {
  return f->n;
}

/* Line i of either factor, rows before columns. */
static float *line_of(const struct fg_field *f, size_t i) {
  float *factor = i < f->rows ? f->view.row_factor : f->view.col_factor;
  return factor + (i < f->rows ? i : i - f->rows) * f->model->stride;
}

void fg_field_place(const struct fg_field *f, double *psi) {
  for (size_t i = 0; i < (size_t)f->rows + f->cols; i++)
    for (uint32_t k = 0; k < f->model->rank; k++)
      *psi++ = line_of(f, i)[k];
}

void fg_field_move(struct fg_field *f, const double *psi) {
  for (size_t i = 0; i < (size_t)f->rows + f->cols; i++)
    for (uint32_t k = 0; k < f->model->rank; k++)
      line_of(f, i)[k] = (float)*psi++;
  follow(f);
}

/* The same, and back to the model's constraints; *psi: where that is. */
static void move_within(struct fg_field *f, double *psi) {
  fg_field_move(f, psi);
  if (f->model->type->project) {
    fg_model_project(f->model, false, f->view.row_factor, f->rows);
    fg_model_project(f->model, true, f->view.col_factor, f->cols);
    follow(f);
  }
  fg_field_place(f, psi);
}

/* The update of one point with some step, taken back: its gradient, rank entries of the row and rank of the column. */
static void touch(struct fg_field *f, const struct fg_point *z, float step, double *g_row, double *g_col) {
  const struct fg_model *m = f->model;
  const size_t bytes = m->stride * sizeof(float), stat = m->n_stat * sizeof(double);
  float *u = line_of(f, z->row), *w = line_of(f, (size_t)f->rows + z->col);
  memcpy(f->line[0], u, bytes);
  memcpy(f->line[1], w, bytes);
  memcpy(f->stat, f->view.stat, stat);
  m->type->update(m, &f->view, z, 1, step);
  for (uint32_t k = 0; k < m->rank; k++) {
    g_row[k] = ((double)f->line[0][k] - u[k]) / step;
    g_col[k] = ((double)f->line[1][k] - w[k]) / step;
  }
  memcpy(u, f->line[0], bytes);
  memcpy(w, f->line[1], bytes);
  memcpy(f->view.stat, f->stat, stat);
}

/* Where the coordinates of the point's lines are. */
static size_t row_at(const struct fg_field *f, const struct fg_point *z) {
  return (size_t)z->row * f->model->rank;
}

static size_t col_at(const struct fg_field *f, const struct fg_point *z) {
  return ((size_t)f->rows + z->col) * f->model->rank;
}

void fg_field_of_point(struct fg_field *f, uint64_t i, double *g) {
  const struct fg_point *z = &f->point[i];
  memset(g, 0, f->dimension * sizeof *g);
  touch(f, z, f->step, g + row_at(f, z), g + col_at(f, z));
}

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

enum fg_err fg_field_gradient(struct fg_field *f, double *g, struct fg_fault *fault) {
  const uint32_t rank = f->model->rank;
  double some[2 * rank];
  memset(g, 0, f->dimension * sizeof *g);
  for (uint64_t i = 0; i < f->n; i++) {
    const struct fg_point *z = &f->point[i];
    double *row = g + row_at(f, z), *col = g + col_at(f, z);
    touch(f, z, f->step, some, some + rank);
    for (uint32_t k = 0; k < rank; k++) {
      row[k] += some[k] / (double)f->n;
      col[k] += some[rank + k] / (double)f->n;
    }
  }
  return isfinite(dot(g, g, f->dimension)) ? FG_OK : not_finite(fault);
}

/* How far along v to go: the largest entry moves by SHARE of the parameters' size. */
static double reach(const struct fg_field *f, const double *v) {
  double most = 0, size = sqrt(dot(f->psi, f->psi, f->dimension) / (double)f->dimension);
  for (size_t i = 0; i < f->dimension; i++)
    most = fmax(most, fabs(v[i]));
  return most > 0 ? SHARE * (size > 0 ? size : 1) / most : 0;
}

/* Places plus and minus, symmetric about psi, where that can be, in what the constraints leave of direction v. False:
 * of no length. */
static bool aim(struct fg_field *f, const double *v, double *far) {
  size_t d = f->dimension;
  fg_field_place(f, f->psi);
  *far = reach(f, v);
  for (size_t i = 0; i < d; i++)
    f->plus[i] = f->psi[i] + *far * v[i];
  move_within(f, f->plus);
  for (size_t i = 0; i < d; i++)
    f->minus[i] = 2 * f->psi[i] - f->plus[i];
  move_within(f, f->minus);
  fg_field_move(f, f->psi);
  return *far > 0;
}

enum fg_err fg_field_product(struct fg_field *f, const double *v, double *out, struct fg_fault *fault) {
  double far;
  memset(out, 0, f->dimension * sizeof *out);
  if (!aim(f, v, &far))
    return FG_OK;
  fg_field_move(f, f->plus);
  enum fg_err err = fg_field_gradient(f, f->g_plus, fault);
  fg_field_move(f, f->minus);
  if (!err)
    err = fg_field_gradient(f, f->g_minus, fault);
  fg_field_move(f, f->psi);
  for (size_t i = 0; i < f->dimension && !err; i++)
    out[i] = (f->g_plus[i] - f->g_minus[i]) / (2 * far);
  return err;
}

/* v becomes what constraints leave of it. */
static void keep_free(struct fg_field *f, double *v) {
  double far;
  for (int side = 0; side < 2 && f->model->type->fixed; side++) {
    uint32_t k = f->model->type->fixed(f->model, side);
    for (size_t i = side ? f->rows : 0; i < (size_t)f->rows + (side ? f->cols : 0) && k < f->model->rank; i++)
      v[i * f->model->rank + k] = 0;
  }
  if (f->model->type->project && aim(f, v, &far))
    for (size_t i = 0; i < f->dimension; i++)
      v[i] = (f->plus[i] - f->minus[i]) / (2 * far);
}

enum fg_err fg_field_matrices(struct fg_field *f, double *h, double *g, struct fg_fault *fault) {
  size_t d = f->dimension;
  double *v = calloc(2 * d, sizeof *v), *out = v + d;
  enum fg_err err = v ? FG_OK : no_memory(fault);
  for (size_t j = 0; j < d && h && !err; j++) {
    memset(v, 0, d * sizeof *v);
    v[j] = 1;
    err = fg_field_product(f, v, out, fault);
    for (size_t i = 0; i < d && !err; i++)
      h[i * d + j] = out[i];
  }
  if (g && !err)
    err = fg_field_gradient(f, v, fault);
  if (g && !err) {
    memset(g, 0, d * d * sizeof *g);
    for (uint64_t z = 0; z < f->n; z++) {
      fg_field_of_point(f, z, out);
      for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d && out[i] != v[i]; j++)
          g[i * d + j] += (out[i] - v[i]) * (out[j] - v[j]) / (double)f->n;
    }
  }
  free(v);
  return err;
}

/* ---- estimates */

/* Mean of n numbers with its standard error. */
struct tally {
  double sum, squares;
  uint64_t n;
};

static void add(struct tally *t, double x) {
  t->sum += x;
  t->squares += x * x;
  t->n++;
}

static struct fg_estimate mean_of(const struct tally *t) {
  double n = (double)t->n, mean = t->sum / n;
  double spread = t->n > 1 ? (t->squares - n * mean * mean) / (n - 1) : 0;
  return (struct fg_estimate){mean, sqrt(fmax(spread, 0) / n)};
}

/* From the place psi, whose statistic is `home`, to one that differs in the lines of z only: by `far` times v (rank
 * entries of each). */
static void shift(struct fg_field *f, const struct fg_point *z, const double *v, double far) {
  const struct fg_model *m = f->model;
  const uint32_t rank = m->rank;
  float *u = line_of(f, z->row), *w = line_of(f, (size_t)f->rows + z->col);
  for (uint32_t k = 0; k < rank; k++) {
    u[k] = (float)(f->psi[row_at(f, z) + k] + far * v[k]);
    w[k] = (float)(f->psi[col_at(f, z) + k] + far * v[rank + k]);
  }
  if (far != 0) {
    fg_model_project(m, false, u, 1);
    fg_model_project(m, true, w, 1);
  }
}

/* The statistic follows when the column of z goes from `before` to what it is now. */
static void follow_line(struct fg_field *f, const struct fg_point *z, const float *before) {
  const struct fg_model *m = f->model;
  if (m->n_stat == 0)
    return;
  double part[m->n_stat];
  memset(part, 0, sizeof part);
  m->type->stat(m, before, &f->view.col_weight[z->col], 1, part);
  memcpy(f->view.stat, f->home, sizeof part);
  m->type->stat(m, line_of(f, (size_t)f->rows + z->col), &f->view.col_weight[z->col], 1, f->view.stat);
  for (uint32_t k = 0; k < m->n_stat; k++)
    f->view.stat[k] -= part[k];
}

/* v'H_z v for v on the lines of z: 2 rank entries. */
static double local_product(struct fg_field *f, const struct fg_point *z, const double *v, double far) {
  const uint32_t rank = f->model->rank;
  double a[2 * rank], b[2 * rank], sum = 0;
  float before[f->model->stride] __attribute__((aligned(FG_ALIGN)));
  memcpy(before, line_of(f, (size_t)f->rows + z->col), sizeof before);
  shift(f, z, v, far);
  follow_line(f, z, before);
  touch(f, z, f->step, a, a + rank);
  shift(f, z, v, -far);
  follow_line(f, z, before);
  touch(f, z, f->step, b, b + rank);
  shift(f, z, v, 0);
  memcpy(f->view.stat, f->home, f->model->n_stat * sizeof(double));
  for (uint32_t k = 0; k < 2 * rank; k++)
    sum += v[k] * (a[k] - b[k]) / (2 * far);
  return sum;
}

static double size_of(const struct fg_field *f) {
  double size = sqrt(dot(f->psi, f->psi, f->dimension) / (double)f->dimension);
  return SHARE * (size > 0 ? size : 1);
}

/* Is the update with the whole step twice that with half of it? Float32 rounds either update by half a unit in the last
 * place of the result, the larger for lines that have large entries. */
static bool in_proportion(struct fg_field *f, const struct fg_point *z, const double *g) {
  const uint32_t rank = f->model->rank;
  double half[2 * rank], off = 0, far = 0, size = 0;
  touch(f, z, f->step / 2, half, half + rank);
  const double *u = f->psi + row_at(f, z), *w = f->psi + col_at(f, z);
  for (uint32_t k = 0; k < 2 * rank; k++) {
    off = fmax(off, fabs(g[k] - half[k]));
    far = fmax(far, fabs(g[k]));
    size = fmax(size, fabs(k < rank ? u[k] : w[k - rank]));
  }
  /* 2^-20: a few roundings of 2^-24 of each */
  return off <= 0x1p-20 * (size / f->step + far) * 2;
}

/* What is a mean over points: drift, square, noise, trace, touched, constrained. */
static enum fg_err look_at_points(struct fg_field *f, const struct fg_curvature_plan *plan, struct fg_curvature *c,
                                  struct fg_fault *fault) {
  const uint32_t rank = f->model->rank;
  const unsigned probes = plan->probes ? plan->probes : PROBES;
  double v[2 * rank], g[2 * rank], *drift = malloc(f->dimension * sizeof *drift);
  struct tally square = {0}, noise = {0}, along = {0}, trace = {0}, touched = {0};
  double within = 0;
  uint64_t bent = 0;
  struct fg_rng rng;
  if (!drift)
    return no_memory(fault);
  fg_field_place(f, f->psi);
  memcpy(f->home, f->view.stat, f->model->n_stat * sizeof *f->home);
  enum fg_err err = fg_field_gradient(f, drift, fault);
  double far = size_of(f), length = dot(drift, drift, f->dimension);
  for (uint64_t i = 0; i < f->n && !err; i++) {
    const struct fg_point *z = &f->point[i];
    struct tally own = {0};
    touch(f, z, f->step, g, g + rank);
    double norm = dot(g, g, 2 * rank);
    double cross = dot(g, drift + row_at(f, z), rank) + dot(g + rank, drift + col_at(f, z), rank);
    add(&square, norm);
    add(&noise, norm - 2 * cross);
    add(&along, cross);
    bent += !in_proportion(f, z, g);
    if (norm > 0) {
      for (uint32_t k = 0; k < 2 * rank; k++)
        v[k] = g[k] / sqrt(norm);
      add(&touched, local_product(f, z, v, far));
    }
    fg_rng_start(&rng, plan->seed, FG_STREAM_GENERATE, i, 1);
    for (unsigned p = 0; p < probes; p++) {
      for (uint32_t k = 0; k < 2 * rank; k++)
        v[k] = fg_rng_u32(&rng) & 1 ? 1 : -1;
      add(&own, local_product(f, z, v, far));
    }
    add(&trace, mean_of(&own).value);
    within += mean_of(&own).error * mean_of(&own).error;
  }
  double n = (double)f->n;
  c->square = mean_of(&square);
  c->touched = touched.n ? mean_of(&touched) : (struct fg_estimate){0, 0};
  c->trace = mean_of(&trace);
  c->constrained = (double)bent / n;
  c->noise = (struct fg_estimate){c->square.value - length, mean_of(&noise).error};
  c->drift = (struct fg_estimate){length, 0};
  if (f->all) { /* no sampling of points */
    c->square.error = c->noise.error = c->touched.error = 0;
    c->trace.error = sqrt(within) / n;
  } else { /* |mean|^2 exceeds |g|^2 by tr G / n; its variance is 4 g'G g / n + 2 tr G^2 / n^2, tr G^2 <= (tr G)^2 */
    c->noise.value *= n / (n - 1);
    c->drift.value -= c->noise.value / n;
    c->drift.error = hypot(2 * mean_of(&along).error, M_SQRT2 * c->noise.value / n);
  }
  free(drift);
  return err;
}

/* A random direction, of unit length in what constraints leave free; uniform entries will do. */
static void random_direction(struct fg_field *f, uint64_t seed, uint64_t index, double *v) {
  struct fg_rng rng;
  fg_rng_start(&rng, seed, FG_STREAM_GENERATE, index, 2);
  for (size_t i = 0; i < f->dimension; i++)
    v[i] = 2 * fg_rng_uniform(&rng) - 1;
  keep_free(f, v);
  double length = sqrt(dot(v, v, f->dimension));
  for (size_t i = 0; i < f->dimension && length > 0; i++)
    v[i] /= length;
}

static enum fg_err look_at_symmetry(struct fg_field *f, uint64_t seed, double *asymmetry, struct fg_fault *fault) {
  size_t d = f->dimension;
  double *a = malloc(3 * d * sizeof *a), *b = a + d, *out = b + d, off = 0, all = 0;
  enum fg_err err = a ? FG_OK : no_memory(fault);
  for (unsigned p = 0; p < PAIRS && !err; p++) {
    random_direction(f, seed, 2 * p, a);
    random_direction(f, seed, 2 * p + 1, b);
    err = fg_field_product(f, b, out, fault);
    double one = dot(a, out, d);
    if (!err)
      err = fg_field_product(f, a, out, fault);
    double other = dot(b, out, d);
    off += fabs(one - other);
    all += fabs(one) + fabs(other);
  }
  *asymmetry = all > 0 ? off / all : 0;
  free(a);
  return err;
}

/* Ends of the spectrum of the k x k Hessenberg matrix (row-major, leading dimension ld), each with what is left of H v
 * - value v: `last` times the last entry of the eigenvector. */
static enum fg_err ends_of(const double *hess, size_t k, size_t ld, double last, struct fg_curvature *c,
                           struct fg_fault *fault) {
  gsl_matrix *m = gsl_matrix_alloc(k, k);
  gsl_vector_complex *value = gsl_vector_complex_alloc(k);
  gsl_matrix_complex *vector = gsl_matrix_complex_alloc(k, k);
  gsl_eigen_nonsymmv_workspace *work = gsl_eigen_nonsymmv_alloc(k);
  enum fg_err err = m && value && vector && work ? FG_OK : no_memory(fault);
  if (!err) {
    for (size_t i = 0; i < k; i++)
      for (size_t j = 0; j < k; j++)
        gsl_matrix_set(m, i, j, hess[i * ld + j]);
    gsl_eigen_nonsymmv(m, value, vector, work);
    c->top.value = -INFINITY;
    c->bottom.value = INFINITY;
    for (size_t i = 0; i < k; i++) {
      double x = GSL_REAL(gsl_vector_complex_get(value, i));
      gsl_complex tail = gsl_matrix_complex_get(vector, k - 1, i);
      double rest = fabs(last) * hypot(GSL_REAL(tail), GSL_IMAG(tail));
      if (x > c->top.value)
        c->top = (struct fg_estimate){x, rest};
      if (x < c->bottom.value)
        c->bottom = (struct fg_estimate){x, rest};
    }
  }
  if (m)
    gsl_matrix_free(m);
  if (value)
    gsl_vector_complex_free(value);
  if (vector)
    gsl_matrix_complex_free(vector);
  if (work)
    gsl_eigen_nonsymmv_free(work);
  return err;
}

static enum fg_err look_at_spectrum(struct fg_field *f, const struct fg_curvature_plan *plan, struct fg_curvature *c,
                                    struct fg_fault *fault) {
  size_t d = f->dimension, most = plan->iterations ? plan->iterations : ITERATIONS, k = 0;
  most = most < d ? most : d;
  double *q = calloc((most + 1) * d, sizeof *q), *hess = calloc((most + 1) * most, sizeof *hess), rest = 0;
  enum fg_err err = q && hess ? FG_OK : no_memory(fault);
  if (!err)
    random_direction(f, plan->seed, UINT32_MAX, q);
  for (double first = 0; k < most && !err;) {
    double *w = q + (k + 1) * d;
    err = fg_field_product(f, q + k * d, w, fault);
    for (int twice = 0; twice < 2 && !err; twice++) /* once is not enough where differences are inexact */
      for (size_t i = 0; i <= k; i++) {
        double part = dot(q + i * d, w, d);
        hess[i * most + k] += part;
        for (size_t x = 0; x < d; x++)
          w[x] -= part * q[i * d + x];
      }
    rest = sqrt(dot(w, w, d));
    first = k == 0 ? rest + fabs(hess[0]) : first;
    k++;
    if (rest <= 1e-4 * first) /* an invariant space, as far as differences can tell */
      break;
    hess[k * most + k - 1] = rest;
    for (size_t x = 0; x < d; x++)
      w[x] /= rest;
  }
  if (!err)
    err = ends_of(hess, k, most, rest, c, fault);
  free(q);
  free(hess);
  return err;
}

enum fg_err fg_curvature_estimate(const struct fg_run *run, const struct fg_curvature_plan *plan,
                                  struct fg_curvature *c, struct fg_fault *fault) {
  struct fg_field *f;
  memset(c, 0, sizeof *c);
  enum fg_err err = fg_field_new(run, plan, &f, fault);
  if (err)
    return err;
  c->dimension = f->dimension;
  c->points = f->n;
  err = look_at_points(f, plan, c, fault);
  if (!err)
    err = look_at_symmetry(f, plan->seed, &c->asymmetry, fault);
  if (!err)
    err = look_at_spectrum(f, plan, c, fault);
  fg_field_free(f);
  return err;
}
