/* Local states: the C code of a machine in an arena, driven by one move to its next decision. */
#include "proofs/explore/arena.h"
#include "proofs/explore/inner.h"

#include "core/staleness.h"
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
  struct fg_digest digest;
  struct fg_watch watch;
  struct fg_image seen[SEEN]; /* memories that are taken for the same; the first one is used */
  uint32_t known;             /* of its moves, the last one; 0: none */
  bool recheck;               /* in `todo` */
};

struct known {
  uint32_t local;
  int64_t move;
  struct fg_sequel sequel;
  uint32_t previous; /* of the same local state */
};

struct table {
  uint32_t *slot; /* number + 1; 0: empty */
  uint64_t size, n;
};

/* nomad's route, where any is explored: a strategy that carries its answer */
struct any_route {
  struct fg_sync_type type; /* first: the strategy's type is this */
  struct fg_roving_policy policy;
  uint32_t choice;
  bool asked;
};

struct fg_machines {
  struct local *locals;
  uint32_t n_locals;
  struct known *known;
  uint32_t n_known;
  struct table by_digest, by_move;
  uint32_t *todo, n_todo;
  bool checking;
  struct fg_sequel first[FG_EXPLORE_MACHINES];
  struct any_route route;
};

static bool no_memory(struct fg_explorer *e) {
  fg_explorer_fails(e, FG_ENOMEM, "not enough memory for local states");
  return false;
}

/* Room for one more of n. False after an error. */
static bool grow(struct fg_explorer *e, void *array, size_t n, size_t size) {
  void *more, *old;
  memcpy(&old, array, sizeof old);
  if ((n & (n - 1)) != 0)
    return true;
  more = realloc(old, (n ? 2 * n : 1) * size);
  if (!more)
    return no_memory(e);
  memcpy(array, &more, sizeof more);
  return true;
}

static uint64_t rotate(uint64_t x, int k) {
  return x << k | x >> (64 - k);
}

