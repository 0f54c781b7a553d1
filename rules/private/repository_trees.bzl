"""Where repository rules find source trees."""

def folder_at(repository, path):
    """A folder that is absolute, or from the top of the workspace.

    Args:
      repository: repository_ctx.
      path: string.

    Returns:
      A path.
    """
    if path.startswith("/"):
        return repository.path(path)
    if hasattr(repository, "workspace_root"):
        top = repository.workspace_root
    else:
        top = repository.path(Label("@//:WORKSPACE")).dirname
    return repository.path("{}/{}".format(top, path))

def is_tree(folder):
    """Whether a folder is the top of a TensorFlow source tree.

    Args:
      folder: path.

    Returns:
      A bool.
    """
    return folder.get_child("tensorflow").get_child("core").exists
