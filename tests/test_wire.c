/* Parcels on the wire: whatever parts the stream is cut into, what arrives is what was sent; what is no parcel is
 * refused. */
#include "core/wire.h"
#include "tests/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SENDER = 1, RECEIVER = 2, BLOCK = 0, SLICE = 2 };

static const char *const models[] = {"additive",
                                     "mf:rank=3",
                                     "nmf:rank=2",
                                     "lda:topics=5",
                                     "lda:topics=5,loss=squared",
                                     "gibbs:topics=5",
                                     "gibbs:topics=5,beta=0.5,collapsed=no",
                                     "gibbs:topics=5,optimise=1"};
enum { MODELS = sizeof models / sizeof models[0] };

/* Two processes of one run: the receiver holds no block. */
struct ends {
  struct fg_run *sender, *receiver;
};

static struct ends ends_new(const char *data, const char *model) {
  const char *const options[] = {"workers", "3", "model", model, NULL};
  struct ends e = {fixture_run(data, options), fixture_run(data, options)};
  for (uint32_t q = 0; q < 3; q++)
    fg_factors_drop(&e.receiver->factors, q);
  return e;
}

static void ends_free(struct ends *e) {
  fixture_run_free(e->sender);
  fixture_run_free(e->receiver);
}

/* slice `item`, with rows of the row factor or without, of made-up numbers */
static void make_slice(const struct fg_run *run, struct fg_parcel *p, uint32_t item, bool rows) {
  size_t lines = 0;
  for (uint32_t q = 0; q < 3; q++)
    if (item == q || item == FG_SLICE_ALL)
      lines += run->grid.col[q].n + (rows ? run->grid.row[q].n : 0);
  free(p->floats);
  assert_int_equal(fg_parcel_add_floats(p, lines * fg_model_width(&run->model)), FG_OK);
  for (size_t i = 0; i < p->n_floats; i++)
    p->floats[i] = 1 / (float)(i + 7);
  p->item = item;
  p->rows = rows;
  p->bytes = fg_parcel_wire_bytes(p, &run->model);
}

static struct fg_parcel *make(struct fg_run *run, enum fg_parcel_kind kind, enum fg_role from, enum fg_role to,
                              bool stat) {
  struct fg_parcel *p = fg_parcel_new(kind, (struct fg_address){SENDER, from}, (struct fg_address){RECEIVER, to},
                                      1ULL << 40, stat ? run->model.n_stat : 0);
  assert_non_null(p);
  p->seq = 1ULL << 47 | 1ULL << 33 | 5;
  p->item = kind == FG_PARCEL_BLOCK ? BLOCK : 0x80000003;
  p->count = 0x90000007;
  for (uint32_t k = 0; k < p->n_stat; k++)
    p->stat[k] = 1.0 / (3 + k);
  if (kind == FG_PARCEL_BLOCK) {
    p->block = &run->factors.col[BLOCK];
    p->block->version = 77;
  }
  if (kind == FG_PARCEL_SLICE)
    make_slice(run, p, SLICE, false);
  p->bytes = fg_parcel_wire_bytes(p, &run->model);
  return p;
}

static void assert_same(const struct fg_parcel *p, const struct fg_parcel *got, const struct fg_model *model) {
  assert_true(got->kind == p->kind && got->seq == p->seq && got->round == p->round && got->bytes == p->bytes);
  assert_true(got->from.rank == SENDER && got->from.role == p->from.role);
  assert_true(got->to.rank == RECEIVER && got->to.role == p->to.role);
  assert_true(got->item == p->item && got->count == p->count);
  assert_int_equal(got->n_stat, p->n_stat);
  assert_memory_equal(got->stat, p->stat, p->n_stat * sizeof p->stat[0]);
  assert_true(got->rows == p->rows);
  assert_int_equal(got->n_floats, p->n_floats);
  assert_int_equal(got->floats != NULL, p->floats != NULL);
  if (p->floats)
    assert_memory_equal(got->floats, p->floats, p->n_floats * sizeof *p->floats);
  assert_int_equal(got->block != NULL, p->block != NULL);
  if (!p->block)
    return;
  assert_true(got->block->id == p->block->id && got->block->cols == p->block->cols && got->block->version == 77);
  for (uint32_t j = 0; j < p->block->cols; j++)
    for (uint32_t k = 0; k < model->stride; k++) /* what pads a row is not sent, and is zero */
      assert_true(got->block->factor[(size_t)j * model->stride + k] ==
                  (k < fg_model_width(model) ? p->block->factor[(size_t)j * model->stride + k] : 0));
  if (model->type->weights)
    assert_memory_equal(got->block->weight, p->block->weight, p->block->cols * sizeof(float));
}

