/* Errors: from a code to words. */
#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>

enum fg_err fg_fail(struct fg_fault *fault, enum fg_err code, const char *file, unsigned long long line,
                    const char *format, ...) {
  if (fault) {
    snprintf(fault->file, sizeof fault->file, "%s", file ? file : "");
    fault->line = line;
    va_list ap;
    va_start(ap, format);
    vsnprintf(fault->text, sizeof fault->text, format, ap);
    va_end(ap);
  }
  return code;
}

#define FG_ERR_TEXT(name, code, text) text,
static const char *const err_texts[] = {FG_ERR_LIST(FG_ERR_TEXT)};
#define FG_ERR_CODE(name, code, text) code,
static const int err_codes[] = {FG_ERR_LIST(FG_ERR_CODE)};

const char *fg_err_text(enum fg_err err) {
  return (unsigned)err < FG_ERR_COUNT ? err_texts[err] : "unknown error";
}

int fg_err_exit_code(enum fg_err err) {
  return (unsigned)err < FG_ERR_COUNT ? err_codes[err] : 3;
}

void fg_fault_format(const struct fg_fault *fault, enum fg_err err, char *out, size_t size) {
  const char *text = fault && fault->text[0] ? fault->text : fg_err_text(err);
  if (fault && fault->file[0] && fault->line)
    snprintf(out, size, "%s:%llu: %s", fault->file, fault->line, text);
  else if (fault && fault->file[0])
    snprintf(out, size, "%s: %s", fault->file, text);
  else
    snprintf(out, size, "%s", text);
}
