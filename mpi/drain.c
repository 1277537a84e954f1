/* Checkpoints by number or by time: which boundary. */
#include "mpi/drain.h"

#include "core/checkpoint.h"
#include "mpi/clock.h"

/* Strata between an announcement and its checkpoint. Rank 0 passes one boundary more before all know; who goes on
 * without the late may be P - 1 ahead of it, by the blocks that come round from there. */
static uint64_t ahead(const struct fg_drain *d) {
  const struct fg_job *job = &d->run->job;
  const struct fg_strata_policy *strata = job->sync.type->strata;
  return strata && strata->quorum(&job->sync, job->workers) < job->workers ? (uint64_t)job->workers + 1 : 2;
}

void fg_drain_start(struct fg_drain *d, const struct fg_run *run, bool saves) {
  *d = (struct fg_drain){.run = run, .saves = saves, .last = fg_clock_wall()};
}

enum fg_err fg_drain_listen(struct fg_drain *d, struct fg_post *post, struct fg_fault *fault) {
  uint8_t word = 0;
  if (!d->saves || fg_post_rank(post) == 0 ||
      !fg_post_read(post, 0, FG_ABOUT_CHECKPOINT, &d->announced, sizeof d->announced))
    return FG_OK;
  return fg_post_write(post, 0, FG_ABOUT_CHECKPOINT, &word, sizeof word, fault);
}

/* Rank 0: everybody knows of the announcement. */
static enum fg_err wait_for_answers(struct fg_drain *d, struct fg_post *post, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  uint8_t word;
  for (uint32_t r = 1; d->unanswered && r < fg_post_ranks(post) && !err; r++)
    err = fg_post_await(post, r, FG_ABOUT_CHECKPOINT, &word, sizeof word, fault);
  d->unanswered = false;
  return err;
}

static enum fg_err announce(struct fg_drain *d, struct fg_post *post, uint64_t round, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  d->announced = round;
  d->unanswered = true;
  for (uint32_t r = 1; r < fg_post_ranks(post) && !err; r++)
    err = fg_post_write(post, r, FG_ABOUT_CHECKPOINT, &round, sizeof round, fault);
  return err;
}

enum fg_err fg_drain_boundary(struct fg_drain *d, struct fg_post *post, uint64_t round, bool meets, bool *saves,
                              struct fg_fault *fault) {
  const struct fg_cadence *every = &d->run->options.checkpoint;
  *saves = false;
  if (!d->saves)
    return FG_OK;
  enum fg_err err = fg_drain_listen(d, post, fault);
  if (!err && (!meets || round == d->announced))
    err = wait_for_answers(d, post, fault);
  *saves = fg_checkpoint_due(d->run, round) || (d->announced > 0 && round == d->announced);
  /* not at the boundary of a checkpoint: a rank that is yet to come to it would hear of the next one first */
  bool by_time = fg_post_rank(post) == 0 && every->unit == FG_EVERY_SECONDS && d->announced < round;
  if (!err && by_time && round + ahead(d) < d->run->job.rounds && fg_clock_wall() - d->last >= every->seconds)
    err = announce(d, post, round + ahead(d), fault);
  return err;
}

bool fg_drain_may(const struct fg_drain *d, uint64_t round) {
  return d->saves && (d->run->options.checkpoint.unit == FG_EVERY_SECONDS || fg_checkpoint_due(d->run, round));
}

bool fg_drain_due(const struct fg_drain *d, uint64_t round) {
  const struct fg_cadence *every = &d->run->options.checkpoint;
  if (!d->saves || round == 0 || round >= d->run->job.rounds)
    return false;
  return every->unit == FG_EVERY_SECONDS ? fg_clock_wall() - d->last >= every->seconds
                                         : fg_checkpoint_due(d->run, round);
}

void fg_drain_saved(struct fg_drain *d, bool saved) {
  if (saved)
    d->last = fg_clock_wall();
}
