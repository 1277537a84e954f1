/* File -> labels of rows. */
#include "core/data/labels.h"

#include "core/data/text_input.h"

#include <stdlib.h>
#include <string.h>

struct line {
  char *text;
  uint32_t row;
};

static int by_text(const void *a, const void *b) {
  return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

/* Lines that hold a label, *n of them; the texts are the caller's. */
static enum fg_err read_lines(struct fg_text_input *in, uint32_t rows, struct line *line, uint32_t *n) {
  for (uint32_t row = 0;; row++) {
    char *text;
    size_t length;
    enum fg_err err = fg_text_line(in, &text, &length);
    if (err)
      return err;
    if (!text && row < rows)
      return fg_text_fail(in, "ends after %u labels; the model has %u rows", row, rows);
    if (!text)
      return *n ? FG_OK : fg_text_fail(in, "has no label, only empty lines");
    if (row == rows)
      return fg_text_fail(in, "has more labels than the model has rows, %u", rows);
    if (!length)
      continue;
    line[*n] = (struct line){strdup(text), row};
    if (!line[(*n)++].text)
      return FG_ENOMEM;
  }
}

enum fg_err fg_labels_read(const char *path, uint32_t rows, struct fg_labels *labels, struct fg_fault *fault) {
  struct fg_text_input in;
  uint32_t n = 0, kept = 0;
  *labels = (struct fg_labels){.n = rows};
  enum fg_err err = fg_text_open(&in, path, fault);
  struct line *line = malloc(((size_t)rows + 1) * sizeof *line);
  labels->of = malloc(((size_t)rows + 1) * sizeof *labels->of);
  if (!err && (!line || !labels->of))
    err = FG_ENOMEM;
  if (!err)
    err = read_lines(&in, rows, line, &n);
  if (!err && !(labels->name = calloc(n, sizeof *labels->name)))
    err = FG_ENOMEM;
  if (err)
    goto cleanup;
  for (uint32_t i = 0; i < rows; i++)
    labels->of[i] = FG_UNLABELLED;
  qsort(line, n, sizeof *line, by_text);
  for (uint32_t i = 0; i < n; i++) {
    if (i == 0 || strcmp(line[i].text, labels->name[labels->names - 1]) != 0) {
      labels->name[labels->names++] = line[i].text;
      line[i].text = NULL;
    }
    labels->of[line[i].row] = labels->names - 1;
  }
cleanup:
  if (err == FG_ENOMEM)
    fg_fail(fault, err, path, 0, "not enough memory for the labels");
  for (; line && kept < n; kept++)
    free(line[kept].text);
  free(line);
  fg_text_close(&in);
  return err;
}

void fg_labels_free(struct fg_labels *labels) {
  for (uint32_t i = 0; i < labels->names; i++)
    free(labels->name[i]);
  free(labels->name);
  free(labels->of);
  *labels = (struct fg_labels){0};
}
