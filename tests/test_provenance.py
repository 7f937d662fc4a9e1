"""What counts as the code that made a result."""

from __future__ import annotations

from omnisim.provenance import source_digest, versions


def test_source_digest_sees_rules_and_not_the_command_line(tmp_path):
    for name in ("risk", "cli"):
        (tmp_path / name).mkdir()
    rule = tmp_path / "risk" / "rule.py"
    rule.write_text("x = 1")
    before = source_digest(tmp_path)
    (tmp_path / "cli" / "app.py").write_text("y = 1")
    assert source_digest(tmp_path) == before
    rule.write_text("x = 2")
    assert source_digest(tmp_path) != before
    narrow = source_digest(tmp_path, without=("cli", "risk"))
    rule.write_text("x = 3")
    assert source_digest(tmp_path, without=("cli", "risk")) == narrow


def test_versions_name_what_computes():
    assert {"python", "omnisim", "numpy", "pandas"} <= set(versions())
