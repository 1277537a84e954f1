/* A sweep with made-up results, for tests of what reads sweeps: made_sweep SPEC DIR writes DIR/sweep.sqlite in no time,
 * and the same numbers every time. A run's state is what a label says (refused, diverged, failed, timed-out, pending);
 * all others are done, with speeds and metrics that depend on the labels and, a little, on the seed. */
#include "core/rng.h"
#include "core/spec.h"
#include "sweep/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 10, WORKERS = 4 };

static enum fg_err check(struct fg_config *config, const char *stage, struct fg_fault *fault) {
  (void)config;
  (void)stage;
  (void)fault;
  return FG_OK;
}

static const char *label(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *e, size_t axis) {
  return e->point[axis] == FG_ABSENT ? "" : spec->axis[axis].point[e->point[axis]].label;
}

static enum fg_run_state state_of(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *e,
                                  const char **reason) {
  static const struct {
    const char *label, *reason;
    enum fg_run_state state;
  } table[] = {
      {"refused", "psgd keeps replicas of the model, which lda does not allow", FG_RUN_REFUSED},
      {"diverged", "the parameters are no longer finite in epoch 3", FG_RUN_DIVERGED},
      {"failed", "killed by signal 9 <Killed> & \"gone\"", FG_RUN_FAILED},
      {"timed-out", "took longer than 10 s", FG_RUN_TIMED_OUT},
      {"pending", "", FG_RUN_PENDING},
  };
  for (size_t a = 0; a < spec->n_axes; a++)
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
      if (strcmp(label(spec, e, a), table[i].label) == 0) {
        *reason = table[i].reason;
        return table[i].state;
      }
  *reason = "";
  return FG_RUN_DONE;
}

/* From 0 to 1, by the text. */
static double share_of(const char *text) {
  struct fg_rng rng;
  uint64_t sum = 17;
  for (; *text; text++)
    sum = sum * 31 + (unsigned char)*text;
  fg_rng_start(&rng, sum, FG_STREAM_GENERATE, 0, 0);
  return fg_rng_uniform(&rng);
}

/* Everything that follows from the labels: how long an epoch takes, how much it brings. */
static void make_numbers(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *e, struct fg_run_record *x) {
  struct fg_rng rng;
  double pace = 1, gain = 0.25;
  fg_rng_start(&rng, e->seed, FG_STREAM_ORDER, 0, 0);
  double luck = 1 + 0.06 * (fg_rng_uniform(&rng) - 0.5);
  for (size_t a = 0; a < spec->n_axes; a++) {
    const char *text = label(spec, e, a);
    double number;
    if (fg_parse_real(text, &number) && number > 0)
      gain /= 1 + 0.1 * fabs(log(number / 6));
    else if (*text && spec->axis[a].n > 1) {
      pace *= 0.6 + share_of(text);
      gain *= strcmp(text, "barrier") == 0 ? 1 : 0.95 + 0.5 * share_of(text + 1);
    }
  }
  fg_rng_start(&rng, e->seed, FG_STREAM_INIT_ROW, (uint64_t)(pace * 1e6), 0);
  for (int k = 0; k < FG_RUN_NUMBERS; k++)
    x->number[k] = NAN;
  x->moment = calloc(EPOCHS + 1, sizeof *x->moment);
  x->worker = calloc(WORKERS, sizeof *x->worker);
  if (!x->moment || !x->worker)
    exit(3);
  x->n_moments = EPOCHS + 1;
  x->n_workers = WORKERS;
  for (int i = 0; i <= EPOCHS; i++) {
    double noise = 1 + 0.004 * (fg_rng_uniform(&rng) - 0.5);
    x->moment[i] = (struct fg_run_moment){.epoch = i,
                                          .time_s = 12.5 * pace * luck * i * noise,
                                          .updates = 652170.0 * i,
                                          .extra_updates = floor(52170 / pace) * i,
                                          .bytes_sent = 3.1e6 * i,
                                          .train_loss = 7.2 * (0.8 + exp(-gain * i)),
                                          .test_metric = 1500 * luck * (0.4 + exp(-gain * i)) * noise};
  }
  for (int w = 0; w < WORKERS; w++)
    x->worker[w] = (struct fg_run_worker){80 * pace, 10, 30 * pace + w, 5, 1};
  const struct fg_run_moment *last = &x->moment[EPOCHS];
  x->number[FG_NUMBER_TIME] = last->time_s;
  x->number[FG_NUMBER_EPOCHS] = EPOCHS;
  x->number[FG_NUMBER_UPDATES] = last->updates;
  x->number[FG_NUMBER_EXTRA] = last->extra_updates;
  x->number[FG_NUMBER_BYTES] = last->bytes_sent;
  x->number[FG_NUMBER_LOSS] = last->train_loss;
  x->number[FG_NUMBER_METRIC] = last->test_metric;
  x->number[FG_NUMBER_IDLE] = 0.3 * pace / (1 + pace);
  x->number[FG_NUMBER_WORKERS] = 16;
  x->number[FG_NUMBER_ROWS] = 235;
  x->number[FG_NUMBER_COLS] = 12613;
  x->number[FG_NUMBER_POINTS] = 426580;
  x->number[FG_NUMBER_CPU] = 1.25 + 0.01 * (double)e->seed;
  x->number[FG_NUMBER_MEMORY] = 61.5;
  x->number[FG_NUMBER_WALL] = 1.5 + 0.01 * (double)e->seed;
}

