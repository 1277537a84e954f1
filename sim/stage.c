/* The simulated stage. Every host is one actor that plays both of its machines: while the worker computes or waits, the
 * actor listens for letters, and hands those for the steward to it at once; on a server's host there is no worker.
 * Parcels between a worker and its own steward do not touch the network. */
#include "sim/stage.h"

#include "core/epochs.h"
#include "core/inbox.h"
#include "core/pace.h"
#include "core/steward.h"
#include "core/worker.h"
#include "sim/holdings.h"
#include "sim/shim.h"

#include <math.h>
#include <signal.h>
#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/engine.h>
#include <simgrid/mailbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stage;

/* A parcel on the network. The receiver marks it delivered, so that the sender may drop its handle without waiting. A
 * sender that ends first leaves it to the receiver. Letters that are done with serve again. */
struct letter {
  struct fg_parcel *parcel;
  sg_comm_t comm;
  bool delivered, left; /* parcel is no longer ours; the sender has ended */
  struct letter *next;
};

struct host {
  struct stage *stage;
  uint32_t rank;
  struct fg_worker *worker; /* NULL: a server's host */
  struct fg_steward *steward;
  struct fg_pace pace;
  sg_mailbox_t mailbox;
  sg_comm_t incoming;        /* the next letter, listened for; NULL before the start */
  struct letter *letter;     /* where it will be */
  struct letter *sent;       /* letters whose handles are not dropped */
  struct fg_parcel *passing; /* one that is in none of these for the moment, while the simulator is asked */
  struct fg_inbox inbox;     /* for the worker */
  double previous_end;       /* of the worker's last visit [s] */
  bool served;               /* the steward has stopped */
};

struct stage {
  struct fg_run *run;
  const struct fg_sink *sink;
  struct fg_savepoints *savepoints; /* NULL: none */
  struct fg_epochs epochs;
  struct host *hosts;
  struct letter *spare; /* letters that nobody has */
  struct fg_holdings holdings;
  uint32_t n_hosts;
  uint64_t steward_bytes;
  enum fg_err err; /* the first error: it ends the simulation */
  struct fg_fault *fault;
};

static struct letter *letter_new(struct stage *s) {
  struct letter *l = s->spare;
  if (!l)
    return calloc(1, sizeof *l);
  s->spare = l->next;
  memset(l, 0, sizeof *l);
  return l;
}

static void letter_done(struct stage *s, struct letter *l) {
  l->next = s->spare;
  s->spare = l;
}

/* Drops the handles of letters that have arrived: waiting on a finished transfer returns at once. */
static void reap(struct host *h) {
  struct letter **list = &h->sent;
  while (*list) {
    struct letter *l = *list;
    if (!l->delivered) {
      list = &l->next;
      continue;
    }
    sg_comm_t comm = l->comm;
    *list = l->next;
    letter_done(h->stage, l); /* before others run, one of which may end the simulation */
    sg_comm_wait(comm);
  }
}

/* An actor that ends takes its transfers with it: the last ones must have arrived. */
static void wait_for_letters(struct host *h) {
  while (h->sent) {
    struct letter *l = h->sent;
    sg_comm_wait(l->comm);
    h->sent = l->next;
    l->left = true;
    if (l->delivered)
      letter_done(h->stage, l);
  }
}

