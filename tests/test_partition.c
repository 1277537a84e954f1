/* A grid cut on disk is the one that is built in memory, however little memory there is; bad data are refused with the
 * words of the reader; nothing half-done is left. */
#include "core/data/grid_file.h"
#include "core/data/partition.h"
#include "tests/grid_fixture.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const uint64_t plenty = UINT64_C(1) << 28;

static struct fg_partition job_of(const char *data, const char *out, uint32_t p, uint32_t c) {
  return (struct fg_partition){.data = data,
                               .out = out,
                               .read = {.index_base = 1},
                               .split = {0, false, 1},
                               .row_blocks = p,
                               .col_blocks = c,
                               .tile_bytes_row = 64,
                               .memory = plenty,
                               .force = true};
}

static void build(const struct fg_partition *job, struct fg_grid *grid) {
  struct fg_points points;
  struct fg_fault fault = {0};
  if (fg_points_read(job->data, &job->read, &points, &fault) ||
      fg_grid_build(&points, &job->split, job->row_blocks, job->col_blocks, job->row_share, job->tile_bytes_row, grid,
                    &fault))
    fail_msg("%s", fault.text);
  fg_points_free(&points);
}

static void check_once(const struct fg_partition *job, const struct fg_grid *built) {
  struct fg_partitioned result;
  struct fg_fault fault = {0};
  struct fg_grid opened;
  if (fg_partition(job, &result, &fault) || fg_grid_open(job->out, FG_GRID_ALL, &opened, &fault))
    fail_msg("%s: %s", fault.file, fault.text);
  grid_compare(&opened, built, FG_GRID_ALL);
  assert_string_equal(opened.data_path, job->data);
  assert_int_equal(opened.index_base, job->read.index_base);
  assert_true(opened.network == job->read.network && opened.directed == job->read.directed &&
              opened.loops == job->read.loops && opened.zeros == job->read.zeros);
  fg_grid_free(&opened);
  for (uint32_t part = 0; part < job->row_blocks; part++) {
    assert_int_equal(fg_grid_open(job->out, part, &opened, &fault), FG_OK);
    grid_compare(&opened, built, part);
    fg_grid_free(&opened);
  }
  assert_int_equal(grid_entries(job->out), job->row_blocks + 1);
  assert_true(result.rows == built->rows && result.n_train == built->n_train && result.n_test == built->n_test &&
              result.n_points == built->n_points && result.n_held_out == built->n_held_out);
}

/* The least memory that will do, to 1 KiB. */
static uint64_t least_memory(struct fg_partition job) {
  uint64_t lo = 0, hi = 64 << 10; /* [KiB]: too little, enough */
  while (hi - lo > 1) {
    struct fg_partitioned result;
    struct fg_fault fault = {0};
    uint64_t mid = lo + (hi - lo) / 2;
    job.memory = mid << 10;
    enum fg_err err = fg_partition(&job, &result, &fault);
    if (err == FG_OK) {
      hi = mid;
      continue;
    }
    lo = mid;
    assert_int_equal(err, FG_EUSAGE);
    assert_non_null(strstr(fault.text, "MiB are needed"));
    assert_true(grid_entries(job.out) <= 0); /* the directory itself may be older */
  }
  return hi << 10;
}

static const struct {
  const char *name, *kind;
  struct fg_read_options read;
  uint32_t rows, cols;
  double density;
} files[] = {
    {"general.mtx", "mtx", {.index_base = 1}, 300, 220, 0.1},
    {"symmetric.mtx", "symmetric", {.index_base = 1}, 150, 150, 0.1},
    {"triplets.txt", "triplets", {.index_base = 1}, 210, 170, 0.05},
    {"shifted.txt", "triplets", {.index_base = 0}, 90, 140, 0.1},
    {"edges.txt", "edges", {.index_base = 1}, 130, 130, 0.1},
    {"directed.txt", "edges", {.index_base = 1, .directed = true}, 130, 130, 0.1},
    {"docword.txt.gz", "docword", {.index_base = 1}, 120, 400, 0.2},
    {"thin.txt", "triplets", {.index_base = 1}, 900, 40, 0.002},
    {"network.txt", "edges", {.index_base = 1, .network = true, .loops = 1, .zeros = 2.5, .seed = 3}, 130, 130, 0.1},
    {"all.txt", "edges", {.index_base = 1, .network = true, .directed = true, .zeros = INFINITY}, 90, 90, 0.1},
    {"arcs.txt", "triplets", {.network = true, .directed = true, .loops = 0.3, .zeros = 1}, 120, 170, 0.05},
};

