/* The second step of a preflight: what can be tried. The user's strategy, every other with its default parameters, and
 * shares of the data by speed where hosts differ for good. */
#include "proofs/preflight/preflight.h"
#include "proofs/preflight/slowed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The simpler first: what its bits depend on, what has to be understood and tuned. */
static const char *const by_simplicity[] = {"barrier", "ring", "fugue", "quorum", "relay", "nomad", "ssp", "psgd"};
enum { STRATEGIES = sizeof by_simplicity / sizeof *by_simplicity };

/* Shares by speed are simpler than none: where hosts differ for good they remove the cause. */
static unsigned plainness(const char *name, bool size) {
  unsigned i = 0;
  while (i < STRATEGIES && strcmp(by_simplicity[i], name) != 0)
    i++;
  return 2 * i + !size;
}

unsigned fg_preflight_yardstick(unsigned epochs) {
  return (6 * epochs + 9) / 10;
}

/* Options as a trial takes them; overridden ones first, by name. */
static enum fg_err prepare(const struct fg_config *config, const char *const *name, const char *const *value,
                           struct fg_trial **trial, struct fg_fault *fault) {
  char *text[FG_OPTIONS + 1] = {0};
  enum fg_err err = FG_OK;
  for (int i = 0, n = 0; i < FG_OPTIONS && !err; i++) {
    const char *option = fg_option_infos[i].name, *is = config->text[i];
    for (int k = 0; name[k]; k++)
      is = strcmp(name[k], option) == 0 ? value[k] : is;
    size_t room = strlen(option) + strlen(is) + 2;
    if (!(text[n] = malloc(room)))
      err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for options");
    else
      snprintf(text[n++], room, "%s=%s", option, is);
  }
  if (!err)
    *trial = fg_trial_new((const char *const *)text, &err, fault);
  for (int i = 0; i < FG_OPTIONS; i++)
    free(text[i]);
  return err;
}

/* As with all the data: a look for messages after the same share of a block. */
static void scale_chunk(struct fg_trial *t, double share) {
  double slowest, fastest, least = FG_BATCH * share, work = INFINITY;
  const struct fg_run *run = &t->run;
  if (t->run.options.chunk_auto) {
    /* core/run.c, resolve_chunk, of which the sample has `share` */
    fg_network_speeds(&t->network, &slowest, &fastest);
    work = (slowest > 0 ? slowest : 1e9) * 1e-3 / run->model.type->flops(&run->model) * share;
    work = fmin(work, (double)run->grid.n_train / run->grid.row_blocks / run->grid.col_blocks / 8);
  } else {
    work = (double)run->job.chunk * share;
  }
  t->run.job.chunk = (uint64_t)fmax(1, round(fmax(work, t->run.options.chunk_auto ? least : 1)));
}

static enum fg_err make_ready(const struct fg_config *config, const struct fg_preflight_sample *sample,
                              const struct fg_candidates *all, struct fg_candidate *c, struct fg_fault *fault) {
  char epochs[16];
  snprintf(epochs, sizeof epochs, "%u", all->epochs);
  const char *const name[] = {"sync", "balance", "epochs", "eval-every", "checkpoint", "trace", NULL};
  const char *const value[] = {c->sync, c->balance, epochs, "1", "off", "on", NULL};
  enum fg_err err = prepare(config, name, value, &c->trial, fault);
  if (err)
    return err;
  double share = (double)sample->points / (double)sample->points_all;
  if (!sample->whole)
    scale_chunk(c->trial, share);
  return fg_slowed_new(&c->trial->run, 1 / share, &c->slowed, fault);
}

/* One more; what is there already is not added again. own: the user's, whose refusal is an error. */
static enum fg_err add(const struct fg_config *config, const struct fg_preflight_sample *sample, const char *sync,
                       const char *balance, bool own, struct fg_candidates *all, struct fg_fault *fault) {
  struct fg_fault why = {0};
  struct fg_candidate *c = &all->c[all->n];
  bool size = strncmp(balance, "size", 4) == 0;
  memset(c, 0, sizeof *c);
  c->best = -1;
  c->user = own;
  snprintf(c->sync, sizeof c->sync, "%s", sync);
  c->balance = balance;
  enum fg_err err = FG_OK;
  if (size && sample->grid)
    err = fg_fail(&why, FG_EUSAGE, NULL, 0,
                  "the rows of an on-disk grid are dealt in equal shares; balance=size takes the file it was cut from");
  if (!err)
    err = make_ready(config, sample, all, c, &why);
  if ((err == FG_EUSAGE || err == FG_EREFUSED) && !own) {
    snprintf(c->refused, sizeof c->refused, "%s", why.text);
    fg_trial_delete(c->trial);
    c->trial = NULL;
    err = FG_OK;
  } else if (err) {
    *fault = why;
    return err;
  }
  const char *type = c->trial ? c->trial->run.job.sync.type->name : sync;
  c->plain = plainness(type, size);
  all->n++;
  return err;
}

