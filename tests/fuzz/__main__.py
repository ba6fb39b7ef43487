"""Search for inputs that break a reader's promise, guided by coverage (needs `atheris`).

    PYTHONPATH=.:tests python -m fuzz TARGET [--seconds N] [--found FOLDER]

An input that breaks a promise is written into the folder, one for each place in the code, and the
search goes on; one that takes too long or too much memory ends it. Put what was found into
`tests/fuzz/corpus/TARGET` with the mend. `FOLDER/TARGET.json` counts.
"""

import argparse
import hashlib
import json
import logging
import sys
import time
import traceback
from pathlib import Path

import atheris

CORPUS = Path(__file__).parent / "corpus"
SECONDS_AN_INPUT = 5
MIB = 2048
LONGEST_INPUT = 4096
INSTRUMENTED = ["evaluator", "yaml", "jinja2"]


def main() -> None:
    """Search until the time is over."""
    with atheris.instrument_imports(include=INSTRUMENTED):
        from fuzz.targets import TARGETS
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--found", type=Path, default=Path("fuzzing"))
    given = parser.parse_args()
    from fuzz.nasty import seeds

    logging.getLogger("evaluator").setLevel(logging.CRITICAL)
    learnt = given.found / "learnt" / given.target
    learnt.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(given.target)):
        (learnt / f"seed-{number}").write_bytes(seed[:LONGEST_INPUT])
    limits = [
        f"-max_total_time={given.seconds}",
        f"-timeout={SECONDS_AN_INPUT}",
        f"-rss_limit_mb={MIB}",
        f"-max_len={LONGEST_INPUT}",
        f"-artifact_prefix={given.found}/{given.target}-",
    ]
    folders = [str(one) for one in (learnt, CORPUS / given.target) if one.is_dir()]
    search = Search(given.target, given.found)
    search.one_input(b"x")  # imports what is imported late, which takes long
    atheris.Setup([sys.argv[0], *limits, *folders], search.one_input)
    atheris.Fuzz()


class Search:
    """Gives inputs to a target and keeps those that break its promise.

    Args:
        name: The target's name.
        found: Where they are kept, with the count.
    """

    def __init__(self, name: str, found: Path) -> None:
        from fuzz.targets import TARGETS

        self._name = name
        self._target = TARGETS[name]
        self._found = found
        self._executions = 0
        self._places: dict[str, str] = {}
        self._counted_at = 0.0

    def one_input(self, data: bytes) -> None:
        """Give it one input."""
        from fuzz.promise import ends

        try:
            ends(self._target, data)
        except Exception as error:
            self._keep(data, error)
        self._executions += 1
        if time.monotonic() - self._counted_at > 1:
            self._counted_at = time.monotonic()
            self._count()

    def _keep(self, data: bytes, error: Exception) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        if place not in self._places:
            name = f"{self._name}-{hashlib.sha256(data).hexdigest()[:12]}"
            (self._found / name).write_bytes(data)
            self._places[place] = name
            (self._found / f"{name}.txt").write_text("".join(traceback.format_exception(error)))

    def _count(self) -> None:
        counted = {
            "target": self._name,
            "executions": self._executions,
            "cpu_seconds": round(time.process_time(), 1),
            "broken": self._places,
        }
        (self._found / f"{self._name}.json").write_text(json.dumps(counted, indent=1))


if __name__ == "__main__":
    main()
