/* A YAML document as a tree whose nodes know their lines. */
#ifndef FG_SWEEP_DOCUMENT_H
#define FG_SWEEP_DOCUMENT_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <yaml.h>

struct fg_document {
  yaml_document_t yaml;
  const char *path; /* lent: for faults */
  bool loaded;
};

/* One document whose root is a mapping, no mapping of which has a key twice or one that is no scalar. FG_EINPUT with
 * the line. *document must be zero; freed by fg_document_free, also after an error. */
enum fg_err fg_document_parse(const char *text, const char *path, struct fg_document *document, struct fg_fault *fault);
void fg_document_free(struct fg_document *document);

yaml_node_t *fg_document_root(struct fg_document *document);

/* Line of a node, from 1. */
unsigned long long fg_node_line(const yaml_node_t *node);

/* Text of a scalar; NULL of anything else. */
const char *fg_node_text(const yaml_node_t *node);

/* Entries of a sequence or pairs of a mapping; 0 of a scalar. */
size_t fg_node_count(const yaml_node_t *node);
yaml_node_t *fg_node_item(struct fg_document *document, const yaml_node_t *node, size_t i);
yaml_node_t *fg_node_key(struct fg_document *document, const yaml_node_t *node, size_t i);
yaml_node_t *fg_node_value(struct fg_document *document, const yaml_node_t *node, size_t i);

/* Value of a key of a mapping; NULL if it is not there, or the node is no mapping. */
yaml_node_t *fg_node_find(struct fg_document *document, const yaml_node_t *node, const char *key);

/* fg_fail at the node's line. */
#define FG_NODE_FAIL(document, node, fault, ...)                                                                       \
  fg_fail(fault, FG_EUSAGE, (document)->path, fg_node_line(node), __VA_ARGS__)

#endif
