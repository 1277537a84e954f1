/* What is said of results. */
#include "bench/report.h"

#include "bench/serve.h"
#include "cli/revision.h"
#include "core/facts.h"
#include "core/files.h"

#include <math.h>
#include <string.h>

void fg_bench_host_find(struct fg_bench_host *host) {
  char line[256];
  FILE *f = fopen("/proc/cpuinfo", "r");
  memset(host, 0, sizeof *host);
  host->compiler = "C compiler " __VERSION__;
  host->revision = FUGUE_REVISION;
  host->isa = fg_bench_isa();
  while (f && !host->cpu[0] && fgets(line, sizeof line, f))
    if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
      line[strcspn(line, "\n")] = 0;
      snprintf(host->cpu, sizeof host->cpu, "%.120s", strchr(line, ':') + 2);
    }
  if (f)
    fclose(f);
  if (!host->cpu[0])
    snprintf(host->cpu, sizeof host->cpu, "unknown");
}

void fg_bench_print_host(const struct fg_bench_options *o, const struct fg_bench_host *host, FILE *to) {
  fprintf(to, "fugue %s, %s, %s; %s\n", host->revision, host->compiler, host->isa, host->cpu);
  fprintf(to, "size %s, medians of %zu (least .. most); CPU time\n", fg_bench_size_names[o->size], o->repeats);
  if (o->vs)
    fprintf(to, "gain over %s, pair by pair: above 1 this build is better\n", o->vs);
  if (host->against[0])
    fprintf(to, "gain over %s: above 1 this build is better\n", host->against);
}

void fg_bench_print_group(const struct fg_bench_group *group, bool gains, FILE *to) {
  fprintf(to, "\n%-*s", 36, group->name);
  for (size_t m = 0; m < fg_bench_measures(group); m++) {
    char head[64];
    snprintf(head, sizeof head, "%s [%s]", group->measure[m].name, group->measure[m].unit);
    fprintf(to, "  %-26s", head);
    if (gains)
      fprintf(to, "  %-18s", "gain");
  }
  fputc('\n', to);
}

static void print_spread(const struct fg_bench_spread *s, int width, FILE *to) {
  char text[96];
  if (isnan(s->median))
    snprintf(text, sizeof text, "-");
  else if (s->least == s->most)
    snprintf(text, sizeof text, "%.4g", s->median);
  else
    snprintf(text, sizeof text, "%.4g (%.4g .. %.4g)", s->median, s->least, s->most);
  fprintf(to, "  %-*s", width, text);
}

void fg_bench_print_result(const struct fg_bench_result *r, bool gains, FILE *to) {
  fprintf(to, "%-*s", 36, r->name);
  if (r->failure[0])
    fprintf(to, "  not measured: %s", r->failure);
  for (size_t m = 0; m < fg_bench_measures(r->group) && !r->failure[0]; m++) {
    print_spread(&r->value[m], 26, to);
    if (gains)
      print_spread(&r->gain[m], 18, to);
  }
  fputc('\n', to);
  fflush(to);
}

static void put_text(FILE *f, const char *before, const char *name, const char *text) {
  fputs(before, f);
  fg_facts_quote(f, name);
  fputs(": ", f);
  fg_facts_quote(f, text);
}

static void put_number(FILE *f, const char *name, double value) {
  fprintf(f, ", \"%s\": ", name);
  if (isfinite(value))
    fprintf(f, "%.9g", value);
  else
    fputs("null", f);
}

static void put_result(FILE *f, const struct fg_bench_result *r) {
  put_text(f, "    {", "group", r->group->name);
  put_text(f, ", ", "case", r->name);
  if (r->failure[0])
    put_text(f, ", ", "failure", r->failure);
  fprintf(f, ", \"repeats\": %zu, \"measures\": [", r->repeats);
  for (size_t m = 0; m < fg_bench_measures(r->group) && !r->failure[0]; m++) {
    put_text(f, m ? ",\n      {" : "\n      {", "name", r->group->measure[m].name);
    put_text(f, ", ", "unit", r->group->measure[m].unit);
    put_number(f, "median", r->value[m].median);
    put_number(f, "min", r->value[m].least);
    put_number(f, "max", r->value[m].most);
    if (!isnan(r->gain[m].median)) {
      put_number(f, "gain", r->gain[m].median);
      put_number(f, "gain_min", r->gain[m].least);
      put_number(f, "gain_max", r->gain[m].most);
    }
    fputs("}", f);
  }
  fputs("]}", f);
}

enum fg_err fg_bench_check_json(const char *path, struct fg_fault *fault) {
  struct fg_out out = {0};
  enum fg_err err = fg_out_open(&out, path, fault);
  fg_out_discard(&out);
  return err;
}

enum fg_err fg_bench_write_json(const char *path, const struct fg_bench_options *o, const struct fg_bench_host *host,
                                const struct fg_bench_results *results, struct fg_fault *fault) {
  struct fg_out out = {0};
  enum fg_err err = fg_out_open(&out, path, fault);
  if (err)
    return err;
  FILE *f = out.file;
  put_text(f, "{\n  ", "revision", host->revision);
  put_text(f, ",\n  ", "compiler", host->compiler);
  put_text(f, ",\n  ", "isa", host->isa);
  put_text(f, ",\n  ", "cpu", host->cpu);
  put_text(f, ",\n  ", "size", fg_bench_size_names[o->size]);
  if (host->vs_revision[0])
    put_text(f, ",\n  ", "vs_revision", host->vs_revision);
  if (host->against[0])
    put_text(f, ",\n  ", "against", host->against);
  fputs(",\n  \"results\": [\n", f);
  for (size_t i = 0; i < results->n; i++) {
    if (i)
      fputs(",\n", f);
    put_result(f, &results->result[i]);
  }
  fputs("\n  ]\n}\n", f);
  return fg_out_commit(&out, fault);
}
