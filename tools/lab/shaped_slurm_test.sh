#!/usr/bin/env bash
# A Slurm cluster on shaped hosts, as root and as an ordinary user: what its jobs see, how
# long it takes, and that nothing is left of it however it ends.
set -uo pipefail
source tools/lab/parts/testing.sh
problem=$("$lab/shaped_net" check --slurm --delay 1ms --loss 1%) || skip "$problem"

# Any user may read and run it here, whatever the folders above it allow.
box=$(mktemp -d /tmp/lab_test.XXXXXX)
trap 'rm -rf "$box"' EXIT
cp -rL "$lab/." "$box/lab"
chmod -R a+rX "$box"
mkdir -m 1777 "$box/work" "$box/tmp"
export TMPDIR=$box/tmp
cd "$box/work" || exit 1
as_user=()
users=(as_user)
if [[ $(id -u) == 0 ]]; then
  as_nobody=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
  if "${as_nobody[@]}" "$box/lab/shaped_net" check --slurm >why; then
    users+=(as_nobody)
  else
    echo "NOT RUN: as an ordinary user: $(cat why)"
  fi
fi

# cluster OPTIONS... -- by the user whose turn it is.
cluster() { timeout 100 "${user[@]}" "$box/lab/shaped_net" run --slurm "$@"; }

# What a machine has that a run could leave: devices, namespaces, files, mounts.
belongings() {
  ls /sys/class/net /run /run/netns 2>/dev/null
  find "$TMPDIR" "$HOME/.slurm" 2>/dev/null
  grep -c . /proc/self/mounts
}
none_left() {
  local tries
  for ((tries = 0; tries < 400; ++tries)); do
    pgrep -f "$box/[l]ab|$box/[w]ork" >/dev/null || return 0
    sleep 0.05
  done
  fail "$1: still there: $(pgrep -af "$box/[l]ab|$box/[w]ork")"
}

# kill_it SIGNAL -- a cluster with a job and a step under way.
kill_it() {
  local run
  rm -f mark
  touch mark && chmod a+rw mark
  cat >job.sh <<JOB
#!/bin/bash
srun tail -f $PWD/mark
JOB
  "${user[@]}" "$box/lab/shaped_net" run --slurm -- bash -c "
    sbatch -Q -o /dev/null -N4 -n4 $PWD/job.sh
    until pgrep -f 'tail -f $PWD/[m]ark' >/dev/null; do sleep 0.05; done
    echo up >>$PWD/mark; tail -f $PWD/mark" >/dev/null 2>&1 &
  run=$!
  await_line mark up
  kill -"$1" $run
  wait $run 2>/dev/null
  none_left "$1"
}

for name in "${users[@]}"; do
  declare -n user=$name
  before=$(belongings)
  seen=$(cluster -- srun -N4 -n4 -l sh -c 'echo $(hostname) $(getent ahostsv4 $(hostname) | head -n 1) $(ls /run/node | wc -l)' |
    sort | tr -s ' ')
  expect "$name: hosts" "$(for n in 0 1 2 3; do echo "$n: n$n 10.77.0.$((n + 1)) STREAM n$n 0"; done)" "$seen"
  cluster --nodes 2 -- srun -N2 -n4 -l sh -c 'exit $((SLURM_PROCID == 3 ? 7 : 0))' >/dev/null 2>&1
  expect "$name: failure" 7 $?
  expect "$name: losses" 2 "$(cluster --nodes 2 --loss 5% -- \
    srun -N2 nsenter --net=/run/netns/switch nft list tables | sort -u | grep -c loss_v)"
  # A connection is there after one round trip, and one more to learn the address first.
  took=$(cluster --nodes 2 --delay 20ms -- srun -N1 -w n0 bash -c '
    begin=$(date +%s%N); exec 3<>/dev/tcp/n1/6818; echo $((($(date +%s%N) - begin) / 1000000))')
  ((40 <= took && took <= 400)) || fail "$name: connected after $took ms at a delay of 20"
  kill_it TERM
  kill_it KILL
  expect "$name: left behind" "$before" "$(belongings)"
done
declare -n user=as_user

for bad in "--cpus_per_node 0" "--delay 5" "--delay 2s" "--loss 101%" "--loss x" "--nodes 0"; do
  # shellcheck disable=SC2086
  cluster $bad -- true >out 2>&1
  expect "$bad" 2 $?
done

# From nothing to nothing again; the bound is for a machine with ten things to do.
times=$(for _ in 1 2 3 4 5; do
  begin=$(date +%s%N)
  cluster -- srun -N4 true || fail "start"
  echo $((($(date +%s%N) - begin) / 1000000))
done | sort -n)
echo "start, srun -N4 true, end: $(sed -n 3p <<<"$times") ms (median of 5)"
(($(head -n 1 <<<"$times") < 5000)) || fail "slow: $times"
passed "clusters came and went"
