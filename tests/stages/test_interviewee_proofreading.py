"""Stage 10: the interviewee's words, what they withhold, and the sheet they read."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import docx
import pytest
from docx.oxml.ns import qn

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.core.files import read_json, write_json
from pipeline.documents.proof_sheet import format_minutes, sheet_rows
from pipeline.errors import FormError
from pipeline.settings import Settings, load
from pipeline.stage import Artefact, Finding
from stages.interviewee_proofreading import STAGE, Makes, Needs
from tests.stages.papers import EPISODE, artefact

SRT = dedent("""\
    1
    00:00:00,200 --> 00:00:01,200
    我十八岁到乌丹

    2
    00:00:01,300 --> 00:00:02,400
    在方映队工作

    3
    00:00:02,500 --> 00:00:03,800
    赶着大车下乡
    """)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load().only(STAGE.settings)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    path = tmp_path_factory.mktemp("report") / "report.json"
    return artefact("verification_report", write_json(path, {"checks": [], "result": "pass"}))


class Bench:
    """A stage with its 4-second film, ready to be run with this or that deposit."""

    def __init__(self, folder: Path, film: Path, report: Artefact, settings: Settings) -> None:
        self.folder, self.film, self.report, self.settings = folder, film, report, settings
        self.runs = 0

    def subtitles(self, text: str, base: Artefact | None = None) -> Artefact:
        self.runs += 1
        return artefact("subtitles", self.folder / f"in/{self.runs}.srt", text, base)

    def request(self, text: str, base: Artefact | None = None) -> Artefact:
        self.runs += 1
        return artefact("withholding_request", self.folder / f"in/{self.runs}.yaml", text, base)

    def run(
        self,
        current: str = SRT,
        correction: Artefact | None = None,
        request: Artefact | None = None,
    ) -> Makes:
        needs = Needs(
            EPISODE, artefact("subtitled_video", self.film), self.subtitles(current),
            self.report, correction, request,
        )  # fmt: skip
        self.runs += 1
        out = self.folder / f"out{self.runs}"
        out.mkdir()
        return STAGE.run(needs, self.settings, out)

    def check(self, makes: Makes) -> tuple[Finding, ...]:
        assert STAGE.check is not None
        return STAGE.check(makes, self.settings)


@pytest.fixture
def bench(tmp_path: Path, clip: Path, report: Artefact, settings: Settings) -> Bench:
    return Bench(tmp_path, clip, report, settings)


def test_without_deposits_the_editors_words_stand(bench: Bench) -> None:
    made = bench.run()
    assert made.interviewee_subtitles.read_text("utf-8") == SRT + "\n"
    told = read_json(made.restrictions)
    assert told["withheld"] == []
    assert told["conflicts"] == []
    assert 3900 <= told["duration_ms"] <= 4100
    assert not [f for f in bench.check(made) if f.level == "error"]


def test_a_correction_of_the_current_version_is_taken_as_it_is(bench: Bench) -> None:
    base = bench.subtitles(SRT)
    own = bench.subtitles(SRT.replace("方映队", "放映队"), base)
    texts = [cue.text for cue in read(bench.run(SRT, own).interviewee_subtitles)]
    assert texts == ["我十八岁到乌丹", "在放映队工作", "赶着大车下乡"]


def test_a_correction_of_an_earlier_version_is_carried_forward(bench: Bench) -> None:
    base = bench.subtitles(SRT)
    own = bench.subtitles(SRT.replace("方映队", "放映队"), base)
    made = bench.run(SRT.replace("十八", "十九"), own)
    texts = [cue.text for cue in read(made.interviewee_subtitles)]
    assert texts == ["我十九岁到乌丹", "在放映队工作", "赶着大车下乡"]
    assert read_json(made.restrictions)["conflicts"] == []


def test_where_both_changed_the_interviewee_has_the_last_word(bench: Bench) -> None:
    base = bench.subtitles(SRT)
    own = bench.subtitles(SRT.replace("在方映队工作", "在旗放映队工作"), base)
    made = bench.run(SRT.replace("在方映队工作", "在电影队工作"), own)
    assert read(made.interviewee_subtitles)[1].text == "在旗放映队工作"
    (conflict,) = read_json(made.restrictions)["conflicts"]
    assert conflict["theirs"] == "在电影队工作"
    (warning,) = (f for f in bench.check(made) if "last" in f.message or "both" in f.message)
    assert warning.level == "warning"
    assert warning.start_ms == 1300


def test_withheld_passages_are_put_in_order(bench: Bench) -> None:
    request = bench.request(
        "- {从: '0:02.5', 到: '0:03', 原因: 家事}\n- {从: '0:00', 到: 0:01, 原因: 人名, 处理: 剪去}"
    )
    made = bench.run(request=request)
    assert read_json(made.restrictions)["withheld"] == [
        {"start_ms": 0, "end_ms": 1000, "reason": "人名", "action": "cut"},
        {"start_ms": 2500, "end_ms": 3000, "reason": "家事", "action": None},
    ]
    notes = [f.message for f in bench.check(made) if f.level == "note"]
    assert notes == ["Withheld: 人名 (1 subtitles).", "Withheld: 家事 (1 subtitles)."]


def test_a_withheld_passage_follows_its_words_into_another_cut(bench: Bench) -> None:
    request = bench.request("- {从: '0:02.5', 到: '0:03.8', 原因: 家事}", bench.subtitles(SRT))
    earlier = SRT[SRT.index("2\n") :].replace("00:00:02,500", "00:00:01,500")
    made = bench.run(earlier.replace("00:00:03,800", "00:00:02,800"), request=request)
    (passage,) = read_json(made.restrictions)["withheld"]
    assert (passage["start_ms"], passage["end_ms"]) == (1500, 2800)


def test_a_withheld_passage_that_is_not_found_again_stops_the_episode(bench: Bench) -> None:
    request = bench.request("- {从: '0:01', 到: '0:03.8', 原因: 家事}", bench.subtitles(SRT))
    half = SRT[SRT.index("3\n") :]
    with pytest.raises(FormError, match=r"1\.000–.*3\.800 is not found again"):
        bench.run(half, request=request)


@pytest.mark.parametrize("span", ["从: 0:03, 到: 0:09", "从: 0:30, 到: 0:40"])
def test_a_passage_beyond_the_end_is_refused(bench: Bench, span: str) -> None:
    with pytest.raises(FormError, match="lies beyond the end, 00:04"):
        bench.run(request=bench.request(f"- {{{span}, 原因: 家事}}"))


def test_no_request_and_a_request_taken_back_are_the_same(bench: Bench) -> None:
    taken_back = bench.run(request=bench.request("不公开: 无"))
    never = bench.run()
    assert taken_back.restrictions.read_bytes() == never.restrictions.read_bytes()


def test_what_no_player_shows_forbids_the_signature(bench: Bench) -> None:
    late = SRT.replace("00:00:03,800", "00:00:09,800")
    made = bench.run(SRT, bench.subtitles(late, bench.subtitles(SRT)))
    assert any(
        f.level == "error" and "beyond the end of the picture" in f.message
        for f in bench.check(made)
    )


def test_the_sheet_is_the_same_twice(bench: Bench) -> None:
    one, two = bench.run(), bench.run()
    assert one.interviewee_sheet.read_bytes() == two.interviewee_sheet.read_bytes()


def test_the_sheet_can_be_read_and_written_on(bench: Bench) -> None:
    request = bench.request("- {从: 0:02, 到: 0:03, 原因: 家事}")
    made = bench.run(request=request)
    document = docx.Document(str(made.interviewee_sheet))
    words, blank = document.tables
    assert [cell.text for cell in words.rows[0].cells] == ["第几条", "您说的话", "对不对"]
    number, said, tick = words.rows[1].cells
    assert number.text == "1\n00:00"
    assert said.text.startswith("我十八岁到乌丹 在方映队工作 赶着大车下乡")
    assert "改为：" in said.text
    assert "（您已提出这一段不公开）" in said.text
    assert "对" in tick.text
    assert "改" in tick.text
    assert len(blank.rows) == 6
    text = "\n".join(p.text for p in document.paragraphs)
    assert "王桂兰老师：" in text
    assert "第1集《放映队》" in text
    assert "您已经提出的：00:02 到 00:03，家事" in text
    assert "日期：" in text
    assert "代签人" in text


def test_the_sheet_names_the_words_that_are_signed(bench: Bench) -> None:
    def version(made: Makes) -> str:
        text = "\n".join(p.text for p in docx.Document(str(made.interviewee_sheet)).paragraphs)
        found = re.search(r"稿号：([0-9a-f]{8})", text)
        assert found
        return found[1]

    one, two = bench.run(), bench.run(SRT.replace("方映队", "放映队"))
    digest = artefact("interviewee_subtitles", one.interviewee_subtitles).sha256
    assert version(one) == digest[:8]
    assert version(two) != version(one)


def test_nothing_on_the_sheet_is_small(bench: Bench) -> None:
    document = docx.Document(str(bench.run().interviewee_sheet))
    footer = document.sections[0].footer
    assert [f.get(qn("w:instr")) for f in footer._element.iter(qn("w:fldSimple"))] == [
        "PAGE",
        "NUMPAGES",
    ]
    assert document.styles["Normal"].font.size.pt >= 18
    used = {p.style.name for p in [*document.paragraphs, *footer.paragraphs]}
    for name in used:
        assert document.styles[name].font.size is None or document.styles[name].font.size.pt >= 18
    sizes = [int(s.get(qn("w:val"))) / 2 for s in document.element.body.iter(qn("w:sz"))]
    assert all(size >= 18 for size in sizes)
    rows = document.tables[0].rows
    assert all(row._tr.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows[1:])


def test_the_lines_to_write_on_stand_where_the_schema_wants_them(bench: Bench) -> None:
    document = docx.Document(str(bench.run().interviewee_sheet))
    properties = [
        p for p in document.element.body.iter(qn("w:pPr")) if p.find(qn("w:pBdr")) is not None
    ]
    assert properties
    for found in properties:
        names = [child.tag for child in found]
        assert names.index(qn("w:pBdr")) < names.index(qn("w:spacing"))


def test_passages_end_at_pauses_and_when_they_grow_long() -> None:
    cues = [Cue(0, 900, "一" * 14), Cue(1000, 1900, "二\n二"), Cue(3400, 4000, "三")]
    cues += [Cue(4000 + i * 1000, 4900 + i * 1000, "四" * 14) for i in range(4)]
    found = sheet_rows(cues)
    assert [p.number for p in found] == [1, 2, 3]
    assert found[0].text == "一" * 14 + " 二 二"
    assert (found[0].start_ms, found[0].end_ms) == (0, 1900)
    assert found[1].text == "三 " + "四" * 14 + " " + "四" * 14
    assert sum(len(p.text.replace(" ", "")) for p in found) == 14 + 2 + 1 + 56


@pytest.mark.parametrize(("ms", "written"), [(0, "00:00"), (61_900, "01:01"), (3_725_000, "62:05")])
def test_minutes(ms: int, written: str) -> None:
    assert format_minutes(ms) == written
