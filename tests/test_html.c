/* What goes into a page: escaped texts, numbers for reading, drawings that can do no harm. */
#include "cli/html.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_text(const char *text, const char *expected) {
  char *out = NULL;
  size_t n;
  FILE *f = open_memstream(&out, &n);
  assert_non_null(f);
  fg_html_text(f, text);
  fclose(f);
  assert_string_equal(out, expected);
  free(out);
}

static void test_text(void **state) {
  (void)state;
  expect_text("plain", "plain");
  expect_text("<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;");
  expect_text("\x01\n", "\xEF\xBF\xBD\n");
  expect_text("é∞", "é∞");
}

static void test_number(void **state) {
  static const struct {
    double x;
    int digits;
    const char *expected;
  } cases[] = {
      {0, 4, "0"},          {12, 4, "12"},       {123456, 4, "123456"},    {12345.6, 4, "12346"}, {3.14159, 4, "3.142"},
      {0.62, 3, "0.620"},   {-2.5, 4, "−2.500"}, {1e7 + 0.5, 4, "1e+07"},  {NAN, 4, "–"},         {INFINITY, 4, "∞"},
      {-INFINITY, 4, "−∞"}, {1e-9, 3, "1e-09"},  {14382840, 7, "14382840"}};
  char out[FG_HTML_NUMBER];
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(fg_html_number(cases[i].x, cases[i].digits, out), cases[i].expected);
}

static void expect_shell(const char *word, const char *expected) {
  char *out = NULL;
  size_t n;
  FILE *f = open_memstream(&out, &n);
  assert_non_null(f);
  fg_html_shell(f, word);
  fclose(f);
  assert_string_equal(out, expected);
  free(out);
}

static void test_shell(void **state) {
  (void)state;
  expect_shell("quickstart.yaml", "quickstart.yaml");
  expect_shell("my sweep", "&#39;my sweep&#39;");
  expect_shell("it's; rm", "&#39;it&#39;\\&#39;&#39;s; rm&#39;");
  expect_shell("", "&#39;&#39;");
}

/* NULL: to be refused */
static void expect_svg(const char *svg, const char *expected) {
  char *out = NULL;
  size_t n;
  double width = 0;
  struct fg_fault fault = {0};
  FILE *f = open_memstream(&out, &n);
  assert_non_null(f);
  enum fg_err err = fg_html_svg(f, svg, "p", "a \"b\"", &width, &fault);
  fclose(f);
  if (expected) {
    if (err)
      fail_msg("%s: %s", svg, fault.text);
    assert_string_equal(out, expected);
  } else {
    if (err != FG_EINPUT)
      fail_msg("accepted: %s", svg);
    assert_true(*fault.text);
  }
  free(out);
}

#define ROOT "<svg role=\"img\" aria-label=\"a &quot;b&quot;\""

static void test_svg(void **state) {
  (void)state;
  expect_svg("<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n<!-- <b> --><svg width=\"325\" "
             "xmlns='http://www.w3.org/2000/svg'></svg>\n",
             ROOT " width=\"325\"></svg>");
  expect_svg("<svg><title>gnuplot</title><g id='a'><rect id='b'/></g></svg>", ROOT "><g><rect id='p-b'/></g></svg>");
  expect_svg("<svg><use xlink:href='#b'/><path clip-path='url(#c)' d='M#1'/></svg>",
             ROOT "><use href='#p-b'/><path clip-path='url(#p-c)' d='M#1'/></svg>");
  expect_svg("<svg><g fill='rgb(  0, 114, 178)' stroke='black' color='#FfF' data-x='black'></g></svg>", ROOT
             "><g fill='var(--c-0072b2, #0072b2)' stroke='var(--c-000000, #000000)' color='var(--c-ffffff, #ffffff)' "
             "data-x='black'></g></svg>");
  expect_svg("<svg><text>&lt;b&gt; &amp; more</text></svg>", ROOT "><text>&lt;b&gt; &amp; more</text></svg>");
}

static void test_svg_refused(void **state) {
  static const char *const refused[] = {
      "",
      "text",
      "<html></html>",
      "<svg>",
      "<svg></svg></svg>",
      "</svg>",
      "<svg><script>alert(1)</script></svg>",
      "<svg><foreignObject></foreignObject></svg>",
      "<svg><a href='#x'></a></svg>",
      "<svg><text><b>bold</b></text></svg>",
      "<svg onload='alert(1)'></svg>",
      "<svg><rect OnClick=\"alert(1)\"/></svg>",
      "<svg><use href='http://example.org/a.svg#b'/></svg>",
      "<svg><use xlink:href='other.svg#b'/></svg>",
      "<svg><image href='data:image/svg+xml;base64,AAAA'/></svg>",
      "<svg><rect fill='url(http://example.org/a)'/></svg>",
      "<svg><rect fill='URL(//example.org/a)'/></svg>",
      "<svg><rect style='background: url( #a)'/></svg>",
      "<svg><rect x='<'/></svg>",
      "<svg><rect x=1/></svg>",
      "<svg><rect x='1/></svg>",
      "<svg><title>never ends</svg>",
      "<svg><![CDATA[ <b> ]]></svg>",
      "<svg><!ENTITY a 'b'></svg>",
      "<svg><!-- never ends </svg>",
      "<svg><g></svg>",
  };
  (void)state;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    expect_svg(refused[i], NULL);
}

static void test_digest(void **state) {
  char out[64];
  (void)state;
  fg_html_digest("abc", out); /* FIPS 180-4 */
  assert_string_equal(out, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_text),        cmocka_unit_test(test_number),
                                     cmocka_unit_test(test_shell),       cmocka_unit_test(test_svg),
                                     cmocka_unit_test(test_svg_refused), cmocka_unit_test(test_digest)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
