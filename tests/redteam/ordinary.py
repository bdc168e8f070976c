"""An interpreter that a user without rights can run, with numpy and this package, for tests that start as root.

Root's own interpreter often lies where nobody else may look. So a small environment is made in a world-readable
folder: a base interpreter of the same version, and copies of the packages that the runner needs, owned by that user
(as a user's own installation is).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

UID = 61234
HERE = Path(__file__).resolve().parent
_TRIAL = "import sys, ctypes; print(sys.version_info[:2])"


def _as_user(command: list[str], uid: int, timeout: float = 30.0) -> str:
    """Output of a command as that user, or an empty string."""
    try:
        done = subprocess.run(
            command, user=uid, group=uid, extra_groups=[], capture_output=True, text=True, timeout=timeout, cwd="/", env={}
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def base_interpreter(uid: int) -> str:
    """Path of a Python of this version that ``uid`` can start; empty if there is none."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    base = str(Path(sys.base_prefix) / "bin" / version)
    for path in (base, f"/usr/bin/{version}", f"/usr/local/bin/{version}", "/usr/bin/python3", "/usr/local/bin/python3"):
        if _as_user([path, "-I", "-c", _TRIAL], uid).strip() == str(sys.version_info[:2]):
            return path
    return ""


@contextlib.contextmanager
def environment(uid: int = UID) -> Iterator[tuple[str, Path]]:
    """Make the environment; gives its interpreter and the folder with this suite in it.

    Raises:
        RuntimeError: in one line, if it cannot be made here.
    """
    import asi_evolve
    import numpy

    base = base_interpreter(uid)
    if not base:
        raise RuntimeError(f"no Python {sys.version_info[0]}.{sys.version_info[1]} here that an ordinary user can start")
    parent = next((path for path in ("/var/tmp", tempfile.gettempdir()) if os.stat(path).st_mode & 0o007 == 0o007), "")
    if not parent:
        raise RuntimeError("no folder here that everybody may use")
    root = Path(tempfile.mkdtemp(prefix="redteam-user-", dir=parent))
    try:
        root.chmod(0o755)
        subprocess.run([base, "-m", "venv", "--copies", "--without-pip", str(root / "venv")], check=True, capture_output=True)
        python = root / "venv" / "bin" / "python"
        site = next((root / "venv" / "lib").glob("python*/site-packages"))
        skip = shutil.ignore_patterns("__pycache__", "tests", "*.pyi", "f2py")
        home = Path(numpy.__file__).resolve().parent
        shutil.copytree(home, site / "numpy", ignore=skip)
        if (home.parent / "numpy.libs").exists():
            shutil.copytree(home.parent / "numpy.libs", site / "numpy.libs")
        # As a developer has it: a checkout that the environment refers to.
        checkout = root / "checkout"
        shutil.copytree(Path(asi_evolve.__file__).resolve().parent, checkout / "core" / "asi_evolve", ignore=skip)
        (checkout / "pyproject.toml").write_text("[project]\n")
        (site / "checkout.pth").write_text(f"{checkout / 'core'}\n")
        suite = checkout / "tests" / "redteam"
        shutil.copytree(HERE, suite, ignore=skip)
        subprocess.run(["chown", "-R", f"{uid}:{uid}", str(root)], check=True)
        found = _as_user([str(python), "-c", "import numpy, asi_evolve.records; print('fine')"], uid, 60)
        if found.strip() != "fine":
            raise RuntimeError(f"{base} cannot load the packages of this environment as an ordinary user")
        yield str(python), suite
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        raise RuntimeError(f"the environment for an ordinary user could not be made: {error}") from None
    finally:
        shutil.rmtree(root, ignore_errors=True)
