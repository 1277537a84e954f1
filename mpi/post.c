/* Parcels and letters between ranks: to messages and back. */
#include "mpi/post.h"

#include "core/inbox.h"
#include "core/wire.h"
#include "mpi/clock.h"

#include <assert.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

/* Parcels without a block travel apart from those with one: a release must not stand behind a long block. Letters have
 * their subject as a tag. */
enum { TAG_PARCEL = 100, TAG_BLOCK };
enum { WINDOW = 4 };    /* parts of blocks under way at a time */
enum { AT_ONCE = 64 };  /* messages received in one turn */
#define PATIENCE_S 10.0 /* how long ranks wait for each other when a job stops */

/* A message on its way out. */
struct outgoing {
  unsigned char *bytes;
  bool block; /* part of a block */
};

/* A block that is being packed. */
struct packing {
  struct fg_parcel *parcel;
  size_t packed;
  uint64_t *count;
  struct packing *next;
};

/* A parcel of which parts have come. */
struct arriving {
  uint32_t from;
  int tag;
  struct fg_parcel *parcel;
  size_t got;
  struct arriving *next;
};

struct letter {
  uint32_t from;
  enum fg_subject subject;
  size_t n;
  struct letter *next;
  unsigned char text[];
};

struct fg_post {
  MPI_Comm comm;
  uint32_t rank, ranks;
  size_t part;
  struct fg_run *run;   /* NULL until parcels may come */
  MPI_Request *request; /* of outgoing[] */
  struct outgoing *outgoing;
  int *done; /* scratch of MPI_Testsome */
  int n_outgoing, capacity, blocks_out;
  struct packing *packing, **packing_end;
  struct arriving *arriving;
  struct letter *letters, **letters_end;
  struct fg_inbox inbox;
  unsigned char *buffer;  /* `part` bytes, for receiving */
  bool stopped, reporter; /* stopped: all ranks end; reporter: this one says why */
  enum fg_err err;        /* of the one that says why */
};

static enum fg_err no_memory(struct fg_fault *fault) {
  return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
}

enum fg_err fg_post_new(size_t part, struct fg_post **post, struct fg_fault *fault) {
  struct fg_post *p = *post = calloc(1, sizeof *p);
  int rank, ranks;
  if (!p)
    return no_memory(fault);
  p->comm = MPI_COMM_NULL;
  p->part = part;
  p->packing_end = &p->packing;
  p->letters_end = &p->letters;
  p->buffer = malloc(part);
  MPI_Comm_dup(MPI_COMM_WORLD, &p->comm);
  MPI_Comm_rank(p->comm, &rank);
  MPI_Comm_size(p->comm, &ranks);
  p->rank = (uint32_t)rank;
  p->ranks = (uint32_t)ranks;
  return p->buffer ? FG_OK : no_memory(fault);
}

void fg_post_serve(struct fg_post *p, struct fg_run *run) {
  p->run = run;
}

uint32_t fg_post_rank(const struct fg_post *p) {
  return p->rank;
}

uint32_t fg_post_ranks(const struct fg_post *p) {
  return p->ranks;
}

size_t fg_post_part(const struct fg_post *p) {
  return p->part;
}

bool fg_post_sent(const struct fg_post *p) {
  return p->n_outgoing == 0 && !p->packing;
}

/* Room for one more message. */
static enum fg_err make_room(struct fg_post *p, struct fg_fault *fault) {
  if (p->n_outgoing < p->capacity)
    return FG_OK;
  int capacity = p->capacity ? 2 * p->capacity : 16;
  MPI_Request *request = realloc(p->request, (size_t)capacity * sizeof *request);
  if (request)
    p->request = request;
  struct outgoing *outgoing = realloc(p->outgoing, (size_t)capacity * sizeof *outgoing);
  if (outgoing)
    p->outgoing = outgoing;
  int *done = realloc(p->done, (size_t)capacity * sizeof *done);
  if (done)
    p->done = done;
  if (!request || !outgoing || !done)
    return no_memory(fault);
  p->capacity = capacity;
  return FG_OK;
}

/* Starts a message; `bytes` is given. */
static enum fg_err start(struct fg_post *p, unsigned char *bytes, size_t n, uint32_t to, int tag,
                         struct fg_fault *fault) {
  enum fg_err err = make_room(p, fault);
  if (err) {
    free(bytes);
    return err;
  }
  MPI_Isend(bytes, (int)n, MPI_BYTE, (int)to, tag, p->comm, &p->request[p->n_outgoing]);
  p->outgoing[p->n_outgoing++] = (struct outgoing){bytes, tag == TAG_BLOCK};
  p->blocks_out += tag == TAG_BLOCK;
  return FG_OK;
}

