"""Building one target for several platforms."""

load(":selective_library_presets.bzl", "ALIASES", "HOST", "PRESETS")

_PLATFORMS = "//command_line_option:platforms"
_CPU = "//command_line_option:cpu"
_CROSSTOOL = "//command_line_option:crosstool_top"
_APPLE = "//command_line_option:apple_platform_type"
_COMPILER = "//command_line_option:compiler"

def _for_platforms_impl(settings, attr):
    configurations = {}
    for name in attr.platforms:
        if name == HOST:
            configurations[name] = {
                option: settings[option]
                for option in (_PLATFORMS, _CPU, _CROSSTOOL, _APPLE, _COMPILER)
            }
            continue
        preset = PRESETS.get(ALIASES.get(name, name))
        if not preset:
            fail("platforms: there is no {}; there are {}, and own ones with --platforms and a selective_library".format(
                name,
                ", ".join(sorted([HOST] + PRESETS.keys() + ALIASES.keys())),
            ))
        suite = attr.crosstool_top or preset.crosstool_top
        configurations[name] = {
            _PLATFORMS: [str(preset.platform)],
            _CPU: preset.cpu,
            _CROSSTOOL: suite or settings[_CROSSTOOL],
            _APPLE: preset.apple_platform_type or settings[_APPLE],
            # Several targets may have one cpu.
            _COMPILER: ALIASES.get(name, name) if attr.crosstool_top else settings[_COMPILER],
        }
    return configurations

for_platforms = transition(
    implementation = _for_platforms_impl,
    inputs = [_PLATFORMS, _CPU, _CROSSTOOL, _APPLE, _COMPILER],
    outputs = [_PLATFORMS, _CPU, _CROSSTOOL, _APPLE, _COMPILER],
)
