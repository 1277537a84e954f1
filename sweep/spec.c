/* A specification: from a file to a checked structure. Its parts are read by spec_axes.c and spec_conditions.c. */
#include "sweep/spec_parts.h"

#include "core/files.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int fg_sweep_axis_find(const struct fg_sweep_spec *spec, const char *name) {
  for (size_t i = 0; i < spec->n_axes; i++)
    if (strcmp(spec->axis[i].name, name) == 0)
      return (int)i;
  return FG_ABSENT;
}

int fg_sweep_point_find(const struct fg_sweep_axis *axis, const char *label) {
  for (size_t i = 0; i < axis->n; i++)
    if (strcmp(axis->point[i].label, label) == 0)
      return (int)i;
  return FG_ABSENT;
}

bool fg_sweep_same_label(const struct fg_sweep_axis *axis, int a, int b) {
  return a == b || strcmp(axis->point[a].label, axis->point[b].label) == 0;
}

bool fg_sweep_is_baseline(const struct fg_sweep_spec *spec, const int *point) {
  int axis = spec->target.axis;
  return axis != FG_ABSENT && point[axis] != FG_ABSENT &&
         fg_sweep_same_label(&spec->axis[axis], point[axis], spec->target.point);
}

/* ---- base, title, question, keep, timeout */

static enum fg_err read_title(struct fg_spec_reader *r, yaml_node_t *node) {
  return fg_spec_text(r, node, "title", &r->spec->title);
}

static enum fg_err read_question(struct fg_spec_reader *r, yaml_node_t *node) {
  char *text;
  enum fg_err err = fg_spec_text(r, node, "question", &text);
  if (err)
    return err;
  free(r->spec->question);
  r->spec->question = text;
  return FG_OK;
}

static enum fg_err read_base(struct fg_spec_reader *r, yaml_node_t *node) {
  if (node->type == YAML_MAPPING_NODE && fg_node_find(r->document, node, "data") &&
      fg_node_find(r->document, node, "generate"))
    return FG_SPEC_FAIL(r, fg_node_find(r->document, node, "generate"), "base has both data and generate");
  return fg_spec_settings(r, node, "base", &r->spec->base);
}

static enum fg_err read_seeds(struct fg_spec_reader *r, yaml_node_t *node) {
  return fg_spec_seeds(r, node, "seeds", &r->spec->seed, &r->spec->n_seeds);
}

static enum fg_err read_keep(struct fg_spec_reader *r, yaml_node_t *node) {
  static const char *const words[] = {"numbers", "first", "all"};
  const char *text = fg_node_text(node);
  for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i], text) == 0) {
      r->spec->keep = (enum fg_sweep_keep)i;
      return FG_OK;
    }
  return FG_SPEC_FAIL(r, node, "keep: numbers, first or all is expected");
}

bool fg_sweep_duration(const char *text, double *seconds) {
  static const struct {
    const char *name;
    double seconds;
  } units[] = {{"s", 1}, {"min", 60}, {"h", 3600}};
  char number[32];
  size_t digits = strspn(text, "0123456789.");
  for (size_t i = 0; i < sizeof units / sizeof *units && digits < sizeof number; i++) {
    if (strcmp(text + digits, units[i].name) != 0)
      continue;
    snprintf(number, sizeof number, "%.*s", (int)digits, text);
    if (!fg_parse_real(number, seconds) || *seconds <= 0)
      return false;
    *seconds *= units[i].seconds;
    return true;
  }
  return false;
}

static enum fg_err read_timeout(struct fg_spec_reader *r, yaml_node_t *node) {
  const char *text = fg_node_text(node);
  if (!text || !fg_sweep_duration(text, &r->spec->timeout_s))
    return FG_SPEC_FAIL(r, node, "timeout: a time such as 30s, 10min or 2h is expected");
  return FG_OK;
}

static enum fg_err read_skip(struct fg_spec_reader *r, yaml_node_t *node) {
  struct fg_sweep_spec *s = r->spec;
  enum fg_err err = FG_OK;
  if (node->type != YAML_SEQUENCE_NODE)
    return FG_SPEC_FAIL(r, node, "skip: a list of {axis: label, ...} is expected");
  for (size_t i = 0; !err && i < fg_node_count(node); i++) {
    yaml_node_t *item = fg_node_item(r->document, node, i);
    struct fg_sweep_conditions *grown = fg_spec_grow(s->skip, s->n_skip, sizeof *grown);
    if (!grown)
      return FG_ENOMEM;
    s->skip = grown;
    err = fg_spec_conditions(r, item, s->n_axes, false, &s->skip[s->n_skip++]);
    if (!err && fg_node_count(item) == 0)
      err = FG_SPEC_FAIL(r, item, "skip: this would leave out everything");
  }
  return err;
}

