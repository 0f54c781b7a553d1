"""Rendering opsieve's own templates of pages and pictures: what is put into them becomes text."""

from __future__ import annotations


def render_markup(template: str, **context: object) -> str:
    """What a template makes, with every name of a stranger's file escaped."""
    import jinja2

    from opsieve.resources import resource

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("templates")),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(context)
