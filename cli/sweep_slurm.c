/* A sweep as an array of a batch system's tasks: scripts out, databases of tasks in. */
#include "cli/sweep.h"

#include "sweep/folders.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TASKS_MOST = 32, RUNS_OF_TASK = 4 };

enum fg_err fg_sweep_task_folder(const struct fg_sweep_work *work, unsigned task, char *out, struct fg_fault *fault) {
  char name[32];
  snprintf(name, sizeof name, "tasks/%u", task);
  return fg_path_join(work->dir, name, out, fault);
}

/* 'a word of the shell' */
static void put_word(FILE *f, const char *text) {
  fputc('\'', f);
  for (; *text; text++)
    if (*text == '\'')
      fputs("'\\''", f);
    else
      fputc(*text, f);
  fputc('\'', f);
}

/* what sbatch takes for one word */
static void put_job_name(FILE *f, const char *name) {
  fputs("#SBATCH --job-name=", f);
  for (; *name; name++)
    fputc(isalnum((unsigned char)*name) || strchr("._-", *name) ? *name : '-', f);
}

/* Name and %: sbatch replaces the latter in names of files. */
static void put_output(FILE *f, const char *dir, const char *name) {
  fputs("#SBATCH --output=", f);
  for (; *dir; dir++)
    if (*dir == '%')
      fputs("%%", f);
    else if (strchr(" \"'\\", *dir))
      fprintf(f, "\\%c", *dir);
    else
      fputc(*dir, f);
  fprintf(f, "/%s\n", name);
}

