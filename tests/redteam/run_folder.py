"""Run a folder of candidates in every tier, as this user and (from root) as an ordinary one: ``run_folder.py FOLDER``.

Prints a table of what deviates and a summary line for each batch; exits 1 if anything does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: A user id that owns nothing, for the batch as an ordinary user.
ORDINARY_UID = 61234


def batch(folder: str, tier: str, ordinary: bool) -> list[dict[str, object]]:
    """Run one batch in a process of its own; returns its rows."""
    command = [sys.executable, str(Path(__file__).resolve()), folder, "--tier", tier, "--rows"]
    if ordinary:
        command.append("--ordinary")
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, cwd="/")
    if done.returncode != 0:
        raise RuntimeError(f"batch {tier} ended with {done.returncode}: {done.stderr[-2000:]}")
    rows: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def become_ordinary() -> None:
    """Give up root in this process and start Python again, with the interpreter readable.

    Root's own interpreter may lie in a folder that nobody else can enter; in a mount namespace of this process the
    way to it is opened, and nothing else.
    """
    sys.path.insert(0, str(HERE.parent.parent / "core"))
    from asi_evolve.sandbox import namespaces

    needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), HERE.parent.parent}
    namespaces.unshare(namespaces.NEWNS, "mount namespace")
    namespaces.mount(None, "/", None, 16384 | (1 << 18))
    for closed in sorted({parent for path in needed for parent in path.parents if not parent.stat().st_mode & 0o001}):
        handles = {str(path): os.open(path, os.O_PATH) for path in sorted(needed) if path.is_relative_to(closed)}
        namespaces.mount("tmpfs", str(closed), "tmpfs", 0, "mode=755")
        for path, handle in handles.items():
            os.makedirs(path, exist_ok=True)
            namespaces.mount(f"/proc/self/fd/{handle}", path, None, 4096 | 16384)
            os.close(handle)
    os.setgroups([])
    os.setresgid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    os.setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    arguments = [each for each in sys.argv[1:] if each != "--ordinary"]
    os.execv(sys.executable, [sys.executable, str(Path(__file__).resolve()), *arguments])


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--tier", action="append")
    parser.add_argument("--rows", action="store_true", help="one batch as this user; print its rows as JSON")
    parser.add_argument("--ordinary", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = str(Path(options.folder).resolve())
    if options.ordinary:
        become_ordinary()
    sys.path[:0] = [str(HERE), str(HERE.parent.parent / "core")]
    if options.rows:
        import harness

        print(json.dumps(harness.as_json(harness.run_folder(folder, options.tier[0]))))
        return 0
    bad = 0
    for ordinary in (False, True) if os.getuid() == 0 else (False,):
        user = "an ordinary user" if ordinary else "root" if os.getuid() == 0 else "this user"
        for tier in options.tier or ("A", "B"):
            rows = batch(folder, tier, ordinary)
            failed = [row for row in rows if not row["good"]]
            for row in failed:
                print(f"  {row['name']}: {row['status']}, expected {row['expected']}; {row['breaches']} {row['error']}")
            count, seconds = len(rows) - 1, sum(float(str(row["seconds"])) for row in rows)
            breached = sum(bool(row["breaches"]) for row in rows)
            print(
                f"tier {tier} as {user}: {count} candidates in {seconds:.1f} s, {breached} breaches, "
                f"{len(failed)} unexpected verdicts",
                flush=True,
            )
            bad += len(failed)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
