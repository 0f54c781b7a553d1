"""The page's bytes: weight, what it may load, and names that would be markup."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

import opsieve.size.page.html
from opsieve.size.page import render_page
from opsieve.size.page.names import shown
from page.attributions import HOSTILE, hostile, library, older

VENDOR = Path(opsieve.size.page.html.__file__).parent / "vendor"
MOST_BYTES = 1_500_000


class _Elements(HTMLParser):
    """What a browser would find: elements with their attributes' names, and the text of each kind of element."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "action")]
        self._open = tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open, []).append(data)


@pytest.fixture(scope="module")
def page() -> bytes:
    return render_page(library(), older(library()))


def test_a_real_library_weighs_at_most_a_megabyte_and_a_half(page: bytes) -> None:
    assert len(page) <= MOST_BYTES


def test_more_than_a_real_library_weighs_no_more() -> None:
    assert len(render_page(library(owners=5000, parts=150_000, seed=2))) <= MOST_BYTES


def test_the_page_loads_nothing(page: bytes) -> None:
    found = _Elements(page)
    assert set(found.addresses) == {"data:,", "#rows"}
    styles = "".join(found.texts["style"])
    assert "url(" not in styles
    assert "@import" not in styles
    assert b"default-src 'none'" in page
    # The only address in all of its text: d3-hierarchy's own first line.
    assert set(re.findall(rb"https?://[^\s\"'`]*", page)) <= {b"https://d3js.org/d3-hierarchy/"}


def test_the_policy_allows_the_pages_own_script_and_styles_only(page: bytes) -> None:
    text = page.decode()
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        (source,) = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in text


def test_names_are_text() -> None:
    plain = library(owners=len(HOSTILE), parts=len(HOSTILE))
    assert _Elements(render_page(hostile())).elements == _Elements(render_page(plain)).elements
    page = render_page(hostile(), hostile()).decode()
    assert "window.hacked = 1</script>" not in page
    assert "onerror='" not in page
    for hidden in ("\u2028", "\u202e", "\u2066", "\x00", "\x1b", "\ufffe"):
        assert hidden not in page


def test_the_largest_owners_are_there_without_scripts() -> None:
    made = hostile()
    found = _Elements(render_page(made))
    names = set(found.texts["span"])
    assert {shown(name) for name in HOSTILE} <= names


def test_the_same_attributions_give_the_same_bytes(page: bytes) -> None:
    assert render_page(library(), older(library())) == page


def test_an_empty_attribution_is_a_page() -> None:
    empty = library(owners=0, parts=0)
    assert render_page(empty, empty).startswith(b"<!DOCTYPE html>")


def test_vendored_files_are_those_of_the_registry() -> None:
    described = yaml.safe_load((VENDOR / "vendored.yaml").read_text(encoding="utf-8"))
    known = {"vendored.yaml"}
    for package in described:
        licence = (VENDOR / package["licence_file"]).read_text(encoding="utf-8")
        assert "Permission to use, copy, modify" in licence
        known.add(package["licence_file"])
        for file in package["files"]:
            content = (VENDOR / file["file"]).read_bytes()
            digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
            assert file["integrity"] == f"sha512-{digest}"
            assert f"v{package['version']} ".encode() in content[:200]
            known.add(file["file"])
    assert {path.name for path in VENDOR.iterdir()} == known


def test_the_licence_of_what_is_vendored_travels_with_the_page(page: bytes) -> None:
    licence = (VENDOR / "d3-hierarchy.LICENSE").read_bytes()
    assert licence.strip() in page
