/* A page of text, lists and tables that is printed for people and written as JSON for whoever sets it in HTML. */
#ifndef FG_CLI_PAGE_H
#define FG_CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum fg_piece_kind {
  FG_PIECE_TITLE,   /* of the page: the first piece */
  FG_PIECE_HEADING, /* of a section */
  FG_PIECE_TEXT,    /* a paragraph */
  FG_PIECE_ITEM,    /* of a list */
  FG_PIECE_CODE,    /* a line as it stands */
  FG_PIECE_HEAD, /* of a table, its cells between tabs; the first column is set to the left, the others to the right */
  FG_PIECE_ROW,
};

struct fg_piece {
  enum fg_piece_kind kind;
  char *text;
};

/* Zero-initialise; freed by fg_page_free. */
struct fg_page {
  struct fg_piece *piece;
  size_t n, capacity;
  bool lost; /* a piece, for want of memory */
};

/* One more piece. */
void fg_page_put(struct fg_page *page, enum fg_piece_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* In lines of `width` characters; tables as wide as they are. */
void fg_page_print(const struct fg_page *page, unsigned width, FILE *file);

/* Two keys of a JSON object, without its braces: "title" and "sections", each with "heading" and "content", a list of
 * {"type": "text", "text"}, {"type": "list", "items"}, {"type": "code", "lines"}, {"type": "table", "columns", "rows"}.
 * Texts are safe inside HTML: <, > and & are written as \u escapes, in no other role. */
void fg_page_write_json(const struct fg_page *page, FILE *file);

/* A JSON string of that kind. */
void fg_page_quote(FILE *file, const char *text);

void fg_page_free(struct fg_page *page);

#endif
