/* fugue plot --figure extras, lead: what runs of a sweep counted, a panel of boxes per combination. */
#include "cli/figures.h"
#include "cli/place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 40 };

static const struct fg_run_histogram *histogram_of(const struct fg_sweep_result *r, const char *what) {
  for (size_t i = 0; r->run && i < r->run->n_histograms; i++)
    if (strcmp(r->run->histogram[i].what, what) == 0 && r->run->histogram[i].n)
      return &r->run->histogram[i];
  return NULL;
}

struct span {
  int64_t lo, hi;
};

/* Values that hold all but a hundredth of the counts of each run: a few visits far out would leave the rest no room. */
static struct span span_of(const struct fg_placing *p, const char *what, bool *cut) {
  struct span span = {INT64_MAX, INT64_MIN};
  int64_t last = INT64_MIN;
  for (size_t i = 0; i < p->n; i++)
    for (size_t k = 0; k < p->placed[i].group->n; k++) {
      const struct fg_run_histogram *h = histogram_of(p->placed[i].group->member[k], what);
      uint64_t all = 0, so_far = 0;
      for (size_t v = 0; h && v < h->n; v++)
        all += h->count[v];
      for (size_t v = 0; h && v < h->n; v++) {
        if (so_far * 100 < all * 99) {
          span.lo = h->value[v] < span.lo ? h->value[v] : span.lo;
          span.hi = h->value[v] > span.hi ? h->value[v] : span.hi;
        }
        last = h->value[v] > last ? h->value[v] : last;
        so_far += h->count[v];
      }
    }
  *cut = last > span.hi;
  return span;
}

static int64_t bin_width(struct span span) {
  static const int64_t by[] = {2, 5, 10};
  int64_t width = 1, base = 1;
  for (int k = 0; (span.hi - span.lo) / width >= BINS; k++) {
    width = base * by[k % 3];
    base = k % 3 == 2 ? width : base;
  }
  return width;
}

/* Value v to its bin; what lies beyond the span goes into the last. */
static size_t bin_of(int64_t v, struct span span, int64_t width) {
  v = v < span.lo ? span.lo : v > span.hi ? span.hi : v;
  int64_t first = span.lo / width;
  return (size_t)(v / width - first);
}

static enum fg_err add_boxes(const struct fg_placed *q, const char *what, struct span span, int64_t width, double unit,
                             size_t panel, struct fg_chart *c, struct fg_fault *fault) {
  double count[2 * BINS + 4] = {0}, all = 0;
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < q->group->n; i++) {
    const struct fg_run_histogram *h = histogram_of(q->group->member[i], what);
    for (size_t v = 0; h && v < h->n; v++) {
      count[bin_of(h->value[v], span, width)] += (double)h->count[v];
      all += (double)h->count[v];
    }
  }
  for (size_t b = 0; !err && all > 0 && b < sizeof count / sizeof *count; b++) {
    if (count[b] == 0)
      continue;
    double from = ((double)(span.lo / width) + (double)b) * (double)width * unit, to = from + (double)width * unit;
    if (width == 1 && unit == 1) { /* whole numbers stand in the middle of their box */
      from -= 0.5;
      to -= 0.5;
    }
    struct fg_chart_mark mark = {panel, 0, (from + to) / 2, from, to, 100 * count[b] / all, NAN, NAN, FG_MARK_VALUE};
    err = fg_chart_add(c, &mark, fault);
  }
  return err;
}

static enum fg_err fill(const struct fg_plot_job *job, const struct fg_placing *p, struct fg_chart *c,
                        struct fg_fault *fault) {
  const char *what = job->type->x;
  bool cut = false, extra = strcmp(what, "extra") == 0;
  struct span span = span_of(p, what, &cut);
  enum fg_err err = FG_OK;
  if (span.lo > span.hi)
    return fg_fail(fault, FG_EINPUT, job->results->dir, 0,
                   "the runs left no trace: `trace: on` in the specification's `base:` and fugue sweep again");
  if (span.lo < 0)
    span.lo = 0;
  int64_t width = bin_width(span);
  for (size_t k = 0; k < c->frame.n; k++) {
    bool said;
    c->frame.panel[k].y.scale = fg_log_asked(&job->options, 'y', &said) ? FG_LOG10 : FG_LINEAR;
  }
  for (size_t i = 0; !err && i < p->n; i++) {
    const struct fg_placed *q = &p->placed[i];
    size_t at = q->series * p->n_panels + q->panel;
    struct fg_frame_panel *panel = &c->frame.panel[at];
    snprintf(panel->title, sizeof panel->title, "%s%s%.*s", p->panel[q->panel], *p->panel[q->panel] ? ": " : "", 90,
             p->name[q->series]);
    err = add_boxes(q, what, span, width, extra ? 0.01 : 1, at, c, fault);
  }
  if (cut)
    snprintf(c->frame.note, sizeof c->frame.note, "the last box holds all beyond as well");
  for (size_t k = 0; k < c->frame.n; k++) {
    struct fg_frame_panel *panel = &c->frame.panel[k];
    snprintf(panel->x.label, sizeof panel->x.label, "%s",
             extra ? "extra updates of a visit by its required ones" : "visits ahead of the slowest worker");
    snprintf(panel->y.label, sizeof panel->y.label, "visits [%%]");
    fg_axis_widen(&panel->y, 0);
    if (extra)
      fg_axis_widen(&panel->x, 0);
  }
  return err;
}

enum fg_err fg_plot_histogram(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct fg_placing p = {.n = 0};
  struct fg_chart chart = {.n = 0};
  enum fg_err err = fg_place(job->results, job->where, NULL, FG_SERIES_ALL, FG_ABSENT, &job->options, &p, fault);
  if (!err)
    err = fg_chart_make(&chart, p.n_panels * p.n_series, 1, fault);
  if (!err) {
    chart.how = FG_CHART_BOXES;
    chart.frame.same_x = chart.frame.same_y = true;
    chart.frame.columns = p.n_panels > 1 && p.n_panels <= 4 ? p.n_panels : 1;
    chart.frame.panel_cm = chart.frame.n > 3 ? 1.5 : 2.2;
    err = fill(job, &p, &chart, fault);
  }
  if (!err) {
    fg_place_note(&p, &chart.frame);
    err = fg_chart_draw(&chart, &job->options, fault);
  }
  fg_chart_free(&chart);
  fg_placing_free(&p);
  return err;
}
