"""Check what a ``domain()`` hook returned, so that a mistake is one clear line before a run and not a failed round."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from asi_evolve.domain import Backend, Block, Domain, Slot, Stage
from asi_evolve.errors import PluginError, did_you_mean
from asi_evolve.plugins.field_types import type_faults
from asi_evolve.records import Limits

_HARNESS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def check_domain(domain: object, source: str, core_version: str) -> Domain:
    """``domain`` if everything in it fits together.

    Args:
        domain: What the hook returned.
        source: The plugin in words, for the error.
        core_version: The version that ``requires_core`` is compared with.

    Raises:
        PluginError: At the first fault, naming the field and the mend.
    """
    if not isinstance(domain, Domain):
        raise PluginError(f"{source}: domain() returned {type(domain).__name__}; it must return asi_evolve.Domain(...)")
    if not isinstance(domain.name, str) or not re.fullmatch(r"[A-Za-z][\w-]*", domain.name):
        raise PluginError(f"{source}: Domain.name must be letters, digits, _ or -, not {domain.name!r}")
    for fault in type_faults(domain, "Domain", skip=("config",)):  # which has a rule of its own below
        raise PluginError(f"{source}: {fault}")
    _requires(domain, source, core_version)
    for fault in _faults(domain):
        raise PluginError(f"{source}: {fault}")
    return domain


def _requires(domain: Domain, source: str, core_version: str) -> None:
    if not domain.requires_core:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(domain.requires_core)
    except InvalidSpecifier:
        raise PluginError(
            f"{source}: Domain.requires_core must be a version specifier such as '>=0.1', not {domain.requires_core!r}"
        ) from None
    if not wanted.contains(core_version, prereleases=True):
        raise PluginError(
            f"{source} needs asi-evolve {domain.requires_core}, and this is {core_version}; "
            "install a version of either that fits the other"
        )


def _faults(domain: Domain) -> Iterator[str]:
    """Every fault, most basic first, in a domain whose types are right. The later ones rely on the earlier ones."""
    if not domain.backends:
        yield "Domain.backends is empty; give at least one, for example {'numpy': Backend(seeds=...)}"
    if domain.default_backend not in domain.backends:
        listing = ", ".join(sorted(domain.backends))
        yield f"Domain.default_backend is {domain.default_backend!r}, which is not in Domain.backends ({listing})"
    if domain.rounds < 1:
        yield f"Domain.rounds must be at least 1, not {domain.rounds!r}"
    yield from _twice((slot.name for slot in domain.slots), "slot")
    yield from _slot_faults(domain.slots)
    yield from _stage_faults(domain.stages)
    yield from _twice((check.name for check in domain.checks), "check")
    for check in domain.checks:
        yield from _limit_faults(check.limits, f"check {check.name!r}")
    yield from _feature_faults(domain)
    yield from _config_faults(domain.config)
    if domain.cognition is not None and not domain.cognition.is_dir():
        yield f"Domain.cognition: the folder {domain.cognition.name!r} does not exist (is it in the distribution?)"
    for name in sorted(domain.backends):
        yield from _backend_faults(domain, name, domain.backends[name])


def _twice(names: Iterable[str], kind: str) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if not name:
            yield f"a {kind} has an empty name"
        if name in seen:
            yield f"two {kind}s are called {name!r}; each needs a name of its own"
        seen.add(name)


def _slot_faults(slots: tuple[Slot, ...]) -> Iterator[str]:
    for slot in slots:
        if slot.kind not in ("function", "class", "sequence"):
            yield f"slot {slot.name!r}: kind must be function, class or sequence, not {slot.kind!r}"
        if not slot.name.isidentifier():
            yield f"slot {slot.name!r}: the name must be a Python identifier"


def _stage_faults(stages: tuple[Stage, ...]) -> Iterator[str]:
    if not stages:
        yield "Domain.stages is empty; leave it out for a single stage"
    yield from _twice((stage.name for stage in stages), "stage")
    for stage in stages:
        where = f"stage {stage.name!r}"
        yield from _limit_faults(stage.limits, where)
        if not stage.replicate_seeds:
            yield f"{where}: replicate_seeds is empty; give at least one seed"
        if len(set(stage.replicate_seeds)) != len(stage.replicate_seeds):
            yield f"{where}: replicate_seeds has the same seed twice"
        rule = stage.promote
        if rule.minimum_replicates < 1:
            yield f"{where}: promote.minimum_replicates must be at least 1, not {rule.minimum_replicates!r}"
        if rule.test not in ("none", "threshold", "paired"):
            yield f"{where}: promote.test must be none, threshold or paired, not {rule.test!r}"
        if rule.test == "paired" and not 0.0 < rule.level < 1.0:
            yield f"{where}: promote.level is a confidence between 0 and 1 for test='paired', not {rule.level!r}"
        if not 0.0 < rule.top <= 1.0:
            yield f"{where}: promote.top is a share above 0 and up to 1, not {rule.top!r}"


def _limit_faults(limits: Limits, where: str) -> Iterator[str]:
    for one in dataclasses.fields(limits):
        value = getattr(limits, one.name)
        if not math.isfinite(value) or value <= 0:
            yield f"{where}: limits.{one.name} must be above 0, not {value!r}"


def _feature_faults(domain: Domain) -> Iterator[str]:
    yield from _twice((feature.name for feature in domain.features), "feature")
    for feature in domain.features:
        if not feature.low < feature.high:
            yield f"feature {feature.name!r}: low ({feature.low}) must be below high ({feature.high})"
        if feature.bins < 1:
            yield f"feature {feature.name!r}: bins must be at least 1, not {feature.bins!r}"


def _config_faults(config: type | None) -> Iterator[str]:
    if config is None:
        return
    if not isinstance(config, type) or not dataclasses.is_dataclass(config):
        yield f"Domain.config must be a dataclass (the class itself), not {config!r}"
        return
    for one in dataclasses.fields(config):
        missing = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
        if one.init and missing:
            yield f"Domain.config: {config.__name__}.{one.name} needs a default value"


def _backend_faults(domain: Domain, name: str, backend: Backend) -> Iterator[str]:
    where = f"backend {name!r}"
    if not backend.seeds:
        yield f"{where}: seeds is empty; a run starts from at least one program"
    if backend.harness and not _HARNESS.fullmatch(backend.harness):
        yield f"{where}: harness must have the form package.module:function, not {backend.harness!r}"
    elif backend.harness and not _is_importable(backend.harness.partition(":")[0]):
        yield f"{where}: harness {backend.harness!r}: there is no such module; the sandbox imports it by this name"
    for kind, programs in (("seed", backend.seeds), ("baseline", backend.baselines)):
        for program, files in sorted(programs.items()):
            yield from _program_faults(domain, backend, files, f"{where}, {kind} {program!r}", kind)
    yield from _block_faults(domain, backend, where)


def _is_importable(module: str) -> bool:
    """Whether ``module`` can be found; it is not imported, as it may need a library of an extra."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def _program_faults(domain: Domain, backend: Backend, files: Mapping[str, str], where: str, kind: str) -> Iterator[str]:
    if backend.entry not in files:
        yield f"{where} has no entry file {backend.entry!r}; its files are: {', '.join(sorted(files)) or 'none'}"
        return
    trees: dict[str, ast.Module] = {}
    for path, text in sorted(files.items()):
        if path.startswith("/") or ".." in path.split("/"):
            yield f"{where}: the path {path!r} must be relative and stay inside the program"
        if not path.endswith(".py"):
            continue
        try:
            trees[path] = ast.parse(text)
        except SyntaxError as error:
            yield f"{where}: {path} does not parse: line {error.lineno}: {error.msg}"
            return
    if backend.entry not in trees:
        yield f"{where}: the entry file {backend.entry!r} must be a .py file"
        return
    names = _definitions(trees[backend.entry])
    if kind == "seed":
        for slot in domain.slots:
            if names.get(slot.name) != slot.kind:
                what = {"function": "function", "class": "class", "sequence": "list of step names"}[slot.kind]
                near = did_you_mean(slot.name, names)
                yield f"{where}: slot {slot.name!r} is not in {backend.entry} as a top-level {what}{near}"
    if not backend.harness and domain.call not in names:
        near = did_you_mean(domain.call, names)
        yield f"{where}: {backend.entry} has no {domain.call}(), which Domain.call names{near}"


