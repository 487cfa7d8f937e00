#!/usr/bin/env bash
# The all-reduce alone (--comm_baseline of //train:ddp) on links of known rate and delay
# takes the time that they allow.
#
# P = 4 ranks in Gloo's ring. Each sends 2 (P-1) / P of S bytes through its link, of whose
# rate R TCP gets 1448 / 1514 (tbf counts the Ethernet header), the shaper's burst at once.
# Each byte passes P-1 links to be summed and P-1 to be spread, so nothing ends before
# 2 (P-1) delays on the rank that starts first. A repeat's time is the last one's; what it
# adds goes once round the ring: P delays. On a busy machine a rank may be later than that,
# hence the median. Gloo cuts a rank's part into at least 2 segments (at most 1 MiB each)
# and sends the next while one is under way: a large message hides the delays, a small one
# is nothing else. So
#
#   transfer - burst <= every time;  P delays <= median
#   least time <= transfer + 2 (P-1) delays + what software takes
#
# The bounds below are physics and tight. That above leaves room for a busy machine: 30 %
# and 2 ms, for the least of 10 repeats, or of 30 if 10 were too slow.
set -uo pipefail
source tools/lab/parts/testing.sh
problem=$("$lab/shaped_net" check --slurm --delay 1ms) || skip "$problem"
ddp=$PWD/train/ddp dump=$PWD/analysis/dump
cd "$TEST_TMPDIR" || exit 1

# rows RUN -- "bytes time_min_us time_median_us" of each size.
rows() {
  "$dump" "$1/run.rec" | awk '
    $1 == "bytes:" { bytes = $2 }
    $1 == "time_median_us:" { median = $2 }
    $1 == "time_min_us:" { print bytes, $2, median }'
}

# train NAME MODEL OPTIONS... -- adds the rows of a run to NAME.rows.
train() {
  local name=$1 model=$2
  shift 2
  rm -rf "$name"
  timeout 200 "$lab/shaped_net" run --slurm --congestion reno "$@" -- \
    srun -N4 -n4 "$ddp" --model "$model" --train_images 16 --test_images 10 --batch_size 4 \
    --max_steps 1 --epochs 1 --eval_every 0 --threads 1 --lr 0.01 --comm_baseline \
    --output_dir "$PWD/$name" >"$name.out" 2>&1 || { fail "$name: $(cat "$name.out")"; return 1; }
  rows "$name" >>"$name.rows"
}

# judge BIT_PER_S BURST_BYTES DELAY_US -- of rows on standard input.
judge() {
  sort -n -k1,1 -k2,2 | awk -v rate="$1" -v burst="$2" -v delay="$3" '
    $1 == last { next }
    { last = $1
      transfer = 1e6 * 1.5 * $1 * 8 / (rate * 1448 / 1514)
      low = transfer - 1e6 * burst * 8 / rate
      if (low < 0) low = 0
      high = 1.3 * (transfer + 6 * delay) + 2000
      good = 0.99 * low <= $2 && 0.99 * 4 * delay <= $3 && $2 <= high
      printf "  %9d bytes: least %.2f ms, median %.2f, transfer %.2f, delays %.2f; %.2f to %.2f allowed%s\n", $1,
             $2 / 1000, $3 / 1000, transfer / 1000, 6 * delay / 1000, low / 1000, high / 1000,
             good ? "" : " <--"
      bad += !good; ++n }
    END { exit !(n > 0 && bad == 0) }'
}

# measure NAME MODEL BIT_PER_S BURST_BYTES DELAY_US OPTIONS...
measure() {
  local name=$1 attempt
  for attempt in 1 2 3; do
    train "$name" "$2" "${@:6}" || return
    echo "$2, ${*:6}"
    judge "$3" "$4" "$5" <"$name.rows" && return
  done
  fail "$name: not within its bounds in $attempt runs"
}
measure hundred resnet20 1e8 8192 0 --rate 100mbit --burst 8kb
measure thousand resnet18 1e9 131072 0 --rate 1gbit --burst 128kb
measure delayed resnet18 1e9 131072 500 --rate 1gbit --burst 128kb --delay 500us
passed "the links are what they were asked to be"
