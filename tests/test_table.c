/* What the proved definitions compute and what the code does are the same (proofs/table, which proofs/coq/tables
 * writes): whole numbers of schedules and of the release tree for up to 64 workers, and the bounds of claims up to
 * rounding. Broken tables are told, by their line. */
#include "core/ranks.h"
#include "core/schedule.h"
#include "proofs/bounds.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 80 }; /* numbers in a row */

/* A row of a kind: arguments, then what the definition makes of them. */
struct row {
  long double x[MOST];
  size_t n;
};

struct kind {
  const char *name;
  size_t rows, arguments;
  /* NULL if the code says the same; otherwise static text */
  const char *(*compare)(const struct row *row, const struct kind *kind);
  bool ascend; /* no row of it comes twice: arguments ascend, the first one first */
  /* of the code; *terms: the sum of the absolute values of what it adds up */
  double (*bound)(const double *x, double *terms);
};

/* ---- schedules: P numbers behind the arguments, worker by worker */

static uint64_t whole(const struct row *row, size_t i) {
  return (uint64_t)row->x[i];
}

static const char *col(const struct row *row, const struct kind *kind) {
  uint64_t P = whole(row, 0), s = whole(row, 1);
  if (P > 64 || s >= P || row->n != kind->arguments + P)
    return "is no row of at most 64 workers";
  for (uint32_t p = 0; p < P; p++)
    if (fg_schedule_col(p, (uint32_t)s, (uint32_t)P) != whole(row, 2 + p))
      return "differs from fg_schedule_col";
    else if (fg_schedule_stratum(p, (uint32_t)whole(row, 2 + p), (uint32_t)P) != s)
      return "differs from fg_schedule_stratum";
  return NULL;
}

static const char *next(const struct row *row, const struct kind *kind) {
  uint64_t P = whole(row, 0);
  if (P > 64 || row->n != kind->arguments + P)
    return "is no row of at most 64 workers";
  for (uint32_t p = 0; p < P; p++)
    if (fg_schedule_next(p, (uint32_t)P) != whole(row, 1 + p))
      return "differs from fg_schedule_next";
  return NULL;
}

static const char *ring(const struct row *row, const struct kind *kind) {
  uint64_t P = whole(row, 0), blocks = whole(row, 1), k = whole(row, 2);
  if (P > 64 || row->n != kind->arguments + P)
    return "is no row of at most 64 workers";
  for (uint32_t p = 0; p < P; p++)
    if (fg_schedule_ring(p, k, (uint32_t)P, (uint32_t)(blocks * P)) != whole(row, 3 + p))
      return "differs from fg_schedule_ring";
  return NULL;
}

/* Arity, ranks, rank; its parent (0 stands for that of rank 0, for which nobody asks), its children. */
static const char *tree(const struct row *row, const struct kind *kind) {
  uint32_t arity = (uint32_t)whole(row, 0), ranks = (uint32_t)whole(row, 1), rank = (uint32_t)whole(row, 2), first;
  if (ranks > 64 || rank >= ranks || row->n < kind->arguments + 1)
    return "is no row of at most 64 ranks";
  if (whole(row, 3) != (rank > 0 ? fg_tree_parent(rank, arity) : 0))
    return "differs from fg_tree_parent";
  uint32_t n = fg_tree_children(rank, arity, ranks, &first);
  if (row->n != 4 + (size_t)n)
    return "has not as many children as fg_tree_children says";
  for (uint32_t c = 0; c < n; c++)
    if (first + c != whole(row, 4 + c))
      return "differs from fg_tree_children";
  return NULL;
}

/* Counts: P from 1 to 64 with s < P; P from 1 to 64; 10 P x 4 B with 4 B visits; 5 arities with a rank each of 14
 * counts of ranks. */
static const struct kind schedule[] = {
    {"col", 64 * 65 / 2, 2, col, true, NULL},
    {"next", 64, 1, next, true, NULL},
    {"ring", 10 * 4 * (1 + 2 + 3 + 5), 3, ring, true, NULL},
    {"tree", 5 * (45 + 15 + 16 + 17 + 31 + 64), 3, tree, true, NULL},
    {0},
};

/* ---- bounds: arguments that a double holds exactly, and an exact fraction */

/* Rounding is relative to what is added or taken away, which may cancel. */
#define ROUNDING (32 * DBL_EPSILON)

static const char *bound(const struct row *row, const struct kind *kind) {
  double x[MOST], terms;
  if (row->n != kind->arguments + 1)
    return "has not as many numbers as the bound has arguments, and one more";
  for (size_t i = 0; i < kind->arguments; i++) {
    x[i] = (double)row->x[i];
    if ((long double)x[i] != row->x[i])
      return "has an argument that no double holds";
  }
  long double off = fabsl(kind->bound(x, &terms) - row->x[kind->arguments]);
  return off <= ROUNDING * terms ? NULL : "differs from the bound of the code";
}

