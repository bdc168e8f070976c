"""The report says what it must, keeps published figures apart, and lets no text out of its place."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import fields, is_dataclass, replace
from html import unescape

import pytest
from asi_evolve.domain import Backend, Domain, Objective
from asi_evolve.errors import UsageError
from asi_evolve.report import to_html, to_markdown, write
from asi_evolve.report.chapters.build import build
from asi_evolve.report.document import Figure, Fold, Foreign, Prose
from asi_evolve.report.highlight import highlighted
from asi_evolve.report.html import render_markdown
from asi_evolve.report.text import printable
from report_samples import EVIL, Page, control


def test_html_is_self_contained_and_safe(make_report):
    text = to_html(make_report())
    page = Page(text)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "iframe" not in page.tags
    assert page.handlers == []
    assert {a for a in page.addresses if not a.startswith("#")} == {"data:image/png;base64,aGVsbG8="}
    assert "b" not in page.tags  # neither the candidate's source nor the section's raw HTML
    assert "svg" in page.tags
    assert "default-src 'none'" in text
    assert text.count("<style>") == text.count("</style>") == 1
    assert "\x1b" not in text


def test_every_anchor_of_the_contents_is_there(make_report):
    text = to_html(make_report())
    for anchor in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{anchor}"' in text, anchor


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_the_report_says_what_it_must(make_report, render):
    text = render(make_report()).replace("\\", "").replace("&#39;", "'").replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        *(
            "0.75",
            "units",
            "attested",
            "aaa111.2",
            "Seed",
            "wall_s 60.0",
            "3 valid, 1 error",
            "2.5 s",
            "isolation tier",
        ),
        *("+0.55", "bbb222", "0.61", "50%", "25%", "numpy", "2.1.0", "3.11.2", "ValueError", "one note"),
        *("one run against 1 control run", "1 min 05 s", "yes, the same value", "Published by others"),
        *("Somebody, 1999", "It went up.", "raise x", "duplicate", "1,200", "0.0123", "abababababababab"),
        *("measured after the run", "+0.5 ± 0.1", "within two standard errors", "Effects need not add up"),
        *("asievolve --plugin tiny run --rounds 4 --seed 7", "sampler.name", "greedy", "ahead of the control"),
    ):
        if words == "within two standard errors":
            assert words not in text  # 0.5 with a standard error of 0.1 is not
        else:
            assert words in text, words


def texts_of(thing) -> list[str]:
    """Every text in a document, pictures and a plugin's Markdown left out."""
    if isinstance(thing, str):
        return [thing]
    if isinstance(thing, tuple):
        return [text for part in thing for text in texts_of(part)]
    if isinstance(thing, Foreign) or not is_dataclass(thing):
        return []
    skipped = {"wide", "narrow", "name" if isinstance(thing, Figure) else "", "kind", "language", "anchor", "direction"}
    return [text for one in fields(thing) if one.name not in skipped for text in texts_of(getattr(thing, one.name))]


def test_html_and_markdown_hold_the_same_facts(make_report):
    report = make_report()

    def plain(text: str) -> str:
        return " ".join(unescape(text).replace("\\", "").split())

    html = plain(re.sub(r"<[^>]*>", "", to_html(report)))
    markdown = plain(to_markdown(report))
    texts = {plain(printable(text)) for text in texts_of(build(report))}
    # In the Markdown the sentence stands for the big figure; alternative texts are the pictures' labels in the HTML.
    alternatives = {figure.alt for s in build(report).sections for figure in s.blocks if isinstance(figure, Figure)}
    assert len(texts) > 150
    assert {text for text in texts if text not in html} <= {plain(printable(text)) for text in alternatives}
    assert {text for text in texts if text not in markdown} == set()


def test_published_figures_stand_apart(make_report):
    page = Page(to_html(make_report()))
    (published,) = [text for heading, text in page.sections.items() if heading.startswith("Published")]
    assert "Other" in published
    assert all("Other" not in text for heading, text in page.sections.items() if not heading.startswith("Published"))
    assert any("not measured here" in heading for heading in page.sections)
    report = make_report()
    without = Page(to_html(replace(report, domain=replace(report.domain, published=()))))
    assert not any(heading.startswith("Published") for heading in without.sections)


def limits_of(report) -> str:
    return " ".join(build(report).limits)