static void is_the_grid_built_in_memory(void **state) {
  (void)state;
  static const uint32_t shapes[][2] = {{1, 1}, {4, 4}, {3, 6}, {13, 13}};
  static const struct fg_split splits[] = {{0, false, 3}, {0.2, false, 4}, {0.3, true, 5}};
  for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
    char data[256];
    snprintf(data, sizeof data, "%s",
             grid_random_file(files[f].name, files[f].kind, files[f].rows, files[f].cols, files[f].density, f));
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
      for (size_t k = 0; k < (shapes[i][0] < 13 || f % 4 == 0 ? sizeof splits / sizeof splits[0] : 0); k++) {
        struct fg_partition job = job_of(data, grid_in_folder("grid"), shapes[i][0], shapes[i][1]);
        struct fg_grid built;
        job.read = files[f].read;
        job.split = splits[k];
        job.tile_bytes_row = (i + k) % 2 ? 64 : 65536; /* one tile a block, or tiles of 64 x 64 */
        build(&job, &built);
        check_once(&job, &built);
        fg_grid_free(&built);
      }
  }
}

static void most_blocks_may_be_empty(void **state) {
  (void)state;
  static const struct fg_split splits[] = {{0, false, 3}, {0.4, false, 4}, {0.4, true, 5}};
  char data[256];
  snprintf(data, sizeof data, "%s", grid_random_file("empty.mtx", "mtx", 200, 130, 0.003, 2));
  for (size_t k = 0; k < sizeof splits / sizeof splits[0]; k++) {
    struct fg_partition job = job_of(data, grid_in_folder("grid"), 30, 120);
    struct fg_grid built;
    size_t empty = 0;
    job.split = splits[k];
    build(&job, &built);
    for (uint32_t p = 0; p < built.row_blocks; p++)
      for (uint32_t q = 0; q < built.col_blocks; q++)
        empty += fg_grid_train(&built, p, q)->n == 0;
    assert_true(empty > 30 * 120 * 9 / 10);
    check_once(&job, &built);
    fg_grid_free(&built);
  }
}

static void row_blocks_may_have_shares(void **state) {
  (void)state;
  static const double speeds[] = {3, 3, 1, 3}, equal[] = {2, 2, 2, 2};
  static const struct fg_split splits[] = {{0.2, false, 4}, {0.3, true, 5}};
  char data[256];
  snprintf(data, sizeof data, "%s", grid_random_file("shares.mtx", "mtx", 300, 220, 0.1, 9));
  for (size_t k = 0; k < 2; k++) {
    struct fg_partition job = job_of(data, grid_in_folder("grid"), 4, 4);
    struct fg_grid built, as_ever;
    job.split = splits[k];
    build(&job, &as_ever);
    job.row_share = equal;
    check_once(&job, &as_ever);
    job.row_share = speeds;
    build(&job, &built);
    check_once(&job, &built);
    assert_true(built.row[2].n < as_ever.row[2].n); /* the share is not ignored */
    fg_grid_free(&as_ever);
    fg_grid_free(&built);
  }
}

/* With the least memory row blocks are cut tile by tile; with a little more in bins of several tiles, which begin and
 * end inside blocks. */
static void little_memory_does_not_matter(void **state) {
  (void)state;
  static const struct fg_split splits[] = {{0.2, false, 4}, {0.3, true, 5}};
  for (size_t f = 0; f < 2; f++) {
    char data[256], out[256];
    snprintf(data, sizeof data, "%s", grid_random_file("large.mtx", f ? "symmetric" : "mtx", 400, 400, 0.3, f));
    snprintf(out, sizeof out, "%s", grid_in_folder("small"));
    for (uint32_t c = 1; c <= 4; c++)
      for (size_t k = 0; k < 2; k++) {
        struct fg_partition job = job_of(data, out, c == 4 ? 2 : c, c);
        struct fg_partitioned result;
        struct fg_grid built;
        job.split = splits[k];
        job.tile_bytes_row = 65536;
        build(&job, &built);
        assert_int_equal(fg_partition(&job, &result, NULL), FG_OK); /* so that the directory is there */
        for (uint32_t p = 0; p < job.row_blocks; p++)
          assert_true(built.row[p].n > 64); /* more than one row of tiles */
        struct fg_partition search = job;
        search.out = grid_in_folder("search");
        uint64_t least = least_memory(search);
        assert_in_range(least, 2 << 20, 4 << 20);
        static const uint64_t more[] = {0, 1 << 10, 20 << 10, 60 << 10, 300 << 10, 1000 << 10};
        for (size_t m = 0; m < sizeof more / sizeof more[0]; m++) {
          job.memory = least + more[m];
          check_once(&job, &built);
        }
        fg_grid_free(&built);
      }
  }
}

