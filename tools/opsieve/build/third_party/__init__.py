"""Third-party packages of the portable runtime: which source fits, where to get it, how to compile it."""
