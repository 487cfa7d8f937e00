#!/bin/bash
# A program with the integer engine and nothing else stays under 1 MiB.
set -u
strip -o "$TEST_TMPDIR/engine_only" quant/engine_only || exit 1
bytes=$(stat -c %s "$TEST_TMPDIR/engine_only")
echo "stripped: $bytes bytes"
[[ $bytes -lt 1048576 ]] || { echo "FAILED: 1 MiB or more"; exit 1; }
for isa in reference portable auto; do
  LOCKSTEP_ISA=$isa quant/engine_only || { echo "FAILED: $isa"; exit 1; }
done
