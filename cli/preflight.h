/* fugue preflight: what is shown of the advice (proofs/preflight). */
#ifndef FG_CLI_PREFLIGHT_H
#define FG_CLI_PREFLIGHT_H

#include "cli/page.h"
#include "cli/run_options.h"
#include "proofs/preflight/preflight.h"

/* All that was found out. */
struct fg_advice {
  const char *name;                 /* of the configuration, lent; NULL: from the command line alone */
  const struct fg_run_options *run; /* what was asked for, lent */
  const struct fg_preflight_ask *ask;
  struct fg_config config; /* as simulated */
  struct fg_preflight_sample sample;
  struct fg_candidates all;
  struct fg_local local;
  struct fg_waits waits;
  struct fg_variance variance; /* at the user's step */
  struct fg_recommendation choice;
  bool applicable; /* bounds are meant for such a model: no constraints, no global statistic */
  double seconds;  /* that it took */
};

/* Puts the advice on a page. */
void fg_advice_page(const struct fg_advice *advice, struct fg_page *page);

/* The page as JSON, and the numbers behind it, to a file. FG_EUSAGE, FG_EIO. */
enum fg_err fg_advice_write(const struct fg_advice *advice, const struct fg_page *page, const char *path,
                            struct fg_fault *fault);

#endif
