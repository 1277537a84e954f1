#!/usr/bin/env bash
# What a sweep costs beyond its runs: N tiny ones (200) by `fugue sweep -j 1`, and the same one after the other by `fugue sim`.
# Prints milliseconds a run. $FUGUE is the program.
set -euo pipefail
FUGUE=${FUGUE:-fugue}
runs=${1:-200}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >bench.yaml <<YAML
title: Many tiny runs
base: {generate: "mf:rows=60,cols=40,nnz=900,rank=3", model: "mf:rank=4", workers: 3, epochs: 3, test: 0.1}
sweep:
  sync: [barrier, ring]
seeds: 1..$((runs / 2))
YAML
"$FUGUE" generate mf:rows=60,cols=40,nnz=900,rank=3 -o data.txt.gz >/dev/null

# each three times in turn, the shortest counts: others may be using the machine
least() { awk -v a="$1" -v b="$2" 'BEGIN { print a == "" || b < a ? b : a }'; }
since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'; }
alone='' swept=''
for turn in 1 2 3; do
  rm -rf alone bench-out
  mkdir alone
  start=$EPOCHREALTIME
  for ((seed = 1; seed <= runs / 2; seed++)); do
    for sync in barrier ring; do
      "$FUGUE" sim --data data.txt.gz --model mf:rank=4 --workers 3 --epochs 3 --test 0.1 --sync $sync --seed $seed -q -o alone/$sync-$seed
    done
  done
  alone=$(least "$alone" "$(since "$start")")
  start=$EPOCHREALTIME
  "$FUGUE" sweep bench.yaml -q -j 1
  swept=$(least "$swept" "$(since "$start")")
done
awk -v n="$runs" -v a="$alone" -v s="$swept" 'BEGIN {
  printf "%d runs: %.1f ms each by fugue sim, %.1f ms by fugue sweep; overhead %.1f ms a run\n", n, 1000 * a / n, 1000 * s / n, 1000 * (s - a) / n
}'
