"""Loading: where plugins come from, what is imported, and what each broken one is told."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asi_evolve.errors import MissingExtraError, PluginError
from asi_evolve.hookspecs import hookimpl
from asi_evolve.plugins import available_domains, load_plugins

GOOD = """
from asi_evolve import Backend, Domain, Objective, Score, hookimpl

SEED = "def solve():\\n    return 1\\n"

@hookimpl
def domain():
    return Domain("NAME", "N", "task", Objective("x"), {"numpy": Backend({"seed": {"candidate.py": SEED}})})

@hookimpl
def score(execution):
    return Score(1.0, True)
"""

Install = Callable[..., None]


def source(name: str = "toy", extra: str = "") -> str:
    return GOOD.replace("NAME", name) + textwrap.dedent(extra)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put distributions with entry points on ``sys.path``, as an installer would."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def add(
        distribution: str,
        points: dict[str, dict[str, str]],
        modules: dict[str, str],
        metadata: str = "",
        version: str = "1.2",
    ) -> None:
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n{metadata}")
        lines = [
            line for group, rows in points.items() for line in [f"[{group}]", *(f"{k} = {v}" for k, v in rows.items())]
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        for name, text in modules.items():
            (site / f"{name}.py").write_text(text)

    yield add
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(site)):
            del sys.modules[name]


def domain_point(name: str, module: str) -> dict[str, dict[str, str]]:
    return {"asi_evolve.domains": {name: module}}


def refusal(plugin: str | object, **options: Any) -> str:
    with pytest.raises(PluginError) as caught:
        load_plugins(plugin, **options)
    text = str(caught.value)
    assert "\n" not in text
    return text


def written(tmp_path: Path, text: str, name: str = "broken_plugin.py") -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(path)


# --- where plugins come from ------------------------------------------------------------------------------------


def test_an_entry_point_is_loaded_with_its_distribution(install: Install) -> None:
    install("toy-dist", domain_point("toy", "toy_module"), {"toy_module": source()}, "Provides-Extra: toy\n")
    plugins = load_plugins("toy")
    assert (plugins.name, plugins.version, plugins.distribution, plugins.reference) == ("toy", "1.2", "toy-dist", "toy")
    assert plugins.module == "toy_module"
    assert plugins.domain.name == "toy"
    score = plugins.hook.score(context=None, candidate=None, execution=None, hidden=None)
    assert score.value == 1.0
    entry = next(e for e in available_domains() if e.name == "toy")
    assert (entry.distribution, entry.version, entry.module, entry.extra) == ("toy-dist", "1.2", "toy_module", "toy")


def test_only_the_chosen_domain_is_imported(install: Install) -> None:
    install("a-dist", domain_point("toy", "toy_chosen"), {"toy_chosen": source()})
    install("b-dist", domain_point("other", "toy_other"), {"toy_other": "raise RuntimeError('imported')"})
    available_domains()
    assert "toy_chosen" not in sys.modules
    load_plugins("toy")
    assert "toy_chosen" in sys.modules
    assert "toy_other" not in sys.modules


def test_a_file_is_loaded_again_elsewhere_by_its_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, source("from_file"), "my_own_domain.py")
    monkeypatch.chdir(tmp_path)
    plugins = load_plugins("./my_own_domain.py")
    assert plugins.name == "from_file"
    code = (
        "import sys; from asi_evolve.plugins import load_plugins; "
        "p = load_plugins(sys.argv[1]); print(p.name, p.module)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, plugins.reference], cwd="/", capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["from_file", plugins.module]


def test_a_file_whose_name_is_taken_shadows_nothing(tmp_path: Path) -> None:
    import json

    plugins = load_plugins(written(tmp_path, source(), "json.py"))
    assert plugins.module == "asi_evolve_plugin_json"
    assert sys.modules["json"] is json


def test_a_module_is_loaded_by_its_dotted_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy_package").mkdir()
    (tmp_path / "toy_package" / "__init__.py").write_text("")
    (tmp_path / "toy_package" / "inner.py").write_text(source("dotted"))
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins = load_plugins("toy_package.inner")
    assert (plugins.name, plugins.reference) == ("dotted", "toy_package.inner")


def test_an_object_is_a_plugin_without_a_reference(tmp_path: Path) -> None:
    module = sys.modules[load_plugins(written(tmp_path, source(), "as_object.py")).module]
    assert load_plugins(module).reference == ""


def test_the_class_of_an_entry_point_is_instantiated(install: Install) -> None:
    text = """
    from asi_evolve import Backend, Domain, Objective, Score, hookimpl
    SEED = {"candidate.py": "def solve(): pass"}
    class Toy:
        @hookimpl
        def domain(self):
            return Domain("cls", "N", "t", Objective("x"), {"numpy": Backend({"s": SEED})})
        @hookimpl
        def score(self):
            return Score(2.0, True)
    """
    install("c-dist", domain_point("cls", "toy_class:Toy"), {"toy_class": textwrap.dedent(text)})
    assert load_plugins("cls").hook.score(context=None, candidate=None, execution=None, hidden=None).value == 2.0


def test_the_defaults_come_after_the_domain(tmp_path: Path) -> None:
    class Parts:
        @hookimpl(trylast=True)
        def inputs(self, stage: str) -> Any:
            return {"from": "defaults"}, None

        @hookimpl(trylast=True)
        def propose(self, context: Any) -> str:
            return "default"

    own = "@hookimpl\ndef inputs(stage):\n    return {'from': 'domain'}, None\n"
    plugins = load_plugins(written(tmp_path, source(extra=own), "own_inputs.py"), builtins=[("parts", Parts())])
    assert plugins.hook.inputs(context=None, stage="s", replicate=0, seed=0)[0] == {"from": "domain"}
    assert plugins.hook.propose(context=None, request=None) == "default"
    assert plugins.others == ("parts",)


# --- what cannot be loaded --------------------------------------------------------------------------------------


def test_an_unknown_plugin_names_the_near_ones_and_how_to_install() -> None:
    text = refusal("circle_pakcing")
    assert "did you mean 'circle_packing'" in text
    assert "pip install" in text


@pytest.mark.parametrize("name", ["data_cleaning", "dti"])
def test_an_announced_domain_says_that_this_version_does_not_have_it(name: str) -> None:
    assert "this version does not have it" in refusal(name)


def test_a_file_without_its_path_is_pointed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, source(), "local_toy.py")
    monkeypatch.chdir(tmp_path)
    assert "--plugin ./local_toy.py" in refusal("local_toy")


@pytest.mark.parametrize(
    ("path", "word"), [("none.py", "does not exist"), ("./", "folder"), ("", "no plugin was chosen")]
)
def test_a_wrong_path_is_one_line(path: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert word in refusal(path)


def test_a_module_that_is_not_there_is_an_unknown_plugin() -> None:
    assert "is not installed" in refusal("asi_evolve.nothing_here")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("def f(:\n", ["cannot be imported", "SyntaxError", "broken_plugin.py:1"]),
        ("x = 1\n\nraise ValueError('two\\nlines')\n", ["cannot be imported", "two lines", "broken_plugin.py:3"]),
        ("import no_such_library_at_all\n", ["no module named 'no_such_library_at_all'"]),
    ],
)
def test_an_import_failure_says_which_and_why(text: str, parts: list[str], tmp_path: Path) -> None:
    found = refusal(written(tmp_path, text))
    for part in parts:
        assert part in found
    assert "broken_plugin" not in sys.modules


def test_a_missing_library_names_the_extra(install: Install) -> None:
    metadata = "".join(
        f'Provides-Extra: {extra}\nRequires-Dist: no-such-lib>=2; extra == "{extra}"\n' for extra in ("all", "heavy")
    )
    install("h-dist", domain_point("heavy", "toy_heavy"), {"toy_heavy": "import no_such_lib.core\n"}, metadata)
    with pytest.raises(MissingExtraError, match=r"'no_such_lib'.*pip install '\.\[heavy\]'"):
        load_plugins("heavy")


def test_two_distributions_with_one_domain_name_are_both_named(install: Install) -> None:
    install("first-dist", domain_point("toy", "toy_first"), {"toy_first": source()})
    install("second-dist", domain_point("toy", "toy_second"), {"toy_second": source()})
    text = refusal("toy")
    assert "first-dist" in text
    assert "second-dist" in text


# --- cross-cutting plugins --------------------------------------------------------------------------------------

OBSERVER = """
from asi_evolve import hookimpl
seen = []

