/* From a scene to what came of all its orders: makes a run ready on a small matrix that is full, and has it searched.
 */
#include "proofs/explore/explore.h"

#include "core/files.h"
#include "proofs/explore/arena.h"
#include "proofs/explore/inner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file of points, every cell of rows x cols, as counts; its name in path. */
static enum fg_err write_points(const char *folder, uint32_t rows, uint32_t cols, char *path, struct fg_fault *fault) {
  enum fg_err err = fg_path_join(folder, "explore-XXXXXX", path, fault);
  int fd = err ? -1 : mkstemp(path);
  FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
  for (uint32_t i = 1; i <= rows && f; i++)
    for (uint32_t j = 1; j <= cols; j++)
      fprintf(f, "%u %u %u\n", i, j, 1 + (i * 7 + j * 3) % 9);
  bool good = f && !ferror(f);
  if (f && fclose(f))
    good = false;
  if (f && !good)
    unlink(path);
  if (!err && !good)
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be written: %s", strerror(errno));
  return err;
}

/* Two points in every block, so that a pass has a chunk or two. */
static enum fg_err check_grid(const struct fg_grid *grid, struct fg_fault *fault) {
  for (uint32_t p = 0; p < grid->row_blocks; p++)
    for (uint32_t q = 0; q < grid->col_blocks; q++)
      if (fg_grid_train(grid, p, q)->n != 2)
        return fg_fail(fault, FG_EUSAGE, NULL, 0, "exploration: block %u, %u has not two points", p, q);
  return FG_OK;
}

/* The run of a scene on points of its own, which are read and gone. */
static enum fg_err prepare(const struct fg_explore_scene *scene, const char *folder, struct fg_run *run,
                           struct fg_fault *fault) {
  struct fg_config *config = NULL;
  struct fg_sync sync;
  char path[FG_PATH_MAX], workers[16];
  enum fg_err err = fg_sync_parse(scene->sync, 0.5, &sync, fault);
  if (!err && (fg_sync_hosts(&sync, scene->workers) > FG_EXPLORE_HOSTS ||
               fg_sync_blocks(&sync) * scene->workers > FG_EXPLORE_COLS))
    err = fg_fail(fault, FG_EUSAGE, NULL, 0, "exploration: too many hosts or column blocks");
  if (!err)
    err = write_points(folder, 2 * scene->workers, fg_sync_blocks(&sync) * scene->workers, path, fault);
  if (err)
    return err;
  snprintf(workers, sizeof workers, "%u", scene->workers);
  const char *const options[][2] = {
      {"data", path},          {"workers", workers},      {"model", scene->model}, {"sync", scene->sync},
      {"chunk", scene->chunk}, {"epochs", scene->epochs}, {"seed", "1"},           {"test", "0"}};
  config = malloc(sizeof *config);
  if (!config)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "exploration: no memory");
  else
    fg_config_init(config);
  for (size_t i = 0; i < sizeof options / sizeof *options && !err; i++)
    err = fg_config_set(config, options[i][0], options[i][1], NULL, 0, fault);
  if (!err)
    err = fg_run_prepare(config, 1e9, &fg_share_all, run, fault);
  if (!err)
    err = check_grid(&run->grid, fault);
  run->job.pause = scene->pause;
  unlink(path);
  free(config);
  return err;
}

enum fg_err fg_explore(const struct fg_explore_scene *scene, const struct fg_seeded *seeded, const char *folder,
                       const struct fg_teller *teller, struct fg_explored *explored, struct fg_fault *fault) {
  struct fg_explorer e = {.scene = scene, .seeded = seeded, .teller = teller, .explored = explored, .fault = fault};
  e.properties = seeded && seeded->properties ? seeded->properties : FG_PROPERTY_ALL;
  *explored = (struct fg_explored){0};
  e.run = calloc(1, sizeof *e.run);
  e.err = e.run ? prepare(scene, folder, e.run, fault) : fg_fail(fault, FG_ENOMEM, NULL, 0, "exploration: no memory");
  if (e.err)
    goto cleanup;
  e.hosts = fg_sync_hosts(&e.run->job.sync, scene->workers);
  e.rounds = explored->rounds = e.run->job.rounds;
  e.sync = e.run->job.sync;
  if (seeded && seeded->spoil)
    seeded->spoil(&e, e.run);
  if (fg_machines_start(&e))
    fg_explorer_fails(&e, FG_ENOMEM, "no memory");
  else
    fg_search_all(&e);
  if (e.machines)
    explored->local = fg_machines_count(&e);
cleanup:
  fg_machines_free(&e);
  fg_letters_free(&e.letters);
  fg_arena_clear();
  if (e.run)
    fg_run_free(e.run);
  free(e.run);
  return e.err;
}
