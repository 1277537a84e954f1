/* Explorations and scenes as claims use them: what is chosen, what is found, what is reported, what is remembered. */
#include "proofs/lab/explored.h"
#include "proofs/lab/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char scratch[64];

static struct fg_lab lab_of(unsigned jobs, bool full) {
  return (struct fg_lab){.seed = 1, .jobs = jobs, .full = full, .level = 1e-4, .scratch = scratch};
}

static int make_scratch(void **state) {
  (void)state;
  snprintf(scratch, sizeof scratch, "/tmp/fugue-explored-XXXXXX");
  return mkdtemp(scratch) ? 0 : -1;
}

static int drop_scratch(void **state) {
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", scratch);
  return system(command);
}

static bool small_barrier(const struct fg_explore_scene *scene) {
  return strcmp(scene->sync, "barrier") == 0 && scene->workers == 2;
}

static void scenes_are_chosen(void **state) {
  struct fg_expeditions some = {0}, quick = {0}, full = {0};
  struct fg_lab lab = lab_of(1, false), more = lab_of(1, true);
  size_t n = 0, large = 0;
  (void)state;
  for (const struct fg_explore_scene *s = fg_explore_scenes; s->sync; s++, n++)
    large += s->large;
  assert_int_equal(fg_expeditions_choose(&some, &lab, small_barrier), FG_OK);
  assert_int_equal(fg_expeditions_choose(&quick, &lab, NULL), FG_OK);
  assert_int_equal(fg_expeditions_choose(&full, &more, NULL), FG_OK);
  assert_int_equal(some.n, 1);
  assert_true(large > 0);
  assert_int_equal(quick.n, n - large);
  assert_int_equal(full.n, n);
  fg_expeditions_free(&some);
  fg_expeditions_free(&quick);
  fg_expeditions_free(&full);
}

/* 337 states, 697 moves: as the test of the exploration prints them; once more from memory */
static void a_scene_is_explored_once(void **state) {
  struct fg_lab lab = lab_of(2, false);
  char path[128];
  (void)state;
  for (int again = 0; again < 2; again++) {
    struct fg_expeditions x = {0};
    assert_int_equal(fg_expeditions_choose(&x, &lab, small_barrier), FG_OK);
    assert_int_equal(fg_expeditions_run(&x, &lab, NULL), FG_OK);
    assert_int_equal(x.item[0].explored.states, 337);
    assert_int_equal(x.item[0].explored.transitions, 697);
    snprintf(path, sizeof path, "%s/explored.%td", scratch, x.item[0].scene - fg_explore_scenes);
    assert_int_equal(access(path, R_OK), 0);
    fg_expeditions_free(&x);
  }
  FILE *f = fopen(path, "r+b"); /* what is remembered is what is read */
  struct fg_explored other = {.states = 5};
  assert_int_equal(fwrite(&other, sizeof other, 1, f), 1);
  fclose(f);
  struct fg_expeditions x = {0};
  assert_int_equal(fg_expeditions_choose(&x, &lab, small_barrier), FG_OK);
  assert_int_equal(fg_expeditions_run(&x, &lab, NULL), FG_OK);
  assert_int_equal(x.item[0].explored.states, 5);
  fg_expeditions_free(&x);
}

static unsigned violated(const struct fg_findings *f) {
  unsigned n = 0;
  for (size_t i = 0; i < f->n; i++)
    n += fg_finding_verdict(&f->finding[i]) == FG_VIOLATED;
  return n;
}

/* Of a fault no other property is looked at than those that are judged and that the fault is about. */
static void faults_are_looked_at_by_the_claim(void **state) {
  static const char *const names[] = {"a block comes twice", NULL};
  static const char *const ahead[] = {"a server's slack is off by one", NULL};
  const unsigned staleness = FG_PROPERTY_BIT(STALENESS), ownership = FG_PROPERTY_BIT(OWNERSHIP);
  struct fg_lab lab = lab_of(1, false);
  struct fg_expeditions x = {0};
  (void)state;
  assert_int_equal(fg_expeditions_seed(&x, names, ownership), FG_OK);
  assert_int_equal(fg_expeditions_seed(&x, ahead, staleness | FG_PROPERTY_BIT(READS)), FG_OK);
  assert_int_equal(x.n, 2);
  assert_int_equal(x.item[0].seeded.properties, ownership);
  assert_int_equal(x.item[1].seeded.properties, staleness);
  assert_int_equal(fg_expeditions_run(&x, &lab, NULL), FG_OK);
  assert_int_equal(x.item[0].explored.violations[FG_PROPERTY_OWNERSHIP], 1);
  assert_int_equal(x.item[1].explored.violations[FG_PROPERTY_STALENESS], 1);
  fg_expeditions_free(&x);
}

