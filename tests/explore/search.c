/* Global states: depth first through every order in which machines may move. The path to a state is on the stack, so
 * that a violation is told as a story. */
#include "tests/explore/explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct move {
  uint32_t machine;
  uint32_t at; /* of the letter that is taken, in global.letter */
  int64_t move;
};

struct frame {
  struct global state;
  struct digest key;
  uint32_t n_moves, next;
  struct move moves[MAX_MOVES];
};

/* states seen, open addressing; the last bit of b says that it is on the path */
struct seen {
  struct digest *slot; /* 0, 0: empty */
  uint64_t size, n;
};

struct search {
  struct explorer *explorer;
  struct frame *path;
  size_t n, capacity;
  struct seen seen;
};

static struct digest *find(struct seen *s, struct digest key) {
  uint64_t at = key.a & (s->size - 1);
  while ((s->slot[at].a || s->slot[at].b) && (s->slot[at].a != key.a || (s->slot[at].b | 1) != (key.b | 1)))
    at = (at + 1) & (s->size - 1);
  return &s->slot[at];
}

static void widen(struct seen *s) {
  if (2 * (s->n + 1) < s->size)
    return;
  struct seen old = *s;
  s->size = old.size ? 2 * old.size : 1 << 12;
  s->slot = calloc(s->size, sizeof *s->slot);
  if (!s->slot)
    abort();
  for (uint64_t i = 0; i < old.size; i++)
    if (old.slot[i].a || old.slot[i].b)
      *find(s, old.slot[i]) = old.slot[i];
  free(old.slot);
}

static struct digest key_of(const struct search *s, const struct global *g) {
  uint32_t words[MAX_MACHINES + MAX_LETTERS], machines = 2 * s->explorer->hosts;
  memcpy(words, g->local, machines * sizeof words[0]);
  memcpy(words + machines, g->letter, g->n_letters * sizeof words[0]);
  struct digest d = digest_of(words, (machines + g->n_letters) * sizeof words[0], 3);
  d.b |= 2; /* never empty */
  return d;
}

/* ---- letters on their way */

/* Letters of one channel keep their order. */
static uint32_t channel(const struct letter *l) {
  return (machine_of(l->to) * MAX_MACHINES + machine_of(l->from)) * 2 + (l->block != NO_BLOCK);
}

/* Among letters the order of channels, and in any order that of numbers, has no meaning: they are sorted. */
static bool comes_later(const struct search *s, uint32_t a, uint32_t b) {
  if (s->explorer->scene->any_order)
    return a > b;
  return channel(letter_at(a)) > channel(letter_at(b));
}

static void post_one(const struct search *s, struct global *g, uint32_t letter) {
  if (g->n_letters == MAX_LETTERS) {
    fprintf(stderr, "explore: too many letters on their way\n");
    abort();
  }
  uint32_t i = g->n_letters++;
  for (; i > 0 && comes_later(s, g->letter[i - 1], letter); i--)
    g->letter[i] = g->letter[i - 1];
  g->letter[i] = letter;
}

static bool post(struct search *s, struct global *g, const struct outcome *o);

/* The machine makes a move. False if that breaks a property. */
static bool move_machine(struct search *s, struct global *g, uint32_t machine, int64_t move) {
  const struct outcome o = *local_move(g->local[machine], move); /* a copy: others are found out meanwhile */
  if (o.broken >= 0) {
    explorer_breaks(s->explorer, (enum property)o.broken, o.why);
    return false;
  }
  g->local[machine] = o.to;
  return post(s, g, &o);
}

/* What a machine has sent is on its way; but a host's steward is given at once what its worker sends it, as all stages
 * do (not where parcels may come in any order). */
