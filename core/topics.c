/* topics.txt: from model files to words. */
#include "core/topics.h"

#include "core/files.h"
#include "core/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 12, BATCH = 256 };

struct ranked {
  uint32_t word; /* original column */
  double weight;
};

/* Columns of the model files, a batch at a time. */
struct columns {
  const struct fg_model *model;
  FILE *factor_file, *weight_file;
  float *factor, *weight, *flat; /* of a batch: padded, their weights, as read */
  uint32_t first, n;             /* columns in the batch */
};

/* keeps `top` sorted by falling weight; of equal ones the smaller column comes first */
static void offer(struct ranked *top, uint32_t word, double weight) {
  int at = TOP;
  while (at > 0 && (weight > top[at - 1].weight || (weight == top[at - 1].weight && word < top[at - 1].word)))
    at--;
  if (at == TOP)
    return;
  for (int i = TOP - 1; i > at; i--)
    top[i] = top[i - 1];
  top[at] = (struct ranked){word, weight};
}

static void close_columns(struct columns *c) {
  if (c->factor_file)
    fclose(c->factor_file);
  if (c->weight_file)
    fclose(c->weight_file);
  free(c->factor);
  free(c->weight);
  free(c->flat);
}

/* A model file, at its first column. */
static enum fg_err open_file(const char *dir, const char *name, const struct fg_model *model, uint32_t width,
                             FILE **file, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir, name, path, fault);
  return err ? err : fg_npy_open(path, model->cols, width, file, fault);
}

static enum fg_err open_columns(const char *dir, const struct fg_model *model, struct columns *c,
                                struct fg_fault *fault) {
  *c = (struct columns){.model = model};
  c->factor = aligned_alloc(FG_ALIGN, (size_t)BATCH * model->stride * sizeof *c->factor);
  c->weight = calloc(BATCH, sizeof *c->weight);
  c->flat = malloc((size_t)BATCH * model->rank * sizeof *c->flat);
  if (!c->factor || !c->weight || !c->flat)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to write the topics");
  enum fg_err err = open_file(dir, "model/col_factor.npy", model, model->rank, &c->factor_file, fault);
  if (!err && model->type->weights)
    err = open_file(dir, "model/col_weight.npy", model, 1, &c->weight_file, fault);
  return err;
}

/* The next batch; c->n = 0 at the end. */
static enum fg_err next_columns(struct columns *c, struct fg_fault *fault) {
  const struct fg_model *m = c->model;
  c->first += c->n;
  c->n = m->cols - c->first < BATCH ? m->cols - c->first : BATCH;
  if (fread(c->flat, m->rank * sizeof *c->flat, c->n, c->factor_file) != c->n ||
      (c->weight_file && fread(c->weight, sizeof *c->weight, c->n, c->weight_file) != c->n))
    return fg_fail(fault, FG_EIO, NULL, 0, "the model files cannot be read back");
  memset(c->factor, 0, (size_t)BATCH * m->stride * sizeof *c->factor);
  for (uint32_t j = 0; j < c->n; j++)
    memcpy(c->factor + (size_t)j * m->stride, c->flat + (size_t)j * m->rank, m->rank * sizeof *c->factor);
  return FG_OK;
}

static enum fg_err sum_up(const char *dir, const struct fg_model *model, double *stat, struct fg_fault *fault) {
  struct columns c;
  enum fg_err err = open_columns(dir, model, &c, fault);
  while (!err && !(err = next_columns(&c, fault)) && c.n > 0)
    model->type->stat(model, c.factor, c.weight, c.n, stat);
  close_columns(&c);
  return err;
}

/* top: rank x TOP */
static enum fg_err find_top(const char *dir, const struct fg_model *model, double *stat, struct ranked *top,
                            struct fg_fault *fault) {
  struct columns c;
  for (size_t i = 0; i < (size_t)model->rank * TOP; i++)
    top[i] = (struct ranked){0, -1};
  enum fg_err err = open_columns(dir, model, &c, fault);
  struct fg_view view = {NULL, c.factor, NULL, c.weight, stat};
  while (!err && !(err = next_columns(&c, fault)) && c.n > 0)
    for (uint32_t j = 0; j < c.n; j++)
      for (uint32_t k = 0; k < model->rank; k++)
        offer(top + (size_t)k * TOP, c.first + j, model->type->top_weight(model, &view, j, k));
  close_columns(&c);
  return err;
}

static void write_topic(FILE *f, const struct fg_vocabulary *vocabulary, const struct ranked *top, uint32_t k,
                        double share) {
  fprintf(f, "%3" PRIu32 " %5.1f%% ", k, 100 * share);
  for (int i = 0; i < TOP && top[i].weight >= 0; i++)
    if (vocabulary && vocabulary->n > top[i].word)
      fprintf(f, " %s", vocabulary->word[top[i].word]);
    else
      fprintf(f, " #%" PRIu32, top[i].word + 1);
  fputc('\n', f);
}

enum fg_err fg_topics_write(const char *dir, const struct fg_model *model, const struct fg_vocabulary *vocabulary,
                            struct fg_fault *fault) {
  struct fg_out out = {0};
  char path[FG_PATH_MAX];
  double *stat = calloc(model->n_stat + 1, sizeof *stat), total = 0;
  struct ranked *top = malloc((size_t)model->rank * TOP * sizeof *top);
  enum fg_err err = stat && top ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to write the topics");
  if (!err)
    err = sum_up(dir, model, stat, fault);
  if (!err)
    err = find_top(dir, model, stat, top, fault);
  if (!err)
    err = fg_path_join(dir, "model/topics.txt", path, fault);
  if (!err)
    err = fg_out_open(&out, path, fault);
  if (err)
    goto cleanup;
  for (uint32_t k = 0; k < model->rank; k++)
    total += stat[k];
  fprintf(out.file, "# topic, share of tokens, words of largest p(word | topic)\n");
  for (uint32_t k = 0; k < model->rank; k++)
    write_topic(out.file, vocabulary, top + (size_t)k * TOP, k, stat[k] / total);
  err = fg_out_commit(&out, fault);
cleanup:
  free(stat);
  free(top);
  return err;
}
