"""A domain's folder, entry point, extra, wheel root and the tools' settings appear together."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOMAINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir() and not path.name.startswith("."))


def test_there_is_a_domain() -> None:
    assert DOMAINS


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_is_declared_everywhere(domain: str) -> None:
    package = f"asi_evolve_{domain}"
    project = PROJECT["project"]
    assert (ROOT / "plugins" / domain / package / "__init__.py").is_file()
    assert project["entry-points"]["asi_evolve.domains"][domain] == package
    extras = project["optional-dependencies"]
    assert set(extras[domain]) <= set(extras["all"])
    assert f"plugins/{domain}/{package}" in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert package in PROJECT["tool"]["mypy"]["packages"]
    assert package in PROJECT["tool"]["importlinter"]["root_packages"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domains_folder_holds_its_package_and_readme_only(domain: str) -> None:
    # The folder is a root of sys.path in development: anything else in it could be imported by accident.
    there = {path.name for path in (ROOT / "plugins" / domain).iterdir() if path.name != "__pycache__"}
    assert there <= {f"asi_evolve_{domain}", "README.md"}


def test_the_extra_of_everything_has_every_extra() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    single = {package for name, packages in extras.items() if name not in ("all", "dev") for package in packages}
    assert set(extras["all"]) == single


def test_extras_keep_their_names_for_an_old_installer() -> None:
    # Otherwise pip before 23.3 installs `.[circle_packing]` without what the extra lists.
    assert PROJECT["tool"]["hatch"]["metadata"]["allow-ambiguous-features"] is True


def test_no_declaration_is_left_without_its_folder() -> None:
    points = PROJECT["project"]["entry-points"]["asi_evolve.domains"]
    assert sorted(points) == DOMAINS
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(packages) == sorted(["core/asi_evolve", *(f"plugins/{d}/asi_evolve_{d}" for d in DOMAINS)])


def test_the_version_is_the_packages() -> None:
    import asi_evolve

    assert PROJECT["project"]["version"] == asi_evolve.__version__


def test_what_people_start_with_is_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "constraints.txt", "Makefile"):
        assert (ROOT / name).is_file(), name
    assert f"[{PROJECT['project']['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
