/* Checkpoints: a run that goes on from one, at any boundary, gives the bits of one that was never interrupted; a file
 * that is damaged, or of something else, is refused. */
#include "core/checkpoint.h"
#include "core/model_files.h"
#include "core/savepoints.h"
#include "tests/fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static const uint32_t worker_counts[] = {1, 2, 3, 5};
static const char *const models[] = {"additive",
                                     "mf:rank=5",
                                     "mf:rank=5,bias=yes adagrad",
                                     "nmf:rank=5",
                                     "lda:topics=5",
                                     "lda:topics=5,loss=squared",
                                     "gibbs:topics=5",
                                     "gibbs:topics=5,beta=0.5,collapsed=no",
                                     "gibbs:topics=5,optimise=1",
                                     "dict:rank=5,l1=0.5",
                                     "mmnd:rank=5,directed=yes,zeros=inf"};
static const char *const syncs[] = {"barrier", "fugue:decay=0.5", "fugue:decay=0.5,max=3", "fugue:max=0"};
enum { MODELS = sizeof models / sizeof models[0], SYNCS = sizeof syncs / sizeof syncs[0] };
static const char *const roving[] = {"ring:blocks=1",          "ring:blocks=3",
                                     "nomad:blocks=3",         "nomad:blocks=2,route=uniform",
                                     "relay:blocks=1,slack=1", "relay:blocks=3,slack=2"};
enum { ROVING = sizeof roving / sizeof roving[0] };
enum { SHARD_MAX = 1 << 16 };

/* a run, its configuration, and where its checkpoints are */
struct subject {
  struct fg_config config;
  struct fg_run *run;
  struct fg_checkpoints checkpoints;
};

static char *folder(void) {
  char dir[] = "/tmp/fugue-checkpoint-XXXXXX";
  assert_non_null(mkdtemp(dir));
  return strdup(dir);
}

static void shell(const char *format, ...) {
  char command[9000];
  va_list ap;
  va_start(ap, format);
  vsnprintf(command, sizeof command, format, ap);
  va_end(ap);
  assert_int_equal(system(command), 0);
}

static void drop(char *dir) {
  shell("rm -rf '%s'", dir);
  free(dir);
}

static struct subject *prepare(const char *data, const char *dir, uint32_t workers, const char *model, const char *sync,
                               const char *every, const char *seed) {
  struct subject *s = calloc(1, sizeof *s);
  struct fg_fault fault = {0};
  char p[16];
  snprintf(p, sizeof p, "%u", workers);
  const char *const options[] = {"workers", p,        "model",      model,  "sync", sync,   "chunk",
                                 "3",       "epochs", "2",          "test", "0.1",  "step", fixture_step(model, "0.02"),
                                 "seed",    seed,     "checkpoint", every,  NULL};
  fg_config_init(&s->config);
  fg_config_set(&s->config, "data", data, NULL, 0, NULL);
  for (int i = 0; options[i]; i += 2)
    fixture_set(&s->config, options[i], options[i + 1]);
  s->run = fixture_run(data, options);
  if (!s->run->job.sync.type->strata) /* an epoch is over */
    s->run->job.pause = s->run->grid.col_blocks;
  assert_int_equal(fg_checkpoints_of(dir, "test", s->run, &s->config, &s->checkpoints, &fault), FG_OK);
  return s;
}

static void subject_free(struct subject *s) {
  fixture_run_free(s->run);
  free(s);
}

static void digest(const struct fg_run *run, char sha[65]) {
  assert_int_equal(fg_factors_sha256(&run->factors, &run->grid, &run->model, sha), FG_OK);
}

/* visits and parcels taken, in their order */
static bool same_log(const struct recorder *a, const struct recorder *b) {
  return a->n_visits == b->n_visits && a->n_taken == b->n_taken &&
         memcmp(a->visit, b->visit, a->n_visits * sizeof *a->visit) == 0 &&
         (a->n_taken == 0 || memcmp(a->taken, b->taken, a->n_taken * sizeof *a->taken) == 0); /* psgd alone: none */
}

/* All workers meet at a boundary: those that were there go on, or new machines with what they find on disk. */
static void play_over(const char *data, const char *dir, uint32_t workers, const char *model, const char *sync,
                      uint64_t round, bool swap, struct recorder *log, struct fg_totals *totals, char sha[65]) {
  struct subject *s = prepare(data, dir, workers, model, sync, "off", "7");
  struct subject *fresh = swap ? prepare(data, dir, workers, model, sync, "off", "7") : NULL;
  *log = (struct recorder){0};
  const struct fg_sink sink = recorder_sink(log);
  assert_true(fixture_play_so(s->run,
                              &(struct fixture_play){.seed = 5,
                                                     .sink = &sink,
                                                     .pause = round,
                                                     .save = swap ? &s->checkpoints : NULL,
                                                     .fresh = swap ? fresh->run : NULL},
                              totals));
  digest(swap ? fresh->run : s->run, sha);
  if (swap) {
    char before[65];
    digest(s->run, before);
    assert_string_not_equal(before, sha); /* the old machines have stopped */
    subject_free(fresh);
  }
  subject_free(s);
}

