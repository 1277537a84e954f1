/* Savepoints: from workers that pass a boundary to a checkpoint, and back. */
#include "core/savepoints.h"

#include <inttypes.h>
#include <stdlib.h>

/* The trace and the order log are written again by the protocol, the metrics go on. */
static enum fg_err check(const struct fg_checkpoints *c, const struct fg_rundir *dir, uint64_t round,
                         struct fg_manifest *manifest, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_checkpoint_read_manifest(c, round, manifest, fault);
  if (!err)
    err = fg_path_join(dir->path, "metrics.csv", path, fault);
  if (!err)
    err = fg_mark_check(path, &manifest->marks.metrics, fault);
  for (uint32_t p = 0; p < c->run->job.workers && !err; p++)
    err = fg_checkpoint_check_posterior(c, round, p, fault);
  if (!err && fg_savepoints_live(c->run))
    return fg_checkpoint_check_whole(c, round, fault);
  for (uint32_t p = 0; p < c->run->job.workers && !err; p++)
    err = fg_checkpoint_check_shard(c, round, p, NULL, fault);
  return err;
}

enum fg_err fg_savepoints_find(const struct fg_checkpoints *c, const struct fg_rundir *dir,
                               void (*tell)(void *self, uint64_t round, const struct fg_fault *why), void *self,
                               struct fg_manifest *manifest, bool *found, struct fg_fault *fault) {
  uint64_t *rounds;
  size_t n;
  *found = false;
  enum fg_err err = fg_checkpoint_list(c, &rounds, &n, fault);
  for (size_t i = 0; i < n && !err && !*found; i++) {
    struct fg_fault why = {0};
    struct fg_manifest m = {0};
    err = check(c, dir, rounds[i], &m, &why);
    *found = !err;
    if (*found)
      *manifest = m;
    if (err && err != FG_EINPUT && fault)
      *fault = why;
    if (err == FG_EINPUT) {
      if (tell)
        tell(self, rounds[i], &why);
      err = FG_OK;
    }
  }
  free(rounds);
  return err;
}

enum fg_err fg_savepoints_admit(const struct fg_run *run, struct fg_fault *fault) {
  const struct fg_job *job = &run->job;
  const struct fg_sync_type *type = job->sync.type;
  if (run->options.checkpoint.unit == FG_EVERY_NEVER)
    return FG_OK;
  if (type->strata && job->model->n_stat && type->strata->quorum(&job->sync, job->workers) < job->workers)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--checkpoint: with sync %s and model %s a boundary of a simulated run is no place to go on from, "
                   "because reports of late workers are on their way",
                   type->name, job->model->type->name);
  if (type->replica && type->replica->server)
    return fg_fail(fault, FG_EUSAGE, NULL, 0,
                   "--checkpoint: simulated runs of sync %s cannot be saved, because no boundary is passed by all",
                   type->name);
  return FG_OK;
}

bool fg_savepoints_live(const struct fg_run *run) {
  return run->job.sync.type->roving != NULL;
}

void fg_savepoints_begin(const struct fg_savepoints *s, struct fg_worker *worker) {
  if (s->from)
    fg_worker_compute(worker, false);
}

static bool same_mark(const struct fg_mark *a, const struct fg_mark *b) {
  return a->bytes == b->bytes && a->crc == b->crc;
}

/* The protocol has been run again up to the checkpoint: did the same things happen at the same times? */
static enum fg_err compare(struct fg_savepoints *s, const struct fg_totals *now, struct fg_fault *fault) {
  const struct fg_totals *then = &s->from->totals;
  struct fg_marks marks;
  const char *what = NULL;
  enum fg_err err = fg_rundir_mark(s->dir, &marks, fault);
  if (err)
    return err;
  if (now->time_s != then->time_s || now->busy_s != then->busy_s || now->wait_s != then->wait_s)
    what = "times differ";
  else if (now->updates != then->updates || now->extra_updates != then->extra_updates ||
           now->bytes_sent != then->bytes_sent)
    what = "counts differ";
  else if (!same_mark(&marks.trace, &s->from->marks.trace))
    what = "the trace differs";
  else if (!same_mark(&marks.order, &s->from->marks.order))
    what = "the order log differs";
  if (!what)
    return FG_OK;
  return fg_fail(fault, FG_MISMATCH, NULL, 0,
                 "the run does not repeat itself up to the checkpoint of round %" PRIu64
                 ": %s (another version of this program, or of SimGrid?)",
                 s->from->round, what);
}

