/* fugue: finds the subcommand. */
#include "cli/cli.h"

#include "config.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fg_command commands[] = {
    {"sim", "learn on a simulated cluster", fg_cli_sim},
    {"sweep", "run all combinations that a specification asks for", fg_cli_sweep},
    {"score", "score a learned model on unseen rows", fg_cli_score},
    {"replay", "re-execute a run serially and compare bits", fg_cli_replay},
    {"preflight", "advice for a configuration before it is run: which strategy, at which step", fg_cli_preflight},
    {"verify", "check what is claimed of the method on the code itself", fg_cli_verify},
    {"plot", "draw a figure of one or more runs", fg_cli_plot},
    {"report", "one page about a sweep: findings, figures, tables, provenance", fg_cli_report},
    {"export", "write the results of a sweep, for programs or as tables; what a run has learned", fg_cli_export},
    {"partition", "cut data of any size into an on-disk grid", fg_cli_partition},
    {"generate", "write synthetic data with known truth", fg_cli_generate},
    {"info", "list models, strategies, stragglers and networks", fg_cli_info},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void usage(FILE *to) {
  fprintf(to, "Usage: fugue COMMAND [OPTION...]\n\n"
              "Simulate and verify slow-worker-agnostic distributed learning.\n\nCommands:\n");
  for (int i = 0; i < COMMANDS; i++)
    fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fprintf(to, "\n  fugue COMMAND --help shows a command's options with examples.\n"
              "  fugue-mpi, a program of its own, learns on a real cluster.\n"
              "Exit codes: 0 done, 1 a check failed, 2 usage or bad input, 3 a fault while running.\n");
}

int fg_cli_fault(enum fg_err err, const struct fg_fault *fault) {
  char text[2200];
  fg_fault_format(fault, err, text, sizeof text);
  fprintf(stderr, "fugue: %s\n", text);
  return fg_err_exit_code(err);
}

int main(int argc, char **argv) {
  gsl_set_error_handler_off(); /* GSL's own aborts */
  if (argc < 2) {
    usage(stderr);
    return 2;
  }
  if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
    usage(stdout);
    return 0;
  }
  if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
    printf("fugue %s\n", PACKAGE_VERSION);
    return 0;
  }
  for (int i = 0; i < COMMANDS; i++)
    if (!strcmp(argv[1], commands[i].name)) {
      char name[32];
      snprintf(name, sizeof name, "fugue %s", commands[i].name);
      argv[1] = name;
      int code = commands[i].run(argc - 1, argv + 1);
      if (fflush(stdout) != 0 && code == 0) {
        fprintf(stderr, "fugue: standard output cannot be written\n");
        code = 3;
      }
      return code;
    }
  fprintf(stderr, "fugue: there is no command '%s'\n\n", argv[1]);
  usage(stderr);
  return 2;
}
