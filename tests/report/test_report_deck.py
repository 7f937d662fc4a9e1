"""Decks: the storyline on native slides, notes for the speaker, equal bytes, and sources that stay yours."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import replace

import pytest
import yaml
from pptx import Presentation
from pptx.oxml.ns import qn

from omnisim.errors import ReportError
from omnisim.report import write_report
from omnisim.report.lint import lint_report
from omnisim.report.loading import load_run
from omnisim.report.registry import DOCUMENTS

_DEBRIS = re.compile(r"\bnan\b|\bNone\b|\{\{|\}\}|\{%|:::|om-|\\\\")


@pytest.fixture(scope="module")
def decks(run_folder, tmp_path_factory):
    """The decks of all documents of all five results."""
    out = tmp_path_factory.mktemp("decks") / "small"
    return write_report(run_folder, out=out, to=["pptx"], document="all", engine="embedded")


@pytest.fixture(scope="module")
def flagship(decks):
    return Presentation(str(decks.documents["assessment"]["pptx"]))


def titles(presentation):
    return [slide.shapes.title.text_frame.text for slide in presentation.slides]


def words(presentation):
    """All texts of a deck, cells and notes among them."""
    found = []
    for slide in presentation.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
        if slide.has_notes_slide:
            found.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(found)


def test_every_document_has_a_deck_and_only_that_was_asked_for(decks):
    for name, kind in DOCUMENTS.items():
        assert {f.name for f in decks.documents[name].values()} == {f"{kind.stem}-deck.pptx"}
        assert (decks.folder / f"{kind.stem}-deck.qmd").is_file()
    assert not (decks.folder / "report.qmd").exists()
    assert decks.notes == ()


def test_the_lint_finds_nothing_in_any_deck(decks, run_folder):
    assert [str(r) for r in lint_report(decks.folder, load_run(run_folder))] == []


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_slides_have_titles_of_their_own_and_no_debris(decks, name):
    presentation = Presentation(str(decks.documents[name]["pptx"]))
    said = titles(presentation)
    assert len(said) == len(set(said)) >= 5
    assert all(said)
    found = _DEBRIS.search(words(presentation))
    assert not found, found


def test_the_flagship_tells_the_storyline(flagship):
    sections = [
        shape.text_frame.text
        for slide in flagship.slides
        for shape in slide.shapes
        if shape.name == "Section"
    ]
    assert list(dict.fromkeys(sections)) == [
        "Executive summary",
        "Current state",
        "Causes and effects",
        "Risks and response",
        "Programme",
        "Roadmap",
        "Expected effect",
        "Acceptance",
        "Method and limits",
        "Appendix",
    ]
    assert 12 <= len(flagship.slides) <= 20


def test_a_loss_at_stake_is_not_counted_as_an_effect(make_run, tmp_path):
    def of_loss(result):
        losses = tuple(
            replace(e, label=f"Yearly loss: {e.label}") if e.unit.startswith("USD") else e
            for e in result.estimates
        )
        return replace(result, estimates=losses)

    run = make_run(("risk",), edit=of_loss)
    options = {"to": ["html", "pptx"], "engine": "embedded", "document": "assessment"}
    report = write_report(run, out=tmp_path / "r", **options)
    source = (report.folder / "_generated/deck-effect.qmd").read_text("utf-8")
    assert re.search(r"^## \d loss(es)? (is|are) at stake", source, re.M)
    assert "a loss that the action lowers" in source
    assert "hold" not in source.split("::: notes")[0]
    text = (report.folder / "_generated/effect.qmd").read_text("utf-8")
    assert "a loss that the action lowers" in text


def test_findings_are_the_titles(flagship, run_folder):
    headlines = {f.headline for r in load_run(run_folder).results.values() for f in r.findings}
    assert len(headlines & set(titles(flagship))) >= 4


def test_cards_tables_matrix_and_plan_are_native(flagship):
    names = [shape.name for slide in flagship.slides for shape in slide.shapes]
    assert "Card 1 value" in names
    assert {"Risk 1", "Cell 5-5", "Cell 1-1"} <= set(
        names
    )  # the register of the fixture has no ids
    assert any(name.startswith("Bar R") for name in names)
    assert names.count("Gate ◆") == 3
    tables = [shape for slide in flagship.slides for shape in slide.shapes if shape.has_table]
    assert len(tables) >= 6
    assert all(t._element.nvGraphicFramePr.cNvPr.get("descr") for t in tables)


def test_pictures_say_what_they_show(flagship, run_folder):
    said = [
        shape._element.nvPicPr.cNvPr.get("descr")
        for slide in flagship.slides
        for shape in slide.shapes
        if shape._element.tag == qn("p:pic")
    ]
    known = {e.alt for r in load_run(run_folder).results.values() for e in r.exhibits}
    assert said
    assert set(said) <= known


def test_notes_give_method_source_base_and_period(flagship):
    index = titles(flagship).index("Personalised home page sells more, and the test proves it")
    notes = flagship.slides[index].notes_slide.notes_text_frame.text
    for part in (
        "n = 19,870 customers",
        "Source: orders, experiment",
        "High confidence: Randomised",
        "Period: 1 January 2025 to 31 December 2025",
    ):
        assert part in notes


def test_every_slide_is_marked_and_numbered_and_names_the_client(flagship):
    for number, slide in enumerate(flagship.slides, 1):
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        assert "Simulated data" in texts
        assert any("Simulated retailer (small)" in text for text in texts)
        assert number == 1 or slide._element.find(f".//{qn('a:fld')}").findtext(qn("a:t")) == str(
            number
        )


def test_real_data_are_not_marked(make_run, tmp_path):
    report = write_report(make_run(simulated=False), out=tmp_path / "r", to=["pptx"])
    assert "Simulated" not in words(Presentation(str(report.files["pptx"])))


def test_shapes_are_numbered_and_files_named_once(decks):
    for files in decks.documents.values():
        with zipfile.ZipFile(files["pptx"]) as archive:
            names = archive.namelist()
            assert len(names) == len(set(names))
            used = "".join(
                archive.read(n).decode() for n in names if n.startswith("ppt/slides/_rels/")
            )
        media = [n.rpartition("/")[2] for n in names if n.startswith("ppt/media/")]
        assert all(name in used for name in media)
        for slide in Presentation(str(files["pptx"])).slides:
            ids = [e.get("id") for e in slide.shapes._spTree.iter(qn("p:cNvPr"))]
            assert len(ids) == len(set(ids))
            assert "0" not in ids


def test_equal_results_give_equal_bytes(decks, run_folder, tmp_path):
    again = write_report(
        run_folder, out=tmp_path / "other", to=["pptx"], document="all", engine="embedded"
    )
    for name, files in decks.documents.items():
        assert files["pptx"].read_bytes() == again.documents[name]["pptx"].read_bytes(), name


def test_an_edited_deck_is_kept_and_a_slide_of_ones_own_is_laid_out(decks, run_folder, tmp_path):
    folder = shutil.copytree(decks.folder, tmp_path / "r")
    source = folder / "report-deck.qmd"
    text = source.read_text(encoding="utf-8")
    own = (
        "## Stores decide whether this works {#mine}\n\nWe found {{< meta results.n_findings >}}.\n\n"
        "## Code stays as Pandoc makes it\n\n```\na <- 1\n```\n\n"
        "## Cards without a card stay words\n\n::: {.om-kpis}\nNo card is here\n:::\n\n"
    )
    source.write_text(
        text.replace("{{< include _generated/deck-current.qmd >}}", own), encoding="utf-8"
    )
    report = write_report(run_folder, out=folder, to=["pptx"], engine="embedded")
    made = Presentation(str(report.files["pptx"]))
    assert titles(made)[2:4] == [
        "Stores decide whether this works",
        "Code stays as Pandoc makes it",
    ]
    assert "We found 5." in words(made)
    assert "a <- 1" in words(made)
    assert "No card is here" in words(made)
    assert source.read_text(encoding="utf-8").count("a <- 1") == 1
    assert any("no native shape" in note for note in report.notes)
    assert any("report-deck.qmd was kept" in note for note in report.notes)


def test_long_texts_leave_whole_sentences_to_the_notes(make_run, tmp_path):
    long = " ".join(f"Sentence number {i} says a little more than it must." for i in range(120))
    run = make_run(
        ("ab_test",),
        edit=lambda r: replace(r, findings=(replace(r.findings[0], finding=long),)),
    )
    report = write_report(run, out=tmp_path / "r", to=["pptx"], document="experiment")
    slide = next(
        s
        for s in Presentation(str(report.files["pptx"])).slides
        if "Sentence number 0" in " ".join(x.text_frame.text for x in s.shapes if x.has_text_frame)
    )
    shown = next(s.text_frame.text for s in slide.shapes if s.name == "Text")
    notes = slide.notes_slide.notes_text_frame.text
    last = int(re.findall(r"number (\d+) says", shown)[-1])
    assert 0 < last < 119
    assert shown.rstrip().endswith("must.")
    assert all(f"Sentence number {i} says" in notes for i in range(last + 1, 120))
    assert any("was shortened" in note for note in report.notes)
    assert [r for r in lint_report(report.folder) if "higher" in str(r)] == []


def test_a_table_without_end_is_split_over_numbered_slides(make_run, tmp_path):
    import pandas as pd

    run = make_run(("risk",))
    file = run / "tables" / "risk-register.parquet"
    frame = pd.read_parquet(file)
    pd.concat([frame] * 10, ignore_index=True).to_parquet(file)
    report = write_report(run, out=tmp_path / "r", to=["pptx"], document="risk")
    said = titles(Presentation(str(report.files["pptx"])))
    parts = [title for title in said if re.search(r"\(\d/\d\)$", title)]
    assert len(parts) >= 2
    assert parts[0].endswith(f"(1/{parts[0][-2]})")
    assert [r for r in lint_report(report.folder) if "pt" in str(r)] == []


@pytest.mark.parametrize(
    "only", ["overview", "attribution", "ab_test", "effect_evaluation", "risk"]
)
def test_a_run_with_one_result_has_a_whole_deck(make_run, tmp_path, only):
    run = make_run((only,))
    report = write_report(run, out=tmp_path / "r", to=["pptx"], engine="embedded")
    assert [str(r) for r in lint_report(report.folder, load_run(run))] == []


def test_results_without_exhibits_have_a_deck(make_run, tmp_path):
    run = make_run(edit=lambda r: replace(r, exhibits=()))
    report = write_report(run, out=tmp_path / "r", to=["pptx"], engine="embedded")
    assert [str(r) for r in lint_report(report.folder, load_run(run))] == []


def test_results_without_findings_have_a_deck(make_run, tmp_path):
    run = make_run(edit=lambda r: replace(r, findings=()))
    report = write_report(run, out=tmp_path / "r", to=["pptx"], engine="embedded")
    assert len(Presentation(str(report.files["pptx"])).slides) >= 4


def test_a_missing_picture_is_an_error_with_its_name(decks, run_folder, tmp_path):
    folder = shutil.copytree(decks.folder, tmp_path / "r")
    source = folder / "report-deck.qmd"
    text = source.read_text(encoding="utf-8") + '\n## It is not there\n\n![](no.png){fig-alt="x"}\n'
    source.write_text(text, encoding="utf-8")
    before = (folder / "report-deck.pptx").read_bytes()
    with pytest.raises(ReportError, match=r"report-deck\.qmd:\d+: picture no\.png does not exist"):
        write_report(run_folder, out=folder, to=["pptx"], engine="embedded")
    assert (folder / "report-deck.pptx").read_bytes() == before


@pytest.mark.parametrize("name", ["../../evil.pptx", "report-deck.qmd", "_generated"])
def test_a_reference_deck_from_elsewhere_is_refused(decks, run_folder, tmp_path, name):
    folder = shutil.copytree(decks.folder, tmp_path / "r")
    source = folder / "report-deck.qmd"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("_generated/reference.pptx", name), encoding="utf-8")
    with pytest.raises(ReportError, match=rf"reference-doc = '{re.escape(name)}': give a deck of"):
        write_report(run_folder, out=folder, to=["pptx"], engine="embedded")


def test_the_deck_has_the_colours_and_the_logo_of_the_engagement(run_folder, tmp_path):
    from PIL import Image

    Image.new("RGB", (300, 100), "navy").save(tmp_path / "logo.png")
    (tmp_path / "engagement.yml").write_text(
        yaml.safe_dump({"client": "Acme", "logo": "logo.png", "colours": {"accent": "#7A1B5E"}}),
        encoding="utf-8",
    )
    report = write_report(
        run_folder,
        out=tmp_path / "r",
        to=["pptx"],
        engine="embedded",
        engagement=tmp_path / "engagement.yml",
    )
    made = Presentation(str(report.files["pptx"]))
    pictures = [s for s in made.slides[0].shapes if s._element.tag == qn("p:pic")]
    assert pictures[0]._element.nvPicPr.cNvPr.get("descr") == "Logo: Acme"
    with zipfile.ZipFile(report.files["pptx"]) as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode()
        slides = "".join(
            archive.read(n).decode() for n in archive.namelist() if n.startswith("ppt/slides/s")
        )
    assert '<a:accent1><a:srgbClr val="7A1B5E"/></a:accent1>' in theme
    assert "7A1B5E" in slides
    assert "0B7A75" not in slides


def test_the_deck_is_written_in_chinese(run_folder, tmp_path):
    report = write_report(run_folder, out=tmp_path / "r", to=["pptx"], lang=["en", "zh"])
    assert (tmp_path / "r" / "report-deck.qmd").is_file()
    made = Presentation(str(tmp_path / "r" / "report-deck.zh.pptx"))
    assert made.core_properties.language.startswith("zh")
    assert titles(made)[0] == "全渠道运营评估"
    sections = {s.text_frame.text for x in made.slides for s in x.shapes if s.name == "Section"}
    assert {"执行摘要", "实施路线图", "验收标准"} <= sections
    assert {"assessment", "assessment.zh"} == set(report.documents)
    too_high = [r for r in lint_report(report.folder) if " pt" in str(r)]
    assert too_high == []


HOSTILE = {
    "script": "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "include": "{{< include /etc/passwd >}} {{< meta results.dataset >}}",
    "backslashes": "\\\\server\\share C:\\new\\ \\input{/etc/passwd}",
    "right to left": "مرحبا بالعالم \u202etxt.exe\u202c שלום",
    "emoji": "🚀 growth 👩‍💻 家",
    "long": "x" * 300,
    "long words": "Very long names of clients " * 11,
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_client_name_is_only_text_and_fits(make_run, tmp_path, name):
    run = make_run(("overview", "risk"))
    (run / "run.json").write_text(json.dumps({"client": HOSTILE[name]}), encoding="utf-8")
    report = write_report(run, out=tmp_path / "r", to=["pptx"], engine="embedded")
    made = Presentation(str(report.files["pptx"]))
    text = words(made)
    assert "root:" not in text
    start = " ".join(HOSTILE[name].translate({0x202E: None, 0x202C: None}).split())[:20]
    assert start.replace("'", "’") in text.replace("'", "’")
    assert [str(r) for r in lint_report(report.folder)] == []
