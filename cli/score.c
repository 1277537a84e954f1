/* fugue score: a learned model on rows it has not seen. */
#include "cli/cli.h"
#include "core/data/grid_file.h"
#include "core/saved.h"
#include "core/score.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

struct args {
  const char *dir, *file;
  bool whole;
};

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  if (key == 'w') {
    a->whole = true;
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

/* how a file's rows are scored */
static enum fg_err (*score_of(const struct args *args))(const struct fg_model *, const struct fg_view *,
                                                        const struct fg_points *, const unsigned char *,
                                                        struct fg_score_result *, struct fg_fault *) {
  return args->whole ? fg_score_whole_rows : fg_score_rows;
}

/* the rows that an on-disk grid keeps apart, part by part as the run itself scores them */
static enum fg_err score_grid(const struct args *args, const char *dir, struct fg_saved *saved,
                              struct fg_score_result *result, struct fg_fault *fault) {
  struct fg_grid grid;
  struct fg_score_result part;
  enum fg_err err = fg_grid_open(dir, FG_GRID_ALL, &grid, fault);
  if (!err)
    err = fg_saved_arrange(saved, &grid, fault);
  for (uint32_t p = 0; !err && p < grid.row_blocks; p++) {
    err = score_of(args)(&saved->model, &saved->view, &grid.held_out[p], NULL, &part, fault);
    if (!err) {
      fg_score_add(&result->sums, &part.sums);
      result->rows += part.rows;
      result->nonzero += part.nonzero;
    }
  }
  if (!err && result->rows)
    result->metric = saved->model.type->metric(&result->sums);
  fg_grid_free(&grid);
  return err;
}

static enum fg_err score_file(const struct args *args, const struct fg_config *config, const struct fg_saved *saved,
                              const struct fg_options *options, struct fg_score_result *result,
                              struct fg_fault *fault) {
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
    err = score_of(args)(&saved->model, &saved->view, &points, mask, result, fault);
  free(mask);
  fg_points_free(&points);
  return err;
}

static enum fg_err score(const struct args *args, struct fg_config *config, struct fg_fault *fault) {
  struct fg_saved saved = {0};
  struct fg_options options;
  struct fg_score_result result = {0};
  enum fg_err err = fg_saved_read(args->dir, config, &saved, fault);
  if (!err)
    err = fg_config_resolve(config, &options, fault);
  const char *data = config->text[FG_OPT_DATA];
  if (!err && !args->file && fg_grid_is(data))
    err = check_held_out(&options, fault);
  if (!err)
    err = !args->file && fg_grid_is(data) ? score_grid(args, data, &saved, &result, fault)
                                          : score_file(args, config, &saved, &options, &result, fault);
  if (!err && result.rows == 0)
    err = fg_fail(fault, FG_EINPUT, args->file, 0,
                  args->whole ? "has no row with a point to score"
                              : "has no row with at least two points (tokens) to score");
  if (!err) {
    printf("%-22s %u\n", "rows scored", result.rows);
    printf("%-6s %-15s %.0f\n", saved.model.type->needs_counts ? "tokens" : "points",
           args->whole ? "reproduced" : "predicted", result.sums.weight);
    printf("%-22s %.6g\n", saved.model.type->metric_name, result.metric);
    if (args->whole) {
      printf("%-22s %.6g\n", "objective per row", result.sums.loss / result.rows);
      printf("%-22s %.6g\n", "nonzeros per row", (double)result.nonzero / result.rows);
    }
  }
  fg_saved_free(&saved);
  return err;
}

int fg_cli_score(int argc, char **argv) {
  struct args args = {0};
  struct fg_fault fault = {0};
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  struct fg_config *config = calloc(1, sizeof *config);
  enum fg_err err = config ? score(&args, config, &fault) : FG_ENOMEM;
  free(config);
  return err ? fg_cli_fault(err, &fault) : 0;
}
