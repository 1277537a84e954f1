/* Latent space models: row factors U (N x K), column factors W (M x K), one loss term per observed point.
 * A model is a const type (one file, one row of fg_model_types) and an instance (resolved parameters). The instance is
 * read-only while workers run; everything that changes is in the view. */
#ifndef FG_CORE_MODEL_MODEL_H
#define FG_CORE_MODEL_MODEL_H

#include "core/data/grid.h"
#include "core/err.h"
#include "core/spec.h"
#include "core/step.h"
#include "core/tokens.h"

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FG_LANES = 16,     /* floats a factor row is padded to; the fixed summation order (design.md, Numbers) */
  FG_BATCH = 64,     /* most updates of one call of `update`; a global statistic is folded into double once per batch */
  FG_ALIGN = 64,     /* alignment of factor rows [B] */
  FG_TUNED = 2,      /* values that a run may learn beside the factors */
  FG_AUC_BINS = 768, /* of predicted scores, for the test of links (auc.h) */
};

struct fg_model_type;

struct fg_model {
  const struct fg_model_type *type;
  struct fg_values par; /* in the order of type->params */
  uint32_t rank;        /* K, with dimensions beside the parameter rank (`dimensions`) */
  uint32_t lanes;       /* K rounded up to FG_LANES: what kernels run over; the padding is 0 and stays 0 */
  uint32_t n_state; /* floats of state of the optimiser or sampler behind them, at [lanes], none of which is below 0; 0:
                       none */
  uint32_t stride;  /* floats between factor rows: lanes, and state rounded up to FG_LANES; the rest is 0 */
  uint32_t n_stat;  /* G, doubles of the global statistic; 0: none */
  uint32_t n_tuned; /* last entries of the statistic: values that are learned beside the factors (tune); 0: none */
  uint64_t tune_every;    /* epochs between two steps of theirs */
  double tuned[FG_TUNED]; /* at the start; in a model that was read back at the end */
  uint32_t rows, cols;    /* N, M of the whole matrix */
  double points;          /* training points; 0 in a model that was read back */
  double mean;            /* mean training value, over observed points */
  double total;           /* sum of the training values */
  double square;          /* mean squared training value: the scale of data that have no unit */
  uint64_t seed_init;
  double temperature; /* T of Langevin noise (worker/langevin.c); 0: there is none, the model is optimised */
  uint64_t burn;      /* epochs before the first sample of the posterior */
};

/* What one worker may touch: its row block and one column block. Rows are `stride` floats apart. */
struct fg_view {
  float *row_factor;       /* rows of the block x stride */
  float *col_factor;       /* columns of the block x stride */
  const float *row_weight; /* per row: sum of its training values (lda: L_d) */
  const float *col_weight; /* per column: sum of its training values (lda: n_w) */
  double *stat;            /* n_stat doubles, this worker's copy; updated in place; NULL if n_stat == 0 */
};

/* Sums that an evaluation adds up, in double: every block from zero, then the blocks in a fixed order (evaluate.h). */
struct fg_score {
  double loss;   /* training objective, summed (see the model's file for its formula) */
  double metric; /* what the test metric is made of: squared errors, or minus log-likelihood */
  double weight; /* points, or tokens, that the sums run over */
  uint32_t links[FG_AUC_BINS], others[FG_AUC_BINS]; /* of networks: links and non-links by their predicted score */
};

/* Adds the sums of a part. */
static inline void fg_score_add(struct fg_score *score, const struct fg_score *part) {
  score->loss += part->loss;
  score->metric += part->metric;
  score->weight += part->weight;
  for (int b = 0; b < FG_AUC_BINS; b++) {
    score->links[b] += part->links[b];
    score->others[b] += part->others[b];
  }
}