static enum fg_err post(struct host *h, struct fg_parcel *parcel) {
  h->passing = parcel;
  reap(h);
  h->passing = NULL;
  struct letter *l = letter_new(h->stage);
  if (!l) {
    fg_parcel_free(parcel);
    return fg_fail(h->stage->fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  }
  l->parcel = parcel;
  l->next = h->sent;
  h->sent = l;
  l->comm = sg_mailbox_put_async(h->stage->hosts[parcel->to.rank].mailbox, l, (long)parcel->bytes);
  return FG_OK;
}

static enum fg_err steward_take(struct host *h, struct fg_parcel *parcel);

/* A parcel on its way: to another host by the network, to the own one directly. */
static enum fg_err send_parcel(struct host *h, struct fg_parcel *parcel) {
  if (!parcel)
    return fg_fail(h->stage->fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  if (parcel->to.rank != h->rank)
    return post(h, parcel);
  return parcel->to.role == FG_WORKER ? fg_inbox_put(&h->inbox, parcel, h->stage->fault) : steward_take(h, parcel);
}

static enum fg_err record(struct host *h, struct fg_address by, uint64_t ticks, const struct fg_parcel *parcel) {
  struct stage *s = h->stage;
  struct fg_taken taken = {.by = by, .from = parcel->from, .ticks = ticks, .seq = parcel->seq};
  return s->sink->taken ? s->sink->taken(s->sink->self, &taken, s->fault) : FG_OK;
}

static enum fg_err steward_take(struct host *h, struct fg_parcel *parcel) {
  struct stage *s = h->stage;
  uint64_t before = fg_steward_bytes(h->steward);
  enum fg_err err = record(h, (struct fg_address){h->rank, FG_STEWARD}, 0, parcel);
  if (err) {
    fg_parcel_free(parcel);
    return err;
  }
  err = fg_steward_take(h->steward, parcel, s->fault);
  s->steward_bytes += fg_steward_bytes(h->steward) - before;
  while (!err) {
    struct fg_act act;
    fg_steward_next(h->steward, &act);
    h->served = act.kind == FG_STOP;
    if (act.kind != FG_SEND)
      break;
    err = send_parcel(h, act.parcel);
  }
  return err;
}

/* where a fault is described: only the first one counts */
static struct fg_fault *words(const struct host *h) {
  return h->stage->err ? NULL : h->stage->fault;
}

static double now(void) {
  return simgrid_get_clock();
}

static void listen(struct host *h) {
  h->incoming = sg_mailbox_get_async(h->mailbox, (void **)&h->letter);
}

/* Until when the clock runs. */
enum until { UNTIL_TIME, UNTIL_PARCEL, UNTIL_SERVED };

/* Lets the virtual clock run to `end` [s; INFINITY: no time], serving the steward meanwhile, or until the worker has a
 * parcel, or the steward has stopped. */
static enum fg_err run_clock(struct host *h, double end, enum until until) {
  while (!(until == UNTIL_PARCEL && h->inbox.n > 0) && !(until == UNTIL_SERVED && h->served) && now() < end) {
    if (!fg_shim_wait(h->incoming, isinf(end) ? -1 : end - now()))
      continue;
    struct fg_parcel *parcel = h->letter->parcel;
    h->letter->delivered = true;
    fg_holdings_move(&h->stage->holdings, parcel);
    if (h->letter->left)
      letter_done(h->stage, h->letter);
    h->passing = parcel;
    listen(h);
    h->passing = NULL;
    enum fg_err err =
        parcel->to.role == FG_STEWARD ? steward_take(h, parcel) : fg_inbox_put(&h->inbox, parcel, h->stage->fault);
    if (err)
      return err;
  }
  return FG_OK;
}

static enum fg_err take(struct host *h) {
  struct fg_parcel *parcel = fg_inbox_get(&h->inbox);
  enum fg_err err = record(h, (struct fg_address){h->rank, FG_WORKER}, fg_worker_ticks(h->worker), parcel);
  if (err) {
    fg_parcel_free(parcel);
    return err;
  }
  return fg_worker_take(h->worker, parcel, words(h));
}

/* Waits for a parcel; the time is idle. */
static enum fg_err await(struct host *h) {
  double from = now();
  enum fg_err err = run_clock(h, INFINITY, UNTIL_PARCEL);
  fg_worker_visit(h->worker)->wait_s += now() - from;
  return err ? err : take(h);
}

/* Work that nothing interrupts: the clock runs on, then the arithmetic is done. */
static enum fg_err spend_all(struct host *h, const struct fg_spend *spend) {
  uint64_t n = fg_spend_chunks(spend), round = fg_worker_visit(h->worker)->round;
  double end = fg_pace_end(&h->pace, spend, round, fg_worker_chunks(h->worker), now(), n);
  enum fg_err err = run_clock(h, end, UNTIL_TIME);
  return err ? err : fg_worker_spend(h->worker, n, words(h));
}

/* Work that the next parcel ends: waits for it, counts the chunks begun by then, finishes the last of them. Without a
 * parcel the work is done to its end. */
static enum fg_err spend_until_parcel(struct host *h, const struct fg_spend *spend) {
  struct fg_visit *visit = fg_worker_visit(h->worker);
  uint64_t all = fg_spend_chunks(spend), chunks = fg_worker_chunks(h->worker), n;
  double start = now(), end = INFINITY;
  if (all != UINT64_MAX)
    end = fg_pace_end(&h->pace, spend, visit->round, chunks, start, all);
  enum fg_err err = run_clock(h, end, UNTIL_PARCEL);
  if (err)
    return err;
  if (h->inbox.n == 0)
    return fg_worker_spend(h->worker, all, words(h));
  n = fg_pace_count(&h->pace, spend, visit->round, chunks, start, now(), &end);
  if (n == FG_CHUNKS_MAX)
    return fg_fail(words(h), FG_EUSAGE, NULL, 0,
                   "a wait of %g s holds more extra updates than can be counted; max=N bounds them", now() - start);
  if (n > 0)
    err = fg_worker_spend(h->worker, n, words(h));
  if (!err)
    err = run_clock(h, end, UNTIL_TIME);
  return err || n == all ? err : take(h); /* work that is done is followed by the worker's next act */
}

static enum fg_err boundary(struct host *h) {
  struct stage *s = h->stage;
  enum fg_err err = fg_epochs_boundary(&s->epochs, h->worker, words(h));
  if (!err && s->savepoints)
    err = fg_savepoints_boundary(s->savepoints, h->worker, h->steward, &s->epochs.at_boundary, words(h));
  return err;
}

static enum fg_err gather(struct fg_parcel ***list, size_t *n, size_t *capacity, struct fg_parcel *parcel) {
  if (*n == *capacity) {
    size_t more = *capacity ? 2 * *capacity : 64;
    struct fg_parcel **longer = realloc(*list, more * sizeof(struct fg_parcel *));
    if (!longer)
      return FG_ENOMEM;
    *list = longer;
    *capacity = more;
  }
  (*list)[(*n)++] = parcel;
  return FG_OK;
}

static enum fg_err gather_inbox(struct fg_parcel ***list, size_t *n, size_t *capacity, const struct fg_inbox *inbox) {
  enum fg_err err = FG_OK;
  for (uint32_t i = 0; i < inbox->n && !err; i++)
    err = gather(list, n, capacity, inbox->ring[(inbox->first + i) % inbox->capacity]);
  return err;
}

/* Parcels that a host has sent, is about to send, or keeps for its worker. */
static enum fg_err gather_parcels(const struct host *h, struct fg_parcel ***list, size_t *n, size_t *capacity) {
  enum fg_err err = gather_inbox(list, n, capacity, &h->inbox);
  if (!err)
    err = gather_inbox(list, n, capacity, fg_worker_outbox(h->worker));
  if (!err)
    err = gather_inbox(list, n, capacity, fg_steward_outbox(h->steward));
  if (!err && h->passing)
    err = gather(list, n, capacity, h->passing);
  for (const struct letter *l = h->sent; l && !err; l = l->next)
    if (!l->delivered)
      err = gather(list, n, capacity, l->parcel);
  return err;
}

/* As many visits have ended as a round has. */
static enum fg_err instant(struct stage *s) {
  uint32_t workers = s->run->job.workers;
  size_t capacity = 0;
  struct fg_instant now = {.worker = calloc(workers, sizeof(struct fg_worker *)),
                           .steward = calloc(workers, sizeof(struct fg_steward *))};
  enum fg_err err = now.worker && now.steward ? FG_OK : FG_ENOMEM;
  for (uint32_t p = 0; p < workers && !err; p++) {
    now.worker[p] = s->hosts[p].worker;
    now.steward[p] = s->hosts[p].steward;
    err = gather_parcels(&s->hosts[p], &now.parcel, &now.n_parcels, &capacity);
  }
  if (err)
    fg_fail(s->fault, err, NULL, 0, "not enough memory for a checkpoint");
  else
    err = fg_savepoints_instant(s->savepoints, &now, fg_epochs_rounds(&s->epochs), &s->epochs.at_boundary, s->fault);
  free(now.worker);
  free(now.steward);
  free(now.parcel);
  return err;
}

static enum fg_err end_visit(struct host *h, struct fg_visit *v) {
  struct stage *s = h->stage;
  enum fg_err err = fg_epochs_end_visit(&s->epochs, v, s->steward_bytes, s->fault);
  bool round = s->epochs.visits % s->run->job.workers == 0;
  return err || !round || !s->savepoints || !fg_savepoints_live(s->run) ? err : instant(s);
}

static enum fg_err note(struct host *h, enum fg_note what) {
  struct fg_visit *v = fg_worker_visit(h->worker);
  switch (what) {
  case FG_NOTE_START:
    v->start_s = now();
    v->wait_s = v->start_s - h->previous_end; /* for the column block */
    return FG_OK;
  case FG_NOTE_REQUIRED:
    v->required_s = now();
    return FG_OK;
  case FG_NOTE_BOUNDARY:
    return boundary(h);
  case FG_NOTE_END:
    v->end_s = h->previous_end = now();
    return end_visit(h, v);
  }
  return FG_OK;
}

static enum fg_err carry_out(struct host *h, struct fg_act *act) {
  switch (act->kind) {
  case FG_NOTE:
    return note(h, act->note);
  case FG_SEND:
    return send_parcel(h, act->parcel);
  case FG_AWAIT:
    return await(h);
  case FG_POLL:
    return h->inbox.n > 0 ? take(h) : FG_OK;
  case FG_SPEND:
    return act->spend.interruptible ? spend_until_parcel(h, &act->spend) : spend_all(h, &act->spend);
  case FG_STOP:
    return run_clock(h, INFINITY, UNTIL_SERVED);
  }
  return FG_OK;
}

static void play_host(int argc, char **argv) {
  (void)argc;
  (void)argv;
  struct host *h = sg_actor_self_get_data();
  struct stage *s = h->stage;
  struct fg_act act = {.kind = FG_STOP}; /* of a worker that is not there: its steward serves to its end */
  sg_mailbox_set_receiver(sg_mailbox_get_name(h->mailbox)); /* transfers start when sent, not when asked for */
  listen(h);
  do {
    if (h->worker)
      fg_worker_next(h->worker, &act);
    enum fg_err err = carry_out(h, &act);
    if (s->err) /* somebody failed in the same instant: those already running live on until they next ask the simulator
                 */
      return;
    if (err) {
      s->err = err;
      sg_actor_kill_all(); /* all but this one */
      return;
    }
  } while (act.kind != FG_STOP);
  wait_for_letters(h);
}

static enum fg_err start_worker(struct host *h, sg_host_t place, const struct fg_straggler *straggler) {
  const struct stage *s = h->stage;
  struct fg_run *run = s->run;
  h->pace = (struct fg_pace){
      .straggler = straggler,
      .worker = h->rank,
      .workers = run->job.workers,
      .col_blocks = run->grid.col_blocks,
      .update_s = (run->model.type->flops(&run->model) + fg_worker_noise_flops(&run->job)) / sg_host_get_speed(place),
  };
  if (fg_worker_new(&run->job, h->rank, &run->factors, &h->worker))
    return fg_fail(s->fault, FG_ENOMEM, NULL, 0, "not enough memory for worker %u", h->rank);
  if (s->savepoints)
    fg_savepoints_begin(s->savepoints, h->worker);
  return FG_OK;
}

static enum fg_err start_host(struct stage *s, uint32_t p, sg_host_t place, const struct fg_straggler *straggler) {
  struct fg_run *run = s->run;
  struct host *h = &s->hosts[p];
  char name[32];
  h->stage = s;
  h->rank = p;
  enum fg_err err = p < run->job.workers ? start_worker(h, place, straggler) : FG_OK;
  if (err)
    return err;
  if (fg_steward_new(&run->job, p, &run->factors, &h->steward))
    return fg_fail(s->fault, FG_ENOMEM, NULL, 0, "not enough memory for the steward of host %u", p);
  struct fg_act act; /* of a steward that nobody needs */
  fg_steward_next(h->steward, &act);
  h->served = act.kind == FG_STOP;
  snprintf(name, sizeof name, "host-%u", p);
  h->mailbox = sg_mailbox_by_name(name);
  sg_actor_t actor = sg_actor_init(name, place);
  sg_actor_set_data(actor, h);
  sg_actor_start(actor, play_host, 0, NULL);
  return FG_OK;
}

static void free_hosts(struct stage *s) {
  for (uint32_t p = 0; s->hosts && p < s->n_hosts; p++) {
    struct host *h = &s->hosts[p];
    fg_inbox_free(&h->inbox);
    fg_parcel_free(h->passing); /* this and what follows: only after an error */
    while (h->sent) {
      struct letter *l = h->sent;
      h->sent = l->next;
      if (!l->delivered)
        fg_parcel_free(l->parcel);
      free(l);
    }
    fg_worker_free(h->worker);
    fg_steward_free(h->steward);
  }
  for (struct letter *l; (l = s->spare) != NULL; free(l))
    s->spare = l->next;
  free(s->hosts);
}

/* A platform that is too small says for whom. */
static enum fg_err build(const struct fg_network *network, uint32_t workers, uint32_t hosts, sg_host_t *places,
                         struct fg_fault *fault) {
  enum fg_err err = fg_network_build(network, hosts, places, fault);
  if (err == FG_EUSAGE && hosts > workers && fault) {
    size_t n = strlen(fault->text);
    snprintf(fault->text + n, sizeof fault->text - n, " (%u for workers, %u for servers)", workers, hosts - workers);
  }
  return err;
}

enum fg_err fg_sim_run(struct fg_run *run, const struct fg_network *network, const struct fg_straggler *straggler,
                       const struct fg_sink *sink, struct fg_savepoints *savepoints, struct fg_totals *totals,
                       struct fg_fault *fault) {
  uint32_t workers = run->job.workers, hosts = fg_sync_hosts(&run->job.sync, workers);
  struct stage s = {.run = run, .sink = sink, .savepoints = savepoints, .n_hosts = hosts, .fault = fault};
  sg_host_t *places = calloc(hosts, sizeof(sg_host_t));
  s.hosts = calloc(hosts, sizeof *s.hosts);
  if (!places || !s.hosts) {
    s.err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u hosts", hosts);
    goto cleanup;
  }
  char *args[] = {"fugue", NULL};
  int n_args = 1;
  struct sigaction interrupt; /* SimGrid takes Ctrl-C for itself; it is the caller's */
  sigaction(SIGINT, NULL, &interrupt);
  simgrid_init(&n_args, args);
  sigaction(SIGINT, &interrupt, NULL);
  fg_network_configure(network);
  s.err = build(network, workers, hosts, places, fault);
  if (!s.err)
    s.err = fg_epochs_start(&s.epochs, run, sink, fault);
  if (!s.err && fg_holdings_start(&s.holdings, run))
    s.err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", workers);
  for (uint32_t p = 0; p < hosts && !s.err; p++)
    s.err = start_host(&s, p, places[p], straggler);
  if (s.err)
    goto cleanup;
  simgrid_run();
  if (!s.err && fg_epochs_rounds(&s.epochs) != run->job.rounds)
    s.err = fg_fail(fault, FG_EPROTOCOL, NULL, 0, "the simulation ended after %llu of %llu rounds",
                    (unsigned long long)fg_epochs_rounds(&s.epochs), (unsigned long long)run->job.rounds);
  *totals = s.epochs.totals;
  totals->bytes_sent += s.steward_bytes;
  totals->params_bytes = fg_holdings_most(&s.holdings);
  for (uint32_t p = 0; p < workers; p++)
    totals->bytes_sent += fg_worker_unclaimed(s.hosts[p].worker);
cleanup:
  fg_epochs_free(&s.epochs);
  fg_holdings_free(&s.holdings);
  free_hosts(&s);
  free(places);
  return s.err;
}
