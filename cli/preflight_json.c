/* fugue preflight: the page and its numbers, as a file that programs read. */
#include "cli/preflight.h"

#include "cli/revision.h"
#include "core/files.h"

#include <math.h>

/* JSON has no infinity, and no NaN */
static void put(FILE *f, const char *key, double x) {
  if (isfinite(x))
    fprintf(f, ", \"%s\": %.10g", key, x);
  else
    fprintf(f, ", \"%s\": %s", key, isnan(x) ? "null" : x > 0 ? "\"inf\"" : "\"-inf\"");
}

static void put_interval(FILE *f, const char *key, const struct fg_interval *i) {
  fprintf(f, ", \"%s\": {\"level\": 0.95", key);
  put(f, "estimate", i->estimate);
  put(f, "low", i->low);
  put(f, "high", i->high);
  fputc('}', f);
}

static void put_series(FILE *f, const char *key, const double *x, unsigned n) {
  fprintf(f, ", \"%s\": [", key);
  for (unsigned i = 0; i < n; i++)
    fprintf(f, isfinite(x[i]) ? "%s%.8g" : "%snull", i ? ", " : "", x[i]);
  fputc(']', f);
}

/* a run's losses over virtual time */
static void put_course(FILE *f, const struct fg_course *c, double step, bool first) {
  fprintf(f, "%s\n       {\"step\": %.10g, \"diverged\": %s", first ? "" : ",", step, c->diverged ? "true" : "false");
  put_series(f, "time_s", c->time, c->n);
  put_series(f, "train_loss", c->train, c->n);
  put_series(f, "test_metric", c->test, c->n);
  fputc('}', f);
}

static void put_candidate(FILE *f, const struct fg_candidates *all, const struct fg_candidate *c, bool first) {
  unsigned reached, seeds;
  fprintf(f, "%s\n    {\"sync\": ", first ? "" : ",");
  fg_page_quote(f, c->sync);
  fputs(", \"balance\": ", f);
  fg_page_quote(f, c->balance);
  fprintf(f, ", \"users\": %s", c->user ? "true" : "false");
  if (!c->trial) {
    fputs(", \"refused\": ", f);
    fg_page_quote(f, c->refused);
    fputc('}', f);
    return;
  }
  double time = fg_candidate_time(all, c, &reached, &seeds);
  struct fg_interval ratio = fg_candidate_ratio(all, &all->c[all->barrier], c);
  const struct fg_course *one = c->seeds ? &c->at_best[0] : &c->tuned[c->best];
  put(f, "step", all->step * fg_candidate_multiple(c));
  put(f, "time_to_goal_s", time);
  fprintf(f, ", \"reached\": %u, \"seeds\": %u", reached, seeds);
  put_interval(f, "faster_than_barrier", &ratio);
  put(f, "faster_at_users_step", fg_candidate_users_speed(all, c));
  put(f, "epoch_s", fg_course_epoch(one, all->epochs));
  put(f, "idle_share", fg_course_idle(one, all->workers));
  put(f, "bytes_per_epoch", fg_course_bytes(one, all->epochs));
  put(f, "extra_per_update", fg_course_extra(one));
  double times[FG_PREFLIGHT_SEEDS];
  for (unsigned s = 0; s < c->seeds; s++)
    times[s] = fg_course_time(&c->at_best[s], fg_candidates_goal(all, s + 1, false));
  put_series(f, "times_to_goal_s", times, c->seeds);
  fputs(",\n      \"runs\": [", f);
  bool none = true;
  for (int i = 0; i < FG_PREFLIGHT_STEPS; i++)
    if (c->tuned[i].made) {
      put_course(f, &c->tuned[i], all->step * ldexp(1, i - FG_PREFLIGHT_REACH), none);
      none = false;
    }
  fputs("]}", f);
}

