/* The directory of an on-disk grid: claimed, committed or cleaned up. */
#include "core/data/grid_dir.h"

#include "core/data/grid_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void fg_part_name(uint32_t part, char name[FG_PART_NAME]) {
  snprintf(name, FG_PART_NAME, "part-%05" PRIu32 ".grid", part);
}

static bool there(const char *dir, const char *name) {
  char path[FG_PATH_MAX];
  struct stat st;
  return !fg_path_join(dir, name, path, NULL) && lstat(path, &st) == 0;
}

bool fg_grid_is(const char *path) {
  return there(path, FG_GRID_INDEX) || there(path, FG_GRID_LOCK);
}

static void remove_file(const char *dir, const char *name) {
  char path[FG_PATH_MAX];
  if (!fg_path_join(dir, name, path, NULL))
    unlink(path);
}

static bool is_part(const char *name) {
  size_t digits = strncmp(name, "part-", 5) == 0 ? strspn(name + 5, "0123456789") : 0;
  return digits >= 5 && digits <= 10 && strcmp(name + 5 + digits, ".grid") == 0;
}

/* The index goes first: an interruption leaves nothing that opens. */
static void remove_grid(const char *path) {
  remove_file(path, FG_GRID_INDEX);
  remove_file(path, FG_GRID_INDEX ".tmp");
  remove_file(path, "spool.tmp");
  DIR *d = opendir(path);
  for (struct dirent *e; d && (e = readdir(d)) != NULL;)
    if (is_part(e->d_name))
      remove_file(path, e->d_name);
  if (d)
    closedir(d);
}

static bool is_empty(const char *path) {
  DIR *d = opendir(path);
  bool empty = d != NULL;
  for (struct dirent *e; d && (e = readdir(d)) != NULL;)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      empty = false;
  if (d)
    closedir(d);
  return empty;
}

/* True if index.yaml is one of ours: its first line says so, however damaged the rest is. */
static bool is_index(const char *dir) {
  static const char first[] = "format: " FG_GRID_FORMAT "\n";
  char path[FG_PATH_MAX], text[sizeof first] = "";
  FILE *f = fg_path_join(dir, FG_GRID_INDEX, path, NULL) ? NULL : fopen(path, "rb");
  bool is = f && fread(text, 1, sizeof first - 1, f) == sizeof first - 1 && strcmp(text, first) == 0;
  if (f)
    fclose(f);
  return is;
}

static enum fg_err lock(struct fg_grid_dir *dir, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  struct stat st;
  enum fg_err err = fg_path_join(dir->path, FG_GRID_LOCK, path, fault);
  if (err)
    return err;
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return fg_fail(fault, errno == EACCES || errno == EROFS ? FG_EUSAGE : FG_EIO, path, 0, "cannot be written: %s",
                   strerror(errno));
  /* a file system without locks stops nobody; no link: the one who held the lock has just finished and removed it */
  if ((flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) || fstat(fd, &st) != 0 || st.st_nlink == 0) {
    close(fd);
    return fg_fail(fault, FG_EUSAGE, dir->path, 0, "another fugue partition is writing it");
  }
  dir->lock = fd;
  return FG_OK;
}

enum fg_err fg_grid_dir_claim(struct fg_grid_dir *dir, const char *path, bool force, struct fg_fault *fault) {
  dir->lock = -1;
  dir->made = false;
  if (!*path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the name of the grid's directory is empty");
  if (snprintf(dir->path, sizeof dir->path, "%s", path) >= (int)sizeof dir->path)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "the path %.60s... is too long", path);
  struct stat st;
  if (mkdir(path, 0777) == 0)
    dir->made = true;
  else if (errno != EEXIST)
    return fg_fail(fault, FG_EUSAGE, path, 0, "cannot be made: %s", strerror(errno));
  else if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
    return fg_fail(fault, FG_EUSAGE, path, 0, "is not a directory");
  else if (is_index(path) && !force)
    return fg_fail(fault, FG_EUSAGE, path, 0, "holds a grid; --force replaces it");
  else if (!is_index(path) && !is_empty(path) && (there(path, FG_GRID_INDEX) || !there(path, FG_GRID_LOCK)))
    return fg_fail(fault, FG_EUSAGE, path, 0, "is not empty and not a grid");
  enum fg_err err = lock(dir, fault);
  if (!err)
    remove_grid(path);
  return err;
}

static void unlock(struct fg_grid_dir *dir) {
  remove_file(dir->path, FG_GRID_LOCK); /* while it is still held */
  close(dir->lock);
  dir->lock = -1;
}

enum fg_err fg_grid_dir_commit(struct fg_grid_dir *dir, struct fg_fault *fault) {
  unlock(dir);
  return fg_folder_flush(dir->path, fault);
}

void fg_grid_dir_discard(struct fg_grid_dir *dir) {
  if (dir->lock >= 0) {
    remove_grid(dir->path);
    unlock(dir);
  }
  if (dir->made)
    rmdir(dir->path);
  dir->made = false;
}

enum fg_err fg_grid_remove(const char *path, struct fg_fault *fault) {
  struct fg_grid_dir dir;
  if (!fg_grid_is(path))
    return FG_OK;
  enum fg_err err = fg_grid_dir_claim(&dir, path, true, fault);
  dir.made = !err; /* the directory goes, too */
  fg_grid_dir_discard(&dir);
  return err;
}
