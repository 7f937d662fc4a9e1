"""The slides of a PowerPoint file: matched with those of the source, emptied, added, tidied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn

from omnisim.report.deck.pieces import Slide

COVER, TITLED = "Title Slide", "Title Only"
TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
# Type of a placeholder -> its number in the layouts, as Pandoc's reference deck has them.
_INDEX = {"ftr": "11", "sldNum": "12", "subTitle": "1"}
_LINKS = (qn("r:embed"), qn("r:link"), qn("r:id"))


def matched(
    presentation: Any, slides: Sequence[Slide]
) -> tuple[Any | None, list[tuple[Any, Slide]]]:
    """The cover, and each slide of the source with the native one it became.

    Where Pandoc made several of one, the first is kept and the others go; where it made none, one is
    added.
    """
    natives = list(presentation.slides)
    cover = natives[0] if natives and natives[0].slide_layout.name == COVER else None
    pairs: list[tuple[Any, Slide]] = []
    waiting = list(slides)
    for native in natives[0 if cover is None else 1 :]:
        if waiting and _letters(title_text(native)) == _letters(waiting[0].title):
            pairs.append((native, waiting.pop(0)))
        elif pairs and pairs[-1][1].is_known:
            _remove(presentation, native)
    for slide in waiting:
        last = pairs[-1][0] if pairs else cover
        pairs.append((add_slide_after(presentation, last), slide))
    return cover, pairs


def add_slide_after(presentation: Any, before: Any | None) -> Any:
    """A new slide with a title, behind another; at the end where that is None."""
    layout = _layout(presentation, TITLED)
    made = presentation.slides.add_slide(layout)
    if before is not None:
        order = presentation.slides._sldIdLst
        ids = [entry.rId for entry in order]
        entry = order[-1]
        place = ids.index(
            next(r.rId for r in presentation.part.rels.values() if r._target is before.part)
        )
        order.remove(entry)
        order.insert(place + 1, entry)
    return made


def name_slides(presentation: Any) -> None:
    """Number the files of the slides in their order: added ones took names of those that went."""
    order = presentation.slides._sldIdLst
    presentation.part.rename_slide_parts([entry.rId for entry in order])


def empty_slide(native: Any) -> None:
    """Take everything but the title off a slide, and give it the layout with a title only."""
    title = title_of(native)
    for shape in list(native.shapes):
        if shape._element is not title._element:
            shape._element.getparent().remove(shape._element)
    use_layout(native, TITLED)


def use_layout(native: Any, name: str) -> None:
    """Base a slide on another layout of its master."""
    master = native.slide_layout.slide_master
    layout = next((item for item in master.slide_layouts if item.name == name), None)
    if layout is None:
        return  # a reference deck of one's own
    for relation in native.part.rels.values():
        if relation.reltype == RT.SLIDE_LAYOUT:
            relation._target = layout.part


def title_of(native: Any) -> Any:
    """The title of a slide; made where it has none."""
    for shape in native.placeholders:
        if shape.placeholder_format.type in TITLES:
            return shape
    return add_placeholder(native, "title", name="Title")


def add_placeholder(native: Any, kind: str, *, name: str) -> Any:
    """A placeholder of the layout on a slide."""
    index = f' idx="{_INDEX[kind]}" sz="quarter"' if kind in _INDEX else ""
    native.shapes._spTree.append(
        parse_xml(
            f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="{_free_id(native)}" name="{name}"/>'
            '<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr>'
            f'<p:ph type="{kind}"{index}/></p:nvPr></p:nvSpPr><p:spPr/>'
            "<p:txBody><a:bodyPr/><a:lstStyle/><a:p/></p:txBody></p:sp>"
        )
    )
    return native.shapes[-1]


def write_notes(native: Any, paragraphs: Sequence[str]) -> None:
    """What the speaker reads."""
    if paragraphs or native.has_notes_slide:
        native.notes_slide.notes_text_frame.text = "\n".join(paragraphs)


def drop_unused_pictures(native: Any) -> None:
    """Pictures of shapes that went are not carried along."""
    used = {
        element.get(name)
        for element in native._element.iter()
        for name in _LINKS
        if element.get(name) is not None
    }
    for name, relation in list(native.part.rels.items()):
        if relation.reltype == RT.IMAGE and name not in used:
            native.part.rels.pop(name)


def number_shapes(native: Any) -> None:
    """Every shape has a number of its own, counted from the first."""
    for number, properties in enumerate(native.shapes._spTree.iter(qn("p:cNvPr")), 1):
        properties.set("id", str(number))


def title_text(native: Any) -> str:
    """What the title of a slide says; empty where it has none."""
    for shape in native.placeholders:
        if shape.placeholder_format.type in TITLES:
            return str(shape.text_frame.text)
    return ""


def _letters(text: str) -> str:
    return "".join(text.split())


def _layout(presentation: Any, name: str) -> Any:
    layouts = presentation.slide_layouts
    return next((item for item in layouts if item.name == name), layouts[0])


def _remove(presentation: Any, native: Any) -> None:
    order = presentation.slides._sldIdLst
    for entry in list(order):
        if presentation.part.rels[entry.rId]._target is native.part:
            presentation.part.drop_rel(entry.rId)
            order.remove(entry)


def _free_id(native: Any) -> int:
    return 1 + max(int(e.get("id")) for e in native.shapes._spTree.iter(qn("p:cNvPr")))
