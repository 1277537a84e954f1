/* fugue report: what the numbers say without a baseline: where they are least and most, and by axis. */
#include "cli/report.h"

#include <math.h>
#include <string.h>

enum { POINTS_SHOWN = 10 }; /* of an axis */

/* A number of a group: one of its runs', or the time to a fixed goal. */
enum { REACH = FG_RUN_NUMBERS };

static double middle(const struct fg_sweep_group *g, int number) {
  return number == REACH ? g->reach.mid : g->number[number].mid;
}

static const char *unit_of(int number) {
  return number == REACH ? "s" : fg_run_number_infos[number].unit;
}

static const char *name_of(const struct fg_report *r, int number, char *out) {
  if (number != REACH)
    return fg_report_number_name(r, (enum fg_run_number)number, out);
  char goal[FG_REPORT_LABEL / 2];
  fg_sweep_goal_name(&r->results.spec, fg_sweep_metric_name(&r->groups), goal, sizeof goal);
  snprintf(out, FG_REPORT_LABEL, "virtual time to %s", goal);
  return out;
}

/* "12.3 s (workers 16)" */
static void put_value(struct fg_report *r, const struct fg_sweep_group *g, int number) {
  char text[FG_HTML_NUMBER], name[FG_REPORT_LABEL];
  fg_html_put(r->f, "%s%s%s (%s)", fg_html_number(middle(g, number), 4, text), *unit_of(number) ? " " : "",
              unit_of(number), fg_report_contender(r, g, name));
}

/* Opens an item; false: there is nothing to be said. */
static bool put_range(struct fg_report *r, int number) {
  const struct fg_sweep_group *least = NULL, *most = NULL;
  char name[FG_REPORT_LABEL], text[FG_HTML_NUMBER];
  size_t never = 0;
  for (size_t i = 0; i < r->groups.n; i++) {
    const struct fg_sweep_group *g = &r->groups.group[i];
    double mid = middle(g, number);
    never += isinf(mid);
    if (!isfinite(mid))
      continue;
    least = !least || mid < middle(least, number) ? g : least;
    most = !most || mid > middle(most, number) ? g : most;
  }
  if (!least)
    return false;
  name_of(r, number, name);
  if (*name >= 'a' && *name <= 'z')
    *name -= 'a' - 'A';
  fputs("<li><strong>", r->f);
  fg_html_text(r->f, name);
  fputs("</strong>, median over seeds: ", r->f);
  if (middle(least, number) == middle(most, number)) {
    fg_html_put(r->f, "%s%s%s everywhere", fg_html_number(middle(least, number), 4, text), *unit_of(number) ? " " : "",
                unit_of(number));
  } else {
    fputs("from ", r->f);
    put_value(r, least, number);
    fputs(" to ", r->f);
    put_value(r, most, number);
  }
  if (never)
    fprintf(r->f, "; never, in the median, of %zu combination%s", never, never == 1 ? "" : "s");
  fputc('.', r->f);
  return true;
}

/* least and largest median of the groups at a point of an axis */
static bool range_at(const struct fg_report *r, int axis, const char *label, int number, double *least, double *most) {
  *least = INFINITY;
  *most = -INFINITY;
  for (size_t i = 0; i < r->groups.n; i++) {
    const struct fg_sweep_group *g = &r->groups.group[i];
    double mid = middle(g, number);
    if (strcmp(fg_sweep_label(&r->results, g->member[0], axis), label) == 0 && isfinite(mid)) {
      *least = fmin(*least, mid);
      *most = fmax(*most, mid);
    }
  }
  return *least <= *most;
}

/* "By workers: 3.2 s to 4.1 s at 2, ..." */
static void put_axis(struct fg_report *r, int a, int number) {
  const struct fg_sweep_axis *axis = &r->results.spec.axis[a];
  char text[2][FG_HTML_NUMBER];
  const char *unit = unit_of(number), *space = *unit ? " " : "";
  size_t said = 0;
  double least, most;
  for (size_t k = 0; k < axis->n && said < POINTS_SHOWN; k++) {
    if (fg_sweep_point_find(axis, axis->point[k].label) != (int)k ||
        !range_at(r, a, axis->point[k].label, number, &least, &most))
      continue;
    if (said++ == 0)
      fg_html_put(r->f, "By %s: ", axis->name);
    else
      fputs(", ", r->f);
    fg_html_put(r->f, "%s%s%s%s%s at %s", fg_html_number(least, 4, text[0]), least < most ? " to " : "",
                least < most ? fg_html_number(most, 4, text[1]) : "", space, unit, axis->point[k].label);
  }
  if (said > 0)
    fputs(axis->n > POINTS_SHOWN ? ", …" : ".", r->f);
}

void fg_report_ranges(struct fg_report *r) {
  static const int shown[] = {FG_NUMBER_METRIC, FG_NUMBER_TIME, REACH};
  fputs("<ul class=\"findings\">\n", r->f);
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
    bool any = false;
    if ((shown[i] == REACH && !r->groups.group[0].reach_s) || !put_range(r, shown[i]))
      continue;
    for (int a = 0; r->groups.n > 1 && a < (int)r->results.spec.n_axes; a++)
      if (r->results.spec.axis[a].n > 1 && a != r->results.spec.tune.axis) {
        fputs(any ? "</li>\n<li>" : "\n<ul>\n<li>", r->f);
        put_axis(r, a, shown[i]);
        any = true;
      }
    fputs(any ? "</li>\n</ul>\n</li>\n" : "</li>\n", r->f);
  }
  fputs("</ul>\n", r->f);
}
