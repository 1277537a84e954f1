/* "axis=label,axis=label" to conditions. */
#include "sweep/where.h"

#include "core/spec.h"
#include "sweep/plan.h"
#include "sweep/spec_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends a word to a list that is shown. */
static void list(char *out, size_t size, const char *word) {
  size_t used = strlen(out);
  snprintf(out + used, size - used, "%s%s", used ? ", " : "", word);
}

static bool is_axis(const struct fg_sweep_spec *spec, const char *name) {
  return strcmp(name, "at") == 0 || strcmp(name, "seed") == 0 || fg_sweep_axis_find(spec, name) != FG_ABSENT;
}

/* Is there such a label? What there is to choose from goes to `choice`. */
static bool is_label(const struct fg_sweep_spec *spec, const char *axis_name, const char *label, char *choice,
                     size_t size) {
  int axis = fg_sweep_axis_find(spec, axis_name);
  bool found = false;
  *choice = 0;
  if (axis == FG_ABSENT && strcmp(axis_name, "seed") == 0) {
    list(choice, size, "a whole number");
    return fg_parse_u64(label, &(uint64_t){0});
  }
  size_t n = axis == FG_ABSENT ? FG_SWEEP_ATS : spec->axis[axis].n;
  for (size_t i = 0; i < n; i++) {
    const char *word = axis == FG_ABSENT ? fg_sweep_at_names[i] : spec->axis[axis].point[i].label;
    found = found || strcmp(word, label) == 0;
    list(choice, size, word);
  }
  return found;
}

static enum fg_err add(const struct fg_sweep_spec *spec, const char *axis, const char *label,
                       struct fg_sweep_conditions *conditions, struct fg_fault *fault) {
  char choice[512];
  if (!is_label(spec, axis, label, choice, sizeof choice))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "'%s' has no value '%s'; it has: %s", axis, label, choice);
  size_t i = 0;
  while (i < conditions->n && strcmp(conditions->condition[i].axis, axis) != 0)
    i++;
  if (i == conditions->n) {
    struct fg_sweep_condition *grown = fg_spec_grow(conditions->condition, conditions->n, sizeof *grown);
    if (!grown)
      return FG_ENOMEM;
    conditions->condition = grown;
    if (!(grown[i].axis = strdup(axis)))
      return FG_ENOMEM;
    conditions->n++;
  }
  struct fg_sweep_condition *c = &conditions->condition[i];
  char **labels = fg_spec_grow(c->label, c->n, sizeof *labels);
  if (!labels)
    return FG_ENOMEM;
  c->label = labels;
  if (!(labels[c->n] = strdup(label)))
    return FG_ENOMEM;
  c->n++;
  return FG_OK;
}

static enum fg_err no_axis(const struct fg_sweep_spec *spec, const char *text, struct fg_fault *fault) {
  char choice[512] = "";
  for (size_t a = 0; a < spec->n_axes; a++)
    list(choice, sizeof choice, spec->axis[a].name);
  list(choice, sizeof choice, "at");
  list(choice, sizeof choice, "seed");
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "'%s': AXIS=LABEL is expected; there are: %s", text, choice);
}

/* The last of labels with "|" between them. */
static const char *last_label(const char *labels) {
  const char *bar = strrchr(labels, '|');
  return bar ? bar + 1 : labels;
}

/* Cuts off the next condition of *rest, which begins with an axis. A comma ends it if a condition follows and what
 * stands before is a whole label. */
static char *next_condition(const struct fg_sweep_spec *spec, char **rest, const char *axis, char *label) {
  char choice[512];
  for (char *comma = strchr(label, ','); comma; comma = strchr(comma + 1, ',')) {
    char *equals = strchr(comma, '=');
    if (!equals)
      break;
    *comma = *equals = 0;
    bool ends = is_axis(spec, comma + 1) && is_label(spec, axis, last_label(label), choice, sizeof choice);
    *equals = '=';
    if (ends) {
      *rest = comma + 1;
      return label;
    }
    *comma = ',';
  }
  *rest = NULL;
  return label;
}

static enum fg_err add_labels(const struct fg_sweep_spec *spec, const char *axis, char *labels,
                              struct fg_sweep_conditions *conditions, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (char *label = labels, *next; !err && label; label = next) {
    next = strchr(label, '|');
    if (next)
      *next++ = 0;
    err = add(spec, axis, label, conditions, fault);
  }
  return err;
}

enum fg_err fg_sweep_where_add(const struct fg_sweep_spec *spec, const char *text,
                               struct fg_sweep_conditions *conditions, struct fg_fault *fault) {
  char *copy = strdup(text), *rest = copy;
  enum fg_err err = copy ? FG_OK : FG_ENOMEM;
  while (!err && rest) {
    char *axis = rest, *equals = strchr(rest, '=');
    if (equals)
      *equals = 0;
    if (!equals || !is_axis(spec, axis))
      err = no_axis(spec, axis, fault);
    else
      err = add_labels(spec, axis, next_condition(spec, &rest, axis, equals + 1), conditions, fault);
  }
  free(copy);
  return err;
}

bool fg_sweep_where_has(const struct fg_sweep_conditions *conditions, const char *axis) {
  for (size_t i = 0; i < conditions->n; i++)
    if (strcmp(conditions->condition[i].axis, axis) == 0)
      return true;
  return false;
}

void fg_sweep_where_free(struct fg_sweep_conditions *conditions) {
  fg_spec_conditions_free(conditions);
  *conditions = (struct fg_sweep_conditions){0};
}
