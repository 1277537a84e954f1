/* What the posterior foretells of every test point, on disk: DIR/model/predictions.csv with the columns row, col (as in
 * the file of the data), value, mean, deviation (standard deviation of what is foretold; with Gaussian noise of
 * variance T the value itself spreads by sqrt(deviation^2 + T)), part by part, in no order that means anything. A rank
 * knows its points by their place in a column block, and whoever starts with the block knows what its columns are
 * called: both write temporary files, which one process puts together, so that nobody needs more than the numbers of
 * all columns in memory. Part of the model files (model_files.h). */
#ifndef FG_CORE_PREDICTIONS_H
#define FG_CORE_PREDICTIONS_H

#include "core/run.h"

/* Room for the numbers of columns. FG_EIO. */
enum fg_err fg_predictions_create(const char *dir, const struct fg_run *run, struct fg_fault *fault);

/* The points of part p; the columns of block q, which are known here. FG_EIO. */
enum fg_err fg_predictions_put(const char *dir, const struct fg_run *run, uint32_t p, struct fg_fault *fault);
enum fg_err fg_predictions_put_cols(const char *dir, const struct fg_run *run, uint32_t q, struct fg_fault *fault);

/* When all of that is there: predictions.csv, unless nothing is held out. FG_EIO, FG_ENOMEM. */
enum fg_err fg_predictions_finish(const char *dir, const struct fg_run *run, struct fg_fault *fault);

/* Removes temporary files, if there are any. */
void fg_predictions_discard(const char *dir);

#endif
