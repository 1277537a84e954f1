/* The parts of a preflight whose answers are known: times to a goal, growth of variance, waits, choice, samples, the
 * page. */
#include "core/facts.h"
#include "core/files.h"
#include "cli/page.h"
#include "proofs/preflight/preflight.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define close_to(a, b, e) assert_true(fabs((a) - (b)) <= (e))

/* ---- courses */

static struct fg_course course_of(unsigned n, const double *test, double epoch) {
  struct fg_course c = {.made = true, .n = n};
  for (unsigned i = 0; i < n; i++) {
    c.time[i] = epoch * i;
    c.test[i] = test[i];
    c.train[i] = NAN;
  }
  return c;
}

static void test_time_to_goal(void **state) {
  const double losses[] = {10, 12, 8, 4, 3};
  struct fg_course c = course_of(5, losses, 2);
  (void)state;
  close_to(fg_course_time(&c, 8), 4, 1e-12);
  close_to(fg_course_time(&c, 5), 5.5, 1e-12); /* three quarters of the way from 8 to 4 */
  close_to(fg_course_time(&c, 11), 3, 0.51);
  assert_true(isinf(fg_course_time(&c, 2.9)));
  assert_true(isinf(fg_course_time(&c, NAN)));
  c.diverged = true;
  assert_true(isinf(fg_course_time(&c, 8)));
}

/* ---- variance */

static struct fg_sync sync_of(const char *spec) {
  struct fg_sync sync;
  assert_int_equal(fg_sync_parse(spec, 0.05, &sync, NULL), FG_OK);
  return sync;
}

static void test_growth(void **state) {
  (void)state;
  struct fg_sync half = sync_of("fugue:decay=0.5"), same = sync_of("fugue:extra=same"),
                 two = sync_of("fugue:extra=same,max=2"), harmonic = sync_of("fugue:extra=harmonic"),
                 barrier = sync_of("fugue:max=0");
  /* without curvature every pass adds its squared step */
  close_to(fg_predict_growth(&half, 0, 100, INFINITY), 1 / (1 - 0.25), 1e-9);
  close_to(fg_predict_growth(&half, 0, 100, 1.5), 1 + 0.25 + 0.5 * 0.0625, 1e-9);
  close_to(fg_predict_growth(&same, 0, 100, 2), 3, 1e-9);
  close_to(fg_predict_growth(&two, 0, 100, INFINITY), 3, 1e-9);
  close_to(fg_predict_growth(&harmonic, 0, 100, 2), 1 + 0.25 + 1.0 / 9, 1e-9);
  close_to(fg_predict_growth(&barrier, 0, 100, INFINITY), 1, 0);
  /* with curvature: V after n updates is V* (1 - r^2n), r = 1 - a */
  double a = 0.01, r = 1 - a;
  close_to(fg_predict_growth(&same, a, 50, 3), (1 - pow(r, 400)) / (1 - pow(r, 100)), 1e-9);
  /* updates that have reached V* cannot add to it (M5), undecayed ones neither */
  close_to(fg_predict_growth(&same, 0.1, 1000, INFINITY), 1, 1e-9);
  close_to(fg_predict_growth(&half, 0.1, 1000, INFINITY), 1, 1e-9);
  /* a wait without end has more passes than anybody counts */
  close_to(fg_predict_growth(&same, 1e-6, 1, INFINITY), 1 / (1 - pow(1 - 1e-6, 2)), 1);
  assert_true(isinf(fg_predict_growth(&same, 0, 100, INFINITY)));
}

static void test_advice_on_decay(void **state) {
  (void)state;
  struct fg_local l = {
      .blocks = 1, .points = 100, .dimension = 10, .trace = 1e-9, .noise = 1, .top = 1e-10, .square = 1};
  struct fg_variance v;
  struct fg_sync barrier = sync_of("barrier"), geometric = sync_of("fugue:decay=0.4");
  fg_predict_variance(&l, 1, 1.1, &barrier, &v);
  close_to(v.decay, sqrt(1 - 1 / 1.1), 1e-12);
  close_to(v.decay_mean, v.decay, 1e-6); /* no curvature to speak of */
  close_to(v.decay_mass, 1 - 1 / 1.1, 1e-12);
  assert_true(v.same_max == 0 && v.harmonic_max == 0 && v.users == 1 && v.stable);
  fg_predict_variance(&l, 1, 3.05, &geometric, &v);
  assert_true(v.same_max == 2 && isinf(v.harmonic_max)); /* sum 1 / (x + 2)^2 = 0.645 */
  close_to(v.users, 1 / (1 - 0.16), 1e-6);
  l.trace = 10 * 0.1; /* h = 0.1 */
  l.top = 3;
  fg_predict_variance(&l, 1, 1.1, &geometric, &v);
  assert_true(isinf(v.same_max) && !v.stable && isnan(v.limit));
  close_to(v.saturation, 1, 1e-6);
  l.top = 0.5;
  fg_predict_variance(&l, 1, 1.1, &geometric, &v);
  close_to(v.limit, 0.1 / (0.1 * 1.9), 1e-12); /* eta s^2 / (h (2 - eta h)) with s^2 = 1/10 */
  fg_predict_variance(&l, 3.9, 1.1, &geometric, &v);
  assert_true(v.stable);
  fg_predict_variance(&l, 4.1, 1.1, &geometric, &v);
  assert_false(v.stable);
}

