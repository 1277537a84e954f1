/* fugue report: where the numbers come from, and how to get them again. */
#include "cli/report.h"

#include <math.h>
#include <string.h>

/* Different texts, with how many runs say each, in the order in which they come. */
enum { TEXTS = 64 };
struct tally {
  const char *text[TEXTS];
  size_t times[TEXTS], n, others;
};

static void count_text(struct tally *t, const char *text) {
  if (!text || !*text)
    return;
  for (size_t i = 0; i < t->n; i++)
    if (strcmp(t->text[i], text) == 0) {
      t->times[i]++;
      return;
    }
  if (t->n == TEXTS) {
    t->others++;
    return;
  }
  t->text[t->n] = text;
  t->times[t->n++] = 1;
}

struct provenance {
  struct tally revision, versions, host, data, stage;
  const char *first, *last; /* starts */
  double cpu_s, wall_s;
};

static void count_record(struct provenance *p, const struct fg_run_record *x) {
  count_text(&p->revision, x->revision);
  count_text(&p->versions, x->versions);
  count_text(&p->host, x->host);
  count_text(&p->data, x->data_sha256);
  count_text(&p->stage, x->stage);
  if (x->started && *x->started) {
    p->first = !p->first || strcmp(x->started, p->first) < 0 ? x->started : p->first;
    p->last = !p->last || strcmp(x->started, p->last) > 0 ? x->started : p->last;
  }
  if (!isnan(x->number[FG_NUMBER_CPU]))
    p->cpu_s += x->number[FG_NUMBER_CPU];
  if (!isnan(x->number[FG_NUMBER_WALL]))
    p->wall_s += x->number[FG_NUMBER_WALL];
}

static void begin_fact(FILE *f, const char *name) {
  fprintf(f, "<tr><th scope=\"row\">%s</th><td>", name);
}

static void put_tally(FILE *f, const char *name, const struct tally *t, bool code, bool counts) {
  if (t->n == 0)
    return;
  begin_fact(f, name);
  for (size_t i = 0; i < t->n; i++) {
    fputs(i ? "<br>" : "", f);
    fputs(code ? "<code>" : "", f);
    fg_html_text(f, t->text[i]);
    fputs(code ? "</code>" : "", f);
    if (t->n > 1 && counts)
      fprintf(f, " <span class=\"soft\">%zu run%s</span>", t->times[i], t->times[i] == 1 ? "" : "s");
  }
  if (t->others)
    fprintf(f, "<br><span class=\"soft\">others, of %zu runs</span>", t->others);
  fputs("</td></tr>\n", f);
}

/* "3 h 12 min", "4 min 10 s", "3.2 s" */
static const char *duration(double s, char *out, size_t size) {
  if (s < 60)
    snprintf(out, size, "%.3g s", s);
  else if (s < 3600)
    snprintf(out, size, "%.0f min %.0f s", floor(s / 60), floor(s - 60 * floor(s / 60)));
  else
    snprintf(out, size, "%.0f h %.0f min", floor(s / 3600), floor((s - 3600 * floor(s / 3600)) / 60));
  return out;
}

static void put_facts(struct fg_report *r, const struct provenance *p) {
  char text[64];
  fg_report_table(r, "facts");
  fputs("Where the numbers come from.</span></caption>\n<tbody>\n", r->f);
  put_tally(r->f, "revision", &p->revision, true, true);
  put_tally(r->f, "versions", &p->versions, false, true);
  put_tally(r->f, "stage", &p->stage, false, true);
  put_tally(r->f, "host", &p->host, false, true);
  if (p->first) {
    begin_fact(r->f, "runs started");
    fg_html_text(r->f, p->first);
    if (strcmp(p->first, p->last) != 0)
      fg_html_put(r->f, " to %s", p->last);
    fputs("</td></tr>\n", r->f);
  }
  if (p->wall_s > 0) {
    begin_fact(r->f, "wall time, all runs");
    fg_html_put(r->f, "%s", duration(p->wall_s, text, sizeof text));
    fputs("</td></tr>\n", r->f);
  }
  if (p->cpu_s > 0) {
    begin_fact(r->f, "CPU time, all runs");
    fg_html_put(r->f, "%s, without evaluation", duration(p->cpu_s, text, sizeof text));
    fputs("</td></tr>\n", r->f);
  }
  put_tally(r->f, "SHA-256 of data", &p->data, true, true);
  fputs("</tbody></table></div>\n", r->f);
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash && slash[1] ? slash + 1 : path;
}

/* The name of a folder as it was given, without slashes behind. */
static void folder_name(const char *dir, char *out) {
  snprintf(out, FG_PATH_MAX, "%s", dir);
  for (size_t n = strlen(out); n > 1 && out[n - 1] == '/';)
    out[--n] = 0;
  const char *name = base_name(out);
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
    name = "sweep";
  memmove(out, name, strlen(name) + 1);
}

static void put_commands(struct fg_report *r) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  char folder[FG_PATH_MAX];
  const char *file = *spec->path ? base_name(spec->path) : "sweep.yaml";
  folder_name(r->dir, folder);
  fputs("<h3>To reproduce it</h3>\n<p>With the specification below in ", r->f);
  fputs("<code>", r->f);
  fg_html_text(r->f, file);
  fputs("</code>, beside the data that it names:</p>\n<pre><code>fugue sweep ", r->f);
  fg_html_shell(r->f, file);
  fputs(" -o ", r->f);
  fg_html_shell(r->f, folder);
  fputs("\nfugue report ", r->f);
  fg_html_shell(r->f, folder);
  fputs(
      " -o report.html</code></pre>\n<p>The same revision and data give the same numbers, but for times and memory of "
      "the processes.</p>\n<details>\n<summary>The specification, ",
      r->f);
  fg_html_text(r->f, file);
  fputs("</summary>\n<pre tabindex=\"0\"><code>", r->f);
  fg_html_text(r->f, spec->text ? spec->text : "");
  fputs("</code></pre>\n</details>\n", r->f);
}

void fg_report_provenance(struct fg_report *r) {
  struct provenance p = {.first = NULL};
  bool any = false;
  for (size_t i = 0; i < r->n_runs; i++)
    if (r->run[i].result->run) {
      count_record(&p, r->run[i].result->run);
      any = true;
    }
  fputs("<section id=\"provenance\">\n<h2>Provenance</h2>\n<div>\n", r->f);
  if (any)
    put_facts(r, &p);
  put_commands(r);
  fputs("</div>\n</section>\n", r->f);
}
