"""Documents in Chinese: the same numbers, every text known or a name, what is left English is found."""

from __future__ import annotations

import calendar
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from omnisim.cli import main
from omnisim.errors import InputError, ReportError
from omnisim.language import catalog, in_language, remember
from omnisim.notebook import recorder, run_notebooks
from omnisim.report import wording, write_report
from omnisim.report.benchmarks import TARGETS
from omnisim.report.document import Document, write_document
from omnisim.report.engagement import Engagement, OpenedEngagement
from omnisim.report.escape import escape
from omnisim.report.exhibits import read_table
from omnisim.report.glossary import _TERMS, glossary_grid
from omnisim.report.lint import document_sources, lint_report
from omnisim.report.lint.foreign import english_left
from omnisim.report.lint.outline import read_outline
from omnisim.report.lint.result_rules import check_languages
from omnisim.report.loading import EVERY, QUESTIONS, Run, load_run
from omnisim.report.picks import first_sentence
from omnisim.report.programme_rows import _GANTT, _STAGES
from omnisim.report.registry import DOCUMENTS, DocumentKind
from omnisim.report.rows import WHEN, card
from omnisim.report.source import read_source
from omnisim.report.templating import _environment
from omnisim.report.wording import counted, worded
from omnisim.results import Estimate, Result

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "synthetic" / "sample"
LATIN = re.compile(r"[A-Za-z]{2,}")
# A number with what it is multiplied by; commas group digits, the minus is typographic.
NUMBER = re.compile(r"(−?\d[\d,]*(?:\.\d+)?) ?(million|billion|m\b|bn\b|万|亿)?")
RANGE = re.compile(r"(?<![\d,.])(\d{1,3}(?:\.\d+)?) to (−?[\d.]+) (million|billion)")
TIMES = {"million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "万": 1e4, "亿": 1e8}


def as_chinese(text: str) -> str:
    """Something that looks like a translation: the numbers and stops of a text without its words."""
    words = LATIN.sub("是", text)
    return re.sub(
        r"\. ?", lambda m: "。" if m.end() == len(words) or " " in m.group() else ".", words
    )


def known_in_chinese(folder: Path):
    """An edit that lets every text of a result and of its tables be known in Chinese."""

    def edit(result: Result) -> Result:
        frames = [read_table(Run(folder, {}), e) for e in result.exhibits if e.kind == "table"]
        texts = [*result.texts(), *(t for frame in frames for t in recorder.table_texts(frame))]
        return replace(result, translations={"zh": {text: as_chinese(text) for text in texts}})

    return edit


@pytest.fixture(scope="module")
def translated(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of all five results, each said in Chinese."""
    folder = shutil.copytree(run_folder, tmp_path_factory.mktemp("zh") / "small")
    edit = known_in_chinese(folder)
    for file in (folder / "results").glob("*.json"):
        result = edit(Result.from_json(file.read_text(encoding="utf-8")))
        file.write_text(result.to_json(), encoding="utf-8")
    return folder


def documents(folder: Path, kind: DocumentKind, **engagement: object) -> tuple[Document, Document]:
    run = load_run(folder, only=EVERY)
    opened = OpenedEngagement(engagement=Engagement(**engagement))  # type: ignore[arg-type]
    english, chinese = (write_document(kind, run, lang=x, opened=opened) for x in ("en", "zh"))
    return english, chinese


MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b")


def numbers(text: str) -> list[float]:
    """The numbers of a text at their full size, in order of size: languages order words differently."""
    # An English range says its scale once: "USD 3.37 to 3.45 million".
    spelled = RANGE.sub(r"\1 \3 to \2 \3", text.replace("\u00a0", " "))
    spelled = MONTH.sub(lambda month: str(MONTHS[month[0]]), spelled)  # 3 in Chinese dates
    found = NUMBER.finditer(spelled)
    sizes = ((m[1].replace(",", "").replace("−", "-"), TIMES.get(m[2] or "", 1.0)) for m in found)
    return sorted(round(float(size) * times, 6) for size, times in sizes)


# --- what reaches the border


@pytest.fixture
def unknown(monkeypatch) -> list[str]:
    """Texts with a Latin word that came to the border and that nobody knew in Chinese."""
    seen = []

    def watched(text: str, lang: str) -> str | None:
        found = in_language(text, lang)
        if lang != "en" and found in (None, text) and LATIN.search(text):
            seen.append(text)
        return found

    monkeypatch.setattr(wording, "in_language", watched)
    return seen


@pytest.mark.parametrize("kind", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_every_text_of_a_document_is_known_or_a_name(translated, kind, unknown):
    english, chinese = documents(translated, kind)
    assert english.parts.keys() == chinese.parts.keys()
    known = {other for result in load_run(translated).results.values() for other in
             result.translations["zh"].values()}  # fmt: skip
    names = {"small", "9f2c" * 16, "USD", *(t for t, *_ in _TERMS if in_language(t, "zh") == t)}
    assert {t for t in unknown if not re.search("[一-鿿]", t)} - names - known == set()


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample dataset is not there")
def test_a_full_run_of_the_notebooks_is_written_in_chinese(tmp_path, unknown):
    made = run_notebooks(SAMPLE, out=tmp_path / "run", notebooks=ROOT / "notebooks")
    report = write_report(
        made.folder, out=tmp_path / "r", lang="zh", document="all", to=["html"], engine="embedded"
    )
    assert [note for note in report.notes if "stayed English" in note] == []
    run = load_run(made.folder, only=EVERY)
    settings = [text for r in run.results.values() for text in r.parameters.items()]
    names = {str(word) for pair in settings for word in pair}
    names |= {run.source.dataset, run.source.dataset_hash, run.source.currency}
    names |= {term for term, *_ in _TERMS if in_language(term, "zh") == term}
    assert {text for text in unknown if not re.search("[一-鿿]", text)} - names == set()


@pytest.mark.parametrize(
    "texts",
    [
        [text for question in QUESTIONS.values() for text in question],
        [target.label for target in TARGETS] + [target.dimension for target in TARGETS],
        [term for term, *_ in _TERMS] + [meaning for *_, meaning in _TERMS],
        [*WHEN.values(), *_GANTT, *(text for name, _, when in _STAGES for text in (name, when))],
        ["met", "not met", "uncertain", "not measured", "high", "medium", "low"],
        ["sales", "customers", "operations", "channels"],  # blocks of weights in engagement.yml
    ],
)
def test_fixed_texts_of_the_report_are_known(texts):
    assert [text for text in texts if in_language(text, "zh") is None] == []


def test_the_words_of_the_report_change_nothing_in_english(translated, run_folder):
    for kind in DOCUMENTS.values():
        plain = write_document(kind, load_run(run_folder), lang="en")
        said = write_document(kind, load_run(translated), lang="en")
        assert said.parts == plain.parts
        assert said.metadata == plain.metadata
        assert "zh" not in " ".join(said.figures)


# --- numbers


@pytest.mark.parametrize("kind", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_tables_and_key_numbers_hold_the_same_numbers(translated, kind):
    english, chinese = documents(translated, kind)
    for name, text in english.parts.items():
        if name in ("goals", "glossary") or name.endswith("-glossary"):
            continue  # "one year" is a word; terms are those that each text uses
        other = chinese.parts[name]
        rows, others = ([x for x in part.split("\n") if x[:1] == "|"] for part in (text, other))
        assert len(rows) == len(others), name
        for row, theirs in zip(rows, others, strict=True):
            assert row.count("|") == theirs.count("|")
            if ":--" not in row:
                assert numbers(row) == pytest.approx(numbers(theirs)), (row, theirs)
        cards, others = (re.findall(r"\[(.*)\]\{\.om-kpi", part) for part in (text, other))
        for mine, theirs in zip(cards, others, strict=True):
            assert numbers(mine) == pytest.approx(numbers(theirs)), (mine, theirs)


def test_metadata_hold_the_same_numbers(translated):
    english, chinese = documents(translated, DOCUMENTS["assessment"])
    mine, theirs = (d.metadata["results"] for d in (english, chinese))
    assert mine.keys() == theirs.keys()
    compared = 0
    for question, values in mine.items():
        for estimate, texts in values.items() if isinstance(values, dict) else ():
            for part in texts if isinstance(texts, dict) else ():
                assert numbers(texts[part]) == numbers(theirs[question][estimate][part])
                compared += 1
    assert compared > 40


def test_a_card_says_its_unit_once():
    estimate = Estimate(
        name="s", label="Net sales", value=3e6, unit="USD/year", role="descriptive", n=9, n_of="orders",
        method="", source="", ci_low=2e6, ci_high=4e6,
    )  # fmt: skip
    shown = {name: worded(text, "zh") for name, text in card(estimate).items()}
    assert shown == {
        "label": "净销售额",
        "value": "300万美元",
        "note": "每年；95%区间200万至400万美元；n = 9单",
    }


def test_what_is_counted_keeps_every_digit():
    assert worded(counted(41_520, "orders"), "zh") == "41,520单"
    assert worded(counted(3, "window displays"), "zh") == "3 window displays"
    assert counted(12, "") == "12"


# --- sentences


@pytest.mark.parametrize(
    ("english", "chinese", "want"),
    [
        ("It rains. Go in.", "下雨了。进屋吧。", "下雨了。"),
        ("Sales rose 3.2%. So what?", "销售增长3.2%。那又如何？", "销售增长3.2%。"),
        ("One only.", "只有一句。", "只有一句。"),
        ("Does it pay? It does.", "划算吗？划算。", "划算吗？"),
    ],
)
def test_a_cut_sentence_is_cut_in_chinese_too(english, chinese, want):
    assert in_language(first_sentence(remember(english, zh=chinese)), "zh") == want


def test_filters_follow_the_language():
    english, chinese = (_environment(lang).filters for lang in ("en", "zh"))
    assert english["date"]("2025-01-31") == "31 January 2025"
    assert chinese["date"]("2025-01-31") == "2025年1月31日"
    assert (english["capital"]("net"), chinese["capital"]("net")) == ("Net", "net")
    assert (english["sentence"]("net sales"), chinese["sentence"]("Net sales")) == (
        "Net sales.",
        "净销售额。",
    )
    assert chinese["sentence"]("nobody knows this") == "Nobody knows this."
    assert chinese["sentence"](remember("Is it?", zh="是吗？")) == "是吗？"


def test_a_refused_notebook_is_told_in_chinese(make_run):
    folder = make_run(("overview",))
    ledger = '{"steps": {"03_ab_test": {"error": "DesignError: no such column"}}}'
    (folder / "run.json").write_text(ledger, encoding="utf-8")
    english, chinese = documents(folder, DOCUMENTS["assessment"])
    assert "DesignError: no such column" in english.parts["causes"]
    assert "DesignError" not in chinese.parts["causes"]
    assert "原因见运行文件夹中的run.json。" in chinese.parts["causes"]


# --- glossary


def terms(text: str) -> list[str]:
    return [row[0] for row in glossary_grid(text, lang="zh").rows]


def test_the_chinese_glossary_explains_words_in_use():
    assert terms("各渠道的归因份额，95%区间") == ["Attribution", "Confidence interval", "Credit"]
    assert terms("净推荐值为42分") == terms("NPS为42") == ["Net promoter score (NPS)"]
    assert terms("没有术语的句子") == []
    assert terms("SKUS") == []  # no "SKU" inside a word


def test_every_term_has_chinese_words_that_find_it():
    for term, _, _ in _TERMS:
        keys = (f"words: {term}", f"term: {term}", term)
        words = next(catalog("zh")[key] for key in keys if key in catalog("zh"))
        assert term in terms(re.split("[（）、]", words)[0]), term


# --- what stays English


def test_names_are_not_reported_and_sentences_are():
    def left(text: str) -> list[str]:
        return list(english_left(text, frozenset({"perte de stock"})))

    for name in (
        "门店 Berlin Mitte 与 Café de la Paix",
        "Callaway and Sant'Anna（2021）",
        "ROAS为2.01，P95、CUPED",
        "登记的名称“perte de stock”",
        "متجر الرياض، Москва",
        "n_replicates = 200",
    ):
        assert left(name) == [], name
    assert left("销售 Net sales per year 上升") == ["Net sales per year"]
    assert left("not measured") == ["not measured"]
    assert left("门店 Berlin Mitte sold 3 more") == ["Berlin Mitte sold 3 more"]


def test_what_the_client_is_called_is_no_english_left(translated, tmp_path):
    file = tmp_path / "engagement.yml"
    words = ("client: the good shop", "audience: board of the shop", "stage: {name: early days}")
    weights = "  weights: {sales: 0.5, customers: 0.5}"
    stage = "stage:\n  name: early days\n" + weights
    file.write_text("\n".join([*words[:2], stage]), encoding="utf-8")
    report = write_report(
        translated, out=tmp_path / "r", lang="zh", to=["html"], engine="embedded", engagement=file
    )
    assert report.notes == ()
    assert lint_report(report.folder, load_run(translated)) == ()


def test_an_untranslated_sentence_is_told_and_found(translated, tmp_path):
    folder = shutil.copytree(translated, tmp_path / "run")
    file = folder / "results" / "risk.json"
    result = Result.from_json(file.read_text(encoding="utf-8"))
    sentence = "Nobody ever said this sentence in Chinese"
    strange = replace(result.findings[0], finding=f"{sentence}.")
    file.write_text(
        replace(result, findings=(strange, *result.findings[1:])).to_json(), encoding="utf-8"
    )
    report = write_report(
        folder, out=tmp_path / "r", lang=["en", "zh"], to=["html"], engine="embedded"
    )
    (note,) = [n for n in report.notes if "stayed English" in n]
    assert note == f"1 text stayed English in the documents in 'zh': “{sentence}”"
    remarks = [str(remark) for remark in lint_report(report.folder, load_run(folder))]
    (found,) = [r for r in remarks if "English in a Chinese document" in r]
    part = report.folder / "_generated/zh/risks.qmd"
    line = 1 + next(
        i for i, x in enumerate(part.read_text(encoding="utf-8").split("\n")) if sentence in x
    )
    assert found.startswith(f"_generated/zh/risks.qmd:{line}: ")
    assert len([r for r in remarks if "are not known in 'zh'" in r]) == 1


def test_results_known_by_the_catalogue_need_no_translation_of_their_own(make_run):
    def edit(result: Result) -> Result:
        every = {t: as_chinese(t) for t in result.texts() if t != result.question}
        return replace(result, translations={"zh": every})

    run = load_run(make_run(("overview",), edit=edit))
    assert run.results["overview"].question in catalog("zh")
    assert list(check_languages(run, "zh-Hans")) == []


def test_an_exhibit_of_one_language_only_is_found(translated, tmp_path):
    options = {"out": tmp_path, "to": ["html"], "engine": "embedded"}
    report = write_report(translated, lang=["en", "zh"], **options)
    file = report.folder / "report.zh.qmd"
    cut = file.read_text(encoding="utf-8").replace("{{< include _generated/zh/exhibits.qmd >}}", "")
    file.write_text(cut, encoding="utf-8")
    part = report.folder / "_generated/exhibits.qmd"
    spare = re.findall(r"\{#(exh-[a-z0-9-]+)", part.read_text(encoding="utf-8"))
    found = [str(r) for r in lint_report(report.folder) if "which report.qmd shows" in str(r)]
    assert spare
    assert [f"#{name}" in remark for name, remark in zip(spare, found, strict=True)] == [
        True
    ] * len(spare)
    assert all(remark.startswith("report.zh.qmd: ") for remark in found)


HOSTILE = "<script>alert(1)</script> {{< include /etc/passwd >}} | $a$ `x` ::: 销售"


def test_a_translation_is_text_and_never_markup(translated, tmp_path):
    folder = shutil.copytree(translated, tmp_path / "run")
    file = folder / "results" / "overview.json"
    result = Result.from_json(file.read_text(encoding="utf-8"))
    words = dict.fromkeys(result.translations["zh"], HOSTILE)
    file.write_text(replace(result, translations={"zh": words}).to_json(), encoding="utf-8")
    _, chinese = documents(folder, DOCUMENTS["assessment"])
    text = chinese.parts["current-state"]
    assert text.count(escape(HOSTILE)) > 10
    for mark in ("<script", "{{< include /", "`x`", "$a$"):
        assert not re.search(rf"(?<!\\){re.escape(mark)}", text), mark
    report = write_report(folder, out=tmp_path / "r", lang="zh", to=["html"], engine="embedded")
    page = report.files["html"].read_text(encoding="utf-8")
    assert "<script>alert" not in page


# --- folders


def test_both_languages_stand_side_by_side(translated, tmp_path):
    report = write_report(
        translated, out=tmp_path / "r", lang=["en", "zh"], to=["html"], engine="embedded"
    )
    assert list(report.documents) == ["assessment", "assessment.zh"]
    assert report.files["html"].name == "report.html"
    assert report.documents["assessment.zh"]["html"].name == "report.zh.html"
    assert [f.name for f in document_sources(report.folder)] == ["report.qmd", "report.zh.qmd"]
    page = report.documents["assessment.zh"]["html"].read_text(encoding="utf-8")
    assert 'lang="zh' in page
    assert "2025年1月1日至2025年12月31日" in page
    assert lint_report(report.folder, load_run(translated)) == ()
    english, chinese = (
        read_outline(read_source(report.folder / name)) for name in ("report.qmd", "report.zh.qmd")
    )
    exhibits = [[b.identifier for b in o.of_class("om-exhibit")] for o in (english, chinese)]
    assert exhibits[0] == exhibits[1]
    levels = [[heading.level for heading in o.headings] for o in (english, chinese)]
    assert levels[0] == levels[1]
    twin = report.folder / "_generated/zh/figures/ab-test-forest.svg"
    assert (
        twin.read_bytes() != (report.folder / "_generated/figures/ab-test-forest.svg").read_bytes()
    )


def test_one_language_leaves_the_other_whole(translated, tmp_path):
    out = tmp_path / "r"
    options = {"out": out, "to": ["html"], "engine": "embedded"}
    write_report(translated, lang="en", **options)
    before = {p: p.read_bytes() for p in (out / "_generated").glob("*.qmd")}
    source = out / "report.zh.qmd"
    assert not source.exists()
    report = write_report(translated, lang="zh", **options)
    assert list(report.documents) == ["assessment.zh"]
    assert {p: p.read_bytes() for p in (out / "_generated").glob("*.qmd")} == before
    edited = source.read_text(encoding="utf-8").replace("# ", "# 我的", 1)
    source.write_text(edited, encoding="utf-8")
    report = write_report(translated, lang="en", **options)
    assert source.read_text(encoding="utf-8") == edited
    assert (out / "_generated/zh/summary.qmd").is_file()
    assert report.notes == ("report.zh.qmd was kept as it is; the generated parts are new",)


def test_a_folder_of_another_dataset_is_refused_in_any_language(translated, tmp_path):
    write_report(translated, out=tmp_path, lang="zh", to=["html"], engine="embedded")
    file = tmp_path / "_generated/zh/results.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("dataset: small", "dataset: other"))
    with pytest.raises(ReportError, match="holds the report on dataset 'other'"):
        write_report(translated, out=tmp_path, lang="en", to=["html"], engine="embedded")


def test_figures_without_a_twin_are_told(translated, tmp_path):
    folder = shutil.copytree(translated, tmp_path / "run")
    for file in (folder / "figures").glob("ab_test-*.zh.*"):
        file.unlink()
    report = write_report(folder, out=tmp_path / "r", lang="zh", to=["html"], engine="embedded")
    (note,) = report.notes
    assert note.startswith("1 figure is drawn in English only")
    shown = report.folder / "_generated/zh/figures/ab-test-forest.svg"
    assert shown.is_file()


def test_unknown_languages_are_refused(translated, tmp_path):
    with pytest.raises(InputError, match="lang = 'fr': no such language"):
        write_report(translated, out=tmp_path, lang=["en", "fr"])


def test_the_engagement_names_the_language_and_the_command_overrules_it(
    translated, tmp_path, capsys, monkeypatch
):
    # The run was not made by the runner, so it has no ledger to judge.
    monkeypatch.setattr("omnisim.cli.report._judge", lambda folder, *, force: [])
    file = tmp_path / "engagement.yml"
    file.write_text("language: zh\n", encoding="utf-8")
    folder = shutil.copytree(translated, tmp_path / "run")
    (folder / "run.json").write_text("{}", encoding="utf-8")
    words = [
        "report",
        str(folder),
        "--engagement",
        str(file),
        "--to",
        "html",
        "--engine",
        "embedded",
    ]
    assert main([*words, "--out", str(tmp_path / "a")]) == 0
    assert [f.name for f in document_sources(tmp_path / "a")] == ["report.zh.qmd"]
    both = ["--lang", "en", "--lang", "zh", "--out", str(tmp_path / "b")]
    assert main([*words, *both]) == 0
    names = [f.name for f in document_sources(tmp_path / "b")]
    assert names == ["report.qmd", "report.zh.qmd"]
    assert "report.zh.html" in capsys.readouterr().out
