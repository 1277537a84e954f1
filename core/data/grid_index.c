/* What an on-disk grid says about itself: index.yaml, which ends with its own checksum. */
#include "core/data/grid_index.h"

#include "core/data/grid_dir.h"
#include "core/data/grid_file.h"
#include "core/data/storage.h"
#include "core/facts.h"
#include "core/spec.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum fg_err fg_grid_index_allocate(struct fg_grid_index *index) {
  struct fg_grid *g = &index->grid;
  g->storage = calloc(1, sizeof(struct fg_grid_storage));
  g->row = calloc(g->row_blocks, sizeof *g->row);
  g->col = calloc(g->col_blocks, sizeof *g->col);
  index->part = calloc(g->row_blocks, sizeof *index->part);
  return g->storage && g->row && g->col && index->part ? FG_OK : FG_ENOMEM;
}

void fg_grid_index_free(struct fg_grid_index *index) {
  fg_grid_free(&index->grid);
  free(index->part);
  index->part = NULL;
}

static void put_sizes(FILE *f, const char *name, const struct fg_lines *lines, uint32_t n) {
  fprintf(f, "%s:\n", name);
  for (uint32_t b = 0; b < n; b++)
    fprintf(f, "  - %" PRIu32 "\n", lines[b].n);
}

static void put(FILE *f, const struct fg_grid_index *index) {
  const struct fg_grid *g = &index->grid;
  fprintf(f, "format: " FG_GRID_FORMAT "\nversion: %d\n", FG_GRID_VERSION);
  fprintf(f, "data: ");
  fg_facts_quote(f, g->data_path);
  fprintf(f, "\ndata_sha256: %s\nindex_base: %u\ncounts: %d\nnonnegative: %d\n", g->sha256, g->index_base, g->counts,
          g->nonnegative);
  fprintf(f, "network: %d\ndirected: %d\nloops: %.17g\nzeros: %.17g\nsymmetric: %d\n", g->network, g->directed,
          g->loops, g->zeros, g->symmetric);
  fprintf(f, "rows: %" PRIu32 "\ncols: %" PRIu32 "\nrow_blocks: %" PRIu32 "\ncol_blocks: %" PRIu32 "\n", g->rows,
          g->cols, g->row_blocks, g->col_blocks);
  fprintf(f, "points: %" PRIu64 "\ntrain: %" PRIu64 "\ntest: %" PRIu64 "\nheld_out: %" PRIu64 "\n", g->n_points,
          g->n_train, g->n_test, g->n_held_out);
  fprintf(f, "train_sum: %.17g\ntrain_squares: %.17g\nimbalance: %.17g\n", g->train_sum, g->train_squares,
          g->imbalance);
  fprintf(f, "test_share: %.17g\ntest_rows: %d\nseed_data: %" PRIu64 "\ntile_shift: %u\n", g->split.share,
          g->split.by_rows, g->split.seed, g->tile_shift);
  put_sizes(f, "row_sizes", g->row, g->row_blocks);
  put_sizes(f, "col_sizes", g->col, g->col_blocks);
  fprintf(f, "parts:\n");
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    char name[FG_PART_NAME];
    fg_part_name(p, name);
    fprintf(f, "  - {file: %s, bytes: %" PRIu64 ", crc32: %" PRIu32 "}\n", name, index->part[p].bytes,
            index->part[p].crc);
  }
}

enum fg_err fg_grid_index_write(const char *dir, const struct fg_grid_index *index, struct fg_fault *fault) {
  char path[FG_PATH_MAX], *text = NULL;
  size_t n = 0;
  struct fg_out out;
  FILE *f = open_memstream(&text, &n);
  if (f)
    put(f, index);
  if (!f || ferror(f) | fclose(f)) {
    free(text);
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "out of memory for the index of the grid");
  }
  enum fg_err err = fg_path_join(dir, FG_GRID_INDEX, path, fault);
  if (!err)
    err = fg_out_open(&out, path, fault);
  if (!err) {
    fwrite(text, 1, n, out.file);
    fprintf(out.file, "index_crc32: %lu\n", crc32(0, (const Bytef *)text, (uInt)n));
    err = fg_out_commit(&out, fault);
  }
  free(text);
  return err;
}

