"""What Bazel gives every BUILD and .bzl file, as far as loading needs it: rules record their attributes, and no more.

The names beginning with opsieve_ are given by Python. A name bazel_x is called x in the files that see it, where x is
needed here as the interpreter defines it.
"""

def _plain(attributes):
    # Functions and the like have no meaning in a target's attributes, and cannot leave the interpreter. As one string:
    # each value that is passed to Python by itself takes as long as a whole target in JSON.
    return json.encode({key: value for key, value in attributes.items() if type(value) != "function"})

def _rule(kind, outputs = []):
    def make(**attributes):
        if outputs:
            attributes["outs"] = [attributes[each] for each in outputs if attributes.get(each)]
        opsieve_target(kind, _plain(attributes), call_stack())

    return make

def opsieve_make(kind, **attributes):
    opsieve_target(kind, _plain(attributes), call_stack())

def _nothing(*arguments, **attributes):
    return None

def _nowhere(*arguments, **attributes):
    return []

def bazel_str(value):
    if type(value) == "struct" and hasattr(value, "opsieve_label"):
        return value.opsieve_label
    return str(value)

def opsieve_label_maker(repository, package):
    def Label(text):  # buildifier: disable=name-conventions
        if type(text) == "struct":
            return text
        parts = opsieve_label(repository, package, text)
        return struct(
            opsieve_label = parts[0],
            workspace_name = parts[1],
            repo_name = parts[1],
            package = parts[2],
            name = parts[3],
            workspace_root = parts[4],
        )

    return Label

def select(conditions, no_match_error = ""):
    return opsieve_select(json.encode({bazel_str(key): value for key, value in conditions.items()}))

def glob(include = [], exclude = [], exclude_directories = 1, allow_empty = True):
    return opsieve_glob(include, exclude, not exclude_directories)

def subpackages(include = [], exclude = [], allow_empty = False):
    return opsieve_subpackages(include, exclude)

def package_name():
    return opsieve_package_name()

def repository_name():
    return "@" + opsieve_repository_name()

def repo_name():
    return opsieve_repository_name()

def existing_rules():
    return opsieve_existing_rules()

def existing_rule(name):
    return opsieve_existing_rule(name)

def package_relative_label(text):
    return opsieve_label_maker(opsieve_repository_name(), opsieve_package_name())(text)

package = _nothing
licenses = _nothing
distribs = _nothing
workspace = _nothing
register_toolchains = _nothing
register_execution_platforms = _nothing
package_group = _nothing
environment_group = _nothing
bazel_print = _nothing
visibility = _nothing

def exports_files(srcs = [], visibility = None, licenses = None):
    opsieve_exports(srcs)

def depset(direct = [], order = "", transitive = [], items = []):
    # A list: what macros do with a depset, they may do with a list, but for to_list(), which source.py takes away.
    return opsieve_unique(list(direct or []) + list(items) + [each for one in transitive for each in one])

def bazel_set(items = []):
    return opsieve_unique(list(items))

def bazel_fail(*arguments, msg = None, attr = None, sep = " ", **more):
    opsieve_fail(sep.join([bazel_str(each) for each in (msg,) + arguments if each != None]))

def provider(doc = "", fields = None, init = None):
    def make(*arguments, **values):
        return struct()

    return (make, make) if init else make

def rule(implementation = None, attrs = None, **definition):
    kind = str(implementation).rpartition(".")[2].removeprefix("_")
    outputs = [name for name, each in (attrs or {}).items() if type(each) == "struct" and each.output]
    return _rule(kind.removesuffix("_impl").removesuffix("_implementation") or "rule", outputs)

def repository_rule(implementation = None, **definition):
    return _nothing

def module_extension(implementation = None, **definition):
    return _nothing

aspect = _nothing
transition = _nothing
configuration_field = _nothing
exec_group = _nothing
analysis_test_transition = _nothing
tag_class = _nothing
exec_transition = _nothing
subrule = _nothing

def macro(implementation = None, attrs = None, inherit_attrs = None, finalizer = False, doc = None):
    def make(name, visibility = None, **attributes):
        values = dict(attributes)
        for key, default in (attrs or {}).items():
            if default and type(default) == "struct" and key not in values:
                values[key] = default.default
        implementation(name = name, visibility = visibility or [], **values)

    return make

def _attribute(default = None, **definition):
    return struct(default = default, output = False)

def _output(**definition):
    return struct(default = None, output = True)

attr = struct(
    bool = _attribute,
    int = _attribute,
    int_list = _attribute,
    label = _attribute,
    label_keyed_string_dict = _attribute,
    label_list = _attribute,
    output = _output,
    output_list = _attribute,
    string = _attribute,
    string_dict = _attribute,
    string_keyed_label_dict = _attribute,
    string_list = _attribute,
    string_list_dict = _attribute,
    license = _attribute,
)

