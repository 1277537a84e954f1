/* Command line -> configuration of a run. */
#include "cli/run_options.h"

#include "core/files.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  KEY_OPTION = 1000, /* of the option table: KEY_OPTION + enum fg_option */
  KEY_RESUME = 900,
  KEY_PART,
};

enum { PART = 1 << 20, PART_MIN = 256, PART_MAX = 1 << 30 }; /* [B] */
enum { HELP = 512 };                                         /* [B], of an option with its default */

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct fg_run_options *a = state->input;
  if (key >= KEY_OPTION && key < KEY_OPTION + FG_OPTIONS) {
    a->settings[a->n++] = (struct fg_setting){key - KEY_OPTION, arg};
    return 0;
  }
  switch (key) {
  case ARGP_KEY_INIT:
    if (a->input)
      state->child_inputs[0] = a->input;
    return 0;
  case 'o':
    a->out = arg;
    return 0;
  case 'f':
    a->force = true;
    return 0;
  case 'q':
    a->quiet = true;
    return 0;
  case KEY_RESUME:
    a->resume = arg;
    return 0;
  case KEY_PART:
    if (fg_parse_u64(arg, &a->part) && a->part >= PART_MIN && a->part <= PART_MAX)
      return 0;
    argp_error(state, "--part %s: a number of bytes from %d to %d is expected", arg, PART_MIN, PART_MAX);
    return EINVAL;
  case ARGP_KEY_END:
    if (!a->resume || !(a->n || a->out || a->config || a->force))
      return 0;
    argp_error(state, "--resume %s takes every option from %s/config.yaml: no other but --quiet may be given",
               a->resume, a->resume);
    return EINVAL;
  case ARGP_KEY_ARG:
    if (!a->config) {
      a->config = arg;
      return 0;
    }
    argp_error(state, "more than one configuration file: %s and %s", a->config, arg);
    return EINVAL;
  }
  return ARGP_ERR_UNKNOWN;
}

/* the option table as argp wants it, with defaults in the help; run: with those of whoever starts runs */
static struct argp_option *argp_options(char (*help)[HELP], bool run, bool rank) {
  static const struct argp_option of_runs[] = {
      {"output", 'o', "DIR", 0, "run directory to write (required unless one is resumed)", 0},
      {"resume", KEY_RESUME, "DIR", 0, "go on with an unfinished run, with its options, from its last checkpoint", 0},
      {"force", 'f', 0, 0, "replace a finished run", 0},
      {"quiet", 'q', 0, 0, "no progress, no summary", 0},
      {0},
  };
  static const struct argp_option part = {
      "part", KEY_PART, "BYTES", 0, "longest message; blocks travel in parts of it [1048576]", 0};
  struct argp_option *options = calloc(FG_OPTIONS + 1 + sizeof of_runs / sizeof of_runs[0], sizeof *options);
  for (int i = 0; options && i < FG_OPTIONS; i++) {
    const struct fg_option_info *o = &fg_option_infos[i];
    snprintf(help[i], sizeof help[i], *o->fallback ? "%s [%s]" : "%s", o->help, o->fallback);
    options[i] = (struct argp_option){.name = o->name, .key = KEY_OPTION + i, .arg = o->argument, .doc = help[i]};
  }
  if (options && run)
    memcpy(options + FG_OPTIONS + rank, of_runs, sizeof of_runs);
  if (options && rank)
    options[FG_OPTIONS] = part;
  return options;
}

/* Would the shares that the file has (--balance size:SHARES) be others now? */
static bool has_other_shares(const struct fg_run_options *args, const struct fg_config *config) {
  static const int changed[] = {FG_OPT_WORKERS, FG_OPT_NETWORK, FG_OPT_STRAGGLER, FG_OPT_SEED, FG_OPT_SEED_STRAGGLER};
  bool other = false;
  for (int i = 0; i < args->n; i++)
    for (size_t k = 0; k < sizeof changed / sizeof changed[0]; k++)
      other = other || args->settings[i].option == changed[k];
  return other && strncmp(config->text[FG_OPT_BALANCE], "size:", 5) == 0;
}

/* Options of a file that were derived from one that the command line now changes are derived anew: a run's config.yaml
 * holds the seeds of its --seed, the step of its model, and so on. */
