/* ssp as core/worker/replica.c, core/worker/push.c and core/steward/server.c implement it: P workers learn on replicas; at
 * the end of each of its clocks a worker sends its change to the servers of P shards, and goes on when all of them have
 * answered. A server answers when nobody is more than `slack` clocks behind, and where the run pauses or ends (the workers
 * join) when all have come as far. slack=0 adds the changes of a clock together, when all are here; otherwise they are added
 * as they come. Shard q lives with worker q, or on one of SERVERS hosts of their own.
 *
 * A state of the model is a state of the machines: with READS 2 as many states and moves can be reached as proofs/explore
 * finds with the C code (tests/spin.test). READS 1 also follows what shards and answers hold, as a count for each worker
 * of its changes.
 *
 * Checked: S6, no worker starts clock c while another has not finished clock c - slack - 1, and what it reads holds every
 * change of clocks up to that one, all its own, and with slack 0 nothing else; that a shard at the end holds every change once;
 * that who has joined knows all changes so far, and nothing is on its way there; that no letter is refused, and none is left;
 * S5: no invalid end state, and no fair cycle before all have stopped.
 */
#include "events.pml"

/* parameters, with the names to ask for them */
#ifndef P
#define P 2 /* workers */
#endif
#ifndef SLACK
#define SLACK 1 /* clocks; 255: any */
#endif
#ifndef ROUNDS
#define ROUNDS 0 /* visits of each worker: a pass has P of them; 0: a pass */
#endif
#ifndef CHUNKS
#define CHUNKS 1 /* of a visit */
#endif
#ifndef PERIOD
#define PERIOD 1 /* visits in a clock */
#endif
#ifndef SERVERS
#define SERVERS 0
#endif
#ifndef PAUSE
#define PAUSE 0
#endif
#ifndef MEET
#define MEET 0
#endif
#ifndef READS
#define READS 0 /* 1: what is read is followed; 2: as in machines whose updates are only counted */
#endif
#ifndef TRACK
#define TRACK 255 /* the only worker whose changes are followed; 255: those of all are */
#endif
#ifndef BUG
#define BUG 0 /* seeded fault */
#endif
#ifndef MAXP
#define MAXP 3
#endif
#ifndef MAXH
#define MAXH 5 /* hosts */
#endif

/* seeded faults; what finds each */
#define BUG_SLACK     1  /* S6: a server's slack is off by one */
#define BUG_DROPPED   2  /* S5, deadlock: an answer is lost */
#define BUG_STALE     3  /* reads: a server answers with what it had before it took the change */
#define BUG_COUNTED   4  /* reads: a change is added twice */
#define BUG_FORGOTTEN 5  /* reads: a change is counted as come, and not added */
#define BUG_AGAIN     6  /* refused: an answer comes twice */
#define BUG_SHORT     7  /* cover: worker 1 stops a clock early */
#define BUG_HASTY     8  /* reads: a worker does not wait for the last shard */
#define BUG_MIXED     9  /* reads: slack 0 adds changes as they come */
#define BUG_JOIN      10 /* S6: nobody waits for all at a pause */
#define BUG_ASTRAY    11 /* refused: changes of shard 0 go to another server */
#define BUG_SILENT    12 /* S5, deadlock: only who asks is answered, nobody who waits */
#define BUG_IDLE      13 /* S5, cycle: a chunk makes no progress */
#define BUG_UNSENT    14 /* S5, deadlock: a worker leaves out a shard */
#define BUG_UNDONE    15 /* refused: the change goes before the clock's last visit is made */
#define BUG_FLOOR     16 /* S6: a server forgets the slowest worker */
#define fault(x)      (bug == x)

byte workers = P, slack = SLACK, rounds = ROUNDS, chunks = CHUNKS, period = PERIOD, servers = SERVERS, pause = PAUSE, meet = MEET,
     reads = READS, track = TRACK, bug = BUG;

