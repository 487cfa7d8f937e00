#!/bin/sh
# Bazel wants a target as its proto compiler; this one is Debian's.
exec /usr/bin/protoc "$@"