/* The part of a parcel that begins at byte `from`. */
static enum fg_err send_part(struct fg_post *p, const struct fg_parcel *parcel, size_t from, uint64_t *count, size_t *n,
                             struct fg_fault *fault) {
  *n = parcel->bytes - from < p->part ? parcel->bytes - from : p->part;
  unsigned char *bytes = malloc(*n);
  if (!bytes)
    return no_memory(fault);
  fg_wire_pack(parcel, &p->run->model, from, *n, bytes);
  if (count)
    *count += *n;
  return start(p, bytes, *n, parcel->to.rank, parcel->block ? TAG_BLOCK : TAG_PARCEL, fault);
}

/* Parts of blocks, as many as may be under way; a block that is packed is no longer here. */
static enum fg_err pack(struct fg_post *p, struct fg_fault *fault) {
  while (p->packing && p->blocks_out < WINDOW) {
    struct packing *k = p->packing;
    size_t n;
    enum fg_err err = send_part(p, k->parcel, k->packed, k->count, &n, fault);
    if (err)
      return err;
    k->packed += n;
    if (k->packed < k->parcel->bytes)
      continue;
    p->packing = k->next;
    if (!p->packing)
      p->packing_end = &p->packing;
    fg_factors_drop(&p->run->factors, k->parcel->block->id);
    fg_parcel_free(k->parcel);
    free(k);
  }
  return FG_OK;
}

enum fg_err fg_post_send(struct fg_post *p, struct fg_parcel *parcel, uint64_t *count, struct fg_fault *fault) {
  if (parcel->block) {
    struct packing *k = malloc(sizeof *k);
    if (!k) {
      fg_parcel_free(parcel);
      return no_memory(fault);
    }
    *k = (struct packing){.parcel = parcel, .count = count};
    *p->packing_end = k;
    p->packing_end = &k->next;
    return pack(p, fault);
  }
  enum fg_err err = FG_OK;
  size_t n;
  for (size_t from = 0; from < parcel->bytes && !err; from += n)
    err = send_part(p, parcel, from, count, &n, fault);
  fg_parcel_free(parcel);
  return err;
}

enum fg_err fg_post_write(struct fg_post *p, uint32_t to, enum fg_subject subject, const void *text, size_t n,
                          struct fg_fault *fault) {
  unsigned char *bytes = malloc(n ? n : 1);
  if (!bytes)
    return no_memory(fault);
  if (n)
    memcpy(bytes, text, n);
  return start(p, bytes, n, to, (int)subject, fault);
}

/* Forgets messages that are out. */
static void reap(struct fg_post *p) {
  int n = 0;
  if (p->n_outgoing == 0)
    return;
  MPI_Testsome(p->n_outgoing, p->request, &n, p->done, MPI_STATUSES_IGNORE);
  if (n == MPI_UNDEFINED || n == 0)
    return;
  int kept = 0;
  for (int i = 0; i < p->n_outgoing; i++) {
    if (p->request[i] == MPI_REQUEST_NULL) {
      p->blocks_out -= p->outgoing[i].block;
      free(p->outgoing[i].bytes);
      continue;
    }
    p->request[kept] = p->request[i];
    p->outgoing[kept++] = p->outgoing[i];
  }
  p->n_outgoing = kept;
}

static struct arriving **find_arriving(struct fg_post *p, uint32_t from, int tag) {
  struct arriving **at = &p->arriving;
  while (*at && ((*at)->from != from || (*at)->tag != tag))
    at = &(*at)->next;
  return at;
}

