/* What has come of a sweep, in words. */
#include "cli/sweep.h"

#include "cli/progress.h"
#include "sweep/arena.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void fg_sweep_labels_text(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry, char *out,
                          size_t size) {
  size_t n = 0;
  *out = 0;
  for (size_t a = 0; a < spec->n_axes && n < size; a++)
    if (entry->point[a] != FG_ABSENT)
      n +=
          (size_t)snprintf(out + n, size - n, "%s=%s ", spec->axis[a].name, spec->axis[a].point[entry->point[a]].label);
  if (n < size)
    snprintf(out + n, size - n, "seed=%llu", (unsigned long long)entry->seed);
}

/* ---- records of runs */

static bool is_there(const char *dir, const char *name, struct stat *st) {
  char path[FG_PATH_MAX];
  return !fg_path_join(dir, name, path, NULL) && stat(path, st) == 0;
}

static int by_id(const void *id, const void *record) {
  return strcmp(id, ((const struct fg_run_record *)record)->id);
}

/* One that is settled is better than one that is not. */
static enum fg_err look(struct fg_sweep_runs *runs, struct fg_store *store, struct fg_arena *arena,
                        struct fg_fault *fault) {
  struct fg_run_record *record = NULL;
  size_t n = 0;
  enum fg_err err = fg_store_records(store, true, arena, &record, &n, fault);
  for (size_t i = 0; i < runs->n && !err && n > 0; i++) {
    struct fg_sweep_run *run = &runs->run[i];
    const struct fg_run_record *r = bsearch(run->entry->id, record, n, sizeof *record, by_id);
    if (r && !(run->record && fg_run_is_settled(run->record->state))) {
      run->record = r;
      run->state = r->state;
    }
  }
  return err;
}

enum fg_err fg_sweep_runs_read(const struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_arena *arena,
                               struct fg_fault *fault) {
  struct fg_store store = {0};
  struct stat st;
  if (!is_there(work->dir, "sweep.sqlite", &st))
    return FG_OK;
  enum fg_err err = fg_store_open_read(&store, work->dir, fault);
  if (!err)
    err = look(runs, &store, arena, fault);
  fg_store_close(&store);
  return err;
}

/* ---- counts */

struct count {
  size_t n, of[FG_RUN_STATES];
};

static struct count count_runs(const struct fg_sweep_runs *runs) {
  struct count count = {0};
  for (size_t i = 0; i < runs->n; i++) {
    count.n++;
    count.of[runs->run[i].state]++;
  }
  return count;
}

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* ---- reasons: runs that came to nothing, those of the same reason together */

struct reason {
  enum fg_run_state state;
  char text[1024];
  size_t n;
  const struct fg_sweep_run *first;
};

/* A run's name in what it said is no reason of its own. */
static void without_id(const char *text, const char *id, char *out, size_t size) {
  size_t n = 0, length = strlen(id);
  while (*text && n + 3 < size) {
    if (strncmp(text, id, length) == 0) {
      n += (size_t)snprintf(out + n, size - n, "ID");
      text += length;
    } else {
      out[n++] = *text++;
    }
  }
  out[n] = 0;
}

static int by_frequency(const void *a, const void *b) {
  const struct reason *x = a, *y = b;
  return (x->n < y->n) - (x->n > y->n);
}