static void any_boundary_is_a_place_to_go_on_from(void **state) {
  char *data = fixture_points(40, 35, 0.4, 1), *dir = folder();
  (void)state;
  for (size_t m = 0; m < MODELS; m++)
    for (size_t s = 0; s < SYNCS; s++)
      for (size_t p = 0; p < sizeof worker_counts / sizeof worker_counts[0]; p++)
        for (uint64_t round = 1; round < 2 * worker_counts[p]; round++) {
          struct recorder through, over;
          struct fg_totals a, b;
          char played[65], resumed[65];
          play_over(data, dir, worker_counts[p], models[m], syncs[s], round, false, &through, &a, played);
          play_over(data, dir, worker_counts[p], models[m], syncs[s], round, true, &over, &b, resumed);
          assert_string_equal(played, resumed);
          assert_true(same_log(&through, &over));
          assert_memory_equal(&a, &b, sizeof a);
          recorder_free(&through);
          recorder_free(&over);
        }
  drop(dir);
  fixture_drop(data);
}

/* Without strata: those that the stage asks for. */
static void any_rest_is_a_place_to_go_on_from(void **state) {
  char *data = fixture_points(40, 35, 0.4, 1), *dir = folder();
  (void)state;
  for (size_t m = 0; m < MODELS; m++)
    for (size_t s = 0; s < ROVING; s++)
      for (size_t p = 0;
           p < sizeof worker_counts / sizeof worker_counts[0] && fixture_admits(roving[s], models[m], worker_counts[p]);
           p++) {
        struct subject *run = prepare(data, dir, worker_counts[p], models[m], roving[s], "off", "7");
        uint64_t round = run->run->job.pause;
        struct recorder through, over;
        struct fg_totals a, b;
        char played[65], resumed[65];
        play_over(data, dir, worker_counts[p], models[m], roving[s], round, false, &through, &a, played);
        play_over(data, dir, worker_counts[p], models[m], roving[s], round, true, &over, &b, resumed);
        assert_string_equal(played, resumed);
        assert_true(same_log(&through, &over));
        assert_memory_equal(&a, &b, sizeof a);
        recorder_free(&through);
        recorder_free(&over);
        subject_free(run);
      }
  drop(dir);
  fixture_drop(data);
}

/* barrier's bits do not depend on what happens when: those of a resumed run are those of any other */
static void barrier_goes_on_to_the_same_bits(void **state) {
  char *data = fixture_points(40, 35, 0.4, 1), *dir = folder();
  (void)state;
  for (size_t m = 0; m < MODELS; m++) {
    struct subject *s = prepare(data, dir, 3, models[m], "barrier", "off", "7");
    struct recorder log = {0};
    struct fg_sink sink = recorder_sink(&log);
    struct fg_totals totals;
    char played[65], resumed[65];
    fixture_play(s->run, 99, &sink, &totals, NULL);
    digest(s->run, played);
    recorder_free(&log);
    play_over(data, dir, 3, models[m], "barrier", 4, true, &log, &totals, resumed);
    assert_string_equal(played, resumed);
    recorder_free(&log);
    subject_free(s);
  }
  drop(dir);
  fixture_drop(data);
}

/* What happens does not depend on the arithmetic: a protocol can be run again without it. */
static void without_arithmetic_the_same_happens(void **state) {
  char *data = fixture_points(40, 35, 0.4, 1);
  (void)state;
  for (size_t m = 0; m < MODELS; m++)
    for (size_t k = 0; k < SYNCS; k++)
      for (size_t p = 0; p < sizeof worker_counts / sizeof worker_counts[0]; p++) {
        struct recorder log[2] = {{0}, {0}};
        struct fg_totals totals[2];
        char before[65], after[65];
        for (int idle = 0; idle < 2; idle++) {
          struct subject *s = prepare(data, "nowhere", worker_counts[p], models[m], syncs[k], "off", "7");
          const struct fg_sink sink = recorder_sink(&log[idle]);
          digest(s->run, before);
          assert_true(fixture_play_so(s->run, &(struct fixture_play){.seed = 3 + p, .sink = &sink, .idle = idle == 1},
                                      &totals[idle]));
          digest(s->run, after);
          if (idle)
            assert_string_equal(before, after);
          else
            assert_string_not_equal(before, after);
          subject_free(s);
        }
        assert_true(same_log(&log[0], &log[1]));
        assert_memory_equal(&totals[0], &totals[1], sizeof totals[0]);
        recorder_free(&log[0]);
        recorder_free(&log[1]);
      }
  fixture_drop(data);
}

