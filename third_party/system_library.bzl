"""A library that the distribution's package manager installed."""

_INCLUDE_ROOTS = ["/usr/local/include", "/usr/include"]

def _find(ctx, header):
    for root in _INCLUDE_ROOTS:
        path = ctx.path(root + "/" + header)
        if path.exists:
            return root
    fail(("\n\nlockstep: {name} is not installed: {header} is in none of {roots}." +
          "\nRun tools/setup, or install the package yourself: apt-get install {package}\n").format(
        name = ctx.name,
        header = header,
        roots = ", ".join(_INCLUDE_ROOTS),
        package = ctx.attr.package,
    ))

def _system_library_impl(ctx):
    root = _find(ctx, ctx.attr.header)
    for tree in ctx.attr.link_trees:
        ctx.symlink(root + "/" + tree, tree)
    ctx.symlink(ctx.attr.overlay, "BUILD.bazel")

system_library = repository_rule(
    implementation = _system_library_impl,
    local = True,
    doc = "Checks that one known header exists and lays a BUILD overlay over the " +
          "installed library. Fails with the package's name when it is missing, " +
          "and only when a target that is being built needs it.",
    attrs = {
        "header": attr.string(mandatory = True, doc = "looked for under /usr/local/include and /usr/include"),
        "package": attr.string(mandatory = True, doc = "Debian's name of the package"),
        "overlay": attr.label(mandatory = True, doc = "the BUILD file of the repository"),
        "link_trees": attr.string_list(doc = "folders or files under the include root to make visible in the repository"),
    },
)
