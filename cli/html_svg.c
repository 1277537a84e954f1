/* fugue report: a drawing becomes an element of the page. A small reader of XML that lets through what draws, and
 * nothing else: labels in a drawing were made by people. */
#include "cli/html.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct svg {
  FILE *f;
  const char *prefix, *label;
  double width;
  bool root; /* the outermost element has been seen */
};

static bool is_one_of(const char *word, size_t n, const char *const *words) {
  for (; *words; words++)
    if (strlen(*words) == n && strncmp(word, *words, n) == 0)
      return true;
  return false;
}

static const char *const elements[] = {
    "svg",     "g",       "defs",        "use",         "symbol",  "path",  "rect",           "circle",
    "ellipse", "line",    "polyline",    "polygon",     "text",    "tspan", "clipPath",       "mask",
    "pattern", "image",   "marker",      "filter",      "feFlood", "stop",  "linearGradient", "radialGradient",
    "feMerge", "feBlend", "feMergeNode", "feComposite", NULL};
/* dropped with all that they hold: names of plots, which screens show as tooltips */
static const char *const dropped[] = {"title", "desc", "metadata", NULL};
static const char *const colours[] = {"fill", "stroke", "color", "flood-color", "stop-color", NULL};

/* #rgb, #rrggbb, rgb(r, g, b) and the names that gnuplot uses; false: something else */
static bool parse_colour(const char *value, size_t n, unsigned *rgb) {
  static const struct {
    const char *name;
    unsigned rgb;
  } names[] = {{"black", 0},       {"white", 0xffffff},     {"grey", 0x808080},
               {"gray", 0x808080}, {"lightgrey", 0xd3d3d3}, {"lightgray", 0xd3d3d3}};
  char text[48];
  unsigned r, g, b;
  if (n >= sizeof text)
    return false;
  memcpy(text, value, n);
  text[n] = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(text, names[i].name) == 0) {
      *rgb = names[i].rgb;
      return true;
    }
  if (*text == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == n - 1 && (n == 4 || n == 7)) {
    unsigned x = (unsigned)strtoul(text + 1, NULL, 16);
    *rgb = n == 7 ? x : (x >> 8 & 15) * 0x110000 + (x >> 4 & 15) * 0x1100 + (x & 15) * 0x11;
    return true;
  }
  if (sscanf(text, "rgb( %u , %u , %u )", &r, &g, &b) == 3 && r < 256 && g < 256 && b < 256) {
    *rgb = r << 16 | g << 8 | b;
    return true;
  }
  return false;
}

static bool is_href(const char *name, size_t n) {
  static const char *const hrefs[] = {"href", "xlink:href", NULL};
  return is_one_of(name, n, hrefs);
}

/* An id becomes PREFIX-ID, and so does what refers to it: href="#ID", url(#ID). */
static void put_value(const struct svg *s, const char *name, size_t name_n, const char *value, size_t n) {
  unsigned rgb;
  if (is_one_of(name, name_n, colours) && parse_colour(value, n, &rgb)) {
    fprintf(s->f, "var(--c-%06x, #%06x)", rgb, rgb);
    return;
  }
  bool id = name_n == 2 && strncmp(name, "id", 2) == 0, href = is_href(name, name_n);
  if (id)
    fprintf(s->f, "%s-", s->prefix);
  for (size_t i = 0; i < n; i++) {
    fputc(value[i], s->f);
    if (value[i] == '#' && (i == 0 ? href : i >= 4 && strncmp(value + i - 4, "url(", 4) == 0))
      fprintf(s->f, "%s-", s->prefix);
  }
}

/* May an attribute pass? Handlers and what leads elsewhere may not: references are to ids of the drawing. */
static bool harmless(const char *name, size_t name_n, const char *value, size_t n) {
  if (name_n > 2 && strncasecmp(name, "on", 2) == 0)
    return false;
  if (is_href(name, name_n))
    return (n > 1 && *value == '#') || (n > 22 && strncmp(value, "data:image/png;base64,", 22) == 0);
  for (size_t i = 0; i + 4 <= n; i++)
    if (strncasecmp(value + i, "url(", 4) == 0 && (i + 4 == n || value[i + 4] != '#'))
      return false;
  return !memchr(value, '<', n);
}

static const char *skip_space(const char *p) {
  return p + strspn(p, " \t\r\n");
}

