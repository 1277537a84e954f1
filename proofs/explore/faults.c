/* Seeded faults: each breaks a run in one place, and the property that it breaks must be found not to hold. */
#include "proofs/explore/inner.h"

#include "core/worker/inner.h"

#include <string.h>

static bool is(const struct fg_letter *l, enum fg_parcel_kind kind, enum fg_role to, uint32_t rank) {
  return l->kind == kind && l->to.role == to && l->to.rank == rank;
}

static uint32_t release_is_lost(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  (void)out;
  return !is(fg_letter_at(e, id), FG_PARCEL_RELEASE, FG_WORKER, 1);
}

static uint32_t release_comes_twice(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  out[1] = id;
  return is(fg_letter_at(e, id), FG_PARCEL_RELEASE, FG_WORKER, 1) ? 2 : 1;
}

static uint32_t report_comes_twice(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  out[1] = id;
  return is(fg_letter_at(e, id), FG_PARCEL_REPORT, FG_STEWARD, 0) ? 2 : 1;
}

static uint32_t block_comes_twice(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  out[1] = id;
  return is(fg_letter_at(e, id), FG_PARCEL_BLOCK, FG_WORKER, 1) ? 2 : 1;
}

static uint32_t block_stays(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  struct fg_letter l = *fg_letter_at(e, id);
  if (!is(&l, FG_PARCEL_BLOCK, FG_WORKER, 1) || l.version != 1)
    return 1;
  l.to.rank = 0;
  out[1] = fg_letter_put(e, &l);
  return 2;
}

static uint32_t visit_is_skipped(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  struct fg_letter l = *fg_letter_at(e, id);
  l.version += is(&l, FG_PARCEL_BLOCK, FG_WORKER, 1) && l.version == 1;
  out[0] = fg_letter_put(e, &l);
  return 1;
}

static uint32_t report_is_forged(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  struct fg_letter l = *fg_letter_at(e, id);
  if (!is(&l, FG_PARCEL_REPORT, FG_STEWARD, 0) || l.from.rank != 0 || l.round != 0)
    return 1;
  l.from.rank = 1;
  l.from.role = e->sync.type->strata->direct ? FG_WORKER : FG_STEWARD;
  out[1] = fg_letter_put(e, &l);
  return 2;
}

static uint32_t grant_is_misled(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  struct fg_letter l = *fg_letter_at(e, id);
  if (l.kind == FG_PARCEL_GRANT)
    l.count = (l.count + 1) % e->scene->workers;
  out[0] = fg_letter_put(e, &l);
  return 1;
}

static uint32_t end_says_pause(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  struct fg_letter l = *fg_letter_at(e, id);
  if (l.kind == FG_PARCEL_RELEASE && l.count == FG_RELEASE_END)
    l.count = FG_RELEASE_PAUSE;
  out[0] = fg_letter_put(e, &l);
  return 1;
}

/* of a replica: from a server, or from a neighbour */
static uint32_t slice_comes_twice(struct fg_explorer *e, uint32_t id, uint32_t *out) {
  out[0] = out[1] = id;
  return fg_letter_at(e, id)->kind == FG_PARCEL_SLICE && fg_letter_at(e, id)->to.role == FG_WORKER ? 2 : 1;
}

static void ends_early(struct fg_explorer *e, struct fg_run *run) {
  (void)e;
  run->job.rounds--;
}

static uint64_t slack_and_one(const struct fg_sync *sync) {
  return (uint64_t)fg_sync_param(sync, "slack") + 1;
}

static void slack_is_off(struct fg_explorer *e, struct fg_run *run) {
  e->type = *run->job.sync.type;
  e->roving = *e->type.roving;
  e->roving.slack = slack_and_one;
  e->type.roving = &e->roving;
  run->job.sync.type = &e->type;
}

static void servers_slack_is_off(struct fg_explorer *e, struct fg_run *run) {
  e->type = *run->job.sync.type;
  e->replica = *e->type.replica;
  e->replica.slack = slack_and_one;
  e->type.replica = &e->replica;
  run->job.sync.type = &e->type;
}

static double looks_leave_traces(const struct fg_sync *sync, uint64_t x) {
  (void)sync, (void)x;
  fg_machine_worker()->extra_limit++;
  return 0.5;
}

static void looks_are_seen(struct fg_explorer *e, struct fg_run *run) {
  e->type = *run->job.sync.type;
  e->type.extra_step = looks_leave_traces;
  run->job.sync.type = &e->type;
}

static bool work_is_lost(const struct fg_watch *watch, uint32_t machine, int64_t move) {
  return machine == 0 && move == FG_MOVE_SPEND && watch->visits == 1;
}

static void updates_are_forgotten(struct fg_worker *worker) {
  worker->visit.updates = worker->left = 0;
}

#define SCENE(s, p, e) .scene = {.sync = (s), .model = "mf:rank=1", .workers = (p), .epochs = (e), .chunk = "2"}

