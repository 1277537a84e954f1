/* Where panels, labels and the legend go on the paper, written down for plots/style.gp. */
#include "cli/frame.h"

#include <math.h>
#include <string.h>

#define COLUMN_CM 8.6 /* of a journal */
#define PAGE_CM   17.8
#define LINE_CM   0.42
#define SAMPLE_CM 0.85 /* of a line in the legend */
#define EDGE_CM   0.15
#define TIC_CM    5.2 /* longer ones would leave no room for what is drawn */

/* Liberation Sans at 8 pt. */
double fg_text_cm(const char *text) {
  double em = 0;
  for (const unsigned char *p = (const unsigned char *)text; *p; p++)
    if (strchr("ijlI.,:;|'!()[]/ ft-", *p))
      em += 0.3;
    else if (strchr("mwMWOQG%@", *p))
      em += 0.85;
    else if ((*p >= 'A' && *p <= 'Z') || *p == '_' || *p == '=')
      em += 0.66;
    else if ((*p & 0xc0) != 0x80)
      em += 0.55;
  return em * 8 * 2.54 / 72;
}

/* As much of a text as fits, beginning and end: labels of one sweep often differ at the end only. */
static void fit_text(const char *text, double cm, char out[FG_FRAME_TEXT]) {
  size_t n = strlen(text), head = n, tail = n;
  snprintf(out, FG_FRAME_TEXT, "%s", text);
  while (fg_text_cm(out) > cm && (head > 1 || tail < n)) {
    if (tail == n) /* the first time */
      head = 2 * n / 3, tail = head;
    if (3 * (n - tail) >= head && tail < n)
      tail++;
    else
      head--;
    while (head > 0 && ((unsigned char)text[head] & 0xc0) == 0x80)
      head--;
    while (tail < n && ((unsigned char)text[tail] & 0xc0) == 0x80)
      tail++;
    snprintf(out, FG_FRAME_TEXT, "%.*s\u2026%s", (int)head, text, text + tail);
  }
}

/* What gnuplot writes beside a tic is a format. */
static void escape_percent(char text[FG_FRAME_TEXT]) {
  char plain[FG_FRAME_TEXT];
  size_t n = 0;
  snprintf(plain, sizeof plain, "%s", text);
  for (const char *p = plain; *p && n + 2 < FG_FRAME_TEXT; p++) {
    text[n++] = *p;
    if (*p == '%')
      text[n++] = '%';
  }
  text[n] = 0;
}

struct layout {
  size_t columns, rows;
  double width, height; /* of the figure */
  double head, foot;    /* legend above, note below */
  double left_first, left_other, right, top, title, bottom_last, bottom_other, panel_w, panel_h;
  bool rotate;
  size_t key_columns, key_rows;
  double key_x, key_step, key_cm; /* key_cm: what a text may take */
};

static double widest_tic(const struct fg_frame_axis *axis) {
  double most = 0;
  for (size_t i = 0; i < axis->n_tics; i++)
    most = fmax(most, fg_text_cm(axis->tic[i].label));
  return fmin(most, TIC_CM);
}

static bool labelled(const struct fg_frame *frame, bool x) {
  for (size_t p = 0; p < frame->n; p++)
    if (*(x ? frame->panel[p].x.label : frame->panel[p].y.label))
      return true;
  return false;
}

static bool titled(const struct fg_frame *frame) {
  for (size_t p = 0; p < frame->n; p++)
    if (frame->panel[p].title[0])
      return true;
  return false;
}

size_t fg_frame_columns(const struct fg_frame *frame) {
  size_t n = frame->n;
  double title = 0;
  if (frame->columns)
    return frame->columns < n ? frame->columns : n;
  for (size_t p = 0; p < n; p++)
    title = fmax(title, fg_text_cm(frame->panel[p].title));
  size_t columns = frame->slim ? (n <= 6 ? n : n <= 12 ? (n + 1) / 2 : 6) : n <= 2 ? 1 : n == 4 ? 2 : n <= 9 ? 3 : 4;
  while (columns > 1 && (PAGE_CM - 1.5) / (double)columns - 0.3 < title)
    columns--;
  size_t rows = (n + columns - 1) / columns;
  return (n + rows - 1) / rows;
}