static enum fg_err derive_again(const struct fg_run_options *args, struct fg_config *config) {
  static const struct {
    int changed, derived;
  } follows[] = {
      {FG_OPT_SEED, FG_OPT_SEED_DATA},      {FG_OPT_SEED, FG_OPT_SEED_INIT}, {FG_OPT_SEED, FG_OPT_SEED_ORDER},
      {FG_OPT_SEED, FG_OPT_SEED_STRAGGLER}, {FG_OPT_MODEL, FG_OPT_STEP},     {FG_OPT_MODEL, FG_OPT_STEP_SCHEDULE},
      {FG_OPT_MODEL, FG_OPT_CHUNK},         {FG_OPT_DATA, FG_OPT_CHUNK},     {FG_OPT_WORKERS, FG_OPT_CHUNK},
      {FG_OPT_SYNC, FG_OPT_CHUNK},          {FG_OPT_NETWORK, FG_OPT_CHUNK},  {FG_OPT_BALANCE, FG_OPT_CHUNK}};
  enum fg_err err = FG_OK;
  for (int i = 0; i < args->n && !err; i++)
    for (size_t k = 0; k < sizeof follows / sizeof follows[0] && !err; k++)
      if (args->settings[i].option == follows[k].changed)
        err = fg_config_set(config, fg_option_infos[follows[k].derived].name, "auto", NULL, 0, NULL);
  if (!err && has_other_shares(args, config)) {
    err = fg_config_set(config, "balance", "size", NULL, 0, NULL);
    if (!err)
      err = fg_config_set(config, "chunk", "auto", NULL, 0, NULL);
  }
  return err;
}

enum fg_err fg_run_options_config(const struct fg_run_options *args, struct fg_config *config, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  fg_config_init(config);
  enum fg_err err = args->config ? fg_config_read(args->config, config, fault) : FG_OK;
  if (args->resume && !(err = fg_path_join(args->resume, "config.yaml", path, fault)))
    err = fg_config_read(path, config, fault);
  if (!err)
    err = derive_again(args, config);
  for (int i = 0; i < args->n && !err; i++)
    err =
        fg_config_set(config, fg_option_infos[args->settings[i].option].name, args->settings[i].value, NULL, 0, fault);
  return err;
}

enum fg_err fg_run_options_parse(int argc, char **argv, const char *doc, enum fg_asker asker,
                                 struct fg_run_options *args) {
  static const unsigned flags[] = {
      [FG_ASKER_FUGUE] = 0, [FG_ASKER_RANK] = ARGP_NO_EXIT | ARGP_NO_HELP, [FG_ASKER_SILENT_RANK] = ARGP_SILENT};
  char(*help)[HELP] = calloc(FG_OPTIONS, sizeof *help);
  struct argp_option *options = help ? argp_options(help, true, asker != FG_ASKER_FUGUE) : NULL;
  enum fg_err err = FG_ENOMEM;
  *args = (struct fg_run_options){.settings = calloc((size_t)argc + 1, sizeof(struct fg_setting)), .part = PART};
  if (options && args->settings) {
    struct argp argp = {options, parse, "[CONFIG.yaml]", doc, NULL, NULL, NULL};
    argp_err_exit_status = 2;
    err = argp_parse(&argp, argc, argv, flags[asker], NULL, args) ? FG_EUSAGE : FG_OK;
  }
  free(options);
  free(help);
  return err;
}

enum fg_err fg_run_options_parse_with(int argc, char **argv, const char *doc, const struct argp *own, void *input,
                                      struct fg_run_options *args) {
  char(*help)[HELP] = calloc(FG_OPTIONS, sizeof *help);
  struct argp_option *options = help ? argp_options(help, false, false) : NULL;
  struct argp_child children[] = {{own, 0, NULL, 0}, {0}};
  enum fg_err err = FG_ENOMEM;
  *args = (struct fg_run_options){.settings = calloc((size_t)argc + 1, sizeof(struct fg_setting)), .input = input};
  if (options && args->settings) {
    struct argp argp = {options, parse, "[CONFIG.yaml]", doc, children, NULL, NULL};
    argp_err_exit_status = 2;
    err = argp_parse(&argp, argc, argv, 0, NULL, args) ? FG_EUSAGE : FG_OK;
  }
  free(options);
  free(help);
  return err;
}

enum fg_err fg_run_options_help(const char *name, const char *doc) {
  char(*help)[HELP] = calloc(FG_OPTIONS, sizeof *help), program[64];
  struct argp_option *options = help ? argp_options(help, true, true) : NULL;
  snprintf(program, sizeof program, "%s", name);
  if (options) {
    struct argp argp = {options, parse, "[CONFIG.yaml]", doc, NULL, NULL, NULL};
    argp_help(&argp, stdout, ARGP_HELP_USAGE | ARGP_HELP_DOC | ARGP_HELP_LONG, program);
  }
  free(help);
  return options ? (free(options), FG_OK) : FG_ENOMEM;
}

void fg_run_options_free(struct fg_run_options *args) {
  free(args->settings);
  *args = (struct fg_run_options){0};
}