/* The stream in parts of `part` bytes, the first one of `first`. */
static void send_in_parts(struct ends *e, const struct fg_parcel *p, size_t first, size_t part) {
  const struct fg_model *model = &e->sender->model;
  struct fg_parcel *got = NULL;
  struct fg_fault fault = {0};
  unsigned char *bytes = malloc(p->bytes);
  for (size_t at = 0, n; at < p->bytes; at += n) {
    n = at ? part : first;
    n = n < p->bytes - at ? n : p->bytes - at;
    unsigned char *some = malloc(n); /* of its own: a sanitizer sees what reaches beyond */
    fg_wire_pack(p, model, at, n, some);
    memcpy(bytes + at, some, n);
    free(some);
  }
  assert_int_equal(fg_wire_open(bytes, RECEIVER, model, &e->receiver->factors, &got, &fault), FG_OK);
  for (size_t at = 0, n; at < p->bytes; at += n) {
    n = at ? part : first;
    n = n < p->bytes - at ? n : p->bytes - at;
    unsigned char *some = malloc(n);
    memcpy(some, bytes + at, n);
    fg_wire_unpack(got, model, at, n, some);
    free(some);
  }
  assert_same(p, got, model);
  if (got->block)
    fg_factors_drop(&e->receiver->factors, got->block->id);
  fg_parcel_free(got);
  free(bytes);
}

static void parts_of_any_size_make_the_parcel(void **state) {
  char *data = fixture_points(20, 17, 0.6, 1);
  (void)state;
  for (int m = 0; m < MODELS; m++) {
    struct ends e = ends_new(data, models[m]);
    for (int kind = FG_PARCEL_BLOCK; kind < FG_PARCEL_KINDS; kind++)
      for (int variant = 0; variant < 8; variant++) {
        struct fg_parcel *p = make(e.sender, (enum fg_parcel_kind)kind, (enum fg_role)(variant & 1),
                                   (enum fg_role)(variant >> 1 & 1), variant >> 2);
        for (size_t part = 1; part <= p->bytes + 1; part++)
          send_in_parts(&e, p, part, part);
        for (size_t first = 1; first < p->bytes; first++)
          send_in_parts(&e, p, first, p->bytes);
        fg_parcel_free(p);
      }
    ends_free(&e);
  }
  fixture_drop(data);
}

/* one slice or all of them, of the column factor alone or of both */
static void slices_arrive(void **state) {
  static const uint32_t items[] = {0, 1, 2, FG_SLICE_ALL};
  char *data = fixture_points(20, 17, 0.6, 1);
  (void)state;
  for (int m = 0; m < MODELS; m++) {
    struct ends e = ends_new(data, models[m]);
    for (size_t i = 0; i < 4; i++)
      for (int rows = 0; rows < 2; rows++) {
        struct fg_parcel *p = make(e.sender, FG_PARCEL_SLICE, FG_WORKER, FG_STEWARD, false);
        make_slice(e.sender, p, items[i], rows);
        size_t lines = p->n_floats / fg_model_width(&e.sender->model);
        assert_true(items[i] != FG_SLICE_ALL || lines == 17 + 20 * (size_t)rows);
        assert_int_equal(p->bytes, 32 + 4 * p->n_floats);
        send_in_parts(&e, p, 1, 5);
        send_in_parts(&e, p, 32, 64);
        fg_parcel_free(p);
      }
    ends_free(&e);
  }
  fixture_drop(data);
}

