/* topics.txt: from column factors to words. */
#include "core/topics.h"

#include "core/files.h"

#include <inttypes.h>
#include <stdlib.h>

enum { TOP = 12 };

struct ranked {
  uint32_t word; /* original column */
  double weight;
};

/* keeps `top` sorted by falling weight; ties keep the smaller column first because columns come in their order */
static void offer(struct ranked *top, uint32_t word, double weight) {
  int at = TOP;
  while (at > 0 && weight > top[at - 1].weight)
    at--;
  if (at == TOP)
    return;
  for (int i = TOP - 1; i > at; i--)
    top[i] = top[i - 1];
  top[at] = (struct ranked){word, weight};
}

/* where each original column is: block and index in it */
static uint32_t *invert(const struct fg_grid *g) {
  uint32_t *place = malloc(((size_t)g->cols + 1) * sizeof *place);
  for (uint32_t j = 0; place && j < g->cols; j++)
    place[g->col_original[j]] = j;
  return place;
}

static void write_topic(FILE *f, const struct fg_run *run, const struct fg_vocabulary *vocabulary,
                        const uint32_t *place, const double *stat, uint32_t k, double total) {
  const struct fg_grid *g = &run->grid;
  struct ranked top[TOP];
  for (int i = 0; i < TOP; i++)
    top[i] = (struct ranked){0, -1};
  for (uint32_t word = 0; word < g->cols; word++) {
    uint32_t q = 0, j = place[word];
    while (j >= g->col_begin[q + 1])
      q++;
    struct fg_view view = {NULL, run->factors.col[q].factor, NULL, run->factors.col[q].weight, (double *)stat};
    offer(top, word, run->model.type->topic_weight(&run->model, &view, j - g->col_begin[q], k));
  }
  fprintf(f, "%3" PRIu32 " %5.1f%% ", k, 100 * stat[k] / total);
  for (int i = 0; i < TOP && top[i].weight >= 0; i++)
    if (vocabulary && vocabulary->n > top[i].word)
      fprintf(f, " %s", vocabulary->word[top[i].word]);
    else
      fprintf(f, " #%" PRIu32, top[i].word + 1);
  fputc('\n', f);
}

enum fg_err fg_topics_write(const char *path, const struct fg_run *run, const struct fg_vocabulary *vocabulary,
                            struct fg_fault *fault) {
  struct fg_out out = {0};
  double *stat = calloc(run->model.n_stat + 1, sizeof *stat), total = 0;
  uint32_t *place = invert(&run->grid);
  enum fg_err err = FG_OK;
  if (!stat || !place) {
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to write the topics");
    goto cleanup;
  }
  err = fg_out_open(&out, path, fault);
  if (err)
    goto cleanup;
  fg_factors_stat(&run->factors, &run->model, stat);
  for (uint32_t k = 0; k < run->model.rank; k++)
    total += stat[k];
  fprintf(out.file, "# topic, share of tokens, words of largest p(word | topic)\n");
  for (uint32_t k = 0; k < run->model.rank; k++)
    write_topic(out.file, run, vocabulary, place, stat, k, total);
  err = fg_out_commit(&out, fault);
cleanup:
  free(stat);
  free(place);
  return err;
}
