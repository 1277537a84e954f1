/* fugue plot: the table of figures. */
#include "cli/figures.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

const struct fg_figure_type fg_figure_types[] = {
    {"convergence", "metric against time, updates or epochs: median over seeds with its interval as a band",
     .of_sweep = fg_plot_curves, .of_runs = fg_plot_convergence, .y = "test_metric"},
    {"lines", "any number, or ratio, reach_s, against any axis or number, a line per series", .of_sweep = fg_plot_lines,
     .y = "time_s"},
    {"speedup", "how many times as fast to the goal as with the fewest workers, and the ideal",
     .of_sweep = fg_plot_lines, .x = "workers", .y = "speedup", .log = "xy", .guide = FG_GUIDE_IDEAL},
    {"target", "time to the goal against how bad stragglers are (or any axis)", .of_sweep = fg_plot_lines,
     .x = "straggler", .y = "reach_s"},
    {"ratios", "how many times as fast as the baseline, a row per strategy, a mark per series",
     .of_sweep = fg_plot_ratios, .y = "ratio", .log = "x"},
    {"shares", "what workers spend their time on: required and extra work, waiting, hand-off, the rest",
     .of_sweep = fg_plot_shares},
    {"gantt", "what every worker did when, of runs whose folders are kept", .of_sweep = fg_plot_gantt_sweep,
     .of_runs = fg_plot_gantt},
    {"atoms",
     "columns of the data that are images: what a model's latent dimensions look like, as a grid (DIR: of a run)",
     .of_runs = fg_plot_atoms, .of_model = true},
    {"communities", "memberships of the rows, ordered by community, or topic (DIR: of a run)",
     .of_runs = fg_plot_communities, .of_model = true},
    {"chains", "of a sampler: traces of all chains (seeds) of each setting, with R-hat and effective sample size",
     .of_sweep = fg_plot_chains, .of_runs = fg_plot_chains_runs},
    {"ess", "of a sampler: effective sample size a second of each setting", .of_sweep = fg_plot_lines, .x = "sync",
     .y = "ess_per_s"},
    {"extras", "histogram of the extra updates of a visit", .of_sweep = fg_plot_histogram, .x = "extra"},
    {"lead", "by how many visits a worker is ahead of the slowest: staleness", .of_sweep = fg_plot_histogram,
     .x = "lead"},
    {"variance", "what a claim says and what was measured, with intervals (DIR: of fugue verify)",
     .of_findings = fg_plot_variance},
    {"memory", "parameters of a host against the number of workers", .of_sweep = fg_plot_lines, .x = "workers",
     .y = "host_params_bytes", .log = "xy"},
    {"traffic", "bytes sent against the number of workers", .of_sweep = fg_plot_lines, .x = "workers",
     .y = "bytes_sent", .log = "xy"},
    {"cost-of-scale", "traffic and memory against the number of workers", .of_sweep = fg_plot_lines, .x = "workers",
     .y = "bytes_sent,host_params_bytes", .log = "xy"},
    {"cost", "time of an epoch (--y cpu_s: CPU time) against the size of the problem", .of_sweep = fg_plot_lines,
     .x = "points", .y = "time_s", .by = "epochs", .log = "xy", .guide = FG_GUIDE_SLOPE},
    {"agreement", "real runs against simulated ones: the axis `stage`", .of_sweep = fg_plot_agreement, .y = "time_s"},
    {.name = NULL},
};

const struct fg_figure_type *fg_figure_find(const char *name, struct fg_fault *fault) {
  char names[600] = "";
  for (const struct fg_figure_type *t = fg_figure_types; t->name; t++) {
    if (strcmp(t->name, name) == 0)
      return t;
    size_t n = strlen(names);
    snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", t->name);
  }
  fg_fail(fault, FG_EUSAGE, NULL, 0, "--figure %s: one of %s is expected", name, names);
  return NULL;
}

