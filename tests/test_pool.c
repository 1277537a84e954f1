/* Processes of a sweep: how they end, how long they may take, how many there are, what they leave behind: nobody. */
#include "sweep/family.h"
#include "sweep/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 16 };

/* What the children tell: shared memory. */
struct board {
  atomic_int running, most, with_two;
  atomic_int pid[MOST];
};

struct job {
  int (*what)(struct job *job);
  int number;
  struct board *board;
};

struct scene {
  struct fg_task task[MOST];
  struct job job[MOST];
  size_t n, next, ended;
  struct fg_task *order[MOST];
  size_t stop_after; /* `ended` fails then; 0: never */
};

static char scratch[64], log_path[MOST][128];
static struct board *board;

static int make_scratch(void **state) {
  (void)state;
  snprintf(scratch, sizeof scratch, "/tmp/fugue-pool-XXXXXX");
  board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return mkdtemp(scratch) && board != MAP_FAILED ? 0 : -1;
}

static int drop_scratch(void **state) {
  char command[128];
  (void)state;
  munmap(board, sizeof *board);
  snprintf(command, sizeof command, "rm -rf %s", scratch);
  return system(command);
}

static void pause_for(double seconds) {
  nanosleep(&(struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)}, NULL);
}

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void add(struct scene *s, int (*what)(struct job *), double timeout_s) {
  size_t i = s->n++;
  snprintf(log_path[i], sizeof log_path[i], "%s/%zu.log", scratch, i);
  s->job[i] = (struct job){what, (int)i, board};
  s->task[i] = (struct fg_task){.work = &s->job[i], .slots = 1, .log = log_path[i], .timeout_s = timeout_s};
}

static int run(void *work) {
  struct job *job = work;
  return job->what(job);
}

static struct fg_task *next(void *self) {
  struct scene *s = self;
  return s->next < s->n ? &s->task[s->next++] : NULL;
}

static enum fg_err ended(void *self, struct fg_task *task, struct fg_fault *fault) {
  struct scene *s = self;
  s->order[s->ended++] = task;
  return s->ended == s->stop_after ? fg_fail(fault, FG_EIO, "database", 0, "is full") : FG_OK;
}

static void play(struct scene *s, size_t slots) {
  struct fg_fault fault = {0};
  assert_int_equal(fg_pool_run(slots, run, next, ended, NULL, s, &fault), FG_OK);
  assert_int_equal(s->ended, s->n);
}

/* Is the process there, and not only its remains? */
static bool lives(pid_t pid) {
  char path[64], line[256] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *f = fopen(path, "r");
  if (!f)
    return false;
  const char *end = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
  fclose(f);
  return end && end[2] != 'Z' && end[2] != 'X';
}

static bool dies(pid_t pid) {
  for (int i = 0; i < 400; i++) {
    if (!lives(pid))
      return true;
    pause_for(0.01);
  }
  return false;
}

static void read_log(size_t i, char *out, size_t size) {
  FILE *f = fopen(log_path[i], "r");
  assert_non_null(f);
  out[fread(out, 1, size - 1, f)] = 0;
  fclose(f);
}

/* ---- how a task ends */

static int returns_seven(struct job *job) {
  (void)job;
  return 7;
}

static int works(struct job *job) {
  (void)job;
  size_t n = 40000000;
  volatile char *room = malloc(n);
  for (size_t i = 0; i < n; i++)
    room[i] = 1;
  for (double until = seconds_now() + 0.15; seconds_now() < until;)
    room[17] = (char)(room[17] + 1);
  free((void *)room);
  return 0;
}

static int crashes(struct job *job) {
  (void)job;
  signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would make an exit code of it */
  raise(SIGSEGV);
  return 0;
}

static void ends_are_told(void **state) {
  struct scene s = {0};
  (void)state;
  add(&s, returns_seven, INFINITY);
  add(&s, works, 60);
  add(&s, crashes, INFINITY);
  play(&s, 2);
  assert_int_equal(s.task[0].exit_code, 7);
  assert_int_equal(s.task[0].signal, 0);
  assert_int_equal(s.task[1].exit_code, 0);
  assert_true(s.task[1].cpu_s > 0.05 && s.task[1].cpu_s < 10);
  assert_true(s.task[1].wall_s > 0.14 && s.task[1].wall_s < 30);
  assert_true(s.task[1].memory_mb > 39);
  assert_int_equal(s.task[2].exit_code, -1);
  assert_int_equal(s.task[2].signal, SIGSEGV);
  assert_false(s.task[0].timed_out || s.task[1].timed_out || s.task[2].timed_out);
}

static int speaks(struct job *job) {
  char byte;
  printf("number %d, ", job->number);
  fprintf(stderr, "a fault, ");
  printf("%zd bytes of input, ", read(STDIN_FILENO, &byte, 1));
  printf("descriptor 9 is %s\n", fcntl(9, F_GETFD) < 0 && errno == EBADF ? "closed" : "open");
  return 0;
}

