#!/usr/bin/env bash
# //train:ddp in steps of a real, throw-away Slurm cluster of two nodes on loopback; what
# hosts of their own are good for is cluster_test's.
set -uo pipefail
lab=tools/lab
if ! problem=$($lab/mini_slurm check); then
  echo "SKIPPED: $problem"
  exit 0
fi
# The rest runs inside the cluster.
if [[ -z ${SLURM_CONF:-} ]]; then
  NODES=2 CPN=2 exec $lab/mini_slurm run bash "$0"
fi

ddp=$PWD/train/ddp
cd "$TEST_TMPDIR" || exit 1
small="--model lenet --train_images 200 --test_images 50 --epochs 2 --threads 1"
more=
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# step NAME SRUN_OPTIONS... -- checks one run of four ranks or two.
step() {
  local name=$1 ranks=$2
  shift 2
  # shellcheck disable=SC2086
  timeout 100 srun "$@" "$ddp" $small $more --output_dir "$PWD/$name" >"$name.out" 2>"$name.err" ||
    fail "$name: exit code $?: $(cat "$name.err")"
  grep -q "parameters of $ranks ranks are bit-identical" "$name.out" ||
    fail "$name: $(cat "$name.out" "$name.err")"
  [[ -s $name/run.rec && -s $name/model.onnx ]] || fail "$name: files"
}

step one_node 2 -N1 -n2
step two_nodes 4 -N2 -n4
step heterogeneous 3 -N1 -n1 "$ddp" $small --output_dir "$PWD/heterogeneous" : -N1 -n2

# By Slurm's reserved ports, without a shared folder.
more=--rendezvous=ports
step ports 2 -N1 -n2 --resv-ports=2
more=
ls .lockstep-rendezvous 2>/dev/null | grep . && fail "a rendezvous file was left"

# Bad input of a step: exit code 2, and the line names the file.
timeout 60 srun -n2 "$ddp" --data_path /nowhere >bad.out 2>bad.err
[[ $? == 2 ]] || fail "bad input: exit code"
grep -q 'cannot open /nowhere/data_batch_1.bin' bad.err || fail "bad input: $(cat bad.err)"
[[ $(grep -c 'ddp: error:' bad.err) == 1 ]] || fail "bad input: not one line: $(cat bad.err)"

# Waits 30 s at most until a file has a line that matches.
await_line() {
  local tries
  for ((tries = 0; tries < 600; ++tries)); do
    grep -qs "$2" "$1" && return
    sleep 0.05
  done
  fail "no '$2' in $1: $(cat "$1")"
}

long="--model lenet --train_images 600 --test_images 50 --epochs 12 --threads 1 --batch_size 8 --lr 0.01"
endless="$long --epochs 100000 --eval_every 0"

# begin NAME SRUN_OPTIONS... -- an endless step in the background, once it trains.
begin() {
  local name=$1
  shift
  # shellcheck disable=SC2086
  timeout 100 srun "$@" "$ddp" $endless --output_dir "$PWD/$name" >"$name.out" 2>"$name.err" &
  srun=$!
  await_line "$name.out" '^.EPOCH'
}

# ended NAME CODE -- the step has this exit code 10 s from now at the latest.
ended() {
  local name=$1 code=0 begin=$SECONDS
  wait $srun || code=$?
  [[ $code == "$2" ]] || fail "$name: exit code $code: $(cat "$name.err")"
  ((SECONDS - begin <= 10)) || fail "$name: ended after $((SECONDS - begin)) s"
  pgrep -f "^$ddp .*$PWD/$name" >/dev/null && fail "$name: a rank is left"
}

# A signal by Slurm: a checkpoint, and the exit code for it on all ranks.
begin signalled -N2 -n3
scancel -s USR1 "$(squeue -h -s -o %i | grep -v batch | tail -n 1)"
ended signalled 75
[[ -n $(ls signalled/checkpoint/*.ckpt) ]] || fail "signalled: no checkpoint"
[[ $(grep -c '^.STOP' signalled.out) == 1 ]] || fail "signalled: $(cat signalled.out)"

# A killed rank; without -K Slurm does not end the others. 137 is the killed one's.
begin killed -N2 -n3
kill -KILL "$(pgrep -f "^$ddp .*$PWD/killed" | tail -n 1)"
ended killed 137
[[ $(grep -c 'ddp: error: rank .* was lost: its connection closed' killed.err) == 2 ]] ||
  fail "killed: not named by both: $(cat killed.err)"

# A job that Slurm requeues goes on by itself, to the bits of one that was left alone.
cat >requeue.sh <<REQUEUE
#!/bin/bash
srun $ddp $long --output_dir $PWD/requeued
REQUEUE
# shellcheck disable=SC2086
timeout 100 srun -N1 -n2 "$ddp" $long --output_dir "$PWD/whole" >whole.out 2>&1 || fail "whole: $(cat whole.out)"
job=$(sbatch --parsable -N1 -n2 --requeue --open-mode=append -o requeued.out requeue.sh)
await_line requeued.out '^.EPOCH'
scontrol requeue "$job"
await_line requeued.out '^.STOP'
# Slurm holds a requeued job back for two minutes.
for ((tries = 0; tries < 200; ++tries)); do
  scontrol update jobid="$job" StartTime=now 2>/dev/null
  grep -q '^.RESUME' requeued.out && break
  sleep 0.1
done
await_line requeued.out '^.FILES'
grep -q 'RESUME. from .*, as if never stopped' requeued.out || fail "requeued: $(cat requeued.out)"
checksum() { grep -o 'crc32c=[0-9a-f]*' "$1"; }
[[ $(checksum requeued.out) == "$(checksum whole.out)" ]] ||
  fail "requeued: $(checksum requeued.out) and not $(checksum whole.out)"

[[ $failures == 0 ]] && echo "all steps passed"
exit $((failures > 0))
