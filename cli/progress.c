/* Progress for people. */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static double wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* of the terminal */
static int columns(void) {
  struct winsize size;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

const char *fg_duration_text(double seconds, char out[32]) {
  if (seconds < 90)
    snprintf(out, 32, "%.0f s", fmax(seconds, 1));
  else if (seconds < 5400)
    snprintf(out, 32, "%.0f min", seconds / 60);
  else if (seconds < 172800)
    snprintf(out, 32, "%.1f h", seconds / 3600);
  else
    snprintf(out, 32, "%.0f days", seconds / 86400);
  return out;
}

void fg_progress_start(struct fg_progress *p, const char *what, bool quiet) {
  *p = (struct fg_progress){.what = what, .quiet = quiet, .terminal = isatty(STDERR_FILENO), .start = wall()};
  p->last = p->start;
}

void fg_progress_report(void *self, uint64_t done, uint64_t all) {
  struct fg_progress *p = self;
  if (p->quiet || done == 0)
    return;
  double t = wall();
  if (t - p->last < (p->terminal ? 0.1 : 10))
    return;
  p->last = t;
  char time_left[32];
  double share = (double)done / (double)all, left = (t - p->start) * (1 - share) / share;
  if (!p->terminal) {
    fprintf(stderr, "%s: %.0f %%, about %s left%s%s\n", p->what, 100 * share, fg_duration_text(left, time_left),
            *p->note ? ", " : "", p->note);
    return;
  }
  char tail[128], line[256];
  snprintf(tail, sizeof tail, "%3.0f %%, %s left%s%s  ", 100 * share, fg_duration_text(left, time_left),
           *p->note ? ", " : "", p->note);
  int width = columns() - 1, name = (int)strlen(p->what);
  int room = width - (int)strlen(tail) - name - 5, bar = room > 40 ? 40 : room;
  if (bar >= 5) {
    static const char full[] = "########################################",
                      empty[] = "........................................";
    int done_of_it = (int)(share * bar);
    snprintf(line, sizeof line, "%s [%.*s%.*s] %s", p->what, done_of_it, full, bar - done_of_it, empty, tail);
  } else {
    snprintf(line, sizeof line, "%s %s", p->what, tail);
  }
  fprintf(stderr, "\r%.*s", width, line); /* what goes over the edge would stay */
  fflush(stderr);
  p->shown = true;
}

void fg_progress_end(struct fg_progress *p) {
  if (p->shown)
    fprintf(stderr, "\r%*s\r", columns() - 1, "");
  p->shown = false;
}