static double stationary(const double *x, double *terms) {
  double value = fg_bound_stationary(x[0], x[1], x[2]);
  *terms = value * 2 / (2 - x[0] * x[1]);
  return value;
}
static double extras(const double *x, double *terms) {
  double value = fg_bound_extras(x[0], x[1], x[2], x[3]);
  *terms = value * 2 / (2 - x[1] * x[2]);
  return value;
}
static double block_variance(const double *x, double *terms) {
  *terms = x[4] + 2 * x[0] * x[1] * x[2] * x[4] + x[0] * x[0] * x[1] * x[3];
  return fg_bound_block_variance(x[0], x[1], x[2], x[3], x[4]);
}
static double block_remainder(const double *x, double *terms) {
  return *terms = fg_bound_block_remainder(x[0], x[1], x[2], x[3], x[4], x[5]);
}
static double wait_mass(const double *x, double *terms) {
  return *terms = fg_bound_wait_mass(x[0], x[1], x[2]);
}
static double drift(const double *x, double *terms) {
  *terms = fabs(x[3]) + 2 * fabs(x[4]);
  return fg_bound_drift(x[0], x[1], x[2], x[3], x[4]);
}
static double order_bias(const double *x, double *terms) {
  *terms = fabs(x[4] - x[3]) / (1 + pow(1 - x[0] * x[1], x[2]));
  return fg_bound_order_bias(x[0], x[1], x[2], x[3], x[4]);
}

static const struct kind constants[] = {
    {"stationary", 28, 3, bound, false, stationary},         {"extras", 56, 4, bound, false, extras},
    {"block_variance", 84, 5, bound, false, block_variance}, {"block_remainder", 84, 6, bound, false, block_remainder},
    {"wait_mass", 36, 3, bound, false, wait_mass},           {"drift", 42, 5, bound, false, drift},
    {"order_bias", 42, 5, bound, false, order_bias},         {0},
};

/* ---- tables */

/* "7" or "3/8"; a long double holds what numerators and denominators of hundreds of digits come to. */
static bool number(const char *word, long double *x) {
  char *end;
  *x = strtold(word, &end);
  if (end == word || *end != '/')
    return end != word && *end == '\0' && isfinite(*x);
  const char *below = end + 1;
  long double d = strtold(below, &end);
  *x /= d;
  return end != below && *end == '\0' && d > 0 && isfinite(d) && isfinite(*x);
}

/* -1, 0, 1: the first n numbers of a come before, with, after those of b. */
static int order(const struct row *a, const struct row *b, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (a->x[i] != b->x[i])
      return a->x[i] < b->x[i] ? -1 : 1;
  return 0;
}

/* Compares a table with the code; "" or what is wrong with its first bad line, or with all of it. */
static void check(FILE *f, const struct kind *kinds, char complaint[200]) {
  char *line = NULL;
  size_t capacity = 0, lines = 0, rows[16] = {0};
  static struct row last[16];
  complaint[0] = '\0';
  while (!complaint[0] && getline(&line, &capacity, f) >= 0) {
    lines++;
    char *rest = NULL, *word = strtok_r(line, " \n", &rest);
    size_t k = 0;
    while (kinds[k].name && (!word || strcmp(word, kinds[k].name)))
      k++;
    const char *wrong = kinds[k].name ? NULL : "is of no kind that is known";
    struct row row = {.n = 0};
    while (!wrong && (word = strtok_r(NULL, " \n", &rest)))
      if (row.n == MOST || !number(word, &row.x[row.n++]))
        wrong = "cannot be read";
    if (!wrong && row.n < kinds[k].arguments)
      wrong = "lacks arguments";
    if (!wrong && kinds[k].ascend && rows[k] > 0 && order(&last[k], &row, kinds[k].arguments) >= 0)
      wrong = "does not come after the one before";
    if (!wrong)
      wrong = kinds[k].compare(&row, &kinds[k]);
    if (wrong) {
      snprintf(complaint, 200, "line %zu (%s) %s", lines, kinds[k].name ? kinds[k].name : "?", wrong);
    } else {
      rows[k]++;
      last[k] = row;
    }
  }
  for (size_t k = 0; kinds[k].name && !complaint[0]; k++)
    if (rows[k] != kinds[k].rows)
      snprintf(complaint, 200, "%zu rows of %s, not %zu", rows[k], kinds[k].name, kinds[k].rows);
  free(line);
}

