/* fugue plot --where: a text to conditions on the axes of a sweep. */
#include "cli/place.h"

#include "core/spec.h"

#include <stdlib.h>
#include <string.h>

enum { LIST = 600 };

static void list(char *out, const char *text) {
  size_t n = strlen(out);
  snprintf(out + n, LIST - n, "%s%s", n ? ", " : "", text);
}

static bool is_name(const struct fg_sweep_spec *spec, const char *text, size_t length) {
  if ((length == 2 && strncmp(text, "at", 2) == 0) || (length == 4 && strncmp(text, "seed", 4) == 0))
    return true;
  for (size_t a = 0; a < spec->n_axes; a++)
    if (strlen(spec->axis[a].name) == length && strncmp(spec->axis[a].name, text, length) == 0)
      return true;
  return false;
}

/* Does a condition begin here? */
static bool begins(const struct fg_sweep_spec *spec, const char *text) {
  size_t length = strcspn(text, "=,|");
  return text[length] == '=' && is_name(spec, text, length);
}

static enum fg_err check_label(const struct fg_sweep_spec *spec, const char *axis, const char *label,
                               struct fg_fault *fault) {
  char labels[LIST] = "";
  uint64_t seed;
  if (strcmp(axis, "seed") == 0) {
    if (fg_parse_u64(label, &seed))
      return FG_OK;
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--where seed=%s: a whole number is expected", label);
  }
  if (strcmp(axis, "at") == 0) {
    for (int at = 0; at < FG_SWEEP_ATS; at++) {
      if (strcmp(fg_sweep_at_names[at], label) == 0)
        return FG_OK;
      list(labels, fg_sweep_at_names[at]);
    }
  } else {
    const struct fg_sweep_axis *a = &spec->axis[fg_sweep_axis_find(spec, axis)];
    if (fg_sweep_point_find(a, label) != FG_ABSENT)
      return FG_OK;
    for (size_t k = 0; k < a->n; k++)
      if (fg_sweep_point_find(a, a->point[k].label) == (int)k)
        list(labels, a->point[k].label);
  }
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "--where %s=%s: %s has no label '%s', but %s", axis, label, axis, label,
                 labels);
}

static enum fg_err add_label(struct fg_sweep_condition *c, const char *text, size_t length, struct fg_fault *fault) {
  char **more = realloc(c->label, (c->n + 1) * sizeof *more);
  if (more)
    c->label = more;
  if (!more || !(more[c->n] = strndup(text, length)))
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  c->n++;
  return FG_OK;
}

static struct fg_sweep_condition *add_condition(struct fg_sweep_conditions *where, const char *axis, size_t length) {
  struct fg_sweep_condition *more = realloc(where->condition, (where->n + 1) * sizeof *more);
  if (!more)
    return NULL;
  where->condition = more;
  more[where->n] = (struct fg_sweep_condition){.axis = strndup(axis, length)};
  return more[where->n].axis ? &more[where->n++] : NULL;
}

enum fg_err fg_where_parse(const struct fg_sweep_spec *spec, const char *text, struct fg_sweep_conditions *where,
                           struct fg_fault *fault) {
  char axes[LIST] = "";
  for (size_t a = 0; a < spec->n_axes; a++)
    list(axes, spec->axis[a].name);
  for (const char *p = text; *p;) {
    if (!begins(spec, p))
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "--where %s: AXIS=LABEL is expected; axes are %s, at, seed", p, axes);
    size_t length = strcspn(p, "=");
    struct fg_sweep_condition *c = add_condition(where, p, length);
    if (!c)
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
    p += length;
    do { /* p is at "=" or "|" */
      size_t n = 0;
      p++;
      while (p[n] && p[n] != '|' && !(p[n] == ',' && begins(spec, p + n + 1)))
        n++;
      enum fg_err err = add_label(c, p, n, fault);
      if (!err)
        err = check_label(spec, c->axis, c->label[c->n - 1], fault);
      if (err)
        return err;
      p += n;
    } while (*p == '|');
    p += *p == ',';
  }
  return FG_OK;
}

void fg_where_free(struct fg_sweep_conditions *where) {
  for (size_t i = 0; i < where->n; i++) {
    for (size_t k = 0; k < where->condition[i].n; k++)
      free(where->condition[i].label[k]);
    free(where->condition[i].label);
    free(where->condition[i].axis);
  }
  free(where->condition);
  *where = (struct fg_sweep_conditions){0};
}
