"""How property tests search: the same examples at every run, and no more than a laptop likes."""

from hypothesis import HealthCheck, settings

searching = settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# A test that says nothing of its own searches like this, too: a time limit fails on a busy machine.
settings.register_profile("ours", searching)
settings.load_profile("ours")
