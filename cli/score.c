/* fugue score: a learned model on rows it has not seen. */
#include "cli/cli.h"
#include "core/data/grid_file.h"
#include "core/likelihood.h"
#include "core/saved.h"
#include "core/score.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
  const char *dir, *file;
  bool whole, left_to_right;
  const char *chance; /* the last option given that only left-to-right has */
  struct fg_likelihood_options likelihood;
};

/* what is summed over rows: by the method asked for */
struct sums {
  struct fg_score_result completion;
  struct fg_likelihood likelihood;
};

enum { METHOD = 256, PARTICLES, REDRAWS, SEED };

static uint64_t number(struct argp_state *state, const char *option, const char *arg) {
  uint64_t value;
  if (!fg_parse_u64(arg, &value))
    argp_error(state, "--%s %s: a whole number is expected", option, arg);
  ((struct args *)state->input)->chance = option;
  return value;
}

static void parse_method(struct args *a, const char *arg, struct argp_state *state) {
  a->left_to_right = strcmp(arg, "left-to-right") == 0;
  if (!a->left_to_right && strcmp(arg, "completion") != 0)
    argp_error(state, "--method %s: there are completion and left-to-right", arg);
}

static void parse_particles(struct args *a, const char *arg, struct argp_state *state) {
  uint64_t n = number(state, "particles", arg);
  if (n == 0 || n % FG_LIKELIHOOD_FILTERS != 0 || n > 1000000)
    argp_error(state, "--particles %s: a multiple of %d is expected, up to a million", arg, FG_LIKELIHOOD_FILTERS);
  a->likelihood.particles = (uint32_t)n;
}

static void check_together(const struct args *a, struct argp_state *state) {
  if (a->whole && a->left_to_right)
    argp_error(state, "--whole infers a row's factor, --method left-to-right integrates it out: one of them");
  if (a->chance && !a->left_to_right)
    argp_error(state, "--%s belongs to --method left-to-right", a->chance);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  switch (key) {
  case 'w':
    a->whole = true;
    return 0;
  case METHOD:
    parse_method(a, arg, state);
    return 0;
  case PARTICLES:
    parse_particles(a, arg, state);
    return 0;
  case REDRAWS:
    a->chance = "redraws";
    a->likelihood.redraws = strcmp(arg, "all") == 0 ? UINT64_MAX : number(state, "redraws", arg);
    return 0;
  case SEED:
    a->likelihood.seed = number(state, "seed", arg);
    return 0;
  case ARGP_KEY_END:
    check_together(a, state);
    return 0;
  }
  if (key == ARGP_KEY_NO_ARGS)
    argp_error(state, "which model? DIR is missing");
  if (key != ARGP_KEY_ARG)
    return ARGP_ERR_UNKNOWN;
  if (!a->dir)
    a->dir = arg;
  else if (!a->file)
    a->file = arg;
  else
    argp_error(state, "one file at a time");
  return 0;
}

static const struct argp_option known[] = {
    {"whole", 'w', NULL, 0,
     "infer each row's factor from all of its points, and score the same ones: how well whole rows are reproduced, at "
     "which objective per row, and by how many entries of the factor that are not 0",
     0},
    {"method", METHOD, "NAME", 0,
     "completion [the default], or left-to-right: log p(words of a document), its mixture of topics integrated out, of "
     "lda and gibbs; with standard errors, by chance of the method and by that of the documents",
     0},
    {"particles", PARTICLES, "N", 0, "of left-to-right: samples of a document's topics, a multiple of 4 [20]", 0},
    {"redraws", REDRAWS, "N", 0,
     "of left-to-right: most earlier topics of a document drawn anew before each word, or all [all]: with all the time "
     "grows with the square of a document's length; without bias whatever it is",
     0},
    {"seed", SEED, "N", 0, "of left-to-right [1]", 0},
    {0},
};

static const struct argp argp = {
    known,
    parse,
    "DIR [FILE]",
    "Score the model of run DIR on the rows of FILE, unseen ones: half of each row infers its factor, the other half "
    "is "
    "predicted. Of counts (documents) every other token folds in, starting with the first, of other data every other "
    "point. Without FILE: the rows that the run itself held out (--test rows:SHARE), from its data.\v"
    "Examples:\n"
    "  fugue score run docword.new.txt\n"
    "  fugue score --method left-to-right run docword.new.txt\n"
    "  fugue score --whole run images.new.mtx\n"
    "  fugue sim --data docword.txt.gz --model lda:topics=20 --test rows:0.1 -o run\n"
    "  fugue score run\n"
    "Exit codes: 0 done, 2 usage or bad input, 3 a fault while running.",
    NULL,
    NULL,
    NULL};

static enum fg_err check_held_out(const struct fg_options *options, struct fg_fault *fault) {
  if (options->split.by_rows && options->split.share > 0)
    return FG_OK;
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "the run held out no rows (--test rows:SHARE); name a FILE to score");
}

/* which rows the run held out */
static enum fg_err held_out(const struct fg_options *options, uint32_t rows, unsigned char **mask,
                            struct fg_fault *fault) {
  enum fg_err err = check_held_out(options, fault);
  if (err)
    return err;
  *mask = malloc((size_t)rows + 1);
  if (!*mask)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (uint32_t i = 0; i < rows; i++)
    (*mask)[i] = fg_split_row_is_test(&options->split, i);
  return FG_OK;
}

