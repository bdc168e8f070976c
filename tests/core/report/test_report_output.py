"""The report says what it must, keeps published figures apart, and lets no text out of its place."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from asi_evolve.errors import UsageError
from asi_evolve.report import to_html, to_markdown, write
from asi_evolve.report.html import render_markdown
from asi_evolve.report.svg import score_by_round, ticks


class Page(HTMLParser):
    """Tags, text by heading, and every address in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.sections: dict[str, str] = {"": ""}
        self._heading = ""
        self._in_heading = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "h2":
            self._in_heading, self._heading = True, ""

    def handle_endtag(self, tag):
        if tag == "h2":
            self._in_heading = False
            self.sections[self._heading] = ""

    def handle_data(self, data):
        if self._in_heading:
            self._heading += data
        else:
            self.sections[self._heading] = self.sections.get(self._heading, "") + data


def test_html_is_self_contained_and_safe(make_report):
    page = Page(to_html(make_report()))
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "iframe" not in page.tags
    assert page.handlers == []
    assert page.addresses == ["data:image/png;base64,aGVsbG8="]
    assert "b" not in page.tags  # neither the candidate's source nor the section's raw HTML
    assert "svg" in page.tags
    assert "Content-Security-Policy" in to_html(make_report())


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_the_report_says_what_it_must(make_report, render):
    text = render(make_report())
    for words in (
        *("0.75 units", "attested", "aaa111.2", "seed", "wall_s 60.0", "3 valid, 1 error", "2.5 s", "isolation tier"),
        *("+0.55", "bbb222", "0.61", "50%", "25%", "numpy", "2.1.0", "3.11.2", "ValueError", "one note"),
        *("not that the search caused it", "1 min 05 s", "gave the same value again", "Published by others"),
    ):
        assert words in text.replace("\\", ""), words


def test_published_figures_stand_apart(make_report):
    page = Page(to_html(make_report()))
    (published,) = [text for heading, text in page.sections.items() if heading.startswith("Published")]
    assert "Other" in published
    assert all("Other" not in text for heading, text in page.sections.items() if not heading.startswith("Published"))
    assert any("published, not measured here" in heading for heading in page.sections)
    without = Page(to_html(make_report(published=())))
    assert not any(heading.startswith("Published") for heading in without.sections)


def test_the_caveat_depends_on_the_controls(make_report):
    from dataclasses import replace

    report = make_report()
    assert "1 control run (" in report.caveat
    assert "holds no such control" in make_report(controls=()).caveat
    assert "This run is the control" in make_report(info=replace(report.info, proposer="random")).caveat


def test_no_valid_result(make_report):
    report = make_report(best=None, top=(), lineage=(), rows=make_report().rows[3:4])
    assert "No valid result after 4 rounds." in to_html(report)
    assert "No valid result after 4 rounds." in to_markdown(report)


def test_self_reported_values_are_called_so(make_report):
    from dataclasses import replace

    best = make_report().best
    report = make_report(best=replace(best, score=replace(best.score, attested=False)))
    assert "self-reported (not attested)" in to_html(report)


def test_markdown_escapes_what_it_did_not_write(make_report):
    text = to_markdown(make_report())
    outside = re.sub(r"(`{3,})python\n.*?\n\1", "", text, flags=re.DOTALL).split("A *picture*")
    for part in (outside[0], outside[1].partition("\n## ")[2]):
        assert "<script>" not in part
        assert not re.search(r"(?<!\\)\[x\]", part)
        assert "\x1b" not in part
    for line in text.splitlines():
        if line.startswith("| aaa111"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (8, 6)


def test_the_source_cannot_close_its_fence(make_report):
    from dataclasses import replace

    best = make_report().best
    source = "'''\n```\n# <b>\n````\n'''\n"
    report = make_report(best=replace(best, candidate=replace(best.candidate, files={"candidate.py": source})))
    assert "`````python\n'''\n```" in to_markdown(report)


def test_section_markdown():
    html = render_markdown(
        "| a |\n|---|\n| 1 |\n\n<img src=x onerror=alert(1)>\n\n[l](javascript:alert(1)) [w](https://example.org) "
        "![p](https://example.org/p.png) ![d](data:image/svg+xml;base64,PHN2Zy8+) [q](data:text/html;base64,AA==)"
    )
    page = Page(html)
    assert "table" in page.tags
    assert page.handlers == []
    assert page.addresses == ["https://example.org", "data:image/svg+xml;base64,PHN2Zy8+"]
    assert "<em>p</em>" in html


def test_write_folder_and_files(make_report, tmp_path):
    report = make_report()
    names = {path.name for path in write(report, tmp_path / "out")}
    assert names == {"report.html", "report.md"}
    assert (tmp_path / "out" / "plots-1.png").read_bytes() == b"hello"
    text = (tmp_path / "out" / "report.md").read_text()
    assert "](score.svg)" in text
    assert "](plots-1.png)" in text
    assert "data:" not in text
    ET.parse(tmp_path / "out" / "score.svg")
    assert write(report, tmp_path / "one.html") == [tmp_path / "one.html"]
    assert "data:image/svg+xml;base64," in write(report, tmp_path / "one.md")[0].read_text()
    with pytest.raises(UsageError, match="suffix says html"):
        write(report, tmp_path / "two.html", "md")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write(report, tmp_path / "file" / "sub")


def rows(*values: float | None) -> list[dict[str, object]]:
    return [{"round": n, "valid": v is not None, "value": v} for n, v in enumerate(values)]


def test_curve_shows_values_best_so_far_and_failures():
    svg = score_by_round(rows(0.2, 0.4, None, 0.3, 0.9), "x < y & z")
    root = ET.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    dots = root.findall(f"{space}circle")
    assert len(dots) == 4 + 1  # and one in the legend
    assert len(root.findall(f"{space}path")) == 1 + 1
    (line,) = root.findall(f"{space}polyline")
    heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert heights == sorted(heights, reverse=True)  # the best never falls (y grows downward)
    assert len(set(heights)) == 3
    assert "x < y & z" in root.attrib["aria-label"]


EXTREMES = (0.0, -0.0, 5e-324, 2e-323, 1e-310, 1e-300, 1.0, 1.0 + 2**-52, 1e16, 1e16 + 2, 1.7e308, -1.7e308)


@pytest.mark.parametrize(
    "values",
    [(), (None,), (1.0,), (1.0, 1.0), (0.0, 0.0), (1e-9, 2e-9), (-5e8, 3e8), *itertools.product(EXTREMES, repeat=2)],
)
def test_curve_of_odd_histories_is_drawn(values):
    root = ET.fromstring(score_by_round(rows(*values), "x"))
    for element in root.iter():
        for text in element.attrib.values():
            assert not re.search(r"\b(nan|inf)\b", text)


def test_ticks_are_round_numbers_within_the_range():
    for low, high in ((0.0, 1.0), (2.1667, 2.636), (-3.0, 4.5), (1e-9, 7e-9), (0, 40)):
        found = ticks(low, high)
        assert 3 <= len(found) <= 7
        assert low <= found[0] + 1e-12
        assert found[-1] <= high + 1e-9 * abs(high)
    assert ticks(0.0, 1.0) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert ticks(2.0, 2.0) == [2.0]


def test_a_long_history_stays_a_small_picture():
    svg = score_by_round(rows(*(float(n % 97) for n in range(50_000))), "x")
    assert 2_000 < svg.count("<circle") < 3_100
    assert len(svg) < 500_000
