"""Who runs independent pieces of work: threads by default, processes or a cluster when asked."""

from __future__ import annotations

from omnisim.executor.choose import open_executor
from omnisim.executor.protocol import IN_FLIGHT_PER_WORKER, Executor
from omnisim.executor.threads import ThreadExecutor, n_processors

__all__ = ["IN_FLIGHT_PER_WORKER", "Executor", "ThreadExecutor", "n_processors", "open_executor"]
