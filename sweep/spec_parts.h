/* What the files that read a specification share. */
#ifndef FG_SWEEP_SPEC_PARTS_H
#define FG_SWEEP_SPEC_PARTS_H

#include "sweep/document.h"
#include "sweep/spec.h"

struct fg_spec_reader {
  struct fg_document *document;
  struct fg_sweep_spec *spec;
  struct fg_fault *fault;
};

#define FG_SPEC_FAIL(reader, node, ...) FG_NODE_FAIL((reader)->document, node, (reader)->fault, __VA_ARGS__)

/* A copy of a scalar's text; an error at its line if it is none, or empty. *out: owned by the caller. */
enum fg_err fg_spec_text(struct fg_spec_reader *reader, const yaml_node_t *node, const char *what, char **out);

/* Makes room for one more of `size` bytes behind *array (n of them); the new one is zero. */
void *fg_spec_grow(void *array, size_t n, size_t size);

/* May this be a label, or the name of a file? */
bool fg_spec_is_label(const char *text);
bool fg_spec_is_name(const char *text);

/* Is there such an option (fg_sweep_setting)? */
bool fg_spec_is_option(const char *name);

/* `option: value` pairs of a mapping, appended; what: for faults. */
enum fg_err fg_spec_settings(struct fg_spec_reader *reader, const yaml_node_t *map, const char *what,
                             struct fg_sweep_settings *settings);
enum fg_err fg_spec_setting_add(struct fg_spec_reader *reader, const yaml_node_t *node, const char *option,
                                const char *value, struct fg_sweep_settings *settings);
void fg_spec_settings_free(struct fg_sweep_settings *settings);

/* {axis: label or [labels], ...}. before: only axes with a smaller index may be named; entries: "at" and "seed" may. */
enum fg_err fg_spec_conditions(struct fg_spec_reader *reader, yaml_node_t *map, size_t before, bool entries,
                               struct fg_sweep_conditions *conditions);
void fg_spec_conditions_free(struct fg_sweep_conditions *conditions);

/* `sweep:` and `zip:`, behind the axes that are there. */
enum fg_err fg_spec_sweep(struct fg_spec_reader *reader, yaml_node_t *map);
enum fg_err fg_spec_zip(struct fg_spec_reader *reader, yaml_node_t *list);
void fg_spec_axis_free(struct fg_sweep_axis *axis);

/* A list of whole numbers, or `1..10`. */
enum fg_err fg_spec_seeds(struct fg_spec_reader *reader, yaml_node_t *node, const char *what, uint64_t **seed,
                          size_t *n);

#endif