/* A stage of one process, with a run directory: killed after `steps` steps (0: never) once or twice, then taken up. */
static void play_in_directory(const char *data, const char *path, size_t m, size_t k, const uint64_t *kills,
                              int n_kills, uint64_t *resumed_at) {
  struct fg_fault fault = {0};
  for (int attempt = 0; attempt <= n_kills; attempt++) {
    struct subject *s = prepare(data, path, 3, models[m], syncs[k], "2strata", "7");
    struct fg_rundir *dir = calloc(1, sizeof *dir);
    struct fg_manifest manifest;
    struct fg_totals totals;
    bool finished, found = false;
    enum fg_err err;
    if (attempt == 0) {
      err = fg_rundir_open(dir, path, false, s->run, &s->config, &fault);
    } else {
      err = fg_rundir_reopen(dir, path, &finished, &fault);
      if (!err)
        err = fg_savepoints_find(&s->checkpoints, dir, NULL, NULL, &manifest, &found, &fault);
      if (!err && found)
        fg_checkpoint_remove_after(&s->checkpoints, manifest.round);
      const struct fg_marks marks = {.metrics = manifest.marks.metrics};
      if (!err)
        err = fg_rundir_continue(dir, s->run, &s->config, found ? manifest.round : 0, found ? &marks : NULL, &fault);
    }
    if (err)
      fail_msg("%s", fault.text);
    *resumed_at = found ? manifest.round : 0;
    struct fg_savepoints savepoints = {.checkpoints = &s->checkpoints, .dir = dir, .from = found ? &manifest : NULL};
    const struct fg_sink sink = fg_rundir_sink(dir);
    bool all = fixture_play_so(
        s->run,
        &(struct fixture_play){
            .seed = 11, .sink = &sink, .savepoints = &savepoints, .steps = attempt < n_kills ? kills[attempt] : 0},
        &totals);
    assert_int_equal(all, attempt == n_kills);
    if (all) {
      const struct fg_provenance from = {.stage = "test", .revision = "", .versions = "", .cpu_s = 1};
      if (fg_model_files_write(dir->path, s->run, &fault) || fg_rundir_commit(dir, &totals, NULL, &from, &fault))
        fail_msg("%s", fault.text);
    }
    dir->keep = !all; /* a killed process removes nothing */
    fg_rundir_discard(dir, false);
    free(dir);
    subject_free(s);
  }
}

static void one_process_goes_on_to_the_same_files(void **state) {
  static const uint64_t kills[][2] = {{60, 0}, {400, 0}, {500, 700}, {700, 150}, {800, 750}};
  char *data = fixture_points(40, 35, 0.4, 1), *top = folder();
  uint64_t resumed[12] = {0}, at;
  (void)state;
  for (size_t m = 0; m < MODELS; m++)
    for (size_t k = 0; k < 2; k++) {
      char whole[4096], cut[4096];
      snprintf(whole, sizeof whole, "%s/whole-%zu-%zu", top, m, k);
      play_in_directory(data, whole, m, k, NULL, 0, &at);
      shell("test ! -e '%s/checkpoint'", whole);
      for (size_t i = 0; i < sizeof kills / sizeof kills[0]; i++) {
        snprintf(cut, sizeof cut, "%s/cut-%zu-%zu-%zu", top, m, k, i);
        play_in_directory(data, cut, m, k, kills[i], kills[i][1] ? 2 : 1, &at);
        resumed[at]++;
        shell("diff -r '%s' '%s'", whole, cut);
      }
    }
  assert_true(resumed[0] > 0 && resumed[2] > 0 && resumed[4] > 0); /* from the start, early, late */
  drop(top);
  fixture_drop(data);
}

/* writes checkpoints of a run with 3 workers at rounds 2 and 4 */
static struct subject *with_checkpoints(const char *data, const char *dir, const char *model) {
  struct subject *s = NULL;
  for (uint64_t round = 2; round <= 4; round += 2) {
    struct recorder log = {0};
    const struct fg_sink sink = recorder_sink(&log);
    struct fg_totals totals;
    if (s)
      subject_free(s);
    s = prepare(data, dir, 3, model, "barrier", "off", "7");
    assert_true(fixture_play_so(
        s->run, &(struct fixture_play){.seed = 5, .sink = &sink, .pause = round, .save = &s->checkpoints}, &totals));
    recorder_free(&log);
  }
  return s;
}

static size_t read_all(const char *path, unsigned char *bytes) {
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  size_t n = fread(bytes, 1, SHARD_MAX, f);
  assert_true(n > 0 && n < SHARD_MAX);
  fclose(f);
  return n;
}

static void write_all(const char *path, const unsigned char *bytes, size_t n) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

/* a shard with the checksum that belongs to it */
static void seal(unsigned char *bytes, size_t n) {
  uint32_t crc = (uint32_t)crc32(0, bytes, (uInt)(n - 4));
  memcpy(bytes + n - 4, &crc, 4);
}

static enum fg_err check(const struct subject *s, uint64_t round, uint32_t rank, const char *says) {
  struct fg_fault fault = {0};
  enum fg_err err = fg_checkpoint_check_shard(&s->checkpoints, round, rank, NULL, &fault);
  if (says && !strstr(fault.text, says))
    fail_msg("'%s' does not say '%s'", fault.text, says);
  return err;
}

