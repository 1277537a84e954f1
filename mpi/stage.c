/* The MPI stage: acts of two machines to messages, updates and naps. */
#include "mpi/stage.h"

#include "core/inbox.h"
#include "core/pace.h"
#include "core/posterior.h"
#include "core/steward.h"
#include "core/worker.h"
#include "mpi/clock.h"
#include "mpi/drain.h"
#include "mpi/evaluate.h"
#include "mpi/replica.h"
#include "mpi/holdings.h"
#include "mpi/team.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLE = 256 }; /* points of a block that the running loss looks at */
#define NAP_S   1e-4   /* nap of a worker that counts while it waits */
#define SLICE_S 1e-3   /* longest nap of a delayed worker: its steward must answer */

struct stage {
  const struct fg_rank_job *job;
  struct fg_run *run;
  struct fg_post *post;
  uint32_t rank;
  struct fg_worker *worker;
  struct fg_steward *steward;
  bool served;           /* the steward has stopped */
  struct fg_inbox inbox; /* for the worker */
  struct fg_pace pace;
  struct fg_clock clock;
  struct fg_drain drain;
  struct fg_sink sink;
  struct fg_totals totals; /* of this rank */
  double cpu_paused;       /* while the clock stood still [s] */
  double previous_end;     /* of the last visit [s] */
  uint64_t sent;           /* bytes of parcels, counted as they go out [B] */
  struct fg_score running; /* of the epoch */
  struct fg_fault *fault;
};

static double now(const struct stage *s) {
  return fg_clock_now(&s->clock);
}

static enum fg_err record(struct stage *s, enum fg_role role, uint64_t ticks, const struct fg_parcel *parcel) {
  struct fg_taken taken = {.by = {s->rank, role}, .from = parcel->from, .ticks = ticks, .seq = parcel->seq};
  return s->sink.taken ? s->sink.taken(s->sink.self, &taken, s->fault) : FG_OK;
}

static enum fg_err steward_take(struct stage *s, struct fg_parcel *parcel);

