/* What machines (worker.h, steward.h) and stages say to each other. A machine never blocks and knows no clock: asked
 * for its next act, it answers at once; the stage carries the act out, stamps times, and brings parcels when the
 * machine may take them (AWAIT, or a SPEND that can be interrupted). */
#ifndef FG_CORE_MACHINE_H
#define FG_CORE_MACHINE_H

#include "core/cure.h"
#include "core/data/grid.h"
#include "core/model/model.h"
#include "core/parcel.h"
#include "core/step.h"
#include "core/sync/sync.h"

#include <stdbool.h>
#include <stdint.h>

/* What a run is, apart from where it runs. Everything is lent and read-only while machines live. */
struct fg_job {
  const struct fg_grid *grid;
  const struct fg_model *model;
  struct fg_sync sync;
  struct fg_steps steps;
  uint32_t workers; /* P = grid->row_blocks; grid->col_blocks is P times fg_sync_blocks */
  uint64_t rounds;  /* visits of each worker (on average, where who makes them is not fixed): epochs * C, or any number;
                       with strata also their number */
  uint64_t pause;   /* every so many rounds (a multiple of C) machines without strata come to a boundary, too; 0: they
                       come to none. A stage that cannot look at all parameters at once needs them. */
  uint64_t chunk;   /* most updates between two looks for parcels, at least 1 */
  bool timing_only; /* updates are counted, not made: no parameters are held, and none travel but by their size */
  int replace;      /* sampling with replacement */
  enum fg_cure balance;
  uint64_t seed_order;
  const double *stat; /* initial statistic, model->n_stat doubles; NULL if there is none */
};

enum fg_act_kind {
  FG_SPEND, /* work: chunks of updates */
  FG_SEND,  /* a parcel, given to the stage */
  FG_AWAIT, /* nothing to do until a parcel comes */
  FG_POLL,  /* the machine may take a parcel that is here; without one it goes on, and its clock ticks */
  FG_NOTE,  /* something happened that the stage may stamp with its clock */
  FG_STOP,  /* done; the machine must not be asked again */
};

enum fg_note {
  FG_NOTE_START,    /* a block visit starts: fg_worker_visit is new */
  FG_NOTE_REQUIRED, /* its required pass is done */
  FG_NOTE_END,      /* the visit is over: its counts are final */
  FG_NOTE_BOUNDARY, /* between strata: fg_worker_round of them are over for this worker, the column block of the next
                       one is here (at the end of the run: the last one is still here), and nothing of it is done. With
                       the workers all at the same boundary no parcel is on its way: the place to evaluate, to write a
                       checkpoint, and to resume from one. Without strata: where job->pause asks for it, and then the
                       stage lets nobody go on before all are there; and psgd after every averaging. */
};

/* Work ahead, so that a stage can tell how long it takes without asking chunk by chunk: the rest of a pass, cut into
 * chunks of `chunk` updates (the last one of a pass may be shorter), then whole passes. */
struct fg_spend {
  uint64_t left;      /* updates left in the current pass, at least 1; it starts at a chunk boundary */
  uint64_t pass;      /* updates of a whole pass */
  uint64_t chunk;     /* updates of a whole chunk */
  uint64_t passes;    /* whole passes after the current one; UINT64_MAX: until a parcel comes */
  bool interruptible; /* a parcel may end it after any chunk (also before the first) */
  bool counted;       /* its steps are too small to be computed (sync.h): updates are counted, in no time */
};

struct fg_act {
  enum fg_act_kind kind;
  struct fg_spend spend;    /* FG_SPEND */
  struct fg_parcel *parcel; /* FG_SEND */
  enum fg_note note;        /* FG_NOTE */
};

/* A row of trace.csv. The worker fills the counts, the stage the times. */
struct fg_visit {
  uint32_t worker;
  uint64_t seq;   /* visits of this worker before it */
  uint64_t round; /* the same; an epoch has C of them */
  uint32_t row_block;
  uint32_t col_block;   /* data-only strategies: part of the pass, round mod C */
  uint32_t col_version; /* hand-offs of the column block so far; data-only strategies: psgd's averagings, ssp's clock */
  double start_s, required_s, end_s; /* first update, end of the required pass, end of the visit [s] */
  double wait_s;                     /* idle since the end of the worker's previous visit [s] */
  uint64_t required_updates;         /* points of the block, or of the part of a pass */
  uint64_t updates;                  /* required ones made */
  uint64_t extra_updates;
  uint64_t bytes_sent; /* by the worker since the end of its previous visit [B] */
};

#endif
