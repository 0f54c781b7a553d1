def tf_deps(deps, suffix):
  return [dep + suffix for dep in deps]