/* workers: decisions they are at */
#define SPENDS  0
#define AWAITS  1
#define MEETS   2
#define STOPPED 3
byte state[MAXP], rnd[MAXP], made[MAXP], clock[MAXP]; /* clock: exchanges that are over */
byte answered[MAXP];                                  /* shards that have answered, a bit each */
short replica[MAXP * MAXP];                           /* worker p, shard q: at p * MAXP + q, what it read */

/* shards: shard q, worker p: at q * MAXP + p */
byte finished[MAXP * MAXP], replied[MAXP * MAXP]; /* clocks that each worker has finished, and had an answer to */
bool joins[MAXP * MAXP];
short held[MAXP], waiting[MAXP]; /* changes in it; those of a clock that is not complete (slack 0) */
byte first[MAXP];                /* READS 2, slack 0: whose change came first, plus 1: changes lie in memory in this order */

/* what is only looked at */
byte reached[MAXP]; /* round of the last boundary */
byte stopped;       /* machines */

/* from worker p to the steward of host h, at h * MAXP + p: round, shard, joins */
chan to[MAXP * MAXH] = [MAXP] of { byte, byte, byte };
chan back[MAXP * MAXH] = [MAXP] of { byte, byte, short }; /* the other way: round, shard, what it holds */

#define hosts             (workers + servers)
#define machines          (2 * hosts)
#define host(q)           (servers -> workers + (q) % servers : q)
#define tracks(p)         (track == 255 || track == (p))
#define UNIT(p)           (reads == 2 -> round % 2 : (tracks(p) -> 1 << (4 * (p)) : 0)) /* 4 bits for each worker's changes */
#define digit(x, p)       (((x) >> (4 * (p))) & 15)
#define joins_at(r)       ((r) > 0 && ((r) == rounds || (pause && (r) % pause == 0)))
#define due(r)            ((r) > 0 && (joins_at(r) || (r) % period == 0))
#define rounds_of(p)      (fault(BUG_SHORT) && p == 1 -> rounds - 1 : rounds)
#define needed(c)         (slack != 255 && (c) > slack -> (c) - slack : 0) /* clocks that all must have finished before clock c */
#define needs(p)          (joins_at(rnd[p]) -> clock[p] : needed(clock[p])) /* the same where worker p is */
#define allowed()         (slack == 255 -> 255 : slack + fault(BUG_SLACK))
#define has_met(p)        (p >= workers || reached[p] >= meet)
#define still_meets(p)    (p >= workers || state[p] == MEETS)
#define every(x)          (x(0) && x(1) && x(2)) /* MAXP 3 */
#define clocks_done(p)    (clock[p] + (state[p] == AWAITS)) /* clocks of which all visits are made */

byte clocks; /* of the run */
hidden byte i, k, n, least, from, round, item, join, p0, p1, q; /* scratch within a step */
hidden short value, before;

/* ---- stewards: servers of shards */

/* Has everything been answered that host h will be asked? (n) */
inline is_over(h) {
  n = 1;
  i = 0;
  do
  :: i < workers * workers ->
     n = n & (host(i / workers) != h || replied[(i / workers) * MAXP + i % workers] == clocks);
     i++
  :: else -> break
  od
}

inline tell_steward(h) {
  is_over(h);
  if
  :: n -> SAY(STEWARD(h), at, stop, NOBODY, 0, 0, 0, 0); stopped++; check_end()
  :: else -> SAY(STEWARD(h), at, await, NOBODY, 0, 0, 0, 0)
  fi
}

inline send_answer(h, whom) {
  SAY(STEWARD(h), send, slice, WORKER(whom), replied[item * MAXP + whom], item, 0, 0);
  assert(finished[item * MAXP + whom] == replied[item * MAXP + whom] + 1);
  value = (reads -> (fault(BUG_STALE) -> before : held[item]) : 0);
  if
  :: reads == 1 -> /* S6 at the server: what the answer holds lets its worker start the next clock */
     i = 0;
     do
     :: i < workers -> assert(!tracks(i) || digit(value, i) >= needed(replied[item * MAXP + whom] + 1)); i++
     :: else -> break
     od
  :: else
  fi;
  if
  :: fault(BUG_DROPPED) && whom == 1 && item == 0
  :: else -> assert(nfull(back[h * MAXP + whom])); back[h * MAXP + whom]!replied[item * MAXP + whom], item, value
  fi;
  if
  :: fault(BUG_AGAIN) && whom == 1 && item == 0 -> back[h * MAXP + whom]!replied[item * MAXP + whom], item, value
  :: else
  fi;
  replied[item * MAXP + whom]++
}

