"""Slots in a candidate's entry file: their definitions, read and exchanged, with all other text left as it is.

The source of a slot is its top-level definition and the *private helpers* that it needs: top-level definitions
whose name starts with an underscore. Helpers come and go with the definitions that use them; a block names its
helpers after itself (``_hop_move``), so that two blocks of one program never clash.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from asi_evolve.domain import Slot
from asi_evolve.source.imports import Import, add_imports, drop_imports, imported, needs, of_node, parse_imports
from asi_evolve.source.normalise import normalised_hash
from asi_evolve.source.tree import (
    Module,
    SourceError,
    bound_names,
    helpers,
    read,
    reads,
    replace_lines,
    segment,
    span,
    tidy_end,
)

__all__ = [
    "SourceError",
    "foreign_names",
    "put_definitions",
    "read_sequence",
    "read_slots",
    "replace_slot",
    "replace_slots",
    "slot_imports",
    "write_sequence",
]


def read_slots(source: str, slots: Iterable[Slot]) -> dict[str, str]:
    """Slot name -> source of its definition, its private helpers before it.

    For a sequence: the step functions in the order of their first use, then the list.

    Raises:
        SourceError: If ``source`` does not parse or a slot has no top-level definition.
    """
    module = read(source)
    return {slot.name: _slot_text(module, slot) for slot in slots}


def _slot_text(module: Module, slot: Slot) -> str:
    found = module.definitions
    roots = [slot.name]
    module.definition(slot.name)
    if slot.kind == "sequence":
        steps = [step for step in dict.fromkeys(_steps(module, slot)) if step in found]
        roots = [*steps, slot.name]
    private = {name for root in roots for name in helpers(module, root)}
    names = [name for name in found if name in private and name not in roots]
    return "\n\n\n".join(segment(module, found[name]) for name in [*names, *roots]) + "\n"


def slot_imports(source: str, slot: Slot) -> tuple[str, ...]:
    """The import statements, one name each, that a slot's source needs from the top of its file."""
    module = read(source)
    read_there = reads([read(_slot_text(module, slot)).tree])
    return tuple(item.text for item in imported(module.tree) if item.module != "__future__" and needs(item, read_there))


def foreign_names(source: str, slot: Slot, into: str) -> list[str]:
    """Public top-level names of ``source`` that the slot there reads and ``into`` does not define or import.

    A slot can only move to a program for which this is empty.
    """
    module, other = read(source), read(into)
    text = read(_slot_text(module, slot))
    known = {name for node in other.tree.body for name in _bound(node)}
    return sorted(
        (reads([text.tree]) & {name for node in module.tree.body for name in bound_names(node)})
        - set(text.definitions)
        - known
    )


