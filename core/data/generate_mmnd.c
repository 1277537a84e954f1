/* A planted mixed-membership network: node i has memberships u_i ~ Dirichlet(alpha) in the communities, and a weight
 * d_i from a Pareto law, which makes its degree. A link starts at a node drawn by weight, picks one of its communities
 * by u_i (or, with probability `mixing`, none), and ends at a node j drawn by u_jk d_j (or by d_j); loops and
 * repetitions are drawn again. In a directed network the ends have weights of their own. The last node has a link in
 * any case, so that an edge list shows how many there are. */
#include "core/data/generate.h"

#include "core/data/placement.h"
#include "core/data/zeros.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>

static const struct fg_param params[] = {
    {"nodes", "rows", FG_PARAM_COUNT, NULL, 2, 16777216, NULL, "number of nodes"},
    {"communities", "rank", FG_PARAM_COUNT, "4", 1, 65536, NULL, "number of communities"},
    {"degree", NULL, FG_PARAM_REAL, "20", 1e-3, 1e6, NULL, "mean number of links of a node (directed: from a node)"},
    {"directed", NULL, FG_PARAM_CHOICE, "no", 0, 0, "no|yes", "links have a direction"},
    {"alpha", NULL, FG_PARAM_REAL, "0.1", 1e-3, 1e6, NULL,
     "Dirichlet parameter of memberships; small: nearly one each"},
    {"mixing", NULL, FG_PARAM_REAL, "0.1", 0, 1, NULL, "share of links that know no communities"},
    {"exponent", NULL, FG_PARAM_REAL, "3", 2.05, 100, NULL, "of the power law of degrees"},
    {0},
};
enum { NODES, COMMUNITIES, DEGREE, DIRECTED, ALPHA, MIXING, EXPONENT };

enum { ATTEMPTS = 200 }; /* at a link that is not there yet */

static enum fg_err planted(const struct fg_values *values, uint64_t seed, int side, struct fg_planted *out) {
  const double *v = values->value;
  (void)side; /* a node is a member of the same communities at either end of a link */
  out->n = (uint32_t)v[NODES];
  out->rank = (uint32_t)v[COMMUNITIES];
  out->factor = malloc((size_t)out->n * out->rank * sizeof *out->factor);
  double *prior = malloc(2 * (size_t)out->rank * sizeof *prior), *u = prior + out->rank;
  gsl_rng *rng = gsl_rng_alloc(fg_rng_gsl());
  enum fg_err err = out->factor && prior && rng ? FG_OK : FG_ENOMEM;
  for (uint32_t k = 0; k < out->rank && !err; k++)
    prior[k] = v[ALPHA];
  for (uint32_t i = 0; i < out->n && !err; i++) {
    fg_rng_gsl_start(rng, seed, FG_STREAM_GENERATE, i, FG_SUB_ROW);
    u[0] = 1;
    if (out->rank > 1)
      gsl_ran_dirichlet(rng, out->rank, prior, u);
    for (uint32_t k = 0; k < out->rank; k++)
      out->factor[(size_t)i * out->rank + k] = (float)u[k];
  }
  free(prior);
  if (rng)
    gsl_rng_free(rng);
  return err;
}

struct network {
  uint32_t nodes, rank;
  struct fg_planted members;
  double *weight[2]; /* nodes entries: of starts, of ends */
  double *scratch;
  gsl_ran_discrete_t *start, **end; /* nodes; of a community, and one of all nodes behind them */
  gsl_rng *rng;
};

static enum fg_err weigh(struct network *n, const double *v, uint64_t seed) {
  for (int side = 0; side < 2; side++) {
    for (uint32_t i = 0; i < n->nodes; i++) {
      fg_rng_gsl_start(n->rng, seed, FG_STREAM_GENERATE, i, side && v[DIRECTED] ? FG_SUB_COL : FG_SUB_POPULARITY);
      n->weight[side][i] = gsl_ran_pareto(n->rng, v[EXPONENT] - 1, 1);
    }
  }
  n->start = gsl_ran_discrete_preproc(n->nodes, n->weight[0]);
  for (uint32_t k = 0; k <= n->rank; k++) {
    for (uint32_t i = 0; i < n->nodes; i++)
      n->scratch[i] = n->weight[1][i] * (k < n->rank ? (double)n->members.factor[(size_t)i * n->rank + k] : 1);
    n->end[k] = gsl_ran_discrete_preproc(n->nodes, n->scratch);
    if (!n->end[k])
      return FG_ENOMEM;
  }
  return n->start ? FG_OK : FG_ENOMEM;
}

