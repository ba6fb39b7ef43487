"""The page of a run."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from evaluator.report import wording
from evaluator.report.cautions import remarks
from evaluator.report.gates import gate_line
from evaluator.report.html.browsing import Browsable
from evaluator.report.html.case_digest import CaseDigest, digest_cases
from evaluator.report.html.case_table import case_table
from evaluator.report.html.confusion_map import (
    WIDEST_MAP,
    confusion_map,
    drawn_labels,
    verdict_map,
)
from evaluator.report.html.content import RunContent
from evaluator.report.html.label_bars import MOST_BARS, label_bars
from evaluator.report.html.provenance import asked_prompts, judge_facts, settings_text
from evaluator.report.html.trust import trust_rows
from evaluator.report.reasons import ExplainedPair
from evaluator.report.summary import Confusion
from evaluator.report.worst import most_missed

SHOWN_CONFUSIONS = 15
LISTED_CONFUSIONS = 300
LISTED_LABELS = 1_000
LONGEST_TEXT = 600


@dataclass(frozen=True, slots=True)
class QuotedConfusion:
    """A confusion with what is known of it.

    Attributes:
        confusion: The confusion.
        examples: Cases with an excerpt, as `id` and `excerpt`.
        reason: What the judge says for its verdict, if it was asked.
    """

    confusion: Confusion
    examples: tuple[tuple[str, str], ...]
    reason: ExplainedPair | None


def html_report(run: RunContent) -> str:
    """Return the page of a run: one file that needs nothing else.

    The cases are read once; of more than 10,000 the misses are preferred.
    """
    summary, matrix = run.summary, run.matrix
    names = matrix.labels.names
    worst = summary.confusions[:SHOWN_CONFUSIONS]
    digest = digest_cases(run.cases, {(one.gold, one.predicted) for one in worst})
    drawn = drawn_labels(summary, names)
    rows = most_missed(summary.per_label, MOST_BARS)
    return render_page(
        "run.html.jinja",
        tables=(case_table(digest.shown, names, calibrated=matrix.calibration is not None),),
        title=run.name,
        run=run,
        summary=summary,
        digest=digest,
        drawn=drawn,
        widest=WIDEST_MAP,
        place={name: index for index, name in enumerate(names)},
        all_labels=len(names),
        confusions=confusion_map(summary, names, drawn),
        bars=label_bars(rows),
        bar_rows=rows,
        label_rows=summary.per_label[:LISTED_LABELS],
        worst=_quoted(worst, digest, run),
        listed=summary.confusions[:LISTED_CONFUSIONS],
        verdicts=verdict_map(matrix, drawn),
        gate=gate_line(summary.gate),
        remarks=remarks(summary),
        trust=trust_rows(summary, run.agreement),
        lock=judge_facts(summary.judge),
        member_facts=judge_facts,
        prompts=asked_prompts(run.origin.rubric, summary.judge, matrix),
        settings=settings_text(run.origin),
    )


def render_page(template: str, *, tables: tuple[Browsable, ...], **values: object) -> str:
    """Return a page with its style and its script inside.

    A browser runs no other script than ours, which the page names by its digest, and loads nothing.

    Args:
        template: Name of the template.
        tables: What `table.js` shows, in the order of the page's places for tables.
        values: What the template needs.
    """
    script = _resource("table.js")
    return (
        _environment()
        .get_template(template)
        .render(
            tables=[one.script() for one in tables],
            style=Markup(_resource("style.css")),  # noqa: S704 - ours
            script=Markup(script),  # noqa: S704 - ours
            script_digest=b64encode(sha256(script.encode()).digest()).decode(),
            say=wording,
            marked=marked,
            shown=shown,
            **values,
        )
    )


def shown(text: str) -> str:
    """Return a stranger's text on one line, without control characters and not endless."""
    return wording.printable(wording.clipped(text, LONGEST_TEXT))


def marked(sentence: str) -> Markup:
    """Return a sentence in which what stands between back quotes looks like code."""
    parts = (escape(part) for part in sentence.split("`"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def _quoted(
    worst: tuple[Confusion, ...], digest: CaseDigest, run: RunContent
) -> list[QuotedConfusion]:
    explained = () if run.reasons is None else run.reasons.reasons
    reasons = {(one.gold, one.predicted): one for one in explained}
    found = []
    for one in worst:
        pair = one.gold, one.predicted
        examples = tuple((case.id, case.excerpt or "") for case in digest.examples.get(pair, ()))
        found.append(QuotedConfusion(one, examples, reasons.get(pair)))
    return found


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("evaluator.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _resource(name: str) -> str:
    return files("evaluator.report.html").joinpath("templates", name).read_text("utf-8")
