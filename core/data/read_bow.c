/* UCI bag of words: three lines D, W, NNZ (documents, words, entries), then `document word count`, indices from 1. */
#include "core/data/reader.h"

static enum fg_err header(struct fg_reader *r, const char *what, uint64_t most, uint64_t *value) {
  const char *p;
  enum fg_err err = fg_reader_line(r, "", &p);
  if (err)
    return err;
  if (!p)
    return fg_text_fail(&r->in, "the file ends where the %s should be", what);
  err = fg_reader_whole(r, &p, what, 1, most, value);
  return err ? err : fg_reader_line_end(r, p);
}

enum fg_err fg_read_bow(struct fg_reader *r) {
  uint64_t documents, words, entries;
  enum fg_err err = header(r, "number of documents", UINT32_MAX, &documents);
  if (!err)
    err = header(r, "number of words", UINT32_MAX, &words);
  if (!err)
    err = header(r, "number of entries", UINT64_MAX - 1, &entries);
  if (err)
    return err;
  r->points->format = FG_FORMAT_BOW;
  r->header = true;
  r->points->rows = (uint32_t)documents;
  r->points->cols = (uint32_t)words;
  struct fg_plain plain = {
      .value = FG_PLAIN_COUNT, .base = 1, .rows = r->points->rows, .cols = r->points->cols, .entries = entries};
  for (;;) {
    const char *p;
    uint32_t document, word;
    uint64_t count;
    err = fg_reader_plain(r, &plain);
    if (!err)
      err = fg_reader_line(r, "", &p);
    if (err)
      return err;
    if (!p)
      return fg_reader_promised(r, entries);
    err = fg_reader_room(r, entries);
    if (!err)
      err = fg_reader_index(r, &p, "document", 1, r->points->rows, &document);
    if (!err)
      err = fg_reader_index(r, &p, "word", 1, r->points->cols, &word);
    if (!err)
      err = fg_reader_whole(r, &p, "count", 1, UINT32_MAX, &count);
    if (!err)
      err = fg_reader_line_end(r, p);
    if (!err)
      err = fg_reader_add(r, document, word, (float)count);
    if (err)
      return err;
  }
}
