"""The figures to reach, each with the benchmark that measures it."""

from benchmarks.glance import Aim, CellAim, FigureAim

LABELS = 20
MOST_CALLS = LABELS * (LABELS - 1) + 2 * 20 * LABELS + 2 * LABELS
"""Both orders of all pairs, both orders with 20 reference topics, two sentinels a label."""

RELATED, PAIRS = 28, 190
BASE_RATE_BRIER = RELATED / PAIRS * (1 - RELATED / PAIRS)
NEWSGROUPS, GEVAL = "20 Newsgroups", "GEval"
EXTRAPOLATED = "GEval, extrapolated from 30"

AIMS: tuple[Aim, ...] = (
    CellAim(
        "calls, 20 labels, 10,000 cases",
        "cost",
        (10_000, "ours"),
        "calls",
        MOST_CALLS,
        peer=GEVAL,
        peer_key=(10_000, EXTRAPOLATED),
    ),
    CellAim(
        "wall time, 1,000 cases",
        "cost",
        (1_000, "ours"),
        "seconds",
        0.1,
        unit="s",
        peer=GEVAL,
        peer_key=(1_000, EXTRAPOLATED),
        bounds_ratio=True,
    ),
    CellAim(
        "generated tokens, 1,000 cases",
        "cost",
        (1_000, "ours"),
        "generated tokens",
        0.05,
        peer=GEVAL,
        peer_key=(1_000, EXTRAPOLATED),
        bounds_ratio=True,
    ),
    CellAim(
        "time of a question, in parts of a case of GEval's",
        "cost",
        ("one question, one case",),
        "seconds",
        0.125,
    ),
    FigureAim(
        "own overhead a case, judge that answers at once",
        "≤ 1 ms",
        "deepeval_overhead",
        "a case of 2,000",
    ),
    CellAim(
        "throughput of a server, in parts of a bare closed loop's",
        "saturation",
        (),
        "ratio",
        0.95,
        is_least=True,
    ),
    FigureAim("loading the embedded judge", "≤ 3 s", "embedded_judge", "loading"),
    FigureAim("a question to it after the first", "≤ 0.1 s", "embedded_judge", "a question"),
    CellAim(
        "its answers in another order, bit-equal",
        "determinism",
        ("embedded", "labels shuffled"),
        "questions bit-equal",
        1.0,
        is_least=True,
    ),
    FigureAim("classifying on two processors", "≤ 1/3 of the time", "classifier", "a case"),
    FigureAim("its other labels", "≤ 0.5 % of the cases", "classifier", "other labels"),
    FigureAim("its peak memory", "≤ 1.1 of it", "classifier", "peak memory"),
    FigureAim(
        "memory of the judge stage, 1,000 to 1,000,000 cases",
        "≤ 200 MiB more",
        "overhead",
        "peak memory at 1,000,000",
    ),
    CellAim(
        "AUC on 20 Newsgroups, words alone",
        "quality",
        (NEWSGROUPS, "ours"),
        "AUC",
        0.8,
        is_least=True,
        peer=GEVAL,
        peer_key=(NEWSGROUPS, GEVAL),
    ),
    CellAim(
        "AUC on 20 Newsgroups, panel",
        "quality",
        (NEWSGROUPS, "ours, panel"),
        "AUC",
        0.88,
        is_least=True,
        peer=GEVAL,
        peer_key=(NEWSGROUPS, GEVAL),
    ),
    CellAim(
        "mean AUC of subsets of 4 labels",
        "quality",
        ("ours",),
        "mean AUC of 100 subsets of 4 labels",
        0.78,
        is_least=True,
        peer=GEVAL,
        peer_key=(GEVAL,),
    ),
    CellAim(
        "mean probability of unrelated pairs",
        "quality",
        (NEWSGROUPS, "ours"),
        "mean, unrelated",
        0.25,
    ),
    CellAim(
        "Brier score on 20 Newsgroups",
        "quality",
        (NEWSGROUPS, "ours"),
        "Brier",
        BASE_RATE_BRIER,
        peer=GEVAL,
        peer_key=(NEWSGROUPS, GEVAL),
    ),
    CellAim(
        "AUC less GEval's, news (nobody tuned on it)",
        "quality",
        ("AUC on news less that of GEval ≥ 0.15",),
        "measured",
        0.15,
        is_least=True,
    ),
    CellAim(
        "AUC less GEval's, WordSim-353 (nobody tuned on it)",
        "quality",
        ("AUC on WordSim-353 less that of GEval ≥ 0.15",),
        "measured",
        0.15,
        is_least=True,
    ),
    FigureAim("`evaluator --help`", "≤ 0.3 s", "start_up", "`evaluator --help`"),
)
