"""Pictures and scans are read with the extra `ocr`, and cited by page and box; without it they are
skipped with the line that installs it.
"""

from __future__ import annotations

import io
import os
import random
import textwrap

import pptx
import pytest
from office_made import changed
from office_made import saved as saved_office
from pdfs import make_pdf
from PIL import Image
from pypdf import PdfWriter

from ingest.parsed import File
from ingest.parsing.slide_pictures import SlidePictures
from tests.pictures import NO_FONT, POSTER, chinese_font, page, saved, 海报

WITHOUT = 'a picture: to read it, pip install "founders-kb[ocr]"'
# Stands in for the recogniser: it sees the same three lines in every picture.
STAND_IN = """
    from types import SimpleNamespace

    class RapidOCR:
        def __init__(self, params):
            assert params["Det.model_path"].endswith("a_det_b.onnx")

        def __call__(self, pixels):
            height, width = pixels.shape[:2]
            lines = ["Founders' Night", "Entrance fee: 120 yuan", "Place: 88 Example Road"]
            boxes = []
            for number in range(len(lines)):
                top = height * (0.1 + 0.3 * number)
                right, bottom = 0.6 * width, top + 0.1 * height
                boxes.append([[0.1 * width, top], [right, top], [right, bottom], [0.1 * width, bottom]])
            return SimpleNamespace(boxes=boxes, txts=lines, scores=[0.9] * len(lines))
"""


@pytest.fixture
def environments(tmp_path):
    """Environments without the extra, and with what stands in for it."""
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "sitecustomize.py").write_text(
        'import sys\nsys.modules["rapidocr"] = None\n'
    )
    package = tmp_path / "with" / "rapidocr"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text(textwrap.dedent(STAND_IN))
    for name in ("a_det_b.onnx", "a_rec_b.onnx"):
        (package / "models" / name).touch()
    return {"without": str(tmp_path / "without"), "with": str(tmp_path / "with")}


@pytest.fixture
def ingest(kb, folder, environments):
    def run(extra):
        path = os.pathsep.join((environments[extra], kb.environment()["PYTHONPATH"]))
        done = kb("ingest", "--json", folder, env={"PYTHONPATH": path})
        assert (done.code, done.err) == (0, "")
        return done.json

    return run


def reasons(report):
    return [skip["reason"] for skip in report["skipped"]]


def test_without_the_extra_the_skip_says_what_to_install_and_with_it_is_read(kb, folder, ingest):
    (folder / "poster.png").write_bytes(saved(page(POSTER)))
    os.utime(folder / "poster.png", (1e9, 1e9))
    assert reasons(ingest("without")) == [WITHOUT]
    assert reasons(ingest("without")) == [WITHOUT]
    assert ingest("with")["added"] == 1
    assert ingest("with")["unchanged"] == 1


def test_a_line_of_a_poster_is_cited_by_its_page_and_box(kb, folder, ingest):
    (folder / "poster.png").write_bytes(saved(page(POSTER)))
    ingest("with")
    asked = kb("ask", "--format", "json", "--no-log", "how much is the entrance fee?").json
    (citation,) = asked["citations"]
    assert citation["quote"] == "Entrance fee: 120 yuan"
    anchor = citation["anchor"]
    assert (anchor["type"], anchor["start"], anchor["end"]) == ("page", 1, 1)
    assert anchor["box"] == [0.1, 0.4, 0.6, 0.5]
    assert anchor["label"] == "p. 1 · x 10–60% · y 40–50%"
    shown = kb("ask", "--format", "plain", "--no-log", "how much is the entrance fee?").out
    assert "x 10–60% · y 40–50%" in shown
    assert kb("doctor").code == 0


def test_pages_of_a_tiff_are_pages(kb, folder, ingest):
    image = page(POSTER)
    pages = saved(image, "TIFF", save_all=True, append_images=[image, image])
    (folder / "scan.tif").write_bytes(pages)
    assert ingest("with")["added"] == 1
    hits = kb("search", "entrance fee", "-k", "9", "--json").json["hits"]
    assert {hit["anchor"]["start"] for hit in hits} <= {1, 2, 3}
    assert {hit["meta"].get("page") for hit in hits} == {None}


