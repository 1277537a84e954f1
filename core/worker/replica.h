/* Private to core/worker: a worker with a replica, from inside. replica.c decides what is visited; how the replica
 * meets the others is an exchange: average.c (psgd) or push.c (ssp). */
#ifndef FG_CORE_WORKER_REPLICA_H
#define FG_CORE_WORKER_REPLICA_H

#include "core/replica.h"
#include "core/worker/inner.h"

struct fg_replica_worker;

/* A slice that came before it could be used. */
struct fg_arrival {
  uint64_t round;
  uint32_t from, count;
  float *floats;
};

struct fg_exchange_ops {
  /* Once, after the replica is filled. FG_ENOMEM. */
  enum fg_err (*start)(struct fg_replica_worker *r);
  /* The next act of exchange number r->exchanges, SEND or AWAIT; false: it is over, and the replica is new. */
  bool (*next)(struct fg_replica_worker *r, struct fg_act *act);
  /* Uses a parcel of kind SLICE. FG_EPROTOCOL, FG_ENOMEM. */
  enum fg_err (*take)(struct fg_replica_worker *r, struct fg_parcel *parcel);
  void (*end)(struct fg_replica_worker *r);
};

extern const struct fg_exchange_ops fg_exchange_average, fg_exchange_push;

struct fg_replica_worker {
  struct fg_worker w;
  int state;
  const struct fg_exchange_ops *exchange;
  struct fg_replica replica;
  uint32_t missing;       /* column blocks that nobody has put into it yet */
  bool *has;              /* C: those that are in it */
  float *weight;          /* M, of the columns in block order */
  struct fg_block points; /* all of the worker's, columns numbered as in the replica */
  struct fg_tile *tiles;
  double *released;     /* n_stat: the statistic of the replica after an exchange; behind it room for that of a block */
  uint64_t exchanges;   /* that are over */
  uint64_t extra_limit; /* extra passes of a wait; 0: there is none */
  bool released_all;    /* all have finished the period */
  /* of the exchange */
  bool ring;
  uint32_t step;          /* average: messages received so far; push: messages sent */
  bool sent;              /* the message of this step has left */
  uint32_t answers;       /* push: shards that have answered */
  bool *answered;         /* push: P, by those shards */
  struct fg_replica base; /* push: the replica as the servers last sent it */
  struct fg_arrival *arrived;
  size_t n_arrived, arrived_capacity;
};

/* Does nothing happen to parameters? (fg_worker_compute) */
static inline bool fg_replica_is_idle(const struct fg_replica_worker *r) {
  return r->w.idle_kernels;
}

/* A parcel with slice `item` of `from`, the replica. NULL: no memory. */
struct fg_parcel *fg_replica_parcel(const struct fg_replica_worker *r, struct fg_address to, uint32_t item,
                                    uint32_t count);

#endif