static void write_text(const char *path, const char *text) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_true(fputs(text, f) >= 0);
  assert_int_equal(fclose(f), 0);
}

/* What the reader refuses is refused in the same words, and leaves nothing. */
static void bad_data_are_refused_as_by_the_reader(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "# nothing\n",
      "1 1 1\n1 2 x\n",
      "1 1 1\n0 2 1\n",
      "%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 1\n1 2 1\n",
      "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1\n1 2 1\n",
      "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n3 2 1\n",
      "1 1 1\n2 2 1\n2 1 1\n\n# again\n2 2 5\n1 1 7\n",
      "3 3 1\n1 1 1\n# once\n2 2 1\n2 2 1\n# more\n1 1 1\n1 1 1\n3 3 1\n",
      "1 2\n2 3\n3 2\n1 3\n",
      "1 2\n2 2\n2 3\n2 2\n",
      "2 1\n3 2\n2 3\n1 2\n",
      "1 1\n2 1\n3 1\n\n2 3\n3 3\n3 2\n",
      "%%MatrixMarket matrix coordinate real symmetric\n3 3 4\n1 1 1\n2 1 1\n3 1 2\n1 2 5\n",
      "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 4\n1 1\n2 1\n2 2\n1 1\n",
      "2\n2\n2\n1 1 1\n1 1 3\n",
      "1 1 1\n100000000 1 1\n",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    for (uint32_t p = 1; p <= 2; p++) {
      const char *data = grid_in_folder("bad.txt"), *out = grid_in_folder("refused");
      write_text(data, texts[i]);
      struct fg_partition job = job_of(data, out, p, p);
      struct fg_partitioned result;
      struct fg_points points;
      struct fg_fault expected = {0}, fault = {0};
      enum fg_err err = fg_points_read(data, &job.read, &points, &expected);
      if (!err) {
        err = fg_points_check_shape(data, points.rows, points.cols, points.n, &expected);
        fg_points_free(&points);
      }
      assert_true(err);
      assert_int_equal(fg_partition(&job, &result, &fault), err);
      assert_string_equal(fault.text, expected.text);
      assert_string_equal(fault.file, expected.file);
      assert_int_equal(fault.line, expected.line);
      assert_int_equal(grid_entries(out), -1);
    }
}

/* A repetition in any two places of a file that is cut into many bins. */
static void duplicates_are_found_wherever_they_are(void **state) {
  (void)state;
  const char *data = grid_in_folder("twice.txt"), *out = grid_in_folder("refused");
  for (uint32_t k = 0; k < 40; k++) {
    FILE *f = fopen(data, "w");
    assert_non_null(f);
    for (uint32_t i = 0; i < 20000; i++) {
      uint32_t cell = i == 400 + k * 487 ? (k * 7919) % 400 * 7
                      : i == 19990       ? (19000 - 400 * k) * 7 % 40000
                                         : (i * 7) % 40000;
      fprintf(f, "%u %u 1\n%s", cell / 200 + 1, cell % 200 + 1, i % 50 == 0 ? "# a comment\n" : "");
    }
    assert_int_equal(fclose(f), 0);
    struct fg_partition job = job_of(data, out, 2, 2);
    struct fg_partitioned result;
    struct fg_points points;
    struct fg_fault expected = {0}, fault = {0};
    job.tile_bytes_row = 65536;
    job.split = (struct fg_split){0.3, k % 2, 1};
    job.memory = (2200 + 40 * (k % 5)) << 10;
    assert_int_equal(fg_points_read(data, &job.read, &points, &expected), FG_EINPUT);
    assert_int_equal(fg_partition(&job, &result, &fault), FG_EINPUT);
    assert_string_equal(fault.text, expected.text);
    assert_int_equal(fault.line, expected.line);
    assert_int_equal(grid_entries(out), -1);
  }
}

