/* The tie between the Promela models and the C machines (proofs/spin/events.pml has the vocabulary).
 *
 * spin_play play events=FILE [OPTION=VALUE...] has the machines make the moves of these events, as a simulation of a
 * model prints them, and compares every event of the machines with the file's next one, to its end.
 *
 * spin_play walk [OPTION=VALUE...] makes random moves and prints the events, for a model to follow.
 *
 * Options: sync, workers, epochs and chunk as of `fugue sim` (chunk 2: a block is one chunk, 1: it is two), model (lda
 * has a statistic, of as many numbers as there are workers), pause and meet as in proofs/explore; walk: seed, runs;
 * fault, a run that is broken: early (the policy of early_hand_off is turned round), quorum (one report too few
 * releases), slack (one more), short (a round too few), twice (the changes of worker 1 count twice), lost (its changes
 * of extra chunks do not). Both end with exit code 0 and the numbers of runs, moves and events in the last line of
 * standard error; play with 1 where machines and events differ. */
#include "core/worker/inner.h"
#include "core/rng.h"
#include "core/steward.h"
#include "tests/fixture.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HOSTS = 4, MACHINES = 2 * HOSTS, LETTERS = 256, MOVES = 64, WORDS = 8 };

struct machine {
  struct fg_worker *worker;
  struct fg_steward *steward;
  enum fg_act_kind at;
  bool interruptible, extra, started;
};

struct stage {
  struct fg_run *run;
  uint32_t hosts, workers;
  uint64_t meet;
  bool playing; /* events are compared; otherwise printed */
  const char *fault;
  FILE *in; /* playing: the events */
  struct machine machine[MACHINES];
  struct fg_parcel *letter[LETTERS]; /* on their way, in the order of sending */
  uint32_t n_letters;
  uint64_t line, runs, moves, events;
};

struct move {
  uint32_t machine;
  int letter; /* that is taken, or: */
};
enum { CHUNK = -1, LOOK = -2, MEET = -3 };

