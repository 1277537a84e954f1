/* One case in a process of its own: both sides of the conversation. */
#define _GNU_SOURCE /* pipe2 */

#include "bench/serve.h"

#include "cli/revision.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const fg_bench_size_names[] = {"tiny", "quick", "full"};

static int failed(enum fg_err err, const struct fg_fault *fault) {
  char text[2200];
  fg_fault_format(fault, err, text, sizeof text);
  for (char *c = text; *c; c++)
    if (*c == '\n')
      *c = ' ';
  printf("failed %s\n", text);
  fflush(stdout);
  return fg_err_exit_code(err);
}

int fg_bench_serve(const struct fg_bench_group *group, enum fg_bench_size size, const char *name) {
  struct fg_fault fault = {0};
  char found[FG_BENCH_NAME], line[64];
  void *state = NULL;
  size_t i = 0;
  bool there;
  signal(SIGINT, SIG_IGN); /* the driver hangs up, and files of the case are removed */
  while ((there = group->name_case(size, i, found)) && strcmp(found, name) != 0)
    i++;
  enum fg_err err = there ? group->prepare(size, i, &state, &fault)
                          : fg_fail(&fault, FG_EUSAGE, NULL, 0, "there is no case %s/%s", group->name, name);
  if (!err) {
    printf("ready %s\n", FUGUE_REVISION);
    fflush(stdout);
  }
  while (!err && fgets(line, sizeof line, stdin)) {
    double value[FG_BENCH_MEASURES];
    for (size_t m = 0; m < FG_BENCH_MEASURES; m++)
      value[m] = NAN;
    err = group->repeat(state, value, &fault);
    for (size_t m = 0; m < fg_bench_measures(group) && !err; m++)
      printf("%s%.9g", m ? " " : "", value[m]);
    if (!err)
      printf("\n");
    fflush(stdout);
  }
  group->release(state);
  return err ? failed(err, &fault) : 0;
}

/* The next line of a server, without its end. */
static enum fg_err hear(struct fg_bench_server *s, char *line, size_t size, struct fg_fault *fault) {
  if (!fgets(line, (int)size, s->from))
    return fg_fail(fault, FG_EIO, NULL, 0, "the process that measures ended without an answer");
  line[strcspn(line, "\n")] = 0;
  if (strncmp(line, "failed ", 7) == 0)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "%s", line + 7);
  return FG_OK;
}

static void become_server(const char *program, char *name, const char *size, const int *to, const int *from) {
  char *argv[] = {strdup(program), "--serve", name, "--size", strdup(size), NULL};
  dup2(to[0], STDIN_FILENO);
  dup2(from[1], STDOUT_FILENO);
  execv(program, argv);
  printf("failed %s cannot be run: %s\n", program, strerror(errno));
  fflush(stdout);
  _exit(127);
}

enum fg_err fg_bench_server_start(struct fg_bench_server *s, const char *program, const struct fg_bench_group *group,
                                  enum fg_bench_size size, const char *name, struct fg_fault *fault) {
  int to[2], from[2];
  char line[2300], whole[2 * FG_BENCH_NAME];
  memset(s, 0, sizeof *s);
  snprintf(whole, sizeof whole, "%s/%s", group->name, name);
  if (pipe2(to, O_CLOEXEC) != 0)
    return fg_fail(fault, FG_EIO, NULL, 0, "a pipe cannot be made: %s", strerror(errno));
  if (pipe2(from, O_CLOEXEC) != 0) {
    close(to[0]);
    close(to[1]);
    return fg_fail(fault, FG_EIO, NULL, 0, "a pipe cannot be made: %s", strerror(errno));
  }
  fflush(stdout);
  s->pid = fork();
  if (s->pid == 0)
    become_server(program, whole, fg_bench_size_names[size], to, from);
  close(to[0]);
  close(from[1]);
  s->to = fdopen(to[1], "w");
  s->from = fdopen(from[0], "r");
  if (s->pid < 0 || !s->to || !s->from)
    return fg_fail(fault, FG_EIO, NULL, 0, "a process cannot be made: %s", strerror(errno));
  enum fg_err err = hear(s, line, sizeof line, fault);
  if (!err && strncmp(line, "ready ", 6) != 0)
    return fg_fail(fault, FG_EUSAGE, program, 0, "speaks another language: '%.80s'", line);
  if (!err)
    snprintf(s->revision, sizeof s->revision, "%.63s", line + 6);
  return err;
}

enum fg_err fg_bench_server_again(struct fg_bench_server *s, const struct fg_bench_group *group, double *value,
                                  struct fg_fault *fault) {
  char line[2300];
  fputs("again\n", s->to);
  fflush(s->to);
  enum fg_err err = hear(s, line, sizeof line, fault);
  char *at = line;
  for (size_t m = 0; m < FG_BENCH_MEASURES && !err; m++) {
    char *end;
    value[m] = strtod(at, &end);
    if (end == at && m < fg_bench_measures(group))
      err = fg_fail(fault, FG_EIO, NULL, 0, "the process that measures answers '%.80s'", line);
    if (end == at)
      value[m] = NAN;
    at = end;
  }
  return err;
}

void fg_bench_server_stop(struct fg_bench_server *s) {
  if (s->to)
    fclose(s->to);
  if (s->from)
    fclose(s->from);
  if (s->pid > 0)
    waitpid(s->pid, NULL, 0);
  memset(s, 0, sizeof *s);
}
