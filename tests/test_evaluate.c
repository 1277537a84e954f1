/* An evaluation is the same to the last bit when every part is scored by a process of its own, from its file alone. */
#include "core/data/grid_file.h"
#include "core/evaluate.h"
#include "core/saved.h"
#include "core/score.h"
#include "tests/fixture.h"
#include "tests/grid_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { P = 5 };

static struct fg_score block_score(const struct fg_run *run, const struct fg_view *view, const struct fg_block *block) {
  struct fg_score score = {0};
  struct fg_point *points = test_malloc((block->n + 1) * sizeof *points);
  size_t n = fg_block_read(block, 0, block->n, points);
  assert_int_equal(n, block->n);
  for (size_t from = 0; from < n; from += 4096)
    run->model.type->score(&run->model, view, points + from, n - from < 4096 ? n - from : 4096, &score);
  test_free(points);
  return score;
}

/* What the processes would send, added as one of them would add it. */
static struct fg_evaluation by_parts(const struct fg_run *run, const char *grid_path) {
  const struct fg_model *model = &run->model;
  const struct fg_factors *f = &run->factors;
  double *stat = test_calloc(model->n_stat + 1, sizeof *stat), *part = test_calloc(model->n_stat + 1, sizeof *part);
  for (uint32_t q = 0; q < f->col_blocks && model->n_stat; q++) {
    memset(part, 0, model->n_stat * sizeof *part);
    model->type->stat(model, f->col[q].factor, f->col[q].weight, f->col[q].cols, part);
    for (uint32_t k = 0; k < model->n_stat; k++)
      stat[k] += part[k];
  }
  struct fg_scores whole = {0};
  struct fg_saved saved;
  assert_int_equal(fg_saved_join(run, f, stat, &saved, NULL), FG_OK);
  for (uint32_t p = 0; p < P; p++) {
    struct fg_fault fault = {0};
    struct fg_grid mine;
    struct fg_score_result rows;
    struct fg_scores sums = {0}; /* of the part */
    if (fg_grid_open(grid_path, p, &mine, &fault))
      fail_msg("%s: %s", fault.file, fault.text);
    for (uint32_t q = 0; q < P; q++) {
      struct fg_view view = {f->row[p].factor, f->col[q].factor, f->row[p].weight, f->col[q].weight, stat};
      struct fg_score a = block_score(run, &view, fg_grid_train(&mine, p, q));
      struct fg_score b = block_score(run, &view, fg_grid_test(&mine, p, q));
      fg_score_add(&sums.train, &a);
      fg_score_add(&sums.test, &b);
    }
    assert_int_equal(fg_score_rows(model, &saved.view, &mine.held_out[p], NULL, &rows, NULL), FG_OK);
    sums.held_out = rows.sums;
    fg_scores_add(&whole, &sums);
    fg_grid_free(&mine);
  }
  fg_saved_free(&saved);
  test_free(stat);
  test_free(part);
  const struct fg_score *shown = whole.held_out.weight > 0 ? &whole.held_out : &whole.test;
  return (struct fg_evaluation){.train_loss = whole.train.loss / whole.train.weight,
                                .test_metric = shown->weight > 0 ? model->type->metric(shown) : NAN};
}

static void parts_add_up(void **state) {
  (void)state;
  static const char *const models[] = {"mf:rank=5",
                                       "nmf:rank=5",
                                       "lda:topics=5",
                                       "gibbs:topics=5",
                                       "gibbs:topics=5,beta=0.5,collapsed=no",
                                       "mmnd:rank=5,directed=yes,zeros=inf"};
  static const char *const shares[] = {"0", "0.2", "rows:0.2"};
  char data[256], grid[256];
  snprintf(data, sizeof data, "%s", grid_random_file("docword.txt", "docword", 250, 250, 0.3, 1));
  for (size_t m = 0; m < sizeof models / sizeof models[0]; m++)
    for (size_t s = 0; s < 3; s++) {
      const char *const options[] = {
          "model", models[m], "workers", "5", "test", shares[s], "step", fixture_step(models[m], "0.01"), NULL};
      struct fg_run *run = fixture_run(data, options);
      snprintf(grid, sizeof grid, "%s", grid_in_folder("grid"));
      struct fg_partition job = {.data = data,
                                 .out = grid,
                                 .read = fg_model_reading(&run->model, 1, run->options.seed_data),
                                 .split = run->options.split,
                                 .row_blocks = P,
                                 .col_blocks = P,
                                 .tile_bytes_row = run->model.lanes * sizeof(float),
                                 .memory = 1 << 26,
                                 .force = true};
      struct fg_partitioned result;
      struct fg_fault fault = {0};
      struct fg_evaluation whole, parts;
      if (fg_partition(&job, &result, &fault) || fg_evaluate(run, &run->factors, &whole, &fault))
        fail_msg("%s", fault.text);
      parts = by_parts(run, grid);
      assert_true(parts.train_loss == whole.train_loss);
      assert_true(s == 0 ? isnan(parts.test_metric) && isnan(whole.test_metric)
                         : parts.test_metric == whole.test_metric);
      /* and a run from the grid is the run from the file */
      const char *const same[] = {"model", models[m], "workers", "5", "step", fixture_step(models[m], "0.01"), NULL};
      struct fg_run *mapped = fixture_run(grid, same);
      assert_int_equal(fg_evaluate(mapped, &mapped->factors, &parts, &fault), FG_OK);
      assert_true(parts.train_loss == whole.train_loss);
      assert_true(s == 0 || parts.test_metric == whole.test_metric);
      grid_compare(&mapped->grid, &run->grid, FG_GRID_ALL);
      fixture_run_free(mapped);
      fixture_run_free(run);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(parts_add_up)};
  return cmocka_run_group_tests_name("evaluate", tests, grid_folder_make, grid_folder_drop);
}
