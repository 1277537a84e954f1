/* Local states: the C code of a machine in an arena, driven by one move to its next decision. */
#include "tests/explore/arena.h"
#include "tests/explore/explore.h"

#include "core/steward/inner.h"
#include "core/worker/inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* the first thing in a machine's arena */
struct root {
  uint32_t machine;
  struct fg_worker *worker;
  struct fg_steward *steward;
  struct fg_factors factors; /* as on a cluster every machine has its own */
};

enum { SEEN = 2, ACTS_MAX = 1000 };

struct local {
  struct digest digest;
  struct watch watch;
  struct image seen[SEEN]; /* memories that are taken for the same; the first one is used */
  uint32_t known;          /* of its outcomes, the last one; 0: none */
  bool recheck;            /* in `todo` */
};

struct known {
  uint32_t local;
  int64_t move;
  struct outcome outcome;
  uint32_t previous; /* of the same local state */
};

struct table {
  uint32_t *slot; /* number + 1; 0: empty */
  uint64_t size, n;
};

/* Static, since there is one exploration at a time. */
static struct explorer *now;
static struct local *locals;
static uint32_t n_locals;
static struct known *known;
static uint32_t n_known;
static struct table by_digest, by_move;
static uint32_t *todo, n_todo;
static bool checking;
static struct outcome first_of[MAX_MACHINES];
/* nomad's route, where any is explored */
static struct fg_sync_type any_type;
static struct fg_roving_policy any_policy;
static uint32_t route_choice;
static bool route_asked;

static void *grow(void *array, size_t n, size_t size) {
  void *more = (n & (n - 1)) == 0 ? realloc(array, (n ? 2 * n : 1) * size) : array;
  if (!more)
    abort();
  return more;
}

static uint64_t rotate(uint64_t x, int k) {
  return x << k | x >> (64 - k);
}

