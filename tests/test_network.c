/* Simulated platforms (claim T3 among others): the grammar, the transfer times of the flow models, every kind of
 * network at several sizes, faults in a user's platform file, and the clock's precision. SimGrid allows one platform
 * per process, so each runs in a child; children leave by _exit and are silent. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/mailbox.h>
#include <xbt/config.h>

#include "core/rng.h"
#include "sim/network.h"

/* What a child works with and leaves behind: memory shared with its parent. */
struct result {
  enum fg_err err;
  struct fg_fault fault;
  double value[4000];
};

static struct result *shared;
static char some_file[] = "test_network_file.XXXXXX";

static int map_shared(void **state) {
  (void)state;
  int fd = mkstemp(some_file);
  if (fd < 0 || close(fd))
    return -1;
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return shared == MAP_FAILED;
}

static int unmap_shared(void **state) {
  (void)state;
  return unlink(some_file) | munmap(shared, sizeof *shared);
}

/* AddressSanitizer warns of stacks that are not its own as soon as an actor ends. */
#ifdef __SANITIZE_ADDRESS__
enum { SILENT = 0 };
#else
enum { SILENT = 1 };
#endif

/* Runs `work` in a child with a fresh engine. The child must end by itself with status 0 and print nothing. */
static void in_a_child(void (*work)(const struct fg_network *network, uint32_t hosts), const char *spec,
                       uint32_t hosts) {
  char name[] = "test_network.XXXXXX";
  int out = mkstemp(name);
  assert_true(out >= 0);
  unlink(name);
  struct fg_network network;
  struct fg_fault fault = {.text = ""};
  if (fg_network_parse(spec, &network, &fault))
    fail_msg("%s: %s", spec, fault.text);
  memset(shared, 0, sizeof *shared);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    alarm(30);
    char program[] = "test_network", *argv[] = {program, NULL};
    int argc = 1;
    simgrid_init(&argc, argv);
    work(&network, hosts);
    fflush(NULL);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  char said[500] = "";
  ssize_t n = pread(out, said, sizeof said - 1, 0);
  close(out);
  if (status != 0 || (SILENT && n != 0))
    fail_msg("%s, %u hosts: status %d, it printed '%s'", spec, hosts, status, said);
}

/* one message: its size, when it is offered, when it is asked for, and what happens */
struct message {
  double bytes, put_at, get_at, put_end, got;
  sg_host_t from, to;
  char mailbox[32];
  bool eager;
};

static void sender(int argc, char **argv) {
  (void)argc;
  (void)argv;
  struct message *m = sg_actor_self_get_data();
  sg_actor_sleep_until(m->put_at);
  sg_mailbox_put(sg_mailbox_by_name(m->mailbox), m, (long)m->bytes);
  m->put_end = simgrid_get_clock();
}

static void receiver(int argc, char **argv) {
  (void)argc;
  (void)argv;
  struct message *m = sg_actor_self_get_data();
  if (m->eager)
    sg_mailbox_set_receiver(m->mailbox);
  sg_actor_sleep_until(m->get_at);
  if (sg_mailbox_get(sg_mailbox_by_name(m->mailbox)) == m)
    m->got = simgrid_get_clock();
}

static void start(const char *name, sg_host_t host, void (*code)(int, char **), void *data) {
  sg_actor_t actor = sg_actor_init(name, host);
  sg_actor_set_data(actor, data);
  sg_actor_start_(actor, code, 0, NULL);
}

static void start_message(struct message *m, unsigned number) {
  snprintf(m->mailbox, sizeof m->mailbox, "message-%u", number);
  start("receiver", m->to, receiver, m);
  start("sender", m->from, sender, m);
}

/* ---- transfer times (T3) ---- */

