/* Exhaustive exploration: all orders in which parcels of few workers can come, and in which workers can finish, for
 * every strategy, with the real machines (claims S1-S3, S5, S6, C6). FUGUE_EXPLORE=full adds larger cases. */
#include "tests/explore/explore.h"
#include "tests/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MF      "mf:rank=1"
#define LDA     "lda:topics=2"              /* with a statistic */
#define SQUARED "lda:topics=2,loss=squared" /* that releases divide by */

/* strategy, model, workers, epochs, chunk, then what else there is */
#define SCENE(s, m, p, e, c, ...)                                                                                      \
  { .sync = (s), .model = (m), .workers = (p), .epochs = (e), .chunk = (c), __VA_ARGS__ }

/* clang-format off */
static const struct scene scenes[] = {
    SCENE("barrier", MF, 2, "3", "1"),
    SCENE("barrier", MF, 3, "2", "2"),
    SCENE("barrier", MF, 3, "1", "1", .any_order = true),
    SCENE("barrier", MF, 3, "2", "2", .meet = 3),
    SCENE("barrier", MF, 4, "1", "2"),
    SCENE("barrier:arity=1", SQUARED, 3, "1", "2"),
    SCENE("barrier:arity=2", MF, 4, "2", "1", .large = true),
    SCENE("fugue:max=2", MF, 2, "3", "1"),
    SCENE("fugue:max=1", MF, 3, "2", "2"),
    SCENE("fugue:max=1", MF, 3, "1", "1", .any_order = true),
    SCENE("fugue:max=1", MF, 3, "2", "2", .meet = 3),
    SCENE("fugue:max=1", MF, 4, "1", "2"),
    SCENE("fugue:max=0,arity=1", SQUARED, 3, "1", "2"),
    SCENE("fugue:max=1", MF, 4, "2", "1", .large = true),
    SCENE("quorum:q=0.5,max=1", MF, 2, "2", "1"),
    SCENE("quorum:q=0.3,max=1", MF, 3, "1", "1"),
    SCENE("quorum:q=0.6,max=1", LDA, 3, "2", "1"),
    SCENE("quorum:q=0.6,wait=idle", MF, 3, "1", "1", .any_order = true),
    SCENE("quorum:q=0.5,max=1", MF, 4, "1", "2", .large = true),
    SCENE("ring:blocks=1", MF, 3, "2", "1"),
    SCENE("ring:blocks=2", LDA, 2, "2", "2"),
    SCENE("ring:blocks=2", LDA, 2, "1", "1", .any_order = true),
    SCENE("ring:blocks=2", MF, 3, "2", "2", .pause = 6),
    SCENE("ring:blocks=2", LDA, 2, "2", "2", .pause = 4, .meet = 4),
    SCENE("ring:blocks=1", LDA, 3, "1", "2"),
    SCENE("ring:blocks=2", MF, 4, "1", "2", .large = true),
    SCENE("nomad:blocks=2", MF, 2, "2", "1"),
    SCENE("nomad:blocks=2", MF, 2, "1", "2", .any_route = true),
    SCENE("nomad:blocks=2", LDA, 2, "1", "1", .any_order = true),
    SCENE("nomad:blocks=2", LDA, 2, "2", "2", .pause = 4, .meet = 4),
    SCENE("nomad:blocks=1", MF, 3, "2", "2", .pause = 3),
    SCENE("nomad:blocks=1", LDA, 2, "3", "2", .pause = 2, .any_route = true),
    SCENE("nomad:blocks=1", LDA, 3, "1", "2"),
    SCENE("nomad:blocks=2", LDA, 2, "1", "2", .any_route = true, .large = true),
    SCENE("nomad:blocks=1", MF, 3, "1", "2", .any_route = true, .large = true),
    SCENE("nomad:blocks=2", MF, 3, "1", "1", .large = true),
    SCENE("relay:blocks=2,slack=1", MF, 2, "2", "2"),
    SCENE("relay:blocks=2,slack=2", MF, 2, "1", "1"),
    SCENE("relay:blocks=2,slack=1", LDA, 2, "1", "1", .any_order = true),
    SCENE("relay:blocks=2,slack=1", LDA, 2, "2", "2", .pause = 4),
    SCENE("relay:blocks=2,slack=1", LDA, 2, "2", "2", .pause = 4, .meet = 4),
    SCENE("relay:blocks=1,slack=1", MF, 3, "1", "2"),
    SCENE("relay:blocks=2,slack=2", LDA, 2, "1", "1", .any_order = true, .large = true),
    SCENE("relay:blocks=2,slack=2", LDA, 2, "2", "2", .pause = 4, .meet = 4, .large = true),
    SCENE("relay:blocks=2,slack=2", MF, 2, "2", "2", .large = true),
    SCENE("relay:blocks=2,slack=inf", MF, 2, "1", "2"),
    SCENE("relay:blocks=1,slack=1", MF, 3, "2", "2", .large = true),
    SCENE("psgd:every=0,reduce=ring", MF, 3, "1", "2"),
    SCENE("psgd:every=0,reduce=tree", MF, 3, "1", "2", .any_order = true),
    SCENE("psgd:every=0,reduce=ring,wait=extra,max=1", MF, 2, "2", "2"),
    SCENE("ssp:slack=0", LDA, 2, "2", "2"),
    SCENE("ssp:slack=1", MF, 2, "3", "2", .any_order = true),
    SCENE("ssp:slack=inf", MF, 2, "2", "2", .pause = 2, .meet = 2),
    SCENE("ssp:slack=0,servers=1", LDA, 2, "2", "2"),
    SCENE("ssp:slack=1,servers=2", MF, 2, "2", "2", .any_order = true),
};
/* clang-format on */

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Two points in every block, so that a pass has a chunk or two. */
static struct fg_run *prepare(const struct scene *scene, uint32_t blocks, char **data) {
  char workers[16];
  *data = fixture_points(2 * scene->workers, blocks * scene->workers, 1, 1);
  snprintf(workers, sizeof workers, "%u", scene->workers);
  const char *const options[] = {"workers",   workers, "model",      scene->model, "sync",
                                 scene->sync, "chunk", scene->chunk, "epochs",     scene->epochs,
                                 "seed",      "1",     "test",       "0",          NULL};
  struct fg_run *run = fixture_run(*data, options);
  run->job.pause = scene->pause;
  for (uint32_t p = 0; p < run->grid.row_blocks; p++)
    for (uint32_t q = 0; q < run->grid.col_blocks; q++)
      assert_int_equal(fg_grid_train(&run->grid, p, q)->n, 2);
  return run;
}