static bool crowded(const struct fg_frame *frame, double panel_w) {
  for (size_t p = 0; p < frame->n; p++)
    if (frame->panel[p].x.named && fg_axis_crowded(&frame->panel[p].x, panel_w))
      return true;
  return false;
}

/* Is the label of x the same below all panels? Then it is written once. */
static bool one_label(const struct fg_frame *frame) {
  for (size_t p = 1; p < frame->n; p++)
    if (strcmp(frame->panel[0].x.label, frame->panel[p].x.label) != 0)
      return false;
  return frame->same_x;
}

static size_t count_keys(const struct fg_frame *frame, size_t panel) {
  size_t n = 0;
  for (size_t i = 0; i < frame->n_keys; i++)
    n += frame->key[i].panel == panel;
  return n;
}

/* The legend above all panels: as many columns as fit. */
static void place_keys(const struct fg_frame *frame, struct layout *l) {
  double longest = 0;
  size_t n = count_keys(frame, FG_ALL_PANELS);
  for (size_t i = 0; i < frame->n_keys; i++)
    if (frame->key[i].panel == FG_ALL_PANELS)
      longest = fmax(longest, fg_text_cm(frame->key[i].label));
  l->key_cm = l->width - SAMPLE_CM - 2 * EDGE_CM;
  l->key_step = fmin(longest, l->key_cm) + SAMPLE_CM + 0.5;
  double room = l->width - 2 * EDGE_CM + 0.3;
  l->key_columns = room < 2 * l->key_step ? 1 : (size_t)(room / l->key_step);
  if (l->key_columns > n)
    l->key_columns = n;
  l->key_rows = n ? (n + l->key_columns - 1) / l->key_columns : 0;
  if (l->key_rows) /* no column that is empty */
    l->key_columns = (n + l->key_rows - 1) / l->key_rows;
  double spare = l->width - (double)l->key_columns * l->key_step + 0.3;
  l->key_x = fmax(EDGE_CM, fmin(l->left_first, spare - EDGE_CM));
  l->head = l->key_rows ? LINE_CM * (double)l->key_rows + 0.2 : 0;
}

static struct layout lay_out(const struct fg_frame *frame) {
  struct layout l = {.columns = fg_frame_columns(frame)};
  double y_tics = 0, x_tics = 0, last_tic = 0;
  l.rows = (frame->n + l.columns - 1) / l.columns;
  for (size_t p = 0; p < frame->n; p++) {
    const struct fg_frame_axis *x = &frame->panel[p].x;
    y_tics = fmax(y_tics, widest_tic(&frame->panel[p].y));
    x_tics = fmax(x_tics, widest_tic(x));
    if (x->n_tics)
      last_tic = fmax(last_tic, fg_text_cm(x->tic[x->n_tics - 1].label) / 2);
  }
  l.width = l.columns == 1 ? COLUMN_CM : PAGE_CM;
  l.left_first = 0.1 + (labelled(frame, false) ? 0.5 : 0) + y_tics + 0.25;
  l.left_other = frame->same_y ? 0.3 : l.left_first;
  l.right = fmax(0.2, fmin(last_tic, 0.5) + 0.05);
  l.panel_w = (l.width - l.left_first - (double)(l.columns - 1) * l.left_other - (double)l.columns * l.right) /
              (double)l.columns;
  l.rotate = crowded(frame, l.panel_w);
  size_t own_keys = 0;
  for (size_t p = 0; p < frame->n; p++)
    own_keys = count_keys(frame, p) > own_keys ? count_keys(frame, p) : own_keys;
  l.title = (own_keys ? LINE_CM * (double)own_keys + 0.1 : 0) + 0.25;
  l.top = (titled(frame) ? 0.55 : 0.15) + (own_keys ? LINE_CM * (double)own_keys + 0.1 : 0);
  double tics_cm = x_tics == 0 ? 0 : l.rotate ? 0.4 + 0.57 * x_tics : 0.5;
  l.bottom_last = 0.1 + tics_cm + (labelled(frame, true) ? 0.42 : 0);
  l.bottom_other = frame->same_x ? 0.2 : l.bottom_last;
  l.panel_h = frame->panel_cm > 0 ? frame->panel_cm
              : l.columns == 1    ? (l.rows > 1 ? 3.6 : 4.4)
              : l.columns == 2    ? 4
                                  : 3.6;
  l.foot = frame->note[0] ? LINE_CM : 0;
  place_keys(frame, &l);
  l.height =
      l.head + l.foot + (double)l.rows * (l.top + l.panel_h) + (double)(l.rows - 1) * l.bottom_other + l.bottom_last;
  return l;
}

