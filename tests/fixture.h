/* What several tests need: small data on disk, runs made ready from option texts, and a stage without clock and network
 * that plays machines in a random order. */
#ifndef FG_TESTS_FIXTURE_H
#define FG_TESTS_FIXTURE_H

#include "core/order.h"
#include "core/run.h"
#include "core/savepoints.h"
#include "core/sink.h"

/* A file of random points (rows x cols, about `share` of the cells, values 1..9 as counts) in a temporary directory;
 * freed and removed by fixture_drop. */
char *fixture_points(uint32_t rows, uint32_t cols, double share, uint64_t seed);
void fixture_drop(char *path);

/* Sets an option; a model "mf:rank=5 adagrad" sets the schedule of steps, too. */
void fixture_set(struct fg_config *config, const char *name, const char *value);

/* fg_run_prepare on `options` (fixture_set): name, value, ..., NULL; fails the test on an error. Freed by
 * fixture_run_free. */
struct fg_run *fixture_run(const char *data, const char *const *options);
void fixture_run_free(struct fg_run *run);

/* Strategies that conformance tests run over, all of the table among them, some with several settings; ends with NULL.
 */
extern const char *const fixture_syncs[];

/* Does the strategy admit the model, and so few workers (one shard at least for each server)? */
bool fixture_admits(const char *sync, const char *model, uint32_t workers);

/* Plays the run's machines one act at a time in an order drawn from `seed`, parcels travelling at random speed; as many
 * extra chunks as the draw says, none in the last stratum. Workers without strata meet at the boundaries of
 * run->job.pause. Records what is taken. known: NULL, or room for the
 * statistic as it is known at the end, with every change. Fails the test on any error or deadlock. */
void fixture_play(struct fg_run *run, uint64_t seed, const struct fg_sink *sink, struct fg_totals *totals,
                  double *known);

/* The same with more to it. */
struct fixture_play {
  uint64_t seed;
  const struct fg_sink *sink;
  double *known;                     /* as above; may be NULL */
  struct fg_savepoints *savepoints;  /* saves and resumes as a stage of one process does; may be NULL */
  uint64_t steps;                    /* ends after so many steps of machines, as if killed; 0: at the end */
  bool idle;                         /* no arithmetic */
  uint64_t pause;                    /* all workers meet at the boundary of this round; 0: nowhere */
  const struct fg_checkpoints *save; /* there they write a checkpoint; may be NULL */
  /* told of every parcel (lent) that a steward takes, or sends; may be NULL */
  void (*seen)(void *self, const struct fg_parcel *parcel, bool taken);
  void *self;
  struct fg_run *fresh; /* and new machines, of this run, read it and go on; may be NULL */
};
/* True if it was played to the end. */
bool fixture_play_so(struct fg_run *run, const struct fixture_play *how, struct fg_totals *totals);

/* A sink that keeps visits and the order log in memory. */
struct recorder {
  struct fg_visit *visit;
  size_t n_visits;
  struct fg_taken *taken;
  size_t n_taken;
};
/* The step of a test's runs: `usual`, but dictionaries need a large one to outgrow the ball, so that releases divide
 * them, and draws have none. */
const char *fixture_step(const char *model, const char *usual);

/* A sink that keeps nothing. */
extern const struct fg_sink fixture_deaf;

struct fg_sink recorder_sink(struct recorder *recorder);
void recorder_free(struct recorder *recorder);

/* The recorder's log as replay wants it; freed by fg_order_free. */
void recorder_order(const struct recorder *recorder, uint32_t hosts, struct fg_order *order);

#endif