def test_what_may_not_be_concluded_depends_on_the_run(make_report):
    report = make_report()
    assert "one run against 1 control run" in limits_of(report)
    assert "probability 1/4" in limits_of(make_report(controls=(control(), control("ccc333"), control("ddd444"))))
    assert "No control was run" in limits_of(make_report(controls=()))
    assert "This run is the control" in limits_of(make_report(info=replace(report.info, proposer="random")))
    assert "after 4 of 9 rounds" in limits_of(make_report(info=replace(report.info, rounds=9, status="failed")))
    assert "is interrupted" in limits_of(make_report(info=replace(report.info, status="interrupted")))
    assert "not executed a second time" in limits_of(make_report(events=()))
    failed = {"kind": "recheck", "data": {"experiment_id": "aaa111.2", "second": 0.5, "reproduced": False}}
    assert "gave 0.5 instead" in limits_of(make_report(events=(failed,)))
    assert "nothing is confined" in limits_of(make_report(info=replace(report.info, tier="E")))
    assert "With 3 workers" in limits_of(make_report(info=replace(report.info, workers=3)))
    assert "code was changed" in limits_of(make_report(domain_code="cd" * 32))
    assert "code was changed" not in limits_of(report)
    best = replace(report.best, score=replace(report.best.score, attested=False))
    assert "self-reported" in limits_of(make_report(best=best))
    noisy = replace(report.domain, objective=replace(report.domain.objective, noisy=True, known_bound=0.7))
    text = limits_of(make_report(domain=noisy))
    assert "biased upwards" in text
    assert "above what was believed possible (0.7)" in text


def test_a_recheck_of_another_experiment_is_not_one_of_the_best(make_report):
    other = {"kind": "recheck", "data": {"experiment_id": "aaa111.1", "reproduced": True}}
    assert "not executed a second time" in limits_of(make_report(events=(other,)))


def test_no_valid_result(make_report):
    report = make_report(
        best=None, top=(), lineage=(), seed=None, ablation=None, rows=make_report().rows[3:4], controls=()
    )
    for text in (to_html(report), to_markdown(report)):
        assert "No valid result after 4 rounds." in text
    assert "no valid value" in to_html(report)
    assert "asievolve --plugin tiny run" in to_html(report)  # the command that makes a control


def test_an_ablation_that_was_not_made_is_offered(make_report):
    report = make_report(ablation=None)
    sections = {section.anchor: section for section in build(report).sections}
    assert sections["changes"].tag == "not measured"
    assert "asievolve report aaa111 --ablate" in to_markdown(report)
    assert build(make_report()).sections[[s.anchor for s in build(make_report()).sections].index("changes")].tag == (
        "measured after the run"
    )


def test_markdown_escapes_what_it_did_not_write(make_report):
    text = to_markdown(make_report())
    outside = re.sub(r"(`{3,})[a-z]+\n.*?\n\1", "", text, flags=re.DOTALL).split("A *picture*")
    for part in (outside[0], outside[1].partition("\n## ")[2]):
        assert "<script>" not in part
        assert not re.search(r"(?<!\\)\[x\]", part)
        assert "\x1b" not in part
    for line in text.splitlines():
        if line.startswith("| aaa111"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (7, 8)


def test_a_line_of_markdown_cannot_begin_a_list_or_a_heading(make_report):
    from asi_evolve.report.markdown import _begin

    for text in ("- a", "+ a", "1. a", "12) a", "=== a"):
        assert "\\" in _begin(text), text
    assert _begin("2.5 a") == "2.5 a"


def test_the_source_cannot_close_its_fence(make_report):
    best = make_report().best
    source = "'''\n```\n# <b>\n````\n'''\n"
    report = make_report(best=replace(best, candidate=replace(best.candidate, files={"candidate.py": source})))
    assert "`````python\n'''\n```" in to_markdown(report)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return 'a' + str(1.5)  # why\n",
        "if <b> &&\n\x1b[31m",
        "'''never closed <script>\n",
        "x = 1\r\ny = '\u2028'\x0c\n",
        "\tif True:\n  x\n y\n",
        EVIL,
        "",
    ],
)
def test_colouring_changes_no_character_and_escapes_all(source):
    for language in ("python", "diff", "sh"):
        marked = str(highlighted(source, language))
        assert set(re.findall(r"<[^>]*>", marked)) <= {f'<span class="{n}">' for n in "kscnhad"} | {"</span>"}
        assert unescape(re.sub(r"<[^>]*>", "", marked)) == printable(source)


def test_colours_of_python():
    marked = str(highlighted("def f():\n    return 'a'  # why 1\n", "python"))
    assert '<span class="k">def</span>' in marked
    assert '<span class="s">&#39;a&#39;</span>' in marked
    assert '<span class="c"># why 1</span>' in marked
    assert '<span class="a">+ x</span>' in str(highlighted("+ x\n y", "diff"))


