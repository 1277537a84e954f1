/* The options of a run on a command line: those of the option table, CONFIG.yaml, where to write. Shared by the
 * programs that start runs. */
#ifndef FG_CLI_RUN_OPTIONS_H
#define FG_CLI_RUN_OPTIONS_H

#include "core/config.h"

#include <argp.h>
#include <stdbool.h>

/* An option of the table on the command line. */
struct fg_setting {
  int option; /* FG_OPT_... */
  const char *value;
};

/* What was asked for; texts are lent by argv. */
struct fg_run_options {
  struct fg_setting *settings; /* in the order of the command line */
  int n;
  const char *config, *out;
  const char *resume; /* a run directory, whose options are taken: then nothing else is given but `quiet`; or NULL */
  uint64_t part;      /* fugue-mpi: most bytes of a message */
  bool force, quiet;
  void *input; /* of the asker's own options; NULL */
};

/* Who asks: one process, or a rank of fugue-mpi (which has options of its own and must not exit by itself), of which
 * only the first one speaks. */
enum fg_asker { FG_ASKER_FUGUE, FG_ASKER_RANK, FG_ASKER_SILENT_RANK };

/* Parses argv. doc: argp's text of the program. Usage errors and --help end a process of fugue; for a rank they are
 * FG_EUSAGE, said by argp, and fg_run_options_help's business. FG_ENOMEM. Freed by fg_run_options_free, also after an
 * error. */
enum fg_err fg_run_options_parse(int argc, char **argv, const char *doc, enum fg_asker asker,
                                 struct fg_run_options *options);

/* The same for a command of fugue that starts no run but has the options of one. own: its other options and their
 * parser, whose input is `input` (lent); of those above it has none but of the table and CONFIG.yaml. */
enum fg_err fg_run_options_parse_with(int argc, char **argv, const char *doc, const struct argp *own, void *input,
                                      struct fg_run_options *options);

/* The text of --help, to standard output. */
enum fg_err fg_run_options_help(const char *name, const char *doc);

/* Configuration file (of the run to be resumed: its config.yaml), then the command line. What follows from an option
 * that the command line changes (seeds from
 * --seed, ...) is derived anew. */
enum fg_err fg_run_options_config(const struct fg_run_options *options, struct fg_config *config,
                                  struct fg_fault *fault);

void fg_run_options_free(struct fg_run_options *options);

#endif
