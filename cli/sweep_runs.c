/* From a plan to runs: checked, each once, with where its data come from and whether it is done. */
#include "cli/sweep.h"

#include "core/data/generate.h"
#include "core/model/model.h"
#include "core/straggler/straggler.h"
#include "core/sync/sync.h"
#include "sim/network.h"
#include "sweep/compare.h"
#include "sweep/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- checks */

static enum fg_err check_straggler(struct fg_config *config, uint32_t workers, uint64_t seed, struct fg_fault *fault) {
  struct fg_straggler straggler;
  enum fg_err err =
      fg_straggler_parse(config->text[FG_OPT_STRAGGLER], workers ? workers : FG_WORKERS, seed, &straggler, fault);
  if (err)
    return err;
  fg_straggler_print(&straggler, config->text[FG_OPT_STRAGGLER], FG_OPTION_TEXT);
  fg_straggler_free(&straggler);
  return FG_OK;
}

/* Whether the strategy admits the model is not asked here: that it does not is a result. */
enum fg_err fg_sweep_check_run(struct fg_config *config, const char *stage, struct fg_fault *fault) {
  struct fg_options options;
  struct fg_model model;
  struct fg_sync sync;
  struct fg_network network;
  bool mpi = strcmp(stage, "mpi") == 0;
  enum fg_err err = fg_config_resolve(config, &options, fault);
  if (!err)
    err = fg_model_parse(config->text[FG_OPT_MODEL], &model, fault);
  if (!err)
    err = fg_model_take_steps(&model, options.schedule_auto ? model.type->default_schedule : options.steps.schedule,
                              fault);
  if (!err)
    err = fg_sync_parse(config->text[FG_OPT_SYNC], model.type->default_decay, &sync, fault);
  if (!err)
    err = fg_network_parse(config->text[FG_OPT_NETWORK], &network, fault);
  if (!err)
    err = check_straggler(config, options.workers, options.seed_straggler, fault);
  if (err)
    return err;
  fg_spec_print(model.type->name, model.type->params, &model.par, config->text[FG_OPT_MODEL], FG_OPTION_TEXT);
  fg_sync_print(&sync, config->text[FG_OPT_SYNC], FG_OPTION_TEXT);
  if (mpi) /* ranks have a network of their own */
    snprintf(config->text[FG_OPT_NETWORK], FG_OPTION_TEXT, "%s", fg_option_infos[FG_OPT_NETWORK].fallback);
  else
    fg_network_print(&network, config->text[FG_OPT_NETWORK], FG_OPTION_TEXT);
  return FG_OK;
}

static enum fg_err check_generator(const char *spec, struct fg_fault *fault) {
  char name[FG_TEXT_MAX], what[FG_TEXT_MAX + 16];
  const char *rest;
  struct fg_values values;
  enum fg_err err = fg_spec_name(spec, name, &rest, fault);
  for (int i = 0; !err && fg_generator_types[i]; i++)
    if (strcmp(fg_generator_types[i]->name, name) == 0) {
      snprintf(what, sizeof what, "generator %s", name);
      return fg_spec_parse(what, rest, fg_generator_types[i]->params, &values, fault);
    }
  return err ? err : fg_fail(fault, FG_EUSAGE, NULL, 0, "there is no generator '%s' (see fugue info generators)", name);
}

/* ---- the plan */

