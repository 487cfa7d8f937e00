#!/usr/bin/env bash
# A job near the end of its time: Slurm's own signal (--signal=USR1@50) makes a checkpoint
# and exit code 75. That a requeued job goes on from it is slurm_test's and cluster_test's.
set -uo pipefail
source tools/lab/parts/testing.sh
in_cluster 2 "$0"
ddp=$PWD/train/ddp
cd "$TEST_TMPDIR" || exit 1
run="$ddp --model lenet --train_images 600 --test_images 50 --threads 1 --lr 0.01 --batch_size 8"

# slurmctld looks every 30 s, so a signal 50 s before a limit of 60 s comes at once or
# after half of the time; the limit itself would be an end without a checkpoint.
cat >job.sh <<JOB
#!/bin/bash
srun $run --epochs 100000 --eval_every 0 --output_dir $PWD/run
echo "code \$?"
JOB
begin=$SECONDS
sbatch -Q -N2 -n2 -t 1 --signal=USR1@50 -o out job.sh
await_line out '^.EPOCH'
tries=0
until grep -q '^code' out || ((++tries > 1800)); do sleep 0.05; done
grep -q '^code 75' out || fail "no exit code 75 after $((SECONDS - begin)) s: $(cat out)"
[[ -n $(ls run/checkpoint/*.ckpt) ]] || fail "no checkpoint"
echo "signal and checkpoint after $((SECONDS - begin)) s"

end_jobs
passed "the job was told in time"
