/* fugue export --chains: have the chains of each setting mixed, and what are they worth. */
#ifndef FG_CLI_EXPORT_CHAINS_H
#define FG_CLI_EXPORT_CHAINS_H

#include "cli/chain_settings.h"
#include "cli/export.h"

/* All that is told. */
struct fg_export_chains {
  const struct fg_sweep_results *results; /* lent; NULL of run directories */
  struct fg_sweep_groups groups;
  struct fg_plot_run *run;
  size_t n_runs;
  struct fg_chain_settings settings;
};

/* The settings among the entries that export->where means; those of run directories (lent). burn_in NAN: FG_BURN_IN.
 * *chains must be zero; freed by fg_export_chains_free, also after an error. FG_EINPUT if no run has a result. */
enum fg_err fg_export_chains_of_sweep(const struct fg_export *export, double burn_in, struct fg_export_chains *chains,
                                      struct fg_fault *fault);
enum fg_err fg_export_chains_of_runs(const char *const *dir, size_t n, double burn_in, struct fg_export_chains *chains,
                                     struct fg_fault *fault);
void fg_export_chains_free(struct fg_export_chains *chains);

/* For people; a row per setting: at and axes (of run directories: setting), then chains, values, burn_in, kept, rhat,
 * ess, ess_per_s, time_s, mean, mcse, note; one object with the same. Write errors are found by whoever closes the
 * file. */
void fg_export_chains_text(const struct fg_export_chains *chains, FILE *file);
void fg_export_chains_csv(const struct fg_export_chains *chains, FILE *file);
void fg_export_chains_json(const struct fg_export_chains *chains, FILE *file);

#endif