@hookimpl
def on_run_end(event):
    seen.append(event)
"""


def cross(name: str, module: str) -> dict[str, dict[str, str]]:
    return {"asi_evolve.plugins": {name: module}}


def test_cross_cutting_plugins_are_loaded_unless_disabled(install: Install, tmp_path: Path) -> None:
    install("watch-dist", cross("watch", "toy_watch"), {"toy_watch": OBSERVER})
    toy = written(tmp_path, source(), "watched.py")
    assert load_plugins(toy).others == ("watch",)
    assert load_plugins(toy, disabled=["watch"]).others == ()
    assert load_plugins(toy, extra_services=False).others == ()


def test_a_broken_cross_cutting_plugin_says_how_to_leave_it_out(install: Install, tmp_path: Path) -> None:
    install("bad-dist", cross("bad", "toy_bad"), {"toy_bad": "1 / 0\n"})
    toy = written(tmp_path, source(), "with_bad.py")
    text = refusal(toy)
    assert "bad-dist" in text
    assert "-p no:bad" in text
    assert load_plugins(toy, disabled=["bad"]).others == ()


def test_an_observers_exception_is_contained_and_the_others_are_told(
    install: Install, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failing = OBSERVER.replace("seen.append(event)", "raise RuntimeError('no disk')")
    for name, text in (("a", OBSERVER), ("b", failing), ("c", OBSERVER)):
        install(f"{name}-watch", cross(name, f"toy_watch_{name}"), {f"toy_watch_{name}": text})
    plugins = load_plugins(written(tmp_path, source(), "observed.py"))
    event = object()
    with caplog.at_level(logging.WARNING, "asi_evolve"):
        plugins.notify("on_run_end", event, logging.getLogger("asi_evolve"))
    assert sys.modules["toy_watch_a"].seen == [event]
    assert sys.modules["toy_watch_c"].seen == [event]
    assert "on_run_end of plugin b failed: RuntimeError: no disk" in caplog.text
    with pytest.raises(ValueError, match="not an observer hook"):
        plugins.notify("score", event)


@pytest.mark.parametrize("name", ["defaults", "store", "mine"])
def test_our_own_parts_cannot_be_disabled(name: str, tmp_path: Path) -> None:
    toy = written(tmp_path, source(), "fixed.py")
    assert "cannot be disabled" in refusal(toy, builtins=[("mine", SimpleNamespace())], disabled=[name])


def test_disabling_what_is_not_there_is_said_but_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "asi_evolve"):
        load_plugins(written(tmp_path, source(), "absent.py"), disabled=["absent_one"])
    assert "absent_one" in caplog.text


@pytest.mark.parametrize("hook", ["domain", "score", "inputs"])
def test_a_second_provider_of_the_domains_hooks_is_refused(hook: str, install: Install, tmp_path: Path) -> None:
    text = f"from asi_evolve import hookimpl\n@hookimpl\ndef {hook}():\n    return None\n"
    install("rival-dist", cross("rival", f"toy_rival_{hook}"), {f"toy_rival_{hook}": text})
    found = refusal(written(tmp_path, source(), f"rivalled_{hook}.py"))
    assert f"{hook}() is provided by plugin file" in found
    assert "rival-dist" in found


def test_a_wrapper_changes_a_call(install: Install, tmp_path: Path) -> None:
    text = """
    from asi_evolve import hookimpl
    @hookimpl(wrapper=True)
    def score():
        result = yield
        return (result.value, "wrapped")
    """
    install("wrap-dist", cross("wrap", "toy_wrap"), {"toy_wrap": textwrap.dedent(text)})
    plugins = load_plugins(written(tmp_path, source(), "wrapped.py"))
    assert plugins.hook.score(context=None, candidate=None, execution=None, hidden=None) == (1.0, "wrapped")


# --- registries -------------------------------------------------------------------------------------------------

SAMPLER = """
from asi_evolve import hookimpl