double fg_frame_panel_width(const struct fg_frame *frame) {
  return lay_out(frame).panel_w;
}

static void text_entry(struct fg_figure *figure, const char *array, size_t i, const char *text) {
  char variable[48];
  snprintf(variable, sizeof variable, "%s[%zu]", array, i + 1);
  fg_figure_text(figure, variable, text);
}

/* Of what a panel's axes span, from the left and from above [cm]. */
struct place {
  double left, top;
};

static struct place place_of(const struct layout *l, size_t p) {
  return (struct place){l->left_first + (double)(p % l->columns) * (l->panel_w + l->right + l->left_other),
                        l->head + l->top + (double)(p / l->columns) * (l->panel_h + l->bottom_other + l->top)};
}

/* Is a panel at the end of its column? */
static bool last_of_column(const struct fg_frame *frame, const struct layout *l, size_t p) {
  return p + l->columns >= frame->n;
}

static size_t write_axis(struct fg_figure *figure, const char *name, size_t p, const struct fg_frame_axis *axis,
                         bool shown, size_t tic) {
  char variable[16];
  FILE *f = figure->variables;
  snprintf(variable, sizeof variable, "%s_LABEL", name);
  text_entry(figure, variable, p, shown ? axis->label : "");
  fprintf(f, "%s_LOG[%zu] = %d\n%s_FROM[%zu] = %.10g\n%s_TO[%zu] = %.10g\n", name, p + 1,
          axis->scale == FG_LOG10  ? 10
          : axis->scale == FG_LOG2 ? 2
                                   : 0,
          name, p + 1, axis->lo, name, p + 1, axis->hi);
  fprintf(f, "%s_TIC[%zu] = %zu\n%s_TIC_LAST[%zu] = %zu\n", name, p + 1, tic + 1, name, p + 1, tic + axis->n_tics);
  for (size_t i = 0; i < axis->n_tics; i++, tic++) {
    char label[FG_FRAME_TEXT];
    fit_text(axis->tic[i].label, TIC_CM, label);
    escape_percent(label);
    text_entry(figure, "TIC_LABEL", tic, shown ? label : "");
    fprintf(f, "TIC_AT[%zu] = %.10g\n", tic + 1, axis->tic[i].at);
  }
  return tic;
}

