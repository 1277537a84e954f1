/* fugue plot: run directories to a figure. */
#include "cli/plot.h"

#include "cli/cli.h"
#include "core/spec.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FIGURE = 256, KEY_METRIC, KEY_X, KEY_FROM, KEY_TO, KEY_SUB_EPOCHS };

static const struct argp_option options[] = {
    {"figure", KEY_FIGURE, "NAME", 0, "convergence (default): a curve per run; gantt: what every worker did when", 0},
    {"output", 'o', "FILE", 0, "the figure; its ending chooses the format: .svg, .pdf or .png", 0},
    {"metric", KEY_METRIC, "NAME", 0, "convergence: test_metric (default) or train_loss", 0},
    {"x", KEY_X, "NAME", 0, "convergence: time_s, updates or epoch (default: time_s and updates, a panel each)", 0},
    {"from", KEY_FROM, "SECONDS", 0, "gantt: start of the time shown (default: 0)", 0},
    {"to", KEY_TO, "SECONDS", 0, "gantt: end of the time shown", 0},
    {"sub-epochs", KEY_SUB_EPOCHS, "N", 0, "gantt: show the first N sub-epochs (default: 16)", 0},
    {0},
};

struct arguments {
  struct fg_plot_options plot;
  char **dirs; /* at most argc */
  size_t n;
};

static double seconds(const char *text, const char *name, struct argp_state *state) {
  double value;
  if (!fg_parse_real(text, &value) || value < 0)
    argp_error(state, "--%s %s: a number of seconds is expected", name, text);
  return value;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct arguments *a = state->input;
  switch (key) {
  case KEY_FIGURE:
    a->plot.figure = arg;
    return 0;
  case 'o':
    a->plot.output = arg;
    return 0;
  case KEY_METRIC:
    a->plot.metric = arg;
    return 0;
  case KEY_X:
    a->plot.x = arg;
    return 0;
  case KEY_FROM:
    a->plot.from_s = seconds(arg, "from", state);
    return 0;
  case KEY_TO:
    a->plot.to_s = seconds(arg, "to", state);
    return 0;
  case KEY_SUB_EPOCHS:
    if (!fg_parse_u64(arg, &a->plot.sub_epochs) || a->plot.sub_epochs == 0)
      argp_error(state, "--sub-epochs %s: a number above 0 is expected", arg);
    return 0;
  case ARGP_KEY_ARG:
    a->dirs[a->n++] = arg;
    return 0;
  case ARGP_KEY_END:
    if (a->n == 0)
      argp_error(state, "no run directory given");
    if (!a->plot.output)
      argp_error(state, "-o FILE is missing");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const char doc[] =
    "Draw a figure of one or more run directories.\v"
    "Curves are labelled by what differs between the runs' configurations. A gantt chart takes up to four runs. "
    "Figures are drawn by gnuplot; FUGUE_PLOTS may name another folder of templates.\n\n"
    "Examples:\n"
    "  fugue plot barrier fugue -o convergence.svg\n"
    "  fugue plot barrier fugue --figure gantt --sub-epochs 32 -o gantt.pdf\n"
    "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.";

static const struct argp parser = {options, parse, "DIR...", doc, NULL, NULL, NULL};

static bool is_one_of(const char *word, const char *const *words) {
  for (; *words; words++)
    if (strcmp(word, *words) == 0)
      return true;
  return false;
}

static enum fg_err check(const struct fg_plot_options *o, struct fg_fault *fault) {
  static const char *const metrics[] = {"test_metric", "train_loss", NULL},
                           *const xs[] = {"time_s", "updates", "epoch", NULL},
                           *const figures[] = {"convergence", "gantt", NULL};
  if (!is_one_of(o->figure, figures))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--figure %s: convergence or gantt is expected", o->figure);
  if (!is_one_of(o->metric, metrics))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--metric %s: test_metric or train_loss is expected", o->metric);
  if (o->x && !is_one_of(o->x, xs))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--x %s: time_s, updates or epoch is expected", o->x);
  return FG_OK;
}

static enum fg_err plot(const struct arguments *a, struct fg_plot_run *runs, struct fg_fault *fault) {
  enum fg_err err = check(&a->plot, fault);
  for (size_t i = 0; !err && i < a->n; i++) {
    err = fg_plot_run_read(a->dirs[i], &runs[i], fault);
    if (!err && !runs[i].finished)
      fprintf(stderr, "fugue: %s: the run is not finished (no run.json); drawing what is there\n", a->dirs[i]);
  }
  if (!err)
    err = fg_plot_label(runs, a->n, fault);
  if (err)
    return err;
  return strcmp(a->plot.figure, "gantt") == 0 ? fg_plot_gantt(runs, a->n, &a->plot, fault)
                                              : fg_plot_convergence(runs, a->n, &a->plot, fault);
}

int fg_cli_plot(int argc, char **argv) {
  struct arguments a = {.plot = {.figure = "convergence", .metric = "test_metric", .from_s = NAN, .to_s = NAN}};
  struct fg_fault fault = {.line = 0};
  struct fg_plot_run *runs = NULL;
  enum fg_err err = FG_ENOMEM;
  a.dirs = calloc((size_t)argc, sizeof *a.dirs);
  if (!a.dirs)
    goto cleanup;
  argp_err_exit_status = 2;
  argp_parse(&parser, argc, argv, 0, NULL, &a);
  runs = calloc(a.n, sizeof *runs);
  err = runs ? plot(&a, runs, &fault) : FG_ENOMEM;

cleanup:
  for (size_t i = 0; runs && i < a.n; i++)
    fg_plot_run_free(&runs[i]);
  free(runs);
  free(a.dirs);
  return err ? fg_cli_fault(err, &fault) : 0;
}
