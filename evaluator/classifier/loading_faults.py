"""What transformers and peft raise of settings that cannot be."""

import re


def loading_faults() -> tuple[type[Exception], ...]:
    """Return the classes of such errors; none is of this package."""
    from huggingface_hub.errors import StrictDataclassError

    return (
        *(ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, MemoryError),
        *(OSError, RuntimeError, TypeError, ValueError, re.error, StrictDataclassError),
    )
