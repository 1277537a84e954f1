/* fugue preflight: from advice to a page. */
#include "cli/preflight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = FG_TEXT_MAX + 64 };

static const char *goal_name(const struct fg_advice *a) {
  return a->all.has_test ? a->all.c[a->all.barrier].trial->run.model.type->metric_name : "training loss";
}

/* "relay", "relay, balance=size" */
static const char *name_of(const struct fg_candidate *c, char *out) {
  bool size = strncmp(c->balance, "size", 4) == 0; /* with the shares that it was settled to, or without */
  bool plain = strcmp(c->balance, "none") == 0;
  snprintf(out, WORDS, "%s%s%s", c->sync, plain ? "" : ", balance=", plain ? "" : size ? "size" : c->balance);
  return out;
}

/* "2.1 [1.8, 2.4]" */
static const char *interval(const struct fg_interval *i, char *out) {
  if (isnan(i->estimate))
    snprintf(out, WORDS, "-");
  else if (i->low == i->high)
    snprintf(out, WORDS, "%.3g", i->estimate);
  else
    snprintf(out, WORDS, "%.3g [%.3g, %.3g]", i->estimate, i->low, i->high);
  return out;
}

static const char *seconds(double s, char *out) {
  if (isfinite(s))
    snprintf(out, WORDS, "%.3g s", s);
  else
    snprintf(out, WORDS, "never");
  return out;
}

static const char *most_passes(double x, char *out) {
  if (isfinite(x))
    snprintf(out, WORDS, x == 0 ? "0 (none)" : "%.4g", x);
  else
    snprintf(out, WORDS, isnan(x) ? "?" : "any number");
  return out;
}

/* Means over further seeds, or of the run it was tuned with. */
static double mean_of(const struct fg_candidate *c, double (*value)(const struct fg_course *course, unsigned number),
                      unsigned number_of) {
  double sum = 0;
  for (unsigned s = 0; s < c->seeds; s++)
    sum += value(&c->at_best[s], number_of);
  return c->seeds ? sum / c->seeds : value(&c->tuned[c->best], number_of);
}

static double extra_of(const struct fg_course *c, unsigned unused) {
  (void)unused;
  return fg_course_extra(c);
}

/* ---- sections */

/* Bullets that say: beware. */
static void put_warnings(const struct fg_advice *a, const struct fg_candidate *c, struct fg_page *page) {
  const struct fg_candidates *all = &a->all;
  const struct fg_variance *v = &a->variance;
  const struct fg_course *barrier = &all->c[all->barrier].tuned[all->c[all->barrier].best];
  double goal = fg_candidates_goal(all, 0, false), start = fg_course_goal(barrier, 0);
  if (!(goal < start))
    fg_page_put(
        page, FG_PIECE_ITEM,
        "BEWARE: in these epochs barrier learns nothing at any step that was tried (%s %.5g, and %.5g before it "
        "starts). What follows ranks noise; more epochs or another model are needed.",
        goal_name(a), goal, start);
  if (!a->choice.any)
    fg_page_put(page, FG_PIECE_ITEM,
                "BEWARE: no strategy gets there with most seeds; barrier is named for want of one.");
  if (c->best == 0 || c->best == FG_PREFLIGHT_STEPS - 1)
    fg_page_put(page, FG_PIECE_ITEM, "Its best step is the last that was tried: look further in that direction.");
  if (a->applicable && a->local.blocks && fmax(v->top, v->touched) * fg_candidate_multiple(c) >= 2)
    fg_page_put(page, FG_PIECE_ITEM, "That step lies outside the region where the variance bounds hold: see below.");
}

/* The command line that advice was asked for with, but for what is advised: " --straggler pareto:alpha=1.5" */
static void put_command(const struct fg_advice *a, const struct fg_candidate *c, double step, struct fg_page *page) {
  char others[2 * FG_OPTION_TEXT] = "";
  for (int i = 0; i < a->run->n; i++) {
    const struct fg_setting *s = &a->run->settings[i];
    size_t used = strlen(others);
    if (s->option != FG_OPT_SYNC && s->option != FG_OPT_STEP && s->option != FG_OPT_BALANCE)
      snprintf(others + used, sizeof others - used, " --%s %s", fg_option_infos[s->option].name, s->value);
  }
  fg_page_put(page, FG_PIECE_CODE, "fugue sim%s%s%s --sync %s --step %.6g --balance %s -o DIR", a->name ? " " : "",
              a->name ? a->name : "", others, c->sync, step, c->balance);
}

