"""Which accelerators this machine shows; asked of the system alone, so that no array library is loaded."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NVIDIA = re.compile(r"nvidia\d+")


@dataclass(frozen=True, slots=True)
class Accelerators:
    """What was found."""

    count: int
    """Devices that candidates can be given; 0 if there are none."""
    text: str
    """Their names, or why there are none."""


def accelerators(devices: Path = Path("/dev")) -> Accelerators:
    """Look for devices that are called ``cuda:N``: NVIDIA's, or AMD's through ROCm.

    Both the device files and ``nvidia-smi`` are asked, as either can be absent where the other works (a container
    without the tool, a virtual machine without the files).
    """
    files = sorted(path.name for path in devices.glob("nvidia*") if _NVIDIA.fullmatch(path.name))
    names, fault = _listed()
    if (devices / "kfd").exists():
        amd = sorted(path.name for path in (devices / "dri").glob("renderD*"))
        if amd and not names and not files:
            return Accelerators(len(amd), f"AMD: {', '.join(amd)}")
    if names or files:
        return Accelerators(max(len(names), len(files)), "; ".join(names or files))
    return Accelerators(0, f"none found ({fault}, and there is no {devices}/nvidia0)")


def _listed() -> tuple[list[str], str]:
    """The devices that ``nvidia-smi`` names, or none and why."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return [], "nvidia-smi is not installed"
    try:
        done = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], f"nvidia-smi fails: {error}"
    lines = [line.split(" (UUID")[0].strip() for line in done.stdout.splitlines() if line.startswith("GPU ")]
    return lines, "nvidia-smi lists none"