static int at_none(void *self, const int *point) {
  (void)self;
  (void)point;
  return FG_ABSENT;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum fg_err count_runs(const struct fg_sweep_plan *plan, size_t *n, struct fg_fault *fault) {
  const char **id = malloc((plan->n ? plan->n : 1) * sizeof *id);
  if (!id)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the plan");
  for (size_t i = 0; i < plan->n; i++)
    id[i] = plan->entry[i].id;
  qsort(id, plan->n, sizeof *id, by_text);
  *n = 0;
  for (size_t i = 0; i < plan->n; i++)
    *n += i == 0 || strcmp(id[i], id[i - 1]) != 0;
  free(id);
  return FG_OK;
}

enum fg_err fg_sweep_plan_checked(struct fg_sweep_work *work, size_t *most, struct fg_fault *fault) {
  struct fg_sweep_plan *plan = &work->plan;
  *most = 0;
  enum fg_err err = fg_sweep_plan_first(&work->spec, plan, fault);
  size_t first = plan->n;
  if (!err && work->spec.tune.axis != FG_ABSENT)
    err = fg_sweep_plan_final(&work->spec, at_none, NULL, plan, fault);
  if (!err) /* all at once: files are digested once */
    err = fg_sweep_plan_identify(&work->spec, plan, fg_sweep_check_run, fault);
  const struct fg_sweep_plan later = {.entry = plan->entry + first, .n = plan->n - first};
  plan->n = first;
  return err ? err : count_runs(&later, most, fault);
}

/* combinations that are not there: of all entries that there could be, a seed's worth each */
static enum fg_err count_undecided(const struct fg_sweep_work *work, size_t made, size_t *undecided,
                                   struct fg_fault *fault) {
  struct fg_sweep_plan all = {0};
  enum fg_err err = fg_sweep_plan_final(&work->spec, at_none, NULL, &all, fault);
  *undecided = err ? 0 : (all.n - made) / work->spec.n_seeds;
  fg_sweep_plan_free(&all);
  return err;
}

enum fg_err fg_sweep_plan_chosen(struct fg_sweep_work *work, const char *dir, size_t *undecided,
                                 struct fg_fault *fault) {
  struct fg_sweep_results *results = calloc(1, sizeof *results);
  struct fg_sweep_choice *choice = NULL;
  size_t before = work->plan.n;
  enum fg_err err = results ? fg_sweep_results_read(dir, results, fault)
                            : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the results");
  if (!err && strcmp(results->spec.text, work->spec.text) != 0)
    err = fg_fail(fault, FG_EUSAGE, dir, 0,
                  "was made from another version of %s: fugue sweep --merge brings it up to date", work->spec.path);
  if (!err)
    err = fg_sweep_choice_make(results, &choice, fault);
  if (!err)
    err = fg_sweep_plan_final(&work->spec, fg_sweep_choice_of, choice, &work->plan, fault);
  if (!err)
    err = fg_sweep_plan_identify(&work->spec, &work->plan, fg_sweep_check_run, fault);
  if (!err)
    err = count_undecided(work, work->plan.n - before, undecided, fault);
  fg_sweep_choice_free(choice);
  if (results)
    fg_sweep_results_free(results);
  free(results);
  return err;
}

/* ---- runs */

static bool is_kept(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry) {
  return spec->keep == FG_KEEP_ALL ||
         (spec->keep == FG_KEEP_FIRST && entry->at != FG_AT_GRID && entry->seed == spec->seed[0]);
}

static enum fg_err find_data(const struct fg_sweep_work *work, struct fg_sweep_runs *runs,
                             const struct fg_sweep_entry *entry, const struct fg_sweep_source *source, int *data,
                             struct fg_fault *fault) {
  *data = FG_ABSENT;
  if (!*source->generate)
    return FG_OK;
  for (size_t i = 0; i < runs->n_data; i++)
    if (strcmp(runs->data[i]->source.file, source->file) == 0) {
      *data = (int)i;
      return FG_OK;
    }
  enum fg_err err = check_generator(source->generate, fault);
  if (err && fault) {
    snprintf(fault->file, sizeof fault->file, "%.1000s", work->spec.path);
    fault->line = fg_sweep_line_of(&work->spec, entry, "generate");
  }
  if (err)
    return err;
  struct fg_sweep_data **longer = reallocarray(runs->data, runs->n_data + 1, sizeof *longer);
  struct fg_sweep_data *d = calloc(1, sizeof *d);
  if (longer)
    runs->data = longer;
  if (!longer || !d) {
    free(d);
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the plan");
  }
  d->source = *source;
  *data = (int)runs->n_data;
  longer[runs->n_data++] = d;
  return FG_OK;
}

static int by_id(const void *a, const void *b) {
  const struct fg_sweep_run *x = a, *y = b;
  int order = strcmp(x->entry->id, y->entry->id);
  return order ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

static enum fg_err describe(const struct fg_sweep_work *work, struct fg_sweep_runs *runs, struct fg_sweep_run *run,
                            struct fg_config *config, struct fg_fault *fault) {
  struct fg_sweep_source source;
  const char *stage;
  uint64_t workers;
  enum fg_err err = fg_sweep_config(&work->spec, run->entry, ".", config, &source, &stage, fault);
  if (!err)
    err = find_data(work, runs, run->entry, &source, &run->data, fault);
  if (err)
    return err;
  run->mpi = strcmp(stage, "mpi") == 0;
  run->slots = run->mpi && fg_parse_u64(config->text[FG_OPT_WORKERS], &workers) ? (size_t)workers : 1;
  if (run->mpi && strcmp(config->text[FG_OPT_WORKERS], "auto") == 0)
    return fg_fail(fault, FG_EUSAGE, work->spec.path, fg_sweep_line_of(&work->spec, run->entry, "stage"),
                   "stage mpi: workers must be a number, that of the ranks");
  return FG_OK;
}

enum fg_err fg_sweep_runs_make(const struct fg_sweep_work *work, const struct fg_sweep_plan *plan,
                               struct fg_sweep_runs *runs, struct fg_fault *fault) {
  struct fg_config *config = malloc(sizeof *config);
  runs->run = calloc(plan->n ? plan->n : 1, sizeof *runs->run);
  enum fg_err err = config && runs->run ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for the plan");
  for (size_t i = 0; i < plan->n && !err; i++)
    runs->run[i] = (struct fg_sweep_run){.entry = &plan->entry[i], .keep = is_kept(&work->spec, &plan->entry[i])};
  if (!err)
    qsort(runs->run, plan->n, sizeof *runs->run, by_id);
  for (size_t i = 0; i < plan->n && !err; i++) {
    if (runs->n > 0 && strcmp(runs->run[runs->n - 1].entry->id, runs->run[i].entry->id) == 0) {
      runs->run[runs->n - 1].keep |= runs->run[i].keep;
      continue;
    }
    runs->run[runs->n] = runs->run[i];
    err = describe(work, runs, &runs->run[runs->n++], config, fault);
  }
  free(config);
  return err;
}

void fg_sweep_runs_free(struct fg_sweep_runs *runs) {
  for (size_t i = 0; i < runs->n_data; i++)
    free(runs->data[i]);
  free(runs->data);
  free(runs->run);
  *runs = (struct fg_sweep_runs){0};
}

enum fg_err fg_sweep_runs_look(struct fg_sweep_runs *runs, struct fg_store *store, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (size_t i = 0; i < runs->n && !err; i++)
    if (!fg_run_is_settled(runs->run[i].state)) {
      enum fg_run_state state = FG_RUN_PENDING;
      err = fg_store_state(store, runs->run[i].entry->id, &state, fault);
      if (state != FG_RUN_PENDING)
        runs->run[i].state = state;
    }
  return err;
}

bool fg_sweep_runs_are_there(const struct fg_sweep_runs *runs) {
  for (size_t i = 0; i < runs->n; i++)
    if (runs->run[i].state == FG_RUN_PENDING)
      return false;
  return true;
}

bool fg_sweep_run_is_due(const struct fg_sweep_work *work, const struct fg_sweep_run *run) {
  return run->state == FG_RUN_PENDING || (work->args->retry && !fg_run_is_settled(run->state));
}

/* ---- programs */

static bool is_on_path(const char *name) {
  char path[FG_PATH_MAX];
  if (strchr(name, '/'))
    return access(name, X_OK) == 0;
  const char *p = getenv("PATH");
  while (p && *p) {
    size_t n = strcspn(p, ":");
    if (snprintf(path, sizeof path, "%.*s/%s", (int)n, p, name) < (int)sizeof path && access(path, X_OK) == 0)
      return true;
    p += n + (p[n] == ':');
  }
  return false;
}

static void find_beside(char *out) {
  char self[FG_PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  self[n > 0 ? n : 0] = 0;
  char *slash = strrchr(self, '/');
  bool fits = slash && snprintf(out, FG_PATH_MAX, "%.*s/fugue-mpi", (int)(slash - self), self) < FG_PATH_MAX;
  if (!fits || access(out, X_OK) != 0)
    snprintf(out, FG_PATH_MAX, "fugue-mpi"); /* along PATH */
}

enum fg_err fg_sweep_find_mpi(struct fg_sweep_work *work, const struct fg_sweep_runs *runs, struct fg_fault *fault) {
  bool needed = false;
  for (size_t i = 0; i < runs->n; i++)
    needed = needed || (runs->run[i].mpi && fg_sweep_run_is_due(work, &runs->run[i]));
  if (!needed || *work->launch)
    return FG_OK;
  const char *launch = work->args->mpiexec ? work->args->mpiexec : getenv("MPIEXEC");
  char first[FG_PATH_MAX];
  if (!launch || !*launch)
    launch = "mpirun";
  snprintf(work->launch, sizeof work->launch, "%s", launch);
  snprintf(first, sizeof first, "%.*s", (int)strcspn(launch, " "), launch);
  if (!is_on_path(first))
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "stage mpi: there is no program '%s' to start ranks with (--mpiexec, or MPIEXEC, names one)", first);
  find_beside(work->fugue_mpi);
  if (!is_on_path(work->fugue_mpi))
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "stage mpi: fugue-mpi is neither beside fugue nor on PATH");
  return FG_OK;
}