/* steward h takes a change of worker `from`: round, item, join */
inline take_change(h) {
  SAY(STEWARD(h), take, slice, WORKER(from), round, item, join, 0);
  k = item * MAXP + from;
  /* no letter is refused */
  assert(host(item) == h && finished[k] < clocks && finished[k] == replied[k] && round == finished[k]);
  finished[k]++;
  joins[k] = join;
  least = 255;
  i = 0;
  do
  :: i < workers ->
     if
     :: finished[item * MAXP + i] < least && !(fault(BUG_FLOOR) && i == 0) -> least = finished[item * MAXP + i]
     :: else
     fi;
     i++
  :: else -> break
  od;
  if
  :: reads == 2 && slack == 0 && least == finished[k] -> first[item] = 0
  :: reads == 2 && slack == 0 && least < finished[k] && first[item] == 0 -> first[item] = from + 1
  :: else
  fi;
  before = held[item];
  if
  :: !reads || fault(BUG_FORGOTTEN) && from == 1
  :: reads && (slack > 0 || fault(BUG_MIXED)) -> held[item] = held[item] + UNIT(from) * (1 + fault(BUG_COUNTED))
  :: else ->
     assert(reads == 2 || digit(waiting[item], from) == 0);
     waiting[item] = waiting[item] + UNIT(from) * (1 + fault(BUG_COUNTED));
     if
     :: least == finished[k] -> held[item] = held[item] + waiting[item]; waiting[item] = 0
     :: else
     fi
  fi;
  i = 0;
  do
  :: reads == 1 && slack == 0 && track == 255 && i < workers -> /* slack 0 adds whole clocks */
     assert(digit(held[item], i) == digit(held[item], 0));
     i++
  :: else -> break
  od;
  p1 = 1;
  do
  :: p1 <= workers -> /* the own worker last */
     n = (item + p1) % workers;
     k = item * MAXP + n;
     if
     :: fault(BUG_SILENT) && n != from
     :: !(fault(BUG_SILENT) && n != from) && replied[k] < finished[k] &&
        finished[k] - (finished[k] < least -> finished[k] : least) <=
          (joins[k] && !(fault(BUG_JOIN) && round + 1 < clocks) -> 0 : allowed()) ->
        send_answer(h, n)
     :: else
     fi;
     p1++
  :: else -> break
  od;
  tell_steward(h)
}

/* ---- workers */

inline start_visit(p) {
  SAY(WORKER(p), note, start, NOBODY, rnd[p], rnd[p] % workers, 0, 0);
  state[p] = SPENDS;
  made[p] = 0;
  i = 0;
  do
  :: i < workers -> assert(clocks_done(i) >= needs(p)); i++ /* S6: the slowest */
  :: else -> break
  od;
  i = 0;
  do
  :: reads == 1 && i < workers * workers -> /* S6: what it reads; i / workers: the shard, i % workers: whose changes */
     n = digit(replica[p * MAXP + i / workers], i % workers);
     assert(!tracks(i % workers) || (n >= needs(p) && n <= clocks_done(i % workers)));
     assert(!tracks(i % workers) || (i % workers != p && slack > 0) || n == clock[p]);
     i++
  :: else -> break
  od
}

/* STATE_BOUNDARY and what follows */
inline go_on(p) {
  if
  :: joins_at(rnd[p]) || rnd[p] == 0 || rnd[p] == rounds_of(p) ->
     SAY(WORKER(p), note, boundary, NOBODY, rnd[p], 0, 0, 0);
     reached[p] = rnd[p];
     if
     :: rnd[p] == rounds_of(p) -> assert(rnd[p] == rounds && clock[p] == clocks); state[p] = STOPPED
     :: rnd[p] < rounds_of(p) && rnd[p] > 0 && rnd[p] == meet -> state[p] = MEETS
     :: else -> start_visit(p)
     fi
  :: else -> start_visit(p)
  fi
}

