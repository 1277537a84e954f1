/* fugue plot --figure communities: a run's memberships, rows ordered by the community that has most of them, to a heat
 * map; beside it what else is known of the rows, and the links of a network in the same order. */
#include "cli/figures.h"
#include "cli/links.h"
#include "core/data/labels.h"
#include "core/model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  HEIGHT = 400,     /* most lines of the map: more rows share them */
  FINE = 240,       /* a map of less is drawn finer, or browsers would blur it */
  STRIP_CELLS = 24, /* most cells beside a line that many rows share */
  COLOURS = 7       /* of labels; the rarer ones are grey */
};
#define GAP   0.02 /* between map and strip, of the map's width */
#define STRIP 0.08

struct member {
  uint32_t row, community;
  float share; /* its membership there */
};

struct communities {
  uint32_t rows, n;        /* n: communities */
  float *share;            /* rows x n */
  struct member *member;   /* rows, in the order in which they are drawn */
  uint32_t *size;          /* n: rows that have most of their membership there */
  struct fg_labels labels; /* n = 0: none */
  uint32_t *colour;        /* of each label: 1 to COLOURS, or more: one of the rarer ones */
  uint32_t *links;         /* of cells, as many lines and columns as the map has lines; NULL: no network at hand */
};

static void communities_free(struct communities *c) {
  free(c->share);
  free(c->member);
  free(c->size);
  free(c->colour);
  free(c->links);
  fg_labels_free(&c->labels);
}

static enum fg_err check_simplex(const struct fg_plot_job *job, const struct communities *c, struct fg_fault *fault) {
  for (uint32_t i = 0; i < c->rows; i++) {
    double sum = 0, least = 0;
    for (uint32_t k = 0; k < c->n; k++) {
      sum += c->share[(size_t)i * c->n + k];
      least = fmin(least, c->share[(size_t)i * c->n + k]);
    }
    if (!(least >= -1e-5 && fabs(sum - 1) <= 1e-3))
      return fg_fail(fault, FG_EINPUT, job->runs->dir, 0,
                     "--figure communities draws shares, and row %u of this model has none (sum %g, least %g); models "
                     "with communities or topics have",
                     i + 1, sum, least);
  }
  return FG_OK;
}

/* community by community, the largest membership first; of equal ones the row that comes first */
static int by_community(const void *a, const void *b) {
  const struct member *p = a, *q = b;
  if (p->community != q->community)
    return p->community < q->community ? -1 : 1;
  return p->share != q->share ? (p->share < q->share) - (p->share > q->share) : (p->row > q->row) - (p->row < q->row);
}

static enum fg_err order(struct communities *c, struct fg_fault *fault) {
  c->member = calloc(c->rows, sizeof *c->member);
  c->size = calloc(c->n, sizeof *c->size);
  if (!c->member || !c->size)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (uint32_t i = 0; i < c->rows; i++) {
    const float *share = c->share + (size_t)i * c->n;
    uint32_t best = 0;
    for (uint32_t k = 1; k < c->n; k++)
      best = share[k] > share[best] ? k : best;
    c->member[i] = (struct member){.row = i, .community = best, .share = share[best]};
    c->size[best]++;
  }
  qsort(c->member, c->rows, sizeof *c->member, by_community);
  return FG_OK;
}

/* The most frequent labels have colours of their own. */
static enum fg_err colour_labels(struct communities *c, struct fg_frame *frame, struct fg_fault *fault) {
  struct fg_labels *l = &c->labels;
  c->colour = calloc((size_t)l->n_names + 1, sizeof *c->colour);
  if (!c->colour)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (uint32_t next = 1; next <= COLOURS && next <= l->n_names; next++) {
    uint32_t most = l->n_names;
    for (uint32_t k = 0; k < l->n_names; k++)
      if (!c->colour[k] && (most == l->n_names || l->how_many[k] > l->how_many[most]))
        most = k;
    c->colour[most] = next;
    fg_frame_key(frame, FG_ALL_PANELS, l->name[most], FG_KEY_FILL, (int)next);
  }
  for (uint32_t k = 0; k < l->n_names; k++)
    c->colour[k] = c->colour[k] ? c->colour[k] : COLOURS + 1;
  if (l->n_names > COLOURS) {
    char others[64];
    snprintf(others, sizeof others, "%u others", l->n_names - COLOURS);
    fg_frame_key(frame, FG_ALL_PANELS, others, FG_KEY_FILL, COLOURS + 1);
  }
  return FG_OK;
}

/* Of line y of the map: rows first to end - 1 in their order. */
struct span {
  size_t first, end;
};

static uint32_t count_lines(const struct communities *c) {
  return c->rows < HEIGHT ? c->rows : HEIGHT;
}

static struct span span_of(const struct communities *c, uint32_t y) {
  uint64_t lines = count_lines(c);
  return (struct span){(size_t)(y * (uint64_t)c->rows / lines), (size_t)((y + 1) * (uint64_t)c->rows / lines)};
}

