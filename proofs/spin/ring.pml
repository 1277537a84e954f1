/* ring as core/worker/roving.c (FG_ROVING_RING) and core/steward/counter.c implement it: C = B P column blocks go round P
 * workers, each has one holder, and nobody waits for all. With a global statistic every visit is reported to rank 0's
 * steward, which adds the change up and answers with the sum; a worker goes on meanwhile, and waits for answers only at a
 * boundary. PAUSE: a boundary every so many rounds; MEET: the one at which all workers wait for each other, as a stage
 * makes them.
 *
 * A state of the model is a state of the machines: with STAT 0 or 3 as many states and moves can be reached as proofs/explore
 * finds with the C code (tests/spin.test). STAT 1 and 2 say what statistics hold, too.
 *
 * Checked: S1, S2, S3 by assertions; that the steward's statistic holds every change that was reported, each once, and that
 * a worker's own changes have all come back to it at the end; that nothing is on its way where all meet; that no letter is
 * refused, and none is left; S5: no invalid end state, and no fair cycle before all have stopped.
 */
#include "events.pml"

/* parameters, with the names to ask for them */
#ifndef P
#define P 3 /* workers */
#endif
#ifndef B
#define B 2 /* column blocks for each of them */
#endif
#ifndef ROUNDS
#define ROUNDS 0 /* visits of each worker: an epoch has C of them; 0: an epoch */
#endif
#ifndef CHUNKS
#define CHUNKS 1 /* of a visit */
#endif
#ifndef STAT
#define STAT 0 /* statistic: 0 none, 1 grows by one with every pass, 2 with every chunk, 3 does not grow */
#endif
#ifndef TRACK
#define TRACK 255 /* the only worker whose changes count; 255: those of all do */
#endif
#ifndef PAUSE
#define PAUSE 0
#endif
#ifndef MEET
#define MEET 0
#endif
#ifndef BUG
#define BUG 0 /* seeded fault */
#endif
#ifndef MAXP
#define MAXP 4
#endif
#ifndef MAXC
#define MAXC 8
#endif

/* seeded faults; what finds each */
#define BUG_KEPT      1  /* S3: a block is sent, and kept */
#define BUG_NEIGHBOUR 2  /* refused: a block goes the wrong way round */
#define BUG_LOST      3  /* S5, deadlock: a block is lost on its way */
#define BUG_TWICE     4  /* S3: a block is sent twice */
#define BUG_ORDER     5  /* refused: worker 1 begins with its second block */
#define BUG_SHORT     6  /* S2: worker 1 stops a round early */
#define BUG_UNHEARD   7  /* S5, deadlock: a report is not answered */
#define BUG_HASTY     8  /* a letter is left: nobody waits for answers before it stops */
#define BUG_COUNTED   9  /* statistic: the steward adds a change twice */
#define BUG_REPORTED  10 /* statistic: a change is reported again with the next one */
#define BUG_STALE     11 /* statistic: the steward answers before it has added the change */
#define BUG_RESTLESS  12 /* boundary: a worker does not wait for its next blocks */
#define BUG_IDLE      13 /* S5, cycle: a chunk makes no progress */
#define BUG_SOON      14 /* cover: a visit ends a chunk early */
#define BUG_STOPS     15 /* refused: the steward stops a report early */
#define BUG_LAST      16 /* refused: the block is handed on after the last visit, too */
#define fault(x)      (bug == x)

byte workers = P, blocks = B, rounds = ROUNDS, chunks = CHUNKS, statistic = STAT, track = TRACK, pause = PAUSE, meet = MEET,
     bug = BUG;

/* workers: decisions they are at */
#define POLLS   0
#define SPENDS  1
#define AWAITS  2
#define MEETS   3
#define STOPPED 4
byte state[MAXP], rnd[MAXP], made[MAXP], level[MAXP]; /* made: chunks of the visit; level: round of the boundary ahead */
byte answers[MAXP];                                   /* reports that were not answered yet */
short here[MAXP];                                     /* blocks, a bit each */
int copy[MAXP], change[MAXP];                         /* of the statistic: what updates read; what is not reported */

/* the steward of rank 0 */
byte reports;
int total;

/* what is only looked at */
byte version[MAXC], flying[MAXC]; /* visits of a block; letters that have it */
short seen[MAXP];                 /* blocks visited in this epoch, a bit each */
int told;                         /* changes in reports that were taken */
byte stopped;                     /* machines */

