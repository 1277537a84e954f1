/* Scores of links and non-links -> histograms -> area under the ROC curve. */
#include "core/model/auc.h"

#include <math.h>
#include <string.h>

enum { SIXTEENTHS = 4, LOWEST = -36 }; /* log2 of bins per octave; of the lowest score that has a bin of its own */

static uint32_t bin_of(float predicted) {
  uint32_t bits;
  memcpy(&bits, &predicted, sizeof bits);
  const uint32_t first = (uint32_t)(127 + LOWEST) << SIXTEENTHS;
  if (!(predicted > 0) || bits >> (23 - SIXTEENTHS) < first)
    return 0;
  uint32_t bin = (bits >> (23 - SIXTEENTHS)) - first;
  return bin < FG_AUC_BINS ? bin : FG_AUC_BINS - 1;
}

void fg_auc_count(struct fg_score *score, bool link, float predicted) {
  (link ? score->links : score->others)[bin_of(predicted)]++;
}

double fg_auc_metric(const struct fg_score *score) {
  double links = 0, others = 0, area = 0;
  for (int b = 0; b < FG_AUC_BINS; b++) {
    area += score->links[b] * (others + 0.5 * score->others[b]);
    links += score->links[b];
    others += score->others[b];
  }
  return links > 0 && others > 0 ? 1 - area / (links * others) : NAN;
}
