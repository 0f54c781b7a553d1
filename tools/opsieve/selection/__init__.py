"""Usage × index → selection: which kernel TensorFlow would pick for every node."""