/* new machines of rank 1 read their shard of round 2; their column block's first value, if they could */
static enum fg_err load(const struct subject *s, float *first) {
  const struct fg_job *job = &s->run->job;
  struct fg_worker *worker;
  struct fg_steward *steward;
  struct fg_fault fault = {0};
  assert_int_equal(fg_worker_new(job, 1, &s->run->factors, &worker), FG_OK);
  assert_int_equal(fg_steward_new(job, 1, &s->run->factors, &steward), FG_OK);
  enum fg_err err = fg_checkpoint_read_shard(&s->checkpoints, 2, worker, steward, NULL, NULL, &fault);
  *first = s->run->factors.col[0].factor[0];
  if (!err)
    assert_int_equal(fg_worker_round(worker), 2);
  else
    assert_true(*fault.text);
  fg_worker_free(worker);
  fg_steward_free(steward);
  return err;
}

/* Of machines of rank 1, [B]. */
static size_t state_bytes(const struct subject *s) {
  struct fg_worker *worker;
  struct fg_steward *steward;
  assert_int_equal(fg_worker_new(&s->run->job, 1, &s->run->factors, &worker), FG_OK);
  assert_int_equal(fg_steward_new(&s->run->job, 1, &s->run->factors, &steward), FG_OK);
  size_t bytes = fg_worker_state_bytes(worker) + fg_steward_state_bytes(steward);
  fg_worker_free(worker);
  fg_steward_free(steward);
  return bytes;
}

enum { HEAD = 192, ENTRY = 8 }; /* of a shard [B] */

static void damaged_shards_are_refused(void **state) {
  char *data = fixture_points(12, 12, 0.6, 1), *dir = folder(), path[4096];
  unsigned char bytes[SHARD_MAX], bad[SHARD_MAX];
  float kept, loaded;
  (void)state;
  struct subject *s = with_checkpoints(data, dir, "lda:topics=3");
  snprintf(path, sizeof path, "%s/checkpoint/2/shard-00001", dir);
  size_t n = read_all(path, bytes);
  assert_int_equal(check(s, 2, 1, NULL), FG_OK);
  assert_int_equal(load(s, &kept), FG_OK);
  for (size_t i = 0; i < n; i++) { /* every bit that there is */
    memcpy(bad, bytes, n);
    bad[i] ^= (unsigned char)(1 << i % 8);
    write_all(path, bad, n);
    assert_int_equal(check(s, 2, 1, NULL), FG_EINPUT);
    assert_int_equal(load(s, &loaded), FG_EINPUT);
  }
  for (size_t shorter = 1; shorter <= n; shorter += shorter < 40 ? 1 : 97) {
    write_all(path, bytes, n - shorter);
    assert_int_equal(check(s, 2, 1, "bytes"), FG_EINPUT);
  }
  memcpy(bad, bytes, n);
  bad[n] = 0;
  write_all(path, bad, n + 1);
  assert_int_equal(check(s, 2, 1, "bytes"), FG_EINPUT);
  unlink(path);
  assert_int_equal(check(s, 2, 1, "cannot be opened"), FG_EINPUT);
  assert_int_equal(mkdir(path, 0777), 0);
  assert_int_equal(check(s, 2, 1, NULL), FG_EINPUT);
  assert_int_equal(rmdir(path), 0);
  /* It is the checksum that notices, not chance: the column block's first float, one bit off and sealed again, is taken
   * for what was saved. */
  size_t at = HEAD + ENTRY + state_bytes(s) + (size_t)s->run->grid.row[1].n * 3 * sizeof(float);
  float value;
  memcpy(&value, bytes + at, sizeof value);
  assert_true(value == kept);
  memcpy(bad, bytes, n);
  bad[at] ^= 1;
  write_all(path, bad, n);
  assert_int_equal(load(s, &loaded), FG_EINPUT);
  seal(bad, n);
  write_all(path, bad, n);
  assert_int_equal(load(s, &loaded), FG_OK);
  assert_true(loaded != kept);
  /* sizes are the run's, not the file's: a head that claims others, with a good checksum */
  for (size_t field = 56; field < 96; field += 4) {
    memcpy(bad, bytes, n);
    bad[field + 3] ^= 0x7f;
    seal(bad, n);
    write_all(path, bad, n);
    assert_int_equal(check(s, 2, 1, "fits no shard"), FG_EINPUT);
  }
  subject_free(s);
  drop(dir);
  fixture_drop(data);
}

/* A topic of a token that there is none of would be counted outside of the factors: with a good checksum, too, it is
 * refused. */
static void topics_that_there_are_none_of_are_refused(void **state) {
  char *data = fixture_points(30, 25, 0.5, 3), *dir = folder(), path[FG_PATH_MAX];
  unsigned char bytes[SHARD_MAX];
  float loaded;
  (void)state;
  struct subject *s = with_checkpoints(data, dir, "gibbs:topics=3");
  snprintf(path, sizeof path, "%s/checkpoint/2/shard-00001", dir);
  size_t n = read_all(path, bytes),
         at = HEAD + ENTRY + state_bytes(s) + (size_t)s->run->grid.row[1].n * 3 * sizeof(float);
  for (uint16_t topic = 2; topic <= 3; topic++) {
    memcpy(bytes + at, &topic, sizeof topic);
    seal(bytes, n);
    write_all(path, bytes, n);
    assert_int_equal(check(s, 2, 1, NULL), FG_OK);
    assert_int_equal(load(s, &loaded), topic < 3 ? FG_OK : FG_EINPUT);
  }
  subject_free(s);
  drop(dir);
  fixture_drop(data);
}

