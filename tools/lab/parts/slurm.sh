# A throw-away Slurm cluster, for mini_slurm (loopback) and shaped_net (namespaces): finds
# the programs, writes the configuration, starts the daemons. Sourced; $here is tools/lab.
# shellcheck shell=bash

# An inherited SLURM_JOB_ID would make srun join a job that is not there.
forget_slurm() {
  local v
  for v in $(compgen -e SLURM_ || true); do unset "$v"; done
}

check_slurm() {
  "$here/fetch_slurm" >/dev/null 2>&1 ||
    { echo "no Slurm on this machine and none could be unpacked; run tools/setup"; return 1; }
}

# Makes srun and its like callable, and $plugins and $stepd known.
use_slurm() {
  local root lib
  root=$("$here/fetch_slurm")
  export PATH=$PATH:/usr/sbin:/sbin
  plugins=/usr/lib/$(uname -m)-linux-gnu/slurm-wlm stepd=
  if [[ $root != / ]]; then
    lib=$root/usr/lib/$(uname -m)-linux-gnu
    plugins=$lib/slurm-wlm stepd="-d $root/usr/sbin/slurmstepd-wlm"
    export LD_LIBRARY_PATH=$plugins:$lib PATH=$root/usr/bin:$root/usr/sbin:$PATH
  fi
}

# write_slurm_conf DIR -- where controller and nodes are comes on standard input.
write_slurm_conf() {
  local dir=$1
  mkdir -p "$dir"/{run,log,state,spool}
  echo CgroupPlugin=cgroup/v1 >"$dir/cgroup.conf"  # slurmd dies without a cgroup mount
  cat >"$dir/slurm.conf" <<CONF
$(cat)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/none
CredType=cred/none
PluginDir=$plugins
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,bf_interval=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
MailProg=/bin/true
ReturnToService=2
JobRequeue=1
KillWait=3
SlurmctldTimeout=30
SlurmdTimeout=30
SlurmdParameters=config_overrides
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$dir/slurm.conf
}

# Waits until a command succeeds, 10 s at most.
await() {
  local tries
  for ((tries = 0; tries < 400; ++tries)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.025
  done
  return 1
}

listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# start_slurmctld DIR ADDRESS PORT. A node that comes before it listens waits for 1 s.
start_slurmctld() {
  slurmctld -D -i >"$1/log/slurmctld.out" 2>&1 </dev/null &
  echo $! >"$1/run/slurmctld.mypid"
  await listens "$2" "$3" || { tail -n 5 "$1/log/slurmctld.out" >&2; return 1; }
}

# start_slurmd DIR N [PREFIX...] -- the daemon of node N, by a command before it.
start_slurmd() {
  local dir=$1 name=n$2
  shift 2
  mkdir -p "$dir/spool/$name"
  # shellcheck disable=SC2086
  "$@" slurmd -D -N "$name" $stepd >"$dir/log/slurmd.$name.out" 2>&1 </dev/null &
  echo $! >"$dir/run/slurmd.$name.mypid"
}

all_idle() { [[ $(timeout 2 sinfo -h -N -t idle -o %N | sort -u | wc -l) == "$1" ]]; }

# await_nodes DIR NUMBER
await_nodes() { await all_idle "$2" || { tail -n 5 "$1"/log/*.out >&2; return 1; }; }
