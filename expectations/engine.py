"""Great Expectations as it is used here: in memory, without progress bars, silent but for warnings."""

from __future__ import annotations

import logging
from typing import Any


def quiet_context() -> Any:
    """An ephemeral data context. Its import takes seconds, so it stands here and not at a module's head."""
    import great_expectations as gx
    from great_expectations.data_context.types import base
    from great_expectations.data_context.types.base import ProgressBarsConfig

    for logger in (logging.getLogger("great_expectations"), base.logger):  # the second has a level of its own
        logger.setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context
