"""What TensorFlow's BUILD files use of bazel_skylib."""

def _config_setting_group(name, match_any = None, match_all = None, visibility = None):
    opsieve_make("config_setting_group", name = name, match_any = match_any or [], match_all = match_all or [])

def _with_or_dict(input_dict):
    result = {}
    for key, value in input_dict.items():
        for each in (key if type(key) == "tuple" else (key,)):
            result[each] = value
    return result

def _with_or(input_dict, no_match_error = ""):
    return select(_with_or_dict(input_dict), no_match_error = no_match_error)

selects = struct(with_or = _with_or, with_or_dict = _with_or_dict, config_setting_group = _config_setting_group)

def _flag(kind):
    def make(name, build_setting_default = None, **attributes):
        # As --flag=value writes it, and config_setting compares it.
        given = build_setting_default
        value = ("true" if given else "false") if type(given) == "bool" else bazel_str(given)
        opsieve_make(kind, name = name, build_setting_default = value)

    return make

bool_flag = _flag("bool_flag")
bool_setting = _flag("bool_setting")
int_flag = _flag("int_flag")
int_setting = _flag("int_setting")
string_flag = _flag("string_flag")
string_setting = _flag("string_setting")
string_list_flag = _flag("string_list_flag")
string_list_setting = _flag("string_list_setting")

BuildSettingInfo = provider()

def _basename(path):
    return path.rpartition("/")[2]

def _dirname(path):
    folder, separator, _ = path.rpartition("/")
    return folder.rstrip("/") or separator

def _is_absolute(path):
    return path.startswith("/")

def _join(path, *others):
    result = path
    for other in others:
        if other.startswith("/"):
            result = other
        elif not result or result.endswith("/"):
            result += other
        else:
            result += "/" + other
    return result

def _split_extension(path):
    name = _basename(path)
    place = name.rfind(".")
    if place <= 0:
        return (path, "")
    cut = len(name) - place
    return (path[:-cut], path[-cut:])

def _replace_extension(path, extension):
    return _split_extension(path)[0] + extension

def _normalize(path):
    parts = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part == ".." and not path.startswith("/"):
            parts.append(part)
        elif part not in ("", ".", ".."):
            parts.append(part)
    return ("/" if path.startswith("/") else "") + "/".join(parts) or "."

def _relativize(path, start):
    ours, theirs = _normalize(path).split("/"), _normalize(start).split("/")
    return "/".join(ours[len(theirs):]) if ours[:len(theirs)] == theirs else path

def _starts_with(path_a, path_b):
    return not path_b or _normalize(path_a) == _normalize(path_b) or _normalize(path_a).startswith(_normalize(path_b) + "/")

paths = struct(
    basename = _basename,
    dirname = _dirname,
    is_absolute = _is_absolute,
    join = _join,
    normalize = _normalize,
    relativize = _relativize,
    replace_extension = _replace_extension,
    split_extension = _split_extension,
    starts_with = _starts_with,
)

def _add(*dictionaries, **more):
    result = {}
    for each in dictionaries + (more,):
        result.update(each)
    return result

def _omit(dictionary, keys):
    return {key: value for key, value in dictionary.items() if key not in keys}

def _pick(dictionary, keys, strict = True):
    return {key: dictionary[key] for key in keys if key in dictionary}

dicts = struct(add = _add, omit = _omit, pick = _pick)

def _uniq(iterable):
    return {each: None for each in iterable}.keys()

def _flatten(iterable):
    return [each for one in iterable for each in one]

def _compact(iterable):
    return [each for each in iterable if each != None]

collections = struct(
    before_each = lambda separator, iterable: _flatten([[separator, each] for each in iterable]),
    after_each = lambda separator, iterable: _flatten([[each, separator] for each in iterable]),
    uniq = _uniq,
)

# Sets are dictionaries here.
def _make(items = []):
    return {each: None for each in items or []}

def _union(*sets):
    return _add(*[_make(each) for each in sets])

sets = struct(
    make = _make,
    contains = lambda a, item: item in a,
    difference = lambda a, b: _make([each for each in a if each not in b]),
    intersection = lambda a, b: _make([each for each in a if each in b]),
    is_equal = lambda a, b: sorted(a.keys()) == sorted(b.keys()),
    is_subset = lambda a, b: not [each for each in a if each not in b],
    insert = lambda a, item: _union(a, [item]),
    length = len,
    to_list = lambda a: a.keys(),
    union = _union,
    str = bazel_str,
    repr = repr,
)

def _type(*names):
    return lambda value: type(value) in names

types = struct(
    is_bool = _type("bool"),
    is_depset = lambda value: False,
    is_dict = _type("dict"),
    is_function = _type("function"),
    is_int = _type("int"),
    is_list = _type("list"),
    is_none = lambda value: value == None,
    is_set = _type("dict"),
    is_string = _type("string"),
    is_tuple = _type("tuple"),
)

def _at_least(threshold, version):
    return opsieve_version_key(version) >= opsieve_version_key(threshold)

def opsieve_version_key(version):
    return [int(part) for part in version.split("-")[0].split(".") if part.isdigit()]

versions = struct(
    is_at_least = _at_least,
    is_at_most = lambda threshold, version: _at_least(version, threshold),
    get = lambda: native.bazel_version,
)

structs = struct(to_dict = lambda value: {name: getattr(value, name) for name in dir(value)})

shell = struct(
    array_literal = lambda items: "(" + " ".join(["'" + bazel_str(each) + "'" for each in items]) + ")",
    quote = lambda text: "'" + text.replace("'", "'\\''") + "'",
)

partial = struct(make = lambda function, *arguments, **more: None, call = lambda *arguments, **more: None, is_instance = lambda value: False)

def build_test(name, targets = [], **attributes):
    opsieve_make("build_test", name = name, targets = targets)

def bzl_library(name, srcs = [], deps = [], **attributes):
    opsieve_make("bzl_library", name = name, srcs = srcs, deps = deps)

def diff_test(name, **attributes):
    opsieve_make("diff_test", name = name)

def write_file(name, out, content = [], **attributes):
    opsieve_make("write_file", name = name, out = out, content = content)

def copy_file(name, src, out, **attributes):
    opsieve_make("copy_file", name = name, srcs = [src], out = out)

def expand_template(name, template, out, substitutions = {}, **attributes):
    opsieve_make("expand_template", name = name, srcs = [template], out = out, substitutions = substitutions)

def run_binary(name, tool, srcs = [], outs = [], args = [], **attributes):
    opsieve_make("run_binary", name = name, tools = [tool], srcs = srcs, outs = outs, args = args)

def native_binary(name, src, **attributes):
    opsieve_make("native_binary", name = name, srcs = [src])