/* A message that is a part of a parcel. */
static enum fg_err receive_part(struct fg_post *p, uint32_t from, int tag, size_t n, struct fg_fault *fault) {
  struct arriving **at = find_arriving(p, from, tag), *a = *at;
  if (!a) {
    if (!p->run || n < FG_PARCEL_HEADER)
      return fg_fail(fault, FG_EPROTOCOL, NULL, 0, "rank %u received a message of %zu bytes that is no parcel", p->rank,
                     n);
    a = calloc(1, sizeof *a);
    if (!a)
      return no_memory(fault);
    enum fg_err err = fg_wire_open(p->buffer, p->rank, &p->run->model, &p->run->factors, &a->parcel, fault);
    if (!err && a->parcel->from.rank != from) {
      err = fg_fail(fault, FG_EPROTOCOL, NULL, 0, "rank %u received a parcel of rank %u from rank %u", p->rank,
                    a->parcel->from.rank, from);
      fg_parcel_free(a->parcel);
    }
    if (err) {
      free(a);
      return err;
    }
    a->from = from;
    a->tag = tag;
    *at = a;
  }
  size_t left = a->parcel->bytes - a->got;
  if (n != (left < p->part ? left : p->part))
    return fg_fail(fault, FG_EPROTOCOL, NULL, 0, "rank %u received %zu bytes of a parcel of which %zu are missing",
                   p->rank, n, left);
  fg_wire_unpack(a->parcel, &p->run->model, a->got, n, p->buffer);
  a->got += n;
  if (a->got < a->parcel->bytes)
    return FG_OK;
  struct fg_parcel *parcel = a->parcel;
  *at = a->next;
  free(a);
  return fg_inbox_put(&p->inbox, parcel, fault);
}

static enum fg_err receive_letter(struct fg_post *p, uint32_t from, int tag, size_t n, struct fg_fault *fault) {
  struct letter *l = malloc(sizeof *l + n);
  if (!l)
    return no_memory(fault);
  *l = (struct letter){.from = from, .subject = (enum fg_subject)tag, .n = n};
  memcpy(l->text, p->buffer, n);
  *p->letters_end = l;
  p->letters_end = &l->next;
  return FG_OK;
}

bool fg_post_read(struct fg_post *p, uint32_t from, enum fg_subject subject, void *text, size_t n) {
  for (struct letter **at = &p->letters; *at; at = &(*at)->next) {
    struct letter *l = *at;
    if (l->from != from || l->subject != subject)
      continue;
    assert(l->n == n);
    memcpy(text, l->text, n);
    *at = l->next;
    if (!*at)
      p->letters_end = at;
    free(l);
    return true;
  }
  return false;
}

/* Rank 0 hears that a rank cannot go on: everybody is told who the first one was. */
struct verdict {
  int32_t why; /* enum fg_err */
  uint32_t reporter;
};

static enum fg_err decide(struct fg_post *p, uint32_t reporter, enum fg_err why, struct fg_fault *fault) {
  struct verdict v = {(int32_t)why, reporter};
  enum fg_err err = FG_OK;
  for (uint32_t r = 1; r < p->ranks && !err; r++)
    err = fg_post_write(p, r, FG_ABOUT_STOP, &v, sizeof v, fault);
  p->stopped = true;
  p->reporter = reporter == p->rank;
  p->err = why;
  return err;
}

static enum fg_err read_faults(struct fg_post *p, struct fg_fault *fault) {
  struct verdict v;
  int32_t why;
  if (fg_post_read(p, 0, FG_ABOUT_STOP, &v, sizeof v) && !p->stopped) {
    p->stopped = true;
    p->reporter = v.reporter == p->rank;
    p->err = (enum fg_err)v.why;
  }
  for (uint32_t r = 1; p->rank == 0 && p->letters && r < p->ranks; r++)
    if (fg_post_read(p, r, FG_ABOUT_FAULT, &why, sizeof why) && !p->stopped) {
      enum fg_err err = decide(p, r, (enum fg_err)why, fault);
      if (err)
        return err;
    }
  return FG_OK;
}

/* Receives what is here; while stopping, parcels are thrown away. */
static enum fg_err receive(struct fg_post *p, bool stopping, struct fg_fault *fault) {
  for (int i = 0; i < AT_ONCE; i++) {
    int here, n;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, p->comm, &here, &status);
    if (!here)
      return FG_OK;
    MPI_Get_count(&status, MPI_BYTE, &n);
    if ((size_t)n > p->part)
      return fg_fail(fault, FG_EPROTOCOL, NULL, 0, "rank %u received a message of %d bytes: longer than a part",
                     p->rank, n);
    MPI_Recv(p->buffer, n, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, p->comm, MPI_STATUS_IGNORE);
    bool parcel = status.MPI_TAG == TAG_PARCEL || status.MPI_TAG == TAG_BLOCK;
    enum fg_err err = FG_OK;
    if (!parcel)
      err = receive_letter(p, (uint32_t)status.MPI_SOURCE, status.MPI_TAG, (size_t)n, fault);
    else if (!stopping)
      err = receive_part(p, (uint32_t)status.MPI_SOURCE, status.MPI_TAG, (size_t)n, fault);
    if (err)
      return err;
  }
  return FG_OK;
}

