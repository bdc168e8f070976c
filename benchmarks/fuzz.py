"""A million changed copies of valid inputs through every reader of text and bytes from elsewhere.

    python benchmarks/fuzz.py                              a million inputs, spread by what they cost
    python benchmarks/fuzz.py --inputs 20000 --only wire stream
    python benchmarks/fuzz.py --seed 2                     other inputs

Each target (tests/fuzz/targets.py) may raise only the errors that it documents. An input that takes longer than
``--limit`` CPU seconds counts as a hang; memory is looked at after each batch. Exit code 1 if anything was found.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import signal
import sys
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "fuzz"))

from mutate import mutated
from targets import TARGETS

#: Shares of the inputs: those that take milliseconds get fewer.
SHARES = {"source": 1, "sql": 1, "scorer": 1, "words": 1, "metadata": 1}
USUAL = 8


class HangError(BaseException):
    """An input took too long."""


def _struck(*_: object) -> None:
    raise HangError


def run(name: str, count: int, seed: int, limit_s: float) -> dict[str, object]:
    """Give ``count`` inputs to one target; what came of it."""
    target, rng = TARGETS[name], random.Random(f"{name} {seed}")
    accepted, slowest, faults = 0, 0.0, []
    start, before = time.process_time(), _memory()
    for _ in range(count):
        data = mutated(target.seeds, rng)
        begun = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, limit_s)
        try:
            accepted += target(data)
        except HangError:
            faults.append({"error": f"longer than {limit_s:g} CPU s", "input": repr(data[:2000])})
        except Exception as error:
            faults.append({"error": f"{type(error).__name__}: {error}"[:300], "input": repr(data[:2000])})
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        slowest = max(slowest, time.process_time() - begun)
        if len(faults) >= 20:
            break
    return {
        "target": name,
        "inputs": count,
        "accepted": accepted,
        "faults": faults,
        "cpu_s": round(time.process_time() - start, 1),
        "slowest_ms": round(1000 * slowest, 1),
        "grown_mb": round(_memory() - before),
    }


def _memory() -> float:
    """Most memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", default=list(TARGETS), choices=list(TARGETS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=5.0, help="CPU seconds for one input")
    parser.add_argument("--json", type=Path, help="write the results there")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGVTALRM, _struck)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    whole = sum(SHARES.get(name, USUAL) for name in options.only)
    found = []
    for name in options.only:
        one = run(name, -(-options.inputs * SHARES.get(name, USUAL) // whole), options.seed, options.limit)
        found.append(one)
        print(
            f"{name:10} {one['inputs']:>8} inputs, {one['accepted']:>8} accepted, {len(one['faults'])} faults, "
            f"{one['cpu_s']} CPU s, slowest {one['slowest_ms']} ms, memory +{one['grown_mb']} MB",
            flush=True,
        )
        for fault in one["faults"][:3]:
            print(f"    {fault['error']}\n    {fault['input'][:400]}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    print(f"{sum(one['inputs'] for one in found)} inputs, {sum(len(one['faults']) for one in found)} faults")
    return 1 if any(one["faults"] for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
