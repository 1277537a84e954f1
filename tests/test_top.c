/* What people read of a learned model: the top lines of model files that are made by hand, and how memberships agree
 * with labels. */
#include "core/files.h"
#include "core/membership.h"
#include "core/model_lines.h"
#include "core/npy.h"
#include "core/rng.h"
#include "core/top.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINES = 700, RANK = 3, STRIDE = 16 }; /* of lines: more than two batches */

static char folder[64];

static const char *in_folder(const char *name) {
  static char path[4][128];
  static unsigned next;
  char *p = path[next++ % 4];
  snprintf(p, sizeof path[0], "%s/%s", folder, name);
  return p;
}

static void write_array(const char *name, const float *values, uint32_t rows, uint32_t cols) {
  unsigned char header[FG_NPY_HEADER];
  fg_npy_header(rows, cols, header);
  FILE *f = fopen(in_folder(name), "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(header, sizeof header, 1, f), 1);
  assert_int_equal(fwrite(values, sizeof *values, (size_t)rows * cols, f), (size_t)rows * cols);
  assert_int_equal(fclose(f), 0);
}

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/fugue-top-XXXXXX");
  return mkdtemp(folder) && mkdir(in_folder("model"), 0700) == 0 ? 0 : -1;
}

static int drop_folder(void **state) {
  (void)state;
  static const char *const names[] = {"model/row_factor.npy", "model/col_factor.npy", "model/top.txt", "labels",
                                      "text"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unlink(in_folder(names[i]));
  rmdir(in_folder("model"));
  return rmdir(folder);
}

/* A model of which only the reading is defined: weights are the entries of its columns, or of its rows. */
static double row_entry(const struct fg_model *model, const struct fg_view *view, uint32_t line, uint32_t k) {
  return view->row_factor[(size_t)line * model->stride + k];
}
static const struct fg_model_type factor_type = {.name = "f", .dimension = "factor", .top_weight = fg_model_col_entry};
static const struct fg_model_type community_type = {
    .name = "c", .dimension = "community", .top_rows = true, .top_weight = row_entry};

static struct fg_model model_of(const struct fg_model_type *type, uint32_t rows, uint32_t cols) {
  return (struct fg_model){.type = type, .rank = RANK, .stride = STRIDE, .rows = rows, .cols = cols};
}

/* by counting those above: each of the n entries is where it belongs */
static void assert_ranked(const struct fg_top_list *list, uint32_t most, const float *values, uint32_t k, float sign) {
  uint32_t all = 0;
  for (uint32_t i = 0; i < LINES; i++)
    all += sign * values[(size_t)i * RANK + k] > 0;
  assert_int_equal(list->n, all < most ? all : most);
  for (uint32_t place = 0; place < list->n; place++) {
    uint32_t line = list->entry[place].line, above = 0;
    float own = values[(size_t)line * RANK + k];
    assert_true(list->entry[place].weight == own);
    for (uint32_t i = 0; i < LINES; i++) {
      float other = values[(size_t)i * RANK + k];
      above += sign * other > sign * own || (other == own && i < line);
    }
    assert_int_equal(above, place);
  }
}

static void ranks_both_ends(void **state) {
  (void)state;
  float *values = test_calloc((size_t)LINES * RANK, sizeof *values);
  struct fg_rng rng;
  fg_rng_start(&rng, 5, FG_STREAM_GENERATE, 0, 0);
  for (size_t i = 0; i < (size_t)LINES * RANK; i++) /* many are equal, many 0 */
    values[i] = (float)fg_rng_below(&rng, 41) - (i % RANK == 2 ? 0 : 20);
  write_array("model/col_factor.npy", values, LINES, RANK);
  struct fg_model model = model_of(&factor_type, 10, LINES);
  static const uint32_t wanted[] = {1, 2, 7, 100, LINES, UINT32_MAX};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    struct fg_top top;
    assert_int_equal(fg_top_read(folder, &model, wanted[i], &top, NULL), FG_OK);
    assert_null(top.share);
    for (uint32_t k = 0; k < RANK; k++) {
      assert_ranked(&top.largest[k], wanted[i], values, k, 1);
      assert_ranked(&top.smallest[k], wanted[i], values, k, -1);
    }
    assert_int_equal(top.smallest[2].n, 0);
    fg_top_free(&top);
  }
  struct fg_fault fault;
  struct fg_top top;
  model.cols++;
  assert_int_equal(fg_top_read(folder, &model, 3, &top, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "is 700 x 3, not 701 x 3"));
  fg_top_free(&top);
  model.cols--;
  assert_int_equal(truncate(in_folder("model/col_factor.npy"), FG_NPY_HEADER + 300 * RANK * sizeof(float)), 0);
  assert_int_equal(fg_top_read(folder, &model, 3, &top, &fault), FG_EINPUT);
  fg_top_free(&top);
  test_free(values);
}

static void assert_prints(const struct fg_top *top, const struct fg_vocabulary *vocabulary, const char *text) {
  char *made = NULL;
  size_t size;
  FILE *f = open_memstream(&made, &size);
  fg_top_print(f, top, vocabulary);
  fclose(f);
  assert_string_equal(made, text);
  free(made);
}

