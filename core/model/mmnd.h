/* What the two losses of the mixed-membership network decomposition share: parameters, and how the data are read.
 * A row factor u_i holds the memberships of node i in K communities (a point of the simplex), a column factor w_j says
 * how much each community links to node j. */
#ifndef FG_CORE_MODEL_MMND_H
#define FG_CORE_MODEL_MMND_H

#include "core/model/model.h"

enum { FG_MMND_RANK, FG_MMND_LOSS, FG_MMND_DIRECTED, FG_MMND_LOOPS, FG_MMND_ZEROS, FG_MMND_ALPHA, FG_MMND_BETA };
enum { FG_MMND_LIKELIHOOD, FG_MMND_SQUARED }; /* values of loss= */

extern const struct fg_param fg_mmnd_params[];
extern const struct fg_model_type fg_model_mmnd_squared;

void fg_mmnd_reading(const struct fg_model *model, struct fg_read_options *read);
/* u_ik */
double fg_mmnd_membership(const struct fg_model *model, const struct fg_view *view, uint32_t row, uint32_t k);

#endif