static void put_lines(const struct fg_advice *a, const struct fg_candidate *c, struct fg_page *page) {
  double step = a->all.step * fg_candidate_multiple(c);
  fg_page_put(page, FG_PIECE_CODE, "sync: %s", c->sync);
  fg_page_put(page, FG_PIECE_CODE, "step: %.6g", step);
  if (strcmp(c->balance, "none") != 0 || strcmp(a->ask->config.text[FG_OPT_BALANCE], "none") != 0)
    fg_page_put(page, FG_PIECE_CODE, "balance: %s", c->balance);
  put_command(a, c, step, page);
}

static void put_alike(const struct fg_advice *a, struct fg_page *page) {
  const struct fg_candidates *all = &a->all;
  const struct fg_recommendation *r = &a->choice;
  char name[WORDS], other[WORDS], text[WORDS], list[1024] = "";
  if (r->chosen != r->best) {
    struct fg_interval ratio = fg_candidate_ratio(all, &all->c[r->chosen], &all->c[r->best]);
    fg_page_put(page, FG_PIECE_ITEM,
                "%s was the fastest, but the difference is within the noise (%s takes %s times as long): the simpler "
                "one is preferred.",
                name_of(&all->c[r->best], name), name_of(&all->c[r->chosen], other), interval(&ratio, text));
  }
  for (unsigned i = 0; i < r->n_alike; i++) {
    const struct fg_candidate *c = &all->c[r->alike[i]];
    if (r->alike[i] == r->chosen)
      continue;
    struct fg_interval ratio = fg_candidate_ratio(all, c, &all->c[r->chosen]);
    size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s%s (%s)", used ? "; " : "", name_of(c, name), interval(&ratio, text));
  }
  if (*list)
    fg_page_put(page, FG_PIECE_ITEM,
                "With so few seeds these cannot be told apart from the fastest: %s; in brackets their time relative to "
                "the recommended one's.",
                list);
}

static void put_choice(const struct fg_advice *a, struct fg_page *page) {
  const struct fg_candidates *all = &a->all;
  const struct fg_recommendation *r = &a->choice;
  const struct fg_candidate *c = &all->c[r->chosen], *barrier = &all->c[all->barrier], *users = &all->c[all->user];
  char name[WORDS], text[2][WORDS];
  unsigned reached, seeds, epochs = fg_preflight_yardstick(all->epochs);
  double multiple = fg_candidate_multiple(c), time = fg_candidate_time(all, c, &reached, &seeds);
  fg_page_put(page, FG_PIECE_HEADING, "Recommendation");
  fg_page_put(page, FG_PIECE_TEXT, "%s with step %.4g (%.4g times yours).", name_of(c, name), all->step * multiple,
              multiple);
  put_lines(a, c, page);
  fg_page_put(
      page, FG_PIECE_ITEM,
      "It learns 99 %% of what barrier, at its own best step, learns in %u of %u epochs (%s %.5g) in %s of virtual "
      "time.",
      epochs, all->epochs, goal_name(a), fg_candidates_mean_goal(all, false), seconds(time, text[0]));
  if (c != barrier)
    fg_page_put(page, FG_PIECE_ITEM, "barrier at its best step (%.4g) takes %s times as long.",
                all->step * fg_candidate_multiple(barrier), interval(&r->gain, text[0]));
  if (users != c && users != barrier) {
    if (isnan(r->users_gain.estimate))
      fg_page_put(page, FG_PIECE_ITEM, "Your %s diverges with some seeds.", name_of(users, name));
    else
      fg_page_put(page, FG_PIECE_ITEM, "Your %s at its best step (%.4g) takes %s times as long.", name_of(users, name),
                  all->step * fg_candidate_multiple(users), interval(&r->users_gain, text[0]));
  }
  put_alike(a, page);
  if (a->sample.grid && fg_sync_blocks(&c->trial->run.job.sync) > 1)
    fg_page_put(page, FG_PIECE_ITEM, "Your grid has to be cut again for it: fugue partition --blocks %u.",
                fg_sync_blocks(&c->trial->run.job.sync));
  put_warnings(a, c, page);
}

