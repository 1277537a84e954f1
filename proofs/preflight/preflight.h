/* Preflight: advice for a user's own data, model, cluster and stragglers before anything is run for real. One step one
 * file: a sample of the data (sample.c); what can be tried (candidates.c) and what comes of it on simulated clusters
 * (simulate.c); curvature and gradient noise near where learning ends (estimate.c) and what the claims' bounds make of
 * them (predict.c); the choice (recommend.c). fugue preflight asks, and shows the answer. */
#ifndef FG_PROOFS_PREFLIGHT_PREFLIGHT_H
#define FG_PROOFS_PREFLIGHT_PREFLIGHT_H

#include "core/sink.h"
#include "proofs/lab/lab.h"
#include "proofs/lab/statistics.h"
#include "proofs/lab/trial.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  FG_PREFLIGHT_LEAST = 4,   /* epochs that are simulated, at least ... */
  FG_PREFLIGHT_EPOCHS = 10, /* ... and at most */
  FG_PREFLIGHT_SEEDS = 40,  /* most for one strategy at one step, besides the one it is tuned on */
  FG_PREFLIGHT_CANDIDATES = 24,
  FG_PREFLIGHT_REACH = 4, /* steps of 2^-REACH .. 2^REACH times the user's */
  FG_PREFLIGHT_STEPS = 2 * FG_PREFLIGHT_REACH + 1,
};

/* What is asked. */
struct fg_preflight_ask {
  struct fg_config config; /* of a run, as the user wrote it */
  uint64_t sample;         /* points to simulate with, at least 1; 0: what takes about a minute */
  double factor;           /* by which extra updates may enlarge the variance of barrier, > 1 */
  bool quick;              /* fewer steps and seeds */
};

/* The data that are simulated: all, or whole rows of them. Hosts then take longer over a point by points_all / points,
 * so that computing and communication are to each other, and to virtual time, as with all the data. */
struct fg_preflight_sample {
  char path[FG_PATH_MAX]; /* the user's data, or a file in the lab's scratch folder */
  bool whole;
  bool grid; /* the user's data are one, cut for one number of column blocks */
  uint32_t rows, rows_all, cols;
  uint64_t points, points_all; /* training and test */
  char test[64];               /* what is held out, as option test */
};

/* Reads the data of `ask` and, if they have more points than are wanted, writes a sample of whole rows; rows are drawn
 * by the data seed, and there are at least four for each worker. Settles the options workers, test and index-base of
 * *config (ask's, as it is to be simulated) and its data. FG_EINPUT, FG_EUSAGE as for a run. */
enum fg_err fg_preflight_sample(const struct fg_preflight_ask *ask, const struct fg_lab *lab, struct fg_config *config,
                                struct fg_preflight_sample *sample, struct fg_fault *fault);

/* Epochs that are simulated for a run with these options. */
uint64_t fg_preflight_epochs(const struct fg_options *options, uint32_t workers);

/* One simulated run: losses over virtual time. */
struct fg_course {
  bool made, diverged;
  unsigned n; /* looks: at the start, and after each epoch (psgd: after those that an averaging ends) */
  double time[FG_PREFLIGHT_EPOCHS + 1], train[FG_PREFLIGHT_EPOCHS + 1], test[FG_PREFLIGHT_EPOCHS + 1];
  struct fg_totals totals;
};

/* What is learned for: the test metric where points are held out, otherwise the training loss. Both fall. */
double fg_course_goal(const struct fg_course *course, unsigned look);

/* Virtual time [s] at which the goal is first reached, by straight lines between looks; INFINITY: never. */
double fg_course_time(const struct fg_course *course, double goal);

/* Time [s] per epoch; share of it that workers idle; bytes, extra updates per required one. */
double fg_course_epoch(const struct fg_course *course, unsigned epochs);
double fg_course_idle(const struct fg_course *course, uint32_t workers);
double fg_course_bytes(const struct fg_course *course, unsigned epochs);
double fg_course_extra(const struct fg_course *course);

