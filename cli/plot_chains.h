/* Figures of chains: what those of sweeps and of run directories share. */
#ifndef FG_CLI_PLOT_CHAINS_H
#define FG_CLI_PLOT_CHAINS_H

#include "cli/chain_settings.h"
#include "cli/frame.h"

/* Where the chains of a setting are shown. */
struct fg_chains_place {
  const struct fg_chain_setting *setting; /* lent */
  size_t panel, series;                   /* from 0 */
  const char *name;                       /* of the series, lent */
};

/* What is drawn: every panel twice, beside each other: whole traces, and what of them is kept. */
struct fg_chains_view {
  const struct fg_chain_settings *settings; /* lent */
  const struct fg_chains_place *place;      /* lent */
  size_t n, n_panels, n_series;
  char (*panel)[FG_FRAME_TEXT]; /* titles, lent; NULL: one panel without */
  const char *time;             /* "virtual time [s]" */
  const char *note;             /* below, or "" */
};

enum fg_err fg_chains_draw(const struct fg_chains_view *view, const struct fg_plot_options *options,
                           struct fg_fault *fault);

#endif