config = struct(
    bool = _nothing,
    exec = _nothing,
    int = _nothing,
    none = _nothing,
    string = _nothing,
    string_list = _nothing,
    string_set = _nothing,
    target = _nothing,
    toolchain_type = _nothing,
)

config_common = struct(FeatureFlagInfo = None, toolchain_type = _nothing)
platform_common = struct(
    ConstraintSettingInfo = None,
    ConstraintValueInfo = None,
    PlatformInfo = None,
    TemplateVariableInfo = None,
    ToolchainInfo = _nothing,
)
cc_common = struct(do_not_use_tools_cpp_compiler_present = None, CcToolchainInfo = None)
java_common = struct(JavaToolchainInfo = None, JavaRuntimeInfo = None, provider = None)
apple_common = struct(
    apple_toolchain = _nothing,
    AppleDynamicFramework = None,
    Objc = None,
    multi_arch_split = None,
    platform = struct(),
    platform_type = struct(ios = "ios", macos = "macos", tvos = "tvos", watchos = "watchos"),
)
proto_common = struct()
coverage_common = struct()
testing = struct(ExecutionInfo = _nothing, TestEnvironment = _nothing, analysis_test = _nothing)

PACKAGE_NAME = ""
REPOSITORY_NAME = "@"

CcInfo = provider()
CcToolchainConfigInfo = provider()
DebugPackageInfo = provider()
DefaultInfo = provider()
InstrumentedFilesInfo = provider()
JavaInfo = provider()
JavaPluginInfo = provider()
OutputGroupInfo = provider()
ProtoInfo = provider()
PyInfo = provider()
PyRuntimeInfo = provider()
RunEnvironmentInfo = provider()
AnalysisTestResultInfo = provider()
AndroidSdkInfo = provider()
ObjcInfo = provider()

_RULES = [
    "aar_import",
    "action_listener",
    "alias",
    "android_binary",
    "android_device",
    "android_device_script_fixture",
    "android_host_service_fixture",
    "android_instrumentation_test",
    "android_library",
    "android_local_test",
    "android_sdk",
    "apple_binary",
    "apple_cc_toolchain",
    "apple_static_library",
    "available_xcodes",
    "cc_binary",
    "cc_host_toolchain_alias",
    "cc_import",
    "cc_inc_library",
    "cc_libc_top_alias",
    "cc_library",
    "cc_proto_library",
    "cc_shared_library",
    "cc_static_library",
    "cc_test",
    "cc_toolchain",
    "cc_toolchain_alias",
    "cc_toolchain_suite",
    "config_feature_flag",
    "config_setting",
    "constraint_setting",
    "constraint_value",
    "environment",
    "extra_action",
    "fdo_prefetch_hints",
    "fdo_profile",
    "filegroup",
    "genquery",
    "genrule",
    "git_repository",
    "http_archive",
    "http_file",
    "ios_application",
    "ios_device",
    "java_binary",
    "java_import",
    "java_library",
    "java_lite_proto_library",
    "java_package_configuration",
    "java_plugin",
    "java_proto_library",
    "java_runtime",
    "java_test",
    "java_toolchain",
    "label_flag",
    "label_setting",
    "local_repository",
    "maven_jar",
    "memprof_profile",
    "new_git_repository",
    "new_http_archive",
    "new_local_repository",
    "objc_import",
    "objc_library",
    "objc_proto_library",
    "platform",
    "propeller_optimize",
    "proto_lang_toolchain",
    "proto_library",
    "py_binary",
    "py_library",
    "py_proto_library",
    "py_runtime",
    "py_test",
    "sh_binary",
    "sh_library",
    "sh_test",
    "starlark_doc_extract",
    "test_suite",
    "toolchain",
    "toolchain_type",
    "xcode_config",
    "xcode_version",
]

opsieve_rules = {kind: _rule(kind) for kind in _RULES}