struct fg_model_type {
  const char *name, *summary;    /* summary: one line for `fugue info` */
  const char *metric_name;       /* "rmse", "kl", "perplexity", "1-auc": the smaller the better */
  const struct fg_param *params; /* ends with a NULL key; the first is "rank" (alias "topics") */
  double default_step;           /* eta_0, what --step means is in the summary */
  double adagrad_step; /* eta_0 of --step-schedule adagrad; 0: the model has no gradient step that it divides */
  enum fg_step_schedule default_schedule;
  double default_decay;   /* of fugue's extras */
  bool needs_counts;      /* data must be counts */
  bool needs_nonnegative; /* no value may be below 0 */
  double most;            /* that the values of a row, or of a column, may sum up to; 0: any */
  bool weights;           /* the kernel or top_weight reads row_weight and col_weight (then they travel with the column
                             block) */

  /* The type that the parameters select, where one name has more than one kind of update (lda: loss=...); a variant has
   * the same name and params. NULL: always this type. */
  const struct fg_model_type *(*variant)(const struct fg_values *par);
  /* K, where the parameters ask for more dimensions than the rank (mf: two for bias terms). NULL: the rank. */
  uint32_t (*dimensions)(const struct fg_values *par);
  /* Floats that a row needs behind its lanes while it is learned, apart from those of adagrad; NULL: none. */
  uint32_t (*state)(const struct fg_model *model);
  /* The dimension in which no row (side 0), no column (side 1) ever changes, or K if there is none. NULL: none. */
  uint32_t (*fixed)(const struct fg_model *model, int side);
  /* How the data are to be read: sets network, directed, loops and zeros. NULL: as they are. */
  void (*reading)(const struct fg_model *model, struct fg_read_options *read);
  /* Checks parameters against each other, sets n_stat; rank, stride, rows, cols, mean, total are set already. */
  enum fg_err (*setup)(struct fg_model *model, struct fg_fault *fault);
  /* Initial factor row of an original index; `row` has stride floats, all 0 on entry. Pure function of (seed_init,
   * index). */
  void (*init_row)(const struct fg_model *model, uint32_t index, float *row);
  void (*init_col)(const struct fg_model *model, uint32_t index, float *row);
  /* Exactly one of these two: a step of the parameters, or a draw of latent topics (draws).
   * n <= FG_BATCH updates in the given order with step `eta` (step schedule and decay of extras already applied).
   * The hot path. Bits must not depend on the instruction set. model->n_state > 0: steps as in adagrad.h. */
  void (*update)(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                 float eta);
  /* Draws a topic for every token of the next n points of the pass, with their counts in view. The hot path; bits must
   * not depend on the instruction set. A draw has no size: no step schedule, and no decay of extras, applies. */
  void (*draw)(const struct fg_model *model, const struct fg_view *view, struct fg_draws *draws, size_t n);
  /* What a sampler draws once an epoch given all tokens: of the `cols` columns in view, by their holder, when its draws
   * of the epoch's last stratum are made and before it reports the change of the statistic; nobody draws until the
   * release. Adds to entries `rank` to 2 rank - 1 of the statistic, which are 0 then, what these columns have now: at
   * the root the sum of all takes the place of the last one. Only with strata that all workers complete. rng: started
   * for this. NULL: nothing. */
  void (*renew)(const struct fg_model *model, const struct fg_view *view, uint32_t cols, struct fg_rng *rng);
  /* Values beside the factors that are learned from all of them, the last n_tuned entries of the statistic; kernels and
   * evaluation read them there. tally adds to other entries, which are 0 otherwise, what sums over all rows and columns
   * have of those in view; it is called after renew, by the holder of each row and each column. tune: on rank 0, which
   * releases the statistic; it makes new values of the sums, if there are any, and sums 0. Only with strata that all
   * workers complete. tuned_name: what run.json calls the values. NULL: nothing. */
  void (*tally)(const struct fg_model *model, const struct fg_view *view, uint32_t rows, uint32_t cols, uint64_t epoch);
  void (*tune)(const struct fg_model *model, double *stat);
  const char *tuned_name[FG_TUNED];
  /* Adds the statistic of `cols` columns to stat (n_stat doubles). NULL if there is none. */
  void (*stat)(const struct fg_model *model, const float *col_factor, const float *col_weight, uint32_t cols,
               double *stat);
  /* Distributed normalisation (method.md section 5): what entry k of all columns is to be divided by when `released` is
   * entry k of the statistic of a release; positive and finite, 1: they stay as they are. The statistic is homogeneous
   * of degree stat_degree (1 or 2) in the columns, so that a division by d divides it by d^stat_degree. NULL: the
   * statistic is only read. */
  double (*divisor)(const struct fg_model *model, double released);
  unsigned stat_degree;
  /* Brings n rows (of either factor) that sums of several workers' changes have made back to the model's constraints;
   * rows that keep them stay as they are. NULL: there are none that a sum could break. */
  void (*project)(const struct fg_model *model, float *factor, uint32_t n);
  /* The same of columns, where they have other constraints than rows; NULL: `project`. */
  void (*project_cols)(const struct fg_model *model, float *factor, uint32_t n);
  /* Adds loss and metric of n points (any n) to score; double arithmetic; view->stat is the exact statistic. The
   * penalty is counted per point, so that the sum over blocks is the objective. */
  void (*score)(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                struct fg_score *score);
  /* test metric from sums */
  double (*metric)(const struct fg_score *score);
  /* Row factor of an unseen row from n of its points (row index ignored), columns fixed. `row`: stride floats, out.
   * *row_weight out: what the model would have as the row's weight. view->row_* are not read. */
  enum fg_err (*fold_in)(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points,
                         size_t n, float *row, float *row_weight);
  /* Langevin dynamics (worker/langevin.c), of models with parameters "temperature" and "burn". What eta is multiplied
   * with to be the step on the gradient of the points' summed loss; NULL: the update is no such step, and no
   * temperature is accepted. reflects: entries are >= 0, and what noise takes below comes back with the other sign. */
  double (*gradient_step)(const struct fg_model *model);
  bool reflects;
  /* What the model foretells of n points, to out (n entries). NULL where there is no temperature. */
  void (*predict)(const struct fg_model *model, const struct fg_view *view, const struct fg_point *points, size_t n,
                  double *out);
  /* floating point operations of one update, counted as add, mul, div, max = 1 [flop] */
  double (*flops)(const struct fg_model *model);
  /* True if the first n rows (columns) keep the model's per-row constraints; *which: index of the first
   * that does not. */
  bool (*rows_valid)(const struct fg_model *model, const float *row_factor, uint32_t n, uint32_t *which);
  bool (*cols_valid)(const struct fg_model *model, const float *col_factor, uint32_t n, uint32_t *which);
  /* What people are shown of latent dimension k, and its name: "topic", "factor", "atom", "community". */
  const char *dimension;
  /* True: rows (members of a community); otherwise columns (words of a topic, items of a factor). */
  bool top_rows;
  /* Weight of a line, row or column as top_rows says, in dimension k (lda: p(word | topic)): the larger the more it
   * belongs there. NULL: nothing is to be read of this model. */
  double (*top_weight)(const struct fg_model *model, const struct fg_view *view, uint32_t line, uint32_t k);
  /* Of models whose rows are documents, mixtures of topics with p(word | topic) = top_weight: alpha of the symmetric
   * Dirichlet prior of a document's mixture (likelihood.h). NULL: rows are something else. */
  double (*mixture_prior)(const struct fg_model *model, const struct fg_view *view);
};

