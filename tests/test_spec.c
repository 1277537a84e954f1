/* The grammar of specifications and the strict numbers: what is taken, and what is refused with which words. */
#include "core/spec.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct fg_param table[] = {
    {"rank", "topics", FG_PARAM_COUNT, "8", 1, 64, NULL, "dimensions"},
    {"decay", NULL, FG_PARAM_REAL, "0.5", 0, 1, NULL, "decay"},
    {"max", NULL, FG_PARAM_COUNT, "inf", 0, INFINITY, NULL, "limit"},
    {"loss", NULL, FG_PARAM_CHOICE, "a", 0, 0, "a|bc", "loss"},
    {"bw", NULL, FG_PARAM_QUANTITY, "1Gbps", 1, 1e15, "bps", "bandwidth"},
    {"file", NULL, FG_PARAM_TEXT, "", 0, 0, NULL, "a file"},
    {"at", NULL, FG_PARAM_FILE, "", 0, 0, NULL, "a file that is there"},
    {0},
};

static void good_specifications(void **state) {
  struct fg_values v;
  struct fg_fault fault;
  char name[FG_TEXT_MAX], text[512];
  const char *rest;
  (void)state;
  assert_int_equal(fg_spec_name("thing", name, &rest, &fault), FG_OK);
  assert_string_equal(name, "thing");
  assert_int_equal(fg_spec_parse("t", rest, table, &v, &fault), FG_OK);
  assert_true(v.value[0] == 8 && v.value[1] == 0.5 && isinf(v.value[2]) && v.value[3] == 0 && v.value[4] == 1e9);
  assert_int_equal(fg_spec_name("thing:topics=3,loss=bc,rank=5,bw=250Mbps,file=a/b=c", name, &rest, &fault), FG_OK);
  assert_int_equal(fg_spec_parse("t", rest, table, &v, &fault), FG_OK);
  assert_true(v.value[0] == 5 && v.value[3] == 1 && v.value[4] == 250e6); /* the last of repeated keys wins */
  assert_string_equal(v.text[5], "a/b=c");
  fg_spec_print(name, table, &v, text, sizeof text);
  assert_string_equal(text, "thing:rank=5,decay=0.5,max=inf,loss=bc,bw=250Mbps,file=a/b=c");
  assert_int_equal(fg_spec_parse("t", "at=/usr/../tmp", table, &v, &fault), FG_OK);
  assert_string_equal(v.text[6], "/tmp");
  assert_int_equal(fg_spec_parse("t", "at=not/there", table, &v, &fault), FG_OK);
  assert_string_equal(v.text[6], "not/there");
}

static void bad_specifications(void **state) {
  static const struct {
    const char *rest, *says;
  } cases[] = {
      {"rank=0", "from 1 to 64"},
      {"rank=65", "from 1 to 64"},
      {"rank=1.5", "whole number"},
      {"rank=-1", "whole number"},
      {"rank=inf", "whole number"},
      {"rank", "key=value"},
      {"rank=", "key=value"},
      {"=3", "key=value"},
      {"decay=1.1", "from 0 to 1"},
      {"decay=nan", "a number"},
      {"decay=0x1", "a number"},
      {"decay=1e999", "a number"},
      {"decay= 0.1", "a number"},
      {"loss=b", "one of a|bc"},
      {"loss=a|bc", "one of a|bc"},
      {"bw=1G", "unit bps"},
      {"bw=Gbps", "unit bps"},
      {"bw=0bps", "unit bps"},
      {"bw=-1Gbps", "unit bps"},
      {"speed=3", "no key 'speed'"},
      {"rank=3,", "after the last ','"},
      {"rank=3,,decay=1", "key=value"},
      {"max=1e3", "whole number"},
      {"rank=99999999999999999999", "whole number"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fg_values v;
    struct fg_fault fault = {0};
    if (fg_spec_parse("t", cases[i].rest, table, &v, &fault) != FG_EUSAGE || !strstr(fault.text, cases[i].says))
      fail_msg("'%s': '%s' instead of '%s'", cases[i].rest, fault.text, cases[i].says);
  }
  char name[FG_TEXT_MAX];
  const char *rest;
  assert_int_equal(fg_spec_name("", name, &rest, NULL), FG_EUSAGE);
  assert_int_equal(fg_spec_name(":rank=3", name, &rest, NULL), FG_EUSAGE);
  assert_int_equal(fg_spec_name("thing:", name, &rest, NULL), FG_EUSAGE);
}

static void a_required_key_is_asked_for(void **state) {
  static const struct fg_param required[] = {{"file", NULL, FG_PARAM_TEXT, NULL, 0, 0, NULL, "a file to read"}, {0}};
  struct fg_values v;
  struct fg_fault fault = {0};
  (void)state;
  assert_int_equal(fg_spec_parse("law trace", "", required, &v, &fault), FG_EUSAGE);
  assert_string_equal(fault.text, "law trace needs file=... (a file to read)");
  assert_int_equal(fg_spec_parse("law trace", "file=x", required, &v, &fault), FG_OK);
}

static void quantities(void **state) {
  double v;
  (void)state;
  assert_true(fg_parse_quantity("50us", "s", &v) && v == 50e-6);
  assert_true(fg_parse_quantity("2s", "s", &v) && v == 2);
  assert_true(fg_parse_quantity("4Gf", "f", &v) && v == 4e9);
  assert_true(fg_parse_quantity("1.5kbps", "bps", &v) && v == 1500);
  assert_true(fg_parse_quantity("64MiB", "B", &v) && v == 64 << 20);
  assert_true(fg_parse_quantity("1.5KiB", "B", &v) && v == 1536);
  assert_true(fg_parse_quantity("2TiB", "B", &v) && v == 0x1p41);
  assert_true(fg_parse_quantity("2GB", "B", &v) && v == 2e9);
  assert_true(fg_parse_quantity("7B", "B", &v) && v == 7);
  assert_false(fg_parse_quantity("MiB", "B", &v));
  assert_false(fg_parse_quantity("4iB", "B", &v));
  assert_false(fg_parse_quantity("4miB", "B", &v));
  assert_false(fg_parse_quantity("4Gif", "f", &v));
  assert_false(fg_parse_quantity("4", "f", &v));
  assert_false(fg_parse_quantity("f", "f", &v));
  assert_false(fg_parse_quantity("4GGf", "f", &v));
}

static void faults_are_formatted(void **state) {
  struct fg_fault fault = {0};
  char text[64];
  (void)state;
  assert_int_equal(fg_fail(&fault, FG_EINPUT, "a.txt", 7, "bad %d", 3), FG_EINPUT);
  fg_fault_format(&fault, FG_EINPUT, text, sizeof text);
  assert_string_equal(text, "a.txt:7: bad 3");
  fg_fault_format(NULL, FG_ENOMEM, text, sizeof text);
  assert_string_equal(text, "out of memory");
  assert_int_equal(fg_err_exit_code(FG_OK), 0);
  assert_int_equal(fg_err_exit_code(FG_MISMATCH), 1);
  assert_int_equal(fg_err_exit_code(FG_EINPUT), 2);
  assert_int_equal(fg_err_exit_code(FG_EUSAGE), 2);
  assert_int_equal(fg_err_exit_code(FG_EIO), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_specifications),         cmocka_unit_test(bad_specifications),
      cmocka_unit_test(a_required_key_is_asked_for), cmocka_unit_test(quantities),
      cmocka_unit_test(faults_are_formatted),
  };
  return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
