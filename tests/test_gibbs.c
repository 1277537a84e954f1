/* The sampler of the topic model: every draw is that of a naive reference in double with the same random words; counts
 * are those of the tokens' topics, whichever strategy and however long the chunks; topics are drawn from their law. */
#include "core/model/lanes.h"
#include "core/worker.h"
#include "tests/fixture.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const specs[] = {"gibbs:topics=1",
                                    "gibbs:topics=2",
                                    "gibbs:topics=5,alpha=0.5",
                                    "gibbs:topics=16",
                                    "gibbs:topics=17,beta=0.3",
                                    "gibbs:topics=100",
                                    "gibbs:topics=150",
                                    "gibbs:topics=3,collapsed=no",
                                    "gibbs:topics=16,collapsed=no",
                                    "gibbs:topics=100,collapsed=no"};
enum { SPECS = sizeof specs / sizeof specs[0] };

static struct fg_run *prepare(const char *data, const char *model, const char *workers, const char *sync) {
  const char *const options[] = {"model", model, "workers", workers, "sync", sync, "epochs", "6", NULL};
  return fixture_run(data, options);
}

/* words side by side are the words of the sequence */
static void words_are_those_of_the_sequence(void **state) {
  (void)state;
  struct fg_rng start, rng;
  uint32_t word[FG_RNG_WORDS];
  fg_rng_start(&start, 5, FG_STREAM_DRAW, 0x123456789abcull, 7);
  rng = start;
  for (uint32_t block = 0; block < 3; block++) {
    fg_rng_words(&start, block, word);
    for (int i = 0; i < FG_RNG_WORDS; i++)
      assert_int_equal(word[i], fg_rng_u32(&rng));
  }
}

/* What a draw is made from, in double; the topics are in the order in which the kernel has them: the token's own first,
 * then four columns of four lanes, each lane from its first topic on. A first draw goes by the document alone. */
struct naive {
  const struct fg_model *model;
  double *rows, *cols, *g, *stat;
  uint32_t order[FG_RANK_MAX];
};

static void set_order(struct naive *n) {
  uint32_t at = 0;
  for (uint32_t c = 0; c < 4; c++)
    for (uint32_t i = 0; i < 4; i++)
      for (uint32_t k = 4 * i + c; k < n->model->rank; k += FG_LANES)
        n->order[at++] = k;
  assert_int_equal(at, n->model->rank);
}

static double weight(const struct naive *n, uint32_t row, uint32_t col, uint32_t k, bool first, bool own) {
  const struct fg_model *m = n->model;
  double alpha = fg_model_param(m, "alpha"), beta = fg_model_param(m, "beta");
  double theta = n->rows[(size_t)row * m->rank + k] - own + alpha;
  if (first)
    return theta;
  if (m->n_state)
    return theta * n->g[(size_t)col * m->rank + k] / n->stat[m->rank + k];
  return theta * (n->cols[(size_t)col * m->rank + k] - own + beta) / (n->stat[k] - own + m->cols * beta);
}

/* The share of its total by which the word misses another topic than `k`: 0 if it is k's. */
static double miss(const struct naive *n, uint32_t row, uint32_t col, uint32_t old, uint32_t k, uint32_t word) {
  const bool first = old == FG_NO_TOPIC;
  double total = 0, u = ((double)(word >> 9) + 0.5) * 0x1p-23, at = 0;
  for (uint32_t j = 0; j < n->model->rank; j++)
    total += weight(n, row, col, j, first, j == old);
  if (k == old)
    return fmax(0, u - weight(n, row, col, old, first, true) / total);
  if (old != FG_NO_TOPIC)
    at = weight(n, row, col, old, first, true);
  for (uint32_t i = 0; i < n->model->rank; i++) {
    uint32_t j = n->order[i];
    double w = j == old ? 0 : weight(n, row, col, j, first, false);
    if (j == k)
      return fmax(0, fmax(at / total - u, u - (at + w) / total));
    at += w;
  }
  return 1;
}

static void count(struct naive *n, uint32_t row, uint32_t col, uint32_t k, double by) {
  n->rows[(size_t)row * n->model->rank + k] += by;
  n->cols[(size_t)col * n->model->rank + k] += by;
  n->stat[k] += by;
}