aar_import = opsieve_rules["aar_import"]
action_listener = opsieve_rules["action_listener"]
alias = opsieve_rules["alias"]
android_binary = opsieve_rules["android_binary"]
android_device = opsieve_rules["android_device"]
android_device_script_fixture = opsieve_rules["android_device_script_fixture"]
android_host_service_fixture = opsieve_rules["android_host_service_fixture"]
android_instrumentation_test = opsieve_rules["android_instrumentation_test"]
android_library = opsieve_rules["android_library"]
android_local_test = opsieve_rules["android_local_test"]
android_sdk = opsieve_rules["android_sdk"]
apple_binary = opsieve_rules["apple_binary"]
apple_cc_toolchain = opsieve_rules["apple_cc_toolchain"]
apple_static_library = opsieve_rules["apple_static_library"]
available_xcodes = opsieve_rules["available_xcodes"]
cc_binary = opsieve_rules["cc_binary"]
cc_host_toolchain_alias = opsieve_rules["cc_host_toolchain_alias"]
cc_import = opsieve_rules["cc_import"]
cc_inc_library = opsieve_rules["cc_inc_library"]
cc_libc_top_alias = opsieve_rules["cc_libc_top_alias"]
cc_library = opsieve_rules["cc_library"]
cc_proto_library = opsieve_rules["cc_proto_library"]
cc_shared_library = opsieve_rules["cc_shared_library"]
cc_static_library = opsieve_rules["cc_static_library"]
cc_test = opsieve_rules["cc_test"]
cc_toolchain = opsieve_rules["cc_toolchain"]
cc_toolchain_alias = opsieve_rules["cc_toolchain_alias"]
cc_toolchain_suite = opsieve_rules["cc_toolchain_suite"]
config_feature_flag = opsieve_rules["config_feature_flag"]
config_setting = opsieve_rules["config_setting"]
constraint_setting = opsieve_rules["constraint_setting"]
constraint_value = opsieve_rules["constraint_value"]
environment = opsieve_rules["environment"]
extra_action = opsieve_rules["extra_action"]
fdo_prefetch_hints = opsieve_rules["fdo_prefetch_hints"]
fdo_profile = opsieve_rules["fdo_profile"]
filegroup = opsieve_rules["filegroup"]
genquery = opsieve_rules["genquery"]
genrule = opsieve_rules["genrule"]
git_repository = opsieve_rules["git_repository"]
http_archive = opsieve_rules["http_archive"]
http_file = opsieve_rules["http_file"]
ios_application = opsieve_rules["ios_application"]
ios_device = opsieve_rules["ios_device"]
java_binary = opsieve_rules["java_binary"]
java_import = opsieve_rules["java_import"]
java_library = opsieve_rules["java_library"]
java_lite_proto_library = opsieve_rules["java_lite_proto_library"]
java_package_configuration = opsieve_rules["java_package_configuration"]
java_plugin = opsieve_rules["java_plugin"]
java_proto_library = opsieve_rules["java_proto_library"]
java_runtime = opsieve_rules["java_runtime"]
java_test = opsieve_rules["java_test"]
java_toolchain = opsieve_rules["java_toolchain"]
label_flag = opsieve_rules["label_flag"]
label_setting = opsieve_rules["label_setting"]
local_repository = opsieve_rules["local_repository"]
maven_jar = opsieve_rules["maven_jar"]
memprof_profile = opsieve_rules["memprof_profile"]
new_git_repository = opsieve_rules["new_git_repository"]
new_http_archive = opsieve_rules["new_http_archive"]
new_local_repository = opsieve_rules["new_local_repository"]
objc_import = opsieve_rules["objc_import"]
objc_library = opsieve_rules["objc_library"]
objc_proto_library = opsieve_rules["objc_proto_library"]
platform = opsieve_rules["platform"]
propeller_optimize = opsieve_rules["propeller_optimize"]
proto_lang_toolchain = opsieve_rules["proto_lang_toolchain"]
proto_library = opsieve_rules["proto_library"]
py_binary = opsieve_rules["py_binary"]
py_library = opsieve_rules["py_library"]
py_proto_library = opsieve_rules["py_proto_library"]
py_runtime = opsieve_rules["py_runtime"]
py_test = opsieve_rules["py_test"]
sh_binary = opsieve_rules["sh_binary"]
sh_library = opsieve_rules["sh_library"]
sh_test = opsieve_rules["sh_test"]
starlark_doc_extract = opsieve_rules["starlark_doc_extract"]
test_suite = opsieve_rules["test_suite"]
toolchain = opsieve_rules["toolchain"]
toolchain_type = opsieve_rules["toolchain_type"]
xcode_config = opsieve_rules["xcode_config"]
xcode_version = opsieve_rules["xcode_version"]

native = struct(
    glob = glob,
    subpackages = subpackages,
    package = package,
    package_name = package_name,
    package_relative_label = package_relative_label,
    repository_name = repository_name,
    repo_name = repo_name,
    module_name = _nothing,
    module_version = _nothing,
    existing_rule = existing_rule,
    existing_rules = existing_rules,
    exports_files = exports_files,
    licenses = licenses,
    package_group = package_group,
    environment_group = environment_group,
    bind = _nothing,
    register_toolchains = _nothing,
    register_execution_platforms = _nothing,
    bazel_version = "7.4.1",
    **opsieve_rules
)

def opsieve_unknown(symbol, known_as, fields):
    """Stands for what a file loads from a repository that is not in the tree, or uses though nothing binds it."""

    def call(*arguments, **attributes):
        if "name" in attributes:
            opsieve_unknown_target(symbol, known_as, _plain(attributes), call_stack())
            return None

        # The idiom of TensorFlow and XLA: if_feature(when, otherwise = []), for features that a build switches on.
        if symbol.startswith("if_not_") and arguments:
            return arguments[0]
        if symbol.startswith("is_"):
            return False
        if symbol.startswith("if_"):
            return arguments[1] if len(arguments) > 1 else attributes.get("if_false", [])
        return []

    if fields:
        return struct(**{name: call for name in fields})
    return call
