"""What changed from one built file to another, and why."""

from opsieve.size.compare.baseline import Baseline, Measured, baseline_of
from opsieve.size.compare.compare import compare
from opsieve.size.compare.comparison import Cause, Change, Comparison, Move

__all__ = ["Baseline", "Cause", "Change", "Comparison", "Measured", "Move", "baseline_of", "compare"]
