/* Scenes: from a strategy, a model and a number of workers to a trial. */
#include "proofs/lab/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const fg_scene_syncs[] = {"barrier",
                                      "barrier:arity=2",
                                      "fugue:decay=0.5",
                                      "fugue:decay=0.5,max=1,arity=1",
                                      "fugue:extra=harmonic,arity=2",
                                      "fugue:max=0",
                                      "quorum:q=0.5",
                                      "quorum:q=0.3,wait=idle",
                                      "quorum:q=0.8",
                                      "ring:blocks=1",
                                      "ring:blocks=2",
                                      "ring:blocks=3",
                                      "nomad:blocks=2",
                                      "nomad:blocks=3",
                                      "nomad:blocks=1,route=uniform",
                                      "relay:blocks=2,slack=2",
                                      "relay:blocks=1,slack=1",
                                      "relay:blocks=2,slack=1,ahead=0",
                                      "relay:blocks=2,slack=inf",
                                      "psgd:every=0.5,reduce=ring",
                                      "psgd:replica=all,reduce=tree",
                                      "psgd:every=inf,replica=all,reduce=tree",
                                      "psgd:every=0,reduce=ring,wait=extra,arity=2,decay=0.5",
                                      "psgd:wait=extra,max=2,decay=0.5",
                                      "ssp:slack=0",
                                      "ssp:slack=2,replica=all",
                                      "ssp:slack=1,every=0.7,replica=all",
                                      "ssp:slack=inf,every=2",
                                      "ssp:slack=3,servers=2",
                                      "ssp:slack=1,servers=1",
                                      "ssp:slack=0,servers=1",
                                      NULL};

static const char *data_of(const char *model) {
  static const char *const data[] = {
      "lda:docs=192,words=160,topics=4,length=40", "mf:rows=192,cols=160,nnz=6000,rank=4",
      "nmf:rows=192,cols=160,nnz=6000,rank=4",     "dict:rows=96,cols=60,atoms=4",
      "mmnd:nodes=160,communities=4,degree=20",    "additive:rows=192,cols=160,nnz=6000"};
  size_t i = 0, n = sizeof data / sizeof *data;
  while (i + 1 < n && strncmp(model, data[i], strcspn(data[i], ":")) != 0)
    i++;
  return data[i];
}

enum fg_err fg_scene_data(const struct fg_lab *lab, const char *model, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  return fg_lab_data(lab, data_of(model), 1, path, fault);
}

struct fg_trial *fg_scene_trial(const struct fg_lab *lab, const struct fg_scene *scene, enum fg_err *err,
                                struct fg_fault *fault) {
  char path[FG_PATH_MAX], data[FG_PATH_MAX + 8], sync[128], model[128], epochs[64], workers[32], seed[32];
  *err = fg_lab_data(lab, data_of(scene->model), 1, path, fault);
  if (*err)
    return NULL;
  snprintf(data, sizeof data, "data=%s", path);
  snprintf(sync, sizeof sync, "sync=%s", scene->sync);
  snprintf(model, sizeof model, "model=%s", scene->model);
  snprintf(epochs, sizeof epochs, "epochs=%s", scene->epochs);
  snprintf(workers, sizeof workers, "workers=%u", scene->workers);
  snprintf(seed, sizeof seed, "seed=%llu", (unsigned long long)lab->seed);
  const char *const options[] = {data,
                                 sync,
                                 model,
                                 epochs,
                                 workers,
                                 seed,
                                 "chunk=16",
                                 "straggler=pareto:alpha=1.5",
                                 "eval-every=0",
                                 "network=star:speed=1Mf,lat=1us,bw=10Gbps",
                                 NULL};
  return fg_trial_new(options, err, fault);
}

bool fg_scene_admits(const struct fg_scene *scene) {
  struct fg_sync sync;
  struct fg_model model;
  return !fg_sync_parse(scene->sync, 0.5, &sync, NULL) && !fg_model_parse(scene->model, &model, NULL) &&
         !fg_sync_admits(&sync, model.type, NULL) && fg_sync_hosts(&sync, scene->workers) <= 2 * scene->workers &&
         (uint64_t)scene->workers * fg_sync_blocks(&sync) <= FG_SCENE_COLS && scene->workers <= FG_SCENE_ROWS;
}

enum fg_err fg_scenes_add(struct fg_scenes *s, const struct fg_scene *scene) {
  if (!fg_scene_admits(scene))
    return FG_OK;
  if (s->n == s->capacity) {
    size_t more = s->capacity ? 2 * s->capacity : 64;
    struct fg_scene *longer = realloc(s->scene, more * sizeof *longer);
    if (!longer)
      return FG_ENOMEM;
    s->scene = longer;
    s->capacity = more;
  }
  s->scene[s->n++] = *scene;
  return FG_OK;
}

void fg_scenes_free(struct fg_scenes *s) {
  free(s->scene);
  *s = (struct fg_scenes){0};
}
