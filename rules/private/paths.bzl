"""Names of files that do not depend on the configuration, and the one file of a target that is meant."""

_SAVED_MODELS = ["saved_model.pb", "saved_model.pbtxt"]

def staged_name(file):
    """The path of a file in the source tree, where run_staged.py links it."""
    if file.short_path.startswith("../"):
        return "external/" + file.short_path[len("../"):]
    return file.short_path

def staged_input(file):
    """NAME=PATH, as run_staged.py takes it; for map_each."""
    return "{}={}".format(staged_name(file), file.path)

def tree_name(file):
    """The path of a file from the top of its repository."""
    if file.short_path.startswith("../"):
        return file.short_path.split("/", 2)[2]
    return file.short_path

def tree_input(file):
    """NAME=PATH from the top of the repository; for map_each."""
    return "{}={}".format(tree_name(file), file.path)

def model_name(model, name_of = staged_name):
    """The path that opsieve takes for a model: of the only file, or of a SavedModel's folder.

    Args:
      model: Target, one of a rule's models.
      name_of: function from a File to a string.

    Returns:
      A string.
    """
    files = model[DefaultInfo].files.to_list()
    if len(files) == 1:
        return name_of(files[0])
    for file in files:
        if file.basename in _SAVED_MODELS:
            return name_of(file).rpartition("/")[0] or "."
    fail("{} is neither one file nor a SavedModel: none of its {} files is {}. Give a filegroup with all files of one SavedModel, or name single files".format(
        model.label,
        len(files),
        " or ".join(_SAVED_MODELS),
    ))

def built_file(target):
    """The library or program of a target: its only file, else its only shared library, else its only static one.

    Args:
      target: Target, of cc_binary, cc_library or the like.

    Returns:
      A File.
    """
    files = target[DefaultInfo].files.to_list()
    for kind in [
        files,
        [file for file in files if file.extension in ["so", "dylib"]],
        [file for file in files if file.extension == "a" and not file.basename.endswith(".pic.a")],
        [file for file in files if file.extension == "a"],
    ]:
        if len(kind) == 1:
            return kind[0]
    fail("{} has {} files, and none is the one library or program: name one of them".format(target.label, len(files)))

def shown_label(label):
    """The label as a user of the main repository types it."""
    text = str(label)
    return text.lstrip("@") if text.lstrip("@").startswith("//") else text