/* ---- tuning and comparison */

static enum fg_err unknown_key(struct fg_spec_reader *r, const yaml_node_t *key, const char *what, const char *keys) {
  return FG_SPEC_FAIL(r, key, "%s has no '%s': %s", what, fg_node_text(key), keys);
}

static enum fg_err named_axis(struct fg_spec_reader *r, const yaml_node_t *node, const char *what, int *axis) {
  const char *name = fg_node_text(node);
  *axis = name ? fg_sweep_axis_find(r->spec, name) : FG_ABSENT;
  if (*axis == FG_ABSENT)
    return FG_SPEC_FAIL(r, node, "%s: there is no axis '%s'", what, name ? name : "");
  if (r->spec->axis[*axis].with != FG_ABSENT)
    return FG_SPEC_FAIL(r, node, "%s: '%s' goes in step with others (zip)", what, name);
  return FG_OK;
}

static enum fg_err add_shared(struct fg_spec_reader *r, const yaml_node_t *node) {
  struct fg_sweep_tune *t = &r->spec->tune;
  const char *label = fg_node_text(node);
  if (!label || fg_sweep_point_find(&r->spec->axis[t->axis], label) == FG_ABSENT)
    return FG_SPEC_FAIL(r, node, "shared: '%s' has no value '%s'", r->spec->axis[t->axis].name, label ? label : "");
  char **grown = fg_spec_grow(t->shared, t->n_shared, sizeof *grown);
  if (!grown)
    return FG_ENOMEM;
  t->shared = grown;
  return (t->shared[t->n_shared++] = strdup(label)) ? FG_OK : FG_ENOMEM;
}

/* The tuned axis is settled last: nothing can depend on it. */
static enum fg_err check_tuned(struct fg_spec_reader *r, const yaml_node_t *node) {
  const struct fg_sweep_spec *s = r->spec;
  for (size_t a = 0; a < s->n_axes; a++)
    for (size_t w = 0; w < s->axis[a].n_when; w++)
      for (size_t i = 0; i < s->axis[a].when[w].n; i++)
        if (fg_sweep_axis_find(s, s->axis[a].when[w].condition[i].axis) == s->tune.axis)
          return FG_SPEC_FAIL(r, node, "tune: '%s' depends on '%s', so that cannot be chosen for each combination",
                              s->axis[a].name, s->axis[s->tune.axis].name);
  return FG_OK;
}

/* What is chosen under some labels runs under all: its points must not depend on them. */
static enum fg_err check_under(struct fg_spec_reader *r, const yaml_node_t *node) {
  const struct fg_sweep_tune *t = &r->spec->tune;
  const struct fg_sweep_axis *tuned = &r->spec->axis[t->axis];
  for (size_t i = 0; i < t->under.n; i++) {
    const char *name = t->under.condition[i].axis;
    if (strcmp(name, tuned->name) == 0)
      return FG_SPEC_FAIL(r, node, "under: '%s' is what is tuned", name);
    for (size_t w = 0; w < tuned->n_when; w++)
      for (size_t k = 0; k < tuned->when[w].n; k++)
        if (strcmp(tuned->when[w].condition[k].axis, name) == 0)
          return FG_SPEC_FAIL(r, node, "under: '%s' has other points for other labels of '%s'", tuned->name, name);
  }
  return FG_OK;
}

static enum fg_err read_tune(struct fg_spec_reader *r, yaml_node_t *node) {
  struct fg_sweep_tune *t = &r->spec->tune;
  yaml_node_t *axis = fg_node_find(r->document, node, "axis"), *seeds = fg_node_find(r->document, node, "seeds");
  if (!axis || !seeds)
    return FG_SPEC_FAIL(r, node, "tune: {axis: step, seeds: [11, 12]} is expected");
  enum fg_err err = named_axis(r, axis, "tune", &t->axis);
  if (!err)
    err = check_tuned(r, node);
  if (!err)
    err = fg_spec_seeds(r, seeds, "seeds of tune", &t->seed, &t->n_seeds);
  for (size_t i = 0; !err && i < fg_node_count(node); i++) {
    const yaml_node_t *key = fg_node_key(r->document, node, i);
    yaml_node_t *value = fg_node_value(r->document, node, i);
    const char *name = fg_node_text(key);
    if (strcmp(name, "under") == 0) {
      err = fg_spec_conditions(r, value, r->spec->n_axes, false, &t->under);
    } else if (strcmp(name, "shared") == 0 && value->type == YAML_SEQUENCE_NODE) {
      for (size_t k = 0; !err && k < fg_node_count(value); k++)
        err = add_shared(r, fg_node_item(r->document, value, k));
    } else if (strcmp(name, "shared") == 0) {
      err = add_shared(r, value);
    } else if (strcmp(name, "axis") != 0 && strcmp(name, "seeds") != 0) {
      err = unknown_key(r, key, "tune", "axis, seeds, under and shared are expected");
    }
  }
  return err ? err : check_under(r, node);
}

