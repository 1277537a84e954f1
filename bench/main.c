/* bench/bench: measures what the code takes. The command line. */
#include "bench/drive.h"
#include "bench/report.h"
#include "bench/serve.h"

#include "core/facts.h"
#include "core/spec.h"

#include <argp.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEY_SERVE = 1000, KEY_SIZE, KEY_QUICK, KEY_JSON, KEY_AGAINST, KEY_VS, KEY_LIST };

struct args {
  struct fg_bench_options options;
  const char *serve;
  bool list;
};

static void parse_size(struct argp_state *state, const char *text, enum fg_bench_size *size) {
  for (int s = FG_BENCH_TINY; s <= FG_BENCH_FULL; s++)
    if (strcmp(text, fg_bench_size_names[s]) == 0) {
      *size = (enum fg_bench_size)s;
      return;
    }
  argp_error(state, "--size %s: tiny, quick or full is expected", text);
}

/* Every part of --only must be the beginning of something that is there. */
static void check_only(struct argp_state *state, const char *only, enum fg_bench_size size) {
  char part[2 * FG_BENCH_NAME], name[FG_BENCH_NAME];
  for (const char *at = only; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    bool found = false;
    snprintf(part, sizeof part, "%.*s", (int)strcspn(at, ","), at);
    for (size_t g = 0; fg_bench_groups[g] && !found; g++)
      for (size_t i = 0; !found && fg_bench_groups[g]->name_case(size, i, name); i++)
        found = fg_bench_wanted(part, fg_bench_groups[g], name);
    if (!found)
      argp_error(state, "--only %s: nothing is called so (--list shows what there is)", part);
  }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct args *a = state->input;
  uint64_t n;
  switch (key) {
  case 'o':
    a->options.only = arg;
    return 0;
  case KEY_QUICK:
    a->options.size = FG_BENCH_QUICK;
    return 0;
  case KEY_SIZE:
    parse_size(state, arg, &a->options.size);
    return 0;
  case 'r':
    if (!fg_parse_u64(arg, &n) || n < 1 || n > FG_BENCH_REPEATS_MAX)
      argp_error(state, "--repeat %s: a number from 1 to %d is expected", arg, FG_BENCH_REPEATS_MAX);
    a->options.repeats = (size_t)n;
    return 0;
  case KEY_JSON:
    a->options.json = arg;
    return 0;
  case KEY_AGAINST:
    a->options.against = arg;
    return 0;
  case KEY_VS:
    a->options.vs = arg;
    return 0;
  case KEY_LIST:
    a->list = true;
    return 0;
  case KEY_SERVE:
    a->serve = arg;
    return 0;
  case ARGP_KEY_ARG:
    argp_error(state, "'%s': there are options only", arg);
    return 0;
  case ARGP_KEY_END:
    if (a->options.only)
      check_only(state, a->options.only, a->options.size);
    if (a->options.vs && a->options.against)
      argp_error(state, "--vs and --against are two ways to compare");
    if (a->options.vs && access(a->options.vs, X_OK) != 0)
      argp_error(state, "--vs %s: no program", a->options.vs);
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"only", 'o', "NAME[,...]", 0, "groups, or cases whose GROUP/CASE begins so", 0},
    {"quick", KEY_QUICK, NULL, 0, "fewer and smaller cases, in less than a minute", 0},
    {"size", KEY_SIZE, "SIZE", 0, "tiny (does everything work?), quick or full [full]", 0},
    {"repeat", 'r', "N", 0, "repetitions of each case [5]", 0},
    {"json", KEY_JSON, "FILE", 0, "write the results there, too", 0},
    {"vs", KEY_VS, "PROGRAM", 0, "bench/bench of another build: repetitions take turns, and gains are of pairs", 0},
    {"against", KEY_AGAINST, "FILE", 0, "gains over an earlier --json of this machine", 0},
    {"list", KEY_LIST, NULL, 0, "show the cases and measure nothing", 0},
    {"serve", KEY_SERVE, "GROUP/CASE", OPTION_HIDDEN, NULL, 0},
    {0},
};