/* S7: header, statistic in double, unpadded floats, and weights where the model reads them */
static void the_stream_is_as_long_as_the_closed_form(void **state) {
  static const size_t floats[MODELS] = {1, 3, 2 + 1, 5 + 1, 5 + 1, 5, FG_LANES + 5, 5},
                      stat[MODELS] = {0, 0, 0, 5, 5, 5, 10, 5 + 5};
  char *data = fixture_points(20, 17, 0.6, 1);
  (void)state;
  for (int m = 0; m < MODELS; m++) {
    struct ends e = ends_new(data, models[m]);
    struct fg_parcel *block = make(e.sender, FG_PARCEL_BLOCK, FG_WORKER, FG_WORKER, false),
                     *report = make(e.sender, FG_PARCEL_REPORT, FG_WORKER, FG_STEWARD, true);
    assert_int_equal(block->bytes, 32 + e.sender->grid.col[BLOCK].n * floats[m] * 4);
    assert_int_equal(report->bytes, 32 + stat[m] * 8);
    fg_parcel_free(block);
    fg_parcel_free(report);
    ends_free(&e);
  }
  fixture_drop(data);
}

static void refuse(struct ends *e, const unsigned char *header, const char *why) {
  struct fg_parcel *got;
  struct fg_fault fault = {0};
  assert_int_equal(fg_wire_open(header, RECEIVER, &e->receiver->model, &e->receiver->factors, &got, &fault),
                   FG_EPROTOCOL);
  assert_null(got);
  assert_non_null(strstr(fault.text, why));
  assert_non_null(strstr(fault.text, "rank 2"));
}

/* byte `at` of the header is `value` instead */
static void refuse_with(struct ends *e, const unsigned char *header, size_t at, unsigned char value) {
  unsigned char bad[FG_PARCEL_HEADER];
  memcpy(bad, header, sizeof bad);
  bad[at] = value;
  refuse(e, bad, "no parcel");
}

static void what_is_no_parcel_is_refused(void **state) {
  enum { MAGIC, KIND = 2, FLAGS, FROM, ID = 8 }; /* bytes of the header */
  enum { STAT = 4, HAS_BLOCK = 8, FLOATS = 16, ROWS = 32 };
  char *data = fixture_points(20, 17, 0.6, 1);
  (void)state;
  for (int m = 0; m < MODELS; m++) {
    struct ends e = ends_new(data, models[m]);
    struct fg_parcel *block = make(e.sender, FG_PARCEL_BLOCK, FG_WORKER, FG_WORKER, false),
                     *report = make(e.sender, FG_PARCEL_REPORT, FG_WORKER, FG_STEWARD, false),
                     *slice = make(e.sender, FG_PARCEL_SLICE, FG_WORKER, FG_WORKER, false);
    unsigned char b[FG_PARCEL_HEADER], r[FG_PARCEL_HEADER], s[FG_PARCEL_HEADER], zero[FG_PARCEL_HEADER] = {0};
    fg_wire_pack(block, &e.sender->model, 0, sizeof b, b);
    fg_wire_pack(report, &e.sender->model, 0, sizeof r, r);
    fg_wire_pack(slice, &e.sender->model, 0, sizeof s, s);
    refuse(&e, zero, "no parcel");
    refuse_with(&e, b, MAGIC, (unsigned char)(b[MAGIC] ^ 1));
    refuse_with(&e, b, MAGIC + 1, (unsigned char)(b[MAGIC + 1] ^ 0x80));
    refuse_with(&e, b, KIND, FG_PARCEL_REPORT); /* a report with a block */
    refuse_with(&e, r, KIND, FG_PARCEL_BLOCK);  /* a block without one */
    refuse_with(&e, r, KIND, FG_PARCEL_KINDS);  /* no such kind */
    refuse_with(&e, r, KIND, FG_PARCEL_SLICE);  /* a slice without floats */
    refuse_with(&e, s, KIND, FG_PARCEL_REPORT);
    refuse_with(&e, r, FLAGS, r[FLAGS] | 64); /* no such flag */
    refuse_with(&e, r, FLAGS, r[FLAGS] | FLOATS);
    refuse_with(&e, r, FLAGS, r[FLAGS] | ROWS);
    refuse_with(&e, s, ID, 3); /* of three slices */
    refuse_with(&e, s, ID + 3, 0xff);
    refuse_with(&e, r, FLAGS, r[FLAGS] | HAS_BLOCK);
    refuse_with(&e, r, FROM, 3); /* of three ranks */
    refuse_with(&e, r, FROM + 3, 1);
    refuse_with(&e, b, ID, 3); /* of three blocks */
    refuse_with(&e, b, ID + 1, 1);
    if (!e.sender->model.n_stat)
      refuse_with(&e, r, FLAGS, r[FLAGS] | STAT);
    for (uint32_t q = 0; q < 3; q++)
      assert_null(e.receiver->factors.col[q].factor);
    fg_parcel_free(block);
    fg_parcel_free(report);
    fg_parcel_free(slice);
    ends_free(&e);
  }
  fixture_drop(data);
}

