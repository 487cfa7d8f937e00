"""clang-tidy as an aspect: Bazel runs it on what changed since it last passed.

    bazel build --config=lint //...

Sources of libraries and programs, each with the headers that it includes; tests are
compiled with all warnings and run under sanitizers instead. The checks are in
.clang-tidy.
"""

def _is_linted(target, ctx):
    return (CcInfo in target and ctx.label.workspace_name == "" and
            hasattr(ctx.rule.files, "srcs") and not getattr(ctx.rule.attr, "testonly", False))

def _flags(context, attr):
    return (
        ["-std=c++17"] + getattr(attr, "copts", []) +
        ["-D" + d for d in context.defines.to_list() + context.local_defines.to_list()] +
        ["-iquote" + i for i in context.quote_includes.to_list()] +
        ["-isystem" + i for i in context.includes.to_list() + context.system_includes.to_list()]
    )

def _tidy(ctx, source, context):
    passed = ctx.actions.declare_file("%s.%s.tidy" % (ctx.label.name, source.basename))
    ctx.actions.run_shell(
        inputs = depset([source, ctx.file._config], transitive = [context.headers]),
        outputs = [passed],
        # What it says of headers that it was not asked about goes to standard error.
        command = "clang-tidy --quiet --config-file=$2 $1 -- \"${@:4}\" 2>$3 || { grep error $3; exit 1; }",
        arguments = [source.path, ctx.file._config.path, passed.path] +
                    _flags(context, ctx.rule.attr),
        mnemonic = "ClangTidy",
        progress_message = "Linting " + source.short_path,
        use_default_shell_env = True,
    )
    return passed

def _lint_impl(target, ctx):
    passed = []
    if _is_linted(target, ctx):
        context = target[CcInfo].compilation_context
        passed = [_tidy(ctx, s, context) for s in ctx.rule.files.srcs if s.extension == "cc"]
    return [OutputGroupInfo(lint = depset(passed))]

lint = aspect(
    implementation = _lint_impl,
    attrs = {"_config": attr.label(default = "//:.clang-tidy", allow_single_file = True)},
)