static enum fg_err read_baseline(struct fg_spec_reader *r, yaml_node_t *node) {
  struct fg_sweep_target *t = &r->spec->target;
  if (node->type != YAML_MAPPING_NODE || fg_node_count(node) != 1)
    return FG_SPEC_FAIL(r, node, "baseline: {axis: label} is expected, such as {sync: barrier}");
  enum fg_err err = named_axis(r, fg_node_key(r->document, node, 0), "baseline", &t->axis);
  if (err)
    return err;
  const yaml_node_t *value = fg_node_value(r->document, node, 0);
  const char *label = fg_node_text(value);
  t->line = fg_node_line(node);
  t->point = label ? fg_sweep_point_find(&r->spec->axis[t->axis], label) : FG_ABSENT;
  if (t->point == FG_ABSENT)
    return FG_SPEC_FAIL(r, value, "baseline: '%s' has no value '%s'", r->spec->axis[t->axis].name, label ? label : "");
  if (t->axis == r->spec->tune.axis)
    return FG_SPEC_FAIL(r, node, "baseline: '%s' is what is tuned", r->spec->axis[t->axis].name);
  return FG_OK;
}

static enum fg_err read_target(struct fg_spec_reader *r, yaml_node_t *node) {
  struct fg_sweep_target *t = &r->spec->target;
  yaml_node_t *epoch = fg_node_find(r->document, node, "epoch"), *metric = fg_node_find(r->document, node, "metric");
  if (fg_node_count(node) != 1 || !(epoch || metric))
    return FG_SPEC_FAIL(r, node, "target: {epoch: 6} or {metric: 0.9} is expected");
  if (epoch && t->axis == FG_ABSENT)
    return FG_SPEC_FAIL(r, node, "target: {epoch: ...} is that of the baseline, and there is none");
  if (epoch && (!fg_node_text(epoch) || !fg_parse_u64(fg_node_text(epoch), &t->epoch) || t->epoch == 0))
    return FG_SPEC_FAIL(r, epoch, "epoch: a whole number above 0 is expected");
  if (metric && (!fg_node_text(metric) || !fg_parse_real(fg_node_text(metric), &t->metric)))
    return FG_SPEC_FAIL(r, metric, "metric: a number is expected");
  t->line = fg_node_line(node);
  t->at_epoch = epoch;
  t->fixed = metric;
  return FG_OK;
}

/* ---- figures */

/* a value, or a list of them as one text */
static enum fg_err figure_option(struct fg_spec_reader *r, const yaml_node_t *key, yaml_node_t *value,
                                 struct fg_sweep_settings *settings) {
  char text[1024];
  size_t used = 0;
  const char *scalar = fg_node_text(value);
  snprintf(text, sizeof text, "%s", scalar ? scalar : "");
  for (size_t i = 0; value->type == YAML_SEQUENCE_NODE && i < fg_node_count(value) && used < sizeof text; i++) {
    const char *item = fg_node_text(fg_node_item(r->document, value, i));
    if (!item)
      return FG_SPEC_FAIL(r, value, "'%s': a value or a list of values is expected", fg_node_text(key));
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? "," : "", item);
  }
  if (!*text || used >= sizeof text || (scalar && strlen(scalar) >= sizeof text))
    return FG_SPEC_FAIL(r, value, "'%s': a value of at most %zu characters is expected", fg_node_text(key),
                        sizeof text - 1);
  struct fg_sweep_setting *grown = fg_spec_grow(settings->setting, settings->n, sizeof *grown);
  if (!grown)
    return FG_ENOMEM;
  settings->setting = grown;
  struct fg_sweep_setting *s = &grown[settings->n++];
  *s = (struct fg_sweep_setting){strdup(fg_node_text(key)), strdup(text), fg_node_line(key)};
  return s->option && s->value ? FG_OK : FG_ENOMEM;
}

