/* After the last epoch: pieces of the model to files. */
#include "core/model_files.h"

#include "core/files.h"
#include "core/npy.h"
#include "core/posterior.h"
#include "core/predictions.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum file { ROW_FACTOR, COL_FACTOR, COL_WEIGHT, ROW_MEAN, ROW_VARIANCE, COL_MEAN, COL_VARIANCE, FILES };
static const char *const names[FILES] = {"model/row_factor.npy",  "model/col_factor.npy",   "model/col_weight.npy",
                                         "model/row_mean.npy",    "model/row_variance.npy", "model/col_mean.npy",
                                         "model/col_variance.npy"};
static const char *const temporary_names[FILES] = {
    "model/row_factor.npy.tmp",   "model/col_factor.npy.tmp", "model/col_weight.npy.tmp",  "model/row_mean.npy.tmp",
    "model/row_variance.npy.tmp", "model/col_mean.npy.tmp",   "model/col_variance.npy.tmp"};

/* Will there be that file? Samples of a posterior may still come. */
static bool has(const struct fg_run *run, int which) {
  return which < COL_WEIGHT || (which == COL_WEIGHT ? run->model.type->weights : run->posterior != NULL);
}

static bool has_samples(const struct fg_run *run) {
  return run->posterior && run->posterior->samples > 0;
}

static uint32_t width(const struct fg_run *run, enum file which) {
  return which == COL_WEIGHT ? 1 : run->model.rank;
}

static uint32_t height(const struct fg_run *run, enum file which) {
  return which == ROW_FACTOR || which == ROW_MEAN || which == ROW_VARIANCE ? run->grid.rows : run->grid.cols;
}

static enum fg_err failed(const char *path, const char *what, struct fg_fault *fault) {
  return fg_fail(fault, FG_EIO, path, 0, "cannot be %s: %s", what, strerror(errno));
}

/* All bytes at that place of a file, or -1 with errno. */
static int write_at(int fd, const void *bytes, size_t n, off_t at) {
  for (const char *p = bytes; n > 0;) {
    ssize_t done = pwrite(fd, p, n, at);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0) {
      errno = done == 0 ? ENOSPC : errno;
      return -1;
    }
    p += done;
    at += done;
    n -= (size_t)done;
  }
  return 0;
}

static enum fg_err create(const char *dir, const struct fg_run *run, enum file which, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  unsigned char header[FG_NPY_HEADER];
  enum fg_err err = fg_path_join(dir, temporary_names[which], path, fault);
  if (err)
    return err;
  off_t size = FG_NPY_HEADER + (off_t)height(run, which) * width(run, which) * (off_t)sizeof(float);
  fg_npy_header(height(run, which), width(run, which), header);
  int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    return failed(path, "written", fault);
  if (write_at(fd, header, sizeof header, 0) != 0 || ftruncate(fd, size) != 0)
    err = failed(path, "written", fault);
  close(fd);
  return err;
}

enum fg_err fg_model_files_create(const char *dir, const struct fg_run *run, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  for (int i = 0; i < FILES && !err; i++)
    if (has(run, i))
      err = create(dir, run, (enum file)i, fault);
  if (!err && run->posterior)
    err = fg_predictions_create(dir, run, fault);
  return err;
}

/* Lines to their places: `line` i is `stride` floats from line i - 1 at `values`. */
static enum fg_err put(const char *dir, const struct fg_run *run, enum file which, const struct fg_lines *lines,
                       const float *values, uint32_t stride, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  size_t bytes = width(run, which) * sizeof(float);
  enum fg_err err = fg_path_join(dir, temporary_names[which], path, fault);
  if (err)
    return err;
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return failed(path, "written", fault);
  for (uint32_t i = 0; i < lines->n && !err; i++)
    if (write_at(fd, values + (size_t)i * stride, bytes, FG_NPY_HEADER + (off_t)(lines->original[i] * bytes)) != 0)
      err = failed(path, "written", fault);
  if (close(fd) != 0 && !err)
    err = failed(path, "written", fault);
  return err;
}

/* Means and variances of lines. */
static enum fg_err put_moments(const char *dir, const struct fg_run *run, enum file mean, enum file variance,
                               const struct fg_lines *lines, const struct fg_moments *m, struct fg_fault *fault) {
  float *floats = malloc((m->n + 1) * sizeof *floats);
  if (!floats)
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to save a posterior");
  for (size_t i = 0; i < m->n; i++)
    floats[i] = (float)m->mean[i];
  enum fg_err err = put(dir, run, mean, lines, floats, run->model.rank, fault);
  for (size_t i = 0; i < m->n; i++)
    floats[i] = (float)fg_posterior_variance(run->posterior, m->square[i]);
  if (!err)
    err = put(dir, run, variance, lines, floats, run->model.rank, fault);
  free(floats);
  return err;
}

enum fg_err fg_model_files_put_rows(const char *dir, const struct fg_run *run, uint32_t p, struct fg_fault *fault) {
  const struct fg_lines *lines = &run->grid.row[p];
  enum fg_err err = put(dir, run, ROW_FACTOR, lines, run->factors.row[p].factor, run->model.stride, fault);
  if (err || !has_samples(run))
    return err;
  err = put_moments(dir, run, ROW_MEAN, ROW_VARIANCE, lines, &run->posterior->row[p], fault);
  return err ? err : fg_predictions_put(dir, run, p, fault);
}

