#!/bin/bash
# quant:eval from the command line: the report, and exit code 2 with one line
# for each kind of bad input.
set -u
eval=quant/eval
model=$TEST_TMPDIR/model.onnx
out=$TEST_TMPDIR/out
quant/write_testing_model resnet20 "$model" || exit 1
small="--limit 40 --calibration_images 20"
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# refuses TEXT ARGUMENT...: exit code 2 and one line on stderr that has TEXT.
refuses() {
  local text=$1 code
  shift
  "$eval" "$@" >"$TEST_TMPDIR/stdout" 2>"$TEST_TMPDIR/stderr"
  code=$?
  [[ $code == 2 ]] || fail "exit code $code, not 2: $*"
  [[ $(wc -l <"$TEST_TMPDIR/stderr") == 1 ]] || fail "not one line: $*"
  grep -qF -- "$text" "$TEST_TMPDIR/stderr" ||
    fail "no '$text' in: $(cat "$TEST_TMPDIR/stderr")"
  [[ -s $TEST_TMPDIR/stdout ]] && fail "output before an error: $*"
}

"$eval" --model "$model" $small --output_dir "$out" \
  --write_qdq "$TEST_TMPDIR/qdq.onnx" >"$TEST_TMPDIR/report" ||
  fail "a good model"
grep -qa QuantizeLinear "$TEST_TMPDIR/qdq.onnx" || fail "no QDQ model"
for text in '| fp32 |' '| int8 |' '95 % interval' 'agreement' 'minmax over' \
  "from the model's metadata" 'CPU: '; do
  grep -qF "$text" "$TEST_TMPDIR/report" || fail "report lacks '$text'"
done
cmp "$TEST_TMPDIR/report" "$out/quant.md" || fail "quant.md is not the report"

# The result is the same for other batches, threads and kernels.
result() { "$eval" --model "$model" $small "$@" | grep -E 'flips|agree|dB'; }
expected=$(result --threads 1 --batch_size 1)
[[ $(result --threads 3 --batch_size 7) == "$expected" ]] || fail "threads"
[[ $(result --isa=reference) == "$expected" ]] || fail "reference kernel"

"$eval" --model "$model" $small --verify 3 >"$TEST_TMPDIR/report" ||
  fail "--verify"
grep -qE '^- portable: all [0-9]+ values of 3 images equal' \
  "$TEST_TMPDIR/report" || fail "what --verify says"

head -c 100000 "$model" >"$TEST_TMPDIR/cut.onnx"
echo "this is no model" >"$TEST_TMPDIR/text.onnx"
: >"$TEST_TMPDIR/empty.onnx"
refuses 'cut.onnx: not an ONNX model, or a truncated one' \
  --model "$TEST_TMPDIR/cut.onnx"
refuses 'text.onnx: not an ONNX model' --model "$TEST_TMPDIR/text.onnx"
refuses 'empty.onnx: not an ONNX model' --model "$TEST_TMPDIR/empty.onnx"
refuses 'cannot open' --model "$TEST_TMPDIR/absent.onnx"
refuses 'must be float [N,3,32,32]' --model "$TEST_TMPDIR/qdq.onnx"
refuses '--model=FILE.onnx is needed'
refuses "illegal value 'kl' for --calibration" --model "$model" --calibration=kl
refuses "illegal value 'abacus' for --isa" --model "$model" --isa=abacus
refuses "illegal value '0' for --batch_size" --model "$model" --batch_size=0
refuses 'fewer than the 9999999' --model "$model" --limit 9999999
refuses 'cannot open /nowhere' --model "$model" --data_path /nowhere
refuses 'did you mean --model' --modl "$model"
refuses 'cannot make directory' --model "$model" $small \
  --output_dir "$model/below"

exit $((failures > 0))