enum fg_err fg_plot_log_check(const char *log, struct fg_fault *fault) {
  static const char *const words[] = {"x", "y", "xy", "none"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (!log || strcmp(log, words[i]) == 0)
      return FG_OK;
  return fg_fail(fault, FG_EUSAGE, NULL, 0, "--log %s: x, y, xy or none is expected", log);
}

enum fg_err fg_plot_draw(struct fg_plot_job *job, struct fg_fault *fault) {
  const struct fg_figure_type *type = fg_figure_find(job->options.figure, fault);
  struct fg_plot_options *o = &job->options;
  if (!type)
    return FG_EUSAGE;
  fg_figure_make *make = job->results ? type->of_sweep : job->runs ? type->of_runs : type->of_findings;
  if (!make && job->results)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--figure %s is not drawn from a sweep: %s", type->name, type->help);
  if (!make && job->runs)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--figure %s is drawn from %s, not from run directories", type->name,
                   type->of_sweep ? "a sweep" : "what fugue verify -o writes");
  if (!make)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--figure %s is not drawn from findings", type->name);
  enum fg_err err = fg_plot_log_check(o->log, fault);
  if (err)
    return err;
  job->type = type;
  o->x = o->x ? o->x : type->x;
  o->y = o->y ? o->y : type->y;
  o->log = o->log ? o->log : type->log;
  return make(job, fault);
}

/* ---- figures that a specification names */

enum fg_err fg_plot_set_option(struct fg_plot_options *o, const struct fg_sweep_setting *s, const char *path,
                               struct fg_fault *fault) {
  const struct {
    const char *name, **to;
  } texts[] = {{"x", &o->x},     {"y", &o->y},      {"series", &o->series},       {"panel", &o->panel},
               {"log", &o->log}, {"metric", &o->y}, {"reference", &o->reference}, {"mark", &o->series}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strcmp(texts[i].name, s->option) == 0) {
      *texts[i].to = s->value;
      return FG_OK;
    }
  enum fg_err err = fg_plot_option_number(o, s->option, s->value, fault);
  if (err && fault) {
    snprintf(fault->file, sizeof fault->file, "%.1000s", path);
    fault->line = s->line;
  }
  return err;
}

enum fg_err fg_plot_sweep_figure(const struct fg_sweep_results *results, const struct fg_sweep_figure *figure,
                                 const char *output, struct fg_fault *fault) {
  struct fg_plot_job job = {.results = results, .where = &figure->where};
  enum fg_err err = FG_OK;
  fg_plot_options_init(&job.options);
  job.options.figure = figure->figure;
  job.options.output = output;
  for (size_t i = 0; !err && i < figure->option.n; i++)
    err = fg_plot_set_option(&job.options, &figure->option.setting[i], results->spec.path, fault);
  if (err)
    return err;
  err = fg_plot_draw(&job, fault);
  if (err && fault && !fault->file[0] && fg_err_exit_code(err) == 2) { /* which figure it is */
    snprintf(fault->file, sizeof fault->file, "%.1000s", results->spec.path);
    fault->line = figure->line;
  }
  return err;
}

enum fg_err fg_plot_sweep_all(const struct fg_sweep_results *results, const char *folder, const char *formats,
                              struct fg_fault *fault) {
  enum fg_err last = FG_OK;
  const struct fg_sweep_spec *spec = &results->spec;
  if (spec->n_figures == 0)
    return fg_fail(fault, FG_EUSAGE, spec->path, 0, "names no `figures:` (--figure NAME draws one, --list lists them)");
  if (mkdir(folder, 0777) != 0 && errno != EEXIST)
    return fg_fail(fault, FG_EUSAGE, folder, 0, "cannot be made: %s", strerror(errno));
  for (size_t i = 0; i < spec->n_figures; i++)
    for (const char *format = formats; *format; format += strcspn(format, ","), format += *format == ',') {
      char name[FG_PATH_MAX / 4], path[FG_PATH_MAX];
      const struct fg_sweep_figure *figure = &spec->figure[i];
      struct fg_fault one = {.line = 0};
      snprintf(name, sizeof name, "%s.%.*s", figure->name && *figure->name ? figure->name : figure->figure,
               (int)strcspn(format, ","), format);
      enum fg_err err = fg_path_join(folder, name, path, &one);
      if (!err)
        err = fg_plot_sweep_figure(results, figure, path, &one);
      if (!err)
        continue;
      if (one.file[0] == 0 && fg_err_exit_code(err) == 3) { /* no gnuplot: the others cannot be drawn either */
        *fault = one;
        return err;
      }
      if (last) { /* the last one is told by who asked */
        char text[2200];
        fg_fault_format(fault, last, text, sizeof text);
        fprintf(stderr, "fugue: %s\n", text);
      }
      *fault = one;
      last = err;
      break;
    }
  return last;
}
