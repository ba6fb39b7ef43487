"""The machine that this runs on, as far as it decides where a judge should run."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from evaluator.run.doctor.walking import Found, warning

HOST_FROM_CONTAINER = "host.docker.internal"
IGNORED_VARIABLE = "OLLAMA_NUM_CTX"
TUNING = (
    "OLLAMA_FLASH_ATTENTION, OLLAMA_CONTEXT_LENGTH, OLLAMA_KEEP_ALIVE, OLLAMA_NUM_PARALLEL, "
    "OLLAMA_MAX_LOADED_MODELS and OLLAMA_HOST tune it (docs/docker.md)"
)
CONTAINER_MARKS = (".dockerenv", "run/.containerenv")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where this process runs.

    Attributes:
        is_mac: On macOS itself.
        is_wsl: In the Windows Subsystem for Linux.
        in_container: In a container or pod.
        in_desktop_vm: In a container of Docker Desktop, whose virtual machine reaches no Metal.
        ignored_variable: Whether a variable is set that looks like Ollama's and is not.
    """

    is_mac: bool = False
    is_wsl: bool = False
    in_container: bool = False
    in_desktop_vm: bool = False
    ignored_variable: bool = False


def surroundings(
    system: str | None = None,
    release: str | None = None,
    root: Path = Path("/"),
    environment: Mapping[str, str] = os.environ,
) -> Surroundings:
    """Return where this process runs.

    Args:
        system: The operating system's name, such as `Linux`; None asks it.
        release: Its kernel's release; None asks it.
        root: The root of the file system.
        environment: The environment variables.
    """
    kernel = (platform.release() if release is None else release).lower()
    return Surroundings(
        is_mac=(platform.system() if system is None else system) == "Darwin",
        is_wsl="microsoft" in kernel,
        in_container="KUBERNETES_SERVICE_HOST" in environment
        or any((root / mark).exists() for mark in CONTAINER_MARKS),
        in_desktop_vm="linuxkit" in kernel,
        ignored_variable=IGNORED_VARIABLE in environment,
    )


def judge_place(here: Surroundings, url: str) -> Found:
    """Return whether Ollama at an address can be expected to reach the GPU of this machine."""
    if here.ignored_variable:
        return warning(
            f"{IGNORED_VARIABLE} is set, which Ollama does not read",
            "set OLLAMA_CONTEXT_LENGTH where Ollama runs; what this program asks has its own "
            "context length, whatever either says.",
        )
    native = _native(here, url)
    if native is None:
        return Found(f"{'a container' if here.in_container else 'this machine'}, nothing unusual")
    return native


def _native(here: Surroundings, url: str) -> Found | None:
    """Return the advice to run Ollama outside of containers, where it holds."""
    on_host = urlsplit(url).hostname == HOST_FROM_CONTAINER
    if here.in_container and on_host:
        return Found(
            "a container, whose host runs the judge",
            advice=f"run Ollama natively there, not in another container: {TUNING}.",
        )
    if here.in_desktop_vm:
        return warning(
            "a container of Docker Desktop, where no judge reaches the GPU of a Mac",
            f"on a Mac run Ollama natively and name http://{HOST_FROM_CONTAINER}:11434 with "
            f"--judge-url: {TUNING}.",
        )
    if here.is_mac:
        return Found(
            "macOS, where only a native Ollama reaches the GPU",
            advice=f"run Ollama natively, not in a container: {TUNING}.",
        )
    if here.is_wsl:
        return Found(
            "WSL2, whose GPU an Ollama on Windows reaches for sure",
            advice=f"run Ollama natively, on Windows or in WSL2 with the GPU's driver: {TUNING}.",
        )
    return None
