/* Bits do not depend on the instruction set: the kernels compiled for each give the same factors, statistics, scores
 * and folded rows as the library's; contraction into FMA, which the build forbids, does not. */
#include "core/model/lda.h"
#include "core/model/mmnd.h"
#include "core/model/noise.h"
#include "tests/model_fixture.h"

#include <stdio.h>

#define DECLARE(isa)                                                                                                   \
  extern const struct fg_model_type fg_model_mf_##isa, fg_model_lda_##isa, fg_model_lda_squared_##isa;                 \
  extern const struct fg_model_type fg_model_nmf_##isa, fg_model_nmf_squared_##isa;                                    \
  extern const struct fg_model_type fg_model_dict_##isa, fg_model_dict_feature_##isa;
DECLARE(baseline)
DECLARE(avx2)
DECLARE(avx512)
DECLARE(fma)
#undef DECLARE
#define DECLARE(isa)                                                                                                   \
  extern const struct fg_model_type fg_model_mmnd_##isa, fg_model_mmnd_squared_##isa;                                  \
  extern const struct fg_model_type fg_model_gibbs_##isa, fg_model_gibbs_drawn_##isa;
DECLARE(baseline)
DECLARE(avx2)
DECLARE(avx512)
DECLARE(fma)
#undef DECLARE
typedef void noise(float *, size_t, uint32_t, const float *, bool, uint64_t, uint64_t, uint32_t);
extern noise fg_noise_add_baseline, fg_noise_add_avx2, fg_noise_add_avx512, fg_noise_add_fma;
extern const struct fg_model_type fg_model_mmnd;
extern const struct fg_model_type fg_model_gibbs, fg_model_gibbs_drawn;
extern const struct fg_model_type fg_model_mf, fg_model_lda;
extern const struct fg_model_type fg_model_nmf, fg_model_nmf_squared;
extern const struct fg_model_type fg_model_dict, fg_model_dict_feature;

static const char *const specs[] = {
    "mf:rank=1",
    "mf:rank=20,init=0.5",
    "mf",
    "mf:rank=48",
    "mf:rank=64",
    "mf:rank=128",
    "mf:rank=200",
    "mf:rank=14,bias=yes",
    "mf:rank=20,bias=yes",
    "mf:rank=1 adagrad",
    "mf adagrad",
    "mf:rank=64 adagrad",
    "mf:rank=128 adagrad",
    "mf:rank=200 adagrad",
    "mf:rank=20,bias=yes adagrad",
    "lda:topics=7",
    "lda",
    "lda:topics=60",
    "lda:topics=100",
    "lda:topics=200",
    "lda:topics=20,loss=squared",
    "lda:topics=100,loss=squared",
    "gibbs:topics=3",
    "gibbs",
    "gibbs:topics=60",
    "gibbs:topics=100",
    "gibbs:topics=200",
    "gibbs:topics=20,beta=0.5,collapsed=no",
    "gibbs:topics=200,beta=0.5,collapsed=no",
    "mmnd",
    "mmnd:rank=100",
    "mmnd:loss=squared",
    "mmnd:rank=100,loss=squared",
    "nmf:rank=1",
    "nmf",
    "nmf:rank=100",
    "nmf:rank=200",
    "nmf:rank=20,loss=squared",
    "nmf:rank=100,loss=squared",
    "nmf:rank=20,loss=squared adagrad",
    "dict:rank=7",
    "dict",
    "dict:rank=200",
    "dict:norm=feature",
};

/* types, and their kernels for an instruction set */
enum { TYPES = 11 };
struct isa {
  const char *name;
  const struct fg_model_type *type[TYPES]; /* in the order of `ours` */
  noise *add;
};
static const struct fg_model_type *const ours[TYPES] = {
    &fg_model_mf,           &fg_model_lda,   &fg_model_lda_squared,  &fg_model_nmf,
    &fg_model_nmf_squared,  &fg_model_mmnd,  &fg_model_mmnd_squared, &fg_model_dict,
    &fg_model_dict_feature, &fg_model_gibbs, &fg_model_gibbs_drawn,
};
#define ISA(isa)                                                                                                       \
  {                                                                                                                    \
#isa, {&fg_model_mf_##isa, &fg_model_lda_##isa, &fg_model_lda_squared_##isa, &fg_model_nmf_##isa,                  \
           &fg_model_nmf_squared_##isa, &fg_model_mmnd_##isa, &fg_model_mmnd_squared_##isa, &fg_model_dict_##isa,      \
           &fg_model_dict_feature_##isa, &fg_model_gibbs_##isa, &fg_model_gibbs_drawn_##isa, },                        \
           fg_noise_add_##isa                                                                                          \
  }
static const struct isa baseline = ISA(baseline), avx2 = ISA(avx2), avx512 = ISA(avx512), contracted = ISA(fma);