/* ---- the choice */

struct made {
  struct fg_candidates all;
  struct fg_candidate c[4];
};

/* barrier, and three others that take `share` of its time with every seed, give or take */
static void make(struct made *m, const double *share, double spread) {
  static const double losses[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0.5};
  memset(m, 0, sizeof *m);
  m->all =
      (struct fg_candidates){.c = m->c, .n = 4, .epochs = 10, .workers = 4, .step = 1, .has_test = true, .user = 1};
  for (unsigned k = 0; k < 4; k++) {
    m->c[k].plain = k;
    m->c[k].seeds = 5;
    m->c[k].best = FG_PREFLIGHT_REACH;
    m->c[k].trial = (struct fg_trial *)m; /* not refused; nobody looks inside */
    for (unsigned s = 0; s < 5; s++)
      m->c[k].at_best[s] = course_of(11, losses, share[k] * (1 + (k ? spread * ((int)(s * k % 5) - 2) : 0)));
    m->c[k].tuned[FG_PREFLIGHT_REACH] = m->c[k].at_best[0];
  }
}

static void test_choice(void **state) {
  struct fg_recommendation r;
  struct made m;
  (void)state;
  make(&m, (const double[]){1, 0.9, 0.3, 0.2}, 0.01);
  fg_preflight_recommend(&m.all, &r);
  assert_true(r.any && r.best == 3 && r.chosen == 3 && r.n_alike == 0);
  close_to(r.gain.estimate, 5, 0.05);
  assert_true(r.gain.low < r.gain.estimate && r.gain.estimate < r.gain.high);
  /* within the noise and 5 %: the simpler */
  make(&m, (const double[]){1, 0.9, 0.204, 0.2}, 0.05);
  fg_preflight_recommend(&m.all, &r);
  assert_true(r.best == 3 && r.chosen == 2 && r.n_alike == 1 && r.alike[0] == 2);
  /* within the noise, but a fifth slower: said, not taken */
  make(&m, (const double[]){1, 0.9, 0.24, 0.2}, 0.3);
  fg_preflight_recommend(&m.all, &r);
  assert_true(r.best == 3 && r.chosen == 3 && r.n_alike == 1);
  /* the fastest does not get there with one seed: twice its time, 2 x 2, a goal after 1.2; then with two of five */
  make(&m, (const double[]){1, 0.9, 0.3, 0.2}, 0);
  for (unsigned i = 0; i < 11; i++)
    m.c[3].at_best[2].test[i] = 10;
  unsigned reached, seeds;
  double goal = 5.94;
  close_to(fg_candidate_time(&m.all, &m.c[3], &reached, &seeds), goal * 0.2 * pow(4 / (goal * 0.2), 0.2), 1e-9);
  assert_true(reached == 4 && seeds == 5);
  fg_preflight_recommend(&m.all, &r);
  assert_true(r.best == 3 && r.chosen == 3);
  m.c[3].at_best[1] = m.c[3].at_best[2];
  fg_preflight_recommend(&m.all, &r);
  assert_true(r.best == 2 && r.chosen == 2);
  m.c[2].at_best[0].diverged = m.c[1].at_best[0].diverged = true;
  fg_preflight_recommend(&m.all, &r);
  assert_true(r.best == 0 && r.chosen == 0 && r.any && isnan(r.users_gain.estimate));
}

/* ---- samples, candidates, waits */

struct place {
  char dir[64], path[FG_PATH_MAX];
};

static int set_up(void **state) {
  struct place *p = calloc(1, sizeof *p);
  snprintf(p->dir, sizeof p->dir, "/tmp/fugue-preflight-XXXXXX");
  struct fg_lab lab = {.scratch = mkdtemp(p->dir)};
  *state = p;
  return fg_lab_data(&lab, "mf:rows=400,cols=90,nnz=8000,rank=3", 1, p->path, NULL);
}

static int tear_down(void **state) {
  struct place *p = *state;
  char file[FG_PATH_MAX];
  unlink(p->path);
  snprintf(file, sizeof file, "%s/sample.mtx", p->dir);
  unlink(file);
  int left = rmdir(p->dir);
  free(p);
  return left;
}

