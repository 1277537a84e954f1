/* Scenes: small runs of every strategy, for claims that go over all of them. */
#ifndef FG_PROOFS_LAB_SCENE_H
#define FG_PROOFS_LAB_SCENE_H

#include "proofs/lab/lab.h"
#include "proofs/lab/trial.h"

/* Strategies with the settings that make a difference to what is sent and when; all of the table. Ends with NULL. */
extern const char *const fg_scene_syncs[];

struct fg_scene {
  const char *sync, *model, *epochs; /* as the options say */
  uint32_t workers;
};

/* A list of them. Zero-initialise; freed by fg_scenes_free. */
struct fg_scenes {
  struct fg_scene *scene;
  size_t n, capacity;
};

enum { FG_SCENE_ROWS = 192, FG_SCENE_COLS = 160 };

/* Data of fg_scene_trial: made before processes are forked, so that they do not all make it. */
enum fg_err fg_scene_data(const struct fg_lab *lab, const char *model, struct fg_fault *fault);

/* A trial of the scene on FG_SCENE_ROWS x FG_SCENE_COLS data of its model's generator, under heavy-tailed slowdowns,
 * waits being a few passes long. All seeds are made of lab->seed. NULL after an error; freed by fg_trial_delete. */
struct fg_trial *fg_scene_trial(const struct fg_lab *lab, const struct fg_scene *scene, enum fg_err *err,
                                struct fg_fault *fault);

/* Does the strategy admit the model, and so few workers (a shard at least for each server, a row for each worker)? */
bool fg_scene_admits(const struct fg_scene *scene);

/* Appends a scene if it is admitted; its texts are lent. FG_ENOMEM. */
enum fg_err fg_scenes_add(struct fg_scenes *scenes, const struct fg_scene *scene);
void fg_scenes_free(struct fg_scenes *scenes);

#endif
