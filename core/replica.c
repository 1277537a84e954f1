/* Replicas: from pieces to a whole copy of the model, and from there to slices that travel. */
#include "core/replica.h"

#include <stdlib.h>
#include <string.h>

static const struct fg_replica_policy *policy(const struct fg_job *job) {
  return job->sync.type->replica;
}

size_t fg_slice_floats(const struct fg_slice *s, const struct fg_model *model) {
  return (s->rows[0] + s->rows[1]) * fg_model_width(model);
}

void fg_slice_get(const struct fg_slice *s, const struct fg_model *model, float *out) {
  const uint32_t width = fg_model_width(model);
  for (int i = 0; i < 2; i++)
    for (size_t j = 0; j < s->rows[i]; j++, out += width)
      memcpy(out, s->piece[i] + j * model->stride, width * sizeof *out);
}

void fg_slice_set(const struct fg_slice *s, const struct fg_model *model, const float *in) {
  const uint32_t width = fg_model_width(model);
  for (int i = 0; i < 2; i++)
    for (size_t j = 0; j < s->rows[i]; j++, in += width)
      memcpy(s->piece[i] + j * model->stride, in, width * sizeof *in);
}

void fg_slice_add(const struct fg_slice *s, const struct fg_model *model, const float *in) {
  const uint32_t width = fg_model_width(model);
  for (int i = 0; i < 2; i++)
    for (size_t j = 0; j < s->rows[i]; j++, in += width)
      for (uint32_t k = 0; k < width; k++)
        s->piece[i][j * model->stride + k] += in[k];
}

enum fg_err fg_slice_pack(const struct fg_slice *s, const struct fg_job *job, struct fg_parcel *parcel) {
  size_t n = fg_slice_floats(s, job->model);
  if (job->timing_only) {
    fg_parcel_count_floats(parcel, n);
    return FG_OK;
  }
  enum fg_err err = fg_parcel_add_floats(parcel, n);
  if (!err)
    fg_slice_get(s, job->model, parcel->floats);
  return err;
}

bool fg_slice_fits(const struct fg_slice *s, const struct fg_job *job, const struct fg_parcel *parcel) {
  return parcel->n_floats == fg_slice_floats(s, job->model) && (parcel->floats != NULL) == !job->timing_only;
}

void fg_slice_divide(const struct fg_slice *s, const struct fg_model *model, float by) {
  const uint32_t width = fg_model_width(model);
  for (int i = 0; i < 2; i++)
    for (size_t j = 0; j < s->rows[i]; j++)
      for (uint32_t k = 0; k < width; k++)
        s->piece[i][j * model->stride + k] /= by;
}

enum fg_err fg_replica_new(const struct fg_job *job, const struct fg_factors *factors, struct fg_replica *r) {
  size_t n = factors->col_blocks;
  *r = (struct fg_replica){
      .blocks = factors->col_blocks, .all = policy(job)->all(&job->sync), .stride = job->model->stride};
  r->at = calloc((r->all ? 2 * n : n) + 1, sizeof *r->at);
  if (!r->at)
    return FG_ENOMEM;
  for (size_t q = 0; q < n; q++)
    r->at[q + 1] = r->at[q] + factors->col[q].cols;
  for (size_t p = 0; p < n && r->all; p++)
    r->at[n + p + 1] = r->at[n + p] + factors->row[p].rows;
  if (job->timing_only)
    return FG_OK;
  size_t bytes = fg_replica_lines(r) * r->stride * sizeof(float); /* a stride is a multiple of FG_ALIGN bytes */
  r->factor = aligned_alloc(FG_ALIGN, bytes);
  if (!r->factor) {
    fg_replica_free(r);
    return FG_ENOMEM;
  }
  memset(r->factor, 0, bytes);
  return FG_OK;
}

void fg_replica_free(struct fg_replica *r) {
  free(r->at);
  free(r->factor);
  *r = (struct fg_replica){0};
}

float *fg_replica_rows(const struct fg_replica *r, uint32_t p) {
  return r->factor + r->at[(size_t)r->blocks + p] * r->stride;
}

struct fg_slice fg_replica_slice(const struct fg_replica *r, uint32_t q) {
  if (q == FG_SLICE_ALL)
    return (struct fg_slice){{r->factor, NULL}, {fg_replica_lines(r), 0}};
  struct fg_slice s = {{fg_replica_cols(r, q), NULL}, {r->at[q + 1] - r->at[q], 0}};
  if (r->all) {
    size_t p = (size_t)r->blocks + q;
    s.piece[1] = fg_replica_rows(r, q);
    s.rows[1] = r->at[p + 1] - r->at[p];
  }
  return s;
}

struct fg_slice fg_home_slice(const struct fg_factors *f, uint32_t q, bool all) {
  return (struct fg_slice){{f->col[q].factor, all ? f->row[q].factor : NULL},
                           {f->col[q].cols, all ? f->row[q].rows : 0}};
}

size_t fg_home_floats(const struct fg_factors *f, const struct fg_model *model, uint32_t q, bool all) {
  size_t first = q == FG_SLICE_ALL ? 0 : q, end = q == FG_SLICE_ALL ? f->col_blocks : first + 1, lines = 0;
  for (size_t i = first; i < end; i++)
    lines += f->col[i].cols + (all ? (size_t)f->row[i].rows : 0);
  return lines * fg_model_width(model);
}

uint64_t fg_replica_bytes(const struct fg_job *job) {
  const struct fg_grid *g = job->grid;
  uint64_t lines = g->cols + (policy(job)->all(&job->sync) ? (uint64_t)g->rows : 0);
  return (policy(job)->server ? 2 : 1) * lines * job->model->stride * sizeof(float) + g->cols * sizeof(float);
}

bool fg_replica_ring(const struct fg_job *job) {
  double lines = job->grid->cols + (policy(job)->all(&job->sync) ? (double)job->grid->rows : 0);
  return policy(job)->ring(&job->sync, lines * fg_model_width(job->model) * sizeof(float) / job->workers);
}

/* rounds between two exchanges; a run has at least one */
static uint64_t period(const struct fg_job *job) {
  uint64_t n = policy(job)->period(&job->sync, job->workers);
  return n < job->rounds ? n : job->rounds;
}

static bool pauses(const struct fg_job *job, uint64_t round) {
  return policy(job)->server && job->pause && round % job->pause == 0;
}

bool fg_exchange_due(const struct fg_job *job, uint64_t round) {
  return round > 0 && (round == job->rounds || round % period(job) == 0 || pauses(job, round));
}

static uint64_t gcd(uint64_t a, uint64_t b) {
  return b ? gcd(b, a % b) : a;
}

uint64_t fg_exchanges(const struct fg_job *job, uint64_t round) {
  uint64_t p = period(job), n = round / p;
  if (policy(job)->server && job->pause && job->pause <= round) {
    uint64_t times = job->pause / gcd(job->pause, p); /* every so many periods is a pause */
    n += round / job->pause - round / p / times;
  }
  if (round == job->rounds && round % p != 0 && !pauses(job, round))
    n++;
  return n;
}

bool fg_exchange_joins(const struct fg_job *job, uint64_t round) {
  return fg_exchange_due(job, round) && (!policy(job)->server || round == job->rounds || pauses(job, round));
}

bool fg_replica_waits(const struct fg_job *job) {
  return !policy(job)->server && job->workers > 1 && policy(job)->extra_passes(&job->sync) > 0;
}