/* Attributes up to > or />; returns what is behind, NULL on a fault. */
static const char *attributes(struct svg *s, const char *p, bool root, bool group, bool silent, bool *empty) {
  *empty = false;
  for (p = skip_space(p); *p && *p != '>' && *p != '/'; p = skip_space(p)) {
    const char *name = p;
    size_t name_n = strcspn(p, "= \t\r\n>/");
    p = skip_space(p + name_n);
    if (!name_n || *p != '=')
      return NULL;
    p = skip_space(p + 1);
    char quote = *p;
    if (quote != '"' && quote != '\'')
      return NULL;
    const char *value = ++p;
    while (*p && *p != quote)
      p++;
    if (!*p)
      return NULL;
    size_t n = (size_t)(p++ - value);
    if (root && name_n == 5 && strncmp(name, "width", 5) == 0)
      s->width = strtod(value, NULL);
    bool kept = !silent && strncmp(name, "xmlns", 5) != 0 && !(root && name_n == 4 && strncmp(name, "role", 4) == 0);
    if (group && name_n == 2 && strncmp(name, "id", 2) == 0) /* refers to nothing, and gnuplot repeats them */
      kept = false;
    if (kept && !harmless(name, name_n, value, n))
      return NULL;
    if (kept && strncmp(name, "xlink:", 6) == 0) { /* HTML knows no namespaces */
      name += 6;
      name_n -= 6;
    }
    if (kept) {
      fprintf(s->f, " %.*s=%c", (int)name_n, name, quote);
      put_value(s, name, name_n, value, n);
      fputc(quote, s->f);
    }
  }
  if (*p == '/') {
    *empty = true;
    p++;
  }
  return *p == '>' ? p + 1 : NULL;
}

/* Behind the end tag of an element whose start tag has been read. */
static const char *behind(const char *p, const char *name, size_t n) {
  while ((p = strstr(p, "</"))) {
    p += 2;
    if (strncmp(p, name, n) == 0 && *skip_space(p + n) == '>')
      return skip_space(p + n) + 1;
  }
  return NULL;
}

/* One start tag, p behind its <; returns what is behind it. */
static const char *start_tag(struct svg *s, const char *p, struct fg_fault *fault) {
  size_t n = strcspn(p, " \t\r\n/>");
  bool empty, root = !s->root, silent = is_one_of(p, n, dropped);
  const char *name = p;
  if (root && !(n == 3 && strncmp(p, "svg", 3) == 0)) {
    fg_fail(fault, FG_EINPUT, NULL, 0, "is not an SVG drawing");
    return NULL;
  }
  if (!silent && !is_one_of(p, n, elements)) {
    fg_fail(fault, FG_EINPUT, NULL, 0, "holds an element <%.*s>, which is no drawing", n < 40 ? (int)n : 40, p);
    return NULL;
  }
  if (!silent)
    fprintf(s->f, "<%.*s", (int)n, p);
  if (root) {
    s->root = true;
    fputs(" role=\"img\" aria-label=\"", s->f);
    fg_html_text(s->f, s->label);
    fputc('"', s->f);
  }
  p = attributes(s, p + n, root, n == 1 && *name == 'g', silent, &empty);
  if (!p) {
    fg_fail(fault, FG_EINPUT, NULL, 0, "holds a tag <%.*s> that may not stand in a page", n < 40 ? (int)n : 40, name);
    return NULL;
  }
  if (!silent)
    fputs(empty ? "/>" : ">", s->f);
  else if (!empty && !(p = behind(p, name, n)))
    fg_fail(fault, FG_EINPUT, NULL, 0, "ends in the middle");
  return p;
}

enum fg_err fg_html_svg(FILE *f, const char *svg, const char *prefix, const char *label, double *width,
                        struct fg_fault *fault) {
  struct svg s = {f, prefix, label, NAN, false};
  int depth = 0;
  for (const char *p = svg; *p;) {
    if (*p != '<') {
      if (depth > 0)
        fputc(*p, f);
      p++;
      continue;
    }
    if (strncmp(p, "<?", 2) == 0 || strncmp(p, "<!", 2) == 0) {
      bool comment = strncmp(p, "<!--", 4) == 0;
      const char *end = strstr(p, comment ? "-->" : ">");
      if (!end || (p[1] == '!' && !comment && strncmp(p, "<!DOCTYPE", 9) != 0))
        return fg_fail(fault, FG_EINPUT, NULL, 0, "holds markup that may not stand in a page");
      p = end + (comment ? 3 : 1);
    } else if (p[1] == '/') {
      size_t n = strcspn(p + 2, " \t\r\n>");
      const char *end = strchr(p, '>');
      if (!end || --depth < 0 || !is_one_of(p + 2, n, elements))
        return fg_fail(fault, FG_EINPUT, NULL, 0, "ends what did not begin");
      fprintf(f, "</%.*s>", (int)n, p + 2);
      p = end + 1;
    } else {
      bool silent = is_one_of(p + 1, strcspn(p + 1, " \t\r\n/>"), dropped);
      p = start_tag(&s, p + 1, fault);
      if (!p)
        return FG_EINPUT;
      depth += !silent && p[-2] != '/';
    }
  }
  *width = s.width;
  return s.root && depth == 0 ? FG_OK : fg_fail(fault, FG_EINPUT, NULL, 0, "is not a whole SVG drawing");
}
