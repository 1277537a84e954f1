/* From model files to words. */
#include "core/top.h"

#include "core/files.h"
#include "core/model_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 12 }; /* entries of top.txt */

static bool is_above(const struct fg_top_entry *a, const struct fg_top_entry *b) {
  return a->weight > b->weight || (a->weight == b->weight && a->line < b->line);
}

static int by_rank(const void *a, const void *b) {
  return is_above(a, b) ? -1 : is_above(b, a);
}

/* Keeps the best `most` in a heap with the worst of them at its root: the cost of an entry that is kept grows with the
 * logarithm of their number, since all members of a community may be wanted. */
static void offer(struct fg_top_list *list, uint32_t most, struct fg_top_entry entry) {
  struct fg_top_entry *heap = list->entry;
  if (list->n < most) {
    uint32_t at = list->n++;
    for (; at > 0 && is_above(&heap[(at - 1) / 2], &entry); at = (at - 1) / 2)
      heap[at] = heap[(at - 1) / 2];
    heap[at] = entry;
    return;
  }
  if (!is_above(&entry, &heap[0]))
    return;
  size_t at = 0;
  for (size_t child; (child = 2 * at + 1) < list->n; at = child) {
    if (child + 1 < list->n && is_above(&heap[child], &heap[child + 1]))
      child++;
    if (!is_above(&entry, &heap[child]))
      break;
    heap[at] = heap[child];
  }
  heap[at] = entry;
}

/* Is the statistic a sum of the data's tokens by dimension? A statistic that is normalised says nothing of shares. */
static bool has_tokens(const struct fg_model_type *type) {
  return type->stat && type->weights && !type->divisor && !type->top_rows;
}

static enum fg_err make_room(struct fg_top *top, uint32_t most, struct fg_fault *fault) {
  uint32_t rank = top->model->rank;
  top->largest = calloc(rank, sizeof *top->largest);
  top->smallest = calloc(rank, sizeof *top->smallest);
  for (int i = 0; i < 2; i++)
    top->memory[i] = calloc((size_t)rank * most, sizeof **top->memory);
  if (top->model->type->top_rows || has_tokens(top->model->type))
    top->share = calloc(rank, sizeof *top->share);
  if (!top->largest || !top->smallest || !top->memory[0] || !top->memory[1] ||
      (!top->share && (top->model->type->top_rows || has_tokens(top->model->type))))
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %" PRIu32 " entries of %" PRIu32 " dimensions",
                   most, rank);
  for (uint32_t k = 0; k < rank; k++) {
    top->largest[k].entry = top->memory[0] + (size_t)k * most;
    top->smallest[k].entry = top->memory[1] + (size_t)k * most;
  }
  return FG_OK;
}

static enum fg_err find(const char *dir, struct fg_top *top, uint32_t most, double *stat, struct fg_fault *fault) {
  const struct fg_model *model = top->model;
  const struct fg_model_type *type = model->type;
  struct fg_model_lines l;
  enum fg_err err = fg_model_lines_open(dir, model, type->top_rows, &l, fault);
  struct fg_view view = {.stat = stat};
  if (type->top_rows)
    view.row_factor = l.factor, view.row_weight = l.weight;
  else
    view.col_factor = l.factor, view.col_weight = l.weight;
  while (!err && !(err = fg_model_lines_next(&l, fault)) && l.n > 0)
    for (uint32_t j = 0; j < l.n; j++)
      for (uint32_t k = 0; k < model->rank; k++) {
        double weight = type->top_weight(model, &view, j, k);
        if (weight > 0)
          offer(&top->largest[k], most, (struct fg_top_entry){l.first + j, weight});
        else if (weight < 0)
          offer(&top->smallest[k], most, (struct fg_top_entry){l.first + j, -weight});
        if (type->top_rows)
          top->share[k] += weight;
      }
  fg_model_lines_close(&l);
  return err;
}

