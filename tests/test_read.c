/* Readers and writers: what is written comes back; what is bad is refused with place and reason, and
 * nothing is left. */
#include "core/data/labels.h"
#include "core/data/points.h"
#include "core/data/scan.h"
#include "core/rng.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static char folder[64];

static const char *in_folder(const char *name) {
  static char path[2][256];
  static int turn;
  turn = !turn;
  snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
  return path[turn];
}

static const char *file(const char *name, const void *bytes, size_t n) {
  const char *path = in_folder(name);
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  assert_int_equal(fclose(f), 0);
  return path;
}

static const char *gzip_file(const char *name, const char *bytes, size_t n) {
  const char *path = in_folder(name);
  gzFile f = gzopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(gzwrite(f, bytes, (unsigned)n), n);
  assert_int_equal(gzclose(f), Z_OK);
  return path;
}

static const struct fg_read_options base1 = {.index_base = 1}, base0 = {.index_base = 0};
static const struct fg_read_options directed = {.index_base = 1, .directed = true};
static const struct fg_read_options network = {.index_base = 1, .network = true};

/* ---- good input ---- */

struct cell {
  uint32_t row, col;
  float value;
};

struct good {
  const char *text;
  const struct fg_read_options *options;
  enum fg_format format;
  uint32_t rows, cols;
  bool counts;
  size_t n;
  struct cell cell[6];
};

static const struct good goods[] = {
    {"3\n4\n2\n1 4 7\n3 1 1\n", &base0, FG_FORMAT_BOW, 3, 4, true, 2, {{0, 3, 7}, {2, 0, 1}}},
    {"3\r\n4\r\n1\r\n\r\n  2\t2 7 \r\n\r\n", &base1, FG_FORMAT_BOW, 3, 4, true, 1, {{1, 1, 7}}},
    {"3\n4\n1\n1 4 4294967295", &base1, FG_FORMAT_BOW, 3, 4, true, 1, {{0, 3, 0x1p32f}}},
    {"%%MatrixMarket matrix coordinate real general\n% a comment\n\n2 3 2\n1 1 0.5\n2 3 -1e2\n",
     &base0,
     FG_FORMAT_MATRIX_MARKET,
     2,
     3,
     false,
     2,
     {{0, 0, 0.5f}, {1, 2, -100}}},
    {"%%MatrixMarket MATRIX Coordinate Integer Symmetric\n3 3 3\n1 1 2\n3 1 4\n3 2 0\n",
     &base1,
     FG_FORMAT_MATRIX_MARKET,
     3,
     3,
     true,
     5,
     {{0, 0, 2}, {2, 0, 4}, {2, 1, 0}, {0, 2, 4}, {1, 2, 0}}},
    {"%%MatrixMarket matrix coordinate pattern general\n2 2 1\n2 1\n",
     &base1,
     FG_FORMAT_MATRIX_MARKET,
     2,
     2,
     true,
     1,
     {{1, 0, 1}}},
    {"# row col value\n1 2 3.5\n%\n\n4\t1\t2\n3, 1 ,4\n",
     &base1,
     FG_FORMAT_TRIPLETS,
     4,
     2,
     false,
     3,
     {{0, 1, 3.5f}, {3, 0, 2}, {2, 0, 4}}},
    {"0,0,1\n4,1,-2\n", &base0, FG_FORMAT_TRIPLETS, 5, 2, false, 2, {{0, 0, 1}, {4, 1, -2}}},
    {"1 1 1844.6744073709551616\n1 2 1844.6744073709551615\n1 3 -18446744.073709551617\n", /* 2^64 and beside it */
     &base1,
     FG_FORMAT_TRIPLETS,
     1,
     3,
     false,
     3,
     {{0, 0, 1844.6744073709551616f}, {0, 1, 1844.6744073709551615f}, {0, 2, -18446744.073709551617f}}},
    {"4294967295 4294967295 1\n",
     &base1,
     FG_FORMAT_TRIPLETS,
     4294967295u,
     4294967295u,
     true,
     1,
     {{4294967294u, 4294967294u, 1}}},
    {"4294967294 0 1\n", &base0, FG_FORMAT_TRIPLETS, 4294967295u, 1, true, 1, {{4294967294u, 0, 1}}},
    {"1 2\n3 2\n3 3\n",
     &base1,
     FG_FORMAT_EDGES,
     3,
     3,
     true,
     5,
     {{0, 1, 1}, {2, 1, 1}, {2, 2, 1}, {1, 0, 1}, {1, 2, 1}}},
    {"1 2\n2 1\n", &directed, FG_FORMAT_EDGES, 2, 2, true, 2, {{0, 1, 1}, {1, 0, 1}}},
    {"0,5\n", &base0, FG_FORMAT_EDGES, 6, 6, true, 2, {{0, 5, 1}, {5, 0, 1}}},
};

