# Specifications of figures and tables, their runner, the embedded data.
EXTRA_DIST += experiments/README.md experiments/run experiments/memory experiments/spec.awk experiments/facts.awk \
  experiments/table.awk experiments/figure.awk experiments/draw \
  experiments/quickstart.yaml experiments/headline.yaml
EXTRA_DIST += experiments/data/sotu/README.md experiments/data/sotu/docword.txt.gz experiments/data/sotu/vocab.txt \
  experiments/data/sotu/docs.tsv.gz
