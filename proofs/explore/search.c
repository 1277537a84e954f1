/* Global states: depth first through every order in which machines may move. The path to a state is on the stack, so
 * that a violation is told as a story. */
#include "proofs/explore/inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct move {
  uint32_t machine;
  uint32_t at; /* of the letter that is taken, in global.letter */
  int64_t move;
};

struct frame {
  struct fg_global state;
  struct fg_digest key;
  uint32_t n_moves, next;
  struct move moves[FG_EXPLORE_MOVES];
};

/* states seen, open addressing; the last bit of b says that it is on the path */
struct seen {
  struct fg_digest *slot; /* 0, 0: empty */
  uint64_t size, n;
};

struct fg_search {
  struct fg_explorer *explorer;
  struct frame *path;
  size_t n, capacity;
  struct seen seen;
};

static struct fg_digest *find(struct seen *s, struct fg_digest key) {
  uint64_t at = key.a & (s->size - 1);
  while ((s->slot[at].a || s->slot[at].b) && (s->slot[at].a != key.a || (s->slot[at].b | 1) != (key.b | 1)))
    at = (at + 1) & (s->size - 1);
  return &s->slot[at];
}

static bool no_memory(const struct fg_search *s) {
  fg_explorer_fails(s->explorer, FG_ENOMEM, "not enough memory for global states");
  return false;
}

/* Room for one more. False after an error. */
static bool widen(struct fg_search *search) {
  struct seen *s = &search->seen, old = *s;
  if (2 * (s->n + 1) < s->size)
    return true;
  s->size = old.size ? 2 * old.size : 1 << 12;
  s->slot = calloc(s->size, sizeof *s->slot);
  if (!s->slot) {
    *s = old;
    return no_memory(search);
  }
  for (uint64_t i = 0; i < old.size; i++)
    if (old.slot[i].a || old.slot[i].b)
      *find(s, old.slot[i]) = old.slot[i];
  free(old.slot);
  return true;
}

static struct fg_digest key_of(const struct fg_search *s, const struct fg_global *g) {
  uint32_t words[FG_EXPLORE_MACHINES + FG_EXPLORE_LETTERS], machines = 2 * s->explorer->hosts;
  memcpy(words, g->local, machines * sizeof words[0]);
  memcpy(words + machines, g->letter, g->n_letters * sizeof words[0]);
  struct fg_digest d = fg_digest_of(words, (machines + g->n_letters) * sizeof words[0], 3);
  d.b |= 2; /* never empty */
  return d;
}

/* ---- letters on their way */

/* Letters of one channel keep their order. */
static uint32_t channel(const struct fg_letter *l) {
  return (fg_machine_of(l->to) * FG_EXPLORE_MACHINES + fg_machine_of(l->from)) * 2 + (l->block != FG_NO_BLOCK);
}

/* Among letters the order of channels, and in any order that of numbers, has no meaning: they are sorted. */
static bool comes_later(const struct fg_search *s, uint32_t a, uint32_t b) {
  if (s->explorer->scene->any_order)
    return a > b;
  return channel(fg_letter_at(s->explorer, a)) > channel(fg_letter_at(s->explorer, b));
}

static bool post_one(const struct fg_search *s, struct fg_global *g, uint32_t letter) {
  if (g->n_letters == FG_EXPLORE_LETTERS) {
    fg_explorer_fails(s->explorer, FG_EUSAGE, "too many letters on their way");
    return false;
  }
  uint32_t i = g->n_letters++;
  for (; i > 0 && comes_later(s, g->letter[i - 1], letter); i--)
    g->letter[i] = g->letter[i - 1];
  g->letter[i] = letter;
  return true;
}

static bool post(struct fg_search *s, struct fg_global *g, const struct fg_sequel *o);

/* The machine makes a move. False if that breaks a property, or after an error. */
static bool move_machine(struct fg_search *s, struct fg_global *g, uint32_t machine, int64_t move) {
  const struct fg_sequel *sequel = fg_local_move(s->explorer, g->local[machine], move);
  if (!sequel)
    return false;
  const struct fg_sequel o = *sequel; /* a copy: others are found out meanwhile */
  if (o.broken >= 0) {
    fg_explorer_breaks(s->explorer, (enum fg_property)o.broken, o.why);
    return false;
  }
  g->local[machine] = o.to;
  return post(s, g, &o);
}

/* What a machine has sent is on its way; but a host's steward is given at once what its worker sends it, as all stages
 * do (not where parcels may come in any order). */
