"""The lock file: what a selection is, in a form that people review and version control merges."""
