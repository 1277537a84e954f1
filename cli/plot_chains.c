/* fugue plot --figure chains: the traces of all chains, a colour a setting, with whether they have mixed. */
#include "cli/plot_chains.h"

#include "cli/figures.h"
#include "cli/place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the legend says of a setting. */
static void describe(const struct fg_chains_place *place, char out[FG_FRAME_TEXT]) {
  const struct fg_chains *chains = &place->setting->chains;
  const struct fg_mixing *m = &chains->mixing;
  char numbers[120];
  if (!chains->judged)
    snprintf(numbers, sizeof numbers, chains->n ? "too few values to judge" : "no result");
  else if (m->constant)
    snprintf(numbers, sizeof numbers, "never changes");
  else if (isnan(m->ess_per_s))
    snprintf(numbers, sizeof numbers, "R-hat %.4g, ESS %.*f", m->rhat, m->ess < 100, m->ess);
  else
    snprintf(numbers, sizeof numbers,
             m->ess_per_s < 100 ? "R-hat %.4g, ESS %.*f (%.2g / s)" : "R-hat %.4g, ESS %.*f (%.0f / s)", m->rhat,
             m->ess < 100, m->ess, m->ess_per_s);
  snprintf(out, FG_FRAME_TEXT, "%.70s%s%s", place->name, *place->name ? ": " : "", numbers);
}

static void write_rows(const struct fg_chains_place *place, size_t panel, size_t chain, bool kept, size_t from,
                       size_t to, struct fg_figure *figure) {
  const struct fg_trace *trace = &place->setting->chains.trace[chain];
  if (from + 1 > to)
    return;
  for (size_t k = from; k < to; k++) {
    fprintf(figure->data, "%zu,%zu,", panel + 1, place->series + 1);
    fg_figure_csv(figure, place->name);
    fprintf(figure->data, ",%zu,%d,%.10g,%.10g\n", chain + 1, kept, trace->time_s[k], trace->value[k]);
  }
  fputc('\n', figure->data); /* or the line would go on to the next */
}

/* A chain's kept values: [*from, *to). */
static void kept_of(const struct fg_chains *chains, size_t *from, size_t *to) {
  *to = chains->judged ? chains->mixing.shortest : 0;
  *from = *to - (chains->judged ? chains->mixing.kept : 0);
}

static void write_data(const struct fg_chains_view *view, struct fg_figure *figure) {
  size_t from, to;
  fputs("panel,series,name,chain,kept,x,y\n", figure->data);
  for (size_t i = 0; i < view->n; i++) {
    const struct fg_chains_place *place = &view->place[i];
    const struct fg_chains *chains = &place->setting->chains;
    kept_of(chains, &from, &to);
    for (size_t c = 0; c < chains->n; c++) {
      if (from < to) { /* what is left out goes on to where the kept part begins */
        write_rows(place, 2 * place->panel, c, false, 0, from ? from + 1 : 0, figure);
        write_rows(place, 2 * place->panel, c, true, from, to, figure);
        write_rows(place, 2 * place->panel + 1, c, true, from, to, figure);
      }
      write_rows(place, 2 * place->panel, c, false, to ? to - 1 : 0, to < chains->trace[c].n ? chains->trace[c].n : 0,
                 figure);
    }
  }
}

static void widen(const struct fg_chains_view *view, struct fg_frame *frame) {
  size_t from, to;
  for (size_t i = 0; i < view->n; i++) {
    const struct fg_chains *chains = &view->place[i].setting->chains;
    struct fg_frame_panel *whole = &frame->panel[2 * view->place[i].panel], *kept = whole + 1;
    kept_of(chains, &from, &to);
    fg_axis_widen(&whole->x, 0);
    for (size_t c = 0; c < chains->n; c++)
      for (size_t k = 0; k < chains->trace[c].n; k++) {
        fg_axis_widen(&whole->x, chains->trace[c].time_s[k]);
        if (k > 0) /* where it begins is far away from everything */
          fg_axis_widen(&whole->y, chains->trace[c].value[k]);
        if (k < from || k >= to)
          continue;
        fg_axis_widen(&kept->x, chains->trace[c].time_s[k]);
        fg_axis_widen(&kept->y, chains->trace[c].value[k]);
      }
  }
}