/* rows that lie together, added to the sums */
static enum fg_err score_points(const struct args *args, const struct fg_saved *saved, const struct fg_points *points,
                                const unsigned char *mask, struct sums *sums, struct fg_fault *fault) {
  if (args->left_to_right)
    return fg_likelihood_add(&saved->model, &saved->view, points, mask, &args->likelihood, &sums->likelihood, fault);
  struct fg_score_result part, *whole = &sums->completion;
  enum fg_err err =
      (args->whole ? fg_score_whole_rows : fg_score_rows)(&saved->model, &saved->view, points, mask, &part, fault);
  if (err)
    return err;
  fg_score_add(&whole->sums, &part.sums);
  whole->rows += part.rows;
  whole->nonzero += part.nonzero;
  return FG_OK;
}

/* the rows that an on-disk grid keeps apart, part by part as the run itself scores them */
static enum fg_err score_grid(const struct args *args, const char *dir, struct fg_saved *saved, struct sums *sums,
                              struct fg_fault *fault) {
  struct fg_grid grid;
  enum fg_err err = fg_grid_open(dir, FG_GRID_ALL, &grid, fault);
  if (!err)
    err = fg_saved_arrange(saved, &grid, fault);
  for (uint32_t p = 0; !err && p < grid.row_blocks; p++)
    err = score_points(args, saved, &grid.held_out[p], NULL, sums, fault);
  fg_grid_free(&grid);
  return err;
}

static enum fg_err score_file(const struct args *args, const struct fg_config *config, const struct fg_saved *saved,
                              const struct fg_options *options, struct sums *sums, struct fg_fault *fault) {
  struct fg_read_options read = fg_model_reading(&saved->model, options->index_base, options->seed_data);
  struct fg_points points = {0};
  unsigned char *mask = NULL;
  const char *path = args->file ? args->file : config->text[FG_OPT_DATA];
  enum fg_err err = fg_points_read(path, &read, &points, fault);
  if (!err)
    err = fg_model_check_points(&saved->model, &points, path, fault);
  if (!err && !args->file)
    err = held_out(options, points.rows, &mask, fault);
  if (!err)
    err = score_points(args, saved, &points, mask, sums, fault);
  free(mask);
  fg_points_free(&points);
  return err;
}

static void print_completion(const struct args *args, const struct fg_model_type *type,
                             const struct fg_score_result *r) {
  printf("%-22s %u\n", "rows scored", r->rows);
  printf("%-6s %-15s %.0f\n", type->needs_counts ? "tokens" : "points", args->whole ? "reproduced" : "predicted",
         r->sums.weight);
  printf("%-22s %.6g\n", type->metric_name, type->metric(&r->sums));
  if (args->whole) {
    printf("%-22s %.6g\n", "objective per row", r->sums.loss / r->rows);
    printf("%-22s %.6g\n", "nonzeros per row", (double)r->nonzero / r->rows);
  }
}

static void print_likelihood(const struct fg_likelihood *r) {
  double mean = r->log_p / r->tokens;
  printf("%-22s %llu\n", "documents scored", (unsigned long long)r->documents);
  printf("%-22s %.0f\n", "tokens", r->tokens);
  printf("%-22s %.6f\n", "log-likelihood a token", mean);
  printf("%-22s %.2g\n", "  error by particles", fg_likelihood_error(r));
  printf("%-22s %.2g\n", "  bias by particles", fg_likelihood_bias(r));
  printf("%-22s %.2g\n", "  error by documents", fg_likelihood_spread(r));
  printf("%-22s %.6g\n", "perplexity", exp(-mean));
}

static enum fg_err check_scored(const struct args *args, const struct sums *sums, struct fg_fault *fault) {
  if (sums->completion.rows > 0 || sums->likelihood.documents > 0)
    return FG_OK;
  return fg_fail(fault, FG_EINPUT, args->file, 0,
                 args->left_to_right ? "has no document with a word to score"
                 : args->whole       ? "has no row with a point to score"
                                     : "has no row with at least two points (tokens) to score");
}

static enum fg_err score(const struct args *args, struct fg_config *config, struct fg_fault *fault) {
  struct fg_saved saved = {0};
  struct fg_options options;
  struct sums sums = {0};
  enum fg_err err = fg_saved_read(args->dir, config, &saved, fault);
  if (!err)
    err = fg_config_resolve(config, &options, fault);
  const char *data = config->text[FG_OPT_DATA];
  if (!err && !args->file && fg_grid_is(data))
    err = check_held_out(&options, fault);
  if (!err)
    err = !args->file && fg_grid_is(data) ? score_grid(args, data, &saved, &sums, fault)
                                          : score_file(args, config, &saved, &options, &sums, fault);
  if (!err)
    err = check_scored(args, &sums, fault);
  if (!err && args->left_to_right)
    print_likelihood(&sums.likelihood);
  else if (!err)
    print_completion(args, saved.model.type, &sums.completion);
  fg_saved_free(&saved);
  return err;
}

int fg_cli_score(int argc, char **argv) {
  struct args args = {.likelihood = {.particles = 20, .redraws = UINT64_MAX, .seed = 1}};
  struct fg_fault fault = {0};
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  struct fg_config *config = calloc(1, sizeof *config);
  enum fg_err err = config ? score(&args, config, &fault) : FG_ENOMEM;
  free(config);
  return err ? fg_cli_fault(err, &fault) : 0;
}
