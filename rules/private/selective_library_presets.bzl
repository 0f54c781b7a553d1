"""What Bazel, and TensorFlow's own rules, look at to tell platforms apart."""

def _is_module(label):
    """Whether a label is of a repository that MODULE.bazel brought: its name has a sign that none in a WORKSPACE has."""
    name = str(label).partition("//")[0]
    signs = [sign for sign in name[len("@@"):].elems() if not (sign.isalnum() or sign in "-._")]
    return name == "@@" or bool(signs)

# Modules have their tool chains chosen by platform. These suites, which a WORKSPACE brings, are of none, and a label that
# a user writes would name another repository here.
IS_MODULE = _is_module(Label("//:BUILD"))

_SUITES = {} if IS_MODULE else {
    "android": "//external:android/crosstool",
    "ios": "@local_config_apple_cc//:toolchain",
}

def _preset(name, cpu, apple_platform_type = ""):
    return struct(
        platform = Label("//rules/platforms:" + name),
        cpu = cpu,
        crosstool_top = _SUITES.get(name.split("-")[0], ""),
        apple_platform_type = apple_platform_type,
    )

# By the names that `opsieve build --target` has. platforms is what toolchains are resolved by; cpu, crosstool_top and
# apple_platform_type are what selects of TensorFlow's BUILD files ask for.
PRESETS = {
    "android-arm64": _preset("android-arm64", "arm64-v8a"),
    "android-armv7": _preset("android-armv7", "armeabi-v7a"),
    "android-x86_64": _preset("android-x86_64", "x86_64"),
    "ios-arm64": _preset("ios-arm64", "ios_arm64", "ios"),
    "ios-simulator-arm64": _preset("ios-simulator-arm64", "ios_sim_arm64", "ios"),
    "linux-aarch64": _preset("linux-aarch64", "aarch64"),
    "linux-armv7": _preset("linux-armv7", "armhf"),
    "linux-x86_64": _preset("linux-x86_64", "k8"),
}

# What people call them.
ALIASES = {
    "raspberry-pi-32": "linux-armv7",
    "raspberry-pi-64": "linux-aarch64",
}

HOST = "host"