static void check_good(const struct good *g, const char *path) {
  struct fg_points p;
  struct fg_fault fault = {0};
  enum fg_err err = fg_points_read(path, g->options, &p, &fault);
  if (err)
    fail_msg("%s: line %llu: %s", g->text, fault.line, fault.text);
  assert_int_equal(p.format, g->format);
  assert_int_equal(p.rows, g->rows);
  assert_int_equal(p.cols, g->cols);
  assert_int_equal(p.counts, g->counts);
  assert_int_equal(p.n, g->n);
  for (size_t i = 0; i < p.n; i++)
    assert_true(p.row[i] == g->cell[i].row && p.col[i] == g->cell[i].col && p.value[i] == g->cell[i].value);
  assert_int_equal(strlen(p.sha256), 64);
  fg_points_free(&p);
  assert_int_equal(p.n, 0);
}

static void reads_good_files(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
    check_good(&goods[i], file("good", goods[i].text, strlen(goods[i].text)));
    check_good(&goods[i], gzip_file("good.gz", goods[i].text, strlen(goods[i].text)));
  }
}

static void hashes_the_stored_bytes(void **state) {
  (void)state;
  struct fg_points p;
  /* printf '1 1 1\n' | sha256sum */
  static const char plain[] = "a7c6882a45dbaefd37c17f1da98fee82c0ba4fa5d79908d624741725ff887328";
  assert_int_equal(fg_points_read(file("plain", "1 1 1\n", 6), &base1, &p, NULL), FG_OK);
  assert_string_equal(p.sha256, plain);
  fg_points_free(&p);
  assert_int_equal(fg_points_read(gzip_file("packed.gz", "1 1 1\n", 6), &base1, &p, NULL), FG_OK);
  assert_string_not_equal(p.sha256, plain);
  fg_points_free(&p);
}

static void reads_files_of_several_members(void **state) {
  (void)state;
  struct fg_points p;
  unsigned char bytes[400];
  size_t n = 0;
  static const char *const parts[] = {"1 1 1\n2 ", "2 2\n3 3 3\n"}; /* cut inside a line */
  for (int i = 0; i < 2; i++) {
    FILE *f = fopen(gzip_file("member.gz", parts[i], strlen(parts[i])), "rb");
    assert_non_null(f);
    n += fread(bytes + n, 1, 200, f);
    fclose(f);
  }
  assert_int_equal(fg_points_read(file("members.gz", bytes, n), &base1, &p, NULL), FG_OK);
  assert_int_equal(p.n, 3);
  assert_true(p.row[1] == 1 && p.col[1] == 1 && p.value[1] == 2);
  fg_points_free(&p);
}

/* ---- bad input ---- */

struct bad {
  const char *text;
  const char *reason; /* part of the message */
  unsigned long long line;
  const struct fg_read_options *options; /* NULL: base1 */
};

#define MARKET "%%MatrixMarket matrix coordinate real general\n"

