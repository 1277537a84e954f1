# Specifications of sweeps, the embedded data.
EXTRA_DIST += experiments/README.md experiments/memory \
  experiments/quickstart.yaml experiments/headline.yaml experiments/strategies.yaml experiments/bandwidth.yaml \
  experiments/relay.yaml experiments/ssp.yaml experiments/workers.yaml experiments/rank.yaml experiments/data.yaml \
  experiments/stragglers.yaml experiments/decay.yaml experiments/quorum.yaml experiments/networks.yaml experiments/real.yaml