static void name_all(const struct fg_chains_view *view, struct fg_frame *frame) {
  for (size_t p = 0; p < frame->n; p++) {
    struct fg_frame_panel *panel = &frame->panel[p];
    const char *title = view->panel ? view->panel[p / 2] : "";
    snprintf(panel->x.label, sizeof panel->x.label, "%s", view->time);
    snprintf(panel->y.label, sizeof panel->y.label, "%s", fg_chain_settings_words(view->settings));
    snprintf(panel->title, sizeof panel->title, "%.100s%s%s", title, *title ? ", " : "",
             p % 2 == 0 ? "whole chains" : "what is kept of them");
  }
  for (size_t p = 0; p < view->n_panels; p++) /* in the order of the series */
    for (size_t s = 0; s < view->n_series; s++)
      for (size_t i = 0; i < view->n; i++)
        if (view->place[i].panel == p && view->place[i].series == s) {
          char label[FG_FRAME_TEXT];
          describe(&view->place[i], label);
          fg_frame_key(frame, view->n_panels == 1 ? FG_ALL_PANELS : 2 * p, label, FG_KEY_LINE, (int)s + 1);
        }
  snprintf(frame->note, sizeof frame->note, "burn-in: the first %.3g %% of a chain's evaluations%s%s",
           100 * view->settings->burn_in, *view->note ? "; " : "", view->note);
}

enum fg_err fg_chains_draw(const struct fg_chains_view *view, const struct fg_plot_options *options,
                           struct fg_fault *fault) {
  struct fg_frame frame = {.columns = 2};
  struct fg_figure figure = {0};
  enum fg_err err = FG_OK;
  size_t judged = 0;
  for (size_t i = 0; i < view->n; i++)
    judged += view->place[i].setting->chains.judged;
  if (options->x && strcmp(options->x, "time_s") != 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--x %s: chains are drawn against time_s", options->x);
  if (view->n_series > FG_FRAME_SERIES)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%zu settings cannot be told apart; at most %d", view->n_series,
                   FG_FRAME_SERIES);
  if (view->n && !judged)
    return fg_fail(fault, FG_EINPUT, NULL, 0, "no chain can be judged: %s", view->place[0].setting->chains.note);
  err = fg_frame_make(&frame, 2 * view->n_panels, fault);
  if (err)
    goto cleanup;
  widen(view, &frame);
  name_all(view, &frame);
  err = fg_frame_settle(&frame, fault);
  if (!err)
    err = fg_figure_open(&figure, fault);
  if (err)
    goto cleanup;
  write_data(view, &figure);
  fprintf(figure.variables, "SERIES = %zu\n", view->n_series);
  err = fg_frame_draw(&frame, &figure, "chains", options, fault);

cleanup:
  fg_figure_close(&figure);
  fg_frame_free(&frame);
  return err;
}

enum fg_err fg_plot_chains(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct fg_placing p = {.n = 0};
  struct fg_chain_settings settings = {.n = 0};
  struct fg_frame note = {.n = 0};
  struct fg_chains_place *place = NULL;
  enum fg_err err = fg_place(job->results, job->where, NULL, FG_SERIES_ALL, FG_ABSENT, &job->options, &p, fault);
  if (!err)
    err = fg_chain_settings_of_groups(&p.groups, job->options.burn_in, &settings, fault);
  if (!err && !(place = calloc(p.n + 1, sizeof *place)))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (err)
    goto cleanup;
  for (size_t i = 0; i < p.n; i++)
    place[i] = (struct fg_chains_place){&settings.setting[p.placed[i].group - p.groups.group], p.placed[i].panel,
                                        p.placed[i].series, p.name[p.placed[i].series]};
  fg_place_note(&p, &note);
  struct fg_chains_view view = {.settings = &settings,
                                .place = place,
                                .n = p.n,
                                .n_panels = p.n_panels,
                                .n_series = p.n_series,
                                .panel = p.panel,
                                .time = "virtual time [s]",
                                .note = note.note};
  err = fg_chains_draw(&view, &job->options, fault);

cleanup:
  free(place);
  fg_chain_settings_free(&settings);
  fg_placing_free(&p);
  return err;
}