enum fg_err fg_post_turn(struct fg_post *p, struct fg_fault *fault) {
  reap(p);
  enum fg_err err = pack(p, fault);
  if (!err)
    err = receive(p, false, fault);
  if (!err && p->letters)
    err = read_faults(p, fault);
  return err ? err : p->stopped ? FG_EPEER : FG_OK;
}

void fg_post_idle(const struct fg_post *p, unsigned *idle) {
  if (!fg_post_sent(p))
    *idle = 0;
  fg_clock_yield(idle);
}

struct fg_parcel *fg_post_take(struct fg_post *p) {
  return fg_inbox_get(&p->inbox);
}

enum fg_err fg_post_await(struct fg_post *p, uint32_t from, enum fg_subject subject, void *text, size_t n,
                          struct fg_fault *fault) {
  for (unsigned idle = 0;;) {
    enum fg_err err = fg_post_turn(p, fault);
    if (err)
      return err;
    if (fg_post_read(p, from, subject, text, n))
      return FG_OK;
    fg_post_idle(p, &idle);
  }
}

/* Packs nothing more, but lets go out what is under way. */
static void wind_down(struct fg_post *p, unsigned *idle) {
  reap(p);
  receive(p, true, NULL);
  read_faults(p, NULL);
  fg_clock_yield(idle);
}

static bool out_of_patience(double since) {
  return fg_clock_wall() - since > PATIENCE_S;
}

bool fg_post_stop(struct fg_post *p, enum fg_err *err) {
  double since = fg_clock_wall();
  unsigned idle = 0;
  while (p->packing) { /* their blocks are not needed any more */
    struct packing *k = p->packing;
    p->packing = k->next;
    fg_parcel_free(k->parcel);
    free(k);
  }
  p->packing_end = &p->packing;
  if (*err != FG_EPEER && !p->stopped && p->rank == 0) {
    decide(p, 0, *err, NULL);
  } else if (*err != FG_EPEER && !p->stopped) {
    int32_t word = (int32_t)*err;
    fg_post_write(p, 0, FG_ABOUT_FAULT, &word, sizeof word, NULL);
    while (!p->stopped && !out_of_patience(since))
      wind_down(p, &idle);
  }
  if (!p->stopped) /* rank 0 does not answer: this rank speaks for itself */
    return true;
  *err = p->err;
  return p->reporter;
}

/* Rank 0 hears from each rank that it has sent everything, and then lets them go. */
bool fg_post_leave(struct fg_post *p) {
  double since = fg_clock_wall();
  uint8_t word = 0;
  unsigned idle = 0;
  if (!p->stopped)
    return false;
  for (uint32_t r = 1, missing = p->rank == 0 ? p->ranks - 1 : 0; missing > 0;) {
    if (fg_post_read(p, r, FG_ABOUT_END, &word, sizeof word)) {
      missing--;
      r++;
      continue;
    }
    wind_down(p, &idle);
    if (out_of_patience(since))
      return false;
  }
  while (p->n_outgoing > 0) {
    wind_down(p, &idle);
    if (out_of_patience(since))
      return false;
  }
  if (p->rank == 0) {
    for (uint32_t r = 1; r < p->ranks; r++)
      fg_post_write(p, r, FG_ABOUT_END, &word, sizeof word, NULL);
  } else {
    fg_post_write(p, 0, FG_ABOUT_END, &word, sizeof word, NULL);
    while (!fg_post_read(p, 0, FG_ABOUT_END, &word, sizeof word)) {
      wind_down(p, &idle);
      if (out_of_patience(since))
        return false;
    }
  }
  while (p->n_outgoing > 0 && !out_of_patience(since))
    wind_down(p, &idle);
  return p->n_outgoing == 0;
}

void fg_post_free(struct fg_post *p) {
  if (!p)
    return;
  double since = fg_clock_wall();
  for (unsigned idle = 0; p->n_outgoing > 0 && !out_of_patience(since);) /* last letters */
    wind_down(p, &idle);
  while (p->arriving) {
    struct arriving *a = p->arriving;
    p->arriving = a->next;
    fg_parcel_free(a->parcel);
    free(a);
  }
  while (p->letters) {
    struct letter *l = p->letters;
    p->letters = l->next;
    free(l);
  }
  fg_inbox_free(&p->inbox);
  free(p->request);
  free(p->outgoing);
  free(p->done);
  free(p->buffer);
  if (p->comm != MPI_COMM_NULL)
    MPI_Comm_free(&p->comm);
  free(p);
}
