/* Which entries of a sweep a figure shows, and where: panels, series and abscissas from the axes of the sweep. */
#ifndef FG_CLI_PLACE_H
#define FG_CLI_PLACE_H

#include "cli/chart.h"
#include "sweep/compare.h"

/* Axes whose labels together name a panel or series. */
struct fg_axis_list {
  int axis[FG_AXES_MAX];
  size_t n;
};

/* What stands along x: an axis of the sweep, or a number of its runs. */
struct fg_abscissa {
  int axis; /* FG_ABSENT: a number */
  enum fg_run_number number;
  bool categories;  /* labels that are no numbers: 1, 2, ... in the order of the axis */
  double *value;    /* owned; of each point of the axis */
  const char *unit; /* "" */
  char words[FG_FRAME_TEXT];
};

struct fg_placed {
  const struct fg_sweep_group *group;
  size_t panel, series;
  double x; /* NAN: not known yet */
};

/* All of it is zero at first, and freed by fg_placing_free. */
struct fg_placing {
  const struct fg_sweep_results *results; /* lent */
  struct fg_sweep_groups groups;
  struct fg_axis_list panels, series;
  struct fg_abscissa x; /* unless there is none */
  struct fg_placed *placed;
  size_t n;
  char (*panel)[FG_FRAME_TEXT], (*name)[FG_FRAME_TEXT]; /* of panels and series */
  size_t n_panels, n_series;
  size_t unfinished; /* runs of theirs without a result, for the note */
};

/* What makes a series if nothing is said: the baseline's axis, or the first that varies; or, where there is room for
 * long names, all that vary. */
enum fg_place_series { FG_SERIES_ONE, FG_SERIES_ALL };

/* Groups that `where` selects, each in its place. x: NULL or "" if figures of this kind have none. Series and panels as
 * options say; `series`: without. `besides`: an axis that is
 * shown otherwise (FG_ABSENT: none). Entries in the same place must differ by seed only. FG_EUSAGE with what to say
 * instead. */
enum fg_err fg_place(const struct fg_sweep_results *results, const struct fg_sweep_conditions *where, const char *x,
                     enum fg_place_series series, int besides, const struct fg_plot_options *options,
                     struct fg_placing *placing, struct fg_fault *fault);
void fg_placing_free(struct fg_placing *placing);

/* Makes the axis that shows the abscissa: its words, scale, tics. `log`: 'x' in options->log, or as the numbers are. */
enum fg_err fg_place_axis(const struct fg_placing *placing, const struct fg_plot_options *options,
                          struct fg_frame_axis *axis, struct fg_fault *fault);

/* The number that a label, or what it sets, ends with: 8, 1.5 of pareto:alpha=1.5, 1e8 of 100Mbps (unit "bps"). False
 * if there is none. *unit is lent by the text. */
bool fg_place_number(const char *text, double *value, const char **unit);

/* What is said below a figure: which runs are missing. */
void fg_place_note(const struct fg_placing *placing, struct fg_frame *frame);

/* Does --log ask for this axis? *said: it was given at all. */
bool fg_log_asked(const struct fg_plot_options *options, char axis, bool *said);

#endif