/* Where a link from `from` ends. */
static uint32_t draw_end(const struct network *n, const double *v, uint32_t from) {
  uint32_t k = 0;
  if (gsl_rng_uniform(n->rng) < v[MIXING]) {
    k = n->rank;
  } else {
    const float *u = n->members.factor + (size_t)from * n->rank;
    double left = gsl_rng_uniform(n->rng);
    while (k + 1 < n->rank && left >= (double)u[k])
      left -= (double)u[k++];
  }
  return (uint32_t)gsl_ran_discrete(n->rng, n->end[k]);
}

static enum fg_err draw_links(const struct network *n, const double *v, uint64_t seed, uint64_t links,
                              struct fg_points *points, struct fg_fault *fault) {
  struct fg_zeros met;
  enum fg_err err = fg_zeros_start(&met, n->nodes, links, !v[DIRECTED]);
  fg_rng_gsl_start(n->rng, seed, FG_STREAM_GENERATE, 0, FG_SUB_CELLS);
  for (uint64_t failed = 0; points->n < links && !err; failed++) {
    uint32_t from = points->n ? (uint32_t)gsl_ran_discrete(n->rng, n->start) : n->nodes - 1;
    uint32_t to = draw_end(n, v, from);
    uint64_t before = met.pairs;
    fg_zeros_link(&met, from, to, 1);
    if (met.pairs > before) {
      bool swap = !v[DIRECTED] && from > to;
      err = fg_points_push(points, swap ? to : from, swap ? from : to, 1);
      failed = 0;
    } else if (failed > ATTEMPTS * (uint64_t)n->nodes) {
      err = fg_fail(fault, FG_EUSAGE, NULL, 0,
                    "generator mmnd: no more than %zu of %llu links have room: a smaller degree, or more nodes",
                    points->n, (unsigned long long)links);
    }
  }
  fg_zeros_free(&met);
  return err;
}

static enum fg_err generate(const struct fg_values *values, uint64_t seed, struct fg_points *points,
                            struct fg_fault *fault) {
  const double *v = values->value;
  struct network n = {.nodes = (uint32_t)v[NODES], .rank = (uint32_t)v[COMMUNITIES]};
  double pairs = (double)n.nodes * (n.nodes - 1.0) / (v[DIRECTED] ? 1 : 2);
  double links = fmax(1, round(v[DEGREE] * n.nodes / (v[DIRECTED] ? 1 : 2)));
  if (links > pairs / 2)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "generator mmnd: %.0f links are more than half of all %.0f pairs", links,
                   pairs);
  n.weight[0] = malloc(3 * (size_t)n.nodes * sizeof *n.scratch);
  n.weight[1] = n.weight[0] + n.nodes;
  n.scratch = n.weight[1] + n.nodes;
  n.end = calloc(n.rank + (size_t)1, sizeof(gsl_ran_discrete_t *));
  n.rng = gsl_rng_alloc(fg_rng_gsl());
  enum fg_err err = n.weight[0] && n.end && n.rng ? planted(values, seed, 0, &n.members) : FG_ENOMEM;
  if (!err)
    err = weigh(&n, v, seed);
  if (!err)
    err = draw_links(&n, v, seed, (uint64_t)links, points, fault);
  points->rows = points->cols = n.nodes;
  points->format = FG_FORMAT_EDGES;
  points->counts = points->network = true;
  points->symmetric = !v[DIRECTED];
  size_t once = points->n;
  for (size_t i = 0; i < once && points->symmetric && !err; i++)
    err = fg_points_push(points, points->col[i], points->row[i], 1);
  for (uint32_t k = 0; n.end && k <= n.rank; k++)
    if (n.end[k])
      gsl_ran_discrete_free(n.end[k]);
  if (n.start)
    gsl_ran_discrete_free(n.start);
  free(n.end);
  free(n.weight[0]);
  free(n.members.factor);
  if (n.rng)
    gsl_rng_free(n.rng);
  return err;
}

const struct fg_generator_type fg_generator_mmnd = {
    .name = "mmnd",
    .summary = "network of planted mixed memberships, power-law degrees; written as an edge list",
    .params = params,
    .generate = generate,
    .planted = planted,
};