inline decide(p) {
  if
  :: state[p] == SPENDS -> SAY(WORKER(p), at, spend, NOBODY, 0, 0, 0, 0)
  :: state[p] == AWAITS -> SAY(WORKER(p), at, await, NOBODY, 0, 0, 0, 0)
  :: state[p] == STOPPED -> SAY(WORKER(p), at, stop, NOBODY, 0, 0, 0, 0); stopped++; check_end()
  :: state[p] == MEETS
  fi
}

inline end_visit(p) {
  SAY(WORKER(p), note, over, NOBODY, rnd[p], rnd[p] % workers, chunks, 0);
  rnd[p]++;
  made[p] = 0;
  go_on(p)
}

/* the change of shard q; its server, if it is of this host, is told when the worker has come to its decision */
inline send_change(p) {
  n = (fault(BUG_ASTRAY) && q == 0 -> (host(0) + 1) % hosts : host(q));
  if
  :: fault(BUG_UNSENT) && p == 1 && q == 0
  :: else ->
     SAY(WORKER(p), send, slice, STEWARD(n), clock[p], q, joins_at(rnd[p] + 1), 0);
     if
     :: n == p
     :: else -> assert(nfull(to[n * MAXP + p])); to[n * MAXP + p]!clock[p], q, joins_at(rnd[p] + 1)
     fi
  fi
}

inline pass_is_made(p) {
  SAY(WORKER(p), note, required, NOBODY, rnd[p], rnd[p] % workers, chunks, 0);
  if
  :: due(rnd[p] + 1) || (fault(BUG_UNDONE) && due(rnd[p] + 2)) ->
     state[p] = AWAITS;
     p1 = 1;
     do
     :: p1 <= workers ->
        q = (p + p1) % workers;
        send_change(p);
        p1++
     :: else -> break
     od
  :: else -> end_visit(p)
  fi
}

inline take_answer(p) {
  back[from * MAXP + p]?round, item, value;
  SAY(WORKER(p), take, slice, STEWARD(from), round, item, 0, 0);
  assert(round == clock[p] && from == host(item) && !(answered[p] & (1 << item))); /* no letter is refused */
  answered[p] = answered[p] | (1 << item);
  if :: reads == 1 -> replica[p * MAXP + item] = value :: else fi;
  n = 0;
  i = 0;
  do
  :: i < workers -> n = n + ((answered[p] >> i) & 1); i++
  :: else -> break
  od;
  if
  :: n >= workers - fault(BUG_HASTY) -> answered[p] = 0; clock[p]++; end_visit(p)
  :: else
  fi;
  decide(p)
}

inline check_end() {
  if
  :: stopped == machines ->
     k = 0;
     do
     :: k < MAXP * MAXH -> assert(empty(to[k]) && empty(back[k])); k++ /* nothing is left */
     :: else -> break
     od;
     k = 0;
     do
     :: reads == 1 && k < workers * workers -> /* each change once */
        assert(digit(held[k / workers], k % workers) == (tracks(k % workers) -> clocks : 0));
        k++
     :: else -> break
     od
  :: else
  fi
}