static const struct bad bads[] = {
    {"", "empty", 0, NULL},
    {"\n\n", "no data", 2, NULL},
    {"# only\n% comments\n", "no data", 2, NULL},
    {"1 2 3 4\n", "not recognised", 1, NULL},
    /* bag of words */
    {"3\n", "the file ends where the number of words", 1, NULL},
    {"3\n4\n", "the file ends where the number of entries", 2, NULL},
    {"3\n4\n0\n", "number of entries 0 is not in", 3, NULL},
    {"0\n4\n1\n1 1 1\n", "number of documents 0 is not in 1 ..", 1, NULL},
    {"3\n4294967296\n1\n1 1 1\n", "number of words 4294967296 is not in", 2, NULL},
    {"3\n4 4\n1\n1 1 1\n", "'4' follows", 2, NULL},
    {"x\n4\n1\n1 1 1\n", "the format is not recognised", 1, NULL},
    {"1::1::3\n", "the format is not recognised", 1, NULL},
    {"3\n4\n2\n1 1 1\n", "ends after 1 entries; its header states 2", 4, NULL},
    {"3\n4\n1000000000000000000\n1 1 1\n", "its header states 1000000000000000000", 4, NULL},
    {"3\n4\n1\n1 1 1\n1 2 1\n", "more entries than the 1", 5, NULL},
    {"3\n4\n1\n4 1 1\n", "document 4 is not in 1 .. 3", 4, NULL},
    {"3\n4\n1\n1 5 1\n", "word 5 is not in 1 .. 4", 4, NULL},
    {"3\n4\n1\n0 1 1\n", "document is 0, but indices start at 1", 4, NULL},
    {"3\n4\n1\n1 0 1\n", "word is 0, but indices start at 1", 4, NULL},
    {"3\n4\n1\n-1 1 1\n", "'-1' is not a whole number", 4, NULL},
    {"3\n4\n1\n1.5 1 1\n", "'1.5' is not a whole number", 4, NULL},
    {"3\n4\n1\n1 1 -2\n", "count '-2' is not a whole number", 4, NULL},
    {"3\n4\n1\n1 1 0\n", "count 0 is not in 1 ..", 4, NULL},
    {"3\n4\n1\n1 1 1.5\n", "count '1.5' is not a whole number", 4, NULL},
    {"3\n4\n1\n1 1 4294967296\n", "count 4294967296 is not in", 4, NULL},
    {"3\n4\n1\n1 1 nan\n", "count 'nan' is not a whole number", 4, NULL},
    {"3\n4\n1\n4294967297 1 1\n", "document 4294967297 is not in", 4, NULL},
    {"3\n4\n1\n18446744073709551617 1 1\n", "document 18446744073709551617 is not in", 4, NULL},
    {"3\n4\n1\n1 1\n", "count is missing", 4, NULL},
    {"3\n4\n1\n1 1 1 1\n", "'1' follows", 4, NULL},
    {"3\n4\n3\n1 1 1\n2 1 1\n1 1 2\n", "(1, 1) was given in line 4 already", 6, NULL},
    {"3\n4\n4\n2 1 1\n1 1 1\n\n2 1 2\n1 1 5\n", "(2, 1) was given in line 4 already", 7, NULL},
    /* Matrix Market */
    {"%%MatrixMarket matrix coordinate real\n", "banner has five words", 1, NULL},
    {"%%MatrixMarket matrix array real general\n1 1\n1\n", "'array'", 1, NULL},
    {"%%MatrixMarket vector coordinate real general\n", "not a matrix", 1, NULL},
    {"%%MatrixMarket matrix list real general\n", "'list' is not 'coordinate'", 1, NULL},
    {"%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 1\n", "'complex'", 1, NULL},
    {"%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 1\n", "skew-symmetric", 1, NULL},
    {"%%MatrixMarket matrix coordinate real hermitian\n2 2 1\n2 1 1\n", "'hermitian'", 1, NULL},
    {"%%MatrixMarket matrix coordinate real symmetric\n2 3 1\n2 1 1\n", "square", 2, NULL},
    {MARKET, "the file ends where the size line", 1, NULL},
    {MARKET "2 2\n", "number of entries is missing", 2, NULL},
    {MARKET "2 2 0\n", "no entries", 2, NULL},
    {MARKET "5000000000 2 1\n1 1 1\n", "number of rows 5000000000 is not in", 2, NULL},
    {MARKET "2 2 1\n3 1 1\n", "row 3 is not in 1 .. 2", 3, NULL},
    {MARKET "2 2 1\n1 0 1\n", "column is 0", 3, NULL},
    {MARKET "2 2 1\n1 1 nan\n", "'nan' is not finite", 3, NULL},
    {MARKET "2 2 1\n1 1 -inf\n", "'-inf' is not finite", 3, NULL},
    {MARKET "2 2 1\n1 1 0x10\n", "'0x10' is not a number", 3, NULL},
    {MARKET "2 2 1\n1 1\n", "value is missing", 3, NULL},
    {MARKET "2 2 2\n1 1 1\n", "ends after 1 entries", 3, NULL},
    {MARKET "2 2 1\n1 1 1\n1 2 1\n", "more entries", 4, NULL},
    {"%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 1 1.5\n", "not whole", 3, NULL},
    {"%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 1 1\n", "'1' follows", 3, NULL},
    {"%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n2 1 1\n% c\n1 2 1\n", "other half of a matrix", 5, NULL},
    {MARKET "2 3 1\n2 1 1\n", "this one has 2 rows and 3 columns", 3, &network},
    {MARKET "2 2 2\n2 1 1\n1 2 1\n", "duplicate", 4, &network},
    /* triplets */
    {"1 1 1\n0 1 1\n", "row is 0, but indices start at 1", 2, NULL},
    {"1 1 1\n1 0 1\n", "column is 0, but indices start at 1", 2, NULL},
    {"1 1 1\n5000000000 1 1\n", "row 5000000000 is not in 1 .. 4294967295", 2, NULL},
    {"1 1 1\n4294967297 2 1\n", "row 4294967297 is not in", 2, NULL},
    {"1 1 1\n1 4294967296 1\n", "column 4294967296 is not in", 2, NULL},
    {"0 0 1\n4294967295 0 1\n", "row 4294967295 is not in 0 .. 4294967294", 2, &base0},
    {"user item rating\n1 1 1\n", "'user' is not a whole number", 1, NULL},
    {"1 1 five\n", "'five' is not a number", 1, NULL},
    {"1 1 1\n1 2 NaN\n", "'NaN' is not finite", 2, NULL},
    {"1 1 1\n1 2 Infinity\n", "'Infinity' is not finite", 2, NULL},
    {"1 1 1\n1 2 1e39\n", "too large for a 32-bit float", 2, NULL},
    {"1 1 1\n1 2 3.5x\n", "'3.5x' is not a number", 2, NULL},
    {"1 1 1\n1 2 1e\n", "'1e' is not a number", 2, NULL},
    {"1 1 1\n1 2 .\n", "'.' is not a number", 2, NULL},
    {"1 1 1\n1 2\n", "value is missing", 2, NULL},
    {"1 1 1\n1\n", "column is missing", 2, NULL},
    {"1 1 1\n1 2 3 4\n", "'4' follows", 2, NULL},
    {"1 1 1\n1,2,3,\n", "',' follows", 2, NULL},
    {"1 1 1\n1,,2,3\n", "column '' is not a whole number", 2, NULL},
    {"1 1 1\n# c\n\n2 2 2\n1 1 9\n", "duplicate: the pair (1, 1) was given in line 1 already", 5, NULL},
    {"7 1 1\n3 1 1\n# c\n0 0 2\n3 1 9\n", "duplicate: the pair (3, 1) was given in line 2 already", 5, &base0},
    {"4000000000 1 1\n1 1 1\n4000000000 1 2\n", "(4000000000, 1) was given in line 1 already", 3, NULL},
    /* edges */
    {"1 2\n0 1\n", "first node is 0", 2, NULL},
    {"1 2\n1 x\n", "second node 'x' is not", 2, NULL},
    {"1 2\n1 2 1\n", "'1' follows", 2, NULL},
    {"1 2\n3 3\n# c\n2 1\n", "(2, 1) was given in line 1 already, in the other direction", 4, NULL},
    {"1 2\n3 3\n3 3\n", "(3, 3) was given in line 2 already", 3, NULL},
    {"1 2\n1 2\n", "(1, 2) was given in line 1 already", 2, &directed},
};