static bool post(struct search *s, struct global *g, const struct outcome *o) {
  const struct fault *fault = s->explorer->fault;
  for (uint32_t i = 0; i < o->n_sent; i++) {
    uint32_t out[3] = {o->sent[i]}, n = fault && fault->post ? fault->post(s->explorer, o->sent[i], out) : 1;
    for (uint32_t k = 0; k < n; k++) {
      const struct letter *l = letter_at(out[k]);
      if (l->from.rank != l->to.rank || l->to.role == FG_WORKER || s->explorer->scene->any_order)
        post_one(s, g, out[k]);
      else if (!move_machine(s, g, machine_of(l->to), out[k]))
        return false;
    }
  }
  return true;
}

/* ---- moves */

static void add_move(struct frame *f, uint32_t machine, uint32_t at, int64_t move) {
  if (f->n_moves == MAX_MOVES)
    abort();
  f->moves[f->n_moves++] = (struct move){machine, at, move};
}

static void add_takes(const struct search *s, struct frame *f, uint32_t machine) {
  const struct global *g = &f->state;
  for (uint32_t i = 0; i < g->n_letters; i++) {
    const struct letter *l = letter_at(g->letter[i]);
    if (machine_of(l->to) != machine)
      continue;
    bool behind = i > 0 && (s->explorer->scene->any_order ? g->letter[i - 1] == g->letter[i]
                                                          : channel(letter_at(g->letter[i - 1])) == channel(l));
    if (!behind)
      add_move(f, machine, i, g->letter[i]);
  }
}

static void add_spends(const struct search *s, struct frame *f, uint32_t machine) {
  uint32_t routes = 1;
  if (s->explorer->scene->any_route && local_move(f->state.local[machine], MOVE_SPEND)->routed)
    routes = s->explorer->scene->workers;
  for (uint32_t r = 0; r < routes; r++)
    add_move(f, machine, 0, MOVE_SPEND - (int64_t)r);
}

/* Have all workers come to the boundary where they meet? *still: none has left it. */
static bool all_meet(const struct search *s, const struct global *g, bool *still) {
  *still = true;
  for (uint32_t p = 0; p < s->explorer->scene->workers; p++) {
    const struct watch *w = local_watch(g->local[2 * p]);
    *still = *still && w->act == FG_NOTE;
    if (w->boundary < s->explorer->scene->meet)
      return *still = false;
  }
  return true;
}

static void add_moves(struct search *s, struct frame *f) {
  f->n_moves = f->next = 0;
  bool still, meet = all_meet(s, &f->state, &still);
  if (still && f->state.n_letters > 0)
    explorer_breaks(s->explorer, PROPERTY_BOUNDARY, "letters are on their way");
  for (uint32_t m = 0; m < 2 * s->explorer->hosts; m++) {
    struct watch w = *local_watch(f->state.local[m]); /* a copy: local states may be added */
    bool steward = m % 2, stops = w.act == FG_STOP;
    if (steward || w.act == FG_AWAIT || w.act == FG_POLL || (w.act == FG_SPEND && w.interruptible) || stops)
      add_takes(s, f, m); /* of who has stopped: refused */
    if (!steward && w.act == FG_SPEND)
      add_spends(s, f, m);
    if (!steward && (w.act == FG_POLL || (w.act == FG_NOTE && meet)))
      add_move(f, m, 0, MOVE_ON);
  }
}

/* ---- stories */

static void tell_move(const struct global *g, const struct move *m) {
  static const char *const roles[] = {"worker", "steward"};
  char letter[200];
  printf("    %s %u ", roles[m->machine % 2], m->machine / 2);
  if (m->move >= 0) {
    letter_print((uint32_t)m->move, letter, sizeof letter);
    printf("takes the %s\n", letter);
  } else if (m->move == MOVE_ON) {
    printf("finds nothing and goes on\n");
  } else {
    printf("makes a chunk of column block %u\n", local_watch(g->local[m->machine])->block);
  }
}

static void tell(const struct search *s) {
  for (size_t i = 0; i < s->n; i++) {
    const struct frame *f = &s->path[i];
    if (f->next > 0)
      tell_move(&f->state, &f->moves[f->next - 1]);
  }
  const struct global *g = &s->path[s->n - 1].state;
  char letter[200];
  for (uint32_t i = 0; i < g->n_letters; i++) {
    letter_print(g->letter[i], letter, sizeof letter);
    printf("    (there was on its way: %s)\n", letter);
  }
}

