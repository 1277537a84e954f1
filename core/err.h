/* Errors. Every function that can fail returns an enum fg_err; 0 is success. Functions that can be given bad input also
 * fill a struct fg_fault (lent, may be NULL) with the place and the reason; only cli/ shows it to anybody. */
#ifndef FG_CORE_ERR_H
#define FG_CORE_ERR_H

#include <stddef.h>

/* name, exit code of the command line, message when no fault text was given */
#define FG_ERR_LIST(X)                                                                                                 \
  X(FG_OK, 0, "done")                                                                                                  \
  X(FG_MISMATCH, 1, "a check failed")                                                                                  \
  X(FG_EUSAGE, 2, "bad option")                                                                                        \
  X(FG_EINPUT, 2, "bad input")                                                                                         \
  X(FG_ENOMEM, 3, "out of memory")                                                                                     \
  X(FG_EIO, 3, "input/output error")                                                                                   \
  X(FG_EDIVERGED, 3, "the parameters are no longer finite")                                                            \
  X(FG_EPROTOCOL, 3, "a worker took a parcel that the protocol does not allow")                                        \
  X(FG_EPEER, 3, "another rank failed")                                                                                \
  X(FG_ESTOPPED, 3, "stopped")                                                                                         \
  X(FG_EREFUSED, 2, "the strategy does not go with the model")

/* Words in the messages of FG_EDIVERGED and FG_EREFUSED of a run: whoever has only what it said, and its exit code,
 * recognises by them that it came to an end that is a result. */
#define FG_DIVERGED_WORDS "the parameters diverged"
#define FG_REFUSED_WORDS  "cannot learn this variant of model"

#define FG_ERR_NAME(name, code, text) name,
enum fg_err { FG_ERR_LIST(FG_ERR_NAME) FG_ERR_COUNT };
#undef FG_ERR_NAME

/* where and why something failed; `file` is "" and `line` 0 where they make no sense */
struct fg_fault {
  char file[1024];
  unsigned long long line;
  char text[1024];
};

/* Fills *fault (lent; may be NULL: then only the code is returned) and returns `code`. `file` is lent
 * and may be NULL. */
enum fg_err fg_fail(struct fg_fault *fault, enum fg_err code, const char *file, unsigned long long line,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Default message of an error; static storage. */
const char *fg_err_text(enum fg_err err);

/* Exit code of the command line for an error: 0 done, 1 a check failed, 2 usage or bad input, 3 a
 * fault while running. */
int fg_err_exit_code(enum fg_err err);

/* "FILE:LINE: reason" as a person wants to read it, written to `out` (lent, `size` [B], always terminated). */
void fg_fault_format(const struct fg_fault *fault, enum fg_err err, char *out, size_t size);

#endif