/* States and lists of blocks that no run writes, with a good checksum: refused, or harmless. */
static void forged_states_do_no_harm(void **state) {
  static const char *const cases[] = {"barrier", "ring:blocks=3", "nomad:blocks=3", "relay:blocks=3,slack=2"};
  char *data = fixture_points(12, 12, 0.6, 1), *dir = folder(), path[4096];
  unsigned char bytes[SHARD_MAX], bad[SHARD_MAX];
  (void)state;
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    struct subject *s = prepare(data, dir, 3, "lda:topics=3", cases[k], "off", "7");
    struct recorder log = {0};
    const struct fg_sink sink = recorder_sink(&log);
    struct fg_totals totals;
    uint64_t round = s->run->job.pause ? s->run->job.pause : 2;
    assert_true(fixture_play_so(
        s->run, &(struct fixture_play){.seed = 5, .sink = &sink, .pause = round, .save = &s->checkpoints}, &totals));
    for (uint32_t rank = 0; rank < 3; rank++) {
      snprintf(path, sizeof path, "%s/checkpoint/%llu/shard-%05u", dir, (unsigned long long)round, rank);
      size_t n = read_all(path, bytes), refused = 0;
      for (size_t at = HEAD; at < HEAD + 3 * ENTRY + state_bytes(s) && at < n - 4; at++)
        for (int change = 0; change < 3; change++) {
          struct fg_worker *worker;
          struct fg_steward *steward;
          struct fg_fault fault = {0};
          memcpy(bad, bytes, n);
          bad[at] ^= change == 0 ? 1 : change == 1 ? 0x80 : 0xff;
          seal(bad, n);
          write_all(path, bad, n);
          assert_int_equal(fg_worker_new(&s->run->job, rank, &s->run->factors, &worker), FG_OK);
          assert_int_equal(fg_steward_new(&s->run->job, rank, &s->run->factors, &steward), FG_OK);
          enum fg_err err = fg_checkpoint_read_shard(&s->checkpoints, round, worker, steward, NULL, NULL, &fault);
          assert_true(err == FG_OK || err == FG_EINPUT);
          refused += err != FG_OK;
          fg_worker_free(worker);
          fg_steward_free(steward);
        }
      write_all(path, bytes, n);
      assert_true(refused > 3 * 8 * 2); /* among them what numbers a boundary and a round */
    }
    recorder_free(&log);
    subject_free(s);
    shell("rm -rf '%s/checkpoint'", dir);
  }
  drop(dir);
  fixture_drop(data);
}

static void shards_of_something_else_are_refused(void **state) {
  char *data = fixture_points(12, 12, 0.6, 1), *dir = folder();
  (void)state;
  struct subject *s = with_checkpoints(data, dir, "mf:rank=3");
  struct subject *other = prepare(data, dir, 3, "mf:rank=3", "barrier", "off", "8");
  struct subject *often = prepare(data, dir, 3, "mf:rank=3", "barrier", "5min", "7");
  assert_int_equal(check(s, 2, 1, NULL), FG_OK);
  assert_int_equal(check(often, 2, 1, NULL), FG_OK); /* how often to save is no part of what a run is */
  assert_int_equal(check(other, 2, 1, "another run"), FG_EINPUT);
  shell("cd '%s/checkpoint' && cp 2/shard-00000 2/shard-00001", dir);
  assert_int_equal(check(s, 2, 1, NULL), FG_EINPUT);
  shell("cd '%s/checkpoint' && cp 4/shard-00002 2/shard-00002", dir);
  assert_int_equal(check(s, 2, 2, NULL), FG_EINPUT);
  shell("cd '%s/checkpoint' && cp -r 2 5", dir); /* an epoch later the same column block is there */
  assert_int_equal(check(s, 5, 0, "of round 2"), FG_EINPUT);
  subject_free(s);
  subject_free(other);
  subject_free(often);
  drop(dir);
  fixture_drop(data);
}

/* text with the checksum that belongs to it, `find` replaced */
static void forge(const char *path, const unsigned char *bytes, size_t n, const char *find, const char *replace) {
  char text[8192], out[8192];
  memcpy(text, bytes, n - 19);
  text[n - 19] = 0;
  char *at = strstr(text, find);
  assert_non_null(at);
  int length = snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
  length += snprintf(out + length, sizeof out - (size_t)length, "checksum: %08lx\n",
                     crc32(0, (unsigned char *)out, (uInt)length));
  write_all(path, (unsigned char *)out, (size_t)length);
}

