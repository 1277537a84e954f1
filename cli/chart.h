/* A figure of values with intervals, a line, points or boxes per series: what plots/lines.gp draws. */
#ifndef FG_CLI_CHART_H
#define FG_CLI_CHART_H

#include "cli/frame.h"

/* Where there is no value: it would be below or above everything. */
enum fg_mark_kind { FG_MARK_ABOVE = -1, FG_MARK_VALUE = 0, FG_MARK_BELOW = 1 };

/* Intervals are NAN where there are none; an end may be infinite, or 0 on a logarithmic axis. */
struct fg_chart_mark {
  size_t panel, series; /* from 0 */
  double x, x_low, x_high, y, low, high;
  enum fg_mark_kind kind;
};

enum fg_chart_how { FG_CHART_LINES, FG_CHART_POINTS, FG_CHART_BOXES };

/* guide: by * x^power */
struct fg_chart_guide {
  double by, power;
};

struct fg_chart {
  struct fg_frame frame;
  enum fg_chart_how how;
  bool band; /* intervals as a band along the line */
  size_t mark_every;
  char (*series)[FG_FRAME_TEXT]; /* owned */
  size_t n_series;
  struct fg_chart_guide guide[FG_FRAME_PANELS]; /* by: NAN or 0: none */
  char guide_label[FG_FRAME_TEXT];              /* in the legend; "": not there */
  struct fg_chart_mark *mark;                   /* owned; those of a panel and series stand together */
  size_t n, capacity;
};

/* Panels and series, the latter without names. FG_EUSAGE if they are too many. *chart must be zero; freed by
 * fg_chart_free, also after an error. */
enum fg_err fg_chart_make(struct fg_chart *chart, size_t panels, size_t series, struct fg_fault *fault);
void fg_chart_free(struct fg_chart *chart);

enum fg_err fg_chart_add(struct fg_chart *chart, const struct fg_chart_mark *mark, struct fg_fault *fault);

/* Draws it; axes span what was added, beside what they span already. */
enum fg_err fg_chart_draw(struct fg_chart *chart, const struct fg_plot_options *options, struct fg_fault *fault);

/* 1, 2, ... of the axis' names, one each. FG_ENOMEM. */
enum fg_err fg_axis_categories(struct fg_frame_axis *axis, char (*name)[FG_FRAME_TEXT], size_t n,
                               struct fg_fault *fault);

/* How numbers up to `most` are written: what they are divided by; unit: "B" gets a prefix, of "" come thousands, ...
 * `out` (lent, FG_FRAME_TEXT) becomes "WORDS [UNIT]". */
double fg_unit(const char *words, const char *unit, double most, char *out);

#endif