@hookimpl
def register_samplers(register):
    register("NAME", lambda options, domain: ("made", options))
"""


def test_registered_factories_are_found_by_name(install: Install, tmp_path: Path) -> None:
    install("s-dist", cross("s", "toy_sampler"), {"toy_sampler": SAMPLER.replace("NAME", "annealed")})
    plugins = load_plugins(written(tmp_path, source(), "sampled.py"))
    assert list(plugins.samplers) == ["annealed"]
    assert plugins.samplers["annealed"]({"c": 1}, None) == ("made", {"c": 1})
    assert dict(plugins.executors) == dict(plugins.exporters) == {}


def test_a_name_clash_names_both_distributions(install: Install, tmp_path: Path) -> None:
    for name in ("one", "two"):
        install(f"{name}-dist", cross(name, f"toy_s_{name}"), {f"toy_s_{name}": SAMPLER.replace("NAME", "same")})
    text = refusal(written(tmp_path, source(), "clashed.py"))
    assert "'same'" in text
    assert "one-dist" in text
    assert "two-dist" in text


def test_a_built_in_name_is_taken(install: Install, tmp_path: Path) -> None:
    install("u-dist", cross("u", "toy_ucb"), {"toy_ucb": SAMPLER.replace("NAME", "ucb1")})
    text = refusal(written(tmp_path, source(), "reserved.py"))
    assert "asi-evolve itself" in text
    assert "u-dist" in text


@pytest.mark.parametrize("call", ["register('', len)", "register('x', 3)", "1 / 0"])
def test_a_wrong_registration_is_one_line(call: str, tmp_path: Path) -> None:
    extra = f"@hookimpl\ndef register_exporters(register):\n    {call}\n"
    assert "plugin file" in refusal(written(tmp_path, source(extra=extra)))


# --- the hook contract ------------------------------------------------------------------------------------------

BAD_HOOKS = {
    "misspelt": ("@hookimpl\ndef scroe(): pass", ["no hook 'scroe'", "did you mean 'score'"]),
    "parameter": ("@hookimpl\ndef inputs(stagee): pass", ["'stagee'", "did you mean 'stage'"]),
    "default": ("@hookimpl\ndef inputs(stage='x'): pass", ["'stage'", "default value"]),
    "keyword only": ("@hookimpl\ndef inputs(*, stage): pass", ["'stage'", "keyword-only"]),
    "variable": ("@hookimpl\ndef inputs(**rest): pass", ["'rest'"]),
    "async": ("@hookimpl\nasync def inputs(stage): pass", ["inputs() is async"]),
    "unmarked": ("def analyze(experiment): pass", ["analyze()", "not marked", "@hookimpl"]),
    "watching wrapper": ("@hookimpl(wrapper=True)\ndef on_run_end(event):\n    yield", ["on_run_end", "wrapper"]),
}


@pytest.mark.parametrize("case", sorted(BAD_HOOKS))
def test_a_broken_hook_is_refused_when_loaded(case: str, tmp_path: Path) -> None:
    text, parts = BAD_HOOKS[case]
    found = refusal(written(tmp_path, source(extra=f"\n{text}\n")))
    for part in ("broken_plugin.py", *parts):
        assert part in found


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("@hookimpl\ndef score(execution)", "def scores(execution)", ["no score() hook", "did you mean 'scores'"]),
        ("@hookimpl\ndef domain()", "def my_domain()", ["no domain() hook", "did you mean 'my_domain'"]),
    ],
)
def test_a_domain_needs_domain_and_score(old: str, new: str, parts: list[str], tmp_path: Path) -> None:
    found = refusal(written(tmp_path, source().replace(old, new)))
    for part in parts:
        assert part in found


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("return None", ["domain() returned NoneType"]),
        ("return {'name': 'x'}", ["domain() returned dict"]),
        ("raise KeyError('gone')", ["domain() raised KeyError", "gone", "broken_plugin.py"]),
    ],
)
def test_a_failing_domain_hook_is_one_line(body: str, parts: list[str], tmp_path: Path) -> None:
    text = source()
    start, end = text.index("    return Domain("), text.index("@hookimpl\ndef score")
    found = refusal(written(tmp_path, text[:start] + f"    {body}\n\n" + text[end:]))
    for part in parts:
        assert part in found