static enum fg_err print_reasons(const struct fg_sweep_work *work, const struct fg_sweep_runs *runs,
                                 struct fg_fault *fault) {
  enum { MOST = 50 };
  struct reason *reason = calloc(MOST, sizeof *reason);
  size_t n = 0, others = 0;
  if (!reason)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the summary");
  for (size_t i = 0; i < runs->n; i++) {
    const struct fg_sweep_run *run = &runs->run[i];
    char text[1024];
    size_t k = 0;
    if (!run->record || run->state == FG_RUN_DONE || run->state == FG_RUN_PENDING)
      continue;
    if (run->state == FG_RUN_DIVERGED) /* where each did says little */
      snprintf(text, sizeof text, "%s", FG_DIVERGED_WORDS);
    else
      without_id(run->record->reason, run->entry->id, text, sizeof text);
    while (k < n && (reason[k].state != run->state || strcmp(reason[k].text, text) != 0))
      k++;
    if (k == MOST) {
      others++;
      continue;
    }
    if (k == n) {
      reason[n] = (struct reason){.state = run->state, .first = run};
      snprintf(reason[n++].text, sizeof text, "%s", text);
    }
    reason[k].n++;
  }
  qsort(reason, n, sizeof *reason, by_frequency);
  for (size_t k = 0; k < n; k++) {
    printf("  %zu %s: %s\n", reason[k].n, fg_run_state_names[reason[k].state], reason[k].text);
    if (!fg_run_is_settled(reason[k].state)) {
      char labels[1024], log[FG_RUN_ID + 16];
      struct stat st;
      fg_sweep_labels_text(&work->spec, reason[k].first->entry, labels, sizeof labels);
      snprintf(log, sizeof log, "logs/%s.log", reason[k].first->entry->id);
      bool logged = is_there(work->dir, log, &st);
      printf("    %s%s%s%s%s\n", reason[k].n > 1 ? "one is " : "", labels, logged ? " (" : "", logged ? log : "",
             logged ? ")" : "");
    }
  }
  if (others)
    printf("  %zu for other reasons\n", others);
  free(reason);
  return FG_OK;
}

/* Of the programs that made the runs, if there is more than one. */
static void print_revisions(const struct fg_sweep_runs *runs) {
  enum { MOST = 16 };
  const char *name[MOST];
  size_t count[MOST], n = 0;
  for (size_t i = 0; i < runs->n; i++) {
    const struct fg_run_record *r = runs->run[i].record;
    size_t k = 0;
    if (!r || !r->revision || !*r->revision)
      continue;
    while (k < n && strcmp(name[k], r->revision) != 0)
      k++;
    if (k == MOST)
      continue;
    if (k == n) {
      name[n] = r->revision;
      count[n++] = 0;
    }
    count[k]++;
  }
  if (n < 2)
    return;
  printf("  revisions of the program are mixed:");
  for (size_t k = 0; k < n; k++)
    printf("%s %s (%zu run%s)", k ? "," : "", name[k], count[k], plural(count[k]));
  printf("\n");
}

static void print_counts(const struct count *count) {
  bool first = true;
  for (int i = FG_RUN_PENDING + 1; i <= FG_RUN_STATES; i++) {
    int state = i % FG_RUN_STATES; /* pending last */
    if (count->of[state] == 0)
      continue;
    printf("%s %zu %s", first ? ":" : ",", count->of[state],
           state == FG_RUN_PENDING ? "to do" : fg_run_state_names[state]);
    first = false;
  }
  printf("\n");
}

enum fg_err fg_sweep_summary(const struct fg_sweep_work *work, const struct fg_sweep_runs *runs, struct fg_store *store,
                             size_t undecided, size_t *failed, struct fg_fault *fault) {
  struct fg_arena arena = {0};
  struct fg_sweep_runs with = *runs; /* the same runs, with records for as long as there is the arena */
  enum fg_err err = look(&with, store, &arena, fault);
  struct count count = count_runs(&with);
  *failed = count.of[FG_RUN_FAILED] + count.of[FG_RUN_TIMED_OUT];
  if (!err && !work->args->quiet) {
    printf("%s: %zu run%s in %s", work->name, count.n, plural(count.n), work->dir);
    print_counts(&count);
    err = print_reasons(work, &with, fault);
    if (undecided)
      printf("  %zu combination%s not run with all seeds: their choice lacks runs\n", undecided,
             undecided == 1 ? " is" : "s are");
    if (!err)
      print_revisions(&with);
    if (!err && *failed)
      printf("  --retry repeats those that failed or ran out of time\n");
  }
  for (size_t i = 0; i < with.n; i++)
    with.run[i].record = NULL;
  fg_arena_free(&arena);
  return err;
}