/* each in its own log, which is made anew; what the parent has not written out yet is in none of them */
static void logs_are_apart(void **state) {
  struct scene s = {0};
  char text[256];
  (void)state;
  int high = dup2(STDERR_FILENO, 9);
  add(&s, speaks, INFINITY);
  add(&s, speaks, INFINITY);
  FILE *old = fopen(log_path[1], "w");
  fputs("the log of an earlier attempt, longer than what comes now: it is gone, and nothing of it is left", old);
  fclose(old);
  fputs(" ", stdout);
  play(&s, 2);
  close(high);
  for (size_t i = 0; i < 2; i++) {
    char expected[256];
    snprintf(expected, sizeof expected, "a fault, number %zu, 0 bytes of input, descriptor 9 is closed\n", i);
    read_log(i, text, sizeof text);
    assert_string_equal(text, expected);
  }
}

static void a_log_that_cannot_be(void **state) {
  struct scene s = {0};
  struct fg_fault fault = {0};
  (void)state;
  add(&s, returns_seven, INFINITY);
  s.task[0].log = "/nowhere/at/all.log";
  assert_int_equal(fg_pool_run(1, run, next, ended, NULL, &s, &fault), FG_EIO);
  assert_string_equal(fault.file, "/nowhere/at/all.log");
  assert_int_equal(s.ended, 0);
}

/* ---- time */

static int sleeps(struct job *job) {
  (void)job;
  pause_for(60);
  return 0;
}

static int sleeps_deaf(struct job *job) {
  signal(SIGTERM, SIG_IGN);
  return sleeps(job);
}

static int naps(struct job *job) {
  (void)job;
  pause_for(0.05);
  return 0;
}

static void time_is_limited(void **state) {
  struct scene s = {0};
  (void)state;
  add(&s, sleeps, 0.2);
  add(&s, naps, 30);
  add(&s, sleeps_deaf, 0.2);
  double start = seconds_now();
  play(&s, 3);
  assert_true(s.task[0].timed_out);
  assert_int_equal(s.task[0].signal, SIGTERM);
  assert_false(s.task[1].timed_out);
  assert_int_equal(s.task[1].exit_code, 0);
  assert_true(s.task[2].timed_out);
  assert_int_equal(s.task[2].signal, SIGKILL);
  assert_true(s.task[0].wall_s >= 0.2 && s.task[0].wall_s < FG_POOL_GRACE);
  assert_true(s.task[2].wall_s >= FG_POOL_GRACE && seconds_now() - start < 20);
}

/* ---- slots */

static int counts(struct job *job) {
  struct board *b = job->board;
  int n = atomic_fetch_add(&b->running, 1) + 1, most = atomic_load(&b->most);
  while (n > most && !atomic_compare_exchange_weak(&b->most, &most, n))
    continue;
  pause_for(0.04);
  atomic_fetch_sub(&b->running, 1);
  return 0;
}

static int counts_double(struct job *job) {
  struct board *b = job->board;
  atomic_fetch_add(&b->running, 1);
  int code = counts(job);
  atomic_fetch_sub(&b->running, 1);
  return code;
}

static int is_alone(struct job *job) {
  int others = atomic_load(&job->board->running);
  pause_for(0.03);
  return others + atomic_load(&job->board->running);
}

static void slots_are_kept(void **state) {
  struct scene s = {0};
  (void)state;
  *board = (struct board){0};
  for (int i = 0; i < 8; i++)
    add(&s, counts, INFINITY);
  play(&s, 3);
  assert_int_equal(board->most, 3);

  s = (struct scene){0};
  *board = (struct board){0};
  for (int i = 0; i < 9; i++) {
    add(&s, i % 3 == 1 ? counts_double : counts, INFINITY);
    s.task[i].slots = i % 3 == 1 ? 2 : 1;
  }
  play(&s, 3);
  assert_int_equal(board->most, 3);

  s = (struct scene){0};
  *board = (struct board){0};
  for (int i = 0; i < 3; i++)
    add(&s, i == 1 ? is_alone : counts, INFINITY);
  s.task[1].slots = 5; /* more than there are */
  play(&s, 2);
  assert_int_equal(s.task[1].exit_code, 0);
  assert_int_equal(board->most, 1);
}

/* ---- stopping */

static volatile sig_atomic_t alarmed;
static void alarm_clock(int number) {
  (void)number;
  alarmed = 1;
}
static bool stopped(void) {
  return alarmed != 0;
}

static void stopping_ends_all(void **state) {
  struct scene s = {0};
  struct fg_fault fault = {0};
  struct sigaction before;
  (void)state;
  for (int i = 0; i < 4; i++)
    add(&s, i == 0 ? naps : sleeps, INFINITY);
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = alarm_clock}, &before);
  alarmed = 0;
  ualarm(300000, 0);
  double start = seconds_now();
  assert_int_equal(fg_pool_run(2, run, next, ended, stopped, &s, &fault), FG_ESTOPPED);
  sigaction(SIGALRM, &before, NULL);
  assert_true(seconds_now() - start < 20);
  assert_int_equal(s.ended, 1); /* the nap; no sleeper is told of */
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

