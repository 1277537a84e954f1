/* Options: from text on the command line or in YAML to checked numbers. */
#include "core/config.h"

#include "core/rng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#define FG_OPTION_INFO(id, name, fallback, argument, help) {name, fallback, argument, help},
const struct fg_option_info fg_option_infos[FG_OPTIONS] = {FG_OPTION_LIST(FG_OPTION_INFO)};

void fg_config_init(struct fg_config *config) {
  for (int i = 0; i < FG_OPTIONS; i++)
    snprintf(config->text[i], FG_OPTION_TEXT, "%s", fg_option_infos[i].fallback);
}

/* Text that YAML and JSON can hold: UTF-8 without control characters. */
static bool is_text(const char *value) {
  const unsigned char *p = (const unsigned char *)value;
  while (*p) {
    int more = *p < 0x80                 ? 0
               : *p >= 0xc2 && *p < 0xe0 ? 1
               : *p >= 0xe0 && *p < 0xf0 ? 2
               : *p >= 0xf0 && *p < 0xf5 ? 3
                                         : -1;
    if (more < 0 || *p < 0x20 || *p == 0x7f)
      return false;
    for (p++; more > 0; more--, p++)
      if ((*p & 0xc0) != 0x80)
        return false;
  }
  return true;
}

enum fg_err fg_config_set(struct fg_config *config, const char *name, const char *value, const char *file,
                          unsigned long long line, struct fg_fault *fault) {
  for (int i = 0; i < FG_OPTIONS; i++)
    if (strcmp(fg_option_infos[i].name, name) == 0) {
      if (strlen(value) >= FG_OPTION_TEXT)
        return fg_fail(fault, FG_EUSAGE, file, line, "the value of '%s' is too long", name);
      if (!is_text(value))
        return fg_fail(fault, FG_EUSAGE, file, line,
                       "the value of '%s' is not UTF-8 text, which a run directory could not hold", name);
      if (!*value)
        return fg_fail(fault, FG_EUSAGE, file, line, "option '%s' has no value", name);
      snprintf(config->text[i], FG_OPTION_TEXT, "%s", value);
      return FG_OK;
    }
  return fg_fail(fault, FG_EUSAGE, file, line, "there is no option '%s' (see fugue sim --help)", name);
}

/* the next event; on a syntax error FG_EINPUT at its line */
static enum fg_err next_event(yaml_parser_t *parser, yaml_event_t *event, const char *path, struct fg_fault *fault) {
  if (yaml_parser_parse(parser, event))
    return FG_OK;
  memset(event, 0, sizeof *event);
  /* where the thing began that turned out wrong says more than where that was noticed */
  yaml_mark_t mark = parser->context ? parser->context_mark : parser->problem_mark;
  return fg_fail(fault, FG_EINPUT, path, mark.line + 1, "not valid YAML: %s",
                 parser->problem ? parser->problem : "unreadable");
}

/* the key: value pairs of the top mapping */
static enum fg_err read_pairs(yaml_parser_t *parser, const char *path, struct fg_config *config,
                              struct fg_fault *fault) {
  char key[256] = "";
  bool have_key = false, in_map = false;
  for (;;) {
    yaml_event_t event;
    enum fg_err err = next_event(parser, &event, path, fault);
    if (err)
      return err;
    unsigned long long line = event.start_mark.line + 1;
    bool end = event.type == YAML_STREAM_END_EVENT;
    const char *scalar = event.type == YAML_SCALAR_EVENT ? (const char *)event.data.scalar.value : NULL;
    if (scalar && in_map && !have_key) {
      if (snprintf(key, sizeof key, "%s", scalar) >= (int)sizeof key)
        err = fg_fail(fault, FG_EUSAGE, path, line, "the key is too long");
      have_key = true;
    } else if (scalar && in_map) {
      have_key = false;
      if (strncmp(key, "data_", 5) != 0)
        err = fg_config_set(config, key, scalar, path, line, fault);
    } else if (event.type == YAML_MAPPING_START_EVENT && !in_map) {
      in_map = true;
    } else if (scalar || event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT ||
               event.type == YAML_ALIAS_EVENT) {
      if (have_key)
        err = fg_fail(fault, FG_EUSAGE, path, line, "option '%s' takes one value, not a list or a mapping", key);
      else
        err = fg_fail(fault, FG_EUSAGE, path, line, "expected lines of the form 'option: value'");
    }
    yaml_event_delete(&event);
    if (err || end)
      return err;
  }
}

