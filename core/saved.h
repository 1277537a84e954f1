/* A learned model as a run directory keeps it, ready to score unseen rows. */
#ifndef FG_CORE_SAVED_H
#define FG_CORE_SAVED_H

#include "core/config.h"
#include "core/model/model.h"
#include "core/run.h"

struct fg_saved {
  struct fg_model model;
  float *col_factor;   /* cols x stride, FG_ALIGN-aligned; in original order, unless joined */
  float *col_weight;   /* cols; zeros if the model reads none */
  double *stat;        /* exact */
  struct fg_view view; /* of these; row_* NULL */
};

/* The model of a finished run directory, bound from its files alone, which is enough to read its parameters
 * (model_lines.h). config: of the run, out. FG_EUSAGE if the run only counted. */
enum fg_err fg_saved_model(const char *dir, struct fg_config *config, struct fg_model *model, struct fg_fault *fault);

/* The same with its columns. */
enum fg_err fg_saved_read(const char *dir, struct fg_config *config, struct fg_saved *saved, struct fg_fault *fault);

/* From parameters in memory, all held, and their exact statistic (copied): columns one block after another, as the grid
 * numbers those of its held-out points. */
enum fg_err fg_saved_join(const struct fg_run *run, const struct fg_factors *factors, const double *stat,
                          struct fg_saved *saved, struct fg_fault *fault);

/* Puts columns in original order into that of fg_saved_join for a grid that is held. FG_EINPUT if it has not as many;
 * FG_ENOMEM. */
enum fg_err fg_saved_arrange(struct fg_saved *saved, const struct fg_grid *grid, struct fg_fault *fault);

void fg_saved_free(struct fg_saved *saved);

#endif
