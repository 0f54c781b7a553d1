"""The size report in a headless Chromium, as its users go about: by pointer, by keyboard, on a phone, in the dark.

The fixture ``show`` fails a test whose page says anything on the console or asks for anything but itself.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from opsieve.size.attribution import FORMAT, KERNEL, RUNTIME, Owner, Part
from opsieve.size.page import render_page
from opsieve.size.page.names import shown, size_text
from opsieve.size.page.palette import look
from page.attributions import HOSTILE, hostile, library, of, older

OWNERS = (
    Owner("MatMul/MatMulOp<CPUDevice, float>", KERNEL, ("MatMul",), ("MatMulOp",), ("DT_FLOAT",), ("mlp.pb",)),
    Owner("Softmax/SoftmaxOp<CPUDevice, half>", KERNEL, ("Softmax",), ("SoftmaxOp",), ("DT_HALF",), ("speech.pb",)),
    Owner("tensorflow/core/graph", RUNTIME),
    Owner(".symtab", FORMAT),
)


def _part(owner: int, size: int, source: str, symbol: str, loaded: int | None = None) -> Part:
    return Part(0, size, size if loaded is None else loaded, ".text", "", source, symbol, owner)


NEW = of(
    _part(0, 6000, "matmul_op.cc", "MatMulOp::Compute()"),
    _part(0, 3000, "matmul_op.cc", "MatMulOp::MatMulOp()"),
    _part(0, 2500, "matmul_op_gpu.cc", "Launch()"),
    _part(1, 2000, "softmax_op.cc", "SoftmaxOp::Compute()"),
    _part(1, 500, "softmax_op.cc", "SoftmaxOp::SoftmaxOp()"),
    _part(2, 4000, "graph.cc", "Graph::AddNode()"),
    _part(2, 1000, "edge.cc", "Graph::AddEdge()", loaded=30_000),
    _part(3, 9000, "", "", loaded=0),
    owners=OWNERS,
)
OLD = of(
    _part(0, 5000, "matmul_op.cc", "MatMulOp::Compute()"),
    _part(0, 3000, "matmul_op.cc", "MatMulOp::MatMulOp()"),
    _part(0, 2500, "matmul_op_gpu.cc", "Launch()"),
    _part(2, 4700, "graph.cc", "Graph::AddNode()"),
    _part(2, 1000, "edge.cc", "Graph::AddEdge()", loaded=30_000),
    _part(2, 300, "gone.cc", "Graph::Gone()"),
    _part(3, 9000, "", "", loaded=0),
    owners=OWNERS,
)


def _tile(opened: Any, name: str) -> Any:
    return opened.page.get_by_role("group", name="Treemap").get_by_role("button", name=name)


def test_zooms_in_and_out(show: Any) -> None:
    opened = show(render_page(NEW))
    assert opened.trail() == ["lib.so"]
    assert opened.rows() == ["Kernels", "File format", "TensorFlow core"]
    _tile(opened, "Kernels,").click(position={"x": 5, "y": 5})
    assert opened.trail() == ["lib.so", "Kernels"]
    assert opened.rows() == ["MatMul/MatMulOp<CPUDevice, float>", "Softmax/SoftmaxOp<CPUDevice, half>"]
    opened.row("MatMul/MatMulOp<CPUDevice, float>").click()
    _tile(opened, "matmul_op.cc,").click(position={"x": 5, "y": 5})
    assert opened.trail() == ["lib.so", "Kernels", "MatMul/MatMulOp<CPUDevice, float>", "matmul_op.cc"]
    assert opened.rows() == ["MatMulOp::Compute()", "MatMulOp::MatMulOp()"]
    assert "8.79 KiB" in opened.said()
    # A symbol is the innermost: it is described.
    _tile(opened, "MatMulOp::MatMulOp()").click()
    details = opened.page.locator("#details").inner_text()
    assert all(text in details for text in ("MatMulOp::MatMulOp()", "2.93 KiB", ".text", "DT_FLOAT", "mlp.pb"))
    opened.page.locator("#trail button").first.click()
    assert opened.trail() == ["lib.so"]
    opened.page.go_back()
    opened.wait(lambda: len(opened.trail()) == 4)
    opened.page.reload()
    opened.wait(lambda: len(opened.trail()) == 4)


def test_a_level_with_one_thing_in_it_is_passed_over(show: Any) -> None:
    opened = show(render_page(NEW))
    opened.row("Kernels").click()
    opened.row("Softmax").click()
    assert opened.trail()[-1] == "softmax_op.cc"
    opened.page.keyboard.press("Escape")
    assert opened.trail() == ["lib.so", "Kernels"]


def test_the_keyboard_alone(show: Any) -> None:
    opened = show(render_page(NEW))
    page = opened.page
    page.locator("#search").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.getElementById('map').contains(document.activeElement)"):
            break
    assert opened.focused().startswith("Kernels, 13.7 KiB")
    page.keyboard.press("ArrowDown")
    assert opened.focused().startswith("MatMul/MatMulOp<CPUDevice, float>, 11.2 KiB")
    reached = {opened.focused()}
    for key in ["ArrowRight"] * 3 + ["ArrowDown"] * 3 + ["ArrowLeft"] * 4 + ["ArrowUp"] * 3:
        page.keyboard.press(key)
        reached.add(opened.focused())
    assert len(reached) >= 5
    page.keyboard.press("Home")
    # It can be seen where the keyboard is.
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert opened.trail() == ["lib.so", "Kernels"]
    assert opened.focused().startswith("MatMul/MatMulOp")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert opened.trail()[-1] == "matmul_op.cc"
    for _ in range(2):
        page.keyboard.press("Escape")
    assert opened.trail() == ["lib.so", "Kernels"]
    assert opened.focused().startswith("MatMul/MatMulOp")
    page.keyboard.press("Backspace")
    assert opened.focused().startswith("Kernels,")
    page.keyboard.press("Escape")
    assert opened.trail() == ["lib.so"]
    # Tab leaves the treemap, which is one stop.
    page.keyboard.press("Tab")
    assert not page.evaluate("document.getElementById('map').contains(document.activeElement)")


def test_searches(show: Any) -> None:
    opened = show(render_page(NEW))
    page = opened.page
    page.locator("#search").fill("compute matmul")
    opened.wait(lambda: len(opened.rows()) == 1)
    assert opened.rows() == ["MatMulOp::Compute()"]
    assert "1 row with 5.86 KiB (21.4 %)" in page.locator("#count").inner_text()
    assert "1 row with compute matmul" in opened.said()
    assert page.locator("#map .frame.dim, #map .tile.dim").count() > 0
    page.locator("#search").fill("dt_half")
    opened.wait(lambda: "Softmax" in opened.rows()[0])
    assert opened.rows() == ["Softmax/SoftmaxOp<CPUDevice, half>"]
    page.locator("#search").fill("nowhere")
    opened.wait(lambda: len(opened.rows()) == 0)
    assert "Nothing has “nowhere”" in page.locator("#count").inner_text()
    page.locator("#search").press("Escape")
    opened.wait(lambda: len(opened.rows()) == 3)


def test_sorts(show: Any) -> None:
    opened = show(render_page(NEW))
    page = opened.page
    page.locator("#level").select_option("symbol")
    largest = opened.rows()
    assert largest[:3] == [".text, no symbol", "MatMulOp::Compute()", "Graph::AddNode()"]
    page.get_by_role("button", name="Size").click()
    assert opened.rows() == largest[::-1]
    assert page.locator('th[aria-sort="ascending"]').inner_text().startswith("Size")
    assert opened.said() == "Sorted by Size, ascending"
    page.get_by_role("button", name="Name", exact=True).click()
    assert opened.rows() == sorted(largest, key=str.lower)
    assert page.locator('th[aria-sort="ascending"]').inner_text().startswith("Name")
    # The keyboard stays on the heading that it pressed.
    assert opened.focused().startswith("Name")


def test_file_and_loaded_size(show: Any) -> None:
    opened = show(render_page(NEW))
    assert opened.rows()[0] == "Kernels"
    opened.page.locator(".choice").get_by_text("Loaded").click()
    assert opened.rows() == ["TensorFlow core", "Kernels"]
    assert "TensorFlow core" in opened.page.locator("#map .frame").first.inner_text()
    assert opened.page.locator(".figures .chosen").inner_text().startswith("Loaded")


def test_groups(show: Any) -> None:
    opened = show(render_page(NEW))
    opened.page.locator("#group").select_option("ops")
    assert opened.rows() == ["MatMul", "File format", "TensorFlow core", "Softmax"]
    opened.page.locator("#group").select_option("models")
    assert set(opened.rows()) == {"mlp.pb", "speech.pb", "File format", "TensorFlow core"}


def test_what_changed(show: Any) -> None:
    opened = show(render_page(NEW, OLD))
    page = opened.page
    page.locator("#level").select_option("symbol")
    rows = dict(zip(opened.rows(), opened.names("#table tbody tr"), strict=True))
    assert list(rows) == [
        "SoftmaxOp::Compute()",
        "MatMulOp::Compute()",
        "Graph::AddNode()",
        "SoftmaxOp::SoftmaxOp()",
        "Graph::Gone()",
    ]
    # Before, after and change; signed, and in words.
    for name, texts in {
        "SoftmaxOp::Compute()": ("0 B", "1.95 KiB", "+1.95 KiB", "new"),
        "MatMulOp::Compute()": ("4.88 KiB", "5.86 KiB", "+1000 B", "+20.0 %", "grew"),
        "Graph::AddNode()": ("4.59 KiB", "3.91 KiB", "−700 B", "−14.9 %", "shrank"),
        "Graph::Gone()": ("300 B", "0 B", "−300 B", "gone"),
    }.items():
        assert all(text in rows[name] for text in texts), rows[name]
    figures = page.locator("#figures").inner_text()
    assert f"+{size_text(NEW.file_size - OLD.file_size)}" in figures
    page.get_by_role("button", name="gone 1").click()
    assert opened.rows() == ["Graph::Gone()"]
    page.get_by_role("button", name="gone 1").click()
    assert page.locator("#map .new").count() >= 1
    # The view of sizes is of the new file only.
    page.get_by_text("Sizes", exact=True).click()
    assert "Graph::Gone()" not in opened.rows()
    assert len(opened.rows()) == len(NEW.parts)


def test_changes_of_what_is_equal(show: Any) -> None:
    opened = show(render_page(NEW, NEW))
    assert "no change" in opened.page.locator("#figures").inner_text()
    assert opened.page.locator("#map").inner_text() == "Nothing in here changed."
    assert opened.page.locator("#count").inner_text() == "Nothing changed."


def test_what_differs_in_the_builds(show: Any) -> None:
    made = library(owners=100, parts=1000)
    opened = show(render_page(made, older(made)))
    notes = opened.page.locator("#notes").inner_text()
    assert re.search(r"options\s+-O2 -ffunction-sections → -Os -ffunction-sections", notes)
    assert "compiler" not in notes


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show: Any, system: str) -> None:
    opened = show(render_page(NEW), color_scheme=system)
    page = opened.page
    colour = "getComputedStyle(document.body).backgroundColor"
    page_colours = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}
    assert page.evaluate(colour) == page_colours[system]
    for name in ("light", "dark"):
        page.locator("#theme").click()
        assert page.locator("#theme").inner_text() == f"Theme: {name}"
        assert page.evaluate(colour) == page_colours[name]
    page.reload()
    page.wait_for_selector("#map button")
    assert page.evaluate(colour) == page_colours["dark"]
    page.locator("#theme").click()
    assert page.evaluate(colour) == page_colours[system]


@pytest.mark.parametrize("width", [320, 360, 768])
def test_a_phone(show: Any, width: int) -> None:
    made = library(owners=200, parts=2000)
    opened = show(
        render_page(made, older(made)), viewport={"width": width, "height": 740}, is_mobile=True, has_touch=True
    )
    page = opened.page
    # Nothing is wider than the screen, and what is touched is large enough (WCAG 2.2, 2.5.8: 24 pixels).
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for box in ("#search", "#theme", "#group", "#level", ".choice span", ".chip"):
        for found in page.locator(box).all():
            assert found.bounding_box()["height"] >= 24
    map_box = page.locator("#map").bounding_box()
    assert map_box["width"] > width * 0.85
    assert map_box["height"] >= 320
    page.locator("#map .frame").first.tap(position={"x": 4, "y": 4})
    assert len(opened.trail()) >= 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_real_library_is_quick(show: Any) -> None:
    made = library()
    opened = show(render_page(made, older(made)))
    page = opened.page
    # What one does takes no longer than one notices. Ten times as long for machines that do other things too.
    milliseconds = page.evaluate(
        """() => {
          const start = performance.now();
          document.querySelector('#map .frame').click();
          document.querySelector('#map').getBoundingClientRect();
          return performance.now() - start;
        }"""
    )
    assert milliseconds < 2000
    page.locator("#level").select_option("symbol")
    assert page.locator("#table tbody tr").count() == 50
    page.get_by_role("button", name="Show 50 more").click()
    assert page.locator("#table tbody tr").count() == 100


def test_sums_of_the_page_are_the_files(show: Any) -> None:
    made = library()
    opened = show(render_page(made))
    expected = dict.fromkeys((owner.kind for owner in made.owners), 0)
    for part in made.parts:
        expected[made.owners[part.owner].kind] += part.file_size
    exact = opened.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('#table tbody tr')].map((row) =>
          [row.querySelector('.open .name').innerText, row.querySelector('.column-size').title]))"""
    )
    assert exact == {look(kind).title: f"{size:,} bytes" for kind, size in expected.items()}