static void an_error_ends_all(void **state) {
  struct scene s = {.stop_after = 1};
  struct fg_fault fault = {0};
  (void)state;
  for (int i = 0; i < 4; i++)
    add(&s, i == 1 ? naps : sleeps, INFINITY);
  assert_int_equal(fg_pool_run(2, run, next, ended, NULL, &s, &fault), FG_EIO);
  assert_string_equal(fault.text, "is full");
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* ---- nobody outlives the parent */

static int tells_and_sleeps(struct job *job) {
  atomic_store(&job->board->pid[job->number], getpid());
  return sleeps_deaf(job);
}

/* like mpirun: ranks in sessions of their own, deaf to what one would ask of them; they say who they are in a file */
static int launches(struct job *job) {
  char script[512];
  snprintf(
      script, sizeof script,
      "for i in 1 2; do setsid sh -c 'trap \"\" TERM HUP; echo $$ >%s/rank-%d-'$i'; while :; do sleep 1; done' & done; "
      "trap '' TERM; while :; do sleep 1; done",
      scratch, job->number);
  char *const argv[] = {"sh", "-c", script, NULL};
  return fg_family_run(argv);
}

static pid_t rank(int number, int i) {
  char path[128];
  int pid = 0;
  snprintf(path, sizeof path, "%s/rank-%d-%d", scratch, number, i);
  for (int tries = 0; tries < 1000 && pid == 0; tries++) {
    FILE *f = fopen(path, "r");
    if (f) {
      if (fscanf(f, "%d", &pid) != 1)
        pid = 0;
      fclose(f);
    }
    if (pid == 0)
      pause_for(0.01);
  }
  assert_true(pid > 0);
  return pid;
}

static void death_of_the_parent(void **state) {
  (void)state;
  *board = (struct board){0};
  pid_t parent = fork();
  if (parent == 0) {
    struct scene s = {0};
    add(&s, tells_and_sleeps, INFINITY);
    add(&s, tells_and_sleeps, INFINITY);
    add(&s, launches, INFINITY);
    fg_pool_run(3, run, next, ended, NULL, &s, NULL);
    _exit(1);
  }
  pid_t first = rank(2, 1), second = rank(2, 2);
  for (int i = 0; i < 1000 && !(atomic_load(&board->pid[0]) && atomic_load(&board->pid[1])); i++)
    pause_for(0.01);
  assert_true(lives(first) && lives(second) && lives(board->pid[0]) && lives(board->pid[1]));
  kill(parent, SIGKILL);
  waitpid(parent, NULL, 0);
  assert_true(dies(board->pid[0]) && dies(board->pid[1]));
  assert_true(dies(first) && dies(second));
}

static void a_family_ends_together(void **state) {
  struct scene s = {0};
  (void)state;
  add(&s, launches, 0.5);
  play(&s, 1);
  assert_true(s.task[0].timed_out);
  assert_int_equal(s.task[0].exit_code, 128 + SIGTERM);
  assert_false(lives(rank(0, 1)) || lives(rank(0, 2)));
}

static int has_no_command(struct job *job) {
  (void)job;
  char *const argv[] = {"no-such-launcher", NULL};
  return fg_family_run(argv);
}

static int hands_on(struct job *job) {
  (void)job;
  char *const argv[] = {"sh", "-c", "sleep 30 & echo here; exit 5", NULL};
  return fg_family_run(argv);
}

static int is_killed(struct job *job) {
  (void)job;
  char *const argv[] = {"sh", "-c", "kill -KILL $$", NULL};
  return fg_family_run(argv);
}

static void a_family_tells_its_end(void **state) {
  struct scene s = {0};
  char text[256];
  (void)state;
  add(&s, has_no_command, INFINITY);
  add(&s, hands_on, INFINITY);
  add(&s, is_killed, INFINITY);
  play(&s, 3);
  assert_int_equal(s.task[0].exit_code, 127);
  read_log(0, text, sizeof text);
  assert_string_equal(text, ""); /* who asked tells */
  assert_int_equal(s.task[1].exit_code, 5);
  read_log(1, text, sizeof text);
  assert_string_equal(text, "here\n");
  assert_true(s.task[1].wall_s < 10);
  assert_int_equal(s.task[2].exit_code, 128 + SIGKILL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ends_are_told),          cmocka_unit_test(logs_are_apart),
      cmocka_unit_test(a_log_that_cannot_be),   cmocka_unit_test(time_is_limited),
      cmocka_unit_test(slots_are_kept),         cmocka_unit_test(stopping_ends_all),
      cmocka_unit_test(an_error_ends_all),      cmocka_unit_test(death_of_the_parent),
      cmocka_unit_test(a_family_ends_together), cmocka_unit_test(a_family_tells_its_end),
  };
  return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
