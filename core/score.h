/* How well a learned model does on rows that it has never seen: a row is cut in two, one half infers its factor
 * (fold-in), the other half is predicted (for documents: document completion). */
#ifndef FG_CORE_SCORE_H
#define FG_CORE_SCORE_H

#include "core/data/points.h"
#include "core/err.h"
#include "core/model/model.h"

struct fg_score_result {
  struct fg_score sums; /* over the predicted halves; its loss holds the model's penalty once per predicted point */
  double metric;        /* of the model's type->metric; NAN if no row could be scored */
  uint32_t rows;        /* rows scored */
  uint64_t nonzero;     /* entries of their factors that are not 0 */
};

/* Can the model say anything of these points? FG_EINPUT if they have more columns than it, or are not counts, or
 * negative, where it needs them so. */
enum fg_err fg_score_check(const struct fg_model *model, const struct fg_points *points, struct fg_fault *fault);

/* Scores rows of `points`. The parts, by a rule without chance: a row's points are numbered 0, 1, 2, ... in file order
 * - its tokens if the model needs counts, a count c being c tokens - and even numbers fold in, odd ones are predicted.
 * Rows with fewer than two are left out. model: bound. view: columns in original order: col_factor cols x stride,
 * col_weight cols entries (if type->weights), stat exact; row_* are not read. mask: points->rows entries, rows to be
 * scored are not 0; NULL: all. Everything is lent. FG_EINPUT as fg_score_check; FG_ENOMEM. */
enum fg_err fg_score_rows(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                          const unsigned char *mask, struct fg_score_result *result, struct fg_fault *fault);

/* The same, added to a result so far (first all zero): rows may be scored in several calls, in their order, with views
 * of nothing but the columns that their points name. */
enum fg_err fg_score_more_rows(const struct fg_model *model, const struct fg_view *view, const struct fg_points *points,
                               const unsigned char *mask, struct fg_score_result *result, struct fg_fault *fault);

/* The same without a cut: all points of a row infer its factor, and the same ones are scored: how well whole rows are
 * reproduced. Rows without points are left out. */
enum fg_err fg_score_whole_rows(const struct fg_model *model, const struct fg_view *view,
                                const struct fg_points *points, const unsigned char *mask,
                                struct fg_score_result *result, struct fg_fault *fault);

#endif
