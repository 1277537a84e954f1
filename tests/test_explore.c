/* Exhaustive exploration: all orders in which parcels of few workers can come, and in which workers can finish, for
 * every strategy, with the real machines (claims S1-S3, S5, S6, C6). FUGUE_EXPLORE=full adds larger cases. */
#include "core/spec.h"
#include "proofs/explore/explore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_line(void *self, const char *text) {
  (void)self;
  puts(text);
}

static void play(const struct fg_explore_scene *scene, const struct fg_seeded *seeded, bool talks,
                 struct fg_explored *explored) {
  static const struct fg_teller teller = {print_line, NULL};
  struct fg_fault fault = {0};
  double start = seconds();
  const char *tmp = getenv("TMPDIR");
  if (fg_explore(scene, seeded, tmp && *tmp ? tmp : "/tmp", talks ? &teller : NULL, explored, &fault))
    fail_msg("%s: %s", scene->sync, fault.text);
  if (!seeded)
    printf("%-28s %-25s %u %6llu %-6s %5llu %4llu %-5s %8llu %10llu %11llu %6llu %7.1f\n", scene->sync, scene->model,
           scene->workers, (unsigned long long)explored->rounds, scene->chunk[0] == '1' ? "two" : "one",
           (unsigned long long)scene->pause, (unsigned long long)scene->meet,
           scene->any_order   ? "any"
           : scene->any_route ? "route"
                              : "",
           (unsigned long long)explored->local, (unsigned long long)explored->states,
           (unsigned long long)explored->transitions, (unsigned long long)explored->depth, seconds() - start);
}

static uint64_t broken(const struct fg_explored *explored) {
  uint64_t n = 0;
  for (int k = 0; k < FG_PROPERTIES; k++)
    n += explored->violations[k];
  return n;
}

static void every_order_is_good(void **state) {
  (void)state;
  const char *how = getenv("FUGUE_EXPLORE");
  bool full = how && strcmp(how, "full") == 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  uint64_t violations = 0;
  printf("%-28s %-25s %s %s %s %s %s %-5s %8s %10s %11s %6s %7s\n", "strategy", "model", "P", "rounds", "chunks",
         "pause", "meet", "any", "local", "states", "transitions", "depth", "seconds");
  for (const struct fg_explore_scene *scene = fg_explore_scenes; scene->sync; scene++) {
    struct fg_explored explored;
    if (scene->large && !full)
      continue;
    play(scene, NULL, true, &explored);
    violations += broken(&explored);
  }
  assert_int_equal(violations, 0);
}

static void seeded_faults_are_found(void **state) {
  (void)state;
  unsigned n = 0, found = 0;
  for (const struct fg_seeded *seeded = fg_seeded_faults; seeded->name; seeded++, n++) {
    struct fg_explored explored;
    play(&seeded->scene, seeded, getenv("FUGUE_EXPLORE_TALKS") != NULL, &explored);
    bool finds = explored.violations[seeded->found] > 0;
    printf("%-45s %s (%s; %llu states)\n", seeded->name, finds ? "found" : "NOT FOUND", fg_property_text[seeded->found],
           (unsigned long long)explored.states);
    for (int k = 0; k < FG_PROPERTIES && !finds; k++)
      if (explored.violations[k])
        printf("   instead: %s\n", fg_property_text[k]);
    found += finds;
  }
  assert_true(n > 0);
  assert_int_equal(found, n);
}

static void count_line(void *self, const char *text) {
  unsigned *lines = self;
  assert_non_null(strchr(text, ' '));
  (*lines)++;
}

/* What went wrong is told as a story, and only if somebody wants to hear it. */
static void faults_are_told(void **state) {
  unsigned lines = 0;
  const struct fg_teller teller = {count_line, &lines};
  const struct fg_seeded *lost = fg_seeded_find("a release is lost");
  struct fg_explored explored;
  (void)state;
  assert_non_null(lost);
  assert_null(fg_seeded_find("nothing"));
  assert_int_equal(fg_explore(&lost->scene, lost, "/tmp", &teller, &explored, NULL), FG_OK);
  assert_true(lines > explored.depth / 2);
  assert_int_equal(fg_explore(&lost->scene, lost, "/tmp", NULL, &explored, NULL), FG_OK);
}

/* Errors come back, and leave nothing behind that the next exploration would stumble over. */
static void bad_scenes_are_refused(void **state) {
  struct fg_explore_scene scene = {.sync = "barrier", .model = "mf:rank=1", .workers = 5, .epochs = "1", .chunk = "1"};
  struct fg_explored explored;
  struct fg_fault fault = {0};
  (void)state;
  assert_int_equal(fg_explore(&scene, NULL, "/tmp", NULL, &explored, &fault), FG_EUSAGE);
  assert_non_null(strstr(fault.text, "too many hosts"));
  scene.workers = 4;
  scene.sync = "ring:blocks=3";
  scene.model = "mf:rank=1000"; /* 20 rows of 4 kB: more than the arena has */
  assert_int_equal(fg_explore(&scene, NULL, "/tmp", NULL, &explored, &fault), FG_ENOMEM);
  scene.workers = 2;
  scene.model = "mf:rank=1";
  scene.sync = "nothing";
  assert_int_equal(fg_explore(&scene, NULL, "/tmp", NULL, &explored, &fault), FG_EUSAGE);
  scene.sync = "barrier";
  assert_int_equal(fg_explore(&scene, NULL, "/nowhere", NULL, &explored, &fault), FG_EIO);
  assert_int_equal(fg_explore(&scene, NULL, "/tmp", NULL, &explored, &fault), FG_OK);
  assert_int_equal(broken(&explored), 0);
}

/* One scene by hand: strategy, model, workers, epochs, chunk, then pause=N, meet=N, order, route. */
static int play_one(int argc, char **argv) {
  struct fg_explore_scene scene = {.sync = argv[1], .model = argv[2], .epochs = argv[4], .chunk = argv[5]};
  struct fg_explored explored;
  uint64_t workers;
  bool good = fg_parse_u64(argv[3], &workers) && workers >= 1 && workers <= 4;
  for (int i = 6; i < argc; i++) {
    if (strncmp(argv[i], "pause=", 6) == 0)
      good = good && fg_parse_u64(argv[i] + 6, &scene.pause);
    if (strncmp(argv[i], "meet=", 5) == 0)
      good = good && fg_parse_u64(argv[i] + 5, &scene.meet);
    scene.any_order = scene.any_order || strcmp(argv[i], "order") == 0;
    scene.any_route = scene.any_route || strcmp(argv[i], "route") == 0;
  }
  if (!good) {
    fprintf(stderr, "workers (1 to 4), pause=N, meet=N: whole numbers\n");
    return 2;
  }
  scene.workers = (uint32_t)workers;
  play(&scene, NULL, true, &explored);
  return broken(&explored) != 0;
}

int main(int argc, char **argv) {
  if (argc >= 6)
    return play_one(argc, argv);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_order_is_good),
      cmocka_unit_test(seeded_faults_are_found),
      cmocka_unit_test(faults_are_told),
      cmocka_unit_test(bad_scenes_are_refused),
  };
  return cmocka_run_group_tests_name("explore", tests, NULL, NULL);
}
