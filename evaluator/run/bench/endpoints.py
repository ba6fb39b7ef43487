"""Which judges are measured, and what they are called."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluator.backends.naming import JudgeSpec, parse_judge
from evaluator.errors import ConfigError
from evaluator.run.opening import judge_specs
from evaluator.run.settings import BenchSettings

NAMED = re.compile(r"(?P<name>[^=:/@#]{1,40})=(?P<what>.+)")
SERVED = ("ollama", "openai")
ADDRESS = re.compile(r"https?://")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A judge to measure.

    Attributes:
        name: What it is called in the result.
        spec: Which judge it is, at one server where it has any.
    """

    name: str
    spec: JudgeSpec


def endpoints_of(settings: BenchSettings) -> list[Endpoint]:
    """Return the judges that `--endpoint` names, or else those of the settings, one a server.

    Raises:
        ConfigError: A name is missing or there twice, or a judge cannot be measured.
    """
    found = [_parsed(one, settings) for one in settings.endpoint] or _of_judges(settings)
    names = [one.name for one in found]
    for one in found:
        if names.count(one.name) > 1:
            raise ConfigError(
                f"the endpoint '{one.name}' is there twice; name each --endpoint once."
            )
        if one.spec.backend == "embedding":
            raise ConfigError(
                "the embedding judge gives no answers to measure; name the others with --endpoint."
            )
    return found


def _parsed(text: str, settings: BenchSettings) -> Endpoint:
    named = NAMED.fullmatch(text)
    if named is None:
        raise ConfigError(
            f"'{text}' names no endpoint; write --endpoint NAME=URL for the judge of --judge at "
            "another address, or NAME=SPEC for another judge."
        )
    name, what = named["name"], named["what"]
    if not ADDRESS.match(what):
        return Endpoint(name, _alone(parse_judge(what, None, (), ca_file=settings.ca_file)))
    if len(settings.judge) > 1:
        raise ConfigError(
            f"--endpoint {name} does not say which judge of the panel is there; write NAME=SPEC."
        )
    kind = settings.judge[0].partition("@")[0]
    if not kind.startswith(SERVED):
        raise ConfigError(
            f"--endpoint {name} is an address, and '{kind}' is asked in this process; say which "
            "model is there with --judge ollama:MODEL, or write NAME=SPEC."
        )
    judge = parse_judge(kind, settings.judge_model, (what,), ca_file=settings.ca_file)
    return Endpoint(name, _alone(judge))


def _alone(spec: JudgeSpec) -> JudgeSpec:
    return replace(spec, urls=spec.urls[:1])


def _of_judges(settings: BenchSettings) -> list[Endpoint]:
    return [one for spec in judge_specs(settings) for one in _by_server(spec)]


def _by_server(spec: JudgeSpec) -> Sequence[Endpoint]:
    model = f"{spec.backend}:{spec.model}" if spec.model else spec.backend
    at_servers = [Endpoint(f"{model}@{url}", replace(spec, urls=(url,))) for url in spec.urls]
    return at_servers or [Endpoint(model, spec)]
