/* Labels of rows or columns, beside the data. */
#include "core/data/labels.h"

#include "core/data/text_input.h"

#include <stdlib.h>
#include <string.h>

struct line {
  char *text; /* owned until it is a name */
  uint32_t at;
};

static int by_text(const void *a, const void *b) {
  return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

/* *read: how many lines hold a text, also after an error */
static enum fg_err read_lines(struct fg_text_input *in, uint32_t n, struct line *lines, uint32_t *read) {
  for (;; ++*read) {
    char *text;
    size_t length;
    enum fg_err err = fg_text_line(in, &text, &length);
    if (err)
      return err;
    if (!text)
      return *read == n ? FG_OK : fg_text_fail(in, "ends after %u labels; %u are expected, one a line", *read, n);
    if (*read == n)
      return fg_text_fail(in, "a label too many: %u are expected, one a line", n);
    if (!length)
      return fg_text_fail(in, "the line is empty; a label is expected in every line");
    lines[*read] = (struct line){strdup(text), *read};
    if (!lines[*read].text)
      return FG_ENOMEM;
  }
}

/* Takes the texts of lines in ascending order; a text that is there already is freed. */
static void name_lines(struct line *lines, uint32_t n, struct fg_labels *labels) {
  for (uint32_t i = 0; i < n; i++) {
    if (labels->n_names && strcmp(labels->name[labels->n_names - 1], lines[i].text) == 0)
      free(lines[i].text);
    else
      labels->name[labels->n_names++] = lines[i].text;
    lines[i].text = NULL;
    labels->of[lines[i].at] = labels->n_names - 1;
    labels->how_many[labels->n_names - 1]++;
  }
}

enum fg_err fg_labels_read(const char *path, uint32_t n, struct fg_labels *labels, struct fg_fault *fault) {
  struct fg_text_input in;
  struct line *lines = calloc((size_t)n + 1, sizeof *lines);
  uint32_t read = 0;
  *labels = (struct fg_labels){.n = n};
  labels->of = calloc((size_t)n + 1, sizeof *labels->of);
  labels->name = calloc((size_t)n + 1, sizeof *labels->name);
  labels->how_many = calloc((size_t)n + 1, sizeof *labels->how_many);
  enum fg_err err = fg_text_open(&in, path, fault);
  if (!err)
    err = lines && labels->of && labels->name && labels->how_many ? read_lines(&in, n, lines, &read) : FG_ENOMEM;
  if (err == FG_ENOMEM)
    fg_fail(fault, err, path, 0, "not enough memory for the labels");
  if (err)
    goto cleanup;
  qsort(lines, n, sizeof *lines, by_text);
  name_lines(lines, n, labels);

cleanup:
  for (uint32_t i = 0; i < read; i++)
    free(lines[i].text);
  free(lines);
  fg_text_close(&in);
  if (err)
    fg_labels_free(labels);
  return err;
}

void fg_labels_free(struct fg_labels *labels) {
  for (uint32_t i = 0; i < labels->n_names; i++)
    free(labels->name[i]);
  free(labels->name);
  free(labels->of);
  free(labels->how_many);
  *labels = (struct fg_labels){0};
}
