/* Area under the ROC curve: the share of pairs of a link and a non-link in which the link has the higher score. It is
 * no sum over points, but histograms of the scores are: an evaluation adds them up over blocks, and the area of sums is
 * that of the whole, ties inside a bin counted half. A bin is a sixteenth of an octave, read off the float's bits, so
 * that no logarithm decides where a score belongs; what the bins cost is below 1e-3 (tests/test_auc.c). */
#ifndef FG_CORE_MODEL_AUC_H
#define FG_CORE_MODEL_AUC_H

#include "core/model/model.h"

/* Counts a held-out point by its predicted score; scores outside 2^-36 .. 2^12 go to the outermost bins, negative ones
 * and NaN to the first. */
void fg_auc_count(struct fg_score *score, bool link, float predicted);

/* 1 - area, so that less is better as of every test metric: in [0, 1]; NAN if there are no links or no non-links. */
double fg_auc_metric(const struct fg_score *score);

#endif