/* Three passes, point by point; the reference counts what the kernel has drawn. */
static void draws_are_those_of_the_reference(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  (void)state;
  for (int s = 0; s < SPECS; s++) {
    struct fg_run *run = prepare(data, specs[s], "1", "barrier");
    const struct fg_model *m = &run->model;
    struct fg_row_shard *rows = &run->factors.row[0];
    struct fg_col_block *block = &run->factors.col[0];
    const struct fg_block *points = fg_grid_train(&run->grid, 0, 0);
    const struct fg_token_block *tokens = &rows->tokens->block[0];
    struct fg_view view = {rows->factor, block->factor, rows->weight, block->weight, run->stat};
    struct naive n = {.model = m,
                      .rows = calloc((size_t)m->rows * m->rank, sizeof(double)),
                      .cols = calloc((size_t)m->cols * m->rank, sizeof(double)),
                      .g = calloc((size_t)m->cols * m->rank, sizeof(double)),
                      .stat = calloc(m->n_stat, sizeof(double))};
    size_t changed = 0, drawn = 0;
    double worst = 0;
    set_order(&n);
    for (uint32_t pass = 0; pass < 3; pass++) {
      struct fg_draws draws;
      struct fg_rng rng;
      fg_draws_start(&draws, &run->grid.train[0], points, rows->tokens, 3, 11, pass);
      rng = draws.rng;
      if (m->type->renew) {
        struct fg_rng other;
        fg_rng_start(&other, 1, FG_STREAM_DRAW, pass, UINT32_MAX);
        memset(run->stat + m->rank, 0, m->rank * sizeof *run->stat);
        m->type->renew(m, &view, block->cols, &other);
        for (uint32_t j = 0; j < m->cols; j++)
          for (uint32_t k = 0; k < m->rank; k++)
            n.g[(size_t)j * m->rank + k] = block->factor[(size_t)j * m->stride + m->lanes + k];
        for (uint32_t k = m->rank; k < m->n_stat; k++)
          n.stat[k] = run->stat[k];
      }
      for (size_t t = 0; t < points->n_tiles; t++)
        for (size_t i = 0; i < points->tiles[t].n; i++) {
          const struct fg_stored_point *z = &tokens->points[points->tiles[t].first + i];
          uint32_t row = points->tiles[t].row0 + z->row, col = points->tiles[t].col0 + z->col;
          uint16_t old[16], *now = tokens->topic + draws.token;
          assert_true(z->value <= 16 && (i == 0 || z->col >= z[-1].col));
          memcpy(old, now, (size_t)z->value * sizeof *old);
          m->type->draw(m, &view, &draws, 1);
          for (uint32_t c = 0; c < (uint32_t)z->value; c++, drawn++) {
            double off = miss(&n, row, col, old[c], now[c], fg_rng_u32(&rng));
            worst = off > worst ? off : worst;
            changed += old[c] != now[c];
            if (old[c] != FG_NO_TOPIC)
              count(&n, row, col, old[c], -1);
            count(&n, row, col, now[c], 1);
          }
        }
      assert_int_equal(draws.token, tokens->n);
    }
    if (!(worst < 3e-6)) /* of float weights, and of sums of them */
      fail_msg("%s: off by %g", specs[s], worst);
    assert_true(m->rank == 1 || (changed > drawn / 3 && changed < drawn));
    for (size_t i = 0; i < (size_t)m->cols * m->rank; i++)
      assert_true(n.cols[i] == block->factor[i / m->rank * m->stride + i % m->rank]);
    for (uint32_t k = 0; k < m->rank; k++)
      assert_true(n.stat[k] == run->stat[k]);
    free(n.rows);
    free(n.cols);
    free(n.g);
    free(n.stat);
    fixture_run_free(run);
  }
  fixture_drop(data);
}

