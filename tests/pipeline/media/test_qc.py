"""Each check holds what was measured against its limit; the report tells it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.captions.cues import Cue
from pipeline.core.artefacts.interviewee_file import Consent, IntervieweeFile
from pipeline.i18n import use_language
from pipeline.media.measurements import Measurements
from pipeline.media.qc import (
    CHECK_TITLES,
    NEVER_ACCEPTABLE,
    Check,
    Film,
    Occurrence,
    check_pseudonym,
    checks,
    downgrade_accepted,
    markdown_page,
    report_data,
    report_findings,
    worst_result,
)
from pipeline.media.redaction import RedactionPlan
from pipeline.settings import load
from pipeline.stage import Scope, Subject

SETTINGS = load()
CUES = (Cue(1000, 2600, "我进了放映队"), Cue(3000, 4600, "那年走了三百里"))
GOOD = Measurements((), (), (), 0.0, -24.2, -6.0, 250, 10_000, 10_010)
FILM = Film(
    path=Path("film.mp4"),
    picture=Path("picture.mp4"),
    cues=CUES,
    speech=((1000, 2600), (3000, 4600)),
    style=SETTINGS.style_for("zh"),
    withheld=RedactionPlan((), Fraction(25), 250),
)


@pytest.fixture
def verify(monkeypatch):
    """Verify a film of which everything measurable is given."""

    def perform(film: Film = FILM, **measured):
        monkeypatch.setattr(checks, "measure", lambda *_: replace(GOOD, **measured))
        monkeypatch.setattr(
            checks, "check_cues_visible", lambda _: Check("cues_seen", "pass", "2", "2")
        )
        return {check.name: check for check in checks.verify(film, SETTINGS.verification)}

    return perform


def test_a_film_without_fault_passes_every_check(verify):
    assert {check.result for check in verify().values()} == {"pass"}


@pytest.mark.parametrize(
    ("name", "measured", "result"),
    [
        ("frames", {"frames": 249}, "fail"),
        ("av_difference", {"sound_ms": 10_100}, "pass"),
        ("av_difference", {"sound_ms": 10_101}, "fail"),
        ("av_difference", {"sound_ms": 9_899}, "fail"),
        ("black", {"black": ((0, 499),)}, "pass"),
        ("black", {"black": ((0, 500),)}, "warn"),
        ("black", {"black": ((0, 600), (2000, 7000))}, "fail"),
        ("freeze", {"frozen": ((0, 2000),)}, "warn"),
        ("freeze", {"frozen": ((0, 30_000),)}, "fail"),
        ("silence", {"silent": ((0, 5000),)}, "warn"),
        ("silence", {"silent": ((0, 30_000),)}, "fail"),
        ("clipping", {"clipped_share": 0.0005}, "pass"),
        ("clipping", {"clipped_share": 0.0006}, "fail"),
        ("loudness", {"loudness_lufs": -25.0}, "pass"),
        ("loudness", {"loudness_lufs": -22.5}, "warn"),
        ("loudness", {"loudness_lufs": -21.9}, "fail"),
        ("loudness", {"loudness_lufs": None}, "fail"),
        ("frame_rate", {"frame_rate": Fraction(30)}, "fail"),
        ("frame_rate", {"even_rate": False}, "fail"),
        ("field_order", {"field_order": "unclear"}, "pass"),
        ("field_order", {"field_order": "top"}, "warn"),
        ("colour_range", {"out_of_range_share": 0.01}, "pass"),
        ("colour_range", {"out_of_range_share": 0.02}, "warn"),
        ("colour_range", {"colour_range": "pc"}, "warn"),
        ("true_peak", {"true_peak_dbtp": -1.0}, "pass"),
        ("true_peak", {"true_peak_dbtp": -0.9}, "fail"),
        ("cues_within", {"picture_ms": 4500}, "pass"),
        ("cues_within", {"picture_ms": 4499}, "fail"),
    ],
)
def test_what_is_measured_is_held_against_its_limit(verify, name, measured, result):
    assert verify(**measured)[name].result == result


def test_what_is_black_is_not_told_again_as_still(verify):
    found = verify(black=((1000, 4000),), frozen=((1000, 9000),))
    assert [(n.start_ms, n.end_ms) for n in found["freeze"].findings] == [(4000, 9000)]


def test_masked_passages_may_be_black_still_and_silent(verify):
    film = replace(FILM, withheld=RedactionPlan.of([((2000, 9000), "mask")], Fraction(25), 250))
    span = {"black": ((2000, 9000),), "frozen": ((2000, 9000),), "silent": ((1950, 9050),)}
    found = verify(film, **span)
    assert {found[name].result for name in ("black", "freeze", "silence")} == {"pass"}


def test_unusable_subtitles_fail_and_ugly_ones_warn(verify):
    overlapping = replace(FILM, cues=(CUES[0], Cue(2000, 2900, "叠在一起"), CUES[1]))
    assert verify(overlapping)["subtitle_rules"].result == "fail"
    ugly = replace(FILM, cues=(CUES[0], Cue(3000, 4600, "那年，走了三百里。")))
    assert verify(ugly)["subtitle_rules"].result == "warn"


def test_speech_without_a_cue_is_told_with_its_time(verify):
    found = verify(replace(FILM, cues=CUES[:1]))["speech_covered"]
    assert (found.result, found.value) == ("fail", "50.0%")
    assert [(n.start_ms, n.end_ms) for n in found.findings] == [(3000, 4600)]


def test_a_little_uncovered_speech_is_no_failure_but_a_long_gap_is_told(verify):
    speech = ((0, 40_000), (41_000, 42_050))
    film = replace(FILM, cues=(Cue(0, 40_000, "长"),), speech=speech)
    assert verify(film, picture_ms=50_000)["speech_covered"].result == "warn"
    shorter = replace(film, speech=((0, 40_000), (41_000, 42_000)))
    assert verify(shorter, picture_ms=50_000)["speech_covered"].result == "pass"


def test_a_cue_where_nobody_speaks_warns(verify):
    found = verify(replace(FILM, speech=((1000, 1900),)))["cues_on_speech"]
    assert (found.result, [n.start_ms for n in found.findings]) == ("warn", [3000])


FAILED = Check("black", "fail", "6.0 s", "< 5.0 s", (Occurrence(61_000, 67_000, "黑|场*"),))


def test_the_report_has_the_worst_result_and_every_title():
    verification = report_data([Check("frames", "pass", "1", "1"), FAILED])
    assert verification.result == worst_result(["pass", "warn", "fail"]) == "fail"
    assert verification.checks[1].title == "Black picture"
    assert verification.checks[1].findings == (Occurrence(61_000, 67_000, "黑|场*"),)


def test_every_title_is_translated():
    with use_language("zh"):
        verification = report_data([Check(name, "pass", "", "") for name in CHECK_TITLES])
    assert all(not check.title.isascii() for check in verification.checks)


def test_the_page_shows_messages_as_they_are():
    text = markdown_page([FAILED], "<b>王</b>")
    assert "# \\<b\\>王\\</b\\>" in text
    assert "- 01:01–01:07 黑\\|场\\*" in text


def test_failures_forbid_signing_only_where_told_to():
    verification = report_data([FAILED, Check("cues_seen", "fail", "0", "5")])
    levels = {
        f.message.split(":")[0]: f.level for f in report_findings(verification, NEVER_ACCEPTABLE)
    }
    assert levels == {"Black picture": "warning", "Subtitles to be seen in the picture": "error"}
    assert {f.level for f in report_findings(verification, frozenset(CHECK_TITLES))} == {"error"}


def test_what_the_technician_signed_is_accepted_but_nothing_else():
    signed = report_data([FAILED, Check("cues_seen", "fail", "0", "5")])
    found = downgrade_accepted(
        [FAILED, Check("cues_seen", "fail", "0", "5"), Check("loudness", "fail", "", "")], signed
    )
    assert [check.result for check in found] == ["warn", "fail", "fail"]


def test_a_pseudonym_hides_the_name_from_cues_and_title():
    subject = Subject("x/01", Scope.EPISODE, "王桂兰", "culture", 2, "zh", 1, "王桂兰的童年")
    file = IntervieweeFile(name="王桂兰", consent=Consent(pseudonym="兰奶奶"))
    found = check_pseudonym([Cue(0, 900, "我叫王桂兰"), Cue(1000, 1900, "我")], subject, file)
    assert (found.result, found.value) == ("fail", "2")
    assert (
        check_pseudonym(
            [Cue(0, 900, "我叫王桂兰")], subject, IntervieweeFile(consent=Consent())
        ).result
        == "pass"
    )
