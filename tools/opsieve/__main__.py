"""``python -m opsieve``."""

from opsieve.cli import main

if __name__ == "__main__":
    main()
