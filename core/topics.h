/* topics.txt: what a topic model has learned, for people. */
#ifndef FG_CORE_TOPICS_H
#define FG_CORE_TOPICS_H

#include "core/run.h"

/* One line per topic: its share of the tokens, then its words of largest weight. Words without a vocabulary are
 * "#COLUMN" (1-based). Written to a temporary name and renamed. */
enum fg_err fg_topics_write(const char *path, const struct fg_run *run, const struct fg_vocabulary *vocabulary,
                            struct fg_fault *fault);

#endif