/* A pass in pieces of any size, or with a part passed over, is the same pass. */
static void pieces_make_the_pass(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  (void)state;
  for (int s = 0; s < SPECS; s++) {
    struct fg_run *run[2];
    for (int r = 0; r < 2; r++) {
      run[r] = prepare(data, specs[s], "1", "barrier");
      struct fg_row_shard *rows = &run[r]->factors.row[0];
      struct fg_view view = {rows->factor, run[r]->factors.col[0].factor, NULL, NULL, run[r]->stat};
      const struct fg_block *points = fg_grid_train(&run[r]->grid, 0, 0);
      struct fg_draws draws, from;
      fg_draws_start(&draws, &run[r]->grid.train[0], points, rows->tokens, 3, 11, 0);
      from = draws;
      for (size_t done = 0, size = 1; done < points->n; size = size % 97 + 3) {
        size_t some = r == 0 || size > points->n - done ? points->n - done : size;
        run[r]->model.type->draw(&run[r]->model, &view, &draws, some);
        fg_draws_skip(&from, some);
        assert_true(from.token == draws.token && from.topic == draws.topic && from.in_tile == draws.in_tile);
        done += some;
      }
    }
    assert_memory_equal(run[0]->factors.row[0].tokens->topic, run[1]->factors.row[0].tokens->topic,
                        run[0]->factors.row[0].tokens->n * sizeof(uint16_t));
    assert_memory_equal(run[0]->stat, run[1]->stat, run[0]->model.n_stat * sizeof(double));
    fixture_run_free(run[0]);
    fixture_run_free(run[1]);
  }
  fixture_drop(data);
}

/* Are the counts of both factors those of the topics? Returns how many tokens were never reached. */
static size_t check_counts(const struct fg_run *run, const char *what) {
  const struct fg_grid *g = &run->grid;
  const struct fg_model *m = &run->model;
  float **cols = calloc(g->col_blocks, sizeof(float *));
  size_t missing = 0;
  for (uint32_t q = 0; q < g->col_blocks; q++)
    cols[q] = calloc((size_t)g->col[q].n * m->rank, sizeof(float));
  for (uint32_t p = 0; p < g->row_blocks; p++) {
    const struct fg_tokens *t = run->factors.row[p].tokens;
    float *rows = calloc((size_t)g->row[p].n * m->rank, sizeof *rows);
    assert_true(fg_tokens_valid(t, m->rank));
    for (uint32_t b = 0; b < g->train[p].n; b++) {
      const struct fg_block *block = &g->train[p].block[b];
      const uint16_t *topic = t->block[b].topic;
      for (uint32_t i = 0; i < block->n_tiles; i++)
        for (uint32_t j = 0; j < block->tiles[i].n; j++) {
          const struct fg_stored_point *z = &t->block[b].points[block->tiles[i].first + j];
          for (uint32_t c = 0; c < (uint32_t)z->value; c++, topic++) {
            missing += *topic == FG_NO_TOPIC;
            if (*topic == FG_NO_TOPIC)
              continue;
            rows[(size_t)(block->tiles[i].row0 + z->row) * m->rank + *topic]++;
            cols[g->train[p].col[b]][(size_t)(block->tiles[i].col0 + z->col) * m->rank + *topic]++;
          }
        }
    }
    for (size_t i = 0; i < (size_t)g->row[p].n * m->rank; i++)
      if (rows[i] != run->factors.row[p].factor[i / m->rank * m->stride + i % m->rank])
        fail_msg("%s: a row of block %u does not count its topics", what, p);
    free(rows);
  }
  for (uint32_t q = 0; q < g->col_blocks; q++) {
    for (size_t i = 0; i < (size_t)g->col[q].n * m->rank; i++)
      if (cols[q][i] != run->factors.col[q].factor[i / m->rank * m->stride + i % m->rank])
        fail_msg("%s: a column of block %u does not count its topics", what, q);
    free(cols[q]);
  }
  free(cols);
  return missing;
}

static enum fg_err add_extras(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  (void)fault;
  *(uint64_t *)self += visit->extra_updates;
  return FG_OK;
}

