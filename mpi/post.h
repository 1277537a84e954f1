/* The post of a rank: parcels to other ranks and from them, and letters of at most a part for what ranks agree on.
 * Point-to-point messages only, never longer than a part; nothing here blocks except where it says so. */
#ifndef FG_MPI_POST_H
#define FG_MPI_POST_H

#include "core/err.h"
#include "core/parcel.h"
#include "core/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fg_post;

enum { FG_PART_MIN = 256 }; /* [B] */

/* What letters are about; letters of one subject from one rank arrive in the order in which they were sent. */
enum fg_subject {
  FG_ABOUT_FAULT = 1,  /* to rank 0: the sender cannot go on */
  FG_ABOUT_STOP,       /* from rank 0: somebody cannot; everybody ends */
  FG_ABOUT_END,        /* of a job that stopped: I have nothing left to send / leave */
  FG_ABOUT_GATHER,     /* team.h */
  FG_ABOUT_BROADCAST,  /* team.h */
  FG_ABOUT_ROOM,       /* rotation.h */
  FG_ABOUT_BOUNDARY,   /* stage.c: I stand at it / so do all */
  FG_ABOUT_CHECKPOINT, /* drain.h: a checkpoint is due at a boundary / I know */
};

/* The post of this process on MPI_COMM_WORLD (which it duplicates). part: most bytes of a message, at least
 * FG_PART_MIN. */
enum fg_err fg_post_new(size_t part, struct fg_post **post, struct fg_fault *fault);

/* From here on parcels may come: blocks are those of run->factors (lent until fg_post_free). */
void fg_post_serve(struct fg_post *post, struct fg_run *run);

uint32_t fg_post_rank(const struct fg_post *post);
uint32_t fg_post_ranks(const struct fg_post *post);
size_t fg_post_part(const struct fg_post *post);

/* Sends a parcel (given) to another rank. A block's arrays are dropped as soon as they are packed. count: lent until it
 * is out: the bytes of its messages are added to it as they go (claim S7); NULL: not counted. */
enum fg_err fg_post_send(struct fg_post *post, struct fg_parcel *parcel, uint64_t *count, struct fg_fault *fault);

/* Lets messages come and go. FG_EPEER: another rank cannot go on, and this one must end, too. */
enum fg_err fg_post_turn(struct fg_post *post, struct fg_fault *fault);

/* After a turn that brought nothing: gives the core to others (fg_clock_yield), unless there is something to be sent.
 */
void fg_post_idle(const struct fg_post *post, unsigned *idle);

/* The next parcel that is here in full (given), or NULL. */
struct fg_parcel *fg_post_take(struct fg_post *post);

/* True if everything that was sent is out. */
bool fg_post_sent(const struct fg_post *post);

/* Sends a letter of n bytes (copied). */
enum fg_err fg_post_write(struct fg_post *post, uint32_t to, enum fg_subject subject, const void *text, size_t n,
                          struct fg_fault *fault);

/* A letter of exactly n bytes about `subject` from `from`, if one is here: true, and it is in `text`. */
bool fg_post_read(struct fg_post *post, uint32_t from, enum fg_subject subject, void *text, size_t n);

/* Waits for that letter, letting messages come and go. */
enum fg_err fg_post_await(struct fg_post *post, uint32_t from, enum fg_subject subject, void *text, size_t n,
                          struct fg_fault *fault);

/* This rank cannot go on (*err), or was told that another one cannot (FG_EPEER): all ranks agree on the one that
 * reports. True if this rank is to report its fault: at once, since others may be long in leaving. *err: out, of the
 * rank that reports. */
bool fg_post_stop(struct fg_post *post, enum fg_err *err);

/* After fg_post_stop: receives what is on its way until all ranks have sent everything. False if a rank does not answer
 * for 10 s: the caller is to abort the job. */
bool fg_post_leave(struct fg_post *post);

/* Waits until the last letters are out, for 10 s at most. */
void fg_post_free(struct fg_post *post);

#endif