static void damaged_manifests_are_refused(void **state) {
  char *data = fixture_points(12, 12, 0.6, 1), *dir = folder(), path[4096];
  unsigned char bytes[SHARD_MAX], bad[SHARD_MAX];
  struct fg_manifest manifest;
  struct fg_fault fault = {0};
  (void)state;
  struct subject *s = with_checkpoints(data, dir, "mf:rank=3");
  const struct fg_checkpoints *c = &s->checkpoints;
  snprintf(path, sizeof path, "%s/checkpoint/2/manifest.yaml", dir);
  size_t n = read_all(path, bytes);
  assert_int_equal(fg_checkpoint_read_manifest(c, 2, &manifest, &fault), FG_OK);
  assert_int_equal(manifest.round, 2);
  for (size_t i = 0; i < n; i++)
    for (int bit = 0; bit < 8; bit++) {
      memcpy(bad, bytes, n);
      bad[i] ^= (unsigned char)(1 << bit);
      write_all(path, bad, n);
      assert_int_equal(fg_checkpoint_read_manifest(c, 2, &manifest, &fault), FG_EINPUT);
    }
  for (size_t kept = 0; kept < n; kept++) {
    write_all(path, bytes, kept);
    assert_int_equal(fg_checkpoint_read_manifest(c, 2, &manifest, &fault), FG_EINPUT);
  }
  memset(bad, 'x', sizeof bad);
  write_all(path, bad, sizeof bad);
  assert_int_equal(fg_checkpoint_read_manifest(c, 2, &manifest, &fault), FG_EINPUT);
  /* with a good checksum */
  static const struct {
    const char *find, *replace;
    enum fg_err err;
  } forged[] = {{"round: 2", "round: 4", FG_EINPUT},
                {"round: 2", "round: 0", FG_EINPUT},
                {"metrics_crc: 0", "metrics_crc: 4294967296", FG_EINPUT},
                {"metrics_bytes: 0", "metrics_bytes: -1", FG_EINPUT},
                {"time_s: ", "time: ", FG_EINPUT},
                {"updates: ", "updates: x", FG_EINPUT},
                {"stage: test", "stage: mpi", FG_EUSAGE},
                {"identity: ", "identity: a", FG_EUSAGE}};
  for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
    forge(path, bytes, n, forged[i].find, forged[i].replace);
    assert_int_equal(fg_checkpoint_read_manifest(c, 2, &manifest, &fault), forged[i].err);
  }
  forge(path, bytes, n, "round: 2", "round: 2");
  assert_int_equal(fg_checkpoint_read_manifest(c, 2, &manifest, &fault), FG_OK);
  assert_int_equal(fg_checkpoint_read_manifest(c, 3, &manifest, &fault), FG_EINPUT);
  subject_free(s);
  drop(dir);
  fixture_drop(data);
}

