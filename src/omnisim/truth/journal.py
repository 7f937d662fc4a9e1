"""What is finished of a dataset under way: one small file per block, written after the block's rows.

Blocks of customers leave rows and sums; blocks of persons who lived worlds beyond those, for further
truth, leave sums only. With interference on, what each world settled on is kept as well. A file is believed only when it is whole, and a block only when each of its parts still has the bytes
that were written. So a kill at any moment costs the blocks that were under way, and nothing else.
"""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from omnisim.engine import Block
from omnisim.errors import DatasetError, ResumeError
from omnisim.executor.installation import this_installation
from omnisim.rng import RNG_SCHEME
from omnisim.schema import SCHEMA_VERSION
from omnisim.storage.folder import JOURNAL_NAME
from omnisim.storage.manifest import canonical_json
from omnisim.storage.parts import refuse_changed_part
from omnisim.storage.remote import Place, files_below, put_whole
from omnisim.storage.trouble import named_trouble
from omnisim.truth.answers import Answer
from omnisim.truth.blocks import BlockResult
from omnisim.truth.prepare import Coupled, Prepared, Request, Shelves

_DIGEST_BYTES = 32
_SIZE_BYTES = 8
_REQUEST, _PLANS, _BLOCK = "request.json", "plans.bin", "block-"
_LIVED, _SETTLED = "lived-", "settled-"
_MARK_BYTES = 16
# What a journal's pickles may hold; whatever else stands in one is refused, so that a folder from
# elsewhere cannot run code.
_KNOWN = {
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy", "record"),
}
_MODULES = (
    "omnisim.storage.manifest",
    "omnisim.storage.part_writer",
    "omnisim.truth.answers",
    "omnisim.truth.blocks",
    "omnisim.truth.sums",
    "omnisim.truth.tally",
)