enum fg_err fg_top_read(const char *dir, const struct fg_model *model, uint32_t n, struct fg_top *top,
                        struct fg_fault *fault) {
  *top = (struct fg_top){.model = model};
  uint32_t lines = model->type->top_rows ? model->rows : model->cols, most = n < lines ? n : lines;
  double *stat = calloc(model->n_stat + 1, sizeof *stat), total = 0;
  enum fg_err err = stat ? make_room(top, most, fault) : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (!err)
    err = fg_model_lines_stat(dir, model, stat, fault);
  if (!err)
    err = find(dir, top, most, stat, fault);
  for (uint32_t k = 0; !err && k < model->rank; k++) {
    qsort(top->largest[k].entry, top->largest[k].n, sizeof *top->largest[k].entry, by_rank);
    qsort(top->smallest[k].entry, top->smallest[k].n, sizeof *top->smallest[k].entry, by_rank);
    for (uint32_t i = 0; i < top->smallest[k].n; i++)
      top->smallest[k].entry[i].weight *= -1;
    if (has_tokens(model->type))
      top->share[k] = stat[k];
    total += top->share ? top->share[k] : 0;
  }
  for (uint32_t k = 0; !err && top->share && k < model->rank; k++)
    top->share[k] = total > 0 ? top->share[k] / total : 0;
  free(stat);
  return err;
}

void fg_top_free(struct fg_top *top) {
  free(top->share);
  free(top->largest);
  free(top->smallest);
  free(top->memory[0]);
  free(top->memory[1]);
  *top = (struct fg_top){0};
}

const char *fg_top_whole(const struct fg_top *top) {
  return !top->model->type->top_rows ? "tokens" : top->model->rows == top->model->cols ? "nodes" : "rows";
}

const char *fg_top_name(const struct fg_top *top, const struct fg_vocabulary *vocabulary, uint32_t line) {
  bool named = !top->model->type->top_rows || top->model->rows == top->model->cols;
  return named && vocabulary && line < vocabulary->n ? vocabulary->word[line] : NULL;
}

/* Does a name that is shown hold a blank? Then blanks cannot part names. */
static bool has_blanks(const struct fg_top *top, const struct fg_vocabulary *vocabulary) {
  for (uint32_t k = 0; k < top->model->rank; k++)
    for (int end = 0; end < 2; end++) {
      const struct fg_top_list *list = end ? &top->smallest[k] : &top->largest[k];
      for (uint32_t i = 0; i < list->n; i++) {
        const char *name = fg_top_name(top, vocabulary, list->entry[i].line);
        if (name && strchr(name, ' '))
          return true;
      }
    }
  return false;
}

static void print_list(FILE *f, const struct fg_top *top, const struct fg_vocabulary *vocabulary, uint32_t k,
                       const char *end, const struct fg_top_list *list, const char *between) {
  const struct fg_model_type *type = top->model->type;
  bool offsets = !type->top_rows && type->fixed && type->fixed(top->model, 0) == k; /* rows all have the same there */
  fprintf(f, "%s %" PRIu32 "%s", type->dimension, k + 1, offsets ? " (bias terms)" : "");
  if (top->share)
    fprintf(f, " (%.1f %% of %s)", 100 * top->share[k], fg_top_whole(top));
  fprintf(f, "%s:", end);
  for (uint32_t i = 0; i < list->n; i++) {
    const char *name = fg_top_name(top, vocabulary, list->entry[i].line);
    fputs(i ? between : " ", f);
    if (name)
      fputs(name, f);
    else
      fprintf(f, "#%" PRIu32, list->entry[i].line + 1);
  }
  fputc('\n', f);
}

void fg_top_print(FILE *f, const struct fg_top *top, const struct fg_vocabulary *vocabulary) {
  const char *between = has_blanks(top, vocabulary) ? "; " : " ";
  const struct fg_model_type *type = top->model->type;
  const uint32_t none = type->fixed && !type->top_rows ? type->fixed(top->model, 1) : top->model->rank;
  for (uint32_t k = 0; k < top->model->rank; k++) {
    if (k == none) /* all lines weigh the same */
      continue;
    bool both = top->smallest[k].n > 0;
    print_list(f, top, vocabulary, k, both ? ", largest" : "", &top->largest[k], between);
    if (both)
      print_list(f, top, vocabulary, k, ", smallest", &top->smallest[k], between);
  }
}

enum fg_err fg_top_write(const char *dir, const struct fg_model *model, const struct fg_vocabulary *vocabulary,
                         struct fg_fault *fault) {
  struct fg_top top;
  struct fg_out out = {0};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_top_read(dir, model, TOP, &top, fault);
  if (!err)
    err = fg_path_join(dir, "model/top.txt", path, fault);
  if (!err)
    err = fg_out_open(&out, path, fault);
  if (!err) {
    fg_top_print(out.file, &top, vocabulary);
    err = fg_out_commit(&out, fault);
  }
  fg_top_free(&top);
  return err;
}
