/* fugue report: texts, numbers and files on their way into a page. */
#include "cli/html.h"

#include <errno.h>
#include <math.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void fg_html_text(FILE *f, const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c; c++)
    switch (*c) {
    case '&':
      fputs("&amp;", f);
      break;
    case '<':
      fputs("&lt;", f);
      break;
    case '>':
      fputs("&gt;", f);
      break;
    case '"':
      fputs("&quot;", f);
      break;
    case '\'':
      fputs("&#39;", f);
      break;
    default:
      if (*c < 0x20 && *c != '\n' && *c != '\t')
        fputs("\xEF\xBF\xBD", f); /* no page may hold it: the replacement character */
      else
        fputc(*c, f);
    }
}

void fg_html_put(FILE *f, const char *format, ...) {
  char text[8192];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  fg_html_text(f, text);
}

const char *fg_html_number(double x, int digits, char *out) {
  if (isnan(x)) {
    snprintf(out, FG_HTML_NUMBER, "–");
  } else if (isinf(x)) {
    snprintf(out, FG_HTML_NUMBER, "%s", x > 0 ? "∞" : "−∞");
  } else {
    char plain[40];
    double size = fabs(x);
    if (size < 1e15 && size == floor(size) && (size < 1e6 || digits > 6))
      snprintf(plain, sizeof plain, "%.0f", x);
    else if (size >= 1e-4 && size < 1e6) /* %g would write 12345.6 to four digits as 1.235e+04, and 0.6200 as 0.62 */
      snprintf(plain, sizeof plain, "%.*f", (int)fmax(0, digits - 1 - floor(log10(size))), x);
    else
      snprintf(plain, sizeof plain, "%.*g", digits, x);
    snprintf(out, FG_HTML_NUMBER, "%s%s", x < 0 ? "−" : "", x < 0 ? plain + 1 : plain);
  }
  return out;
}

void fg_html_shell(FILE *f, const char *word) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (*word && strspn(word, plain) == strlen(word)) {
    fg_html_text(f, word);
    return;
  }
  fputs("&#39;", f);
  for (; *word; word++)
    if (*word == '\'')
      fputs("&#39;\\&#39;&#39;", f);
    else
      fg_html_text(f, (char[]){*word, 0});
  fputs("&#39;", f);
}

enum fg_err fg_html_slurp(const char *path, char **text, struct fg_fault *fault) {
  FILE *f = fopen(path, "rb");
  char *all = NULL;
  size_t n = 0, capacity = 0;
  if (!f)
    return fg_fail(fault, FG_EIO, path, 0, "cannot be read: %s", strerror(errno));
  do {
    if (capacity - n < 65536) {
      capacity += capacity + 65536;
      char *more = realloc(all, capacity);
      if (!more) {
        free(all);
        fclose(f);
        return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
      }
      all = more;
    }
    n += fread(all + n, 1, capacity - n - 1, f);
  } while (!feof(f) && !ferror(f));
  all[n] = 0;
  bool bad = ferror(f);
  fclose(f);
  if (bad || strlen(all) != n) {
    free(all);
    return fg_fail(fault, FG_EIO, path, 0, bad ? "cannot be read" : "is not a text file");
  }
  *text = all;
  return FG_OK;
}

void fg_html_digest(const char *text, char *out) {
  struct sha256_ctx sha;
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_init(&sha);
  sha256_update(&sha, strlen(text), (const uint8_t *)text);
  sha256_digest(&sha, sizeof digest, digest);
  char encoded[BASE64_ENCODE_RAW_LENGTH(sizeof digest) + 1];
  base64_encode_raw(encoded, sizeof digest, digest);
  encoded[sizeof encoded - 1] = 0;
  snprintf(out, FG_HTML_DIGEST, "sha256-%s", encoded);
}