static uint32_t blocks_of(const char *spec) {
  struct fg_sync sync;
  struct fg_fault fault;
  if (fg_sync_parse(spec, 0.5, &sync, &fault))
    fail_msg("%s", fault.text);
  return fg_sync_blocks(&sync);
}

static void play(struct explorer *e, const struct scene *scene) {
  char *data;
  struct fg_run *run = prepare(scene, blocks_of(scene->sync), &data);
  double start = seconds();
  e->hosts = fg_sync_hosts(&run->job.sync, scene->workers);
  assert_true(e->hosts <= MAX_HOSTS && run->grid.col_blocks <= MAX_COLS);
  e->scene = scene;
  e->run = run;
  e->rounds = run->job.rounds;
  e->sync = run->job.sync;
  if (e->fault && e->fault->spoil)
    e->fault->spoil(e, run);
  explore(e);
  if (!e->fault)
    printf("%-28s %-25s %u %6llu %-6s %5llu %4llu %-5s %8llu %10llu %11llu %6llu %7.1f\n", scene->sync, scene->model,
           scene->workers, (unsigned long long)e->rounds, scene->chunk[0] == '1' ? "two" : "one",
           (unsigned long long)scene->pause, (unsigned long long)scene->meet,
           scene->any_order   ? "any"
           : scene->any_route ? "route"
                              : "",
           (unsigned long long)machines_count(), (unsigned long long)e->states, (unsigned long long)e->transitions,
           (unsigned long long)e->depth, seconds() - start);
  machines_free();
  fixture_run_free(run);
  fixture_drop(data);
}

static void every_order_is_good(void **state) {
  (void)state;
  const char *how = getenv("FUGUE_EXPLORE");
  bool full = how && strcmp(how, "full") == 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  unsigned broken = 0;
  printf("%-28s %-25s %s %s %s %s %s %-5s %8s %10s %11s %6s %7s\n", "strategy", "model", "P", "rounds", "chunks",
         "pause", "meet", "any", "local", "states", "transitions", "depth", "seconds");
  for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
    if (scenes[i].large && !full)
      continue;
    struct explorer e = {.properties = PROPERTY_ALL, .talks = true};
    play(&e, &scenes[i]);
    broken |= e.broken;
  }
  assert_int_equal(broken, 0);
}

static void seeded_faults_are_found(void **state) {
  (void)state;
  unsigned found = 0;
  for (size_t i = 0; i < n_faults; i++) {
    struct explorer e = {.fault = &faults[i], .properties = faults[i].properties ? faults[i].properties : PROPERTY_ALL};
    e.talks = getenv("FUGUE_EXPLORE_TALKS") != NULL;
    play(&e, &faults[i].scene);
    bool finds = e.broken & 1u << faults[i].found;
    printf("%-45s %s (%s; %llu states)\n", faults[i].name, finds ? "found" : "NOT FOUND",
           property_text[faults[i].found], (unsigned long long)e.states);
    if (!finds)
      for (int k = 0; k < PROPERTIES; k++)
        if (e.broken & 1u << k)
          printf("   instead: %s\n", property_text[k]);
    found += finds;
  }
  assert_int_equal(found, n_faults);
}

/* One scene by hand: strategy, model, workers, epochs, chunk, then pause=N, meet=N, order, route. */
static int play_one(int argc, char **argv) {
  struct scene scene = SCENE(argv[1], argv[2], (uint32_t)atoi(argv[3]), argv[4], argv[5]);
  for (int i = 6; i < argc; i++) {
    if (strncmp(argv[i], "pause=", 6) == 0)
      scene.pause = (uint64_t)atoi(argv[i] + 6);
    if (strncmp(argv[i], "meet=", 5) == 0)
      scene.meet = (uint64_t)atoi(argv[i] + 5);
    scene.any_order = scene.any_order || strcmp(argv[i], "order") == 0;
    scene.any_route = scene.any_route || strcmp(argv[i], "route") == 0;
  }
  struct explorer e = {.properties = PROPERTY_ALL, .talks = true};
  play(&e, &scene);
  return e.broken != 0;
}

int main(int argc, char **argv) {
  if (argc >= 6)
    return play_one(argc, argv);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_order_is_good),
      cmocka_unit_test(seeded_faults_are_found),
  };
  return cmocka_run_group_tests_name("explore", tests, NULL, NULL);
}
