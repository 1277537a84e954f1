/* Options: defaults, YAML files with their errors by line, what is checked when they are resolved; randomness and
 * steps. */
#include "core/config.h"
#include "core/cure.h"
#include "core/rng.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct fg_config *fresh(void) {
  struct fg_config *c = malloc(sizeof *c);
  assert_non_null(c);
  fg_config_init(c);
  return c;
}

static enum fg_err read_text(const char *text, struct fg_config *c, struct fg_fault *fault) {
  char path[] = "/tmp/fugue-config-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
  close(fd);
  enum fg_err err = fg_config_read(path, c, fault);
  unlink(path);
  return err;
}

static void yaml_files(void **state) {
  struct fg_config *c = fresh();
  struct fg_fault fault = {0};
  (void)state;
  assert_int_equal(read_text("# a run\ndata: x.mtx\nworkers: 4\nmodel: \"mf:rank=3\"\ndata_rows: 7\n", c, &fault),
                   FG_OK);
  assert_string_equal(c->text[FG_OPT_DATA], "x.mtx");
  assert_string_equal(c->text[FG_OPT_MODEL], "mf:rank=3");
  assert_string_equal(c->text[FG_OPT_SYNC], "fugue");
  struct fg_options o;
  assert_int_equal(fg_config_resolve(c, &o, &fault), FG_OK);
  assert_int_equal(o.workers, 4);
  static const struct {
    const char *text;
    unsigned long long line;
    const char *says;
  } bad[] = {
      {"data: x\nworker: 4\n", 2, "no option 'worker'"}, {"data: x\nworkers: [4, 8]\n", 2, "one value"},
      {"data: x\nsync: {a: b}\n", 2, "one value"},       {"- data\n", 1, "option: value"},
      {"data: x\n\n\nmodel:\n", 4, "no value"},          {"data: 'x\n", 1, "not valid YAML"},
      {"data: x\nworkers 3\n", 2, "not valid YAML"},     {"data\n", 1, "option: value"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    fault = (struct fg_fault){0};
    enum fg_err err = read_text(bad[i].text, c, &fault);
    if ((err != FG_EUSAGE && err != FG_EINPUT) || fault.line != bad[i].line || !strstr(fault.text, bad[i].says))
      fail_msg("%s: err %d, line %llu, '%s'", bad[i].text, (int)err, fault.line, fault.text);
  }
  assert_int_equal(fg_config_read("/nonexistent/config.yaml", c, &fault), FG_EUSAGE);
  free(c);
}

static void bad_values(void **state) {
  static const char *const bad[][2] = {
      {"workers", "0"},
      {"workers", "-1"},
      {"workers", "1e3"},
      {"epochs", "0"},
      {"epochs", "ten"},
      {"epochs", "1.5"},
      {"step", "0"},
      {"step", "-1"},
      {"step", "nan"},
      {"step", "inf"},
      {"floor", "-1"},
      {"step-schedule", "fast"},
      {"chunk", "0"},
      {"sampling", "random"},
      {"test", "1"},
      {"test", "-0.1"},
      {"test", "columns:0.1"},
      {"seed", "-1"},
      {"seed", "1.5"},
      {"seed-init", "x"},
      {"index-base", "2"},
      {"trace", "yes"},
      {"eval-every", "x"},
      {"epochs", "s"},
      {"checkpoint", "5"},
      {"checkpoint", "min"},
      {"checkpoint", "0s"},
      {"checkpoint", "0epochs"},
      {"checkpoint", "1.5strata"},
      {"checkpoint", "5 min"},
      {"checkpoint", "-1s"},
      {"checkpoint", "1.2.3s"},
      {"checkpoint", "5mins"},
      {"checkpoint", "on"},
      {"balance", "sizes"},
      {"balance", "rotate:2"},
      {"balance", "size:"},
      {"balance", "size:3,1,"},
      {"balance", "size:,3"},
      {"balance", "size:3,,1"},
      {"balance", "size:0"},
      {"balance", "size:-1"},
      {"balance", "size:inf"},
      {"balance", "size:1e10"},
      {"balance", "size:3, 1"},
      {"balance", "size:0x3"},
      {"balance", "size:2x"},
      {"balance", "size:x3"},
      {"balance", "size:2x3x4"},
      {"balance", "size:1.5x3"},
      {"balance", "size:1000001x1"},
      {"balance", "size:1000000x1,1"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct fg_config *c = fresh();
    struct fg_options o;
    struct fg_fault fault = {0};
    assert_int_equal(fg_config_set(c, "data", "x", NULL, 0, &fault), FG_OK);
    assert_int_equal(fg_config_resolve(c, &o, &fault), FG_OK);
    assert_int_equal(fg_config_set(c, bad[i][0], bad[i][1], NULL, 0, &fault), FG_OK);
    if (fg_config_resolve(c, &o, &fault) != FG_EUSAGE || !fault.text[0])
      fail_msg("--%s %s was taken", bad[i][0], bad[i][1]);
    free(c);
  }
  struct fg_config *c = fresh();
  struct fg_options o;
  assert_int_equal(fg_config_resolve(c, &o, NULL), FG_EUSAGE); /* no data */
  free(c);
}

static void seeds(void **state) {
  struct fg_config *c = fresh();
  struct fg_options o, other;
  (void)state;
  fg_config_set(c, "data", "x", NULL, 0, NULL);
  assert_int_equal(fg_config_resolve(c, &o, NULL), FG_OK);
  assert_true(o.seed_data != o.seed_init && o.seed_init != o.seed_order && o.seed_order != o.seed_straggler);
  fg_config_set(c, "seed", "2", NULL, 0, NULL);
  fg_config_set(c, "seed-data", "77", NULL, 0, NULL);
  fg_config_set(c, "epochs", "12s", NULL, 0, NULL);
  assert_int_equal(fg_config_resolve(c, &other, NULL), FG_OK);
  assert_true(other.seed_data == 77 && other.split.seed == 77 && other.seed_init != o.seed_init);
  assert_true(other.sub_epochs && other.epochs == 12);
  free(c);
}

static void intervals(void **state) {
  static const struct {
    const char *text;
    enum fg_every unit;
    double seconds;
    uint64_t n;
  } good[] = {{"off", FG_EVERY_NEVER, 0, 0},      {"30s", FG_EVERY_SECONDS, 30, 0},  {"0.5s", FG_EVERY_SECONDS, 0.5, 0},
              {"5min", FG_EVERY_SECONDS, 300, 0}, {"2h", FG_EVERY_SECONDS, 7200, 0}, {"1epoch", FG_EVERY_EPOCHS, 0, 1},
              {"2epochs", FG_EVERY_EPOCHS, 0, 2}, {"8strata", FG_EVERY_STRATA, 0, 8}};
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    struct fg_config *c = fresh();
    struct fg_options o;
    fg_config_set(c, "data", "x", NULL, 0, NULL);
    fg_config_set(c, "checkpoint", good[i].text, NULL, 0, NULL);
    assert_int_equal(fg_config_resolve(c, &o, NULL), FG_OK);
    assert_true(o.checkpoint.unit == good[i].unit && o.checkpoint.seconds == good[i].seconds &&
                o.checkpoint.n == good[i].n);
    free(c);
  }
}

static void cures(void **state) {
  static const struct {
    const char *text;
    enum fg_cure cure;
    uint32_t shares;
  } good[] = {{"none", FG_CURE_NONE, 0},           {"rotate", FG_CURE_ROTATE, 0},
              {"scale", FG_CURE_SCALE, 0},         {"size", FG_CURE_SIZE, 0},
              {"size:2", FG_CURE_SIZE, 1},         {"size:6x3,2x1", FG_CURE_SIZE, 8},
              {"size:1,0.5,2e3", FG_CURE_SIZE, 3}, {"size:1000000x1", FG_CURE_SIZE, 1000000}};
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    struct fg_config *c = fresh();
    struct fg_options o;
    fg_config_set(c, "data", "x", NULL, 0, NULL);
    fg_config_set(c, "balance", good[i].text, NULL, 0, NULL);
    assert_int_equal(fg_config_resolve(c, &o, NULL), FG_OK);
    assert_true(o.balance == good[i].cure && o.shares == good[i].shares);
    free(c);
  }
  static const double expected[] = {3, 3, 1, 0.25, 0.25, 0.25};
  double *share;
  struct fg_fault fault = {0};
  assert_int_equal(fg_cure_shares("size:2x3,1,3x0.25", 6, &share, &fault), FG_OK);
  assert_memory_equal(share, expected, sizeof expected);
  free(share);
  assert_int_equal(fg_cure_shares("none", 6, &share, &fault), FG_OK);
  assert_null(share);
  assert_int_equal(fg_cure_shares("size:2x3,1,3x0.25", 5, &share, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "6 shares, but there are 5 workers"));
  assert_int_equal(fg_cure_shares("size", 5, &share, &fault), FG_EUSAGE);
  assert_null(share);
  assert_true(fg_cure_least("size:2x3,1,3x0.25") == 0.25 / (7.75 / 6) && fg_cure_least("size:16x1") == 1 &&
              fg_cure_least("none") == 1);
}

