/* fugue verify: claims in, verdicts out. */
#include "cli/cli.h"
#include "cli/progress.h"
#include "core/rng.h"
#include "proofs/claim.h"

#include <argp.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct args {
  const char *id[64];
  size_t n;
  bool list, full, all, quiet;
  unsigned jobs;
  uint64_t seed;
};

static unsigned long number(struct argp_state *state, const char *option, const char *arg, unsigned long most) {
  char *end;
  unsigned long n = strtoul(arg, &end, 10);
  if (!*arg || *end || *arg == '-' || n > most)
    argp_error(state, "--%s %s: a whole number up to %lu", option, arg, most);
  return n;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  switch (key) {
  case 'l':
    a->list = true;
    return 0;
  case 'k':
    a->full = false;
    return 0;
  case 'f':
    a->full = true;
    return 0;
  case 'a':
    a->all = true;
    return 0;
  case 'q':
    a->quiet = true;
    return 0;
  case 'j':
    a->jobs = (unsigned)number(state, "jobs", arg, 1024);
    if (a->jobs == 0)
      argp_error(state, "--jobs 0: at least one");
    return 0;
  case 's':
    a->seed = number(state, "seed", arg, UINT64_MAX);
    return 0;
  case ARGP_KEY_ARG:
    if (!fg_claim_find(arg))
      argp_error(state, "there is no claim '%s' (fugue verify --list)", arg);
    if (a->n == sizeof a->id / sizeof *a->id)
      argp_error(state, "too many claims");
    a->id[a->n++] = arg;
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"list", 'l', 0, 0, "print the claims, and check nothing", 0},
    {"quick", 'k', 0, 0, "small samples: a few minutes for all claims (default)", 0},
    {"full", 'f', 0, 0, "large samples and cases: an hour", 0},
    {"all", 'a', 0, 0, "print every finding, not only the one nearest to its bound", 0},
    {"jobs", 'j', "N", 0, "processes at a time [as many as cores]", 0},
    {"seed", 's', "N", 0, "seed of everything [1]", 0},
    {"quiet", 'q', 0, 0, "no progress", 0},
    {0},
};
static const struct argp argp = {
    options,
    parse,
    "[CLAIM...]",
    "Check what is claimed of the method on the code that learns: each claim with its bound, what was measured, and "
    "variants that are broken on purpose, which the check must reject.\v"
    "Examples:\n  fugue verify\n  fugue verify M2 T1 --all\n  fugue verify --list\n"
    "Exit codes: 0 all claims hold, 1 one does not (or its check is blind), 2 usage, 3 a fault while running.",
    NULL,
    NULL,
    NULL};

/* a text, broken into lines that start with `indent` blanks */
static void print_wrapped(const char *text, int indent) {
  int column = 100;
  while (*text) {
    int word = (int)strcspn(text, " ");
    if (column + 1 + word > 98) {
      printf("%s%*s", column == 100 ? "" : "\n", indent, "");
      column = indent;
    } else {
      putchar(' ');
      column++;
    }
    printf("%.*s", word, text);
    column += word;
    text += word;
    text += strspn(text, " ");
  }
  putchar('\n');
}

static void print_part(const char *head, const char *text) {
  printf("    %s\n", head);
  print_wrapped(text, 6);
}

static void list(const struct fg_claim *c) {
  printf("%s  %s (%s)\n", c->id, c->title, fg_claim_kind_name(c->kind));
  print_wrapped(c->statement, 4);
  print_part("assumes", c->assumptions);
  print_part("source", c->source);
  for (unsigned v = 0; v < fg_claim_controls(c); v++) {
    char head[64];
    snprintf(head, sizeof head, "rejects '%s'", c->controls[v].name);
    print_part(head, c->controls[v].breaks);
  }
}

static const char *relation_sign(enum fg_relation r) {
  return r == FG_EQUAL ? "=" : r == FG_AT_MOST ? "<=" : ">=";
}

static void print_finding(const char *mark, const struct fg_finding *f) {
  static const char *const verdicts[] = {"holds", "VIOLATED", "", "n/a"};
  char interval[64] = "";
  if (f->low != f->high)
    snprintf(interval, sizeof interval, " [%.6g, %.6g]", f->low, f->high);
  printf("      %-9s %-8s %s: %.6g%s", mark, verdicts[fg_finding_verdict(f)], f->text, f->measured, interval);
  if (!isnan(f->bound))
    printf(" %s %.6g", relation_sign(f->relation), f->bound);
  if (f->not_applicable)
    printf(" (not applicable: %s)", f->not_applicable);
  printf("\n");
}

