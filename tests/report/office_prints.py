"""Office files as LibreOffice prints them, with the fonts that a test names and no others of the machine's user."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfReader


def printed_by_office(file: Path, home: Path, fonts: Sequence[Path]) -> PdfReader:
    """The pages of an office file; `home` is an empty folder, `fonts` are folders of static faces."""
    (home / ".fonts").mkdir()
    for number, folder in enumerate(fonts):
        (home / ".fonts" / str(number)).symlink_to(folder)
    out = Path(os.environ.get("OMNISIM_ARTEFACTS", home)) / "office"
    subprocess.run(
        [
            *("soffice", "--headless", f"-env:UserInstallation={(home / 'profile').as_uri()}"),
            *("--convert-to", "pdf", "--outdir", str(out), str(file)),
        ],
        check=True,
        capture_output=True,
        timeout=300,  # seconds; it takes five
        env={**os.environ, "HOME": str(home)},
    )
    return PdfReader(out / f"{file.stem}.pdf")
