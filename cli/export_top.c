/* fugue export --top: from a run directory to what is told of it, and that for people. */
#include "cli/export_top.h"

#include "core/data/grid_file.h"
#include "core/files.h"
#include "core/membership.h"
#include "core/saved.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool holds(const char *dir, const char *name) {
  char path[FG_PATH_MAX];
  return !fg_path_join(dir, name, path, NULL) && access(path, F_OK) == 0;
}

bool fg_export_top_is_run(const char *dir) {
  return holds(dir, "config.yaml");
}

static enum fg_err check_folder(const char *dir, struct fg_fault *fault) {
  if (holds(dir, "sweep.sqlite"))
    return fg_fail(fault, FG_EUSAGE, dir, 0, "is a sweep: --top reads one run, such as a folder of its runs/");
  if (!fg_export_top_is_run(dir))
    return fg_fail(fault, FG_EINPUT, dir, 0, "holds no run: config.yaml is not there");
  if (!holds(dir, "run.json"))
    return fg_fail(fault, FG_EINPUT, dir, 0, "has no model yet: the run is not finished");
  return FG_OK;
}

static enum fg_err read_labels(const char *dir, const char *path, struct fg_export_top *e, struct fg_fault *fault) {
  if (!fg_membership_is(e->model.type))
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--labels: rows of model %s have no memberships that labels could be compared with",
                   e->model.type->name);
  enum fg_err err = fg_labels_read(path, e->model.rows, &e->labels, fault);
  if (!err && !(e->count = calloc((size_t)e->model.rank * e->labels.n_names, sizeof *e->count)))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u labels", e->labels.n_names);
  if (!err)
    err = fg_membership_count(dir, &e->model, &e->labels, e->count, fault);
  if (!err)
    e->nmi = fg_membership_nmi(e->count, e->model.rank, e->labels.n_names);
  return err;
}

/* Names beside the data; those of a grid are beside the file that it was cut from. A grid that is gone has none, as a
 * file that is gone has none. */
static enum fg_err find_names(const char *data, uint32_t cols, struct fg_vocabulary *names, struct fg_fault *fault) {
  struct fg_grid grid;
  if (!fg_grid_is(data))
    return fg_vocabulary_find(data, cols, names, fault);
  if (fg_grid_open(data, 0, &grid, NULL))
    return FG_OK;
  enum fg_err err = grid.data_path ? fg_vocabulary_find(grid.data_path, cols, names, fault) : FG_OK;
  fg_grid_free(&grid);
  return err;
}

enum fg_err fg_export_top_read(const char *dir, uint32_t n, const char *labels, struct fg_export_top *e,
                               struct fg_fault *fault) {
  enum fg_err err = check_folder(dir, fault);
  if (!err)
    err = fg_saved_model(dir, &e->config, &e->model, fault);
  if (!err && !e->model.type->top_weight)
    err = fg_fail(fault, FG_EUSAGE, NULL, 0, "--top: model %s has nothing for people to read", e->model.type->name);
  if (!err)
    err = fg_top_read(dir, &e->model, n, &e->top, fault);
  if (!err)
    err = find_names(e->config.text[FG_OPT_DATA], e->model.cols, &e->vocabulary, fault);
  if (!err && labels)
    err = read_labels(dir, labels, e, fault);
  return err;
}

void fg_export_top_free(struct fg_export_top *e) {
  fg_top_free(&e->top);
  fg_vocabulary_free(&e->vocabulary);
  fg_labels_free(&e->labels);
  free(e->count);
  e->count = NULL;
}

struct part {
  uint64_t n;
  const char *name;
};

static int more_first(const void *a, const void *b) {
  const struct part *x = a, *y = b;
  return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->name, y->name);
}

static void print_labels(const struct fg_export_top *e, FILE *f) {
  struct part *part = malloc(e->labels.n_names * sizeof *part);
  uint64_t all = 0;
  fprintf(f, "\nlabels by %s of largest membership\n", e->model.type->dimension);
  for (uint32_t k = 0; part && k < e->model.rank; k++) {
    uint64_t sum = 0;
    for (uint32_t l = 0; l < e->labels.n_names; l++) {
      part[l] = (struct part){e->count[(size_t)k * e->labels.n_names + l], e->labels.name[l]};
      sum += part[l].n;
    }
    qsort(part, e->labels.n_names, sizeof *part, more_first);
    fprintf(f, "%s %" PRIu32 ": %" PRIu64, e->model.type->dimension, k + 1, sum);
    for (uint32_t l = 0; l < e->labels.n_names && part[l].n > 0; l++)
      fprintf(f, "%s%s (%" PRIu64 ")", l ? ", " : ": ", part[l].name, part[l].n);
    fputc('\n', f);
    all += sum;
  }
  fprintf(f, "normalised mutual information (by the mean of the entropies), %" PRIu64 " rows: %.4f\n", all, e->nmi);
  free(part);
}

void fg_export_top_text(const struct fg_export_top *e, FILE *f) {
  fg_top_print(f, &e->top, &e->vocabulary);
  if (e->count)
    print_labels(e, f);
}