def scanned(*pages):
    """A PDF of these: lines of text as a text layer, pictures as scans."""
    writer = PdfWriter()
    for each in pages:
        whole = saved(each, "PDF") if isinstance(each, Image.Image) else make_pdf([each])
        writer.append(io.BytesIO(whole))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_scanned_pages_of_a_pdf_are_read_beside_those_with_text(kb, folder, ingest):
    data = scanned(["The lantern is lit at dusk."], page(POSTER), ["The keeper sleeps at noon."])
    (folder / "handbook.pdf").write_bytes(data)
    os.utime(folder / "handbook.pdf", (1e9, 1e9))
    assert ingest("without")["added"] == 1
    assert kb("search", "lantern", "--json").json["hits"][0]["meta"]["pages_without_text"] == "2"
    assert ingest("with")["updated"] == 1
    (fee, *_) = kb("search", "entrance fee", "--json").json["hits"]
    assert (fee["anchor"]["start"], fee["anchor"]["box"]) == (2, [0.1, 0.4, 0.6, 0.5])
    assert "pages_without_text" not in fee["meta"]
    (noon, *_) = kb("search", "when does the keeper sleep", "--json").json["hits"]
    assert noon["anchor"] == {"type": "page", "label": "p. 3", "start": 3, "end": 3}
    assert ingest("with")["unchanged"] == 1


def test_a_pdf_of_scans_alone_says_what_to_install(folder, ingest):
    (folder / "scan.pdf").write_bytes(scanned(page(POSTER)))
    (only,) = reasons(ingest("without"))
    assert only == 'a scanned PDF without a text layer: to read it, pip install "founders-kb[ocr]"'
    assert ingest("with")["added"] == 1


def slides(*shown):
    """A presentation of these: text as a title, pictures over the whole slide."""
    show = pptx.Presentation()
    for each in shown:
        slide = show.slides.add_slide(show.slide_layouts[5 if isinstance(each, str) else 6])
        if isinstance(each, str):
            slide.shapes.title.text = each
        else:
            whole = (0, 0, show.slide_width, show.slide_height)
            slide.shapes.add_picture(io.BytesIO(saved(each)), *whole)
            slide.notes_slide.notes_text_frame.text = "Thank the keeper of the hall."
    return saved_office(show)


def test_slides_that_are_pictures_are_read_beside_those_with_text(kb, folder, ingest):
    data = slides("The lantern is lit at dusk", page(POSTER), "The keeper sleeps at noon")
    (folder / "talk.pptx").write_bytes(data)
    os.utime(folder / "talk.pptx", (1e9, 1e9))
    assert ingest("without")["added"] == 1
    (lantern, *_) = kb("search", "lantern", "--json").json["hits"]
    assert lantern["meta"]["pages_without_text"] == "2"
    assert ingest("with")["updated"] == 1
    (fee, *_) = kb("search", "entrance fee", "--json").json["hits"]
    assert fee["anchor"] == {
        "type": "page",
        "label": "slide 2 · x 10–60% · y 40–50%",
        "start": 2,
        "end": 2,
        "unit": "slide",
        "box": [0.1, 0.4, 0.6, 0.5],
    }
    assert "pages_without_text" not in fee["meta"]
    (notes, *_) = kb("search", "whom to thank for the hall", "--json").json["hits"]
    assert notes["anchor"]["label"] == "slide 2"
    assert ingest("with")["unchanged"] == 1


@pytest.mark.parametrize("name", ["年会.pptx", "talk.ppsx"])
def test_a_presentation_of_pictures_alone_says_what_to_install(folder, ingest, name):
    show = pptx.Presentation(io.BytesIO(slides(page(POSTER))))
    for slide in show.slides:
        slide.notes_slide.notes_text_frame.text = ""
    (folder / name).write_bytes(saved_office(show))
    (only,) = reasons(ingest("without"))
    assert only == 'slides that are pictures: to read it, pip install "founders-kb[ocr]"'
    assert ingest("with")["added"] == 1


@pytest.mark.parametrize("picture", [b"\x01\0\0\0 EMF", b"", saved(Image.new("L", (4, 4)))])
def test_a_picture_that_can_not_be_read_costs_no_slides(kb, folder, ingest, picture):
    data = slides("The lantern is lit at dusk", page(POSTER))
    (folder / "talk.pptx").write_bytes(
        changed(data, lambda name, content: picture if "/media/" in name else content)
    )
    assert ingest("with")["added"] == 1
    assert kb("search", "lantern", "--json").json["hits"]


