/* What the files of `fugue plot` share: run directories read in, labels, the figure on its way to gnuplot. */
#ifndef FG_CLI_PLOT_H
#define FG_CLI_PLOT_H

#include "core/columns.h"
#include "core/err.h"
#include "core/facts.h"
#include "core/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FG_PLOT_LABEL = 256 };

struct fg_model_type;

/* A run directory. */
struct fg_plot_run {
  const char *dir; /* lent */
  struct fg_facts config, result;
  bool finished; /* run.json is there; otherwise `result` is empty */
  char label[FG_PLOT_LABEL];
};

/* Texts are lent, NULL where nothing was said: the figure's own choice. */
struct fg_plot_options {
  const char *figure, *output, *gp;         /* gp: folder for script and data */
  const char *x, *y, *series, *panel, *log; /* as `fugue plot --help` has them */
  const char *reference, *claim;
  const char *shape, *labels;
  double from_s, to_s; /* gantt: window [s]; NAN: not given */
  uint64_t sub_epochs; /* gantt: window if no time is given; 0: not given */
  uint64_t atoms;      /* atoms: how many at most; 0: not given */
  double burn_in;      /* chains, ess: share of a chain that is left out; NAN: not given */
};

/* Nothing said. */
void fg_plot_options_init(struct fg_plot_options *options);

/* Sets from, to, sub-epochs, atoms or burn-in from its text. FG_EUSAGE, also if there is no such option. */
enum fg_err fg_plot_option_number(struct fg_plot_options *options, const char *name, const char *text,
                                  struct fg_fault *fault);

/* Prints the table of figures. */
void fg_plot_list(void);

/* What the time of all these runs is: "wall time [s]" of fugue-mpi, "virtual time [s]" of the simulator, "time [s]" of
 * both. Static storage. */
const char *fg_plot_time_axis(const struct fg_plot_run *runs, size_t n);

/* Reads config.yaml and run.json. FG_EINPUT names what is missing. Freed by fg_plot_run_free, also after an error. */
enum fg_err fg_plot_run_read(const char *dir, struct fg_plot_run *run, struct fg_fault *fault);
void fg_plot_run_free(struct fg_plot_run *run);

/* FG_EUSAGE if the run only counted (`compute: none`): nothing can be drawn of what it learned. */
enum fg_err fg_plot_refuse_timing(const struct fg_plot_run *run, struct fg_fault *fault);

/* Reads DIR/model/NAME.npy of a finished run; *values is the caller's to free. FG_EINPUT. */
enum fg_err fg_plot_factor(const struct fg_plot_run *run, const char *name, uint32_t *rows, uint32_t *cols,
                           float **values, struct fg_fault *fault);

/* The run's model; NULL if it has none that is known here. */
const struct fg_model_type *fg_plot_model(const struct fg_plot_run *run);

/* "1,222 communities": a number of things called `name`, to `out` (lent, `size` [B]). */
void fg_plot_count(uint64_t n, const char *name, char *out, size_t size);

/* Fills the labels of n runs: what tells them apart in their configurations, as briefly as it can be said; the names of
 * their directories if nothing does. seeds: those tell them apart, too. */
enum fg_err fg_plot_label(struct fg_plot_run *runs, size_t n, bool seeds, struct fg_fault *fault);

/* A figure: data (CSV with a line of column names) and variables are written to files of a temporary folder, then a
 * template draws them. */
struct fg_figure {
  char folder[FG_PATH_MAX], data_path[FG_PATH_MAX + 16], variables_path[FG_PATH_MAX + 16],
      message_path[FG_PATH_MAX + 16];
  FILE *data, *variables; /* write here; errors are found by fg_figure_draw */
};

/* *figure must be zero; closed by fg_figure_close, also after an error. */
enum fg_err fg_figure_open(struct fg_figure *figure, struct fg_fault *fault);

/* Can plots/TEMPLATE.gp be read? Before long work that ends in a figure. FG_EIO. */
enum fg_err fg_figure_ready(const char *template_name, struct fg_fault *fault);

/* Writes `NAME = 'text'` for gnuplot. */
void fg_figure_text(struct fg_figure *figure, const char *name, const char *text);

/* Writes a text as a field of the data, quoted. */
void fg_figure_csv(struct fg_figure *figure, const char *text);

/* Draws plots/TEMPLATE.gp at the given size [cm] into options->output, whose ending (.svg, .pdf, .png) chooses the
 * format; with options->gp, script and data go to that folder as well, or, without an output, only there. FG_EUSAGE if
 * it is none of these, FG_EIO if gnuplot is missing or fails, with its last words. The output is complete or not there.
 */
enum fg_err fg_figure_draw(struct fg_figure *figure, const char *template_name, double width_cm, double height_cm,
                           const struct fg_plot_options *options, struct fg_fault *fault);
void fg_figure_close(struct fg_figure *figure);

/* DIR/NAME of a file of a run that grows: the name it bears while the run goes on, if it has no other yet. */
enum fg_err fg_plot_growing_path(const struct fg_plot_run *run, const char *name, char *out, struct fg_fault *fault);

#endif