/* The links of a network are held in memory while pairs without a link are looked for; then their memory is free. */
static void zeros_need_room_for_the_links(void **state) {
  (void)state;
  const char *data = grid_in_folder("ring.txt"), *out = grid_in_folder("ring");
  enum { NODES = 20000, LINKS = 60000 };
  FILE *f = fopen(data, "w");
  assert_non_null(f);
  for (uint32_t i = 0; i < LINKS; i++)
    fprintf(f, "%u %u\n", i % NODES + 1, (i + i / NODES + 1) % NODES + 1);
  assert_int_equal(fclose(f), 0);
  struct fg_partition job = job_of(data, out, 2, 2);
  struct fg_partitioned result;
  struct fg_grid built;
  struct fg_fault fault = {0};
  job.read = (struct fg_read_options){.index_base = 1, .network = true, .zeros = 1, .seed = 2};
  job.memory = 4 << 20; /* enough for all but the 960 KB of the set */
  assert_int_equal(fg_partition(&job, &result, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "between 60000 links, 5 MiB are needed"));
  job.memory = 5 << 20;
  build(&job, &built);
  check_once(&job, &built);
  assert_true(built.n_points == 4 * LINKS && built.train_sum == 2 * LINKS);
  fg_grid_free(&built);
  job.read.zeros = 1e6;
  job.memory = plenty;
  assert_int_equal(fg_partition(&job, &result, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "zeros=1e+06"));
}

/* A single value below 0, in training or among held-out rows. */
static void values_below_0_are_noted(void **state) {
  (void)state;
  for (uint32_t line = 0; line < 4; line++) {
    const char *data = grid_in_folder("signed.txt");
    FILE *f = fopen(data, "w");
    assert_non_null(f);
    for (uint32_t i = 0; i < 40; i++)
      fprintf(f, "%u %u %s\n", i / 4 + 1, i % 4 + 1, i == 11 * line ? "-1" : "2");
    assert_int_equal(fclose(f), 0);
    struct fg_partition job = job_of(data, grid_in_folder("signed"), 2, 2);
    struct fg_grid built;
    build(&job, &built);
    assert_false(built.nonnegative);
    check_once(&job, &built);
    fg_grid_free(&built);
  }
}

