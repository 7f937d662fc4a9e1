"""The engagement file: mistakes are one line each, and what it says reaches every format."""

from __future__ import annotations

import io
import re
import shutil
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document
from lxml import html as lxml_html
from PIL import Image
from pypdf import PdfReader
from pypdfium2 import PdfDocument

from omnisim.errors import EngagementError, ReportError
from omnisim.report import write_report
from omnisim.report.engagement import FILE_NAME, Engagement, engagement_of, read_engagement
from omnisim.report.escape import plain
from omnisim.report.fonts import font_folder
from omnisim.report.logo import MAX_BYTES, MAX_PIXELS
from omnisim.report.project import project_sources

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">'
    '<rect width="300" height="100" fill="#7A1F5C"/></svg>'
)
NAMES = {
    "script": "</style><script>alert('x')</script><img src=x onerror=alert(1)>",
    "include": "{{< include /etc/passwd >}} {{< meta results.dataset >}}",
    "typst": '#import "@preview/cetz:0.1.0" #read("/etc/passwd") $x$ *b* \\n C:\\new',
    "quotes": "\"double\" 'single' %s } } {#id} ::: ---",
    "right to left": "مرحبا بالعالم \u202etxt.exe\u202c",
    "emoji": "🚀 growth 家",
    "long": "x" * 300,
}


