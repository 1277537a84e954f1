libfugue_a_SOURCES += core/straggler/straggler.c \
  core/straggler/none.c core/straggler/persistent.c core/straggler/onoff.c core/straggler/shifted_exp.c \
  core/straggler/pareto.c core/straggler/lognormal.c core/straggler/weibull.c core/straggler/gamma.c \
  core/straggler/uniform.c core/straggler/burst.c core/straggler/trace.c \
  core/straggler/laws.h
nobase_pkginclude_HEADERS += core/straggler/straggler.h
