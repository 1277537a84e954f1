/* What varies: `sweep:` and `zip:` of a specification to axes with their points. */
#include "sweep/spec_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 10000 };

static struct fg_sweep_point *add_point(struct fg_spec_reader *r, const yaml_node_t *node, struct fg_sweep_axis *axis,
                                        size_t when, const char *label, enum fg_err *err) {
  if (!fg_spec_is_label(label)) {
    *err = FG_SPEC_FAIL(r, node,
                        "'%.60s' cannot be a label: it must be 1 to 100 printable characters without | and \", and "
                        "without blanks around it",
                        label);
    return NULL;
  }
  for (size_t i = 0; i < axis->n; i++)
    if (axis->point[i].when == when && strcmp(axis->point[i].label, label) == 0) {
      *err = FG_SPEC_FAIL(r, node, "'%s' stands twice in '%s'", label, axis->name);
      return NULL;
    }
  if (axis->n >= POINTS_MAX) {
    *err = FG_SPEC_FAIL(r, node, "'%s' has more than %d values", axis->name, POINTS_MAX);
    return NULL;
  }
  struct fg_sweep_point *grown = fg_spec_grow(axis->point, axis->n, sizeof *grown);
  if (!grown) {
    *err = FG_ENOMEM;
    return NULL;
  }
  axis->point = grown;
  struct fg_sweep_point *p = &axis->point[axis->n];
  *p = (struct fg_sweep_point){.label = strdup(label), .when = when, .line = fg_node_line(node)};
  if (!p->label) {
    *err = FG_ENOMEM;
    return NULL;
  }
  axis->n++;
  *err = FG_OK;
  return p;
}

/* a point that gives the axis' own option a value */
static enum fg_err add_value(struct fg_spec_reader *r, const yaml_node_t *node, struct fg_sweep_axis *axis, size_t when,
                             const char *label, const char *value) {
  if (!fg_spec_is_option(axis->name))
    return FG_SPEC_FAIL(r, node,
                        "'%s' is no option of a run (see fugue sim --help); an axis with a name of its own has points "
                        "like  label: {option: value}",
                        axis->name);
  enum fg_err err;
  struct fg_sweep_point *point = add_point(r, node, axis, when, label, &err);
  return err ? err : fg_spec_setting_add(r, node, axis->name, value, &point->settings);
}

static enum fg_err add_number(struct fg_spec_reader *r, const yaml_node_t *node, struct fg_sweep_axis *axis,
                              size_t when, double x) {
  char text[40];
  snprintf(text, sizeof text, "%.10g", x);
  return add_value(r, node, axis, when, text, text);
}

static enum fg_err whole_range(struct fg_spec_reader *r, const yaml_node_t *node, struct fg_sweep_axis *axis,
                               size_t when, uint64_t from, uint64_t to) {
  if (to < from || to - from >= POINTS_MAX)
    return FG_SPEC_FAIL(r, node, "%s: from small to large, at most %d values", fg_node_text(node), POINTS_MAX);
  enum fg_err err = FG_OK;
  for (uint64_t i = 0; !err && i <= to - from; i++) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)(from + i));
    err = add_value(r, node, axis, when, text, text);
  }
  return err;
}

/* "3..17" */
static bool is_whole_range(const char *text, uint64_t *from, uint64_t *to) {
  const char *dots = strstr(text, "..");
  char first[24];
  if (!dots || dots - text >= (long)sizeof first)
    return false;
  snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
  return fg_parse_u64(first, from) && fg_parse_u64(dots + 2, to);
}

static enum fg_err number_of(struct fg_spec_reader *r, yaml_node_t *map, const char *key, double *x) {
  yaml_node_t *node = fg_node_find(r->document, map, key);
  *x = NAN;
  if (!node)
    return FG_OK;
  if (!fg_node_text(node) || !fg_parse_real(fg_node_text(node), x))
    return FG_SPEC_FAIL(r, node, "%s: a number is expected", key);
  return FG_OK;
}