def test_section_markdown():
    html = render_markdown(
        "# Top\n\n| a |\n|---|\n| 1 |\n\n<img src=x onerror=alert(1)>\n\n[l](javascript:alert(1)) "
        "[w](https://example.org) "
        "![p](https://example.org/p.png) ![d](data:image/svg+xml;base64,PHN2Zy8+) [q](data:text/html;base64,AA==)"
    )
    page = Page(html)
    assert "table" in page.tags
    assert "h1" not in page.tags  # the page has one already
    assert "h3" in page.tags
    assert page.handlers == []
    assert page.addresses == ["https://example.org", "data:image/svg+xml;base64,PHN2Zy8+"]
    assert "<em>p</em>" in html


def test_write_folder_and_files(make_report, tmp_path):
    report = make_report()
    names = {path.name for path in write(report, tmp_path / "out")}
    assert names == {"report.html", "report.md"}
    assert (tmp_path / "out" / "plots-1.png").read_bytes() == b"hello"
    text = (tmp_path / "out" / "report.md").read_text()
    assert "](plots-1.png)" in text
    assert "data:" not in text
    pictures = re.findall(r"\]\(([a-z-]+\.svg)\)", text)
    assert {"score.svg", "score-by-cpu.svg", "tree.svg", "ablation.svg"} <= set(pictures)
    for name in pictures:
        ET.parse(tmp_path / "out" / name)
    assert write(report, tmp_path / "one.html") == [tmp_path / "one.html"]
    assert "data:image/svg+xml;base64," in write(report, tmp_path / "one.md")[0].read_text()
    with pytest.raises(UsageError, match="suffix says html"):
        write(report, tmp_path / "two.html", "md")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write(report, tmp_path / "file" / "sub")


def test_lone_surrogates_can_be_written(make_report, tmp_path):
    report = make_report(sections=(("Bad \udc80", "text \udc80"),), notes=("note \udc80",))
    write(report, tmp_path / "out")
    assert "udc80" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_long_line_of_descent_stays_readable_and_small(make_report):
    """Two hundred generations: all steps are there; diffs are cut at a total, and say so by not being there."""
    report = make_report()
    first, last = report.lineage
    files = {"candidate.py": "\n".join(f"x{i} = {i}" for i in range(400))}
    chain = [first]
    for number in range(200):
        text = files["candidate.py"].replace("x7 = 7", f"x7 = {number}").replace("x9", f"y{number}")
        candidate = replace(last.experiment.candidate, experiment_id=f"aaa111.{number}", files={"candidate.py": text})
        chain.append(replace(last, experiment=replace(last.experiment, candidate=candidate)))
    text = to_html(make_report(lineage=tuple(chain)))
    assert text.count('<li class="up">') == 200
    assert len(text) < 3_000_000


def test_long_sources_are_cut_and_say_so(make_report):
    best = make_report().best
    source = "x = 1\n" * 100_000
    report = make_report(best=replace(best, candidate=replace(best.candidate, files={"candidate.py": source})))
    (program,) = [section for section in build(report).sections if section.anchor == "program"]
    shown = next(block for block in program.blocks if isinstance(block, Fold)).blocks[0]
    assert shown.text.endswith("... cut here")
    assert len(to_html(report)) < 3_000_000


def test_the_prose_is_about_this_run(make_report):
    texts = [
        block.text for section in build(make_report()).sections for block in section.blocks if isinstance(block, Prose)
    ]
    assert any("One generation leads" in text for text in texts)
    assert any("2 were refused before running, 2 of them because" in text for text in texts)


def test_changes_are_named_after_the_slots_that_the_grammar_works_on():
    """A domain without slots gets those of its seed's functions; the report must not call them other code."""
    from asi_evolve.records import Candidate
    from asi_evolve.report.changes import candidate_changes

    source = (
        "from asi_evolve import tunable\n\n\ndef solve():\n    turn = tunable(2.0, 1.0, 3.0)\n    return {'x': turn}\n"
    )
    domain = Domain(
        name="bare",
        title="",
        task_markdown="",
        objective=Objective("x"),
        backends={"numpy": Backend(seeds={"s": {"candidate.py": source}})},
    )
    before = Candidate("r.s0", {"candidate.py": source}, "candidate.py", "numpy")
    after = replace(before, files={"candidate.py": source.replace("2.0", "2.5")})
    (change,) = candidate_changes(before, after, domain)
    assert change.text == "solve.turn from 2 to 2.5"
    assert [c.kind for c in candidate_changes(before, after, None)] == ["code"]
