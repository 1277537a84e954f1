/* Checkpoints: which there are, which of them count, and which may go. */
#include "core/checkpoint.h"

#include "core/facts.h"
#include "core/spec.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char folder[] = "checkpoint", manifest_name[] = "manifest.yaml", heading[] = "fugue_checkpoint: 1\n";

static void add_text(struct sha256_ctx *sha, const char *text) {
  sha256_update(sha, strlen(text) + 1, (const uint8_t *)text);
}

enum fg_err fg_checkpoints_of(const char *dir, const char *stage, const struct fg_run *run,
                              const struct fg_config *config, struct fg_checkpoints *c, struct fg_fault *fault) {
  struct sha256_ctx sha;
  c->run = run;
  c->stage = stage;
  sha256_init(&sha);
  add_text(&sha, heading);
  for (int i = 0; i < FG_OPTIONS; i++)
    if (i != FG_OPT_DATA && i != FG_OPT_CHECKPOINT) { /* data may move, and saving changes no bits */
      add_text(&sha, fg_option_infos[i].name);
      add_text(&sha, config->text[i]);
    }
  add_text(&sha, run->grid.sha256);
  add_text(&sha, stage);
  sha256_digest(&sha, sizeof c->identity, c->identity);
  return fg_path_join(dir, folder, c->dir, fault);
}