/* {from: 8, to: 64, times: 2} or {from: 0, to: 1, step: 0.25} */
static enum fg_err range(struct fg_spec_reader *r, yaml_node_t *map, struct fg_sweep_axis *axis, size_t when) {
  double from, to, step, times;
  enum fg_err err = number_of(r, map, "from", &from);
  if (!err)
    err = number_of(r, map, "to", &to);
  if (!err)
    err = number_of(r, map, "step", &step);
  if (!err)
    err = number_of(r, map, "times", &times);
  for (size_t i = 0; !err && i < fg_node_count(map); i++) {
    const char *key = fg_node_text(fg_node_key(r->document, map, i));
    if (strcmp(key, "from") && strcmp(key, "to") && strcmp(key, "step") && strcmp(key, "times"))
      err = FG_SPEC_FAIL(r, fg_node_key(r->document, map, i), "a range has from, to and step or times, not '%s'", key);
  }
  if (err)
    return err;
  if (isnan(to) || isnan(step) == isnan(times))
    return FG_SPEC_FAIL(r, map, "a range has from, to and either step (added) or times (multiplied)");
  if (to < from || (!isnan(step) && step <= 0) || (!isnan(times) && (times <= 1 || from <= 0)))
    return FG_SPEC_FAIL(r, map, "a range goes from small to large: step above 0, or times above 1 from above 0");
  double steps = isnan(times) ? (to - from) / step : log(to / from) / log(times);
  if (steps > POINTS_MAX)
    return FG_SPEC_FAIL(r, map, "a range of more than %d values", POINTS_MAX);
  /* the last one is `to` if it is met but for rounding */
  for (int i = 0; !err && i <= (int)floor(steps + 1e-9); i++)
    err = add_number(r, map, axis, when, isnan(times) ? from + i * step : from * pow(times, i));
  return err;
}

static enum fg_err labelled(struct fg_spec_reader *r, yaml_node_t *map, struct fg_sweep_axis *axis, size_t when) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < fg_node_count(map); i++) {
    const yaml_node_t *key = fg_node_key(r->document, map, i);
    yaml_node_t *value = fg_node_value(r->document, map, i);
    if (value->type == YAML_SEQUENCE_NODE)
      return FG_SPEC_FAIL(r, value, "'%s' of '%s' takes a value or options, not a list", fg_node_text(key), axis->name);
    if (value->type == YAML_SCALAR_NODE) {
      err = *fg_node_text(value) ? add_value(r, value, axis, when, fg_node_text(key), fg_node_text(value))
                                 : FG_SPEC_FAIL(r, value, "'%s' has no value", fg_node_text(key));
      continue;
    }
    struct fg_sweep_point *point = add_point(r, key, axis, when, fg_node_text(key), &err);
    if (!err)
      err = fg_spec_settings(r, value, axis->name, &point->settings);
  }
  return err;
}

/* values without a condition */
static enum fg_err values(struct fg_spec_reader *r, yaml_node_t *node, struct fg_sweep_axis *axis, size_t when) {
  const char *text = fg_node_text(node);
  enum fg_err err = FG_OK;
  uint64_t from, to;
  size_t before = axis->n;
  if (text && is_whole_range(text, &from, &to))
    return whole_range(r, node, axis, when, from, to);
  if (text && !*text)
    return FG_SPEC_FAIL(r, node, "'%s' has no value", axis->name);
  if (text)
    return add_value(r, node, axis, when, text, text);
  if (node->type == YAML_MAPPING_NODE)
    err = fg_node_find(r->document, node, "from") ? range(r, node, axis, when) : labelled(r, node, axis, when);
  for (size_t i = 0; !err && node->type == YAML_SEQUENCE_NODE && i < fg_node_count(node); i++) {
    yaml_node_t *item = fg_node_item(r->document, node, i);
    text = fg_node_text(item);
    if (!text || !*text)
      return FG_SPEC_FAIL(r, item, "the list of '%s' takes values", axis->name);
    err = add_value(r, item, axis, when, text, text);
  }
  return !err && axis->n == before ? FG_SPEC_FAIL(r, node, "'%s' has no values", axis->name) : err;
}