/* ---- --status */

long fg_sweep_writer(const char *dir) {
  char path[FG_PATH_MAX];
  struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
  int file = fg_path_join(dir, "sweep.lock", path, NULL) ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return 0;
  bool held = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(file);
  return held ? (lock.l_pid > 0 ? (long)lock.l_pid : -1) : 0;
}

/* Databases of tasks that are not merged yet. Whatever cannot be read just now is left out. */
static void look_at_tasks(const struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_arena *arena,
                          size_t *tasks, size_t *working) {
  char folder[FG_PATH_MAX], task[FG_PATH_MAX];
  DIR *d = fg_path_join(work->dir, "tasks", folder, NULL) ? NULL : opendir(folder);
  for (const struct dirent *e; d && (e = readdir(d));) {
    struct fg_store store = {0};
    uint64_t number;
    if (!fg_parse_u64(e->d_name, &number) || fg_path_join(folder, e->d_name, task, NULL))
      continue;
    if (!fg_store_open_read(&store, task, NULL) && !look(runs, &store, arena, NULL))
      (*tasks)++;
    *working += fg_sweep_writer(task) != 0;
    fg_store_close(&store);
  }
  if (d)
    closedir(d);
}

/* Run directories that are begun and not finished. */
static size_t print_under_way(const struct fg_sweep_work *work, const struct fg_sweep_runs *runs, bool working) {
  char folder[FG_PATH_MAX], dir[FG_PATH_MAX], log[FG_PATH_MAX], labels[1024], words[1024], since[32];
  size_t n = 0;
  struct stat st, other;
  if (fg_path_join(work->dir, "runs", folder, NULL))
    return 0;
  for (size_t i = 0; i < runs->n; i++) {
    const struct fg_sweep_run *run = &runs->run[i];
    if (fg_run_is_settled(run->state) || fg_path_join(folder, run->entry->id, dir, NULL) || stat(dir, &st) != 0 ||
        is_there(dir, "run.json", &other))
      continue;
    if (n++ == 0)
      printf(working ? "under way:\n" : "begun, and not finished (nobody is at work):\n");
    if (is_there(dir, "config.yaml", &other))
      st = other;
    fg_sweep_labels_text(&work->spec, run->entry, labels, sizeof labels);
    snprintf(log, sizeof log, "%.*s/logs/%s.log", FG_PATH_MAX - 64, work->dir, run->entry->id);
    fg_sweep_log_tail(log, words, sizeof words);
    printf("  %s, for %s%s%s\n", labels, fg_duration_text(difftime(time(NULL), st.st_mtime), since), *words ? ": " : "",
           words);
  }
  return n;
}

static void print_parts(const struct fg_sweep_work *work, const struct fg_sweep_runs *runs) {
  struct count count[FG_SWEEP_ATS] = {0};
  for (size_t i = 0; i < runs->n; i++) {
    struct count *c = &count[runs->run[i].entry->at];
    c->n++;
    c->of[runs->run[i].state]++;
  }
  for (int at = 0; at < FG_SWEEP_ATS; at++)
    if (count[at].n > 0) {
      printf("  %s, %zu run%s", fg_sweep_at_names[at], count[at].n, plural(count[at].n));
      print_counts(&count[at]);
    }
  if (work->spec.tune.axis != FG_ABSENT && count[FG_AT_FINAL].n == 0)
    printf("  final: when %s is chosen\n", work->spec.axis[work->spec.tune.axis].name);
}