static enum fg_err put(struct fg_store *store, const struct fg_sweep_spec *spec, const struct fg_sweep_entry *e,
                       struct fg_fault *fault) {
  struct fg_run_record x = {.seed = e->seed};
  enum fg_run_state known = FG_RUN_PENDING;
  x.state = state_of(spec, e, &x.reason);
  enum fg_err err = fg_store_state(store, e->id, &known, fault);
  if (err || x.state == FG_RUN_PENDING || known != FG_RUN_PENDING)
    return err;
  memcpy(x.id, e->id, sizeof x.id);
  x.stage = "sim";
  x.revision = "0123456789ab";
  x.versions = "SimGrid 3.32, GSL 2.7.1";
  x.host = "made & up";
  x.data_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  x.metric_name = "perplexity";
  x.started = "2025-01-02T03:04:05Z";
  make_numbers(spec, e, &x);
  err = fg_store_put(store, &x, fault);
  free(x.moment);
  free(x.worker);
  return err;
}

static enum fg_err put_all(struct fg_store *store, const struct fg_sweep_spec *spec, const struct fg_sweep_plan *plan,
                           struct fg_fault *fault) {
  enum fg_err err = fg_store_plan(store, spec, plan, fault);
  if (!err && sqlite3_exec(store->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL) != SQLITE_OK)
    err = FG_EIO;
  for (size_t i = 0; i < plan->n && !err; i++)
    err = put(store, spec, &plan->entry[i], fault);
  return err;
}

/* The runs at chosen points follow from those of the grid, unless one of these is pending. */
static enum fg_err make_final(struct fg_store *store, const char *dir, const struct fg_sweep_spec *spec,
                              struct fg_sweep_plan *plan, struct fg_fault *fault) {
  struct fg_sweep_results results = {0};
  struct fg_sweep_choice *choice = NULL;
  enum fg_err err = fg_sweep_results_read(dir, &results, fault);
  for (size_t i = 0; i < results.n && !err; i++)
    if (results.result[i].entry.at == FG_AT_GRID && results.result[i].state == FG_RUN_PENDING)
      goto cleanup;
  if (!err)
    err = fg_sweep_choice_make(&results, &choice, fault);
  if (!err)
    err = fg_sweep_plan_final(spec, fg_sweep_choice_of, choice, plan, fault);
  if (!err)
    err = fg_sweep_plan_identify(spec, plan, check, fault);
  if (!err)
    err = put_all(store, spec, plan, fault);
  fg_sweep_choice_free(choice);
cleanup:
  fg_sweep_results_free(&results);
  return err;
}

int main(int argc, char **argv) {
  struct fg_sweep_spec spec = {0};
  struct fg_sweep_plan plan = {0};
  struct fg_store store = {.lock = -1};
  struct fg_fault fault = {.line = 0};
  char text[2200];
  if (argc != 3) {
    fputs("usage: made_sweep SPEC DIR\n", stderr);
    return 2;
  }
  enum fg_err err = fg_sweep_spec_read(argv[1], &spec, &fault);
  if (!err)
    err = fg_sweep_plan_first(&spec, &plan, &fault);
  if (!err)
    err = fg_sweep_plan_identify(&spec, &plan, check, &fault);
  if (!err)
    err = fg_store_open(&store, argv[2], &fault);
  if (!err)
    err = put_all(&store, &spec, &plan, &fault);
  if (!err && spec.tune.axis != FG_ABSENT)
    err = make_final(&store, argv[2], &spec, &plan, &fault);
  fg_store_close(&store);
  fg_sweep_plan_free(&plan);
  fg_sweep_spec_free(&spec);
  if (err) {
    fg_fault_format(&fault, err, text, sizeof text);
    fprintf(stderr, "made_sweep: %s\n", text);
  }
  return fg_err_exit_code(err);
}