static const double sizes[] = {0,    1,    100,  257,  258,   732,   733,   1426,  1427, 3484,     3485,
                               5776, 5777, 9376, 9377, 15424, 15425, 65472, 65473, 1e6,  12345678, 1e9};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static const char *const stars[] = {"star:tcp=lv08", "star:tcp=cm02", "star:tcp=smpi", "star",
                                    /* the TCP window binds */
                                    "star:lat=50ms,tcp=lv08", "star:lat=50ms,tcp=cm02", "star:lat=50ms,tcp=smpi",
                                    "star:bw=100Gbps,lat=1ms", "star:lat=0s,tcp=smpi", "star:lat=0s,bw=40Gbps,tcp=lv08",
                                    /* the shared backbone binds, or only adds its latency */
                                    "star:backbone=0.8Gbps,tcp=lv08", "star:backbone=0.8Gbps,backbone_lat=1ms,tcp=cm02",
                                    "star:backbone=1.01Gbps", "star:backbone=40Gbps,backbone_lat=10us"};
enum { STARS = sizeof stars / sizeof stars[0] };

/* Messages one after the other between the two hosts of a star, half of them eager; value[i]: time taken; value[SIZES +
 * i]: the same by an eager message whose receiver asks late, value[2 SIZES + i]: by a rendezvous whose receiver asks
 * late. */
static void time_messages(const struct fg_network *network, uint32_t hosts) {
  sg_host_t host[2];
  fg_network_configure(network);
  shared->err = fg_network_build(network, hosts, host, &shared->fault);
  if (shared->err)
    return;
  static struct message m[3 * SIZES];
  double late = 50;
  for (unsigned i = 0; i < SIZES; i++)
    for (unsigned k = 0; k < 3; k++) {
      struct message *one = &m[k * SIZES + i];
      double at = (3 * i + k) * 200.0;
      *one = (struct message){.bytes = sizes[i], .put_at = at, .get_at = k ? at + late : at, .eager = k == 1};
      one->from = host[(i + k) % 2];
      one->to = host[(i + k + 1) % 2];
      start_message(one, k * SIZES + i);
    }
  simgrid_run();
  for (unsigned i = 0; i < SIZES; i++) {
    shared->value[i] = m[i].got - m[i].put_at;
    shared->value[SIZES + i] = m[SIZES + i].put_end - m[SIZES + i].put_at;
    /* the eager message was there when asked for; the other travels only then */
    double there = m[SIZES + i].got - m[SIZES + i].put_at;
    if (fabs(there - fmax(late, shared->value[SIZES + i])) > 1e-9)
      shared->value[SIZES + i] = NAN;
    shared->value[2 * SIZES + i] = m[2 * SIZES + i].got - m[2 * SIZES + i].get_at;
  }
}

/* largest relative error of the times against `factor` x latency + the formula's rest; clock_error [s] is forgiven */
static double worst_error(const struct fg_network *network, double left_out, double clock_error) {
  double worst = 0;
  for (unsigned i = 0; i < 3 * SIZES; i++) {
    double expected = fg_network_transfer_time(network, sizes[i % SIZES]) - left_out;
    double error = fmax(0, fabs(shared->value[i] - expected) - clock_error);
    worst = fmax(worst, isnan(shared->value[i]) ? INFINITY : error / fmax(expected, 1e-300));
  }
  return worst;
}

