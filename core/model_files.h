/* The parameters of a finished run on disk: DIR/model/row_factor.npy, col_factor.npy (unpadded, original order) and,
 * where the model reads weights, col_weight.npy. Of a posterior that has samples (posterior.h) also row_mean.npy,
 * row_variance.npy, col_mean.npy, col_variance.npy (float32; variances nan after a single sample) and predictions.csv
 * (predictions.h). One process creates them, every process writes the pieces it holds in
 * place, one finishes them; nobody needs more than a piece in memory (claim S8). */
#ifndef FG_CORE_MODEL_FILES_H
#define FG_CORE_MODEL_FILES_H

#include "core/run.h"

/* Makes the files at full size under temporary names. FG_EIO. */
enum fg_err fg_model_files_create(const char *dir, const struct fg_run *run, struct fg_fault *fault);

/* Writes row shard p, column block q of run->factors, which must be held, and their lines known to run->grid. Columns
 * of a model that is normalised over all of them are divided by `stat`, their exact statistic (fg_factors_stat), so
 * that what is saved keeps the constraint also after changes that no release has seen; the factors stay as they are.
 * stat is lent, not read otherwise. FG_EIO, FG_ENOMEM. */
enum fg_err fg_model_files_put_rows(const char *dir, const struct fg_run *run, uint32_t p, struct fg_fault *fault);
enum fg_err fg_model_files_put_cols(const char *dir, const struct fg_run *run, uint32_t q, const double *stat,
                                    struct fg_fault *fault);

/* The two steps above for a process that holds everything. */
enum fg_err fg_model_files_write(const char *dir, const struct fg_run *run, struct fg_fault *fault);

/* When all pieces are there: renames the files, and sums up. sha: SHA-256, hex, of unpadded U then W in original order
 * as little-endian float32: what two runs are compared by. FG_EIO. */
enum fg_err fg_model_files_finish(const char *dir, const struct fg_run *run, char sha[65], struct fg_fault *fault);

/* Removes temporary files, if there are any. */
void fg_model_files_discard(const char *dir);

#endif
