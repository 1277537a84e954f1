/* fugue plot: entries of a sweep to their places in a figure. */
#include "cli/place.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIST = 600 };

static void list(char *out, const char *separator, const char *text) {
  size_t n = strlen(out);
  snprintf(out + n, LIST - n, "%s%s", n ? separator : "", text);
}

/* ---- labels */

static bool is_number(const char *text, double *value) {
  char *end;
  if (!*text || isspace((unsigned char)*text))
    return false;
  *value = strtod(text, &end);
  return *end == 0 && isfinite(*value);
}

bool fg_place_number(const char *text, double *value, const char **unit) {
  const char *at = strrchr(text, '=');
  char *end;
  at = at ? at + 1 : text;
  *unit = "";
  if (!isdigit((unsigned char)*at) && *at != '.' && *at != '-' && *at != '+')
    return false;
  *value = strtod(at, &end);
  if (end == at || !isfinite(*value))
    return false;
  if (*end) { /* a unit, with or without a prefix */
    static const char prefixes[] = "kMGT";
    const char *prefix = strchr(prefixes, *end);
    if (prefix) {
      *value *= pow(1000, (double)(prefix - prefixes) + 1);
      end++;
    }
    *unit = end;
    for (; *end; end++)
      if (!isalpha((unsigned char)*end))
        return false;
  }
  return true;
}

/* A label for people: "8 workers", "decay 0.5", "fugue". */
static void describe(const struct fg_sweep_spec *spec, int axis, const char *label, char *out, size_t size) {
  const char *name = spec->axis[axis].name, *dot = strrchr(name, '.');
  double value;
  if (!is_number(label, &value) && strcmp(label, "on") != 0 && strcmp(label, "off") != 0)
    snprintf(out, size, "%s", label);
  else if (strcmp(name, "workers") == 0)
    snprintf(out, size, "%s workers", label);
  else
    snprintf(out, size, "%s %s", dot ? dot + 1 : name, label);
}

/* Labels of a group on some axes, joined. */
static void name_of(const struct fg_sweep_spec *spec, const struct fg_axis_list *axes, const int *point, char *out) {
  out[0] = 0;
  for (size_t i = 0; i < axes->n; i++) {
    int a = axes->axis[i];
    if (point[a] == FG_ABSENT)
      continue;
    size_t n = strlen(out);
    snprintf(out + n, FG_FRAME_TEXT - n, "%s", n ? ", " : "");
    n = strlen(out);
    describe(spec, a, spec->axis[a].point[point[a]].label, out + n, FG_FRAME_TEXT - n);
  }
}

/* ---- which axes */

static const char *label_at(const struct fg_sweep_spec *spec, const struct fg_sweep_group *group, int axis) {
  return group->point[axis] == FG_ABSENT ? "" : spec->axis[axis].point[group->point[axis]].label;
}

static bool varies(const struct fg_placing *p, int axis) {
  for (size_t i = 1; i < p->groups.n; i++)
    if (strcmp(label_at(&p->results->spec, &p->groups.group[0], axis),
               label_at(&p->results->spec, &p->groups.group[i], axis)) != 0)
      return true;
  return false;
}

static enum fg_err no_axis(const struct fg_sweep_spec *spec, const char *what, const char *name, const char *besides,
                           struct fg_fault *fault) {
  char axes[LIST] = "";
  for (size_t a = 0; a < spec->n_axes; a++)
    list(axes, ", ", spec->axis[a].name);
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s %s: the sweep has no such axis, but %s%s", what, name, axes, besides);
}

static enum fg_err parse_axes(const struct fg_sweep_spec *spec, const char *what, const char *text,
                              struct fg_axis_list *axes, struct fg_fault *fault) {
  char name[FG_FRAME_TEXT];
  if (strcmp(text, "none") == 0)
    return FG_OK;
  for (const char *p = text; *p; p += *p == ',') {
    size_t n = strcspn(p, ",");
    snprintf(name, sizeof name, "%.*s", (int)n, p);
    int axis = fg_sweep_axis_find(spec, name);
    if (axis == FG_ABSENT)
      return no_axis(spec, what, name, "", fault);
    if (axes->n < FG_AXES_MAX)
      axes->axis[axes->n++] = axis;
    p += n;
  }
  return FG_OK;
}

static bool among(const struct fg_axis_list *axes, int axis) {
  for (size_t i = 0; i < axes->n; i++)
    if (axes->axis[i] == axis)
      return true;
  return false;
}

