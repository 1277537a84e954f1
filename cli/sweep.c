/* fugue sweep: a specification in, a database of runs out. */
#include "cli/sweep.h"

#include "cli/cli.h"
#include "cli/figures.h"
#include "cli/interrupt.h"
#include "cli/revision.h"
#include "sweep/arena.h"
#include "sweep/folders.h"

#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_STATUS = 900, KEY_RETRY, KEY_TIMEOUT, KEY_TASK, KEY_EMIT, KEY_TASKS, KEY_MERGE, KEY_MPIEXEC };

static unsigned whole(struct argp_state *state, const char *option, const char *arg, uint64_t most) {
  uint64_t n = 0;
  if (!fg_parse_u64(arg, &n) || n < 1 || n > most)
    argp_error(state, "--%s %s: a whole number from 1 to %llu is expected", option, arg, (unsigned long long)most);
  return (unsigned)n;
}

/* K/N */
static void parse_task(struct argp_state *state, const char *arg, struct fg_sweep_args *a) {
  char k[16];
  const char *slash = strchr(arg, '/');
  uint64_t task = 0, of = 0;
  if (slash && (size_t)(slash - arg) < sizeof k) {
    snprintf(k, sizeof k, "%.*s", (int)(slash - arg), arg);
    if (fg_parse_u64(k, &task) && fg_parse_u64(slash + 1, &of) && task >= 1 && task <= of && of <= 100000) {
      a->task = (unsigned)task;
      a->of = (unsigned)of;
      return;
    }
  }
  argp_error(state, "--task %s: K/N with 1 <= K <= N is expected", arg);
}

static void check_together(struct argp_state *state, const struct fg_sweep_args *a) {
  static const char *const names[] = {"dry-run", "status", "merge", "emit", "task"};
  const bool given[] = {a->dry_run, a->status, a->merge, a->emit, a->task > 0};
  const char *first = NULL;
  for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
    if (given[i] && first)
      argp_error(state, "--%s and --%s do not go together", first, names[i]);
    first = given[i] ? names[i] : first;
  }
  if (a->tasks && !a->emit)
    argp_error(state, "--tasks is for --emit");
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  struct fg_sweep_args *a = state->input;
  switch (key) {
  case 'j':
    a->jobs = whole(state, "jobs", arg, 1024);
    a->given_jobs = true;
    return 0;
  case 'o':
    a->out = arg;
    return 0;
  case 'n':
    a->dry_run = true;
    return 0;
  case KEY_STATUS:
    a->status = true;
    return 0;
  case KEY_RETRY:
    a->retry = true;
    return 0;
  case KEY_TIMEOUT:
    if (!fg_sweep_duration(arg, &a->timeout_s))
      argp_error(state, "--timeout %s: a time such as 30s, 10min or 2h is expected", arg);
    return 0;
  case KEY_TASK:
    parse_task(state, arg, a);
    return 0;
  case KEY_EMIT:
    if (strcmp(arg, "slurm") != 0)
      argp_error(state, "--emit %s: slurm is what there is", arg);
    a->emit = true;
    return 0;
  case KEY_TASKS:
    a->tasks = whole(state, "tasks", arg, 100000);
    return 0;
  case KEY_MERGE:
    a->merge = true;
    return 0;
  case KEY_MPIEXEC:
    a->mpiexec = arg;
    return 0;
  case 'q':
    a->quiet = true;
    return 0;
  case 'v':
    a->verbose = true;
    return 0;
  case ARGP_KEY_ARG:
    if (a->what)
      argp_error(state, "one specification at a time");
    a->what = arg;
    return 0;
  case ARGP_KEY_NO_ARGS:
    argp_error(state, "what? a specification, or the folder of a sweep, is missing");
    return 0;
  case ARGP_KEY_END:
    check_together(state, a);
    return 0;
  }
  return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"jobs", 'j', "N", 0, "runs at a time [as many as cores]; one of P ranks counts as P", 0},
    {"output", 'o', "DIR", 0, "folder of the sweep [the specification's name and -out, in the current folder]", 0},
    {"dry-run", 'n', 0, 0, "print what there is to run, and how long that may take; change nothing", 0},
    {"status", KEY_STATUS, 0, 0, "print what has come of the sweep so far; also while it goes on", 0},
    {"retry", KEY_RETRY, 0, 0, "repeat runs that failed or ran out of time", 0},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "of a run: 30s, 10min, 2h [the specification's]", 0},
    {"task", KEY_TASK, "K/N", 0, "make the K-th of N parts, into a database of its own", 0},
    {"emit", KEY_EMIT, "slurm", 0, "write scripts that make the sweep as an array of such tasks", 0},
    {"tasks", KEY_TASKS, "N", 0, "for --emit: parts [a fourth of the runs, 32 at most]", 0},
    {"merge", KEY_MERGE, 0, 0, "take over the databases of tasks", 0},
    {"mpiexec", KEY_MPIEXEC, "COMMAND", 0, "starts ranks of fugue-mpi, for stage mpi [$MPIEXEC, or mpirun]", 0},
    {"verbose", 'v', 0, 0, "with --dry-run or --status: a line for each run", 0},
    {"quiet", 'q', 0, 0, "no progress, no summary", 0},
    {0},
};

