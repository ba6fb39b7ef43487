"""Whole runs before the servers of one name, some of which die while they are asked."""

import random
from collections import Counter
from pathlib import Path
from subprocess import Popen

from named_servers import NamedServers, named_servers, start_knowing_names
from running import ended, environment, findings
from small_run import wait_for_answers

LABELS = ("ships", "trains", "planes", "buses", "bicycles", "trams", "canoes", "carts", "skis")
QUESTIONS = len(LABELS) * (len(LABELS) - 1)
FIRST, SECOND, THIRD = "127.0.0.2", "127.0.0.3", "127.0.0.4"


def predictions(folder: Path) -> Path:
    draw = random.Random(7)
    rows = [f"{n},{draw.choice(LABELS)},{draw.choice(LABELS)}" for n in range(60)]
    path = folder / "predictions.csv"
    path.write_text("\n".join(["id,predicted,gold", *rows]), "utf-8")
    return path


def started(servers: NamedServers, folder: Path, name: str) -> "Popen[str]":
    judge = ["--judge", "ollama:llama3.2", "--judge-url", servers.url]
    labels = folder / "labels.txt"
    labels.write_text("\n".join(LABELS), "utf-8")
    words = ["judge", "--predictions", predictions(folder), "--labels", labels, *judge]
    return start_knowing_names(servers, environment(), *words, "--save-to", folder / name)


def test_a_name_is_a_replica_at_each_address_and_pods_may_die_and_be_replaced(
    tmp_path: Path,
) -> None:
    with named_servers(tmp_path, seconds=0.4) as servers:
        for address in (FIRST, SECOND, THIRD):
            servers.start(address)
        servers.stands_for(FIRST, SECOND)
        process = started(servers, tmp_path, "disturbed")
        wait_for_answers(tmp_path / "disturbed", 8, process)
        before = Counter(servers.kill(SECOND))
        assert before  # both are asked
        servers.stands_for(FIRST, THIRD)
        done = ended(process)
        assert done.code == 0, done.err
        after = Counter(servers.asked(FIRST)) + Counter(servers.asked(THIRD))
        assert servers.asked(THIRD), done.err
        assert f"the judge at {servers.url} ({SECOND}) is put aside" in done.err
        assert f"the judge at {servers.url} ({THIRD}) is asked, too" in done.err.lower()
        # Nothing is asked twice but what was in flight there: at two slots three, seldom more.
        everything = before + after
        assert len(everything) == QUESTIONS
        assert everything.total() - QUESTIONS <= 5
        undisturbed = ended(started(servers, tmp_path, "undisturbed"))
        assert undisturbed.code == 0, undisturbed.err
    assert findings(tmp_path / "disturbed") == findings(tmp_path / "undisturbed")
    assert findings(tmp_path / "disturbed")["cases"]["unscored"] == 0


def test_a_name_that_nobody_knows_is_one_sentence(tmp_path: Path) -> None:
    with named_servers(tmp_path, seconds=0.0) as servers:
        done = ended(started(servers, tmp_path, "run"))
    assert done.code == 3
    (line,) = done.err.splitlines()
    assert line.startswith(f"Error: no Ollama server answers at {servers.url} (")