static void transfer_times_are_the_formula(void **state) {
  (void)state;
  for (unsigned s = 0; s < STARS; s++) {
    struct fg_network network;
    assert_int_equal(fg_network_parse(stars[s], &network, NULL), FG_OK);
    in_a_child(time_messages, stars[s], 2);
    if (shared->err)
      fail_msg("%s: %s", stars[s], shared->fault.text);
    /* times are differences of clocks up to 13,200 s, whose last bit is 1.8e-12 s */
    double worst = worst_error(&network, 0, 4e-12);
    if (!(worst < 1e-9))
      fail_msg("%s: the formula is off by %g", stars[s], worst);
    /* wrong formulas: without the latency's factor, and with a thousandth of the time of 1 MB less */
    double plain = 2 * network.par.value[2];
    if (network.flow == FG_FLOW_LV08 && plain > 0)
      assert_true(worst_error(&network, 12.01 * plain, 4e-12) > 1e-3);
    assert_true(worst_error(&network, 1e-3 * fg_network_transfer_time(&network, 1e6), 4e-12) > 1e-6);
  }
  /* the factors themselves, by hand */
  struct fg_network network;
  assert_int_equal(fg_network_parse("star:bw=1Gbps,lat=50us,tcp=lv08", &network, NULL), FG_OK);
  assert_true(fabs(fg_network_transfer_time(&network, 1e6) - (13.01e-4 + 1e6 / (0.97 * 125e6))) < 1e-15);
  assert_int_equal(fg_network_parse("star:bw=1Gbps,lat=50us,tcp=cm02", &network, NULL), FG_OK);
  assert_true(fabs(fg_network_transfer_time(&network, 1e6) - 8.1e-3) < 1e-15);
  assert_int_equal(fg_network_parse("torus", &network, NULL), FG_OK);
  assert_true(isnan(fg_network_transfer_time(&network, 1e6)));
}

/* ---- every kind, several sizes ---- */

enum { PAIRS = 40 };

/* value[0]: hosts whose name and speed are right; value[1 + i]: time of message i between a random pair. */
static void messages_between_random_pairs(const struct fg_network *network, uint32_t hosts) {
  static sg_host_t host[4096];
  static struct message m[PAIRS];
  static double speed[4096];
  fg_network_configure(network);
  shared->err = fg_network_build(network, hosts, host, &shared->fault);
  if (!shared->err)
    shared->err = fg_network_host_speeds(network, hosts, speed, &shared->fault);
  if (shared->err)
    return;
  for (uint32_t i = 0; i < hosts; i++) {
    char name[32];
    snprintf(name, sizeof name, "worker-%u", i);
    shared->value[0] += strcmp(name, sg_host_get_name(host[i])) == 0 && sg_host_get_speed(host[i]) == speed[i] &&
                        speed[i] == (i % 2 ? 2e9 : 4e9);
  }
  struct fg_rng rng;
  fg_rng_start(&rng, 5, FG_STREAM_GENERATE, hosts, 0);
  for (unsigned i = 0; hosts > 1 && i < PAIRS; i++) {
    uint32_t from = fg_rng_below(&rng, hosts), to = (from + 1 + fg_rng_below(&rng, hosts - 1)) % hosts;
    m[i] = (struct message){.bytes = 1e5, .put_at = i, .get_at = i, .from = host[from], .to = host[to]};
    start_message(&m[i], i);
  }
  simgrid_run();
  for (unsigned i = 0; hosts > 1 && i < PAIRS; i++)
    shared->value[1 + i] = m[i].got - m[i].get_at;
}

static void every_kind_carries_messages(void **state) {
  (void)state;
  static const char *const kinds[] = {"star",
                                      "fattree",
                                      "fattree:levels=1",
                                      "fattree:levels=3",
                                      "torus",
                                      "dragonfly",
                                      "star:backbone=10Gbps",
                                      "fattree:down=16x8,up=1x2,count=1x2",
                                      "torus:dims=11x10",
                                      "torus:dims=128",
                                      "torus:dims=2x2x2x2x8",
                                      "dragonfly:dims=4x3x4x3,links=2x1x3"};
  static const uint32_t counts[] = {1, 2, 7, 16, 100};
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
      char spec[200];
      snprintf(spec, sizeof spec, "%s%cspeed=4Gf/2Gf,tcp=cm02", kinds[k], strchr(kinds[k], ':') ? ',' : ':');
      in_a_child(messages_between_random_pairs, spec, counts[c]);
      if (shared->err)
        fail_msg("%s, %u hosts: %s", spec, counts[c], shared->fault.text);
      assert_true(shared->value[0] == counts[c]);
      for (unsigned i = 1; counts[c] > 1 && i <= PAIRS; i++) {
        /* at least one link of 50 us and 125 MB/s, at most 200 in a row */
        double t = shared->value[i];
        if (!(t >= 50e-6 + 1e5 / 125e6 - 1e-12 && t < 200 * 50e-6 + 1e5 / 125e6))
          fail_msg("%s, %u hosts: a transfer took %g s", spec, counts[c], t);
      }
    }
}