/* A point of the tuned axis was chosen for each combination: it tells nothing apart. */
static bool chosen(const struct fg_placing *p, int axis) {
  if (axis != p->results->spec.tune.axis)
    return false;
  for (size_t i = 0; i < p->groups.n; i++)
    if (p->groups.group[i].at != FG_AT_FINAL)
      return false;
  return true;
}

/* Do groups that differ on this axis alone differ in x, a number of runs? Then it is what x stands for. */
static bool determines_x(const struct fg_placing *p, int axis) {
  const struct fg_sweep_spec *spec = &p->results->spec;
  for (size_t i = 0; i < p->groups.n; i++)
    for (size_t j = 0; j < i; j++) {
      const struct fg_sweep_group *a = &p->groups.group[i], *b = &p->groups.group[j];
      bool alone = a->at == b->at && a->point[axis] != b->point[axis];
      for (int k = 0; k < (int)spec->n_axes && alone; k++)
        alone = k == axis || a->point[k] == b->point[k];
      double x = fg_sweep_number(a, p->x.number).mid, y = fg_sweep_number(b, p->x.number).mid;
      if (alone && isfinite(x) && isfinite(y) && fabs(x - y) > 0.01 * fabs(x))
        return true;
    }
  return false;
}

static void choose_series(struct fg_placing *p, bool has_x, enum fg_place_series series, int besides) {
  int x = p->x.axis;
  const struct fg_sweep_spec *spec = &p->results->spec;
  int first = spec->target.axis;
  for (int i = 0; i <= (int)spec->n_axes; i++) { /* the baseline's, then all in their order */
    int a = i ? i - 1 : first;
    if (a == FG_ABSENT || (i && a == first) || a == x || a == besides || among(&p->panels, a) || chosen(p, a) ||
        !varies(p, a) || (has_x && x == FG_ABSENT && determines_x(p, a)))
      continue;
    p->series.axis[p->series.n++] = a;
    if (series == FG_SERIES_ONE)
      return;
  }
}

/* ---- abscissas */

static const char *setting_of(const struct fg_sweep_point *point) {
  return point->settings.n == 1 ? point->settings.setting[0].value : "";
}

/* Numbers of all labels, or, if they are none, of what they set. */
static bool read_numbers(const struct fg_placing *p, struct fg_abscissa *x, bool settings, const char **head) {
  const struct fg_sweep_axis *axis = &p->results->spec.axis[x->axis];
  const char *first = NULL;
  size_t head_length = 0;
  x->unit = NULL;
  for (size_t i = 0; i < p->groups.n; i++) {
    int k = p->groups.group[i].point[x->axis];
    const char *text = k == FG_ABSENT ? "" : settings ? setting_of(&axis->point[k]) : axis->point[k].label, *unit;
    if (k == FG_ABSENT || !fg_place_number(text, &x->value[k], &unit) || (x->unit && strcmp(unit, x->unit) != 0))
      return false;
    const char *equals = strrchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (first && (length != head_length || strncmp(first, text, length) != 0))
      return false; /* numbers of different things */
    first = text;
    head_length = length;
    x->unit = unit;
  }
  *head = first;
  return first != NULL;
}

/* 1e6, 1e8 bps are 1, 100 Mbps. */
static void scale_units(const struct fg_placing *p, struct fg_abscissa *x) {
  static const char prefixes[] = "kMGT";
  const struct fg_sweep_axis *axis = &p->results->spec.axis[x->axis];
  double least = INFINITY, scale = 1;
  int k = -1;
  for (size_t i = 0; i < axis->n; i++)
    if (x->value[i] > 0)
      least = fmin(least, x->value[i]);
  while (*x->unit && k < 3 && isfinite(least) && least >= 1000 * scale) {
    scale *= 1000;
    k++;
  }
  for (size_t i = 0; i < axis->n; i++)
    x->value[i] /= scale;
  snprintf(x->words + strlen(x->words), sizeof x->words - strlen(x->words), *x->unit ? " [%.*s%s]" : "%.*s%s", k >= 0,
           k >= 0 ? &prefixes[k] : "", x->unit);
  x->unit = "";
}