static void put_program(FILE *f) {
  char path[FG_PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  path[n > 0 ? n : 0] = 0;
  fputs("set -euo pipefail\nprogram=", f);
  put_word(f, n > 0 ? path : "fugue");
  fputs("\nfugue=${FUGUE:-$program} # FUGUE=... names another, where the nodes have it elsewhere\n", f);
}

/* sweep=(SPEC -o DIR) */
static void put_names(FILE *f, const struct fg_sweep_work *work) {
  char path[FG_PATH_MAX];
  struct stat st;
  fputs("sweep=(", f);
  if (stat(work->args->what, &st) == 0 && !S_ISDIR(st.st_mode)) {
    put_word(f, realpath(work->args->what, path) ? path : work->args->what);
    fputs(" -o ", f);
  }
  put_word(f, work->dir);
  fputs(")\n", f);
}

/* cpus: cores of a task; where runs have ranks, launchers want to be told of as many ranks */
static void put_array(FILE *f, const struct fg_sweep_work *work, unsigned tasks, unsigned cpus, bool ranks) {
  fputs(
      "#!/bin/bash\n"
      "# A task of a sweep: its part of the runs, into a database of its own. Written by fugue sweep --emit slurm; "
      "change\n# what does not suit. Tasks share nothing but the file system. One that was stopped goes on when it is "
      "submitted again.\n",
      f);
  put_job_name(f, work->name);
  fprintf(f,
          "\n#SBATCH --array=1-%u\n#SBATCH --%s=%u\n#SBATCH --time=04:00:00\n#SBATCH --requeue\n"
          "#SBATCH --open-mode=append\n",
          tasks, ranks ? "ntasks" : "cpus-per-task", cpus);
  put_output(f, work->dir, "tasks/%a.log");
  put_program(f);
  put_names(f, work);
  fputs("exec \"$fugue\" sweep \"${sweep[@]}\" --task \"$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT\" -j ", f);
  fputs(ranks ? "\"$SLURM_NTASKS\"" : "\"${SLURM_CPUS_PER_TASK:-1}\"", f);
  if (!isnan(work->args->timeout_s))
    fprintf(f, " --timeout %.9gs", work->args->timeout_s);
  if (work->args->retry)
    fputs(" --retry", f);
  if (work->args->mpiexec) {
    fputs(" --mpiexec ", f);
    put_word(f, work->args->mpiexec);
  }
  fputc('\n', f);
}

static void put_merge(FILE *f, const struct fg_sweep_work *work) {
  fputs("#!/bin/bash\n"
        "# Takes what the tasks of a sweep have made into its database. Written by fugue sweep --emit slurm.\n",
        f);
  put_job_name(f, work->name);
  fputs("-merge\n#SBATCH --ntasks=1\n#SBATCH --time=00:30:00\n#SBATCH --open-mode=append\n", f);
  put_output(f, work->dir, "tasks/merge.log");
  put_program(f);
  put_names(f, work);
  fputs("exec \"$fugue\" sweep \"${sweep[@]}\" --merge\n", f);
}

static void put_submit(FILE *f, const struct fg_sweep_work *work) {
  bool tuned = work->spec.tune.axis != FG_ABSENT;
  fprintf(f,
          "#!/bin/bash\n# Submits a sweep: %s.\n# Submitted again, it makes what is missing. Options of sbatch may be "
          "given, for all jobs. Written by fugue sweep --emit slurm.\nset -euo pipefail\ndir=",
          tuned ? "tasks that find the best points, then tasks that run everything there"
                : "its tasks, then what gathers them");
  put_word(f, work->dir);
  fputs("\n"
        "tasks=$(sbatch --parsable \"$@\" \"$dir/sweep.slurm\")\n"
        "merge=$(sbatch --parsable \"$@\" --dependency=\"afterany:${tasks%%;*}\" \"$dir/merge.slurm\")\n",
        f);
  if (tuned)
    fputs("tasks=$(sbatch --parsable \"$@\" --dependency=\"afterany:${merge%%;*}\" \"$dir/sweep.slurm\")\n"
          "merge=$(sbatch --parsable \"$@\" --dependency=\"afterany:${tasks%%;*}\" \"$dir/merge.slurm\")\n",
          f);
  fputs("echo \"job $merge is the last one\"\n", f);
}

static enum fg_err open_script(const struct fg_sweep_work *work, const char *name, struct fg_out *out,
                               struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(work->dir, name, path, fault);
  return err ? err : fg_out_open(out, path, fault);
}

static enum fg_err commit_script(struct fg_out *out, struct fg_fault *fault) {
  fchmod(fileno(out->file), 0755);
  return fg_out_commit(out, fault);
}

enum fg_err fg_sweep_emit(struct fg_sweep_work *work, size_t most, struct fg_fault *fault) {
  struct fg_sweep_runs runs = {0};
  struct fg_out out;
  char folder[FG_PATH_MAX];
  enum fg_err err = fg_sweep_runs_make(work, &work->plan, &runs, fault);
  size_t n = runs.n > most ? runs.n : most, widest = 1;
  bool ranks = false;
  for (size_t i = 0; i < runs.n; i++) {
    widest = runs.run[i].slots > widest ? runs.run[i].slots : widest;
    ranks = ranks || runs.run[i].mpi;
  }
  fg_sweep_runs_free(&runs);
  unsigned tasks = (unsigned)((n + RUNS_OF_TASK - 1) / RUNS_OF_TASK);
  tasks = work->args->tasks ? work->args->tasks : tasks > TASKS_MOST ? TASKS_MOST : tasks;
  unsigned cpus = work->args->given_jobs ? work->args->jobs : (unsigned)widest;
  if (!err)
    err = fg_path_join(work->dir, "tasks", folder, fault);
  if (!err)
    err = fg_folder_make(folder, fault);
  if (!err && !(err = open_script(work, "sweep.slurm", &out, fault))) {
    put_array(out.file, work, tasks, cpus, ranks);
    err = commit_script(&out, fault);
  }
  if (!err && !(err = open_script(work, "merge.slurm", &out, fault))) {
    put_merge(out.file, work);
    err = commit_script(&out, fault);
  }
  if (!err && !(err = open_script(work, "submit.sh", &out, fault))) {
    put_submit(out.file, work);
    err = commit_script(&out, fault);
  }
  if (!err)
    printf("%s/submit.sh submits %u task%s of %u core%s (sweep.slurm), then what gathers them (merge.slurm)%s\n",
           work->dir, tasks, tasks == 1 ? "" : "s", cpus, cpus == 1 ? "" : "s",
           work->spec.tune.axis != FG_ABSENT ? ", twice: to choose, and at what was chosen" : "");
  return err;
}

enum fg_err fg_sweep_tasks_rest(const struct fg_sweep_work *work, struct fg_fault *fault) {
  char folder[FG_PATH_MAX], task[FG_PATH_MAX];
  uint64_t number;
  enum fg_err err = fg_path_join(work->dir, "tasks", folder, fault);
  DIR *d = err ? NULL : opendir(folder);
  for (const struct dirent *e; !err && d && (e = readdir(d));)
    if (fg_parse_u64(e->d_name, &number) && !fg_path_join(folder, e->d_name, task, NULL) && fg_sweep_writer(task) != 0)
      err = fg_fail(fault, FG_EUSAGE, work->dir, 0, "task %s is at work on this sweep", e->d_name);
  if (d)
    closedir(d);
  return err;
}

enum fg_err fg_sweep_merge(const struct fg_sweep_work *work, struct fg_store *store, struct fg_fault *fault) {
  char folder[FG_PATH_MAX], task[FG_PATH_MAX], path[FG_PATH_MAX];
  uint64_t all = 0;
  unsigned databases = 0;
  enum fg_err err = fg_path_join(work->dir, "tasks", folder, fault);
  DIR *d = err ? NULL : opendir(folder);
  if (!err && !d)
    return fg_fail(fault, FG_EIO, folder, 0, "cannot be read: %s", strerror(errno));
  for (const struct dirent *e; !err && d && (e = readdir(d));) {
    uint64_t number, taken = 0;
    if (!fg_parse_u64(e->d_name, &number) || fg_path_join(folder, e->d_name, task, NULL) ||
        fg_path_join(task, "sweep.sqlite", path, NULL) || access(path, F_OK) != 0)
      continue;
    err = fg_store_merge(store, path, &taken, fault);
    all += taken;
    databases++;
  }
  if (d)
    closedir(d);
  if (!err && !work->args->quiet)
    printf("%s: %" PRIu64 " run%s taken over from %u task%s\n", work->name, all, all == 1 ? "" : "s", databases,
           databases == 1 ? "" : "s");
  return err;
}
