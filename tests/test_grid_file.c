/* Grids on disk: what is damaged, incomplete or not of this grid does not open, and nothing in a file is trusted; a
 * process that opens one part needs no other. */
#include "core/data/grid_file.h"
#include "core/data/part_file.h"
#include "core/factors.h"
#include "core/facts.h"
#include "tests/grid_fixture.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { P = 2, C = 4 };

static char dir[256];

static void make(const char *name, uint64_t seed, bool by_rows) {
  struct fg_partitioned result;
  struct fg_fault fault = {0};
  snprintf(dir, sizeof dir, "%s", grid_in_folder(name));
  struct fg_partition job = {.data = grid_random_file("data.mtx", "mtx", 150, 140, 0.05, 7),
                             .out = dir,
                             .read = {.index_base = 1},
                             .split = {0.2, by_rows, seed},
                             .row_blocks = P,
                             .col_blocks = C,
                             .tile_bytes_row = 65536,
                             .memory = 1 << 26,
                             .force = true};
  if (fg_partition(&job, &result, &fault))
    fail_msg("%s", fault.text);
}

static const char *in_dir(const char *name) {
  static char path[2][512];
  static int turn;
  turn = !turn;
  snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
  return path[turn];
}

static unsigned char *read_file(const char *name, size_t *n) {
  FILE *f = fopen(in_dir(name), "rb");
  assert_non_null(f);
  unsigned char *bytes = malloc(1 << 20);
  assert_non_null(bytes);
  *n = fread(bytes, 1, 1 << 20, f);
  assert_true(*n > 0 && *n < 1 << 20);
  fclose(f);
  return bytes;
}

static void write_file(const char *name, const void *bytes, size_t n) {
  FILE *f = fopen(in_dir(name), "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  assert_int_equal(fclose(f), 0);
}

/* The grid does not open, and the fault names something in its directory. */
static void refused(uint32_t part, const char *what, long at) {
  struct fg_fault fault = {0};
  struct fg_grid grid;
  enum fg_err err = fg_grid_open(dir, part, &grid, &fault);
  if (err != FG_EINPUT)
    fail_msg("%s at %ld: opens with %d", what, at, err);
  assert_non_null(strstr(fault.file, dir));
  assert_true(fault.text[0] != 0);
  assert_null(grid.storage);
}

static void opens(uint32_t part) {
  struct fg_fault fault = {0};
  struct fg_grid grid;
  if (fg_grid_open(dir, part, &grid, &fault))
    fail_msg("%s: %s", fault.file, fault.text);
  fg_grid_free(&grid);
}

static void any_flipped_bit_is_noticed(void **state) {
  (void)state;
  static const char *const names[] = {"index.yaml", "part-00000.grid", "part-00001.grid"};
  for (int by_rows = 0; by_rows < 2; by_rows++) {
    make("flips", 3, by_rows);
    for (size_t i = 0; i < 3; i++) {
      size_t n;
      unsigned char *bytes = read_file(names[i], &n);
      size_t step = i == 0 ? 1 : n / 700 | 1; /* odd: all places in a word are met */
      for (size_t at = 0; at < n; at += at < 400 ? 1 : step) {
        unsigned char flip = (unsigned char)(1 << at % 8);
        bytes[at] ^= flip;
        write_file(names[i], bytes, n);
        refused(FG_GRID_ALL, names[i], (long)at);
        if (i == 1)
          refused(0, names[i], (long)at);
        bytes[at] ^= flip;
      }
      write_file(names[i], bytes, n);
      opens(FG_GRID_ALL);
      free(bytes);
    }
  }
}

static void truncated_files_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {"index.yaml", "part-00001.grid"};
  make("cut", 3, true);
  for (size_t i = 0; i < 2; i++) {
    size_t n;
    unsigned char *bytes = read_file(names[i], &n);
    for (size_t left = 0; left < n; left += left < 300 ? 1 : n / 97) {
      write_file(names[i], bytes, left);
      refused(1, names[i], (long)left);
    }
    write_file(names[i], bytes, n - 1);
    refused(1, names[i], (long)n - 1);
    bytes[n] = 0;
    write_file(names[i], bytes, n + 1); /* or too long */
    refused(1, names[i], (long)n + 1);
    assert_int_equal(unlink(in_dir(names[i])), 0);
    refused(1, names[i], -1);
    assert_int_equal(mkdir(in_dir(names[i]), 0777), 0);
    refused(1, names[i], -1);
    assert_int_equal(rmdir(in_dir(names[i])), 0);
    write_file(names[i], bytes, n);
    opens(1);
    free(bytes);
  }
}