/* In any order of events, after any number of extra draws, the counts are those of the topics. */
static void counts_are_those_of_the_topics(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  static const char *const models[] = {"gibbs:topics=5", "gibbs:topics=20,beta=0.5,collapsed=no"};
  uint64_t extra = 0;
  (void)state;
  for (int m = 0; m < 2; m++)
    for (size_t y = 0; fixture_syncs[y]; y++) {
      if (!fixture_admits(fixture_syncs[y], models[m], 3))
        continue;
      struct fg_run *run = prepare(data, models[m], "3", fixture_syncs[y]);
      const struct fg_sink sink = {.self = &extra, .visit = add_extras, .taken = fixture_deaf.taken};
      struct fg_totals totals;
      fixture_play(run, 5, &sink, &totals, NULL);
      size_t missing = check_counts(run, fixture_syncs[y]);
      if (strncmp(fixture_syncs[y], "quorum", 6) != 0 && strncmp(fixture_syncs[y], "nomad", 5) != 0 &&
          strncmp(fixture_syncs[y], "relay", 5) != 0)
        assert_int_equal(missing, 0);
      fixture_run_free(run);
    }
  assert_true(extra > 1000);
  fixture_drop(data);
}

/* Extras are draws like others, whatever their decay. */
static void decays_do_not_apply(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  char sha[2][65];
  (void)state;
  for (int d = 0; d < 2; d++) {
    struct fg_run *run = prepare(data, "gibbs:topics=5", "3", d ? "fugue:decay=0.5" : "fugue:decay=1e-30");
    struct fg_totals totals;
    fixture_play(run, 5, &fixture_deaf, &totals, NULL);
    assert_true(totals.extra_updates > 0);
    assert_int_equal(fg_factors_sha256(&run->factors, &run->grid, &run->model, sha[d]), FG_OK);
    fixture_run_free(run);
  }
  assert_string_equal(sha[0], sha[1]);
  fixture_drop(data);
}

/* A visit whose first draws are only counted goes on at its place. */
static void a_visit_goes_on_at_its_place(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  const char *const options[] = {"model", "gibbs:topics=5", "workers", "1", "sync", "barrier", "chunk", "64", NULL};
  struct fg_run *run = fixture_run(data, options), *other = fixture_run(data, options);
  const struct fg_row_shard *rows = &run->factors.row[0], *theirs = &other->factors.row[0];
  const struct fg_block *block = fg_grid_train(&other->grid, 0, 0);
  struct fg_view view = {theirs->factor, other->factors.col[0].factor, NULL, NULL, other->stat};
  struct fg_fault fault = {0};
  struct fg_worker *worker;
  struct fg_draws draws;
  struct fg_act act;
  (void)state;
  assert_int_equal(fg_worker_new(&run->job, 0, &run->factors, &worker), FG_OK);
  assert_int_equal(fg_worker_compute(worker, false), FG_OK);
  do
    fg_worker_next(worker, &act);
  while (act.kind != FG_SPEND);
  assert_int_equal(fg_worker_spend(worker, 3, &fault), FG_OK);
  assert_int_equal(fg_worker_compute(worker, true), FG_OK);
  assert_int_equal(fg_worker_spend(worker, (block->n - 3 * 64 + 63) / 64, &fault), FG_OK);
  fg_draws_start(&draws, &other->grid.train[0], block, theirs->tokens, other->job.seed_order, 0, 0);
  fg_draws_skip(&draws, 3 * 64);
  assert_true(draws.token >= 3 * 64);
  for (size_t done = 3 * 64; done < block->n; done += 64)
    other->model.type->draw(&other->model, &view, &draws, block->n - done < 64 ? block->n - done : 64);
  assert_memory_equal(rows->tokens->topic, theirs->tokens->topic, rows->tokens->n * sizeof(uint16_t));
  assert_int_equal(rows->tokens->topic[0], FG_NO_TOPIC);
  assert_int_not_equal(rows->tokens->topic[rows->tokens->n - 1], FG_NO_TOPIC);
  fg_worker_free(worker);
  fixture_run_free(run);
  fixture_run_free(other);
  fixture_drop(data);
}

