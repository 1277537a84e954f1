/* Memory for parameters: from parcels that arrive to the most that a host ever held. */
#include "sim/holdings.h"

#include "core/replica.h"

#include <stdlib.h>

static uint64_t bytes_of(const struct fg_run *run, uint32_t lines) {
  return (uint64_t)lines * run->model.stride * sizeof(float);
}

enum fg_err fg_holdings_start(struct fg_holdings *h, const struct fg_run *run) {
  const struct fg_sync *sync = &run->job.sync;
  uint32_t workers = run->job.workers, hosts = fg_sync_hosts(sync, workers);
  bool served = sync->type->replica && sync->type->replica->server;
  h->run = run;
  h->now = calloc(hosts, sizeof *h->now);
  h->most = calloc(hosts, sizeof *h->most);
  if (!h->now || !h->most)
    return FG_ENOMEM;
  for (uint32_t q = 0; q < run->grid.col_blocks; q++) {
    uint32_t home = served ? fg_sync_server(sync, workers, q) : q % workers;
    h->most[home] = h->now[home] += bytes_of(run, run->grid.col[q].n);
  }
  for (uint32_t p = 0; p < workers; p++)
    h->most[p] = h->now[p] += bytes_of(run, run->grid.row[p].n);
  return FG_OK;
}

void fg_holdings_move(struct fg_holdings *h, const struct fg_parcel *parcel) {
  uint64_t bytes = parcel->block ? bytes_of(h->run, parcel->block->cols) : 0;
  bytes += parcel->shard ? bytes_of(h->run, parcel->shard->rows) : 0;
  h->now[parcel->to.rank] += bytes;
  if (h->now[parcel->to.rank] > h->most[parcel->to.rank])
    h->most[parcel->to.rank] = h->now[parcel->to.rank];
  h->now[parcel->from.rank] -= bytes;
}

uint64_t fg_holdings_most(const struct fg_holdings *h) {
  const struct fg_run *run = h->run;
  uint32_t workers = run->job.workers, hosts = fg_sync_hosts(&run->job.sync, workers);
  uint64_t most = 0, replica = run->job.sync.type->replica ? fg_replica_bytes(&run->job) : 0;
  for (uint32_t p = 0; p < hosts; p++) {
    uint64_t bytes = h->most[p] + (p < workers ? replica : 0);
    most = bytes > most ? bytes : most;
  }
  return most;
}

void fg_holdings_free(struct fg_holdings *h) {
  free(h->now);
  free(h->most);
}