static void small_platforms_are_refused(void **state) {
  (void)state;
  static const char *const specs[][2] = {{"torus:dims=4x4", "has room for 16 hosts, 17 are needed"},
                                         {"fattree:down=4x4", "has room for 16 hosts, 17 are needed"},
                                         {"dragonfly:dims=1x2x2x4", "has room for 16 hosts, 17 are needed"}};
  for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
    in_a_child(messages_between_random_pairs, specs[i][0], 17);
    assert_int_equal(shared->err, FG_EUSAGE);
    assert_non_null(strstr(shared->fault.text, specs[i][1]));
  }
}

/* ---- a user's platform ---- */

#define HEAD "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
#define FULL HEAD "<platform version=\"4.1\">\n<zone id=\"z\" routing=\"Full\">\n"
#define ENDS "</zone>\n</platform>\n"

static void with_file(const char *text, uint32_t hosts, void (*work)(const struct fg_network *, uint32_t), char *name,
                      size_t size) {
  snprintf(name, size, "test_platform.XXXXXX");
  int fd = mkstemp(name);
  assert_true(fd >= 0);
  size_t n = strlen(text);
  assert_int_equal(write(fd, text, n), (ssize_t)n);
  close(fd);
  char spec[100];
  snprintf(spec, sizeof spec, "xml:tcp=cm02,file=%s", name);
  in_a_child(work, spec, hosts);
  unlink(name);
}

/* value[0]: sum of i times the number at the end of host i's name */
static void build_only(const struct fg_network *network, uint32_t hosts) {
  sg_host_t host[16];
  fg_network_configure(network);
  shared->err = fg_network_build(network, hosts, host, &shared->fault);
  for (uint32_t i = 0; !shared->err && i < hosts; i++)
    shared->value[0] += i * strtod(sg_host_get_name(host[i]) + 1, NULL);
  static struct message m;
  if (!shared->err && hosts > 1) {
    m = (struct message){.bytes = 1000000, .from = host[0], .to = host[hosts - 1]};
    start_message(&m, 0);
    simgrid_run();
    shared->value[1] = m.got;
  }
}

/* the absolute name of a file, as messages have it, ends with the name that was given */
static bool names(const struct fg_fault *fault, const char *name) {
  size_t full = strlen(fault->file), n = strlen(name);
  return full >= n && strcmp(fault->file + full - n, name) == 0;
}

static void a_users_platform_is_loaded(void **state) {
  (void)state;
  char name[64];
  const char *cluster = HEAD "<platform version=\"4.1\">\n<cluster id=\"c\" prefix=\"h\" suffix=\"\" radical=\"0-11\" "
                             "speed=\"1Gf\" bw=\"125MBps\" lat=\"50us\"/>\n</platform>\n";
  with_file(cluster, 12, build_only, name, sizeof name);
  if (shared->err)
    fail_msg("%s", shared->fault.text);
  /* h2 comes before h10 */
  assert_true(shared->value[0] == 506);
  assert_true(fabs(shared->value[1] - 8.1e-3) < 1e-12);
  struct fg_network network;
  double slowest = 1, fastest = 1;
  with_file(cluster, 1, build_only, name, sizeof name);
  assert_int_equal(shared->err, FG_OK);
  assert_int_equal(fg_network_parse("xml:file=no/such/file.xml", &network, &shared->fault), FG_EINPUT);
  assert_string_equal(shared->fault.file, "no/such/file.xml");
  assert_int_equal(fg_network_parse("xml:file=.", &network, &shared->fault), FG_EINPUT);
  assert_int_equal(fg_network_parse("xml:file=/dev/null", &network, &shared->fault), FG_EINPUT);
  char spec[100];
  snprintf(spec, sizeof spec, "xml:file=%s", some_file);
  assert_int_equal(fg_network_parse(spec, &network, NULL), FG_OK);
  fg_network_speeds(&network, &slowest, &fastest);
  assert_true(slowest == 0 && fastest == 0);
  assert_int_equal(fg_network_host_speeds(&network, 1, &slowest, &shared->fault), FG_EUSAGE);
  assert_non_null(strstr(shared->fault.text, "network xml: how fast"));
  with_file(cluster, 13, build_only, name, sizeof name);
  assert_int_equal(shared->err, FG_EUSAGE);
  assert_true(names(&shared->fault, name));
  assert_non_null(strstr(shared->fault.text, "has 12 hosts, 13 are needed"));
}