/* "1.3", "never" */
static const char *users_speed(const struct fg_advice *a, const struct fg_candidate *c, char *out) {
  double speed = fg_candidate_users_speed(&a->all, c);
  if (isnan(speed))
    snprintf(out, WORDS, "-");
  else if (speed == 0)
    snprintf(out, WORDS, "never");
  else
    snprintf(out, WORDS, "%.3g", speed);
  return out;
}

static void put_row(const struct fg_advice *a, unsigned k, struct fg_page *page) {
  const struct fg_candidates *all = &a->all;
  const struct fg_candidate *c = &all->c[k], *barrier = &all->c[all->barrier];
  char name[WORDS], time[WORDS], users[WORDS], ratio[WORDS];
  unsigned reached, seeds;
  double best = fg_candidate_time(all, c, &reached, &seeds);
  struct fg_interval speed = fg_candidate_ratio(all, barrier, c);
  fg_page_put(page, FG_PIECE_ROW, "%s%s%s\t%.4g\t%s\t%u of %u\t%s\t%s\t%.3g s\t%.0f %%\t%.3g\t%.2g", name_of(c, name),
              c->user ? " (yours)" : "", k == a->choice.chosen ? " <=" : "", all->step * fg_candidate_multiple(c),
              seconds(best, time), reached, seeds, k == all->barrier ? "1" : interval(&speed, ratio),
              users_speed(a, c, users), mean_of(c, fg_course_epoch, all->epochs),
              100 * mean_of(c, fg_course_idle, all->workers) + 1e-9, mean_of(c, fg_course_bytes, all->epochs) / 1e6,
              mean_of(c, extra_of, 0));
}

/* places of candidates by time to the goal, those that never reach it last */
static unsigned by_time(const struct fg_candidates *all, unsigned *order) {
  unsigned n = 0;
  double share[FG_PREFLIGHT_CANDIDATES];
  for (unsigned k = 0; k < all->n; k++) {
    if (!all->c[k].trial)
      continue;
    double its = fg_candidate_share(all, &all->c[k]);
    unsigned i = n++;
    for (; i > 0 && share[i - 1] > its; i--) {
      share[i] = share[i - 1];
      order[i] = order[i - 1];
    }
    share[i] = its;
    order[i] = k;
  }
  return n;
}

static void put_table(const struct fg_advice *a, struct fg_page *page) {
  const struct fg_candidates *all = &a->all;
  unsigned order[FG_PREFLIGHT_CANDIDATES], n = by_time(all, order);
  char text[WORDS];
  fg_page_put(page, FG_PIECE_HEADING, "Simulated: %u epochs, each strategy with its default parameters", all->epochs);
  snprintf(text, sizeof text, "at %.3g", all->step);
  fg_page_put(page, FG_PIECE_HEAD,
              "strategy\tstep\ttime to goal\treached\tfaster than barrier\t%s\tepoch\tidle\tMB/epoch\textra", text);
  for (unsigned i = 0; i < n; i++)
    put_row(a, order[i], page);
  fg_page_put(
      page, FG_PIECE_TEXT,
      "Each strategy at its best step of factors of 2 around yours, chosen on a seed of its own. Time to goal: "
      "virtual, geometric mean over seeds that all share (a run that does not get there counts with twice its "
      "time); 1 seed: too slow, or too far off, to be looked at again. In brackets 95 %% intervals. At %.3g: the "
      "same with your step for all, to 99 %% of what barrier learns with it (%s %.5g). extra: updates per "
      "required one.",
      all->step, goal_name(a), fg_candidates_mean_goal(all, true));
  for (unsigned k = 0; k < all->n; k++)
    if (!all->c[k].trial)
      fg_page_put(page, FG_PIECE_ITEM, "Not possible: %s. %s.", name_of(&all->c[k], text), all->c[k].refused);
}