def _block_faults(domain: Domain, backend: Backend, where: str) -> Iterator[str]:
    slots = {slot.name: slot for slot in domain.slots}
    seen: set[tuple[str, str]] = set()
    for block in backend.blocks:
        here = f"{where}, block {block.name!r}"
        if not block.name:
            yield f"{where}: a block of slot {block.slot!r} has an empty name"
        slot = slots.get(block.slot)
        if slot is None:
            listing = ", ".join(slots) or "none"
            yield f"{here}: there is no slot {block.slot!r}{did_you_mean(block.slot, slots)}; slots: {listing}"
            return
        if (block.slot, block.name) in seen:
            yield f"{here}: slot {block.slot!r} has two blocks of that name"
        seen.add((block.slot, block.name))
        yield from _block_source_faults(block, slot, here)


def _block_source_faults(block: Block, slot: Slot, here: str) -> Iterator[str]:
    try:
        tree = ast.parse(block.source)
    except SyntaxError as error:
        yield f"{here} does not parse: line {error.lineno}: {error.msg}"
        return
    names = _definitions(tree)
    if slot.kind == "sequence":
        if "function" not in names.values():
            yield f"{here} defines no step function for the sequence {slot.name!r}"
    elif names.get(slot.name) != slot.kind:
        yield f"{here} does not define the {slot.kind} {slot.name!r} at its top level"
    for line in block.imports:
        try:
            statements = ast.parse(line).body
        except SyntaxError:
            statements = []
        if not statements or not all(isinstance(s, (ast.Import, ast.ImportFrom)) for s in statements):
            yield f"{here}: imports must be import statements, not {line!r}"
    if not block.cost_hint >= 0:
        yield f"{here}: cost_hint must be 0 or more, not {block.cost_hint!r}"


def _definitions(tree: ast.Module) -> dict[str, str]:
    """Top-level name -> ``function``, ``class``, ``sequence`` (a list or tuple display) or ``other``."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = "function"
        elif isinstance(node, ast.ClassDef):
            found[node.name] = "class"
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            kind = "sequence" if isinstance(node.value, (ast.List, ast.Tuple)) else "other"
            targets: list[Any] = list(node.targets) if isinstance(node, ast.Assign) else [node.target]
            found.update({target.id: kind for target in targets if isinstance(target, ast.Name)})
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update({(alias.asname or alias.name): "other" for alias in node.names})
    return found