/* The error, its place and its reason; the points hold nothing afterwards. */
static void check_bad(const char *path, const struct fg_read_options *options, enum fg_err expected, const char *reason,
                      unsigned long long line, const char *shown) {
  struct fg_points p, zero = {0};
  struct fg_fault fault = {0};
  memset(&p, 0xff, sizeof p);
  enum fg_err err = fg_points_read(path, options, &p, &fault);
  if (err != expected || fault.line != line || !strstr(fault.text, reason))
    fail_msg("'%s': error %d, line %llu: '%s' instead of error %d, line %llu, '%s'", shown, err, fault.line, fault.text,
             expected, line, reason);
  assert_string_equal(fault.file, path);
  assert_memory_equal(&p, &zero, sizeof p);
  assert_int_equal(fg_points_read(path, options, &p, NULL), expected); /* nobody need listen */
}

static void refuses_bad_text(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
    const struct bad *b = &bads[i];
    const struct fg_read_options *options = b->options ? b->options : &base1;
    check_bad(file("bad", b->text, strlen(b->text)), options, FG_EINPUT, b->reason, b->line, b->text);
    check_bad(gzip_file("bad.gz", b->text, strlen(b->text)), options, FG_EINPUT, b->reason, b->line, b->text);
  }
}

static void refuses_what_is_no_text_file(void **state) {
  (void)state;
  check_bad(in_folder("missing"), &base1, FG_EINPUT, "No such file", 0, "missing file");
  check_bad(folder, &base1, FG_EINPUT, "is a directory", 0, "directory");
  check_bad(file("nul", "1 1 1\n1 2\0 1\n", 13), &base1, FG_EINPUT, "NUL byte", 2, "NUL");
  check_bad(file("nul1", "\0\0\0\0", 4), &base1, FG_EINPUT, "NUL byte", 1, "NUL");
  static char big[300000];
  memcpy(big, "1 1 1\n", 6);
  memset(big + 6, '1', sizeof big - 6);
  check_bad(file("long", big, sizeof big), &base1, FG_EINPUT, "longer than 65536 bytes", 2, "overlong");
  memset(big, '#', sizeof big);
  big[65537] = '\n'; /* one too many; the line end comes with it */
  check_bad(file("long1", big, 70000), &base1, FG_EINPUT, "longer than 65536 bytes", 1, "overlong");
}

static void accepts_the_longest_line(void **state) {
  (void)state;
  static char big[65536 + 8];
  memset(big, '#', sizeof big);
  memcpy(big + 65536, "\n1 1 1\n", 7);
  struct fg_points p;
  assert_int_equal(fg_points_read(file("longest", big, 65536 + 7), &base1, &p, NULL), FG_OK);
  assert_int_equal(p.n, 1);
  fg_points_free(&p);
}

