"""Comparisons and budgets in the forms that people and CI systems read."""
