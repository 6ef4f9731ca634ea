"""Results in a browser: they fit on a phone, and can be read in light and dark, by either theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tinystack.selfcheck import checks, page
from tinystack.selfcheck.points import NINE
from tinystack.selfcheck.running import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAPER = {"light": "#ffffff", "dark": "#111111"}
"""Backgrounds of JupyterLab's themes."""

READABLE = 4.5
"""Contrast of text and background that WCAG asks for, level AA."""

CONTRASTS = """paper => {
    const rgb = color => color.match(/[\\d.]+/g).map(Number);
    const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const share = [0.2126, 0.7152, 0.0722];
    const light = color => share.reduce((sum, part, i) => sum + part * linear(color[i] / 255), 0);
    const below = light(paper);
    return [...document.querySelectorAll(".ts-check *")].filter(
        e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.tagName !== "STYLE"
    ).map(e => {
        const style = getComputedStyle(e);
        const above = light(rgb(e.tagName === "text" ? style.fill : style.color));
        const contrast = (Math.max(above, below) + 0.05) / (Math.min(above, below) + 0.05);
        return [contrast, e.textContent.slice(0, 50)];
    });
}"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        yield browser
        browser.close()


@pytest.fixture
def results(chaff: Callable[[str], ModuleType]) -> str:
    """All results for a trainer without zero_grad(), every row open."""
    trainer = chaff("zero_grad/zero_grad_missing").Trainer
    found = [run(name, getattr(checks, name), trainer) for name in NINE]
    return page.of_all(found, "note").replace("<details>", "<details open>")


def shown(browser: Browser, html: str, width: int, scheme: Any, theme: str = "") -> Any:
    """Open the result in a page; theme: of a notebook, which may differ from the system's scheme."""
    opened = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    is_light = str((theme or scheme) == "light").lower()
    attribute = f' data-jp-theme-light="{is_light}"' if theme else ""
    opened.set_content(f"<!doctype html><html lang=en><body{attribute}>{html}</body></html>")
    return opened


@pytest.mark.parametrize("width", [390, 1280])
def test_results_never_scroll_the_page_sideways(browser: Browser, results: str, width: int) -> None:
    opened = shown(browser, results, width, "light")
    sizes = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    whole, seen = opened.evaluate(sizes)
    opened.close()
    assert whole <= seen


@pytest.mark.parametrize(
    ("scheme", "theme"),
    [("light", ""), ("dark", ""), ("dark", "light"), ("light", "dark")],
    ids=["system light", "system dark", "notebook light, system dark", "notebook dark, system light"],
)
def test_all_text_stands_out_from_the_notebook(
    browser: Browser, results: str, scheme: str, theme: str
) -> None:
    opened = shown(browser, results, 1280, scheme, theme)
    paper = PAPER[theme or scheme]
    contrasts = opened.evaluate(CONTRASTS, [int(paper[i : i + 2], 16) for i in (1, 3, 5)])
    opened.close()
    assert len(contrasts) > 100
    assert [(round(contrast, 2), text) for contrast, text in contrasts if contrast < READABLE] == []


def test_the_pictures_are_drawn(browser: Browser, results: str) -> None:
    opened = shown(browser, results, 1280, "light")
    drawn = opened.locator("svg[role=img]")
    assert drawn.count() >= 6
    for picture in drawn.all():
        size = picture.bounding_box()
        assert size is not None and size["width"] > 400 and size["height"] > 80
        assert (picture.get_attribute("aria-label") or "").strip()
    opened.close()
