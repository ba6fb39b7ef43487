"""What searches came to: `PYTHONPATH=.:tests python -m fuzz.total FOLDER...`, and without a folder
the names of all targets.

A folder is one that searches were given as `--found`, or holds such folders.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from fuzz.targets import TARGETS


def main() -> None:
    """Print a line for each target, and their sums."""
    if not sys.argv[1:]:
        print("\n".join(TARGETS))
        return
    executions: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    broken: dict[str, set[str]] = defaultdict(set)
    for file in sorted(path for folder in sys.argv[1:] for path in Path(folder).rglob("*.json")):
        counted = json.loads(file.read_text("utf-8"))
        executions[counted["target"]] += counted["executions"]
        seconds[counted["target"]] += counted["cpu_seconds"]
        broken[counted["target"]].update(counted["broken"])
    for target in sorted(executions):
        places = ", ".join(sorted(broken[target]))
        print(f"{target:18} {executions[target]:10,} {seconds[target]:9,.1f} s  {places}")
    total, spent = sum(executions.values()), sum(seconds.values())
    print(f"{len(executions):3} targets {total:17,} {spent:9,.1f} s")


if __name__ == "__main__":
    main()
