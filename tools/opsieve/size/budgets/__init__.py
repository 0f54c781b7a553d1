"""Limits of sizes, and whether a file keeps them."""

from opsieve.size.budgets.check import Excess, Verdict, check
from opsieve.size.budgets.limits import Limit
from opsieve.size.budgets.read import read_budgets

__all__ = ["Excess", "Limit", "Verdict", "check", "read_budgets"]
