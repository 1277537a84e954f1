/* Samplers that are broken in one way, for controls: around the kernel of the core, which stays as it is. */
#ifndef FG_PROOFS_LAB_SPOILED_H
#define FG_PROOFS_LAB_SPOILED_H

#include "core/run.h"

enum fg_spoil {
  FG_SPOIL_NOTHING,
  FG_SPOIL_STOPPED, /* extra draws end once topic 0 has more than half of the tokens, as far as the worker knows */
  FG_SPOIL_OWN,     /* the token that is drawn for is counted (where a word stands once in a document) */
  FG_SPOIL_BETA,    /* the totals are smoothed by beta, not by M beta */
  FG_SPOIL_DEAF,    /* the counts of document 0 do not change */
  FG_SPOIL_LATE,    /* collapsed=no: topics are drawn, and extra draws go on until the release */
};

struct fg_spoiled {
  struct fg_model_type type;
  const struct fg_model_type *sound;
  const struct fg_run *run;
  enum fg_spoil how;
};

/* Breaks the sampler of the run, whose model draws. spoiled: room for it, lent as long as the run lives; the run is not
 * moved. */
void fg_spoil(struct fg_run *run, enum fg_spoil how, struct fg_spoiled *spoiled);

#endif
