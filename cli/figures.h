/* The figures of `fugue plot`: one row of a table each. */
#ifndef FG_CLI_FIGURES_H
#define FG_CLI_FIGURES_H

#include "cli/place.h"

struct fg_figure_type;

/* What a figure is drawn from: a sweep, or run directories, or a folder of findings. */
struct fg_plot_job {
  const struct fg_figure_type *type;
  const struct fg_sweep_results *results;  /* lent; NULL: there is no sweep */
  const struct fg_sweep_conditions *where; /* lent */
  struct fg_plot_run *runs;                /* lent */
  size_t n_runs;
  const char *dir; /* of findings */
  struct fg_plot_options options;
};

typedef enum fg_err fg_figure_make(const struct fg_plot_job *job, struct fg_fault *fault);

struct fg_figure_type {
  const char *name, *help;
  fg_figure_make *of_sweep, *of_runs, *of_findings; /* NULL: not made of that */
  bool of_model;                                    /* of_runs: of one run, which must be finished */
  /* Defaults of options; x: NULL: needs to be given (to figures that have one); y: several, divided by commas: a panel
   * each. */
  const char *x, *y, *log;
  const char *by; /* what y is divided by unless it says so itself; NULL: nothing */
  enum { FG_GUIDE_NONE, FG_GUIDE_IDEAL, FG_GUIDE_SLOPE } guide;
};

/* Ends with a row without a name. */
extern const struct fg_figure_type fg_figure_types[];

/* NULL if there is none; FG_EUSAGE then lists them. */
const struct fg_figure_type *fg_figure_find(const char *name, struct fg_fault *fault);

/* FG_EUSAGE unless it is NULL, x, y, xy or none. */
enum fg_err fg_plot_log_check(const char *log, struct fg_fault *fault);

/* Draws options->figure. */
enum fg_err fg_plot_draw(struct fg_plot_job *job, struct fg_fault *fault);

/* Draws a figure of a specification into `output`, whose ending chooses the format. FG_EINPUT, FG_EUSAGE if there is
 * nothing to be drawn, with the line of the specification. */
enum fg_err fg_plot_sweep_figure(const struct fg_sweep_results *results, const struct fg_sweep_figure *figure,
                                 const char *output, struct fg_fault *fault);

/* Draws all figures of the specification to FOLDER/NAME.FORMAT, for each of `formats` ("svg,pdf"). What cannot be drawn
 * is printed to standard error, and the last such error returned. */
enum fg_err fg_plot_sweep_all(const struct fg_sweep_results *results, const char *folder, const char *formats,
                              struct fg_fault *fault);

/* An option of a figure in a specification (lent, as is its value): those of the command line. FG_EUSAGE with its line.
 */
enum fg_err fg_plot_set_option(struct fg_plot_options *options, const struct fg_sweep_setting *setting,
                               const char *path, struct fg_fault *fault);

/* What can be told of a specification's figures before anything is run: their names, options, axes, and whether what
 * they are drawn from is kept. FG_EUSAGE with the line. */
enum fg_err fg_plot_check_figures(const struct fg_sweep_spec *spec, struct fg_fault *fault);

fg_figure_make fg_plot_lines, fg_plot_curves, fg_plot_shares, fg_plot_histogram, fg_plot_agreement, fg_plot_ratios;
fg_figure_make fg_plot_gantt_sweep, fg_plot_chains, fg_plot_variance;
fg_figure_make fg_plot_convergence, fg_plot_gantt, fg_plot_chains_runs; /* of run directories */
fg_figure_make fg_plot_atoms, fg_plot_communities;                      /* of models */

#endif