def test_pictures_of_a_slide_are_drawn_where_they_stand(monkeypatch):
    """Grouped, cut off and hanging over the edge, as browsers and programs show them."""
    show = pptx.Presentation()
    width, height = show.slide_width, show.slide_height
    slide = show.slides.add_slide(show.slide_layouts[6])
    shapes = slide.shapes.add_group_shape().shapes
    halves = Image.new("RGB", (200, 100), "red")
    halves.paste("blue", (100, 0, 200, 100))
    cut = shapes.add_picture(io.BytesIO(saved(halves)), 0, 0, width // 2, height // 2)
    cut.crop_left = 0.5
    shapes.add_picture(
        io.BytesIO(saved(Image.new("RGB", (40, 40), "lime"))),
        width // 2, height // 2, width, height,
    )  # fmt: skip
    drawn = []
    monkeypatch.setattr(
        "ingest.parsing.slide_pictures.recognised", lambda image: drawn.append(image) or ()
    )
    pictures = SlidePictures(File("a.pptx", saved_office(show)), "it", width, height)
    assert list(pictures.recognised("ppt/slides/slide1.xml", slide.part.slide.element)) == []
    (image,) = drawn
    assert image.size == (2000, 1500)
    places = [(20, 20), (980, 730), (1980, 20), (20, 1480), (1020, 770), (1980, 1480)]
    shown = [image.getpixel(place) for place in places]
    blue, white, lime = (0, 0, 255), (255, 255, 255), (0, 255, 0)
    assert shown == [blue, blue, white, white, lime, lime]


HOSTILE = {
    "empty.png": (b"", "empty file"),
    "cut.png": (saved(page(POSTER))[:900], "a damaged picture, or none"),
    "noise.jpg": (random.Random(5).randbytes(4000), "a damaged picture, or none"),
    "thin.png": (saved(Image.new("L", (1, 30_000))), "too small or too narrow"),
    "dot.bmp": (saved(Image.new("L", (4, 4)), "BMP"), "too small or too narrow"),
    "bomb.png": (saved(Image.new("1", (20_000, 20_000))), "over 120 million pixels"),
    "vast.png": (saved(Image.new("1", (12_000, 11_000))), "over 120 million pixels"),
    "page.webp": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a damaged picture, or none"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_are_skipped_for_a_reason(folder, ingest, name):
    data, reason = HOSTILE[name]
    (folder / name).write_bytes(data)
    (only,) = reasons(ingest("with"))
    assert reason in only


def test_of_an_animation_the_first_picture_is_read(kb, folder, ingest):
    frames = [page(POSTER, (300, 300)).rotate(n) for n in range(20)]
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    (folder / "moving.webp").write_bytes(data)
    assert ingest("with")["added"] == 1
    hits = kb("search", "entrance fee", "-k", "50", "--json").json["hits"]
    assert len(hits) <= 3


class TestRealRecogniser:
    """What needs the extra itself."""

    @pytest.fixture(autouse=True)
    def extra(self):
        pytest.importorskip("rapidocr", reason="the extra ocr is not installed")

    @pytest.fixture
    def asked(self, kb, folder):
        def run(name, data, question):
            (folder / name).write_bytes(data)
            assert kb("ingest", "--json", folder).json["added"] == 1
            return kb("ask", "--format", "json", "--no-log", question).json["citations"]

        return run

    def test_a_poster_is_read(self, asked):
        (citation,) = asked("poster.png", saved(page(POSTER)), "how much is the entrance fee?")
        assert citation["quote"] == POSTER[-1]
        left, top, right, bottom = citation["anchor"]["box"]
        assert left == pytest.approx(0.06, abs=0.02)
        assert top < 570 / 900 < bottom
        assert right < 0.6

    def test_one_that_stands_on_its_head_is_read_where_it_lies(self, asked):
        turned = page(POSTER).rotate(180)
        (citation,) = asked("poster.jpg", saved(turned, "JPEG"), "how much is the entrance fee?")
        assert citation["quote"] == POSTER[-1]
        _, top, right, bottom = citation["anchor"]["box"]
        assert right == pytest.approx(0.94, abs=0.02)
        assert top < 330 / 900 < bottom

    def test_a_chinese_poster_is_read(self, asked):
        if not chinese_font():
            pytest.skip(NO_FONT)
        image = saved(page(海报, chinese=True), "JPEG", quality=60)
        (citation,) = asked("海报.jpg", image, "报名费是多少？")
        assert citation["quote"].replace(":", "：") == 海报[-1]

    def test_a_picture_on_a_slide_is_read_where_it_stands(self, asked):
        show = pptx.Presentation()
        slide = show.slides.add_slide(show.slide_layouts[6])
        half = show.slide_width // 2
        picture = io.BytesIO(saved(page(POSTER)))
        slide.shapes.add_picture(picture, half, 0, half, show.slide_height)
        (citation,) = asked("talk.pptx", saved_office(show), "how much is the entrance fee?")
        assert citation["quote"] == POSTER[-1]
        assert citation["anchor"]["label"].startswith("slide 1 · x 5")
        left, top, right, bottom = citation["anchor"]["box"]
        assert left == pytest.approx(0.53, abs=0.02)
        assert top < 570 / 900 < bottom
        assert right < 0.8

    def test_a_blank_page_holds_no_text(self, kb, folder):
        out = io.BytesIO()
        Image.new("RGB", (600, 800), "white").save(out, "PNG")
        (folder / "blank.png").write_bytes(out.getvalue())
        assert reasons(kb("ingest", "--json", folder).json) == ["a picture without text"]
