"""A domain with prompts of its own, and a provider of models that asks nobody."""

import json
import re

from asi_evolve import Backend, Domain, Objective, Score, UsageError, hookimpl
from asi_evolve.llm import Answer, Request, Usage

SEED = """
def solve():
    return {"steps": 1}
"""


@hookimpl
def domain() -> Domain:
    return Domain(
        name="steps",
        title="Steps",
        task_markdown="`solve()` returns `{'steps': n}`. The more steps the better, up to 100.",
        objective=Objective("steps"),
        backends={"numpy": Backend(seeds={"one": {"candidate.py": SEED}})},
        rounds=3,
        prompts={
            "role": "You climb stairs for a living.\n{{ super() }}",
            "rules": "{{ super() }}\n- Do not use recursion.",
        },
    )


@hookimpl
def score(execution) -> Score:
    steps = execution.outputs.get("steps")
    if not isinstance(steps, int) or not 0 <= steps <= 100:
        return Score(None, False, feedback=f"steps is {steps!r}, not a whole number from 0 to 100")
    return Score(float(steps), True)


class Climber:
    """Proposes one step more than the parent has. A real provider would send the request somewhere."""

    name = "climber"

    def __init__(self, model: str) -> None:
        self.model = model
        self.secrets = ()  # keys, so that they are blotted out of everything recorded

    def complete(self, request: Request) -> Answer:
        line = re.search(r"return \{\"steps\": (\d+)\}", request.messages[0].text)
        steps = int(line.group(1))
        more = f'return {{"steps": {steps + 1}}}'
        text = json.dumps(
            {
                "motivation": "One step more.",
                "expected_effect": f"steps = {steps + 1}",
                "used": [],
                "files": [],
                "edits": [{"path": "candidate.py", "search": line.group(0), "replace": more}],
            }
        )
        return Answer(
            text, Usage(input_tokens=len(request.system) // 4, output_tokens=len(text) // 4), "end", self.model
        )


def make(settings) -> Climber:
    model = (settings.llm or "").partition(":")[2]
    if not model:
        raise UsageError("--llm climber: name the model too, for example --llm climber:steady")
    return Climber(model)


@hookimpl
def register_llms(register) -> None:
    register("climber", make)