static const char *words_of(const char *axis) {
  static const char *const words[][2] = {{"stage", "stage"},     {"step", "initial step"},    {"sync", "strategy"},
                                         {"network", "network"}, {"straggler", "stragglers"}, {"epochs", "epochs"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(axis, words[i][0]) == 0)
      return words[i][1];
  const char *dot = strrchr(axis, '.');
  return dot ? dot + 1 : axis;
}

static enum fg_err find_x(struct fg_placing *p, const char *name, struct fg_fault *fault) {
  struct fg_abscissa *x = &p->x;
  const struct fg_sweep_spec *spec = &p->results->spec;
  const char *head = NULL;
  x->axis = fg_sweep_axis_find(spec, name);
  x->unit = "";
  if (x->axis == FG_ABSENT) {
    for (int i = 0; i < FG_RUN_NUMBERS; i++)
      if (strcmp(fg_run_number_infos[i].name, name) == 0) {
        x->number = (enum fg_run_number)i;
        x->unit = fg_run_number_infos[i].unit;
        snprintf(x->words, sizeof x->words, "%s", fg_run_number_infos[i].words);
        return FG_OK;
      }
    return no_axis(spec, "--x", name, "; nor is it a number of a run (time_s, points, rows, workers, ...)", fault);
  }
  const struct fg_sweep_axis *axis = &spec->axis[x->axis];
  snprintf(x->words, sizeof x->words, "%s", words_of(axis->name));
  x->value = calloc(axis->n, sizeof *x->value);
  if (!x->value)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (read_numbers(p, x, false, &head) || read_numbers(p, x, true, &head)) {
    const char *equals = strrchr(head, '=');
    if (equals) /* "straggler: alpha of pareto" -> "pareto: alpha" */
      snprintf(x->words, sizeof x->words, "%.*s", (int)(equals - head), head);
    char *colon = strchr(x->words, ':');
    if (equals && colon && strlen(colon) + 2 < 40) {
      memmove(colon + 2, colon + 1, strlen(colon));
      colon[1] = ' ';
    }
    scale_units(p, x);
    return FG_OK;
  }
  x->categories = true;
  x->unit = "";
  int next = 0;
  for (size_t k = 0; k < axis->n; k++) { /* only those that are there take room */
    int same = fg_sweep_point_find(axis, axis->point[k].label);
    x->value[k] = NAN;
    for (size_t i = 0; i < p->groups.n && isnan(x->value[k]); i++)
      if (same < (int)k)
        x->value[k] = x->value[same];
      else if (strcmp(label_at(spec, &p->groups.group[i], x->axis), axis->point[k].label) == 0)
        x->value[k] = ++next;
  }
  return FG_OK;
}

bool fg_log_asked(const struct fg_plot_options *options, char axis, bool *said) {
  *said = options->log != NULL;
  return options->log && strcmp(options->log, "none") != 0 && strchr(options->log, axis);
}

static int compare_numbers(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Distinct abscissas, ascending; to `out`, p->n. */
static size_t distinct(const struct fg_placing *p, double *out) {
  size_t n = 0, m = 0;
  for (size_t i = 0; i < p->n; i++)
    if (isfinite(p->placed[i].x))
      out[n++] = p->placed[i].x;
  qsort(out, n, sizeof *out, compare_numbers);
  for (size_t i = 0; i < n; i++)
    if (m == 0 || out[i] > out[m - 1] * (1 + 1e-9))
      out[m++] = out[i];
  return m;
}

/* Few values are the tics themselves, as far as they do not touch each other; the last one is always there. unit: what
 * labels count in. */
static enum fg_err own_tics(const double *value, size_t n, double unit, bool log_scale, struct fg_frame_axis *axis,
                            struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  const double room = 5.5; /* [cm], about the narrowest panel */
  double span = log_scale ? log(value[n - 1] / value[0]) : value[n - 1] - value[0], last = -INFINITY;
  for (size_t i = 0; !err && i < n; i++) {
    char label[FG_FRAME_TEXT], end[FG_FRAME_TEXT];
    double place = (log_scale ? log(value[i] / value[0]) : value[i] - value[0]) / span;
    snprintf(label, sizeof label, "%.6g", value[i] / unit);
    snprintf(end, sizeof end, "%.6g", value[n - 1] / unit);
    bool touches = (place - last) * room < fg_text_cm(label) + 0.2 ||
                   (i + 1 < n && (1 - place) * room < (fg_text_cm(label) + fg_text_cm(end)) / 2 + 0.2);
    if (touches && i + 1 < n)
      continue;
    err = fg_axis_tic(axis, value[i], label, fault);
    last = place;
  }
  return err;
}

enum fg_err fg_place_axis(const struct fg_placing *p, const struct fg_plot_options *options, struct fg_frame_axis *axis,
                          struct fg_fault *fault) {
  const struct fg_abscissa *x = &p->x;
  enum fg_err err = FG_OK;
  bool said, log_x = fg_log_asked(options, 'x', &said);
  double *value = malloc((p->n ? p->n : 1) * sizeof *value);
  if (!value)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  size_t n = distinct(p, value);
  if (x->categories) {
    char(*name)[FG_FRAME_TEXT] = calloc(n ? n : 1, sizeof *name);
    const struct fg_sweep_axis *a = &p->results->spec.axis[x->axis];
    for (size_t k = 0; name && k < a->n; k++)
      if (x->value[k] >= 1 && x->value[k] <= (double)n)
        snprintf(name[(size_t)x->value[k] - 1], sizeof *name, "%s", a->point[k].label);
    err = name ? fg_axis_categories(axis, name, n, fault) : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
    snprintf(axis->label, sizeof axis->label, "%s", x->words);
    free(name);
  } else if (n) {
    if (!said) /* evenly spread in powers rather than in steps */
      log_x = n > 2 && value[0] > 0 && value[n - 1] >= 7 * value[0];
    axis->scale = log_x && value[0] > 0 ? FG_LOG10 : FG_LINEAR;
    snprintf(axis->label, sizeof axis->label, *x->unit ? "%.150s [%s]" : "%.150s", x->words, x->unit);
    if (n > 1 && n <= 8) {
      bool millions = !*x->unit && value[0] >= 1e4 && value[n - 1] >= 1e6;
      if (millions)
        snprintf(axis->label, sizeof axis->label, "%.150s [millions]", x->words);
      err = own_tics(value, n, millions ? 1e6 : 1, axis->scale != FG_LINEAR, axis, fault);
    }
  }
  free(value);
  return err;
}

/* ---- placing */

static enum fg_err add_name(char (**names)[FG_FRAME_TEXT], size_t *n, const char *name, size_t *index,
                            struct fg_fault *fault) {
  for (*index = 0; *index < *n; (*index)++)
    if (strcmp((*names)[*index], name) == 0)
      return FG_OK;
  char(*more)[FG_FRAME_TEXT] = realloc(*names, (*n + 1) * sizeof *more);
  if (!more)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  *names = more;
  snprintf(more[(*n)++], sizeof *more, "%s", name);
  return FG_OK;
}

static double abscissa_of(const struct fg_placing *p, const struct fg_sweep_group *group) {
  if (p->x.axis != FG_ABSENT)
    return p->x.value[group->point[p->x.axis]];
  double mid = fg_sweep_number(group, p->x.number).mid;
  return isfinite(mid) ? mid : NAN;
}

static bool same_place(const struct fg_placed *a, const struct fg_placed *b) {
  return a->panel == b->panel && a->series == b->series &&
         (a->x == b->x || (isnan(a->x) && isnan(b->x)) || fabs(a->x - b->x) <= 1e-9 * fabs(a->x));
}

static void list_labels(const struct fg_placing *p, int axis, char *out) {
  const struct fg_sweep_axis *a = &p->results->spec.axis[axis];
  for (size_t k = 0; k < a->n; k++)
    for (size_t i = 0; i < p->groups.n; i++)
      if (p->groups.group[i].point[axis] == (int)k) {
        list(out, ", ", a->point[k].label);
        break;
      }
}

/* Entries in the same place must differ by seed only. */
static enum fg_err check_pooling(const struct fg_placing *p, struct fg_fault *fault) {
  const struct fg_sweep_spec *spec = &p->results->spec;
  bool differ[FG_AXES_MAX] = {false}, at = false, any = false;
  char axes[LIST] = "", labels[LIST];
  int one = FG_ABSENT;
  for (size_t i = 0; i < p->n; i++)
    for (size_t j = 0; j < i; j++) {
      const struct fg_sweep_group *a = p->placed[i].group, *b = p->placed[j].group;
      if (!same_place(&p->placed[i], &p->placed[j]))
        continue;
      any = true;
      at |= a->at != b->at;
      for (size_t k = 0; k < spec->n_axes; k++)
        differ[k] |= strcmp(label_at(spec, a, (int)k), label_at(spec, b, (int)k)) != 0;
    }
  if (!any)
    return FG_OK;
  for (int k = 0; k < (int)spec->n_axes; k++)
    if (differ[k] && (k != spec->tune.axis || !at)) {
      char one_axis[400];
      labels[0] = 0;
      list_labels(p, k, labels);
      snprintf(one_axis, sizeof one_axis, "%.80s (%.290s)", spec->axis[k].name, labels);
      list(axes, " and ", one_axis);
      one = one == FG_ABSENT ? k : one;
    }
  if (at)
    list(axes, " and ", "at (grid, shared, final)");
  return fg_fail(fault, FG_EUSAGE, NULL, 0,
                 "runs that differ in more than their seed would fall on the same mark: fix %s with --where %s=LABEL, "
                 "or show it with --x, --series or --panel",
                 axes, one == FG_ABSENT ? "at" : spec->axis[one].name);
}

static enum fg_err check_finished(const struct fg_placing *p, struct fg_fault *fault) {
  size_t done = 0, all = 0;
  for (size_t i = 0; i < p->groups.n; i++)
    for (size_t k = 0; k < p->groups.group[i].n; k++, all++)
      done += p->groups.group[i].member[k]->state == FG_RUN_DONE;
  if (all == 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the sweep has no entry that fits %s",
                   p->results->spec.tune.axis == FG_ABSENT
                       ? "--where"
                       : "--where (final ones come when their point of the tuned axis is chosen)");
  return done ? FG_OK
              : fg_fail(fault, FG_EINPUT, p->results->dir, 0,
                        "none of the %zu runs that are asked for has a result (fugue sweep --status says why)", all);
}

enum fg_err fg_place(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where, const char *x,
                     enum fg_place_series series, int besides, const struct fg_plot_options *options,
                     struct fg_placing *p, struct fg_fault *fault) {
  static const struct fg_sweep_conditions all;
  const struct fg_sweep_spec *spec = &results->spec;
  p->results = results;
  p->x.axis = FG_ABSENT;
  enum fg_err err = fg_sweep_groups_make(results, where ? where : &all, &p->groups, fault);
  if (!err)
    err = check_finished(p, fault);
  if (!err && x && *x)
    err = find_x(p, x, fault);
  if (!err && options->panel)
    err = parse_axes(spec, "--panel", options->panel, &p->panels, fault);
  if (!err && options->series)
    err = parse_axes(spec, "--series", options->series, &p->series, fault);
  if (err)
    return err;
  if (!options->series)
    choose_series(p, x && *x, series, besides);
  p->placed = calloc(p->groups.n, sizeof *p->placed);
  if (!p->placed)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t i = 0; !err && i < p->groups.n; i++) {
    const struct fg_sweep_group *group = &p->groups.group[i];
    struct fg_placed *placed = &p->placed[p->n];
    char name[FG_FRAME_TEXT];
    if (x && *x && p->x.axis != FG_ABSENT && group->point[p->x.axis] == FG_ABSENT)
      continue; /* x says nothing of it */
    placed->group = group;
    placed->x = x && *x ? abscissa_of(p, group) : 0;
    name_of(spec, &p->panels, group->point, name);
    err = add_name(&p->panel, &p->n_panels, name, &placed->panel, fault);
    name_of(spec, &p->series, group->point, name);
    if (!err)
      err = add_name(&p->name, &p->n_series, name, &placed->series, fault);
    p->n++;
    for (size_t k = 0; k < group->n; k++)
      p->unfinished += group->member[k]->state != FG_RUN_DONE && group->member[k]->state != FG_RUN_REFUSED;
  }
  if (!err && besides == FG_ABSENT)
    err = check_pooling(p, fault);
  return err;
}

void fg_placing_free(struct fg_placing *p) {
  fg_sweep_groups_free(&p->groups);
  free(p->x.value);
  free(p->placed);
  free(p->panel);
  free(p->name);
  *p = (struct fg_placing){.n = 0};
}

void fg_place_note(const struct fg_placing *p, struct fg_frame *frame) {
  size_t diverged = 0;
  for (size_t i = 0; i < p->n; i++)
    diverged += p->placed[i].group->diverged;
  size_t missing = p->unfinished - diverged;
  char text[FG_FRAME_TEXT] = "";
  if (diverged)
    snprintf(text, sizeof text, "%zu run%s diverged", diverged, diverged > 1 ? "s" : "");
  if (missing) {
    size_t n = strlen(text);
    snprintf(text + n, sizeof text - n, "%s%zu run%s without a result", n ? ", " : "", missing, missing > 1 ? "s" : "");
  }
  if (*text) {
    size_t n = strlen(frame->note);
    snprintf(frame->note + n, sizeof frame->note - n, "%s%s", n ? "; " : "", text);
  }
}