/* the rounds that count, "4 2 " */
static const char *listed(const struct subject *s) {
  static char text[256];
  uint64_t *rounds;
  size_t n;
  struct fg_fault fault;
  text[0] = 0;
  assert_int_equal(fg_checkpoint_list(&s->checkpoints, &rounds, &n, &fault), FG_OK);
  for (size_t i = 0; i < n; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%llu ", (unsigned long long)rounds[i]);
  free(rounds);
  return text;
}

static void two_are_kept(void **state) {
  char *data = fixture_points(12, 12, 0.6, 1), *dir = folder();
  struct fg_fault fault;
  (void)state;
  struct subject *s = with_checkpoints(data, dir, "mf:rank=3");
  const struct fg_checkpoints *c = &s->checkpoints;
  assert_string_equal(listed(s), "4 2 ");
  shell("cd '%s/checkpoint' && cp -r 4 3 && rm 3/manifest.yaml && cp -r 3 05 && mkdir 1 strange && touch 5 1/mine",
        dir);
  assert_string_equal(listed(s), "4 2 ");
  shell("cd '%s/checkpoint' && rm 5 && cp -r 3 5", dir);
  assert_int_equal(fg_checkpoint_commit(c, &(struct fg_manifest){.round = 5}, &fault), FG_OK);
  assert_string_equal(listed(s), "5 4 ");
  shell("cd '%s/checkpoint' && test ! -e 2 && test ! -e 3 && test -e 05 && test -e strange && test -e 1/mine", dir);
  fg_checkpoint_remove_after(c, 4);
  assert_string_equal(listed(s), "4 ");
  shell("cd '%s/checkpoint' && test ! -e 5 && rm -r 05 strange 1", dir);
  fg_checkpoint_remove_all(dir);
  shell("test ! -e '%s/checkpoint'", dir);
  assert_string_equal(listed(s), "");
  subject_free(s);
  drop(dir);
  fixture_drop(data);
}

static void only_the_due_column_block_is_loaded(void **state) {
  char *data = fixture_points(12, 13, 0.6, 1), *dir = folder();
  struct fg_fault fault = {0};
  struct fg_worker *worker;
  struct fg_steward *steward;
  struct fg_totals totals;
  struct fg_marks marks;
  (void)state;
  subject_free(with_checkpoints(data, dir, "mf:rank=3"));
  struct subject *s = prepare(data, dir, 3, "mf:rank=3", "barrier", "off", "7");
  for (uint32_t p = 0; p < 3; p++) {
    struct fg_col_block *block = &s->run->factors.col[(p + 2) % 3];
    assert_int_equal(fg_worker_new(&s->run->job, p, &s->run->factors, &worker), FG_OK);
    assert_int_equal(fg_steward_new(&s->run->job, p, &s->run->factors, &steward), FG_OK);
    assert_int_equal(fg_checkpoint_read_shard(&s->checkpoints, 2, worker, steward, &totals, &marks, &fault), FG_OK);
    assert_ptr_equal(fg_worker_block(worker), block);
    assert_int_equal(block->version, 2);
    fg_worker_free(worker);
    fg_steward_free(steward);
  }
  subject_free(s);
  drop(dir);
  fixture_drop(data);
}

/* sums and marks come back as they went */
static void sums_and_marks_are_kept(void **state) {
  char *data = fixture_points(12, 12, 0.6, 1), *dir = folder();
  const struct fg_totals t = {0.1, 1.0 / 3, 7e-300, 1ULL << 60, 3, 4, 0};
  const struct fg_marks m = {{5, 6}, {1ULL << 40, UINT32_MAX}, {9, 10}};
  struct fg_manifest manifest = {.round = 3, .totals = t, .marks = m}, read;
  struct fg_totals totals;
  struct fg_marks marks;
  struct fg_fault fault = {0};
  (void)state;
  struct subject *s = with_checkpoints(data, dir, "lda:topics=3");
  const struct fg_job *job = &s->run->job;
  struct fg_worker *worker;
  struct fg_steward *steward;
  assert_int_equal(fg_worker_new(job, 1, &s->run->factors, &worker), FG_OK);
  assert_int_equal(fg_steward_new(job, 1, &s->run->factors, &steward), FG_OK);
  assert_int_equal(fg_checkpoint_read_shard(&s->checkpoints, 2, worker, steward, NULL, NULL, &fault), FG_OK);
  assert_int_equal(fg_checkpoint_write_shard(&s->checkpoints, worker, steward, &t, &m, &fault), FG_OK);
  shell("test ! -e '%s/checkpoint/2/manifest.yaml'", dir); /* its shards are no longer those that it was made of */
  assert_int_equal(fg_checkpoint_read_shard(&s->checkpoints, 2, worker, steward, &totals, &marks, &fault), FG_OK);
  assert_memory_equal(&t, &totals, sizeof t);
  assert_true(marks.trace.bytes == 5 && marks.trace.crc == 6 && marks.order.bytes == 1ULL << 40 &&
              marks.order.crc == UINT32_MAX && marks.metrics.bytes == 9 && marks.metrics.crc == 10);
  shell("cp -r '%s/checkpoint/2' '%s/checkpoint/3'", dir, dir);
  assert_int_equal(fg_checkpoint_commit(&s->checkpoints, &manifest, &fault), FG_OK);
  assert_int_equal(fg_checkpoint_read_manifest(&s->checkpoints, 3, &read, &fault), FG_OK);
  assert_memory_equal(&t, &read.totals, sizeof t);
  assert_true(read.marks.order.bytes == 1ULL << 40 && read.marks.order.crc == UINT32_MAX &&
              read.marks.metrics.crc == 10 && read.marks.trace.bytes == 5);
  /* a disk that is full: a fault; what was there is whole, and nothing half-written is left */
  assert_int_equal(fg_checkpoint_write_shard(&s->checkpoints, worker, steward, &t, &m, &fault), FG_OK);
  struct rlimit kept, little = {.rlim_cur = 100};
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
  little.rlim_max = kept.rlim_max;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
  enum fg_err shard = fg_checkpoint_write_shard(&s->checkpoints, worker, steward, &t, &m, &fault);
  enum fg_err sealed = fg_checkpoint_commit(&s->checkpoints, &manifest, NULL);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(shard, FG_EIO);
  assert_int_equal(sealed, FG_EIO);
  assert_non_null(strstr(fault.text, "cannot be written"));
  shell("cd '%s/checkpoint' && test -z \"$(find . -name '*.tmp')\"", dir);
  assert_int_equal(check(s, 2, 1, NULL), FG_OK);
  /* a file in the way */
  fg_checkpoint_remove_all(dir);
  shell("touch '%s/checkpoint'", dir);
  assert_int_equal(fg_checkpoint_write_shard(&s->checkpoints, worker, steward, &t, &m, &fault), FG_EIO);
  fg_worker_free(worker);
  fg_steward_free(steward);
  subject_free(s);
  drop(dir);
  fixture_drop(data);
}

/* growing files */
static void files_grow_on_from_their_marks(void **state) {
  char *dir = folder(), path[4096], growing[4200];
  struct fg_out out = {0};
  struct fg_mark none = {0, 0}, first, second, third;
  struct fg_fault fault = {0};
  unsigned char bytes[SHARD_MAX];
  (void)state;
  snprintf(path, sizeof path, "%s/f", dir);
  snprintf(growing, sizeof growing, "%s.tmp", path);
  assert_int_equal(fg_out_open(&out, path, &fault), FG_OK);
  for (int i = 0; i < 9000; i++) /* more than a buffer */
    fputc(i % 251, out.file);
  assert_int_equal(fg_out_mark(&out, &first, &fault), FG_OK);
  assert_int_equal(fg_out_mark(&out, &second, &fault), FG_OK);
  assert_true(second.bytes == 9000 && second.crc == first.crc);
  for (int i = 0; i < 30000; i++)
    fputc(i % 17, out.file);
  assert_int_equal(fg_out_mark(&out, &second, &fault), FG_OK);
  fputs("lost", out.file);
  fg_out_suspend(&out);
  size_t n = read_all(growing, bytes);
  assert_int_equal(n, 39004);
  assert_true(first.crc == crc32(0, bytes, 9000) && second.bytes == 39000 && second.crc == crc32(0, bytes, 39000));
  assert_int_equal(fg_mark_check(path, &none, &fault), FG_OK);
  assert_int_equal(fg_mark_check(path, &first, &fault), FG_OK);
  assert_int_equal(fg_mark_check(path, &second, &fault), FG_OK);
  /* what follows the mark does not matter, what precedes it does */
  bytes[20000] ^= 1;
  write_all(growing, bytes, n);
  assert_int_equal(fg_mark_check(path, &first, &fault), FG_OK);
  assert_int_equal(fg_mark_check(path, &second, &fault), FG_EINPUT);
  assert_int_equal(fg_out_resume(&out, path, &second, &fault), FG_EINPUT);
  assert_int_equal(read_all(growing, bytes), n); /* as it was */
  bytes[20000] ^= 1;
  write_all(growing, bytes, 38999);
  assert_int_equal(fg_mark_check(path, &second, &fault), FG_EINPUT);
  assert_non_null(strstr(fault.text, "shorter"));
  write_all(growing, bytes, n);
  assert_int_equal(fg_out_resume(&out, path, &second, &fault), FG_OK);
  fputs("more", out.file);
  assert_int_equal(fg_out_mark(&out, &third, &fault), FG_OK);
  assert_int_equal(fg_out_commit(&out, &fault), FG_OK);
  assert_int_equal(access(growing, F_OK), -1);
  assert_int_equal(read_all(path, bytes), 39004);
  assert_memory_equal(bytes + 39000, "more", 4);
  assert_true(third.bytes == 39004 && third.crc == crc32(0, bytes, 39004));
  /* a commit that was interrupted: the file has its name already */
  assert_int_equal(fg_mark_check(path, &second, &fault), FG_OK);
  assert_int_equal(fg_out_resume(&out, path, &second, &fault), FG_OK);
  assert_int_equal(access(path, F_OK), -1);
  fg_out_suspend(&out);
  assert_int_equal(read_all(growing, bytes), 39000);
  unlink(growing);
  assert_int_equal(fg_mark_check(path, &first, &fault), FG_EINPUT);
  assert_int_equal(fg_out_resume(&out, path, &first, &fault), FG_EINPUT);
  drop(dir);
}

static void intervals(void **state) {
  char *data = fixture_points(12, 12, 0.6, 1);
  (void)state;
  static const struct {
    const char *every, *rounds; /* of 2 epochs of 3 strata; NULL: not by number */
  } cases[] = {{"off", ""},         {"1epoch", "3 "},  {"1epochs", "3 "}, {"2epochs", ""}, {"1strata", "1 2 3 4 5 "},
               {"2strata", "2 4 "}, {"4strata", "4 "}, {"6strata", ""},   {"5min", ""}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct subject *s = prepare(data, "nowhere", 3, "mf:rank=3", "barrier", cases[i].every, "7");
    char due[64] = "";
    for (uint64_t round = 0; round <= 6; round++)
      if (fg_checkpoint_due(s->run, round))
        snprintf(due + strlen(due), sizeof due - strlen(due), "%llu ", (unsigned long long)round);
    assert_string_equal(due, cases[i].rounds);
    subject_free(s);
  }
  fixture_drop(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(intervals),
      cmocka_unit_test(files_grow_on_from_their_marks),
      cmocka_unit_test(any_boundary_is_a_place_to_go_on_from),
      cmocka_unit_test(any_rest_is_a_place_to_go_on_from),
      cmocka_unit_test(forged_states_do_no_harm),
      cmocka_unit_test(barrier_goes_on_to_the_same_bits),
      cmocka_unit_test(without_arithmetic_the_same_happens),
      cmocka_unit_test(one_process_goes_on_to_the_same_files),
      cmocka_unit_test(damaged_shards_are_refused),
      cmocka_unit_test(topics_that_there_are_none_of_are_refused),
      cmocka_unit_test(shards_of_something_else_are_refused),
      cmocka_unit_test(damaged_manifests_are_refused),
      cmocka_unit_test(two_are_kept),
      cmocka_unit_test(only_the_due_column_block_is_loaded),
      cmocka_unit_test(sums_and_marks_are_kept),
  };
  return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