static const struct argp argp = {
    options,
    parse,
    "SPEC.yaml|DIR",
    "Run all that a specification asks for: every combination of what is swept, with every seed, each in a process of "
    "its own, several at a time. Results go into DIR/sweep.sqlite as they come. What is there is not run again: "
    "interrupted or killed, the same command goes on, and a value added to the specification runs only what is new.\v"
    "Examples:\n"
    "  fugue sweep experiments/quickstart.yaml --dry-run\n"
    "  fugue sweep experiments/quickstart.yaml -j 4 -o quickstart-out\n"
    "  fugue sweep quickstart-out --status\n"
    "  fugue sweep quickstart-out --retry --timeout 1h\n"
    "On a cluster, as an array of 40 tasks:\n"
    "  fugue sweep big.yaml -o big --emit slurm --tasks 40\n"
    "  big/submit.sh\n"
    "Then fugue plot, fugue report and fugue export take the folder.\n"
    "Exit codes: 0 all runs came to a result, 1 some failed or ran out of time, 2 usage or bad input, 3 a fault, 130 "
    "interrupted.",
    NULL,
    NULL,
    NULL};

/* ---- which sweep */

static bool is_folder(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* "experiments/quickstart.yaml" -> "quickstart" */
static void name_of(const char *path, char *out, size_t size) {
  const char *last = strrchr(path, '/');
  snprintf(out, size, "%s", last ? last + 1 : path);
  char *dot = strrchr(out, '.');
  if (dot && dot != out && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0))
    *dot = 0;
}

static bool has_tasks(const char *dir) {
  char path[FG_PATH_MAX];
  return !fg_path_join(dir, "tasks", path, NULL) && is_folder(path);
}

/* The specification that a database keeps. */
static enum fg_err read_kept(const char *dir, struct fg_sweep_spec *spec, struct fg_fault *fault) {
  struct fg_store store = {0};
  struct fg_arena arena = {0};
  const char *text = "", *path = "", *folder = "";
  enum fg_err err = fg_store_open_read(&store, dir, fault);
  if (err == FG_EINPUT && access(store.path, F_OK) != 0 && has_tasks(dir))
    err = fg_fail(fault, FG_EINPUT, dir, 0,
                  "holds tasks, but nothing is merged yet: fugue sweep SPEC.yaml -o %s --merge", dir);
  if (!err)
    err = fg_store_value(&store, "specification", &arena, &text, fault);
  if (!err)
    err = fg_store_value(&store, "path", &arena, &path, fault);
  if (!err)
    err = fg_store_value(&store, "folder", &arena, &folder, fault);
  if (!err && !*text)
    err = fg_fail(fault, FG_EINPUT, store.path, 0, "has no specification yet");
  if (!err)
    err = fg_sweep_spec_parse(text, path, folder, spec, fault);
  fg_store_close(&store);
  fg_arena_free(&arena);
  return err;
}

/* Specification and folder; nothing is made. */
static enum fg_err find(struct fg_sweep_work *work, struct fg_fault *fault) {
  const struct fg_sweep_args *args = work->args;
  char folder[FG_PATH_MAX], real[FG_PATH_MAX], name[sizeof work->name];
  enum fg_err err;
  if (is_folder(args->what)) {
    if (args->out)
      return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s is the folder of a sweep: -o has no use", args->what);
    snprintf(folder, sizeof folder, "%s", args->what);
    err = read_kept(folder, &work->spec, fault);
  } else {
    err = fg_sweep_spec_read(args->what, &work->spec, fault);
    name_of(args->what, name, sizeof name);
    if (args->out)
      snprintf(folder, sizeof folder, "%s", args->out);
    else
      snprintf(folder, sizeof folder, "%s-out", name);
  }
  if (err)
    return err;
  name_of(work->spec.path, work->name, sizeof work->name);
  /* absolute, whether it is there or not */
  if (realpath(folder, real))
    snprintf(work->dir, sizeof work->dir, "%s", real);
  else if (*folder == '/')
    snprintf(work->dir, sizeof work->dir, "%s", folder);
  else if (!getcwd(real, sizeof real) || fg_path_join(real, folder, work->dir, NULL))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", folder);
  if (strlen(work->dir) > FG_PATH_MAX - 128)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", folder);
  return FG_OK;
}