class Journal:
    """The journal of a folder that is being filled.

    Parameters
    ----------
    folder : Path or RemotePath
        Where the parts are.
    """

    def __init__(self, folder: Place) -> None:
        self._folder = folder
        self._home = folder / JOURNAL_NAME

    def __reduce__(self) -> tuple[type[Journal], tuple[Place]]:
        return Journal, (self._folder,)

    def begin(self, request: Request) -> None:
        """Write down what is made here."""
        with named_trouble(self._home, "begin the journal"):
            self._home.mkdir(exist_ok=True)
            put_whole(self._home / _REQUEST, canonical_json(_told(request), indent=1).encode())

    @property
    def is_begun(self) -> bool:
        """Whether it can be seen from here."""
        return (self._home / _REQUEST).is_file()

    def refuse_other(self, request: Request) -> None:
        """Raise when something else was being made here.

        Raises
        ------
        ResumeError
            Says what differs, or that nothing is known of what lies here.
        """
        try:
            there = json.loads((self._home / _REQUEST).read_bytes())
        except (OSError, ValueError):
            raise ResumeError(
                f"{self._folder}: cannot be resumed, its journal is missing or damaged; "
                "begin anew without --resume"
            ) from None
        for field, asked in _flat(_told(request)).items():
            found = _flat(there).get(field)
            if found != asked:
                raise ResumeError(
                    f"{self._folder}: cannot be resumed: {field} was {found!r}, now it is {asked!r}; "
                    "give the same again, or begin anew without --resume"
                )

    def n_blocks(self) -> int:
        """Blocks of customers that are said to be finished.

        Raises
        ------
        StorageError
            The place cannot be looked at.
        """
        return sum(name.startswith(_BLOCK) for name in self._names())

    def n_lived(self) -> int:
        """Blocks of persons who are said to have lived other worlds."""
        return sum(name.startswith(_LIVED) for name in self._names())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is finished."""
        return not any(
            name.startswith((_BLOCK, _LIVED, _SETTLED, _PLANS)) for name in self._names()
        )

    def _names(self) -> list[str]:
        with named_trouble(self._home, "read the journal"):
            return list(files_below(self._home)) if self._home.is_dir() else []

    def add(self, result: BlockResult) -> None:
        """Write down that a block is finished; its parts must be on disk."""
        self._put(_block_name(result.number), result)

    def finished(self, blocks: Iterable[Block]) -> Iterator[BlockResult]:
        """Results of the blocks that are finished and undamaged, one after the other."""
        for block in blocks:
            result = self._get(_block_name(block.number))
            if isinstance(result, BlockResult) and self._has_all(result):
                yield result

    def add_answer(self, phase: str, block: Block, mark: str, answer: Answer) -> None:
        """Write down what a block of persons answered; `mark` says in which simulation."""
        self._put(_lived_name(phase, block), (mark, block.first, block.last, answer))

    def answers(
        self, phase: str, blocks: Iterable[Block], mark: str
    ) -> Iterator[tuple[Block, Answer]]:
        """What blocks of persons answered, one after the other; damaged ones have not answered.

        Raises
        ------
        ResumeError
            One is from another simulation.
        """
        for block in blocks:
            name = _lived_name(phase, block)
            match self._get(name):
                case (str(found), first, last, Answer() as answer):
                    self._refuse_mark(name, found, mark)
                    if (first, last) == (block.first, block.last):
                        yield block, answer

    def put_shelves(self, world: str, mark: str, shelves: Shelves) -> None:
        """Keep what a world settled on."""
        self._put(_settled_name(world), (mark, world, shelves))

    def get_shelves(self, world: str, mark: str) -> Shelves | None:
        """What a world settled on; None when it is not there, or damaged.

        Raises
        ------
        ResumeError
            It is from another simulation.
        """
        name = _settled_name(world)
        match self._get(name):
            case (str(found), named, (availability, days, stores)) if named == world:
                self._refuse_mark(name, found, mark)
                return availability, days, stores
        return None

    def _refuse_mark(self, name: str, found: str, mark: str) -> None:
        if found != mark:
            raise ResumeError(
                f"{self._home / name}: is from another simulation (its scenario, kinds of truth, "
                "semantics or version of omnisim differ); begin anew without --resume"
            )

    def put_plans(self, prepared: Prepared) -> None:
        """Keep the plans of worlds that were settled, for other processes and for resuming."""
        self._put(_PLANS, prepared.coupled())

    def get_plans(self, prepared: Prepared) -> Prepared | None:
        """The same worlds with the plans that were kept; None when there are none, or damaged."""
        found: Coupled | None = self._get(_PLANS)
        return None if found is None else prepared.with_coupled(found)

    def _has_all(self, result: BlockResult) -> bool:
        try:
            for written in result.parts:
                refuse_changed_part(self._folder / written.part.path, written.part)
        except DatasetError:
            return False
        return True

    def _put(self, name: str, content: object) -> None:
        plain = pickle.dumps(content, protocol=5)
        packed = bytes(pa.compress(plain, codec="zstd", asbytes=True))
        told = len(plain).to_bytes(_SIZE_BYTES, "big") + packed
        with named_trouble(self._home / name, "write the journal"):
            put_whole(self._home / name, blake2b(told, digest_size=_DIGEST_BYTES).digest() + told)

    def _get(self, name: str) -> Any:
        """What was put; None when it is not there or not whole."""
        try:
            content = (self._home / name).read_bytes()
        except OSError:
            return None
        digest, told = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if digest != blake2b(told, digest_size=_DIGEST_BYTES).digest():
            return None
        size = int.from_bytes(told[:_SIZE_BYTES], "big")
        plain = pa.decompress(told[_SIZE_BYTES:], size, codec="zstd", asbytes=True)
        return _Reader(io.BytesIO(plain)).load()


class _Reader(pickle.Unpickler):
    """Reads arrays and the classes that results are made of, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _KNOWN:
            return super().find_class(module, name)
        if module in _MODULES:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise ResumeError(f"a journal cannot hold {module}.{name}; begin anew without --resume")


def _block_name(number: int) -> str:
    return f"{_BLOCK}{number:05d}.bin"


def _lived_name(phase: str, block: Block) -> str:
    return f"{_LIVED}{phase.replace(' ', '-')}-{block.number:05d}.bin"


def _settled_name(world: str) -> str:
    return f"{_SETTLED}{blake2b(world.encode(), digest_size=_MARK_BYTES).hexdigest()}.bin"


def mark_of(request: Request) -> str:
    """Names a simulation: another scenario, question or version of omnisim has another mark."""
    told = canonical_json(_told(request)).encode()
    return blake2b(told, digest_size=_MARK_BYTES).hexdigest()


def _told(request: Request) -> dict[str, Any]:
    """Everything that must be the same for finished blocks to fit new ones."""
    here = this_installation()
    return {
        "omnisim": here.version,
        "sources of omnisim": here.sources,
        "schema version": SCHEMA_VERSION,
        "rng scheme": RNG_SCHEME,
        **request.options(),
        "scenario": request.scenario.canonical(),
    }


def _flat(content: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested fields by dotted name.

    Examples
    --------
    >>> _flat({"a": {"b": 1}, "c": [2]})
    {'a.b': 1, 'c': [2]}
    """
    found: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
