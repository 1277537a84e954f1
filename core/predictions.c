/* The end of a posterior's path: from moments of test points to lines that people read. */
#include "core/predictions.h"

#include "core/files.h"
#include "core/posterior.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char columns_name[] = "model/columns.tmp", prefix[] = "predictions-";

/* A test point, as a part has it. */
struct record {
  uint32_t row, place; /* original index; the column's place, counted through all blocks */
  double value, mean, deviation;
};
_Static_assert(sizeof(struct record) == 32, "a record has no holes");

static enum fg_err failed(const char *path, const char *what, struct fg_fault *fault) {
  return fg_fail(fault, FG_EIO, path, 0, "cannot be %s: %s", what, strerror(errno));
}

/* Opens a temporary file of the model. */
static enum fg_err open_file(const char *dir, const char *name, const char *mode, char *path, FILE **f,
                             struct fg_fault *fault) {
  enum fg_err err = fg_path_join(dir, name, path, fault);
  *f = err ? NULL : fopen(path, mode);
  return err || *f ? err : failed(path, *mode == 'r' && mode[1] != '+' ? "read" : "written", fault);
}

/* Closes what was written. */
static enum fg_err close_file(FILE *f, const char *path, struct fg_fault *fault) {
  bool bad = ferror(f) != 0;
  return (fclose(f) != 0) | bad ? failed(path, "written", fault) : FG_OK;
}

static void part_name(uint32_t p, char name[48]) {
  snprintf(name, 48, "model/%s%05" PRIu32 ".tmp", prefix, p);
}

/* Columns before block q. */
static uint64_t first_place(const struct fg_grid *g, uint32_t q) {
  uint64_t n = 0;
  for (uint32_t b = 0; b < q; b++)
    n += g->col[b].n;
  return n;
}

enum fg_err fg_predictions_create(const char *dir, const struct fg_run *run, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  FILE *f;
  if (run->grid.n_test == 0)
    return FG_OK;
  enum fg_err err = open_file(dir, columns_name, "wb", path, &f, fault);
  return err ? err : close_file(f, path, fault);
}

enum fg_err fg_predictions_put(const char *dir, const struct fg_run *run, uint32_t p, struct fg_fault *fault) {
  enum { BATCH = 256 };
  const struct fg_grid *g = &run->grid;
  const struct fg_block_row *row = &g->test[p];
  const struct fg_moments *m = &run->posterior->test[p];
  struct fg_point batch[BATCH];
  char name[48], path[FG_PATH_MAX];
  FILE *f;
  if (g->n_test == 0)
    return FG_OK;
  part_name(p, name);
  enum fg_err err = open_file(dir, name, "wb", path, &f, fault);
  if (err)
    return err;
  for (uint32_t b = 0; b < row->n; b++) {
    uint64_t place = first_place(g, row->col[b]);
    size_t n, at = fg_posterior_first(g, p, &row->block[b]);
    for (size_t from = 0; (n = fg_block_read(&row->block[b], from, BATCH, batch)) > 0; from += n)
      for (size_t i = 0; i < n; i++, at++) {
        struct record r = {.row = g->row[p].original[batch[i].row],
                           .place = (uint32_t)(place + batch[i].col),
                           .value = batch[i].value,
                           .mean = m->mean[at],
                           .deviation = sqrt(fg_posterior_variance(run->posterior, m->square[at]))};
        fwrite(&r, sizeof r, 1, f);
      }
  }
  return close_file(f, path, fault);
}

enum fg_err fg_predictions_put_cols(const char *dir, const struct fg_run *run, uint32_t q, struct fg_fault *fault) {
  const struct fg_lines *lines = &run->grid.col[q];
  char path[FG_PATH_MAX];
  FILE *f;
  if (run->grid.n_test == 0)
    return FG_OK;
  enum fg_err err = open_file(dir, columns_name, "r+b", path, &f, fault);
  if (err)
    return err;
  if (fseeko(f, (off_t)(first_place(&run->grid, q) * sizeof(uint32_t)), SEEK_SET) == 0)
    fwrite(lines->original, sizeof(uint32_t), lines->n, f);
  return close_file(f, path, fault);
}

/* Lines of one part; *lines: how many. */
static enum fg_err print_part(const char *dir, const struct fg_run *run, uint32_t p, const uint32_t *column, FILE *to,
                              uint64_t *lines, struct fg_fault *fault) {
  const unsigned base = run->grid.index_base;
  char name[48], path[FG_PATH_MAX];
  struct record r;
  FILE *f;
  part_name(p, name);
  enum fg_err err = open_file(dir, name, "rb", path, &f, fault);
  if (err)
    return err;
  for (; fread(&r, sizeof r, 1, f) == 1 && r.place < run->grid.cols; (*lines)++)
    fprintf(to, "%" PRIu64 ",%" PRIu64 ",%.9g,%.9g,%.9g\n", (uint64_t)r.row + base, (uint64_t)column[r.place] + base,
            r.value, r.mean, r.deviation);
  if (ferror(f))
    err = failed(path, "read", fault);
  fclose(f);
  return err;
}

enum fg_err fg_predictions_finish(const char *dir, const struct fg_run *run, struct fg_fault *fault) {
  const struct fg_grid *g = &run->grid;
  char path[FG_PATH_MAX];
  struct fg_out out = {0};
  FILE *f = NULL;
  uint64_t lines = 0;
  if (g->n_test == 0)
    return FG_OK;
  uint32_t *column = calloc((size_t)g->cols, sizeof *column);
  enum fg_err err = column ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for predictions");
  if (!err)
    err = open_file(dir, columns_name, "rb", path, &f, fault);
  if (!err && fread(column, sizeof *column, g->cols, f) != g->cols)
    err = fg_fail(fault, FG_EIO, path, 0, "is too short, or cannot be read");
  if (f)
    fclose(f);
  if (!err)
    err = fg_path_join(dir, "model/predictions.csv", path, fault);
  if (!err)
    err = fg_out_open(&out, path, fault);
  if (!err)
    fprintf(out.file, "row,col,value,mean,deviation\n");
  for (uint32_t p = 0; p < g->row_blocks && !err; p++)
    err = print_part(dir, run, p, column, out.file, &lines, fault);
  if (!err && lines != g->n_test)
    err = fg_fail(fault, FG_EIO, path, 0, "%" PRIu64 " predictions of %" PRIu64 " test points are there", lines,
                  g->n_test);
  if (!err)
    err = fg_out_commit(&out, fault);
  else
    fg_out_discard(&out);
  free(column);
  return err;
}

void fg_predictions_discard(const char *dir) {
  char path[FG_PATH_MAX], folder[FG_PATH_MAX];
  if (fg_path_join(dir, "model", folder, NULL))
    return;
  DIR *d = opendir(folder);
  for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
    size_t n = strlen(e->d_name);
    bool part = strncmp(e->d_name, prefix, sizeof prefix - 1) == 0 && n > 4 && strcmp(e->d_name + n - 4, ".tmp") == 0;
    if ((part || strcmp(e->d_name, "columns.tmp") == 0 || strcmp(e->d_name, "predictions.csv.tmp") == 0) &&
        !fg_path_join(folder, e->d_name, path, NULL))
      unlink(path);
  }
  if (d)
    closedir(d);
}
