#!/usr/bin/env bash
# The graph in docs/architecture.md is the one that Bazel sees.
set -uo pipefail
drawn=$(sed -n '/^```mermaid$/,/^```$/p' docs/architecture.md | sed '1d;$d')
diff <(echo "$drawn") <(tools/folder_graph docs/dependencies) && exit
echo "FAILED: to renew the graph of docs/architecture.md, put in what this prints:"
echo "  bazel build //docs:dependencies && tools/folder_graph bazel-bin/docs/dependencies"
exit 1
