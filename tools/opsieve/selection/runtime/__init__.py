"""What TensorFlow's runtime itself adds to the graphs it executes: rules as data, and their closure."""
