/* topics.txt: what a topic model has learned, for people. */
#ifndef FG_CORE_TOPICS_H
#define FG_CORE_TOPICS_H

#include "core/data/points.h"
#include "core/err.h"
#include "core/model/model.h"

/* DIR/model/topics.txt from the model files in DIR, which are read column by column: one line per topic: its share of
 * the tokens, then its words of largest weight. Words without a vocabulary are "#COLUMN" (1-based). Written to a
 * temporary name and renamed. model: bound. FG_EIO, FG_EINPUT (the files are not the model's), FG_ENOMEM. */
enum fg_err fg_topics_write(const char *dir, const struct fg_model *model, const struct fg_vocabulary *vocabulary,
                            struct fg_fault *fault);

#endif
