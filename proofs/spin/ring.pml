/* ring: C = B P column blocks go round the workers, each has one holder, and nobody waits for all (core/worker/roving.c,
 * FG_ROVING_RING). STAT: visits change a global statistic, which the counter at rank 0 adds up and answers with
 * (core/steward/counter.c). PAUSE: a boundary every so many rounds; MEET: the one at which all workers wait for each
 * other, as a stage makes them. CONTENT: what statistics hold, as counts of each worker's visits. A move of a machine is
 * all that it does until its next decision, as in proofs/explore. */
#ifndef P
#define P 2
#endif
#ifndef B
#define B 2
#endif
#ifndef EPOCHS
#define EPOCHS 1
#endif
#ifndef CHUNKS
#define CHUNKS 1
#endif
#ifndef STAT
#define STAT 0
#endif
#ifndef PAUSE
#define PAUSE 0
#endif
#ifndef MEET
#define MEET 0
#endif
#ifndef CONTENT
#define CONTENT 0
#endif

#define C      (B * P)
#define ROUNDS (EPOCHS * C)
#define ALL    ((1 << C) - 1)

/* what a worker is at when others may move (enum fg_act_kind) */
#define POLL  0
#define SPEND 1
#define AWAIT 2
#define NOTE  3
#define STOP  4

chan block[P] = [C] of { byte, byte };               /* to worker p: block, round of its visit there */
#if STAT
chan report[P] = [ROUNDS] of { byte, byte, byte };   /* from worker p: round, block, change */
chan answer[P] = [ROUNDS] of { byte, int };          /* to worker p: round, statistic */
byte reports;
#endif

byte act[P], round[P], made[P], level[P], answers[P];
short here[P];                /* a bit for each block */
byte stopped;                 /* machines */
/* ghosts: the model's own books */
byte version[C], flying[C];   /* visits of a block; parcels that have it */
short served[P];              /* blocks of the current epoch */
#if CONTENT
int total, work[P], base[P];  /* four bits for each worker's visits */
#define own(p) (1 << (4 * (p)))
#endif

hidden byte q, k, n;
hidden int x;

#define bit(q)       (1 << (q))
#define due(p, k)    (((k) % B) * P + ((p) + (k) / B) % P)
#define neighbour(p) (((p) + P - 1) % P)
#if PAUSE
#define boundary(r) ((r) + PAUSE < ROUNDS -> (r) + PAUSE : ROUNDS)
#else
#define boundary(r) ROUNDS
#endif
#if P == 2
#define every(x) (x(0) && x(1))
#define sum(x)   (x(0) + x(1))
#elif P == 3
#define every(x) (x(0) && x(1) && x(2))
#define sum(x)   (x(0) + x(1) + x(2))
#elif P == 4
#define every(x) (x(0) && x(1) && x(2) && x(3))
#define sum(x)   (x(0) + x(1) + x(2) + x(3))
#endif
#define has_met(k)  (level[k] > MEET)
#define is_there(k) (act[k] == NOTE)
#if STAT
#define letters(k) (len(block[k]) + len(report[k]) + len(answer[k]))
#else
#define letters(k) len(block[k])
#endif
#define takes(p) (act[p] == POLL || act[p] == AWAIT)

/* S3: one owner */
inline one_owner(b) {
  n = flying[b];
  k = 0;
  do
  :: k < P -> n = n + ((here[k] >> b) & 1); k++
  :: else -> break
  od;
  assert(n == 1)
}

inline visit_start(p) {
  q = due(p, round[p]);
  act[p] = SPEND;
  k = 0; /* S1: nobody else visits it */
  do
  :: k < P -> assert(k == p || act[k] != SPEND || due(k, round[k]) != q); k++
  :: else -> break
  od;
  assert(version[q] == round[p] / B); /* S2: and all earlier visits are over */
  assert(!(served[p] & bit(q)))
}

inline worker_stops(p) {
  act[p] = STOP;
  stopped++;
  assert(round[p] == ROUNDS && served[p] == 0); /* S2 */
#if CONTENT
  assert(((work[p] >> (4 * p)) & 15) == ROUNDS) /* own changes have come back, each once */
#endif
}

/* Is all here that comes after the boundary? */
inline rests(p) {
  n = 1;
  k = round[p];
  do
  :: k < round[p] + B && k < ROUNDS -> n = n & (here[p] >> due(p, k)); k++
  :: else -> break
  od
}