/* Brings n rows (cols: columns) back to the model's constraints; nothing if there are none. */
static inline void fg_model_project(const struct fg_model *model, bool cols, float *factor, uint32_t n) {
  if (cols && model->type->project_cols)
    model->type->project_cols(model, factor, n);
  else if (model->type->project)
    model->type->project(model, factor, n);
}

/* Puts values that are learned beside the factors (FG_TUNED, lent) into a statistic that is the sum over columns. */
static inline void fg_model_put_tuned(const struct fg_model *model, const double *tuned, double *stat) {
  for (uint32_t i = 0; i < model->n_tuned; i++)
    stat[model->n_stat - model->n_tuned + i] = tuned[i];
}

/* What a model with `divisor` asks for given the statistic of all columns: n_stat doubles each. */
void fg_model_divisors(const struct fg_model *model, const double *stat, double *divisor);

/* Divides entry k of `cols` columns by divisor[k] > 0, as `divisor` has them (model->rank entries). */
void fg_model_rescale(const struct fg_model *model, float *col_factor, uint32_t cols, const double *divisor);

/* A statistic of a model with `divisor` after entry k of the columns was divided by d. */
static inline double fg_stat_divided(const struct fg_model_type *type, double stat, double d) {
  return type->stat_degree == 2 ? stat / (d * d) : stat / d;
}

