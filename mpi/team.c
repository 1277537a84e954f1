/* Agreement between ranks: everybody's bytes to rank 0, rank 0's to everybody. */
#include "mpi/team.h"

#include <stdlib.h>
#include <string.h>

static enum fg_err send_all(struct fg_post *post, uint32_t to, enum fg_subject subject, const unsigned char *bytes,
                            size_t n, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t at = 0, some; at < n && !err; at += some) {
    some = n - at < fg_post_part(post) ? n - at : fg_post_part(post);
    err = fg_post_write(post, to, subject, bytes + at, some, fault);
  }
  return err;
}

static enum fg_err receive_all(struct fg_post *post, uint32_t from, enum fg_subject subject, unsigned char *bytes,
                               size_t n, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t at = 0, some; at < n && !err; at += some) {
    some = n - at < fg_post_part(post) ? n - at : fg_post_part(post);
    err = fg_post_await(post, from, subject, bytes + at, some, fault);
  }
  return err;
}

enum fg_err fg_team_gather(struct fg_post *post, const void *mine, size_t n, void *all, struct fg_fault *fault) {
  if (fg_post_rank(post) > 0)
    return send_all(post, 0, FG_ABOUT_GATHER, mine, n, fault);
  memcpy(all, mine, n);
  enum fg_err err = FG_OK;
  for (uint32_t r = 1; r < fg_post_ranks(post) && !err; r++)
    err = receive_all(post, r, FG_ABOUT_GATHER, (unsigned char *)all + r * n, n, fault);
  return err;
}

enum fg_err fg_team_broadcast(struct fg_post *post, void *data, size_t n, struct fg_fault *fault) {
  if (fg_post_rank(post) > 0)
    return receive_all(post, 0, FG_ABOUT_BROADCAST, data, n, fault);
  enum fg_err err = FG_OK;
  for (uint32_t r = 1; r < fg_post_ranks(post) && !err; r++)
    err = send_all(post, r, FG_ABOUT_BROADCAST, data, n, fault);
  return err;
}

enum fg_err fg_team_spread(struct fg_post *post, uint32_t from, void *data, size_t n, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  if (from > 0 && fg_post_rank(post) == from)
    err = send_all(post, 0, FG_ABOUT_GATHER, data, n, fault);
  if (from > 0 && fg_post_rank(post) == 0)
    err = receive_all(post, from, FG_ABOUT_GATHER, data, n, fault);
  return err ? err : fg_team_broadcast(post, data, n, fault);
}

enum fg_err fg_team_most(struct fg_post *post, uint64_t mine, uint64_t *most, struct fg_fault *fault) {
  uint64_t *all = calloc(fg_post_ranks(post), sizeof *all);
  enum fg_err err = all ? fg_team_gather(post, &mine, sizeof mine, all, fault)
                        : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  *most = mine;
  for (uint32_t r = 0; fg_post_rank(post) == 0 && !err && r < fg_post_ranks(post); r++)
    *most = all[r] > *most ? all[r] : *most;
  if (!err)
    err = fg_team_broadcast(post, most, sizeof *most, fault);
  free(all);
  return err;
}

enum fg_err fg_team_meet(struct fg_post *post, struct fg_fault *fault) {
  uint64_t none;
  return fg_team_most(post, 0, &none, fault);
}
