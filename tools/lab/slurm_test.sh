#!/usr/bin/env bash
# //train:ddp in steps of a real, throw-away Slurm cluster of two nodes.
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
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# step NAME SRUN_OPTIONS... -- checks one run of four ranks or two.
step() {
  local name=$1 ranks=$2
  shift 2
  # shellcheck disable=SC2086
  timeout 100 srun "$@" "$ddp" $small --output_dir "$PWD/$name" >"$name.out" 2>"$name.err" ||
    fail "$name: exit code $?: $(cat "$name.err")"
  grep -q "parameters of $ranks ranks are bit-identical" "$name.out" ||
    fail "$name: $(cat "$name.out" "$name.err")"
  [[ -s $name/run.rec && -s $name/model.onnx ]] || fail "$name: files"
}

step one_node 2 -N1 -n2
step two_nodes 4 -N2 -n4
step cyclic 4 -N2 -n4 -m cyclic
printf 'n1\nn0\nn1\n' >hosts
SLURM_HOSTFILE=$PWD/hosts step arbitrary 3 -n3 -m arbitrary
step heterogeneous 3 -N1 -n1 "$ddp" $small --output_dir "$PWD/heterogeneous" : -N1 -n2
ls .lockstep-rendezvous 2>/dev/null | grep . && fail "a rendezvous file was left"

# Two steps of one job at once do not meet each other.
cat >both.sh <<BOTH
srun --overlap -N1 -n2 $ddp $small --output_dir $PWD/first >first.out 2>&1 &
srun --overlap -N1 -n2 $ddp $small --output_dir $PWD/second >second.out 2>&1
code=\$?
wait \$! && exit \$code
BOTH
timeout 100 salloc -N1 -n4 -O bash both.sh >both.out 2>&1 || fail "two steps: $(cat both.out first.out second.out)"
grep -q bit-identical first.out && grep -q bit-identical second.out || fail "two steps"

# Bad input of a step: exit code 2, and the line names the file.
timeout 60 srun -n2 "$ddp" --data_path /nowhere >bad.out 2>bad.err
[[ $? == 2 ]] || fail "bad input: exit code"
grep -q 'cannot open /nowhere/data_batch_1.bin' bad.err || fail "bad input: $(cat bad.err)"
[[ $(grep -c 'ddp: error:' bad.err) == 1 ]] || fail "bad input: not one line: $(cat bad.err)"

[[ $failures == 0 ]] && echo "all steps passed"
exit $((failures > 0))
