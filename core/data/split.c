/* First step after reading: which points are held out. */
#include "core/data/split.h"

#include "core/rng.h"
#include "core/spec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUB_POINT, SUB_ROW, SUB_PAIR }; /* points, rows and pairs draw from separate sequences */

enum fg_err fg_split_parse(const char *text, struct fg_split *split, struct fg_fault *fault) {
  static const char prefix[] = "rows:";
  bool by_rows = strncmp(text, prefix, sizeof prefix - 1) == 0;
  double share;
  if (!fg_parse_real(by_rows ? text + sizeof prefix - 1 : text, &share) || signbit(share) || share >= 1)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "the test share '%.60s' must be a number in [0, 1), of points (0.1) or of whole rows (rows:0.1)",
                   text);
  split->share = share;
  split->by_rows = by_rows;
  return FG_OK;
}

void fg_split_print(const struct fg_split *split, char *out, size_t size) {
  char share[32];
  for (int digits = 1; digits <= 17; digits++) { /* as short as reads back to the same */
    snprintf(share, sizeof share, "%.*g", digits, split->share);
    if (strtod(share, NULL) == split->share)
      break;
  }
  snprintf(out, size, "%s%s", split->by_rows ? "rows:" : "", share);
}

static bool drawn(const struct fg_split *split, uint64_t index, uint32_t sub) {
  if (split->share <= 0)
    return false;
  struct fg_rng rng;
  fg_rng_start(&rng, split->seed, FG_STREAM_SPLIT, index, sub);
  return fg_rng_uniform(&rng) < split->share;
}

/* By which a point is drawn, and from which sequences. */
static uint64_t index_of(const struct fg_split *split, bool symmetric, uint64_t i, uint32_t row, uint32_t col) {
  if (split->by_rows)
    return row;
  if (symmetric)
    return row < col ? (uint64_t)row << 32 | col : (uint64_t)col << 32 | row;
  return i;
}

static uint32_t sub_of(const struct fg_split *split, bool symmetric) {
  return split->by_rows ? SUB_ROW : symmetric ? SUB_PAIR : SUB_POINT;
}

bool fg_split_is_test(const struct fg_split *split, bool symmetric, bool network, uint64_t i, uint32_t row,
                      uint32_t col) {
  if (network && row == col && !split->by_rows)
    return false;
  return drawn(split, index_of(split, symmetric, i, row, col), sub_of(split, symmetric));
}

enum fg_part fg_split_part(const struct fg_split *split, bool symmetric, bool network, uint64_t i, uint32_t row,
                           uint32_t col) {
  if (!fg_split_is_test(split, symmetric, network, i, row, col))
    return FG_PART_TRAIN;
  return split->by_rows ? FG_PART_HELD_OUT : FG_PART_TEST;
}

void fg_split_parts(const struct fg_split *split, bool symmetric, bool network, uint64_t i, const uint32_t *row,
                    const uint32_t *col, size_t n, unsigned char *part) {
  size_t k = 0;
  for (; split->share > 0 && k + FG_RNG_SIDE <= n; k += FG_RNG_SIDE) {
    uint64_t index[FG_RNG_SIDE];
    double u[FG_RNG_SIDE];
    for (size_t j = 0; j < FG_RNG_SIDE; j++)
      index[j] = index_of(split, symmetric, i + k + j, row[k + j], col[k + j]);
    fg_rng_first_uniforms(split->seed, FG_STREAM_SPLIT, index, sub_of(split, symmetric), u);
    for (size_t j = 0; j < FG_RNG_SIDE; j++) {
      bool held = u[j] < split->share && !(network && row[k + j] == col[k + j] && !split->by_rows);
      part[k + j] = (unsigned char)(!held ? FG_PART_TRAIN : split->by_rows ? FG_PART_HELD_OUT : FG_PART_TEST);
    }
  }
  for (; k < n; k++)
    part[k] = (unsigned char)fg_split_part(split, symmetric, network, i + k, row[k], col[k]);
}

bool fg_split_row_is_test(const struct fg_split *split, uint32_t row) {
  return split->by_rows && drawn(split, row, SUB_ROW);
}
