/* fugue plot --figure convergence: axes of curves. */
#include "cli/curves.h"
#include "cli/place.h"

#include <string.h>

static const char *const names[FG_CURVE_XS] = {
    [FG_CURVE_TIME] = "time_s", [FG_CURVE_UPDATES] = "updates", [FG_CURVE_EPOCH] = "epoch"};

enum fg_err fg_curve_xs_parse(const char *text, enum fg_curve_x *xs, size_t *n, struct fg_fault *fault) {
  text = text ? text : "time_s,updates";
  *n = 0;
  for (const char *p = text; *p; p += *p == ',') {
    size_t length = strcspn(p, ","), x = 0;
    while (x < FG_CURVE_XS && !(strlen(names[x]) == length && strncmp(names[x], p, length) == 0))
      x++;
    if (x == FG_CURVE_XS || *n == FG_CURVE_XS)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "--x %s: time_s, updates or epoch is expected", text);
    xs[(*n)++] = (enum fg_curve_x)x;
    p += length;
  }
  return FG_OK;
}

enum fg_err fg_curve_y_check(const char *text, bool *is_loss, struct fg_fault *fault) {
  *is_loss = strcmp(text, "train_loss") == 0;
  return *is_loss || strcmp(text, "test_metric") == 0
             ? FG_OK
             : fg_fail(fault, FG_EUSAGE, NULL, 0, "--y %s: test_metric or train_loss is expected", text);
}

double fg_curve_x_name(enum fg_curve_x x, const char *time, double most, char *out) {
  if (x == FG_CURVE_UPDATES)
    return fg_unit("required updates", "", most, out);
  snprintf(out, FG_FRAME_TEXT, "%s", x == FG_CURVE_TIME ? time : "epoch");
  return 1;
}

void fg_curve_y_scale(const struct fg_plot_options *options, double lo, double hi, struct fg_frame_axis *y) {
  bool said, log_y = fg_log_asked(options, 'y', &said);
  y->scale = lo > 0 && (said ? log_y : hi >= 20 * lo) ? FG_LOG10 : FG_LINEAR;
}

size_t fg_curve_mark_every(size_t points) {
  enum { MARKS = 8 };
  return points / MARKS + 1;
}