static enum fg_err add_when(struct fg_spec_reader *r, struct fg_sweep_axis *axis, yaml_node_t *when, size_t *index) {
  struct fg_sweep_conditions *grown = fg_spec_grow(axis->when, axis->n_when, sizeof *grown);
  if (!grown)
    return FG_ENOMEM;
  axis->when = grown;
  *index = axis->n_when++;
  axis->when[*index] = (struct fg_sweep_conditions){0};
  return when ? fg_spec_conditions(r, when, (size_t)(axis - r->spec->axis), false, &axis->when[*index]) : FG_OK;
}

/* {values: ..., when: {...}} */
static enum fg_err conditional(struct fg_spec_reader *r, yaml_node_t *map, struct fg_sweep_axis *axis) {
  yaml_node_t *inner = fg_node_find(r->document, map, "values"), *when = fg_node_find(r->document, map, "when");
  size_t index;
  if (!inner || fg_node_count(map) != (when ? 2 : 1))
    return FG_SPEC_FAIL(r, map, "'%s': {values: ..., when: {axis: label}} is expected", axis->name);
  enum fg_err err = add_when(r, axis, when, &index);
  return err ? err : values(r, inner, axis, index);
}

static bool has_values(struct fg_spec_reader *r, const yaml_node_t *node) {
  return node->type == YAML_MAPPING_NODE && fg_node_find(r->document, node, "values");
}

static enum fg_err axis_values(struct fg_spec_reader *r, yaml_node_t *node, struct fg_sweep_axis *axis) {
  enum fg_err err = add_when(r, axis, NULL, &(size_t){0});
  if (err)
    return err;
  if (has_values(r, node))
    return conditional(r, node, axis);
  if (node->type != YAML_SEQUENCE_NODE || fg_node_count(node) == 0 ||
      !has_values(r, fg_node_item(r->document, node, 0)))
    return values(r, node, axis, 0);
  for (size_t i = 0; !err && i < fg_node_count(node); i++) {
    yaml_node_t *item = fg_node_item(r->document, node, i);
    err = has_values(r, item)
              ? conditional(r, item, axis)
              : FG_SPEC_FAIL(r, item, "'%s': {values: ..., when: {axis: label}} is expected", axis->name);
  }
  return err;
}

static enum fg_err add_axis(struct fg_spec_reader *r, const yaml_node_t *key, struct fg_sweep_axis **axis) {
  static const char *const taken[] = {"at", "seed", "seeds", "id", "run", "state", "reason"};
  const char *name = fg_node_text(key);
  struct fg_sweep_spec *spec = r->spec;
  if (!fg_spec_is_name(name))
    return FG_SPEC_FAIL(r, key, "'%s' is not a name of letters, digits, '.', '_' and '-'", name);
  if (strcmp(name, "seed") == 0 || strcmp(name, "seeds") == 0)
    return FG_SPEC_FAIL(r, key, "seeds stand in `seeds: [1, 2, 3]`, beside `sweep:`");
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    if (strcmp(name, taken[i]) == 0)
      return FG_SPEC_FAIL(r, key, "an axis cannot be called '%s'", name);
  if (fg_sweep_axis_find(spec, name) != FG_ABSENT)
    return FG_SPEC_FAIL(r, key, "there are two axes '%s'", name);
  if (spec->n_axes >= FG_AXES_MAX)
    return FG_SPEC_FAIL(r, key, "more than %d axes", FG_AXES_MAX);
  *axis = &spec->axis[spec->n_axes];
  **axis = (struct fg_sweep_axis){.name = strdup(name), .with = FG_ABSENT, .line = fg_node_line(key)};
  if (!(*axis)->name)
    return FG_ENOMEM;
  spec->n_axes++;
  return FG_OK;
}

enum fg_err fg_spec_sweep(struct fg_spec_reader *r, yaml_node_t *map) {
  enum fg_err err = FG_OK;
  if (map->type != YAML_MAPPING_NODE)
    return FG_SPEC_FAIL(r, map, "sweep: lines of the form 'option: values' are expected");
  for (size_t i = 0; !err && i < fg_node_count(map); i++) {
    struct fg_sweep_axis *axis;
    err = add_axis(r, fg_node_key(r->document, map, i), &axis);
    if (!err)
      err = axis_values(r, fg_node_value(r->document, map, i), axis);
  }
  return err;
}

