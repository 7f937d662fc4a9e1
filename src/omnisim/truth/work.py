"""A block's work as something that can be sent to another process, and done there from scratch."""

from __future__ import annotations

from dataclasses import dataclass

from omnisim.engine import Block
from omnisim.errors import SchedulerError
from omnisim.executor.installation import Installation, this_installation
from omnisim.storage.remote import RemotePath
from omnisim.truth.blocks import BlockResult, Sink, finish_block
from omnisim.truth.journal import Journal
from omnisim.truth.kept import kept
from omnisim.truth.prepare import Prepared, Request

_STAGE = "customers"


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with each block; small, as it travels with every block.

    Attributes
    ----------
    request : Request
        What is simulated.
    sink : Sink
        Where rows go.
    journal : Journal or None
        Where finished blocks are written down; None to write nothing down.
    installation : Installation
        The omnisim that gave the order; another one refuses it.
    """

    request: Request
    sink: Sink
    journal: Journal | None
    installation: Installation

    def here(self, prepared: Prepared, block: Block) -> BlockResult:
        """Do it in this process, which has the world."""
        result = finish_block(prepared, self.sink, block)
        if self.journal is not None:
            self.journal.add(result)
        return result

    def __call__(self, block: Block) -> BlockResult:
        """Do it in any process; the world is built once in each."""
        this_installation().refuse_other(self.installation, "the order for this block")
        return self.here(kept(self.request, _STAGE, self._settled, is_last=True), block)

    def _settled(self, prepared: Prepared) -> Prepared:
        if not self.request.scenario.interference.is_on:
            return prepared
        coupled = None if self.journal is None else self.journal.get_plans(prepared)
        if coupled is None:
            raise SchedulerError(
                f"{self.sink.folder}: the plans that customers came to together cannot be read here"
            )
        return coupled


@dataclass(frozen=True, slots=True)
class Greeting:
    """A question to each worker before the first block: which omnisim, and is the output seen?"""

    work: Work

    def __call__(self) -> tuple[Installation, bool]:
        """Answer of the worker this runs in."""
        is_seen = self.work.journal is not None and self.work.journal.is_begun
        return this_installation(), is_seen


def refuse_unfit(answers: dict[str, tuple[Installation, bool]], work: Work) -> None:
    """Raise when a worker has another omnisim, or does not see the output.

    Raises
    ------
    SchedulerError
        Names the worker.
    """
    for worker, (installation, is_seen) in answers.items():
        work.installation.refuse_other(installation, f"worker {worker}")
        if not is_seen:
            kind = (
                "that all processes reach, not one of this process"
                if isinstance(work.sink.folder, RemotePath)
                else "on a disk that all workers share, or a URL such as s3://bucket/folder"
            )
            raise SchedulerError(
                f"worker {worker}: does not see {work.sink.folder}; give an output {kind}"
            )
