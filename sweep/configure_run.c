/* From an entry of the plan to the options of its run. */
#include "sweep/plan.h"

#include "core/data/counted.h"
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Calls `apply` for base's settings, then those of each axis' point. */
typedef enum fg_err apply_setting(void *self, const struct fg_sweep_setting *setting);

static enum fg_err each_setting(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry,
                                apply_setting *apply, void *self) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < spec->base.n; i++)
    err = apply(self, &spec->base.setting[i]);
  for (size_t a = 0; a < spec->n_axes; a++) {
    if (entry->point[a] == FG_ABSENT)
      continue;
    const struct fg_sweep_settings *s = &spec->axis[a].point[entry->point[a]].settings;
    for (size_t i = 0; !err && i < s->n; i++)
      err = apply(self, &s->setting[i]);
  }
  return err;
}

struct builder {
  const struct fg_sweep_spec *spec;
  struct fg_config *config;
  struct fg_sweep_source *source;
  const char **stage;
  struct fg_fault *fault;
};

/* where a file of the specification is, whether it is there or not; counted data are nowhere */
static enum fg_err resolve_path(const struct builder *b, const struct fg_sweep_setting *s, char *out) {
  char joined[2 * FG_OPTION_TEXT], real[PATH_MAX];
  int n = *s->value == '/' || fg_counted_is(s->value)
              ? snprintf(joined, sizeof joined, "%s", s->value)
              : snprintf(joined, sizeof joined, "%s/%s", b->spec->folder, s->value);
  const char *path = realpath(joined, real) ? real : joined;
  if (n >= (int)sizeof joined || snprintf(out, FG_OPTION_TEXT, "%s", path) >= FG_OPTION_TEXT)
    return fg_fail(b->fault, FG_EUSAGE, b->spec->path, s->line, "the path of the data is too long");
  return FG_OK;
}

static enum fg_err apply_whole(void *self, const struct fg_sweep_setting *s) {
  struct builder *b = self;
  if (strchr(s->option, '.'))
    return FG_OK;
  if (strcmp(s->option, "stage") == 0) {
    *b->stage = strcmp(s->value, "mpi") == 0 ? "mpi" : "sim";
    return FG_OK;
  }
  if (strcmp(s->option, "generate-seed") == 0) {
    fg_parse_u64(s->value, &b->source->seed); /* checked when it was read */
    return FG_OK;
  }
  if (strcmp(s->option, "generate") == 0) {
    *b->source->file = 0;
    if (snprintf(b->source->generate, FG_OPTION_TEXT, "%s", s->value) >= FG_OPTION_TEXT)
      return fg_fail(b->fault, FG_EUSAGE, b->spec->path, s->line, "the value of 'generate' is too long");
    return FG_OK;
  }
  if (strcmp(s->option, "data") == 0) {
    *b->source->generate = 0;
    return resolve_path(b, s, b->source->file);
  }
  return fg_config_set(b->config, s->option, s->value, b->spec->path, s->line, b->fault);
}

/* sync.decay: 0.5 -> behind what sync is; the last of repeated parameters wins */
static enum fg_err apply_parameter(void *self, const struct fg_sweep_setting *s) {
  struct builder *b = self;
  const char *dot = strchr(s->option, '.');
  char name[32], text[2 * FG_OPTION_TEXT];
  if (!dot)
    return FG_OK;
  snprintf(name, sizeof name, "%.*s", (int)(dot - s->option), s->option);
  bool generate = strcmp(name, "generate") == 0;
  const char *now = b->source->generate;
  for (int i = 0; i < FG_OPTIONS && !generate; i++)
    if (strcmp(fg_option_infos[i].name, name) == 0)
      now = b->config->text[i];
  if (!*now)
    return fg_fail(b->fault, FG_EUSAGE, b->spec->path, s->line, "'%s': there is no %s of which this is a parameter",
                   s->option, name);
  int n = snprintf(text, sizeof text, "%s%c%s=%s", now, strchr(now, ':') ? ',' : ':', dot + 1, s->value);
  if (n >= FG_OPTION_TEXT)
    return fg_fail(b->fault, FG_EUSAGE, b->spec->path, s->line, "the value of '%s' is too long", name);
  if (generate) {
    snprintf(b->source->generate, FG_OPTION_TEXT, "%.*s", FG_OPTION_TEXT - 1, text);
    return FG_OK;
  }
  return fg_config_set(b->config, name, text, b->spec->path, s->line, b->fault);
}

/* A file's name says what is in it. An LDA document and its words are read from a bag of words. */
static void name_generated(struct fg_sweep_source *source) {
  enum { LONGEST = 150 };
  char plain[LONGEST + 1];
  size_t n = 0;
  uint64_t sum = 14695981039346656037u; /* FNV-1a, of what does not fit */
  for (const char *c = source->generate; *c; c++) {
    sum = (sum ^ (unsigned char)*c) * 1099511628211u;
    if (n < LONGEST)
      plain[n++] = isalnum((unsigned char)*c) || strchr(".=_-", *c) ? *c : ',';
  }
  plain[n] = 0;
  char rest[32] = "", seed[32] = "";
  if (strlen(source->generate) > LONGEST)
    snprintf(rest, sizeof rest, "-%016llx", (unsigned long long)sum);
  if (source->seed != 1)
    snprintf(seed, sizeof seed, "-seed-%llu", (unsigned long long)source->seed);
  snprintf(source->file, sizeof source->file, "%s%s%s%s.txt.gz", strncmp(plain, "lda", 3) == 0 ? "docword." : "", plain,
           rest, seed);
}

enum fg_err fg_sweep_config(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry,
                            const char *data_folder, struct fg_config *config, struct fg_sweep_source *source,
                            const char **stage, struct fg_fault *fault) {
  struct builder b = {spec, config, source, stage, fault};
  char text[2 * FG_OPTION_TEXT];
  fg_config_init(config);
  *source = (struct fg_sweep_source){.seed = 1};
  *stage = "sim";
  enum fg_err err = each_setting(spec, entry, apply_whole, &b);
  if (!err)
    err = each_setting(spec, entry, apply_parameter, &b);
  if (err)
    return err;
  if (!*source->file && !*source->generate)
    return fg_fail(fault, FG_EUSAGE, spec->path, 1, "there are no data: base has neither data nor generate");
  if (*source->generate)
    name_generated(source);
  snprintf(text, sizeof text, *source->generate ? "%s/%s" : "%.0s%s", data_folder, source->file);
  err = fg_config_set(config, "data", text, spec->path, 0, fault);
  snprintf(text, sizeof text, "%llu", (unsigned long long)entry->seed);
  return err ? err : fg_config_set(config, "seed", text, spec->path, 0, fault);
}

/* ---- which line a value comes from */

struct finder {
  const char *option;
  unsigned long long line;
};

static enum fg_err remember(void *self, const struct fg_sweep_setting *s) {
  struct finder *f = self;
  size_t n = strlen(f->option);
  if (strncmp(s->option, f->option, n) == 0 && (s->option[n] == 0 || s->option[n] == '.'))
    f->line = s->line;
  return FG_OK;
}

unsigned long long fg_sweep_line_of(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry,
                                    const char *option) {
  struct finder f = {option, 0};
  each_setting(spec, entry, remember, &f);
  return f.line;
}