def _bound(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return tuple(item.bound for item in of_node(node))
    return bound_names(node)


def replace_slot(
    source: str, slot: Slot, new_source: str, imports: Iterable[str] = (), *, keep: Collection[str] = ()
) -> str:
    """``source`` with another definition of ``slot`` in the place of the old one.

    Helpers that ``new_source`` brings are put before the definition; helpers and imports that only the old
    definition needed go, except the helpers named in ``keep`` (those of the domain's frame).

    Args:
        source: The entry file.
        slot: A slot of kind ``function`` or ``class``.
        new_source: One definition of the slot's name; import statements in it are moved to the top.
        imports: Import statements that ``new_source`` needs.
        keep: Names of private definitions that stay even if nothing reads them.

    Raises:
        SourceError: If either source does not parse, the slot is not there, ``new_source`` defines another public
            name, or a helper or import clashes with one that the rest of the program uses.
    """
    if slot.kind == "sequence":
        raise SourceError(f"slot {slot.name!r} is a sequence; its steps are exchanged by write_sequence")
    return put_definitions(source, [slot.name], {slot.name: new_source}, imports, keep=keep, anchor=slot.name)


def replace_slots(
    source: str, new: Mapping[str, str], imports: Iterable[str] = (), *, keep: Collection[str] = ()
) -> str:
    """``source`` with the definitions of several function or class slots exchanged at once (name -> new source).

    The same as :func:`replace_slot` one after the other, with all ``imports`` together, and faster.
    """
    anchor = next(iter(new), "")
    return put_definitions(source, list(new), new, imports, keep=keep, anchor=anchor) if new else source


def put_definitions(
    source: str,
    old: Collection[str],
    new: Mapping[str, str],
    imports: Iterable[str],
    *,
    keep: Collection[str],
    anchor: str,
) -> str:
    """Take the definitions ``old`` out and put those of ``new`` (name -> source with helpers) in.

    A name in both keeps its place; the others go before the definition of ``anchor``. Unused helpers and imports of
    what was taken out go too.
    """
    module = read(source)
    found = module.definitions
    module.definition(anchor)
    parts = {name: _parts(name, new[name]) for name in new}
    removed = [name for name in old if name in found]
    staying = _referenced(module, set(removed))
    drop = {h for name in removed for h in helpers(module, name, keep) if h not in staying}

    brought: dict[str, str] = {}
    texts: dict[str, str] = {}
    for name, part in parts.items():
        own: list[str] = []
        for helper, text in part.helpers.items():
            there = brought.get(helper)
            if there is None and helper in found and (helper in staying or helper in keep):
                there = segment(module, found[helper])
            if there is None:
                own.append(text)
                if helper in found:
                    drop.add(helper)
            elif normalised_hash(there) != normalised_hash(text):
                raise SourceError(
                    f"helper {helper!r} of {name!r} is defined differently elsewhere in the program; "
                    "name helpers after their block"
                )
            brought[helper] = text
        texts[name] = "\n\n\n".join([*own, part.text])

    edits: dict[tuple[int, int], str | None] = {}
    gone: list[ast.stmt] = []
    for node in module.tree.body:
        names = set(bound_names(node))
        if not names & (set(removed) | drop):
            continue
        if names - set(removed) - drop:
            raise SourceError(
                f"the definition of {min(names)!r} also binds other names; give it a statement of its own"
            )
        edits[span(module.lines, node)] = None
        gone.append(node)
    front = [texts[name] for name in new if name not in found]
    for name in new:
        if name not in found:
            continue
        if name not in removed:
            raise SourceError(f"{name!r} is already defined in the program; give the step another name")
        first = front if name == anchor else []
        edits[span(module.lines, found[name])] = "\n\n\n".join([*first, texts[name]])
    if front and anchor not in new:
        place = span(module.lines, found[anchor])
        edits[place] = "\n\n\n".join([*front, "\n".join(module.lines[place[0] - 1 : place[1]])])
    statements = [*imports, *(line for part in parts.values() for line in part.imports)]
    text = replace_lines(module, edits)
    text = drop_imports(text, _leaving(module, gone, parts.values(), statements))
    return tidy_end(add_imports(text, statements))


def _leaving(module: Module, gone: list[ast.stmt], parts: Iterable[_Part], statements: Collection[str]) -> list[Import]:
    """Imports of the old program that go with the definitions ``gone``: unread, or in the way of a new one."""
    wanted = parse_imports(statements)
    before = frozenset[str]().union(*(module.reads(node) for node in gone))
    without = {id(node) for node in gone}
    rest = frozenset[str]().union(*(module.reads(node) for node in module.tree.body if id(node) not in without))
    after = rest.union(*(part.reads for part in parts))
    leaving: list[Import] = []
    for item in imported(module.tree):
        if item in wanted or not needs(item, before):
            continue
        in_the_way = any(item.bound == other.bound for other in wanted) and not needs(item, rest)
        if in_the_way or not needs(item, after):
            leaving.append(item)
    return leaving


def _referenced(module: Module, without: set[str]) -> set[str]:
    """Private names that are still reached when the definitions in ``without`` are gone."""
    found = module.definitions
    seen: set[str] = set()
    pending: list[ast.stmt] = [
        node
        for node in module.tree.body
        if not any(name.startswith("_") or name in without for name in bound_names(node))
    ]
    while pending:
        for used in module.reads(pending.pop()):
            if used.startswith("_") and used in found and used not in seen:
                seen.add(used)
                pending.append(found[used])
    return seen


@dataclass(frozen=True, slots=True)
class _Part:
    """A block's source taken apart."""

    text: str
    helpers: Mapping[str, str]
    imports: tuple[str, ...]
    reads: frozenset[str]


@lru_cache(maxsize=256)
def _parts(name: str, source: str) -> _Part:
    module = read(source)
    found = module.definitions
    if name not in found:
        raise SourceError(f"the new source defines no {name!r} at top level; define it")
    statements: list[str] = []
    for node in module.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            statements += [item.text for item in of_node(node) if item.module != "__future__"]
        elif not bound_names(node) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            raise SourceError(f"the new source of {name!r} has a statement at top level (line {node.lineno}); move it")
    public = [n for n in found if not n.startswith("_") and n != name]
    if public:
        raise SourceError(f"the new source of {name!r} also defines {public[0]!r}; start helpers' names with '_'")
    texts = {n: segment(module, found[n]) for n in found if n != name}
    read_there = frozenset[str]().union(*(module.reads(node) for node in module.tree.body))
    return _Part(segment(module, found[name]), texts, tuple(statements), read_there)


def _steps(module: Module, slot: Slot) -> list[str]:
    node = module.definition(slot.name)
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.List | ast.Tuple):
        raise SourceError(f"{slot.name!r} is a sequence: define it as a top-level list of step names")
    steps: list[str] = []
    for element in value.elts:
        if isinstance(element, ast.Constant) and isinstance(element.value, str):
            steps.append(element.value)
        elif isinstance(element, ast.Name):
            steps.append(element.id)
        else:
            raise SourceError(f"{slot.name!r} holds something that is not a step's name (line {element.lineno})")
    return steps


