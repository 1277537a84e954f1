/* What the files of `fugue report` share: a sweep's results, sorted for reading, and the page that grows. */
#ifndef FG_CLI_REPORT_H
#define FG_CLI_REPORT_H

#include "cli/html.h"
#include "core/files.h"
#include "sweep/compare.h"

#include <stdbool.h>

enum { FG_REPORT_LABEL = 1024 };

/* Groups that are compared with each other: the same point of every axis but those that make up a contender. */
struct fg_report_cell {
  enum fg_sweep_at at;
  const struct fg_sweep_group **group; /* in the order of the plan; an array of the report's */
  size_t n;
};

/* A run, of which several entries of the plan may be. */
struct fg_report_run {
  const struct fg_sweep_result *result; /* the first */
  bool at[FG_SWEEP_ATS];                /* why it is there */
};

/* All of it is zero at first, and freed by fg_report_free. */
struct fg_report {
  const char *dir; /* lent */
  struct fg_sweep_results results;
  struct fg_sweep_groups groups; /* final and shared */
  struct fg_report_cell *cell;
  size_t n_cells;
  const struct fg_sweep_group **order; /* the groups, cell by cell */
  bool of_cell[FG_AXES_MAX];           /* the axis tells cells apart; otherwise, unless tuned, contenders */
  struct fg_report_run *run;           /* in the order of the plan */
  size_t n_runs, in_state[FG_RUN_STATES];
  FILE *f;                  /* the page (lent) */
  unsigned tables, figures; /* numbered so far */
  unsigned undrawn;         /* figures in whose place the page says why */
  bool unplanned;           /* runs at chosen points wait for the grid */
};

/* Reads DIR and sorts it. */
enum fg_err fg_report_read(const char *dir, struct fg_report *report, struct fg_fault *fault);
void fg_report_free(struct fg_report *report);

/* How a group did against the baseline. NEVER: in the median it does not reach the goal. UNKNOWN: no pair of runs has
 * ended, or there is no baseline. */
enum fg_report_outcome { FG_FASTER, FG_EVEN, FG_SLOWER, FG_NEVER, FG_REFUSAL, FG_UNKNOWN, FG_OUTCOMES };
enum fg_report_outcome fg_report_outcome(const struct fg_sweep_group *group);

/* Has it a result, at a chosen point that is the smallest or the largest of those tried? */
bool fg_report_at_edge(const struct fg_sweep_group *group);

/* Names, to `out` (FG_REPORT_LABEL bytes, lent), which is returned. Contender: "fugue, decay 0.5". Cell: "straggler
 * pareto, workers 16"; "" if there is one only. */
const char *fg_report_contender(const struct fg_report *report, const struct fg_sweep_group *group, char *out);
const char *fg_report_cell_name(const struct fg_report *report, const struct fg_report_cell *cell, char *out);

/* "1–10, 13" */
const char *fg_report_seeds(const uint64_t *seed, size_t n, char *out, size_t size);

/* "all at step 3", "each at its best step"; "" if nothing is tuned. */
const char *fg_report_at(const struct fg_report *report, const struct fg_report_cell *cell, char *out);

/* The cell behind the last of those that follow `from` and are at the same: all at step 3, or each at its best. */
size_t fg_report_alike(const struct fg_report *report, size_t from);

/* "test perplexity", or what the number is called otherwise. */
const char *fg_report_number_name(const struct fg_report *report, enum fg_run_number number, char *out);

/* Numbers for reading, to `out` (FG_HTML_NUMBER bytes, lent), which is returned: four digits; a ratio, as verdicts say
 * it; one decimal. */
typedef const char *fg_report_format(double x, char *out);
fg_report_format fg_report_plain, fg_report_ratio, fg_report_tenths;

/* Median and interval in units of `unit`: "2.1 [1.8, 2.4]", the interval in an element of its own. */
void fg_report_spread(FILE *f, const struct fg_spread *spread, double unit, fg_report_format *format);

/* How a column of numbers up to `most` is best written: divided by this, with this in its heading ("" or "[MB]"). */
double fg_report_unit(enum fg_run_number number, double most, const char **heading);

/* Sections of the page, in its order. */
void fg_report_findings(struct fg_report *report);
void fg_report_ranges(struct fg_report *report); /* in the findings: without a baseline */
void fg_report_beware(struct fg_report *report); /* in the findings: the end */
void fg_report_configuration(struct fg_report *report);
enum fg_err fg_report_figures(struct fg_report *report, struct fg_fault *fault);
void fg_report_comparison(struct fg_report *report);
void fg_report_runs(struct fg_report *report);
void fg_report_provenance(struct fg_report *report);

/* Begins a table in a box that scrolls by itself, with its caption "Table N. ..." up to where the rest of it goes. */
void fg_report_table(struct fg_report *report, const char *classes);

/* A heading of a column; unit: "" or " [MB]". */
void fg_report_head(struct fg_report *report, bool number, const char *text, const char *unit);

#endif
