/* Exhaustive exploration of the real machines for few workers: what its parts share. A global state is a local state of
 * each machine and the letters (parcels on their way). Machines share nothing, as on a cluster, so what a machine does
 * in a local state is found out once: the C code runs once per local state and move, and the global search deals with
 * numbers of local states and of letters. */
#ifndef FG_TESTS_EXPLORE_H
#define FG_TESTS_EXPLORE_H

#include "core/machine.h"
#include "core/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_HOSTS = 4, MAX_COLS = 12, MAX_MACHINES = 2 * MAX_HOSTS, MAX_LETTERS = 48, MAX_MOVES = 80 };

/* What is checked; texts are for reports. */
#define PROPERTY_LIST(X)                                                                                               \
  X(PROTOCOL, "no parcel is refused")                                                                                  \
  X(DEADLOCK, "S5: no deadlock")                                                                                       \
  X(STOP, "S5: everybody stops, and nothing is left on its way")                                                       \
  X(OWNERSHIP, "S3: a column block has one owner")                                                                     \
  X(DISJOINT, "S1: no two workers visit a column block at once")                                                       \
  X(COVER, "S2: every block is served as often as it should be")                                                       \
  X(QUORUM, "a stratum is over when its quorum has reported, and not before")                                          \
  X(SLACK, "C6: a block is ahead of the least-visited one by at most the slack")                                       \
  X(STALENESS, "S6: a worker is ahead of the slowest by at most the slack")                                            \
  X(BOUNDARY, "nothing is on its way when all workers are at a boundary")                                              \
  X(LOOK, "a look for parcels between chunks changes nothing")                                                         \
  X(MERGE, "states that are taken for the same act the same")
#define PROPERTY_ID(id, text) PROPERTY_##id,
enum property { PROPERTY_LIST(PROPERTY_ID) PROPERTIES };
#undef PROPERTY_ID
extern const char *const property_text[PROPERTIES];
#define PROPERTY_BIT(id) (1u << PROPERTY_##id)
#define PROPERTY_ALL     ((1u << PROPERTIES) - 1)

/* What is explored. */
struct scene {
  const char *sync, *model; /* specifications */
  uint32_t workers;
  const char *epochs; /* as --epochs says */
  const char *chunk;  /* "2": a block is one chunk, "1": it is two */
  uint64_t pause;     /* fg_job.pause */
  uint64_t meet;      /* all workers wait for each other at the boundary of this round; 0: nowhere. Not under a quorum,
                         where late reports may be on their way then. */
  bool any_order; /* parcels overtake each other; otherwise those of one machine to another keep their order, with and
                     without a block apart: what stages guarantee */
  bool any_route; /* nomad: a block may go to any worker */
  bool large;     /* for make check-full only */
};

/* ---- letters.c: parcels on their way; each content has one number */

enum { NO_BLOCK = UINT32_MAX };

struct letter {
  enum fg_parcel_kind kind;
  struct fg_address from, to;
  uint64_t round;
  uint32_t item, count;
  uint32_t block, version; /* NO_BLOCK: none */
  uint32_t n_stat, n_floats;
  double *stat;
  float *floats;
};

/* The number of a letter (copied with all it has). */
uint32_t letter_put(const struct letter *letter);
/* The number of what a machine sends; the parcel stays the caller's. */
uint32_t letter_of(const struct fg_parcel *parcel);
const struct letter *letter_at(uint32_t id);
/* A parcel of it, in the arena; col: the receiver's column blocks. */
struct fg_parcel *letter_open(uint32_t id, struct fg_col_block *col);
void letter_print(uint32_t id, char *out, size_t size);
void letters_free(void);

static inline uint32_t machine_of(struct fg_address a) {
  return 2 * a.rank + (a.role == FG_STEWARD);
}

/* ---- machines.c: local states, and what machines do in them */

