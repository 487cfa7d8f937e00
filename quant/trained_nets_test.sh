#!/bin/bash
# The trained nets of testdata in integers, on the 1,000 test images that come with
# the project: at least the accuracy they have, and at most a point lost. A point is
# ten images: what the tie of two classes can cost on so few.
set -u
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# accuracy ROW REPORT: the percentage in the table's row.
accuracy() { sed -n "s/^| $1 | \([0-9.]*\) %.*/\1/p" "$2"; }

# check NET PERCENT: fp32 has at least PERCENT, int8 loses at most 1 point of it.
check() {
  local report=$TEST_TMPDIR/$1.md fp32 int8
  quant/eval --model "testdata/nets/$1/model.onnx" >"$report" || fail "$1: no report"
  fp32=$(accuracy fp32 "$report") int8=$(accuracy int8 "$report")
  awk "BEGIN { exit !($fp32 >= $2) }" || fail "$1: fp32 has $fp32 %, not $2 %"
  awk "BEGIN { exit !($int8 >= $fp32 - 1) }" || fail "$1: int8 $int8 %, fp32 $fp32 %"
  echo "$1: fp32 $fp32 %, int8 $int8 %"
}

check lenet 65
check resnet20 86

exit $((failures > 0))
