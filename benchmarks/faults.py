"""What a run survives: faults done on purpose to real runs through the command line, and what holds after each.

    python benchmarks/faults.py run    --out FOLDER [--jobs 2] [--only kill,disk-full] [--share 0.1]
    python benchmarks/faults.py report --out FOLDER

Each trial is a run of a small domain of 20 rounds in a folder of its own, with a seed of its own from its name and
number. ``run`` may be stopped at any time and started again: finished trials are skipped. ``report`` prints Markdown.
Some trials need root (mounts) or libfaketime; without it they are skipped, with the reason. Linux only.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from faultlab.cases import CASES
from faultlab.place import Broken, Place, Skip, adopting


def reference(out: Path) -> tuple[list[tuple[Any, ...]], float]:
    """The run without a fault, made once: its story, and how long it typically takes here, seconds."""
    path = out / "reference.json"
    if not path.exists():
        with adopting():
            place = Place(Path(tempfile.mkdtemp(prefix="asi-evolve-faults-")))
            began = time.monotonic()
            run = place.run(1)
            if run.wait() != 0:
                raise SystemExit(f"the run without a fault failed: {run.err()}")
            seconds = time.monotonic() - began
            told = [[own, files, list(parents), status, value] for own, files, parents, status, value in place.story()]
            place.close()
        path.write_text(json.dumps({"seconds": seconds, "story": told}))
    data = json.loads(path.read_text())
    return [(own, files, tuple(parents), status, value) for own, files, parents, status, value in data["story"]], data[
        "seconds"
    ]


def trial(out: Path, name: str, number: int) -> dict[str, Any]:
    """Do one; never raises for what it finds."""
    story, seconds = reference(out)
    began = time.monotonic()
    found: dict[str, Any] = {"case": name, "trial": number}
    with adopting():
        # Short, and searchable by everybody: sockets and folders of the sandbox go below it.
        folder = Path(tempfile.mkdtemp(prefix="asi-evolve-faults-"))
        folder.chmod(0o755)
        place = Place(folder)
        try:
            said = CASES[name].do(place, random.Random(f"{name} {number}"), story, seconds, number)
            found |= {"result": "held", "said": said}
        except Skip as skip:
            found |= {"result": "skipped", "said": str(skip)}
        except Broken as broken:
            found |= {"result": "BROKEN", "said": str(broken)}
        except Exception as error:
            found |= {"result": "BROKEN", "said": f"{type(error).__name__}: {error} {traceback.format_exc()[-900:]}"}
        finally:
            if found.get("result") == "BROKEN" and os.environ.get("FAULTS_KEEP"):
                with contextlib.suppress(shutil.Error):
                    shutil.copytree(folder, Path(os.environ["FAULTS_KEEP"]) / f"{name}-{number}", dirs_exist_ok=True)
            place.close()
    return found | {"seconds": round(time.monotonic() - began, 2)}


def results(out: Path) -> dict[tuple[str, int], dict[str, Any]]:
    path = out / "trials.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {(each["case"], each["trial"]): each for each in map(json.loads, lines)}


def run(out: Path, names: list[str], jobs: int, share: float, again: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    reference(out)
    done = results(out)
    todo = [
        (name, number)
        for name in names
        for number in range(max(1, round(CASES[name].times * share)))
        if (name, number) not in done or (again and done[name, number]["result"] == "BROKEN")
    ]

    def one(name: str, number: int) -> None:
        command = [sys.executable, __file__, "trial", "--out", str(out), "--only", name, "--number", str(number)]
        made = subprocess.run(command, capture_output=True, text=True)
        line = made.stdout.strip() or json.dumps(
            {"case": name, "trial": number, "result": "BROKEN", "said": made.stderr[-500:], "seconds": 0}
        )
        with (out / "trials.jsonl").open("a") as file:
            file.write(line + "\n")
        print(line[:400], flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda each: one(*each), todo))


def report(out: Path) -> str:
    found = results(out)
    lines = [
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Linux {platform.release()}.",
        "",
        "| fault | trials | held | broken | skipped |",
        "|---|---|---|---|---|",
    ]
    for name, case in CASES.items():
        mine = [each for (case_name, _), each in found.items() if case_name == name]
        count = {kind: sum(each["result"] == kind for each in mine) for kind in ("held", "BROKEN", "skipped")}
        lines.append(f"| {case.what} | {len(mine)} | {count['held']} | {count['BROKEN']} | {count['skipped']} |")
    total = {kind: sum(each["result"] == kind for each in found.values()) for kind in ("held", "BROKEN", "skipped")}
    lines.append(f"| **all** | {len(found)} | {total['held']} | {total['BROKEN']} | {total['skipped']} |")
    for each in found.values():
        if each["result"] != "held":
            lines += ["", f"- {each['case']} {each['trial']}: {each['result']}: {each['said'][:600]}"]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "report", "trial"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="cases, separated by commas; default: all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--share", type=float, default=1.0, help="share of the trials of each case, 0 to 1")
    parser.add_argument("--again", action="store_true", help="repeat the trials that were broken")
    parser.add_argument("--number", type=int, default=0)
    given = parser.parse_args()
    names = given.only.split(",") if given.only else list(CASES)
    if unknown := [name for name in names if name not in CASES]:
        parser.error(f"--only: there is no case {unknown[0]!r}; there is {', '.join(CASES)}")
    if given.what == "run":
        run(given.out, names, given.jobs, given.share, given.again)
        print(report(given.out))
    elif given.what == "trial":
        print(json.dumps(trial(given.out, names[0], given.number)))
    else:
        print(report(given.out))


if __name__ == "__main__":
    main()
