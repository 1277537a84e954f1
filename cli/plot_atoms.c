/* fugue plot --figure atoms: the columns of a run's data are the features of an image, so each latent dimension is one.
 */
#include "cli/figures.h"
#include "core/model/model.h"
#include "core/spec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ATOMS = 100, PIXELS = 1 << 20 }; /* where nothing else is said: drawn at most */

struct atoms {
  uint32_t width, height; /* of an image */
  uint32_t n;             /* latent dimensions */
  float *factor;          /* width * height x n */
  bool is_signed;
  struct atom {
    uint32_t k;
    double use;   /* sum of the absolute codes of all rows */
    double sum;   /* of the codes; below 0: it is mostly its negative that rows are made of, and this is drawn */
    double scale; /* largest absolute value */
  } * atom;       /* n, most used first */
};

static enum fg_err parse_shape(const char *text, uint32_t cols, struct atoms *a, struct fg_fault *fault) {
  uint32_t side = (uint32_t)(sqrt(cols) + 0.5);
  uint64_t w, h;
  char width[24] = "";
  if (!text) {
    a->width = a->height = side;
    return (uint64_t)side * side == cols
               ? FG_OK
               : fg_fail(fault, FG_EUSAGE, NULL, 0,
                         "%u columns are no square image: --shape WIDTHxHEIGHT says which image they are", cols);
  }
  size_t n = strcspn(text, "x");
  if (n < sizeof width)
    snprintf(width, sizeof width, "%.*s", (int)n, text);
  if (!text[n] || !fg_parse_u64(width, &w) || !fg_parse_u64(text + n + 1, &h) || w == 0 || h == 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--shape %s: WIDTHxHEIGHT is expected, such as 28x28", text);
  if (w > cols || h > cols || w * h != cols)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--shape %s: the data have %u columns, no image of that shape", text,
                   cols);
  a->width = (uint32_t)w;
  a->height = (uint32_t)h;
  return FG_OK;
}

/* Pixel i, counted row by row, as it is drawn. */
static double value_of(const struct atoms *a, const struct atom *atom, size_t i) {
  double value = a->factor[i * a->n + atom->k];
  return atom->sum < 0 ? 0 - value : value;
}

/* more use first; of equal ones the one that comes first */
static int by_use(const void *a, const void *b) {
  const struct atom *p = a, *q = b;
  return p->use != q->use ? (p->use < q->use) - (p->use > q->use) : (p->k > q->k) - (p->k < q->k);
}

static enum fg_err read_atoms(const struct fg_plot_job *job, struct atoms *a, struct fg_fault *fault) {
  uint32_t rows, cols, n;
  float *codes = NULL;
  enum fg_err err = fg_plot_factor(job->runs, "col_factor", &cols, &a->n, &a->factor, fault);
  if (!err)
    err = parse_shape(job->options.shape, cols, a, fault);
  if (!err)
    err = fg_plot_factor(job->runs, "row_factor", &rows, &n, &codes, fault);
  if (err)
    goto cleanup;
  a->atom = calloc(a->n, sizeof *a->atom);
  if (!a->atom || n != a->n) {
    err = a->atom ? fg_fail(fault, FG_EINPUT, job->runs->dir, 0, "its factors are of %u and %u dimensions", n, a->n)
                  : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
    goto cleanup;
  }
  for (uint32_t k = 0; k < n; k++)
    a->atom[k].k = k;
  for (size_t i = 0; i < (size_t)rows * n; i++) {
    a->atom[i % n].use += fabs((double)codes[i]);
    a->atom[i % n].sum += (double)codes[i];
  }
  for (uint32_t k = 0; k < n; k++)
    for (uint32_t i = 0; i < cols; i++) {
      double value = value_of(a, &a->atom[k], i);
      a->atom[k].scale = fmax(a->atom[k].scale, fabs(value));
      a->is_signed = a->is_signed || value < 0;
    }
  qsort(a->atom, n, sizeof *a->atom, by_use);

cleanup:
  free(codes);
  return err;
}

/* Pictures lie in a grid that is about a square. */
struct grid {
  uint32_t n, columns, rows; /* pictures, side by side, one above another */
  uint32_t gap;              /* between two [pixel] */
  uint32_t width, height;    /* of all [pixel] */
};

