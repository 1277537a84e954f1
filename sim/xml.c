/* Network `xml`: a platform file of the user, in SimGrid's own format. SimGrid ends the process at some faults in such
 * a file, so a process of its own tries it first and reports what went wrong. */
#define _GNU_SOURCE /* strverscmp */
#include "sim/kinds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xbt/sysdep.h>

#include "sim/shim.h"

enum { FILE_NAME };

static const struct fg_param params[] = {
    {"file", NULL, FG_PARAM_FILE, NULL, 0, 0, NULL, "a platform file in SimGrid's format"}, FG_NET_TCP_ROW, {0}};

static enum fg_err check(const struct fg_network *network, struct fg_fault *fault) {
  const char *file = network->par.text[FILE_NAME];
  struct stat status;
  FILE *in = fopen(file, "r");
  if (!in)
    return fg_fail(fault, FG_EINPUT, file, 0, "cannot open: %s", strerror(errno));
  bool regular = fstat(fileno(in), &status) == 0 && S_ISREG(status.st_mode);
  fclose(in);
  if (!regular)
    return fg_fail(fault, FG_EINPUT, file, 0, "this is not a regular file");
  return FG_OK;
}

static int by_name(const void *a, const void *b) {
  return strverscmp(sg_host_get_name(*(const sg_host_t *)a), sg_host_get_name(*(const sg_host_t *)b));
}

/* Fills host[0 .. hosts - 1] with the platform's first hosts by name. */
static enum fg_err first_hosts(uint32_t hosts, sg_host_t *host, const char *file, struct fg_fault *fault) {
  size_t n = sg_host_count();
  if (n < hosts)
    return fg_fail(fault, FG_EUSAGE, file, 0, "the platform has %zu hosts, %lu are needed", n, (unsigned long)hosts);
  sg_host_t *all = sg_host_list();
  qsort(all, n, sizeof *all, by_name);
  memcpy(host, all, sizeof *host * hosts);
  xbt_free(all);
  return FG_OK;
}

/* all pairs are checked up to so many hosts; beyond, neighbours and the first host with every other */
enum { ALL_PAIRS = 128 };

static bool routes_exist(uint32_t hosts, const sg_host_t *host, char *why, size_t size) {
  for (uint32_t i = 0; i < hosts; i++) {
    if (hosts <= ALL_PAIRS) {
      for (uint32_t j = 0; j < hosts; j++)
        if (i != j && !fg_shim_route(host[i], host[j], why, size))
          return false;
    } else if (i > 0 &&
               !(fg_shim_route(host[0], host[i], why, size) && fg_shim_route(host[i], host[0], why, size) &&
                 fg_shim_route(host[i - 1], host[i], why, size) && fg_shim_route(host[i], host[i - 1], why, size))) {
      return false;
    }
  }
  return true;
}

/* what the trial process sends before its reason; SimGrid's own last words come without */
#define REASON "\001"

/* The trial itself: its exit status is the error; the reason goes to standard error, which is the parent's pipe. */
static enum fg_err try_it(const char *file, uint32_t hosts, sg_host_t *host) {
  char why[sizeof((struct fg_fault *)0)->text] = "";
  struct fg_fault fault = {.text = ""};
  enum fg_err err = FG_OK;
  if (!fg_shim_load(file, why, sizeof why)) {
    err = FG_EINPUT;
  } else {
    err = first_hosts(hosts, host, file, &fault);
    if (err)
      snprintf(why, sizeof why, "%s", fault.text);
    else if (!routes_exist(hosts, host, why, sizeof why))
      err = FG_EINPUT;
  }
  if (err)
    dprintf(STDERR_FILENO, REASON "%s", why);
  return err;
}

/* Shortens what the trial process said to one line without "Parse error at FILE:LINE: ", whose line number goes to
 * *line, or without SimGrid's "[time] place: [root/CRITICAL] ". *own: it is our reason, not SimGrid's last word. */
static const char *reason_of(char *said, const char *file, unsigned long long *line, bool *own) {
  static const char parse_error[] = "Parse error at ", critical[] = "/CRITICAL] ";
  char *start = strrchr(said, REASON[0]);
  *own = start != NULL;
  if (start)
    said = start + 1;
  said[strcspn(said, "\n")] = 0;
  if (!start && strstr(said, critical))
    said = strstr(said, critical) + strlen(critical);
  size_t n = strlen(parse_error), m = strlen(file);
  if (strncmp(said, parse_error, n) == 0 && strncmp(said + n, file, m) == 0 && said[n + m] == ':') {
    char *end;
    unsigned long long number = strtoull(said + n + m + 1, &end, 10);
    if (strncmp(end, ": ", 2) == 0) {
      *line = number;
      said = end + 2;
    }
  }
  return said;
}

/* Reads to the end; keeps what fits, terminated. */
static void read_all(int fd, char *said, size_t size) {
  size_t used = 0;
  char buffer[512];
  for (;;) {
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    size_t room = size - 1 - used, keep = (size_t)n < room ? (size_t)n : room;
    memcpy(said + used, buffer, keep);
    used += keep;
  }
  said[used] = 0;
}

/* Builds the platform in a process of its own; an error of that process, or its end, becomes ours. */
static enum fg_err try_in_a_child(const char *file, uint32_t hosts, sg_host_t *host, struct fg_fault *fault) {
  int ends[2];
  if (pipe(ends))
    return fg_fail(fault, FG_EIO, file, 0, "cannot open a pipe: %s", strerror(errno));
  pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return fg_fail(fault, FG_EIO, file, 0, "cannot start a process: %s", strerror(errno));
  }
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    _exit((int)try_it(file, hosts, host));
  }
  close(ends[1]);
  char said[2048];
  read_all(ends[0], said, sizeof said);
  close(ends[0]);
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return fg_fail(fault, FG_EIO, file, 0, "the process that tried the file is lost: %s", strerror(errno));
  if (WIFEXITED(status) && WEXITSTATUS(status) == FG_OK)
    return FG_OK;
  unsigned long long line = 0;
  bool own;
  const char *reason = reason_of(said, file, &line, &own);
  if (!own)
    return fg_fail(fault, FG_EINPUT, file, 0, "SimGrid gives up at this platform: %s",
                   reason[0] ? reason : "it does not say why");
  return fg_fail(fault, WIFEXITED(status) && WEXITSTATUS(status) == FG_EUSAGE ? FG_EUSAGE : FG_EINPUT, file, line, "%s",
                 reason);
}

static enum fg_err build(const struct fg_network *network, const double *speed, size_t n_speed, uint32_t hosts,
                         sg_host_t *host, struct fg_fault *fault) {
  (void)speed;
  (void)n_speed;
  const char *file = network->par.text[FILE_NAME];
  char why[512];
  enum fg_err err = try_in_a_child(file, hosts, host, fault);
  if (err)
    return err;
  if (!fg_shim_load(file, why, sizeof why))
    return fg_fail(fault, FG_EINPUT, file, 0, "%s", why);
  return first_hosts(hosts, host, file, fault);
}

const struct fg_network_type fg_network_xml = {
    .name = "xml",
    .summary = "a platform file of the user",
    .params = params,
    .check = check,
    .build = build,
};
