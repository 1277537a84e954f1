/* fugue generate: synthetic data with known truth. */
#include "cli/cli.h"
#include "core/data/generate.h"
#include "core/spec.h"

#include <argp.h>
#include <stdio.h>

struct args {
  const char *spec, *out;
  uint64_t seed;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  switch (key) {
  case 'o':
    a->out = arg;
    return 0;
  case 's':
    if (!fg_parse_u64(arg, &a->seed))
      argp_error(state, "--seed %s: a whole number is expected", arg);
    return 0;
  case ARGP_KEY_ARG:
    if (a->spec)
      argp_error(state, "one specification at a time");
    a->spec = arg;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "what? a specification like mf:rows=1000,cols=500,nnz=20000 is missing");
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"seed", 's', "N", 0, "seed [1]", 0},
    {"output", 'o', "FILE", 0,
     "file to write (required): *.mtx Matrix Market, docword* UCI bag of words, otherwise triplets (networks: an edge "
     "list); *.gz compressed",
     0},
    {0},
};

static const struct argp argp = {options,
                                 parse,
                                 "SPEC",
                                 "Write synthetic data with known truth. `fugue info generators` lists what there is.\v"
                                 "Examples:\n"
                                 "  fugue generate mf:rows=20000,cols=4000,nnz=2000000,rank=16 \\\n"
                                 "                 --seed 1 -o ratings.mtx.gz\n"
                                 "  fugue generate lda:docs=5000,words=2000,topics=20 -o docword.made.txt.gz\n"
                                 "  fugue generate mmnd:nodes=2000,communities=8 -o links.txt\n"
                                 "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.",
                                 NULL,
                                 NULL,
                                 NULL};

int fg_cli_generate(int argc, char **argv) {
  struct args args = {.seed = 1};
  struct fg_fault fault = {0};
  struct fg_points points = {0};
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  enum fg_err err = FG_OK;
  if (!args.out)
    err = fg_fail(&fault, FG_EUSAGE, NULL, 0, "where to? -o FILE is missing (see fugue generate --help)");
  if (!err)
    err = fg_generate(args.spec, args.seed, &points, &fault);
  if (!err)
    err = fg_points_write(args.out, &points, &fault);
  if (!err)
    printf("%s: %u x %u, %zu points\n", args.out, points.rows, points.cols, points.n);
  fg_points_free(&points);
  return err ? fg_cli_fault(err, &fault) : 0;
}
