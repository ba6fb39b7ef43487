"""The memory of this machine and of its GPUs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

MIB = 1 << 20
PATIENCE_SECONDS = 10.0
MEMORY_INFO = Path("/proc/meminfo")
GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
GROUP_USE = Path("/sys/fs/cgroup/memory.current")
GROUP_PARTS = Path("/sys/fs/cgroup/memory.stat")
CACHED_FILES = re.compile(r"^(?:in)?active_file (\d+)$", re.MULTILINE)
"""Bytes of a group's use that the system gives back when a process wants them."""

AVAILABLE = re.compile(r"^MemAvailable:\s+(\d+) kB$", re.MULTILINE)
QUERY = ("--query-gpu=name,memory.total", "--format=csv,noheader,nounits")


def memory_here() -> int:
    """Return the bytes that a process could still take, those a container permits at most."""
    try:
        found = AVAILABLE.search(MEMORY_INFO.read_text("ascii"))
    except OSError:
        found = None
    free = (
        os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if found is None
        else int(found[1]) * 1024
    )
    try:
        left = int(GROUP_LIMIT.read_text("ascii")) - int(GROUP_USE.read_text("ascii"))
    except (OSError, ValueError):  # no such group, or one without a limit
        return free
    return max(min(free, left + _cached_files()), 0)


def _cached_files() -> int:
    try:
        return sum(map(int, CACHED_FILES.findall(GROUP_PARTS.read_text("ascii"))))
    except OSError:
        return 0


def gpus_here() -> dict[str, int]:
    """Return the memory in bytes of each GPU that NVIDIA's tool sees, by name and number."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return {}
    try:
        told = subprocess.run(  # noqa: S603 - the tool that is installed
            [tool, *QUERY], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        ).stdout
        rows = [line.rpartition(",") for line in told.splitlines() if line.strip()]
        return {
            f"GPU {number} ({name.strip()})": int(size) * MIB
            for number, (name, _, size) in enumerate(rows)
        }
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
