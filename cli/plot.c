/* fugue plot: sweeps, run directories and findings to figures. */
#include "cli/chain_settings.h"
#include "cli/cli.h"
#include "cli/figures.h"
#include "core/spec.h"
#include "sweep/where.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  KEY_FIGURE = 256,
  KEY_WHERE,
  KEY_Y,
  KEY_X,
  KEY_SERIES,
  KEY_PANEL,
  KEY_LOG,
  KEY_REFERENCE,
  KEY_CLAIM,
  KEY_FROM,
  KEY_TO,
  KEY_SUB_EPOCHS,
  KEY_SHAPE,
  KEY_ATOMS,
  KEY_LABELS,
  KEY_BURN_IN,
  KEY_GP,
  KEY_ALL,
  KEY_FORMAT,
  KEY_LIST
};

static const struct argp_option options[] = {
    {"figure", KEY_FIGURE, "NAME", 0, "convergence (default) or another of --list", 1},
    {"output", 'o', "FILE", 0, "the figure; its ending chooses the format: .svg, .pdf or .png", 1},
    {"gp", KEY_GP, "FOLDER", 0, "write script and data for gnuplot to FOLDER, for editing by hand", 1},
    {"list", KEY_LIST, 0, 0, "list the figures", 1},
    {"all", KEY_ALL, 0, 0,
     "draw all figures that the sweep's specification names, to the folder -o (default DIR/figures)", 1},
    {"format", KEY_FORMAT, "svg,pdf,png", 0, "with --all: formats (default: svg,pdf)", 1},
    {0, 0, 0, 0, "Of a sweep:", 2},
    {"where", KEY_WHERE, "AXIS=LABEL|LABEL,AXIS=LABEL", 0,
     "which entries; axes are those of the sweep, seed, and at (grid, shared, final: the default)", 2},
    {"x", KEY_X, "NAME", 0,
     "an axis, or a number of a run (points, rows, workers, ...); convergence: time_s, updates, epoch", 2},
    {"y", KEY_Y, "NAME", 0,
     "a number of a run, one by another (cpu_s/epochs), reach_s, ratio, ess_per_s; convergence: test_metric (default) "
     "or train_loss",
     2},
    {"metric", KEY_Y, "NAME", OPTION_ALIAS, 0, 2},
    {"series", KEY_SERIES, "AXIS,...", 0,
     "axes whose labels make a line, bar or mark each; none (default: the baseline's)", 2},
    {"panel", KEY_PANEL, "AXIS,...", 0, "axes whose labels make a panel each (default: none)", 2},
    {"log", KEY_LOG, "x|y|xy|none", 0, "logarithmic axes (default: as suits the numbers)", 2},
    {"reference", KEY_REFERENCE, "SERIES", 0, "speedup: relative to this series (default: each to itself)", 2},
    {0, 0, 0, 0, "gantt:", 3},
    {"from", KEY_FROM, "SECONDS", 0, "start of the time shown (default: 0)", 3},
    {"to", KEY_TO, "SECONDS", 0, "end of the time shown", 3},
    {"sub-epochs", KEY_SUB_EPOCHS, "N", 0, "show the first N sub-epochs (default: 16)", 3},
    {0, 0, 0, 0, "atoms:", 4},
    {"shape", KEY_SHAPE, "WIDTHxHEIGHT", 0,
     "of the images that the columns of the data are, row by row (default: a square)", 4},
    {"atoms", KEY_ATOMS, "N", 0, "draw the N most used ones (default: 100)", 4},
    {0, 0, 0, 0, "communities:", 5},
    {"labels", KEY_LABELS, "FILE", 0, "what is known of the rows, one label a line: a strip beside them", 5},
    {0, 0, 0, 0, "chains, ess:", 6},
    {"burn-in", KEY_BURN_IN, "SHARE", 0, "of a chain's evaluations, the first, that is left out (default: 0.5)", 6},
    {0, 0, 0, 0, "variance:", 7},
    {"claim", KEY_CLAIM, "ID", 0, "the claim, of those that fugue verify -o DIR checked", 7},
    {0},
};

struct arguments {
  struct fg_plot_options plot;
  const char *format;
  bool all, list;
  const char **where; /* lent, one for each --where */
  size_t n_where;
  char **dirs; /* at most argc */
  size_t n;
};

void fg_plot_options_init(struct fg_plot_options *o) {
  *o = (struct fg_plot_options){.figure = "convergence", .from_s = NAN, .to_s = NAN, .burn_in = NAN};
}

