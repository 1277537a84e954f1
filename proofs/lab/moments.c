/* Exact moments of `additive`: from a run's grid and counts to the law of its iterates. */
#include "proofs/lab/moments.h"

#include <stdlib.h>
#include <string.h>

enum fg_err fg_moments_new(uint32_t size, struct fg_moments *m) {
  size_t d = size;
  *m = (struct fg_moments){.size = size,
                           .mean = calloc(d + 1, sizeof *m->mean),
                           .second = calloc(d * d + 1, sizeof *m->second),
                           .work = calloc(d * d + d + 1, sizeof *m->work)};
  if (!m->mean || !m->second || !m->work)
    return FG_ENOMEM;
  for (size_t k = 0; k < d; k++)
    m->second[k * d + k] = 1.0 / 12;
  return FG_OK;
}

void fg_moments_free(struct fg_moments *m) {
  free(m->mean);
  free(m->second);
  free(m->work);
  memset(m, 0, sizeof *m);
}

/* With E = -eta A_z, E_aa = E_bb = own, E_ab = E_ba = other:
 *   S+ = S + (E S + eta x e m^T) + (...)^T + E S E^T + eta x (E m e^T + e (E m)^T) + eta^2 x^2 e e^T,
 * of which the first bracket has two rows and the rest two by two entries. half: what S+ is S + half + half^T of. */
static void add_point(const struct fg_moments *m, const struct fg_touch *z, double eta, double ridge, double *half) {
  size_t d = m->size, a = z->row, b = z->col;
  const double *sa = m->second + a * d, *sb = m->second + b * d;
  double own = -eta * (1 + ridge), other = -eta, push = eta * z->value;
  double *ha = half + a * d, *hb = half + b * d;
  for (size_t k = 0; k < d; k++) {
    ha[k] += own * sa[k] + other * sb[k] + push * m->mean[k];
    hb[k] += other * sa[k] + own * sb[k] + push * m->mean[k];
  }
  double aa = own * sa[a] + other * sb[a], ab = own * sa[b] + other * sb[b]; /* (E S)_aa, (E S)_ab, ... */
  double ba = other * sa[a] + own * sb[a], bb = other * sa[b] + own * sb[b];
  double ma = own * m->mean[a] + other * m->mean[b], mb = other * m->mean[a] + own * m->mean[b];
  ha[a] += 0.5 * (aa * own + ab * other + 2 * push * ma + push * push);
  hb[b] += 0.5 * (ba * other + bb * own + 2 * push * mb + push * push);
  double cross = 0.5 * (aa * other + ab * own + push * (ma + mb) + push * push);
  ha[b] += cross;
  hb[a] += cross;
}

/* m+ of the mean, in place. work: d entries, zero on entry and on return. drive: 0 leaves out what does not depend on
 * m. */
static void update_mean(double *mean, double *work, const struct fg_touch *point, size_t n, double eta, double ridge,
                        double drive) {
  for (size_t i = 0; i < n; i++) {
    const struct fg_touch *z = &point[i];
    double e = drive * z->value - mean[z->row] - mean[z->col];
    work[z->row] += eta / (double)n * (e - ridge * mean[z->row]);
    work[z->col] += eta / (double)n * (e - ridge * mean[z->col]);
  }
  for (size_t i = 0; i < n; i++) { /* what is touched twice is moved once: the second time it is 0 */
    mean[point[i].row] += work[point[i].row];
    work[point[i].row] = 0;
    mean[point[i].col] += work[point[i].col];
    work[point[i].col] = 0;
  }
}

/* S += (row of half) / n and its transpose; the row is zero afterwards, so that it is moved once */
static void move_row(struct fg_moments *m, size_t a, double *half, double n) {
  size_t d = m->size;
  for (size_t k = 0; k < d; k++) {
    m->second[a * d + k] += half[a * d + k] / n;
    m->second[k * d + a] += half[a * d + k] / n;
  }
  memset(half + a * d, 0, d * sizeof *half);
}

void fg_moments_update(struct fg_moments *m, const struct fg_touch *point, size_t n, double eta, double ridge) {
  double *half = m->work, *work = m->work + (size_t)m->size * m->size;
  for (size_t i = 0; i < n; i++)
    add_point(m, &point[i], eta, ridge, half);
  for (size_t i = 0; i < n; i++) {
    move_row(m, point[i].row, half, (double)n);
    move_row(m, point[i].col, half, (double)n);
  }
  update_mean(m->mean, work, point, n, eta, ridge, 1);
}

/* What is carried along a run. */
struct walk {
  const struct fg_run *run;
  double ridge;             /* as the kernel has it */
  struct fg_touch *touch;   /* of the present block */
  size_t n;                 /* its points */
  struct fg_moments second; /* either both moments, ... */
  double *mean;             /* ... or `means` vectors of the mean, each d entries, */
  size_t means;
  double drive, *work; /* see update_mean */
};

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for exact moments");
}

static enum fg_err start(const struct fg_run *run, struct walk *w, struct fg_fault *fault) {
  const struct fg_grid *g = &run->grid;
  size_t most = 0;
  if (strcmp(run->model.type->name, "additive") != 0 || !run->job.replace || !run->job.sync.type->strata ||
      run->job.balance == FG_CURE_SCALE)
    return fg_fail(
        fault, FG_EUSAGE, NULL, 0,
        "exact moments are those of model=additive with sampling=replace, by a strategy with strata, without "
        "balance=scale");
  for (uint32_t p = 0; p < g->row_blocks; p++)
    for (uint32_t k = 0; k < g->train[p].n; k++)
      most = g->train[p].block[k].n > most ? g->train[p].block[k].n : most;
  w->run = run;
  w->ridge = (double)(float)fg_model_param(&run->model, "ridge");
  w->touch = malloc((most + 1) * sizeof *w->touch);
  w->work = calloc((size_t)g->rows + g->cols + 1, sizeof *w->work);
  return w->touch && w->work ? FG_OK : no_memory(fault);
}