static void bad_platforms_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *reason;
    unsigned long long line;
  } cases[] = {
      {"", "EOF in prolog", 1},
      {"hello\n", "Unexpected character", 1},
      {HEAD "<platform version=\"4.1\"><zone id=\"z", "EOF in literal", 3},
      {FULL "<host id=\"a\" speed=\"1Gf\"/>\n</zoone></platform>", "</zone>' expected", 6},
      {FULL "<host id=\"a\" speed=\"fast\"/>\n" ENDS, "cannot parse number", 5},
      {FULL "<foo/>" ENDS, "</zone>' expected", 5},
      {FULL "<host id=\"a\" speed=\"1Gf\"/><host id=\"a\" speed=\"1Gf\"/>" ENDS, "second host named 'a'", 0},
      {FULL "<host id=\"a\" speed=\"1Gf\"/><host id=\"b\" speed=\"1Gf\"/>" ENDS, "no route from a to b", 0},
      {FULL
       "<host id=\"a\" speed=\"1Gf\"/><host id=\"b\" speed=\"1Gf\"/><route src=\"a\" dst=\"b\"><link_ctn id=\"u\"/>"
       "</route>" ENDS,
       "Link not found", 0},
      /* SimGrid ends the process at these */
      {HEAD "<platform version=\"4.1\"><zone id=\"z\" routing=\"Foo\"><host id=\"a\" speed=\"1Gf\"/>" ENDS,
       "SimGrid gives up at this platform", 0},
      {HEAD "<platform version=\"4.1\"></platform>", "SimGrid gives up at this platform", 0},
      {HEAD "<platform version=\"3\"><zone id=\"z\" routing=\"Full\"/></platform>", "TOO OLD", 3}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char name[64];
    with_file(cases[i].text, 2, build_only, name, sizeof name);
    if (shared->err != FG_EINPUT || !strstr(shared->fault.text, cases[i].reason) ||
        shared->fault.line != cases[i].line || !names(&shared->fault, name))
      fail_msg("platform %zu: error %d, %s:%llu: '%s', expected '%s' in line %llu", i, shared->err, shared->fault.file,
               shared->fault.line, shared->fault.text, cases[i].reason, cases[i].line);
  }
}

/* ---- the clock ---- */

enum { NEIGHBOURS = 8 };

static const double gap = 3e-10; /* [s] */

static void sleeper(int argc, char **argv) {
  (void)argc;
  (void)argv;
  double *value = sg_actor_self_get_data(), *other = value + NEIGHBOURS;
  double length = 1e-4 + gap * (double)(value - shared->value);
  double start_s = simgrid_get_clock();
  sg_actor_sleep_for(length);
  *value = simgrid_get_clock() - start_s - length;
  sg_actor_sleep_until(1);
  sg_actor_execute(4e9 * length);
  *other = simgrid_get_clock() - 1 - length;
}

