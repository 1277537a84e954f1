/* Settings (`option: value`) and conditions (`axis: label`) of a specification. */
#include "sweep/spec_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 100 };

enum fg_err fg_spec_text(struct fg_spec_reader *r, const yaml_node_t *node, const char *what, char **out) {
  const char *text = fg_node_text(node);
  if (!text || !*text)
    return FG_SPEC_FAIL(r, node, "%s: a text is expected", what);
  return (*out = strdup(text)) ? FG_OK : FG_ENOMEM;
}

void *fg_spec_grow(void *array, size_t n, size_t size) {
  char *grown = reallocarray(array, n + 1, size);
  if (grown)
    memset(grown + n * size, 0, size);
  return grown;
}

bool fg_spec_is_label(const char *text) {
  size_t n = strlen(text);
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f || text[i] == '|' || text[i] == '"')
      return false;
  return n > 0 && n <= LABEL_MAX && text[0] != ' ' && text[n - 1] != ' ';
}

bool fg_spec_is_name(const char *text) {
  size_t n = strlen(text);
  for (size_t i = 0; i < n; i++)
    if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
      return false;
  return n > 0 && n <= LABEL_MAX && isalnum((unsigned char)text[0]);
}

/* ---- settings */

bool fg_spec_is_option(const char *name) {
  static const char *const own[] = {"generate", "generate-seed", "stage"}, *const specs[] = {"model", "sync",
                                                                                             "straggler", "network",
                                                                                             "generate"};
  const char *dot = strchr(name, '.');
  size_t n = dot ? (size_t)(dot - name) : strlen(name);
  if (dot) {
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
      if (strlen(specs[i]) == n && strncmp(specs[i], name, n) == 0)
        return dot[1] != 0;
    return false;
  }
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (strcmp(own[i], name) == 0)
      return true;
  for (int i = 0; i < FG_OPTIONS; i++)
    if (strcmp(fg_option_infos[i].name, name) == 0)
      return i != FG_OPT_SEED && i != FG_OPT_CHECKPOINT;
  return false;
}

static enum fg_err unknown_option(struct fg_spec_reader *r, const yaml_node_t *node, const char *option) {
  if (strcmp(option, "seed") == 0)
    return FG_SPEC_FAIL(r, node, "seeds stand in `seeds: [1, 2, 3]`, at the top");
  if (strcmp(option, "checkpoint") == 0)
    return FG_SPEC_FAIL(r, node, "runs of a sweep take no checkpoints: one that was interrupted is made again");
  if (strchr(option, '.'))
    return FG_SPEC_FAIL(
        r, node, "'%s': parameters are those of model, sync, straggler, network and generate, such as sync.decay",
        option);
  return FG_SPEC_FAIL(r, node, "there is no option '%s' (see fugue sim --help; also generate, generate-seed and stage)",
                      option);
}

enum fg_err fg_spec_setting_add(struct fg_spec_reader *r, const yaml_node_t *node, const char *option,
                                const char *value, struct fg_sweep_settings *settings) {
  if (!fg_spec_is_option(option))
    return unknown_option(r, node, option);
  if (strcmp(option, "stage") == 0 && strcmp(value, "sim") != 0 && strcmp(value, "mpi") != 0)
    return FG_SPEC_FAIL(r, node, "stage: sim or mpi is expected, not '%s'", value);
  if (strcmp(option, "generate-seed") == 0 && !fg_parse_u64(value, &(uint64_t){0}))
    return FG_SPEC_FAIL(r, node, "generate-seed: a whole number is expected, not '%s'", value);
  struct fg_sweep_setting *grown = fg_spec_grow(settings->setting, settings->n, sizeof *grown);
  if (!grown)
    return FG_ENOMEM;
  settings->setting = grown;
  struct fg_sweep_setting *s = &grown[settings->n++];
  *s = (struct fg_sweep_setting){strdup(option), strdup(value), fg_node_line(node)};
  return s->option && s->value ? FG_OK : FG_ENOMEM;
}

enum fg_err fg_spec_settings(struct fg_spec_reader *r, const yaml_node_t *map, const char *what,
                             struct fg_sweep_settings *settings) {
  enum fg_err err = FG_OK;
  if (map->type != YAML_MAPPING_NODE)
    return FG_SPEC_FAIL(r, map, "%s: lines of the form 'option: value' are expected", what);
  for (size_t i = 0; !err && i < fg_node_count(map); i++) {
    const yaml_node_t *key = fg_node_key(r->document, map, i), *value = fg_node_value(r->document, map, i);
    const char *text = fg_node_text(value);
    if (!text || !*text)
      return FG_SPEC_FAIL(r, value, "option '%s' takes one value", fg_node_text(key));
    err = fg_spec_setting_add(r, key, fg_node_text(key), text, settings);
  }
  return err;
}

