/* Blocks once round the ring. */
#include "mpi/rotation.h"

#include "core/schedule.h"
#include "mpi/clock.h"

/* Hands a block on, to a rank that has room for it. */
static enum fg_err hand_on(struct fg_post *post, const struct fg_run *run, struct fg_col_block *block, uint64_t step,
                           struct fg_fault *fault) {
  uint32_t rank = fg_post_rank(post), next = fg_schedule_next(rank, fg_post_ranks(post));
  uint8_t word;
  if (step > 0) {
    enum fg_err err = fg_post_await(post, next, FG_ABOUT_ROOM, &word, sizeof word, fault);
    if (err)
      return err;
  }
  struct fg_address self = {rank, FG_WORKER}, to = {next, FG_WORKER};
  struct fg_parcel *parcel = fg_parcel_new(FG_PARCEL_BLOCK, self, to, step, 0);
  if (!parcel)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  parcel->block = block;
  parcel->bytes = fg_parcel_wire_bytes(parcel, &run->model);
  return fg_post_send(post, parcel, NULL, fault);
}

/* Until the block that was handed on, if any, has left, and the next one, if any, has come: before that there is no
 * room for a third one. */
static enum fg_err wait_for_block(struct fg_post *post, bool comes, struct fg_col_block **block,
                                  struct fg_fault *fault) {
  struct fg_parcel *parcel = NULL;
  enum fg_err err = FG_OK;
  for (unsigned idle = 0; !err && !((parcel || !comes) && fg_post_sent(post));) {
    err = fg_post_turn(post, fault);
    if (!err && comes && !parcel)
      parcel = fg_post_take(post);
    if (!err && !((parcel || !comes) && fg_post_sent(post)))
      fg_post_idle(post, &idle);
  }
  if (!err && parcel && !parcel->block)
    err = fg_fail(fault, FG_EPROTOCOL, NULL, 0, "a parcel came while nobody should send any");
  if (!err)
    *block = parcel ? parcel->block : NULL;
  fg_parcel_free(parcel);
  return err;
}

/* One turn: at its step s a rank has the block, if any, that began at the rank s places behind it. */
static enum fg_err turn(struct fg_post *post, const struct fg_run *run, const struct fg_holdings *holdings,
                        uint32_t number,
                        enum fg_err (*see)(void *self, const struct fg_col_block *block, struct fg_fault *fault),
                        void *self, struct fg_fault *fault) {
  uint32_t ranks = fg_post_ranks(post), rank = fg_post_rank(post), from = (rank + 1) % ranks;
  struct fg_col_block *block = NULL;
  uint8_t word = 0;
  if (holdings->count[rank] > number)
    block = &run->factors.col[holdings->mine[number]];
  for (uint32_t step = 0; step < ranks; step++) {
    bool comes = holdings->count[(rank + step + 1) % ranks] > number;
    bool another = holdings->count[(rank + step + 2) % ranks] > number && step + 1 < ranks;
    enum fg_err err = block ? see(self, block, fault) : FG_OK;
    if (!err && block && ranks > 1)
      err = hand_on(post, run, block, step, fault);
    if (!err && ranks > 1)
      err = wait_for_block(post, comes, &block, fault);
    if (!err && ranks > 1 && another)
      err = fg_post_write(post, from, FG_ABOUT_ROOM, &word, sizeof word, fault);
    if (err)
      return err;
  }
  return FG_OK;
}

enum fg_err fg_rotate(struct fg_post *post, const struct fg_run *run, const struct fg_holdings *holdings,
                      enum fg_err (*see)(void *self, const struct fg_col_block *block, struct fg_fault *fault),
                      void *self, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (uint32_t t = 0; t < holdings->most && !err; t++)
    err = turn(post, run, holdings, t, see, self, fault);
  return err;
}
