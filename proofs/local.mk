# The claims register: one file per claim, the laboratory they share.
noinst_LIBRARIES += libfugueproofs.a
libfugueproofs_a_SOURCES = proofs/claim.c proofs/claim.h proofs/claims.c proofs/claims.h proofs/bounds.h \
  proofs/lab/lab.c proofs/lab/lab.h proofs/lab/trial.c proofs/lab/trial.h proofs/lab/statistics.c proofs/lab/statistics.h
# S: structure
libfugueproofs_a_SOURCES +=
# M: moments of the iterates
libfugueproofs_a_SOURCES += proofs/m6_geometric_extras.c
# C: convergence
libfugueproofs_a_SOURCES += proofs/c2_harmless.c proofs/lab/curve.c proofs/lab/curve.h
# T: time
libfugueproofs_a_SOURCES += proofs/t1_slowest.c proofs/t2_computing.c proofs/t3_network.c proofs/t4_quorum.c proofs/lab/timing.c proofs/lab/timing.h proofs/lab/subepochs.c proofs/lab/subepochs.h proofs/lab/tail.c proofs/lab/tail.h
