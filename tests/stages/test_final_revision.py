"""Stage 12: what is released holds nothing that is withheld, and proves it."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import asdict, fields, replace

import numpy as np
import pytest

from pipeline.captions.cues import Cue
from pipeline.captions.formats.reader import read
from pipeline.core.artefacts.verification_report import CheckResult, VerificationReport
from pipeline.core.files import read_json
from pipeline.errors import FormError, IntegrityError, SubtitleError, ToolFailed
from pipeline.stage import SignedLine
from stages import final_revision
from stages.final_revision import STAGE, Needs
from tests.films import grey, samples
from tests.stages.papers import EPISODE, artefact
from tests.stages.screening import CUES, PICTURE, SETTINGS, cues_file, json_file, words_file

SECRET = CUES[1]
CONSENT = {"uses": ["website"], "valid_until": None, "pseudonym": None, "form_sha256": ["ab"]}
SIGNOFFS = (
    SignedLine(
        "final_review", "approve", "王桂兰", "leader", "desk", "家里的事", 1_763_000_000_000
    ),
)


@pytest.fixture(scope="module")
def picture(make_clip):
    return make_clip("to release.mp4", *PICTURE)


def _settings(**limits):
    """Loudness as the clip has it: what is tried here is the withholding."""
    wide = {"loudness_lufs": -21, "loudness_warn_lu": 9, "loudness_fail_lu": 9, **limits}
    table = SETTINGS.verification.model_copy(update=wide)
    return SETTINGS.model_copy(update={"verification": table})


@pytest.fixture(scope="module")
def needs(picture, tmp_path_factory):
    """Gather what the stage needs, with these passages withheld."""

    def gather(*withheld, cues=CUES, consent=CONSENT, verified=(), who="") -> Needs:
        folder = tmp_path_factory.mktemp("needs")
        told = [
            {"start_ms": a, "end_ms": b, "reason": "家里的事", "action": action}
            for a, b, action in withheld
        ]
        person = {"name": "王桂兰", "consent": consent}
        restrictions = json_file("restrictions", folder, {"withheld": told})
        subtitles = cues_file("interviewee_subtitles", folder, cues)
        passes = {a.kind: a.sha256 for a in (restrictions, subtitles)}
        checks = tuple(
            CheckResult(name=name, result="fail", value="", limit="", title="") for name in verified
        )
        verification = VerificationReport(checks=checks, result="fail" if checks else "pass")
        return Needs(
            subject=EPISODE,
            signoffs=SIGNOFFS,
            interviewee_file=json_file("interviewee_file", folder, person),
            picture=artefact("picture", picture),
            words=words_file(folder, who=who),
            verification_report=artefact(
                "verification_report", verification.write(folder / "verification.json")
            ),
            interviewee_subtitles=subtitles,
            restrictions=restrictions,
            review_decision=json_file("review_decision", folder, {"passes": passes}),
        )

    return gather


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run the stage, seeing only the settings it declares."""

    def perform(needs: Needs, titles=(), **limits):
        folder = tmp_path_factory.mktemp("made")
        settings = _settings(**limits)
        table = settings.titles.model_copy(update={"show": titles})
        settings = settings.model_copy(update={"titles": table})
        return STAGE.run(needs, settings.only(STAGE.settings), folder)

    return perform


@pytest.fixture(scope="module")
def masked_needs(needs):
    """The second cue's passage withheld, and a word of the last one."""
    return needs((2000, 3600, None), (7000, 7200, "mask"))


@pytest.fixture(scope="module")
def masked(run, masked_needs):
    return run(masked_needs)


def results(made):
    return {c["name"]: c["result"] for c in read_json(made.master_report)["checks"]}


def everything_written(made) -> str:
    """All text of all outputs, that inside the DOCX too; bytes of the film as Latin-1."""
    texts = [path.read_bytes().decode("latin-1") for path in asdict(made).values()]
    texts += [
        p.read_text("utf-8") for p in asdict(made).values() if p.suffix not in {".mp4", ".docx"}
    ]
    with zipfile.ZipFile(made.transcript_document) as document:
        texts += [document.read(name).decode("utf-8", "replace") for name in document.namelist()]
    return "\n".join(texts)


