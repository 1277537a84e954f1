/* Spells: a trace to required work, extra work, waiting and hand-offs. */
#include "core/spells.h"

#include "core/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORKER, SEQ, START, REQUIRED, END, WAIT, REQUIRED_UPDATES, EXTRA_UPDATES, COLUMNS };

static enum fg_err bad_row(const char *path, size_t row, const char *text, struct fg_fault *fault) {
  return fg_fail(fault, FG_EINPUT, path, row + 2, "%s", text);
}

static enum fg_err check_rows(const char *path, const struct fg_columns *trace, uint32_t *workers,
                              struct fg_fault *fault) {
  double *const *c = trace->column;
  for (size_t r = 0; r < trace->n_rows; r++) {
    if (!(c[WORKER][r] >= 0 && c[WORKER][r] < 1e6 && c[WORKER][r] == floor(c[WORKER][r])))
      return bad_row(path, r, "the worker is not a whole number", fault);
    if (!(c[START][r] >= 0 && c[REQUIRED][r] >= c[START][r] && c[END][r] >= c[REQUIRED][r] && c[WAIT][r] >= 0))
      return bad_row(path, r, "times must not decrease from start_s to required_s to end_s", fault);
    if (!(c[REQUIRED_UPDATES][r] >= 0 && c[EXTRA_UPDATES][r] >= 0))
      return bad_row(path, r, "updates must not be negative", fault);
    *workers = (uint32_t)fmax(*workers, c[WORKER][r] + 1);
  }
  return FG_OK;
}

/* The trace tells how long a worker was idle since the end of its previous visit (wait_s): what passed before this
 * visit's start is the hand-off of the column block, the rest was idle waiting after the required pass. */
static enum fg_err split(const char *path, const struct fg_columns *trace, struct fg_spells *spells,
                         struct fg_fault *fault) {
  double *const *c = trace->column;
  enum fg_err err = FG_OK;
  double *previous_end = calloc(spells->workers, sizeof *previous_end);
  uint64_t *next_seq = calloc(spells->workers, sizeof *next_seq);
  spells->spell = calloc(trace->n_rows, sizeof *spells->spell);
  if (!spells->spell || !previous_end || !next_seq)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t r = 0; !err && r < trace->n_rows; r++) {
    uint32_t w = (uint32_t)c[WORKER][r];
    struct fg_spell *s = &spells->spell[spells->n++];
    if (c[SEQ][r] != (double)next_seq[w] || c[START][r] < previous_end[w]) {
      err = bad_row(path, r, "a worker's visits must follow each other", fault);
      break;
    }
    *s = (struct fg_spell){.worker = w,
                           .seq = next_seq[w]++,
                           .hand_off = previous_end[w],
                           .start = c[START][r],
                           .required = c[REQUIRED][r],
                           .end = c[END][r],
                           .required_updates = c[REQUIRED_UPDATES][r],
                           .extra_updates = c[EXTRA_UPDATES][r]};
    double inside = c[WAIT][r] - (s->start - s->hand_off);
    s->extra = fmin(s->end, fmax(s->required, s->end - inside));
    if (s->extra - s->required < 1e-12 * s->end) /* a rounding error is no work */
      s->extra = s->required;
    previous_end[w] = s->end;
  }
  free(next_seq);
  free(previous_end);
  return err;
}

enum fg_err fg_spells_read(const char *path, bool growing, struct fg_spells *spells, struct fg_fault *fault) {
  static const char *const names[COLUMNS] = {[WORKER] = "worker",
                                             [SEQ] = "seq",
                                             [START] = "start_s",
                                             [REQUIRED] = "required_s",
                                             [END] = "end_s",
                                             [WAIT] = "wait_s",
                                             [REQUIRED_UPDATES] = "required_updates",
                                             [EXTRA_UPDATES] = "extra_updates"};
  struct fg_columns trace = {0};
  enum fg_err err = fg_columns_read(path, names, COLUMNS, growing, &trace, fault);
  if (!err && trace.n_rows == 0)
    err = fg_fail(fault, FG_EINPUT, path, 0, "holds no visit");
  if (!err)
    err = check_rows(path, &trace, &spells->workers, fault);
  if (!err)
    err = split(path, &trace, spells, fault);
  fg_columns_free(&trace);
  return err;
}

void fg_spells_free(struct fg_spells *spells) {
  free(spells->spell);
  memset(spells, 0, sizeof *spells);
}
