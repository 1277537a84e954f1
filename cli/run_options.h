/* The options of a run on a command line: those of the option table, CONFIG.yaml, where to write. Shared by the
 * programs that start runs. */
#ifndef FG_CLI_RUN_OPTIONS_H
#define FG_CLI_RUN_OPTIONS_H

#include "core/config.h"

#include <stdbool.h>

/* What was asked for; texts are lent by argv. */
struct fg_run_options {
  struct fg_setting *settings; /* in the order of the command line */
  int n;
  const char *config, *out;
  const char *resume; /* a run directory, whose options are taken: then nothing else is given but `quiet`; or NULL */
  bool force, quiet;
};

/* Parses argv. doc: argp's text of the program. flags: argp's (0: usage errors and --help end the program). FG_EUSAGE
 * if argp said what is wrong; FG_ENOMEM. Freed by fg_run_options_free, also after an error. */
enum fg_err fg_run_options_parse(int argc, char **argv, const char *doc, unsigned flags,
                                 struct fg_run_options *options);

/* Configuration file (of the run to be resumed: its config.yaml), then the command line. What follows from an option
 * that the command line changes (seeds from
 * --seed, ...) is derived anew. */
enum fg_err fg_run_options_config(const struct fg_run_options *options, struct fg_config *config,
                                  struct fg_fault *fault);

void fg_run_options_free(struct fg_run_options *options);

#endif