inline choose(p) {
  n = 0;
  if
  :: answers[p] == 0 && round[p] == level[p] -> rests(p)
  :: else
  fi;
  if
  :: n && level[p] == ROUNDS -> worker_stops(p)
  :: n && level[p] < ROUNDS ->
     act[p] = (MEET && MEET == level[p] -> NOTE : POLL);
     level[p] = boundary(level[p])
  :: !n && round[p] < level[p] && (here[p] & bit(due(p, round[p]))) -> visit_start(p)
  :: else -> act[p] = AWAIT
  fi
}

#if STAT
inline steward_take(p, r, b, c) {
  assert(reports < ROUNDS * P); /* afterwards nothing is taken any more */
  reports++;
#if CONTENT
  total = total + c * own(p);
  answer[p]!r, total;
#else
  answer[p]!r, 0;
#endif
  if
  :: reports == ROUNDS * P -> stopped++
  :: else
  fi
}
#endif

inline leave(p) {
  q = due(p, round[p]);
  version[q]++;
  served[p] = served[p] | bit(q);
  if
  :: served[p] == ALL -> served[p] = 0
  :: else
  fi;
#if STAT
  answers[p]++;
  x = 0;
#if CONTENT
  work[p] = work[p] + own(p);
  x = (work[p] - base[p]) >> (4 * p);
  base[p] = work[p];
#endif
  if
  :: p == 0 -> steward_take(0, round[0], q, x) /* the steward of the own host hears at once */
  :: else -> report[p]!round[p], q, x
  fi;
#endif
  if
  :: P > 1 && round[p] + B < ROUNDS ->
     here[p] = here[p] & ~bit(q);
     flying[q]++;
     block[neighbour(p)]!q, round[p] + B;
     one_owner(q)
  :: else
  fi;
  round[p]++;
  act[p] = POLL
}

proctype worker(byte p) {
  byte b, r;
  int s;
end:
  do
  :: d_step { act[p] == POLL -> choose(p) }
#if MEET
  :: d_step {
       act[p] == NOTE && every(has_met) ->
       assert(!every(is_there) || sum(letters) == 0); /* nothing is on its way where all have met */
       act[p] = POLL
     }
#endif
  :: d_step {
       act[p] == SPEND -> made[p]++;
       if
       :: made[p] == CHUNKS -> made[p] = 0; leave(p)
       :: else
       fi
     }
  :: d_step {
       takes(p) && nempty(block[p]) ->
       block[p]?b, r;
       assert(!(here[p] & bit(b)) && r >= round[p] && r < ROUNDS && due(p, r) == b);
       flying[b]--;
       here[p] = here[p] | bit(b);
       one_owner(b);
       act[p] = POLL;
       b = 0;
       r = 0
     }
#if STAT
  :: d_step {
       takes(p) && nempty(answer[p]) ->
       answer[p]?r, s;
       assert(answers[p] > 0);
       answers[p]--;
#if CONTENT
       work[p] = s + (work[p] - base[p]);
       base[p] = s;
#endif
       act[p] = POLL;
       r = 0;
       s = 0
     }
#endif
  od
}

#if STAT
proctype steward() {
  byte r, b, c;
end:
  do
  :: d_step { report[1]?r, b, c -> steward_take(1, r, b, c); r = 0; b = 0; c = 0 }
#if P > 2
  :: d_step { report[2]?r, b, c -> steward_take(2, r, b, c); r = 0; b = 0; c = 0 }
#endif
#if P > 3
  :: d_step { report[3]?r, b, c -> steward_take(3, r, b, c); r = 0; b = 0; c = 0 }
#endif
  od
}
#endif

/* nothing can happen any more: has everybody stopped? */
init {
  byte p;
  d_step {
    do
    :: p < C -> here[p % P] = here[p % P] | bit(p); p++
    :: else -> break
    od;
    p = 0;
    do
    :: p < P -> level[p] = boundary(0); p++
    :: else -> break
    od;
    p = 0
  }
  atomic {
    do
    :: p < P -> run worker(p); p++
    :: else -> p = 0; break
    od;
#if STAT
    run steward()
#endif
  }
  timeout -> assert(stopped == P + STAT)
}
ltl stops { <> (stopped == P + STAT) }