static enum fg_err zip_group(struct fg_spec_reader *r, yaml_node_t *map) {
  int first = (int)r->spec->n_axes;
  enum fg_err err = FG_OK;
  if (map->type != YAML_MAPPING_NODE)
    return FG_SPEC_FAIL(r, map, "zip: a list of {option: [values], option: [values]} is expected");
  for (size_t i = 0; !err && i < fg_node_count(map); i++) {
    const yaml_node_t *key = fg_node_key(r->document, map, i);
    struct fg_sweep_axis *axis;
    err = add_axis(r, key, &axis);
    if (!err)
      err = add_when(r, axis, NULL, &(size_t){0});
    if (!err)
      err = values(r, fg_node_value(r->document, map, i), axis, 0);
    if (err)
      return err;
    axis->with = first;
    const struct fg_sweep_axis *leader = &r->spec->axis[first];
    if (axis->n != leader->n)
      return FG_SPEC_FAIL(r, key, "'%s' has %zu values, and '%s', with which it goes in step, %zu", axis->name, axis->n,
                          leader->name, leader->n);
  }
  return err;
}

enum fg_err fg_spec_zip(struct fg_spec_reader *r, yaml_node_t *list) {
  enum fg_err err = FG_OK;
  if (list->type == YAML_MAPPING_NODE)
    return zip_group(r, list);
  if (list->type != YAML_SEQUENCE_NODE)
    return FG_SPEC_FAIL(r, list, "zip: a list of {option: [values], option: [values]} is expected");
  for (size_t i = 0; !err && i < fg_node_count(list); i++)
    err = zip_group(r, fg_node_item(r->document, list, i));
  return err;
}

void fg_spec_axis_free(struct fg_sweep_axis *axis) {
  free(axis->name);
  for (size_t i = 0; i < axis->n; i++) {
    free(axis->point[i].label);
    fg_spec_settings_free(&axis->point[i].settings);
  }
  free(axis->point);
  for (size_t i = 0; i < axis->n_when; i++)
    fg_spec_conditions_free(&axis->when[i]);
  free(axis->when);
}

enum fg_err fg_spec_seeds(struct fg_spec_reader *r, yaml_node_t *node, const char *what, uint64_t **seed, size_t *n) {
  const char *text = fg_node_text(node);
  uint64_t from, to;
  size_t count = node->type == YAML_SEQUENCE_NODE ? fg_node_count(node) : 1;
  if (text && is_whole_range(text, &from, &to)) {
    if (to < from || to - from >= POINTS_MAX)
      return FG_SPEC_FAIL(r, node, "%s: from small to large, at most %d seeds", what, POINTS_MAX);
    count = (size_t)(to - from + 1);
  } else if (text) {
    if (!fg_parse_u64(text, &from))
      return FG_SPEC_FAIL(r, node, "%s: whole numbers, such as [1, 2, 3] or 1..10, are expected", what);
  } else if (node->type != YAML_SEQUENCE_NODE || count == 0) {
    return FG_SPEC_FAIL(r, node, "%s: a list of whole numbers, such as [1, 2, 3] or 1..10, is expected", what);
  }
  if (!(*seed = calloc(count, sizeof **seed)))
    return FG_ENOMEM;
  for (size_t i = 0; i < count; i++) {
    if (text) {
      (*seed)[i] = from + i;
      continue;
    }
    const yaml_node_t *item = fg_node_item(r->document, node, i);
    if (!fg_node_text(item) || !fg_parse_u64(fg_node_text(item), &(*seed)[i]))
      return FG_SPEC_FAIL(r, item, "%s: a whole number is expected", what);
    for (size_t k = 0; k < i; k++)
      if ((*seed)[k] == (*seed)[i])
        return FG_SPEC_FAIL(r, item, "%s: %s stands twice", what, fg_node_text(item));
  }
  *n = count;
  return FG_OK;
}