static void sleep_side_by_side(const struct fg_network *network, uint32_t hosts, bool configure) {
  sg_host_t host[NEIGHBOURS];
  fg_network_configure(network);
  if (!configure) /* SimGrid's own */
    sg_cfg_set_double("surf/precision", 1e-9);
  shared->err = fg_network_build(network, hosts, host, &shared->fault);
  for (uint32_t i = 0; !shared->err && i < hosts; i++)
    start("sleeper", host[i], sleeper, &shared->value[i]);
  simgrid_run();
}

static void sleep_configured(const struct fg_network *network, uint32_t hosts) {
  sleep_side_by_side(network, hosts, true);
}

static void sleep_by_default(const struct fg_network *network, uint32_t hosts) {
  sleep_side_by_side(network, hosts, false);
}

/* largest error of value[first .. first + NEIGHBOURS - 1] */
static double worst_value(int first) {
  double worst = 0;
  for (int i = first; i < first + NEIGHBOURS; i++)
    worst = fmax(worst, fabs(shared->value[i]));
  return worst;
}

static void neighbours_do_not_shorten_activities(void **state) {
  (void)state;
  in_a_child(sleep_configured, "star", NEIGHBOURS);
  assert_int_equal(shared->err, FG_OK);
  /* 1e-12 of 1e-4 s for a sleep from clock 0; the clock's last bit, for work from clock 1 */
  assert_true(worst_value(0) < 1e-16);
  assert_true(worst_value(NEIGHBOURS) < 5e-16);
  in_a_child(sleep_by_default, "star", NEIGHBOURS);
  assert_true(worst_value(0) > gap / 2);
  assert_true(worst_value(NEIGHBOURS) > gap / 2);
}

/* Three messages into one host's link, whose rate they share; value[i]: their times. */
static void three_into_one(const struct fg_network *network, uint32_t hosts) {
  sg_host_t host[4];
  static struct message m[3];
  fg_network_configure(network);
  shared->err = fg_network_build(network, hosts, host, &shared->fault);
  for (unsigned i = 0; !shared->err && i < 3; i++) {
    m[i] = (struct message){.bytes = 1e6 * (i + 1), .put_at = 1e6, .get_at = 1e6, .from = host[i], .to = host[3]};
    start_message(&m[i], i);
  }
  simgrid_run();
  for (unsigned i = 0; i < 3; i++)
    shared->value[i] = m[i].got - 1e6;
}

static void contention_shares_a_link(void **state) {
  (void)state;
  in_a_child(three_into_one, "star:bw=1Gbps,lat=50us,tcp=cm02", 4);
  assert_int_equal(shared->err, FG_OK);
  /* 3 flows until 3 MB have passed, 2 until 5 MB, then 1; the clock's last bit at 1e6 s is 1.2e-10 s */
  static const double passed[] = {3e6, 5e6, 6e6};
  for (int i = 0; i < 3; i++)
    assert_true(fabs(shared->value[i] - (1e-4 + passed[i] / 125e6)) < 1e-9);
}

/* ---- the grammar ---- */