/* A parcel on its way: to another rank by post, to the own machines directly. */
static enum fg_err send_parcel(struct stage *s, struct fg_parcel *parcel) {
  if (!parcel)
    return fg_fail(s->fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  if (parcel->to.rank != s->rank)
    return fg_post_send(s->post, parcel, &s->sent, s->fault);
  return parcel->to.role == FG_WORKER ? fg_inbox_put(&s->inbox, parcel, s->fault) : steward_take(s, parcel);
}

static enum fg_err steward_take(struct stage *s, struct fg_parcel *parcel) {
  enum fg_err err = record(s, FG_STEWARD, 0, parcel);
  if (err) {
    fg_parcel_free(parcel);
    return err;
  }
  err = fg_steward_take(s->steward, parcel, s->fault);
  while (!err) {
    struct fg_act act;
    fg_steward_next(s->steward, &act);
    s->served = act.kind == FG_STOP;
    if (act.kind != FG_SEND)
      break;
    err = send_parcel(s, act.parcel);
  }
  return err;
}

/* Messages come and go; what is for the steward is answered, what is for the worker kept. */
static enum fg_err serve(struct stage *s) {
  enum fg_err err = fg_post_turn(s->post, s->fault);
  for (struct fg_parcel *parcel; !err && (parcel = fg_post_take(s->post)) != NULL;)
    err = parcel->to.role == FG_STEWARD ? steward_take(s, parcel) : fg_inbox_put(&s->inbox, parcel, s->fault);
  return err ? err : fg_drain_listen(&s->drain, s->post, s->fault);
}

static enum fg_err take(struct stage *s) {
  struct fg_parcel *parcel = fg_inbox_get(&s->inbox);
  enum fg_err err = record(s, FG_WORKER, fg_worker_ticks(s->worker), parcel);
  if (err) {
    fg_parcel_free(parcel);
    return err;
  }
  return fg_worker_take(s->worker, parcel, s->fault);
}

/* Waits for a parcel; the time is idle. */
static enum fg_err await(struct stage *s) {
  double from = now(s);
  enum fg_err err = FG_OK;
  for (unsigned idle = 0; !err && s->inbox.n == 0;) {
    err = serve(s);
    if (!err && s->inbox.n == 0)
      fg_post_idle(s->post, &idle);
  }
  fg_worker_visit(s->worker)->wait_s += now(s) - from;
  return err ? err : take(s);
}

/* A parcel, if one is here. */
static enum fg_err poll(struct stage *s) {
  enum fg_err err = serve(s);
  return err || s->inbox.n == 0 ? err : take(s);
}

/* A nap until `end` on the run's clock, a slice at a time. */
static enum fg_err sleep_until(struct stage *s, double end) {
  enum fg_err err = FG_OK;
  for (double left; !err && (left = end - now(s)) > 0;) {
    double nap = left < SLICE_S ? left : SLICE_S;
    struct timespec t = {0, (long)(nap * 1e9)};
    nanosleep(&t, NULL);
    err = serve(s);
  }
  return err;
}

/* A chunk, stretched by the law of stragglers to S times the CPU time it took. No law can make it faster (S < 1). */
static enum fg_err spend_chunk(struct stage *s, const struct fg_spend *spend) {
  if (!s->job->straggler)
    return fg_worker_spend(s->worker, 1, s->fault);
  uint64_t chunks = fg_worker_chunks(s->worker), round = fg_worker_visit(s->worker)->round;
  double start = now(s), cpu = fg_clock_cpu();
  enum fg_err err = fg_worker_spend(s->worker, 1, s->fault);
  if (err)
    return err;
  s->pace.update_s = (fg_clock_cpu() - cpu) / (double)fg_spend_updates(spend, 1);
  return sleep_until(s, fg_pace_end(&s->pace, spend, round, chunks, start, 1));
}

/* Extra updates that are only counted: as many as would be made in a slice at the pace of the required pass, which the
 * worker sleeps through unless a parcel comes. */
static enum fg_err count_chunks(struct stage *s, const struct fg_spend *spend) {
  const struct fg_visit *v = fg_worker_visit(s->worker);
  double update_s = v->updates ? (v->required_s - v->start_s) / (double)v->updates : 0;
  double chunk_s = update_s * (double)fg_spend_updates(spend, 1), from = now(s), end;
  uint64_t chunks = chunk_s > 0 && chunk_s < SLICE_S ? (uint64_t)(SLICE_S / chunk_s) : 1, most = fg_spend_chunks(spend);
  chunks = chunks < most ? chunks : most;
  end = from + update_s * (double)fg_spend_updates(spend, chunks);
  enum fg_err err = fg_worker_spend(s->worker, chunks, s->fault);
  while (!err && s->inbox.n == 0 && now(s) < end) {
    double left = end - now(s), nap = left < NAP_S ? left : NAP_S;
    struct timespec t = {0, nap > 0 ? (long)(nap * 1e9) : 0};
    nanosleep(&t, NULL);
    err = serve(s);
  }
  return err;
}

/* The next chunk; then a look for messages. A wait is over when a parcel for the worker is here. */
static enum fg_err spend(struct stage *s, const struct fg_spend *spend) {
  enum fg_err err = serve(s);
  if (!err && spend->interruptible && s->inbox.n > 0)
    return take(s);
  if (err)
    return err;
  return spend->counted ? count_chunks(s, spend) : spend_chunk(s, spend);
}

/* Part of the running loss: a sample of the block that the worker is about to visit. */
static void sample_loss(struct stage *s) {
  const struct fg_visit *v = fg_worker_visit(s->worker);
  const struct fg_block *points = fg_grid_train(&s->run->grid, v->row_block, v->col_block);
  struct fg_point sample[SAMPLE];
  if (!s->job->progress || points->n == 0)
    return;
  if (v->round % s->run->grid.col_blocks == 0)
    s->running = (struct fg_score){0};
  size_t from = v->round * (uint64_t)0x9e3779b97f4a7c15 % points->n; /* anywhere: tiles are stored one after another */
  size_t n = fg_block_read(points, from, SAMPLE, sample);
  s->run->model.type->score(&s->run->model, fg_worker_view(s->worker), sample, n, &s->running);
}

/* The totals of all ranks, on rank 0. */
static enum fg_err add_up(struct stage *s, struct fg_totals *all, struct fg_fault *fault) {
  uint32_t ranks = fg_post_ranks(s->post);
  struct fg_totals mine = s->totals, *each = calloc(ranks, sizeof *each);
  mine.bytes_sent += fg_steward_bytes(s->steward) + fg_worker_unclaimed(s->worker);
  mine.busy_s = mine.time_s - mine.wait_s;
  enum fg_err err = each ? fg_team_gather(s->post, &mine, sizeof mine, each, fault) : FG_ENOMEM;
  *all = mine;
  for (uint32_t r = 1; r < ranks && s->rank == 0 && !err; r++) {
    all->time_s = each[r].time_s > all->time_s ? each[r].time_s : all->time_s;
    all->busy_s += each[r].busy_s;
    all->wait_s += each[r].wait_s;
    all->updates += each[r].updates;
    all->extra_updates += each[r].extra_updates;
    all->bytes_sent += each[r].bytes_sent;
  }
  free(each);
  return err;
}

/* What is done with the column blocks that come by at an evaluation. */
struct look {
  struct stage *stage;
  bool samples, over;
};

static enum fg_err look_at(void *self, const struct fg_col_block *block, const double *stat, struct fg_fault *fault) {
  const struct look *look = self;
  const struct fg_rank_job *job = look->stage->job;
  struct fg_run *run = look->stage->run;
  if (look->samples && fg_posterior_add_block(run, &run->factors.row[look->stage->rank], block))
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for an evaluation");
  return look->over && job->last ? job->last(job->self, block, stat, fault) : FG_OK;
}

/* The sample of all ranks, on rank 0. */
static enum fg_err add_up_posterior(struct stage *s, struct fg_evaluation *evaluation) {
  uint32_t ranks = fg_post_ranks(s->post);
  struct fg_posterior_sums mine, whole = {0}, *each = calloc(ranks, sizeof *each);
  fg_posterior_sum(s->run, s->rank, &mine);
  enum fg_err err = each ? fg_team_gather(s->post, &mine, sizeof mine, each, s->fault) : FG_ENOMEM;
  for (uint32_t r = 0; r < ranks && s->rank == 0 && !err; r++)
    fg_posterior_sums_add(&whole, &each[r]);
  if (!err && s->rank == 0)
    fg_posterior_of(s->run, &whole, evaluation);
  free(each);
  return err;
}

static enum fg_err evaluate(struct stage *s, uint64_t round, const struct fg_totals *all) {
  const struct fg_rank_job *job = s->job;
  struct fg_evaluation evaluation;
  struct look look = {.stage = s, .samples = fg_posterior_due(s->run, round), .over = round == s->run->job.rounds};
  if (look.samples) {
    fg_posterior_begin(s->run->posterior);
    fg_posterior_add_rows(s->run, &s->run->factors.row[s->rank]);
  }
  enum fg_err err =
      fg_team_evaluate(s->post, s->run, look.samples || look.over ? look_at : NULL, &look, &evaluation, s->fault);
  if (!err && look.samples)
    err = add_up_posterior(s, &evaluation);
  return err || s->rank > 0 ? err : job->evaluated(job->self, round, all, &evaluation, s->fault);
}

/* Every rank its shard, rank 0 the rest. */
static enum fg_err save(struct stage *s, uint64_t round, const struct fg_totals *all) {
  const struct fg_rank_job *job = s->job;
  struct fg_marks marks = {0};
  enum fg_err err = job->logs ? fg_rank_logs_mark(job->logs, &marks, s->fault) : FG_OK;
  if (!err)
    err = fg_checkpoint_write_shard(job->checkpoints, s->worker, s->steward, &s->totals, &marks, s->fault);
  if (!err)
    err = fg_checkpoint_write_posterior(job->checkpoints, round, s->rank, s->fault);
  if (!err)
    err = fg_team_meet(s->post, s->fault);
  if (!err && s->rank == 0)
    err = job->commit(job->self, round, all, s->fault);
  return err;
}

/* Waits for a letter about the boundary; meanwhile the own steward serves those who are not there yet. */
static enum fg_err await_letter(struct stage *s, uint32_t from, uint8_t *word) {
  for (unsigned idle = 0;;) {
    enum fg_err err = serve(s); /* what a rank sent before its letter is taken before that is read */
    if (err || fg_post_read(s->post, from, FG_ABOUT_BOUNDARY, word, sizeof *word))
      return err;
    fg_post_idle(s->post, &idle);
  }
}

/* Until all ranks stand at this boundary; then nothing is on its way. *word: of rank 0, for all. */
static enum fg_err rally(struct stage *s, uint8_t *word) {
  uint32_t ranks = fg_post_ranks(s->post);
  enum fg_err err = FG_OK;
  uint8_t here = 0;
  if (s->rank > 0) {
    err = fg_post_write(s->post, 0, FG_ABOUT_BOUNDARY, word, sizeof *word, s->fault);
    return err ? err : await_letter(s, 0, word);
  }
  for (uint32_t r = 1; r < ranks && !err; r++)
    err = await_letter(s, r, &here);
  for (uint32_t r = 1; r < ranks && !err; r++)
    err = fg_post_write(s->post, r, FG_ABOUT_BOUNDARY, word, sizeof *word, s->fault);
  return err;
}

/* All workers stand at this boundary, nothing is on its way, the clock stands still. saves: rank 0 knows. */
static enum fg_err stand_still(struct stage *s, uint64_t round, bool evaluates, bool saves) {
  struct fg_totals all;
  uint8_t word = saves;
  enum fg_err err = rally(s, &word); /* early ranks wait here: on the clock */
  saves = word;
  if (err || !(evaluates || saves))
    return err;
  fg_clock_stop(&s->clock);
  double cpu = fg_clock_cpu();
  if (!err)
    err = add_up(s, &all, s->fault);
  if (!err && evaluates)
    err = evaluate(s, round, &all);
  if (!err && saves)
    err = save(s, round, &all);
  if (!err)
    err = fg_team_meet(s->post, s->fault);
  s->cpu_paused += fg_clock_cpu() - cpu;
  fg_clock_start(&s->clock, s->clock.stopped);
  fg_drain_saved(&s->drain, saves);
  return err;
}

static enum fg_err boundary(struct stage *s) {
  uint64_t round = fg_worker_round(s->worker);
  bool resumed = round == s->job->resume && round > 0;
  bool evaluates = fg_run_evaluates(s->run, round), saves;
  const struct fg_sync *sync = &s->run->job.sync;
  if (!sync->type->strata) { /* where all stand, rank 0 may decide; at a pause nobody may go on before all are there */
    bool stands = fg_sync_is_live(sync) || evaluates || fg_drain_may(&s->drain, round);
    bool due = s->rank == 0 && fg_drain_due(&s->drain, round);
    return resumed || !stands ? FG_OK : stand_still(s, round, evaluates, due);
  }
  enum fg_err err = fg_drain_boundary(&s->drain, s->post, round, evaluates && !resumed, &saves, s->fault);
  if (err || resumed || !(evaluates || saves)) /* what a run resumes from was evaluated and saved */
    return err;
  return stand_still(s, round, evaluates, saves);
}

static enum fg_err end_visit(struct stage *s, struct fg_visit *v) {
  struct fg_totals *t = &s->totals;
  v->end_s = s->previous_end = now(s);
  t->time_s = v->end_s;
  t->wait_s += v->wait_s;
  t->updates += v->updates;
  t->extra_updates += v->extra_updates;
  t->bytes_sent += v->bytes_sent;
  uint64_t done = v->round + 1, all = s->run->job.rounds; /* who is fast may visit more blocks than the average */
  if (s->job->progress)
    s->job->progress(s->job->self, done < all ? done : all, all,
                     s->running.weight > 0 ? s->running.loss / s->running.weight : NAN);
  return s->sink.visit ? s->sink.visit(s->sink.self, v, s->fault) : FG_OK;
}

static enum fg_err note(struct stage *s, enum fg_note what) {
  struct fg_visit *v = fg_worker_visit(s->worker);
  switch (what) {
  case FG_NOTE_BOUNDARY:
    return boundary(s);
  case FG_NOTE_START:
    sample_loss(s);
    v->start_s = now(s);
    v->wait_s = v->start_s - s->previous_end; /* for the column block */
    return FG_OK;
  case FG_NOTE_REQUIRED:
    v->required_s = now(s);
    return FG_OK;
  case FG_NOTE_END:
    return end_visit(s, v);
  }
  return FG_OK;
}

static enum fg_err carry_out(struct stage *s, const struct fg_act *act) {
  switch (act->kind) {
  case FG_NOTE:
    return note(s, act->note);
  case FG_SEND:
    return send_parcel(s, act->parcel);
  case FG_AWAIT:
    return await(s);
  case FG_POLL:
    return poll(s);
  case FG_SPEND:
    return spend(s, &act->spend);
  case FG_STOP:
    break;
  }
  return FG_OK;
}

/* Machines of this rank: new, or as a checkpoint has them. */
static enum fg_err prepare(struct stage *s) {
  const struct fg_rank_job *job = s->job;
  struct fg_run *run = s->run;
  struct fg_holdings holdings = {0};
  struct fg_act act;
  enum fg_err err = FG_OK;
  run->job.pause = fg_run_pause(run, "mpi");
  if (job->resume == 0 && run->model.n_stat) {
    err = fg_holdings_find(s->post, run, &holdings, s->fault);
    if (!err)
      err = fg_team_stat(s->post, run, &holdings, run->stat, s->fault);
    fg_holdings_free(&holdings);
  }
  if (!err)
    err = fg_worker_new(&run->job, s->rank, &run->factors, &s->worker);
  if (!err)
    err = fg_steward_new(&run->job, s->rank, &run->factors, &s->steward);
  if (err)
    return err == FG_ENOMEM ? fg_fail(s->fault, err, NULL, 0, "not enough memory for worker %u", s->rank) : err;
  if (!job->resume)
    err = fg_team_fill_replica(s->post, run, s->worker, s->fault);
  if (err)
    return err;
  if (job->resume && run->factors.most_cols > 0) /* blocks come and go: the shard has those of this rank */
    for (uint32_t q = 0; q < run->factors.col_blocks; q++)
      if (run->factors.col[q].factor)
        fg_factors_drop(&run->factors, q);
  if (job->resume)
    err = fg_checkpoint_read_shard(job->checkpoints, job->resume, s->worker, s->steward, &s->totals, NULL, s->fault);
  if (!err && job->resume)
    err = fg_checkpoint_read_posterior(job->checkpoints, job->resume, s->rank, s->fault);
  s->previous_end = s->totals.time_s;
  fg_steward_next(s->steward, &act); /* of one that nobody needs */
  s->served = act.kind == FG_STOP;
  return err;
}

static uint64_t counted_bytes(const struct stage *s) {
  return s->totals.bytes_sent + fg_worker_unclaimed(s->worker) + fg_steward_bytes(s->steward);
}

/* What was sent is what the closed form counts (claim S7). */
static enum fg_err check_traffic(const struct stage *s, uint64_t resumed_bytes) {
  uint64_t counted = counted_bytes(s) - resumed_bytes;
  if (counted == s->sent)
    return FG_OK;
  return fg_fail(s->fault, FG_EPROTOCOL, NULL, 0, "rank %u sent %llu bytes of parcels, but counted %llu (S7)", s->rank,
                 (unsigned long long)s->sent, (unsigned long long)counted);
}

/* Until the worker stops, and its steward has answered everybody. */
static enum fg_err play(struct stage *s) {
  struct fg_act act;
  enum fg_err err;
  do {
    fg_worker_next(s->worker, &act);
    err = carry_out(s, &act);
  } while (!err && act.kind != FG_STOP);
  for (unsigned idle = 0; !err && !(s->served && fg_post_sent(s->post));) {
    err = serve(s);
    fg_post_idle(s->post, &idle);
  }
  return err;
}

/* Seconds of all ranks, on rank 0. */
static enum fg_err add_seconds(struct stage *s, double *seconds) {
  uint32_t ranks = fg_post_ranks(s->post);
  double mine = *seconds, *each = calloc(ranks, sizeof *each);
  enum fg_err err = each ? fg_team_gather(s->post, &mine, sizeof mine, each, s->fault) : FG_ENOMEM;
  for (uint32_t r = 1; r < ranks && s->rank == 0 && !err; r++)
    *seconds += each[r];
  free(each);
  return err;
}

enum fg_err fg_rank_run(const struct fg_rank_job *job, struct fg_totals *totals, double *cpu_s,
                        struct fg_fault *fault) {
  struct stage s = {.job = job, .run = job->run, .post = job->post, .rank = fg_post_rank(job->post), .fault = fault};
  if (job->logs)
    s.sink = fg_rank_logs_sink(job->logs);
  s.pace = (struct fg_pace){.straggler = job->straggler,
                            .worker = s.rank,
                            .workers = s.run->job.workers,
                            .col_blocks = s.run->grid.col_blocks};
  fg_post_serve(s.post, s.run);
  enum fg_err err = prepare(&s);
  uint64_t resumed_bytes = err ? 0 : counted_bytes(&s);
  fg_drain_start(&s.drain, s.run, job->checkpoints != NULL);
  if (!err)
    err = fg_team_meet(s.post, fault);
  fg_clock_start(&s.clock, job->resume_s);
  *cpu_s = fg_clock_cpu();
  if (!err)
    err = play(&s);
  *cpu_s = fg_clock_cpu() - *cpu_s - s.cpu_paused;
  if (!err)
    err = check_traffic(&s, resumed_bytes);
  if (!err)
    err = add_up(&s, totals, fault);
  if (!err)
    err = add_seconds(&s, cpu_s);
  fg_inbox_free(&s.inbox);
  fg_worker_free(s.worker);
  fg_steward_free(s.steward);
  return err;
}
