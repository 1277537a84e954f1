/* The simulated stage. Every host has two actors: the worker's, and a post office that receives parcels from the network, hands the steward's
 * to the steward (which answers at once, while the worker computes) and lays the worker's into its inbox. Parcels between a
 * worker and its own steward do not touch the network. */
#include "sim/stage.h"

#include "core/epochs.h"
#include "core/steward.h"
#include "core/worker.h"
#include "sim/count.h"

#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/engine.h>
#include <simgrid/mailbox.h>
#include <simgrid/semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stage;

/* A parcel on the network. The receiver marks it delivered, so that the sender may drop its handle without waiting. */
struct letter {
  struct fg_parcel *parcel;
  sg_comm_t comm;
  bool delivered;
  struct letter *next;
};

struct host {
  struct stage *stage;
  uint32_t rank;
  struct fg_worker *worker;
  struct fg_steward *steward;
  struct fg_pace pace;
  sg_mailbox_t mailbox;
  sg_sem_t bell; /* counts the parcels in the inbox */
  struct fg_parcel **inbox;
  uint32_t inbox_first, inbox_n, inbox_capacity; /* a ring */
  struct letter *sent_by_worker, *sent_by_post;
  double previous_end; /* of the worker's last visit [s] */
};

struct stage {
  struct fg_run *run;
  const struct fg_sink *sink;
  struct fg_epochs epochs;
  struct host *hosts;
  uint64_t steward_bytes;
  enum fg_err err; /* the first error; every actor stops when it sees one */
  struct fg_fault *fault;
};

static bool failed(struct stage *s, enum fg_err err) {
  if (err && !s->err)
    s->err = err;
  return s->err != FG_OK;
}

/* Wakes everybody up so that they see the error. */
static void alarm_all(struct stage *s) {
  for (uint32_t p = 0; p < s->run->job.workers; p++)
    sg_sem_release(s->hosts[p].bell);
}

static bool fail_now(struct stage *s, enum fg_err err) {
  bool first = err && !s->err;
  bool bad = failed(s, err);
  if (first)
    alarm_all(s);
  return bad;
}

static enum fg_err inbox_put(struct host *h, struct fg_parcel *parcel) {
  if (h->inbox_n == h->inbox_capacity) {
    uint32_t capacity = h->inbox_capacity ? 2 * h->inbox_capacity : 4;
    struct fg_parcel **ring = malloc(capacity * sizeof(struct fg_parcel *));
    if (!ring)
      return FG_ENOMEM;
    for (uint32_t i = 0; i < h->inbox_n; i++)
      ring[i] = h->inbox[(h->inbox_first + i) % h->inbox_capacity];
    free(h->inbox);
    h->inbox = ring;
    h->inbox_first = 0;
    h->inbox_capacity = capacity;
  }
  h->inbox[(h->inbox_first + h->inbox_n++) % h->inbox_capacity] = parcel;
  sg_sem_release(h->bell);
  return FG_OK;
}

static struct fg_parcel *inbox_get(struct host *h) {
  if (h->inbox_n == 0)
    return NULL;
  struct fg_parcel *parcel = h->inbox[h->inbox_first];
  h->inbox_first = (h->inbox_first + 1) % h->inbox_capacity;
  h->inbox_n--;
  return parcel;
}

/* Drops the handles of letters that have arrived: waiting on a finished transfer returns at once. */
static void reap(struct letter **list) {
  while (*list) {
    struct letter *l = *list;
    if (!l->delivered) {
      list = &l->next;
      continue;
    }
    *list = l->next;
    sg_comm_wait(l->comm);
    free(l);
  }
}

/* An actor that ends takes its transfers with it: the last ones must have arrived. */
static void wait_for_letters(struct letter *l) {
  while (l) {
    struct letter *next = l->next;
    sg_comm_wait(l->comm);
    free(l);
    l = next;
  }
}

