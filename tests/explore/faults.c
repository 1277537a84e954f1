/* Seeded faults: each breaks a run in one place, and the property that it breaks must be found not to hold. */
#include "tests/explore/explore.h"

#include "core/worker/inner.h"

#include <string.h>

static bool is(const struct letter *l, enum fg_parcel_kind kind, enum fg_role to, uint32_t rank) {
  return l->kind == kind && l->to.role == to && l->to.rank == rank;
}

static uint32_t release_is_lost(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e, (void)out;
  return !is(letter_at(id), FG_PARCEL_RELEASE, FG_WORKER, 1);
}

static uint32_t release_comes_twice(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e;
  out[1] = id;
  return is(letter_at(id), FG_PARCEL_RELEASE, FG_WORKER, 1) ? 2 : 1;
}

static uint32_t report_comes_twice(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e;
  out[1] = id;
  return is(letter_at(id), FG_PARCEL_REPORT, FG_STEWARD, 0) ? 2 : 1;
}

static uint32_t block_comes_twice(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e;
  out[1] = id;
  return is(letter_at(id), FG_PARCEL_BLOCK, FG_WORKER, 1) ? 2 : 1;
}

static uint32_t block_stays(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e;
  struct letter l = *letter_at(id);
  if (!is(&l, FG_PARCEL_BLOCK, FG_WORKER, 1) || l.version != 1)
    return 1;
  l.to.rank = 0;
  out[1] = letter_put(&l);
  return 2;
}

static uint32_t visit_is_skipped(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e;
  struct letter l = *letter_at(id);
  l.version += is(&l, FG_PARCEL_BLOCK, FG_WORKER, 1) && l.version == 1;
  out[0] = letter_put(&l);
  return 1;
}

static uint32_t report_is_forged(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e;
  struct letter l = *letter_at(id);
  if (!is(&l, FG_PARCEL_REPORT, FG_STEWARD, 0) || l.from.rank != 0 || l.round != 0)
    return 1;
  l.from.rank = 1;
  l.from.role = e->sync.type->strata->direct ? FG_WORKER : FG_STEWARD;
  out[1] = letter_put(&l);
  return 2;
}

static uint32_t grant_is_misled(const struct explorer *e, uint32_t id, uint32_t *out) {
  struct letter l = *letter_at(id);
  if (l.kind == FG_PARCEL_GRANT)
    l.count = (l.count + 1) % e->scene->workers;
  out[0] = letter_put(&l);
  return 1;
}

static uint32_t end_says_pause(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e;
  struct letter l = *letter_at(id);
  if (l.kind == FG_PARCEL_RELEASE && l.count == FG_RELEASE_END)
    l.count = FG_RELEASE_PAUSE;
  out[0] = letter_put(&l);
  return 1;
}

/* of a replica: from a server, or from a neighbour */
static uint32_t slice_comes_twice(const struct explorer *e, uint32_t id, uint32_t *out) {
  (void)e;
  out[0] = out[1] = id;
  return letter_at(id)->kind == FG_PARCEL_SLICE && letter_at(id)->to.role == FG_WORKER ? 2 : 1;
}

static void ends_early(struct explorer *e, struct fg_run *run) {
  (void)e;
  run->job.rounds--;
}

static uint64_t slack_and_one(const struct fg_sync *sync) {
  return (uint64_t)fg_sync_param(sync, "slack") + 1;
}

/* Static, since policies are lent by the run. */
static struct fg_sync_type type;
static struct fg_roving_policy roving;
static struct fg_replica_policy replica;

static void slack_is_off(struct explorer *e, struct fg_run *run) {
  (void)e;
  type = *run->job.sync.type;
  roving = *type.roving;
  roving.slack = slack_and_one;
  type.roving = &roving;
  run->job.sync.type = &type;
}

static void servers_slack_is_off(struct explorer *e, struct fg_run *run) {
  (void)e;
  type = *run->job.sync.type;
  replica = *type.replica;
  replica.slack = slack_and_one;
  type.replica = &replica;
  run->job.sync.type = &type;
}

static double looks_leave_traces(const struct fg_sync *sync, uint64_t x) {
  (void)sync, (void)x;
  machine_worker()->extra_limit++;
  return 0.5;
}

static void looks_are_seen(struct explorer *e, struct fg_run *run) {
  (void)e;
  type = *run->job.sync.type;
  type.extra_step = looks_leave_traces;
  run->job.sync.type = &type;
}

