/* The container that readers and generators fill. */
#include "core/data/points.h"

#include <stdlib.h>
#include <string.h>

enum fg_err fg_points_grow(struct fg_points *points) {
  size_t capacity = points->capacity ? points->capacity + points->capacity / 2 : 1024;
  uint32_t *row = realloc(points->row, capacity * sizeof *row);
  if (row)
    points->row = row;
  uint32_t *col = realloc(points->col, capacity * sizeof *col);
  if (col)
    points->col = col;
  float *value = realloc(points->value, capacity * sizeof *value);
  if (value)
    points->value = value;
  if (!row || !col || !value)
    return FG_ENOMEM;
  points->capacity = capacity;
  return FG_OK;
}

enum fg_err fg_points_push(struct fg_points *points, uint32_t row, uint32_t col, float value) {
  if (points->n == points->capacity) {
    enum fg_err err = fg_points_grow(points);
    if (err)
      return err;
  }
  points->row[points->n] = row;
  points->col[points->n] = col;
  points->value[points->n] = value;
  points->n++;
  return FG_OK;
}

/* Files are mostly written in order of rows or of columns. */
static bool rises(const uint32_t *index, size_t n) {
  bool falls = false;
  for (size_t i = 1; i < n && !falls; i += 1024)
    for (size_t k = i; k < n && k < i + 1024; k++)
      falls |= index[k] < index[k - 1];
  return !falls;
}

/* Does a line come twice with the same partner? `seen`: 1 + the line that a partner was met in last, all 0. */
static bool repeats_in_order(const uint32_t *major, const uint32_t *minor, size_t n, uint32_t *seen) {
  for (size_t i = 0; i < n; i++) {
    if (seen[minor[i]] == major[i] + 1)
      return true;
    seen[minor[i]] = major[i] + 1;
  }
  return false;
}

/* The same of columns that stand grouped by row; end[r]: where row r ends. */
static bool repeats_in_groups(const size_t *end, uint32_t rows, const uint32_t *col, uint32_t *seen) {
  size_t i = 0;
  for (uint32_t r = 0; r < rows; r++)
    for (; i < end[r]; i++) {
      if (seen[col[i]] == r + 1)
        return true;
      seen[col[i]] = r + 1;
    }
  return false;
}

/* Is there a repetition at all? Linear time; 4 bytes per point, unless these are in order of rows or of columns, and a
 * few per row and column. */
static enum fg_err find_any(const struct fg_points *points, bool *found) {
  bool by_row = rises(points->row, points->n), by_col = !by_row && rises(points->col, points->n);
  bool in_order = by_row || by_col;
  enum fg_err err = FG_ENOMEM;
  size_t *end = in_order ? NULL : calloc((size_t)points->rows + 1, sizeof *end);
  uint32_t *col = in_order ? NULL : malloc(points->n * sizeof *col);
  uint32_t *seen = calloc((size_t)(by_col ? points->rows : points->cols) + 1, sizeof *seen);
  if (!seen || (!in_order && (!end || !col)))
    goto cleanup;
  err = FG_OK;
  if (in_order) {
    *found = repeats_in_order(by_row ? points->row : points->col, by_row ? points->col : points->row, points->n, seen);
    goto cleanup;
  }
  for (size_t i = 0; i < points->n; i++)
    end[points->row[i] + (size_t)1]++;
  for (size_t r = 0; r < points->rows; r++)
    end[r + 1] += end[r];
  for (size_t i = 0; i < points->n; i++)
    col[end[points->row[i]]++] = points->col[i]; /* end[r] moves from the start of row r to its end */
  *found = repeats_in_groups(end, points->rows, col, seen);
cleanup:
  free(end);
  free(col);
  free(seen);
  return err;
}

/* The earliest repetition, when there is one. Positions are grouped by row (counting sort), then each row marks the
 * columns it has seen. Linear time; 8 bytes per point, row and column. Inside a row positions rise, so its first
 * repetition is met first. */
static enum fg_err find_by_marks(const struct fg_points *points, bool *found, size_t *first, size_t *second) {
  enum fg_err err = FG_ENOMEM;
  size_t *end = calloc((size_t)points->rows + 1, sizeof *end);
  size_t *order = malloc(points->n * sizeof *order);
  size_t *seen = calloc((size_t)points->cols + 1, sizeof *seen); /* 1 + where in `order` the column was met last */
  if (!end || !order || !seen)
    goto cleanup;
  for (size_t i = 0; i < points->n; i++)
    end[points->row[i] + (size_t)1]++;
  for (size_t r = 0; r < points->rows; r++)
    end[r + 1] += end[r];
  for (size_t i = 0; i < points->n; i++)
    order[end[points->row[i]]++] = i; /* end[r] moves from the start of row r to its end */
  for (size_t r = 0, at = 0; r < points->rows; r++) {
    for (size_t start = at; at < end[r]; at++) {
      size_t *mark = &seen[points->col[order[at]]];
      if (*mark > start && (!*found || order[at] < *second)) {
        *found = true;
        *first = order[*mark - 1];
        *second = order[at];
      }
      *mark = at + 1;
    }
  }
  err = FG_OK;
cleanup:
  free(end);
  free(order);
  free(seen);
  return err;
}

struct place {
  uint32_t row, col;
  size_t at;
};

static int compare_places(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  if (x->row != y->row)
    return x->row < y->row ? -1 : 1;
  if (x->col != y->col)
    return x->col < y->col ? -1 : 1;
  return x->at < y->at ? -1 : x->at > y->at;
}

/* For matrices with far more rows or columns than points, where marks would cost more memory than the points. */
static enum fg_err find_by_sorting(const struct fg_points *points, bool *found, size_t *first, size_t *second) {
  struct place *place = malloc(points->n * sizeof *place);
  if (!place)
    return FG_ENOMEM;
  for (size_t i = 0; i < points->n; i++)
    place[i] = (struct place){points->row[i], points->col[i], i};
  qsort(place, points->n, sizeof *place, compare_places);
  for (size_t i = 1; i < points->n; i++)
    if (place[i].row == place[i - 1].row && place[i].col == place[i - 1].col && (!*found || place[i].at < *second)) {
      *found = true;
      *first = place[i - 1].at;
      *second = place[i].at;
    }
  free(place);
  return FG_OK;
}

enum fg_err fg_points_find_duplicate(const struct fg_points *points, bool *found, size_t *first, size_t *second) {
  *found = false;
  if (((size_t)points->rows + points->cols) / 16 > points->n)
    return find_by_sorting(points, found, first, second);
  bool any = false;
  enum fg_err err = find_any(points, &any);
  return err || !any ? err : find_by_marks(points, found, first, second);
}

void fg_points_free(struct fg_points *points) {
  free(points->row);
  free(points->col);
  free(points->value);
  memset(points, 0, sizeof *points);
}

enum fg_err fg_points_check_shape(const char *path, uint32_t rows, uint32_t cols, uint64_t n, struct fg_fault *fault) {
  if (rows / 1000 <= n && cols / 1000 <= n)
    return FG_OK;
  return fg_fail(fault, FG_EINPUT, path, 0, "is %u x %u with %llu points only: is an index wrong?", rows, cols,
                 (unsigned long long)n);
}
