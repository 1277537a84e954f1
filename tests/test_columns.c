/* Facts and columns of run directories. */
#include "core/columns.h"
#include "core/facts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/fugue-test-XXXXXX";

static int make_file(void **state) {
  (void)state;
  int fd = mkstemp(path);
  return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
  (void)state;
  return unlink(path);
}

static void put(const char *text) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  assert_true(fputs(text, f) >= 0);
  assert_int_equal(fclose(f), 0);
}

static void facts_of_yaml_and_json(void **state) {
  (void)state;
  struct fg_facts facts = {0};
  put("sync: fugue:decay=0.05\nstep: 0.01\n");
  assert_int_equal(fg_facts_read(path, &facts, NULL), FG_OK);
  assert_int_equal(facts.n, 2);
  assert_string_equal(fg_facts_find(&facts, "sync"), "fugue:decay=0.05");
  assert_string_equal(fg_facts_find(&facts, "step"), "0.01");
  assert_null(fg_facts_find(&facts, "ste"));
  assert_null(fg_facts_find(&facts, "time_s"));
  fg_facts_free(&facts);

  put("{\"seed\": 3, \"result\": {\"time_s\": 1.5e3, \"of\": [4, {\"x\": \"y: z\"}]}, \"time_s\": 7}");
  assert_int_equal(fg_facts_read(path, &facts, NULL), FG_OK);
  assert_string_equal(fg_facts_find(&facts, "seed"), "3");
  assert_string_equal(fg_facts_find(&facts, "result.time_s"), "1.5e3");
  assert_string_equal(fg_facts_find(&facts, "time_s"), "7"); /* the whole key goes before its end */
  assert_string_equal(fg_facts_find(&facts, "result.of.0"), "4");
  assert_string_equal(fg_facts_find(&facts, "x"), "y: z");
  assert_null(fg_facts_find(&facts, "sult.time_s"));
  fg_facts_free(&facts);
}

static void facts_that_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned long long line;
  } bad[] = {{"", 0},
             {"- 1\n- 2\n", 1},
             {"word\n", 1},
             {"a: 1\nb: [1, 2\n", 3},
             {"a: 1\n? [x]\n: 2\n", 2},
             {"a: &x 1\nb: *x\n", 2}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fg_facts facts = {0};
    struct fg_fault fault = {.line = 99};
    put(bad[i].text);
    assert_int_equal(fg_facts_read(path, &facts, &fault), FG_EINPUT);
    assert_string_equal(fault.file, path);
    assert_int_equal(fault.line, bad[i].line);
    fg_facts_free(&facts);
  }
  /* nested beyond any use */
  char deep[256] = "a: ";
  memset(deep + 3, '[', 200);
  put(deep);
  struct fg_facts facts = {0};
  assert_int_equal(fg_facts_read(path, &facts, NULL), FG_EINPUT);
  fg_facts_free(&facts);
  assert_int_equal(fg_facts_read("/nowhere/run.json", &facts, NULL), FG_EINPUT);
}

static void columns_by_name(void **state) {
  (void)state;
  static const char *const names[] = {"c", "a"};
  struct fg_columns columns = {0};
  put("a,b,c\n1,x,-2e-3\r\n.5,,nan\n3,,\n4,,inf");
  assert_int_equal(fg_columns_read(path, names, 2, false, &columns, NULL), FG_OK);
  assert_int_equal(columns.n_rows, 4);
  assert_true(columns.column[0][0] == -2e-3 && columns.column[1][0] == 1);
  assert_true(columns.column[1][1] == .5 && columns.column[1][3] == 4);
  for (int r = 1; r < 4; r++)
    assert_true(isnan(columns.column[0][r]));
  fg_columns_free(&columns);
  /* of a file that grows, the line being written is left out */
  assert_int_equal(fg_columns_read(path, names, 2, true, &columns, NULL), FG_OK);
  assert_int_equal(columns.n_rows, 3);
  fg_columns_free(&columns);
}

static void many_rows(void **state) {
  (void)state;
  static const char *const names[] = {"x"};
  struct fg_columns columns = {0};
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs("x\n", f);
  for (int i = 0; i < 1000; i++)
    fprintf(f, "%d\n", i);
  assert_int_equal(fclose(f), 0);
  assert_int_equal(fg_columns_read(path, names, 1, false, &columns, NULL), FG_OK);
  assert_int_equal(columns.n_rows, 1000);
  for (int i = 0; i < 1000; i++)
    assert_true(columns.column[0][i] == i);
  fg_columns_free(&columns);
}

static void columns_that_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {"a", "b"};
  static const struct {
    const char *text;
    unsigned long long line;
  } bad[] = {{"", 0},           {"a,c\n1,2\n", 1}, {"a,b\n1,2\n1\n", 3}, {"a,b\n1,2,3\n", 2}, {"a,b\n1,2\n1,0x2\n", 3},
             {"a,b\n1, 2\n", 2}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct fg_columns columns = {0};
    struct fg_fault fault = {.line = 99};
    put(bad[i].text);
    assert_int_equal(fg_columns_read(path, names, 2, false, &columns, &fault), FG_EINPUT);
    assert_string_equal(fault.file, path);
    assert_int_equal(fault.line, bad[i].line);
    fg_columns_free(&columns);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(facts_of_yaml_and_json),   cmocka_unit_test(facts_that_are_refused),
      cmocka_unit_test(columns_by_name),          cmocka_unit_test(many_rows),
      cmocka_unit_test(columns_that_are_refused),
  };
  return cmocka_run_group_tests_name("run directories as plots read them", tests, make_file, remove_file);
}