/* Every prefix of a gzip file, and every single changed byte of its body and trailer, is refused or gives the same. */
static void refuses_damaged_gzip(void **state) {
  (void)state;
  char text[600] = "";
  for (int i = 1; i <= 60; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%d %d %d\n", i, i % 7 + 1, i % 3);
  unsigned char bytes[1024];
  FILE *f = fopen(gzip_file("whole.gz", text, strlen(text)), "rb");
  assert_non_null(f);
  size_t n = fread(bytes, 1, sizeof bytes, f);
  fclose(f);
  assert_true(n > 100 && n < sizeof bytes);
  for (size_t cut = 2; cut < n; cut++) {
    struct fg_points p;
    struct fg_fault fault = {0};
    assert_int_equal(fg_points_read(file("cut.gz", bytes, cut), &base1, &p, &fault), FG_EINPUT);
    assert_non_null(strstr(fault.text, "truncated gzip data"));
    assert_in_range(fault.line, 1, 61);
  }
  for (size_t i = 10; i < n; i++) {
    struct fg_points p;
    struct fg_fault fault = {0};
    bytes[i] ^= 0x55;
    assert_int_equal(fg_points_read(file("changed.gz", bytes, n), &base1, &p, &fault), FG_EINPUT);
    bytes[i] ^= 0x55;
    if (i >= n - 8) /* the trailer: CRC and length */
      assert_non_null(strstr(fault.text, "corrupt gzip data"));
  }
  memcpy(bytes + n, "rest", 4);
  check_bad(file("rest.gz", bytes, n + 4), &base1, FG_EINPUT, "gzip data", 61, "rest");
}

/* A file of some size, so that lines cross the ends of all buffers. */
static void lines_cross_buffers(void **state) {
  (void)state;
  enum { N = 200000 };
  struct fg_points made = {.rows = N, .cols = 1000, .counts = true}, p;
  for (uint32_t i = 0; i < N; i++)
    assert_int_equal(fg_points_push(&made, i, (i * 7919u) % 1000, (float)(1 + i % 12345)), FG_OK);
  static const char *const names[] = {"big.mtx", "big.mtx.gz", "docword.big.txt", "docword.big.txt.gz",
                                      "big.txt", "big.txt.gz"};
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    assert_int_equal(fg_points_write(in_folder(names[k]), &made, NULL), FG_OK);
    assert_int_equal(fg_points_read(in_folder(names[k]), &base1, &p, NULL), FG_OK);
    assert_true(p.n == N && p.rows == N && p.cols == 1000 && p.counts);
    assert_memory_equal(p.row, made.row, N * sizeof *p.row);
    assert_memory_equal(p.col, made.col, N * sizeof *p.col);
    assert_memory_equal(p.value, made.value, N * sizeof *p.value);
    fg_points_free(&p);
  }
  fg_points_free(&made);
}

/* Lines of all forms, plain and not, in a file larger than all buffers: what they say is what is read. */
static void lines_of_all_forms_give_their_points(void **state) {
  (void)state;
  enum { N = 30000, LINE = 160 };
  static const char *const gaps[] = {" ", "\t", ",", " , ", "   ", ", ", " ", " "}, *const ends[] = {"\n", "\r\n",
                                                                                                     " \n", "\n"};
  static const char *const between[] = {"# 7 7 7\n", "\n", "  \t\n", "%\n", "   # 1 2 3\r\n", "\r\n"};
  char *text = test_malloc((size_t)N * 2 * LINE);
  float *value = test_malloc(N * sizeof *value);
  uint32_t *col = test_malloc(N * sizeof *col);
  size_t n = 0;
  struct fg_rng rng;
  fg_rng_start(&rng, 5, FG_STREAM_GENERATE, 0, 0);
  for (uint32_t i = 0; i < N; i++) {
    char number[64];
    uint32_t a = fg_rng_u32(&rng), b = fg_rng_u32(&rng);
    switch (a % 9) {
    case 0:
      snprintf(number, sizeof number, "%.*f", (int)(b % 20), (double)b / 1e7);
      break;
    case 1:
      snprintf(number, sizeof number, "-%.*e", (int)(b % 20), (double)b / 1e3);
      break;
    case 2:
      snprintf(number, sizeof number, "+%u.%s", b >> (b & 31), b % 2 ? "" : "5E-2");
      break;
    case 3:
      snprintf(number, sizeof number, ".%u", b);
      break;
    case 4:
      snprintf(number, sizeof number, "%u%u", b, a);
      break;
    case 5:
      snprintf(number, sizeof number, "-0");
      break;
    default:
      snprintf(number, sizeof number, "%u.%u", b % 10, b >> 28);
    }
    value[i] = strtof(number, NULL);
    col[i] = a % 7 ? b % 1000 : b % 300000000;
    if (b % 53 == 0)
      n += (size_t)snprintf(text + n, LINE, "%s", between[b / 53 % 6]);
    n += (size_t)snprintf(text + n, LINE, "%s%0*u%s%u%s%s%s", b % 31 ? "" : "  ", b % 37 ? 1 : 12, i + 1,
                          gaps[b / 7 % 8], col[i] + 1, gaps[b / 56 % 8], number, ends[b / 448 % 4]);
  }
  assert_true(n > 600000);
  for (int gz = 0; gz < 2; gz++) {
    struct fg_points p;
    struct fg_fault fault = {0};
    if (fg_points_read(gz ? gzip_file("forms.gz", text, n) : file("forms", text, n), &base1, &p, &fault))
      fail_msg("line %llu: %s", fault.line, fault.text);
    assert_int_equal(p.n, N);
    for (uint32_t i = 0; i < N; i++) {
      assert_true(p.row[i] == i && p.col[i] == col[i]);
      assert_memory_equal(&p.value[i], &value[i], sizeof value[i]);
    }
    fg_points_free(&p);
  }
  test_free(text);
  test_free(value);
  test_free(col);
}