enum fg_err fg_plot_option_number(struct fg_plot_options *o, const char *name, const char *text,
                                  struct fg_fault *fault) {
  if (strcmp(name, "burn-in") == 0)
    return fg_burn_in_parse(text, &o->burn_in, fault);
  double *seconds = strcmp(name, "from") == 0 ? &o->from_s : strcmp(name, "to") == 0 ? &o->to_s : NULL;
  if (seconds)
    return fg_parse_real(text, seconds) && *seconds >= 0
               ? FG_OK
               : fg_fail(fault, FG_EUSAGE, NULL, 0, "--%s %s: a number of seconds is expected", name, text);
  uint64_t *count = strcmp(name, "sub-epochs") == 0 ? &o->sub_epochs : strcmp(name, "atoms") == 0 ? &o->atoms : NULL;
  if (!count)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "a figure has no option '%s'", name);
  return fg_parse_u64(text, count) && *count > 0
             ? FG_OK
             : fg_fail(fault, FG_EUSAGE, NULL, 0, "--%s %s: a number above 0 is expected", name, text);
}

static void set_number(struct arguments *a, const char *name, const char *text, struct argp_state *state) {
  struct fg_fault fault = {.line = 0};
  if (fg_plot_option_number(&a->plot, name, text, &fault))
    argp_error(state, "%s", fault.text);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct arguments *a = state->input;
  const struct {
    int key;
    const char **to;
  } texts[] = {{KEY_FIGURE, &a->plot.figure}, {'o', &a->plot.output},      {KEY_GP, &a->plot.gp},
               {KEY_X, &a->plot.x},           {KEY_Y, &a->plot.y},         {KEY_SERIES, &a->plot.series},
               {KEY_PANEL, &a->plot.panel},   {KEY_LOG, &a->plot.log},     {KEY_REFERENCE, &a->plot.reference},
               {KEY_CLAIM, &a->plot.claim},   {KEY_SHAPE, &a->plot.shape}, {KEY_LABELS, &a->plot.labels},
               {KEY_FORMAT, &a->format}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i].key == key) {
      *texts[i].to = arg;
      return 0;
    }
  switch (key) {
  case KEY_FROM:
    set_number(a, "from", arg, state);
    return 0;
  case KEY_TO:
    set_number(a, "to", arg, state);
    return 0;
  case KEY_SUB_EPOCHS:
    set_number(a, "sub-epochs", arg, state);
    return 0;
  case KEY_ATOMS:
    set_number(a, "atoms", arg, state);
    return 0;
  case KEY_BURN_IN:
    set_number(a, "burn-in", arg, state);
    return 0;
  case KEY_WHERE:
    a->where[a->n_where++] = arg;
    return 0;
  case KEY_ALL:
    a->all = true;
    return 0;
  case KEY_LIST:
    a->list = true;
    return 0;
  case ARGP_KEY_ARG:
    a->dirs[a->n++] = arg;
    return 0;
  case ARGP_KEY_END:
    if (a->list)
      return 0;
    if (a->n == 0)
      argp_error(state, "no run directory given");
    if (!a->plot.output && !a->plot.gp && !a->all)
      argp_error(state, "-o FILE is missing");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const char doc[] =
    "Draw a figure of a sweep, of one or more run directories, or of what fugue verify -o found.\v"
    "What a figure of a sweep pools differs by seed only: medians, and intervals that cover them with probability 0.95 "
    "(below six seeds: smallest and largest). Curves of run directories (convergence, gantt) are labelled by what "
    "differs "
    "between their configurations. Figures are drawn by gnuplot; FUGUE_PLOTS may name another folder of templates.\n\n"
    "Examples:\n"
    "  fugue plot sweep --figure convergence --where straggler=pareto -o time.svg\n"
    "  fugue plot sweep --figure lines --x network --y ratio --panel straggler \\\n"
    "                   -o ratios.pdf\n"
    "  fugue plot sweep --all\n"
    "  fugue plot barrier fugue --figure gantt --sub-epochs 32 -o gantt.pdf\n"
    "  fugue plot run --figure atoms --shape 28x28 -o atoms.png\n"
    "  fugue plot run --figure communities --labels labels.txt -o communities.svg\n"
    "  fugue plot sweep --figure chains --burn-in 0.25 -o chains.svg\n"
    "  fugue plot claims --figure variance --claim M5 -o M5.svg\n"
    "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.";

static const struct argp parser = {options, parse, "DIR...", doc, NULL, NULL, NULL};

static bool is_in(const char *dir, const char *name) {
  char path[FG_PATH_MAX];
  return !fg_path_join(dir, name, path, NULL) && access(path, F_OK) == 0;
}

static enum fg_err plot_sweep(const struct arguments *a, struct fg_fault *fault) {
  struct fg_sweep_results results = {.n = 0};
  struct fg_sweep_conditions where = {.n = 0};
  struct fg_plot_job job = {.results = &results, .where = &where, .options = a->plot};
  char folder[FG_PATH_MAX];
  enum fg_err err = fg_sweep_results_read(a->dirs[0], &results, fault);
  if (!err && a->all) {
    err = fg_path_join(a->dirs[0], "figures", folder, fault);
    if (!err)
      err = fg_plot_sweep_all(&results, a->plot.output ? a->plot.output : folder, a->format, fault);
  } else {
    for (size_t i = 0; !err && i < a->n_where; i++)
      err = fg_sweep_where_add(&results.spec, a->where[i], &where, fault);
    if (!err)
      err = fg_plot_draw(&job, fault);
  }
  fg_sweep_where_free(&where);
  fg_sweep_results_free(&results);
  return err;
}

static enum fg_err plot_runs(const struct arguments *a, const struct fg_figure_type *type, struct fg_fault *fault) {
  struct fg_plot_run *runs = calloc(a->n, sizeof *runs);
  struct fg_plot_job job = {.runs = runs, .n_runs = a->n, .options = a->plot};
  enum fg_err err = runs ? FG_OK : FG_ENOMEM;
  if (!err && type->of_model && a->n > 1)
    err = fg_fail(fault, FG_EUSAGE, a->dirs[1], 0, "--figure %s is of one run", type->name);
  for (size_t i = 0; !err && i < a->n; i++) {
    err = fg_plot_run_read(a->dirs[i], &runs[i], fault);
    if (!err && !runs[i].finished && type->of_model)
      err = fg_fail(fault, FG_EINPUT, a->dirs[i], 0, "the run is not finished (no run.json): there is no model yet");
    else if (!err && !runs[i].finished)
      fprintf(stderr, "fugue: %s: the run is not finished (no run.json); drawing what is there\n", a->dirs[i]);
  }
  if (!err)
    err = fg_plot_label(runs, a->n, true, fault);
  if (!err)
    err = fg_plot_draw(&job, fault);
  for (size_t i = 0; runs && i < a->n; i++)
    fg_plot_run_free(&runs[i]);
  free(runs);
  return err;
}

static enum fg_err plot(const struct arguments *a, struct fg_fault *fault) {
  const struct fg_figure_type *type = fg_figure_find(a->plot.figure, fault);
  if (!type)
    return FG_EUSAGE;
  if (type->of_findings) {
    struct fg_plot_job job = {.dir = a->dirs[0], .options = a->plot};
    return fg_plot_draw(&job, fault);
  }
  bool sweep = is_in(a->dirs[0], "sweep.sqlite");
  if (sweep && a->n > 1)
    return fg_fail(fault, FG_EUSAGE, a->dirs[1], 0, "a figure is of one sweep");
  if (!sweep && (a->all || !type->of_runs))
    return fg_fail(fault, FG_EINPUT, a->dirs[0], 0,
                   "is no sweep: it has no sweep.sqlite (fugue sweep -o DIR makes it)");
  if (!sweep && (a->n_where || a->plot.series || a->plot.panel))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--where, --series and --panel choose from a sweep, and %s is none",
                   a->dirs[0]);
  return sweep ? plot_sweep(a, fault) : plot_runs(a, type, fault);
}

void fg_plot_list(void) {
  for (const struct fg_figure_type *t = fg_figure_types; t->name; t++)
    printf("  %s\n      %s\n", t->name, t->help);
}

int fg_cli_plot(int argc, char **argv) {
  struct arguments a = {.format = "svg,pdf"};
  struct fg_fault fault = {.line = 0};
  enum fg_err err = FG_ENOMEM;
  fg_plot_options_init(&a.plot);
  a.dirs = calloc((size_t)argc, sizeof *a.dirs);
  a.where = calloc((size_t)argc, sizeof *a.where);
  if (!a.dirs || !a.where)
    goto cleanup;
  argp_err_exit_status = 2;
  argp_parse(&parser, argc, argv, 0, NULL, &a);
  err = FG_OK;
  if (a.list)
    fg_plot_list();
  else
    err = plot(&a, &fault);

cleanup:
  free(a.where);
  free(a.dirs);
  return err ? fg_cli_fault(err, &fault) : 0;
}
