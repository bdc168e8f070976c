"""Reads the programs and the blocks, which are ordinary Python files, as text."""

import ast
from pathlib import Path

from asi_evolve import Block

HERE = Path(__file__).parent


def seed_source() -> str:
    return (HERE / "seed.py").read_text(encoding="utf-8")


def baseline_source() -> str:
    """The seed program with a window of five: what every candidate has to beat."""
    return seed_source().replace("tunable(1, low=1, high=10)", "2")


def read_blocks() -> tuple[Block, ...]:
    """One file is one block: ``blocks/SLOT/NAME.py``. Its docstring's last line names the knowledge items."""
    return tuple(_block(path) for path in sorted((HERE / "blocks").glob("*/*.py")))


def _block(path: Path) -> Block:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    last = (ast.get_docstring(tree) or "").strip().splitlines()[-1:]
    cited = last[0].removeprefix("Cognition:").split(",") if last and last[0].startswith("Cognition:") else []
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return Block(
        name=path.stem,
        slot=path.parent.name,
        source="\n\n\n".join(ast.get_source_segment(text, node) or "" for node in definitions) + "\n",
        imports=tuple(ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)),
        cognition_ids=tuple(name.strip() for name in cited),
    )