/* A lost release is a deadlock; a claim that does not judge deadlocks learns that something else was wrong, but cannot
 * have it as a control. */
static void faults_are_reported(void **state) {
  static const char *const names[] = {"a release is lost", "a block comes twice", NULL};
  static const char *const wrong[] = {"no such fault", NULL};
  struct fg_lab lab = lab_of(2, false);
  struct fg_expeditions x = {0}, none = {0};
  struct fg_findings deadlock = {0}, cover = {0}, all = {0};
  (void)state;
  assert_int_equal(fg_expeditions_seed(&none, wrong, FG_PROPERTY_ALL), FG_EUSAGE);
  assert_int_equal(fg_expeditions_seed(&none, names, FG_PROPERTY_BIT(OWNERSHIP)), FG_EUSAGE);
  assert_int_equal(fg_expeditions_seed(&x, names, FG_PROPERTY_ALL), FG_OK);
  assert_int_equal(fg_expeditions_run(&x, &lab, NULL), FG_OK);
  assert_int_equal(fg_expeditions_report(&x, FG_PROPERTY_BIT(DEADLOCK), &deadlock), FG_OK);
  assert_int_equal(deadlock.n, 2); /* both are of barrier; and the others */
  assert_int_equal(violated(&deadlock), 2);
  assert_float_equal(deadlock.finding[0].measured, 1, 0);
  assert_float_equal(deadlock.finding[1].measured, 1, 0); /* the block */
  assert_non_null(strstr(deadlock.finding[0].text, "barrier, 2 scenes, P <= 2"));
  assert_int_equal(fg_expeditions_report(&x, FG_PROPERTY_BIT(COVER), &cover), FG_OK);
  assert_int_equal(violated(&cover), 1);
  assert_float_equal(cover.finding[1].measured, 2, 0);
  assert_int_equal(fg_expeditions_report(&x, FG_PROPERTY_ALL, &all), FG_OK);
  assert_int_equal(all.n, FG_PROPERTIES + 1);
  assert_int_equal(violated(&all), 2);
  fg_findings_free(&deadlock);
  fg_findings_free(&cover);
  fg_findings_free(&all);
  fg_expeditions_free(&x);
}

static void scenes_grow(void **state) {
  struct fg_scenes scenes = {0};
  (void)state;
  for (int i = 0; i < 500; i++)
    assert_int_equal(fg_scenes_add(&scenes, &(struct fg_scene){"barrier", "mf:rank=2", "1", 2}), FG_OK);
  assert_int_equal(scenes.n, 500);
  assert_int_equal(fg_scenes_add(&scenes, &(struct fg_scene){"barrier", "mf:rank=2", "1", 1000}), FG_OK);
  assert_int_equal(fg_scenes_add(&scenes, &(struct fg_scene){"ssp:servers=5", "mf:rank=2", "1", 2}), FG_OK);
  assert_int_equal(scenes.n, 500); /* neither is admitted */
  fg_scenes_free(&scenes);
}

/* Every strategy of the table is among the scenes of both kinds. */
static void all_strategies_have_scenes(void **state) {
  (void)state;
  for (size_t i = 0; fg_sync_types[i]; i++) {
    const char *name = fg_sync_types[i]->name;
    bool simulated = false, explored = false;
    for (const char *const *s = fg_scene_syncs; *s; s++)
      simulated |= strncmp(*s, name, strlen(name)) == 0;
    for (const struct fg_explore_scene *s = fg_explore_scenes; s->sync; s++)
      explored |= strncmp(s->sync, name, strlen(name)) == 0;
    if (!simulated || !explored)
      fail_msg("%s is not %s", name, simulated ? "explored" : "simulated");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scenes_are_chosen),   cmocka_unit_test(a_scene_is_explored_once),
      cmocka_unit_test(faults_are_reported), cmocka_unit_test(faults_are_looked_at_by_the_claim),
      cmocka_unit_test(scenes_grow),         cmocka_unit_test(all_strategies_have_scenes),
  };
  return cmocka_run_group_tests_name("explored", tests, make_scratch, drop_scratch);
}
