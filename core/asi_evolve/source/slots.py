"""Slots in a candidate's entry file: their definitions, read and exchanged, with all other text left as it is.

The source of a slot is its top-level definition and the *private helpers* that it needs: top-level definitions
whose name starts with an underscore. Helpers come and go with the definitions that use them; a block names its
helpers after itself (``_hop_move``), so that two blocks of one program never clash.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from asi_evolve.domain import Slot
from asi_evolve.source.imports import Import, add_imports, drop_imports, imported, needs, of_node, parse_imports
from asi_evolve.source.normalise import normalised_hash
from asi_evolve.source.tree import (
    Definition,
    Module,
    SourceError,
    bound_names,
    definition,
    helpers,
    read,
    replace_lines,
    segment,
    span,
    tidy_end,
    used_names,
)
from asi_evolve.source.tree import definitions as top_level

__all__ = [
    "SourceError",
    "foreign_names",
    "put_definitions",
    "read_sequence",
    "read_slots",
    "replace_slot",
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
    found = top_level(module.tree)
    roots = [slot.name]
    definition(module.tree, slot.name)
    if slot.kind == "sequence":
        steps = [step for step in dict.fromkeys(_steps(module.tree, slot)) if step in found]
        roots = [*steps, slot.name]
    private = [name for root in roots for name in helpers(module.tree, root)]
    names = [name for name in found if name in private and name not in roots]
    return "\n\n\n".join(segment(module, found[name]) for name in [*names, *roots]) + "\n"


def slot_imports(source: str, slot: Slot) -> tuple[str, ...]:
    """The import statements, one name each, that a slot's source needs from the top of its file."""
    module = read(source)
    read_there = needs([read(_slot_text(module, slot)).tree])
    return tuple(item.text for item in imported(module.tree) if item.module != "__future__" and read_there.of(item))


def foreign_names(source: str, slot: Slot, into: str) -> list[str]:
    """Public top-level names of ``source`` that the slot there reads and ``into`` does not define or import.

    A slot can only move to a program for which this is empty.
    """
    module, other = read(source), read(into)
    text = read(_slot_text(module, slot)).tree
    own = top_level(text)
    known = {name for node in other.tree.body for name in _bound(node)}
    return sorted(
        (used_names([text]) & {name for node in module.tree.body for name in bound_names(node)}) - set(own) - known
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
    found = top_level(module.tree)
    definition(module.tree, anchor)
    parts = {name: _parts(name, new[name]) for name in new}
    removed = [name for name in old if name in found]
    old_helpers = {h for name in removed for h in helpers(module.tree, name, keep)}
    staying = _referenced(module.tree, set(removed))

    brought: dict[str, str] = {}
    statements = list(imports)
    for name, (_, helper_texts, extra) in parts.items():
        statements += extra
        for helper, text in helper_texts.items():
            same = normalised_hash(brought.get(helper, text)) == normalised_hash(text)
            if helper in found and helper in (staying | set(keep)):
                same = same and normalised_hash(segment(module, found[helper])) == normalised_hash(text)
            if not same:
                raise SourceError(
                    f"helper {helper!r} of {name!r} is defined differently elsewhere in the program; "
                    f"name helpers after their block"
                )
            brought[helper] = text
    drop = {h for h in old_helpers if h not in staying}
    drop |= {h for h in brought if h in found and h not in staying and h not in keep}
    placed = {h for h in brought if h in found and h not in drop}

    edits: dict[tuple[int, int], str | None] = {}
    lines = module.lines
    for node in module.tree.body:
        names = bound_names(node)
        if not names or not (set(names) & (set(removed) | drop)):
            continue
        if set(names) - set(removed) - drop:
            raise SourceError(f"the definition of {names[0]!r} also binds other names; give it a statement of its own")
        edits[span(lines, node)] = None
    added = "\n\n\n".join(
        [brought[h] for h in brought if h not in placed]
        + [parts[name][0] for name in new if name != anchor and name not in found]
    )
    for name in new:
        if name in found:
            text = parts[name][0]
            if name == anchor and added:
                text = f"{added}\n\n\n{text}"
            elif name != anchor and name not in removed:
                raise SourceError(f"{name!r} is already defined in the program; give the step another name")
            edits[span(lines, found[name])] = text
    if added and anchor not in new:
        first, last = span(lines, found[anchor])
        edits[(first, last)] = f"{added}\n\n\n" + "\n".join(lines[first - 1 : last])
    text = replace_lines(module, edits)

    gone = [found[name] for name in [*removed, *sorted(drop)]]
    text = drop_imports(text, _leaving(module.tree, text, gone, statements))
    return tidy_end(add_imports(text, statements))


def _leaving(tree: ast.Module, text: str, gone: list[Definition], statements: list[str]) -> list[Import]:
    """Imports of the old program that go with the definitions ``gone``: unread, or in the way of a new one."""
    wanted = parse_imports(statements)
    before, after = needs(gone), needs(read(text).tree.body)
    rest = needs(n for n in tree.body if not any(n is g for g in gone))
    leaving: list[Import] = []
    for item in imported(tree):
        if item in wanted or not before.of(item):
            continue
        in_the_way = any(item.bound == other.bound for other in wanted) and not rest.of(item)
        if in_the_way or not after.of(item):
            leaving.append(item)
    return leaving


def _referenced(tree: ast.Module, without: set[str]) -> set[str]:
    """Private names that are still reached when the definitions in ``without`` are gone."""
    found = top_level(tree)
    seen: set[str] = set()
    pending: list[ast.stmt] = [
        node for node in tree.body if not any(name.startswith("_") or name in without for name in bound_names(node))
    ]
    while pending:
        for used in used_names([pending.pop()]):
            if used.startswith("_") and used in found and used not in seen:
                seen.add(used)
                pending.append(found[used])
    return seen


def _parts(name: str, source: str) -> tuple[str, dict[str, str], list[str]]:
    """A block's source as (text of the definition, helper name -> text, import statements)."""
    module = read(source)
    found = top_level(module.tree)
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
    return segment(module, found[name]), texts, statements


def _steps(tree: ast.Module, slot: Slot) -> list[str]:
    node = definition(tree, slot.name)
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
    return _steps(read(source).tree, slot)


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
    found = top_level(module.tree)
    old = _steps(module.tree, slot)
    for step in steps:
        if step not in definitions and step not in found:
            raise SourceError(f"step {step!r} of {slot.name!r} is not defined; give its source")
    node = definition(module.tree, slot.name)
    assert isinstance(node, ast.Assign | ast.AnnAssign)
    value = node.value
    assert isinstance(value, ast.List | ast.Tuple)
    names = any(isinstance(element, ast.Name) for element in value.elts)
    first, last = span(module.lines, node)
    text = replace_lines(module, {(first, last): _list_text(module, node, value, steps, names)})
    rest = [n for name, n in found.items() if name != slot.name and name not in old]
    still = used_names(rest) | set(steps)
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