def _png(width: int, height: int, *, n_lines: int | None = None) -> bytes:
    """A grey PNG, written by hand: eight bits of grey a pixel, each line with filter 0."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(b"".join(b"\x00" + b"\x80" * width for _ in range(n_lines or height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


@pytest.fixture
def write(tmp_path):
    """Writes an engagement file with the files beside it."""

    def make(text: str, **files: bytes) -> Path:
        for name, data in files.items():
            (tmp_path / name.replace("_", ".")).write_bytes(data)
        (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
        return tmp_path / FILE_NAME

    return make


def test_an_empty_file_is_all_defaults(write):
    assert read_engagement(write("# nothing yet\n")).engagement == Engagement()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("client: No", "client = False: give a text, in quotes"),
        ("clint: Acme", "clint: unknown field; did you mean 'client'?"),
        ("client: A\nclient: B", r"engagement\.yml:2: not YAML: field 'client' is given twice"),
        ("sector: books", "sector = 'books': should be 'fashion', 'beauty'"),
        ("language: fr", "language = 'fr': should be 'en' or 'zh'"),
        ("truth: maybe", "truth = 'maybe': should be 'shown' or 'hidden'"),
        ("colours: {accent: teal}", "colours.accent = 'teal': give # and six hexadecimal digits"),
        ("colours: {accent: '#FFE000'}", r"contrast of 1\.\d with white; text needs 4\.5"),
        ("colours: {glow: '#000000'}", "colours.glow: unknown field; known are accent, ink"),
        ("currency: {code: usd}", "currency.code = 'usd': give three capital letters"),
        ("fonts: {family: 'Arial'}", "fonts.family = 'Arial': no font file is given"),
        ("fonts: {family: 'A\"]#x'}", "fonts.family = .*: give letters, digits and spaces"),
        ("targets: {stockout_rate: 0.1}", "is no target; did you mean 'stock_out_rate'"),
        ("targets: {stock_out_rate: 4}", "targets.stock_out_rate = 4: should be less than 1"),
        ("stage: {weights: {sales: 0.5}}", r"sum to 0\.5; they must sum to 1"),
        ("questions: overview", r"questions = 'overview': give a list"),
        ("logo: ../logo.png", "logo = '../logo.png': give a file in the folder of engagement.yml"),
        ("logo: /etc/passwd", "logo = '/etc/passwd': give a file in the folder"),
        ("logo: no.png", "logo = 'no.png': cannot be read"),
        (
            "client: A\nactions: {a.b: {by: 2026-02-30}}",
            r"engagement\.yml:2: not YAML: '2026-02-30' is no value: day is out of range",
        ),
        ("currency: USD", r"currency = 'USD': give fields and values.*; known are code, name"),
        (
            "actions: {a.b: 3}",
            r"actions\.a\.b = 3: give fields and values.*; known are cost, owner",
        ),
        ("targets: 0.5", r"targets = 0\.5: give fields and values"),
        ("[" * 5_000, r"engagement\.yml: not an engagement file: nested too deeply"),
        ("- a\n- b", "give fields and values"),
        ("a: &x [1]\nb: *x", r"engagement\.yml:2: not YAML: references"),
        ("a: [", r"engagement\.yml:\d+: not YAML"),
    ],
)
def test_mistakes_name_file_field_value_and_what_is_allowed(write, text, message):
    with pytest.raises(EngagementError, match=message) as caught:
        read_engagement(write(text))
    assert str(caught.value).startswith(FILE_NAME)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not a PNG, JPEG or SVG picture"),
        (b"%PDF-1.7", "is not a PNG, JPEG or SVG picture"),
        (b"\x89PNG\r\n\x1a\nbroken", "is a damaged picture"),
        (_png(20, 20)[:-30], "is a damaged picture"),
        (
            _png(MAX_PIXELS + 1, 1),
            f"too large with {MAX_PIXELS + 1} x 1 pixels; at most {MAX_PIXELS}",
        ),
        # Its head alone claims 900 million pixels: said with its size, and never unpacked.
        (
            _png(30_000, 30_000, n_lines=1),
            "too large with 30000 x 30000 pixels; at most 4000 a side",
        ),
        (b"x" * (MAX_BYTES + 1), r"has 1\.0 MB; at most 1 MB"),
        (SVG.replace("<rect", "<script>x</script><rect").encode(), "runs or loads something"),
        (SVG.replace("<rect", '<rect onload="x()"').encode(), "runs or loads something"),
        (SVG.replace("<rect", '<image href="http://a.b/c.png"/><rect').encode(), "loads something"),
        (SVG.replace("<rect", '<image href="file:///etc/passwd"/><rect').encode(), "loads"),
        (b'<!DOCTYPE svg [<!ENTITY x "y">]>' + SVG.encode(), "runs or loads something"),
        (SVG.replace(' viewBox="0 0 300 100"', "").encode(), "says no size"),
        (SVG.replace("0 0 300 100", "0 0 -300 100").encode(), "says no size"),
        (SVG.replace("0 0 300 100", f"0 0 {'9' * 400} 100").encode(), "says no size"),
        (SVG.replace("0 0 300 100", "0 0 1 100000").encode(), "1 x 100000; the long side is at"),
        (SVG.replace("0 0 300 100", "0 0 3e5 1e2").encode(), "300000 x 100; the long side is at"),
        (_png(1, 400), "measures 1 x 400; the long side is at most 20 times the short one"),
        (b"<html><body>svg</body></html>", "is not a PNG, JPEG or SVG picture"),
    ],
)
def test_a_logo_that_cannot_be_used_is_one_error(write, data, message):
    with pytest.raises(EngagementError, match=message):
        read_engagement(write("logo: logo.png", logo_png=data))


def test_a_logo_in_the_colours_of_print_is_refused(write):
    jpeg = io.BytesIO()
    Image.new("CMYK", (30, 10)).save(jpeg, "JPEG")
    with pytest.raises(
        EngagementError, match=r"logo = 'l\.jpg': has the colours of print \(CMYK\)"
    ):
        read_engagement(write("logo: l.jpg", l_jpg=jpeg.getvalue()))


def test_a_drawing_that_cannot_be_drawn_is_named_as_its_owner_does(make_run, tmp_path, write):
    deep = SVG.replace("<rect", "<g>" * 20_000 + "<rect").replace(
        "/></svg>", "/>" + "</g>" * 20_000 + "</svg>"
    )
    file = write("logo: mine.svg", mine_svg=deep.encode())
    with pytest.raises(EngagementError, match=r"logo = 'mine\.svg': cannot be drawn"):
        write_report(make_run(("risk",)), out=tmp_path / "r", to=["html"], engagement=file)


def test_a_folder_is_no_logo(write, tmp_path):
    (tmp_path / "logo.png").mkdir()
    with pytest.raises(EngagementError, match="is no file"):
        read_engagement(write("logo: logo.png"))


def test_a_logo_keeps_its_shape_within_the_room_of_the_cover(write):
    # 60 x 18 mm: a wide one is 60 mm wide, a square one 18 mm.
    assert read_engagement(write("logo: l.svg", l_svg=SVG.encode())).logo.width == 54.0
    assert read_engagement(write("logo: l.png", l_png=_png(40, 40))).logo.width == 18.0
    powers = SVG.replace("0 0 300 100", "0 0 2e2 1.0e2").encode()
    assert read_engagement(write("logo: l.svg", l_svg=powers)).logo.width == 36.0
    assert read_engagement(write("logo: l.png", l_png=_png(400, 40))).logo.width == 60.0


@pytest.mark.parametrize("texts", [list(NAMES.values())[:4], list(NAMES.values())[4:]])
def test_hostile_names_are_only_text_in_every_format(make_run, tmp_path, write, texts):
    run = make_run(("overview",))
    name = " ".join(texts)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    file = write(
        f'client: "{quoted}"\naudience: "{quoted}"\nauthor: "{quoted}"\nconfidentiality: "{quoted}"'
    )
    report = write_report(run, out=tmp_path / "r", engine="embedded", engagement=file)
    wanted = plain(name).replace("'", "’")

    page = lxml_html.fromstring(report.files["html"].read_bytes())
    own = (project_sources() / "_brand" / "html" / "report.js").read_text(encoding="utf-8")
    assert [script.text for script in page.xpath("//script")] == [own]
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    shown = page.xpath("string(//*[contains(@class, 'om-cover-client')])")
    assert shown.replace("\u00a0", " ").replace("'", "’").strip() == wanted

    word = Document(str(report.files["docx"]))
    (line,) = [p.text for p in word.paragraphs if p.style.name == "Cover Client"]
    assert line.replace("\u00a0", " ").replace("'", "’") == wanted
    assert len(word.sections[0].footer.paragraphs[0].text) < 200  # a long name is cut there

    letters = _letters(" ".join(p.extract_text() for p in PdfReader(report.files["pdf"]).pages))
    assert _letters(wanted)[:200] in letters
    for content in (shown, line, letters):
        assert "root:" not in content  # nothing of /etc/passwd


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum() and ord(c) < 0x250)


@pytest.fixture(scope="module")
def branded(make_run, tmp_path_factory):
    """A report with a logo, colours, names and agreed targets."""
    folder = tmp_path_factory.mktemp("brand")
    (folder / "logo.svg").write_text(SVG.replace("#7A1F5C", "#2255CC"), encoding="utf-8")
    (folder / FILE_NAME).write_text(
        "client: Acme\nlogo: logo.svg\naudience: the board\nauthor: Jane Doe\n"
        "colours: {accent: '#7A1F5C'}\ncurrency: {code: USD, name: US dollars}\n"
        "targets: {stock_out_rate: 0.04}\ntruth: hidden\n"
        "stage: {name: retention, weights: {sales: 0.4, customers: 0.6}}\n",
        encoding="utf-8",
    )
    return write_report(
        make_run(), out=folder / "r", engine="embedded", engagement=folder / FILE_NAME
    )


def test_the_logo_stands_on_every_cover(branded):
    page = lxml_html.fromstring(branded.files["html"].read_bytes())
    (picture,) = page.xpath("//*[@class='om-cover']//img")
    assert picture.get("src").startswith("data:image/svg+xml,")
    assert picture.get("alt") == "Logo: Acme"
    word = Document(str(branded.files["docx"]))
    assert 'descr="Logo: Acme"' in word.element.xml
    assert (branded.folder / "_generated" / "logo.png").read_bytes().startswith(b"\x89PNG")
    # The colour of the drawing, #2255CC, is seen on the cover and on no other page.
    sheets = PdfDocument(branded.files["pdf"])
    seen = [
        sheet.render(rev_byteorder=True).to_numpy()[..., :3] for sheet in (sheets[0], sheets[2])
    ]
    assert [bool((pixels == (0x22, 0x55, 0xCC)).all(axis=-1).any()) for pixels in seen] == [
        True,
        False,
    ]
    assert branded.notes == ()  # PDF/A-2b and PDF/UA still hold


def test_colours_reach_all_formats(branded):
    page = branded.files["html"].read_text(encoding="utf-8")
    assert "<style>:root{--accent:rgb(122, 31, 92);--tint:rgb(246, 239, 244)}</style>" in page
    word = Document(str(branded.files["docx"]))
    assert str(word.styles["Heading 2"].font.color.rgb) == "7A1F5C"
    for xml in (word.element.xml, word.styles.element.xml):
        assert "0B7A75" not in xml
    folder = branded.folder / "_generated"
    assert "om-accent: 122, 31, 92" in (folder / "results.yml").read_text(encoding="utf-8")


def test_names_currency_and_targets_are_said(branded):
    page = lxml_html.fromstring(branded.files["html"].read_bytes())
    text = " ".join(page.xpath("string(//main)").replace("\u00a0", " ").split())
    for words in (
        "Prepared for the board",
        "Prepared by Jane Doe",
        "amounts in US dollars (USD)",
        "≤ 4%, agreed",
        "Sales 40%, Customers 60%. The weights are agreed with the client",
    ):
        assert words in text
    assert Document(str(branded.files["docx"])).core_properties.author == "Jane Doe"


def test_hidden_truth_is_nowhere(branded, make_run, tmp_path):
    for file in branded.folder.glob("_generated/*"):
        if file.suffix in (".qmd", ".yml"):
            assert "against the truth" not in file.read_text(encoding="utf-8"), file.name

    def from_worlds(result):
        first = replace(result.exhibits[0], source="re-simulated worlds")
        return replace(result, exhibits=(first, *result.exhibits[1:]))

    (tmp_path / FILE_NAME).write_text("truth: hidden", encoding="utf-8")
    options = {"to": ["html"], "engine": "embedded", "document": "attribution"}
    run = make_run(("attribution",), edit=from_worlds)
    shown = write_report(run, out=tmp_path / "a", **options).files["html"].read_text("utf-8")
    hidden = write_report(run, out=tmp_path / "b", engagement=tmp_path / FILE_NAME, **options)
    assert "re-simulated worlds" in shown
    assert "re-simulated worlds" not in hidden.files["html"].read_text("utf-8")


def test_only_the_questions_asked_are_shown(make_run, tmp_path, write):
    file = write("questions: [overview, risk]")
    options = {"to": ["html"], "engine": "embedded", "engagement": file}
    page = write_report(make_run(), out=tmp_path / "r", **options).files["html"].read_text("utf-8")
    assert "retargeting" not in page
    assert "was not run" not in page
    file = write("questions: [overview, weather]")
    with pytest.raises(EngagementError, match=r"questions = 'weather': no such question; there"):
        write_report(make_run(), out=tmp_path / "q", **options)
    assert not (tmp_path / "q").exists()


def test_what_was_agreed_on_actions_takes_the_place_of_the_results(make_run, tmp_path, write):
    file = write(
        "actions:\n  ab_test.sales_per_year: {cost: 25000, owner: Jane Doe, by: 2026-02-15}\n"
    )
    options = {"to": ["html"], "engine": "embedded", "engagement": file}
    folder = write_report(make_run(), out=tmp_path / "r", **options).folder
    page = (folder / "_generated/recommendations.qmd").read_text("utf-8").replace("\u00a0", " ")
    rows = page.splitlines()
    (agreed,) = [row for row in rows if "Give the page to everybody" in row]
    for words in ("USD 25,000, as agreed", "Jane Doe", "by 15 February 2026"):
        assert words in agreed
    # The others keep the role of the result, and end with the second period of the roadmap, for medium
    # effort begun now: the data end on 2025-12-31.
    (other,) = [row for row in rows if "Count the fast-moving tenth" in row]
    assert "Not known" in other
    assert "Head of supply chain" in other
    assert "by 30 June 2026" in other
    assert "Jane Doe" in (folder / "_generated/resources.qmd").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "actions: {ab_test.x: {cost: 1}}",
            r"actions = 'ab_test\.x': no such action; there are \[",
        ),
        ("actions: {a: {cost: -1}}", r"actions\.a\.cost = -1: .*greater than or equal to 0"),
        ("actions: {a: {cost: .nan}}", r"actions\.a\.cost = nan: .*finite"),
        ("actions: {a: {cost: 1.0e+300}}", r"actions\.a\.cost = 1e\+300: .*less than or equal to"),
        (
            "actions: {ab_test.sales_per_year: {by: 2025-12-31}}",
            r"sales_per_year\.by = 2025-12-31: give a day after the last of the data, 2025-12-31",
        ),
        ("actions: {a: {by: soon}}", r"actions\.a\.by = 'soon': .*day it is done, as 2026-03-31"),
        ("actions: {a: {price: 1}}", r"actions\.a\.price: unknown field; .*cost, owner, by"),
    ],
)
def test_a_wrong_agreement_says_what_is_allowed(make_run, tmp_path, write, text, message):
    with pytest.raises(EngagementError, match=message):
        write_report(make_run(("ab_test",)), out=tmp_path / "r", engagement=write(text))
    assert not (tmp_path / "r").exists()


def test_amounts_are_never_converted(make_run, tmp_path, write):
    file = write("currency: {code: CNY}")
    with pytest.raises(EngagementError, match=r"currency\.code = 'CNY': the results are in USD"):
        write_report(make_run(("risk",)), out=tmp_path / "r", engagement=file)


def test_a_typeface_of_the_client_reaches_all_formats(make_run, tmp_path, write):
    from fontTools.ttLib import TTFont

    with TTFont(font_folder() / "Lato-Regular.ttf") as font:
        for record in font["name"].names:
            if record.nameID in (1, 16):
                record.string = "Acme Sans"
        font.save(tmp_path / "acme.ttf")
    file = write("fonts: {family: Acme Sans, files: [acme.ttf]}")
    report = write_report(
        make_run(("risk",)), out=tmp_path / "r", engine="embedded", engagement=file
    )
    page = report.files["html"].read_text("utf-8")
    assert '@font-face{font-family:"Acme Sans"' in page
    assert '--family:"Acme Sans"' in page
    word = Document(str(report.files["docx"]))
    assert word.styles["Normal"].font.name == "Acme Sans"
    fonts = {
        str(font.get_object()["/BaseFont"])
        for sheet in PdfReader(report.files["pdf"]).pages
        for font in sheet["/Resources"]["/Font"].values()
    }
    assert fonts
    # The file of the test renames the family only; the name inside the PDF is that of the face.
    (report.folder / "_generated" / "fonts" / "00-acme.ttf").unlink()
    source = report.folder / "report.qmd"
    text = source.read_text("utf-8")
    source.write_text(text.replace("lang: en", "lang: en\nmainfont: No Such Face"), "utf-8")
    with pytest.raises(ReportError, match=r"report\.qmd: mainfont = 'No Such Face': no file"):
        write_report(make_run(("risk",)), out=report.folder, engine="embedded", engagement=file)


def test_an_engagement_file_that_cannot_be_read_is_not_passed_over(make_run, tmp_path):
    run = Path(shutil.copytree(make_run(("risk",)), tmp_path / "runs" / "small"))
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(EngagementError, match=r"engagement\.yml: cannot be read"):
        write_report(run, to=["html"], engine="embedded")


def test_a_file_that_is_no_font_is_one_error(write):
    with pytest.raises(EngagementError, match=r"fonts.files = 'a.ttf': is not a .ttf or .otf font"):
        read_engagement(write("fonts: {family: A, files: [a.ttf]}", a_ttf=b"not a font"))


def test_the_file_of_the_project_is_found(make_run, tmp_path):
    run = Path(shutil.copytree(make_run(("risk",)), tmp_path / "runs" / "small"))
    assert engagement_of(run) is None
    (tmp_path / FILE_NAME).write_text("client: The project's client", encoding="utf-8")
    assert engagement_of(run) == tmp_path / FILE_NAME
    page = write_report(run, to=["html"], engine="embedded").files["html"].read_text("utf-8")
    assert re.search(r"The project.s client", page)