static uint64_t finish(uint64_t x) { /* of MurmurHash3 */
  x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

struct digest digest_of(const void *bytes, size_t n, uint64_t seed) {
  const unsigned char *p = bytes;
  uint64_t a = seed ^ n, b = ~seed, x;
  for (; n > 0; p += 8) {
    size_t some = n < 8 ? n : 8;
    x = 0;
    memcpy(&x, p, some);
    n -= some;
    a = (rotate(a ^ x * 0x87c37b91114253d5, 31) + b) * 0x4cf5ad432745937f;
    b = (rotate(b + x * 0x9e3779b97f4a7c15, 29) ^ a) * 0xff51afd7ed558ccd;
  }
  a = finish(a + b);
  b = finish(b ^ rotate(a, 17));
  return (struct digest){a, b};
}

/* ---- hash tables of numbers */

static struct digest key_of_move(uint32_t local, int64_t move) {
  int64_t key[2] = {local, move};
  return digest_of(key, sizeof key, 1);
}

static uint64_t hash_of(const struct table *t, uint32_t number) {
  return t == &by_digest ? locals[number].digest.a : key_of_move(known[number].local, known[number].move).a;
}

static void table_add(struct table *t, uint32_t number) {
  if (2 * (t->n + 1) > t->size) {
    struct table old = *t;
    t->size = old.size ? 2 * old.size : 1024;
    t->slot = calloc(t->size, sizeof *t->slot);
    t->n = 0;
    if (!t->slot)
      abort();
    for (uint64_t i = 0; i < old.size; i++)
      if (old.slot[i])
        table_add(t, old.slot[i] - 1);
    free(old.slot);
  }
  uint64_t at = hash_of(t, number) & (t->size - 1);
  while (t->slot[at])
    at = (at + 1) & (t->size - 1);
  t->slot[at] = number + 1;
  t->n++;
}

static uint32_t find_local(struct digest d) {
  const struct table *t = &by_digest;
  for (uint64_t at = d.a & (t->size - 1); t->size && t->slot[at]; at = (at + 1) & (t->size - 1)) {
    const struct local *l = &locals[t->slot[at] - 1];
    if (l->digest.a == d.a && l->digest.b == d.b)
      return t->slot[at] - 1;
  }
  return UINT32_MAX;
}

static uint32_t find_known(uint32_t local, int64_t move) {
  const struct table *t = &by_move;
  for (uint64_t at = key_of_move(local, move).a & (t->size - 1); t->size && t->slot[at];
       at = (at + 1) & (t->size - 1)) {
    const struct known *k = &known[t->slot[at] - 1];
    if (k->local == local && k->move == move)
      return t->slot[at] - 1;
  }
  return UINT32_MAX;
}

/* ---- one memory */

static struct digest memory(uint64_t seed) {
  size_t n;
  const void *bytes = arena_bytes(&n);
  return digest_of(bytes, n, seed);
}

static struct root *root(void) {
  return arena_root();
}

static void outcome_breaks(struct outcome *o, enum property property, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void outcome_breaks(struct outcome *o, enum property property, const char *format, ...) {
  char text[1200];
  va_list list;
  if (o->broken >= 0 || !(now->properties & 1u << property))
    return;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  o->broken = (int)property;
  o->why = strdup(text);
}

static void tidy_outbox(struct fg_inbox *box) {
  if (box->n > 0)
    return;
  box->first = 0;
  if (box->ring)
    memset(box->ring, 0, box->capacity * sizeof(struct fg_parcel *));
}

/* Before memories are compared: counters that only grow and that no machine reads, and what is left of the last visit,
 * are put aside. Whether that forgets anything that matters is checked: property MERGE. */
static void tidy(const struct watch *watch) {
  struct root *r = root();
  for (uint32_t q = 0; q < r->factors.col_blocks; q++)
    if (!(watch->holds & 1u << q))
      r->factors.col[q].version = 0;
  if (r->worker) {
    struct fg_worker *w = r->worker;
    w->chunks = w->polls = w->parcels = w->between_bytes = 0;
    w->visit.bytes_sent = 0;
    if (!watch->under_way) {
      memset(&w->visit, 0, sizeof w->visit);
      memset(&w->plan, 0, sizeof w->plan);
      w->pass_number = w->left = 0;
      w->eta = 0;
    }
    tidy_outbox(&w->outbox);
    if (now->fault && now->fault->blur)
      now->fault->blur(w);
  }
  if (r->steward) {
    r->steward->bytes = r->steward->parcels = 0;
    tidy_outbox(&r->steward->outbox);
  }
}

/* The number of the local state that is in the arena. */
static uint32_t keep(const struct watch *watch) {
  struct image image;
  arena_save(&image);
  tidy(watch);
  struct digest d = digest_of(watch, sizeof *watch, memory(2).a), e = memory(d.b);
  d.b ^= e.b;
  uint32_t id = find_local(d);
  if (id == UINT32_MAX) {
    locals = grow(locals, n_locals, sizeof *locals);
    id = n_locals++;
    locals[id] = (struct local){.digest = d, .watch = *watch, .seen = {image}};
    table_add(&by_digest, id);
    return id;
  }
  struct local *l = &locals[id];
  bool is_new = !l->seen[1].bytes && (l->seen[0].n != image.n || memcmp(l->seen[0].bytes, image.bytes, image.n) != 0);
  if (!is_new) {
    free(image.bytes);
    return id;
  }
  l->seen[1] = image;
  if (!l->recheck) {
    l->recheck = true;
    todo = grow(todo, n_todo, sizeof *todo);
    todo[n_todo++] = id;
  }
  return id;
}

static void send(struct outcome *o, struct watch *watch, struct fg_parcel *parcel) {
  if (!parcel) {
    fprintf(stderr, "explore: a machine had no memory\n");
    abort();
  }
  arena_leave();
  if (parcel->block) {
    uint32_t q = parcel->block->id;
    if (!(watch->holds & 1u << q))
      outcome_breaks(o, PROPERTY_OWNERSHIP, "it sends column block %u, which it does not have", q);
    watch->holds &= ~(1u << q);
    if (watch->block == q)
      watch->visiting = false;
  }
  if (parcel->kind == FG_PARCEL_REPORT && parcel->from.role == FG_WORKER)
    watch->reports++;
  o->sent = grow(o->sent, o->n_sent, sizeof *o->sent);
  o->sent[o->n_sent++] = letter_of(parcel);
  arena_enter();
  fg_parcel_free(parcel);
}

/* Rounds in a clock of a replica; 0: there are no replicas. */
static uint64_t period(void) {
  const struct fg_replica_policy *replica = now->sync.type->replica;
  return replica ? replica->period(&now->sync, now->scene->workers) : 0;
}

static void note(struct outcome *o, struct watch *watch, enum fg_note what) {
  struct fg_worker *w = root()->worker;
  const struct fg_visit *v = fg_worker_visit(w);
  uint32_t q = v->col_block;
  switch (what) {
  case FG_NOTE_START:
    watch->block = q;
    watch->visiting = watch->under_way = true;
    watch->begun[q]++;
    watch->clock = v->col_version;
    if (!period() && (!(watch->holds & 1u << q) || fg_worker_block(w) != &root()->factors.col[q]))
      outcome_breaks(o, PROPERTY_OWNERSHIP, "it visits column block %u, which it does not have", q);
    break;
  case FG_NOTE_REQUIRED: /* the visit ends only with the exchange, if there is one */
    if (period())
      watch->finished = (watch->visits + 1) / period();
    break;
  case FG_NOTE_END: {
    const struct fg_strata_policy *strata = now->sync.type->strata;
    bool all = !strata || strata->quorum(&now->sync, now->scene->workers) == now->scene->workers;
    if (v->updates > v->required_updates || (all && v->updates < v->required_updates))
      outcome_breaks(o, PROPERTY_COVER, "its visit of column block %u ends after %llu of %llu updates", q,
                     (unsigned long long)v->updates, (unsigned long long)v->required_updates);
    watch->visiting = watch->under_way = false;
    watch->ended[q]++;
    watch->visits++;
    break;
  }
  case FG_NOTE_BOUNDARY:
    watch->boundary = fg_worker_round(w);
    break;
  }
}

/* Acts until there is something to decide. SEND, NOTE and STOP are carried out at once: what is sent lies in its
 * channel until its receiver takes it, as late as may be, and nothing else of a machine is seen by others. */
static void drive(struct outcome *o, struct watch *watch) {
  struct root *r = root();
  struct fg_act act;
  struct digest before = memory(0);
  for (int acts = 0;; acts++) {
    if (r->worker)
      fg_worker_next(r->worker, &act);
    else if (r->steward)
      fg_steward_next(r->steward, &act);
    else
      act = (struct fg_act){.kind = FG_STOP}; /* a server's host has no worker */
    if (act.kind == FG_SEND) {
      send(o, watch, act.parcel);
    } else if (act.kind == FG_NOTE) {
      note(o, watch, act.note);
      if (act.note == FG_NOTE_BOUNDARY && now->scene->meet && watch->boundary == now->scene->meet)
        break;
    } else {
      bool goes_on = acts == 0 && act.kind == FG_SPEND && act.spend.interruptible;
      if (goes_on && memory(0).a != before.a) /* stages also take a parcel right after a chunk */
        outcome_breaks(o, PROPERTY_LOOK, "a SPEND that goes on has changed the machine");
      break;
    }
    if (acts == ACTS_MAX) {
      outcome_breaks(o, PROPERTY_STOP, "it acts without end");
      break;
    }
  }
  watch->act = act.kind;
  watch->interruptible = act.kind == FG_SPEND && act.spend.interruptible;
}

/* Makes a move of the machine in the arena. */
static struct outcome move_it(const struct watch *from, int64_t move) {
  struct outcome o = {.broken = -1};
  struct watch watch = *from;
  struct fg_fault fault = {0};
  struct root *r = root();
  enum fg_err err = FG_OK;
  if (move >= 0) {
    const struct letter *l = letter_at((uint32_t)move);
    if (l->block != NO_BLOCK) {
      if (watch.holds & 1u << l->block)
        outcome_breaks(&o, PROPERTY_OWNERSHIP, "it is given column block %u, which it has", l->block);
      watch.holds |= 1u << l->block;
    }
    arena_enter();
    struct fg_parcel *parcel = letter_open((uint32_t)move, r->factors.col);
    if (r->worker)
      err = fg_worker_take(r->worker, parcel, &fault);
    else
      err = r->steward ? fg_steward_take(r->steward, parcel, &fault)
                       : fg_fail(&fault, FG_EPROTOCOL, NULL, 0, "a server's host has no worker");
  } else {
    arena_enter();
    route_asked = false;
    if (move <= MOVE_SPEND) {
      route_choice = (uint32_t)(MOVE_SPEND - move);
      err = fg_worker_spend(r->worker, 1, &fault);
    }
  }
  if (!err)
    drive(&o, &watch);
  arena_leave();
  o.routed = move < 0 && route_asked;
  if (err && o.broken < 0) { /* it cannot be followed any further */
    o.broken = PROPERTY_PROTOCOL;
    o.why = strdup(fault.text);
  }
  o.to = o.broken < 0 ? keep(&watch) : 0;
  return o;
}

static void outcome_free(struct outcome *o) {
  free(o->sent);
  free(o->why);
}

static bool same_outcome(const struct outcome *a, const struct outcome *b) {
  return a->broken == b->broken && (a->broken >= 0 || a->to == b->to) && a->n_sent == b->n_sent &&
         a->routed == b->routed && (!a->n_sent || memcmp(a->sent, b->sent, a->n_sent * sizeof *a->sent) == 0);
}

/* Makes the move from the other memory that is taken for the same. */
static void compare(uint32_t number) {
  struct known k = known[number];
  struct watch watch = locals[k.local].watch;
  arena_load(&locals[k.local].seen[1]);
  struct outcome o = move_it(&watch, k.move);
  if (!same_outcome(&o, &k.outcome))
    explorer_breaks(now, PROPERTY_MERGE, "a move ends differently after another history");
  outcome_free(&o);
}

/* New memories of local states whose moves are known: other histories must lead to the same. */
static void recheck(void) {
  if (checking)
    return;
  checking = true;
  while (n_todo > 0) {
    uint32_t id = todo[--n_todo];
    locals[id].recheck = false;
    for (uint32_t k = locals[id].known; k > 0; k = known[k - 1].previous)
      compare(k - 1);
  }
  checking = false;
}

const struct outcome *local_move(uint32_t local, int64_t move) {
  uint32_t number = find_known(local, move);
  if (number == UINT32_MAX) {
    struct watch watch = locals[local].watch;
    arena_load(&locals[local].seen[0]);
    struct outcome o = move_it(&watch, move);
    known = grow(known, n_known, sizeof *known);
    number = n_known++;
    known[number] = (struct known){.local = local, .move = move, .outcome = o, .previous = locals[local].known};
    locals[local].known = number + 1;
    table_add(&by_move, number);
    if (locals[local].seen[1].bytes)
      compare(number);
    recheck();
  }
  return &known[number].outcome;
}

const struct watch *local_watch(uint32_t local) {
  return &locals[local].watch;
}

struct fg_worker *machine_worker(void) {
  return root()->worker;
}

uint64_t machines_count(void) {
  return n_locals;
}

/* Column blocks that a machine has at first. */
static uint32_t home(uint32_t m) {
  const struct fg_sync_type *type = now->sync.type;
  uint32_t workers = now->scene->workers, blocks = 0;
  bool parked = type->roving && type->roving->kind == FG_ROVING_DIRECTORY;
  for (uint32_t q = m / 2; q < now->run->grid.col_blocks && !type->replica; q += workers)
    if ((m % 2 == 1) == (parked && q >= workers))
      blocks |= 1u << q;
  return blocks;
}

const struct outcome *machine_start(uint32_t m) {
  struct outcome *o = &first_of[m];
  struct watch watch;
  memset(&watch, 0, sizeof watch); /* its bytes are compared */
  watch.holds = home(m);
  *o = (struct outcome){.broken = -1};
  arena_clear();
  arena_enter();
  struct root *r = calloc(1, sizeof *r);
  r->machine = m;
  enum fg_err err = fg_factors_new(&now->run->grid, &now->run->model, &r->factors, NULL);
  if (!err && m % 2)
    err = fg_steward_new(&now->run->job, m / 2, &r->factors, &r->steward);
  else if (!err && m / 2 < now->scene->workers)
    err = fg_worker_new(&now->run->job, m / 2, &r->factors, &r->worker);
  if (err)
    abort();
  if (r->worker)
    fg_worker_compute(r->worker, false);
  drive(o, &watch);
  arena_leave();
  o->to = o->broken < 0 ? keep(&watch) : 0;
  return o;
}

static uint32_t any_worker(const struct fg_sync *sync, const uint32_t *load, uint32_t workers, uint32_t draw) {
  (void)sync, (void)load, (void)workers, (void)draw;
  route_asked = true;
  return route_choice;
}

void machines_start(struct explorer *explorer) {
  now = explorer;
  if (!explorer->scene->any_route)
    return;
  any_type = *explorer->run->job.sync.type;
  any_policy = *any_type.roving;
  any_policy.route = any_worker;
  any_type.roving = &any_policy;
  explorer->run->job.sync.type = &any_type;
}

void machines_free(void) {
  for (uint32_t i = 0; i < n_locals; i++)
    for (int k = 0; k < SEEN; k++)
      free(locals[i].seen[k].bytes);
  for (uint32_t i = 0; i < n_known; i++)
    outcome_free(&known[i].outcome);
  for (uint32_t m = 0; m < MAX_MACHINES; m++)
    outcome_free(&first_of[m]);
  memset(first_of, 0, sizeof first_of);
  free(locals);
  free(known);
  free(todo);
  free(by_digest.slot);
  free(by_move.slot);
  locals = NULL;
  known = NULL;
  todo = NULL;
  n_locals = n_known = n_todo = 0;
  by_digest = by_move = (struct table){0};
  letters_free();
}
