"""Executed notebooks as pages: what they show, what they never show, and who leads to them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files

import pytest
from lxml import html

from omnisim.errors import ResultError
from omnisim.language import catalog, remember
from omnisim.language.fonts import text_font
from omnisim.report import write_report
from omnisim.report.appendix import appendix_page, write_appendix
from omnisim.report.engagement import Colours, Engagement
from omnisim.report.lint import lint_report
from omnisim.report.loading import load_run
from omnisim.report.notebook_page import notebook_page
from omnisim.report.registry import DOCUMENTS
from omnisim.report.safe_html import safe_html
from omnisim.report.selection import agreed_run

NAME = "01_explore_the_world"


def page_of(notebook):
    return notebook_page(notebook, name="x", alts={"overview/sales": "Areas of weekly sales."})


@pytest.fixture
def run(samples, run_folder, tmp_path):
    notebook = samples.executed()
    return load_run(samples.run_with_notebook(run_folder, tmp_path / "run", notebook))


@pytest.fixture
def rendered(run):
    text = appendix_page(
        run, run.notebooks["overview"], reports=[("Report", "report.html")], colours=Colours()
    )
    return text, html.document_fromstring(text)


def test_it_shows_the_question_the_parameters_first_and_folded_code(rendered):
    _, tree = rendered
    assert tree.findtext(".//h1") == "What is sold?"
    assert [h.text_content() for h in tree.iter("h2")] == ["Parameters", "Sales & <more>"]
    rows = [[c.text_content() for c in row] for row in tree.find(".//table").iter("tr")]
    assert rows[1:] == [["dataset", "small", "name or path"], ["n_days", "28", "days to simulate"]]
    assert [d.findtext("summary") for d in tree.iter("details")] == [
        "Contents",
        "Code 1, 4 lines",
        "Code 2, 1 line",
        "Code 3, 1 line",
    ]
    assert "printed <red>" in tree.text_content()


def test_nothing_of_the_machine_is_told(rendered):
    """Neither the path of the dataset nor what libraries warned of, which names their files."""
    text, _ = rendered
    assert "somebody" not in text
    assert "papermill" not in text


def test_it_is_accessible(rendered):
    _, tree = rendered
    assert tree.get("lang") == "en"
    (image,) = tree.iter("img")
    assert image.get("alt").strip()
    assert [th for th in tree.iter("th") if not th.text_content().strip()] == []
    targets = {e.get("id") for e in tree.iter() if e.get("id")}
    links = [a.get("href") for a in tree.iter("a")]
    assert {a[1:] for a in links if a.startswith("#")} <= targets
    assert "../report.html" in links
    assert tree.find_class("om-banner")[0].text_content().startswith("Simulated data")


def test_a_recorded_figure_keeps_its_description(samples):
    blocks = page_of(samples.executed()).blocks
    (picture,) = [block for block in blocks if "<img" in block.html]
    assert 'alt="Areas of weekly sales."' in picture.html
    plain = samples.cell("code", "figure", samples.shown(**{"image_svg+xml": "<svg/>"}))
    plain = samples.executed(plain)
    assert "Chart: Sales &amp; &lt;more&gt;" in page_of(plain).blocks[-1].html


@pytest.mark.parametrize(
    "more",
    [
        lambda s: s.cell("code", "x", s.shown(text_html=s.HOSTILE)),
        lambda s: s.cell("code", "x", s.shown(text_markdown=f"{s.HOSTILE}\n\n{s.LINKS}")),
        lambda s: s.cell("markdown", f"{s.HOSTILE}\n\n{s.LINKS}"),
        lambda s: s.cell("code", s.HOSTILE, s.shown(text_plain=s.HOSTILE)),
        lambda s: s.cell("code", "x", s.shown(**{"image_svg+xml": s.HOSTILE})),
        lambda s: s.cell("code", "x", s.shown(application_javascript="alert(1)")),
        lambda s: s.cell("code", "x", {"output_type": "error", "ename": s.HOSTILE, "evalue": "x"}),
    ],
)
def test_hostile_outputs_do_nothing(more, run, samples):
    notebook = run.notebooks["overview"]
    notebook.write_text(json.dumps(samples.executed(more(samples))), encoding="utf-8")
    text = appendix_page(run, notebook, reports=[], colours=Colours())
    tree = html.document_fromstring(text)
    body = tree.body
    assert (
        list(body.iter("script", "style", "iframe", "form", "input", "svg", "base", "meta")) == []
    )
    attributes = {name for e in body.iter() if isinstance(e.tag, str) for name in e.attrib}
    assert [name for name in attributes if name.startswith("on") or name == "style"] == []
    assert [
        i.get("src") for i in body.iter("img") if not (i.get("src") or "data:").startswith("data:")
    ] == []
    assert [
        a.get("href")
        for a in body.iter("a")
        if not re.match(r"#|https?:|mailto:", a.get("href", "#"))
    ] == []
    assert len(list(body.iter("main"))) == 1


def test_endless_outputs_are_cut(samples):
    table = "<table>" + "<tr><td>1</td></tr>" * 10**5 + "</table>"
    printed = {"output_type": "stream", "name": "stdout", "text": "y" * 10**6}
    notebook = samples.executed(
        samples.cell("code", "x", printed),
        samples.cell("code", "x", samples.shown(text_html=table)),
    )
    page = page_of(notebook)
    assert sum(len(block.html) for block in page.blocks) < 60_000
    assert "980,000 more characters" in page.blocks[-3].html
    assert "too large" in page.blocks[-1].html


def test_a_page_has_a_bound(monkeypatch, samples):
    monkeypatch.setattr("omnisim.report.notebook_page._MOST_BYTES", 3_000)
    shown_blocks = [b for b in page_of(samples.executed()).blocks if b.kind == "output"]
    assert "the page would be too large" in shown_blocks[-1].html


def test_deeply_nested_html_is_no_way_out():
    assert len(safe_html("<div>" * 5000 + "<script>x</script>deep")) < 10**6
    assert "<script" not in safe_html("<div>" * 5000 + "<script>x</script>deep")


def test_equal_notebooks_give_equal_bytes_and_only_parameters_of_the_run_matter(run, tmp_path):
    paths = [
        write_appendix(run, ["overview"], tmp_path / name, reports=[])[0] for name in ("a", "b")
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert write_appendix(run, ["risk"], tmp_path / "c", reports=[]) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"nbformat": 3}'])
def test_what_is_no_notebook_is_refused(run, tmp_path, text):
    run.notebooks["overview"].write_text(text, encoding="utf-8")
    with pytest.raises(ResultError, match=NAME):
        write_appendix(run, ["overview"], tmp_path, reports=[])


@pytest.mark.parametrize("name", ["../outside", "a/b", ""])
def test_names_that_leave_the_run_are_no_notebooks(run, name):
    (run.folder / "run.json").write_text(
        json.dumps({"steps": {name: {"files": {"results/overview.json": ""}}}}), encoding="utf-8"
    )
    assert load_run(run.folder).notebooks == {}


def test_the_documents_lead_to_the_pages_and_back(run, tmp_path):
    report = write_report(run.folder, out=tmp_path / "out", to=["html", "docx"], engine="embedded")
    page = report.folder / "appendix" / f"{NAME}.html"
    assert 'href="../report.html"' in page.read_text(encoding="utf-8")
    methods = (report.folder / "_generated" / "methods.qmd").read_text(encoding="utf-8")
    assert f"(appendix/{NAME}.html)" in methods
    assert f'href="appendix/{NAME}.html"' in report.files["html"].read_text(encoding="utf-8")
    assert [r for r in lint_report(report.folder, run) if "link" in str(r)] == []
    page.unlink()
    assert [r for r in lint_report(report.folder, run) if "does not exist" in str(r)]


def test_it_can_be_left_out(run, tmp_path):
    report = write_report(
        run.folder, out=tmp_path / "out", to=["html"], engine="embedded", appendix=False
    )
    assert not (report.folder / "appendix").exists()
    assert "appendix/" not in (report.folder / "_generated" / "methods.qmd").read_text()


def test_a_notebook_that_tells_the_truth_is_hidden_with_it(run):
    """Where the engagement hides the truth, a notebook held against it is not shown."""
    hidden = Engagement(truth="hidden")
    truth = load_run(run.folder).results["ab_test"].truth
    told = replace(run.results["overview"], truth=truth)
    assert truth
    assert agreed_run(replace(run, results={"overview": told}), hidden).notebooks == {}
    assert agreed_run(run, Engagement()).notebooks == run.notebooks
    # A brief made by the same notebook holds no truth of its own, yet its page would tell it.
    file = run.notebooks["overview"]
    both = {"overview": told, "overview_brief": run.results["overview"]}
    briefed = replace(run, results=both, notebooks=dict.fromkeys(both, file))
    assert agreed_run(briefed, hidden).notebooks == {}


def test_what_the_hidden_truth_takes_from_the_appendix_is_said(run, tmp_path):
    told = replace(run.results["overview"], truth=run.results["ab_test"].truth)
    (run.folder / "results" / "overview.json").write_text(told.to_json(), encoding="utf-8")
    engagement = tmp_path / "engagement.yml"
    engagement.write_text("truth: hidden", encoding="utf-8")
    options = {"to": ["html"], "engine": "embedded", "engagement": engagement}
    report = write_report(run.folder, out=tmp_path / "r", **options)
    assert any(f"appendix is without {NAME}" in note for note in report.notes)
    assert not (report.folder / "appendix").exists()


def chinese_page(run, *more, samples):
    """The page of a notebook of the package with a few outputs, and its tree."""
    notebook = run.notebooks["overview"]
    notebook.write_text(json.dumps(samples.chinese(*more)), encoding="utf-8")
    text = appendix_page(
        run,
        notebook,
        reports=[("Client assessment", "report.zh.html")],
        colours=Colours(),
        lang="zh",
    )
    return html.document_fromstring(text)


def test_a_chinese_page_is_chinese_in_frame_and_prose(run, samples):
    tree = chinese_page(run, samples=samples)
    assert tree.get("lang") == "zh-Hans"
    assert tree.findtext(".//h1") == "该零售商的经营现状如何？"
    assert [h.text_content() for h in tree.iter("h2")] == ["参数", "数据里有什么"]
    rows = [[c.text_content() for c in row] for row in tree.find(".//table").iter("tr")]
    assert rows == [
        ["名称", "数值", "含义"],
        ["dataset", "sample", "数据集的名称或路径"],
        ["lookback_days", "30", "下单前多少天内的触点可算作首次触点"],
    ]
    assert [d.findtext("summary") for d in tree.iter("details")][:2] == ["目录", "代码1，1行"]
    assert tree.find_class("om-kicker")[0].text == f"技术附录 · {NAME}"
    assert "返回：全渠道运营评估。" in tree.text_content()
    labels = {e.get("aria-label") for e in tree.iter() if e.get("aria-label")}
    assert labels == {"目录", "参数", "表格", "代码1，1行", "代码2，1行"}


def test_outputs_are_chinese_where_they_hold_it(run, samples):
    tree = chinese_page(run, samples=samples)
    said = tree.text_content()
    assert "销售额上升。（n = 12单）" in said
    bold = [strong.text for strong in tree.iter("strong")]
    assert "销售额上升。" in bold, "asterisks beside Chinese signs are bold as well"
    header = [cell.text for cell in tree.find_class("om-table")[1].iter("th", "td")]
    assert header == ["净销售额", "检查结果如下", "Café Nord", "1至2"]


def test_an_output_that_holds_nothing_is_known_by_the_results_or_stays_as_it_is(run, samples):
    """Such as one kept by an earlier version: never half in one language and half in the other."""
    remember("Sales rise.", zh="销售额上升。")
    texts = ("**Sales rise.** Net sales", "Net sales rose because of the weather", "Net sales")
    cells = [samples.cell("code", "x", samples.held({"text/markdown": text})) for text in texts]
    shown = chinese_page(run, *cells, samples=samples).find_class("om-output")[-3:]
    assert [block.text_content().strip() for block in shown] == [
        "销售额上升。净销售额",
        "Net sales rose because of the weather",
        "净销售额",
    ]


def test_a_chart_is_shown_as_it_was_drawn_in_chinese(run, samples):
    tree = chinese_page(run, samples=samples)
    chinese, english = tree.iter("img")
    assert chinese.get("src").endswith(samples.picture("#C8553D"))
    assert chinese.get("alt") == "图：数据里有什么"
    assert english.get("src").endswith(samples.picture())
    notes = [note.text for note in tree.find_class("om-note")]
    assert notes == ["此图仅有英文版。"]


@pytest.mark.parametrize(
    "held",
    [
        {
            "texts": {"Sales": "<script>x()</script><b onclick='x()'>x</b>"},
            "image/png": "no base64!",
        },
        {"texts": {"Sales": 3, "x": None}, "image/png": 7},
        {"texts": "Sales", "image/png": ["x"]},
        ["texts"],
        "texts",
    ],
)
def test_what_an_output_holds_is_as_untrusted_as_the_output(held, run, samples):
    kind = {"application/vnd.omnisim.zh+json": held}
    outputs = [
        {"text/html": "<table><tbody><tr><td>Sales</td></tr></tbody></table>"},
        {"text/markdown": "**Sales**"},
        {"text/plain": "Sales"},
        {"image/png": samples.picture()},
    ]
    cells = [samples.cell("code", "x", samples.held({**data, **kind})) for data in outputs]
    tree = chinese_page(run, *cells, samples=samples)
    assert list(tree.body.iter("script")) == []
    assert [e for e in tree.body.iter() if "onclick" in e.attrib] == []
    pictures = [image.get("src") for image in tree.iter("img")]
    assert all(src.startswith("data:image/png;base64,") for src in pictures)
    assert pictures[-1].endswith(samples.picture()), "where nothing else can be shown, the English"


def test_english_pages_do_not_change_by_what_outputs_hold(run, samples):
    with_words = notebook_page(samples.chinese(), name="x", alts={})
    bare = samples.chinese()
    for cell in bare["cells"]:
        for output in cell.get("outputs", ()):
            output["data"] = {k: v for k, v in output["data"].items() if "omnisim" not in k}
    assert notebook_page(bare, name="x", alts={}) == with_words


def test_documents_lead_to_the_pages_of_their_language_and_back(run, samples, tmp_path):
    run.notebooks["overview"].write_text(json.dumps(samples.chinese()), encoding="utf-8")
    out = {"out": tmp_path / "out", "to": ["html"], "engine": "embedded"}
    report = write_report(run.folder, lang=["en", "zh"], **out)
    pages = {file.name: file for file in (report.folder / "appendix").iterdir()}
    assert set(pages) == {f"{NAME}.html", f"{NAME}.zh.html"}
    for name, page, other in (
        ("report.html", f"{NAME}.html", f"{NAME}.zh.html"),
        ("report.zh.html", f"{NAME}.zh.html", f"{NAME}.html"),
    ):
        document = (report.folder / name).read_text(encoding="utf-8")
        assert f'href="appendix/{page}"' in document
        assert f'href="appendix/{other}"' not in document
        links = re.findall(r'href="\.\./([^"]+)"', pages[page].read_text(encoding="utf-8"))
        assert links == [name]
    before = {name: file.read_bytes() for name, file in pages.items()}
    # One language rendered anew: the page of the other is kept as it is, and still leads to its document.
    samples_now = samples.chinese()
    samples_now["cells"][-1]["source"] = "print('changed since')"
    run.notebooks["overview"].write_text(json.dumps(samples_now), encoding="utf-8")
    write_report(run.folder, lang="zh", force=True, **out)
    after = {name: (report.folder / "appendix" / name).read_bytes() for name in pages}
    assert after[f"{NAME}.html"] == before[f"{NAME}.html"]
    assert after[f"{NAME}.zh.html"] != before[f"{NAME}.zh.html"]


def test_pages_carry_the_fonts_of_their_signs_and_nothing_slopes(run, samples, tmp_path):
    run.notebooks["overview"].write_text(json.dumps(samples.chinese()), encoding="utf-8")
    pages = {
        lang: write_appendix(run, ["overview"], tmp_path, reports=[], lang=lang)[0].read_text(
            "utf-8"
        )
        for lang in ("en", "zh")
    }
    assert "@font-face" not in pages["en"]
    assert "font-src" not in pages["en"]
    assert pages["zh"].count("@font-face") == 3 if text_font() else 2
    assert "font-src data:" in pages["zh"]
    assert "html:lang(zh) :is(em, i) { font-style: normal" in pages["zh"]


def test_english_left_on_a_chinese_page_is_found_and_said(run, samples, tmp_path):
    sentence = "Nobody wrote this sentence in Chinese."
    cells = [
        samples.cell("markdown", sentence),
        samples.cell(
            "code", "# a comment that stays as it is", samples.held({"text/plain": "x y z"})
        ),
        samples.cell(
            "code",
            "table",
            samples.held(
                {
                    "text/html": "<table><tbody><tr><td>Studio shoes, olive</td><td>a sentence that no"
                    " catalogue knows</td></tr></tbody></table>"
                }
            ),
        ),
    ]
    run.notebooks["overview"].write_text(json.dumps(samples.chinese(*cells)), encoding="utf-8")
    report = write_report(
        run.folder, out=tmp_path / "out", to=["html"], engine="embedded", lang="zh"
    )
    mine = [str(r) for r in lint_report(report.folder, run) if "appendix/" in str(r)]
    assert len(mine) == 2
    assert all(f"appendix/{NAME}.zh.html:" in remark for remark in mine)
    assert sentence.rstrip(".") in mine[0]
    assert "a sentence that no catalogue knows" in mine[1]
    (note,) = [note for note in report.notes if "appendix in 'zh'" in note]
    assert note.startswith("2 texts stayed English in the appendix")


def test_the_words_of_the_frame_are_known():
    template = files("omnisim.report").joinpath("templates", "appendix.html.j2").read_text("utf-8")
    words = set(re.findall(r'word\("([^"]+)"\)', template))
    titles = {f"{kind.about[:1].upper()}{kind.about[1:]}" for kind in DOCUMENTS.values()}
    assert len(words) >= 10
    assert [text for text in words | titles if text not in catalog("zh")] == []