def read_sequence(source: str, slot: Slot) -> list[str]:
    """The names of a sequence's steps, in order; the list may hold strings or the functions themselves.

    Raises:
        SourceError: If there is no such top-level list, or it holds anything else.
    """
    return _steps(read(source), slot)


def write_sequence(
    source: str,
    slot: Slot,
    steps: list[str],
    definitions: Mapping[str, str],
    imports: Iterable[str] = (),
    *,
    keep: Collection[str] = (),
) -> str:
    """``source`` with other steps in a sequence.

    Args:
        source: The entry file.
        slot: A slot of kind ``sequence``.
        steps: Names of the steps, in order.
        definitions: Step name -> source of its function (with helpers); one that is there already is replaced.
        imports: Import statements that the new definitions need.
        keep: Names of definitions that stay even if no step needs them.

    Raises:
        SourceError: If a step has no definition, or for the reasons given at :func:`replace_slot`.
    """
    module = read(source)
    found = module.definitions
    old = _steps(module, slot)
    for step in steps:
        if step not in definitions and step not in found:
            raise SourceError(f"step {step!r} of {slot.name!r} is not defined; give its source")
    node = module.definition(slot.name)
    assert isinstance(node, ast.Assign | ast.AnnAssign)
    value = node.value
    assert isinstance(value, ast.List | ast.Tuple)
    names = any(isinstance(element, ast.Name) for element in value.elts)
    first, last = span(module.lines, node)
    text = replace_lines(module, {(first, last): _list_text(module, node, value, steps, names)})
    rest = [n for name, n in found.items() if name != slot.name and name not in old]
    still = frozenset(steps).union(*(module.reads(n) for n in rest))
    unused = [step for step in dict.fromkeys(old) if step in found and step not in still and step not in keep]
    replaced = [step for step in definitions if step in found and step in steps]
    return put_definitions(
        text,
        [*unused, *(step for step in replaced if step not in unused)],
        {step: definitions[step] for step in steps if step in definitions},
        imports,
        keep=keep,
        anchor=slot.name,
    )


def _list_text(
    module: Module, node: ast.Assign | ast.AnnAssign, value: ast.List | ast.Tuple, steps: list[str], names: bool
) -> str:
    lines = module.lines
    first, _ = span(lines, node)
    comments = lines[first - 1 : node.lineno - 1]
    head = lines[node.lineno - 1].encode()
    prefix = head[: value.col_offset].decode() if value.lineno == node.lineno else f"{slot_target(node)} = "
    items = [step if names else f'"{step}"' for step in steps]
    opening, closing = ("[", "]") if isinstance(value, ast.List) else ("(", ",)" if len(items) == 1 else ")")
    one = f"{prefix}{opening}{', '.join(items)}{closing}"
    if len(one) > 110:
        inner = "\n".join(f"    {item}," for item in items)
        one = f"{prefix}{opening}\n{inner}\n{closing[-1]}"
    return "\n".join([*comments, one])


def slot_target(node: ast.Assign | ast.AnnAssign) -> str:
    """The left side of an assignment as text."""
    return ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])