/* The last line holds the checksum of everything before it. */
static enum fg_err check_sum(const char *path, struct fg_fault *fault) {
  unsigned char bytes[1 << 14];
  static const char key[] = "index_crc32: ";
  unsigned long sum = 0;
  char tail[64] = "", expected[64];
  size_t n, kept = 0;
  FILE *f = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  /* all lines but the last are summed; `tail` is the last one so far, too long a one shows only its end */
  while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
    for (size_t i = 0; i < n; i++) {
      if (kept && tail[kept - 1] == '\n') {
        sum = crc32(sum, (const Bytef *)tail, (uInt)kept);
        kept = 0;
      }
      if (kept == sizeof tail) {
        sum = crc32(sum, (const Bytef *)tail, (uInt)kept);
        kept = 0;
      }
      tail[kept++] = (char)bytes[i];
    }
  bool bad = ferror(f);
  fclose(f);
  if (bad)
    return fg_fail(fault, FG_EIO, path, 0, "cannot be read: %s", strerror(errno));
  int length = snprintf(expected, sizeof expected, "%s%lu\n", key, sum);
  if (kept != (size_t)length || memcmp(tail, expected, kept) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its checksum is not that of its content");
  return FG_OK;
}

/* The facts of an index stand in a fixed order. */
struct cursor {
  const struct fg_facts *facts;
  size_t at;
  const char *path;
  struct fg_fault *fault;
};

static enum fg_err next(struct cursor *c, const char *key, const char **value) {
  if (c->at >= c->facts->n || strcmp(c->facts->fact[c->at].key, key) != 0)
    return fg_fail(c->fault, FG_EINPUT, c->path, 0, "is not the index of a grid: '%s' is missing", key);
  *value = c->facts->fact[c->at++].value;
  return FG_OK;
}

static enum fg_err whole(struct cursor *c, const char *key, uint64_t lo, uint64_t hi, uint64_t *value) {
  const char *text = "";
  enum fg_err err = next(c, key, &text);
  if (!err && (!fg_parse_u64(text, value) || *value < lo || *value > hi))
    err = fg_fail(c->fault, FG_EINPUT, c->path, 0, "%s: %.40s is not in %" PRIu64 " .. %" PRIu64, key, text, lo, hi);
  return err;
}

static enum fg_err whole32(struct cursor *c, const char *key, uint32_t lo, uint32_t hi, uint32_t *value) {
  uint64_t v = 0;
  enum fg_err err = whole(c, key, lo, hi, &v);
  *value = (uint32_t)v;
  return err;
}

static enum fg_err real(struct cursor *c, const char *key, double *value) {
  const char *text = "";
  enum fg_err err = next(c, key, &text);
  if (!err && !fg_parse_real(text, value))
    err = fg_fail(c->fault, FG_EINPUT, c->path, 0, "%s: %.40s is not a number", key, text);
  return err;
}

static enum fg_err zeros(struct cursor *c, double *value) {
  if (c->at < c->facts->n && strcmp(c->facts->fact[c->at].value, "inf") == 0) {
    const char *text;
    *value = INFINITY;
    return next(c, "zeros", &text);
  }
  return real(c, "zeros", value);
}

static enum fg_err read_head(struct cursor *c, struct fg_grid *g, const char **data) {
  const char *text = "";
  uint32_t flag = 0, n_facts = c->facts->n < UINT32_MAX ? (uint32_t)c->facts->n : UINT32_MAX;
  enum fg_err err = next(c, "format", &text);
  if (!err && strcmp(text, FG_GRID_FORMAT) != 0)
    err = fg_fail(c->fault, FG_EINPUT, c->path, 0, "is not the index of a grid");
  if (!err)
    err = next(c, "version", &text);
  uint64_t version;
  if (!err && (!fg_parse_u64(text, &version) || version != FG_GRID_VERSION))
    err =
        fg_fail(c->fault, FG_EINPUT, c->path, 0,
                "is of version %.20s; this program reads version %d: partition the data again", text, FG_GRID_VERSION);
  if (!err)
    err = next(c, "data", data);
  if (!err && !(err = next(c, "data_sha256", &text)) && (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64))
    err = fg_fail(c->fault, FG_EINPUT, c->path, 0, "data_sha256 is not a SHA-256");
  if (err)
    return err;
  memcpy(g->sha256, text, sizeof g->sha256);
  if ((err = whole32(c, "index_base", 0, 1, &g->index_base)) || (err = whole32(c, "counts", 0, 1, &flag)))
    return err;
  g->counts = flag;
  if ((err = whole32(c, "nonnegative", 0, 1, &flag)))
    return err;
  g->nonnegative = flag;
  if ((err = whole32(c, "network", 0, 1, &flag)))
    return err;
  g->network = flag;
  if ((err = whole32(c, "directed", 0, 1, &flag)) || (err = real(c, "loops", &g->loops)) || (err = zeros(c, &g->zeros)))
    return err;
  g->directed = flag;
  if ((err = whole32(c, "symmetric", 0, 1, &flag)))
    return err;
  g->symmetric = flag;
  if ((err = whole32(c, "rows", 1, UINT32_MAX, &g->rows)) || (err = whole32(c, "cols", 1, UINT32_MAX, &g->cols)) ||
      (err = whole32(c, "row_blocks", 1, g->rows < n_facts ? g->rows : n_facts, &g->row_blocks)) ||
      (err = whole32(c, "col_blocks", 1, g->cols < n_facts ? g->cols : n_facts, &g->col_blocks)) ||
      (err = whole(c, "points", 1, UINT64_MAX, &g->n_points)) ||
      (err = whole(c, "train", 1, g->n_points, &g->n_train)) ||
      (err = whole(c, "test", 0, g->n_points - g->n_train, &g->n_test)) ||
      (err = whole(c, "held_out", g->n_points - g->n_train - g->n_test, g->n_points - g->n_train - g->n_test,
                   &g->n_held_out)) ||
      (err = real(c, "train_sum", &g->train_sum)) || (err = real(c, "train_squares", &g->train_squares)) ||
      (err = real(c, "imbalance", &g->imbalance)) || (err = real(c, "test_share", &g->split.share)) ||
      (err = whole32(c, "test_rows", 0, 1, &flag)) || (err = whole(c, "seed_data", 0, UINT64_MAX, &g->split.seed)) ||
      (err = whole32(c, "tile_shift", 0, 16, &g->tile_shift)))
    return err;
  g->split.by_rows = flag;
  return FG_OK;
}

static enum fg_err read_sizes(struct cursor *c, const char *name, struct fg_lines *lines, uint32_t blocks,
                              uint32_t all) {
  enum fg_err err = FG_OK;
  uint64_t sum = 0;
  for (uint32_t b = 0; b < blocks && !err; b++) {
    char key[64];
    snprintf(key, sizeof key, "%s.%" PRIu32, name, b);
    err = whole32(c, key, 1, all, &lines[b].n);
    sum += lines[b].n;
  }
  if (!err && sum != all)
    err = fg_fail(c->fault, FG_EINPUT, c->path, 0, "%s do not sum up to %" PRIu32, name, all);
  return err;
}

static enum fg_err read_parts(struct cursor *c, struct fg_grid_index *index) {
  enum fg_err err = FG_OK;
  for (uint32_t p = 0; p < index->grid.row_blocks && !err; p++) {
    char key[64], name[FG_PART_NAME];
    const char *text = "";
    snprintf(key, sizeof key, "parts.%" PRIu32 ".file", p);
    fg_part_name(p, name);
    err = next(c, key, &text);
    if (!err && strcmp(text, name) != 0)
      err = fg_fail(c->fault, FG_EINPUT, c->path, 0, "part %" PRIu32 " is not called %s", p, name);
    snprintf(key, sizeof key, "parts.%" PRIu32 ".bytes", p);
    if (!err)
      err = whole(c, key, 1, INT64_MAX, &index->part[p].bytes);
    snprintf(key, sizeof key, "parts.%" PRIu32 ".crc32", p);
    if (!err)
      err = whole32(c, key, 0, UINT32_MAX, &index->part[p].crc);
  }
  return err;
}

enum fg_err fg_grid_index_read(const char *dir, struct fg_grid_index *index, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  struct fg_facts facts = {0};
  memset(index, 0, sizeof *index);
  enum fg_err err = fg_path_join(dir, FG_GRID_INDEX, path, fault);
  if (!err && access(path, F_OK) != 0)
    err = fg_fail(fault, FG_EINPUT, dir, 0, "is not a complete grid: it has no " FG_GRID_INDEX);
  if (!err)
    err = fg_facts_read(path, &facts, fault);
  struct cursor c = {.facts = &facts, .path = path, .fault = fault};
  struct fg_grid *g = &index->grid;
  const char *data = NULL;
  /* the version comes first: another one may have another checksum */
  if (!err)
    err = read_head(&c, g, &data);
  if (!err)
    err = check_sum(path, fault);
  if (!err && (fg_grid_index_allocate(index) || !(((struct fg_grid_storage *)g->storage)->data_path = strdup(data))))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "out of memory for the index of the grid");
  if (!err) {
    g->data_path = ((struct fg_grid_storage *)g->storage)->data_path;
    err = read_sizes(&c, "row_sizes", g->row, g->row_blocks, g->rows);
  }
  if (!err)
    err = read_sizes(&c, "col_sizes", g->col, g->col_blocks, g->cols);
  if (!err)
    err = read_parts(&c, index);
  if (err)
    fg_grid_index_free(index);
  fg_facts_free(&facts);
  return err;
}