chan blk[MAXP] = [MAXC] of { byte, byte };           /* to worker p from its neighbour: round, block */
chan up[MAXP] = [MAXC] of { byte, byte, int };       /* from worker p: round, block, change */
chan rel[MAXP] = [MAXC] of { byte, int };            /* to worker p: round, statistic */

#define all_blocks       (workers * blocks)
#define bit(q)           (1 << (q))
#define due(p, k)        (((k) % blocks) * workers + ((p) + (k) / blocks) % workers)
#define visits(p, k)     due(p, (k) + (fault(BUG_ORDER) && p == 1 && k < 2 -> 1 - 2 * (k) : 0))
#define next_worker(p)   (fault(BUG_NEIGHBOUR) -> ((p) + 1) % workers : ((p) + workers - 1) % workers)
#define UNIT(p)          (1 << (8 * (p)))
#define grows(p)         (track == 255 || track == p -> UNIT(p) : 0)
#define digit(x, p)      (((x) >> (8 * (p))) & 255)
#define grown(p, visits) (grows(p) && statistic < 3 -> (visits) * (statistic == 1 -> 1 : chunks) : 0)
#define next_boundary(r) (pause && (r) + pause < rounds -> (r) + pause : rounds)
#define rounds_of(p)     (fault(BUG_SHORT) && p == 1 -> rounds - 1 : rounds)
#define listens(p)       (state[p] == POLLS || state[p] == AWAITS)
#define has_met(p)       (p >= workers || level[p] > meet)
#define still_meets(p)   (p >= workers || state[p] == MEETS)
#define nothing_for(p)   (empty(blk[p]) && empty(up[p]) && empty(rel[p]))
#define every(x)         (x(0) && x(1) && x(2) && x(3)) /* MAXP 4 */
#define over_steward     (!statistic || reports == rounds * workers - fault(BUG_STOPS))
#define machines         (2 * workers)

hidden byte i, n, from, round, block_, p0; /* scratch within a step */
hidden int value, report_;

/* ---- the steward of rank 0 */

inline tell_steward(r) {
  if
  :: r > 0 || over_steward -> SAY(STEWARD(r), at, stop, NOBODY, 0, 0, 0, 0); stopped++; check_end()
  :: else -> SAY(STEWARD(r), at, await, NOBODY, 0, 0, 0, 0)
  fi
}

/* takes the report of `from`: round, block_, report_ */
inline take_report() {
  SAY(STEWARD(0), take, report, WORKER(from), round, block_, 0, report_);
  assert(!over_steward); /* no letter is refused */
  reports++;
  told = told + report_;
  value = total;
  total = total + report_ + (fault(BUG_COUNTED) -> report_ : 0);
  if :: fault(BUG_STALE) :: else -> value = total fi;
  assert(total == told && digit(total, from) == grown(from, round + 1)); /* each change once */
  if
  :: fault(BUG_UNHEARD) && reports == 2
  :: else ->
     SAY(STEWARD(0), send, release, WORKER(from), round, 0, 0, value);
     assert(nfull(rel[from]));
     rel[from]!round, value
  fi;
  tell_steward(0)
}

/* ---- workers */

/* S3: block q is held by one worker, or in one letter */
inline check_owner(q) {
  n = flying[q];
  i = 0;
  do
  :: i < workers -> n = n + ((here[i] >> q) & 1); i++
  :: else -> break
  od;
  assert(n == 1)
}

inline start_visit(p) {
  block_ = visits(p, rnd[p]);
  assert(here[p] & bit(block_)); /* S3 */
  i = 0;
  do
  :: i < workers -> assert(i == p || state[i] != SPENDS || visits(i, rnd[i]) != block_); i++ /* S1 */
  :: else -> break
  od;
  assert(version[block_] == rnd[p] / blocks && !(seen[p] & bit(block_))); /* S2: and all earlier visits are over */
  SAY(WORKER(p), note, start, NOBODY, rnd[p], block_, 0, 0);
  state[p] = SPENDS;
  made[p] = 0
}

inline worker_stops(p) {
  state[p] = STOPPED;
  assert(rnd[p] == rounds && (rounds % all_blocks != 0 || seen[p] == 0)); /* S2 */
  assert(statistic == 0 || fault(BUG_HASTY) || digit(copy[p], p) == grown(p, rounds)) /* own changes have come back */
}

