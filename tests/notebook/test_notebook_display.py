"""What a notebook displays holds what its texts and charts are in Chinese."""

import base64
import json

import nbformat
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.display import Markdown

from omnisim.figures import house
from omnisim.language import own_memory, remember, say
from omnisim.language.shown import PICTURE, TEXTS, shown_in
from omnisim.notebook import display, run_notebooks
from omnisim.results import Exhibit

KIND = shown_in("zh")


class Shell:
    """As much of IPython's shell as the extension asks for."""

    def __init__(self):
        self.display_formatter = DisplayFormatter()


@pytest.fixture
def shown():
    """Data of an object as a kernel with the extension sends it."""
    shell = Shell()
    display.load_ipython_extension(shell)
    with own_memory():
        yield lambda thing: shell.display_formatter.format(thing)[0]


def test_a_table_holds_its_header_rows_and_cells(shown):
    remember("Café Nord rose", zh="Café Nord上升")
    frame = pd.DataFrame(
        {"Net sales": [1.0, 2.0], "Said": ["Café Nord rose", "nobody knows this"]},
        index=pd.Index(["Orders", "x"], name="Channel"),
    )
    held = shown(frame)[KIND]
    expected = {"Net sales": "净销售额", "Café Nord rose": "Café Nord上升"}
    assert expected.items() <= held[TEXTS].items()
    assert {"Orders", "Channel"} <= held[TEXTS].keys()
    assert "nobody knows this" not in held[TEXTS]
    assert shown(frame.style)[KIND] == held
    assert "净" not in shown(frame)["text/html"], "the notebook itself stays as it was"


def test_cells_of_any_kind_are_no_trouble(shown):
    odd = pd.DataFrame({"a": [[1], {"b": 2}], "Net sales": [None, "Orders"]})
    assert "Net sales" in shown(odd)[KIND][TEXTS]
    assert KIND not in shown(pd.DataFrame({"a": [1]}))


def test_of_a_long_table_the_seen_ends_are_read(shown):
    words = [remember(f"row {n}", zh=f"第{n}行") for n in range(3000)]
    held = shown(pd.DataFrame({"a": words}))[KIND][TEXTS]
    assert len(held) == display._MOST_ROWS
    assert {"row 0", "row 2999"} <= held.keys()


def test_markdown_holds_the_texts_it_was_put_together_from(shown):
    text = say("The effect of {name} grows over the weeks", name="C&C")
    held = shown(Markdown(f"**{text}** (n = 12)"))[KIND]
    assert held == {TEXTS: {text: "C&C的效果逐周增强"}}
    assert KIND not in shown(Markdown("nobody knows this"))


def test_a_recorded_exhibit_holds_its_message(shown):
    words = {"subtitle": "", "path": "figures/x", "alt": "", "source": "", "n": 1, "n_of": "x"}
    exhibit = Exhibit(name="x", kind="figure", title="Net sales", **words)
    assert shown(exhibit)[KIND] == {TEXTS: {"Net sales": "净销售额"}}


@pytest.mark.skipif(not house.can_write("zh"), reason="needs the extra zh")
def test_a_chart_holds_itself_drawn_in_chinese(shown):
    with house.house():
        figure, axes = house.new_figure()
        axes.set_xlabel("Net sales")
    data = shown(figure)
    chinese = base64.b64decode(data[KIND][PICTURE])
    assert chinese.startswith(b"\x89PNG")
    assert chinese != data["image/png"]
    assert axes.get_xlabel() == "Net sales"
    assert shown(figure) == data, "the same chart gives the same bytes"


def test_without_fonts_no_chart_is_drawn_twice(shown, monkeypatch):
    monkeypatch.setattr(house, "can_write", lambda _: False)
    assert KIND not in shown(house.new_figure()[0])


def test_the_kernel_of_a_run_keeps_it_in_the_notebook(
    make_dataset, make_notebook, writes, tmp_path
):
    notebook = make_notebook(
        "01_first",
        'dataset: str = "toy"',
        writes("first"),
        "from IPython.display import Markdown\nfrom omnisim.language import say\n"
        'Markdown(say("Net sales"))',
    )
    run_notebooks(make_dataset(), notebooks=notebook.parent, out=tmp_path / "run", jobs=1)
    kept = (tmp_path / "run" / "notebooks" / "01_first.ipynb").read_text(encoding="utf-8")
    nbformat.validate(json.loads(kept))
    last = json.loads(kept)["cells"][-1]["outputs"][-1]["data"]
    assert last[KIND] == {TEXTS: {"Net sales": "净销售额"}}
