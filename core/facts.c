/* Facts: what a YAML or JSON file says, flat. */
#include "core/facts.h"

#include "core/files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

enum { KEY_MAX = 1024, DEPTH_MAX = 32 };

struct facts_reader {
  yaml_parser_t parser;
  const char *path;
  struct fg_facts *facts;
  struct fg_fault *fault;
  char key[KEY_MAX]; /* of the node being read */
  int depth;
};

static enum fg_err add_fact(struct facts_reader *r, const char *value) {
  struct fg_facts *facts = r->facts;
  if (facts->n == facts->capacity) {
    size_t capacity = facts->capacity ? 2 * facts->capacity : 64;
    struct fg_fact *more = realloc(facts->fact, capacity * sizeof *more);
    if (!more)
      return FG_ENOMEM;
    facts->fact = more;
    facts->capacity = capacity;
  }
  struct fg_fact fact = {.key = strdup(r->key), .value = strdup(value)};
  if (!fact.key || !fact.value) {
    free(fact.key);
    free(fact.value);
    return FG_ENOMEM;
  }
  facts->fact[facts->n++] = fact;
  return FG_OK;
}

static enum fg_err next_event(struct facts_reader *r, yaml_event_t *event) {
  if (yaml_parser_parse(&r->parser, event))
    return FG_OK;
  memset(event, 0, sizeof *event);
  return fg_fail(r->fault, FG_EINPUT, r->path, r->parser.problem_mark.line + 1, "not valid YAML: %s",
                 r->parser.problem ? r->parser.problem : "unreadable");
}

static enum fg_err read_node(struct facts_reader *r, const yaml_event_t *event);

/* Reads the node that belongs to `name` inside the current one. */
static enum fg_err read_child(struct facts_reader *r, const char *name, unsigned long long line) {
  size_t before = strlen(r->key);
  int n = snprintf(r->key + before, KEY_MAX - before, "%s%s", before ? "." : "", name);
  if (n < 0 || (size_t)n >= KEY_MAX - before)
    return fg_fail(r->fault, FG_EINPUT, r->path, line, "the key is too long");
  yaml_event_t event;
  enum fg_err err = next_event(r, &event);
  if (!err)
    err = read_node(r, &event);
  yaml_event_delete(&event);
  r->key[before] = 0;
  return err;
}

static enum fg_err read_mapping(struct facts_reader *r) {
  for (;;) {
    yaml_event_t event;
    enum fg_err err = next_event(r, &event);
    bool end = !err && event.type == YAML_MAPPING_END_EVENT;
    unsigned long long line = event.start_mark.line + 1;
    if (!err && !end) {
      if (event.type == YAML_SCALAR_EVENT)
        err = read_child(r, (const char *)event.data.scalar.value, line);
      else
        err = fg_fail(r->fault, FG_EINPUT, r->path, line, "a key must be a word");
    }
    yaml_event_delete(&event);
    if (err || end)
      return err;
  }
}

static enum fg_err read_sequence(struct facts_reader *r) {
  size_t before = strlen(r->key);
  for (size_t i = 0;; i++) {
    yaml_event_t event;
    enum fg_err err = next_event(r, &event);
    bool end = !err && event.type == YAML_SEQUENCE_END_EVENT;
    int n = snprintf(r->key + before, KEY_MAX - before, "%s%zu", before ? "." : "", i);
    if (!err && !end && (n < 0 || (size_t)n >= KEY_MAX - before))
      err = fg_fail(r->fault, FG_EINPUT, r->path, event.start_mark.line + 1, "the key is too long");
    if (!err && !end)
      err = read_node(r, &event);
    yaml_event_delete(&event);
    r->key[before] = 0;
    if (err || end)
      return err;
  }
}

static enum fg_err read_node(struct facts_reader *r, const yaml_event_t *event) {
  unsigned long long line = event->start_mark.line + 1;
  enum fg_err err;
  if (++r->depth > DEPTH_MAX)
    return fg_fail(r->fault, FG_EINPUT, r->path, line, "nested too deeply");
  if (event->type == YAML_SCALAR_EVENT)
    err = add_fact(r, (const char *)event->data.scalar.value);
  else if (event->type == YAML_MAPPING_START_EVENT)
    err = read_mapping(r);
  else if (event->type == YAML_SEQUENCE_START_EVENT)
    err = read_sequence(r);
  else
    err = fg_fail(r->fault, FG_EINPUT, r->path, line, "aliases are not understood here");
  r->depth--;
  return err;
}

enum fg_err fg_facts_read(const char *path, struct fg_facts *facts, struct fg_fault *fault) {
  FILE *f = fopen(path, "rb");
  if (!f)
    return fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened: %s", strerror(errno));
  struct facts_reader r = {.path = path, .facts = facts, .fault = fault};
  enum fg_err err = FG_ENOMEM;
  if (yaml_parser_initialize(&r.parser)) {
    yaml_parser_set_input_file(&r.parser, f);
    bool end = false, any = false;
    err = FG_OK;
    while (!err && !end) {
      yaml_event_t event;
      err = next_event(&r, &event);
      if (!err && event.type == YAML_MAPPING_START_EVENT) {
        any = true;
        err = read_node(&r, &event);
      } else if (!err && (event.type == YAML_SCALAR_EVENT || event.type == YAML_SEQUENCE_START_EVENT)) {
        err = fg_fail(fault, FG_EINPUT, path, event.start_mark.line + 1, "expected lines of the form 'key: value'");
      }
      end = !err && event.type == YAML_STREAM_END_EVENT;
      yaml_event_delete(&event);
    }
    if (!err && !any)
      err = fg_fail(fault, FG_EINPUT, path, 0, "is empty");
    yaml_parser_delete(&r.parser);
  }
  fclose(f);
  return err;
}

void fg_facts_free(struct fg_facts *facts) {
  for (size_t i = 0; i < facts->n; i++) {
    free(facts->fact[i].key);
    free(facts->fact[i].value);
  }
  free(facts->fact);
  memset(facts, 0, sizeof *facts);
}

const char *fg_facts_find(const struct fg_facts *facts, const char *key) {
  size_t length = strlen(key);
  for (size_t i = 0; i < facts->n; i++)
    if (strcmp(facts->fact[i].key, key) == 0)
      return facts->fact[i].value;
  for (size_t i = 0; i < facts->n; i++) {
    const char *full = facts->fact[i].key;
    size_t n = strlen(full);
    if (n > length && full[n - length - 1] == '.' && strcmp(full + n - length, key) == 0)
      return facts->fact[i].value;
  }
  return NULL;
}

void fg_facts_quote(FILE *f, const char *text) {
  fputc('"', f);
  for (const unsigned char *p = (const unsigned char *)text; *p; p++)
    if (*p == '"' || *p == '\\')
      fprintf(f, "\\%c", *p);
    else if (*p < 0x20)
      fprintf(f, "\\u%04x", *p);
    else
      fputc(*p, f);
  fputc('"', f);
}

enum fg_err fg_facts_of_run(const char *dir, struct fg_facts *facts, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  enum fg_err err = fg_path_join(dir, "run.json", path, fault);
  if (!err && access(path, F_OK) != 0)
    err = fg_fail(fault, FG_EINPUT, path, 0, "cannot be opened (an unfinished run?): %s", strerror(errno));
  return err ? err : fg_facts_read(path, facts, fault);
}
