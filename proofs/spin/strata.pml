/* Strata (barrier, fugue, quorum) as core/worker/strata.c and core/steward/tree.c implement them: P workers and P stewards,
 * each worker's visit with a required pass, the hand-off of column blocks round the ring, the release tree (or, direct,
 * rank 0's steward alone), and what becomes of reports and copies of the global statistic.
 *
 * Letters travel as long as they like: a post process takes them from their channels, and under weak fairness each that its
 * machine listens for is taken at last. A worker that makes extra updates listens between any two chunks: without that no
 * fairness helps (BUG_NOPOLL).
 *
 * Checked: S1, S2, S3 by assertions; that a stratum is over when its quorum has reported, and not before; that who is late
 * makes no further required chunk once it knows; that a release holds every report that has been taken, each once, and with
 * a full quorum exactly those of the strata up to it; the private copies; that no letter is refused, and none is left; S5:
 * no invalid end state, and no fair cycle before all have stopped.
 */
#include "events.pml"

/* parameters, with the names to ask for them; barrier: EARLY=1 EXTRA=0; fugue: neither; quorum: DIRECT=1, K < P */
#ifndef P
#define P 3 /* workers */
#endif
#ifndef ROUNDS
#define ROUNDS 0 /* strata: an epoch has P of them; 0: an epoch */
#endif
#ifndef CHUNKS
#define CHUNKS 1 /* of a pass */
#endif
#ifndef EXTRA
#define EXTRA 255 /* extra passes that a waiting worker may make; 255: any number, not counted */
#endif
#ifndef EARLY
#define EARLY 0 /* 1: the block leaves when the required pass is done */
#endif
#ifndef DIRECT
#define DIRECT 0 /* 1: reports go straight to rank 0 */
#endif
#ifndef ARITY
#define ARITY 8 /* children of a node of the release tree */
#endif
#ifndef K
#define K 0 /* reports that release a stratum; 0: P; below P only if DIRECT */
#endif
#ifndef STAT
#define STAT 0 /* statistic: 0 none, 1 grows by one with every required pass, 2 with every chunk */
#endif
#ifndef BUG
#define BUG 0 /* seeded fault */
#endif
#ifndef ONLY
#define ONLY 0 /* of S1, S2, S3 only this is looked at, to see that each finds something by itself; 0: all */
#endif
#ifndef MAXP
#define MAXP 4
#endif

/* seeded faults; proofs/spin/cases says what finds each */
#define BUG_EARLY      1  /* the block leaves before the release, and is worked on */
#define BUG_LATE       2  /* a chunk more after the hand-off */
#define BUG_NOWAIT     3  /* nobody waits for the release */
#define BUG_NOPOLL     4  /* no letter is taken while extra updates are made */
#define BUG_LOST       5  /* a release is lost on its way */
#define BUG_SOON       6  /* the tree passes a report on with one missing */
#define BUG_NEIGHBOUR  7  /* the block goes the wrong way round */
#define BUG_QUORUM     8  /* one report too few releases */
#define BUG_COUNTED    9  /* a change is released twice */
#define BUG_DROPPED    10 /* the change of a late report is lost */
#define BUG_ADOPTED    11 /* a release wipes out what is not reported yet */
#define BUG_KEPT       12 /* a block is sent, and kept */
#define BUG_SHORT      13 /* worker 1 stops a round early */
#define BUG_UNCUT      14 /* the late finish their pass */
#define BUG_AGAIN      15 /* a release comes twice */
#define BUG_SLOTS      16 /* room for one block that comes early */
#define BUG_LAST       17 /* the block is handed off after the last round, too */
#define BUG_HASTY      18 /* the report goes before the pass is over */
#define BUG_FORGETFUL  19 /* a late report is not waited for at the end */
#define BUG_SCHEDULE   20 /* the schedule has a block twice in the first stratum */
#define fault(x)       (bug == x)
#define S(n, x)        ((only && only != n) || (x)) /* what claims S1, S2, S3 say */

byte workers = P, rounds = ROUNDS, chunks = CHUNKS, extras = EXTRA, arity = ARITY, quorum = K, statistic = STAT, only = ONLY,
     bug = BUG;
bool early = EARLY, direct = DIRECT;

/* workers: struct strata and its struct fg_worker; of enum state the states in which a worker comes to a decision: it goes
 * through the others within a step */
