/* fugue export: results of a sweep for other programs, and as tables; what a run has learned, for people. */
#include "cli/export.h"

#include "cli/cli.h"
#include "cli/export_chains.h"
#include "cli/export_markdown.h"
#include "cli/export_top.h"
#include "core/files.h"
#include "core/spec.h"
#include "sweep/where.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum {
  KEY_CSV = 256,
  KEY_JSON,
  KEY_MARKDOWN,
  KEY_CURVES,
  KEY_WHERE,
  KEY_ALL,
  KEY_TOP,
  KEY_LABELS,
  KEY_CHAINS,
  KEY_BURN_IN
};
enum format { CSV, JSON, MARKDOWN };

static const struct argp_option options[] = {
    {"csv", KEY_CSV, 0, 0, "a row per entry of the plan (default)", 0},
    {"json", KEY_JSON, 0, 0, "the same with specification, revisions, versions, checksums of data, options", 0},
    {"markdown", KEY_MARKDOWN, 0, 0, "tables of comparisons with the baseline", 0},
    {"curves", KEY_CURVES, 0, 0,
     "CSV: a row per evaluation instead; JSON: also curves, the time of workers, and histograms", 0},
    {"where", KEY_WHERE, "AXIS=LABEL,...", 0,
     "only these; also of at (grid, shared, final) and seed; of an axis that is named twice both labels", 0},
    {"all", KEY_ALL, 0, 0,
     "also runs for the choice of a step (at grid), and what has no result (yet), with the reason", 0},
    {"top", KEY_TOP, "N", 0,
     "of a run: the N words of each topic, items of each factor, members of each community that weigh most; as text, "
     "or "
     "with --csv, --json",
     1},
    {"labels", KEY_LABELS, "FILE", 0,
     "with --top, of a model whose rows have memberships: how these agree with labels of the rows, one a line", 1},
    {"chains", KEY_CHAINS, 0, 0,
     "of a sweep whose seeds are chains of a sampler, or of runs of it: have those of each setting mixed (R-hat), "
     "their "
     "effective sample size, also per second, mean and its error; as text, or with --csv, --json",
     2},
    {"burn-in", KEY_BURN_IN, "SHARE", 0,
     "with --chains: of a chain's evaluations, the first, that is left out (default: 0.5)", 2},
    {"output", 'o', "FILE", 0, "write here instead of standard output", 3},
    {0},
};

static const char doc[] =
    "Write the results of sweep DIR for other programs, also while it runs; with --top, what the run in DIR has "
    "learned; with --chains, whether samplers have mixed. "
    "An entry is a combination of values of all "
    "axes "
    "with a seed: at final, at shared (a step that is the same for all), or at grid.\n"
    "Columns: at, one per axis (axis.NAME if a number has that name), seed, run, state, reason, numbers, and what the "
    "test metric is. An axis that does not apply, and a number that is not known, is empty.\v"
    "Examples:\n"
    "  fugue export DIR\n"
    "  fugue export DIR --curves \\\n"
    "               --where sync=barrier,sync=fugue,at=final -o curves.csv\n"
    "  fugue export DIR --json --curves --all -o everything.json\n"
    "  fugue export DIR --markdown\n"
    "  fugue export RUN --top 10\n"
    "  fugue export RUN --top 20 --labels labels.txt\n"
    "  fugue export DIR --chains --burn-in 0.25\n"
    "  fugue export RUN RUN RUN --chains --csv\n"
    "The database itself is DIR/sweep.sqlite, which every SQLite program reads.\n"
    "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.";

struct arguments {
  enum format format;
  bool formatted, curves, all, chains;
  const char **dir; /* at most argc */
  size_t n_dirs;
  double burn_in; /* NAN: not given */
  const char *output, *labels;
  uint64_t top;       /* 0: of a sweep */
  const char **where; /* at most argc */
  size_t n_where;
};