static const struct search *telling; /* for explorer_breaks, which machines call, too */

void explorer_breaks(struct explorer *e, enum property property, const char *why) {
  if (!(e->properties & 1u << property))
    return;
  bool first = !(e->broken & 1u << property);
  e->broken |= 1u << property;
  if (!first || !e->talks)
    return;
  printf("  violated: %s: %s\n", property_text[property], why);
  if (telling && telling->n > 0)
    tell(telling);
}

/* ---- the search */

static void check_end(struct search *s, const struct frame *f) {
  char why[256];
  int property = end_breaks(s->explorer, &f->state, why, sizeof why);
  if (property >= 0)
    explorer_breaks(s->explorer, (enum property)property, why);
}

/* A state that was reached; true if it is new. */
static bool arrive(struct search *s, const struct global *g) {
  struct explorer *e = s->explorer;
  char why[256];
  widen(&s->seen);
  struct digest key = key_of(s, g), *slot = find(&s->seen, key);
  if (slot->a || slot->b) {
    if (slot->b & 1)
      explorer_breaks(e, PROPERTY_STOP, "a state comes again: a run may go on for ever");
    return false;
  }
  *slot = (struct digest){key.a, key.b | 1};
  s->seen.n++;
  e->states++;
  int property = state_breaks(e, g, why, sizeof why);
  if (s->n == s->capacity) {
    s->capacity = s->capacity ? 2 * s->capacity : 64;
    s->path = realloc(s->path, s->capacity * sizeof *s->path);
    if (!s->path)
      abort();
  }
  struct frame *f = &s->path[s->n++];
  f->state = *g;
  f->key = key;
  f->n_moves = f->next = 0;
  if (s->n > e->depth)
    e->depth = s->n;
  if (property >= 0) { /* and it is not followed any further */
    explorer_breaks(e, (enum property)property, why);
    return true;
  }
  add_moves(s, f);
  if (f->n_moves == 0)
    check_end(s, f);
  return true;
}

static void step(struct search *s) {
  struct explorer *e = s->explorer;
  struct frame *f = &s->path[s->n - 1];
  if (f->next == f->n_moves) {
    struct digest *slot = find(&s->seen, f->key);
    slot->b &= ~(uint64_t)1;
    s->n--;
    return;
  }
  struct move m = f->moves[f->next++];
  struct global g = f->state;
  e->transitions++;
  if (m.move >= 0) {
    g.n_letters--;
    memmove(&g.letter[m.at], &g.letter[m.at + 1], (g.n_letters - m.at) * sizeof g.letter[0]);
  }
  bool lost = e->fault && e->fault->loses && e->fault->loses(e, local_watch(g.local[m.machine]), m.machine, m.move);
  if (lost || move_machine(s, &g, m.machine, m.move))
    arrive(s, &g);
}

void explore(struct explorer *e) {
  struct search s = {.explorer = e};
  struct global g;
  const struct outcome *first[MAX_MACHINES];
  bool begins = true;
  machines_start(e);
  memset(&g, 0, sizeof g);
  for (uint32_t m = 0; m < 2 * e->hosts; m++) {
    const struct outcome *o = first[m] = machine_start(m);
    if (o->broken >= 0)
      explorer_breaks(e, (enum property)o->broken, o->why);
    begins = begins && o->broken < 0;
    g.local[m] = o->to;
  }
  telling = &s;
  for (uint32_t m = 0; m < 2 * e->hosts && begins; m++)
    begins = post(&s, &g, first[m]);
  if (begins)
    arrive(&s, &g);
  while (s.n > 0 && !(e->fault && e->broken & 1u << e->fault->found))
    step(&s);
  telling = NULL;
  free(s.path);
  free(s.seen.slot);
}
