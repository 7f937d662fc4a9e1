"""Type on slides: widths by hand, lines that hold their words, texts cut where a sentence ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnisim.report.deck.fitting import SIZES, fit, fit_title, shortened, split_tables
from omnisim.report.deck.grids import measure_table
from omnisim.report.deck.look import BODY, LEAST, TITLE_SIZES, Box, Look
from omnisim.report.deck.pictures import Pictures
from omnisim.report.deck.pieces import Cell, Columns, Paragraph, Run, Table, Words
from omnisim.report.deck.reading import read_slides
from omnisim.report.deck.setting import Setting
from omnisim.report.deck.typeset import Typeface, pitch, typeface_of
from omnisim.report.deck.words import brief, message
from omnisim.report.pandoc import parse
from omnisim.report.source import Source

# Every letter half a font size wide, a bold one 0.6.
EVEN = Typeface(dict.fromkeys(range(32, 127), 0.5), dict.fromkeys(range(32, 127), 0.6))


@pytest.fixture
def setting():
    return Setting(EVEN, Look())


@pytest.fixture
def pictures(tmp_path):
    return Pictures(tmp_path, "deck.qmd")


def lines(text, size, width, **more):
    return list(EVEN.lines((Run(text, **more),), size, width))


def test_widths_and_lines_by_hand():
    # Ten letters of 5 pt each in a box of 30 pt: six fit, with the blank "ab cde" is 30.
    assert EVEN.width("abcdefghij", 10) == 50
    assert lines("ab cde fg", 10, 30) == ["ab cde", "fg"]
    assert lines("ab cde fg", 10, 29) == ["ab", "cde", "fg"]
    assert lines("ab cde", 10, 30, is_bold=True) == ["ab", "cde"]
    assert lines("abcdefghij", 10, 30) == ["abcdef", "ghij"]  # longer than the box: breaks anywhere
    assert lines("a\nb", 10, 30) == ["a", "b"]


def test_chinese_breaks_between_signs_but_not_before_a_stop():
    assert list(EVEN.lines((Run("净销售额，增长"),), 10, 40)) == ["净销售", "额，增长"]
    assert pitch(10, "净") > pitch(10, "a")


def test_lato_is_measured_from_its_file():
    # Lato's digits are 1160 of 2000 units wide, tabular.
    assert typeface_of((), "Lato").width("0123456789", 10) == pytest.approx(10 * 10 * 1160 / 2000)


words_list = st.lists(st.text("abcdefg", min_size=1, max_size=12), min_size=1, max_size=30)


@given(words=words_list, width=st.floats(20, 300))
def test_law_lines_hold_every_word_and_fit(words, width):
    made = lines(" ".join(words), 10, width)
    assert "".join(made).replace(" ", "") == "".join(words)
    # A single letter of 5 pt is the least that a line holds; 20 pt is wider.
    assert all(EVEN.width(line, 10) <= width + 1e-9 for line in made)


@given(words=words_list, width=st.floats(20, 300))
def test_law_a_wider_box_needs_no_more_lines(words, width):
    text = " ".join(words)
    assert len(lines(text, 10, 2 * width)) <= len(lines(text, 10, width))


def test_titles_keep_two_lines():
    short, size = fit_title("Sales rise", EVEN)
    assert (short, size) == ("Sales rise", TITLE_SIZES[0])
    long = "Stock and delivery miss every target that was set; " + "and more of it " * 20
    cut, size = fit_title(long, EVEN)
    assert cut == "Stock and delivery miss every target that was set"
    assert size == TITLE_SIZES[-1]
    assert fit_title("x" * 300, EVEN)[0].endswith("x…")


def test_a_cut_is_marked_unless_a_clause_ends_there():
    assert (
        shortened("one two three four five six", lambda t: len(t) < 27)
        == "one two three four five …"
    )
    assert shortened("fits", lambda t: True) == "fits"


def test_type_shrinks_before_words_go(setting, pictures):
    text = "A sentence of some length stands here. " * 60
    words = Words((Paragraph((Run(text.strip()),)),))
    fitted = fit([words], BODY, setting, pictures)
    assert fitted.left_out == ()
    assert LEAST < fitted.size < SIZES[0]


def test_whole_sentences_go_and_nothing_is_lost(setting, pictures):
    said = [f"Sentence {i} is here to stay or to go." for i in range(30)]
    words = Words((Paragraph((Run(" ".join(said)),)),))
    fitted = fit([words], Box(0, 0, 300, 60), setting, pictures)
    (piece,) = fitted.pieces
    kept = piece.paragraphs[0].text
    assert " ".join([kept, *reversed(fitted.left_out)]) == " ".join(said)
    assert kept.endswith("go.")


def test_only_the_column_that_overflows_is_shortened(setting, pictures):
    long = Words((Paragraph((Run("It goes on and on. " * 60),)),))
    short = Words((Paragraph((Run("It stays. It is short."),)),))
    fitted = fit([Columns((0.5, 0.5), ((long,), (short,)))], Box(0, 0, 400, 80), setting, pictures)
    (columns,) = fitted.pieces
    assert columns.columns[1] == (short,)
    assert fitted.left_out


def table(n_rows, text="ab cd"):
    row = (Cell((Run(text),)), Cell((Run("12"),)))
    return Table(row, (row,) * n_rows, ("left", "right"), (0.5, 0.5))


def test_tables_fill_their_box_and_rows_hold_their_text(setting):
    measured = measure_table(table(3), 400, setting)
    assert sum(measured.widths) == pytest.approx(400)
    long = measure_table(table(3, "many words " * 30), 400, setting)
    assert long.heights[1] > measured.heights[1]


@given(n=st.integers(1, 150))
def test_law_split_tables_keep_every_row_once(n):
    made = split_tables([table(n)], BODY, Setting(EVEN, Look()), Pictures("", "x"))  # type: ignore[arg-type]
    assert sum(len(part[0].rows) for part in made) == n
    assert len(made) == 1 or n > 20


def read(text):
    lines = tuple(("x.qmd", i) for i in range(text.count("\n") + 1))
    return read_slides(parse(Source(text, {}, lines, "x.qmd")))


def test_a_source_is_read_as_slides():
    (slide,) = read(
        '## A message {#a om-section="Part"}\n\n**Bold** word\n\n- one\n- two\n\n::: notes\n\nSay it.\n\n:::\n'
    )
    assert (slide.title, slide.section, slide.notes) == ("A message", "Part", ("Say it.",))
    (words,) = slide.pieces
    assert [p.text for p in words.paragraphs] == ["Bold word", "one", "two"]
    assert words.paragraphs[0].runs[0] == Run("Bold", is_bold=True)
    assert words.paragraphs[1].sign == "•"


def test_marks_of_cells_are_kept():
    (slide,) = read(
        "## Gates\n\n::: {.om-table .om-gantt}\n\n| a | b |\n|:--|:-:|\n| R1 | [●]{.om-bar} |\n\n:::\n"
    )
    (plan,) = slide.pieces
    assert plan.kind == "gantt"
    assert plan.rows[0][1].mark == "om-bar"


def test_what_has_no_native_shape_is_said():
    assert not read("## Code\n\n```\nx\n```\n")[0].is_known
    assert not read("## Formula\n\n$x$\n")[0].is_known


def test_messages_end_where_a_clause_ends():
    assert message("Yes: it sells more; it costs less. More.") == "Yes: it sells more"
    # Never inside brackets.
    said = "Give the page to all, keep five percent (of those, who buy) without it for a while"
    assert brief(said) == "Give the page to all, keep five percent"
