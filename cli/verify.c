/* fugue verify: claims in, verdicts out. */
#include "cli/cli.h"
#include "cli/plot.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/scratch.h"
#include "cli/verify.h"
#include "core/spec.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct args {
  const char *id[64];
  size_t n;
  const char *out, *format;
  bool list, full, all, quiet, force;
  unsigned jobs;
  uint64_t seed, repeat;
};

static uint64_t number(struct argp_state *state, const char *option, const char *arg, uint64_t most) {
  uint64_t n = 0;
  if (!fg_parse_u64(arg, &n) || n > most)
    argp_error(state, "--%s %s: a whole number up to %llu", option, arg, (unsigned long long)most);
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
  case 'o':
    a->out = arg;
    return 0;
  case 'F':
    a->force = true;
    return 0;
  case 'T':
    if (strcmp(arg, "svg") != 0 && strcmp(arg, "pdf") != 0 && strcmp(arg, "png") != 0)
      argp_error(state, "--format %s: svg, pdf or png", arg);
    a->format = arg;
    return 0;
  case 'j':
    a->jobs = (unsigned)number(state, "jobs", arg, 1024);
    if (a->jobs == 0)
      argp_error(state, "--jobs 0: at least one");
    return 0;
  case 'r':
    a->repeat = number(state, "repeat", arg, 1000000);
    if (a->repeat == 0)
      argp_error(state, "--repeat 0: at least once");
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
  case ARGP_KEY_END:
    if (a->repeat && a->out)
      argp_error(state, "--repeat writes no files: --output %s has no use", a->out);
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"list", 'l', 0, 0, "print the claims, and check nothing", 0},
    {"quick", 'k', 0, 0, "small samples: a few minutes for all claims (default)", 0},
    {"full", 'f', 0, 0, "large samples and cases: an hour", 0},
    {"all", 'a', 0, 0, "print every finding, not only the one nearest to its bound", 0},
    {"output", 'o', "DIR", 0,
     "write DIR/CLAIM.json and figures; what DIR already holds of the same program, seed and effort is not checked "
     "again: an interrupted --full goes on",
     0},
    {"force", 'F', 0, 0, "check again what DIR holds", 0},
    {"format", 'T', "svg|pdf|png", 0, "of figures [svg]", 0},
    {"jobs", 'j', "N", 0, "processes at a time [as many as cores]", 0},
    {"repeat", 'r', "N", 0,
     "check the checks instead: each N times with other seeds, false alarms and rejected controls counted against the "
     "stated level and power",
     0},
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
    "Examples:\n  fugue verify --list\n  fugue verify\n  fugue verify M2 T1 --all\n"
    "  fugue verify --full -o claims\n  fugue verify T1 --repeat 100\n"
    "Exit codes: 0 all claims hold, 1 one does not (or its check is blind), 2 usage, 3 a fault while running.",
    NULL,
    NULL,
    NULL};

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* a folder that may be there */
static enum fg_err make_folder(const char *path, struct fg_fault *fault) {
  struct stat s;
  if (mkdir(path, 0777) != 0 && (errno != EEXIST || stat(path, &s) != 0 || !S_ISDIR(s.st_mode)))
    return fg_fail(fault, FG_EUSAGE, path, 0, "no folder can be made there: %s", strerror(errno));
  return FG_OK;
}

/* How often a claim's check says what. */
static enum fg_err repeat(const struct args *args, const struct fg_claim *c, const struct fg_lab *lab,
                          struct fg_progress *progress, bool *good, struct fg_fault *fault) {
  struct fg_rates rates = {0};
  enum fg_err err = fg_claim_repeat(c, lab, args->repeat, &rates, fault);
  fg_progress_end(progress);
  if (!err) {
    fg_verify_print_rates(c, &rates);
    *good &= !fg_rates_contradict(c, &rates);
  }
  fg_rates_free(&rates);
  return err;
}

/* One claim, in the order measure, print, write, draw. */
static enum fg_err check(const struct args *args, const struct fg_claim *c, struct fg_lab *lab, bool *good,
                         struct fg_fault *fault) {
  struct fg_progress progress;
  struct fg_outcome outcome = {0};
  bool known = false;
  enum fg_err err = args->out && !args->force ? fg_verify_known(c, lab, args->out, &known, good, fault) : FG_OK;
  if (err || known)
    return err;
  double start = seconds_now();
  fg_progress_start(&progress, c->id, args->quiet);
  lab->progress = fg_progress_report;
  lab->self = &progress;
  if (args->repeat)
    return repeat(args, c, lab, &progress, good, fault);
  err = fg_claim_check(c, lab, &outcome, fault);
  fg_progress_end(&progress);
  struct fg_verify_result result = {c, &outcome, lab, seconds_now() - start};
  if (!err) {
    fg_verify_print(&result, args->all);
    *good &= outcome.verdict != FG_VIOLATED;
  }
  if (!err && args->out)
    err = fg_verify_draw(&result, args->out, args->format, fault);
  if (!err && args->out) /* last: its presence says that all is there */
    err = fg_verify_write(&result, args->out, fault);
  fg_outcome_free(c, &outcome);
  return err;
}

static bool chosen(const struct args *args, const struct fg_claim *c) {
  for (size_t i = 0; i < args->n; i++)
    if (fg_claim_find(args->id[i]) == c)
      return true;
  return args->n == 0;
}

static void list(const struct args *args) {
  for (size_t i = 0; fg_claims[i]; i++)
    if (chosen(args, fg_claims[i]))
      fg_verify_list(fg_claims[i]);
}

static enum fg_err check_all(const struct args *args, struct fg_lab *lab, bool *good, struct fg_fault *fault) {
  enum fg_err err = args->out ? fg_figure_ready("claim", fault) : FG_OK;
  if (!err && args->out)
    err = make_folder(args->out, fault);
  double start = seconds_now();
  unsigned n = 0;
  if (!err)
    printf("seed %llu, %s; a true claim of the whole register is called false with probability %g at most, one of the "
           "statistical ones with %.2g\n",
           (unsigned long long)lab->seed, lab->full ? "full" : "quick", FG_LEVEL, lab->level);
  for (size_t i = 0; fg_claims[i] && !err; i++)
    if (chosen(args, fg_claims[i])) {
      err = check(args, fg_claims[i], lab, good, fault);
      n++;
    }
  if (!err)
    printf("%u claims, %s, %.0f s\n", n, *good ? "none fails" : "SOME FAIL", seconds_now() - start);
  return err;
}

int fg_cli_verify(int argc, char **argv) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  struct args args = {.jobs = cores > 0 ? (unsigned)cores : 1, .seed = 1, .format = "svg"};
  struct fg_fault fault = {0};
  bool good = true;
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  if (args.list) {
    list(&args);
    return 0;
  }
  char scratch[FG_PATH_MAX];
  struct fg_lab lab = {.seed = args.seed, .full = args.full, .jobs = args.jobs, .level = fg_claim_level()};
  enum fg_err err = fg_scratch_open(&lab, scratch, &fault);
  if (err)
    return fg_cli_fault(err, &fault);
  err = check_all(&args, &lab, &good, &fault);
  fg_scratch_close(&lab);
  if (err)
    return fg_interrupt_exit_code(fg_cli_fault(err, &fault));
  return good ? 0 : 1;
}