/* A strategy that is considered. */
struct fg_candidate {
  char sync[FG_TEXT_MAX];                     /* option, as short as it can be said */
  const char *balance;                        /* option; lent by the configuration, or static */
  char refused[1024];                         /* why it cannot be; "": it can */
  bool user;                                  /* the user's own sync and balance */
  unsigned plain;                             /* the smaller the simpler: what is preferred where times do not differ */
  struct fg_slowed *slowed;                   /* the trial's model */
  struct fg_trial *trial;                     /* made ready, for processes to go on from; NULL if refused */
  struct fg_course tuned[FG_PREFLIGHT_STEPS]; /* one seed, steps 2^(i - REACH) times the user's; not all are made */
  int best;                                   /* the one of them chosen */
  unsigned seeds;                             /* further ones: */
  struct fg_course at_best[FG_PREFLIGHT_SEEDS];  /* at the best step ... */
  struct fg_course at_users[FG_PREFLIGHT_SEEDS]; /* ... and at the user's; not made if they are the same */
};

struct fg_candidates {
  struct fg_candidate *c; /* FG_PREFLIGHT_CANDIDATES entries */
  unsigned n;
  unsigned user, barrier; /* places of two of them */
  uint32_t workers;
  unsigned epochs; /* of each run */
  bool lasting;    /* hosts differ by the straggler law for good: it is the same with all seeds */
  double step;     /* the user's initial step */
  bool has_test;   /* the goal is the test metric */
};

/* The user's strategy, every other one with its default parameters, and, where hosts differ for good, some with
 * balance=size; each made ready on the sample, or refused with the reason. config: from fg_preflight_sample.
 * FG_EINPUT, FG_EUSAGE: the user's own cannot be run. Freed by fg_candidates_free, also after an error. */
enum fg_err fg_candidates_new(const struct fg_config *config, const struct fg_preflight_sample *sample,
                              struct fg_candidates *candidates, struct fg_fault *fault);
void fg_candidates_free(struct fg_candidates *candidates);

/* Epochs after which barrier sets the goal: six of ten. */
unsigned fg_preflight_yardstick(unsigned epochs);

/* One run of a candidate, in this process, which can simulate no other; seed 0 is that of tuning. Parameters end up in
 * candidate->trial->run.factors. That it diverges is no error. */
enum fg_err fg_candidate_run(const struct fg_candidates *all, const struct fg_candidate *candidate, double multiple,
                             unsigned seed, struct fg_course *course, struct fg_fault *fault);

/* Simulates: every candidate at steps around the user's, on one seed, until the best is not at the edge; those that
 * come near the fastest on further seeds, at their best step and the user's; more seeds for those that cannot be told
 * apart. */
enum fg_err fg_preflight_simulate(const struct fg_preflight_ask *ask, const struct fg_lab *lab,
                                  struct fg_candidates *candidates, struct fg_fault *fault);

/* Best step of a candidate as a multiple of the user's. */
double fg_candidate_multiple(const struct fg_candidate *candidate);

/* The goal of a seed (0: that of tuning): what barrier reaches with it in fg_preflight_yardstick epochs, at its own
 * best step or (users) at the user's. NAN: it diverges, or has not been run. */
double fg_candidates_goal(const struct fg_candidates *all, unsigned seed, bool users);

/* Their mean over the seeds that barrier was run with. */
double fg_candidates_mean_goal(const struct fg_candidates *all, bool users);

/* How many times as fast as barrier it is to barrier's goals at the user's step, at that step: geometric mean over the
 * further seeds that it was run with at that step, or on the seed of tuning. 0: with one of them it does not get there;
 * NAN: barrier diverges. */
double fg_candidate_users_speed(const struct fg_candidates *all, const struct fg_candidate *candidate);

/* Time to the goal, further seeds: geometric mean [s], where a run that does not get there counts with twice its whole
 * time; INFINITY if none does, or one diverges. Of the tuned run if there are no further ones. *reached: of *seeds. */
double fg_candidate_time(const struct fg_candidates *all, const struct fg_candidate *candidate, unsigned *reached,
                         unsigned *seeds);

/* Time to the goal relative to barrier's with the same seeds: geometric mean over those that it was run with; what
 * candidates are ranked by, since not all have the same seeds. INFINITY as above. */
double fg_candidate_share(const struct fg_candidates *all, const struct fg_candidate *candidate);

/* Time to the goal of one relative to another, seed by seed: geometric mean with an interval of 95 % (Student's t of
 * the logarithms), with the same penalty. NAN if either has less than two seeds or diverged with one of them. */