const struct fg_seeded fg_seeded_faults[] = {
    {"a release is lost", SCENE("barrier", 2, "1"), FG_PROPERTY_DEADLOCK, .post = release_is_lost},
    {"the end is not told", SCENE("relay:blocks=2,slack=2", 2, "1"), FG_PROPERTY_DEADLOCK, .post = release_is_lost},
    {"a release comes twice", SCENE("fugue:max=1", 3, "1"), FG_PROPERTY_PROTOCOL, .post = release_comes_twice},
    {"a report comes twice", SCENE("fugue:max=1", 3, "1"), FG_PROPERTY_PROTOCOL, .post = report_comes_twice},
    {"a grant leads to the wrong worker", SCENE("relay:blocks=2,slack=2", 3, "1"), FG_PROPERTY_PROTOCOL,
     .post = grant_is_misled},
    {"the end is told as a pause", SCENE("nomad:blocks=2", 2, "1"), FG_PROPERTY_PROTOCOL, .post = end_says_pause},
    {"a block comes twice", SCENE("barrier", 2, "1"), FG_PROPERTY_OWNERSHIP, .post = block_comes_twice},
    {"a block comes twice, round the ring", SCENE("ring:blocks=2", 2, "1"), FG_PROPERTY_OWNERSHIP,
     .post = block_comes_twice},
    {"a block stays where it came from", SCENE("nomad:blocks=2", 2, "2"), FG_PROPERTY_OWNERSHIP, .post = block_stays},
    {"a block stays, seen by visits alone", SCENE("nomad:blocks=2", 2, "2"), FG_PROPERTY_DISJOINT,
     FG_PROPERTY_BIT(DISJOINT), .post = block_stays},
    {"the last round is left out", SCENE("fugue:max=1", 3, "1"), FG_PROPERTY_COVER, .spoil = ends_early},
    {"a visit is counted that was not made", SCENE("nomad:blocks=2", 2, "2"), FG_PROPERTY_COVER,
     .post = visit_is_skipped},
    {"a report is forged", SCENE("quorum:q=1,max=1", 2, "1"), FG_PROPERTY_QUORUM, .post = report_is_forged},
    {"a report is forged in the tree", SCENE("barrier", 3, "1"), FG_PROPERTY_QUORUM, .post = report_is_forged},
    {"slack is off by one", SCENE("relay:blocks=2,slack=1", 2, "3"), FG_PROPERTY_SLACK, .spoil = slack_is_off},
    {"a server's slack is off by one", SCENE("ssp:slack=1", 2, "3"), FG_PROPERTY_STALENESS, FG_PROPERTY_BIT(STALENESS),
     .spoil = servers_slack_is_off},
    {"a server's slack is off by one from none", SCENE("ssp:slack=0", 2, "2"), FG_PROPERTY_STALENESS,
     FG_PROPERTY_BIT(STALENESS), .spoil = servers_slack_is_off},
    {"a server answers too early", SCENE("ssp:slack=1", 2, "3"), FG_PROPERTY_READS, FG_PROPERTY_BIT(READS),
     .spoil = servers_slack_is_off},
    {"a server of several shards answers too early", SCENE("ssp:slack=0,servers=1", 2, "2"), FG_PROPERTY_READS,
     FG_PROPERTY_BIT(READS), .spoil = servers_slack_is_off},
    {"an answer of a server comes twice", SCENE("ssp:slack=1", 2, "2"), FG_PROPERTY_PROTOCOL,
     .post = slice_comes_twice},
    {"a slice comes twice, round the ring", SCENE("psgd:every=0,reduce=ring", 3, "1"), FG_PROPERTY_PROTOCOL,
     .post = slice_comes_twice},
    {"work is lost again and again", SCENE("ring:blocks=1", 2, "1"), FG_PROPERTY_STOP, .loses = work_is_lost},
    {"a pause is told twice",
     .scene = {.sync = "nomad:blocks=2",
               .model = "mf:rank=1",
               .workers = 2,
               .epochs = "2",
               .chunk = "2",
               .pause = 4,
               .meet = 4},
     FG_PROPERTY_BOUNDARY, .post = release_comes_twice},
    {"a strategy changes the machine that asks it", SCENE("fugue:max=1", 2, "1"), FG_PROPERTY_LOOK,
     FG_PROPERTY_BIT(LOOK), .spoil = looks_are_seen},
    {"what is compared leaves out a field",
     .scene = {.sync = "fugue:max=1", .model = "mf:rank=1", .workers = 2, .epochs = "1", .chunk = "1"},
     FG_PROPERTY_MERGE, .blur = updates_are_forgotten},
    {0},
};

const struct fg_seeded *fg_seeded_find(const char *name) {
  for (const struct fg_seeded *s = fg_seeded_faults; s->name; s++)
    if (strcmp(s->name, name) == 0)
      return s;
  return NULL;
}
