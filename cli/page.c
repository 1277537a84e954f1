/* A page: from pieces to text and to JSON. */
#include "cli/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 24 };

void fg_page_put(struct fg_page *p, enum fg_piece_kind kind, const char *format, ...) {
  if (p->n == p->capacity) {
    size_t more = p->capacity ? 2 * p->capacity : 32;
    struct fg_piece *longer = realloc(p->piece, more * sizeof *longer);
    if (!longer) {
      p->lost = true;
      return;
    }
    p->piece = longer;
    p->capacity = more;
  }
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, again);
  char *text = length < 0 ? NULL : malloc((size_t)length + 1);
  if (text) {
    vsnprintf(text, (size_t)length + 1, format, args);
    p->piece[p->n++] = (struct fg_piece){kind, text};
  } else {
    p->lost = true;
  }
  va_end(again);
  va_end(args);
}

void fg_page_free(struct fg_page *p) {
  for (size_t i = 0; i < p->n; i++)
    free(p->piece[i].text);
  free(p->piece);
  *p = (struct fg_page){0};
}

/* The cell after the tab; *length of this one. NULL at the end. */
static const char *next_cell(const char *cell, size_t *length) {
  *length = strcspn(cell, "\t");
  return cell[*length] ? cell + *length + 1 : NULL;
}

static bool in_table(const struct fg_page *p, size_t i) {
  return i < p->n && (p->piece[i].kind == FG_PIECE_HEAD || p->piece[i].kind == FG_PIECE_ROW);
}

/* ---- text */

static void wrap(const char *text, unsigned width, const char *first, const char *rest, FILE *f) {
  size_t at = strlen(first);
  fputs(first, f);
  for (bool start = true; *text;) {
    size_t word = strcspn(text, " ");
    if (!start && at + 1 + word > width) {
      fprintf(f, "\n%s", rest);
      at = strlen(rest);
      start = true;
    }
    fprintf(f, "%s%.*s", start ? "" : " ", (int)word, text);
    at += word + !start;
    start = false;
    text += word + (text[word] == ' ');
  }
  fputc('\n', f);
}

static void print_row(const char *row, const size_t *widths, FILE *f) {
  size_t length;
  for (int k = 0; row && k < COLUMNS; k++) {
    const char *cell = row;
    row = next_cell(cell, &length);
    if (k == 0)
      fprintf(f, "  %-*.*s", row ? (int)widths[0] : 0, (int)length, cell);
    else
      fprintf(f, "  %*.*s", (int)widths[k], (int)length, cell);
  }
  fputc('\n', f);
}

/* The table that starts at piece i; returns the piece behind it. */
static size_t print_table(const struct fg_page *p, size_t i, FILE *f) {
  size_t widths[COLUMNS] = {0}, length, end = i;
  do {
    const char *row = p->piece[end].text;
    for (int k = 0; row && k < COLUMNS; k++) {
      row = next_cell(row, &length);
      widths[k] = length > widths[k] ? length : widths[k];
    }
    end++;
  } while (in_table(p, end) && p->piece[end].kind == FG_PIECE_ROW);
  for (; i < end; i++)
    print_row(p->piece[i].text, widths, f);
  return end;
}

void fg_page_print(const struct fg_page *p, unsigned width, FILE *f) {
  for (size_t i = 0; i < p->n;) {
    const struct fg_piece *x = &p->piece[i];
    switch (x->kind) {
    case FG_PIECE_TITLE:
      fprintf(f, "%s\n", x->text);
      for (size_t k = strlen(x->text); k > 0; k--)
        fputc('=', f);
      fputc('\n', f);
      break;
    case FG_PIECE_HEADING:
      fprintf(f, "\n%s\n", x->text);
      break;
    case FG_PIECE_TEXT:
      wrap(x->text, width, "  ", "  ", f);
      break;
    case FG_PIECE_ITEM:
      wrap(x->text, width, "  - ", "    ", f);
      break;
    case FG_PIECE_CODE:
      fprintf(f, "      %s\n", x->text);
      break;
    case FG_PIECE_HEAD:
    case FG_PIECE_ROW:
      i = print_table(p, i, f);
      continue;
    }
    i++;
  }
}

/* ---- JSON */

void fg_page_quote(FILE *f, const char *text) {
  fputc('"', f);
  for (const unsigned char *c = (const unsigned char *)text; *c; c++)
    if (*c == '"' || *c == '\\')
      fprintf(f, "\\%c", *c);
    else if (*c < 0x20 || *c == '<' || *c == '>' || *c == '&')
      fprintf(f, "\\u%04x", *c);
    else
      fputc(*c, f);
  fputc('"', f);
}

static void put_cells(const char *row, FILE *f) {
  char cell[512];
  size_t length;
  fputc('[', f);
  for (bool first = true; row; first = false) {
    const char *from = row;
    row = next_cell(from, &length);
    snprintf(cell, sizeof cell, "%.*s", (int)length, from);
    fputs(first ? "" : ", ", f);
    fg_page_quote(f, cell);
  }
  fputc(']', f);
}

/* Pieces of one kind in a row, as one entry; returns the piece behind them. */
static size_t put_content(const struct fg_page *p, size_t i, FILE *f) {
  enum fg_piece_kind kind = p->piece[i].kind;
  size_t from = i;
  switch (kind) {
  case FG_PIECE_HEAD:
    fputs("{\"type\": \"table\", \"columns\": ", f);
    put_cells(p->piece[i++].text, f);
    fputs(", \"rows\": [", f);
    for (from = i; i < p->n && p->piece[i].kind == FG_PIECE_ROW; i++) {
      fputs(i > from ? ", " : "", f);
      put_cells(p->piece[i].text, f);
    }
    fputs("]}", f);
    return i;
  case FG_PIECE_ITEM:
  case FG_PIECE_CODE:
    fprintf(f, "{\"type\": \"%s\", \"%s\": [", kind == FG_PIECE_ITEM ? "list" : "code",
            kind == FG_PIECE_ITEM ? "items" : "lines");
    for (; i < p->n && p->piece[i].kind == kind; i++) {
      fputs(i > from ? ", " : "", f);
      fg_page_quote(f, p->piece[i].text);
    }
    fputs("]}", f);
    return i;
  default:
    fputs("{\"type\": \"text\", \"text\": ", f);
    fg_page_quote(f, p->piece[i].text);
    fputc('}', f);
    return i + 1;
  }
}

void fg_page_write_json(const struct fg_page *p, FILE *f) {
  bool any = false, first = true;
  fputs("  \"title\": ", f);
  fg_page_quote(f, p->n ? p->piece[0].text : "");
  fputs(",\n  \"sections\": [", f);
  for (size_t i = 1; i < p->n;) {
    if (p->piece[i].kind == FG_PIECE_HEADING) {
      fprintf(f, "%s\n    {\"heading\": ", any ? "]}," : "");
      fg_page_quote(f, p->piece[i++].text);
      fputs(", \"content\": [", f);
      any = first = true;
      continue;
    }
    fputs(first ? "\n      " : ",\n      ", f);
    i = put_content(p, i, f);
    first = false;
  }
  fputs(any ? "]}]" : "]", f);
}
