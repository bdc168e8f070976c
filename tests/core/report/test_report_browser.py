"""The page in Chromium: nothing is fetched, nothing is said on the console, nothing is cut off on a phone.

Run by hand: ``pip install playwright``, a Chromium, then ``pytest -m browser tests/core/report``. ``CHROMIUM`` names
its program; else the first of the usual names is taken.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from asi_evolve.report import to_html

pytestmark = pytest.mark.browser

WIDTHS = {"phone": 390, "tablet": 800, "desk": 1280}

#: Elements that stick out on the right, code blocks and what is hidden left out.
STICKS_OUT = """() => [...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width > 1 && box.right > innerWidth + 1 && !e.closest('pre, svg, thead, .skip');
}).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"""

#: Pairs of texts of one picture that lie over each other.
OVERLAPS = """() => [...document.querySelectorAll('svg.fig')].flatMap(s => {
  if (!s.getBoundingClientRect().width) return [];
  const texts = [...s.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  const out = [];
  texts.forEach(([a, p], i) => texts.slice(i + 1).forEach(([b, q]) => {
    const w = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (w > 2 && h > 4) out.push(a + ' / ' + b);
  }));
  return out;
})"""


def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as api:
        # Tests may run as root in a container, where Chromium's own sandbox cannot start.
        running = api.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def opened(browser, make_report, tmp_path):
    """Opens the hostile report; gives the page, and lists of what went wrong and what was asked for."""
    contexts = []

    def open_page(width: int, **options: Any) -> tuple[Any, list[str], list[str]]:
        path = tmp_path / "report.html"
        path.write_text(to_html(make_report()), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_timeout(200)
        return page, said, asked

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(WIDTHS))
def test_the_page_is_quiet_whole_and_fetches_nothing(opened, size, scheme):
    width = WIDTHS[size]
    page, said, asked = opened(width, color_scheme=scheme)
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_without_javascript_everything_is_there(opened, size):
    page, said, _ = opened(WIDTHS[size], java_script_enabled=False)
    assert said == []
    headings = page.locator("h2").all_inner_texts()
    for words in (
        *("What may not be concluded", "Progress", "Controls", "How the best came about", "What each change is worth"),
        *("The best program", "Where the ideas came from", "Lessons", "Failures", "Spend", "Setup and environment"),
    ):
        assert any(words in heading for heading in headings), words
    fold = page.locator("details").first
    fold.locator("summary").click()
    assert fold.locator("pre").first.is_visible()
    visible = page.locator("figure svg:visible").count()
    assert visible == page.locator("figure").count()  # one of the two sizes of each picture


def test_contrast_of_text_is_enough_in_both_schemes(opened):
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 for text of this size."""
    contrast = """() => {
      const lum = c => { const f = c.match(/[\\d.]+/g).slice(0, 3).map(v => { v /= 255;
        return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
      const back = e => { while (e) { const c = getComputedStyle(e).backgroundColor;
        if (!c.startsWith('rgba(0, 0, 0, 0')) return c; e = e.parentElement; } return 'rgb(255, 255, 255)'; };
      return [...document.querySelectorAll('p, li, dt, dd, td, th, a, summary, figcaption, span, footer')]
        .filter(e => e.getBoundingClientRect().width > 1 && e.textContent.trim())
        .map(e => { const [a, b] = [lum(getComputedStyle(e).color), lum(back(e))].sort((x, y) => y - x);
          return [(a + 0.05) / (b + 0.05), e.tagName + '.' + e.className]; })
        .filter(([ratio]) => ratio < 4.5);
    }"""
    for scheme in ("light", "dark"):
        page, _, _ = opened(1280, color_scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate(contrast) == []


def test_print_shows_what_is_folded(opened):
    page, _, _ = opened(1280)
    page.emulate_media(media="print")
    code = page.locator("details:not([open]):not(.steps details) pre").first
    assert code.evaluate("e => e.getBoundingClientRect().height") > 10
    assert not page.locator("nav").is_visible()
    # The difference of each generation would fill a paper with pages; those of the best to seed and parent are there.
    assert not page.locator(".steps details").first.is_visible()