/* Are all here that come after the boundary? (n) */
inline rests(p) {
  n = 1;
  i = rnd[p];
  do
  :: i < rnd[p] + blocks && i < rounds -> n = n & ((here[p] >> due(p, i)) & 1); i++
  :: else -> break
  od;
  n = n | fault(BUG_RESTLESS)
}

inline choose(p) {
  n = 0;
  if
  :: (answers[p] == 0 || fault(BUG_HASTY)) && rnd[p] == level[p] -> rests(p)
  :: else
  fi;
  if
  :: n ->
     SAY(WORKER(p), note, boundary, NOBODY, level[p], 0, 0, 0);
     if
     :: level[p] == rounds_of(p) -> worker_stops(p)
     :: else ->
        state[p] = (meet && meet == level[p] -> MEETS : POLLS);
        level[p] = (next_boundary(level[p]) < rounds_of(p) -> next_boundary(level[p]) : rounds_of(p))
     fi
  :: !n && rnd[p] < level[p] && (here[p] & bit(visits(p, rnd[p]))) -> start_visit(p)
  :: else -> state[p] = AWAITS
  fi
}

inline hand_on(p) {
  from = next_worker(p);
  SAY(WORKER(p), send, block, WORKER(from), rnd[p] + blocks, block_, 0, 0);
  if :: fault(BUG_KEPT) && rnd[p] == 1 :: else -> here[p] = here[p] & ~bit(block_) fi;
  flying[block_]++;
  if
  :: fault(BUG_LOST) && p == 1 && rnd[p] == 0
  :: else -> assert(nfull(blk[from])); blk[from]!rnd[p] + blocks, block_
  fi;
  if
  :: fault(BUG_TWICE) && p == 1 && rnd[p] == 0 -> blk[from]!rnd[p] + blocks, block_; flying[block_]++
  :: else
  fi;
  check_owner(block_)
}

/* The pass is made. */
inline leave(p) {
  block_ = visits(p, rnd[p]);
  assert(made[p] == chunks); /* S2: and all of it */
  SAY(WORKER(p), note, required, NOBODY, rnd[p], block_, made[p], 0);
  version[block_]++;
  seen[p] = seen[p] | bit(block_);
  if
  :: seen[p] == bit(all_blocks) - 1 -> seen[p] = 0
  :: else
  fi;
  if
  :: statistic == 1 -> change[p] = change[p] + grows(p); copy[p] = copy[p] + grows(p)
  :: else
  fi;
  if
  :: statistic ->
     answers[p]++;
     report_ = change[p];
     SAY(WORKER(p), send, report, STEWARD(0), rnd[p], block_, 0, report_);
     if :: fault(BUG_REPORTED) :: else -> change[p] = 0 fi;
     if
     :: p > 0 -> assert(nfull(up[p])); up[p]!rnd[p], block_, report_
     :: else
     fi
  :: else
  fi;
  if
  :: workers > 1 && (rnd[p] + blocks < rounds || fault(BUG_LAST)) -> hand_on(p)
  :: else
  fi;
  SAY(WORKER(p), note, over, NOBODY, rnd[p], block_, made[p], 0);
  made[p] = 0;
  rnd[p]++;
  state[p] = POLLS
}

inline decide(p) {
  if
  :: state[p] == POLLS || state[p] == MEETS -> SAY(WORKER(p), at, poll, NOBODY, 0, 0, 0, copy[p])
  :: state[p] == SPENDS -> SAY(WORKER(p), at, spend, NOBODY, 0, 0, 0, copy[p])
  :: state[p] == AWAITS -> SAY(WORKER(p), at, await, NOBODY, 0, 0, 0, copy[p])
  :: state[p] == STOPPED -> SAY(WORKER(p), at, stop, NOBODY, 0, 0, 0, copy[p]); stopped++; check_end()
  fi
}