/* Nobody draws between the report of an epoch's last stratum and its release: no extras there, but elsewhere. */
struct last {
  uint64_t rounds, last, elsewhere;
};
static enum fg_err note_extras(void *self, const struct fg_visit *visit, struct fg_fault *fault) {
  struct last *l = self;
  (void)fault;
  *((visit->round + 1) % l->rounds == 0 ? &l->last : &l->elsewhere) += visit->extra_updates;
  return FG_OK;
}
static void topics_are_drawn_while_nobody_draws(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  (void)state;
  for (int collapsed = 0; collapsed < 2; collapsed++) {
    struct last l = {.rounds = 3};
    struct fg_run *run =
        prepare(data, collapsed ? "gibbs:topics=5" : "gibbs:topics=5,beta=0.5,collapsed=no", "3", "fugue");
    const struct fg_sink sink = {.self = &l, .visit = note_extras, .taken = fixture_deaf.taken};
    struct fg_totals totals;
    fixture_play(run, 5, &sink, &totals, NULL);
    assert_true(l.elsewhere > 0 && (l.last > 0) == collapsed);
    fixture_run_free(run);
  }
  fixture_drop(data);
}

/* Topics have the law that they are drawn from: g_wk ~ Gamma(n_wk + beta), by the mean and the variance of sums, and
 * the statistic is theirs. Two-sided, each at level 1e-6. */
static void topics_have_their_law(void **state) {
  enum { TIMES = 4000 };
  char *data = fixture_points(60, 50, 0.4, 1);
  (void)state;
  struct fg_run *run = prepare(data, "gibbs:topics=2,beta=0.5,collapsed=no", "1", "barrier");
  const struct fg_model *m = &run->model;
  struct fg_col_block *block = &run->factors.col[0];
  struct fg_view view = {NULL, block->factor, NULL, NULL, run->stat};
  static const float counts[] = {0, 1, 2, 30};
  double sum[4] = {0}, squares[4] = {0};
  for (int i = 0; i < 4; i++)
    block->factor[(size_t)i * m->stride] = counts[i];
  for (uint32_t t = 0; t < TIMES; t++) {
    struct fg_rng rng;
    fg_rng_start(&rng, 9, FG_STREAM_DRAW, t, UINT32_MAX);
    memset(run->stat + m->rank, 0, m->rank * sizeof *run->stat); /* as the root of the tree does */
    m->type->renew(m, &view, block->cols, &rng);
    for (int i = 0; i < 4; i++) {
      double g = block->factor[(size_t)i * m->stride + m->lanes];
      sum[i] += g;
      squares[i] += g * g;
    }
  }
  const double quantile = gsl_cdf_ugaussian_Pinv(1 - 0.5e-6);
  for (int i = 0; i < 4; i++) {
    double shape = counts[i] + 0.5, mean = sum[i] / TIMES, second = squares[i] / TIMES;
    /* E g = Var g = a, E g^2 = a + a^2, Var g^2 = E g^4 - (E g^2)^2 with E g^4 = a (a + 1) (a + 2) (a + 3) */
    double fourth = shape * (shape + 1) * (shape + 2) * (shape + 3) - pow(shape + shape * shape, 2);
    assert_true(fabs(mean - shape) < quantile * sqrt(shape / TIMES));
    assert_true(fabs(second - shape - shape * shape) < quantile * sqrt(fourth / TIMES));
    assert_false(fabs(mean - counts[i]) < quantile * sqrt(shape / TIMES)); /* beta forgotten */
  }
  double total[2] = {0};
  for (uint32_t j = 0; j < m->cols; j++)
    for (uint32_t k = 0; k < 2; k++)
      total[k] += block->factor[(size_t)j * m->stride + m->lanes + k];
  for (uint32_t k = 0; k < 2; k++)
    assert_true(fabs(run->stat[2 + k] - total[k]) < 1e-9 * total[k]);
  fixture_run_free(run);
  fixture_drop(data);
}

/* Masses that everybody is told are those of the columns, also of topics without tokens, lighter by many orders than
 * what a sum of changes would be rounded by. */
