/* The command line: one file per subcommand, and the only place that prints or exits. */
#ifndef FG_CLI_CLI_H
#define FG_CLI_CLI_H

#include "core/err.h"

/* A subcommand takes its own argv (argv[0] is "fugue NAME") and returns the exit code. */
struct fg_command {
  const char *name, *summary;
  int (*run)(int argc, char **argv);
};

int fg_cli_sim(int argc, char **argv);
int fg_cli_score(int argc, char **argv);
int fg_cli_replay(int argc, char **argv);
int fg_cli_sweep(int argc, char **argv);
int fg_cli_plot(int argc, char **argv);
int fg_cli_report(int argc, char **argv);
int fg_cli_export(int argc, char **argv);
int fg_cli_partition(int argc, char **argv);
int fg_cli_generate(int argc, char **argv);
int fg_cli_info(int argc, char **argv);
int fg_cli_preflight(int argc, char **argv);
int fg_cli_verify(int argc, char **argv);

/* Prints "fugue: FILE:LINE: reason" to standard error and returns the exit code of the error. */
int fg_cli_fault(enum fg_err err, const struct fg_fault *fault);

#endif
