#!/usr/bin/env bash
# //train:ddp on four hosts of a real Slurm cluster, each with a name, an address and a link
# of its own: ranks are where Slurm says, and jobs end and go on as Slurm's users expect.
set -uo pipefail
source tools/lab/parts/testing.sh
in_cluster 4 "$0"
[[ $(srun -n1 hostname) == n0 ]] && private=yes || private=

ddp=$PWD/train/ddp dump=$PWD/analysis/dump
cd "$TEST_TMPDIR" || exit 1
common="--model lenet --test_images 50 --threads 1 --lr 0.01"
small="$common --train_images 160 --batch_size 8 --epochs 1"
long="$common --train_images 600 --batch_size 8 --epochs 6"
endless="$common --train_images 600 --batch_size 8 --epochs 100000 --eval_every 0"

# placed NAME HOSTS SRUN_OPTIONS... -- one run whose record has these hosts in this order.
placed() {
  local name=$1 hosts=$2 ranks
  shift 2
  ranks=$(wc -w <<<"$hosts")
  # shellcheck disable=SC2086
  timeout 150 srun "$@" "$ddp" $small --output_dir "$PWD/$name" >"$name.out" 2>"$name.err" ||
    fail "$name: exit code $?: $(cat "$name.err")"
  grep -q "parameters of $ranks ranks are bit-identical" "$name.out" ||
    fail "$name: $(cat "$name.out" "$name.err")"
  [[ -z $private ]] || expect "$name: hosts" "$hosts" "$(hosts_of "$name")"
}
placed block "n0 n0 n1 n1 n2 n2" -N3 -n6 --ntasks-per-node=2 -m block
placed cyclic "n0 n1 n2 n0 n1 n2" -N3 -n6 --ntasks-per-node=2 -m cyclic
printf '%s\n' n2 n0 n3 n0 >hosts
SLURM_HOSTFILE=$PWD/hosts placed arbitrary "n2 n0 n3 n0" -n4 -m arbitrary
placed sixteen "n0 n0 n0 n0 n1 n1 n1 n1 n2 n2 n2 n2 n3 n3 n3 n3" -N4 -n16

# Two steps of one job at once, over the same two hosts.
cat >both.sh <<BOTH
srun --overlap -N2 -n2 $ddp $small --output_dir $PWD/first >first.out 2>&1 &
srun --overlap -N2 -n2 $ddp $small --output_dir $PWD/second >second.out 2>&1
code=\$?
wait \$! && exit \$code
BOTH
timeout 150 salloc -Q -N2 -n4 bash both.sh || fail "two steps: $(cat first.out second.out)"
expect "two steps" "$(checksum first.out)" "$(checksum second.out)"

# By Slurm's reserved ports, without a shared folder: the hosts' names must resolve.
small+=" --rendezvous=ports"
[[ -z $private ]] || placed ports "n1 n3" -w n1,n3 -N2 -n2 --resv-ports=2

# -K: a rank that exits with an error ends the step, in seconds and with an error.
begin=$SECONDS
cat >rank.sh <<RANK
[[ \$SLURM_PROCID != 2 ]] || { sleep 0.5; exit 3; }
exec $ddp $endless --output_dir $PWD/never --init_timeout 60
RANK
timeout 100 srun -N4 -n4 -K bash rank.sh >failing.out 2>&1
code=$?
((code != 0 && code != 124)) || fail "-K: exit code $code"
((SECONDS - begin <= 30)) || fail "-K: $((SECONDS - begin)) s"
pgrep -f "^$ddp .*$PWD/never" >/dev/null && fail "-K: a rank is left"

# submit NAME SBATCH_OPTIONS... -- a job whose output is NAME.out; its script is NAME.sh.
submit() {
  local name=$1
  shift
  sbatch --parsable --requeue --open-mode=append -o "$name.out" "$@" "$name.sh"
}

# Slurm holds a requeued job back for two minutes unless told otherwise.
await_resume() {
  local tries
  for ((tries = 0; tries < 600; ++tries)); do
    scontrol update jobid="$1" StartTime=now 2>/dev/null
    grep -q '^.RESUME' "$2" && return
    sleep 0.1
  done
  fail "$2: no resume: $(cat "$2")"
}

# A host is set down: its job is requeued and goes on elsewhere, to the bits of one that
# was left alone.
cat >lost.sh <<LOST
#!/bin/bash
srun $ddp $long --output_dir $PWD/lost
LOST
# shellcheck disable=SC2086
timeout 150 srun -N2 -n2 "$ddp" $long --output_dir "$PWD/whole" >whole.out 2>&1 || fail "whole: $(cat whole.out)"
job=$(submit lost -N2 -n2)
await_line lost.out '^.EPOCH'
scontrol update nodename=n1 state=down reason=test
await_line lost.out '^.STOP'
scontrol update nodename=n1 state=drain reason=test  # or it would be back in a moment
await_resume "$job" lost.out
scontrol show hostnames "$(squeue -h -j "$job" -o %N)" | grep -qx n1 && fail "lost: again on n1"
await_line lost.out '^.FILES'
grep -q 'RESUME. from .*, as if never stopped' lost.out || fail "lost: $(cat lost.out)"
expect "checksum after a lost host" "$(checksum whole.out)" "$(checksum lost.out)"
scontrol update nodename=n1 state=resume

# A signal to the batch script, which passes it on: a checkpoint, and 75 for the job.
cat >batch.sh <<BATCH
#!/bin/bash
trap 'kill -USR1 \$step' USR1
srun $ddp $endless --output_dir $PWD/batch &
step=\$!
wait \$step
wait \$step
echo "code \$?"
BATCH
job=$(submit batch -N4 -n4)
await_line batch.out '^.EPOCH'
scancel -b -s USR1 "$job"
await_line batch.out '^code 75'
[[ -n $(ls batch/checkpoint/*.ckpt) ]] || fail "batch: no checkpoint"

end_jobs
passed "all steps passed"