/* The user's strategy in one spelling, and whether that is the default of its type. */
static enum fg_err is_default(const struct fg_config *config, bool *yes, char *name, struct fg_fault *fault) {
  struct fg_model model;
  struct fg_sync own, plain;
  char text[2][FG_OPTION_TEXT];
  enum fg_err err = fg_model_parse(config->text[FG_OPT_MODEL], &model, fault);
  if (!err)
    err = fg_sync_parse(config->text[FG_OPT_SYNC], model.type->default_decay, &own, fault);
  if (!err)
    err = fg_sync_parse(own.type->name, model.type->default_decay, &plain, fault);
  if (err)
    return err;
  fg_sync_print(&own, text[0], sizeof text[0]);
  fg_sync_print(&plain, text[1], sizeof text[1]);
  *yes = strcmp(text[0], text[1]) == 0;
  snprintf(name, FG_TEXT_MAX, "%s", own.type->name);
  return FG_OK;
}

/* Do hosts differ for good? By the law that a trial has, or the network. */
static bool hosts_differ(const struct fg_trial *t) {
  double slowest = 0, fastest = 0, first = fg_straggler_lasting(&t->straggler, 0);
  bool differ = false;
  fg_network_speeds(&t->network, &slowest, &fastest);
  for (uint32_t p = 1; p < t->run.job.workers; p++)
    differ = differ || fg_straggler_lasting(&t->straggler, p) != first;
  return differ || slowest != fastest;
}

enum fg_err fg_candidates_new(const struct fg_config *config, const struct fg_preflight_sample *sample,
                              struct fg_candidates *all, struct fg_fault *fault) {
  char own[FG_TEXT_MAX];
  bool plain = false;
  struct fg_options o;
  memset(all, 0, sizeof *all);
  enum fg_err err = fg_config_resolve(config, &o, fault);
  if (!err && !(all->c = calloc(FG_PREFLIGHT_CANDIDATES, sizeof *all->c)))
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for strategies");
  if (!err)
    err = is_default(config, &plain, own, fault);
  if (err)
    return err;
  const char *sync = config->text[FG_OPT_SYNC], *balance = config->text[FG_OPT_BALANCE];
  if (strlen(sync) >= FG_TEXT_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "--sync: the text is too long");
  all->epochs = (unsigned)fg_preflight_epochs(&o, o.workers ? o.workers : FG_WORKERS);
  err = add(config, sample, plain ? own : sync, balance, true, all, fault);
  if (err)
    return err;
  const struct fg_trial *t = all->c[0].trial;
  all->workers = t->run.job.workers;
  all->step = t->run.job.steps.eta0;
  all->has_test = t->run.grid.n_test + t->run.grid.n_held_out > 0;
  all->lasting = t->straggler.type->host || t->straggler.per == FG_PER_RUN;
  /* rotate and scale are of few strategies: the others are tried without */
  bool shares = o.balance == FG_CURE_SIZE;
  const char *others = shares ? balance : "none";
  bool same = strcmp(balance, others) == 0;
  for (unsigned i = 0; i < STRATEGIES && !err; i++) {
    bool here = plain && same && strcmp(by_simplicity[i], own) == 0;
    if (strcmp(by_simplicity[i], "barrier") == 0)
      all->barrier = here ? 0 : all->n;
    if (!here)
      err = add(config, sample, by_simplicity[i], others, false, all, fault);
  }
  if (shares || !hosts_differ(t))
    return err;
  static const char *const sized[] = {"barrier", "quorum", "relay"};
  for (unsigned i = 0; i < sizeof sized / sizeof *sized && !err; i++)
    err = add(config, sample, sized[i], "size", false, all, fault);
  return err;
}

void fg_candidates_free(struct fg_candidates *all) {
  for (unsigned i = 0; all->c && i < all->n; i++) {
    fg_trial_delete(all->c[i].trial);
    free(all->c[i].slowed);
  }
  free(all->c);
  memset(all, 0, sizeof *all);
}
