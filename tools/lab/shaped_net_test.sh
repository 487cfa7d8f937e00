#!/usr/bin/env bash
# Commands on hosts that shaped_net makes: what they see, how they end, what is counted.
set -uo pipefail
net=tools/lab/shaped_net
if ! problem=$($net check); then
  echo "SKIPPED: $problem"
  exit 0
fi
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# expect NAME WANTED GOT
expect() { [[ $3 == "$2" ]] || fail "$1: expected '$2', got '$3'"; }

# Every rank has its variables, its own host name, and names for the others.
seen=$($net run --nodes 3 -- sh -c \
  'echo $RANK/$WORLD_SIZE $LOCAL_RANK/$LOCAL_WORLD_SIZE $MASTER_ADDR $(hostname) $(getent ahostsv4 n0 | head -n 1)' |
  sort | tr -s ' ')
expect variables "$(for r in 0 1 2; do echo "$r/3 0/1 10.77.0.1 n$r 10.77.0.1 STREAM n0"; done)" "$seen"

# code NAME WANTED ARGUMENTS... -- the exit code of a run.
code() {
  local name=$1 wanted=$2 got=0
  shift 2
  timeout 60 $net run "$@" >"$TEST_TMPDIR/out" 2>&1 </dev/null || got=$?
  expect "$name" "$wanted" "$got"
}
code success 0 --nodes 2 -- true
code "failure of one" 7 --nodes 2 -- sh -c 'exit $((7 * RANK))'
code "no command" 2 --nodes 2
code "no value" 2 --nodes 2 --rate
code "unknown option" 2 --speed 1gbit -- true
code "no such rate" 2 --rate fast -- true
code "too many hosts" 2 --nodes 1000 -- true
code "no such congestion control" 2 --congestion nagle -- true

# One million bytes from n1 to n0, counted on both sides, headers included.
cat >"$TEST_TMPDIR/send.py" <<'PY'
import os, socket, time
address = ("10.77.0.1", 5000)
if os.environ["RANK"] == "0":
    with socket.create_server(address) as server:
        peer, _ = server.accept()
        got = 0
        while data := peer.recv(1 << 16):
            got += len(data)
        assert got == 1000000, got
else:
    deadline = time.monotonic() + 30
    while True:
        try:
            peer = socket.create_connection(address)
            break
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
    peer.sendall(bytes(1000000))
    peer.close()
PY
counters=$TEST_TMPDIR/counters.json
code transfer 0 --nodes 2 --counters "$counters" -- python3 "$TEST_TMPDIR/send.py"
python3 - "$counters" <<'PY' || fail "counters: $(cat "$counters")"
import json, sys
sender = json.load(open(sys.argv[1]))["nodes"][1]
receiver = json.load(open(sys.argv[1]))["nodes"][0]
payload = (sender["wire_bytes"] - 66 * sender["wire_packets"]
           - 1448 * sender["retransmitted"])
assert 990000 <= payload <= 1010000, payload
assert 1000000 <= receiver["rx_bytes"] <= 1200000, receiver
PY

# Nothing outlives a run that is killed, and the devices were never the machine's.
mark=$TEST_TMPDIR/alive
for signal in TERM KILL; do
  rm -f "$mark"
  $net run --nodes 2 -- sh -c "touch $mark; exec tail -f $mark" &
  run=$!
  for ((tries = 0; tries < 600; ++tries)); do [[ -e $mark ]] && break; sleep 0.05; done
  [[ -e $mark ]] || fail "$signal: the ranks did not start"
  kill -$signal $run
  wait $run 2>/dev/null
  for ((tries = 0; tries < 600; ++tries)); do pgrep -f "tail -f $mark" >/dev/null || break; sleep 0.05; done
  pgrep -f "tail -f $mark" >/dev/null && fail "$signal: ranks are still there"
done
[[ -e /sys/class/net/v0 || -e /sys/class/net/br0 ]] && fail "devices outside"

[[ $failures == 0 ]] && echo "all runs passed"
exit $((failures > 0))
