"""The scorer process: loads the plugin, then answers score requests until its input closes.

Started as ``python -m asi_evolve.executors.scorer_main`` with a clean environment. It has no keys, no store
handle and runs no candidate code; it gets data and returns a Score.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections import OrderedDict
from typing import IO, Any

from asi_evolve.config import domain_config
from asi_evolve.context import RunContext
from asi_evolve.executors.frames import read_frame, write_frame
from asi_evolve.plugins import load_plugins
from asi_evolve.records import Score

#: Hidden parts that are kept, so that a large one is sent once and not with every request.
_KEPT_HIDDEN = 64


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until EOF. The first frame says which plugin to load."""
    setup = read_frame(requests)
    try:
        plugins = load_plugins(setup["reference"], disabled=setup["disabled"])
        config = domain_config(plugins.domain, setup["domain"])
        plugins = plugins.with_domain(config)
        context = RunContext(setup["run_id"], plugins.domain, config, setup["backend"])
        write_frame(answers, {"ready": True})
    except Exception as error:
        write_frame(answers, {"ready": False, "error": f"{type(error).__name__}: {error}"})
        return
    hidden: OrderedDict[str, Any] = OrderedDict()
    while True:
        try:
            request = read_frame(requests)
        except EOFError:
            return
        if "hidden" in request:
            hidden[request["ref"]] = request["hidden"]
            while len(hidden) > _KEPT_HIDDEN:
                hidden.popitem(last=False)
        if request["ref"] not in hidden:
            write_frame(answers, {"missing": True})
            continue
        write_frame(answers, _score(plugins.hook, context, request, hidden[request["ref"]]))


def _score(hook: Any, context: RunContext, request: dict[str, Any], hidden: Any) -> dict[str, Any]:
    try:
        score = hook.score(
            context=context, candidate=request["candidate"], execution=request["execution"], hidden=hidden
        )
        if not isinstance(score, Score):
            return {"error": f"score() returned {type(score).__name__}, not a Score"}
        return {"score": score}
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return {"error": f"score() raised {type(error).__name__}: {error} ({where.filename}:{where.lineno})"}


def main() -> None:
    """Keep the pipes for frames and send whatever the plugin prints to stderr."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    serve(requests, answers)


if __name__ == "__main__":
    main()