static enum fg_err name_figure(struct fg_spec_reader *r, const yaml_node_t *node, struct fg_sweep_figure *figure) {
  char name[128];
  if (!figure->name && !(figure->name = strdup(figure->figure)))
    return FG_ENOMEM;
  for (int k = 1;; k++) {
    snprintf(name, sizeof name, k == 1 ? "%s" : "%s-%d", figure->name, k);
    bool taken = false;
    for (const struct fg_sweep_figure *f = r->spec->figure; f < figure; f++)
      taken = taken || strcmp(f->name, name) == 0;
    if (!taken)
      break;
    if (strcmp(figure->name, figure->figure) != 0)
      return FG_SPEC_FAIL(r, node, "there are two figures '%s'", name);
  }
  free(figure->name);
  return (figure->name = strdup(name)) ? FG_OK : FG_ENOMEM;
}

static enum fg_err read_figure(struct fg_spec_reader *r, yaml_node_t *node, struct fg_sweep_figure *figure) {
  enum fg_err err = FG_OK;
  figure->line = fg_node_line(node);
  if (!fg_node_find(r->document, node, "figure"))
    return FG_SPEC_FAIL(r, node, "figures: {figure: convergence, ...} is expected");
  for (size_t i = 0; !err && i < fg_node_count(node); i++) {
    const yaml_node_t *key = fg_node_key(r->document, node, i);
    yaml_node_t *value = fg_node_value(r->document, node, i);
    const char *name = fg_node_text(key);
    char **text = strcmp(name, "figure") == 0    ? &figure->figure
                  : strcmp(name, "name") == 0    ? &figure->name
                  : strcmp(name, "caption") == 0 ? &figure->caption
                                                 : NULL;
    if (text)
      err = fg_spec_text(r, value, name, text);
    else if (strcmp(name, "where") == 0)
      err = fg_spec_conditions(r, value, r->spec->n_axes, true, &figure->where);
    else
      err = figure_option(r, key, value, &figure->option);
    if (!err && text && text != &figure->caption && !fg_spec_is_name(*text))
      err = FG_SPEC_FAIL(r, value, "'%s' is not a name of letters, digits, '.', '_' and '-'", *text);
  }
  if (!err && !figure->caption && !(figure->caption = strdup("")))
    err = FG_ENOMEM;
  return err ? err : name_figure(r, node, figure);
}

static enum fg_err read_figures(struct fg_spec_reader *r, yaml_node_t *node) {
  struct fg_sweep_spec *s = r->spec;
  enum fg_err err = FG_OK;
  if (node->type != YAML_SEQUENCE_NODE)
    return FG_SPEC_FAIL(r, node, "figures: a list of {figure: convergence, ...} is expected");
  for (size_t i = 0; !err && i < fg_node_count(node); i++) {
    struct fg_sweep_figure *grown = fg_spec_grow(s->figure, s->n_figures, sizeof *grown);
    if (!grown)
      return FG_ENOMEM;
    s->figure = grown;
    err = read_figure(r, fg_node_item(r->document, node, i), &s->figure[s->n_figures++]);
  }
  return err;
}

/* ---- the whole */

/* in the order in which they are read, whatever the file's: later ones name what earlier ones define */
static const struct part {
  const char *key;
  bool required;
  enum fg_err (*read)(struct fg_spec_reader *reader, yaml_node_t *node);
} parts[] = {{"title", true, read_title},     {"question", false, read_question}, {"base", false, read_base},
             {"sweep", false, fg_spec_sweep}, {"zip", false, fg_spec_zip},        {"seeds", false, read_seeds},
             {"skip", false, read_skip},      {"tune", false, read_tune},         {"baseline", false, read_baseline},
             {"target", false, read_target},  {"keep", false, read_keep},         {"timeout", false, read_timeout},
             {"figures", false, read_figures}};
enum { PARTS = sizeof parts / sizeof *parts };

static enum fg_err read_parts(struct fg_spec_reader *r) {
  yaml_node_t *root = fg_document_root(r->document);
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < fg_node_count(root); i++) {
    const yaml_node_t *key = fg_node_key(r->document, root, i);
    bool known = false;
    for (int k = 0; k < PARTS; k++)
      known = known || strcmp(parts[k].key, fg_node_text(key)) == 0;
    if (!known)
      return FG_SPEC_FAIL(r, key,
                          "there is no '%s': title, question, base, sweep, zip, seeds, skip, tune, baseline, target, "
                          "keep, timeout and figures are expected",
                          fg_node_text(key));
  }
  for (int k = 0; !err && k < PARTS; k++) {
    yaml_node_t *node = fg_node_find(r->document, root, parts[k].key);
    if (node)
      err = parts[k].read(r, node);
    else if (parts[k].required)
      err = FG_SPEC_FAIL(r, root, "'%s' is missing", parts[k].key);
  }
  return err;
}