static bool post(struct fg_search *s, struct fg_global *g, const struct fg_sequel *o) {
  const struct fg_seeded *seeded = s->explorer->seeded;
  for (uint32_t i = 0; i < o->n_sent; i++) {
    uint32_t out[3] = {o->sent[i]}, n = seeded && seeded->post ? seeded->post(s->explorer, o->sent[i], out) : 1;
    if (s->explorer->err)
      return false;
    for (uint32_t k = 0; k < n; k++) {
      const struct fg_letter *l = fg_letter_at(s->explorer, out[k]);
      bool away = l->from.rank != l->to.rank || l->to.role == FG_WORKER || s->explorer->scene->any_order;
      if (!(away ? post_one(s, g, out[k]) : move_machine(s, g, fg_machine_of(l->to), out[k])))
        return false;
    }
  }
  return true;
}

/* ---- moves */

static void add_move(const struct fg_search *s, struct frame *f, uint32_t machine, uint32_t at, int64_t move) {
  if (f->n_moves == FG_EXPLORE_MOVES) {
    fg_explorer_fails(s->explorer, FG_EUSAGE, "too many moves in one state");
    return;
  }
  f->moves[f->n_moves++] = (struct move){machine, at, move};
}

static void add_takes(const struct fg_search *s, struct frame *f, uint32_t machine) {
  const struct fg_global *g = &f->state;
  for (uint32_t i = 0; i < g->n_letters; i++) {
    const struct fg_letter *l = fg_letter_at(s->explorer, g->letter[i]);
    if (fg_machine_of(l->to) != machine)
      continue;
    bool behind =
        i > 0 && (s->explorer->scene->any_order ? g->letter[i - 1] == g->letter[i]
                                                : channel(fg_letter_at(s->explorer, g->letter[i - 1])) == channel(l));
    if (!behind)
      add_move(s, f, machine, i, g->letter[i]);
  }
}

static void add_spends(const struct fg_search *s, struct frame *f, uint32_t machine) {
  uint32_t routes = 1;
  if (s->explorer->scene->any_route) {
    const struct fg_sequel *sequel = fg_local_move(s->explorer, f->state.local[machine], FG_MOVE_SPEND);
    routes = sequel && sequel->routed ? s->explorer->scene->workers : 1;
  }
  for (uint32_t r = 0; r < routes; r++)
    add_move(s, f, machine, 0, FG_MOVE_SPEND - (int64_t)r);
}

/* Have all workers come to the boundary where they meet? *still: none has left it. */
static bool all_meet(const struct fg_search *s, const struct fg_global *g, bool *still) {
  *still = true;
  for (uint32_t p = 0; p < s->explorer->scene->workers; p++) {
    const struct fg_watch *w = fg_local_watch(s->explorer, g->local[2 * p]);
    *still = *still && w->act == FG_NOTE;
    if (w->boundary < s->explorer->scene->meet)
      return *still = false;
  }
  return true;
}

static void add_moves(struct fg_search *s, struct frame *f) {
  f->n_moves = f->next = 0;
  bool still, meet = all_meet(s, &f->state, &still);
  if (still && f->state.n_letters > 0)
    fg_explorer_breaks(s->explorer, FG_PROPERTY_BOUNDARY, "letters are on their way");
  for (uint32_t m = 0; m < 2 * s->explorer->hosts; m++) {
    struct fg_watch w = *fg_local_watch(s->explorer, f->state.local[m]); /* a copy: local states may be added */
    bool steward = m % 2, stops = w.act == FG_STOP;
    if (steward || w.act == FG_AWAIT || w.act == FG_POLL || (w.act == FG_SPEND && w.interruptible) || stops)
      add_takes(s, f, m); /* of who has stopped: refused */
    if (!steward && w.act == FG_SPEND)
      add_spends(s, f, m);
    if (!steward && (w.act == FG_POLL || (w.act == FG_NOTE && meet)))
      add_move(s, f, m, 0, FG_MOVE_ON);
  }
}

/* ---- stories */

static void say(const struct fg_explorer *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct fg_explorer *e, const char *format, ...) {
  char text[1600];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  e->teller->line(e->teller->self, text);
}

static void tell_move(const struct fg_search *s, const struct fg_global *g, const struct move *m) {
  static const char *const roles[] = {"worker", "steward"};
  const char *role = roles[m->machine % 2];
  unsigned rank = m->machine / 2;
  char letter[200];
  if (m->move >= 0) {
    fg_letter_print(s->explorer, (uint32_t)m->move, letter, sizeof letter);
    say(s->explorer, "    %s %u takes the %s", role, rank, letter);
  } else if (m->move == FG_MOVE_ON) {
    say(s->explorer, "    %s %u finds nothing and goes on", role, rank);
  } else {
    say(s->explorer, "    %s %u makes a chunk of column block %u", role, rank,
        fg_local_watch(s->explorer, g->local[m->machine])->block);
  }
}

