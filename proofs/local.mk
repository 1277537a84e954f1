# The claims register: one file per claim, the laboratory they share.
noinst_LIBRARIES += libfugueproofs.a
libfugueproofs_a_SOURCES = proofs/claim.c proofs/claim.h proofs/claims.c proofs/claims.h proofs/bounds.h
libfugueproofs_a_SOURCES += proofs/lab/across.c proofs/lab/across.h proofs/lab/across_counted.c \
  proofs/lab/across_given.c proofs/lab/additive_case.c proofs/lab/additive_case.h proofs/lab/cells.c proofs/lab/cells.h \
  proofs/lab/chain.c proofs/lab/chain.h proofs/lab/corpus.c proofs/lab/corpus.h proofs/lab/spoiled.c proofs/lab/spoiled.h \
  proofs/lab/cloud.c \
  proofs/lab/cloud.h proofs/lab/curvature.c proofs/lab/curvature.h proofs/lab/curve.c proofs/lab/curve.h \
  proofs/lab/ensemble.c proofs/lab/ensemble.h proofs/lab/explored.c proofs/lab/explored.h proofs/lab/fixed_point.c \
  proofs/lab/fixed_point.h proofs/lab/lab.c proofs/lab/lab.h proofs/lab/limit.c proofs/lab/limit.h \
  proofs/lab/moments.c proofs/lab/moments.h proofs/lab/pooled.c proofs/lab/pooled.h proofs/lab/quadratic.c \
  proofs/lab/quadratic.h proofs/lab/scene.c proofs/lab/scene.h proofs/lab/skewed.c proofs/lab/skewed.h \
  proofs/lab/solo.c proofs/lab/solo.h proofs/lab/statistics.c proofs/lab/statistics.h proofs/lab/subepochs.c \
  proofs/lab/subepochs.h proofs/lab/tail.c proofs/lab/tail.h proofs/lab/timing.c proofs/lab/timing.h \
  proofs/lab/trial.c proofs/lab/trial.h proofs/lab/waits.c proofs/lab/waits.h proofs/lab/whiten.c \
  proofs/lab/whiten.h
# S: structure
libfugueproofs_a_SOURCES += proofs/s1_disjoint.c proofs/s2_cover.c proofs/s3_ownership.c proofs/s4_serializable.c \
  proofs/s5_progress.c proofs/s6_staleness.c proofs/s7_traffic.c proofs/s8_memory.c
# M: moments of the iterates
libfugueproofs_a_SOURCES += proofs/m1_mean.c proofs/m2_covariance.c proofs/m3_beyond.c proofs/m3_beyond.h \
  proofs/m3_inside_block.c proofs/m4_across_blocks.c proofs/m5_safe_extras.c proofs/m6_geometric_extras.c \
  proofs/m7_order_bias.c
# C: convergence
libfugueproofs_a_SOURCES += proofs/c1_robbins_monro.c proofs/c2_harmless.c proofs/c3_decay_needed.c \
  proofs/c4_speed_bias.c proofs/c5_comparison.c proofs/c6_bounded_slack.c
# D: samplers
libfugueproofs_a_SOURCES += proofs/d1_invariant.c proofs/d2_calibrated.c
# T: time
libfugueproofs_a_SOURCES += proofs/t1_slowest.c proofs/t2_computing.c proofs/t3_network.c proofs/t4_quorum.c
# Exhaustive exploration. Machines allocate from its arena: programs that link it lead malloc and its like there.
explore_ldflags = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=free
libfugueproofs_a_SOURCES += proofs/explore/arena.c proofs/explore/arena.h proofs/explore/explore.c \
  proofs/explore/explore.h proofs/explore/faults.c proofs/explore/inner.h proofs/explore/letters.c \
  proofs/explore/machines.c proofs/explore/properties.c proofs/explore/scenes.c proofs/explore/search.c
# advice before deployment
libfugueproofs_a_SOURCES += proofs/preflight/candidates.c proofs/preflight/course.c proofs/preflight/estimate.c \
  proofs/preflight/predict.c proofs/preflight/preflight.h proofs/preflight/recommend.c proofs/preflight/sample.c \
  proofs/preflight/simulate.c proofs/preflight/slowed.c proofs/preflight/slowed.h
# machine-checked proofs
include proofs/coq/local.mk
include proofs/spin/local.mk
include proofs/wp/local.mk