/* The table; ends with NULL. */
extern const struct fg_model_type *const fg_model_types[];

/* Type by name, or NULL. */
const struct fg_model_type *fg_model_find(const char *name);

/* Parses "mf:rank=32,..." into *model (type, par, rank, lanes, stride). FG_EUSAGE on a bad name or parameter. */
enum fg_err fg_model_parse(const char *spec, struct fg_model *model, struct fg_fault *fault);

/* Makes a parsed model take steps of that schedule: adagrad, or the model itself, gives its rows state (n_state,
 * stride). FG_EUSAGE if the model cannot. Only runs that learn need this: a model that is read back has no state. */
enum fg_err fg_model_take_steps(struct fg_model *model, enum fg_step_schedule schedule, struct fg_fault *fault);

/* Floats of a factor row that travel, and that a checkpoint keeps: the K of the model, and with state all up to its
 * end. */
/*@ requires \valid_read(model) && model->lanes + model->n_state <= UINT32_MAX;
    assigns \nothing;
    ensures \result == (model->n_state > 0 ? model->lanes + model->n_state : model->rank); */
static inline uint32_t fg_model_width(const struct fg_model *model) {
  return model->n_state ? model->lanes + model->n_state : model->rank;
}

/* May v be entry k >= K of a row? */
static inline bool fg_model_rest_valid(const struct fg_model *model, uint32_t k, float v) {
  bool state = k >= model->lanes && k < model->lanes + model->n_state;
  return state ? v >= 0 && v <= FLT_MAX : v == 0;
}

/* How a parsed model wants its data to be read; zeros are drawn by the data seed. */
struct fg_read_options fg_model_reading(const struct fg_model *model, unsigned index_base, uint64_t seed_data);

/* Do the values of points suit the model? FG_EINPUT: the first that does not, in the file `path` (lent). */
enum fg_err fg_model_check_points(const struct fg_model *model, const struct fg_points *points, const char *path,
                                  struct fg_fault *fault);

/* Completes a parsed model with the data's shape and sums and the seed; calls setup. Checks needs_counts. */
enum fg_err fg_model_bind(struct fg_model *model, const struct fg_grid *grid, uint64_t seed_init,
                          struct fg_fault *fault);

/* Entry k of a column: the top_weight of models whose columns say as they are what belongs to a dimension; signs tell
 * two ends apart. */
double fg_model_col_entry(const struct fg_model *model, const struct fg_view *view, uint32_t col, uint32_t k);

/* metric of models whose metric sums squared errors: their root mean square; NAN without points. */
double fg_model_rmse(const struct fg_score *score);

/* rows_valid and cols_valid of factors that are finite, or finite and not negative, and nothing else. */
bool fg_model_finite(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which);
bool fg_model_nonnegative(const struct fg_model *model, const float *factor, uint32_t n, uint32_t *which);

/* The value of parameter `key` of the model's table; asserts that it exists. */
double fg_model_param(const struct fg_model *model, const char *key);

#endif