static enum fg_err read_links(const struct fg_plot_run *run, struct communities *c, struct fg_fault *fault) {
  uint32_t *place = calloc(c->rows, sizeof *place);
  if (!place)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (uint32_t i = 0; i < c->rows; i++)
    place[c->member[i].row] = i;
  enum fg_err err = fg_links_count(run, place, c->rows, count_lines(c), &c->links, fault);
  free(place);
  return err;
}

static uint32_t finer(uint32_t n) {
  return n < FINE ? (FINE + n - 1) / n : 1;
}

/* Means of the rows that share a line. Returns how many lines of data that takes. */
static uint64_t write_map(const struct communities *c, struct fg_figure *figure) {
  uint32_t lines = count_lines(c), fine_x = finer(c->n), fine_y = finer(lines);
  for (uint32_t y = 0; y < lines * fine_y; y++) {
    struct span span = span_of(c, y / fine_y);
    for (uint32_t p = 0; p < c->n; p++) {
      double sum = 0;
      for (size_t i = span.first; i < span.end; i++)
        sum += c->share[(size_t)c->member[i].row * c->n + p];
      for (uint32_t x = 0; x < fine_x; x++)
        fprintf(figure->data, "%.9g,%.9g,%.3g\n", p + (x + 0.5) / fine_x, (y + 0.5) / fine_y * c->rows / lines,
                sum / (double)(span.end - span.first));
    }
  }
  return (uint64_t)lines * fine_y * c->n * fine_x;
}

