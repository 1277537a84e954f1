/* fugue plot --figure gantt of a sweep: the run folders that it kept, one per combination. */
#include "cli/figures.h"
#include "cli/place.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PANELS_MAX = 4 };

/* The first seed whose run folder is kept. */
static bool find_folder(const struct fg_sweep_results *results, const struct fg_sweep_group *group, char *path) {
  for (size_t i = 0; i < group->n; i++) {
    char name[FG_RUN_ID + 8], trace[FG_PATH_MAX + 16];
    snprintf(name, sizeof name, "runs/%s", group->member[i]->entry.id);
    if (fg_path_join(results->dir, name, path, NULL))
      continue;
    snprintf(trace, sizeof trace, "%s/trace.csv", path);
    if (access(trace, R_OK) == 0)
      return true;
  }
  return false;
}

static enum fg_err read_all(const struct fg_plot_job *job, const struct fg_placing *p, struct fg_plot_run *runs,
                            char (*path)[FG_PATH_MAX], size_t *n, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; !err && i < p->n; i++) {
    const struct fg_placed *q = &p->placed[i];
    if (q->group->refused || !find_folder(job->results, q->group, path[*n]))
      continue;
    if (*n == PANELS_MAX)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "a gantt chart shows at most %d runs: --where AXIS=LABEL|LABEL chooses",
                     PANELS_MAX);
    err = fg_plot_run_read(path[*n], &runs[*n], fault);
    snprintf(runs[*n].label, sizeof runs[*n].label, "%s%s%s", p->panel[q->panel],
             *p->panel[q->panel] && *p->name[q->series] ? ", " : "", p->name[q->series]);
    ++*n;
  }
  return err || *n ? err
                   : fg_fail(fault, FG_EINPUT, job->results->dir, 0,
                             "no run folder with a trace is there: `keep: first` in the specification keeps some");
}

enum fg_err fg_plot_gantt_sweep(const struct fg_plot_job *job, struct fg_fault *fault) {
  struct fg_placing p = {.n = 0};
  struct fg_plot_run runs[PANELS_MAX] = {{.dir = NULL}};
  char(*path)[FG_PATH_MAX] = calloc(PANELS_MAX + 1, sizeof *path);
  size_t n = 0;
  enum fg_err err = path ? fg_place(job->results, job->where, NULL, FG_SERIES_ALL, FG_ABSENT, &job->options, &p, fault)
                         : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  if (!err)
    err = read_all(job, &p, runs, path, &n, fault);
  if (!err) {
    struct fg_plot_job of_runs = *job;
    of_runs.runs = runs;
    of_runs.n_runs = n;
    err = fg_plot_gantt(&of_runs, fault);
  }
  for (size_t i = 0; i < PANELS_MAX; i++)
    fg_plot_run_free(&runs[i]);
  free(path);
  fg_placing_free(&p);
  return err;
}