enum fg_err fg_checkpoint_path(const struct fg_checkpoints *c, uint64_t round, const char *name, char *out,
                               struct fg_fault *fault) {
  if (snprintf(out, FG_PATH_MAX, "%s/%" PRIu64 "%s%s", c->dir, round, *name ? "/" : "", name) >= FG_PATH_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", c->dir);
  return FG_OK;
}

bool fg_checkpoint_due(const struct fg_run *run, uint64_t round) {
  const struct fg_cadence *every = &run->options.checkpoint;
  if (round == 0 || round >= run->job.rounds)
    return false;
  if (every->unit == FG_EVERY_STRATA)
    return round % every->n == 0;
  return every->unit == FG_EVERY_EPOCHS && round % run->grid.col_blocks == 0 &&
         round / run->grid.col_blocks % every->n == 0;
}

/* the manifest */

static void print_identity(const struct fg_checkpoints *c, char hex[2 * FG_IDENTITY + 1]) {
  for (int i = 0; i < FG_IDENTITY; i++)
    snprintf(hex + 2 * i, 3, "%02x", c->identity[i]);
}

static void print_mark(FILE *f, const char *name, const struct fg_mark *mark) {
  fprintf(f, "%s_bytes: %" PRIu64 "\n%s_crc: %" PRIu32 "\n", name, mark->bytes, name, mark->crc);
}

/* the last line of a manifest, over everything before it */
enum { SEAL = 19 }; /* its length */
static void print_seal(const char *text, size_t n, char seal[SEAL + 1]) {
  snprintf(seal, SEAL + 1, "checksum: %08lx\n", crc32(0, (const unsigned char *)text, (uInt)n));
}

static enum fg_err write_manifest(const struct fg_checkpoints *c, const struct fg_manifest *m, struct fg_fault *fault) {
  char path[FG_PATH_MAX], hex[2 * FG_IDENTITY + 1], seal[SEAL + 1], *text = NULL;
  size_t n = 0;
  struct fg_out out;
  enum fg_err err = fg_checkpoint_path(c, m->round, manifest_name, path, fault);
  FILE *f = err ? NULL : open_memstream(&text, &n);
  if (!err && !f)
    err = fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a checkpoint");
  if (err)
    return err;
  print_identity(c, hex);
  fprintf(f, "%sstage: %s\nround: %" PRIu64 "\nworkers: %" PRIu32 "\nidentity: %s\n", heading, c->stage, m->round,
          c->run->job.workers, hex);
  fprintf(f, "time_s: %.17g\nbusy_s: %.17g\nwait_s: %.17g\n", m->totals.time_s, m->totals.busy_s, m->totals.wait_s);
  fprintf(f, "updates: %" PRIu64 "\nextra_updates: %" PRIu64 "\nbytes_sent: %" PRIu64 "\n", m->totals.updates,
          m->totals.extra_updates, m->totals.bytes_sent);
  print_mark(f, "trace", &m->marks.trace);
  print_mark(f, "order", &m->marks.order);
  print_mark(f, "metrics", &m->marks.metrics);
  if (fclose(f) != 0) {
    free(text);
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory for a checkpoint");
  }
  print_seal(text, n, seal);
  err = fg_out_open(&out, path, fault);
  if (!err) {
    fputs(text, out.file);
    fputs(seal, out.file);
    err = fg_out_commit(&out, fault);
  }
  free(text);
  return err ? FG_EIO : FG_OK;
}

/* nothing after the checksum, nothing changed before it */
static enum fg_err check_seal(const char *path, struct fg_fault *fault) {
  char text[4096], seal[SEAL + 1];
  FILE *f = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  size_t n = fread(text, 1, sizeof text, f);
  bool unreadable = ferror(f) != 0;
  fclose(f);
  if (unreadable)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be read");
  if (n > SEAL)
    print_seal(text, n - SEAL, seal);
  if (n <= SEAL || n == sizeof text || memcmp(text + n - SEAL, seal, SEAL) != 0)
    return fg_fail(fault, FG_EINPUT, path, 0, "is damaged: its checksum is wrong");
  return FG_OK;
}

static bool take_whole(const struct fg_facts *facts, const char *key, uint64_t *value) {
  const char *text = fg_facts_find(facts, key);
  return text && fg_parse_u64(text, value);
}

static bool take_real(const struct fg_facts *facts, const char *key, double *value) {
  const char *text = fg_facts_find(facts, key);
  return text && fg_parse_real(text, value);
}

static bool take_mark(const struct fg_facts *facts, const char *bytes, const char *crc, struct fg_mark *mark) {
  uint64_t sum;
  if (!take_whole(facts, bytes, &mark->bytes) || !take_whole(facts, crc, &sum) || sum > UINT32_MAX)
    return false;
  mark->crc = (uint32_t)sum;
  return true;
}

enum fg_err fg_checkpoint_read_manifest(const struct fg_checkpoints *c, uint64_t round, struct fg_manifest *m,
                                        struct fg_fault *fault) {
  char path[FG_PATH_MAX], hex[2 * FG_IDENTITY + 1];
  struct fg_facts facts = {0};
  enum fg_err err = fg_checkpoint_path(c, round, manifest_name, path, fault);
  if (!err)
    err = check_seal(path, fault);
  if (!err)
    err = fg_facts_read(path, &facts, fault);
  if (err)
    goto cleanup;
  const char *stage = fg_facts_find(&facts, "stage"), *identity = fg_facts_find(&facts, "identity");
  struct fg_totals *t = &m->totals;
  print_identity(c, hex);
  if (!stage || !identity || !take_whole(&facts, "round", &m->round) || m->round != round || round == 0 ||
      round >= c->run->job.rounds || !take_real(&facts, "time_s", &t->time_s) ||
      !take_real(&facts, "busy_s", &t->busy_s) || !take_real(&facts, "wait_s", &t->wait_s) ||
      !take_whole(&facts, "updates", &t->updates) || !take_whole(&facts, "extra_updates", &t->extra_updates) ||
      !take_whole(&facts, "bytes_sent", &t->bytes_sent) ||
      !take_mark(&facts, "trace_bytes", "trace_crc", &m->marks.trace) ||
      !take_mark(&facts, "order_bytes", "order_crc", &m->marks.order) ||
      !take_mark(&facts, "metrics_bytes", "metrics_crc", &m->marks.metrics))
    err = fg_fail(fault, FG_EINPUT, path, 0, "is not the manifest of a checkpoint of round %" PRIu64, round);
  else if (strcmp(stage, c->stage) != 0)
    err = fg_fail(fault, FG_EUSAGE, path, 0, "is of a run that '%s --resume' goes on with",
                  strcmp(stage, "mpi") == 0 ? "fugue-mpi" : "fugue sim");
  else if (strcmp(identity, hex) != 0)
    err = fg_fail(fault, FG_EUSAGE, path, 0, "is of a run with other options or data");
cleanup:
  fg_facts_free(&facts);
  return err;
}

/* directories */

/* "40": a folder of ours */
static bool is_round(const char *name, uint64_t *round) {
  char again[32];
  if (!fg_parse_u64(name, round))
    return false;
  snprintf(again, sizeof again, "%" PRIu64, *round);
  return strcmp(name, again) == 0;
}

static bool has_manifest(const struct fg_checkpoints *c, uint64_t round) {
  char path[FG_PATH_MAX];
  return !fg_checkpoint_path(c, round, manifest_name, path, NULL) && access(path, F_OK) == 0;
}

static int later_first(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? 1 : x > y ? -1 : 0;
}

/* Rounds that have a folder (whole: with a manifest), the last one first. */
static enum fg_err list(const struct fg_checkpoints *c, bool whole, uint64_t **rounds, size_t *n,
                        struct fg_fault *fault) {
  size_t capacity = 0;
  *rounds = NULL;
  *n = 0;
  DIR *d = opendir(c->dir);
  if (!d)
    return errno == ENOENT ? FG_OK : fg_fail(fault, FG_EIO, c->dir, 0, "cannot be read: %s", strerror(errno));
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    uint64_t round;
    if (!is_round(e->d_name, &round) || (whole && !has_manifest(c, round)))
      continue;
    if (*n == capacity) {
      capacity = capacity ? 2 * capacity : 8;
      uint64_t *more = realloc(*rounds, capacity * sizeof *more);
      if (!more) {
        free(*rounds);
        *rounds = NULL;
        closedir(d);
        return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to list checkpoints");
      }
      *rounds = more;
    }
    (*rounds)[(*n)++] = round;
  }
  closedir(d);
  if (*n)
    qsort(*rounds, *n, sizeof **rounds, later_first);
  return FG_OK;
}

