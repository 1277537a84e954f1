/* fugue info: what the tables hold. */
#include "cli/cli.h"
#include "cli/plot.h"
#include "core/data/generate.h"
#include "core/model/model.h"
#include "core/straggler/straggler.h"
#include "core/sync/sync.h"
#include "proofs/claim.h"
#include "sim/network.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

static error_t parse(int key, char *arg, struct argp_state *state) {
  const char **topic = state->input;
  if (key != ARGP_KEY_ARG)
    return ARGP_ERR_UNKNOWN;
  if (*topic)
    argp_error(state, "one topic at a time");
  *topic = arg;
  return 0;
}

static const struct argp argp = {
    NULL,
    parse,
    "[models|syncs|stragglers|networks|generators|figures|claims]",
    "List models, synchronization strategies, straggler laws, networks, generators, figures and claims with their "
    "parameters: one grammar for all, name:key=value,key=value.\v"
    "Example:\n  fugue info stragglers",
    NULL,
    NULL,
    NULL};

static void print_params(const struct fg_param *p) {
  for (; p->key; p++) {
    char head[96];
    snprintf(head, sizeof head, "%s=%s", p->key, p->fallback ? (*p->fallback ? p->fallback : "...") : "(required)");
    printf("      %-24s %s", head, p->help);
    if (p->kind == FG_PARAM_CHOICE)
      printf(" (%s)", p->words);
    if (p->alias)
      printf("; also: %s", p->alias);
    printf("\n");
  }
}

static void print_row(const char *name, const char *summary, const struct fg_param *params) {
  printf("  %s\n      %s\n", name, summary);
  print_params(params);
}

/* Variants of a model, which a word of a choice selects. sync: of whoever asks. */
static void each_variant(const struct fg_model_type *t, const struct fg_sync_type *sync,
                         void (*tell)(const struct fg_sync_type *, const struct fg_model_type *, const char *spec)) {
  for (const struct fg_param *p = t->params; t->variant && p->key; p++) {
    char words[FG_TEXT_MAX];
    snprintf(words, sizeof words, "%s", p->kind == FG_PARAM_CHOICE ? p->words : "");
    for (char *rest, *word = strtok_r(words, "|", &rest); word; word = strtok_r(NULL, "|", &rest)) {
      char spec[FG_TEXT_MAX * 2];
      struct fg_model model;
      snprintf(spec, sizeof spec, "%s:%s=%s", t->name, p->key, word);
      if (!fg_model_parse(spec, &model, NULL) && model.type != t)
        tell(sync, model.type, spec);
    }
  }
}

static void print_defaults(const struct fg_model_type *t) {
  if (t->draw) {
    printf("      draws: there is no --step, and extras are draws like others whatever their decay; test metric %s\n",
           t->metric_name);
    return;
  }
  printf("      default --step %g, --step-schedule %s, decay of fugue's extras %g; test metric %s\n", t->default_step,
         fg_step_schedule_name(t->default_schedule), t->default_decay, t->metric_name);
  if (t->adagrad_step > 0)
    printf("      with --step-schedule adagrad default --step %g\n", t->adagrad_step);
}

static void print_variant(const struct fg_sync_type *sync, const struct fg_model_type *model, const char *spec) {
  (void)sync;
  printf("    %s\n      %s\n", spec, model->summary);
  print_defaults(model);
}

static void models(void) {
  for (size_t i = 0; fg_model_types[i]; i++) {
    const struct fg_model_type *t = fg_model_types[i];
    print_row(t->name, t->summary, t->params);
    print_defaults(t);
    each_variant(t, NULL, print_variant);
  }
}

/* "not lda:loss=squared, because ..." */
static void print_refusal(const struct fg_sync_type *sync, const struct fg_model_type *model, const char *spec) {
  const char *why = sync->refuses ? sync->refuses(model) : NULL;
  if (why)
    printf("      not %s, because %s\n", spec, why);
}

static void print_refusals(const struct fg_sync_type *sync) {
  for (size_t i = 0; fg_model_types[i]; i++) {
    print_refusal(sync, fg_model_types[i], fg_model_types[i]->name);
    each_variant(fg_model_types[i], sync, print_refusal);
  }
}

static void syncs(void) {
  for (size_t i = 0; fg_sync_types[i]; i++) {
    print_row(fg_sync_types[i]->name, fg_sync_types[i]->summary, fg_sync_types[i]->params);
    print_refusals(fg_sync_types[i]);
  }
}

static void stragglers(void) {
  for (size_t i = 0; fg_straggler_types[i]; i++)
    print_row(fg_straggler_types[i]->name, fg_straggler_types[i]->summary, fg_straggler_types[i]->params);
  printf("  Laws of draws also take\n");
  print_params(fg_straggler_common);
}

static void networks(void) {
  for (size_t i = 0; fg_network_types[i]; i++)
    print_row(fg_network_types[i]->name, fg_network_types[i]->summary, fg_network_types[i]->params);
}

static void generators(void) {
  for (size_t i = 0; fg_generator_types[i] && fg_generator_types[i]->name; i++)
    print_row(fg_generator_types[i]->name, fg_generator_types[i]->summary, fg_generator_types[i]->params);
}

static void claims(void) {
  for (size_t i = 0; fg_claims[i]; i++)
    printf("  %s  %s (%s)\n", fg_claims[i]->id, fg_claims[i]->title, fg_claim_kind_name(fg_claims[i]->kind));
}

int fg_cli_info(int argc, char **argv) {
  static const struct {
    const char *name, *title;
    void (*print)(void);
  } topics[] = {{"models", "Models (--model)", models},
                {"syncs", "Synchronization strategies (--sync)", syncs},
                {"stragglers", "Straggler laws (--straggler)", stragglers},
                {"networks", "Networks (--network)", networks},
                {"generators", "Generators (fugue generate)", generators},
                {"figures", "Figures (fugue plot --figure)", fg_plot_list},
                {"claims", "Claims (fugue verify --list says what they state)", claims}};
  const char *topic = NULL;
  bool found = false;
  argp_err_exit_status = 2;
  argp_parse(&argp, argc, argv, 0, NULL, &topic);
  for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
    if (!topic || strcmp(topic, topics[i].name) == 0) {
      printf("%s%s\n", found ? "\n" : "", topics[i].title);
      topics[i].print();
      found = true;
    }
  if (!found) {
    struct fg_fault fault = {0};
    return fg_cli_fault(fg_fail(&fault, FG_EUSAGE, NULL, 0, "there is nothing to tell about '%s'", topic), &fault);
  }
  return 0;
}
