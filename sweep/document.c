/* The first step of a specification: from text to a tree. */
#include "sweep/document.h"

#include <string.h>

unsigned long long fg_node_line(const yaml_node_t *node) {
  return node->start_mark.line + 1;
}

const char *fg_node_text(const yaml_node_t *node) {
  return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

size_t fg_node_count(const yaml_node_t *node) {
  if (node->type == YAML_SEQUENCE_NODE)
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
  if (node->type == YAML_MAPPING_NODE)
    return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
  return 0;
}

yaml_node_t *fg_node_item(struct fg_document *d, const yaml_node_t *node, size_t i) {
  return yaml_document_get_node(&d->yaml, node->data.sequence.items.start[i]);
}

yaml_node_t *fg_node_key(struct fg_document *d, const yaml_node_t *node, size_t i) {
  return yaml_document_get_node(&d->yaml, node->data.mapping.pairs.start[i].key);
}

yaml_node_t *fg_node_value(struct fg_document *d, const yaml_node_t *node, size_t i) {
  return yaml_document_get_node(&d->yaml, node->data.mapping.pairs.start[i].value);
}

yaml_node_t *fg_node_find(struct fg_document *d, const yaml_node_t *node, const char *key) {
  for (size_t i = 0; node->type == YAML_MAPPING_NODE && i < fg_node_count(node); i++)
    if (strcmp(fg_node_text(fg_node_key(d, node, i)), key) == 0)
      return fg_node_value(d, node, i);
  return NULL;
}

yaml_node_t *fg_document_root(struct fg_document *d) {
  return yaml_document_get_root_node(&d->yaml);
}

static enum fg_err check_keys(struct fg_document *d, const yaml_node_t *map, struct fg_fault *fault) {
  for (size_t i = 0; i < fg_node_count(map); i++) {
    const yaml_node_t *key = fg_node_key(d, map, i);
    const char *text = fg_node_text(key);
    if (!text)
      return FG_NODE_FAIL(d, key, fault, "a key is a word, not a list or a mapping");
    for (size_t k = 0; k < i; k++)
      if (strcmp(text, fg_node_text(fg_node_key(d, map, k))) == 0)
        return FG_NODE_FAIL(d, key, fault, "'%s' stands twice (first in line %llu)", text,
                            fg_node_line(fg_node_key(d, map, k)));
  }
  return FG_OK;
}

/* Nodes of a document are numbered from 1. */
static enum fg_err check_nodes(struct fg_document *d, struct fg_fault *fault) {
  const yaml_node_t *node;
  for (int i = 1; (node = yaml_document_get_node(&d->yaml, i)); i++) {
    enum fg_err err = node->type == YAML_MAPPING_NODE ? check_keys(d, node, fault) : FG_OK;
    const char *text = fg_node_text(node);
    if (text && strlen(text) != node->data.scalar.length)
      err = FG_NODE_FAIL(d, node, fault, "a text must not hold a NUL character");
    if (err)
      return err;
  }
  return FG_OK;
}

static enum fg_err syntax_fault(const yaml_parser_t *parser, const char *text, const char *path,
                                struct fg_fault *fault) {
  /* where the thing began that turned out wrong says more than where that was noticed */
  yaml_mark_t mark = parser->context ? parser->context_mark : parser->problem_mark;
  const char *problem = parser->problem ? parser->problem : "unreadable", *at = text;
  for (size_t line = 0; at && line < parser->problem_mark.line; line++)
    at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
  if (at && at[strspn(at, " ")] == '\t') /* the one mistake that is not seen */
    return fg_fail(fault, FG_EINPUT, path, parser->problem_mark.line + 1,
                   "not valid YAML: a tab; lines are indented by blanks");
  if (parser->problem_mark.line == mark.line)
    return fg_fail(fault, FG_EINPUT, path, mark.line + 1, "not valid YAML: %s", problem);
  return fg_fail(fault, FG_EINPUT, path, mark.line + 1, "not valid YAML: %s (noticed in line %zu)", problem,
                 parser->problem_mark.line + 1);
}

enum fg_err fg_document_parse(const char *text, const char *path, struct fg_document *d, struct fg_fault *fault) {
  yaml_parser_t parser;
  d->path = path;
  if (!yaml_parser_initialize(&parser))
    return FG_ENOMEM;
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
  enum fg_err err = yaml_parser_load(&parser, &d->yaml) ? FG_OK : syntax_fault(&parser, text, path, fault);
  d->loaded = !err;
  if (!err && (!fg_document_root(d) || fg_document_root(d)->type != YAML_MAPPING_NODE))
    err = fg_fail(fault, FG_EINPUT, path, 1, "expected lines of the form 'key: value'");
  yaml_document_t more;
  if (!err && yaml_parser_load(&parser, &more)) {
    if (yaml_document_get_root_node(&more))
      err = fg_fail(fault, FG_EINPUT, path, fg_node_line(yaml_document_get_root_node(&more)),
                    "a second document: one is expected");
    yaml_document_delete(&more);
  } else if (!err) {
    err = syntax_fault(&parser, text, path, fault);
  }
  yaml_parser_delete(&parser);
  return err ? err : check_nodes(d, fault);
}

void fg_document_free(struct fg_document *d) {
  if (d->loaded)
    yaml_document_delete(&d->yaml);
  d->loaded = false;
}