static void set(struct fg_config *config, const char *name, const char *value) {
  assert_int_equal(fg_config_set(config, name, value, NULL, 0, NULL), FG_OK);
}

struct small {
  struct fg_preflight_ask ask;
  struct fg_config config;
  struct fg_preflight_sample sample;
  struct fg_candidates all;
};

static struct small *ask_of(const struct place *p, uint64_t points, const char *straggler, const char *model) {
  struct small *s = calloc(1, sizeof *s);
  struct fg_lab lab = {.scratch = p->dir, .jobs = 1};
  struct fg_fault fault = {0};
  fg_config_init(&s->ask.config);
  set(&s->ask.config, "data", p->path);
  set(&s->ask.config, "model", model);
  set(&s->ask.config, "workers", "4");
  set(&s->ask.config, "straggler", straggler);
  set(&s->ask.config, "network", "star:speed=1Mf");
  s->ask.sample = points;
  if (fg_preflight_sample(&s->ask, &lab, &s->config, &s->sample, &fault) ||
      fg_candidates_new(&s->config, &s->sample, &s->all, &fault))
    fail_msg("%s", fault.text);
  return s;
}

static struct small *ask(const struct place *p, uint64_t points, const char *straggler) {
  return ask_of(p, points, straggler, "mf:rank=3");
}

static void forget(struct small *s) {
  fg_candidates_free(&s->all);
  free(s);
}

static void test_sample(void **state) {
  struct small *whole = ask(*state, UINT64_MAX, "none"), *part = ask(*state, 2000, "none"),
               *least = ask(*state, 1, "none");
  assert_true(whole->sample.whole && whole->sample.points == 8000 && whole->sample.rows == 400);
  assert_false(part->sample.whole);
  assert_int_equal(part->sample.rows, 100);
  assert_int_equal(part->sample.rows_all, 400);
  assert_int_equal(part->sample.cols, 90);
  assert_true(part->sample.points > 1500 && part->sample.points < 2500 && part->sample.points_all == 8000);
  assert_int_equal(least->sample.rows, 16); /* four for each worker */
  /* a block of the sample takes as long as one of all the data */
  const struct fg_run *all = &whole->all.c[0].trial->run, *some = &part->all.c[0].trial->run;
  double seconds = all->model.type->flops(&all->model) * (double)all->grid.n_train;
  close_to(some->model.type->flops(&some->model) * (double)some->grid.n_train, seconds, 1e-6 * seconds);
  assert_string_equal(some->model.type->name, "mf");
  assert_true(some->job.chunk < all->job.chunk);
  forget(whole);
  forget(part);
  forget(least);
}

static void test_candidates(void **state) {
  struct small *s = ask(*state, UINT64_MAX, "none");
  assert_int_equal(s->all.n, 8); /* the user's is fugue with its defaults */
  assert_string_equal(s->all.c[s->all.user].sync, "fugue");
  assert_string_equal(s->all.c[s->all.barrier].sync, "barrier");
  for (unsigned k = 0; k < s->all.n; k++)
    assert_non_null(s->all.c[k].trial);
  forget(s);
  s = ask(*state, UINT64_MAX, "persistent:hosts=1,factor=3");
  assert_int_equal(s->all.n, 11);
  assert_string_equal(s->all.c[10].balance, "size");
  assert_true(s->all.lasting);
  forget(s);
  s = ask_of(*state, UINT64_MAX, "none", "dict:rank=3"); /* which most strategies refuse */
  assert_int_equal(s->all.n, 8);
  for (unsigned k = 0; k < s->all.n; k++) {
    const struct fg_candidate *c = &s->all.c[k];
    bool goes = !strcmp(c->sync, "barrier") || !strcmp(c->sync, "fugue") || !strcmp(c->sync, "psgd");
    assert_true(goes == !!c->trial);
    assert_true(goes == !c->refused[0]);
  }
  forget(s);
}

static struct fg_waits waits_of(void **state, const char *law) {
  struct small *s = ask(*state, UINT64_MAX, law);
  struct fg_sync same = sync_of("fugue:extra=same");
  struct fg_waits w;
  assert_int_equal(fg_predict_waits(s->all.c[s->all.barrier].trial, &same, &w, NULL), FG_OK);
  forget(s);
  return w;
}