#define NEED     0 /* STATE_NEED: the block has not come */
#define REQUIRED 1 /* STATE_REQUIRED */
#define WAIT     2 /* STATE_WAIT: for the release */
#define STOPPED  3 /* STATE_STOP */
#define STRIDE   (MAXP + 2)
byte state[MAXP], rnd[MAXP];  /* state, round */
byte left[MAXP], made[MAXP];  /* pass: chunks left of it; extra_pass: chunks made, where their number is bound */
byte held[MAXP];              /* block: its number + 1; 0: none */
byte incoming[MAXP * STRIDE]; /* incoming: blocks + 1 that came early, by round modulo slots() */
byte released[MAXP];          /* released: strata that are complete, as far as it knows */
byte visited[MAXP];           /* visit.col_block */
int copy[MAXP], change[MAXP]; /* work: the statistic that updates read; work - base: what is not reported */

/* stewards: struct tree */
byte turn[MAXP], missing[MAXP], came[MAXP]; /* round: stratum being gathered; missing; came: a bit for each */
byte late;                                  /* late, of rank 0 (elsewhere 0): reports of released strata that have not come */
int sum[MAXP], total;                       /* change, summed: not passed on; total: the statistic of the whole model */

/* what is only looked at */
byte owner[MAXP]; /* worker + 1 that has block q; 0: a letter has it */
byte seen[MAXP];  /* blocks visited in this epoch, a bit each */
int taken, grown; /* changes that rank 0's steward has taken, or its host's tree has; all changes (STAT=2) */
byte stopped;     /* machines */

#define CAP (MAXP + 1)
chan blk[MAXP] = [CAP] of { byte, byte };  /* to worker p from its neighbour: round, block */
chan rel[MAXP] = [CAP] of { byte, int };   /* to worker p from the steward that releases it: round, statistic */
chan up[MAXP] = [2 * MAXP] of { byte, int }; /* from host p to the steward above: round, change; under a quorum no limit */
chan down[MAXP] = [CAP] of { byte, int };  /* to steward p from the one above: round, statistic */
chan desk = [CAP] of { byte, int };        /* reports to the steward of the same host; empty between steps */

#define due(p, round)    (((p) + (round)) % workers)
#define next_worker(p)   (fault(BUG_NEIGHBOUR) -> ((p) + 1) % workers : ((p) + workers - 1) % workers)
#define UNIT(p)          (1 << (8 * (p)))
#define ONES             (workers == 4 -> 16843009 : (UNIT(workers) - 1) / 255) /* a one for each worker */
#define full()           (quorum == workers)
#define slots()          (fault(BUG_SLOTS) -> 1 : (full() -> 3 : workers + 2))
#define last_round(p)    (rnd[p] + 1 == rounds_of(p))
#define rounds_of(p)     (fault(BUG_SHORT) && p == 1 -> rounds - 1 : rounds)
#define cut(p)           (released[p] > rnd[p])
#define leaves_early(p)  ((early || fault(BUG_EARLY)) && !last_round(p))
#define may_extra(p)     (extras == 255 || made[p] < extras * chunks)
#define listens(p)       (state[p] != REQUIRED || !full())
#define reported(q, s)   (rnd[q] > (s) || (rnd[q] == (s) && state[q] == WAIT))
#define first_child(r)   ((r) * arity + 1)
#define above(r)         (direct -> 0 : ((r) - 1) / arity)
#define quorum_of(r)     (direct -> quorum - fault(BUG_QUORUM) : 1 + children[r] - (fault(BUG_SOON) && children[r] > 0))
#define over_steward(r)  ((direct && r > 0) || (turn[r] == rounds && (late == 0 || fault(BUG_FORGETFUL) || r > 0)))

byte children[MAXP];
hidden byte i, n, from, round, block_, before; /* scratch within a step */
hidden int value;
hidden byte goes_on, p0;

/* ---- stewards */

inline tell_steward(r) {
  if
  :: over_steward(r) -> SAY(STEWARD(r), at, stop, NOBODY, 0, 0, 0, 0); stopped++; check_end()
  :: else -> SAY(STEWARD(r), at, await, NOBODY, 0, 0, 0, 0)
  fi
}

/* the letters of a release, children first */
inline release_all(r, value) {
  i = 0;
  do
  :: i < children[r] ->
     from = first_child(r) + i;
     if
     :: direct -> SAY(STEWARD(r), send, release, WORKER(from), turn[r], 0, 0, value); put_release(from, value, turn[r])
     :: else -> SAY(STEWARD(r), send, release, STEWARD(from), turn[r], 0, 0, value);
        assert(nfull(down[from])); down[from]!turn[r], value
     fi;
     i++
  :: else -> break
  od;
  SAY(STEWARD(r), send, release, WORKER(r), turn[r], 0, 0, value);
  put_release(r, value, turn[r]);
  turn[r]++;
  if
  :: r == 0 -> late = late + 1 + children[r] - quorum_of(r)
  :: else
  fi;
  missing[r] = quorum_of(r);
  came[r] = 0
}

