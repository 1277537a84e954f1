/* fugue report: what was asked, as tables. */
#include "cli/report.h"

#include <math.h>
#include <string.h>

static void fact(struct fg_report *r, const char *name) {
  fputs("<tr><th scope=\"row\">", r->f);
  fg_html_text(r->f, name);
  fputs("</th><td>", r->f);
}

static void put_settings(FILE *f, const struct fg_sweep_settings *settings) {
  for (size_t i = 0; i < settings->n; i++) {
    fputs(i ? ", <code>" : "<code>", f);
    fg_html_put(f, "%s: %s", settings->setting[i].option, settings->setting[i].value);
    fputs("</code>", f);
  }
}

static void put_conditions(FILE *f, const struct fg_sweep_conditions *conditions) {
  for (size_t c = 0; c < conditions->n; c++) {
    const struct fg_sweep_condition *x = &conditions->condition[c];
    fg_html_put(f, "%s%s ", c ? " and " : "", x->axis);
    for (size_t i = 0; i < x->n; i++)
      fg_html_put(f, "%s%s", i ? " or " : "", x->label[i]);
  }
}

/* How the runs were chosen, beside base and axes. */
static void put_method(struct fg_report *r) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  const struct fg_sweep_tune *tune = &spec->tune;
  char text[FG_REPORT_LABEL];
  fact(r, "seeds");
  fg_html_put(r->f, "%s%s", fg_report_seeds(spec->seed, spec->n_seeds, text, sizeof text),
              spec->n_seeds > 1 ? " (the same for every combination: paired)" : "");
  fputs("</td></tr>\n", r->f);
  if (tune->axis != FG_ABSENT) {
    fact(r, "tuned");
    fg_html_put(r->f, "%s, on seed%s %s set aside for it", spec->axis[tune->axis].name, tune->n_seeds == 1 ? "" : "s",
                fg_report_seeds(tune->seed, tune->n_seeds, text, sizeof text));
    if (tune->under.n) {
      fputs(", where ", r->f);
      put_conditions(r->f, &tune->under);
      fputs(", for all", r->f);
    }
    for (size_t i = 0; i < tune->n_shared; i++)
      fg_html_put(r->f, "%s%s", i ? ", " : "; everything runs at the same one, too: ", tune->shared[i]);
    fputs("</td></tr>\n", r->f);
  }
  if (spec->target.axis != FG_ABSENT) {
    fact(r, "baseline");
    fg_html_put(r->f, "%s %s", spec->axis[spec->target.axis].name,
                spec->axis[spec->target.axis].point[spec->target.point].label);
    fputs("</td></tr>\n", r->f);
  }
  fg_sweep_goal_name(spec, fg_sweep_metric_name(&r->groups), text, sizeof text);
  if (*text) {
    fact(r, "goal");
    fg_html_text(r->f, text);
    fputs("</td></tr>\n", r->f);
  }
  for (size_t i = 0; i < spec->n_skip; i++) {
    fact(r, i ? "" : "left out");
    put_conditions(r->f, &spec->skip[i]);
    fputs("</td></tr>\n", r->f);
  }
  if (isfinite(spec->timeout_s)) {
    fact(r, "time allowed");
    fg_html_put(r->f, "%g s for each run", spec->timeout_s);
    fputs("</td></tr>\n", r->f);
  }
}

/* A point whose label is its value needs no more said. */
static bool speaks_for_itself(const struct fg_sweep_point *point) {
  return point->settings.n == 1 && strcmp(point->settings.setting[0].value, point->label) == 0;
}

static void put_points(FILE *f, const struct fg_sweep_axis *axis, size_t when) {
  bool first = true, plain = true;
  for (size_t k = 0; k < axis->n; k++)
    plain &= axis->point[k].when != when || speaks_for_itself(&axis->point[k]);
  for (size_t k = 0; k < axis->n; k++) {
    const struct fg_sweep_point *point = &axis->point[k];
    if (point->when != when)
      continue;
    if (plain) {
      fputs(first ? "" : ", ", f);
      fg_html_text(f, point->label);
    } else {
      fputs(first ? "" : "<br>", f);
      fputs("<b>", f);
      fg_html_text(f, point->label);
      fputs("</b> ", f);
      put_settings(f, &point->settings);
    }
    first = false;
  }
}

static void put_axes(struct fg_report *r) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  if (spec->n_axes == 0)
    return;
  fg_report_table(r, "facts");
  fprintf(r->f, "What varies: every combination of these%s runs with every seed.</span></caption>\n<thead><tr>",
          spec->n_skip ? ", but for those left out," : "");
  fg_report_head(r, false, "axis", "");
  fg_report_head(r, false, "values", "");
  fputs("</tr></thead>\n<tbody>\n", r->f);
  for (size_t a = 0; a < spec->n_axes; a++) {
    const struct fg_sweep_axis *axis = &spec->axis[a];
    for (size_t w = 0; w < axis->n_when || w == 0; w++) {
      bool any = false;
      for (size_t k = 0; k < axis->n; k++)
        any |= axis->point[k].when == w;
      if (!any)
        continue;
      fact(r, axis->name);
      put_points(r->f, axis, w);
      if (w < axis->n_when && axis->when[w].n) {
        fputs(" <span class=\"soft\">where ", r->f);
        put_conditions(r->f, &axis->when[w]);
        fputs("</span>", r->f);
      }
      if (axis->with != FG_ABSENT && axis->with != (int)a) {
        fputs(" <span class=\"soft\">", r->f);
        fg_html_put(r->f, "in step with %s", spec->axis[axis->with].name);
        fputs("</span>", r->f);
      }
      fputs("</td></tr>\n", r->f);
    }
  }
  fputs("</tbody></table></div>\n", r->f);
}

void fg_report_configuration(struct fg_report *r) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  fputs("<section id=\"configuration\">\n<h2>Configuration</h2>\n<div>\n", r->f);
  fg_report_table(r, "facts");
  fputs("What all runs have in common. Options that are not named have the defaults of <code>fugue sim</code>."
        "</span></caption>\n<thead><tr>",
        r->f);
  fg_report_head(r, false, "option", "");
  fg_report_head(r, false, "value", "");
  fputs("</tr></thead>\n<tbody>\n", r->f);
  for (size_t i = 0; i < spec->base.n; i++) {
    fact(r, spec->base.setting[i].option);
    fg_html_text(r->f, spec->base.setting[i].value);
    fputs("</td></tr>\n", r->f);
  }
  put_method(r);
  fputs("</tbody></table></div>\n", r->f);
  put_axes(r);
  fputs("</div>\n</section>\n", r->f);
}
