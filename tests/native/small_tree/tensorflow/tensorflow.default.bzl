"""What differs between this repository and others that the tree is copied to."""

def filegroup(**kwargs):
    native.filegroup(**kwargs)

def get_compatible_with_portable():
    return []

def tf_selective_registration_deps():
    return []