struct fg_interval fg_candidate_ratio(const struct fg_candidates *all, const struct fg_candidate *of,
                                      const struct fg_candidate *to);

/* Curvature and noise of some blocks (lab/curvature.h), at the parameters that barrier has at the end with the user's
 * step. Per update: H and G are means over a block's points. */
struct fg_local {
  double multiple;    /* of the user's step, with which was learned: 1 unless barrier diverges with that */
  unsigned blocks;    /* looked at; 0: nothing was, since learning diverged */
  uint64_t looked_at; /* points */
  double points, dimension, trace, noise, drift;  /* means over the blocks: points Z, coordinates, tr H, tr G, |g|^2 */
  double top, bottom;                             /* largest and smallest eigenvalue of any of the blocks */
  double touched, asymmetry, constrained, square; /* square: mean square of a coordinate */
};

/* *local must be zero. FG_ENOMEM. */
enum fg_err fg_preflight_estimate(const struct fg_preflight_ask *ask, const struct fg_lab *lab,
                                  const struct fg_candidates *all, struct fg_local *local, struct fg_fault *fault);

enum fg_wait_kind { FG_WAIT_GEOMETRIC, FG_WAIT_HARMONIC, FG_WAIT_USERS, FG_WAIT_KINDS };

/* Waiting at barriers, the network left out: rounds of equal blocks, with draws of the user's law. */
struct fg_waits {
  bool known; /* no: a user's platform file, whose hosts only the engine knows */
  uint64_t rounds;
  double nominal_s, own_s, slowest_s, quorum_s; /* of a pass over a block: nominal; mean; mean of the slowest of a
                                                   round, of the three quarters' last */
  double exact_slowest_s, exact_quorum_s;       /* T1, T4; INFINITY: the law has no mean; NAN: no formula */
  double idle;                                  /* share of time, barrier */
  double mean, median, most;                    /* passes that fit into a wait: with their 95 % quantile */
  double decay;                                 /* of the model */
  double mass_same, mass[FG_WAIT_KINDS];        /* step mass of a wait relative to that of a required pass, mean */
  double mass_most;                             /* M6: with `decay`, of any wait */
};

/* barrier: ready on the sample. users: the strategy whose extras are FG_WAIT_USERS; may be one without. FG_ENOMEM. */
enum fg_err fg_predict_waits(const struct fg_trial *barrier, const struct fg_sync *users, struct fg_waits *waits,
                             struct fg_fault *fault);

/* Variance inside a block, M3 and M5. a = eta h. */
struct fg_variance {
  double step;                       /* eta */
  double mean, top, bottom, touched; /* eta times curvature: mean over coordinates, extremes, as an update meets it */
  bool stable;                       /* eta h < 2 in all directions */
  double limit, relative;            /* V*(eta) of a coordinate, and its root relative to that of `square` */
  double saturation;                 /* share of V* that one required pass builds up */
  double decay, decay_mean;          /* largest decay within the factor: at any curvature, at the mean */
  double decay_mass;                 /* the same for the step mass */
  double same_max, harmonic_max;     /* extra passes of these kinds, at mean curvature; INFINITY: any number */
  double users;                      /* factor of the user's extras, at mean curvature and for any wait */
};
void fg_predict_variance(const struct fg_local *local, double step, double factor, const struct fg_sync *users,
                         struct fg_variance *variance);

/* Largest ratio, at any moment of a wait of `passes` extra passes on a block of n points, of the variance to what the
 * required pass has made of 0. By steps of the extras of `sync`; INFINITY: of a wait without end. */
double fg_predict_growth(const struct fg_sync *sync, double a, double n, double passes);

struct fg_recommendation {
  bool any;              /* something reached the goal with nearly every seed */
  unsigned best, chosen; /* the fastest; the simplest of those not told apart from it (within 5 %) */
  unsigned alike[FG_PREFLIGHT_CANDIDATES], n_alike; /* not told apart from the fastest */
  struct fg_interval gain, users_gain; /* time to the goal of barrier, of the user's strategy, relative to the chosen's;
                                          NAN if they do not reach it */
};
void fg_preflight_recommend(const struct fg_candidates *all, struct fg_recommendation *recommendation);

#endif
