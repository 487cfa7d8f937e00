"""GPU targets: built where the user asks for them and a toolkit exists."""

BuildSettingInfo = provider(fields = ["value"])

def _flag_impl(ctx):
    return BuildSettingInfo(value = ctx.build_setting_value)

bool_flag = rule(implementation = _flag_impl, build_setting = config.bool(flag = True))

def requires_cuda():
    """For target_compatible_with: SKIPPED unless --config=cuda and a toolkit was found."""
    return select({
        "//third_party/cuda:enabled": [],
        "//conditions:default": ["//third_party/cuda:absent"],
    })
