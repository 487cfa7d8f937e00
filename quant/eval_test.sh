#!/bin/bash
# quant:eval from the command line: the report, and exit code 2 with one line
# for each kind of bad input.
set -u
eval=quant/eval
model=$TEST_TMPDIR/model.onnx
out=$TEST_TMPDIR/out
quant/write_testing_model resnet20 "$model" || exit 1
small="--limit 20 --calibration_images 10"
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# refuses TEXT ARGUMENT...: exit code 2 and one line on stderr that has TEXT, besides
# what a slow machine says of its progress.
refuses() {
  local text=$1 code
  shift
  "$eval" "$@" >"$TEST_TMPDIR/stdout" 2>"$TEST_TMPDIR/stderr"
  code=$?
  [[ $code == 2 ]] || fail "exit code $code, not 2: $*"
  [[ $(grep -vc 'images/s' "$TEST_TMPDIR/stderr") == 1 ]] || fail "not one line: $*"
  grep -qF -- "$text" "$TEST_TMPDIR/stderr" ||
    fail "no '$text' in: $(cat "$TEST_TMPDIR/stderr")"
  [[ -s $TEST_TMPDIR/stdout ]] && fail "output before an error: $*"
}

"$eval" --model "$model" $small --output_dir "$out" --stages --sensitivity 10 \
  --calibration_draws 2 --weights_only Conv1 \
  --save "$TEST_TMPDIR/net.lsq,$TEST_TMPDIR/qdq.onnx" >"$TEST_TMPDIR/report" ||
  fail "a good model"
grep -qa QuantizeLinear "$TEST_TMPDIR/qdq.onnx" || fail "no QDQ model"
for text in '| fp32 |' '| int8 |' '95 % interval' 'agreement' 'mse over' \
  "from the model's metadata" 'CPU: ' '+ int8 activations' '+ int32 biases' \
  'weights only: Conv1' '## Sensitivity' '## Calibration draws'; do
  grep -qF "$text" "$TEST_TMPDIR/report" || fail "report lacks '$text'"
done
head -c "$(stat -c %s "$TEST_TMPDIR/report")" "$out/quant.md" |
  cmp - "$TEST_TMPDIR/report" || fail "quant.md does not begin with the report"
grep -q '</html>' "$out/quant.html" || fail "no quant.html"

# Every form of the net gives the same logits, bit for bit.
dump() {
  rm -rf "$TEST_TMPDIR/dump" # the same folder: names are in values.json
  "$eval" $small "$@" --dump_values "$TEST_TMPDIR/dump" >/dev/null || fail "$*"
  cat "$TEST_TMPDIR/dump/logits.f32" | cksum
}
expected=$(dump --model "$model")
[[ -s $TEST_TMPDIR/dump/values.json ]] || fail "no values.json"
[[ $(dump --model "$TEST_TMPDIR/net.lsq") == "$expected" ]] || fail ".lsq"
[[ $(dump --model "$TEST_TMPDIR/qdq.onnx") == "$expected" ]] || fail "fused QDQ"
expected=$(dump --model "$model" --dialect ort --save "$TEST_TMPDIR/ort.onnx")
[[ $(dump --model "$TEST_TMPDIR/ort.onnx") == "$expected" ]] || fail "ort QDQ"
for form in net.lsq qdq.onnx; do
  "$eval" $small --model "$TEST_TMPDIR/$form" --output_dir "$out" |
    grep -qF 'calibration: mse over the first 10 training images' ||
    fail "report of $form"
done

# What flags say of the net's input and calibration is done and reported.
says() {
  local text=$1
  shift
  "$eval" --model "$model" $small "$@" >"$TEST_TMPDIR/report" || fail "$*"
  grep -qF -- "$text" "$TEST_TMPDIR/report" || fail "no '$text' with $*"
}
says 'minmax over the first 10 training images' --calibration minmax \
  --correct_bias=false
says '10 (seed 7) training images, no augmentation, weights equalised' \
  --calibration_seed 7 --equalize --calibration percentile \
  --calibration_percentile 99
says '20 test images' --dialect ort --threads 2 --isa portable
says 'int8 kernel: portable' --isa portable

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
head -c 5000 "$TEST_TMPDIR/net.lsq" >"$TEST_TMPDIR/cut.lsq"
refuses 'cut.lsq: not a whole .lsq file' --model "$TEST_TMPDIR/cut.lsq"
refuses '.lsq file holds integers only' --model "$TEST_TMPDIR/net.lsq" --stages
refuses 'needs a float model' --model "$TEST_TMPDIR/qdq.onnx" --calibration_draws 1
refuses "no layer 'conv99'" --model "$model" $small --weights_only conv99
refuses 'neither in .lsq nor in .onnx' --model "$model" --save net.bin
refuses '--model=FILE is needed'
refuses "illegal value 'magic' for --calibration" --model "$model" --calibration=magic
refuses "illegal value 'spoken' for --dialect" --model "$model" --dialect=spoken
refuses 'for --calibration_percentile' --model "$model" --calibration_percentile=10
refuses "illegal value '0' for --calibration_images" --model "$model" --calibration_images=0
refuses "illegal value '-1' for --limit" --model "$model" --limit=-1
refuses "illegal value '-1' for --threads" --model "$model" --threads=-1
refuses "unexpected argument 'more'" --model "$model" more
refuses "illegal value 'abacus' for --isa" --model "$model" --isa=abacus
refuses "illegal value '0' for --batch_size" --model "$model" --batch_size=0
refuses 'fewer than the 9999999' --model "$model" --limit 9999999
refuses 'cannot open /nowhere' --model "$model" --data_path /nowhere
refuses 'did you mean --model' --modl "$model"
refuses 'cannot make directory' --model "$model" $small \
  --output_dir "$model/below"

exit $((failures > 0))