/* What a plain "size" becomes, for hosts of the given speeds. */
static void shares_from_speeds(void **state) {
  static const double equal[] = {4e9, 4e9, 4e9, 4e9, 4e9}, mixed[] = {4e9, 2e9, 2e9, 1e9, 4e9},
                      third[] = {1, 3, 7, 1e-5, 1}, steep[] = {1, 1, 1, 1, 2e9}, fast[] = {1, 1, INFINITY, 1, 1},
                      none[] = {0, 0, 0, 0, 0};
  static const struct {
    const char *balance;
    const double *speed;
    const char *straggler, *becomes; /* or what is wrong with it */
  } cases[] = {
      {"size", NULL, "none", "size:5x1"},
      {"size", equal, "pareto", "size:5x1"},
      {"size", mixed, "none", "size:4,2x2,1,4"},
      {"size", third, "none", "size:100000,300000,700000,1,100000"},
      {"size", mixed, "persistent:hosts=5,factor=3", "size:4,2x2,1,4"},
      {"size", NULL, "persistent:hosts=4,factor=0.7", "size:1.42857,1,3x1.42857"},
      {"size", steep, "none", "more than 1e+09 times as fast"},
      {"size", fast, "none", "host 2 is more than"},
      {"size", none, "none", "more than"},
      {"size", mixed, "persistent:hosts=6", "there are only 5"},
      {"size:2,3", mixed, "none", "size:2,3"},
      {"none", mixed, "none", "none"},
      {"rotate", mixed, "none", "rotate"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fg_config *c = fresh();
    struct fg_fault fault = {0};
    fg_config_set(c, "data", "x", NULL, 0, NULL);
    fg_config_set(c, "balance", cases[i].balance, NULL, 0, NULL);
    fg_config_set(c, "straggler", cases[i].straggler, NULL, 0, NULL);
    enum fg_err err = fg_cure_settle(c, 5, cases[i].speed, &fault);
    if (err ? err != FG_EUSAGE || !strstr(fault.text, cases[i].becomes)
            : strcmp(c->text[FG_OPT_BALANCE], cases[i].becomes) != 0)
      fail_msg("case %zu: err %d, '%s', %s", i, (int)err, fault.text, c->text[FG_OPT_BALANCE]);
    free(c);
  }
}

/* Equal shares in a row are one number, so that many workers fit; too many different ones are refused. */
static void many_shares(void **state) {
  enum { P = 1000 };
  struct fg_config *c = fresh();
  struct fg_fault fault = {0};
  double *speed = malloc(P * sizeof *speed), *share;
  (void)state;
  assert_non_null(speed);
  for (uint32_t p = 0; p < P; p++)
    speed[p] = p % 2 ? 1 : 2.5;
  fg_config_set(c, "data", "x", NULL, 0, NULL);
  fg_config_set(c, "balance", "size", NULL, 0, NULL);
  assert_int_equal(fg_cure_settle(c, P, speed, &fault), FG_OK);
  assert_int_equal(fg_cure_shares(c->text[FG_OPT_BALANCE], P, &share, &fault), FG_OK);
  assert_memory_equal(share, speed, P * sizeof *share);
  free(share);
  for (uint32_t p = 0; p < P; p++)
    speed[p] = 1 + p / 7.0;
  fg_config_set(c, "balance", "size", NULL, 0, NULL);
  assert_int_equal(fg_cure_settle(c, P, speed, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "too long"));
  assert_string_equal(c->text[FG_OPT_BALANCE], "size");
  free(speed);
  free(c);
}

static void steps(void **state) {
  struct fg_steps s = {.eta0 = 0.8, .floor = 0.3};
  (void)state;
  assert_true(fg_step_eta(&s, 0) == 0.8 && fg_step_eta(&s, 1) == 0.4 && fg_step_eta(&s, 3) == 0.3);
  s.schedule = FG_STEP_SQRT;
  assert_true(fg_step_eta(&s, 3) == 0.4);
  s.schedule = FG_STEP_CONSTANT;
  assert_true(fg_step_eta(&s, 1000) == 0.8);
  s.schedule = FG_STEP_ADAGRAD;
  assert_true(fg_step_eta(&s, 1000) == 0.8);
  for (int i = FG_STEP_PAPER; i <= FG_STEP_ADAGRAD; i++) {
    enum fg_step_schedule read;
    assert_int_equal(fg_step_schedule_parse(fg_step_schedule_name((enum fg_step_schedule)i), &read, NULL), FG_OK);
    assert_int_equal(read, i);
  }
}

/* Known answers of Philox4x32-10 are Random123's own; here: that our counters are laid out so that sequences do not
 * meet, and uniforms are uniform (chi-square, 64 cells, level 1e-6). */
static void randomness(void **state) {
  struct fg_rng a, b;
  (void)state;
  fg_rng_start(&a, 1, FG_STREAM_ORDER, 5, 0);
  fg_rng_start(&b, 1, FG_STREAM_ORDER, 5, 0);
  for (int i = 0; i < 100; i++)
    assert_int_equal(fg_rng_u32(&a), fg_rng_u32(&b));
  uint32_t first[5];
  const uint64_t start[5][4] = {{1, FG_STREAM_ORDER, 5, 1},
                                {1, FG_STREAM_ORDER, 6, 0},
                                {2, FG_STREAM_ORDER, 5, 0},
                                {1, FG_STREAM_SPLIT, 5, 0},
                                {1, FG_STREAM_ORDER, 5 + (1ULL << 32), 0}};
  for (int i = 0; i < 5; i++) {
    fg_rng_start(&a, start[i][0], (enum fg_stream)start[i][1], start[i][2], (uint32_t)start[i][3]);
    first[i] = fg_rng_u32(&a);
    for (int j = 0; j < i; j++)
      assert_int_not_equal(first[i], first[j]);
  }
  double cells[64] = {0}, below[7] = {0}, chi = 0;
  for (uint64_t i = 0; i < 64000; i++) { /* first draws of neighbouring sequences: the hardest case */
    fg_rng_start(&a, 3, FG_STREAM_STRAGGLER, i, 0);
    double u = fg_rng_uniform(&a);
    assert_true(u > 0 && u < 1);
    cells[(int)(u * 64)]++;
    below[fg_rng_below(&a, 7)]++;
  }
  for (int i = 0; i < 64; i++)
    chi += (cells[i] - 1000) * (cells[i] - 1000) / 1000;
  assert_true(gsl_cdf_chisq_Q(chi, 63) > 1e-6);
  chi = 0;
  for (int i = 0; i < 7; i++)
    chi += (below[i] - 64000.0 / 7) * (below[i] - 64000.0 / 7) / (64000.0 / 7);
  assert_true(gsl_cdf_chisq_Q(chi, 6) > 1e-6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(yaml_files),
      cmocka_unit_test(bad_values),
      cmocka_unit_test(intervals),
      cmocka_unit_test(cures),
      cmocka_unit_test(shares_from_speeds),
      cmocka_unit_test(many_shares),
      cmocka_unit_test(seeds),
      cmocka_unit_test(steps),
      cmocka_unit_test(randomness),
  };
  return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