static void tells_people(void **state) {
  (void)state;
  static const float nodes[] = {0.75f, 0.25f, 0, 0.5f, 0.5f, 0, 0, 1, 0, 0.25f, 0.25f, 0.5f};
  char *words[] = {"ann", "bob", "cy", "di"}, *blanks[] = {"ann", "bob", "cy", "di x"};
  struct fg_vocabulary short_names = {4, words}, long_names = {4, blanks};
  struct fg_model model = model_of(&community_type, 4, 4);
  struct fg_top top;
  write_array("model/row_factor.npy", nodes, 4, RANK);
  assert_int_equal(fg_top_read(folder, &model, 2, &top, NULL), FG_OK);
  assert_true(top.share[0] == 0.375 && top.share[1] == 0.5 && top.share[2] == 0.125);
  assert_prints(&top, NULL,
                "community 1 (37.5 % of nodes): #1 #2\ncommunity 2 (50.0 % of nodes): #3 #2\n"
                "community 3 (12.5 % of nodes): #4\n");
  assert_prints(&top, &short_names,
                "community 1 (37.5 % of nodes): ann bob\ncommunity 2 (50.0 % of nodes): cy bob\n"
                "community 3 (12.5 % of nodes): di\n");
  assert_prints(&top, &long_names,
                "community 1 (37.5 % of nodes): ann; bob\ncommunity 2 (50.0 % of nodes): cy; bob\n"
                "community 3 (12.5 % of nodes): di x\n");
  /* names are those of columns, which are not the rows unless the matrix is square */
  model.cols = 5;
  assert_null(fg_top_name(&top, &short_names, 0));
  assert_string_equal(fg_top_whole(&top), "rows");
  fg_top_free(&top);

  static const float items[] = {1, -1, 0, -2, 0.5f, 0};
  model = model_of(&factor_type, 9, 2);
  write_array("model/col_factor.npy", items, 2, RANK);
  assert_int_equal(fg_top_read(folder, &model, 5, &top, NULL), FG_OK);
  assert_prints(&top, &short_names,
                "factor 1, largest: ann\nfactor 1, smallest: bob\nfactor 2, largest: bob\nfactor 2, smallest: ann\n"
                "factor 3:\n");
  fg_top_free(&top);
  assert_int_equal(fg_top_write(folder, &model, &short_names, NULL), FG_OK);
  struct stat st;
  assert_true(stat(in_folder("model/top.txt"), &st) == 0 && st.st_size > 0);
}

static void counts_members(void **state) {
  (void)state;
  float *values = test_calloc((size_t)LINES * RANK, sizeof *values);
  uint64_t expected[RANK * 2] = {0}, count[RANK * 2] = {0};
  struct fg_labels labels = {.n = LINES, .of = test_calloc(LINES, sizeof *labels.of), .n_names = 2};
  for (uint32_t i = 0; i < LINES; i++) {
    uint32_t community = i * i % 7 % RANK;
    values[(size_t)i * RANK + community] = 0.6f;
    values[(size_t)i * RANK + (community + 1) % RANK] = 0.4f;
    labels.of[i] = i % 2;
    expected[community * 2 + i % 2]++;
  }
  write_array("model/row_factor.npy", values, LINES, RANK);
  struct fg_model model = model_of(&community_type, LINES, LINES);
  assert_int_equal(fg_membership_count(folder, &model, &labels, count, NULL), FG_OK);
  assert_memory_equal(count, expected, sizeof count);
  /* of equal entries the first */
  static const float equal[] = {0.2f, 0.4f, 0.4f};
  memset(count, 0, sizeof count);
  labels.of[0] = 1;
  write_array("model/row_factor.npy", equal, 1, RANK);
  model.rows = 1;
  assert_int_equal(fg_membership_count(folder, &model, &labels, count, NULL), FG_OK);
  assert_int_equal(count[1 * 2 + 1], 1);
  test_free(labels.of);
  test_free(values);
}

static void agrees_as_by_hand(void **state) {
  (void)state;
  assert_float_equal(fg_membership_nmi((const uint64_t[]){3, 0, 0, 5}, 2, 2), 1, 1e-12);
  assert_float_equal(fg_membership_nmi((const uint64_t[]){0, 3, 5, 0}, 2, 2), 1, 1e-12); /* names do not matter */
  assert_float_equal(fg_membership_nmi((const uint64_t[]){2, 4, 3, 6}, 2, 2), 0, 1e-12); /* independent */
  assert_float_equal(fg_membership_nmi((const uint64_t[]){4, 4}, 1, 2), 0, 1e-12); /* one community says nothing */
  assert_float_equal(fg_membership_nmi((const uint64_t[]){8}, 1, 1), 1, 1e-12);
  assert_true(isnan(fg_membership_nmi((const uint64_t[]){0, 0}, 1, 2)));
  /* 2 x 2 with 3 1 / 1 3: both entropies log 2, the joint one -(3/4 log 3/8 + 1/4 log 1/8) */
  assert_float_equal(fg_membership_nmi((const uint64_t[]){3, 1, 1, 3}, 2, 2),
                     (2 * log(2) + 0.75 * log(0.375) + 0.25 * log(0.125)) / log(2), 1e-12);
  /* four communities that halve two labels: I = log 2, H = log 4 and log 2, hence 2 log 2 / (3 log 2) */
  assert_float_equal(fg_membership_nmi((const uint64_t[]){2, 0, 2, 0, 0, 2, 0, 2}, 4, 2), 2.0 / 3, 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranks_both_ends),
      cmocka_unit_test(tells_people),
      cmocka_unit_test(counts_members),
      cmocka_unit_test(agrees_as_by_hand),
  };
  return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
