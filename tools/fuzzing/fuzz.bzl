"""A row a fuzzer: what libFuzzer runs, and what tests run of it."""

def lockstep_fuzz(name, deps, mutations, size = "small"):
    """NAME (libFuzzer's, --config=fuzz) and NAME_test, of NAME.cc and testdata/corpus/NAME.

    Args:
      name: ends in _fuzz; tools/fuzz finds it by its tag.
      deps: of NAME.cc.
      mutations: how many NAME_test makes of the corpus, always the same ones.
      size: of NAME_test.
    """
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        tags = ["fuzz", "manual"],
        deps = deps,
    )
    native.cc_test(
        name = name + "_test",
        size = size,
        srcs = [name + ".cc"],
        args = ["testdata/corpus/" + name, str(mutations)],
        data = ["//testdata:corpus/" + name],
        deps = deps + ["//tools/fuzzing:replay"],
    )