/* the release of stratum turn_ to worker to_ */
inline put_release(to_, value_, turn_) {
  assert(nfull(rel[to_]));
  if
  :: fault(BUG_LOST) && to_ == 1 && turn_ == 0
  :: else -> rel[to_]!turn_, value_
  fi;
  if
  :: fault(BUG_AGAIN) && to_ == 1 && turn_ == 0 -> rel[to_]!turn_, value_
  :: else
  fi
}

/* what rank 0 is about to release */
inline check_total() {
  assert(total == taken); /* every report that was taken, once */
  assert(!full() || statistic != 1 || total == ONES * (turn[0] + 1))
}

/* steward r takes the report of `from` (its own worker's, or a child's): round, value */
inline take_report(r) {
  SAY(STEWARD(r), take, report, (direct || from == r -> WORKER(from) : STEWARD(from)), round, 0, 0, value);
  assert(!over_steward(r)); /* no letter is refused */
  n = (from == r -> 0 : from - first_child(r) + 1);
  if
  :: r == 0 -> taken = taken + value
  :: else
  fi;
  if
  :: round < turn[r] ->
     assert(r == 0 && late > 0);
     late--;
     if
     :: fault(BUG_DROPPED)
     :: else -> if :: turn[r] < rounds -> sum[r] = sum[r] + value :: else -> total = total + value fi
     fi
  :: else ->
     assert(round == turn[r] && !(came[r] & (1 << n)));
     sum[r] = sum[r] + value;
     came[r] = came[r] | (1 << n);
     missing[r]--;
     if
     :: missing[r] > 0
     :: else ->
        if
        :: r > 0 ->
           SAY(STEWARD(r), send, report, STEWARD(above(r)), turn[r], 0, 0, sum[r]);
           assert(nfull(up[r]));
           up[r]!turn[r], sum[r]
        :: else ->
           total = total + sum[r];
           check_total();
           release_all(r, total)
        fi;
        if :: fault(BUG_COUNTED) :: else -> sum[r] = 0 fi
     fi
  fi;
  tell_steward(r)
}

/* steward r > 0 takes the release of the one above */
inline take_release(r) {
  SAY(STEWARD(r), take, release, STEWARD(above(r)), round, 0, 0, value);
  assert(!over_steward(r) && round == turn[r] && missing[r] == 0);
  release_all(r, value);
  tell_steward(r)
}

/* ---- workers */

/* A visit works on its block: it has it, and so nobody else has. */
inline check_owner(p) {
  assert(held[p] > 0);
  assert(S(3, owner[held[p] - 1] == p + 1)); /* hence S1 */
  i = 0;
  do
  :: i < workers -> assert(S(1, i == p || held[i] != held[p])); i++
  :: else -> break
  od
}

inline start_visit(p) {
  check_owner(p);
  assert(S(2, !(seen[p] & (1 << (held[p] - 1)))));
  seen[p] = seen[p] | (1 << (held[p] - 1));
  if
  :: seen[p] == (1 << workers) - 1 -> assert(S(2, (rnd[p] + 1) % workers == 0)); seen[p] = 0
  :: else -> assert(S(2, (rnd[p] + 1) % workers != 0))
  fi;
  SAY(WORKER(p), note, start, NOBODY, rnd[p], held[p] - 1, 0, 0);
  visited[p] = held[p] - 1;
  left[p] = chunks;
  made[p] = 0;
  state[p] = REQUIRED
}

inline report_visit(p) {
  SAY(WORKER(p), note, required, NOBODY, rnd[p], visited[p], chunks - left[p], 0);
  assert(left[p] == 0 || cut(p)); /* the pass is made, or cut */
  if
  :: statistic == 1 -> change[p] = change[p] + UNIT(p); copy[p] = copy[p] + UNIT(p)
  :: else
  fi;
  assert(statistic != 1 || !full() || copy[p] == ONES * rnd[p] + UNIT(p)); /* the private copy */
  SAY(WORKER(p), send, report, STEWARD((direct -> 0 : p)), rnd[p], 0, 0, change[p]);
  if
  :: direct && p > 0 -> assert(nfull(up[p])); up[p]!rnd[p], change[p]
  :: else -> assert(nfull(desk)); desk!rnd[p], change[p]
  fi;
  change[p] = 0;
  state[p] = WAIT
}

