/* The parameters in pieces as they are held and travel: row shards (stay with their worker) and
 * column blocks (travel). */
#ifndef FG_CORE_FACTORS_H
#define FG_CORE_FACTORS_H

#include "core/data/grid.h"
#include "core/err.h"
#include "core/model/model.h"

#include <stdint.h>

/* U_p: stays with worker p for good. factor and weight are NULL where the piece is not held. */
struct fg_row_shard {
  uint32_t id, rows;
  float *factor;            /* rows x stride, FG_ALIGN-aligned */
  float *weight;            /* rows */
  struct fg_tokens *tokens; /* where the model draws: topics of the rows' tokens; otherwise NULL */
};

/* W_q with what belongs to it; one owner at any time (claim S3). factor and weight as above. */
struct fg_col_block {
  uint32_t id, cols;
  uint32_t version; /* hand-offs so far */
  float *factor;    /* cols x stride, FG_ALIGN-aligned; NULL: not held */
  float *weight;    /* cols; in the same piece of memory */
};

enum { FG_SPARES = 3 };

/* All pieces of one run; a process of a distributed stage holds only its own. */
struct fg_factors {
  uint32_t row_blocks, col_blocks, stride;
  struct fg_row_shard *row; /* row_blocks entries */
  struct fg_col_block *col; /* col_blocks entries */
  double tuned[FG_TUNED];   /* model->n_tuned values that are learned beside the factors, as of the last boundary */
  uint32_t most_cols;       /* of a block; 0 if all are held, for good */
  float *spare[FG_SPARES];  /* arrays of blocks that have left; NULL: none */
};

/* Initial parameters of the pieces that the grid holds: every factor row is a function of (seed_init, original index).
 * Of the others id and size are set. Freed by fg_factors_free. */
enum fg_err fg_factors_new(const struct fg_grid *grid, const struct fg_model *model, struct fg_factors *factors,
                           struct fg_fault *fault);
void fg_factors_free(struct fg_factors *factors);

/* Pieces of the same ids and sizes, none of which is held: what a run is played with that only counts (fg_job). */
enum fg_err fg_factors_shape(const struct fg_grid *grid, const struct fg_model *model, struct fg_factors *factors,
                             struct fg_fault *fault);

/* Arrays for column block q, which is not held: any values, but padding 0. Where blocks come and go they are large
 * enough for every block, so that those that leave serve those that come (claim S8: no more memory than for the most
 * blocks ever held at a time). FG_ENOMEM: it is still not held. */
enum fg_err fg_factors_hold(struct fg_factors *factors, uint32_t q);

/* Column block q is not held any more. */
void fg_factors_drop(struct fg_factors *factors, uint32_t q);

/* Exact global statistic of pieces that are all held: every column block's part is summed from zero, parts are added in
 * the order of their numbers; values learned beside the factors are those of factors->tuned. stat: model->n_stat
 * doubles, overwritten. FG_ENOMEM. */
enum fg_err fg_factors_stat(const struct fg_factors *factors, const struct fg_model *model, double *stat);

/* Divides the columns of a model that is normalised over all of them (`divisor`) by their exact statistic, as
 * fg_model_files_put_cols saves them; all are held. Nothing for other models. FG_ENOMEM. */
enum fg_err fg_factors_normalise(struct fg_factors *factors, const struct fg_model *model);

/* Copies values (not versions) between two sets of the same grid and model. */
void fg_factors_copy_row(struct fg_factors *to, const struct fg_row_shard *from);
void fg_factors_copy_col(struct fg_factors *to, const struct fg_col_block *from);

/* U (side 0) or W (side 1), all held, without padding in original order: out has rows (cols) x rank floats. */
void fg_factors_gather(const struct fg_factors *factors, const struct fg_grid *grid, const struct fg_model *model,
                       int side, float *out);

/* SHA-256, hex, of unpadded U then W in original order as little-endian float32: what two runs are compared by. */
enum fg_err fg_factors_sha256(const struct fg_factors *factors, const struct fg_grid *grid,
                              const struct fg_model *model, char hex[65]);

#endif
