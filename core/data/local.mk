# files -> points -> block grid
libfugue_a_SOURCES += core/data/points.c core/data/text_input.c core/data/text_input.h core/data/scan.c \
  core/data/scan.h core/data/reader.c core/data/reader.h core/data/read_bow.c core/data/read_matrix_market.c \
  core/data/read_triplets.c core/data/read_edges.c core/data/read_plain.c core/data/points_read.c core/data/points_write.c \
  core/data/vocabulary.c core/data/labels.c core/data/zeros.c core/data/zeros.h core/data/split.c core/data/balance.c core/data/balance.h core/data/layout.c \
  core/data/layout.h core/data/tile.c core/data/tile.h core/data/storage.h core/data/cut.c core/data/cut.h core/data/counted.c core/data/counted.h core/data/grid.c core/data/pass.c core/data/spool.c core/data/spool.h \
  core/data/grid_dir.c core/data/grid_dir.h core/data/grid_index.c core/data/grid_index.h core/data/part_file.c \
  core/data/part_file.h core/data/grid_open.c core/data/partition.c core/data/partition_job.h \
  core/data/partition_part.c core/data/partition_duplicate.c \
  core/data/placement.c core/data/placement.h core/data/generate.c core/data/generate_mf.c core/data/generate_lda.c \
  core/data/generate_additive.c \
  core/data/generate_dict.c
libfugue_a_SOURCES += core/data/generate_mmnd.c core/data/by_row.c
nobase_pkginclude_HEADERS += core/data/points.h core/data/labels.h core/data/split.h core/data/grid.h core/data/generate.h \
  core/data/grid_file.h core/data/partition.h core/data/by_row.h
EXTRA_DIST += experiments/data/sotu/README.md experiments/data/sotu/docword.txt.gz experiments/data/sotu/vocab.txt \
  experiments/data/sotu/docs.tsv.gz
libfugue_a_SOURCES += core/data/generate_nmf.c
