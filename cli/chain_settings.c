/* What is told of chains: groups of a sweep to settings. */
#include "cli/chain_settings.h"

#include "core/model/model.h"
#include "core/spec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fg_chain_setting *fg_chain_settings_add(struct fg_chain_settings *settings) {
  struct fg_chain_setting *more = realloc(settings->setting, (settings->n + 1) * sizeof *more);
  if (!more)
    return NULL;
  settings->setting = more;
  more[settings->n] = (struct fg_chain_setting){.group = NULL};
  return &more[settings->n++];
}

void fg_chain_settings_free(struct fg_chain_settings *settings) {
  for (size_t i = 0; i < settings->n; i++)
    fg_chains_free(&settings->setting[i].chains);
  free(settings->setting);
  *settings = (struct fg_chain_settings){.n = 0};
}

/* that of its first finished run */
static const char *model_of(const struct fg_sweep_group *group) {
  char text[FG_OPTION_TEXT];
  struct fg_model model;
  for (size_t i = 0; i < group->n; i++)
    if (group->member[i]->state == FG_RUN_DONE && fg_sweep_run_option(group->member[i], "model", text, sizeof text))
      return fg_model_parse(text, &model, NULL) ? NULL : model.type->name;
  return NULL;
}

enum fg_err fg_chain_settings_of_groups(const struct fg_sweep_groups *groups, double burn_in,
                                        struct fg_chain_settings *settings, struct fg_fault *fault) {
  enum fg_err err = FG_OK;
  settings->burn_in = isnan(burn_in) ? FG_BURN_IN : burn_in;
  for (size_t i = 0; !err && i < groups->n; i++) {
    struct fg_chain_setting *s = fg_chain_settings_add(settings);
    if (!s)
      return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
    s->group = &groups->group[i];
    s->model = model_of(s->group);
    err = fg_chains_of(s->group, &s->chains, fault);
    if (!err)
      err = fg_chains_judge(&s->chains, settings->burn_in, fault);
  }
  return err;
}

const char *fg_chain_settings_words(const struct fg_chain_settings *settings) {
  for (size_t i = 0; i < settings->n; i++) {
    const struct fg_chain_setting *s = &settings->setting[i];
    const struct fg_model_type *type = s->model ? fg_model_find(s->model) : NULL;
    if (s->chains.n > 0 && !(type && type->draw))
      return "minus train loss";
  }
  return "log-likelihood per token";
}

enum fg_err fg_burn_in_parse(const char *text, double *burn_in, struct fg_fault *fault) {
  return fg_parse_real(text, burn_in) && *burn_in >= 0 && *burn_in < 1
             ? FG_OK
             : fg_fail(fault, FG_EUSAGE, NULL, 0, "--burn-in %s: a share from 0 to less than 1 is expected", text);
}