static void write_panels(const struct fg_frame *frame, const struct layout *l, struct fg_figure *figure) {
  static const char *const arrays[] = {"LEFT",       "RIGHT", "BOTTOM", "TOP",  "TITLE", "X_LABEL",
                                       "X_LABEL_AT", "X_LOG", "X_FROM", "X_TO", "X_TIC", "X_TIC_LAST",
                                       "Y_LABEL",    "Y_LOG", "Y_FROM", "Y_TO", "Y_TIC", "Y_TIC_LAST"};
  size_t tics = 0;
  for (size_t p = 0; p < frame->n; p++)
    tics += frame->panel[p].x.n_tics + frame->panel[p].y.n_tics;
  FILE *f = figure->variables;
  fprintf(f, "PANELS = %zu\nGRID = %d\nROTATE = %d\n", frame->n, !frame->no_grid, l->rotate);
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
    fprintf(f, "array %s[%zu]\n", arrays[i], frame->n);
  fprintf(f, "array TIC_AT[%zu]\narray TIC_LABEL[%zu]\n", tics + 1, tics + 1);
  size_t tic = 0;
  for (size_t p = 0; p < frame->n; p++) {
    struct place place = place_of(l, p);
    double left = place.left, top = place.top;
    fprintf(f, "LEFT[%zu] = %.6f\nRIGHT[%zu] = %.6f\nTOP[%zu] = %.6f\nBOTTOM[%zu] = %.6f\n", p + 1, left / l->width,
            p + 1, (left + l->panel_w) / l->width, p + 1, 1 - top / l->height, p + 1,
            1 - (top + l->panel_h) / l->height);
    char title[FG_FRAME_TEXT];
    fit_text(frame->panel[p].title, l->panel_w + l->right, title);
    text_entry(figure, "TITLE", p, title);
    bool x_shown = !frame->same_x || last_of_column(frame, l, p), y_shown = !frame->same_y || p % l->columns == 0;
    tic = write_axis(figure, "X", p, &frame->panel[p].x, x_shown, tic);
    double right_end = place_of(l, l->columns - 1).left + l->panel_w;
    bool once = one_label(frame) && l->columns > 1;
    if (once && p != frame->n - 1)
      text_entry(figure, "X_LABEL", p, "");
    double middle = once ? (l->left_first + right_end) / 2 : left + l->panel_w / 2;
    double last = l->width - EDGE_CM - fg_text_cm(frame->panel[p].x.label) / 2; /* or the edge would cut it */
    fprintf(f, "X_LABEL_AT[%zu] = %.6f\n", p + 1, fmin(middle, fmax(last, l->width / 2)) / l->width);
    tic = write_axis(figure, "Y", p, &frame->panel[p].y, y_shown, tic);
  }
  /* from the edge of a panel [cm] */
  fprintf(f, "X_LABEL_CM = %.3f\nY_LABEL_CM = %.3f\nTITLE_CM = %.3f\n", l->bottom_last - 0.25, l->left_first - 0.3,
          l->title);
}

static void write_keys(const struct fg_frame *frame, const struct layout *l, struct fg_figure *figure) {
  static const char *const hows[] = {[FG_KEY_BOTH] = "both",
                                     [FG_KEY_POINT] = "point",
                                     [FG_KEY_LINE] = "line",
                                     [FG_KEY_BOX] = "box",
                                     [FG_KEY_FILL] = "fill"};
  FILE *f = figure->variables;
  fprintf(f, "KEYS = %zu\nSAMPLE = %.6f\n", frame->n_keys, SAMPLE_CM / l->width);
  for (size_t i = 0; i < 5; i++)
    fprintf(f, "array KEY%s[%zu]\n", (const char *const[]){"", "_X", "_Y", "_HOW", "_TYPE"}[i], frame->n_keys + 1);
  for (size_t i = 0; i < frame->n_keys; i++) {
    const struct fg_frame_key *key = &frame->key[i];
    size_t at = 0; /* among those of its legend */
    double x, y;
    for (size_t k = 0; k < i; k++)
      at += frame->key[k].panel == key->panel;
    if (key->panel == FG_ALL_PANELS) {
      x = l->key_x + (double)(at / l->key_rows) * l->key_step;
      y = 0.1 + LINE_CM * ((double)(at % l->key_rows) + 0.5);
    } else {
      struct place place = place_of(l, key->panel);
      x = place.left;
      y = place.top - l->title + 0.25 + LINE_CM * ((double)at + 0.5);
    }
    char label[FG_FRAME_TEXT];
    fit_text(key->label, key->panel == FG_ALL_PANELS ? l->key_cm : l->panel_w - SAMPLE_CM, label);
    text_entry(figure, "KEY", i, label);
    text_entry(figure, "KEY_HOW", i, hows[key->how]);
    fprintf(f, "KEY_TYPE[%zu] = %d\nKEY_X[%zu] = %.6f\nKEY_Y[%zu] = %.6f\n", i + 1, key->type, i + 1, x / l->width,
            i + 1, 1 - y / l->height);
  }
}

enum fg_err fg_frame_draw(const struct fg_frame *frame, struct fg_figure *figure, const char *template_name,
                          const struct fg_plot_options *options, struct fg_fault *fault) {
  struct layout l = lay_out(frame);
  write_panels(frame, &l, figure);
  write_keys(frame, &l, figure);
  fg_figure_text(figure, "NOTE", frame->note);
  return fg_figure_draw(figure, template_name, l.width, l.height, options, fault);
}
