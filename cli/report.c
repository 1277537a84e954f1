/* fugue report: a sweep to one page that explains itself. */
#include "cli/report.h"

#include "cli/cli.h"
#include "cli/figures.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Write one self-contained page about a sweep: its question, what came out in sentences, configuration, figures, "
    "comparisons, all runs, and where the numbers come from.\v"
    "The page needs no network and nothing beside it. Of a sweep that is not finished it says so, and is made of what "
    "is "
    "there. Figures are those that the specification names (figures:), or a choice; gnuplot draws them.\n\n"
    "Examples:\n"
    "  fugue sweep quickstart.yaml -o quickstart-out\n"
    "  fugue report quickstart-out -o report.html\n"
    "FUGUE_REPORT may name another folder of the page's style and script (without it: the folder report beside "
    "FUGUE_PLOTS), FUGUE_PLOTS of the figures' templates. Exit "
    "codes: 0 done, 2 usage or bad input, 3 a fault while running.";

struct args {
  const char *dir, *out;
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "the page (required)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  switch (key) {
  case 'o':
    a->out = arg;
    return 0;
  case ARGP_KEY_ARG:
    if (a->dir)
      argp_error(state, "one sweep at a time");
    a->dir = arg;
    return 0;
  case ARGP_KEY_END:
    if (!a->dir)
      argp_error(state, "whose report? the folder of a sweep is missing");
    if (!a->out)
      argp_error(state, "-o FILE is missing");
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {options, parse, "DIR", doc, NULL, NULL, NULL};

/* Style and script: in $FUGUE_REPORT, or beside $FUGUE_PLOTS, so that a build that is not installed finds them;
 * otherwise where they are installed. */
static enum fg_err read_part(const char *name, char **text, struct fg_fault *fault) {
  const char *own = getenv("FUGUE_REPORT"), *plots = getenv("FUGUE_PLOTS");
  char path[FG_PATH_MAX];
  int n = own && *own       ? snprintf(path, sizeof path, "%s/%s", own, name)
          : plots && *plots ? snprintf(path, sizeof path, "%s/../report/%s", plots, name)
                            : snprintf(path, sizeof path, "%s/report/%s", FUGUE_DATADIR, name);
  if (n < 0 || n >= (int)sizeof path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "FUGUE_REPORT is too long");
  enum fg_err err = fg_html_slurp(path, text, fault);
  if (err == FG_EIO && fault) {
    size_t used = strlen(fault->text);
    snprintf(fault->text + used, sizeof fault->text - used, " (FUGUE_REPORT names the folder of the page's parts)");
  }
  return err;
}

/* ---- the page's own words */

static void put_head(struct fg_report *r, const char *style, const char *script) {
  char digest[FG_HTML_DIGEST];
  fg_html_digest(script, digest);
  fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
        r->f);
  /* nothing is loaded, and no script runs but the one below: whatever a title or a label may hold */
  fprintf(r->f,
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '%s'; style-src "
          "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n",
          digest);
  fputs("<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>", r->f);
  fg_html_text(r->f, r->results.spec.title);
  fprintf(r->f, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

/* "812 of 840 runs have ended: 790 done, 22 refused." */
static void put_counts(struct fg_report *r) {
  size_t pending = r->in_state[FG_RUN_PENDING], ended = r->n_runs - pending;
  bool any = false;
  if (pending || r->unplanned) {
    fputs("<p class=\"unfinished\" role=\"note\"><strong>This sweep is not finished.</strong> ", r->f);
    fprintf(r->f, "%zu of %zu runs have ended", ended, r->n_runs);
    if (r->unplanned)
      fputs(", and those at chosen points are not planned yet", r->f);
    fputs("; what follows is made of what is there.</p>\n", r->f);
  }
  fputs("<p class=\"counts\">", r->f);
  fprintf(r->f, "%zu run%s", r->n_runs, r->n_runs == 1 ? "" : "s");
  for (int state = 0; state < FG_RUN_STATES; state++)
    if (r->in_state[state]) {
      fprintf(r->f, "%s%zu %s", any ? ", " : ": ", r->in_state[state], fg_run_state_names[state]);
      any = true;
    }
  fputs("</p>\n", r->f);
}

static void put_title(struct fg_report *r) {
  const struct fg_sweep_spec *spec = &r->results.spec;
  bool figures = spec->n_figures > 0 || r->in_state[FG_RUN_DONE] > 0;
  fputs("<header>\n<h1>", r->f);
  fg_html_text(r->f, spec->title);
  fputs("</h1>\n", r->f);
  if (spec->question && *spec->question) {
    fputs("<p class=\"question\">", r->f);
    fg_html_text(r->f, spec->question);
    fputs("</p>\n", r->f);
  }
  put_counts(r);
  fprintf(r->f,
          "<nav aria-label=\"Sections\"><a href=\"#findings\">Key findings</a> <a href=\"#configuration\">Configuration"
          "</a> %s%s<a href=\"#runs\">All runs</a> <a href=\"#provenance\">Provenance</a></nav>\n</header>\n<main>\n",
          figures ? "<a href=\"#figures\">Figures</a> " : "",
          r->groups.n ? "<a href=\"#comparison\">Comparison</a> " : "");
}

static enum fg_err put_page(struct fg_report *r, const char *style, const char *script, struct fg_fault *fault) {
  put_head(r, style, script);
  put_title(r);
  fg_report_findings(r);
  fg_report_configuration(r);
  enum fg_err err = fg_report_figures(r, fault);
  if (err)
    return err;
  fg_report_comparison(r);
  fg_report_runs(r);
  fg_report_provenance(r);
  fprintf(r->f, "</main>\n<script>%s</script>\n</body>\n</html>\n", script);
  return FG_OK;
}

static enum fg_err report(const struct args *args, struct fg_report *r, struct fg_fault *fault) {
  struct fg_out out = {0};
  char *style = NULL, *script = NULL;
  enum fg_err err = fg_report_read(args->dir, r, fault);
  if (!err)
    err = read_part("style.css", &style, fault);
  if (!err)
    err = read_part("table.js", &script, fault);
  if (!err)
    err = fg_out_open(&out, args->out, fault);
  if (!err) {
    r->f = out.file;
    err = put_page(r, style, script, fault);
  }
  if (!err)
    err = fg_out_commit(&out, fault);
  if (!err) {
    unsigned drawn = r->figures - r->undrawn;
    printf("%s: %zu run%s, %u figure%s, %u tables\n", args->out, r->n_runs, r->n_runs == 1 ? "" : "s", drawn,
           drawn == 1 ? "" : "s", r->tables);
    if (r->undrawn)
      fprintf(stderr, "fugue: %u figure%s could not be drawn; the page says why\n", r->undrawn,
              r->undrawn == 1 ? "" : "s");
  } else {
    fg_out_discard(&out);
  }
  free(style);
  free(script);
  return err;
}

int fg_cli_report(int argc, char **argv) {
  struct args args = {0};
  struct fg_fault fault = {.line = 0};
  struct fg_report *r = calloc(1, sizeof *r);
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  enum fg_err err = r ? report(&args, r, &fault) : FG_ENOMEM;
  if (r)
    fg_report_free(r);
  free(r);
  return err ? fg_cli_fault(err, &fault) : 0;
}
