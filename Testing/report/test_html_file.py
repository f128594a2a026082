"""The result for people."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from report.finished import finished
from SegmentL3Lib.labels import load_labels
from SegmentL3Lib.report.html_file import report_html, write_report_html
from SegmentL3Lib.results import Patient, QualityReason, QualityReport, StructureQuality

PNG = b"\x89PNG not really"
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Tags(HTMLParser):
    """Open tags, to see that all are closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def html(patient=None, quality=None, **changes):
    result, _ = finished(patient, **changes)
    return report_html(replace(result, quality=quality) if quality else result, load_labels(), PNG)


def text(source):
    tags = Tags()
    tags.feed(source)
    assert tags.open == []
    return " ".join(tags.text.split())


def test_it_is_well_formed_whatever_is_known():
    for source in (html(), html(Patient("female", 165.0, 60.0)), html(level=None)):
        assert text(source)


def test_text_from_outside_is_escaped():
    evil = "<script>alert('x')</script> & \"quotes\""
    source = html(quality=QualityReport("check", (QualityReason("EVIL", "check", evil, evil),)))
    assert "<script>" not in source
    assert "&lt;script&gt;" in source


def test_it_refers_to_no_other_file_and_runs_nothing():
    source = html()
    assert not re.search(r"<(script|link|iframe)|@import|url\(|https?://", source)
    assert re.findall(r'src="([^"]{10})', source) == ["data:image"]


@pytest.mark.parametrize(
    ("verdict", "words"), [("good", "Good"), ("check", "Check before use"), ("unusable", "Do not use these numbers.")]
)
def test_verdict_and_reasons_are_in_words(verdict, words):
    first = QualityReason("A", "note", "The first reason.", "Some advice.")
    reasons = first, QualityReason("B", "note", "The second.")
    shown = text(html(quality=QualityReport(verdict, reasons)))
    assert words in shown and "The first reason. Some advice." in shown and "The second." in shown


def test_numbers_names_and_sources_are_shown():
    shown = text(html(Patient("male", 180.0, 80.0)))
    for words in ("Skeletal muscle index SMI", "Body surface area, Mosteller", "Mourtzakis M et al.", "Martin 2013"):
        assert words in shown
    assert "never a dose" in shown and "Not a medical device" in shown
    assert "l3-tissue 0.1.0 abab" in shown and "SegmentL3 1.2.3" in shown


def test_what_could_not_be_computed_is_listed_with_its_reason():
    shown = text(html())
    assert "Not computed. Height and weight are missing." in shown
    assert "not assessable" in shown and "Sex is missing." in shown


def test_each_segment_has_its_color():
    source = html()
    for label in load_labels():
        assert "background:#{:02x}{:02x}{:02x}".format(*label.color) in source


def test_it_is_written_for_one_a4_page(tmp_path):
    write_report_html(finished()[0], load_labels(), PNG, tmp_path / "report.html")
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "size: A4 portrait" in source and '<html lang="en">' in source and 'charset="utf-8"' in source


def test_the_estimated_quality_has_a_table():
    muscle = StructureQuality("skeletal_muscle", 0.93, (0.85, 0.97), (138.0, 146.0), 0.9)
    text = html(quality=QualityReport("good", structures=(muscle, StructureQuality("bone")), coverage=0.95))
    for fragment in ("How good the masks are", "95 % interval", "0.93", "0.85 to 0.97", "138.0 to 146.0"):
        assert fragment in text
    assert "How good the masks are" not in html()
