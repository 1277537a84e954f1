# Specifications of figures and tables, their runner, the embedded data.
EXTRA_DIST += experiments/README.md experiments/run experiments/pool.bash experiments/draw experiments/memory \
  experiments/spec.awk experiments/facts.awk experiments/plan.awk experiments/results.awk experiments/best.awk \
  experiments/table.awk experiments/ratios.awk experiments/figure.awk \
  experiments/quickstart.yaml experiments/headline.yaml experiments/strategies.yaml \
  experiments/bandwidth.yaml experiments/relay.yaml experiments/ssp.yaml
EXTRA_DIST += experiments/data/sotu/README.md experiments/data/sotu/docword.txt.gz experiments/data/sotu/vocab.txt \
  experiments/data/sotu/docs.tsv.gz