/* A copy of the block's factor that is divided by what the statistic asks for. */
static enum fg_err put_normalised(const char *dir, const struct fg_run *run, const struct fg_col_block *block,
                                  const double *stat, struct fg_fault *fault) {
  size_t floats = (size_t)block->cols * run->model.stride;
  float *copy = malloc((floats + 1) * sizeof *copy);
  double *divisor = malloc(run->model.rank * sizeof *divisor);
  enum fg_err err = copy && divisor ? FG_OK : fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory to save a model");
  if (!err) {
    memcpy(copy, block->factor, floats * sizeof *copy);
    fg_model_divisors(&run->model, stat, divisor);
    fg_model_rescale(&run->model, copy, block->cols, divisor);
    err = put(dir, run, COL_FACTOR, &run->grid.col[block->id], copy, run->model.stride, fault);
  }
  free(copy);
  free(divisor);
  return err;
}

enum fg_err fg_model_files_put_cols(const char *dir, const struct fg_run *run, uint32_t q, const double *stat,
                                    struct fg_fault *fault) {
  const struct fg_col_block *block = &run->factors.col[q];
  enum fg_err err = run->model.type->divisor
                        ? put_normalised(dir, run, block, stat, fault)
                        : put(dir, run, COL_FACTOR, &run->grid.col[q], block->factor, run->model.stride, fault);
  if (!err && run->model.type->weights)
    err = put(dir, run, COL_WEIGHT, &run->grid.col[q], block->weight, 1, fault);
  if (err || !has_samples(run))
    return err;
  err = put_moments(dir, run, COL_MEAN, COL_VARIANCE, &run->grid.col[q], &run->posterior->col[q], fault);
  return err ? err : fg_predictions_put_cols(dir, run, q, fault);
}

enum fg_err fg_model_files_write(const char *dir, const struct fg_run *run, struct fg_fault *fault) {
  double *stat = calloc(run->model.n_stat + 1, sizeof *stat);
  enum fg_err err = stat ? fg_factors_stat(&run->factors, &run->model, stat) : FG_ENOMEM;
  err =
      err ? fg_fail(fault, err, NULL, 0, "not enough memory to save a model") : fg_model_files_create(dir, run, fault);
  for (uint32_t p = 0; p < run->grid.row_blocks && !err; p++)
    err = fg_model_files_put_rows(dir, run, p, fault);
  for (uint32_t q = 0; q < run->grid.col_blocks && !err; q++)
    err = fg_model_files_put_cols(dir, run, q, stat, fault);
  free(stat);
  return err;
}

static enum fg_err flush(const char *path, struct fg_fault *fault) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool good = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == EROFS);
  enum fg_err err = good ? FG_OK : failed(path, "written", fault);
  if (fd >= 0)
    close(fd);
  return err;
}

/* Adds a file behind its header to the sum. */
static enum fg_err hash_file(const char *path, struct sha256_ctx *sha, struct fg_fault *fault) {
  enum { BUFFER = 1 << 16 };
  unsigned char *buffer = malloc(BUFFER);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  enum fg_err err = buffer ? FG_OK : FG_ENOMEM;
  if (!err && (fd < 0 || lseek(fd, FG_NPY_HEADER, SEEK_SET) < 0))
    err = failed(path, "read", fault);
  while (!err) {
    ssize_t n = read(fd, buffer, BUFFER);
    if (n == 0)
      break;
    if (n > 0)
      sha256_update(sha, (size_t)n, buffer);
    else if (errno != EINTR)
      err = failed(path, "read", fault);
  }
  if (fd >= 0)
    close(fd);
  free(buffer);
  return err;
}

enum fg_err fg_model_files_finish(const char *dir, const struct fg_run *run, char hex[65], struct fg_fault *fault) {
  char from[FG_PATH_MAX], to[FG_PATH_MAX];
  struct sha256_ctx sha;
  uint8_t digest[SHA256_DIGEST_SIZE];
  enum fg_err err = FG_OK;
  sha256_init(&sha);
  for (int i = 0; i < FILES && !err; i++) {
    if (!has(run, i))
      continue;
    err = fg_path_join(dir, temporary_names[i], from, fault);
    if (!err && i > COL_WEIGHT && !has_samples(run)) { /* there was no evaluation so late */
      unlink(from);
      continue;
    }
    if (!err)
      err = fg_path_join(dir, names[i], to, fault);
    if (!err)
      err = flush(from, fault);
    if (!err && i < COL_WEIGHT)
      err = hash_file(from, &sha, fault);
    if (!err && rename(from, to) != 0)
      err = failed(to, "written", fault);
  }
  if (!err && has_samples(run))
    err = fg_predictions_finish(dir, run, fault);
  fg_predictions_discard(dir);
  sha256_digest(&sha, sizeof digest, digest);
  for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
    snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  return err;
}

void fg_model_files_discard(const char *dir) {
  char path[FG_PATH_MAX];
  for (int i = 0; i < FILES; i++)
    if (!fg_path_join(dir, temporary_names[i], path, NULL))
      unlink(path);
  fg_predictions_discard(dir);
}
