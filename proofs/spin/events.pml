/* What all models share: parameters that are asked for when a model is run, and the events by which models and the C
 * machines are compared.
 *
 * A machine (the worker or the steward of a host) acts until there is something to decide, as in proofs/explore: that is
 * one step of a model, and one move of the C machine. An event is a line
 *
 *   MACHINE VERB KIND OTHER ROUND ITEM COUNT STAT
 *
 * MACHINE  w0, w1, ... workers, s0, s1, ... stewards; OTHER the machine that a letter is from or goes to, or -0
 * VERB     moves:
 *            chunk   a worker makes a chunk of updates; KIND required or extra; ROUND and ITEM: of the visit, its block
 *            take    a machine takes a letter: KIND block, report, release, slice; ROUND, ITEM, COUNT and STAT as it has them
 *            look    a worker looks for letters (POLL) and finds none
 *          what comes of a move:
 *            send    a letter, as in take
 *            note    KIND boundary, start, required, over (NOTE_...); ROUND; ITEM: the block of the visit (0 at a boundary);
 *                    COUNT: required chunks made so far in the visit (0 at a boundary and a start)
 *            at      the decision that the machine has come to: KIND spend (a chunk, and no letter is taken before it),
 *                    listen (a chunk, or a letter), await (a letter), poll, stop; STAT: the worker's copy of the statistic
 *          between moves:
 *            begin   a run starts: all machines are new and act until their first decisions, w0, s0, w1, ... in this order
 * STAT     the statistic: a digit to the base 256 for each worker, the chunks of that worker that it knows of; 0 without
 *
 * A letter from a worker to the steward of its host is taken at once: the worker first comes to its decision, then the
 * steward takes what it was sent (events of its own), one letter after the other. All others wait in channels: one for each
 * ordered pair of machines, and one for each pair's letters with a block; each keeps its order.
 *
 * `spin -n7 -T -B -DP=3 strata.pml` prints the events of a random run. pan, which is compiled with -DPAN, asks the
 * environment for parameters, so that one program checks all cases. With SCRIPT=FILE in the environment it makes no
 * step but those of the script, and ends with exit code 0 at the script's end; if it cannot, it says how far it came. With
 * TELL=1 and -r TRAIL it prints the events of what it has found.
 */
mtype = { chunk, take, look, send, note, at, begin };
mtype = { none, required, extra, block, report, release, slice, boundary, start, over, spend, listen, await, poll, stop };

#define WORKER(p)  (2 * (p))
#define STEWARD(p) (2 * (p) + 1)
#define NOBODY     255

#ifndef RUNS
#define RUNS 1
#endif
byte left_runs = RUNS; /* a simulation and a script may be of many runs, one after the other */

#ifdef PAN
bool lost;   /* the script says something else */
int at_line; /* of the script */
hidden byte said_machine, said_verb, said_kind, said_other, said_round, said_item, said_count;
hidden int said_stat;

c_decl {
\#include <stdio.h>
\#include <stdlib.h>
\#include <string.h>
  /* Promela numbers names of all mtypes from the last one on */
  static const char *const names[] = {"",     "begin",   "at",     "note",   "send",  "look",     "take",   "chunk",
                                      "stop", "poll",    "await",  "listen", "spend", "over",     "start",  "boundary",
                                      "slice", "release", "report", "block",  "extra", "required", "none"};
  static char (*script)[80];
  static int lines, farthest, tells;
  static char said[80], instead[80];

  static int ask(const char *name, int fallback) {
    const char *text = getenv(name);
    return text && *text ? (int)strtol(text, NULL, 10) : fallback;
  }
  static void tell_how_far(void) {
    if (farthest < lines)
      printf("script: the model does not follow at line %d\n  script: %s  model:  %s", farthest + 1, script[farthest], instead);
    else
      printf("script: followed to its end, %d lines\n", lines);
  }
  static void read_script(void) {
    const char *path = getenv("SCRIPT");
    tells = ask("TELL", 0);
    FILE *f = path && *path ? fopen(path, "r") : NULL;
    char line[80];
    if (path && *path && !f) {
      perror(path);
      exit(2);
    }
    while (f && fgets(line, sizeof line, f)) {
      if ((lines & (lines - 1)) == 0)
        script = realloc(script, (lines ? 2 * lines : 1) * sizeof *script);
      memcpy(script[lines++], line, sizeof line);
    }
    if (f) {
      fclose(f);
      atexit(tell_how_far);
    }
  }
  static char role(int m) { return m == 255 ? '-' : m % 2 ? 's' : 'w'; }
};

/* now and the hidden variables are declared behind c_decl */
c_code {
  static void follow(void) {
    if (!tells && (!lines || now.lost))
      return;
    snprintf(said, sizeof said, "%c%d %s %s %c%d %d %d %d %d\n", role(said_machine), said_machine / 2, names[said_verb],
             names[said_kind], role(said_other), said_other == 255 ? 0 : said_other / 2, said_round, said_item, said_count,
             said_stat);
    if (tells)
      fputs(said, stdout);
    else if (strcmp(said, script[now.at_line]) == 0) {
      now.at_line++;
      if (now.at_line > farthest)
        farthest = now.at_line;
      if (now.at_line == lines)
        exit(0);
    } else {
      now.lost = 1;
      if (now.at_line == farthest)
        memcpy(instead, said, sizeof said);
    }
  }
};

#define ASK(name, variable) c_code { now.variable = ask(#name, now.variable); }
#define ASK_SCRIPT          ASK(RUNS, left_runs); c_code { read_script(); }
#define MAY                 (!lost)
#define SAY(m, v, k, o, r, i, c, s) \
  said_machine = m; said_verb = v; said_kind = k; said_other = o; said_round = r; said_item = i; said_count = c; said_stat = s; \
  c_code { follow(); }
#else
#define ASK(name, variable) skip
#define ASK_SCRIPT          skip
#define MAY                 true
#define ROLE(m)             ((m) == NOBODY -> 45 : ((m) % 2 -> 115 : 119))
#define SAY(m, v, k, o, r, i, c, s) \
  printf("%c%d %e %e %c%d %d %d %d %d\n", ROLE(m), (m) / 2, v, k, ROLE(o), ((o) == NOBODY -> 0 : (o) / 2), r, i, c, s)
#endif