enum fg_err fg_checkpoint_list(const struct fg_checkpoints *c, uint64_t **rounds, size_t *n, struct fg_fault *fault) {
  return list(c, true, rounds, n, fault);
}

/* a name that only checkpoints use: nothing else is ever removed */
static bool is_ours(const char *name) {
  return strncmp(name, "shard-", 6) == 0 || strncmp(name, "posterior-", 10) == 0 ||
         strncmp(name, manifest_name, sizeof manifest_name - 1) == 0;
}

void fg_checkpoint_remove(const struct fg_checkpoints *c, uint64_t round) {
  char path[FG_PATH_MAX];
  DIR *d;
  if (!fg_checkpoint_path(c, round, manifest_name, path, NULL))
    unlink(path);
  if (fg_checkpoint_path(c, round, "", path, NULL) || !(d = opendir(path)))
    return;
  for (struct dirent *e; (e = readdir(d)) != NULL;)
    if (is_ours(e->d_name) && !fg_checkpoint_path(c, round, e->d_name, path, NULL))
      unlink(path);
  closedir(d);
  if (!fg_checkpoint_path(c, round, "", path, NULL))
    rmdir(path);
}

void fg_checkpoint_remove_after(const struct fg_checkpoints *c, uint64_t last) {
  uint64_t *rounds;
  size_t n;
  if (list(c, false, &rounds, &n, NULL))
    return;
  for (size_t i = 0; i < n; i++)
    if (rounds[i] > last || last == 0 || !has_manifest(c, rounds[i]))
      fg_checkpoint_remove(c, rounds[i]);
  free(rounds);
}

void fg_checkpoint_remove_all(const char *dir) {
  struct fg_checkpoints c = {0};
  if (fg_path_join(dir, folder, c.dir, NULL))
    return;
  fg_checkpoint_remove_after(&c, 0);
  rmdir(c.dir);
}

enum fg_err fg_checkpoint_commit(const struct fg_checkpoints *c, const struct fg_manifest *m, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  uint64_t *rounds;
  size_t n;
  enum fg_err err = fg_checkpoint_path(c, m->round, "", path, fault);
  if (!err)
    err = fg_folder_flush(path, fault);
  if (!err)
    err = write_manifest(c, m, fault);
  if (!err)
    err = fg_folder_flush(path, fault);
  if (!err)
    err = fg_folder_flush(c->dir, fault);
  if (err || list(c, false, &rounds, &n, NULL)) /* too many of them are no fault */
    return err;
  size_t whole = 0;
  for (size_t i = 0; i < n; i++)
    if (rounds[i] > m->round || !has_manifest(c, rounds[i]) || whole == 2)
      fg_checkpoint_remove(c, rounds[i]);
    else
      whole++;
  free(rounds);
  return FG_OK;
}