static bool work_is_lost(const struct explorer *e, const struct watch *watch, uint32_t machine, int64_t move) {
  (void)e;
  return machine == 0 && move == MOVE_SPEND && watch->visits == 1;
}

static void updates_are_forgotten(struct fg_worker *worker) {
  worker->visit.updates = worker->left = 0;
}

#define SCENE(s, p, e) .scene = {.sync = (s), .model = "mf:rank=1", .workers = (p), .epochs = (e), .chunk = "2"}

const struct fault faults[] = {
    {"a release is lost", SCENE("barrier", 2, "1"), PROPERTY_DEADLOCK, .post = release_is_lost},
    {"the end is not told", SCENE("relay:blocks=2,slack=2", 2, "1"), PROPERTY_DEADLOCK, .post = release_is_lost},
    {"a release comes twice", SCENE("fugue:max=1", 3, "1"), PROPERTY_PROTOCOL, .post = release_comes_twice},
    {"a report comes twice", SCENE("fugue:max=1", 3, "1"), PROPERTY_PROTOCOL, .post = report_comes_twice},
    {"a grant leads to the wrong worker", SCENE("relay:blocks=2,slack=2", 3, "1"), PROPERTY_PROTOCOL,
     .post = grant_is_misled},
    {"the end is told as a pause", SCENE("nomad:blocks=2", 2, "1"), PROPERTY_PROTOCOL, .post = end_says_pause},
    {"a block comes twice", SCENE("barrier", 2, "1"), PROPERTY_OWNERSHIP, .post = block_comes_twice},
    {"a block comes twice, round the ring", SCENE("ring:blocks=2", 2, "1"), PROPERTY_OWNERSHIP,
     .post = block_comes_twice},
    {"a block stays where it came from", SCENE("nomad:blocks=2", 2, "2"), PROPERTY_OWNERSHIP, .post = block_stays},
    {"a block stays, seen by visits alone", SCENE("nomad:blocks=2", 2, "2"), PROPERTY_DISJOINT, PROPERTY_BIT(DISJOINT),
     .post = block_stays},
    {"the last round is left out", SCENE("fugue:max=1", 3, "1"), PROPERTY_COVER, .spoil = ends_early},
    {"a visit is counted that was not made", SCENE("nomad:blocks=2", 2, "2"), PROPERTY_COVER, .post = visit_is_skipped},
    {"a report is forged", SCENE("quorum:q=1,max=1", 2, "1"), PROPERTY_QUORUM, .post = report_is_forged},
    {"a report is forged in the tree", SCENE("barrier", 3, "1"), PROPERTY_QUORUM, .post = report_is_forged},
    {"slack is off by one", SCENE("relay:blocks=2,slack=1", 2, "3"), PROPERTY_SLACK, .spoil = slack_is_off},
    {"a server's slack is off by one", SCENE("ssp:slack=1", 2, "3"), PROPERTY_STALENESS, .spoil = servers_slack_is_off},
    {"a server's slack is off by one from none", SCENE("ssp:slack=0", 2, "2"), PROPERTY_STALENESS,
     .spoil = servers_slack_is_off},
    {"an answer of a server comes twice", SCENE("ssp:slack=1", 2, "2"), PROPERTY_PROTOCOL, .post = slice_comes_twice},
    {"a slice comes twice, round the ring", SCENE("psgd:every=0,reduce=ring", 3, "1"), PROPERTY_PROTOCOL,
     .post = slice_comes_twice},
    {"work is lost again and again", SCENE("ring:blocks=1", 2, "1"), PROPERTY_STOP, .loses = work_is_lost},
    {"a pause is told twice",
     .scene = {.sync = "nomad:blocks=2",
               .model = "mf:rank=1",
               .workers = 2,
               .epochs = "2",
               .chunk = "2",
               .pause = 4,
               .meet = 4},
     PROPERTY_BOUNDARY, .post = release_comes_twice},
    {"a strategy changes the machine that asks it", SCENE("fugue:max=1", 2, "1"), PROPERTY_LOOK, PROPERTY_BIT(LOOK),
     .spoil = looks_are_seen},
    {"what is compared leaves out a field",
     .scene = {.sync = "fugue:max=1", .model = "mf:rank=1", .workers = 2, .epochs = "1", .chunk = "1"}, PROPERTY_MERGE,
     .blur = updates_are_forgotten},
};
const size_t n_faults = sizeof faults / sizeof faults[0];