/* A bad line is told the same wherever the ends of the buffers fall into it. */
static void refuses_across_buffers(void **state) {
  (void)state;
  enum { FIRST = 128 << 10, PAD = 64 };
  static const struct {
    const char *line, *reason;
  } bad[] = {{"7 8x 3.25\n", "the column '8x' is not a whole number"},
             {"7 12345678 1.5 9\n", "'9' follows where the line should end"},
             {"7 8 \n", "the value is missing"},
             {"7 0 12.5\n", "the column is 0, but indices start at 1 here"},
             {"123456789012 8 1\n", "the row 123456789012 is not in"},
             {"7 8 -1e99\n", "the value -1e99 is too large"},
             {"7 8 0x10\n", "the value '0x10' is not a number"},
             {"7 8 1.5e\n", "the value '1.5e' is not a number"},
             {"7\t8\t-nan\n", "the value '-nan' is not finite"},
             {"7 8 1.5\r\r\n", "the value '1.5?' is not a number"}};
  char *text = test_malloc(FIRST + PAD);
  for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
    for (size_t in = 0; in <= strlen(bad[k].line); in++) { /* so many bytes of it are in the first buffer */
      size_t n = 0;
      unsigned long long lines = 1;
      for (; n + 12 + in < FIRST; lines++)
        n += (size_t)snprintf(text + n, PAD, "5 5 5\n");
      while (n + in < FIRST)
        text[n++] = ' ';
      n += (size_t)snprintf(text + n, PAD, "%s1 1 1\n", bad[k].line);
      check_bad(file("border", text, n), &base1, FG_EINPUT, bad[k].reason, lines, bad[k].line);
    }
  test_free(text);
}

/* ---- writing ---- */

static void writes_what_it_reads(void **state) {
  (void)state;
  static const struct {
    const char *name;
    enum fg_format format;
    bool magic;
  } cases[] = {
      {"real.mtx", FG_FORMAT_MATRIX_MARKET, false},
      {"real.mtx.gz", FG_FORMAT_MATRIX_MARKET, true},
      {"real.tsv", FG_FORMAT_TRIPLETS, false},
      {"real.gz", FG_FORMAT_TRIPLETS, true},
  };
  static const float values[] = {0.1f, -3, 1e-40f, 3.4e38f, 16777217, 0, -1.17549435e-38f, 1234567.875f, 1 / 3.0f};
  enum { N = sizeof values / sizeof values[0] };
  struct fg_points made = {.rows = 12, .cols = 9}, p;
  for (uint32_t i = 0; i < N; i++)
    assert_int_equal(fg_points_push(&made, 11 - i, i, values[i]), FG_OK);
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    struct fg_fault fault = {0};
    assert_int_equal(fg_points_write(in_folder(cases[k].name), &made, &fault), FG_OK);
    FILE *f = fopen(in_folder(cases[k].name), "rb");
    assert_non_null(f);
    assert_int_equal(fgetc(f) == 0x1f, cases[k].magic);
    fclose(f);
    assert_int_equal(fg_points_read(in_folder(cases[k].name), &base1, &p, &fault), FG_OK);
    assert_int_equal(p.format, cases[k].format);
    assert_true(p.n == N && p.rows == 12 && p.cols == 9 && !p.counts);
    assert_memory_equal(p.row, made.row, N * sizeof *p.row);
    assert_memory_equal(p.col, made.col, N * sizeof *p.col);
    assert_memory_equal(p.value, made.value, N * sizeof *p.value);
    fg_points_free(&p);
  }
  fg_points_free(&made);
}

static void refuses_to_write(void **state) {
  (void)state;
  struct fg_points half = {.rows = 1, .cols = 1}, zero = {.rows = 1, .cols = 1, .counts = true}, none = {.rows = 1};
  struct fg_fault fault = {0};
  assert_int_equal(fg_points_push(&half, 0, 0, 0.5f), FG_OK);
  assert_int_equal(fg_points_push(&zero, 0, 0, 0), FG_OK);
  assert_int_equal(fg_points_write(in_folder("docword.half.txt"), &half, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "counts"));
  assert_int_equal(fg_points_write(in_folder("docword.zero.txt"), &zero, &fault), FG_EUSAGE);
  assert_int_equal(fg_points_write(in_folder("none.mtx"), &none, &fault), FG_EUSAGE);
  assert_int_equal(fg_points_write(in_folder("no/such/folder.mtx"), &half, &fault), FG_EUSAGE);
  assert_int_equal(mkdir(in_folder("taken.mtx"), 0777), 0);
  assert_int_equal(fg_points_write(in_folder("taken.mtx"), &half, &fault), FG_EUSAGE); /* a folder */
  assert_int_not_equal(access(in_folder("docword.half.txt"), F_OK), 0);
  fg_points_free(&half);
  fg_points_free(&zero);
}