/* Seeds that choose must not judge. */
static enum fg_err check_seeds(struct fg_spec_reader *r) {
  struct fg_sweep_spec *s = r->spec;
  if (s->n_seeds == 0) {
    if (!(s->seed = calloc(1, sizeof *s->seed)))
      return FG_ENOMEM;
    s->seed[0] = 1;
    s->n_seeds = 1;
  }
  for (size_t i = 0; i < s->n_seeds; i++)
    for (size_t k = 0; k < s->tune.n_seeds; k++)
      if (s->seed[i] == s->tune.seed[k])
        return FG_SPEC_FAIL(r, fg_node_find(r->document, fg_document_root(r->document), "tune"),
                            "seed %llu chooses among '%s': it must not be one of seeds", (unsigned long long)s->seed[i],
                            s->axis[s->tune.axis].name);
  return FG_OK;
}

enum fg_err fg_sweep_spec_parse(const char *text, const char *path, const char *folder, struct fg_sweep_spec *spec,
                                struct fg_fault *fault) {
  struct fg_document document = {.path = spec->path};
  struct fg_spec_reader reader = {&document, spec, fault};
  spec->tune.axis = spec->target.axis = spec->target.point = FG_ABSENT;
  spec->timeout_s = INFINITY;
  if (snprintf(spec->path, sizeof spec->path, "%s", path) >= (int)sizeof spec->path ||
      snprintf(spec->folder, sizeof spec->folder, "%s", folder) >= (int)sizeof spec->folder)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path of the specification is too long");
  spec->text = strdup(text);
  spec->question = strdup("");
  if (!spec->text || !spec->question)
    return FG_ENOMEM;
  enum fg_err err = fg_document_parse(text, spec->path, &document, fault);
  if (!err)
    err = read_parts(&reader);
  if (!err)
    err = check_seeds(&reader);
  fg_document_free(&document);
  return err;
}

static enum fg_err read_file(const char *path, char **text, struct fg_fault *fault) {
  enum { LONGEST = 1 << 20 };
  struct stat st;
  FILE *f = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EUSAGE, path, 0, "cannot be opened: %s", strerror(errno));
  enum fg_err err = FG_OK;
  size_t n = 0;
  if (fstat(fileno(f), &st) != 0 || S_ISDIR(st.st_mode))
    err = fg_fail(fault, FG_EUSAGE, path, 0, "is not a file");
  else if (!(*text = malloc(LONGEST + 1)))
    err = FG_ENOMEM;
  else if ((n = fread(*text, 1, LONGEST, f)) == LONGEST)
    err = fg_fail(fault, FG_EINPUT, path, 0, "is longer than a specification can be (%d bytes)", LONGEST - 1);
  else if (ferror(f))
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be read: %s", strerror(errno));
  else if (memchr(*text, 0, n))
    err = fg_fail(fault, FG_EINPUT, path, 0, "is not a text");
  fclose(f);
  if (!err)
    (*text)[n] = 0;
  return err;
}

enum fg_err fg_sweep_spec_read(const char *path, struct fg_sweep_spec *spec, struct fg_fault *fault) {
  char *text = NULL, absolute[PATH_MAX];
  enum fg_err err = read_file(path, &text, fault);
  if (!err && !realpath(path, absolute))
    err = fg_fail(fault, FG_EUSAGE, path, 0, "cannot be opened: %s", strerror(errno));
  if (!err) {
    char *slash = strrchr(absolute, '/');
    slash[slash == absolute] = 0; /* "/" stays */
    err = fg_sweep_spec_parse(text, path, absolute, spec, fault);
  }
  free(text);
  return err;
}

void fg_sweep_spec_free(struct fg_sweep_spec *s) {
  free(s->text);
  free(s->title);
  free(s->question);
  fg_spec_settings_free(&s->base);
  for (size_t i = 0; i < s->n_axes; i++)
    fg_spec_axis_free(&s->axis[i]);
  free(s->seed);
  for (size_t i = 0; i < s->n_skip; i++)
    fg_spec_conditions_free(&s->skip[i]);
  free(s->skip);
  free(s->tune.seed);
  fg_spec_conditions_free(&s->tune.under);
  for (size_t i = 0; i < s->tune.n_shared; i++)
    free(s->tune.shared[i]);
  free(s->tune.shared);
  for (size_t i = 0; i < s->n_figures; i++) {
    struct fg_sweep_figure *f = &s->figure[i];
    free(f->figure);
    free(f->name);
    free(f->caption);
    fg_spec_conditions_free(&f->where);
    fg_spec_settings_free(&f->option);
  }
  free(s->figure);
  memset(s, 0, sizeof *s);
}