static void a_part_needs_no_other(void **state) {
  (void)state;
  struct fg_fault fault = {0};
  struct fg_grid grid;
  make("one", 3, false);
  assert_int_equal(fg_grid_open(dir, P, &grid, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "has 2 parts"));
  assert_int_equal(unlink(in_dir("part-00000.grid")), 0);
  opens(1);
  refused(0, "a missing part", 0);
  refused(FG_GRID_ALL, "a missing part", 0);
  assert_int_equal(fg_grid_open(dir, 0, &grid, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.file, "part-00000.grid"));
  assert_int_equal(unlink(in_dir("index.yaml")), 0);
  assert_false(fg_grid_is(dir));
  assert_int_equal(fg_grid_open(dir, 1, &grid, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "is not a complete grid"));
}

static void parts_of_other_grids_are_refused(void **state) {
  (void)state;
  size_t n[4];
  unsigned char *a0, *a1, *b0, *index;
  make("first", 3, false);
  a0 = read_file("part-00000.grid", &n[0]);
  a1 = read_file("part-00001.grid", &n[1]);
  index = read_file("index.yaml", &n[2]);
  write_file("part-00000.grid", a1, n[1]); /* swapped */
  write_file("part-00001.grid", a0, n[0]);
  refused(0, "swapped parts", 0);
  refused(1, "swapped parts", 1);
  make("second", 4, false); /* the same data, another seed */
  b0 = read_file("part-00000.grid", &n[3]);
  write_file("part-00000.grid", a0, n[0]);
  refused(0, "a part of another grid", 0);
  opens(1);
  write_file("part-00000.grid", b0, n[3]);
  opens(FG_GRID_ALL);
  write_file("index.yaml", index, n[2]);
  refused(0, "the index of another grid", 0);
  refused(1, "the index of another grid", 1);
  free(a0);
  free(a1);
  free(b0);
  free(index);
}

/* Makes the checksums fit again: that of a part in the index, then the index's own. */
static void seal(void) {
  size_t n, bytes;
  char *text = (char *)read_file("index.yaml", &n);
  text[n] = 0;
  for (int p = 0; p < P; p++) {
    char name[32], tail[4096];
    snprintf(name, sizeof name, "part-%05d.grid", p);
    unsigned char *part = read_file(name, &bytes);
    char *at = strstr(text, name);
    if (at) {
      char *end = strchr(at, '}');
      snprintf(tail, sizeof tail, "%s", end);
      snprintf(strstr(at, "bytes:"), sizeof tail + 100, "bytes: %zu, crc32: %lu%s", bytes, crc32(0, part, (uInt)bytes),
               tail);
    }
    free(part);
  }
  char *last = strstr(text, "index_crc32:");
  assert_non_null(last);
  unsigned long sum = crc32(0, (unsigned char *)text, (uInt)(last - text));
  snprintf(last, 64, "index_crc32: %lu\n", sum);
  write_file("index.yaml", text, strlen(text));
  free(text);
}