def test_a_withheld_passage_is_masked_in_picture_sound_and_words(masked):
    made = masked
    frames, sound = grey(made.master), samples(made.master)
    for first, end in ((50, 90), (175, 180)):
        assert frames[first:end, :45].max() < 40 and frames[first:end, 140:].max() < 40
        assert frames[first - 1, :45].max() > 60 and frames[end, :45].max() > 60
        assert not sound[first * 1920 : end * 1920].any()
    left = [CUES[0], CUES[2]]  # a word of the last cue lies in the second passage
    assert read(made.final_subtitles) == read(made.final_captions) == left
    written = everything_written(made)
    for secret in (SECRET.text, CUES[3].text, "家里的事"):
        assert secret not in written
        assert secret.encode().decode("latin-1") not in written
    assert written.count("应受访者要求，此段不公开") >= 2
    proofs = ("withheld_silent", "withheld_covered", "withheld_cut", "frames", "cues_seen")
    assert [results(made)[name] for name in proofs] == ["pass"] * 5
    found = STAGE.check(made, SETTINGS)
    assert [(f.level, f.start_ms) for f in found] == [("warning", 6000)]
    assert found[0].message == "Subtitles left out beside withheld passages: 1 (allowed: 0)."


def test_a_passage_cut_out_shortens_everything_alike(run, needs, picture):
    made = run(needs((2000, 3600, "cut")))
    assert read(made.final_subtitles) == [
        CUES[0],
        Cue(2400, 4000, CUES[2].text),
        Cue(4400, 6000, CUES[3].text),
    ]
    frames, before = grey(made.master), grey(picture)
    assert len(frames) == 160
    kept = np.delete(before, range(50, 90), axis=0)
    assert abs(frames[:, :100] - kept[:, :100]).mean(axis=(1, 2)).max() < 5
    assert abs(samples(made.master).size - 160 * 1920) <= 1024
    assert SECRET.text not in everything_written(made)
    assert f"{CUES[0].text} {CUES[2].text}" in made.transcript.read_text("utf-8")
    assert results(made)["withheld_cut"] == results(made)["speech_covered"] == "pass"


def test_titles_keep_away_from_what_is_withheld_and_every_proof_still_holds(run, needs, picture):
    """The first second masked, a second cut out in the middle: the opening stands between."""
    wanted = needs((0, 1000, "mask"), (3000, 4000, "cut"))
    made = run(wanted, ("opening", "strap", "closing"))
    proofs = ("withheld_silent", "withheld_covered", "withheld_cut", "frames", "cues_seen")
    assert [results(made)[name] for name in proofs] == ["pass"] * 5
    after = np.delete(grey(picture), range(75, 100), axis=0)[:, 40:154]
    titled = (abs(grey(made.master)[:, 40:154] - after) > 60).sum(axis=(1, 2)) > 150
    # A quarter of seven seconds each: the opening after the mask, the closing at the end.
    assert titled[25:68].all() and titled[132:].all()
    assert not titled[69:77].any() and not titled[120:131].any()
    record = read_json(made.release_record)
    assert set(record["settings"]) == set(STAGE.settings)


def test_nothing_withheld_leaves_sound_and_words_untouched(run, needs, picture):
    made = run(needs(who="S1"))
    assert np.array_equal(samples(made.master), samples(picture))
    assert read(made.final_subtitles) == CUES
    assert "<v S1>" in made.final_captions.read_text("utf-8")
    assert "withheld_silent" not in results(made)


def test_equal_needs_make_equal_files(run, masked, masked_needs):
    again = run(masked_needs)
    for field in fields(masked):
        one, other = getattr(masked, field.name), getattr(again, field.name)
        assert one.read_bytes() == other.read_bytes(), field.name
    assert len(list(again.master.parent.iterdir())) == 7


def test_a_master_that_still_shows_or_sounds_is_not_made(run, needs, monkeypatch):
    """The proof looks at the film, whatever was meant: here the masking is left out."""

    def forgetful(*args, withheld, card, **options):
        burn(*args, **options)

    burn = final_revision.burn
    monkeypatch.setattr(final_revision, "burn", forgetful)
    message = r"“Withheld passages silent” fails at 00:02\.000"
    with pytest.raises(ToolFailed, match=message):
        run(needs((2000, 3600, None)))


