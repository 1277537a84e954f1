/* fugue export --top --csv, --json: the same for programs. */
#include "cli/export.h"
#include "cli/export_top.h"
#include "core/facts.h"

#include <inttypes.h>

static const char *const end_name[] = {"largest", "smallest"};

static const struct fg_top_list *list_of(const struct fg_top *top, uint32_t k, int end) {
  return end ? &top->smallest[k] : &top->largest[k];
}

void fg_export_top_csv(const struct fg_export_top *e, FILE *f) {
  fprintf(f, "%s,share,end,place,%s,name,weight\n", e->model.type->dimension,
          e->model.type->top_rows ? "row" : "column");
  for (uint32_t k = 0; k < e->model.rank; k++)
    for (int end = 0; end < 2; end++) {
      const struct fg_top_list *list = list_of(&e->top, k, end);
      for (uint32_t i = 0; i < list->n; i++) {
        const struct fg_top_entry *entry = &list->entry[i];
        const char *name = fg_top_name(&e->top, &e->vocabulary, entry->line);
        fprintf(f, "%" PRIu32 ",", k + 1);
        if (e->top.share)
          fprintf(f, "%.9g", e->top.share[k]);
        fprintf(f, ",%s,%" PRIu32 ",%" PRIu32 ",", end_name[end], i + 1, entry->line + 1);
        fg_export_field(f, name ? name : "");
        fprintf(f, ",%.9g\n", entry->weight);
      }
    }
}

static void put_list(const struct fg_export_top *e, const struct fg_top_list *list, FILE *f) {
  for (uint32_t i = 0; i < list->n; i++) {
    const char *name = fg_top_name(&e->top, &e->vocabulary, list->entry[i].line);
    fprintf(f, "%s\n      {\"%s\": %" PRIu32 ", ", i ? "," : "", e->model.type->top_rows ? "row" : "column",
            list->entry[i].line + 1);
    if (name) {
      fputs("\"name\": ", f);
      fg_facts_quote(f, name);
      fputs(", ", f);
    }
    fprintf(f, "\"weight\": %.9g}", list->entry[i].weight);
  }
}

static void put_labels(const struct fg_export_top *e, FILE *f) {
  fputs(",\n  \"labels\": [", f);
  for (uint32_t l = 0; l < e->labels.n_names; l++) {
    fputs(l ? ", " : "", f);
    fg_facts_quote(f, e->labels.name[l]);
  }
  fputs("],\n  \"label_counts\": [", f);
  for (uint32_t k = 0; k < e->model.rank; k++) {
    fputs(k ? ",\n    [" : "\n    [", f);
    for (uint32_t l = 0; l < e->labels.n_names; l++)
      fprintf(f, "%s%" PRIu64, l ? ", " : "", e->count[(size_t)k * e->labels.n_names + l]);
    fputs("]", f);
  }
  fputs("],\n  \"nmi\": ", f);
  fg_export_number(f, e->nmi, "null");
}

void fg_export_top_json(const struct fg_export_top *e, FILE *f) {
  fputs("{\n  \"model\": ", f);
  fg_facts_quote(f, e->config.text[FG_OPT_MODEL]);
  fprintf(f, ",\n  \"dimension\": \"%s\",\n", e->model.type->dimension);
  if (e->top.share)
    fprintf(f, "  \"share_of\": \"%s\",\n", fg_top_whole(&e->top));
  fputs("  \"dimensions\": [", f);
  for (uint32_t k = 0; k < e->model.rank; k++) {
    fprintf(f, "%s\n    {\"number\": %" PRIu32, k ? "," : "", k + 1);
    if (e->top.share)
      fprintf(f, ", \"share\": %.9g", e->top.share[k]);
    for (int end = 0; end < 2; end++) {
      fprintf(f, ", \"%s\": [", end_name[end]);
      put_list(e, list_of(&e->top, k, end), f);
      fputs("]", f);
    }
    fputs("}", f);
  }
  fputs("\n  ]", f);
  if (e->count)
    put_labels(e, f);
  fputs("\n}\n", f);
}
