"""Repositories."""

load("//third_party:repo.bzl", "tf_vendored")

def workspace():
    tf_vendored(name = "local_xla", relpath = "third_party/xla")

    # tf_vendored(name = "commented", relpath = "third_party/eigen3")
    tf_vendored(name = "not_there", relpath = "third_party/nothing")
    tf_vendored(name = "outside", relpath = "third_party/../../elsewhere")
    native.bind(name = "protobuf", actual = "@com_google_protobuf//:protobuf")
    native.bind(name = "eigen", actual = "//third_party/eigen3")

tf_workspace3 = workspace