static void fails(const struct stage *s, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
static void fails(const struct stage *s, const char *format, ...) {
  va_list list;
  va_start(list, format);
  if (s->playing)
    fprintf(stderr, "line %llu: ", (unsigned long long)s->line);
  vfprintf(stderr, format, list);
  va_end(list);
  fputc('\n', stderr);
  exit(1);
}

static bool faulty(const struct stage *s, const char *fault) {
  return strcmp(s->fault, fault) == 0;
}

/* ---- events */

static const char *const kinds[FG_PARCEL_KINDS] = {"block", "report", "release", "request", "grant", "rows", "slice"};
static const char *const notes[] = {"start", "required", "over", "boundary"};

/* The next event of the input; others are what Spin says besides. False: there is none. */
static bool next_event(struct stage *s, char line[80]) {
  while (fgets(line, 80, s->in)) {
    s->line++;
    line[strcspn(line, "\n")] = 0;
    if ((line[0] == 'w' || line[0] == 's') && isdigit((unsigned char)line[1]) && strchr(line, ' '))
      return true;
  }
  return false;
}

static void said(struct stage *s, uint32_t m, const char *verb, const char *kind, int other, uint64_t round,
                 uint32_t item, uint64_t count, uint64_t stat) {
  char line[80], expected[80];
  snprintf(line, sizeof line, "%c%u %s %s %c%d %llu %u %llu %llu", m % 2 ? 's' : 'w', m / 2, verb, kind,
           other < 0   ? '-'
           : other % 2 ? 's'
                       : 'w',
           other < 0 ? 0 : other / 2, (unsigned long long)round, item, (unsigned long long)count,
           (unsigned long long)stat);
  s->events++;
  if (!s->playing)
    puts(line);
  else if (!next_event(s, expected) || strcmp(line, expected) != 0)
    fails(s, "the machine says: %s", line);
}

static uint32_t machine_of(struct fg_address a) {
  return 2 * a.rank + (a.role == FG_STEWARD);
}

/* a digit to the base 256 for each worker */
static uint64_t packed(const double *stat, uint32_t n) {
  uint64_t sum = 0;
  for (uint32_t k = 0; k < n; k++)
    sum += (uint64_t)((int64_t)stat[k] << (8 * k));
  return sum;
}

static void said_letter(struct stage *s, const struct fg_parcel *p, bool taken) {
  struct fg_address self = taken ? p->to : p->from, other = taken ? p->from : p->to;
  said(s, machine_of(self), taken ? "take" : "send", kinds[p->kind], (int)machine_of(other), p->round,
       p->block ? p->block->id : p->item, p->count, packed(p->stat, p->n_stat));
}

/* ---- machines */

static uint32_t channel(const struct fg_parcel *p) {
  return 2 * (machine_of(p->to) * MACHINES + machine_of(p->from)) + (p->block != NULL);
}

static void noted(struct stage *s, uint32_t m, enum fg_note note) {
  struct machine *c = &s->machine[m];
  const struct fg_visit *v = fg_worker_visit(c->worker);
  uint64_t chunk = s->run->job.chunk, made = (v->updates + chunk - 1) / chunk;
  bool bound = note == FG_NOTE_BOUNDARY;
  c->extra = note != FG_NOTE_START;
  said(s, m, "note", notes[note], -1, bound ? fg_worker_round(c->worker) : v->round, bound ? 0 : v->col_block,
       bound ? 0 : made, 0);
}

static void take(struct stage *s, struct fg_parcel *p);

/* Acts until there is something to decide; then the host's steward takes what it was sent. */
static void drive(struct stage *s, uint32_t m) {
  struct machine *c = &s->machine[m];
  struct fg_act act;
  struct fg_parcel *own[16];
  uint32_t n_own = 0;
  for (;;) {
    if (c->worker)
      fg_worker_next(c->worker, &act);
    else if (c->steward)
      fg_steward_next(c->steward, &act);
    else
      act = (struct fg_act){.kind = FG_STOP}; /* a server's host has no worker */
    if (act.kind == FG_SEND) {
      said_letter(s, act.parcel, false);
      if (s->n_letters == LETTERS || n_own == 16)
        fails(s, "too many letters");
      if (m % 2 == 0 && machine_of(act.parcel->to) == m + 1)
        own[n_own++] = act.parcel;
      else
        s->letter[s->n_letters++] = act.parcel;
    } else if (act.kind == FG_NOTE) {
      noted(s, m, act.note);
      if (act.note == FG_NOTE_BOUNDARY && s->meet && fg_worker_round(c->worker) == s->meet)
        break;
    } else {
      break;
    }
  }
  c->at = act.kind;
  c->interruptible = act.kind == FG_SPEND && act.spend.interruptible;
  static const char *const at[] = {"spend", NULL, "await", "poll", "meet", "stop"};
  said(s, m, "at", c->interruptible ? "listen" : at[act.kind], -1, 0, 0, 0,
       c->worker ? packed(fg_worker_stats(c->worker), s->run->model.n_stat) : 0);
  for (uint32_t i = 0; i < n_own; i++)
    take(s, own[i]);
}

/* The parcel (given) comes to its machine. */
static void take(struct stage *s, struct fg_parcel *p) {
  struct fg_fault fault = {0};
  uint32_t m = machine_of(p->to);
  struct machine *c = &s->machine[m];
  said_letter(s, p, true);
  if (c->worker ? fg_worker_take(c->worker, p, &fault) : fg_steward_take(c->steward, p, &fault))
    fails(s, "refused: %s", fault.text);
  drive(s, m);
}

static void make_chunk(struct stage *s, uint32_t m) {
  struct machine *c = &s->machine[m];
  const struct fg_visit *v = fg_worker_visit(c->worker);
  struct fg_fault fault = {0};
  said(s, m, "chunk", c->extra ? "extra" : "required", -1, v->round, v->col_block, 0, 0);
  if (fg_worker_spend(c->worker, 1, &fault))
    fails(s, "%s", fault.text);
  double one = m == 2 && faulty(s, "twice") ? 2 : m == 2 && c->extra && faulty(s, "lost") ? 0 : 1;
  if (s->run->model.n_stat)
    fg_worker_stats(c->worker)[m / 2] += one;
  drive(s, m);
}

static void make_move(struct stage *s, struct move move) {
  s->moves++;
  if (move.letter == CHUNK) {
    make_chunk(s, move.machine);
  } else if (move.letter == LOOK || move.letter == MEET) {
    said(s, move.machine, "look", "none", -1, 0, 0, 0, 0);
    drive(s, move.machine);
  } else {
    struct fg_parcel *p = s->letter[move.letter];
    s->n_letters--;
    memmove(&s->letter[move.letter], &s->letter[move.letter + 1],
            (s->n_letters - (uint32_t)move.letter) * sizeof s->letter[0]);
    take(s, p);
  }
}

/* ---- what may happen */

static bool all_meet(const struct stage *s) {
  for (uint32_t p = 0; p < s->workers; p++)
    if (fg_worker_round(s->machine[2 * p].worker) < s->meet)
      return false;
  return true;
}

static uint32_t possible(const struct stage *s, struct move *moves) {
  uint32_t n = 0;
  for (uint32_t m = 0; m < 2 * s->hosts; m++) {
    const struct machine *c = &s->machine[m];
    bool listens = m % 2 || c->at == FG_AWAIT || c->at == FG_POLL || c->interruptible || c->at == FG_STOP;
    for (uint32_t i = 0; i < s->n_letters && listens; i++) {
      bool mine = machine_of(s->letter[i]->to) == m, behind = false;
      for (uint32_t k = 0; k < i; k++)
        behind = behind || channel(s->letter[k]) == channel(s->letter[i]);
      if (mine && !behind)
        moves[n++] = (struct move){m, (int)i};
    }
    if (c->at == FG_SPEND)
      moves[n++] = (struct move){m, CHUNK};
    if (c->at == FG_POLL)
      moves[n++] = (struct move){m, LOOK};
    if (c->at == FG_NOTE && s->meet && all_meet(s))
      moves[n++] = (struct move){m, MEET};
    if (n > MOVES - 20)
      fails(s, "too many moves");
  }
  return n;
}

/* The move that an event begins with; there must be one. */
static struct move scripted(const struct stage *s, const char *line) {
  struct move moves[MOVES];
  uint32_t n = possible(s, moves), rank;
  char role, verb[16], kind[16], other[16];
  if (sscanf(line, "%c%u %15s %15s %15s", &role, &rank, verb, kind, other) != 5)
    fails(s, "no event: %s", line);
  for (uint32_t i = 0; i < n; i++) {
    if (moves[i].machine != 2 * rank + (role == 's'))
      continue;
    const struct fg_parcel *p = moves[i].letter < 0 ? NULL : s->letter[moves[i].letter];
    char from[16] = "";
    if (p)
      snprintf(from, sizeof from, "%c%u", p->from.role == FG_STEWARD ? 's' : 'w', p->from.rank);
    bool same = p ? strcmp(verb, "take") == 0 && strcmp(kind, kinds[p->kind]) == 0 && strcmp(other, from) == 0
                  : strcmp(verb, moves[i].letter == CHUNK ? "chunk" : "look") == 0;
    if (same)
      return moves[i];
  }
  fails(s, "not possible: %s", line);
}

/* ---- runs */

static void begin(struct stage *s) {
  struct fg_run *run = s->run;
  said(s, 0, "begin", "none", -1, 0, 0, 0, 0);
  s->runs++;
  for (uint32_t q = 0; q < run->grid.col_blocks; q++)
    run->factors.col[q].version = 0;
  for (uint32_t m = 0; m < 2 * s->hosts; m++) {
    struct machine *c = &s->machine[m];
    *c = (struct machine){0};
    if (m % 2 ? fg_steward_new(&run->job, m / 2, &run->factors, &c->steward)
              : m / 2 < s->workers && fg_worker_new(&run->job, m / 2, &run->factors, &c->worker))
      fails(s, "no memory");
    if (c->worker)
      fg_worker_compute(c->worker, false);
  }
  for (uint32_t m = 0; m < 2 * s->hosts; m++)
    drive(s, m);
}

static void end(struct stage *s) {
  for (uint32_t m = 0; m < 2 * s->hosts && s->runs; m++) {
    if (s->machine[m].at != FG_STOP)
      fails(s, "the run ends, and machine %c%u has not stopped", m % 2 ? 's' : 'w', m / 2);
    fg_worker_free(s->machine[m].worker);
    fg_steward_free(s->machine[m].steward);
  }
  if (s->n_letters)
    fails(s, "%u letters are left", s->n_letters);
}

/* The line that was looked at is read again by `said`, which compares it. */
static void play(struct stage *s) {
  char line[80];
  long before = ftell(s->in);
  while (next_event(s, line)) {
    fseek(s->in, before, SEEK_SET);
    s->line--;
    if (strcmp(line, "w0 begin none -0 0 0 0 0") == 0) {
      end(s);
      begin(s);
    } else {
      make_move(s, scripted(s, line));
    }
    before = ftell(s->in);
  }
  end(s);
}

static void walk(struct stage *s, uint64_t seed, uint64_t runs) {
  struct fg_rng rng;
  struct move moves[MOVES];
  fg_rng_start(&rng, seed, FG_STREAM_ORDER, 0, 0);
  for (uint64_t r = 0; r < runs; r++) {
    begin(s);
    for (uint32_t n; (n = possible(s, moves)) > 0;)
      make_move(s, moves[fg_rng_below(&rng, n)]);
    end(s);
  }
}

/* ---- a run broken on purpose */

static struct fg_sync_type type;
static struct fg_strata_policy strata;
static struct fg_replica_policy replica;
static const struct fg_sync_type *good;

static uint32_t fewer(const struct fg_sync *sync, uint32_t workers) {
  return good->strata->quorum(sync, workers) - 1;
}

static uint64_t more(const struct fg_sync *sync) {
  return good->replica->slack(sync) + 1;
}

static void spoil(struct stage *s) {
  good = s->run->job.sync.type;
  type = *good;
  if (faulty(s, "short"))
    s->run->job.rounds--;
  if (type.strata) {
    strata = *type.strata;
    type.strata = &strata;
    if (faulty(s, "early"))
      strata.early_hand_off = !strata.early_hand_off;
    if (faulty(s, "quorum"))
      strata.quorum = fewer;
  }
  if (type.replica) {
    replica = *type.replica;
    type.replica = &replica;
    if (faulty(s, "slack"))
      replica.slack = more;
  }
  s->run->job.sync.type = &type;
}

static const char *option(int argc, char **argv, const char *name, const char *fallback) {
  size_t n = strlen(name);
  for (int i = 2; i < argc; i++)
    if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
      return argv[i] + n + 1;
  return fallback;
}

static uint64_t number(int argc, char **argv, const char *name, const char *fallback) {
  return strtoull(option(argc, argv, name, fallback), NULL, 10);
}

int main(int argc, char **argv) {
  const char *options[] = {"workers", "3", "sync", "fugue", "epochs", "1",         "chunk", "2",
                           "seed",    "1", "test", "0",     "model",  "mf:rank=1", NULL};
  if (argc < 2 || (strcmp(argv[1], "play") != 0 && strcmp(argv[1], "walk") != 0)) {
    fprintf(stderr, "usage: spin_play play|walk [OPTION=VALUE...]\n");
    return 2;
  }
  for (int i = 0; options[i]; i += 2)
    if (strcmp(options[i], "seed") != 0)
      options[i + 1] = option(argc, argv, options[i], options[i + 1]);
  struct stage s = {.playing = strcmp(argv[1], "play") == 0,
                    .workers = (uint32_t)number(argc, argv, "workers", "3"),
                    .meet = number(argc, argv, "meet", "0"),
                    .fault = option(argc, argv, "fault", "")};
  struct fg_sync sync;
  if (s.playing && !(s.in = fopen(option(argc, argv, "events", ""), "r"))) {
    perror("events");
    return 2;
  }
  if (fg_sync_parse(option(argc, argv, "sync", "fugue"), 0.5, &sync, NULL) || fg_sync_hosts(&sync, s.workers) > HOSTS ||
      s.workers < 1)
    return 2;
  char *data = fixture_points(2 * s.workers, s.workers * fg_sync_blocks(&sync), 1, 1);
  s.run = fixture_run(data, options);
  s.hosts = fg_sync_hosts(&sync, s.workers);
  s.run->job.pause = number(argc, argv, "pause", "0");
  if (s.run->model.n_stat)
    memset(s.run->stat, 0, s.run->model.n_stat * sizeof *s.run->stat);
  fixture_drop(data);
  spoil(&s);
  if (s.playing) {
    play(&s);
    fclose(s.in);
  } else {
    walk(&s, number(argc, argv, "seed", "1"), number(argc, argv, "runs", "1"));
  }
  fprintf(stderr, "%llu runs, %llu moves, %llu events\n", (unsigned long long)s.runs, (unsigned long long)s.moves,
          (unsigned long long)s.events);
  fixture_run_free(s.run);
  return 0;
}