static void every_row_conforms(void **state) {
  (void)state;
  static const char *const expected[] = {"star", "fattree", "torus", "dragonfly", "xml"};
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
    const struct fg_network_type *type = fg_network_types[i];
    assert_string_equal(type->name, expected[i]);
    assert_ptr_equal(fg_network_find(expected[i]), type);
    for (const struct fg_param *p = type->params; p->key; p++)
      assert_non_null(p->help);
    char spec[100], printed[1024], again[1024];
    bool xml = strcmp(type->name, "xml") == 0;
    snprintf(spec, sizeof spec, "%s%s%s", type->name, xml ? ":file=" : "", xml ? some_file : "");
    struct fg_network n, m;
    assert_int_equal(fg_network_parse(spec, &n, NULL), FG_OK);
    fg_network_print(&n, printed, sizeof printed);
    assert_int_equal(fg_network_parse(printed, &m, NULL), FG_OK);
    fg_network_print(&m, again, sizeof again);
    assert_string_equal(printed, again);
    assert_memory_equal(&n.par, &m.par, sizeof n.par);
    assert_int_equal(n.flow, FG_FLOW_SMPI);
  }
  assert_null(fg_network_types[5]);
  assert_null(fg_network_find("mesh"));
  struct fg_network n;
  double slowest, fastest;
  assert_int_equal(fg_network_parse("torus:speed=4Gf/500Mf/2Gf,tcp=lv08", &n, NULL), FG_OK);
  assert_int_equal(n.flow, FG_FLOW_LV08);
  fg_network_speeds(&n, &slowest, &fastest);
  assert_true(slowest == 5e8 && fastest == 4e9);
  double speed[4] = {0};
  assert_int_equal(fg_network_host_speeds(&n, 4, speed, NULL), FG_OK);
  assert_true(speed[0] == 4e9 && speed[1] == 5e8 && speed[2] == 2e9 && speed[3] == 4e9);
}

static void bad_specs_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *spec, *reason;
  } cases[] = {{"", "does not start with a name"},
               {"mesh", "there is no network 'mesh' (there are: star, fattree, torus, dragonfly, xml)"},
               {"star:speed=4", "speed=4 must be"},
               {"star:speed=4Gf/", "speed=4Gf/ must be"},
               {"star:speed=4Gf//2Gf", "must be a number with the unit f"},
               {"star:speed=0f", "must be a number with the unit f"},
               {"star:bw=0bps", "with the unit bps"},
               {"star:bw=1GBps", "with the unit bps"},
               {"star:lat=50", "with the unit s (as in 2ms)"},
               {"star:tcp=udp", "must be one of smpi|lv08|cm02"},
               {"star:dims=4x4", "no key 'dims'"},
               {"star:backbone=0.5bps", "must be 0bps or at least 1bps"},
               {"star:backbone_lat=1ms", "needs backbone"},
               {"torus:dims=4x", "dims=4x must be"},
               {"torus:dims=x4", "dims=x4 must be"},
               {"torus:dims=4x0", "dims=4x0 must be"},
               {"torus:dims=4x4x-1", "must be at most"},
               {"torus:dims=99999999", "must be at most"},
               {"torus:dims=1048576x1048576", "must be at most"},
               {"torus:dims=1x1x1x1x1x1x1x1x1", "must be at most 8 numbers"},
               {"fattree:levels=0", "must be a whole number from 1 to 4"},
               {"fattree:down=4x4,up=1", "one number for each of the 2 levels"},
               {"fattree:levels=3,count=1x2", "one number for each of the 3 levels"},
               {"dragonfly:dims=2x2x2", "dims needs four numbers"},
               {"dragonfly:links=1x1", "links three"},
               {"dragonfly:dims=4x2x3x9", "4 groups need at least as many routers in a chassis, not 3"},
               {"xml", "needs file="},
               {"xml:file=x,bw=1Gbps", "no key 'bw'"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct fg_network n;
    struct fg_fault fault = {.text = ""};
    enum fg_err err = fg_network_parse(cases[i].spec, &n, &fault);
    if (err != FG_EUSAGE || !strstr(fault.text, cases[i].reason))
      fail_msg("'%s': error %d, text '%s', expected '%s'", cases[i].spec, err, fault.text, cases[i].reason);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_conforms),
      cmocka_unit_test(bad_specs_are_refused),
      cmocka_unit_test(transfer_times_are_the_formula),
      cmocka_unit_test(every_kind_carries_messages),
      cmocka_unit_test(small_platforms_are_refused),
      cmocka_unit_test(a_users_platform_is_loaded),
      cmocka_unit_test(bad_platforms_are_refused),
      cmocka_unit_test(neighbours_do_not_shorten_activities),
      cmocka_unit_test(contention_shares_a_link),
  };
  return cmocka_run_group_tests(tests, map_shared, unmap_shared);
}
