/* Private to core/worker: the worker from inside. A discipline (strata.c, roving.c, replica.c) decides what is visited
 * when, and what is sent; visit.c makes the updates of a visit. */
#ifndef FG_CORE_WORKER_INNER_H
#define FG_CORE_WORKER_INNER_H

#include "core/inbox.h"
#include "core/worker.h"

/* A discipline's state machine. Its own struct begins with a struct fg_worker. */
struct fg_worker_ops {
  size_t size; /* of its struct [B] */
  /* After everything of struct fg_worker is set. FG_ENOMEM. */
  enum fg_err (*start)(struct fg_worker *worker);
  /* What fg_worker_next answers, once what is queued is sent. */
  void (*next)(struct fg_worker *worker, struct fg_act *act);
  /* Uses a parcel, which the caller frees. FG_EPROTOCOL if it cannot be meant for this worker now; FG_ENOMEM. */
  enum fg_err (*take)(struct fg_worker *worker, struct fg_parcel *parcel);
  /* Frees what is its own; NULL: nothing. */
  void (*end)(struct fg_worker *worker);
  /* fg_worker_holds. */
  bool (*holds)(const struct fg_worker *worker, uint32_t q);
  /* Own state at a boundary, behind that of struct fg_worker; NULL: none. */
  size_t (*state_bytes)(const struct fg_worker *worker);
  void (*save)(const struct fg_worker *worker, unsigned char *out);
  /* Continues from own state, that of struct fg_worker being there already. FG_EINPUT. */
  enum fg_err (*restore)(struct fg_worker *worker, const unsigned char *state);
};

extern const struct fg_worker_ops fg_worker_strata, fg_worker_roving, fg_worker_replica;

/* What a visit works on. */
struct fg_visit_plan {
  const struct fg_block *points; /* the block, or all of the worker's points; not read where updates are only counted */
  uint64_t n;                    /* how many these are */
  struct fg_tokens *tokens;      /* of the worker's rows, where the model draws */
  struct fg_view view;
  uint32_t cols;     /* column factor rows in view */
  uint64_t epoch;    /* which sets the step */
  uint64_t order;    /* number of the pass, which sets the order of points; unique to it */
  uint64_t part;     /* 0, or the visit's place in a pass of several visits: extra passes are numbered order + part */
  uint64_t from;     /* points of the pass that are done already */
  uint64_t required; /* points to do now */
  double share;      /* what the step of the epoch is multiplied with */
};

struct fg_worker {
  const struct fg_job *job;
  const struct fg_worker_ops *ops;
  uint32_t rank;
  struct fg_factors *factors;
  struct fg_row_shard *rows;
  struct fg_col_block *block; /* being visited, or about to be; NULL: none, or a replica is */
  struct fg_visit visit;
  uint64_t round;    /* visits that are over */
  uint64_t boundary; /* rounds at the last boundary */
  bool between;      /* no visit is under way; bytes sent then belong to the next one: */
  uint64_t between_bytes;
  uint64_t chunks, polls, parcels;
  struct fg_inbox outbox; /* to be sent before anything else */
  /* the visit under way: pass number 0 is the required one, x + 1 the extra pass x */
  struct fg_visit_plan plan;
  struct fg_pass pass, extra_pass;
  struct fg_draws draws;      /* where the model draws: instead of these */
  uint64_t pass_number, left; /* left: updates left in this pass; 0: it has not started */
  uint64_t extra_limit;       /* extra passes that may be made */
  double eta;                 /* eta_t of the visit */
  /* the global statistic: work is what updates read and write; work - base is the change not yet reported */
  double *work, *base, *scale;
  bool scale_due;    /* `scale` holds divisors for the next block */
  bool idle_kernels; /* updates are counted, not made */
  struct fg_point batch[FG_BATCH];
};

/* ---- visit.c */

/* Starts a visit; the caller has set visit.col_block, visit.col_version. */
void fg_visit_start(struct fg_worker *worker, const struct fg_visit_plan *plan);

/* Is the required pass complete? */
static inline bool fg_visit_done(const struct fg_worker *w) {
  return w->visit.updates >= w->plan.required;
}

/* The rest of the required pass, up to `until` updates of it (a whole number of chunks, or all). */
void fg_visit_require(const struct fg_worker *worker, struct fg_act *act, uint64_t until, bool interruptible);

/* No more required updates in this visit: extra ones may follow. */
void fg_visit_close(struct fg_worker *worker);

/* May extra updates be made? Then they are the act. */
bool fg_visit_extra(const struct fg_worker *worker, struct fg_act *act);

/* What the model draws once an epoch (renew), of the column block of the visit. */
void fg_visit_renew(struct fg_worker *worker);

/* fg_worker_spend. */
enum fg_err fg_visit_spend(struct fg_worker *worker, uint64_t chunks, struct fg_fault *fault);

/* A visit whose updates were only counted so far is made from here on: its pass goes to its place. FG_ENOMEM. */
enum fg_err fg_visit_catch_up(struct fg_worker *worker);

/* Step mass of the visit so far, in updates at the visit's full step: extra ones count by their share of it. A function
 * of the counts alone. */
double fg_visit_mass(const struct fg_worker *worker);

/* ---- langevin.c */

/* Adds the Langevin noise that is due when the visit's required updates, or its extra ones, are all made; nothing if
 * the model has no temperature. The block and the rows must still be held. */
void fg_visit_shake(struct fg_worker *worker, bool extra);

/* ---- worker.c */

static inline void fg_act_note(struct fg_act *act, enum fg_note note) {
  act->kind = FG_NOTE;
  act->note = note;
}

/* Numbers, sizes and counts a parcel and makes it the act; a NULL parcel reaches the stage, which reports the lack of
 * memory. */
void fg_act_send(struct fg_worker *worker, struct fg_act *act, struct fg_parcel *parcel);

/* The same, after what is queued already. FG_ENOMEM also for a NULL parcel. */
enum fg_err fg_worker_post(struct fg_worker *worker, struct fg_parcel *parcel);

/* A new parcel from this worker; stat: with room for the statistic. NULL: no memory. */
struct fg_parcel *fg_worker_parcel(const struct fg_worker *worker, enum fg_parcel_kind kind, struct fg_address to,
                                   uint64_t round, bool stat);

/* Puts the change of the statistic since the last report into the parcel, which reports it. */
void fg_worker_report(struct fg_worker *worker, struct fg_parcel *parcel);

/* Takes over a released statistic; the own change since the last report stays unreported. */
void fg_worker_adopt(struct fg_worker *worker, const double *released);

#endif