static char *describe(int key, const char *text, void *input) {
  (void)input;
  if (key != ARGP_KEY_HELP_EXTRA)
    return (char *)text;
  char *out = NULL;
  size_t size;
  FILE *f = open_memstream(&out, &size);
  if (!f)
    return NULL;
  fputs("Groups:\n", f);
  for (size_t g = 0; fg_bench_groups[g]; g++)
    fprintf(f, "  %-10s %s\n", fg_bench_groups[g]->name, fg_bench_groups[g]->summary);
  fputs("\nExamples:\n"
        "  bench/bench --quick\n"
        "  bench/bench --only machine,kernels/mf --repeat 9 --json mf.json\n"
        "  bench/bench --only kernels/lda --vs ../before/bench/bench\n"
        "Exit codes: 0 done, 2 usage or bad input, 3 something could not be measured.",
        f);
  return fclose(f) == 0 ? out : NULL;
}

static const struct argp argp = {
    options, parse,    NULL, "Measure: kernels, ingest, the simulator. Times are CPU times; nothing judges them.\v",
    NULL,    describe, NULL};

static int list_cases(const struct fg_bench_options *o) {
  char name[FG_BENCH_NAME];
  for (size_t g = 0; fg_bench_groups[g]; g++)
    for (size_t i = 0; fg_bench_groups[g]->name_case(o->size, i, name); i++)
      if (fg_bench_wanted(o->only, fg_bench_groups[g], name))
        printf("%s/%s\n", fg_bench_groups[g]->name, name);
  return 0;
}

static int serve(const struct args *args) {
  const char *slash = strchr(args->serve, '/');
  for (size_t g = 0; fg_bench_groups[g] && slash; g++)
    if (strlen(fg_bench_groups[g]->name) == (size_t)(slash - args->serve) &&
        strncmp(fg_bench_groups[g]->name, args->serve, (size_t)(slash - args->serve)) == 0)
      return fg_bench_serve(fg_bench_groups[g], args->options.size, slash + 1);
  printf("failed there is no case %s\n", args->serve);
  return 2;
}

static int measure_group(const struct fg_bench_options *o, const struct fg_bench_group *group,
                         const struct fg_facts *earlier, struct fg_bench_host *host, struct fg_bench_results *results) {
  const bool gains = o->vs || o->against;
  char name[FG_BENCH_NAME];
  int code = 0;
  bool headed = false;
  for (size_t i = 0; group->name_case(o->size, i, name); i++) {
    if (!fg_bench_wanted(o->only, group, name))
      continue;
    if (!headed)
      fg_bench_print_group(group, gains, stdout);
    headed = true;
    struct fg_bench_result result = {.group = group};
    snprintf(result.name, sizeof result.name, "%s", name);
    struct fg_bench_result *kept;
    if (fg_bench_measure_case(o, "/proc/self/exe", results, &result, host->vs_revision) ||
        !(kept = fg_bench_results_add(results))) {
      fprintf(stderr, "bench: out of memory\n");
      return 3;
    }
    if (o->against && !result.failure[0])
      fg_bench_against(earlier, &result);
    *kept = result;
    fg_bench_print_result(kept, gains, stdout);
    code = kept->failure[0] ? 3 : code;
  }
  return code;
}

static int complain(enum fg_err err, const struct fg_fault *fault) {
  char text[2200];
  fg_fault_format(fault, err, text, sizeof text);
  fprintf(stderr, "bench: %s\n", text);
  return fg_err_exit_code(err);
}

static int measure(const struct fg_bench_options *o) {
  struct fg_bench_results results = {0};
  struct fg_bench_host host;
  struct fg_facts earlier = {0};
  struct fg_fault fault = {0};
  int code = 0;
  fg_bench_host_find(&host);
  enum fg_err err = o->against ? fg_bench_against_read(o->against, o->size, &host, &earlier, &fault) : FG_OK;
  if (!err && o->json)
    err = fg_bench_check_json(o->json, &fault);
  if (!err)
    fg_bench_print_host(o, &host, stdout);
  for (size_t g = 0; fg_bench_groups[g] && !err; g++) {
    int of_group = measure_group(o, fg_bench_groups[g], &earlier, &host, &results);
    code = of_group ? of_group : code;
  }
  if (!err && o->json)
    err = fg_bench_write_json(o->json, o, &host, &results, &fault);
  fg_bench_results_free(&results);
  fg_facts_free(&earlier);
  return err ? complain(err, &fault) : code;
}

int main(int argc, char **argv) {
  struct args args = {.options = {.size = FG_BENCH_FULL, .repeats = 5}};
  argp_err_exit_status = 2;
  gsl_set_error_handler_off();
  signal(SIGPIPE, SIG_IGN); /* of a server that died */
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  if (args.serve)
    return serve(&args);
  return args.list ? list_cases(&args.options) : measure(&args.options);
}