inline hand_off(p) {
  from = next_worker(p);
  SAY(WORKER(p), send, block, WORKER(from), rnd[p] + 1, held[p] - 1, 0, 0);
  assert(nfull(blk[from]) && S(3, owner[held[p] - 1] == p + 1));
  blk[from]!rnd[p] + 1, held[p] - 1;
  owner[held[p] - 1] = 0;
  if :: fault(BUG_KEPT) || fault(BUG_EARLY) :: else -> held[p] = 0 fi
}

inline end_visit(p) {
  n = 0;
  i = 0;
  do
  :: i < workers -> n = n + reported(i, rnd[p]); i++
  :: else -> break
  od;
  assert(n >= quorum); /* the stratum is complete */
  SAY(WORKER(p), note, over, NOBODY, rnd[p], visited[p], chunks - left[p], 0);
  visited[p] = 0;
  left[p] = 0;
  made[p] = 0;
  rnd[p]++;
  if
  :: rnd[p] == rounds_of(p) ->
     SAY(WORKER(p), note, boundary, NOBODY, rnd[p], 0, 0, 0);
     assert(S(2, rnd[p] == rounds));
     state[p] = STOPPED
  :: else -> state[p] = NEED
  fi
}

/* worker p acts until its next decision */
inline drive(p) {
  goes_on = true;
  do
  :: !goes_on -> break
  :: goes_on && state[p] == NEED ->
     n = p * STRIDE + rnd[p] % slots();
     if
     :: held[p] == 0 -> held[p] = incoming[n]; incoming[n] = 0
     :: else
     fi;
     if
     :: held[p] == 0 -> goes_on = false
     :: else ->
        assert(S(3, held[p] == due(p, rnd[p]) + 1));
        SAY(WORKER(p), note, boundary, NOBODY, rnd[p], 0, 0, 0);
        start_visit(p)
     fi
  :: goes_on && state[p] == REQUIRED ->
     if
     :: left[p] > 0 && (!cut(p) || fault(BUG_UNCUT)) && !(fault(BUG_HASTY) && left[p] == 1) -> goes_on = false
     :: else ->
        report_visit(p);
        if :: leaves_early(p) -> hand_off(p) :: else fi
     fi
  :: goes_on && state[p] == WAIT ->
     if
     :: cut(p) || fault(BUG_NOWAIT) ->
        if
        :: !leaves_early(p) && (!last_round(p) || fault(BUG_LAST)) -> hand_off(p)
        :: else
        fi;
        end_visit(p)
     :: else -> goes_on = false
     fi
  :: goes_on && state[p] == STOPPED -> goes_on = false
  od;
  if
  :: state[p] == NEED -> SAY(WORKER(p), at, await, NOBODY, 0, 0, 0, copy[p])
  :: state[p] == REQUIRED && full() -> SAY(WORKER(p), at, spend, NOBODY, 0, 0, 0, copy[p])
  :: state[p] == REQUIRED && !full() -> SAY(WORKER(p), at, listen, NOBODY, 0, 0, 0, copy[p])
  :: state[p] == WAIT && may_extra(p) -> SAY(WORKER(p), at, listen, NOBODY, 0, 0, 0, copy[p])
  :: state[p] == WAIT && !may_extra(p) -> SAY(WORKER(p), at, await, NOBODY, 0, 0, 0, copy[p])
  :: state[p] == STOPPED -> SAY(WORKER(p), at, stop, NOBODY, 0, 0, 0, copy[p]); stopped++; check_end()
  fi
}

/* its steward takes what it has sent it */
inline give_reports(p) {
  do
  :: nempty(desk) -> desk?round, value; from = p; take_report(p)
  :: empty(desk) -> break
  od
}

inline check_end() {
  if
  :: stopped == 2 * workers ->
     i = 0;
     do
     :: i < workers ->
        assert(empty(blk[i]) && empty(rel[i]) && empty(up[i]) && empty(down[i])); /* nothing is left */
        grown = grown - change[i]; /* extra updates of the last round are reported to nobody */
        i++
     :: else -> break
     od;
     assert(statistic != 1 || total == ONES * rounds);
     assert(statistic != 2 || total == grown)
  :: else
  fi
}

proctype worker(byte p) {
end:
  do
  :: d_step {
       MAY && (state[p] == REQUIRED || (state[p] == WAIT && may_extra(p)) || (fault(BUG_LATE) && state[p] == NEED)) ->
       SAY(WORKER(p), chunk, (state[p] == REQUIRED -> required : extra), NOBODY, rnd[p], visited[p], 0, 0);
       check_owner(p);
       assert(state[p] != REQUIRED || !cut(p)); /* who is late makes no further required chunk */
       if
       :: statistic == 2 -> change[p] = change[p] + UNIT(p); copy[p] = copy[p] + UNIT(p); grown = grown + UNIT(p)
       :: else
       fi;
       if
       :: state[p] == REQUIRED -> left[p]--
       :: else -> if :: extras != 255 -> made[p]++ :: else fi
       fi;
       drive(p);
       give_reports(p);
       skip
     }
  od
}