/* A link that somebody put where the temporary file goes is not followed. */
static void writes_no_foreign_file(void **state) {
  (void)state;
  char temporary[300];
  snprintf(temporary, sizeof temporary, "%s.%ld.tmp", in_folder("linked.mtx"), (long)getpid());
  assert_int_equal(symlink("/dev/null", temporary), 0);
  struct fg_points p = {.rows = 1, .cols = 1};
  assert_int_equal(fg_points_push(&p, 0, 0, 1), FG_OK);
  assert_int_equal(fg_points_write(in_folder("linked.mtx"), &p, NULL), FG_EIO);
  assert_int_not_equal(access(in_folder("linked.mtx"), F_OK), 0);
  fg_points_free(&p);
}

/* A full device, played by a limit on the size of files: an error, and nothing is left. */
static void failed_write_leaves_nothing(void **state) {
  (void)state;
  struct fg_points p = {.rows = 100000, .cols = 1};
  struct fg_fault fault = {0};
  for (uint32_t i = 0; i < p.rows; i++)
    assert_int_equal(fg_points_push(&p, i, 0, 0.5f), FG_OK);
  struct rlimit limit, small;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  small = limit;
  small.rlim_cur = 100000;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  enum fg_err err = fg_points_write(in_folder("large.mtx"), &p, &fault);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(err, FG_EIO);
  assert_non_null(strstr(fault.text, strerror(EFBIG)));
  char temporary[300];
  snprintf(temporary, sizeof temporary, "%s.%ld.tmp", in_folder("large.mtx"), (long)getpid());
  assert_int_not_equal(access(in_folder("large.mtx"), F_OK), 0);
  assert_int_not_equal(access(temporary, F_OK), 0);
  fg_points_free(&p);
}

/* ---- parts ---- */

static void finds_the_earliest_repetition(void **state) {
  (void)state;
  struct fg_rng rng;
  fg_rng_start(&rng, 1, FG_STREAM_GENERATE, 0, 0);
  static const uint32_t shapes[][2] = {{20, 30}, {3, 4000}, {4000000, 2}, {4000000000u, 4000000000u}};
  for (size_t s = 0; s < 4; s++)
    for (int round = 0; round < 200; round++) {
      struct fg_points p = {.rows = shapes[s][0], .cols = shapes[s][1]};
      uint32_t n = 1 + fg_rng_below(&rng, 40);
      for (uint32_t i = 0; i < n; i++) /* few distinct cells, spread over the matrix */
        assert_int_equal(
            fg_points_push(&p, fg_rng_below(&rng, 20) * (p.rows / 20), fg_rng_below(&rng, 20) * (p.cols / 20), 1),
            FG_OK);
      bool expected = false, found;
      size_t a = 0, b = 0, first, second;
      for (size_t j = 1; j < n && !expected; j++)
        for (size_t i = 0; i < j && !expected; i++)
          if (p.row[i] == p.row[j] && p.col[i] == p.col[j]) {
            expected = true;
            a = i;
            b = j;
          }
      assert_int_equal(fg_points_find_duplicate(&p, &found, &first, &second), FG_OK);
      assert_int_equal(found, expected);
      if (found)
        assert_true(first == a && second == b);
      fg_points_free(&p);
    }
}

static void numbers_are_rounded_correctly(void **state) {
  (void)state;
  struct fg_rng rng;
  fg_rng_start(&rng, 2, FG_STREAM_GENERATE, 0, 0);
  for (int i = 0; i < 300000; i++) {
    char text[80];
    uint32_t bits = fg_rng_u32(&rng);
    float exact;
    memcpy(&exact, &bits, sizeof exact);
    if (!isfinite(exact))
      continue;
    switch (i % 4) {
    case 0: /* nine digits give every float back */
      snprintf(text, sizeof text, "%.9g", (double)exact);
      break;
    case 1: /* midpoints of neighbouring floats, and values just beside them */
      snprintf(text, sizeof text, "%.*e", 10 + i % 16, ((double)exact + nextafterf(exact, INFINITY)) / 2);
      break;
    case 2:
      snprintf(text, sizeof text, "%u.%0*u", bits >> (bits & 31), 1 + i % 20, fg_rng_u32(&rng) >> (i & 31));
      break;
    default:
      snprintf(text, sizeof text, "%u%ue%d", bits, fg_rng_u32(&rng), (int)fg_rng_below(&rng, 100) - 60);
    }
    float value, right = strtof(text, NULL);
    const char *end = fg_scan_float(text, &value);
    assert_non_null(end);
    assert_int_equal(*end, 0);
    if (memcmp(&value, &right, sizeof value) != 0)
      fail_msg("%s: %.9g instead of %.9g", text, (double)value, (double)right);
  }
}

