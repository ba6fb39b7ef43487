from evaluator.cases import shard
from evaluator.cli import k8s_options


def test_a_job_has_no_more_shards_than_a_run() -> None:
    assert k8s_options.MOST_SHARDS == shard.MOST_SHARDS