/* The table as text; freed by free. */
static char *text_of(const char *name) {
  char path[4096];
  const char *top = getenv("FUGUE_SRCDIR");
  snprintf(path, sizeof path, "%s/proofs/table/%s.txt", top ? top : ".", name);
  FILE *f = fopen(path, "r");
  if (!f)
    fail_msg("%s cannot be opened (FUGUE_SRCDIR: where the sources are)", path);
  char *text = NULL;
  size_t capacity = 0;
  if (getdelim(&text, &capacity, '\0', f) < 0)
    fail_msg("%s is empty", path);
  fclose(f);
  return text;
}

static void complaint_of(const char *text, const struct kind *kinds, char complaint[200]) {
  FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
  assert_non_null(f);
  check(f, kinds, complaint);
  fclose(f);
}

static void agrees(const char *name, const struct kind *kinds) {
  char complaint[200], *text = text_of(name);
  complaint_of(text, kinds, complaint);
  assert_string_equal(complaint, "");
  free(text);
}

static void schedules_are_the_proved_ones(void **state) {
  (void)state;
  agrees("schedule", schedule);
}

static void bounds_are_the_proved_ones(void **state) {
  (void)state;
  agrees("constants", constants);
}

/* ---- broken tables */

/* Where the n-th line (from 1) of a text begins. */
static const char *line_of(const char *text, size_t n) {
  while (--n > 0)
    text = strchr(text, '\n') + 1;
  return text;
}

/* With `instead` in the place of `many` lines from the n-th on, the table is refused with this complaint. */
static void refused(const char *name, const struct kind *kinds, size_t n, size_t many, const char *instead,
                    const char *expected) {
  char complaint[200], *text = text_of(name);
  size_t room = strlen(text) + strlen(instead) + 1;
  char *broken = malloc(room);
  const char *from = line_of(text, n);
  assert_non_null(broken);
  snprintf(broken, room, "%.*s%s%s", (int)(from - text), text, instead, line_of(from, many + 1));
  complaint_of(broken, kinds, complaint);
  assert_string_equal(complaint, expected);
  free(broken);
  free(text);
}

static void missing_and_repeated_rows_are_told(void **state) {
  (void)state;
  refused("schedule", schedule, 3, 1, "", "2079 rows of col, not 2080");
  refused("schedule", schedule, 2080, 1, "", "2079 rows of col, not 2080");
  refused("schedule", schedule, 2081, 64, "", "0 rows of next, not 64");
  refused("schedule", schedule, 3, 1, "col 2 0 0 1\n", "line 3 (col) does not come after the one before");
  refused("schedule", schedule, 1, 0, "col 65 0 0\n", "line 1 (col) is no row of at most 64 workers");
  refused("schedule", schedule, 1, 1, "row 1 0 0\n", "line 1 (?) is of no kind that is known");
  refused("schedule", schedule, 2, 1, "col 2 0 0\n", "line 2 (col) is no row of at most 64 workers");
  refused("schedule", schedule, 2, 1, "col 2 0 0 1x\n", "line 2 (col) cannot be read");
  refused("schedule", schedule, 2, 1, "col 2\n", "line 2 (col) lacks arguments");
  refused("constants", constants, 28, 1, "", "27 rows of stationary, not 28");
  refused("constants", constants, 1, 1, "stationary 1/2 1/1 1/1\n",
          "line 1 (stationary) has not as many numbers as the bound has arguments, and one more");
  refused("constants", constants, 1, 1, "stationary 1/3 1/1 0/1 0/1\n",
          "line 1 (stationary) has an argument that no double holds");
  refused("constants", constants, 1, 1, "stationary 1/0 1/1 0/1 0/1\n", "line 1 (stationary) cannot be read");
}

/* Of each kind, many rows: another first digit of the last number. */
static void changed_numbers_are_told(const char *name, const struct kind *kinds, size_t lines) {
  char complaint[200], expected[32], *text = text_of(name);
  for (size_t n = 1; n <= lines; n += 1 + lines / 100) {
    char *digit = strchr(line_of(text, n), '\n');
    while (digit[-1] != ' ')
      digit--;
    digit += *digit == '-';
    char kept = *digit;
    *digit = kept == '0' ? '1' : (char)(kept - 1);
    complaint_of(text, kinds, complaint);
    *digit = kept;
    snprintf(expected, sizeof expected, "line %zu (", n);
    if (strncmp(complaint, expected, strlen(expected)) || !strstr(complaint, " differs from "))
      fail_msg("line %zu was changed, but '%s'", n, complaint);
  }
  free(text);
}

static void changed_schedules_are_told(void **state) {
  (void)state;
  changed_numbers_are_told("schedule", schedule, 3524);
}

static void changed_bounds_are_told(void **state) {
  (void)state;
  changed_numbers_are_told("constants", constants, 372);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(schedules_are_the_proved_ones),
      cmocka_unit_test(bounds_are_the_proved_ones),
      cmocka_unit_test(missing_and_repeated_rows_are_told),
      cmocka_unit_test(changed_schedules_are_told),
      cmocka_unit_test(changed_bounds_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
