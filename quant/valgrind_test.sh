#!/bin/bash
# The engine under valgrind: no read of what was not written, nothing out of
# bounds, no leak. Valgrind has no AVX-512, so this is how AVX2 is run where CPUs
# have more; the net is also read back from its own file.
set -u
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# under_valgrind ARGUMENT...: quant/eval on few images, all kernels against the
# reference engine; its report must name the kernel that valgrind leaves.
under_valgrind() {
  valgrind --quiet --error-exitcode=99 --leak-check=full quant/eval --limit 4 \
    --verify 2 --batch_size 2 --threads 2 "$@" \
    >"$TEST_TMPDIR/report" 2>"$TEST_TMPDIR/errors" ||
    fail "$*: $(grep -m 30 -E '^==|error' "$TEST_TMPDIR/errors")"
  grep -q 'int8 kernel: avx2' "$TEST_TMPDIR/report" || fail "$*: not avx2"
}

if ! command -v valgrind >/dev/null; then
  echo "SKIPPED: no valgrind (Debian's package valgrind)"
  exit 0
fi
if ! grep -qm 1 avx2 /proc/cpuinfo; then
  echo "SKIPPED: this CPU has no AVX2"
  exit 0
fi

for net in lenet resnet20; do
  under_valgrind --model "testdata/nets/$net/model.onnx" --calibration_images 4 \
    --rounding nearest --save "$TEST_TMPDIR/$net.lsq"
done
under_valgrind --model "$TEST_TMPDIR/lenet.lsq"

exit $((failures > 0))
