/* A process that left no result: from exit code and log to state and reason. */
#include "sweep/ingest_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL = 1 << 16 }; /* of a log [B] */

/* The end of a log, from the start of a line; "" if there is none. Freed by the caller; NULL: no memory. */
static char *read_tail(const char *path) {
  char *text = calloc(TAIL + 1, 1);
  FILE *f = text && path ? fopen(path, "rb") : NULL;
  if (!f)
    return text;
  bool cut = fseek(f, -TAIL, SEEK_END) == 0;
  if (!cut)
    rewind(f);
  size_t n = fread(text, 1, TAIL, f);
  fclose(f);
  for (size_t i = 0; i < n; i++) /* a text has no such characters */
    if (!text[i])
      text[i] = ' ';
  char *line = cut ? strchr(text, '\n') : NULL;
  if (line)
    memmove(text, line + 1, strlen(line + 1) + 1);
  return text;
}

/* What follows "fugue: " or "fugue-mpi: rank 3: "; NULL if a line does not begin so. */
static const char *said_by_us(const char *line) {
  static const char *const programs[] = {"fugue: ", "fugue-mpi: "};
  for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
    if (strncmp(line, programs[i], strlen(programs[i])) == 0) {
      unsigned rank;
      int skip = 0;
      line += strlen(programs[i]);
      return sscanf(line, "rank %u: %n", &rank, &skip) == 1 && skip > 0 ? line + skip : line;
    }
  return NULL;
}

struct words {
  const char *last;    /* line of words, not of dashes */
  const char *ours;    /* the last one of our programs, without its name */
  const char *verdict; /* the first one of them with certain words */
};

/* Cuts the text into lines. */
static struct words find_words(char *text, const char *verdict) {
  struct words w = {0};
  char *rest = text, *line;
  while ((line = strsep(&rest, "\n\r")) != NULL) {
    if (line[strspn(line, " \t-=*")])
      w.last = line;
    const char *ours = said_by_us(line);
    if (!ours)
      continue;
    /* an unfinished run may say last how it could go on, which is no reason */
    if (!strstr(ours, "goes on from the last checkpoint") && !strstr(ours, fg_err_text(FG_EPEER)))
      w.ours = ours;
    if (!w.verdict && verdict && strstr(ours, verdict))
      w.verdict = ours;
  }
  return w;
}

enum fg_run_state fg_run_end(const struct fg_task *task, char *reason, size_t size) {
  *reason = 0;
  if (task->timed_out) {
    snprintf(reason, size, "no result after %.6g s", task->timeout_s);
    return FG_RUN_TIMED_OUT;
  }
  const struct {
    int code;
    const char *words;
    enum fg_run_state state;
  } results[] = {{fg_err_exit_code(FG_EDIVERGED), FG_DIVERGED_WORDS, FG_RUN_DIVERGED},
                 {fg_err_exit_code(FG_EREFUSED), FG_REFUSED_WORDS, FG_RUN_REFUSED}};
  enum fg_run_state state = FG_RUN_FAILED, possible = FG_RUN_FAILED;
  const char *verdict = NULL;
  for (size_t i = 0; i < sizeof results / sizeof *results; i++)
    if (task->exit_code == results[i].code) {
      verdict = results[i].words;
      possible = results[i].state;
    }
  char *text = read_tail(task->log);
  struct words w = text ? find_words(text, verdict) : (struct words){0};
  const char *last = w.ours ? w.ours : w.last;
  if (w.verdict) {
    state = possible;
    snprintf(reason, size, "%s", w.verdict);
  } else if (task->exit_code < 0) {
    const char *name = strsignal(task->signal);
    snprintf(reason, size, "ended by signal %d (%s)%s%s", task->signal, name ? name : "?",
             last ? "; it said last: " : "", last ? last : "");
  } else if (task->exit_code == 0) {
    snprintf(reason, size, "ended without a result");
  } else if (last) {
    snprintf(reason, size, "%s", last);
  } else {
    snprintf(reason, size, "exit code %d without a message", task->exit_code);
  }
  free(text);
  return state;
}
