"""The decorator of hot loops: compiled once per version of the package's sources.

numba's own cache looks only at the file of a function: when a callee in another file changes, it
returns stale code. So the cache folder is named after a hash of all sources that compiled code can
depend on (modules with compiled functions and all that they import), and after the versions of
numba and NumPy. `OMNISIM_CACHE` moves the folder; an explicit
`NUMBA_CACHE_DIR` is left alone.
"""

from __future__ import annotations

import ast
import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast, overload

import numba
import numpy as np
from numba.core import config
from numba.core.compiler_lock import global_compiler_lock
from numba.core.types.misc import unliteral
from platformdirs import user_cache_path

N_KEPT = 3  # the current sources, the previous ones, and another checkout
SECONDS_IN_USE = 900  # a folder touched this recently may belong to a running process

# a function is never handed to compiled code as a value: that needs a way in of its own
_DEFAULTS = {"nogil": True, "cache": True, "no_cfunc_wrapper": True}

_Function = TypeVar("_Function", bound=Callable[..., Any])


@overload
def njit(function: _Function) -> _Function: ...


@overload
def njit(
    *, signature: str | None = None, branchy: bool = False, **options: Any
) -> Callable[[_Function], _Function]: ...


def njit(
    function: Any = None, *, signature: str | None = None, branchy: bool = False, **options: Any
) -> Any:
    """Compile a function with ``nogil=True, cache=True``; further options go to numba.

    With a `signature` in numba's words it is compiled when it is defined, once: arguments of other
    types are converted. Without, each mix of types (constants have their own) compiles its own version.

    With `branchy`, it and what it calls are compiled without vectorizers and with few optimisations. In
    code that decides more than it computes they make both compiling and running slower
    (measured: benchmarks/README.md).

    Examples
    --------
    >>> @njit(cache=False)  # only code in a file can be cached
    ... def double(x):
    ...     return 2 * x
    >>> int(double(21))
    42
    """

    def decorate(given: Any) -> Any:
        dispatcher = _cached(given, signature, {**_DEFAULTS, **options})
        return _compiled_plainly(dispatcher) if branchy else dispatcher

    return decorate if function is None else decorate(function)


def inner(function: _Function) -> _Function:
    """Compile a function of the engine that only compiled code calls.

    It is compiled, and kept, within what calls it. The ways in from Python would take a tenth of the
    time of compiling; reference counts (``_nrt``) ten times that of running, see
    :mod:`omnisim.engine.kernel`. A constant counts as any number of its type: else each would compile its
    own version.
    """
    dispatcher: Any = njit(cache=False, _nrt=False, no_cpython_wrapper=True)(function)
    if not config.DISABLE_JIT:
        compile_now = dispatcher.compile
        dispatcher.compile = lambda types: compile_now(tuple(unliteral(kind) for kind in types))
    return cast(_Function, dispatcher)


def _cached(function: Any, signature: str | None, settings: dict[str, Any]) -> Any:
    folder = cache_folder()
    if folder is None:
        return numba.njit(signature, **settings)(function)
    # numba picks the folder when it decorates: other packages' functions keep their own.
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        return numba.njit(signature, **settings)(function)
    finally:
        config.CACHE_DIR = before


def _compiled_plainly(dispatcher: Any) -> Any:
    """Compile this function, and what it is the first to call, with few optimisations."""
    if config.DISABLE_JIT:
        return dispatcher
    compile_now = dispatcher.compile

    def compile_plainly(signature: Any) -> Any:
        names = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE")
        with global_compiler_lock:  # the settings are those of all of numba
            before = [getattr(config, name) for name in names]
            try:
                config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE = 1, 0, 0
                return compile_now(signature)
            finally:
                for name, value in zip(names, before, strict=True):
                    setattr(config, name, value)

    dispatcher.compile = compile_plainly
    return dispatcher


@cache
def cache_folder() -> Path | None:
    """Where compiled code of these sources is kept; None when the user's setting decides.

    Returns
    -------
    Path or None
        A writable folder. In the user's cache folder, or a temporary one when that is read-only.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    asked = os.environ.get("OMNISIM_CACHE")
    base = Path(asked) if asked else user_cache_path("omnisim", appauthor=False)
    try:
        folder = _writable(base.absolute() / "numba" / source_hash())
    except OSError:
        # Compiled code is run as it is found, so never share a folder others could write to.
        folder = Path(tempfile.mkdtemp(prefix="omnisim-numba-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder
    _remove_old(folder)
    return folder


@cache
def source_hash() -> str:
    """Hash of every source compiled code can depend on, with the versions of the compiler."""
    root = Path(__file__).parent
    sources = {path: path.read_bytes() for path in sorted(root.rglob("*.py"))}
    digest = blake2b(digest_size=10)
    digest.update(f"{numba.__version__} {np.__version__}".encode())
    for source in sorted(_with_imports(root, sources)):
        content = sources[source]
        digest.update(f"\n{source.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _with_imports(root: Path, sources: dict[Path, bytes]) -> set[Path]:
    """Files that mention the decorator, and every file of the package they import, and so on."""
    found: set[Path] = set()
    todo = [path for path, content in sources.items() if b"njit" in content]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += [other for other in _imported(root, sources[path]) if other in sources]
    return found


def _imported(root: Path, content: bytes) -> Iterator[Path]:
    """Files a source may import from the package; some of them need not exist."""
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            package, *parts = name.split(".")
            if package == root.name:
                yield root.joinpath(*parts).with_suffix(".py")
                yield root.joinpath(*parts, "__init__.py")


def _writable(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    handle, probe = tempfile.mkstemp(dir=folder)
    os.close(handle)
    Path(probe).unlink()
    os.utime(folder)  # its time says when it was last used
    return folder


def _remove_old(current: Path) -> None:
    """Keep the newest few folders, and whatever a running process may still use."""

    def last_used(folder: Path) -> float:
        try:
            return folder.stat().st_mtime
        except OSError:  # another process has just removed it
            return 0.0

    others = [f for f in current.parent.iterdir() if f != current and f.is_dir()]
    newest_first = sorted(others, key=last_used, reverse=True)
    for folder in newest_first[N_KEPT - 1 :]:
        if time.time() - last_used(folder) > SECONDS_IN_USE:
            shutil.rmtree(folder, ignore_errors=True)
