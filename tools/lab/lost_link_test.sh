#!/usr/bin/env bash
# //train:ddp on three hosts, of which rank 0's loses its network: all ranks end within
# 10 s, and those still connected name it. Other ranks' links are in //train/faults.
set -uo pipefail
net=tools/lab/shaped_net
if ! problem=$($net check); then
  echo "SKIPPED: $problem"
  exit 0
fi
net=$PWD/$net ddp=$PWD/train/ddp
cd "$TEST_TMPDIR" || exit 1
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# A host: its rank, and the end of its link once the file "cut" is there.
cat >host.sh <<HOST
cd "\$1" && lost=\$2
$ddp --model lenet --epochs 100000 --eval_every 0 --train_images 600 --batch_size 32 \\
  --threads 1 --lr 0.01 --interface eth0 --output_dir run >out.\$RANK 2>err.\$RANK &
if [[ \$RANK == \$lost ]]; then
  until [[ -e cut ]]; do sleep 0.05; done
  ip link set eth0 down
fi
wait \$!
echo "\$? \$(date +%s%N)" >end.\$RANK
HOST

await_file() {
  local tries
  for ((tries = 0; tries < 1200; ++tries)); do
    grep -qs "$2" "$1" && return
    sleep 0.05
  done
  fail "no $2 in $1"
}

# Of the 10 s, 7 are how long a host's kernel may be silent (link_timeout), and up to
# 1.5 the time that a thread in a collective gets to notice.
run_without() {
  local lost=$1 r code at begin
  mkdir "$lost" || return
  timeout 100 "$net" run --nodes 3 -- bash "$PWD/host.sh" "$PWD/$lost" "$lost" >"$lost/net" 2>&1 &
  await_file "$lost/out.0" EPOCH
  begin=$(date +%s%N)
  touch "$lost/cut"
  wait $! || fail "host $lost: $(cat "$lost"/net)"
  for r in 0 1 2; do
    read -r code at <"$lost/end.$r"
    echo "rank $r without host $lost: exit code $code after $(((at - begin) / 1000000)) ms: $(cat "$lost/err.$r")"
    ((at - begin < 10000000000)) || fail "rank $r without host $lost took too long"
    ((code == 1 || code == 3)) || fail "rank $r without host $lost: exit code $code"
    ((r == lost)) || grep -q "ddp: error: rank $r: rank $lost (host n$lost, pid [0-9]*) was lost: no answer over the network" "$lost/err.$r" ||
      fail "rank $r does not name rank $lost"
  done
}
run_without 0

[[ $failures == 0 ]] && echo "all runs ended in time"
exit $((failures > 0))
