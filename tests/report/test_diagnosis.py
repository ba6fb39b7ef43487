"""What findings come to."""

from evaluator.report.diagnosis import Finding, State, diagnosis_of


def finding(state: State, exit_code: int = 0) -> Finding:
    return Finding(step="a", state=state, found="b", exit_code=exit_code)


def test_one_failure_makes_it_failed_with_the_code_of_the_first() -> None:
    found = diagnosis_of([finding("warning"), finding("failed", 5), finding("failed", 3)])
    assert (found.state, found.exit_code) == ("failed", 5)


def test_warnings_end_with_0() -> None:
    found = diagnosis_of([finding("ok"), finding("warning"), finding("skipped")])
    assert (found.state, found.exit_code) == ("warning", 0)


def test_skipped_steps_are_no_fault() -> None:
    assert diagnosis_of([finding("ok"), finding("skipped")]).state == "ok"
