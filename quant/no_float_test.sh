#!/bin/bash
# No floating-point instruction lies between pixels and logits: in the program that
# holds the engine and nothing else, only the choice of kernels, made when a net is
# packed, computes with floating-point numbers. All instruction sets are in it.
set -u -o pipefail
program=$1
# Functions that may: estimates of time in nanoseconds.
allowed='(::|>)?(DirectCost|TapCost|WinogradCost<[24]>|TileCost|ChooseConvKernel)\('

objdump --version >/dev/null || { echo "FAILED: objdump (binutils) is needed"; exit 1; }

# "FUNCTION: INSTRUCTION" for each scalar or packed float arithmetic, comparison or
# conversion, and each x87 instruction. Moves, shuffles and logic have no arithmetic.
floating() {
  objdump -d --no-show-raw-insn -C "$1" | awk -F'\t' '
    /^[0-9a-f]+ <.*>:$/ { name = $0; sub(/^[0-9a-f]+ </, "", name); sub(/>:$/, "", name) }
    NF > 1 {
      split($2, word, " "); op = word[1]
      if (op ~ /^v?(add|sub|mul|div|sqrt|min|max|round|rsqrt(14|28)?|rcp(14|28)?|hadd|hsub|addsub|dp|cmp[a-z_]*|u?comi)(ss|sd|ps|pd|sh|ph)$/ ||
          op ~ /^v?cvt/ || op ~ /^vf?n?m(add|sub)[0-9a-z]*(ss|sd|ps|pd|sh|ph)$/ || op ~ /^vfn?m(add|sub)/ ||
          op ~ /^v(rndscale|scalef|getexp|getmant|reduce|range|fixupimm|dpbf16)/ ||
          op ~ /^f(ld|st|add|sub|mul|div|com|ucom|ild|ist|sqrt|rndint|xch|chs|abs|prem|ptan|patan|sin|cos|scale|yl2x|2xm1)/)
        print name ": " op
    }'
}

found=$(floating "$program" | grep -vE "$allowed")
if [[ -n $found ]]; then
  echo "FAILED: floating-point instructions in the engine:"
  echo "$found" | sort | uniq -c | head -20
  exit 1
fi
# The search finds what there is.
[[ $(floating "$program" | grep -cE "$allowed") -gt 10 ]] || { echo "FAILED: the search is blind"; exit 1; }
functions=$(objdump -d -C "$program" | grep -cE '^[0-9a-f]+ <lockstep::quant')
[[ $functions -gt 100 ]] || { echo "FAILED: only $functions functions of the engine"; exit 1; }
echo "$functions functions of lockstep::quant, floating point only where kernels are chosen"
