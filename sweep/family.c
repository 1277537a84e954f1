/* A command in, its exit code out, and nobody left behind. */
#define _GNU_SOURCE
#include "sweep/family.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Parent of a process by /proc/PID/stat, "pid (name) state parent ..."; 0 if it is gone. */
static pid_t parent_of(const char *pid) {
  char path[300], line[512];
  int parent = 0;
  snprintf(path, sizeof path, "/proc/%s/stat", pid);
  FILE *f = fopen(path, "r");
  size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
  if (f)
    fclose(f);
  line[n] = 0;
  for (const char *p = line + n; p > line; p--) /* a name may hold anything, parentheses, too */
    if (*p == ')')
      return sscanf(p, ") %*c %d", &parent) == 1 ? parent : 0;
  return 0;
}

static void kill_children(void) {
  DIR *d = opendir("/proc");
  for (const struct dirent *e; d && (e = readdir(d));)
    if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && parent_of(e->d_name) == getpid())
      kill((pid_t)atol(e->d_name), SIGKILL);
  if (d)
    closedir(d);
}

/* Kills and reaps until there is nobody: whoever loses its parent becomes our child, and its turn comes. */
static void end_family(void) {
  for (;;) {
    pid_t pid = waitpid(-1, NULL, WNOHANG);
    if (pid < 0 && errno == ECHILD)
      return;
    if (pid == 0) {
      kill_children();
      nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* until they have heard of it */
    }
  }
}

static void command(char *const *argv) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execvp(argv[0], argv);
  _exit(errno == ENOENT ? 127 : 126); /* as a shell's */
}

int fg_family_run(char *const *argv) {
  sigset_t set;
  int status = 0;
  bool asked = false;
  pid_t grandparent = getppid();
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGCHLD, SIG_DFL);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGHUP); /* instead of SIGKILL, which would leave the command's children behind */
  fflush(stdout);
  pid_t pid = getppid() == grandparent ? fork() : -1;
  if (pid == 0)
    command(argv);
  if (pid < 0)
    return 3;
  for (;;) {
    struct timespec grace = {(time_t)FG_FAMILY_GRACE, (long)((FG_FAMILY_GRACE - (time_t)FG_FAMILY_GRACE) * 1e9)};
    int s = sigtimedwait(&set, NULL, asked ? &grace : NULL);
    if (s == SIGTERM && !asked) {
      kill(pid, SIGTERM);
      asked = true;
    } else if (s == SIGHUP || (s < 0 && errno == EAGAIN)) {
      break;
    } else if (s == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid) {
      end_family();
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
  }
  end_family();
  return 128 + SIGTERM;
}
