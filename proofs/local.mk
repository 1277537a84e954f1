# The claims register: one file per claim, the laboratory they share.
noinst_LIBRARIES += libfugueproofs.a
libfugueproofs_a_SOURCES = proofs/claim.c proofs/claim.h proofs/claims.c proofs/claims.h proofs/bounds.h \
  proofs/lab/lab.c proofs/lab/lab.h proofs/lab/trial.c proofs/lab/trial.h proofs/lab/statistics.c proofs/lab/statistics.h \
  proofs/lab/ensemble.c proofs/lab/ensemble.h proofs/lab/moments.c proofs/lab/moments.h \
  proofs/lab/additive_case.c proofs/lab/additive_case.h proofs/lab/skewed.c proofs/lab/skewed.h \
  proofs/lab/whiten.c proofs/lab/whiten.h
# S: structure
libfugueproofs_a_SOURCES +=
# M: moments of the iterates
libfugueproofs_a_SOURCES += proofs/m1_mean.c proofs/m2_covariance.c proofs/m4_across_blocks.c proofs/m6_geometric_extras.c
# C: convergence
libfugueproofs_a_SOURCES +=
# T: time
libfugueproofs_a_SOURCES +=