static void print_findings(const char *mark, const struct fg_findings *found, bool all) {
  const struct fg_finding *worst = fg_findings_worst(found);
  if (!all && worst)
    print_finding(mark, worst);
  for (size_t i = 0; i < found->n; i++)
    if (all || !worst || fg_finding_verdict(&found->finding[i]) >= FG_REPORTED)
      print_finding(mark, &found->finding[i]);
}

static void print_outcome(const struct fg_claim *c, const struct fg_outcome *o, bool all, double seconds) {
  const char *verdict = o->verdict == FG_NOT_APPLICABLE ? "n/a"
                        : o->verdict == FG_REPORTED     ? (o->seen ? "seen" : "not seen")
                        : o->verdict == FG_HOLDS        ? "holds"
                        : o->blind                      ? "BLIND"
                                                        : "FAILS";
  printf("%-3s %-34s %-9s %zu findings, %u of %u controls rejected, %.1f s\n", c->id, c->title, verdict, o->real.n,
         fg_claim_controls(c) - o->blind, fg_claim_controls(c), seconds);
  print_findings("", &o->real, all);
  for (unsigned v = 0; v < fg_claim_controls(c); v++)
    print_findings(c->controls[v].name, &o->control[v], all);
  fflush(stdout);
}

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
  (void)number;
  interrupted = 1;
}

static bool stopped(void) {
  return interrupted;
}

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* a folder of files */
static void remove_folder(const char *path) {
  DIR *dir = opendir(path);
  for (const struct dirent *e; dir && (e = readdir(dir));)
    unlinkat(dirfd(dir), e->d_name, 0); /* refuses . and .. */
  if (dir)
    closedir(dir);
  rmdir(path);
}

static enum fg_err check(const struct args *args, const struct fg_claim *c, struct fg_lab *lab, bool *good,
                         struct fg_fault *fault) {
  struct fg_progress progress;
  struct fg_outcome outcome = {0};
  double start = seconds_now();
  fg_progress_start(&progress, c->id, args->quiet);
  lab->progress = fg_progress_report;
  lab->self = &progress;
  enum fg_err err = fg_claim_check(c, lab, &outcome, fault);
  fg_progress_end(&progress);
  if (!err) {
    print_outcome(c, &outcome, args->all, seconds_now() - start);
    *good &= outcome.verdict != FG_VIOLATED;
  }
  fg_outcome_free(c, &outcome);
  return err;
}

static bool chosen(const struct args *args, const struct fg_claim *c) {
  for (size_t i = 0; i < args->n; i++)
    if (fg_claim_find(args->id[i]) == c)
      return true;
  return args->n == 0;
}

int fg_cli_verify(int argc, char **argv) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  struct args args = {.jobs = cores > 0 ? (unsigned)cores : 1, .seed = 1};
  struct fg_fault fault = {0};
  bool good = true;
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  const char *tmp = getenv("TMPDIR");
  char scratch[FG_PATH_MAX];
  snprintf(scratch, sizeof scratch, "%s/fugue-verify-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (!args.list && !mkdtemp(scratch))
    return fg_cli_fault(fg_fail(&fault, FG_EIO, scratch, 0, "cannot be made"), &fault);
  struct fg_lab lab = {.seed = args.seed,
                       .full = args.full,
                       .jobs = args.jobs,
                       .level = fg_claim_level(),
                       .scratch = scratch,
                       .stopped = stopped};
  signal(SIGINT, interrupt);
  signal(SIGTERM, interrupt);
  enum fg_err err = FG_OK;
  for (size_t i = 0; fg_claims[i] && !err; i++)
    if (chosen(&args, fg_claims[i])) {
      if (args.list)
        list(fg_claims[i]);
      else
        err = check(&args, fg_claims[i], &lab, &good, &fault);
    }
  if (!args.list)
    remove_folder(scratch);
  if (err)
    return fg_cli_fault(err, &fault);
  return good ? 0 : 1;
}
