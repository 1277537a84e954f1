/* Explorations for claims: from scenes to findings. */
#include "proofs/lab/explored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum fg_err append(struct fg_expeditions *x, const struct fg_explore_scene *scene,
                          const struct fg_seeded *seeded) {
  struct fg_expedition *longer = realloc(x->item, (x->n + 1) * sizeof *longer);
  if (!longer)
    return FG_ENOMEM;
  x->item = longer;
  struct fg_expedition *last = &longer[x->n++];
  *last = (struct fg_expedition){.scene = scene};
  if (seeded)
    last->seeded = *seeded;
  return FG_OK;
}

enum fg_err fg_expeditions_choose(struct fg_expeditions *x, const struct fg_lab *lab,
                                  bool (*wants)(const struct fg_explore_scene *scene)) {
  enum fg_err err = FG_OK;
  for (const struct fg_explore_scene *s = fg_explore_scenes; s->sync && !err; s++)
    if ((lab->full || !s->large) && (!wants || wants(s)))
      err = append(x, s, NULL);
  return err;
}

enum fg_err fg_expeditions_seed(struct fg_expeditions *x, const char *const *names, unsigned judged) {
  enum fg_err err = FG_OK;
  for (; *names && !err; names++) {
    const struct fg_seeded *found = fg_seeded_find(*names);
    if (!found || !(judged & 1u << found->found))
      return FG_EUSAGE;
    struct fg_seeded seeded = *found;
    seeded.properties = found->properties ? found->properties & judged : judged;
    err = append(x, &found->scene, &seeded);
  }
  return err;
}

struct crew {
  const struct fg_lab *lab;
  const struct fg_expeditions *expeditions;
};

/* Where what came of a scene is kept. */
static enum fg_err place_of(const struct crew *crew, const struct fg_expedition *x, char *path,
                            struct fg_fault *fault) {
  char name[64];
  snprintf(name, sizeof name, "explored.%td", x->scene - fg_explore_scenes);
  return fg_path_join(crew->lab->scratch, name, path, fault);
}

static bool recall(const char *path, struct fg_explored *explored) {
  FILE *f = fopen(path, "rb");
  bool known = f && fread(explored, sizeof *explored, 1, f) == 1;
  if (f)
    fclose(f);
  return known;
}

static enum fg_err keep(const char *path, const struct fg_explored *explored, struct fg_fault *fault) {
  struct fg_out out;
  enum fg_err err = fg_out_open(&out, path, fault);
  if (err)
    return err;
  fwrite(explored, sizeof *explored, 1, out.file); /* errors are found at commit */
  return fg_out_commit(&out, fault);
}

static enum fg_err explore_one(const void *self, uint64_t i, void *result, struct fg_fault *fault) {
  const struct crew *crew = self;
  const struct fg_expedition *x = &crew->expeditions->item[i];
  char path[FG_PATH_MAX];
  if (x->seeded.name)
    return fg_explore(x->scene, &x->seeded, crew->lab->scratch, NULL, result, fault);
  enum fg_err err = place_of(crew, x, path, fault);
  if (err || recall(path, result))
    return err;
  err = fg_explore(x->scene, NULL, crew->lab->scratch, NULL, result, fault);
  return err ? err : keep(path, result, fault);
}

enum fg_err fg_expeditions_run(struct fg_expeditions *x, const struct fg_lab *lab, struct fg_fault *fault) {
  struct crew crew = {lab, x};
  struct fg_explored *explored = calloc(x->n + 1, sizeof *explored);
  enum fg_err err = explored ? fg_lab_map(lab, x->n, explore_one, &crew, sizeof *explored, explored, fault) : FG_ENOMEM;
  for (size_t i = 0; i < x->n && !err; i++)
    x->item[i].explored = explored[i];
  free(explored);
  return err;
}

static size_t name_length(const struct fg_explore_scene *scene) {
  return strcspn(scene->sync, ":");
}

static bool same_strategy(const struct fg_explore_scene *a, const struct fg_explore_scene *b) {
  return name_length(a) == name_length(b) && strncmp(a->sync, b->sync, name_length(a)) == 0;
}

static enum fg_err add(struct fg_findings *findings, struct fg_finding *f, uint64_t violations, uint64_t states) {
  f->relation = FG_AT_MOST;
  f->samples = states;
  f->measured = f->low = f->high = (double)violations;
  return fg_findings_add(findings, f);
}

/* Scenes from number `first` on that share its strategy. */
static enum fg_err report_strategy(const struct fg_expeditions *x, size_t first, size_t end, enum fg_property property,
                                   struct fg_findings *findings) {
  const struct fg_explore_scene *scene = x->item[first].scene;
  uint64_t violations = 0, states = 0;
  uint32_t workers = 0;
  struct fg_finding f = {0};
  for (size_t i = first; i < end; i++) {
    violations += x->item[i].explored.violations[property];
    states += x->item[i].explored.states;
    workers = x->item[i].scene->workers > workers ? x->item[i].scene->workers : workers;
  }
  snprintf(f.text, sizeof f.text, "%.*s, %zu scene%s, P <= %u: violations of '%s'", (int)name_length(scene),
           scene->sync, end - first, end - first == 1 ? "" : "s", workers, fg_property_text[property]);
  return add(findings, &f, violations, states);
}

static enum fg_err report_others(const struct fg_expeditions *x, unsigned judged, struct fg_findings *findings) {
  uint64_t violations = 0, states = 0;
  struct fg_finding f = {0};
  for (size_t i = 0; i < x->n; i++) {
    states += x->item[i].explored.states;
    for (int k = 0; k < FG_PROPERTIES; k++)
      violations += judged & 1u << k ? 0 : x->item[i].explored.violations[k];
  }
  snprintf(f.text, sizeof f.text, "all of these: states and moves not followed since some other property is broken");
  return add(findings, &f, violations, states);
}

enum fg_err fg_expeditions_report(const struct fg_expeditions *x, unsigned judged, struct fg_findings *findings) {
  enum fg_err err = FG_OK;
  for (size_t first = 0, end; first < x->n && !err; first = end) {
    for (end = first; end < x->n && same_strategy(x->item[first].scene, x->item[end].scene);)
      end++;
    for (int k = 0; k < FG_PROPERTIES && !err; k++)
      if (judged & 1u << k)
        err = report_strategy(x, first, end, (enum fg_property)k, findings);
  }
  return err || x->n == 0 ? err : report_others(x, judged, findings);
}

void fg_expeditions_free(struct fg_expeditions *x) {
  free(x->item);
  *x = (struct fg_expeditions){0};
}