inline check_end() {
  if
  :: stopped == machines ->
     assert(every(nothing_for)); /* nothing is left */
     i = 0;
     do
     :: i < workers ->
        assert(change[i] == 0 && (statistic == 0 || digit(total, i) == grown(i, rounds)));
        i++
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
       SAY(WORKER(p), chunk, required, NOBODY, rnd[p], visits(p, rnd[p]), 0, 0);
       if
       :: statistic == 2 -> change[p] = change[p] + grows(p); copy[p] = copy[p] + grows(p)
       :: else
       fi;
       if :: fault(BUG_IDLE) && p == 0 && rnd[p] == 1 :: else -> made[p]++ fi;
       if
       :: made[p] < chunks - fault(BUG_SOON) -> decide(p)
       :: else ->
          leave(p);
          decide(p);
          if
          :: p == 0 && statistic -> from = 0; round = rnd[0] - 1; take_report() /* its host's steward is told at once */
          :: else
          fi
       fi;
       skip
     }
  :: d_step {
       MAY && state[p] == POLLS ->
       SAY(WORKER(p), look, none, NOBODY, 0, 0, 0, 0);
       choose(p);
       decide(p);
       skip
     }
  :: d_step {
       MAY && state[p] == MEETS && every(has_met) ->
       assert(!every(still_meets) || every(nothing_for)); /* a boundary */
       state[p] = POLLS;
       skip
     }
  :: d_step {
       MAY && listens(p) && nempty(blk[p]) ->
       blk[p]?round, block_;
       SAY(WORKER(p), take, block, WORKER((p + 1) % workers), round, block_, 0, 0);
       check_owner(block_);
       assert(round >= rnd[p] && round < rounds && block_ == visits(p, round)); /* no letter is refused */
       flying[block_]--;
       here[p] = here[p] | bit(block_);
       state[p] = POLLS;
       decide(p);
       skip
     }
  :: d_step {
       MAY && listens(p) && nempty(rel[p]) ->
       rel[p]?round, value;
       SAY(WORKER(p), take, release, STEWARD(0), round, 0, 0, value);
       assert(answers[p] > 0);
       answers[p]--;
       copy[p] = value + change[p];
       state[p] = POLLS;
       decide(p);
       skip
     }
  od
}

proctype steward() {
end:
  do
  :: d_step { MAY && nempty(up[1]) -> from = 1; up[1]?round, block_, report_; take_report(); skip }
  :: d_step { MAY && nempty(up[2]) -> from = 2; up[2]?round, block_, report_; take_report(); skip }
  :: d_step { MAY && nempty(up[3]) -> from = 3; up[3]?round, block_, report_; take_report(); skip }
  od
}

/* new machines come to their first decisions */
inline begin_run() {
  SAY(WORKER(0), begin, none, NOBODY, 0, 0, 0, 0);
  reports = 0;
  total = 0;
  told = 0;
  stopped = 0;
  p0 = 0;
  do
  :: p0 < all_blocks ->
     version[p0] = 0; flying[p0] = 0;
     p0++
  :: else -> break
  od;
  p0 = 0;
  do
  :: p0 < workers ->
     state[p0] = POLLS; rnd[p0] = 0; made[p0] = 0; answers[p0] = 0; copy[p0] = 0; change[p0] = 0; seen[p0] = 0; here[p0] = 0;
     level[p0] = (next_boundary(0) < rounds_of(p0) -> next_boundary(0) : rounds_of(p0));
     n = p0;
     do
     :: n < all_blocks -> here[p0] = here[p0] | bit(n); n = n + workers
     :: else -> break
     od;
     SAY(WORKER(p0), note, boundary, NOBODY, 0, 0, 0, 0);
     decide(p0);
     tell_steward(p0);
     p0++
  :: else -> break
  od
}

init {
  d_step {
    ASK(P, workers); ASK(B, blocks); ASK(ROUNDS, rounds); ASK(CHUNKS, chunks); ASK(STAT, statistic); ASK(TRACK, track);
    ASK(PAUSE, pause); ASK(MEET, meet); ASK(BUG, bug);
    ASK_SCRIPT;
    if :: rounds == 0 -> rounds = all_blocks :: else fi;
    begin_run();
    skip
  }
  atomic {
    p0 = 0;
    do
    :: p0 < workers -> run worker(p0); p0++
    :: else -> break
    od;
    run steward()
  }
accept_running: /* S5: no fair run stays here for ever (pan -a -f), nor does any get stuck */
  do
  :: d_step { stopped == machines && left_runs > 1 -> left_runs--; begin_run(); skip }
  :: stopped == machines && left_runs == 1 -> break
  od
}