static error_t set_format(struct arguments *a, enum format format, struct argp_state *state) {
  if (a->formatted && a->format != format)
    argp_error(state, "one format at a time");
  a->format = format;
  a->formatted = true;
  return 0;
}

static error_t set_burn_in(struct arguments *a, const char *text, struct argp_state *state) {
  struct fg_fault fault = {.line = 0};
  if (fg_burn_in_parse(text, &a->burn_in, &fault))
    argp_error(state, "%s", fault.text);
  return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct arguments *a = state->input;
  switch (key) {
  case KEY_CSV:
    return set_format(a, CSV, state);
  case KEY_JSON:
    return set_format(a, JSON, state);
  case KEY_MARKDOWN:
    return set_format(a, MARKDOWN, state);
  case KEY_CURVES:
    a->curves = true;
    return 0;
  case KEY_WHERE:
    a->where[a->n_where++] = arg;
    return 0;
  case KEY_ALL:
    a->all = true;
    return 0;
  case KEY_TOP:
    if (!fg_parse_u64(arg, &a->top) || a->top < 1 || a->top > UINT32_MAX)
      argp_error(state, "--top %s: how many are to be shown? A whole number from 1", arg);
    return 0;
  case KEY_LABELS:
    a->labels = arg;
    return 0;
  case 'o':
    a->output = arg;
    return 0;
  case KEY_CHAINS:
    a->chains = true;
    return 0;
  case KEY_BURN_IN:
    return set_burn_in(a, arg, state);
  case ARGP_KEY_ARG:
    a->dir[a->n_dirs++] = arg;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "which sweep, or run? DIR is missing");
    return EINVAL;
  case ARGP_KEY_END:
    if (a->format == MARKDOWN && (a->curves || a->all || a->n_where))
      argp_error(state, "--markdown compares all that there is: no --curves, --all, --where");
    if (a->n_dirs > 1 && !a->chains)
      argp_error(state, "one folder at a time");
    if (a->chains && (a->format == MARKDOWN || a->curves || a->top))
      argp_error(state, "--chains is a table of its own: no --markdown, --curves, --top");
    if (!isnan(a->burn_in) && !a->chains)
      argp_error(state, "--burn-in goes with --chains");
    if (a->top && (a->format == MARKDOWN || a->curves || a->all || a->n_where))
      argp_error(state, "--top is of a run: no --markdown, --curves, --all, --where");
    if (a->labels && !a->top)
      argp_error(state, "--labels goes with --top");
    if (a->labels && a->formatted && a->format == CSV)
      argp_error(state, "--labels makes a second table, which --csv has no place for: --json, or text");
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp parser = {options, parse, "DIR...", doc, NULL, NULL, NULL};

/* Conditions as given, and which entries without one. */
static enum fg_err select_entries(const struct arguments *a, struct fg_export *e, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < a->n_where; i++)
    err = fg_sweep_where_add(&e->results->spec, a->where[i], &e->where, fault);
  if (!err && !fg_sweep_where_has(&e->where, "at"))
    err = fg_sweep_where_add(&e->results->spec, a->all ? "at=grid,at=shared,at=final" : "at=shared,at=final", &e->where,
                             fault);
  return err;
}

static enum fg_err write_to(FILE *f, enum format format, const struct fg_export *e, struct fg_fault *fault) {
  switch (format) {
  case CSV:
    fg_export_csv(e, f);
    return FG_OK;
  case JSON:
    fg_export_json(e, f);
    return FG_OK;
  case MARKDOWN:
    return fg_cli_export_markdown(e->results, f, fault);
  }
  return FG_OK;
}