static void no_number_in_the_index_is_trusted(void **state) {
  (void)state;
  static const struct {
    const char *line, *lie, *says;
  } lies[] = {
      {"format: fugue-grid", "format: fugue-grids", "not the index of a grid"},
      {"version: 3", "version: 4", "is of version 4; this program reads version 3"},
      {"rows: 150", "rows: 0", "rows"},
      {"rows: 150", "rows: 151", "row_sizes"},
      {"rows: 150", "rows: 4294967296", "rows"},
      {"cols: 140", "cols: 139", "col_sizes"},
      {"row_blocks: 2", "row_blocks: 3", "row_sizes.2"},
      {"row_blocks: 2", "row_blocks: 1", "row_sizes"},
      {"row_blocks: 2", "row_blocks: 4000000000", "row_blocks"},
      {"row_blocks: 2", "row_blocks: -2", "row_blocks"},
      {"col_blocks: 4", "col_blocks: 149", "col_blocks"},
      {"col_blocks: 4", "col_blocks: 0", "col_blocks"},
      {"train: ", "train: 1", "train"},
      {"held_out: 0", "held_out: 1", "held_out"},
      {"tile_shift: 6", "tile_shift: 7", "not part"},
      {"tile_shift: 6", "tile_shift: 33", "tile_shift"},
      {"train_sum: ", "train_sum: x", "train_sum"},
      {"counts: 0", "count: 0", "'counts' is missing"},
      {"nonnegative: ", "negative: ", "'nonnegative' is missing"},
      {"  - 75\n", "  - 74\n", "row_sizes do not sum up"},
      {"  - 75\n", "  - 0\n", "row_sizes"},
      {"parts:\n", "parts: 7\nothers:\n", "parts.0.file"},
      {"file: part-00001.grid", "file: part-00000.grid", "part 1 is not called"},
      {"data_sha256: ", "data_sha256: 0", "SHA-256"},
  };
  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    struct fg_fault fault = {0};
    struct fg_grid grid;
    size_t n;
    char name[32];
    snprintf(name, sizeof name, "lies-%zu", i);
    make(name, 3, false);
    char *text = (char *)read_file("index.yaml", &n);
    text[n] = 0;
    char *at = strstr(text, lies[i].line);
    assert_non_null(at);
    char *changed = test_malloc(n + 100);
    snprintf(changed, n + 100, "%.*s%s%s", (int)(at - text), text, lies[i].lie, at + strlen(lies[i].line));
    write_file("index.yaml", changed, strlen(changed));
    seal();
    assert_int_equal(fg_grid_open(dir, FG_GRID_ALL, &grid, &fault), FG_EINPUT);
    if (!strstr(fault.text, lies[i].says))
      fail_msg("'%s' is not in '%s'", lies[i].says, fault.text);
    test_free(changed);
    free(text);
  }
}

/* Overwrites bytes of part 0 and makes the checksums fit. */
static void forge(size_t at, const void *bytes, size_t n) {
  size_t size;
  unsigned char *part = read_file("part-00000.grid", &size);
  assert_true(at + n <= size);
  memcpy(part + at, bytes, n);
  write_file("part-00000.grid", part, size);
  free(part);
  seal();
}

