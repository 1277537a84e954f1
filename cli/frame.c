/* What figures span: axes grow with what they show, then get their room and their tics. */
#include "cli/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum fg_err fg_frame_make(struct fg_frame *frame, size_t n, struct fg_fault *fault) {
  if (n > FG_FRAME_PANELS)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%zu panels are too many; at most %d", n, FG_FRAME_PANELS);
  frame->panel = calloc(n ? n : 1, sizeof *frame->panel);
  if (!frame->panel)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  frame->n = n;
  for (size_t p = 0; p < n; p++) {
    struct fg_frame_panel *panel = &frame->panel[p];
    panel->x.lo = panel->y.lo = INFINITY;
    panel->x.hi = panel->y.hi = -INFINITY;
  }
  return FG_OK;
}

void fg_frame_free(struct fg_frame *frame) {
  for (size_t p = 0; frame->panel && p < frame->n; p++) {
    free(frame->panel[p].x.tic);
    free(frame->panel[p].y.tic);
  }
  free(frame->panel);
  frame->panel = NULL;
  frame->n = 0;
}

void fg_frame_key(struct fg_frame *frame, size_t panel, const char *label, enum fg_key_how how, int type) {
  if (frame->n_keys == sizeof frame->key / sizeof *frame->key)
    return;
  struct fg_frame_key *key = &frame->key[frame->n_keys++];
  snprintf(key->label, sizeof key->label, "%s", label);
  key->panel = panel;
  key->how = how;
  key->type = type;
}

void fg_axis_widen(struct fg_frame_axis *axis, double x) {
  if (!isfinite(x) || (axis->scale != FG_LINEAR && x <= 0))
    return;
  axis->lo = fmin(axis->lo, x);
  axis->hi = fmax(axis->hi, x);
}

enum fg_err fg_axis_tic(struct fg_frame_axis *axis, double at, const char *label, struct fg_fault *fault) {
  struct fg_tic *more = realloc(axis->tic, (axis->n_tics + 1) * sizeof *more);
  if (!more)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  axis->tic = more;
  more[axis->n_tics].at = at;
  snprintf(more[axis->n_tics++].label, sizeof more->label, "%s", label);
  return FG_OK;
}

double fg_axis_place(const struct fg_frame_axis *axis, double x) {
  return axis->scale == FG_LINEAR ? (x - axis->lo) / (axis->hi - axis->lo)
                                  : log(x / axis->lo) / log(axis->hi / axis->lo);
}

double fg_axis_value(const struct fg_frame_axis *axis, double place) {
  return axis->scale == FG_LINEAR ? axis->lo + place * (axis->hi - axis->lo)
                                  : axis->lo * pow(axis->hi / axis->lo, place);
}

/* ---- room */

static void pad(struct fg_frame_axis *axis) {
  if (axis->exact)
    return;
  if (axis->lo > axis->hi) {
    axis->lo = axis->scale == FG_LINEAR ? 0 : 1;
    axis->hi = axis->scale == FG_LINEAR ? 1 : 10;
  }
  if (axis->scale != FG_LINEAR) {
    double more = axis->hi > axis->lo * 1.0001 ? fmax(pow(axis->hi / axis->lo, 0.06), 1.02) : 2;
    axis->lo /= more;
    axis->hi *= more;
    return;
  }
  double more = axis->hi > axis->lo ? 0.05 * (axis->hi - axis->lo) : axis->hi != 0 ? fabs(axis->hi) / 2 : 1;
  bool from_zero = axis->lo == 0;
  axis->lo -= from_zero ? 0 : more;
  axis->hi += more;
}

static void unify(struct fg_frame *frame, bool x) {
  struct fg_frame_axis *first = x ? &frame->panel[0].x : &frame->panel[0].y;
  for (size_t p = 1; p < frame->n; p++) {
    const struct fg_frame_axis *a = x ? &frame->panel[p].x : &frame->panel[p].y;
    first->lo = fmin(first->lo, a->lo);
    first->hi = fmax(first->hi, a->hi);
  }
  for (size_t p = 1; p < frame->n; p++) {
    struct fg_frame_axis *a = x ? &frame->panel[p].x : &frame->panel[p].y;
    a->lo = first->lo;
    a->hi = first->hi;
  }
}

/* ---- tics */