def test_names_are_text(show: Any) -> None:
    opened = show(render_page(hostile(), hostile()))
    page = opened.page
    page.get_by_text("Sizes", exact=True).click()
    page.locator("#level").select_option("symbol")
    # Their order is by size, and all are 100 bytes.
    assert set(opened.page.locator("#table tbody th .open .name").all_text_contents()) == {shown(n) for n in HOSTILE}
    for _ in range(3):
        page.locator("#map button").first.click(position={"x": 3, "y": 3})
    page.locator("#search").fill("<script>")
    page.wait_for_timeout(400)
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_without_scripts(show: Any) -> None:
    opened = show(render_page(NEW), wait="noscript table", java_script_enabled=False)
    text = opened.page.locator("noscript").inner_text()
    assert "MatMul/MatMulOp<CPUDevice, float>" in text
    assert "11.2 KiB" in text
    assert not opened.page.locator("#report").is_visible()


def test_on_paper(show: Any) -> None:
    opened = show(render_page(NEW, OLD), color_scheme="dark")
    page = opened.page
    page.locator("#theme").click()
    page.locator("#theme").click()
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator(".controls").is_visible()
    assert page.locator("#map").is_visible()
    assert page.locator("#table").is_visible()
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("baseline", [None, OLD], ids=["sizes", "changes"])
def test_accessibility_rules(show: Any, scheme: str, baseline: Any) -> None:
    """axe-core finds nothing against WCAG 2.2 AA and its best practices."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="checks rules with axe-core")
    opened = show(render_page(NEW, baseline), color_scheme=scheme, bypass_csp=True)
    page = opened.page
    for _ in range(3):
        page.wait_for_timeout(400)
        found = axe.Axe().run(page)
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]] == []
        page.locator("#map button").first.click(position={"x": 3, "y": 3})
