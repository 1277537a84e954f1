/* fugue plot --figure communities: from the data file of a run to a picture of its network. */
#include "cli/links.h"

#include "core/data/grid_file.h"
#include "core/data/points.h"
#include "core/model/model.h"
#include "core/spec.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Are these the points that the run learned from, and nothing else? */
static bool is_same(const struct fg_plot_run *run, const struct fg_points *points, uint32_t nodes) {
  const char *sha256 = fg_facts_find(&run->config, "data_sha256");
  return sha256 && strcmp(sha256, points->sha256) == 0 && points->rows == nodes && points->cols == nodes;
}

enum fg_err fg_links_count(const struct fg_plot_run *run, const uint32_t *place, uint32_t nodes, uint32_t side,
                           uint32_t **count, struct fg_fault *fault) {
  const char *spec = fg_facts_find(&run->config, "model"), *path = fg_facts_find(&run->config, "data");
  const char *base = fg_facts_find(&run->config, "index-base");
  struct fg_model model;
  struct fg_points points = {0};
  uint64_t index_base = 1;
  *count = NULL;
  if (!spec || !path || nodes > FG_LINKS_NODES || fg_model_parse(spec, &model, NULL) || access(path, R_OK) != 0 ||
      fg_grid_is(path) || (base && !fg_parse_u64(base, &index_base)))
    return FG_OK;
  struct fg_read_options read = fg_model_reading(&model, (unsigned)index_base, 0);
  if (!read.network)
    return FG_OK;
  read.zeros = read.loops = 0; /* what was learned from beside the links */
  enum fg_err err = fg_points_read(path, &read, &points, fault);
  if (err || !is_same(run, &points, nodes))
    goto cleanup;
  *count = calloc((size_t)side * side, sizeof **count);
  if (!*count)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  for (size_t i = 0; !err && i < points.n; i++) {
    uint64_t y = (uint64_t)place[points.row[i]] * side / nodes, x = (uint64_t)place[points.col[i]] * side / nodes;
    (*count)[y * side + x] += points.value[i] != 0;
  }

cleanup:
  fg_points_free(&points);
  return err;
}