/* What an observer knows of a machine; part of its local state. */
struct watch {
  uint32_t act;       /* enum fg_act_kind: what is to be carried out next: SPEND, AWAIT, POLL, STOP; NOTE: it waits at a
                         boundary */
  bool interruptible; /* SPEND */
  bool visiting;      /* from a visit's start to its end, or to its block's leaving */
  bool under_way;     /* from a visit's start to its end */
  bool spare;         /* no padding: its bytes are compared */
  uint32_t block;     /* of the visit */
  uint32_t holds;     /* column blocks, a bit each */
  uint8_t begun[MAX_COLS], ended[MAX_COLS]; /* visits by column block */
  uint32_t visits;                          /* ended */
  uint32_t reports;                         /* sent, strata: of required passes */
  uint64_t clock, finished;                 /* replicas: clock of the last visit begun; clocks finished */
  uint64_t boundary;                        /* the last one */
};

/* Moves of a machine; a number from 0 on takes that letter. */
enum { MOVE_ON = -1, MOVE_SPEND = -2 /* minus the worker that a route leads to */ };

/* What comes of a move. */
struct outcome {
  uint32_t to;            /* local state */
  uint32_t n_sent, *sent; /* letters, in their order */
  bool routed;            /* a route was asked for */
  int broken;             /* property that does not hold, or -1; then `to` has no meaning */
  char *why;
};

struct explorer;
struct fg_worker;
void machines_start(struct explorer *explorer);
/* Machine m (machine_of) before its first act, driven to its first decision. */
const struct outcome *machine_start(uint32_t m);
const struct watch *local_watch(uint32_t local);
const struct outcome *local_move(uint32_t local, int64_t move);
uint64_t machines_count(void); /* local states */
/* The worker that is being driven. */
struct fg_worker *machine_worker(void);
void machines_free(void);

/* 128 bits of any bytes, for hash tables. */
struct digest {
  uint64_t a, b;
};
struct digest digest_of(const void *bytes, size_t n, uint64_t seed);

/* ---- search.c: global states */

struct global {
  uint32_t local[MAX_MACHINES];
  uint32_t n_letters;
  uint32_t letter[MAX_LETTERS]; /* in the order of sending; in a canonical one between machines */
};

struct fault;
struct explorer {
  const struct scene *scene;
  const struct fault *fault; /* NULL: none */
  struct fg_run *run;
  uint32_t hosts;      /* workers and, behind them, servers */
  uint64_t rounds;     /* that should be played */
  struct fg_sync sync; /* that should be followed */
  unsigned properties; /* that are checked, bits */
  unsigned broken;     /* that were found not to hold, bits */
  bool talks;          /* prints how */
  uint64_t states, transitions, depth;
};

/* Notes that a property does not hold, and says so if it talks. */
void explorer_breaks(struct explorer *explorer, enum property property, const char *why);

/* Visits every global state that can be reached. */
void explore(struct explorer *explorer);

/* ---- properties.c */

/* Properties of any state, and of one where nothing can happen any more: the first that does not hold, or -1, with
 * words in why. */
int state_breaks(const struct explorer *explorer, const struct global *state, char *why, size_t size);
int end_breaks(const struct explorer *explorer, const struct global *state, char *why, size_t size);

/* ---- faults.c: seeded ones */

struct fault {
  const char *name;
  struct scene scene;
  enum property found; /* what finds it */
  unsigned properties; /* that are looked at; 0: all */
  /* The letters that become of one that is sent: out has room for three; returns how many. NULL: the letter itself. */
  uint32_t (*post)(const struct explorer *explorer, uint32_t letter, uint32_t *out);
  /* Changes the run before it starts; the explorer keeps what should be. */
  void (*spoil)(struct explorer *explorer, struct fg_run *run);
  /* Is the work of this move lost? */
  bool (*loses)(const struct explorer *explorer, const struct watch *watch, uint32_t machine, int64_t move);
  /* Forgets a field that matters before states are compared. */
  void (*blur)(struct fg_worker *worker);
};

extern const struct fault faults[];
extern const size_t n_faults;

#endif