static void tell(const struct fg_search *s) {
  for (size_t i = 0; i < s->n; i++) {
    const struct frame *f = &s->path[i];
    if (f->next > 0)
      tell_move(s, &f->state, &f->moves[f->next - 1]);
  }
  const struct fg_global *g = &s->path[s->n - 1].state;
  char letter[200];
  for (uint32_t i = 0; i < g->n_letters; i++) {
    fg_letter_print(s->explorer, g->letter[i], letter, sizeof letter);
    say(s->explorer, "    (there was on its way: %s)", letter);
  }
}

void fg_explorer_breaks(struct fg_explorer *e, enum fg_property property, const char *why) {
  if (!(e->properties & 1u << property))
    return;
  bool first = e->explored->violations[property]++ == 0;
  if (!first || !e->teller)
    return;
  say(e, "  violated: %s: %s", fg_property_text[property], why ? why : "");
  if (e->search && e->search->n > 0)
    tell(e->search);
}

void fg_explorer_fails(struct fg_explorer *e, enum fg_err err, const char *why) {
  if (!e->err)
    e->err = fg_fail(e->fault, err, NULL, 0, "exploration: %s", why);
}

/* ---- the search */

static void check_end(struct fg_search *s, const struct frame *f) {
  char why[256];
  int property = fg_end_breaks(s->explorer, &f->state, why, sizeof why);
  if (property >= 0)
    fg_explorer_breaks(s->explorer, (enum fg_property)property, why);
}

/* A state that was reached. */
static void arrive(struct fg_search *s, const struct fg_global *g) {
  struct fg_explorer *e = s->explorer;
  char why[256];
  if (!widen(s))
    return;
  struct fg_digest key = key_of(s, g), *slot = find(&s->seen, key);
  if (slot->a || slot->b) {
    if (slot->b & 1)
      fg_explorer_breaks(e, FG_PROPERTY_STOP, "a state comes again: a run may go on for ever");
    return;
  }
  *slot = (struct fg_digest){key.a, key.b | 1};
  s->seen.n++;
  e->explored->states++;
  int property = fg_state_breaks(e, g, why, sizeof why);
  if (s->n == s->capacity) {
    size_t capacity = s->capacity ? 2 * s->capacity : 64;
    struct frame *path = realloc(s->path, capacity * sizeof *path);
    if (!path) {
      no_memory(s);
      return;
    }
    s->path = path;
    s->capacity = capacity;
  }
  struct frame *f = &s->path[s->n++];
  f->state = *g;
  f->key = key;
  f->n_moves = f->next = 0;
  if (s->n > e->explored->depth)
    e->explored->depth = s->n;
  if (property >= 0) { /* and it is not followed any further */
    fg_explorer_breaks(e, (enum fg_property)property, why);
    return;
  }
  add_moves(s, f);
  if (f->n_moves == 0 && !e->err)
    check_end(s, f);
}

static void step(struct fg_search *s) {
  struct fg_explorer *e = s->explorer;
  struct frame *f = &s->path[s->n - 1];
  if (f->next == f->n_moves) {
    struct fg_digest *slot = find(&s->seen, f->key);
    slot->b &= ~(uint64_t)1;
    s->n--;
    return;
  }
  struct move m = f->moves[f->next++];
  struct fg_global g = f->state;
  e->explored->transitions++;
  if (m.move >= 0) {
    g.n_letters--;
    memmove(&g.letter[m.at], &g.letter[m.at + 1], (g.n_letters - m.at) * sizeof g.letter[0]);
  }
  const struct fg_seeded *seeded = e->seeded;
  bool lost = seeded && seeded->loses && seeded->loses(fg_local_watch(e, g.local[m.machine]), m.machine, m.move);
  if (lost || move_machine(s, &g, m.machine, m.move))
    arrive(s, &g);
}

/* What machines do before the first move. False after an error, or if that breaks a property. */
static bool begin(struct fg_search *s, struct fg_global *g) {
  struct fg_explorer *e = s->explorer;
  const struct fg_sequel *first[FG_EXPLORE_MACHINES];
  bool begins = true;
  memset(g, 0, sizeof *g);
  for (uint32_t m = 0; m < 2 * e->hosts; m++) {
    first[m] = fg_machine_start(e, m);
    if (!first[m])
      return false;
    if (first[m]->broken >= 0)
      fg_explorer_breaks(e, (enum fg_property)first[m]->broken, first[m]->why);
    begins = begins && first[m]->broken < 0;
    g->local[m] = first[m]->to;
  }
  for (uint32_t m = 0; m < 2 * e->hosts && begins; m++)
    begins = post(s, g, first[m]);
  return begins;
}

void fg_search_all(struct fg_explorer *e) {
  struct fg_search s = {.explorer = e};
  struct fg_global g;
  e->search = &s;
  if (begin(&s, &g))
    arrive(&s, &g);
  while (s.n > 0 && !e->err && !(e->seeded && e->explored->violations[e->seeded->found]))
    step(&s);
  e->search = NULL;
  free(s.path);
  free(s.seen.slot);
}
