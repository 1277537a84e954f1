/* Exhaustive exploration of the real machines for few workers: every order in which parcels can come and in which
 * workers can finish. A global state is a local state of each machine and the letters (parcels on their way). Machines
 * share nothing, as on a cluster, so what a machine does in a local state is found out once: the C code runs once per
 * local state and move, and the global search deals with numbers of local states and of letters.
 *
 * A program that links this leads malloc and its like to the arena: explore_ldflags (arena.h). */
#ifndef FG_PROOFS_EXPLORE_EXPLORE_H
#define FG_PROOFS_EXPLORE_EXPLORE_H

#include "core/err.h"
#include "core/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is checked; texts are for reports. */
#define FG_PROPERTY_LIST(X)                                                                                            \
  X(PROTOCOL, "no parcel is refused")                                                                                  \
  X(DEADLOCK, "S5: no deadlock")                                                                                       \
  X(STOP, "S5: everybody stops, and nothing is left on its way")                                                       \
  X(OWNERSHIP, "S3: a column block has one owner")                                                                     \
  X(DISJOINT, "S1: no two workers visit a column block at once")                                                       \
  X(COVER, "S2: every block is served as often as it should be")                                                       \
  X(QUORUM, "a stratum is over when its quorum has reported, and not before")                                          \
  X(SLACK, "C6: a block is ahead of the least-visited one by at most the slack")                                       \
  X(STALENESS, "S6: a worker is ahead of the slowest by at most the slack")                                            \
  X(READS, "S6: what a worker reads holds every change that the slack asks for")                                       \
  X(BOUNDARY, "nothing is on its way when all workers are at a boundary")                                              \
  X(LOOK, "a look for parcels between chunks changes nothing")                                                         \
  X(MERGE, "states that are taken for the same act the same")
#define FG_PROPERTY_ID(id, text) FG_PROPERTY_##id,
enum fg_property { FG_PROPERTY_LIST(FG_PROPERTY_ID) FG_PROPERTIES };
#undef FG_PROPERTY_ID
extern const char *const fg_property_text[FG_PROPERTIES];
#define FG_PROPERTY_BIT(id) (1u << FG_PROPERTY_##id)
#define FG_PROPERTY_ALL     ((1u << FG_PROPERTIES) - 1)

/* What is explored. */
struct fg_explore_scene {
  const char *sync, *model; /* specifications; sync NULL ends a table */
  uint32_t workers;
  const char *epochs; /* as --epochs says */
  const char *chunk;  /* "2": a block is one chunk, "1": it is two */
  uint64_t pause;     /* fg_job.pause */
  uint64_t meet;      /* all workers wait for each other at the boundary of this round; 0: nowhere. Not under a quorum,
                         where late reports may be on their way then. */
  bool any_order; /* parcels overtake each other; otherwise those of one machine to another keep their order, with and
                     without a block apart: what stages guarantee */
  bool any_route; /* nomad: a block may go to any worker */
  bool large;     /* takes a minute rather than a second */
};

/* Every strategy; ends with one without a strategy. */
extern const struct fg_explore_scene fg_explore_scenes[];

struct fg_explorer;
struct fg_watch;
struct fg_worker;

/* A seeded fault: it breaks a run in one place, and the property that it breaks must be found not to hold. */
struct fg_seeded {
  const char *name; /* NULL ends a table */
  struct fg_explore_scene scene;
  enum fg_property found; /* what finds it */
  unsigned properties;    /* that are looked at; 0: all */
  /* The letters that become of one that is sent: out has room for three; returns how many. NULL: the letter itself. */
  uint32_t (*post)(struct fg_explorer *explorer, uint32_t letter, uint32_t *out);
  /* Changes the run before it starts; the explorer keeps what should be. */
  void (*spoil)(struct fg_explorer *explorer, struct fg_run *run);
  /* Is the work of this move lost? */
  bool (*loses)(const struct fg_watch *watch, uint32_t machine, int64_t move);
  /* Forgets a field that matters before states are compared. */
  void (*blur)(struct fg_worker *worker);
};

extern const struct fg_seeded fg_seeded_faults[];

/* By its name; NULL: there is none. */
const struct fg_seeded *fg_seeded_find(const char *name);

/* What came of it. */
struct fg_explored {
  uint64_t rounds;                     /* that were to be played */
  uint64_t local, states, transitions; /* local states of machines; global states, moves between them */
  uint64_t depth;                      /* moves of the longest path, and one */
  uint64_t violations[FG_PROPERTIES];  /* of each property: states, moves or ends that break it; a seeded fault
                                          ends the search at the first one */
};

/* Who wants to hear how a property was broken: the moves that led there, a line at a time (lent). */
struct fg_teller {
  void (*line)(void *self, const char *text);
  void *self;
};

/* Visits every global state of the scene that can be reached, or with a seeded fault (NULL: none; the scene need not be
 * its own) as many as it takes to find it. folder: for a small file of data that is gone afterwards. teller: NULL:
 * nobody. FG_EUSAGE of a scene that is too large, FG_ENOMEM, errors of fg_run_prepare. One exploration at a time in a
 * process: the arena is static. */
enum fg_err fg_explore(const struct fg_explore_scene *scene, const struct fg_seeded *seeded, const char *folder,
                       const struct fg_teller *teller, struct fg_explored *explored, struct fg_fault *fault);

#endif
