# What tests of the labs share. Sourced; prints "SKIPPED: why" and ends where nothing runs.
# shellcheck shell=bash
lab=$PWD/tools/lab
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# expect NAME WANTED GOT
expect() { [[ $3 == "$2" ]] || fail "$1: expected '$2', got '$3'"; }

# passed WORDS -- the end of a test.
passed() {
  [[ $failures == 0 ]] && echo "$*"
  exit $((failures > 0))
}

skip() { echo "SKIPPED: $*"; exit 0; }

# in_cluster CPUS TEST -- starts the test anew inside a cluster of four nodes: with links of
# their own where namespaces can be made, on loopback where not.
in_cluster() {
  local problem
  [[ -z ${SLURM_CONF:-} ]] || return 0
  problem=$("$lab/shaped_net" check --slurm) &&
    exec "$lab/shaped_net" run --slurm --cpus_per_node "$1" -- bash "$2"
  echo "on loopback: $problem"
  problem=$("$lab/mini_slurm" check) || skip "$problem"
  NODES=4 CPN=$1 exec "$lab/mini_slurm" run bash "$2"
}

# await_line FILE PATTERN -- 60 s at most.
await_line() {
  local tries
  for ((tries = 0; tries < 1200; ++tries)); do
    grep -qs "$2" "$1" && return
    sleep 0.05
  done
  fail "no '$2' in $1: $(tail -n 20 "$1")"
  return 1
}

# The host of each rank, in order, from a run record.
hosts_of() { "$dump" "$1/run.rec" | sed -n '/^  ranks {/,/^  }/s/^    host: "\(.*\)"/\1/p' | xargs; }

checksum() { grep -o 'crc32c=[0-9a-f]*' "$1"; }

# Runs at most so long; what is left of a job would hold the nodes.
end_jobs() { scancel --quiet --user="$(id -un)" 2>/dev/null; }
