/* What the parts of an exploration share (explore.h says what it is). Errors stick: the first one is in the explorer,
 * and the search ends there. */
#ifndef FG_PROOFS_EXPLORE_INNER_H
#define FG_PROOFS_EXPLORE_INNER_H

#include "core/machine.h"
#include "proofs/explore/explore.h"

enum {
  FG_EXPLORE_HOSTS = 4,
  FG_EXPLORE_COLS = 12,
  FG_EXPLORE_MACHINES = 2 * FG_EXPLORE_HOSTS,
  FG_EXPLORE_LETTERS = 48,
  FG_EXPLORE_MOVES = 80,
};

/* no letter, no local state: there was an error */
#define FG_NOTHING UINT32_MAX

/* ---- letters.c: parcels on their way; each content has one number */

enum { FG_NO_BLOCK = UINT32_MAX };

struct fg_letter {
  enum fg_parcel_kind kind;
  struct fg_address from, to;
  uint64_t round;
  uint32_t item, count;
  uint32_t block, version; /* FG_NO_BLOCK: none */
  uint32_t n_stat, n_floats;
  double *stat;
  float *floats;
};

struct fg_letters {
  struct fg_letter *letter;
  uint32_t n;
};

/* The number of a letter (copied with all it has). FG_NOTHING after an error. */
uint32_t fg_letter_put(struct fg_explorer *explorer, const struct fg_letter *letter);
/* The number of what a machine sends; the parcel stays the caller's. */
uint32_t fg_letter_of(struct fg_explorer *explorer, const struct fg_parcel *parcel);
/* Lent until the next one is put. */
const struct fg_letter *fg_letter_at(const struct fg_explorer *explorer, uint32_t id);
/* A parcel of it; col: the receiver's column blocks. NULL: no memory. */
struct fg_parcel *fg_letter_open(const struct fg_explorer *explorer, uint32_t id, struct fg_col_block *col);
void fg_letter_print(const struct fg_explorer *explorer, uint32_t id, char *out, size_t size);
void fg_letters_free(struct fg_letters *letters);

static inline uint32_t fg_machine_of(struct fg_address a) {
  return 2 * a.rank + (a.role == FG_STEWARD);
}

/* ---- machines.c: local states, and what machines do in them */

/* What an observer knows of a machine; part of its local state. */
struct fg_watch {
  uint32_t act;       /* enum fg_act_kind: what is to be carried out next: SPEND, AWAIT, POLL, STOP; NOTE: it waits at a
                         boundary */
  bool interruptible; /* SPEND */
  bool visiting;      /* from a visit's start to its end, or to its block's leaving */
  bool under_way;     /* from a visit's start to its end */
  bool spare;         /* no padding: its bytes are compared */
  uint32_t block;     /* of the visit */
  uint32_t holds;     /* column blocks, a bit each */
  uint8_t begun[FG_EXPLORE_COLS], ended[FG_EXPLORE_COLS]; /* visits by column block */
  uint32_t visits;                                        /* ended */
  uint32_t reports;                                       /* sent, strata: of required passes */
  uint64_t clock, finished;                               /* replicas: clock of the last visit begun; clocks finished */
  uint64_t boundary;                                      /* the last one */
  uint64_t taken[FG_EXPLORE_HOSTS * FG_EXPLORE_HOSTS]; /* a steward with shards: clocks of each worker whose changes it
                                                          has taken (staleness.h) */
};

/* Moves of a machine; a number from 0 on takes that letter. */
enum { FG_MOVE_ON = -1, FG_MOVE_SPEND = -2 /* minus the worker that a route leads to */ };

/* What comes of a move. */
struct fg_sequel {
  uint32_t to;            /* local state */
  uint32_t n_sent, *sent; /* letters, in their order */
  bool routed;            /* a route was asked for */
  int broken;             /* property that does not hold, or -1; then `to` has no meaning */
  char *why;              /* words for that; NULL: none */
};

struct fg_machines;
/* FG_ENOMEM. The run's strategy is replaced where any route is explored. */
enum fg_err fg_machines_start(struct fg_explorer *explorer);
/* Machine m (fg_machine_of) before its first act, driven to its first decision. Lent, as all sequels, until the next
 * move; NULL after an error. */
const struct fg_sequel *fg_machine_start(struct fg_explorer *explorer, uint32_t m);
/* Lent until the next move. */
const struct fg_watch *fg_local_watch(const struct fg_explorer *explorer, uint32_t local);
const struct fg_sequel *fg_local_move(struct fg_explorer *explorer, uint32_t local, int64_t move);
uint64_t fg_machines_count(const struct fg_explorer *explorer); /* local states */
/* The worker that is being driven. */
struct fg_worker *fg_machine_worker(void);
void fg_machines_free(struct fg_explorer *explorer);

/* 128 bits of any bytes, for hash tables. */
struct fg_digest {
  uint64_t a, b;
};
struct fg_digest fg_digest_of(const void *bytes, size_t n, uint64_t seed);

/* ---- search.c: global states */

struct fg_global {
  uint32_t local[FG_EXPLORE_MACHINES];
  uint32_t n_letters;
  uint32_t letter[FG_EXPLORE_LETTERS]; /* in the order of sending; in a canonical one between machines */
};

struct fg_search;
struct fg_explorer {
  const struct fg_explore_scene *scene;
  const struct fg_seeded *seeded; /* NULL: none */
  const struct fg_teller *teller; /* NULL: none */
  struct fg_run *run;
  uint32_t hosts;      /* workers and, behind them, servers */
  uint64_t rounds;     /* that should be played */
  struct fg_sync sync; /* that should be followed */
  unsigned properties; /* that are checked, bits */
  struct fg_explored *explored;
  struct fg_letters letters;
  struct fg_machines *machines;
  struct fg_search *search; /* NULL: it has not begun */
  /* what a seeded fault puts in place of a strategy */
  struct fg_sync_type type;
  struct fg_roving_policy roving;
  struct fg_replica_policy replica;
  /* the first error; FG_OK: none */
  enum fg_err err;
  struct fg_fault *fault;
};

/* Notes an error, if it is the first. */
void fg_explorer_fails(struct fg_explorer *explorer, enum fg_err err, const char *why);

/* Notes that a property does not hold, and tells how. */
void fg_explorer_breaks(struct fg_explorer *explorer, enum fg_property property, const char *why);

/* Visits every global state that can be reached. */
void fg_search_all(struct fg_explorer *explorer);

/* ---- properties.c */

/* Properties of any state, and of one where nothing can happen any more: the first that does not hold, or -1, with
 * words in why. */
int fg_state_breaks(const struct fg_explorer *explorer, const struct fg_global *state, char *why, size_t size);
int fg_end_breaks(const struct fg_explorer *explorer, const struct fg_global *state, char *why, size_t size);

#endif