static enum fg_err load(struct fg_savepoints *s, struct fg_worker *worker, struct fg_steward *steward,
                        const struct fg_totals *totals, struct fg_fault *fault) {
  uint32_t workers = s->checkpoints->run->job.workers;
  enum fg_err err = fg_checkpoint_read_shard(s->checkpoints, s->from->round, worker, steward, NULL, NULL, fault);
  if (!err)
    err = fg_checkpoint_read_posterior(s->checkpoints, s->from->round, fg_worker_rows(worker)->id, fault);
  if (err)
    return err;
  err = fg_worker_compute(worker, true);
  if (err)
    return err;
  if (++s->arrived < workers)
    return FG_OK;
  s->arrived = 0;
  return compare(s, totals, fault);
}

static enum fg_err commit(struct fg_savepoints *s, uint64_t round, const struct fg_totals *totals,
                          struct fg_fault *fault) {
  struct fg_manifest manifest = {.round = round, .totals = *totals};
  enum fg_err err = fg_rundir_mark(s->dir, &manifest.marks, fault);
  for (uint32_t p = 0; p < s->checkpoints->run->job.workers && !err; p++)
    err = fg_checkpoint_write_posterior(s->checkpoints, round, p, fault);
  if (!err)
    err = fg_checkpoint_commit(s->checkpoints, &manifest, fault);
  if (!err) {
    s->dir->keep = true;
    if (s->saved)
      s->saved(s->self);
  }
  return err;
}

enum fg_err fg_savepoints_boundary(struct fg_savepoints *s, struct fg_worker *worker, struct fg_steward *steward,
                                   const struct fg_totals *totals, struct fg_fault *fault) {
  static const struct fg_totals none = {0};    /* the protocol makes them again */
  static const struct fg_marks no_marks = {0}; /* files are the whole run's */
  const struct fg_run *run = s->checkpoints->run;
  uint64_t round = fg_worker_round(worker);
  if (fg_savepoints_live(run))
    return FG_OK;
  if (s->from && round < s->from->round)
    return FG_OK;
  if (s->from && round == s->from->round)
    return load(s, worker, steward, totals, fault);
  if (round == 0 || round == run->job.rounds)
    return FG_OK;
  if (s->arrived == 0)
    s->saving = run->options.checkpoint.unit == FG_EVERY_SECONDS ? s->passed(s->self) : fg_checkpoint_due(run, round);
  enum fg_err err = FG_OK;
  if (s->saving)
    err = fg_checkpoint_write_shard(s->checkpoints, worker, steward, &none, &no_marks, fault);
  if (!err && ++s->arrived == run->job.workers) {
    s->arrived = 0;
    if (s->saving)
      err = commit(s, round, totals, fault);
  }
  if (err)
    fg_checkpoint_remove(s->checkpoints, round); /* makes room on a full disk */
  return err;
}

/* The protocol has come to the instant of the checkpoint. */
static enum fg_err load_whole(struct fg_savepoints *s, const struct fg_instant *now, uint64_t round,
                              const struct fg_totals *totals, struct fg_fault *fault) {
  enum fg_err err = compare(s, totals, fault);
  if (!err)
    err = fg_checkpoint_read_whole(s->checkpoints, round, now, fault);
  for (uint32_t p = 0; p < s->checkpoints->run->job.workers && !err; p++)
    err = fg_checkpoint_read_posterior(s->checkpoints, round, p, fault);
  for (uint32_t p = 0; p < s->checkpoints->run->job.workers && !err; p++)
    err = fg_worker_compute(now->worker[p], true);
  return err;
}

enum fg_err fg_savepoints_instant(struct fg_savepoints *s, const struct fg_instant *now, uint64_t round,
                                  const struct fg_totals *totals, struct fg_fault *fault) {
  const struct fg_run *run = s->checkpoints->run;
  if ((s->from && round < s->from->round) || round >= run->job.rounds)
    return FG_OK;
  if (s->from && round == s->from->round)
    return load_whole(s, now, round, totals, fault);
  bool due = run->options.checkpoint.unit == FG_EVERY_SECONDS ? s->passed(s->self) : fg_checkpoint_due(run, round);
  if (!due)
    return FG_OK;
  enum fg_err err = fg_checkpoint_write_whole(s->checkpoints, round, now, fault);
  if (!err)
    err = commit(s, round, totals, fault);
  if (err)
    fg_checkpoint_remove(s->checkpoints, round);
  return err;
}