proctype worker(byte p) {
end:
  do
  :: d_step {
       MAY && state[p] == SPENDS ->
       SAY(WORKER(p), chunk, required, NOBODY, rnd[p], rnd[p] % workers, 0, 0);
       if :: fault(BUG_IDLE) && p == 0 && rnd[p] == 1 :: else -> made[p]++ fi;
       if
       :: made[p] < chunks -> decide(p)
       :: else ->
          pass_is_made(p);
          decide(p);
          if
          :: state[p] == AWAITS && host(p) == p -> /* the server of its host hears at once */
             from = p; round = clock[p]; item = p; join = joins_at(rnd[p] + 1);
             take_change(p)
          :: else
          fi
       fi;
       skip
     }
  :: d_step {
       MAY && state[p] == MEETS && every(has_met) ->
       k = 0;
       do
       :: k < MAXP * MAXH -> assert(!every(still_meets) || (empty(to[k]) && empty(back[k]))); k++ /* a boundary */
       :: else -> break
       od;
       start_visit(p);
       skip
     }
  :: d_step { MAY && state[p] == AWAITS && nempty(back[0 * MAXP + p]) -> from = 0; take_answer(p); skip }
  :: d_step { MAY && state[p] == AWAITS && nempty(back[1 * MAXP + p]) -> from = 1; take_answer(p); skip }
  :: d_step { MAY && state[p] == AWAITS && nempty(back[2 * MAXP + p]) -> from = 2; take_answer(p); skip }
  :: d_step { MAY && state[p] == AWAITS && nempty(back[3 * MAXP + p]) -> from = 3; take_answer(p); skip }
  :: d_step { MAY && state[p] == AWAITS && nempty(back[4 * MAXP + p]) -> from = 4; take_answer(p); skip }
  od
}

proctype server(byte h) {
end:
  do
  :: d_step { MAY && nempty(to[h * MAXP + 0]) -> from = 0; to[h * MAXP + 0]?round, item, join; take_change(h); skip }
  :: d_step { MAY && nempty(to[h * MAXP + 1]) -> from = 1; to[h * MAXP + 1]?round, item, join; take_change(h); skip }
  :: d_step { MAY && nempty(to[h * MAXP + 2]) -> from = 2; to[h * MAXP + 2]?round, item, join; take_change(h); skip }
  od
}

/* new machines come to their first decisions */
inline begin_run() {
  SAY(WORKER(0), begin, none, NOBODY, 0, 0, 0, 0);
  stopped = 0;
  clocks = 0;
  p0 = 1;
  do
  :: p0 <= rounds -> clocks = clocks + due(p0); p0++
  :: else -> break
  od;
  p0 = 0;
  do
  :: p0 < MAXP * MAXP -> finished[p0] = 0; replied[p0] = 0; joins[p0] = 0; replica[p0] = 0; p0++
  :: else -> break
  od;
  p0 = 0;
  do
  :: p0 < workers ->
     state[p0] = SPENDS; rnd[p0] = 0; made[p0] = 0; clock[p0] = 0; answered[p0] = 0; reached[p0] = 0;
     held[p0] = 0; waiting[p0] = 0; first[p0] = 0;
     p0++
  :: else -> break
  od;
  p0 = 0;
  do
  :: p0 < hosts ->
     if
     :: p0 < workers -> go_on(p0); decide(p0)
     :: else -> SAY(WORKER(p0), at, stop, NOBODY, 0, 0, 0, 0); stopped++ /* a server's host has no worker */
     fi;
     tell_steward(p0);
     p0++
  :: else -> break
  od
}

init {
  d_step {
    ASK(P, workers); ASK(SLACK, slack); ASK(ROUNDS, rounds); ASK(CHUNKS, chunks); ASK(PERIOD, period); ASK(SERVERS, servers);
    ASK(PAUSE, pause); ASK(MEET, meet); ASK(READS, reads); ASK(TRACK, track); ASK(BUG, bug);
    ASK_SCRIPT;
    if :: rounds == 0 -> rounds = workers :: else fi;
    if :: period > rounds -> period = rounds :: else fi;
    begin_run();
    skip
  }
  atomic {
    p0 = 0;
    do
    :: p0 < workers -> run worker(p0); p0++
    :: else -> break
    od;
    p0 = 0;
    do
    :: p0 < hosts -> run server(p0); p0++
    :: else -> break
    od
  }
accept_running: /* S5: no fair run stays here for ever (pan -a -f), nor does any get stuck */
  do
  :: d_step { stopped == machines && left_runs > 1 -> left_runs--; begin_run(); skip }
  :: stopped == machines && left_runs == 1 -> break
  od
}
