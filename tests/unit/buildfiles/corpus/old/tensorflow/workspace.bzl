def tf_workspace(path_prefix="", tf_repo_name=""):
  native.bind(
      name = "protobuf",
      actual = "@protobuf_archive//:protobuf",
  )
  native.bind(
      name = "protobuf_headers",
      actual = "//external:protobuf",
  )
  native.bind(name = "round", actual = "//external:and_round")
  native.bind(name = "and_round", actual = "//external:round")