void fg_spec_settings_free(struct fg_sweep_settings *settings) {
  for (size_t i = 0; i < settings->n; i++) {
    free(settings->setting[i].option);
    free(settings->setting[i].value);
  }
  free(settings->setting);
}

/* ---- conditions */

static enum fg_err check_label(struct fg_spec_reader *r, const yaml_node_t *node, const char *axis_name) {
  static const char *const at[] = {"grid", "shared", "final"};
  const char *label = fg_node_text(node);
  int axis = fg_sweep_axis_find(r->spec, axis_name);
  if (!label || !*label)
    return FG_SPEC_FAIL(r, node, "'%s': a label, or a list of labels, is expected", axis_name);
  if (axis != FG_ABSENT)
    return fg_sweep_point_find(&r->spec->axis[axis], label) != FG_ABSENT
               ? FG_OK
               : FG_SPEC_FAIL(r, node, "'%s' has no value '%s'", axis_name, label);
  if (strcmp(axis_name, "seed") == 0)
    return fg_parse_u64(label, &(uint64_t){0}) ? FG_OK : FG_SPEC_FAIL(r, node, "a seed is a whole number");
  for (size_t i = 0; i < sizeof at / sizeof *at; i++)
    if (strcmp(at[i], label) == 0)
      return FG_OK;
  return FG_SPEC_FAIL(r, node, "at: grid, shared or final is expected, not '%s'", label);
}

static enum fg_err add_label(struct fg_spec_reader *r, const yaml_node_t *node, struct fg_sweep_condition *c) {
  enum fg_err err = check_label(r, node, c->axis);
  if (err)
    return err;
  char **grown = fg_spec_grow(c->label, c->n, sizeof *grown);
  if (!grown)
    return FG_ENOMEM;
  c->label = grown;
  return (c->label[c->n++] = strdup(fg_node_text(node))) ? FG_OK : FG_ENOMEM;
}

static enum fg_err condition(struct fg_spec_reader *r, const yaml_node_t *key, yaml_node_t *value, size_t before,
                             bool entries, struct fg_sweep_condition *c) {
  const char *name = fg_node_text(key);
  int axis = fg_sweep_axis_find(r->spec, name);
  bool of_entry = entries && (strcmp(name, "at") == 0 || strcmp(name, "seed") == 0);
  if (!of_entry && axis == FG_ABSENT)
    return FG_SPEC_FAIL(r, key, "there is no axis '%s'%s", name, before < r->spec->n_axes ? " before this one" : "");
  if (!of_entry && (size_t)axis >= before)
    return FG_SPEC_FAIL(r, key, "'%s' does not stand before the axis that depends on it", name);
  c->line = fg_node_line(key);
  if (!(c->axis = strdup(name)))
    return FG_ENOMEM;
  enum fg_err err = FG_OK;
  if (value->type != YAML_SEQUENCE_NODE)
    return add_label(r, value, c);
  if (fg_node_count(value) == 0)
    return FG_SPEC_FAIL(r, value, "'%s': a label, or a list of labels, is expected", name);
  for (size_t i = 0; !err && i < fg_node_count(value); i++)
    err = add_label(r, fg_node_item(r->document, value, i), c);
  return err;
}

enum fg_err fg_spec_conditions(struct fg_spec_reader *r, yaml_node_t *map, size_t before, bool entries,
                               struct fg_sweep_conditions *conditions) {
  enum fg_err err = FG_OK;
  if (map->type != YAML_MAPPING_NODE)
    return FG_SPEC_FAIL(r, map, "{axis: label, ...} is expected");
  for (size_t i = 0; !err && i < fg_node_count(map); i++) {
    struct fg_sweep_condition *grown = fg_spec_grow(conditions->condition, conditions->n, sizeof *grown);
    if (!grown)
      return FG_ENOMEM;
    conditions->condition = grown;
    err = condition(r, fg_node_key(r->document, map, i), fg_node_value(r->document, map, i), before, entries,
                    &grown[conditions->n++]);
  }
  return err;
}

void fg_spec_conditions_free(struct fg_sweep_conditions *conditions) {
  for (size_t i = 0; i < conditions->n; i++) {
    struct fg_sweep_condition *c = &conditions->condition[i];
    free(c->axis);
    for (size_t k = 0; k < c->n; k++)
      free(c->label[k]);
    free(c->label);
  }
  free(conditions->condition);
}

bool fg_sweep_holds(const struct fg_sweep_spec *spec, const struct fg_sweep_conditions *conditions, const int *point) {
  for (size_t i = 0; i < conditions->n; i++) {
    const struct fg_sweep_condition *c = &conditions->condition[i];
    int axis = fg_sweep_axis_find(spec, c->axis);
    bool found = axis == FG_ABSENT; /* "at", "seed" */
    for (size_t k = 0; !found && k < c->n && point[axis] != FG_ABSENT; k++)
      found = strcmp(spec->axis[axis].point[point[axis]].label, c->label[k]) == 0;
    if (!found)
      return false;
  }
  return true;
}
