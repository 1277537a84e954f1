/* Curves of runs against time, updates or epochs: what figures of convergence of single runs and of sweeps share. */
#ifndef FG_CLI_CURVES_H
#define FG_CLI_CURVES_H

#include "cli/chart.h"

enum fg_curve_x { FG_CURVE_TIME, FG_CURVE_UPDATES, FG_CURVE_EPOCH, FG_CURVE_XS };

/* Which are asked for: "time_s,updates"; NULL: time and updates. FG_EUSAGE. */
enum fg_err fg_curve_xs_parse(const char *text, enum fg_curve_x *xs, size_t *n, struct fg_fault *fault);

/* test_metric or train_loss. FG_EUSAGE. */
enum fg_err fg_curve_y_check(const char *text, bool *is_loss, struct fg_fault *fault);

/* Words of an axis whose largest value is `most`, and what values are divided by. time: "virtual time [s]". */
double fg_curve_x_name(enum fg_curve_x x, const char *time, double most, char *out);

/* A metric that falls by a factor of 20 or more is shown on a logarithmic axis, unless --log says otherwise. */
void fg_curve_y_scale(const struct fg_plot_options *options, double lo, double hi, struct fg_frame_axis *y);

/* Points from one mark to the next of curves of so many points. */
size_t fg_curve_mark_every(size_t points);

#endif
