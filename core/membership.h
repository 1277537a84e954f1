/* Rows as members of communities, and how well these agree with labels that are known from elsewhere. */
#ifndef FG_CORE_MEMBERSHIP_H
#define FG_CORE_MEMBERSHIP_H

#include "core/data/labels.h"
#include "core/model/model.h"

#include <stdbool.h>

/* Do rows say how much they belong to each dimension (communities of nodes, topics of documents)? */
bool fg_membership_is(const struct fg_model_type *type);

/* Counts rows by community and label from the model files in DIR, read row by row; a row is of the community
 * of its largest entry, of equal ones the first. count: rank x labels->n_names, row-major, added to. model: bound, with
 * memberships and labels->n rows. FG_EIO, FG_EINPUT (the files are not the model's), FG_ENOMEM. */
enum fg_err fg_membership_count(const char *dir, const struct fg_model *model, const struct fg_labels *labels,
                                uint64_t *count, struct fg_fault *fault);

/* Normalised mutual information of two partitions X, Y from their table of counts (groups x labels, row-major): 2
 * I(X;Y) / (H(X) + H(Y)), the normalisation by the arithmetic mean of the entropies (Danon et al. 2005). From 0,
 * independent, to 1, the same; 1 if both have a single part; NAN if nothing was counted. */
double fg_membership_nmi(const uint64_t *count, uint32_t groups, uint32_t labels);

#endif
