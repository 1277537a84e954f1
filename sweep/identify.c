/* Entries of the plan checked, and the identity of their runs: a digest of what determines them. */
#include "sweep/plan.h"

#include "core/data/counted.h"
#include "core/data/grid_file.h"
#include "core/files.h"
#include "core/load.h"
#include "sweep/cell.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Files whose content was digested: once each. */
struct digests {
  struct digest {
    char *path, text[2 * SHA256_DIGEST_SIZE + 1];
  } * digest;
  size_t n;
};

/* out: 2 * bytes digits and the end */
static void to_text(struct sha256_ctx *sha, size_t bytes, char *out) {
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(sha, sizeof digest, digest);
  for (size_t i = 0; i < bytes; i++)
    snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static enum fg_err digest_file(const char *path, char *out, struct fg_fault *fault) {
  struct sha256_ctx sha;
  char *buffer = malloc(1 << 16);
  FILE *f = fopen(path, "rb");
  enum fg_err err = FG_OK;
  size_t n;
  if (!f)
    err = fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  else if (!buffer)
    err = FG_ENOMEM;
  sha256_init(&sha);
  while (!err && (n = fread(buffer, 1, 1 << 16, f)) > 0)
    sha256_update(&sha, n, (const uint8_t *)buffer);
  if (!err && ferror(f))
    err = fg_fail(fault, FG_EIO, path, 0, "cannot be read: %s", strerror(errno));
  if (f)
    fclose(f);
  free(buffer);
  if (!err)
    to_text(&sha, SHA256_DIGEST_SIZE, out);
  return err;
}

static enum fg_err digest_counted(const char *spec, char *out, struct fg_fault *fault) {
  struct fg_counted counted;
  char text[FG_COUNTED_TEXT];
  enum fg_err err = fg_counted_parse(spec, &counted, fault);
  if (!err)
    fg_counted_print(&counted, text, out);
  return err;
}

/* A grid is known by its index, which has the checksums of its parts. */
static enum fg_err digest_data(struct digests *digests, const char *path, const char **out, struct fg_fault *fault) {
  char file[FG_PATH_MAX];
  struct stat st;
  for (size_t i = 0; i < digests->n; i++)
    if (strcmp(digests->digest[i].path, path) == 0) {
      *out = digests->digest[i].text;
      return FG_OK;
    }
  struct digest *grown = reallocarray(digests->digest, digests->n + 1, sizeof *grown);
  if (!grown)
    return FG_ENOMEM;
  digests->digest = grown;
  struct digest *d = &grown[digests->n];
  if (!(d->path = strdup(path)))
    return FG_ENOMEM;
  digests->n++;
  snprintf(file, sizeof file, "%s", path);
  enum fg_err err = FG_OK;
  *out = d->text;
  if (fg_counted_is(path))
    return digest_counted(path, d->text, fault);
  if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
    err = fg_grid_is(path) ? fg_path_join(path, "index.yaml", file, fault)
                           : fg_fail(fault, FG_EINPUT, path, 0, "is a folder, but no grid");
  return err ? err : digest_file(file, d->text, fault);
}

/* Which option is to blame? The first that is refused without the others. */
static enum fg_err blame(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry,
                         const struct fg_config *config, fg_sweep_check *check, const char *stage, enum fg_err err,
                         struct fg_fault *fault) {
  struct fg_config *alone = malloc(sizeof *alone);
  struct fg_options *options = malloc(sizeof *options);
  unsigned long long line = 0;
  for (int i = 0; alone && options && fault && i < FG_OPTIONS && !line; i++) {
    if (i == FG_OPT_DATA || strcmp(config->text[i], fg_option_infos[i].fallback) == 0)
      continue;
    fg_config_init(alone);
    memcpy(alone->text[FG_OPT_DATA], config->text[FG_OPT_DATA], FG_OPTION_TEXT);
    memcpy(alone->text[i], config->text[i], FG_OPTION_TEXT);
    if (fg_config_resolve(alone, options, NULL) || check(alone, stage, NULL))
      line = fg_sweep_line_of(spec, entry, fg_option_infos[i].name);
  }
  free(alone);
  free(options);
  if (fault && !fault->file[0]) {
    snprintf(fault->file, sizeof fault->file, "%.*s", (int)sizeof fault->file - 1, spec->path);
    fault->line = line;
  }
  return err;
}

static void digest_run(const char *stage, const struct fg_sweep_source *source, const char *data,
                       const struct fg_config *config, char id[FG_RUN_ID]) {
  struct sha256_ctx sha;
  char text[FG_OPTION_TEXT + 64];
  sha256_init(&sha);
  int n = snprintf(text, sizeof text, "fugue run 1\n%s\n%llu\n%s\n", stage,
                   (unsigned long long)(*source->generate ? source->seed : 0), data);
  sha256_update(&sha, (size_t)n, (const uint8_t *)text);
  for (int i = 0; i < FG_OPTIONS; i++) {
    if (i == FG_OPT_DATA || (i == FG_OPT_COMPUTE && strcmp(config->text[i], fg_option_infos[i].fallback) == 0))
      continue; /* databases are older than the second */
    n = snprintf(text, sizeof text, "%s=%s\n", fg_option_infos[i].name, config->text[i]);
    sha256_update(&sha, (size_t)n, (const uint8_t *)text);
  }
  to_text(&sha, (FG_RUN_ID - 1) / 2, id);
}

/* The baseline's runs must have what others are compared with; after the sweep it would be late to say so. What a grid
 * holds out is not known here. */
static enum fg_err check_goal(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry,
                              const struct fg_sweep_source *source, const struct fg_options *o,
                              struct fg_fault *fault) {
  const struct fg_sweep_target *t = &spec->target;
  if (t->axis == FG_ABSENT || t->fixed || !fg_sweep_is_baseline(spec, entry->point))
    return FG_OK;
  if (o->split_auto ? *source->generate || !fg_grid_is(source->file) : o->split.share == 0)
    return fg_fail(fault, FG_EUSAGE, spec->path, t->line,
                   "runs are compared by test metrics, and nothing is held out: base needs, say, `test: 0.1`");
  if (!t->at_epoch || o->sub_epochs)
    return FG_OK;
  if (t->epoch > o->epochs)
    return fg_fail(fault, FG_EUSAGE, spec->path, t->line, "target: epoch %llu, but the baseline runs %llu",
                   (unsigned long long)t->epoch, (unsigned long long)o->epochs);
  if (t->epoch < o->epochs && (o->eval_every == 0 || t->epoch % o->eval_every != 0))
    return fg_fail(fault, FG_EUSAGE, spec->path, t->line,
                   "target: the baseline is not evaluated after epoch %llu (eval-every: %llu)",
                   (unsigned long long)t->epoch, (unsigned long long)o->eval_every);
  return FG_OK;
}

/* Runs that only count are simulated, cannot be compared by what they learned, and alone have counted data. */
static enum fg_err check_timing(const struct fg_sweep_spec *spec, const struct fg_sweep_entry *entry, const char *stage,
                                const struct fg_config *config, const struct fg_options *o, struct fg_fault *fault) {
  const char *what = spec->target.axis != FG_ABSENT ? "baseline"
                     : spec->target.fixed           ? "target"
                     : spec->tune.axis != FG_ABSENT ? "tune"
                                                    : NULL;
  struct fg_fault why = {0};
  enum fg_err err = fg_load_check(config, o, &why);
  if (err)
    return fg_fail(fault, err, spec->path, fg_sweep_line_of(spec, entry, "data"), "%.900s", why.text);
  if (o->timing_only && strcmp(stage, "mpi") == 0)
    return fg_fail(fault, FG_EUSAGE, spec->path, fg_sweep_line_of(spec, entry, "compute"),
                   "`compute: none` is for simulations: the time of a real run is that of its arithmetic");
  if (!o->timing_only || !what)
    return FG_OK;
  return fg_fail(fault, FG_EUSAGE, spec->path, fg_sweep_line_of(spec, entry, "compute"),
                 "`%s:` compares by test metrics, and with `compute: none` there are none: nothing is learned", what);
}

static enum fg_err identify(const struct fg_sweep_spec *spec, struct fg_sweep_entry *entry, fg_sweep_check *check,
                            struct digests *digests, struct fg_config *config, struct fg_options *options,
                            struct fg_fault *fault) {
  struct fg_sweep_source source;
  const char *stage, *data = source.generate;
  struct fg_fault data_fault = {0};
  enum fg_err err = fg_sweep_config(spec, entry, ".", config, &source, &stage, fault);
  if (err)
    return err;
  err = fg_config_resolve(config, options, fault);
  if (!err)
    err = check(config, stage, fault);
  if (err)
    return err == FG_ENOMEM ? err : blame(spec, entry, config, check, stage, err, fault);
  err = check_timing(spec, entry, stage, config, options, fault);
  if (!err)
    err = check_goal(spec, entry, &source, options, fault);
  if (err)
    return err;
  if (!*source.generate && (err = digest_data(digests, source.file, &data, &data_fault)))
    return fg_fail(fault, err, spec->path, fg_sweep_line_of(spec, entry, "data"), "%.500s: %.500s",
                   *data_fault.file ? data_fault.file : "data", data_fault.text);
  if (!*source.generate && !fg_grid_is(source.file)) /* a grid's run knows what it was made from */
    snprintf(entry->data_sha256, sizeof entry->data_sha256, "%s", data);
  digest_run(stage, &source, data, config, entry->id);
  return FG_OK;
}

enum fg_err fg_sweep_plan_identify(const struct fg_sweep_spec *spec, struct fg_sweep_plan *plan, fg_sweep_check *check,
                                   struct fg_fault *fault) {
  struct digests digests = {0};
  struct fg_config *config = malloc(sizeof *config);
  struct fg_options *options = malloc(sizeof *options);
  enum fg_err err = config && options ? FG_OK : FG_ENOMEM;
  for (size_t i = 0; !err && i < plan->n; i++)
    if (!*plan->entry[i].id)
      err = identify(spec, &plan->entry[i], check, &digests, config, options, fault);
  for (size_t i = 0; i < digests.n; i++)
    free(digests.digest[i].path);
  free(digests.digest);
  free(config);
  free(options);
  return err;
}