static void put_numbers(FILE *f, const struct fg_advice *a) {
  const struct fg_candidates *all = &a->all;
  const struct fg_candidate *chosen = &all->c[a->choice.chosen];
  const struct fg_local *l = &a->local;
  const struct fg_waits *w = &a->waits;
  const struct fg_variance *v = &a->variance;
  fputs("  \"recommendation\": {\"sync\": ", f);
  fg_page_quote(f, chosen->sync);
  fputs(", \"balance\": ", f);
  fg_page_quote(f, chosen->balance);
  put(f, "step", all->step * fg_candidate_multiple(chosen));
  put_interval(f, "barrier_takes", &a->choice.gain);
  fprintf(f, "},\n  \"goal\": {\"metric\": \"%s\"", all->has_test ? "test_metric" : "train_loss");
  put(f, "value", fg_candidates_mean_goal(all, false));
  put(f, "value_at_users_step", fg_candidates_mean_goal(all, true));
  fprintf(f, ", \"epochs\": %u, \"of\": %u},\n", fg_preflight_yardstick(all->epochs), all->epochs);
  fprintf(f,
          "  \"sample\": {\"whole\": %s, \"rows\": %u, \"all_rows\": %u, \"cols\": %u, \"points\": %llu, "
          "\"all_points\": %llu},\n",
          a->sample.whole ? "true" : "false", a->sample.rows, a->sample.rows_all, a->sample.cols,
          (unsigned long long)a->sample.points, (unsigned long long)a->sample.points_all);
  fprintf(f, "  \"waits\": {\"known\": %s, \"rounds\": %llu", w->known ? "true" : "false",
          (unsigned long long)w->rounds);
  put(f, "nominal_s", w->nominal_s);
  put(f, "own_s", w->own_s);
  put(f, "slowest_s", w->slowest_s);
  put(f, "exact_slowest_s", w->exact_slowest_s);
  put(f, "quorum_s", w->quorum_s);
  put(f, "exact_quorum_s", w->exact_quorum_s);
  put(f, "idle_share", w->idle);
  put(f, "passes_mean", w->mean);
  put(f, "passes_median", w->median);
  put(f, "passes_95", w->most);
  put(f, "mass_same", w->mass_same);
  put(f, "mass_harmonic", w->mass[FG_WAIT_HARMONIC]);
  put(f, "mass_geometric", w->mass[FG_WAIT_GEOMETRIC]);
  put(f, "mass_users", w->mass[FG_WAIT_USERS]);
  put(f, "mass_bound", w->mass_most);
  fprintf(f, "},\n  \"local\": {\"blocks\": %u, \"looked_at\": %llu", l->blocks, (unsigned long long)l->looked_at);
  put(f, "points", l->points);
  put(f, "dimension", l->dimension);
  put(f, "trace_h", l->trace);
  put(f, "trace_g", l->noise);
  put(f, "drift", l->drift);
  put(f, "top", l->top);
  put(f, "bottom", l->bottom);
  put(f, "touched", l->touched);
  put(f, "asymmetry", l->asymmetry);
  put(f, "constrained", l->constrained);
  put(f, "mean_square", l->square);
  fprintf(f, "},\n  \"variance\": {\"applicable\": %s, \"inside\": %s, \"factor\": %.10g",
          a->applicable ? "true" : "false", v->stable && v->touched < 2 ? "true" : "false", a->ask->factor);
  put(f, "step", v->step);
  put(f, "limit", v->limit);
  put(f, "saturation", v->saturation);
  put(f, "decay", v->decay);
  put(f, "decay_at_mean", v->decay_mean);
  put(f, "decay_of_mass", v->decay_mass);
  put(f, "same_max", v->same_max);
  put(f, "harmonic_max", v->harmonic_max);
  put(f, "users_factor", v->users);
  fputs("},\n  \"strategies\": [", f);
  for (unsigned k = 0; k < all->n; k++)
    put_candidate(f, all, &all->c[k], k == 0);
  fputs("]", f);
}

enum fg_err fg_advice_write(const struct fg_advice *a, const struct fg_page *page, const char *path,
                            struct fg_fault *fault) {
  struct fg_out out = {0};
  enum fg_err err = fg_out_open(&out, path, fault);
  if (err)
    return err;
  fputs("{\n", out.file);
  fg_page_write_json(page, out.file);
  fprintf(out.file, ",\n  \"version\": \"%s\", \"revision\": \"%s\",\n", FUGUE_VERSION, FUGUE_REVISION);
  put_numbers(out.file, a);
  fputs("\n}\n", out.file);
  err = fg_out_commit(&out, fault);
  fg_out_discard(&out);
  return err;
}
