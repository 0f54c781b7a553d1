"""Who owns the bytes of a built file, what changed since another build, and whether a budget holds."""
