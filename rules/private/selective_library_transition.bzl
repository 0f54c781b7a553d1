"""Building one target for several platforms."""

load(":selective_library_presets.bzl", "ALIASES", "HOST", "IS_MODULE", "PRESETS")

_PLATFORMS = "//command_line_option:platforms"
_CPU = "//command_line_option:cpu"
_APPLE = "//command_line_option:apple_platform_type"

# What chooses from a cc_toolchain_suite. Bazel 8 and 9 have the options, and no suites.
_CROSSTOOL = "//command_line_option:crosstool_top"
_COMPILER = "//command_line_option:compiler"

_OPTIONS = [_PLATFORMS, _CPU, _APPLE] + ([] if IS_MODULE else [_CROSSTOOL, _COMPILER])

def _changed(name, preset, suite):
    options = {_PLATFORMS: [str(preset.platform)], _CPU: preset.cpu}
    if preset.apple_platform_type:
        options[_APPLE] = preset.apple_platform_type
    if suite or preset.crosstool_top:
        options[_CROSSTOOL] = suite or preset.crosstool_top
    if suite:
        # Several targets may have one cpu.
        options[_COMPILER] = name
    return options

def _for_platforms_impl(settings, attr):
    configurations = {}
    for name in attr.platforms:
        changed = {}
        if name != HOST:
            target = ALIASES.get(name, name)
            if target not in PRESETS:
                fail("platforms: there is no {}; there are {}, and own ones with --platforms and a selective_library".format(
                    name,
                    ", ".join(sorted([HOST] + PRESETS.keys() + ALIASES.keys())),
                ))
            changed = _changed(target, PRESETS[target], "" if IS_MODULE else attr.crosstool_top)
        configurations[name] = {option: changed.get(option, settings[option]) for option in _OPTIONS}
    return configurations

for_platforms = transition(
    implementation = _for_platforms_impl,
    inputs = _OPTIONS,
    outputs = _OPTIONS,
)