/* "1.5", "3000", "10⁵", "2·10⁻⁴" */
static void name_number(double x, char *out, size_t size) {
  static const char *const superscripts[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  if (x == 0 || (fabs(x) < 99999.5 && fabs(x) > 0.000099)) {
    snprintf(out, size, "%s%.6g", x < 0 ? "−" : "", fabs(x));
    return;
  }
  int e = (int)floor(log10(fabs(x)) + 1e-9);
  double m = fabs(x) / pow(10, e);
  char digits[16], *p = digits;
  size_t n = fabs(m - 1) < 1e-6 ? (size_t)snprintf(out, size, "%s10%s", x < 0 ? "−" : "", e < 0 ? "⁻" : "")
                                : (size_t)snprintf(out, size, "%s%.3g·10%s", x < 0 ? "−" : "", m, e < 0 ? "⁻" : "");
  for (snprintf(digits, sizeof digits, "%d", abs(e)); *p && n < size; p++)
    n += (size_t)snprintf(out + n, size - n, "%s", superscripts[*p - '0']);
}

static enum fg_err add_number(struct fg_frame_axis *axis, double at, struct fg_fault *fault) {
  char label[FG_FRAME_TEXT];
  name_number(at, label, sizeof label);
  return fg_axis_tic(axis, at, label, fault);
}

/* steps of 1, 2, 5 times a power of ten: at most `most` tics */
static enum fg_err linear_tics(struct fg_frame_axis *axis, double most, struct fg_fault *fault) {
  double lo = fmin(axis->lo, axis->hi), hi = fmax(axis->lo, axis->hi), step = pow(10, floor(log10((hi - lo) / most)));
  static const double by[] = {2, 2.5, 2};
  for (int k = 0; (hi - lo) / step > most; k++)
    step *= by[k % 3];
  enum fg_err err = FG_OK;
  for (double i = ceil(lo / step - 1e-9); !err && i * step <= hi * (1 + 1e-12); i++)
    err = add_number(axis, fabs(i) < 0.5 ? 0 : i * step, fault);
  return err;
}

/* Tics at m times powers of the base, every so many of them; returns how many. axis NULL: they are only counted. */
static size_t power_tics(const struct fg_frame_axis *span, const double *steps, int every, struct fg_frame_axis *axis,
                         enum fg_err *err, struct fg_fault *fault) {
  double base = span->scale == FG_LOG2 ? 2 : 10;
  int lo = (int)floor(log(span->lo) / log(base)), hi = (int)ceil(log(span->hi) / log(base));
  size_t n = 0;
  for (int e = lo; e <= hi; e++)
    for (const double *m = steps; e % every == 0 && *m != 0; m++) {
      double at = *m * pow(base, e);
      if (at < span->lo * (1 - 1e-9) || at > span->hi * (1 + 1e-9))
        continue;
      n++;
      if (axis && !*err)
        *err = add_number(axis, at, fault);
    }
  return n;
}

/* the finest of some steps of which at most `most` fit */
static enum fg_err log_tics(struct fg_frame_axis *axis, double most, struct fg_fault *fault) {
  static const double d7[] = {1, 1.5, 2, 3, 4, 5, 7, 0}, d6[] = {1, 1.5, 2, 3, 5, 7, 0}, d3[] = {1, 2, 5, 0},
                      d2[] = {1, 3, 0}, d1[] = {1, 0};
  static const double *const steps[] = {d7, d6, d3, d2, d1};
  enum { FINEST = 0, POWERS = 4 };
  enum fg_err err = FG_OK;
  int s = axis->scale == FG_LOG2 ? POWERS : FINEST, every = 1;
  while ((double)power_tics(axis, steps[s], every, NULL, &err, fault) > most)
    if (s < POWERS)
      s++;
    else
      every++;
  if (power_tics(axis, steps[s], every, NULL, &err, fault) < 2) /* a span between two of them */
    return linear_tics(axis, most, fault);
  power_tics(axis, steps[s], every, axis, &err, fault);
  return err;
}

static bool reversed(const struct fg_frame_axis *axis) {
  return axis->lo > axis->hi;
}

static enum fg_err make_tics(struct fg_frame_axis *axis, double most, struct fg_fault *fault) {
  return axis->scale == FG_LINEAR || reversed(axis) ? linear_tics(axis, most, fault) : log_tics(axis, most, fault);
}

bool fg_axis_crowded(const struct fg_frame_axis *x, double width_cm) {
  for (size_t i = 1; i < x->n_tics; i++) {
    double apart = fabs(fg_axis_place(x, x->tic[i].at) - fg_axis_place(x, x->tic[i - 1].at)) * width_cm;
    if ((fg_text_cm(x->tic[i].label) + fg_text_cm(x->tic[i - 1].label)) / 2 + 0.15 > apart)
      return true;
  }
  return false;
}

/* As many as fit beside each other; width: NAN of an axis that stands upright. */
static enum fg_err fit_tics(struct fg_frame_axis *axis, double most, double width_cm, struct fg_fault *fault) {
  if (axis->n_tics || axis->named)
    return FG_OK;
  enum fg_err err = make_tics(axis, most, fault);
  while (!err && most > 2 && !isnan(width_cm) && fg_axis_crowded(axis, width_cm)) {
    axis->n_tics = 0;
    err = make_tics(axis, --most, fault);
  }
  return err;
}

enum fg_err fg_frame_settle(struct fg_frame *frame, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  if (frame->same_x)
    unify(frame, true);
  if (frame->same_y)
    unify(frame, false);
  for (size_t p = 0; !err && p < frame->n; p++) {
    struct fg_frame_panel *panel = &frame->panel[p];
    pad(&panel->x);
    pad(&panel->y);
    size_t columns = fg_frame_columns(frame);
    err = fit_tics(&panel->x, 7, columns == 1 ? 7 : 16.5 / (double)columns - 0.5, fault);
    if (!err)
      err = fit_tics(&panel->y, frame->panel_cm > 0 && frame->panel_cm < 2.5 ? 4 : 7, NAN, fault);
  }
  return err;
}
