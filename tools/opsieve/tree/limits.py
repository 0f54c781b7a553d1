"""What reading a source tree may cost: a file is data from a stranger.

Beyond these an input is an attack or a mistake; TensorFlow's own trees stay far below.
"""

MAX_FILE_BYTES = 16 << 20
# TensorFlow reaches 25,000. Of one translation unit's expansions together, and how deep macros may nest in them.
MAX_TOKENS = 400_000
MAX_DEPTH = 2_000