static struct grid lay_out(const struct atoms *a, uint64_t most) {
  struct grid g = {.n = a->n, .gap = (a->width + 14) / 28};
  uint64_t fit = PIXELS / ((uint64_t)a->width * a->height);
  g.gap = g.gap ? g.gap : 1;
  if (!most)
    most = fit < 1 ? 1 : fit < ATOMS ? fit : ATOMS;
  g.n = a->n < most ? a->n : (uint32_t)most;
  g.columns = (uint32_t)ceil(sqrt((double)g.n * a->height / a->width));
  g.columns = g.columns < g.n ? g.columns : g.n;
  g.rows = (g.n + g.columns - 1) / g.columns;
  g.width = g.columns * (a->width + g.gap) - g.gap;
  g.height = g.rows * (a->height + g.gap) - g.gap;
  return g;
}

/* One line per pixel, those of gaps as well: an image is complete. */
static void write_pixels(const struct atoms *a, const struct grid *g, struct fg_figure *figure) {
  FILE *f = figure->data;
  fputs("x,y,value\n", f);
  for (uint32_t y = 0; y < g->height; y++)
    for (uint32_t x = 0; x < g->width; x++) {
      uint32_t column = x / (a->width + g->gap), row = y / (a->height + g->gap), i = row * g->columns + column;
      uint32_t inside_x = x % (a->width + g->gap), inside_y = y % (a->height + g->gap);
      if (i >= g->n || inside_x >= a->width || inside_y >= a->height) {
        fprintf(f, "%u,%u,NaN\n", x, y);
        continue;
      }
      const struct atom *atom = &a->atom[i];
      double value = value_of(a, atom, (size_t)inside_y * a->width + inside_x);
      fprintf(f, "%u,%u,%.4g\n", x, y, atom->scale > 0 ? value / atom->scale : 0);
    }
}

/* What is shown, and what is not. */
static void describe(const struct fg_plot_job *job, const struct atoms *a, const struct grid *g,
                     struct fg_frame *frame) {
  const struct fg_model_type *model = fg_plot_model(job->runs);
  struct fg_frame_panel *panel = &frame->panel[0];
  char all[64];
  uint32_t unused = 0;
  for (uint32_t k = 0; k < a->n; k++)
    unused += a->atom[k].use == 0;
  fg_plot_count(a->n, model && model->dimension ? model->dimension : "factor", all, sizeof all);
  if (g->n < a->n)
    snprintf(panel->title, sizeof panel->title, "%u of %s, most used first", g->n, all);
  else
    snprintf(panel->title, sizeof panel->title, "%s, most used first", all);
  if (unused)
    snprintf(frame->note, sizeof frame->note, "%u of %u are not used by any row", unused, a->n);
}

enum fg_err fg_plot_atoms(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct atoms a = {.n = 0};
  struct fg_frame frame = {.no_grid = true};
  struct fg_figure figure = {0};
  enum fg_err err = read_atoms(job, &a, fault);
  if (!err)
    err = fg_frame_make(&frame, 1, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (err)
    goto cleanup;
  struct grid g = lay_out(&a, job->options.atoms);
  struct fg_frame_axis *x = &frame.panel[0].x, *y = &frame.panel[0].y;
  describe(job, &a, &g, &frame);
  x->exact = x->named = y->exact = y->named = true;
  /* a gap around all, too */
  x->lo = -0.5 - g.gap;
  x->hi = g.width - 0.5 + g.gap;
  y->lo = g.height - 0.5 + g.gap;
  y->hi = -0.5 - g.gap;
  err = fg_frame_settle(&frame, fault);
  if (err)
    goto cleanup;
  frame.panel_cm = fg_frame_panel_width(&frame) * (g.height + 2 * g.gap) / (g.width + 2 * g.gap);
  write_pixels(&a, &g, &figure);
  fprintf(figure.variables, "SIGNED = %d\nATOMS = %u\nCOLUMNS = %u\nATOM_W = %u\nATOM_H = %u\nGAP = %u\n", a.is_signed,
          g.n, g.columns, a.width + g.gap, a.height + g.gap, g.gap);
  err = fg_frame_draw(&frame, &figure, "atoms", &job->options, fault);

cleanup:
  fg_figure_close(&figure);
  fg_frame_free(&frame);
  free(a.factor);
  free(a.atom);
  return err;
}
