/* Words of the columns, for people to read. */
#include "core/data/points.h"

#include "core/data/text_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Path of the vocabulary that belongs to a data file; the caller frees. docword.NAME.txt[.gz] has vocab.NAME.txt, any
 * other file vocab.txt. */
static char *vocabulary_path(const char *data_path) {
  const char *slash = strrchr(data_path, '/'), *name = slash ? slash + 1 : data_path;
  size_t folder = (size_t)(name - data_path), n = strlen(name);
  char *path = malloc(folder + n + sizeof "vocab.txt");
  if (!path)
    return NULL;
  memcpy(path, data_path, folder);
  if (n > 3 && strcmp(name + n - 3, ".gz") == 0)
    n -= 3;
  static const char data[] = "docword", words[] = "vocab";
  if (n > sizeof data + 3 && strncmp(name, "docword.", 8) == 0 && strncmp(name + n - 4, ".txt", 4) == 0)
    snprintf(path + folder, n + sizeof words, "%s%.*s", words, (int)(n - (sizeof data - 1)), name + sizeof data - 1);
  else
    snprintf(path + folder, sizeof "vocab.txt", "vocab.txt");
  return path;
}

static enum fg_err read_words(struct fg_text_input *in, uint32_t cols, struct fg_vocabulary *vocabulary) {
  size_t capacity = 0;
  for (;;) {
    char *line;
    size_t length;
    enum fg_err err = fg_text_line(in, &line, &length);
    if (err)
      return err;
    if (!line)
      break;
    if (!length)
      return fg_text_fail(in, "the line is empty; a vocabulary has one word in every line");
    if (vocabulary->n == UINT32_MAX)
      return fg_text_fail(in, "a vocabulary has less than 2^32 words");
    if (vocabulary->n == capacity) {
      capacity = capacity ? 2 * capacity : 1024;
      char **word = realloc(vocabulary->word, capacity * sizeof *word);
      if (!word)
        return FG_ENOMEM;
      vocabulary->word = word;
    }
    vocabulary->word[vocabulary->n] = strdup(line);
    if (!vocabulary->word[vocabulary->n])
      return FG_ENOMEM;
    vocabulary->n++;
  }
  if (vocabulary->n < cols)
    return fg_text_fail(
        in, "the vocabulary has %u words for %u columns; if it is of other data, keep these in another folder",
        vocabulary->n, cols);
  return FG_OK;
}

enum fg_err fg_vocabulary_find(const char *data_path, uint32_t cols, struct fg_vocabulary *vocabulary,
                               struct fg_fault *fault) {
  *vocabulary = (struct fg_vocabulary){0};
  char *path = vocabulary_path(data_path);
  if (!path)
    return FG_ENOMEM;
  enum fg_err err = FG_OK;
  if (access(path, F_OK) == 0) {
    struct fg_text_input in;
    err = fg_text_open(&in, path, fault);
    if (!err)
      err = read_words(&in, cols, vocabulary);
    if (err == FG_ENOMEM)
      fg_fail(fault, err, path, 0, "out of memory");
    fg_text_close(&in);
  }
  if (err)
    fg_vocabulary_free(vocabulary);
  free(path);
  return err;
}

void fg_vocabulary_free(struct fg_vocabulary *vocabulary) {
  for (uint32_t i = 0; i < vocabulary->n; i++)
    free(vocabulary->word[i]);
  free(vocabulary->word);
  *vocabulary = (struct fg_vocabulary){0};
}
