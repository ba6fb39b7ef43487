"""Where Ollama in a container reaches no GPU, and what to do instead."""

import platform

NATIVE = (
    "run Ollama outside of Docker instead (`ollama serve`, `ollama pull llama3.2`), and judge with "
    "--judge-url http://host.docker.internal:11434 from a container, or without any container; "
    "docs/docker.md lists the variables that tune it."
)


def advice(system: str | None = None, release: str | None = None) -> str | None:
    """Return what to know about containers on this kind of machine, or None.

    Args:
        system: Name of the operating system, by default this one's.
        release: Its kernel's release, by default this one's.
    """
    system = system or platform.system()
    release = release or platform.release()
    if system == "Darwin":
        return f"containers on a Mac do not reach its GPU, and judge several times slower: {NATIVE}"
    if system == "Windows" or "microsoft" in release.lower():
        return (
            "containers under WSL2 reach an NVIDIA GPU if Docker was set up for it, and no other: "
            f"where yours is not used, {NATIVE}"
        )
    return None
