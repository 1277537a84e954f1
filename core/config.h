/* Options of a run: one table for the command line, YAML files, config.yaml and help. A configuration holds their text;
 * a resolved one holds numbers. */
#ifndef FG_CORE_CONFIG_H
#define FG_CORE_CONFIG_H

#include "core/cure.h"
#include "core/data/split.h"
#include "core/err.h"
#include "core/spec.h"
#include "core/step.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name (as --name and as YAML key), default ("" : none), argument, help */
#define FG_OPTION_LIST(X)                                                                                              \
  X(DATA, "data", "", "FILE",                                                                                          \
    "points: UCI bag of words, Matrix Market, 'row col value' or an edge list, plain or gzipped; or a grid; or, with " \
    "--compute none, counted:rows=..,cols=..,nnz=..: sizes of blocks only")                                            \
  X(MODEL, "model", "mf:rank=32", "SPEC", "latent space model, name:key=value,... (fugue info models)")                \
  X(WORKERS, "workers", "auto", "P",                                                                                   \
    "number of workers; auto: the ranks of fugue-mpi, the parts of a grid, otherwise 16")                              \
  X(SYNC, "sync", "fugue", "SPEC", "synchronization strategy (fugue info syncs)")                                      \
  X(STRAGGLER, "straggler", "none", "SPEC", "law of slowdowns (fugue info stragglers)")                                \
  X(NETWORK, "network", "star", "SPEC", "hosts and network, simulated runs only (fugue info networks)")                \
  X(BALANCE, "balance", "none", "CURE",                                                                                \
    "none: row blocks are equal; size: in proportion to the speeds that hosts have for good, or to given shares "      \
    "(size:6x3,2x1: six of 3, two of 1); scale: steps of a block are divided by its step mass so far; rotate: row "    \
    "blocks change workers every epoch (simulated runs)")                                                              \
  X(EPOCHS, "epochs", "10", "N", "epochs to run; 10s means 10 sub-epochs")                                             \
  X(STEP, "step", "auto", "ETA", "initial step size; auto: the model's own")                                           \
  X(STEP_SCHEDULE, "step-schedule", "auto", "NAME",                                                                    \
    "paper: ETA/(t+1) in epoch t; sqrt: ETA/sqrt(t+1); constant; adagrad: ETA divided row by row by the gradients "    \
    "seen "                                                                                                            \
    "(models with a gradient step); auto: the model's own")                                                            \
  X(FLOOR, "floor", "0", "ETA", "smallest step size of an epoch")                                                      \
  X(SAMPLING, "sampling", "pass", "NAME", "pass: shuffled passes over a block; replace: sampling with replacement")    \
  X(CHUNK, "chunk", "auto", "UPDATES",                                                                                 \
    "updates between two looks for messages; auto: 1 ms of work, at most 1/8 of a block")                              \
  X(TEST, "test", "auto", "SHARE",                                                                                     \
    "held-out share: 0.1 of the points, or rows:0.1 of the rows; auto: a grid's own, otherwise 0")                     \
  X(EVAL_EVERY, "eval-every", "1", "EPOCHS", "epochs between evaluations; 0: only before and after the run")           \
  X(INDEX_BASE, "index-base", "1", "0|1", "smallest index in triplets and edge lists")                                 \
  X(SEED, "seed", "1", "N", "seed of everything")                                                                      \
  X(SEED_DATA, "seed-data", "auto", "N", "seed of split and partition; auto: from --seed")                             \
  X(SEED_INIT, "seed-init", "auto", "N", "seed of the initial factors; auto: from --seed")                             \
  X(SEED_ORDER, "seed-order", "auto", "N", "seed of the order of points; auto: from --seed")                           \
  X(SEED_STRAGGLER, "seed-straggler", "auto", "N", "seed of slowdowns; auto: from --seed")                             \
  X(COMPUTE, "compute", "full", "full|none",                                                                           \
    "none: updates are counted, not made: times, messages and counts of the same run without its arithmetic, for "     \
    "studies of scale (simulated runs); nothing is learned")                                                           \
  X(CHECKPOINT, "checkpoint", "off", "EVERY",                                                                          \
    "what --resume goes on from: 30s, 5min, 2h of wall time, 2epochs, 8strata (sub-epochs), or off")                   \
  X(TRACE, "trace", "on", "on|off", "write trace.csv and order.bin, which replay needs")

#define FG_OPTION_ID(id, name, fallback, argument, help) FG_OPT_##id,
enum fg_option { FG_OPTION_LIST(FG_OPTION_ID) FG_OPTIONS };
#undef FG_OPTION_ID

/* The four seed-... options must stay adjacent to and behind seed: their distance to it is what derived seeds are made
 * of. */
struct fg_option_info {
  const char *name, *fallback, *argument, *help;
};
extern const struct fg_option_info fg_option_infos[FG_OPTIONS];

enum { FG_OPTION_TEXT = 4096 };

struct fg_config {
  char text[FG_OPTIONS][FG_OPTION_TEXT]; /* defaults until set */
};

void fg_config_init(struct fg_config *config);

/* Sets an option by name; FG_EUSAGE (with file and line, if given) if there is none or the text is too long. */
enum fg_err fg_config_set(struct fg_config *config, const char *name, const char *value, const char *file,
                          unsigned long long line, struct fg_fault *fault);

/* Reads `option: value` lines of a YAML file. Keys that start with "data_" (facts of a run directory's config.yaml) are
 * skipped. FG_EINPUT/FG_EUSAGE with file and line. */
enum fg_err fg_config_read(const char *path, struct fg_config *config, struct fg_fault *fault);

/* How often. */
enum fg_every { FG_EVERY_NEVER, FG_EVERY_SECONDS, FG_EVERY_EPOCHS, FG_EVERY_STRATA };
struct fg_cadence {
  enum fg_every unit;
  double seconds; /* > 0, wall time, for FG_EVERY_SECONDS [s] */
  uint64_t n;     /* at least 1, for epochs and strata */
};

enum { FG_WORKERS = 16 }; /* where nothing else says how many */

/* Options that are numbers, checked. The model, strategy, straggler and network specifications stay text: their own
 * parsers resolve them. */
struct fg_options {
  uint32_t workers; /* 0: as many as ranks, or as the grid has parts, otherwise FG_WORKERS */
  uint64_t epochs;  /* or sub-epochs: */
  bool sub_epochs;  /* epochs counts sub-epochs */
  bool step_auto, schedule_auto;
  struct fg_steps steps; /* eta0 only if !step_auto, schedule only if !schedule_auto */
  bool replace;
  bool chunk_auto;
  uint64_t chunk;
  bool split_auto, seed_data_auto; /* a grid's own, if the data are one */
  struct fg_split split;           /* with its seed */
  uint64_t eval_every;
  unsigned index_base;
  struct fg_cadence checkpoint;
  bool trace;
  bool timing_only; /* --compute none */
  enum fg_cure balance;
  uint32_t shares; /* of FG_CURE_SIZE: for so many workers; 0: not settled yet */
  uint64_t seed, seed_data, seed_init, seed_order, seed_straggler;
};
/* FG_EUSAGE if the run only counts (--compute none). who ("a replay") needs what it has not; file (lent; NULL: none):
 * of the run. */
enum fg_err fg_config_refuse_timing(const struct fg_config *config, const char *who, const char *file,
                                    struct fg_fault *fault);

enum fg_err fg_config_resolve(const struct fg_config *config, struct fg_options *options, struct fg_fault *fault);

#endif