enum fg_err fg_config_read(const char *path, struct fg_config *config, struct fg_fault *fault) {
  FILE *f = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EUSAGE, path, 0, "cannot be opened: %s", strerror(errno));
  struct stat st;
  if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
    fclose(f);
    return fg_fail(fault, FG_EUSAGE, path, 0, "is a directory, not a file of options (a run's is its config.yaml)");
  }
  yaml_parser_t parser;
  enum fg_err err = FG_ENOMEM;
  if (yaml_parser_initialize(&parser)) {
    yaml_parser_set_input_file(&parser, f);
    err = read_pairs(&parser, path, config, fault);
    yaml_parser_delete(&parser);
  }
  fclose(f);
  return err;
}

static const char *text_of(const struct fg_config *c, enum fg_option o) {
  return c->text[o];
}

static enum fg_err whole(const struct fg_config *c, enum fg_option o, uint64_t lo, uint64_t hi, uint64_t *value,
                         struct fg_fault *fault) {
  if (!fg_parse_u64(text_of(c, o), value) || *value < lo || *value > hi)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--%s %s: a whole number from %llu to %llu is expected",
                   fg_option_infos[o].name, text_of(c, o), (unsigned long long)lo, (unsigned long long)hi);
  return FG_OK;
}

static enum fg_err real(const struct fg_config *c, enum fg_option o, bool positive, double *value,
                        struct fg_fault *fault) {
  if (!fg_parse_real(text_of(c, o), value) || *value < 0 || (positive && *value == 0))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--%s %s: a number %s 0 is expected", fg_option_infos[o].name,
                   text_of(c, o), positive ? ">" : ">=");
  return FG_OK;
}

/* 0 or 1: which of two words */
static enum fg_err either(const struct fg_config *c, enum fg_option o, const char *zero, const char *one, int *value,
                          struct fg_fault *fault) {
  *value = strcmp(text_of(c, o), one) == 0;
  if (!*value && strcmp(text_of(c, o), zero) != 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--%s %s: %s or %s is expected", fg_option_infos[o].name, text_of(c, o),
                   zero, one);
  return FG_OK;
}

static enum fg_err seed(const struct fg_config *c, enum fg_option o, uint64_t from, uint64_t *value,
                        struct fg_fault *fault) {
  if (strcmp(text_of(c, o), "auto") == 0) {
    *value = fg_seed_derive(from, (uint64_t)(o - FG_OPT_SEED));
    return FG_OK;
  }
  return whole(c, o, 0, UINT64_MAX, value, fault);
}

static enum fg_err epochs(const struct fg_config *c, struct fg_options *o, struct fg_fault *fault) {
  char text[FG_OPTION_TEXT];
  snprintf(text, sizeof text, "%s", text_of(c, FG_OPT_EPOCHS));
  size_t n = strlen(text);
  o->sub_epochs = n > 0 && text[n - 1] == 's';
  if (o->sub_epochs)
    text[n - 1] = 0;
  if (!fg_parse_u64(text, &o->epochs) || o->epochs < 1 || o->epochs > 1000000000)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--epochs %s: a number of epochs (10) or sub-epochs (10s) is expected",
                   text_of(c, FG_OPT_EPOCHS));
  return FG_OK;
}

/* "5min": a number and a unit without a blank */
static enum fg_err interval(const struct fg_config *c, enum fg_option o, struct fg_cadence *every,
                            struct fg_fault *fault) {
  static const struct {
    const char *name;
    enum fg_every unit;
    double seconds;
  } units[] = {{"s", FG_EVERY_SECONDS, 1},     {"min", FG_EVERY_SECONDS, 60}, {"h", FG_EVERY_SECONDS, 3600},
               {"epochs", FG_EVERY_EPOCHS, 0}, {"epoch", FG_EVERY_EPOCHS, 0}, {"strata", FG_EVERY_STRATA, 0},
               {"stratum", FG_EVERY_STRATA, 0}};
  const char *text = text_of(c, o);
  *every = (struct fg_cadence){.unit = FG_EVERY_NEVER};
  if (strcmp(text, "off") == 0)
    return FG_OK;
  char number[32];
  size_t digits = strspn(text, "0123456789.");
  for (size_t i = 0; i < sizeof units / sizeof units[0] && digits < sizeof number; i++) {
    if (strcmp(text + digits, units[i].name) != 0)
      continue;
    snprintf(number, sizeof number, "%.*s", (int)digits, text);
    every->unit = units[i].unit;
    if (every->unit != FG_EVERY_SECONDS && fg_parse_u64(number, &every->n) && every->n > 0)
      return FG_OK;
    if (every->unit == FG_EVERY_SECONDS && fg_parse_real(number, &every->seconds) && every->seconds > 0) {
      every->seconds *= units[i].seconds;
      return FG_OK;
    }
  }
  return fg_fail(fault, FG_EUSAGE, NULL, 0,
                 "--%s %s: a number with its unit (s, min, h, epochs or strata), such as 5min, or off is expected",
                 fg_option_infos[o].name, text);
}

