/* What is told of chains: those of each setting, from the groups of a sweep or from run directories. */
#ifndef FG_CLI_CHAIN_SETTINGS_H
#define FG_CLI_CHAIN_SETTINGS_H

#include "cli/plot.h"
#include "sweep/chains.h"

struct fg_chain_setting {
  char name[FG_PLOT_LABEL];
  const struct fg_sweep_group *group; /* lent; NULL of run directories */
  const char *model;                  /* "gibbs"; static, NULL: not known */
  struct fg_chains chains;            /* judged, if they could be */
};

struct fg_chain_settings {
  struct fg_chain_setting *setting; /* owned */
  size_t n;
  double burn_in;
};

/* The groups of a sweep in their order, without names. *settings must be zero; freed by fg_chain_settings_free, also
 * after an error. burn_in NAN: FG_BURN_IN. FG_EUSAGE if it is not a share. */
enum fg_err fg_chain_settings_of_groups(const struct fg_sweep_groups *groups, double burn_in,
                                        struct fg_chain_settings *settings, struct fg_fault *fault);

/* Runs (lent) whose configurations differ in nothing but seeds are the chains of a setting, in the order in which they
 * come; named by what differs between settings. FG_EINPUT if a run has no losses. */
enum fg_err fg_chain_settings_of_runs(const struct fg_plot_run *runs, size_t n, double burn_in,
                                      struct fg_chain_settings *settings, struct fg_fault *fault);
void fg_chain_settings_free(struct fg_chain_settings *settings);

/* A setting without chains; NULL: no memory. Pointers to others are void then. */
struct fg_chain_setting *fg_chain_settings_add(struct fg_chain_settings *settings);

/* What minus the train loss of all of them is: "log-likelihood per token" of models that draw topics. Static. */
const char *fg_chain_settings_words(const struct fg_chain_settings *settings);

/* A share of a chain that is left out, as --burn-in has it. FG_EUSAGE. */
enum fg_err fg_burn_in_parse(const char *text, double *burn_in, struct fg_fault *fault);

#endif