static void print_left(const struct fg_sweep_runs *runs, size_t under_way) {
  double sum = 0;
  size_t n = 0, left = 0;
  char text[32];
  for (size_t i = 0; i < runs->n; i++) {
    const struct fg_run_record *r = runs->run[i].record;
    left += runs->run[i].state == FG_RUN_PENDING;
    if (r && r->state == FG_RUN_DONE && r->number[FG_NUMBER_WALL] > 0) {
      sum += r->number[FG_NUMBER_WALL];
      n++;
    }
  }
  if (n == 0 || left == 0)
    return;
  size_t at_a_time = under_way ? under_way : 1;
  printf("about %s of running is left%s\n", fg_duration_text(sum / (double)n * (double)left / (double)at_a_time, text),
         under_way ? ", with as many at a time as now" : ", one at a time");
}

void fg_sweep_print_runs(const struct fg_sweep_work *work, const struct fg_sweep_runs *runs) {
  char labels[1024];
  for (size_t i = 0; i < runs->n; i++) {
    const struct fg_sweep_run *run = &runs->run[i];
    fg_sweep_labels_text(&work->spec, run->entry, labels, sizeof labels);
    printf("%s  %-6s  %-9s  %s\n", run->entry->id, fg_sweep_at_names[run->entry->at], fg_run_state_names[run->state],
           labels);
  }
}

/* The plan as the database has it; if the specification has changed since then, its first entries. */
static enum fg_err plan(struct fg_sweep_work *work, struct fg_store *store, struct fg_arena *arena, bool *changed,
                        struct fg_fault *fault) {
  const char *text = "";
  size_t most;
  enum fg_err err = store->db ? fg_store_value(store, "specification", arena, &text, fault) : FG_OK;
  *changed = strcmp(text, work->spec.text) != 0;
  if (err)
    return err;
  return *changed ? fg_sweep_plan_checked(work, &most, fault)
                  : fg_store_entries(store, &work->spec, &work->plan, fault);
}

static enum fg_err print_status(struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_arena *arena,
                                bool changed, bool begun, struct fg_fault *fault) {
  size_t tasks = 0, working = 0;
  look_at_tasks(work, runs, arena, &tasks, &working);
  long pid = fg_sweep_writer(work->dir);
  struct count count = count_runs(runs);
  printf("%s: %s\n%s: %zu run%s", work->name, work->spec.title, work->dir, count.n, plural(count.n));
  print_counts(&count);
  print_parts(work, runs);
  if (changed && begun)
    printf("%s is not what the database was made from: its runs are counted here\n", work->spec.path);
  enum fg_err err = print_reasons(work, runs, fault);
  if (err)
    return err;
  print_revisions(runs);
  if (tasks)
    printf("%zu task%s, %zu at work\n", tasks, tasks == 1 ? " has a database" : "s have databases", working);
  size_t under_way = print_under_way(work, runs, pid != 0 || working > 0);
  if (pid > 0)
    printf("process %ld is at work\n", pid);
  print_left(runs, pid || working ? under_way : 0);
  if (work->args->verbose)
    fg_sweep_print_runs(work, runs);
  return FG_OK;
}

enum fg_err fg_sweep_status(struct fg_sweep_work *work, struct fg_fault *fault) {
  struct fg_store store = {0};
  struct fg_arena arena = {0};
  struct fg_sweep_runs runs = {0};
  struct stat st;
  bool changed = false, begun = is_there(work->dir, "sweep.sqlite", &st);
  enum fg_err err = begun ? fg_store_open_read(&store, work->dir, fault) : FG_OK;
  if (!err && begun)
    err = fg_store_begin_read(&store, fault);
  if (!err)
    err = plan(work, &store, &arena, &changed, fault);
  if (!err)
    err = fg_sweep_runs_make(work, &work->plan, &runs, fault);
  if (!err && begun)
    err = look(&runs, &store, &arena, fault);
  if (!err)
    err = print_status(work, &runs, &arena, changed, begun, fault);
  if (begun)
    fg_store_close(&store);
  fg_sweep_runs_free(&runs);
  fg_arena_free(&arena);
  return err;
}