/* Any byte of the header may change: then it is refused, or the parcel that it makes fits the run. */
static void no_header_does_harm(void **state) {
  char *data = fixture_points(20, 17, 0.6, 1);
  struct ends e = ends_new(data, "lda:topics=5");
  struct fg_parcel *p = make(e.sender, FG_PARCEL_BLOCK, FG_WORKER, FG_WORKER, true);
  struct fg_parcel *slice = make(e.sender, FG_PARCEL_SLICE, FG_WORKER, FG_WORKER, true);
  unsigned char good[FG_PARCEL_HEADER], bad[FG_PARCEL_HEADER];
  size_t refused = 0;
  (void)state;
  fg_wire_pack(p, &e.sender->model, 0, sizeof good, good);
  for (size_t at = 0; at < sizeof good; at++)
    for (int change = 1; change < 256; change++) {
      struct fg_parcel *got;
      struct fg_fault fault = {0};
      memcpy(bad, good, sizeof bad);
      bad[at] ^= (unsigned char)change;
      enum fg_err err = fg_wire_open(bad, RECEIVER, &e.receiver->model, &e.receiver->factors, &got, &fault);
      refused += err != FG_OK;
      if (err)
        continue;
      assert_true(got->from.rank < 3 && got->n_stat <= 5 && got->block);
      assert_true(got->bytes == fg_parcel_wire_bytes(got, &e.receiver->model));
      fg_factors_drop(&e.receiver->factors, got->block->id);
      fg_parcel_free(got);
    }
  fg_wire_pack(slice, &e.sender->model, 0, sizeof good, good);
  for (size_t at = 0; at < sizeof good; at++)
    for (int change = 1; change < 256; change++) {
      struct fg_parcel *got;
      struct fg_fault fault = {0};
      memcpy(bad, good, sizeof bad);
      bad[at] ^= (unsigned char)change;
      if (fg_wire_open(bad, RECEIVER, &e.receiver->model, &e.receiver->factors, &got, &fault))
        continue;
      assert_true(got->from.rank < 3 && got->item < 3 && got->n_floats <= (20 + 17) * 5);
      assert_true(got->bytes == fg_parcel_wire_bytes(got, &e.receiver->model));
      fg_parcel_free(got);
    }
  fg_parcel_free(slice);
  assert_true(refused > 8 * 255); /* magic, kind, flags, and most of what numbers a rank and a block */
  fg_parcel_free(p);
  ends_free(&e);
  fixture_drop(data);
}

/* S3: one owner at any time */
static void a_block_that_is_held_is_refused(void **state) {
  char *data = fixture_points(20, 17, 0.6, 1);
  struct ends e = ends_new(data, "mf:rank=3");
  struct fg_parcel *p = make(e.sender, FG_PARCEL_BLOCK, FG_WORKER, FG_WORKER, false), *got;
  struct fg_fault fault = {0};
  unsigned char header[FG_PARCEL_HEADER];
  (void)state;
  fg_wire_pack(p, &e.sender->model, 0, sizeof header, header);
  assert_int_equal(fg_wire_open(header, RECEIVER, &e.receiver->model, &e.receiver->factors, &got, &fault), FG_OK);
  refuse(&e, header, "(S3)");
  fg_factors_drop(&e.receiver->factors, got->block->id);
  fg_parcel_free(got);
  assert_int_equal(fg_wire_open(header, RECEIVER, &e.receiver->model, &e.receiver->factors, &got, &fault), FG_OK);
  fg_parcel_free(got);
  fg_parcel_free(p);
  ends_free(&e);
  fixture_drop(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_of_any_size_make_the_parcel),
      cmocka_unit_test(slices_arrive),
      cmocka_unit_test(the_stream_is_as_long_as_the_closed_form),
      cmocka_unit_test(what_is_no_parcel_is_refused),
      cmocka_unit_test(no_header_does_harm),
      cmocka_unit_test(a_block_that_is_held_is_refused),
  };
  return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