static int by_number(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Beside each line the labels of its rows in order of their colours, each as wide as its share is. *written: how many
 * lines of data that takes. */
static enum fg_err write_strip(const struct communities *c, struct fg_figure *figure, uint64_t *written,
                               struct fg_fault *fault) {
  uint32_t lines = count_lines(c), fine_y = finer(lines);
  size_t most = c->rows / lines + 1, cells = c->rows > lines ? STRIP_CELLS : 1;
  uint32_t *colour = calloc(most, sizeof *colour);
  if (!colour)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (uint32_t y = 0; y < lines * fine_y; y++) {
    struct span span = span_of(c, y / fine_y);
    size_t n = span.end - span.first;
    for (size_t i = 0; i < n; i++)
      colour[i] = c->colour[c->labels.of[c->member[span.first + i].row]];
    qsort(colour, n, sizeof *colour, by_number);
    for (size_t x = 0; x < cells; x++)
      fprintf(figure->data, "%.9g,%.9g,%u\n", c->n * (1 + GAP + STRIP * ((double)x + 0.5) / (double)cells),
              (y + 0.5) / fine_y * c->rows / lines, colour[(2 * x + 1) * n / (2 * cells)]);
  }
  free(colour);
  *written = (uint64_t)lines * fine_y * cells;
  return FG_OK;
}

/* The root of a cell's share of the links of the fullest one: in networks most have none and few have many. */
static void write_links(const struct communities *c, struct fg_figure *figure) {
  uint32_t side = count_lines(c), fine = finer(side), most = 1;
  for (size_t i = 0; i < (size_t)side * side; i++)
    most = c->links[i] > most ? c->links[i] : most;
  for (uint32_t y = 0; y < side * fine; y++)
    for (uint32_t x = 0; x < side * fine; x++)
      fprintf(figure->data, "%.9g,%.9g,%.3g\n", (x + 0.5) / fine * c->rows / side, (y + 0.5) / fine * c->rows / side,
              sqrt((double)c->links[(size_t)(y / fine) * side + x / fine] / most));
}

/* Numbers below, from 1: every one, or every second, fifth, tenth, ... */
static enum fg_err number_communities(const struct communities *c, struct fg_frame_axis *x, double width_cm,
                                      struct fg_fault *fault) {
  static const double by[] = {2, 2.5, 2};
  double every = 1;
  char last[32];
  snprintf(last, sizeof last, "%u", c->n);
  for (int k = 0; every * width_cm / x->hi < fg_text_cm(last) + 0.1; k++)
    every *= by[k % 3];
  enum fg_err err = FG_OK;
  for (uint32_t p = (uint32_t)every; !err && p <= c->n; p += (uint32_t)every) {
    char text[32];
    snprintf(text, sizeof text, "%u", p);
    err = fg_axis_tic(x, p - 0.5, text, fault);
  }
  return err;
}

/* At the middle of the rows of each community how many they are, or its number, if there is room. */
static enum fg_err name_parts(const struct communities *c, struct fg_frame_axis *axis, bool sizes, double length_cm,
                              struct fg_fault *fault) {
  double per = length_cm / c->rows, end = -1;
  enum fg_err err = FG_OK;
  for (uint32_t p = 0, before = 0; !err && p < c->n; before += c->size[p++]) {
    double middle = before + c->size[p] / 2.0;
    char text[32];
    snprintf(text, sizeof text, "%u", sizes ? c->size[p] : p + 1);
    double half = sizes ? 0.15 /* of a line of text [cm] */ : fg_text_cm(text) / 2 + 0.05;
    if (c->size[p] == 0 || middle * per - half < end)
      continue;
    err = fg_axis_tic(axis, middle, text, fault);
    end = middle * per + half;
  }
  return err;
}

static enum fg_err frame_map(const struct fg_plot_job *job, const struct communities *c, struct fg_frame *frame,
                             struct fg_fault *fault) {
  const struct fg_model_type *model = fg_plot_model(job->runs);
  const char *one = model && model->dimension ? model->dimension : "factor";
  const char *line = model && model->top_rows ? "node" : "row";
  struct fg_frame_panel *panel = &frame->panel[0];
  char rows[64], all[64];
  fg_plot_count(c->rows, line, rows, sizeof rows);
  fg_plot_count(c->n, one, all, sizeof all);
  snprintf(panel->title, sizeof panel->title, "%s in %s", rows, all);
  snprintf(panel->x.label, sizeof panel->x.label, "%s", one);
  snprintf(panel->y.label, sizeof panel->y.label, "%ss of each %s", line, one);
  const char *about = c->rows % HEIGHT ? "about " : "";
  uint32_t in_line = (c->rows + HEIGHT / 2) / HEIGHT;
  if (model && model->top_rows && c->rows > FG_LINKS_NODES)
    snprintf(frame->note, sizeof frame->note, "%s%u %ss a line, too many to draw links", about, in_line, line);
  else if (c->rows > HEIGHT)
    snprintf(frame->note, sizeof frame->note, "each line: the mean of %s%u %ss", about, in_line, line);
  panel->x.exact = panel->x.named = panel->y.exact = panel->y.named = true;
  panel->x.lo = 0;
  panel->x.hi = c->n * (c->labels.n ? 1 + GAP + STRIP : 1);
  panel->y.lo = c->rows;
  panel->y.hi = 0;
  frame->panel_cm = 7;
  enum fg_err err = name_parts(c, &panel->y, true, frame->panel_cm, fault);
  if (!err)
    err = number_communities(c, &panel->x, fg_frame_panel_width(frame), fault);
  if (!err && c->links) {
    struct fg_frame_panel *links = &frame->panel[1];
    snprintf(links->title, sizeof links->title, "links among them, darker where there are more");
    links->x = (struct fg_frame_axis){.exact = true, .named = true, .lo = 0, .hi = c->rows};
    links->y = (struct fg_frame_axis){.exact = true, .named = true, .lo = c->rows, .hi = 0};
    snprintf(links->x.label, sizeof links->x.label, "%ss of each %s", line, one);
    frame->columns = 2;
    frame->same_y = true;
    err = name_parts(c, &links->x, false, fg_frame_panel_width(frame), fault);
  }
  return err ? err : fg_frame_settle(frame, fault);
}

static void write_edges(const struct communities *c, struct fg_figure *figure) {
  FILE *f = figure->variables;
  fprintf(f, "MAP_TO = %u\nROWS = %u\nEDGES = %u\narray EDGE[%u]\n", c->n, c->rows, c->n, c->n);
  for (uint32_t p = 0, at = 0; p < c->n; p++)
    fprintf(f, "EDGE[%u] = %u\n", p + 1, at += c->size[p]);
}

static enum fg_err draw(const struct fg_plot_job *job, const struct communities *c, struct fg_frame *frame,
                        struct fg_figure *figure, struct fg_fault *fault) {
  enum fg_err err = frame_map(job, c, frame, fault);
  if (err)
    return err;
  fputs("x,y,value\n", figure->data);
  uint64_t map = write_map(c, figure), strip = 0;
  if (c->labels.n)
    err = write_strip(c, figure, &strip, fault);
  if (c->links)
    write_links(c, figure);
  fprintf(figure->variables, "MAP = %llu\nSTRIP = %llu\n", (unsigned long long)map, (unsigned long long)strip);
  write_edges(c, figure);
  return err ? err : fg_frame_draw(frame, figure, "communities", &job->options, fault);
}

enum fg_err fg_plot_communities(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct communities c = {.n = 0};
  struct fg_frame frame = {.no_grid = true};
  struct fg_figure figure = {0};
  enum fg_err err = fg_plot_factor(job->runs, "row_factor", &c.rows, &c.n, &c.share, fault);
  if (!err)
    err = check_simplex(job, &c, fault);
  if (!err)
    err = order(&c, fault);
  if (!err)
    err = read_links(job->runs, &c, fault);
  if (!err)
    err = fg_frame_make(&frame, c.links ? 2 : 1, fault);
  if (!err && job->options.labels)
    err = fg_labels_read(job->options.labels, c.rows, &c.labels, fault);
  if (!err && job->options.labels)
    err = colour_labels(&c, &frame, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (!err)
    err = draw(job, &c, &frame, &figure, fault);
  fg_figure_close(&figure);
  fg_frame_free(&frame);
  communities_free(&c);
  return err;
}