enum fg_err fg_config_refuse_timing(const struct fg_config *c, const char *who, const char *file,
                                    struct fg_fault *fault) {
  if (strcmp(text_of(c, FG_OPT_COMPUTE), "none") != 0)
    return FG_OK;
  return fg_fail(fault, FG_EUSAGE, file, 0,
                 "%s needs learned parameters, and there are none: `compute: none`, the run has times and counts only",
                 who);
}

enum fg_err fg_config_resolve(const struct fg_config *c, struct fg_options *o, struct fg_fault *fault) {
  enum fg_err err;
  uint64_t u = 0;
  int which = 0;
  memset(o, 0, sizeof *o);
  if (!*text_of(c, FG_OPT_DATA))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--data FILE is missing");
  if (strcmp(text_of(c, FG_OPT_WORKERS), "auto") != 0 && (err = whole(c, FG_OPT_WORKERS, 1, 1000000, &u, fault)))
    return err;
  o->workers = (uint32_t)u;
  if ((err = epochs(c, o, fault)))
    return err;
  o->step_auto = strcmp(text_of(c, FG_OPT_STEP), "auto") == 0;
  if (!o->step_auto && (err = real(c, FG_OPT_STEP, true, &o->steps.eta0, fault)))
    return err;
  o->schedule_auto = strcmp(text_of(c, FG_OPT_STEP_SCHEDULE), "auto") == 0;
  if (!o->schedule_auto && (err = fg_step_schedule_parse(text_of(c, FG_OPT_STEP_SCHEDULE), &o->steps.schedule, fault)))
    return err;
  if ((err = real(c, FG_OPT_FLOOR, false, &o->steps.floor, fault)))
    return err;
  if ((err = either(c, FG_OPT_SAMPLING, "pass", "replace", &which, fault)))
    return err;
  o->replace = which;
  o->chunk_auto = strcmp(text_of(c, FG_OPT_CHUNK), "auto") == 0;
  if (!o->chunk_auto && (err = whole(c, FG_OPT_CHUNK, 1, 1ULL << 40, &o->chunk, fault)))
    return err;
  if ((err = whole(c, FG_OPT_EVAL_EVERY, 0, 1000000000, &o->eval_every, fault)))
    return err;
  if ((err = either(c, FG_OPT_INDEX_BASE, "0", "1", &which, fault)))
    return err;
  o->index_base = (unsigned)which;
  if ((err = interval(c, FG_OPT_CHECKPOINT, &o->checkpoint, fault)))
    return err;
  if ((err = either(c, FG_OPT_TRACE, "off", "on", &which, fault)))
    return err;
  o->trace = which;
  if ((err = either(c, FG_OPT_COMPUTE, "full", "none", &which, fault)))
    return err;
  o->timing_only = which;
  if ((err = fg_cure_parse(text_of(c, FG_OPT_BALANCE), &o->balance, &o->shares, fault)))
    return err;
  if ((err = whole(c, FG_OPT_SEED, 0, UINT64_MAX, &o->seed, fault)) ||
      (err = seed(c, FG_OPT_SEED_DATA, o->seed, &o->seed_data, fault)) ||
      (err = seed(c, FG_OPT_SEED_INIT, o->seed, &o->seed_init, fault)) ||
      (err = seed(c, FG_OPT_SEED_ORDER, o->seed, &o->seed_order, fault)) ||
      (err = seed(c, FG_OPT_SEED_STRAGGLER, o->seed, &o->seed_straggler, fault)))
    return err;
  o->seed_data_auto = strcmp(text_of(c, FG_OPT_SEED_DATA), "auto") == 0;
  o->split_auto = strcmp(text_of(c, FG_OPT_TEST), "auto") == 0;
  if (!o->split_auto && (err = fg_split_parse(text_of(c, FG_OPT_TEST), &o->split, fault)))
    return err;
  o->split.seed = o->seed_data;
  return FG_OK;
}
