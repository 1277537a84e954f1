/* fugue plot --figure chains of run directories. */
#include "cli/figures.h"
#include "cli/plot_chains.h"

#include <stdlib.h>

enum fg_err fg_plot_chains_runs(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct fg_chain_settings settings = {.n = 0};
  struct fg_chains_place *place = NULL;
  enum fg_err err = fg_chain_settings_of_runs(job->runs, job->n_runs, job->options.burn_in, &settings, fault);
  if (!err && !(place = calloc(settings.n + 1, sizeof *place)))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (err)
    goto cleanup;
  for (size_t i = 0; i < settings.n; i++)
    place[i] = (struct fg_chains_place){&settings.setting[i], 0, i, settings.n > 1 ? settings.setting[i].name : ""};
  struct fg_chains_view view = {.settings = &settings,
                                .place = place,
                                .n = settings.n,
                                .n_panels = 1,
                                .n_series = settings.n,
                                .time = fg_plot_time_axis(job->runs, job->n_runs),
                                .note = ""};
  err = fg_chains_draw(&view, &job->options, fault);

cleanup:
  free(place);
  fg_chain_settings_free(&settings);
  return err;
}
