#!/usr/bin/env bash
# Four ranks on a shaped link, predicted by //analysis:tables from runs on one and two,
# against what four then measure: within 10 %. Once the link takes nearly all of the step,
# once computing takes a part that doubles where four ranks share two cores.
set -uo pipefail
net=tools/lab/shaped_net
if ! problem=$($net check); then
  echo "SKIPPED: $problem"
  exit 0
fi
net=$PWD/$net ddp=$PWD/train/ddp tables=$PWD/analysis/tables
cd "$TEST_TMPDIR" || exit 1
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# train FOLDER RANKS RATE MODEL BATCH IMAGES
train() {
  timeout 100 "$net" run --nodes "$2" --rate "$3" --burst 8kb -- "$ddp" --model "$4" \
    --train_images "$6" --test_images 10 --batch_size "$5" --epochs 2 --eval_every 0 --lr 0.01 \
    --threads 1 --comm_baseline --interface eth0 --output_dir "$PWD/$1/p$2" \
    >"$1.p$2.log" 2>&1 || fail "$1: $2 ranks: $(tail -n 3 "$1.p$2.log")"
}

# value TABLE COLUMN RUNS... -- of the row with P = 4 in the CSV of a table.
value() {
  local table=$1 column=$2
  shift 2
  "$tables" "$@" --predict_world_sizes 4 --output_dir "$PWD/report" >/dev/null || return
  sed 's/"[^"]*"//g' "report/$table.csv" | awk -F, -v column="$column" '
    NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i; next }
    $at["p"] == 4 { print $at[column]; exit }'
}

# compare FOLDER RATE MODEL BATCH IMAGES
compare() {
  local ranks predicted measured
  for ranks in 1 2; do train "$1" $ranks "${@:2}"; done
  predicted=$(value predictions step_ms "$1")
  train "$1" 4 "${@:2}"
  measured=$(value prediction_errors measured_step_ms "$1")
  echo "$3, $2: predicted ${predicted:-nothing} ms, measured ${measured:-nothing} ms"
  awk -v p="${predicted:-0}" -v m="${measured:-0}" \
    'BEGIN { exit !(p > 0.9 * m && p < 1.1 * m) }' || fail "$1: not within 10 %"
}
compare lenet 5mbit lenet 8 256
compare resnet20 50mbit resnet20 4 192

[[ $failures == 0 ]] && echo "the prediction held"
exit $((failures > 0))
