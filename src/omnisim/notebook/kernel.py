"""A ``python3`` kernel that is always the interpreter omnisim runs in.

Jupyter looks kernels up by name in the user's folders first, so a ``python3`` installed there for
another environment would run the notebooks without omnisim.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

KERNEL_NAME = "python3"


class OwnKernelSpecs(KernelSpecManager):  # type: ignore[misc]
    """Knows ``python3`` as the current interpreter and everything else as installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The specification of a kernel."""
        if kernel_name == KERNEL_NAME:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())
        return super().get_kernel_spec(kernel_name)


def kernel_manager(sockets: str | None = None) -> AsyncKernelManager:
    """A manager, not yet started, for a kernel of the current interpreter.

    Parameters
    ----------
    sockets : str, optional
        Folder for the kernel's sockets. Without one the kernel talks over TCP, whose free ports are
        found by opening and closing them: of kernels that start together, two may find the same.
    """
    traits: dict[str, Any] = {}
    if sockets is not None:
        traits = {"transport": "ipc", "ip": str(Path(sockets) / "kernel")}
    return AsyncKernelManager(
        kernel_name=KERNEL_NAME, kernel_spec_manager=OwnKernelSpecs(), **traits
    )