static void test_waits(void **state) {
  struct fg_waits w = waits_of(state, "none");
  assert_true(w.known && w.mean == 0 && w.mass_same == 0);
  close_to(w.idle, 0, 1e-9);
  close_to(w.slowest_s, w.nominal_s, 1e-9 * w.nominal_s);
  close_to(w.exact_slowest_s, w.nominal_s, 1e-9 * w.nominal_s);
  /* one of four takes three times as long: the others wait two passes */
  w = waits_of(state, "persistent:hosts=1,factor=3");
  close_to(w.slowest_s, 3 * w.nominal_s, 1e-9 * w.nominal_s);
  close_to(w.exact_slowest_s, w.slowest_s, 1e-9 * w.nominal_s);
  close_to(w.idle, 1 - 6 / 12.0, 1e-9);
  close_to(w.mean, 1.5, 0.05); /* in whole chunks */
  close_to(w.mass_same, w.mean, 1e-9);
  close_to(w.mass[FG_WAIT_USERS], w.mean, 1e-9);
  close_to(w.mass_most, 0.05 / 0.95, 1e-12);
  assert_true(w.mass[FG_WAIT_GEOMETRIC] > 0.03 && w.mass[FG_WAIT_GEOMETRIC] <= w.mass_most);
  close_to(w.mass[FG_WAIT_HARMONIC], 0.75 * (0.5 + 1.0 / 3), 0.03);
  /* exponential: the mean of the largest of four is m (1 + 1/2 + 1/3 + 1/4), of the third 1/4 + 1/3 + 1/2 */
  w = waits_of(state, "shifted-exp:shift=0,mean=1");
  close_to(w.exact_slowest_s / w.nominal_s, 25.0 / 12, 1e-4);
  close_to(w.slowest_s / w.nominal_s, 25.0 / 12, 0.06); /* 5,000 rounds, standard deviation 1.19: 3.6 of the mean's */
  close_to(w.quorum_s / w.nominal_s, 13.0 / 12, 0.04);
  close_to(w.exact_quorum_s / w.nominal_s, 13.0 / 12, 1e-4);
  close_to(w.own_s / w.nominal_s, 1, 0.03);
  assert_true(isinf(waits_of(state, "pareto:alpha=0.9").exact_slowest_s));
  assert_true(isnan(waits_of(state, "onoff:on=1s,off=1s,factor=2").exact_slowest_s));
}

/* ---- the page */

static void test_page(void **state) {
  const struct place *place = *state;
  struct fg_page page = {0};
  struct fg_facts facts = {0};
  char path[FG_PATH_MAX], *text = NULL;
  size_t size;
  fg_page_put(&page, FG_PIECE_TITLE, "A <b> \"title\"");
  fg_page_put(&page, FG_PIECE_HEADING, "One");
  fg_page_put(&page, FG_PIECE_TEXT, "aaa bbb ccc ddd");
  fg_page_put(&page, FG_PIECE_ITEM, "first");
  fg_page_put(&page, FG_PIECE_ITEM, "second %d", 22);
  fg_page_put(&page, FG_PIECE_HEADING, "Two");
  fg_page_put(&page, FG_PIECE_HEAD, "name\tx");
  fg_page_put(&page, FG_PIECE_ROW, "long name\t1");
  fg_page_put(&page, FG_PIECE_ROW, "b\t22");
  fg_page_put(&page, FG_PIECE_CODE, "as it is");
  FILE *f = open_memstream(&text, &size);
  fg_page_print(&page, 12, f);
  fclose(f);
  assert_string_equal(
      text, "A <b> \"title\"\n=============\n\nOne\n  aaa bbb\n  ccc ddd\n  - first\n  - second\n    22\n\nTwo\n"
            "  name        x\n  long name   1\n  b          22\n      as it is\n");
  free(text);
  snprintf(path, sizeof path, "%s/page.json", place->dir);
  f = fopen(path, "w");
  fputs("{\n", f);
  fg_page_write_json(&page, f);
  fputs("\n}\n", f);
  fclose(f);
  assert_int_equal(fg_facts_read(path, &facts, NULL), FG_OK);
  assert_string_equal(fg_facts_find(&facts, "title"), "A <b> \"title\"");
  assert_string_equal(fg_facts_find(&facts, "sections.0.content.1.items.1"), "second 22");
  assert_string_equal(fg_facts_find(&facts, "sections.1.content.0.rows.1.1"), "22");
  assert_string_equal(fg_facts_find(&facts, "sections.1.content.1.lines.0"), "as it is");
  fg_facts_free(&facts);
  char line[256];
  f = fopen(path, "r");
  for (bool safe = true; fgets(line, sizeof line, f);) {
    safe = !strpbrk(line, "<>&");
    assert_true(safe);
  }
  fclose(f);
  unlink(path);
  fg_page_free(&page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_time_to_goal),
      cmocka_unit_test(test_growth),
      cmocka_unit_test(test_advice_on_decay),
      cmocka_unit_test(test_choice),
      cmocka_unit_test_setup_teardown(test_sample, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_candidates, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_waits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_page, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
