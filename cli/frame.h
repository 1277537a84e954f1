/* What all figures have in common: panels with their axes, a legend above them, and where on the paper all that goes.
 * plots/style.gp draws it; a template adds what is inside the panels. */
#ifndef FG_CLI_FRAME_H
#define FG_CLI_FRAME_H

#include "cli/plot.h"

#include <stdbool.h>
#include <stddef.h>

/* SERIES: what colours, dashes and marks can tell apart. */
enum { FG_FRAME_TEXT = 200, FG_FRAME_SERIES = 14, FG_FRAME_PANELS = 24, FG_FRAME_KEYS = 96 };

enum fg_scale { FG_LINEAR, FG_LOG10, FG_LOG2 };

struct fg_tic {
  double at;
  char label[FG_FRAME_TEXT];
};

struct fg_frame_axis {
  char label[FG_FRAME_TEXT];
  enum fg_scale scale;
  double lo, hi;      /* what it spans; lo > hi: nothing so far, or, once settled, upside down */
  bool exact;         /* lo and hi are final: no room is added beside what is drawn */
  bool named;         /* tics are given, and are all of it: a category each */
  struct fg_tic *tic; /* owned; unless given, made by fg_frame_settle */
  size_t n_tics;
};

struct fg_frame_panel {
  char title[FG_FRAME_TEXT]; /* "": none */
  struct fg_frame_axis x, y;
};

/* How an entry of the legend looks. */
enum fg_key_how { FG_KEY_BOTH, FG_KEY_POINT, FG_KEY_LINE, FG_KEY_BOX, FG_KEY_FILL };

struct fg_frame_key {
  char label[FG_FRAME_TEXT];
  enum fg_key_how how;
  int type; /* line type 1 to 14, FG_LINE_GUIDE, FG_LINE_PLAIN; FG_KEY_BOX: index into SPENT of style.gp; FG_KEY_FILL:
               line type whose colour fills a box */
  size_t panel; /* above which it stands; FG_ALL_PANELS: above all */
};
enum { FG_LINE_GUIDE = 15, FG_LINE_PLAIN = 16 };
#define FG_ALL_PANELS SIZE_MAX

struct fg_frame {
  struct fg_frame_panel *panel; /* owned */
  size_t n;
  size_t columns;      /* of panels; 0: as fits */
  bool slim;           /* panels may be narrow: up to six side by side */
  bool same_x, same_y; /* all panels have the same axis: same span, labelled at the edge of the figure only */
  bool no_grid;
  double panel_cm; /* height of what an axis spans; 0: as fits */
  struct fg_frame_key key[FG_FRAME_KEYS];
  size_t n_keys;            /* those of a panel stand together */
  char note[FG_FRAME_TEXT]; /* below everything; "": none */
};

/* n panels, empty. FG_ENOMEM. *frame must be zero; freed by fg_frame_free, also after an error. */
enum fg_err fg_frame_make(struct fg_frame *frame, size_t n, struct fg_fault *fault);
void fg_frame_free(struct fg_frame *frame);

/* An entry of the legend above panel `panel` (FG_ALL_PANELS: above all). What does not fit is left out. */
void fg_frame_key(struct fg_frame *frame, size_t panel, const char *label, enum fg_key_how how, int type);

/* Makes room for x, unless the axis cannot show it. */
void fg_axis_widen(struct fg_frame_axis *axis, double x);

/* Adds a tic, of a category or instead of those that are made. */
enum fg_err fg_axis_tic(struct fg_frame_axis *axis, double at, const char *label, struct fg_fault *fault);

/* Final spans and tics; data may be fitted to them afterwards. */
enum fg_err fg_frame_settle(struct fg_frame *frame, struct fg_fault *fault);

/* Where x stands on a settled axis: 0 its beginning, 1 its end; and back. */
double fg_axis_place(const struct fg_frame_axis *axis, double x);
double fg_axis_value(const struct fg_frame_axis *axis, double place);

/* Places panels and legend, and draws the figure with its template. As fg_figure_draw. */
enum fg_err fg_frame_draw(const struct fg_frame *frame, struct fg_figure *figure, const char *template_name,
                          const struct fg_plot_options *options, struct fg_fault *fault);

/* How many panels stand side by side. */
size_t fg_frame_columns(const struct fg_frame *frame);

/* Width of what a panel's x axis spans [cm]. */
double fg_frame_panel_width(const struct fg_frame *frame);

/* Do labels touch each other on an x axis of this width [cm]? */
bool fg_axis_crowded(const struct fg_frame_axis *x, double width_cm);

/* Width of a text as it is printed, more or less [cm]. */
double fg_text_cm(const char *text);

#endif