static void what_cannot_be_cut_is_refused(void **state) {
  (void)state;
  const char *data = grid_random_file("cut.mtx", "mtx", 30, 20, 0.5, 1), *out = grid_in_folder("refused");
  static const struct {
    uint32_t p, c;
    struct fg_split split;
    uint64_t memory;
    enum fg_err err;
    const char *text;
  } cases[] = {
      {31, 1, {0, false, 1}, 1 << 28, FG_EUSAGE, "31 row blocks are too many"},
      {1, 21, {0, false, 1}, 1 << 28, FG_EUSAGE, "21 column blocks are too many for 20 columns"},
      {0, 1, {0, false, 1}, 1 << 28, FG_EUSAGE, "there must be a worker"},
      {2, 2, {0.9999999, false, 1}, 1 << 28, FG_EINPUT, "no training point"},
      {2, 2, {0, false, 1}, 1 << 20, FG_EUSAGE, "for 30 rows and 20 columns in 2 x 2 blocks, 3 MiB are needed"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fg_partition job = job_of(data, out, cases[i].p, cases[i].c);
    struct fg_partitioned result;
    struct fg_fault fault = {0};
    job.split = cases[i].split;
    job.memory = cases[i].memory;
    assert_int_equal(fg_partition(&job, &result, &fault), cases[i].err);
    if (!strstr(fault.text, cases[i].text))
      fail_msg("'%s' is not in '%s'", cases[i].text, fault.text);
    assert_int_equal(grid_entries(out), -1);
  }
  /* a header that asks for more memory than allowed is refused before the data are read */
  const char *huge = grid_in_folder("huge.mtx");
  write_text(huge, "%%MatrixMarket matrix coordinate real general\n1000000 4000000000 2\n1 1 1\n");
  struct fg_partition job = job_of(huge, out, 2, 2);
  struct fg_partitioned result;
  struct fg_fault fault = {0};
  assert_int_equal(fg_partition(&job, &result, &fault), FG_EINPUT); /* the missing entry comes first in a small file */
  FILE *f = fopen(huge, "w");
  assert_non_null(f);
  fprintf(f, "%%%%MatrixMarket matrix coordinate real general\n1000000 4000000000 20000\n");
  for (uint32_t i = 1; i < 10000; i++)
    fprintf(f, "%u %u 1\n", i, i);
  fprintf(f, "not a point\n");
  assert_int_equal(fclose(f), 0);
  assert_int_equal(fg_partition(&job, &result, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "122103 MiB are needed"));
  assert_int_equal(grid_entries(out), -1);
}

static void directories_of_others_are_left_alone(void **state) {
  (void)state;
  const char *data = grid_random_file("own.mtx", "mtx", 30, 20, 0.5, 1);
  char out[256], path[300];
  snprintf(out, sizeof out, "%s", grid_in_folder("theirs"));
  struct fg_partition job = job_of(data, out, 2, 2);
  struct fg_partitioned result;
  struct fg_fault fault = {0};
  struct fg_grid grid;
  assert_int_equal(mkdir(out, 0777), 0);
  snprintf(path, sizeof path, "%s/thing", out);
  write_text(path, "precious\n");
  assert_int_equal(fg_partition(&job, &result, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "not empty and not a grid"));
  snprintf(path, sizeof path, "%s/index.yaml", out);
  write_text(path, "chapters: 12\n");
  assert_int_equal(fg_partition(&job, &result, &fault), FG_EUSAGE);
  assert_int_equal(grid_entries(out), 2);
  assert_int_equal(fg_partition(&(struct fg_partition){.data = data, .out = path}, &result, &fault), FG_EUSAGE);
  assert_int_equal(unlink(path), 0);
  snprintf(path, sizeof path, "%s/thing", out);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(fg_partition(&job, &result, &fault), FG_OK); /* an empty one is taken */
  job.force = false;
  assert_int_equal(fg_partition(&job, &result, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "--force"));
  assert_int_equal(fg_grid_open(out, 1, &grid, &fault), FG_OK);
  fg_grid_free(&grid);
  job.force = true;
  job.row_blocks = job.col_blocks = 5;
  assert_int_equal(fg_partition(&job, &result, &fault), FG_OK);
  assert_int_equal(grid_entries(out), 6);
  job.row_blocks = job.col_blocks = 1;
  assert_int_equal(fg_partition(&job, &result, &fault), FG_OK); /* parts that are no longer needed go */
  assert_int_equal(grid_entries(out), 2);
}

/* Stops at the given number of reports. */
static bool stop_at(void *self, uint64_t done, uint64_t all) {
  uint64_t *left = self;
  assert_true(done <= all);
  return *left && --*left > 0;
}

static void stopping_leaves_nothing(void **state) {
  (void)state;
  const char *data = grid_random_file("stop.mtx", "mtx", 200, 200, 0.6, 1), *out = grid_in_folder("stopped");
  struct fg_partition job = job_of(data, out, 3, 3);
  struct fg_partitioned result;
  struct fg_fault fault = {0};
  struct fg_grid grid;
  job.report = stop_at;
  int stops = 0;
  for (uint64_t at = 1;; at++, stops++) {
    uint64_t left = at;
    job.report_self = &left;
    enum fg_err err = fg_partition(&job, &result, &fault);
    if (!err)
      break;
    assert_int_equal(err, FG_ESTOPPED);
    assert_int_equal(grid_entries(out), -1);
    assert_int_equal(fg_grid_open(out, 0, &grid, &fault), FG_EINPUT);
  }
  assert_true(stops > 10);
  assert_int_equal(fg_grid_open(out, 0, &grid, &fault), FG_OK);
  fg_grid_free(&grid);
  /* a grid that was to be replaced is gone */
  uint64_t left = 8;
  job.report_self = &left;
  assert_int_equal(fg_partition(&job, &result, &fault), FG_ESTOPPED);
  assert_int_equal(fg_grid_open(out, 0, &grid, &fault), FG_EINPUT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_the_grid_built_in_memory),
      cmocka_unit_test(most_blocks_may_be_empty),
      cmocka_unit_test(row_blocks_may_have_shares),
      cmocka_unit_test(little_memory_does_not_matter),
      cmocka_unit_test(bad_data_are_refused_as_by_the_reader),
      cmocka_unit_test(duplicates_are_found_wherever_they_are),
      cmocka_unit_test(zeros_need_room_for_the_links),
      cmocka_unit_test(values_below_0_are_noted),
      cmocka_unit_test(what_cannot_be_cut_is_refused),
      cmocka_unit_test(directories_of_others_are_left_alone),
      cmocka_unit_test(stopping_leaves_nothing),
  };
  return cmocka_run_group_tests_name("partition", tests, grid_folder_make, grid_folder_drop);
}