def test_the_record_tells_what_went_in_and_out_but_nothing_private(masked, masked_needs):
    made = masked
    record = read_json(made.release_record)
    inputs = {i["kind"]: i["sha256"] for i in record["inputs"]}
    assert inputs["picture"] == masked_needs.picture.sha256
    assert len(record["inputs"]) == 7
    for output in record["outputs"]:
        data = getattr(made, output["kind"]).read_bytes()
        assert output["sha256"] == hashlib.sha256(data).hexdigest()
        assert output["size_bytes"] == len(data)
    assert [o["kind"] for o in record["outputs"]] == sorted(
        f.name for f in fields(made) if f.name != "release_record"
    )
    assert record["withheld"] == [
        {"start_ms": 2000, "end_ms": 3600, "action": "mask"},
        {"start_ms": 7000, "end_ms": 7200, "action": "mask"},
    ]
    assert record["signoffs"][0]["person"] == "王桂兰" and "reason" not in record["signoffs"][0]
    assert set(record["settings"]) == set(STAGE.settings) - {"titles"}  # none are shown
    assert record["tools"]["ffmpeg"].startswith("ffmpeg ")


def test_under_a_pseudonym_the_name_is_nowhere(run, needs):
    wanted = needs(consent={**CONSENT, "pseudonym": "兰奶奶"})
    made = run(wanted)
    written = everything_written(made)
    assert "王桂兰" not in written and "wang-guilan" not in written
    assert "兰奶奶" in made.transcript.read_text("utf-8")
    assert results(made)["pseudonym"] == "pass"


def test_failures_forbid_signing_unless_the_technician_signed_them_before(run, needs):
    cues = [Cue(0, 1600, "我叫王桂兰"), *CUES[1:]]
    wanted = needs(cues=cues, consent={**CONSENT, "pseudonym": "兰奶奶"}, verified=["true_peak"])
    made = run(wanted, true_peak_dbtp=-60.0, max_clipped_share=-1.0)
    found = {f.message.split(":")[0]: f.level for f in STAGE.check(made, SETTINGS)}
    assert found == {
        "True peak": "warning",
        "Clipped sound": "error",
        "Name replaced by the pseudonym": "error",
    }


def test_files_the_leader_did_not_pass_are_refused(run, needs):
    wanted = needs()
    other = replace(wanted.interviewee_subtitles, sha256="0" * 64)
    with pytest.raises(IntegrityError, match="did not pass this file: interviewee subtitles"):
        run(replace(wanted, interviewee_subtitles=other))


def test_an_episode_of_which_nothing_is_left_is_refused(run, needs):
    with pytest.raises(FormError, match="Nothing of the episode would be left"):
        run(needs((0, 9000, "cut")))


def test_a_character_the_font_lacks_is_refused_by_name(run, needs):
    with pytest.raises(SubtitleError, match="“🐎”"):
        run(needs(cues=[Cue(0, 900, "🐎")]))


def test_the_last_corrections_are_released_and_the_record_says_where(run, needs, tmp_path):
    corrected = [replace(CUES[0], text="我一九六六年进了放映队"), *CUES[1:]]
    last = cues_file("final_correction", tmp_path, corrected)
    made = run(replace(needs((2000, 3600, None)), final_correction=last))
    assert read(made.final_subtitles) == [corrected[0], *CUES[2:]]
    assert read_json(made.release_record)["revised"] == [
        {"start_ms": 0, "end_ms": 1600, "kind": "text"}
    ]
    assert SECRET.text not in everything_written(made)
    assert results(made)["revision"] == "pass"


def test_corrections_of_earlier_words_are_merged_and_the_director_is_told(run, needs, tmp_path):
    earlier = cues_file("interviewee_subtitles", tmp_path / "earlier", CUES)
    corrected = [replace(CUES[0], text="我一九六六年进了放映队"), *CUES[1:3]]
    corrected += [replace(CUES[3], text="导演改的")]
    last = replace(cues_file("final_correction", tmp_path / "last", corrected), base=earlier)
    now = [*CUES[:3], replace(CUES[3], text="受访者后来又改的")]
    made = run(replace(needs(cues=now), final_correction=last))
    assert [cue.text for cue in read(made.final_subtitles)] == [c.text for c in corrected]
    told = next(c for c in read_json(made.master_report)["checks"] if c["name"] == "revision")
    assert (told["result"], [f["start_ms"] for f in told["findings"]]) == ("warn", [6000])
    assert STAGE.check(made, SETTINGS)[-1].level == "warning"