/* A folder that holds anything else than a sweep is not taken for one. */
static enum fg_err open_folder(const struct fg_sweep_work *work, struct fg_fault *fault) {
  static const char *const ours[] = {".",
                                     "..",
                                     "sweep.sqlite",
                                     "sweep.lock",
                                     "sweep.sqlite-wal",
                                     "sweep.sqlite-shm",
                                     "sweep.sqlite-journal",
                                     "runs",
                                     "logs",
                                     "data",
                                     "figures",
                                     "tasks",
                                     "sweep.slurm",
                                     "merge.slurm",
                                     "submit.sh"};
  char path[FG_PATH_MAX];
  struct stat st;
  if (!fg_path_join(work->dir, "sweep.sqlite", path, NULL) && stat(path, &st) == 0)
    return FG_OK;
  DIR *d = opendir(work->dir);
  bool foreign = false;
  for (const struct dirent *e; d && (e = readdir(d));) {
    bool known = false;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
      known = known || strcmp(e->d_name, ours[i]) == 0;
    foreign = foreign || !known;
  }
  if (d)
    closedir(d);
  if (foreign)
    return fg_fail(fault, FG_EUSAGE, work->dir, 0, "is not empty and holds no sweep");
  return fg_folder_make(work->dir, fault);
}

/* ---- the sweep */

/* What the main database has, for a task. */
static enum fg_err look_at_main(const struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_fault *fault) {
  struct fg_store store = {0};
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(work->dir, "sweep.sqlite", path, fault);
  if (err || access(path, F_OK) != 0)
    return err;
  err = fg_store_open_read(&store, work->dir, fault);
  if (!err)
    err = fg_sweep_runs_look(runs, &store, fault);
  fg_store_close(&store);
  return err;
}

/* Leaves a task its part of what is due. */
static void keep_share(const struct fg_sweep_work *work, struct fg_sweep_runs *runs) {
  size_t n = 0, due = 0;
  for (size_t i = 0; i < runs->n; i++)
    if (fg_sweep_run_is_due(work, &runs->run[i]) && due++ % work->args->of == work->args->task - 1)
      runs->run[n++] = runs->run[i];
  runs->n = n;
}

/* A task makes first entries as long as the main database lacks some; then final ones. */
static enum fg_err make_task(struct fg_sweep_work *work, size_t *failed, struct fg_fault *fault) {
  struct fg_sweep_runs runs = {0};
  struct fg_store store = {0};
  char folder[FG_PATH_MAX], what[80];
  size_t undecided;
  enum fg_err err = fg_sweep_runs_make(work, &work->plan, &runs, fault);
  if (!err)
    err = look_at_main(work, &runs, fault);
  if (!err && work->spec.tune.axis != FG_ABSENT && fg_sweep_runs_are_there(&runs)) {
    err = fg_sweep_plan_chosen(work, work->dir, &undecided, fault);
    fg_sweep_runs_free(&runs);
    if (!err)
      err = fg_sweep_runs_make(work, &work->plan, &runs, fault);
    if (!err)
      err = look_at_main(work, &runs, fault);
  }
  if (!err)
    err = fg_sweep_find_mpi(work, &runs, fault);
  if (!err)
    keep_share(work, &runs);
  if (!err)
    err = open_folder(work, fault);
  if (!err)
    err = fg_sweep_task_folder(work, work->args->task, folder, fault);
  if (!err)
    err = fg_folder_make(folder, fault);
  if (!err)
    err = fg_store_open(&store, folder, fault);
  if (!err)
    err = fg_store_plan(&store, &work->spec, &work->plan, fault);
  if (!err)
    err = fg_sweep_runs_look(&runs, &store, fault);
  snprintf(what, sizeof what, "%.60s, task %u", work->name, work->args->task);
  if (!err)
    err = fg_sweep_make(work, &runs, &store, what, fault);
  if (!err)
    err = fg_sweep_summary(work, &runs, &store, 0, failed, fault);
  fg_store_close(&store);
  fg_sweep_runs_free(&runs);
  return err;
}

/* Final entries chosen, the plan whole in the database, their runs in *runs. */
static enum fg_err go_on(struct fg_sweep_work *work, struct fg_store *store, struct fg_sweep_runs *runs,
                         size_t *undecided, struct fg_fault *fault) {
  enum fg_err err = fg_sweep_plan_chosen(work, work->dir, undecided, fault);
  if (!err)
    err = fg_store_plan(store, &work->spec, &work->plan, fault);
  fg_sweep_runs_free(runs);
  if (!err)
    err = fg_sweep_runs_make(work, &work->plan, runs, fault);
  return err ? err : fg_sweep_runs_look(runs, store, fault);
}