static void no_number_in_a_part_is_trusted(void **state) {
  (void)state;
  static const uint64_t values[] = {0,
                                    1,
                                    63,
                                    64,
                                    75,
                                    140,
                                    150,
                                    1000,
                                    65536,
                                    UINT32_MAX,
                                    UINT64_C(1) << 40,
                                    UINT64_C(1) << 60,
                                    UINT64_C(1) << 63,
                                    UINT64_MAX};
  make("forged", 3, true);
  size_t size;
  unsigned char *good = read_file("part-00000.grid", &size);
  struct fg_part_header header;
  memcpy(&header, good, sizeof header);
  struct fg_grid shape;
  assert_int_equal(fg_grid_open(dir, FG_GRID_ALL, &shape, NULL), FG_OK);
  struct fg_part_layout layout;
  assert_int_equal(fg_part_lay_out(&shape, &header, &layout), FG_OK);
  assert_int_equal(layout.begin[FG_SECTIONS], size);
  assert_true(header.n_held_out > 0 && header.train_tiles > 4);
  /* every word of the header, the table of blocks and the tiles: what is not as it was does not open, but for the
   * corner of a tile that may lie elsewhere in the block */
  uint64_t tried = 0;
  const size_t from[] = {8, layout.begin[FG_SECTION_BLOCKS], layout.begin[FG_SECTION_TRAIN_TILES]};
  const size_t to[] = {sizeof header - sizeof header.sha256, layout.begin[FG_SECTION_TRAIN_TILES],
                       layout.begin[FG_SECTION_TRAIN_TILES] + 5 * sizeof(struct fg_tile)};
  for (size_t s = 0; s < 3; s++)
    for (size_t at = from[s]; at < to[s]; at += 4)
      for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
        struct fg_fault fault = {0};
        struct fg_grid grid;
        size_t width = values[v] > UINT32_MAX ? 8 : 4;
        write_file("part-00000.grid", good, size);
        size_t in_tile = (at - from[s]) % sizeof(struct fg_tile);
        bool corner = s == 2 && in_tile >= offsetof(struct fg_tile, row0) && (values[v] == 0 || values[v] == 64);
        bool same = true; /* but for the padding of a tile */
        for (size_t k = 0; k < width; k++)
          same =
              same && (good[at + k] == ((const unsigned char *)&values[v])[k] ||
                       (s == 2 && (at + k - from[s]) % sizeof(struct fg_tile) >= offsetof(struct fg_tile, col0) + 4));
        if (at + width > to[s])
          continue;
        forge(at, &values[v], width);
        enum fg_err err = fg_grid_open(dir, 0, &grid, &fault);
        tried++;
        if (err)
          assert_int_equal(err, FG_EINPUT);
        else if (!same && !corner)
          fail_msg("%llu at %zu opens", (unsigned long long)values[v], at);
        fg_grid_free(&grid);
      }
  assert_true(tried > 500);
  /* indices */
  const struct {
    enum fg_section section;
    uint32_t value;
    size_t width;
    const char *says;
  } indices[] = {{FG_SECTION_ROW_ORIGINAL, 150, 4, "a row is outside"},
                 {FG_SECTION_COL_ORIGINAL, 140, 4, "a column is outside"},
                 {FG_SECTION_TRAIN_POINTS, 64, 2, "a point is outside its tile"},
                 {FG_SECTION_HELD_ROW, 150, 4, "a held-out point is outside"},
                 {FG_SECTION_HELD_COL, UINT32_MAX, 4, "a held-out point is outside"}};
  for (size_t i = 0; i < sizeof indices / sizeof indices[0]; i++) {
    struct fg_fault fault = {0};
    struct fg_grid grid;
    write_file("part-00000.grid", good, size);
    forge(layout.begin[indices[i].section], &indices[i].value, indices[i].width);
    assert_int_equal(fg_grid_open(dir, 0, &grid, &fault), FG_EINPUT);
    assert_non_null(strstr(fault.text, indices[i].says));
  }
  write_file("part-00000.grid", good, size);
  seal();
  opens(FG_GRID_ALL);
  /* a part of another machine or time says so */
  const struct {
    size_t at;
    uint32_t value;
    const char *says;
  } others[] = {{offsetof(struct fg_part_header, order), 0x04030201, "another kind"},
                {offsetof(struct fg_part_header, version), 4, "is of version 4"},
                {offsetof(struct fg_part_header, part), 1, "is not part 0 of this grid"},
                {0, 0, "is not a part of a grid"}};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    struct fg_fault fault = {0};
    struct fg_grid grid;
    write_file("part-00000.grid", good, size);
    forge(others[i].at, &others[i].value, 4);
    assert_int_equal(fg_grid_open(dir, 0, &grid, &fault), FG_EINPUT);
    assert_non_null(strstr(fault.text, others[i].says));
  }
  free(good);
  fg_grid_free(&shape);
}