static const struct fg_model_type *kernels(const struct isa *isa, const struct fg_model *model) {
  size_t t = 0;
  while (t < TYPES && ours[t] != model->type)
    t++;
  assert_true(t < TYPES);
  return isa->type[t];
}

/* The same updates by both; true if every bit agrees. */
static bool agree(const struct isa *isa, const char *spec) {
  struct problem a, b;
  problem_start(&a, spec, 31);
  problem_start(&b, spec, 31);
  const struct fg_model_type *mine = a.model.type, *theirs = kernels(isa, &b.model);
  const float eta = mine == &fg_model_lda || mine == &fg_model_mmnd ? 1.0f : 0.02f;
  struct fg_score score_a = {0}, score_b = {0};
  float weight_a, weight_b;
  for (int pass = 0; pass < 10; pass++)
    for (size_t from = 0; from < POINTS; from += 50) {
      if (mine->draw) {
        problem_draw_as(mine, &a, a.points + from, 50, 3);
        problem_draw_as(theirs, &b, b.points + from, 50, 3);
        continue;
      }
      mine->update(&a.model, &a.view, a.points + from, 50, eta);
      theirs->update(&b.model, &b.view, b.points + from, 50, eta);
    }
  mine->score(&a.model, &a.view, a.points, POINTS, &score_a);
  theirs->score(&b.model, &b.view, b.points, POINTS, &score_b);
  assert_int_equal(mine->fold_in(&a.model, &a.view, a.points, 10, a.rows, &weight_a), FG_OK);
  assert_int_equal(theirs->fold_in(&b.model, &b.view, b.points, 10, b.rows, &weight_b), FG_OK);
  bool same = memcmp(a.rows, b.rows, ROWS * a.model.stride * sizeof(float)) == 0 &&
              memcmp(a.cols, b.cols, COLS * a.model.stride * sizeof(float)) == 0 &&
              memcmp(a.stat, b.stat, a.model.n_stat * sizeof(double)) == 0 &&
              memcmp(&score_a, &score_b, sizeof score_a) == 0 && weight_a == weight_b;
  problem_end(&a);
  problem_end(&b);
  return same;
}

/* The same noise by both. */
static bool noise_agrees(const struct isa *isa) {
  enum { LINES = 1001, WIDTH = 48 };
  static float a[LINES * WIDTH] __attribute__((aligned(FG_ALIGN))), b[LINES * WIDTH] __attribute__((aligned(FG_ALIGN)));
  float scale[WIDTH] __attribute__((aligned(FG_ALIGN)));
  bool same = true;
  for (int reflect = 0; reflect < 2; reflect++) {
    for (size_t i = 0; i < LINES * WIDTH; i++)
      a[i] = b[i] = 0.1f * (float)(i % 7);
    for (uint32_t k = 0; k < WIDTH; k++)
      scale[k] = 0.01f * (float)(k + 1);
    fg_noise_add(a, LINES, WIDTH, scale, reflect, 5, 77, 3);
    isa->add(b, LINES, WIDTH, scale, reflect, 5, 77, 3);
    same = same && memcmp(a, b, sizeof a) == 0;
  }
  return same;
}

static void all_agree(const struct isa *isa) {
  if (!noise_agrees(isa))
    fail_msg("%s differs for noise", isa->name);
  for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++)
    if (!agree(isa, specs[i]))
      fail_msg("%s differs for %s", isa->name, specs[i]);
}

static void baseline_agrees(void **state) {
  (void)state;
  all_agree(&baseline);
}

#ifdef __x86_64__
static void avx2_agrees(void **state) {
  (void)state;
  if (!__builtin_cpu_supports("avx2"))
    skip();
  all_agree(&avx2);
}

static void avx512_agrees(void **state) {
  (void)state;
  if (!__builtin_cpu_supports("avx512f"))
    skip();
  all_agree(&avx512);
}

static void contraction_is_seen(void **state) {
  (void)state;
  if (!__builtin_cpu_supports("fma") || !__builtin_cpu_supports("avx2"))
    skip();
  assert_false(noise_agrees(&contracted));
  assert_false(agree(&contracted, "mf"));
  assert_false(agree(&contracted, "mf adagrad"));
  assert_false(agree(&contracted, "lda"));
  assert_false(agree(&contracted, "lda:loss=squared"));
  assert_false(agree(&contracted, "nmf"));
  assert_false(agree(&contracted, "nmf:loss=squared"));
  assert_false(agree(&contracted, "dict"));
  assert_false(agree(&contracted, "dict:norm=feature"));
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(baseline_agrees),
#ifdef __x86_64__
      cmocka_unit_test(avx2_agrees),
      cmocka_unit_test(avx512_agrees),
      cmocka_unit_test(contraction_is_seen),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