static uint64_t finish(uint64_t x) { /* of MurmurHash3 */
  x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

struct fg_digest fg_digest_of(const void *bytes, size_t n, uint64_t seed) {
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
  return (struct fg_digest){a, b};
}

/* ---- hash tables of numbers */

static struct fg_digest key_of_move(uint32_t local, int64_t move) {
  int64_t key[2] = {local, move};
  return fg_digest_of(key, sizeof key, 1);
}

static uint64_t hash_of(const struct fg_machines *m, const struct table *t, uint32_t number) {
  return t == &m->by_digest ? m->locals[number].digest.a : key_of_move(m->known[number].local, m->known[number].move).a;
}

static void table_put(const struct fg_machines *m, struct table *t, uint32_t number) {
  uint64_t at = hash_of(m, t, number) & (t->size - 1);
  while (t->slot[at])
    at = (at + 1) & (t->size - 1);
  t->slot[at] = number + 1;
  t->n++;
}

static bool table_add(struct fg_explorer *e, struct table *t, uint32_t number) {
  if (2 * (t->n + 1) > t->size) {
    struct table old = *t;
    uint32_t *slot = calloc(old.size ? 2 * old.size : 1024, sizeof *slot);
    if (!slot)
      return no_memory(e);
    *t = (struct table){.slot = slot, .size = old.size ? 2 * old.size : 1024};
    for (uint64_t i = 0; i < old.size; i++)
      if (old.slot[i])
        table_put(e->machines, t, old.slot[i] - 1);
    free(old.slot);
  }
  table_put(e->machines, t, number);
  return true;
}

static uint32_t find_local(const struct fg_machines *m, struct fg_digest d) {
  const struct table *t = &m->by_digest;
  for (uint64_t at = d.a & (t->size - 1); t->size && t->slot[at]; at = (at + 1) & (t->size - 1)) {
    const struct local *l = &m->locals[t->slot[at] - 1];
    if (l->digest.a == d.a && l->digest.b == d.b)
      return t->slot[at] - 1;
  }
  return FG_NOTHING;
}

static uint32_t find_known(const struct fg_machines *m, uint32_t local, int64_t move) {
  const struct table *t = &m->by_move;
  for (uint64_t at = key_of_move(local, move).a & (t->size - 1); t->size && t->slot[at];
       at = (at + 1) & (t->size - 1)) {
    const struct known *k = &m->known[t->slot[at] - 1];
    if (k->local == local && k->move == move)
      return t->slot[at] - 1;
  }
  return FG_NOTHING;
}

/* ---- one memory */

static struct fg_digest memory(uint64_t seed) {
  size_t n;
  const void *bytes = fg_arena_bytes(&n);
  return fg_digest_of(bytes, n, seed);
}

static struct root *root(void) {
  return fg_arena_root();
}

static void breaks(const struct fg_explorer *e, struct fg_sequel *o, enum fg_property property, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void breaks(const struct fg_explorer *e, struct fg_sequel *o, enum fg_property property, const char *format,
                   ...) {
  char text[1200];
  va_list list;
  if (o->broken >= 0 || !(e->properties & 1u << property))
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
static void tidy(const struct fg_explorer *e, const struct fg_watch *watch) {
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
    if (e->seeded && e->seeded->blur)
      e->seeded->blur(w);
  }
  if (r->steward) {
    r->steward->bytes = r->steward->parcels = 0;
    tidy_outbox(&r->steward->outbox);
  }
}

/* A local state that has not been seen. */
static uint32_t keep_new(struct fg_explorer *e, const struct fg_watch *watch, struct fg_digest d,
                         struct fg_image *image) {
  struct fg_machines *m = e->machines;
  if (!grow(e, &m->locals, m->n_locals, sizeof *m->locals)) {
    free(image->bytes);
    return FG_NOTHING;
  }
  uint32_t id = m->n_locals++;
  m->locals[id] = (struct local){.digest = d, .watch = *watch, .seen = {*image}};
  return table_add(e, &m->by_digest, id) ? id : FG_NOTHING;
}

/* The number of the local state that is in the arena. FG_NOTHING after an error. */
static uint32_t keep(struct fg_explorer *e, const struct fg_watch *watch) {
  struct fg_machines *m = e->machines;
  struct fg_image image;
  if (fg_arena_failed()) {
    fg_explorer_fails(e, FG_ENOMEM, "a machine needs more memory than the arena has, or frees what it does not have");
    return FG_NOTHING;
  }
  if (!fg_arena_save(&image)) {
    no_memory(e);
    return FG_NOTHING;
  }
  tidy(e, watch);
  struct fg_digest d = fg_digest_of(watch, sizeof *watch, memory(2).a), more = memory(d.b);
  d.b ^= more.b;
  uint32_t id = find_local(m, d);
  if (id == FG_NOTHING)
    return keep_new(e, watch, d, &image);
  struct local *l = &m->locals[id];
  bool is_new = !l->seen[1].bytes && (l->seen[0].n != image.n || memcmp(l->seen[0].bytes, image.bytes, image.n) != 0);
  if (!is_new) {
    free(image.bytes);
    return id;
  }
  l->seen[1] = image;
  if (!l->recheck && grow(e, &m->todo, m->n_todo, sizeof *m->todo)) {
    l->recheck = true;
    m->todo[m->n_todo++] = id;
  }
  return id;
}

/* An answer of a server must not be too early (S6). */
static void check_answer(const struct fg_explorer *e, struct fg_sequel *o, struct fg_watch *watch,
                         const struct fg_parcel *parcel, bool taken) {
  const struct fg_replica_policy *replica = e->sync.type->replica;
  uint32_t workers = e->scene->workers;
  struct fg_fault fault = {0};
  bool concerns = replica && replica->server && parcel->kind == FG_PARCEL_SLICE && parcel->item < workers &&
                  (taken ? parcel->from.rank : parcel->to.rank) < workers;
  if (!concerns)
    return;
  struct fg_staleness s = {.workers = workers, .slack = replica->slack(&e->sync), .taken = watch->taken};
  if (taken ? fg_staleness_take(&s, parcel, &fault) : fg_staleness_send(&s, parcel, &fault))
    breaks(e, o, FG_PROPERTY_READS, "%s", fault.text);
}

/* False after an error. The parcel is taken. */
static bool send(struct fg_explorer *e, struct fg_sequel *o, struct fg_watch *watch, struct fg_parcel *parcel) {
  if (!parcel) {
    fg_explorer_fails(e, FG_ENOMEM, "a machine had no memory for a parcel");
    return false;
  }
  fg_arena_leave();
  if (parcel->block) {
    uint32_t q = parcel->block->id;
    if (!(watch->holds & 1u << q))
      breaks(e, o, FG_PROPERTY_OWNERSHIP, "it sends column block %u, which it does not have", q);
    watch->holds &= ~(1u << q);
    if (watch->block == q)
      watch->visiting = false;
  }
  if (parcel->kind == FG_PARCEL_REPORT && parcel->from.role == FG_WORKER)
    watch->reports++;
  if (parcel->from.role == FG_STEWARD)
    check_answer(e, o, watch, parcel, false);
  bool good = grow(e, &o->sent, o->n_sent, sizeof *o->sent);
  uint32_t letter = good ? fg_letter_of(e, parcel) : FG_NOTHING;
  if (letter != FG_NOTHING)
    o->sent[o->n_sent++] = letter;
  fg_arena_enter();
  fg_parcel_free(parcel);
  return letter != FG_NOTHING;
}

/* Rounds in a clock of a replica; 0: there are no replicas. */
static uint64_t period(const struct fg_explorer *e) {
  const struct fg_replica_policy *replica = e->sync.type->replica;
  return replica ? replica->period(&e->sync, e->scene->workers) : 0;
}

static void note(const struct fg_explorer *e, struct fg_sequel *o, struct fg_watch *watch, enum fg_note what) {
  struct fg_worker *w = root()->worker;
  const struct fg_visit *v = fg_worker_visit(w);
  uint32_t q = v->col_block;
  switch (what) {
  case FG_NOTE_START:
    watch->block = q;
    watch->visiting = watch->under_way = true;
    watch->begun[q]++;
    watch->clock = v->col_version;
    if (!period(e) && (!(watch->holds & 1u << q) || fg_worker_block(w) != &root()->factors.col[q]))
      breaks(e, o, FG_PROPERTY_OWNERSHIP, "it visits column block %u, which it does not have", q);
    break;
  case FG_NOTE_REQUIRED: /* the visit ends only with the exchange, if there is one */
    if (period(e))
      watch->finished = (watch->visits + 1) / period(e);
    break;
  case FG_NOTE_END: {
    const struct fg_strata_policy *strata = e->sync.type->strata;
    bool all = !strata || strata->quorum(&e->sync, e->scene->workers) == e->scene->workers;
    if (v->updates > v->required_updates || (all && v->updates < v->required_updates))
      breaks(e, o, FG_PROPERTY_COVER, "its visit of column block %u ends after %llu of %llu updates", q,
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
 * channel until its receiver takes it, as late as may be, and nothing else of a machine is seen by others. False after
 * an error. */
static bool drive(struct fg_explorer *e, struct fg_sequel *o, struct fg_watch *watch) {
  struct root *r = root();
  struct fg_act act;
  struct fg_digest before = memory(0);
  for (int acts = 0;; acts++) {
    if (r->worker)
      fg_worker_next(r->worker, &act);
    else if (r->steward)
      fg_steward_next(r->steward, &act);
    else
      act = (struct fg_act){.kind = FG_STOP}; /* a server's host has no worker */
    if (act.kind == FG_SEND) {
      if (!send(e, o, watch, act.parcel))
        return false;
    } else if (act.kind == FG_NOTE) {
      note(e, o, watch, act.note);
      if (act.note == FG_NOTE_BOUNDARY && e->scene->meet && watch->boundary == e->scene->meet)
        break;
    } else {
      bool goes_on = acts == 0 && act.kind == FG_SPEND && act.spend.interruptible;
      if (goes_on && memory(0).a != before.a) /* stages also take a parcel right after a chunk */
        breaks(e, o, FG_PROPERTY_LOOK, "a SPEND that goes on has changed the machine");
      break;
    }
    if (acts == ACTS_MAX) {
      breaks(e, o, FG_PROPERTY_STOP, "it acts without end");
      break;
    }
  }
  watch->act = act.kind;
  watch->interruptible = act.kind == FG_SPEND && act.spend.interruptible;
  return true;
}

/* The machine in the arena takes a letter. */
static enum fg_err take_letter(struct fg_explorer *e, struct fg_sequel *o, struct fg_watch *watch, uint32_t letter,
                               struct fg_fault *fault) {
  const struct fg_letter *l = fg_letter_at(e, letter);
  struct root *r = root();
  if (l->block != FG_NO_BLOCK) {
    if (watch->holds & 1u << l->block)
      breaks(e, o, FG_PROPERTY_OWNERSHIP, "it is given column block %u, which it has", l->block);
    watch->holds |= 1u << l->block;
  }
  fg_arena_enter();
  struct fg_parcel *parcel = fg_letter_open(e, letter, r->factors.col);
  if (!parcel)
    return FG_ENOMEM;
  if (r->worker)
    return fg_worker_take(r->worker, parcel, fault);
  if (!r->steward) {
    fg_parcel_free(parcel);
    return fg_fail(fault, FG_EPROTOCOL, NULL, 0, "a server's host has no worker");
  }
  check_answer(e, o, watch, parcel, true);
  return fg_steward_take(r->steward, parcel, fault);
}

/* Makes a move of the machine in the arena. After an error it goes nowhere. */
static struct fg_sequel move_it(struct fg_explorer *e, const struct fg_watch *from, int64_t move) {
  struct fg_sequel o = {.broken = -1, .to = FG_NOTHING};
  struct fg_watch watch = *from;
  struct fg_fault fault = {0};
  struct any_route *route = &e->machines->route;
  enum fg_err err = FG_OK;
  route->asked = false;
  if (move >= 0) {
    err = take_letter(e, &o, &watch, (uint32_t)move, &fault);
  } else {
    fg_arena_enter();
    if (move <= FG_MOVE_SPEND) {
      route->choice = (uint32_t)(FG_MOVE_SPEND - move);
      err = fg_worker_spend(root()->worker, 1, &fault);
    }
  }
  bool good = err || drive(e, &o, &watch);
  fg_arena_leave();
  o.routed = move < 0 && route->asked;
  if (err == FG_ENOMEM)
    fg_explorer_fails(e, err, "a machine needs more memory than the arena has");
  if (err && o.broken < 0) { /* it cannot be followed any further */
    o.broken = FG_PROPERTY_PROTOCOL;
    o.why = strdup(fault.text);
  }
  if (good && o.broken < 0)
    o.to = keep(e, &watch);
  return o;
}

static void sequel_free(struct fg_sequel *o) {
  free(o->sent);
  free(o->why);
}

static bool same_sequel(const struct fg_sequel *a, const struct fg_sequel *b) {
  return a->broken == b->broken && (a->broken >= 0 || a->to == b->to) && a->n_sent == b->n_sent &&
         a->routed == b->routed && (!a->n_sent || memcmp(a->sent, b->sent, a->n_sent * sizeof *a->sent) == 0);
}

/* Makes the move from the other memory that is taken for the same. */
static void compare(struct fg_explorer *e, uint32_t number) {
  struct known k = e->machines->known[number];
  struct fg_watch watch = e->machines->locals[k.local].watch;
  fg_arena_load(&e->machines->locals[k.local].seen[1]);
  struct fg_sequel o = move_it(e, &watch, k.move);
  if (!e->err && !same_sequel(&o, &k.sequel))
    fg_explorer_breaks(e, FG_PROPERTY_MERGE, "a move ends differently after another history");
  sequel_free(&o);
}

/* New memories of local states whose moves are known: other histories must lead to the same. */
static void recheck(struct fg_explorer *e) {
  struct fg_machines *m = e->machines;
  if (m->checking)
    return;
  m->checking = true;
  while (m->n_todo > 0 && !e->err) {
    uint32_t id = m->todo[--m->n_todo];
    m->locals[id].recheck = false;
    for (uint32_t k = m->locals[id].known; k > 0; k = m->known[k - 1].previous)
      compare(e, k - 1);
  }
  m->checking = false;
}

/* Finds out what comes of a move. */
static uint32_t make_known(struct fg_explorer *e, uint32_t local, int64_t move) {
  struct fg_machines *m = e->machines;
  struct fg_watch watch = m->locals[local].watch;
  fg_arena_load(&m->locals[local].seen[0]);
  struct fg_sequel o = move_it(e, &watch, move);
  if (e->err || !grow(e, &m->known, m->n_known, sizeof *m->known)) {
    sequel_free(&o);
    return FG_NOTHING;
  }
  uint32_t number = m->n_known++;
  m->known[number] = (struct known){.local = local, .move = move, .sequel = o, .previous = m->locals[local].known};
  m->locals[local].known = number + 1;
  if (!table_add(e, &m->by_move, number))
    return FG_NOTHING;
  if (m->locals[local].seen[1].bytes)
    compare(e, number);
  recheck(e);
  return e->err ? FG_NOTHING : number;
}

const struct fg_sequel *fg_local_move(struct fg_explorer *e, uint32_t local, int64_t move) {
  uint32_t number = find_known(e->machines, local, move);
  if (number == FG_NOTHING)
    number = make_known(e, local, move);
  return number == FG_NOTHING ? NULL : &e->machines->known[number].sequel;
}

const struct fg_watch *fg_local_watch(const struct fg_explorer *e, uint32_t local) {
  return &e->machines->locals[local].watch;
}

struct fg_worker *fg_machine_worker(void) {
  return root()->worker;
}

uint64_t fg_machines_count(const struct fg_explorer *e) {
  return e->machines->n_locals;
}

/* Column blocks that a machine has at first. */
static uint32_t home(const struct fg_explorer *e, uint32_t m) {
  const struct fg_sync_type *type = e->sync.type;
  uint32_t workers = e->scene->workers, blocks = 0;
  bool parked = type->roving && type->roving->kind == FG_ROVING_DIRECTORY;
  for (uint32_t q = m / 2; q < e->run->grid.col_blocks && !type->replica; q += workers)
    if ((m % 2 == 1) == (parked && q >= workers))
      blocks |= 1u << q;
  return blocks;
}

/* In the arena: a machine with its memory. */
static struct root *make(struct fg_explorer *e, uint32_t m) {
  struct root *r = calloc(1, sizeof *r);
  enum fg_err err = r ? fg_factors_new(&e->run->grid, &e->run->model, &r->factors, NULL) : FG_ENOMEM;
  if (!err && m % 2)
    err = fg_steward_new(&e->run->job, m / 2, &r->factors, &r->steward);
  else if (!err && m / 2 < e->scene->workers)
    err = fg_worker_new(&e->run->job, m / 2, &r->factors, &r->worker);
  if (err)
    return NULL;
  r->machine = m;
  if (r->worker)
    fg_worker_compute(r->worker, false);
  return r;
}

const struct fg_sequel *fg_machine_start(struct fg_explorer *e, uint32_t m) {
  struct fg_sequel *o = &e->machines->first[m];
  struct fg_watch watch;
  memset(&watch, 0, sizeof watch); /* its bytes are compared */
  watch.holds = home(e, m);
  *o = (struct fg_sequel){.broken = -1, .to = FG_NOTHING};
  fg_arena_clear();
  fg_arena_enter();
  bool good = make(e, m) != NULL;
  if (!good)
    fg_explorer_fails(e, FG_ENOMEM, "a machine needs more memory than the arena has");
  good = good && drive(e, o, &watch);
  fg_arena_leave();
  if (good && o->broken < 0)
    o->to = keep(e, &watch);
  return e->err ? NULL : o;
}

static uint32_t any_worker(const struct fg_sync *sync, const uint32_t *load, uint32_t workers, uint32_t draw) {
  struct any_route *route = (struct any_route *)sync->type;
  (void)load, (void)workers, (void)draw;
  route->asked = true;
  return route->choice;
}

enum fg_err fg_machines_start(struct fg_explorer *e) {
  struct fg_machines *m = e->machines = calloc(1, sizeof *m);
  if (!m)
    return FG_ENOMEM;
  if (!e->scene->any_route)
    return FG_OK;
  m->route.type = *e->run->job.sync.type;
  m->route.policy = *m->route.type.roving;
  m->route.policy.route = any_worker;
  m->route.type.roving = &m->route.policy;
  e->run->job.sync.type = &m->route.type;
  return FG_OK;
}

void fg_machines_free(struct fg_explorer *e) {
  struct fg_machines *m = e->machines;
  for (uint32_t i = 0; m && i < m->n_locals; i++)
    for (int k = 0; k < SEEN; k++)
      free(m->locals[i].seen[k].bytes);
  for (uint32_t i = 0; m && i < m->n_known; i++)
    sequel_free(&m->known[i].sequel);
  for (uint32_t i = 0; m && i < FG_EXPLORE_MACHINES; i++)
    sequel_free(&m->first[i]);
  if (m) {
    free(m->locals);
    free(m->known);
    free(m->todo);
    free(m->by_digest.slot);
    free(m->by_move.slot);
  }
  free(m);
  e->machines = NULL;
}
