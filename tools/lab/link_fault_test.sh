#!/usr/bin/env bash
# A host's link is cut, loses packets and is mended while commands run.
set -uo pipefail
net=tools/lab/shaped_net fault=$PWD/tools/lab/link_fault
if ! problem=$($net check && $fault check); then
  echo "SKIPPED: $problem"
  exit 0
fi
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# n1 sends 5 MB to n0 in each state of its link, and says how many segments of about 3500
# it sent again. The link of a third host is broken by name.
cat >"$TEST_TMPDIR/send.py" <<'PY'
import os, socket, subprocess, sys, time

ADDRESS, SIZE = ("10.77.0.1", 5000), 5000000

def receive(server):
    peer, _ = server.accept()
    with peer:
        left = SIZE
        while left:
            left -= len(peer.recv(1 << 16))
        peer.sendall(b"!")

def retransmitted():
    return int([l for l in open("/proc/net/snmp") if l.startswith("Tcp:")][1].split()[12])

def send():
    before = retransmitted()
    with socket.create_connection(ADDRESS, timeout=60) as peer:
        peer.sendall(bytes(SIZE))
        peer.recv(1)
    return retransmitted() - before

def fault(*args):
    return subprocess.run([sys.argv[1], *args]).returncode

def is_up():
    return "state UP" in subprocess.check_output(["ip", "link", "show", "eth0"], text=True)

if os.environ["RANK"] == "0":
    with socket.create_server(ADDRESS) as server:
        for _ in range(3):
            receive(server)
elif os.environ["RANK"] == "1":
    time.sleep(0.3)
    print("whole", send())
    assert fault("lose", "2%") == 0
    print("lossy", send())
    assert fault("heal") == 0
    print("healed", send())
    assert fault("cut") == 0 and not is_up()
    assert fault("heal") == 0 and is_up()
    assert fault("lose", "200") == fault("lose") == fault("cut", "n7") == fault("cut", "/") == 2
    assert fault("cut", "n2") == 0
else:
    for _ in range(600):
        if not is_up():
            print("named 1")
            break
        time.sleep(0.05)
PY
timeout 100 $net run --nodes 3 --congestion reno -- python3 "$TEST_TMPDIR/send.py" "$fault" \
  >"$TEST_TMPDIR/out" 2>"$TEST_TMPDIR/err" || fail "exit code $?: $(cat "$TEST_TMPDIR"/{out,err})"
cat "$TEST_TMPDIR/out"
# 2 % of 3453 segments are 69, plus or minus 5 standard deviations of 8.2 each, and what
# Reno sends again in vain.
awk '{ count[$1] = $2 }
  END { exit !(count["whole"] < 20 && count["healed"] < 20 && count["named"] == 1 &&
               28 <= count["lossy"] && count["lossy"] <= 300) }' "$TEST_TMPDIR/out" ||
  fail "$(cat "$TEST_TMPDIR/out")"
[[ $(grep -c '^link_fault: ' "$TEST_TMPDIR/err") == 4 ]] || fail "$(cat "$TEST_TMPDIR/err")"

# Outside there is nothing to break.
$fault cut n0 2>/dev/null && fail "it cut something outside"

[[ $failures == 0 ]] && echo "links broke and healed"
exit $((failures > 0))