static enum fg_err export_results(const struct arguments *a, struct fg_sweep_results *results, struct fg_fault *fault) {
  struct fg_export e = {.results = results, .all = a->all, .curves = a->curves};
  struct fg_out out = {0};
  if (fg_export_top_is_run(a->dir[0]))
    return fg_fail(fault, FG_EUSAGE, a->dir[0], 0,
                   "is a run: --top N tells what it has learned, --chains what its draws are worth");
  enum fg_err err = fg_sweep_results_read(a->dir[0], results, fault);
  if (!err)
    err = select_entries(a, &e, fault);
  if (!err && a->output)
    err = fg_out_open(&out, a->output, fault);
  if (!err)
    err = write_to(a->output ? out.file : stdout, a->format, &e, fault);
  if (!err && a->output)
    err = fg_out_commit(&out, fault);
  if (a->output)
    fg_out_discard(&out);
  fg_sweep_where_free(&e.where);
  return err;
}

static enum fg_err export_top(const struct arguments *a, struct fg_fault *fault) {
  struct fg_out out = {0};
  struct fg_export_top *e = calloc(1, sizeof *e);
  enum fg_err err = e ? fg_export_top_read(a->dir[0], (uint32_t)a->top, a->labels, e, fault) : FG_ENOMEM;
  if (!err && a->output)
    err = fg_out_open(&out, a->output, fault);
  if (!err)
    (!a->formatted       ? fg_export_top_text
     : a->format == JSON ? fg_export_top_json
                         : fg_export_top_csv)(e, a->output ? out.file : stdout);
  if (!err && a->output)
    err = fg_out_commit(&out, fault);
  if (a->output)
    fg_out_discard(&out);
  if (e)
    fg_export_top_free(e);
  free(e);
  return err;
}

static enum fg_err read_chains(const struct arguments *a, struct fg_sweep_results *results, struct fg_export *e,
                               struct fg_export_chains *chains, struct fg_fault *fault) {
  if (fg_export_top_is_run(a->dir[0]))
    return a->all || a->n_where ? fg_fail(fault, FG_EUSAGE, a->dir[0], 0, "is a run: --where and --all are of a sweep")
                                : fg_export_chains_of_runs(a->dir, a->n_dirs, a->burn_in, chains, fault);
  if (a->n_dirs > 1)
    return fg_fail(fault, FG_EUSAGE, a->dir[1], 0, "one sweep at a time");
  enum fg_err err = fg_sweep_results_read(a->dir[0], results, fault);
  if (!err)
    err = select_entries(a, e, fault);
  return err ? err : fg_export_chains_of_sweep(e, a->burn_in, chains, fault);
}

static enum fg_err export_chains(const struct arguments *a, struct fg_sweep_results *results, struct fg_fault *fault) {
  struct fg_export e = {.results = results, .all = a->all};
  struct fg_export_chains chains = {.n_runs = 0};
  struct fg_out out = {0};
  enum fg_err err = read_chains(a, results, &e, &chains, fault);
  if (!err && a->output)
    err = fg_out_open(&out, a->output, fault);
  if (!err)
    (!a->formatted       ? fg_export_chains_text
     : a->format == JSON ? fg_export_chains_json
                         : fg_export_chains_csv)(&chains, a->output ? out.file : stdout);
  if (!err && a->output)
    err = fg_out_commit(&out, fault);
  if (a->output)
    fg_out_discard(&out);
  fg_export_chains_free(&chains);
  fg_sweep_where_free(&e.where);
  return err;
}

int fg_cli_export(int argc, char **argv) {
  struct arguments a = {.format = CSV, .burn_in = NAN};
  struct fg_fault fault = {.line = 0};
  struct fg_sweep_results *results = calloc(1, sizeof *results);
  enum fg_err err = FG_ENOMEM;
  a.where = calloc((size_t)argc, sizeof *a.where);
  a.dir = calloc((size_t)argc, sizeof *a.dir);
  if (results && a.where && a.dir) {
    argp_err_exit_status = 2;
    argp_parse(&parser, argc, argv, 0, NULL, &a);
    err = a.top      ? export_top(&a, &fault)
          : a.chains ? export_chains(&a, results, &fault)
                     : export_results(&a, results, &fault);
  }
  if (results)
    fg_sweep_results_free(results);
  free(results);
  free(a.where);
  free(a.dir);
  return err ? fg_cli_fault(err, &fault) : 0;
}