static void put_waits(const struct fg_advice *a, struct fg_page *page) {
  const struct fg_waits *w = &a->waits;
  char text[1][WORDS];
  fg_page_put(page, FG_PIECE_HEADING, "Waiting, by order statistics (no network)");
  if (!w->known) {
    fg_page_put(page, FG_PIECE_TEXT, "The speeds of a platform file's hosts are known to the simulator only.");
    return;
  }
  if (isfinite(w->exact_slowest_s) && isfinite(w->exact_quorum_s))
    snprintf(text[0], WORDS, "claims T1 and T4 expect %.4g and %.4g s", w->exact_slowest_s, w->exact_quorum_s);
  else if (isfinite(w->exact_slowest_s))
    snprintf(text[0], WORDS, "claim T1 expects %.4g s of the slowest", w->exact_slowest_s);
  else
    snprintf(text[0], WORDS, "%s",
             isnan(w->exact_slowest_s) ? "for this law there is no formula"
                                       : "the law has no mean, so that nothing can be expected");
  fg_page_put(
      page, FG_PIECE_TEXT,
      "A pass over a block takes %.3g s on an undisturbed host and %.3g s in the mean; the slowest of %u workers "
      "takes %.4g s, so that at a barrier they idle %.0f %% of their time, and three quarters (quorum) are "
      "through after %.4g s (means of %llu drawn rounds; %s).",
      w->nominal_s, w->own_s, a->all.workers, w->slowest_s, 100 * w->idle + 1e-9, w->quorum_s,
      (unsigned long long)w->rounds, text[0]);
  fg_page_put(page, FG_PIECE_TEXT,
              "Into a wait fit %.3g passes (median %.2g, 95 %%: %.3g). Their step mass, in required passes: %.2g with "
              "extra=same, %.2g harmonic, %.2g with decay %.2g, never above %.3g (M6).",
              w->mean, w->median, w->most, w->mass_same, w->mass[FG_WAIT_HARMONIC], w->mass[FG_WAIT_GEOMETRIC],
              w->decay, w->mass_most);
}

static void put_variance(const struct fg_advice *a, struct fg_page *page) {
  const struct fg_local *l = &a->local;
  const struct fg_variance *v = &a->variance;
  const struct fg_candidate *users = &a->all.c[a->all.user];
  char text[3][WORDS];
  fg_page_put(page, FG_PIECE_HEADING, "Step and variance inside a block (approximate)");
  if (!l->blocks) {
    fg_page_put(page, FG_PIECE_TEXT, "Nothing was estimated: barrier diverged.");
    return;
  }
  double chosen = fg_candidate_multiple(&a->all.c[a->choice.chosen]);
  fg_page_put(page, FG_PIECE_TEXT,
              "From %llu points of %u blocks where barrier is after %u epochs%s: eta times curvature is %.2g in the "
              "mean over coordinates, at most %.2g; an update meets %.2g in its own direction. The bounds ask for less "
              "than 2: your step %s inside%s.",
              (unsigned long long)l->looked_at, l->blocks, a->all.epochs,
              l->multiple == 1 ? " with your step" : " with its best step, since it diverges with yours", v->mean,
              v->top, v->touched, v->stable && v->touched < 2 ? "lies" : "does NOT lie",
              chosen == 1                             ? ""
              : fmax(v->top, v->touched) * chosen < 2 ? ", the recommended one too"
                                                      : ", the recommended one does not");
  if (isfinite(v->limit))
    fg_page_put(
        page, FG_PIECE_TEXT,
        "Steps that stayed so large would keep a standard deviation of %.2g of a coordinate's size "
        "(V* = eta s^2 / (h (2 - eta h))); one pass builds up %.2g of that variance, and extra updates, however "
        "many, never more than all of it (M5).",
        v->relative, v->saturation);
  fg_page_put(page, FG_PIECE_TEXT,
              "Extra updates keep the variance within %.3g of barrier's, for any wait, up to decay %.3f (%.3f at the "
              "curvature found); within %.3g of its step mass up to decay %.3f. Undecayed (extra=same) up to max=%s, "
              "harmonic up to max=%s.",
              a->ask->factor, v->decay, v->decay_mean, a->ask->factor, v->decay_mass, most_passes(v->same_max, text[0]),
              most_passes(v->harmonic_max, text[1]));
  if (users->trial->run.job.sync.type->extra_step)
    fg_page_put(page, FG_PIECE_TEXT,
                isfinite(v->users) ? "Your %s: at most %.4g times barrier's variance, for any wait."
                                   : "Your %s: the longer the wait, the larger the variance; there is no bound.",
                users->sync, v->users);
}

