"""A place at a URL, used like a path: object stores and whatever else fsspec knows.

An object store has no folders and no rename. An object appears whole, when it is complete; so a file
written here needs no detour, and a dataset is finished by writing its manifest last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from omnisim.errors import StorageError

_FILE = "file://"


@dataclass(frozen=True, slots=True)
class RemoteSize:
    """What is known of an object; the name is that of :class:`os.stat_result`."""

    st_size: int


class RemotePath:
    """A place at a URL, with those methods of :class:`pathlib.Path` that a dataset needs.

    Two of one URL are equal; it travels to other processes as its URL.

    Parameters
    ----------
    url : str
        Such as ``s3://bucket/folder``.

    Raises
    ------
    StorageError
        fsspec, or what it needs for this kind of URL, is not installed.
    """

    def __init__(self, url: str) -> None:
        protocol, _, rest = url.partition("://")
        self.protocol, self._rest = protocol, rest.rstrip("/")
        self.system = _system(url, protocol)

    def __reduce__(self) -> tuple[type[RemotePath], tuple[str]]:
        return RemotePath, (str(self),)

    def __str__(self) -> str:
        return f"{self.protocol}://{self._rest}"

    def __repr__(self) -> str:
        return f"RemotePath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __truediv__(self, more: str | Path) -> RemotePath:
        return RemotePath(f"{self}/{PurePosixPath(more)}")

    @property
    def name(self) -> str:
        """Last step."""
        return self._rest.rpartition("/")[2]

    @property
    def parent(self) -> RemotePath:
        """All but the last step."""
        return RemotePath(f"{self.protocol}://{self._rest.rpartition('/')[0]}")

    def resolve(self) -> RemotePath:
        """Itself: a URL is absolute."""
        return self

    def absolute(self) -> RemotePath:
        """Itself: a URL is absolute."""
        return self

    def is_file(self) -> bool:
        """Whether an object is there."""
        return bool(self.system.isfile(str(self)))

    def is_dir(self) -> bool:
        """Whether objects lie below."""
        return bool(self.system.isdir(str(self)))

    def exists(self) -> bool:
        """Whether an object is there or below."""
        return bool(self.system.exists(str(self)))

    def stat(self) -> RemoteSize:
        """Size; an OSError when nothing is there."""
        return RemoteSize(int(self.system.info(str(self))["size"]))

    def open(self, mode: str = "rb") -> Any:
        """Open for reading or writing bytes."""
        return self.system.open(str(self), mode)

    def read_bytes(self) -> bytes:
        """All of it."""
        with self.open() as stream:
            return bytes(stream.read())

    def write_bytes(self, content: Any) -> None:
        """Put an object there; it appears when it is whole."""
        with self.open("wb") as stream:
            stream.write(content)

    def write_text(self, content: str) -> None:
        """Put a text there, as UTF-8."""
        self.write_bytes(content.encode())

    def mkdir(self, **_: bool) -> None:
        """Make a folder where the system has any; an object store needs none."""
        self.system.makedirs(str(self), exist_ok=True)

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove an object."""
        try:
            self.system.rm_file(str(self))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def children(self) -> Iterator[RemotePath]:
        """What lies directly below."""
        if not self.is_dir():
            return
        for found in self.system.ls(str(self), detail=False):
            yield self / found.rstrip("/").rpartition("/")[2]

    def spelled_by_system(self) -> str:
        """The URL as its file system spells it: DuckDB asks for files by this name."""
        return f"{self.protocol}://{self.system._strip_protocol(str(self))}"

    def files(self) -> list[str]:
        """Names of all objects below, relative to here, sorted."""
        root = self.system._strip_protocol(str(self)).rstrip("/") + "/"
        return sorted(found.removeprefix(root) for found in self.system.find(str(self)))

    def remove_all(self) -> None:
        """Remove everything below."""
        if self.exists():
            self.system.rm(str(self), recursive=True)


Place = Path | RemotePath


def place_of(name_or_path: str | Path | RemotePath) -> Place:
    """A path, or what a URL names; ``file://`` is a path.

    Examples
    --------
    >>> place_of("data/sample"), place_of("file:///data/sample")
    (PosixPath('data/sample'), PosixPath('/data/sample'))
    """
    if isinstance(name_or_path, Path | RemotePath):
        return name_or_path
    if name_or_path.startswith(_FILE):
        return Path(name_or_path.removeprefix(_FILE))
    return RemotePath(name_or_path) if is_url(name_or_path) else Path(name_or_path)


def is_url(text: object) -> bool:
    """Whether a text is a URL rather than a path."""
    return isinstance(text, str) and "://" in text


def files_below(folder: Place) -> list[str]:
    """Names of all files below a folder, relative to it, sorted."""
    if isinstance(folder, RemotePath):
        return folder.files()
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def parquet_source(file: Place) -> Any:
    """A file in the form in which Arrow reads it; only the wanted pieces of an object travel."""
    return file.open() if isinstance(file, RemotePath) else file


def put_whole(file: Place, content: bytes) -> None:
    """Write a file so that a kill leaves the old one or the new one, never a piece."""
    if isinstance(file, RemotePath):
        file.write_bytes(content)
        return
    aside = file.with_name(f".{file.name}.{uuid4().hex[:8]}")
    try:
        aside.write_bytes(content)
        aside.replace(file)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def _system(url: str, protocol: str) -> Any:
    """fsspec's file system of a URL; it keeps one per kind and process."""
    try:
        import fsspec
    except ImportError:
        raise StorageError(
            f"{url}: URLs need fsspec: pip install 'omnisim[cluster]', and what serves "
            f"{protocol}://, such as s3fs for s3://"
        ) from None
    try:
        return fsspec.core.url_to_fs(url)[0]
    except (ImportError, ValueError) as error:
        raise StorageError(f"{url}: {str(error).splitlines()[0]}") from None