static void end(struct walk *w) {
  fg_moments_free(&w->second);
  free(w->touch);
  free(w->work);
}

static void enter(struct walk *w, const struct fg_visit *visit) {
  const struct fg_grid *g = &w->run->grid;
  const struct fg_block *block = fg_grid_train(g, visit->row_block, visit->col_block);
  struct fg_point some[FG_BATCH];
  w->n = 0;
  for (size_t from = 0, got; (got = fg_block_read(block, from, FG_BATCH, some)) > 0; from += got)
    for (size_t i = 0; i < got; i++)
      w->touch[w->n++] = (struct fg_touch){g->row[visit->row_block].original[some[i].row],
                                           g->rows + g->col[visit->col_block].original[some[i].col], some[i].value};
}

static void make(struct walk *w, uint64_t updates, double eta) {
  size_t d = (size_t)w->run->grid.rows + w->run->grid.cols;
  for (uint64_t u = 0; u < updates; u++) {
    if (w->second.size)
      fg_moments_update(&w->second, w->touch, w->n, eta, w->ridge);
    for (size_t v = 0; v < w->means; v++)
      update_mean(w->mean + v * d, w->work, w->touch, w->n, eta, w->ridge, w->drive);
  }
}

/* As core/worker/visit.c does it. */
static void make_visit(struct walk *w, const struct fg_visit *visit) {
  const struct fg_sync *sync = &w->run->job.sync;
  double eta = fg_step_eta(&w->run->job.steps, visit->round / w->run->grid.col_blocks);
  enter(w, visit);
  make(w, visit->updates, (double)(float)eta);
  for (uint64_t x = 0, left = visit->extra_updates; left > 0; x++) {
    double share = sync->type->extra_step(sync, x);
    uint64_t some = left < w->n ? left : w->n;
    if (share < FG_STEP_FLUSH) /* steps only shrink */
      return;
    make(w, some, (double)(float)(eta * share));
    left -= some;
  }
}

/* The visits of a stratum are to disjoint blocks, so that their order does not matter. */
static void make_round(struct walk *w, const struct fg_trace *trace, uint64_t round) {
  for (size_t v = 0; v < trace->n; v++)
    if (trace->visit[v].round == round)
      make_visit(w, &trace->visit[v]);
}

static void put_down(const struct walk *w, struct fg_moments_path *path, uint64_t round) {
  size_t d = path->size;
  const double *mean = path->covariance ? w->second.mean : w->mean;
  memcpy(path->mean + round * d, mean, d * sizeof *mean);
  for (size_t i = 0; path->covariance && i < d; i++)
    for (size_t j = 0; j < d; j++)
      path->covariance[(round * d + i) * d + j] = w->second.second[i * d + j] - mean[i] * mean[j];
}

enum fg_err fg_moments_path(const struct fg_run *run, const struct fg_trace *trace, bool means,
                            struct fg_moments_path *path, struct fg_fault *fault) {
  size_t d = path->size = run->grid.rows + run->grid.cols, looks = (size_t)run->job.rounds + 1;
  struct walk w = {.drive = 1};
  path->rounds = run->job.rounds;
  enum fg_err err = start(run, &w, fault);
  if (err)
    goto cleanup;
  path->mean = malloc(looks * d * sizeof *path->mean);
  path->covariance = means ? NULL : malloc(looks * d * d * sizeof *path->covariance);
  w.mean = calloc(d, sizeof *w.mean);
  w.means = means ? 1 : 0;
  if (!path->mean || (!means && !path->covariance) || !w.mean ||
      (!means && fg_moments_new(path->size, &w.second) != FG_OK)) {
    err = no_memory(fault);
    goto cleanup;
  }
  put_down(&w, path, 0);
  for (uint64_t round = 0; round < path->rounds; round++) {
    make_round(&w, trace, round);
    put_down(&w, path, round + 1);
  }
cleanup:
  free(w.mean);
  end(&w);
  return err;
}

void fg_moments_path_free(struct fg_moments_path *path) {
  free(path->mean);
  free(path->covariance);
  memset(path, 0, sizeof *path);
}

enum fg_err fg_moments_contraction(const struct fg_run *run, const struct fg_trace *trace, uint64_t round,
                                   double *matrix, struct fg_fault *fault) {
  size_t d = (size_t)run->grid.rows + run->grid.cols;
  struct walk w = {.drive = 0};
  enum fg_err err = start(run, &w, fault);
  double *column = err ? NULL : calloc(d * d, sizeof *column); /* B of the unit vectors, one after another */
  if (!err && !column)
    err = no_memory(fault);
  if (!err) {
    for (size_t k = 0; k < d; k++)
      column[k * d + k] = 1;
    w.mean = column;
    w.means = d;
    make_round(&w, trace, round);
    for (size_t i = 0; i < d; i++)
      for (size_t k = 0; k < d; k++)
        matrix[i * d + k] = column[k * d + i];
  }
  free(column);
  end(&w);
  return err;
}
