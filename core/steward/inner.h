/* Private to core/steward: the steward from inside. Each kind of service is a state machine of its own. */
#ifndef FG_CORE_STEWARD_INNER_H
#define FG_CORE_STEWARD_INNER_H

#include "core/inbox.h"
#include "core/steward.h"

/* A service. Its own struct begins with a struct fg_steward. */
struct fg_steward_ops {
  size_t size; /* of its struct [B] */
  /* After everything of struct fg_steward is set. FG_ENOMEM. */
  enum fg_err (*start)(struct fg_steward *steward);
  /* Uses a parcel, which the caller frees. FG_EPROTOCOL, FG_ENOMEM. */
  enum fg_err (*take)(struct fg_steward *steward, struct fg_parcel *parcel);
  /* Has everything come that ever will? */
  bool (*over)(const struct fg_steward *steward);
  void (*end)(struct fg_steward *steward);
  const double *(*stat)(const struct fg_steward *steward);     /* fg_steward_stat; NULL: there is none */
  bool (*holds)(const struct fg_steward *steward, uint32_t q); /* NULL: none */
  /* Own state at a boundary, behind that of struct fg_steward. */
  size_t (*state_bytes)(const struct fg_steward *steward);
  void (*save)(const struct fg_steward *steward, unsigned char *out);
  enum fg_err (*restore)(struct fg_steward *steward, const unsigned char *state); /* FG_EINPUT */
};

extern const struct fg_steward_ops fg_steward_tree;      /* strata, psgd */
extern const struct fg_steward_ops fg_steward_counter;   /* ring, nomad */
extern const struct fg_steward_ops fg_steward_directory; /* relay */
extern const struct fg_steward_ops fg_steward_server;    /* ssp */

struct fg_steward {
  const struct fg_job *job;
  const struct fg_steward_ops *ops;
  uint32_t rank;
  struct fg_factors *factors;
  uint64_t bytes, parcels;
  struct fg_inbox outbox;
};

/* A new parcel from this steward; stat: what it carries of the statistic (copied), NULL: none. */
struct fg_parcel *fg_steward_parcel(const struct fg_steward *steward, enum fg_parcel_kind kind, struct fg_address to,
                                    uint64_t round, const double *stat);

/* Numbers and sizes a parcel and queues it. FG_ENOMEM, also for a NULL parcel. */
enum fg_err fg_steward_post(struct fg_steward *steward, struct fg_parcel *parcel);

static inline uint32_t fg_steward_stat_count(const struct fg_steward *s) {
  return s->job->model->n_stat;
}

#endif
