/* fugue report: numbers and tables on their way into the page. */
#include "cli/report.h"

#include <math.h>
#include <string.h>

/* ---- numbers */

const char *fg_report_plain(double x, char *out) {
  return fg_html_number(x, 4, out);
}

const char *fg_report_ratio(double x, char *out) {
  if (!isfinite(x) || x == 0)
    return fg_html_number(x, 3, out);
  snprintf(out, FG_HTML_NUMBER, "%.*f", x >= 100 ? 0 : x >= 10 ? 1 : 2, x);
  return out;
}

const char *fg_report_tenths(double x, char *out) {
  if (!isfinite(x))
    return fg_html_number(x, 3, out);
  snprintf(out, FG_HTML_NUMBER, "%.1f", x);
  return out;
}

void fg_report_spread(FILE *f, const struct fg_spread *s, double unit, fg_report_format *format) {
  char mid[FG_HTML_NUMBER], lo[FG_HTML_NUMBER], hi[FG_HTML_NUMBER];
  fputs(format(s->mid / unit, mid), f);
  if (s->n > 1 && (s->lo < s->hi || isinf(s->hi)) && !(isinf(s->lo) && isinf(s->hi)))
    fprintf(f, " <span class=\"i\">[%s, %s]</span>", format(s->lo / unit, lo), format(s->hi / unit, hi));
}

double fg_report_unit(enum fg_run_number number, double most, const char **heading) {
  static const char *const counts[] = {"", " [thousands]", " [millions]", " [billions]"}, *const bytes[] = {
                                                                                              " [B]", " [kB]", " [MB]",
                                                                                              " [GB]"};
  const char *unit = fg_run_number_infos[number].unit;
  bool scales = strcmp(unit, "B") == 0 || number == FG_NUMBER_UPDATES || number == FG_NUMBER_EXTRA;
  int k = !scales || !(most >= 1e4) ? 0 : most < 1e7 ? 1 : most < 1e10 ? 2 : 3;
  if (strcmp(unit, "B") == 0)
    *heading = bytes[k];
  else if (scales)
    *heading = counts[k];
  else if (number == FG_NUMBER_IDLE)
    *heading = " [%]";
  else
    *heading = strcmp(unit, "s") == 0 ? " [s]" : strcmp(unit, "MB") == 0 ? " [MB]" : "";
  return number == FG_NUMBER_IDLE ? 0.01 : pow(1000, k);
}

/* ---- tables */

void fg_report_table(struct fg_report *r, const char *classes) {
  unsigned n = ++r->tables;
  fprintf(r->f,
          "<div class=\"box %s\" role=\"region\" tabindex=\"0\" aria-labelledby=\"table-%u\">\n<table class=\"%s\">\n"
          "<caption><span class=\"caption\" id=\"table-%u\"><b>Table %u.</b> ",
          classes, n, classes, n, n);
}

void fg_report_head(struct fg_report *r, bool number, const char *text, const char *unit) {
  fprintf(r->f, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
  fg_html_text(r->f, text);
  if (*unit)
    fprintf(r->f, "<span class=\"unit\">%s</span>", unit);
  fputs("</th>", r->f);
}