static void put_assumptions(const struct fg_advice *a, struct fg_page *page) {
  const struct fg_local *l = &a->local;
  const struct fg_model *model = &a->all.c[a->all.barrier].trial->run.model;
  fg_page_put(page, FG_PIECE_HEADING, "Assumptions of the bounds that do not hold here");
  fg_page_put(page, FG_PIECE_ITEM,
              "Noise is not additive: it depends on where the parameters are. Numbers are local to the end of that "
              "run.");
  if (!a->applicable)
    fg_page_put(page, FG_PIECE_ITEM,
                "%s: factors that keep to constraints, and a global statistic that joins the blocks. The bounds M3 to "
                "M5 are NOT APPLICABLE; above is what they would say of the mean update.",
                model->type->name);
  if (l->blocks && l->constrained > 0.01)
    fg_page_put(page, FG_PIECE_ITEM, "%.0f %% of the updates meet a constraint or are clipped.", 100 * l->constrained);
  if (l->blocks && l->asymmetry > 0.05)
    fg_page_put(page, FG_PIECE_ITEM,
                "The mean update is not the gradient of anything (asymmetry of H %.2f): M5's matrix form is out.",
                l->asymmetry);
  if (l->blocks && l->bottom < -1e-3 * l->top)
    fg_page_put(page, FG_PIECE_ITEM,
                "The loss is not convex there (curvature from %.2g to %.2g): along such directions variance only "
                "grows, and the decay for any curvature counts.",
                l->bottom, l->top);
  if (l->blocks && l->drift > 0.01 * l->noise)
    fg_page_put(page, FG_PIECE_ITEM,
                "The blocks are not at their optima (|g|^2 is %.2g of the noise): extra updates also pull the mean "
                "toward the optimum of a block (M7).",
                l->drift / l->noise);
  if (a->all.lasting && a->waits.known && a->waits.idle > 0.01)
    fg_page_put(page, FG_PIECE_ITEM,
                "Some hosts are slower for good: under fugue, quorum and nomad their blocks count less (C4).");
}

static void put_basis(const struct fg_advice *a, struct fg_page *page) {
  const struct fg_preflight_sample *s = &a->sample;
  const struct fg_candidates *all = &a->all;
  const struct fg_run *run = &all->c[all->barrier].trial->run;
  char data[FG_OPTION_TEXT];
  snprintf(data, sizeof data, "%s", a->ask->config.text[FG_OPT_DATA]);
  const char *base = strrchr(data, '/');
  fg_page_put(page, FG_PIECE_HEADING, "What was looked at");
  fg_page_put(page, FG_PIECE_TEXT, "%s: %u x %u, %llu points; %s; %u workers; stragglers %s; network %s. %.0f s on %s.",
              base ? base + 1 : data, s->rows_all, s->cols, (unsigned long long)s->points_all,
              a->config.text[FG_OPT_MODEL], all->workers, a->config.text[FG_OPT_STRAGGLER],
              a->config.text[FG_OPT_NETWORK], a->seconds, "this machine");
  if (!s->whole)
    fg_page_put(
        page, FG_PIECE_TEXT,
        "SAMPLE: simulated with %u of the rows, %llu points (%.2g of the data; --sample). Hosts take %.3g times "
        "as long over a point, so that virtual times, and computing against communication, are those of all "
        "the data. What a pass teaches is not: columns see fewer points, so with all the data goals are "
        "reached in fewer epochs and the best steps may be smaller.",
        s->rows, (unsigned long long)s->points, (double)s->points / (double)s->points_all,
        (double)s->points_all / (double)s->points);
  if (!all->has_test)
    fg_page_put(page, FG_PIECE_TEXT,
                "Nothing is held out (test: 0.1 would hold out a tenth), so that training loss is what is compared.");
  if (run->options.epochs > all->epochs || run->options.sub_epochs)
    fg_page_put(page, FG_PIECE_TEXT,
                "Your run is longer than the %u epochs simulated; late in it strategies may rank "
                "otherwise.",
                all->epochs);
}

void fg_advice_page(const struct fg_advice *a, struct fg_page *page) {
  fg_page_put(page, FG_PIECE_TITLE, "Preflight%s%s", a->name ? " of " : "", a->name ? a->name : "");
  put_choice(a, page);
  put_table(a, page);
  put_waits(a, page);
  put_variance(a, page);
  put_assumptions(a, page);
  put_basis(a, page);
}
