"""The size report as one page, as a picture, and as a table for spreadsheets."""

from opsieve.size.page.csv_table import render_csv
from opsieve.size.page.html import render_page
from opsieve.size.page.picture import render_png, render_svg

__all__ = ["render_csv", "render_page", "render_png", "render_svg"]