static enum fg_err post(struct host *h, struct letter **sent, struct fg_parcel *parcel) {
  struct letter *l = calloc(1, sizeof *l);
  if (!l) {
    fg_parcel_free(parcel);
    return fg_fail(h->stage->fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  }
  reap(sent);
  l->parcel = parcel;
  l->next = *sent;
  *sent = l;
  l->comm = sg_mailbox_put_async(h->stage->hosts[parcel->to.rank].mailbox, l, (long)parcel->bytes);
  return FG_OK;
}

static enum fg_err steward_take(struct host *h, struct letter **sent, struct fg_parcel *parcel);

/* A parcel on its way: to another host by the network, to the own one directly. `sent`: the calling actor's letters. */
static enum fg_err send_parcel(struct host *h, struct letter **sent, struct fg_parcel *parcel) {
  if (!parcel)
    return fg_fail(h->stage->fault, FG_ENOMEM, NULL, 0, "not enough memory for a message");
  if (parcel->to.rank != h->rank)
    return post(h, sent, parcel);
  if (parcel->to.role == FG_WORKER)
    return inbox_put(h, parcel);
  return steward_take(h, sent, parcel);
}

static enum fg_err record(struct host *h, struct fg_address by, uint64_t chunks, const struct fg_parcel *parcel) {
  struct stage *s = h->stage;
  struct fg_taken taken = {.by = by, .from = parcel->from, .chunks = chunks, .seq = parcel->seq};
  return s->sink->taken ? s->sink->taken(s->sink->self, &taken, s->fault) : FG_OK;
}

static enum fg_err steward_take(struct host *h, struct letter **sent, struct fg_parcel *parcel) {
  struct stage *s = h->stage;
  uint64_t before = fg_steward_bytes(h->steward);
  enum fg_err err = record(h, (struct fg_address){h->rank, FG_STEWARD}, 0, parcel);
  if (err)
    return err;
  err = fg_steward_take(h->steward, parcel, s->fault);
  s->steward_bytes += fg_steward_bytes(h->steward) - before;
  while (!err) {
    struct fg_act act;
    fg_steward_next(h->steward, &act);
    if (act.kind != FG_SEND)
      break;
    err = send_parcel(h, sent, act.parcel);
  }
  return err;
}

/* The post office: never ends by itself; the simulation ends it with the last worker. */
static void post_office(int argc, char **argv) {
  (void)argc;
  (void)argv;
  struct host *h = sg_actor_self_get_data();
  sg_mailbox_set_receiver(sg_mailbox_get_name(h->mailbox)); /* transfers start when sent, not when asked for */
  for (;;) {
    struct letter *l = sg_mailbox_get(h->mailbox);
    struct fg_parcel *parcel = l->parcel;
    l->delivered = true;
    enum fg_err err =
        parcel->to.role == FG_STEWARD ? steward_take(h, &h->sent_by_post, parcel) : inbox_put(h, parcel);
    fail_now(h->stage, err);
  }
}

static double now(void) {
  return simgrid_get_clock();
}

static void sleep_until(double t) {
  if (t > now())
    sg_actor_sleep_for(t - now());
}

static enum fg_err take(struct host *h, struct fg_parcel *parcel) {
  enum fg_err err = record(h, (struct fg_address){h->rank, FG_WORKER}, fg_worker_chunks(h->worker), parcel);
  return err ? err : fg_worker_take(h->worker, parcel, h->stage->fault);
}

/* Waits for a parcel; the time is idle. */
static enum fg_err await(struct host *h) {
  double from = now();
  sg_sem_acquire(h->bell);
  fg_worker_visit(h->worker)->wait_s += now() - from;
  struct fg_parcel *parcel = inbox_get(h);
  return parcel ? take(h, parcel) : h->stage->err; /* an empty inbox: the alarm */
}

/* Work that nothing interrupts: the clock runs on, then the arithmetic is done. */
static enum fg_err spend_all(struct host *h, const struct fg_spend *spend) {
  uint64_t n = fg_spend_chunks(spend);
  sleep_until(fg_pace_end(&h->pace, spend, fg_worker_visit(h->worker)->round, fg_worker_chunks(h->worker), now(), n));
  return fg_worker_spend(h->worker, n, h->stage->fault);
}

/* Work that the next parcel ends: waits for it, counts the chunks begun by then, finishes the last of them. */
static enum fg_err spend_until_parcel(struct host *h, const struct fg_spend *spend) {
  struct stage *s = h->stage;
  uint64_t round = fg_worker_visit(h->worker)->round, chunks = fg_worker_chunks(h->worker);
  double start = now(), end;
  uint64_t most = fg_spend_chunks(spend), n;
  if (most == UINT64_MAX) {
    sg_sem_acquire(h->bell);
  } else {
    struct fg_pace ahead = h->pace; /* its place on the time line moves only with work that is made */
    double all = fg_pace_end(&ahead, spend, round, chunks, start, most);
    if (!(all > start) || sg_sem_acquire_timeout(h->bell, all - start)) {
      h->pace = ahead;
      return fg_worker_spend(h->worker, most, s->fault);
    }
  }
  if (s->err)
    return s->err;
  struct fg_parcel *parcel = inbox_get(h);
  n = fg_pace_count(&h->pace, spend, round, chunks, start, now(), &end);
  enum fg_err err = n ? fg_worker_spend(h->worker, n, s->fault) : FG_OK;
  sleep_until(end);
  return err ? err : parcel ? take(h, parcel) : FG_OK;
}

static enum fg_err note(struct host *h, enum fg_note what) {
  struct stage *s = h->stage;
  struct fg_visit *v = fg_worker_visit(h->worker);
  switch (what) {
  case FG_NOTE_START:
    v->start_s = now();
    v->wait_s = v->start_s - h->previous_end; /* for the column block */
    return FG_OK;
  case FG_NOTE_REQUIRED:
    v->required_s = now();
    return FG_OK;
  case FG_NOTE_EPOCH:
    fg_epochs_keep(&s->epochs, v->round, fg_worker_rows(h->worker), fg_worker_block(h->worker));
    return FG_OK;
  case FG_NOTE_END:
    v->end_s = h->previous_end = now();
    return fg_epochs_end_visit(&s->epochs, v, s->steward_bytes, s->fault);
  }
  return FG_OK;
}

static void play_worker(int argc, char **argv) {
  (void)argc;
  (void)argv;
  struct host *h = sg_actor_self_get_data();
  struct stage *s = h->stage;
  bool stopped = false;
  while (!s->err && !stopped) {
    struct fg_act act;
    enum fg_err err = FG_OK;
    fg_worker_next(h->worker, &act);
    switch (act.kind) {
    case FG_STOP:
      stopped = true;
      break;
    case FG_NOTE:
      err = note(h, act.note);
      break;
    case FG_SEND:
      err = send_parcel(h, &h->sent_by_worker, act.parcel);
      break;
    case FG_AWAIT:
      err = await(h);
      break;
    case FG_SPEND:
      err = act.spend.interruptible ? spend_until_parcel(h, &act.spend) : spend_all(h, &act.spend);
      break;
    }
    fail_now(s, err);
  }
  wait_for_letters(h->sent_by_worker);
  h->sent_by_worker = NULL;
}

static enum fg_err start_host(struct stage *s, uint32_t p, sg_host_t place, const struct fg_straggler *straggler) {
  struct fg_run *run = s->run;
  struct host *h = &s->hosts[p];
  char name[32];
  h->stage = s;
  h->rank = p;
  h->pace = (struct fg_pace){
      .straggler = straggler,
      .worker = p,
      .workers = run->job.workers,
      .col_blocks = run->grid.col_blocks,
      .update_s = run->model.type->flops(&run->model) / sg_host_get_speed(place),
  };
  if (fg_worker_new(&run->job, p, &run->factors.row[p], &run->factors.col[p], &h->worker) ||
      fg_steward_new(&run->job, p, &h->steward))
    return fg_fail(s->fault, FG_ENOMEM, NULL, 0, "not enough memory for worker %u", p);
  snprintf(name, sizeof name, "host-%u", p);
  h->mailbox = sg_mailbox_by_name(name);
  h->bell = sg_sem_init(0);
  sg_actor_t office = sg_actor_init("post", place);
  sg_actor_set_data(office, h);
  sg_actor_daemonize(office);
  sg_actor_start(office, post_office, 0, NULL);
  sg_actor_t actor = sg_actor_init("worker", place);
  sg_actor_set_data(actor, h);
  sg_actor_start(actor, play_worker, 0, NULL);
  return FG_OK;
}

static void free_letters(struct letter *l) {
  while (l) {
    struct letter *next = l->next;
    if (!l->delivered)
      fg_parcel_free(l->parcel);
    free(l);
    l = next;
  }
}

static void free_hosts(struct stage *s) {
  for (uint32_t p = 0; s->hosts && p < s->run->job.workers; p++) {
    struct host *h = &s->hosts[p];
    for (struct fg_parcel *parcel; (parcel = inbox_get(h)) != NULL;)
      fg_parcel_free(parcel);
    free(h->inbox);
    free_letters(h->sent_by_worker);
    free_letters(h->sent_by_post);
    fg_worker_free(h->worker);
    fg_steward_free(h->steward);
    if (h->bell)
      sg_sem_destroy(h->bell);
  }
  free(s->hosts);
}

enum fg_err fg_sim_run(struct fg_run *run, const struct fg_network *network, const struct fg_straggler *straggler,
                       const struct fg_sink *sink, struct fg_totals *totals, struct fg_fault *fault) {
  struct stage s = {.run = run, .sink = sink, .fault = fault};
  uint32_t workers = run->job.workers;
  sg_host_t *places = calloc(workers, sizeof(sg_host_t));
  s.hosts = calloc(workers, sizeof *s.hosts);
  if (!places || !s.hosts) {
    s.err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for %u workers", workers);
    goto cleanup;
  }
  char *args[] = {"fugue", NULL};
  int n_args = 1;
  simgrid_init(&n_args, args);
  fg_network_configure(network);
  if (failed(&s, fg_network_build(network, workers, places, fault)))
    goto cleanup;
  if (failed(&s, fg_epochs_start(&s.epochs, run, sink, fault)))
    goto cleanup;
  for (uint32_t p = 0; p < workers; p++)
    if (failed(&s, start_host(&s, p, places[p], straggler)))
      goto cleanup;
  simgrid_run();
  *totals = s.epochs.totals;
  totals->bytes_sent += s.steward_bytes;
cleanup:
  fg_epochs_free(&s.epochs);
  free_hosts(&s);
  free(places);
  return s.err;
}