static void light_topics_keep_their_mass(void **state) {
  enum { TOPICS = 200 };
  char *data = fixture_points(60, 50, 0.1, 1);
  static const char *const syncs[] = {"barrier", "fugue"};
  (void)state;
  for (int y = 0; y < 2; y++) {
    struct fg_run *run = prepare(data, "gibbs:topics=200,beta=0.005,collapsed=no", "3", syncs[y]);
    struct fg_totals totals;
    double known[2 * TOPICS], exact[2 * TOPICS], least = INFINITY;
    fixture_play(run, 5, &fixture_deaf, &totals, known);
    assert_int_equal(fg_factors_stat(&run->factors, &run->model, exact), FG_OK);
    for (int k = TOPICS; k < 2 * TOPICS; k++) {
      if (!(fabs(known[k] - exact[k]) < 1e-12 * exact[k]))
        fail_msg("%s: G_%d is %g, known as %g", syncs[y], k - TOPICS, exact[k], known[k]);
      least = exact[k] < least ? exact[k] : least;
    }
    assert_true(least < 1e-3);
    fixture_run_free(run);
  }
  fixture_drop(data);
}

static void refused(const char *data, const char *const *options, const char *words) {
  struct fg_fault fault = {0};
  struct fg_config *config = calloc(1, sizeof *config);
  struct fg_run *run = calloc(1, sizeof *run);
  fg_config_init(config);
  fixture_set(config, "data", data);
  fixture_set(config, "model", "gibbs:topics=3");
  fixture_set(config, "workers", "2");
  for (; options[0]; options += 2)
    fixture_set(config, options[0], options[1]);
  assert_int_not_equal(fg_run_prepare(config, 1e9, &fg_share_all, run, &fault), FG_OK);
  if (!strstr(fault.text, words))
    fail_msg("'%s' does not say '%s'", fault.text, words);
  fg_run_free(run);
  free(run);
  free(config);
}

/* What has no meaning for draws is refused, not ignored; so are counts that a float cannot hold. */
static void steps_are_refused(void **state) {
  char *data = fixture_points(60, 50, 0.4, 1);
  (void)state;
  refused(data, (const char *const[]){"step", "0.5", NULL}, "--step: model gibbs draws");
  refused(data, (const char *const[]){"step-schedule", "sqrt", NULL}, "--step-schedule: model gibbs draws");
  refused(data, (const char *const[]){"step-schedule", "adagrad", NULL}, "model gibbs");
  refused(data, (const char *const[]){"floor", "0.1", NULL}, "--floor: model gibbs draws");
  refused(data, (const char *const[]){"balance", "scale", "sync", "fugue", NULL}, "--balance scale: model gibbs draws");
  refused(data, (const char *const[]){"balance", "rotate", "sync", "barrier", NULL},
          "--balance rotate: model gibbs draws");
  refused(data, (const char *const[]){"sampling", "replace", NULL}, "--sampling replace");
  refused(data, (const char *const[]){"model", "gibbs:collapsed=no,beta=0.001", "sync", "barrier", NULL},
          "too light for a float");
  refused(data, (const char *const[]){"sync", "psgd", NULL}, "sync psgd");
  refused(data, (const char *const[]){"sync", "ssp", NULL}, "sync ssp");
  refused(data, (const char *const[]){"model", "gibbs:collapsed=no", "sync", "nomad", NULL}, "sync nomad");
  refused(data, (const char *const[]){"model", "gibbs:collapsed=no", "sync", "quorum", NULL}, "sync quorum");
  FILE *f = fopen(data, "w");
  assert_non_null(f);
  fprintf(f, "1 1 9000000\n2 1 9000000\n2 2 1\n3 2 4\n");
  fclose(f);
  refused(data, (const char *const[]){NULL}, "column 1 (counted from 1): its values sum up to 18000000");
  fixture_drop(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_those_of_the_sequence),
      cmocka_unit_test(draws_are_those_of_the_reference),
      cmocka_unit_test(pieces_make_the_pass),
      cmocka_unit_test(counts_are_those_of_the_topics),
      cmocka_unit_test(decays_do_not_apply),
      cmocka_unit_test(a_visit_goes_on_at_its_place),
      cmocka_unit_test(topics_are_drawn_while_nobody_draws),
      cmocka_unit_test(topics_have_their_law),
      cmocka_unit_test(light_topics_keep_their_mass),
      cmocka_unit_test(steps_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
