#!/bin/bash
# quant:bench from the command line: table, JSON and logits, and one line for
# each kind of bad input. What it measures is not looked at.
set -u
bench=quant/bench
model=testdata/nets/lenet/model.onnx
json=$TEST_TMPDIR/bench.json
quick="--model $model --limit 50 --calibration_images 20 --seconds 0.01"
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# refuses TEXT ARGUMENT...: exit code 2 and one line on stderr that has TEXT.
refuses() {
  local text=$1 code
  shift
  "$bench" "$@" >"$TEST_TMPDIR/stdout" 2>"$TEST_TMPDIR/stderr"
  code=$?
  [[ $code == 2 ]] || fail "exit code $code, not 2: $*"
  [[ $(wc -l <"$TEST_TMPDIR/stderr") == 1 ]] || fail "not one line: $*"
  grep -qF -- "$text" "$TEST_TMPDIR/stderr" ||
    fail "no '$text' in: $(cat "$TEST_TMPDIR/stderr")"
}

"$bench" $quick --batch_size 1,7 --threads 3 --repeats 4 --json "$json" \
  --logits "$TEST_TMPDIR/logits" >"$TEST_TMPDIR/table" || fail "a good model"
[[ $(grep -cE '^\| (1|7) \|' "$TEST_TMPDIR/table") == 2 ]] || fail "two rows"
grep -qF '"threads": 3' "$json" || fail "threads in the JSON"
[[ $(grep -cE '"samples": \[([0-9.e+]+, ){3}[0-9.e+]+\]' "$json") == 2 ]] ||
  fail "four samples a cell"

# 50 images of 10 float32, the same for other threads, batches and kernels.
[[ $(stat -Lc %s "$TEST_TMPDIR/logits") == 2000 ]] || fail "size of the logits"
"$bench" $quick --batch_size 50 --threads 1 --isa reference --repeats 1 \
  --logits "$TEST_TMPDIR/others" >"$TEST_TMPDIR/table" || fail "one batch"
cmp "$TEST_TMPDIR/logits" "$TEST_TMPDIR/others" || fail "other logits"

# Both convolutions and all matrices of LeNet have a row, with a kernel's name.
"$bench" $quick --batch_size 2 --repeats 1 --explain >"$TEST_TMPDIR/table" ||
  fail "--explain"
[[ $(grep -cE '\| (direct|by tap|winograd[24]|tiles) \|' "$TEST_TMPDIR/table") == 5 ]] ||
  fail "layers of --explain: $(cat "$TEST_TMPDIR/table")"

LOCKSTEP_ISA=portable "$bench" $quick --batch_size 2 --repeats 1 |
  grep -qF portable || fail "LOCKSTEP_ISA"

refuses '--model=FILE is needed'
refuses "illegal value '1,x' for --batch_size" $quick --batch_size 1,x
refuses "illegal value '0' for --batch_size" $quick --batch_size 0
refuses "illegal value '9999' for --batch_size" $quick --batch_size 9999
refuses "illegal value '0' for --repeats" $quick --repeats 0
refuses "illegal value 'abacus' for --isa" $quick --isa abacus
refuses 'cannot open' --model "$TEST_TMPDIR/absent.onnx"

exit $((failures > 0))