/* A specification may be renamed; but another sweep's folder is taken by mistake, too. */
static enum fg_err tell_replaced(const struct fg_sweep_work *work, struct fg_store *store, struct fg_fault *fault) {
  struct fg_arena arena = {0};
  char before[sizeof work->name];
  const char *path = "";
  enum fg_err err = fg_store_value(store, "path", &arena, &path, fault);
  name_of(path, before, sizeof before);
  if (!err && *path && strcmp(before, work->name) != 0 && !work->args->quiet)
    fprintf(stderr,
            "fugue: %s was the sweep of %s; its runs stay in the database, out of the plan unless %s asks for them\n",
            work->dir, path, work->spec.path);
  fg_arena_free(&arena);
  return err;
}

static enum fg_err make_all(struct fg_sweep_work *work, size_t *failed, struct fg_fault *fault) {
  bool tuned = work->spec.tune.axis != FG_ABSENT;
  struct fg_sweep_runs runs = {0};
  struct fg_store store = {0};
  size_t undecided = 0;
  char what[128];
  enum fg_err err = fg_sweep_runs_make(work, &work->plan, &runs, fault);
  if (!err && work->args->merge && !has_tasks(work->dir))
    err = fg_fail(fault, FG_EUSAGE, work->dir, 0, "there are no tasks to merge");
  if (!err && !work->args->merge)
    err = fg_sweep_find_mpi(work, &runs, fault);
  if (!err && !work->args->merge)
    err = fg_sweep_tasks_rest(work, fault);
  if (!err)
    err = open_folder(work, fault);
  if (!err)
    err = fg_store_open(&store, work->dir, fault);
  if (!err)
    err = tell_replaced(work, &store, fault);
  if (!err)
    err = fg_store_note(&store, "version", FUGUE_VERSION, fault);
  if (!err)
    err = fg_store_note(&store, "revision", FUGUE_REVISION, fault);
  if (!err)
    err = fg_store_plan(&store, &work->spec, &work->plan, fault);
  if (!err && work->args->merge)
    err = fg_sweep_merge(work, &store, fault);
  if (!err)
    err = fg_sweep_runs_look(&runs, &store, fault);
  snprintf(what, sizeof what, "%s%s", work->name, tuned ? ", to choose" : "");
  if (!err && !work->args->merge)
    err = fg_sweep_make(work, &runs, &store, what, fault);
  if (!err && tuned)
    err = go_on(work, &store, &runs, &undecided, fault);
  if (!err && tuned && !work->args->merge)
    err = fg_sweep_make(work, &runs, &store, work->name, fault);
  if (!err)
    err = fg_sweep_summary(work, &runs, &store, undecided, failed, fault);
  if (err == FG_ESTOPPED)
    fprintf(stderr, "fugue: interrupted; what was finished is in %s, and the same command goes on\n", work->dir);
  fg_store_close(&store);
  fg_sweep_runs_free(&runs);
  return err;
}

static enum fg_err sweep(struct fg_sweep_work *work, size_t *failed, struct fg_fault *fault) {
  const struct fg_sweep_args *args = work->args;
  size_t most;
  enum fg_err err = find(work, fault);
  if (!err && args->status)
    return fg_sweep_status(work, fault);
  if (!err)
    err = fg_plot_check_figures(&work->spec, fault);
  if (!err)
    err = fg_sweep_plan_checked(work, &most, fault);
  if (err)
    return err;
  fg_interrupt_catch();
  if (args->dry_run)
    return fg_sweep_dry_run(work, most, fault);
  if (args->emit) {
    err = open_folder(work, fault);
    return err ? err : fg_sweep_emit(work, most, fault);
  }
  return args->task ? make_task(work, failed, fault) : make_all(work, failed, fault);
}

int fg_cli_sweep(int argc, char **argv) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  struct fg_sweep_args args = {.jobs = cores > 0 ? (unsigned)cores : 1, .timeout_s = NAN};
  struct fg_fault fault = {0};
  size_t failed = 0;
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &args);
  struct fg_sweep_work *work = calloc(1, sizeof *work);
  enum fg_err err = FG_ENOMEM;
  if (work) {
    work->args = &args;
    err = sweep(work, &failed, &fault);
    fg_sweep_plan_free(&work->plan);
    fg_sweep_spec_free(&work->spec);
  }
  free(work);
  if (err == FG_ESTOPPED && fg_interrupted())
    return fg_interrupt_exit_code(3);
  return err ? fg_cli_fault(err, &fault) : failed ? 1 : 0;
}