/* letters to the machines of host p, and reports from it */
proctype post(byte p) {
end:
  do
  :: d_step {
       MAY && listens(p) && nempty(blk[p]) ->
       blk[p]?round, block_;
       SAY(WORKER(p), take, block, WORKER((p + 1) % workers), round, block_, 0, 0);
       /* no letter is refused: a neighbour is only so far ahead */
       before = rnd[p] + (state[p] != NEED);
       n = (!full() -> rnd[p] + workers : (early && held[p] == 0 -> before + 1 : before));
       assert(state[p] != STOPPED && round >= before && round <= n && block_ == due(p, round));
       n = p * STRIDE + round % slots();
       assert(incoming[n] == 0 && S(3, owner[block_] == 0));
       incoming[n] = block_ + 1;
       owner[block_] = p + 1;
       drive(p);
       give_reports(p);
       skip
     }
  :: d_step {
       MAY && listens(p) && nempty(rel[p]) && !(fault(BUG_NOPOLL) && state[p] == WAIT && may_extra(p)) ->
       rel[p]?round, value;
       SAY(WORKER(p), take, release, STEWARD((direct -> 0 : p)), round, 0, 0, value);
       assert(state[p] != STOPPED && round == released[p] && (!full() || (state[p] == WAIT && round == rnd[p])));
       assert(statistic != 1 || !full() || value == ONES * (round + 1)); /* all reports up to this stratum, each once */
       copy[p] = value + (fault(BUG_ADOPTED) -> 0 : change[p]);
       if :: fault(BUG_ADOPTED) -> change[p] = 0 :: else fi;
       released[p]++;
       drive(p);
       give_reports(p);
       skip
     }
  :: d_step {
       MAY && nempty(up[p]) ->
       up[p]?round, value;
       from = p;
       take_report(above(p));
       skip
     }
  :: d_step {
       MAY && nempty(down[p]) ->
       down[p]?round, value;
       take_release(p);
       skip
     }
  od
}

/* new machines come to their first decisions */
inline begin_run() {
  SAY(WORKER(0), begin, none, NOBODY, 0, 0, 0, 0);
  total = 0;
  taken = 0;
  grown = 0;
  late = 0;
  stopped = 0;
  p0 = 0;
  do
  :: p0 < workers ->
     state[p0] = NEED; rnd[p0] = 0; released[p0] = 0; copy[p0] = 0; change[p0] = 0; seen[p0] = 0;
     held[p0] = (fault(BUG_SCHEDULE) && p0 == 1 -> 0 : due(p0, 0)) + 1; owner[held[p0] - 1] = p0 + 1;
     children[p0] = (first_child(p0) >= workers -> 0 : (workers - first_child(p0) < arity -> workers - first_child(p0) : arity));
     turn[p0] = 0; came[p0] = 0; sum[p0] = 0;
     missing[p0] = quorum_of(p0);
     p0++
  :: else -> break
  od;
  p0 = 0;
  do
  :: p0 < workers ->
     drive(p0);
     tell_steward(p0);
     p0++
  :: else -> break
  od
}

init {
  d_step {
    ASK(P, workers); ASK(ROUNDS, rounds); ASK(CHUNKS, chunks); ASK(EXTRA, extras); ASK(ARITY, arity); ASK(K, quorum);
    ASK(STAT, statistic); ASK(EARLY, early); ASK(DIRECT, direct); ASK(ONLY, only); ASK(BUG, bug);
    ASK_SCRIPT;
    if :: direct -> arity = workers :: else fi;
    if :: quorum == 0 -> quorum = workers :: else fi;
    if :: rounds == 0 -> rounds = workers :: else fi;
    begin_run();
    skip /* Spin wants no loop at the end of a d_step */
  }
  atomic {
    p0 = 0;
    do
    :: p0 < workers -> run worker(p0); run post(p0); p0++
    :: else -> break
    od
  }
accept_running: /* S5: no fair run stays here for ever (pan -a -f), nor does any get stuck */
  do
  :: d_step { stopped == 2 * workers && left_runs > 1 -> left_runs--; begin_run(); skip }
  :: stopped == 2 * workers && left_runs == 1 -> break
  od
}
