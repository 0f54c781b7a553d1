"""From a selection and a source tree to a library: the portable runtime, third-party packages, generated makefiles."""
