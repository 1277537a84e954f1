/* fugue verify: what came of a claim, as a file that programs read. */
#include "cli/verify.h"

#include "cli/revision.h"
#include "core/facts.h"
#include "core/files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put_text(FILE *f, const char *key, const char *text) {
  fprintf(f, "  \"%s\": ", key);
  fg_facts_quote(f, text);
  fputs(",\n", f);
}

/* JSON has no infinity, and no NaN */
static void put_number(FILE *f, const char *key, double x) {
  if (isfinite(x))
    fprintf(f, ", \"%s\": %.10g", key, x);
  else
    fprintf(f, ", \"%s\": %s", key, isnan(x) ? "null" : x > 0 ? "\"inf\"" : "\"-inf\"");
}

static void put_finding(FILE *f, const char *variant, const struct fg_finding *x, bool first) {
  static const char *const verdicts[] = {"holds", "violated", "reported", "not applicable"};
  static const char *const relations[] = {"=", "<=", ">="};
  fprintf(f, "%s\n    {\"variant\": ", first ? "" : ",");
  fg_facts_quote(f, variant);
  fprintf(f, ", \"verdict\": \"%s\", \"text\": ", verdicts[fg_finding_verdict(x)]);
  fg_facts_quote(f, x->text);
  fprintf(f, ", \"relation\": \"%s\"", relations[x->relation]);
  put_number(f, "bound", x->bound);
  put_number(f, "measured", x->measured);
  put_number(f, "low", x->low);
  put_number(f, "high", x->high);
  fprintf(f, ", \"samples\": %llu", (unsigned long long)x->samples);
  if (x->series) {
    fprintf(f, ", \"panel\": %u, \"series\": ", x->panel);
    fg_facts_quote(f, x->series);
    put_number(f, "x", x->x);
  }
  if (x->not_applicable) {
    fputs(", \"not_applicable\": ", f);
    fg_facts_quote(f, x->not_applicable);
  }
  fputc('}', f);
}

static void put_claim(FILE *f, const struct fg_verify_result *r) {
  const struct fg_claim *c = r->claim;
  const struct fg_outcome *o = r->outcome;
  bool first = true;
  fputs("{\n", f);
  put_text(f, "id", c->id);
  put_text(f, "title", c->title);
  put_text(f, "kind", fg_claim_kind_name(c->kind));
  put_text(f, "verdict", fg_verify_word(c, o));
  put_text(f, "statement", c->statement);
  put_text(f, "assumptions", c->assumptions);
  put_text(f, "source", c->source);
  put_text(f, "proved", c->proved ? c->proved : "");
  put_text(f, "version", FUGUE_VERSION);
  put_text(f, "revision", FUGUE_REVISION);
  put_text(f, "effort", r->lab->full ? "full" : "quick");
  fprintf(f, "  \"seed\": %llu,\n  \"level\": %.17g,\n  \"power\": %g,\n  \"seconds\": %.3f,\n",
          (unsigned long long)r->lab->seed, r->lab->level, c->power, r->seconds);
  fputs("  \"controls\": [", f);
  for (unsigned v = 0; v < fg_claim_controls(c); v++) {
    fprintf(f, "%s\n    {\"name\": ", v ? "," : "");
    fg_facts_quote(f, c->controls[v].name);
    fputs(", \"breaks\": ", f);
    fg_facts_quote(f, c->controls[v].breaks);
    const struct fg_finding *worst = fg_findings_worst(&o->control[v]);
    bool rejected = worst && fg_finding_verdict(worst) == FG_VIOLATED;
    fprintf(f, ", \"rejected\": %s", rejected ? "true" : "false");
    if (rejected) {
      fputs(", \"by\": ", f);
      fg_facts_quote(f, worst->text);
    }
    fputc('}', f);
  }
  fputs("\n  ],\n  \"findings\": [", f);
  for (size_t i = 0; i < o->real.n; i++, first = false)
    put_finding(f, "real", &o->real.finding[i], first);
  for (unsigned v = 0; v < fg_claim_controls(c); v++)
    for (size_t i = 0; i < o->control[v].n; i++, first = false)
      put_finding(f, c->controls[v].name, &o->control[v].finding[i], first);
  fputs("\n  ]\n}\n", f);
}

static enum fg_err path_of(const struct fg_claim *claim, const char *dir, char *path, struct fg_fault *fault) {
  char name[64];
  snprintf(name, sizeof name, "%s.json", claim->id);
  return fg_path_join(dir, name, path, fault);
}

enum fg_err fg_verify_write(const struct fg_verify_result *r, const char *dir, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  struct fg_out *out = calloc(1, sizeof *out);
  enum fg_err err = out ? path_of(r->claim, dir, path, fault) : FG_ENOMEM;
  if (!err)
    err = fg_out_open(out, path, fault);
  if (!err) {
    put_claim(out->file, r);
    err = fg_out_commit(out, fault);
  }
  free(out);
  return err;
}

static bool is(const struct fg_facts *facts, const char *key, const char *value) {
  const char *found = fg_facts_find(facts, key);
  return found && strcmp(found, value) == 0;
}

/* A dirty revision names many programs: of this one is only what was written after it was built. */
static bool same_program(const struct fg_facts *facts, const char *path) {
  struct stat program, file;
  if (!is(facts, "version", FUGUE_VERSION) || !is(facts, "revision", FUGUE_REVISION))
    return false;
  return !strstr(FUGUE_REVISION, "dirty") ||
         (stat("/proc/self/exe", &program) == 0 && stat(path, &file) == 0 && file.st_mtime >= program.st_mtime);
}

enum fg_err fg_verify_known(const struct fg_claim *claim, const struct fg_lab *lab, const char *dir, bool *known,
                            bool *good, struct fg_fault *fault) {
  char path[FG_PATH_MAX], seed[32], level[32];
  struct fg_facts facts = {0};
  *known = false;
  enum fg_err err = path_of(claim, dir, path, fault);
  if (err || access(path, F_OK) != 0)
    return err;
  err = fg_facts_read(path, &facts, fault);
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)lab->seed);
  snprintf(level, sizeof level, "%.17g", lab->level);
  if (!err)
    *known = same_program(&facts, path) && is(&facts, "seed", seed) && is(&facts, "level", level) &&
             is(&facts, "effort", lab->full ? "full" : "quick");
  const char *verdict = *known ? fg_facts_find(&facts, "verdict") : NULL;
  if (verdict) {
    printf("%-3s %-34s %-11s %-8s as checked before (%s)\n", claim->id, claim->title, fg_claim_kind_name(claim->kind),
           verdict, path);
    *good &= strcmp(verdict, "FAILS") != 0 && strcmp(verdict, "BLIND") != 0;
  }
  fg_facts_free(&facts);
  return err;
}
