/* Figures of a specification, before its runs are made. */
#include "cli/curves.h"
#include "cli/figures.h"
#include "cli/measure.h"

#include <stdio.h>
#include <string.h>

/* Is the word an axis, or something else that figures know as this option? */
static bool is_known(const struct fg_sweep_spec *spec, const char *word, bool is_x) {
  static const char *const moments[] = {"time_s", "updates", "epoch"};
  if (fg_sweep_axis_find(spec, word) != FG_ABSENT)
    return true;
  for (int i = 0; is_x && i < FG_RUN_NUMBERS; i++)
    if (strcmp(fg_run_number_infos[i].name, word) == 0)
      return true;
  for (size_t i = 0; is_x && i < sizeof moments / sizeof *moments; i++)
    if (strcmp(moments[i], word) == 0)
      return true;
  return !is_x && strcmp(word, "none") == 0;
}

/* axes, divided by commas */
static enum fg_err check_axes(const struct fg_sweep_spec *spec, const struct fg_sweep_setting *s,
                              struct fg_fault *fault) {
  bool is_x = strcmp(s->option, "x") == 0;
  if (!is_x && strcmp(s->option, "series") != 0 && strcmp(s->option, "panel") != 0 && strcmp(s->option, "mark") != 0)
    return FG_OK;
  for (const char *p = s->value; *p; p += strcspn(p, ","), p += *p == ',') {
    char word[128];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(p, ","), p);
    if (!is_known(spec, word, is_x))
      return fg_fail(fault, FG_EUSAGE, spec->path, s->line, "%s: there is no axis '%s'%s", s->option, word,
                     is_x ? ", nor a number of that name" : "");
  }
  return FG_OK;
}

static bool sets(const struct fg_sweep_settings *settings, const char *option, const char *value) {
  for (size_t i = 0; i < settings->n; i++)
    if (strcmp(settings->setting[i].option, option) == 0 && strcmp(settings->setting[i].value, value) == 0)
      return true;
  return false;
}

/* Do all runs have an option at `value`, from the base or from all points of an axis, which `other` would undo? */
static bool all_set(const struct fg_sweep_spec *spec, const char *option, const char *value, const char *other) {
  bool all = sets(&spec->base, option, value), undone = false;
  for (size_t a = 0; a < spec->n_axes; a++) {
    size_t here = 0;
    for (size_t k = 0; k < spec->axis[a].n; k++) {
      undone = undone || sets(&spec->axis[a].point[k].settings, option, other);
      here += spec->axis[a].point[k].when == 0 && sets(&spec->axis[a].point[k].settings, option, value);
    }
    all = all || (here > 0 && here == spec->axis[a].n);
  }
  return all && !undone;
}

static bool without_traces(const struct fg_sweep_spec *spec) {
  return all_set(spec, "trace", "off", "on");
}

static enum fg_err check_sources(const struct fg_sweep_spec *spec, const struct fg_sweep_figure *figure,
                                 const struct fg_figure_type *type, struct fg_fault *fault) {
  bool traces = type->of_sweep == fg_plot_shares || type->of_sweep == fg_plot_histogram;
  if (type->of_sweep == fg_plot_gantt_sweep && spec->keep == FG_KEEP_NUMBERS)
    return fg_fail(
        fault, FG_EUSAGE, spec->path, figure->line,
        "figure %s is drawn from run directories, and none is kept: `keep: first` keeps those of the first seed",
        figure->figure);
  if ((traces || type->of_sweep == fg_plot_gantt_sweep) && without_traces(spec))
    return fg_fail(fault, FG_EUSAGE, spec->path, figure->line,
                   "figure %s is drawn from traces, and all runs have `trace: off`", figure->figure);
  return FG_OK;
}

/* With `compute: none` nothing is learned. */
static enum fg_err check_learned(const struct fg_sweep_spec *spec, const struct fg_figure_type *type,
                                 const struct fg_measure *measure, struct fg_fault *fault) {
  bool learned = !measure || measure->kind != FG_MEASURE_NUMBER || measure->number == FG_NUMBER_LOSS ||
                 measure->number == FG_NUMBER_METRIC;
  if (!learned || !all_set(spec, "compute", "none", "full"))
    return FG_OK;
  return fg_fail(fault, FG_EUSAGE, NULL, 0,
                 "figure %s is drawn from losses, and all runs have `compute: none`: they have times and counts only",
                 type->name);
}

/* What is measured, and against what. */
static enum fg_err check_measures(const struct fg_sweep_spec *spec, const struct fg_figure_type *type,
                                  const struct fg_plot_options *o, struct fg_fault *fault) {
  const char *y = o->y ? o->y : type->y;
  struct fg_measure measure;
  enum fg_curve_x xs[FG_CURVE_XS];
  size_t n;
  bool is_loss;
  enum fg_err err = fg_plot_log_check(o->log, fault);
  if (err)
    return err;
  if (type->of_sweep == fg_plot_curves) {
    err = fg_curve_xs_parse(o->x, xs, &n, fault);
    if (!err)
      err = fg_curve_y_check(y, &is_loss, fault);
    return err ? err : check_learned(spec, type, NULL, fault);
  }
  if (type->of_sweep == fg_plot_chains)
    return check_learned(spec, type, NULL, fault);
  if (type->of_sweep == fg_plot_lines && !o->x && !type->x)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "figure %s: `x` is missing, what the number stands against", type->name);
  if (type->of_sweep != fg_plot_lines && type->of_sweep != fg_plot_agreement && type->of_sweep != fg_plot_ratios)
    return FG_OK;
  for (const char *p = y; !err && *p; p += strcspn(p, ","), p += *p == ',') {
    char name[FG_FRAME_TEXT];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ","), p);
    err = fg_measure_parse(spec, name, &measure, fault);
    if (!err)
      err = check_learned(spec, type, &measure, fault);
  }
  return err;
}

enum fg_err fg_plot_check_figures(const struct fg_sweep_spec *spec, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < spec->n_figures; i++) {
    const struct fg_sweep_figure *figure = &spec->figure[i];
    const struct fg_figure_type *type = fg_figure_find(figure->figure, fault);
    struct fg_plot_options options;
    if (!type || !type->of_sweep) {
      char text[sizeof fault->text];
      snprintf(text, sizeof text, "%s", type ? "is not drawn from a sweep" : fault ? fault->text : "");
      return fg_fail(fault, FG_EUSAGE, spec->path, figure->line, "%s%s%s", type ? type->name : "", type ? " " : "",
                     text);
    }
    fg_plot_options_init(&options);
    for (size_t k = 0; !err && k < figure->option.n; k++) {
      err = fg_plot_set_option(&options, &figure->option.setting[k], spec->path, fault);
      if (!err)
        err = check_axes(spec, &figure->option.setting[k], fault);
    }
    if (!err && (err = check_measures(spec, type, &options, fault)) && fault) {
      snprintf(fault->file, sizeof fault->file, "%.1000s", spec->path);
      fault->line = figure->line;
    }
    if (!err)
      err = check_sources(spec, figure, type, fault);
  }
  return err;
}
