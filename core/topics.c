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

static void write_topic(FILE *f, const struct fg_run *run, const struct fg_vocabulary *vocabulary, double *stat,
                        uint32_t k, double total) {
  const struct fg_grid *g = &run->grid;
  struct ranked top[TOP];
  for (int i = 0; i < TOP; i++)
    top[i] = (struct ranked){0, -1};
  for (uint32_t q = 0; q < g->col_blocks; q++) {
    struct fg_view view = {NULL, run->factors.col[q].factor, NULL, run->factors.col[q].weight, stat};
    for (uint32_t j = 0; j < run->factors.col[q].cols; j++)
      offer(top, g->col[q].original[j], run->model.type->topic_weight(&run->model, &view, j, k));
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
  enum fg_err err = FG_OK;
  if (!stat || fg_factors_stat(&run->factors, &run->model, stat)) {
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to write the topics");
    goto cleanup;
  }
  err = fg_out_open(&out, path, fault);
  if (err)
    goto cleanup;
  for (uint32_t k = 0; k < run->model.rank; k++)
    total += stat[k];
  fprintf(out.file, "# topic, share of tokens, words of largest p(word | topic)\n");
  for (uint32_t k = 0; k < run->model.rank; k++)
    write_topic(out.file, run, vocabulary, stat, k, total);
  err = fg_out_commit(&out, fault);
cleanup:
  free(stat);
  return err;
}
