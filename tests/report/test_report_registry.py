"""The documents: each from its results, each with a source of its own, none with an empty heading."""

from __future__ import annotations

import re

import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

from omnisim.errors import InputError, ReportError, ResultError
from omnisim.report import write_report
from omnisim.report.registry import DOCUMENTS, document_kinds

_NEVER = re.compile(r"\bnan\b|\bNone\b|\binf\b|\{\{|\}\}|\{%|\[Exhibit\]|om-ref|:::|\\")


@pytest.fixture(scope="module")
def every(run_folder, tmp_path_factory):
    """All documents of all five results."""
    return write_report(
        run_folder,
        out=tmp_path_factory.mktemp("documents") / "small",
        document="all",
        engine="embedded",
    )


def _page(report, name):
    return lxml_html.fromstring(report.documents[name]["html"].read_bytes())


def test_all_documents_are_made_in_all_formats(every):
    assert list(every.documents) == list(DOCUMENTS)
    for name, files in every.documents.items():
        assert {f.name for f in files.values()} == {
            *(f"{DOCUMENTS[name].stem}.{kind}" for kind in ("html", "pdf", "docx")),
            f"{DOCUMENTS[name].stem}-deck.pptx",
        }
        assert all(file.stat().st_size > 10_000 for file in files.values())
    assert every.files == every.documents["assessment"]
    assert every.notes == ()


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_no_heading_stands_over_nothing_and_no_debris(every, name):
    page = _page(every, name)
    for section in page.xpath("//section[contains(@class, 'level')]"):
        heading = section[0].text_content()
        assert len(section.text_content().strip()) > len(heading.strip()) + 20, heading
    for hidden in page.xpath("//style | //script"):
        hidden.text = ""
    found = _NEVER.search(page.text_content())
    assert not found, found
    titles = [" ".join(h.text_content().split()) for h in page.xpath("//h1")]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_exhibits_are_numbered_and_references_resolve(every, name):
    page = _page(every, name)
    ids = page.xpath("//*[contains(@class, 'om-exhibit ')]/@id")
    titles = [t.text_content().strip() for t in page.xpath("//*[@class='om-exhibit-title']")]
    numbers = [int(re.match(r"Exhibit\s(\d+)\.", title).group(1)) for title in titles]
    assert numbers == list(range(1, len(ids) + 1))
    for link in page.xpath("//a[contains(@class, 'om-ref')]"):
        assert link.get("href")[1:] in ids


def test_each_document_keeps_to_its_questions(every):
    text = {name: _page(every, name).xpath("string(//main)") for name in DOCUMENTS}
    assert "Retargeting is paid for" in text["attribution"]
    assert "Retargeting is paid for" not in text["risk"] + text["experiment"]
    assert "Stock-outs cost more" in text["risk"]
    assert "Stock-outs cost more" not in text["attribution"] + text["experiment"]
    for answer in ("USD 410 per store-week", "USD 186,000 a year", "close most journeys"):
        assert answer in text["research"].replace("\u00a0", " ")


def test_the_assessment_follows_the_order_of_the_field(every):
    headings = [h.text_content() for h in _page(every, "assessment").xpath("//h1")]
    order = [
        "Background and problem",
        "Goals",
        "Current state",
        "Causes and effects",
        "Risks and response",
        "Programme: what to do",
        "Roadmap and gates",
        "Expected effect",
        "Acceptance criteria",
        "Methods, checks and assumptions",
        "Glossary",
    ]
    assert [h for h in headings if h in order] == order


def test_defaults_of_the_literature_are_called_so(every):
    page = _page(every, "assessment")
    (row,) = page.xpath("//tr[contains(., '5–8%')]")
    head = row.xpath("string(ancestor::table//th[1])")
    assert head == "Default of the literature, not a figure about the client"


def test_credit_is_no_effect_in_any_document(every):
    for name in ("attribution", "research"):
        text = " ".join(_page(every, name).xpath("string(//main)").split())
        assert "Credit" in text
    page = _page(every, "research")
    for row in page.xpath("//tr[contains(., 'last touch')]"):
        cells = [c.text_content() for c in row.xpath("./td")]
        assert "incremental" not in cells


@pytest.mark.parametrize("name", ["experiment", "attribution", "risk"])
def test_the_answer_fits_one_page(every, name):
    pages = [p.extract_text() for p in PdfReader(every.documents[name]["pdf"]).pages]
    (heading,) = _page(every, name).xpath("//h1[1]")[:1]
    first = next(i for i, text in enumerate(pages) if i > 1 and heading.text_content() in text)
    assert "How sure we are" in pages[first]


def test_edits_of_each_source_survive(run_folder, tmp_path):
    options = {"out": tmp_path / "r", "to": ["html"], "engine": "embedded"}
    write_report(run_folder, document=["risk", "experiment"], **options)
    assert not (tmp_path / "r" / "report.qmd").exists()
    source = tmp_path / "r" / "risk.qmd"
    edited = source.read_text("utf-8") + "\nMy own words on risk.\n"
    source.write_text(edited, "utf-8")
    # Another document of the same folder renews all generated parts: none of the others is lost.
    write_report(run_folder, document="experiment", **options)
    assert (tmp_path / "r" / "_generated" / "risk-register.qmd").is_file()
    again = write_report(run_folder, document="risk", **options)
    assert source.read_text("utf-8") == edited
    assert "My own words on risk." in again.files["html"].read_text("utf-8")
    assert again.notes == ("risk.qmd was kept as it is; the generated parts are new",)


def test_a_mistake_names_the_source_it_is_in(run_folder, tmp_path):
    options = {"out": tmp_path / "r", "to": ["html"], "engine": "embedded", "document": "risk"}
    write_report(run_folder, **options)
    source = tmp_path / "r" / "risk.qmd"
    source.write_text(source.read_text("utf-8") + "\n![x](../../secret.png)\n", "utf-8")
    with pytest.raises(ReportError, match=r"risk\.qmd:\d+: picture .* lies outside"):
        write_report(run_folder, **options)


def test_a_document_about_nothing_is_not_made(make_run, tmp_path):
    run = make_run(("overview", "risk"))
    options = {"to": ["html"], "engine": "embedded"}
    with pytest.raises(ResultError, match=r"document = 'experiment': .* ab_test, which has no"):
        write_report(run, out=tmp_path / "a", document="experiment", **options)
    assert not (tmp_path / "a").exists()
    report = write_report(run, out=tmp_path / "b", document="all", **options)
    assert list(report.documents) == ["assessment", "risk", "research"]
    assert sum("it was left out" in note for note in report.notes) == 2
    assert "Attribution was not run" in _page(report, "research").text_content()


def test_unknown_documents_are_refused():
    with pytest.raises(InputError, match=r"document = \['deck'\]: give one or more of"):
        document_kinds(["risk", "deck"])
    with pytest.raises(InputError, match="document = "):
        document_kinds([])


def test_parts_of_all_documents_have_names_of_their_own():
    names = [kind.part(section) for kind in DOCUMENTS.values() for section in kind.sections]
    assert len(names) == len(set(names))