static void vocabulary_is_found(void **state) {
  (void)state;
  struct fg_vocabulary v;
  struct fg_fault fault = {0};
  file("vocab.news.txt", "alpha\r\nbeta\ngamma", 17);
  assert_int_equal(fg_vocabulary_find(in_folder("docword.news.txt.gz"), 3, &v, &fault), FG_OK);
  assert_int_equal(v.n, 3);
  assert_string_equal(v.word[0], "alpha");
  assert_string_equal(v.word[2], "gamma");
  fg_vocabulary_free(&v);
  assert_int_equal(fg_vocabulary_find(in_folder("docword.news.txt"), 4, &v, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "3 words for 4 columns"));
  assert_int_equal(fault.line, 3);
  assert_true(v.n == 0 && !v.word);
  assert_int_equal(fg_vocabulary_find(in_folder("docword.other.txt"), 3, &v, &fault), FG_OK);
  assert_true(v.n == 0 && !v.word);
  file("vocab.txt", "one\n\nthree\n", 11);
  assert_int_equal(fg_vocabulary_find(in_folder("docword.txt.gz"), 2, &v, &fault), FG_EINPUT);
  assert_int_equal(fault.line, 2);
  assert_non_null(strstr(fault.text, "empty"));
  file("vocab.txt", "one\ntwo\n", 8);
  assert_int_equal(fg_vocabulary_find(in_folder("ratings.mtx"), 2, &v, &fault), FG_OK);
  assert_int_equal(v.n, 2);
  fg_vocabulary_free(&v);
}

static void labels_are_one_a_line(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
    unsigned long long line;
  } bad[] = {{"right\nleft\nright\n", "ends after 3 labels; 4 are expected", 3},
             {"right\nleft\nright\nleft\nleft\n", "a label too many: 4", 5},
             {"right\n\nright\nleft\n", "empty", 2},
             {"", "ends after 0 labels", 0}};
  struct fg_labels l;
  struct fg_fault fault = {0};
  file("labels.txt", "right\r\nfar left\nright\nleft", 26);
  assert_int_equal(fg_labels_read(in_folder("labels.txt"), 4, &l, &fault), FG_OK);
  assert_int_equal(l.n, 4);
  assert_int_equal(l.n_names, 3);
  assert_string_equal(l.name[0], "far left");
  assert_string_equal(l.name[2], "right");
  assert_true(l.of[0] == 2 && l.of[1] == 0 && l.of[2] == 2 && l.of[3] == 1);
  assert_true(l.how_many[0] == 1 && l.how_many[1] == 1 && l.how_many[2] == 2);
  fg_labels_free(&l);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    file("labels.txt", bad[i].text, strlen(bad[i].text));
    assert_int_equal(fg_labels_read(in_folder("labels.txt"), 4, &l, &fault), FG_EINPUT);
    assert_non_null(strstr(fault.text, bad[i].says));
    assert_int_equal(fault.line, bad[i].line);
    assert_true(l.n_names == 0 && !l.of);
  }
  assert_int_equal(fg_labels_read(in_folder("none.txt"), 4, &l, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "cannot be opened"));
}

/* The embedded corpus, as its description states it. */
static void reads_the_embedded_corpus(void **state) {
  (void)state;
  const char *source = getenv("FUGUE_SRCDIR");
  if (!source)
    skip();
  char path[1024];
  snprintf(path, sizeof path, "%s/experiments/data/sotu/docword.txt.gz", source);
  struct fg_points p;
  struct fg_fault fault = {0};
  enum fg_err err = fg_points_read(path, &base1, &p, &fault);
  if (err)
    fail_msg("%s: %s", path, fault.text);
  double tokens = 0;
  for (size_t i = 0; i < p.n; i++)
    tokens += p.value[i];
  assert_int_equal(p.format, FG_FORMAT_BOW);
  assert_int_equal(p.rows, 9077);
  assert_int_equal(p.cols, 10502);
  assert_in_range(p.n, 649000, 651000);
  assert_in_range((size_t)tokens, 756000, 758000);
  struct fg_vocabulary v;
  assert_int_equal(fg_vocabulary_find(path, p.cols, &v, &fault), FG_OK);
  assert_int_equal(v.n, 10502);
  fg_vocabulary_free(&v);
  fg_points_free(&p);
}

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "test_read.XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  char command[100];
  snprintf(command, sizeof command, "rm -rf ./%s", folder);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_good_files),
      cmocka_unit_test(hashes_the_stored_bytes),
      cmocka_unit_test(reads_files_of_several_members),
      cmocka_unit_test(refuses_bad_text),
      cmocka_unit_test(refuses_what_is_no_text_file),
      cmocka_unit_test(accepts_the_longest_line),
      cmocka_unit_test(refuses_damaged_gzip),
      cmocka_unit_test(lines_cross_buffers),
      cmocka_unit_test(lines_of_all_forms_give_their_points),
      cmocka_unit_test(refuses_across_buffers),
      cmocka_unit_test(writes_what_it_reads),
      cmocka_unit_test(refuses_to_write),
      cmocka_unit_test(writes_no_foreign_file),
      cmocka_unit_test(failed_write_leaves_nothing),
      cmocka_unit_test(finds_the_earliest_repetition),
      cmocka_unit_test(numbers_are_rounded_correctly),
      cmocka_unit_test(vocabulary_is_found),
      cmocka_unit_test(labels_are_one_a_line),
      cmocka_unit_test(reads_the_embedded_corpus),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