/* Of the factors there is what the grid holds, and it is as in a process that holds everything. */
static void factors_are_those_of_the_part(void **state) {
  (void)state;
  struct fg_fault fault = {0};
  struct fg_model model;
  struct fg_grid all, one;
  struct fg_factors whole, piece;
  make("factors", 3, false);
  assert_int_equal(fg_grid_open(dir, FG_GRID_ALL, &all, &fault), FG_OK);
  assert_int_equal(fg_model_parse("mf:rank=5", &model, &fault), FG_OK);
  assert_int_equal(fg_model_bind(&model, &all, 9, &fault), FG_OK);
  assert_int_equal(fg_factors_new(&all, &model, &whole, &fault), FG_OK);
  for (uint32_t part = 0; part < P; part++) {
    assert_int_equal(fg_grid_open(dir, part, &one, &fault), FG_OK);
    assert_int_equal(fg_factors_new(&one, &model, &piece, &fault), FG_OK);
    for (uint32_t p = 0; p < P; p++) {
      const struct fg_row_shard *a = &whole.row[p], *b = &piece.row[p];
      assert_true(b->id == p && b->rows == a->rows && (b->factor != NULL) == (p == part));
      if (p == part) {
        assert_memory_equal(a->factor, b->factor, a->rows * model.stride * sizeof(float));
        assert_memory_equal(a->weight, b->weight, a->rows * sizeof(float));
      }
    }
    for (uint32_t q = 0; q < C; q++) {
      const struct fg_col_block *a = &whole.col[q], *b = &piece.col[q];
      assert_true(b->id == q && b->cols == a->cols && (b->factor != NULL) == (q % P == part));
      if (q % P == part) {
        assert_memory_equal(a->factor, b->factor, a->cols * model.stride * sizeof(float));
        assert_memory_equal(a->weight, b->weight, a->cols * sizeof(float));
      }
    }
    fg_factors_free(&piece);
    fg_grid_free(&one);
  }
  fg_factors_free(&whole);
  fg_grid_free(&all);
}

/* Mapped files are no data of the process: a part much larger than the limit on them opens. */
static void parts_are_mapped(void **state) {
  (void)state;
#if defined(__SANITIZE_ADDRESS__)
  skip(); /* the sanitizer's own tables are data, too */
#endif
  struct fg_partitioned result;
  struct fg_fault fault = {0};
  snprintf(dir, sizeof dir, "%s", grid_in_folder("mapped"));
  struct fg_partition job = {.data = grid_random_file("wide.mtx", "mtx", 1000, 1000, 1, 7),
                             .out = dir,
                             .read = {.index_base = 1},
                             .split = {0, false, 1},
                             .row_blocks = 1,
                             .col_blocks = 1,
                             .tile_bytes_row = 64,
                             .memory = 1 << 28};
  assert_int_equal(fg_partition(&job, &result, &fault), FG_OK);
  assert_true(result.bytes > 8000000);
  pid_t child = fork();
  if (child == 0) {
    struct fg_grid grid;
    long pages = 0;
    malloc_trim(0);                           /* what is free already could be taken without any more */
    FILE *f = fopen("/proc/self/statm", "r"); /* the sixth number: data and stack */
    if (!f || fscanf(f, "%*d %*d %*d %*d %*d %ld", &pages) != 1)
      _exit(9);
    fclose(f);
    rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (2 << 20);
    setrlimit(RLIMIT_DATA, &(struct rlimit){bytes, bytes});
    void *volatile large = malloc(4 << 20);
    if (large) /* the limit is none */
      _exit(8);
    _exit(fg_grid_open(dir, 0, &grid, NULL));
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_flipped_bit_is_noticed),
      cmocka_unit_test(truncated_files_are_refused),
      cmocka_unit_test(a_part_needs_no_other),
      cmocka_unit_test(parts_of_other_grids_are_refused),
      cmocka_unit_test(no_number_in_the_index_is_trusted),
      cmocka_unit_test(no_number_in_a_part_is_trusted),
      cmocka_unit_test(factors_are_those_of_the_part),
      cmocka_unit_test(parts_are_mapped),
  };
  return cmocka_run_group_tests_name("grid_file", tests, grid_folder_make, grid_folder_drop);
}
