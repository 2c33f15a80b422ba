"""The artefact kinds, one line of meaning each.

A kind is either deposited by a person (`deposit` says for whom: an interviewee or an episode) or
made by one stage. `many` kinds are sets: each deposit adds one. `revises` names, for a correction,
the input of its stage that the person started from, `refers_to` the subtitles by whose words and times
a deposit is meant; the deposit remembers which version that was.
`subtitles` marks the versions of an episode's subtitles, which follow each other in this order.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import NotFoundError
from pipeline.i18n import _, language

__all__ = ["KINDS", "SUBTITLES", "Kind", "kind"]

_VIDEO = (".mp4", ".mov", ".mxf", ".mkv", ".avi", ".mts", ".m2ts", ".ts", ".webm", ".m4v", ".mpg")
_SOUND = (".wav", ".flac", ".m4a", ".mp3")
_SUBTITLES = (".srt", ".vtt", ".ass", ".ssa", ".txt")
_SCAN = (".pdf", ".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Kind:
    """A kind of artefact. `suffixes` are those accepted, lower case."""

    slug: str
    title: str
    meaning: str
    suffixes: tuple[str, ...]
    deposit: frozenset[str] = frozenset()
    many: bool = False
    revises: str = ""
    refers_to: str = ""
    subtitles: bool = False

    @property
    def label(self) -> str:
        """Name the kind in the reader's language."""
        return self.title if language() == "zh" else self.slug.replace("_", " ")

    @property
    def base(self) -> str:
        """Name the kind of the version that a deposit is made upon; empty for most."""
        return self.revises or self.refers_to

    @property
    def max_bytes(self) -> int | None:
        """The most bytes a deposit of this kind may have; None for media, whose limit is the
        setting `upload_gb` of the desk."""
        return _MAX_BYTES.get(self.slug)

    @property
    def corrects_subtitles(self) -> bool:
        """Tell whether this is a person's correction of a version of the subtitles."""
        return self.revises in SUBTITLES and not self.many


_FORM, _TEXT, _PAPER = 1 << 18, 8 << 20, 100 << 20

_MAX_BYTES = {
    "contact_record": _FORM, "consent_terms": _FORM, "withholding_request": _FORM,
    "outline_revision": _FORM, "spoken_languages": _FORM, "glossary": 1 << 20,
    "edit_list": 64 << 20,
    "proofreading_correction": _TEXT, "interviewee_correction": _TEXT, "final_correction": _TEXT,
    "correction_file": _TEXT,
    "consent_form": _PAPER, "signed_paper": _PAPER, "signature": 20 << 20, "voice_note": _PAPER,
}  # fmt: skip
"""By kind, the most bytes of a deposit: announced, deposited or read. Twenty pages scanned in colour
are 40 MB, an hour of speech is 60 MB at most as a browser records it."""

_I = frozenset({"interviewee"})
_E = frozenset({"episode"})

_ALL = (
    # deposits
    Kind("contact_record", "联系记录", "form filled in at the first contact", (".yaml", ".yml", ".md"), _I),
    Kind("consent_form", "授权书扫描件", "scan of the signed consent form", _SCAN, _I, many=True),
    Kind("consent_terms", "授权条款", "what may be published where and until when", (".yaml", ".yml", ".md"), _I),
    Kind("outline_revision", "修订提纲", "the outline as a person edited it", (".md",), _I, revises="outline"),
    Kind("camera_originals", "摄像原始素材", "files as cameras and sound recorders wrote them", _VIDEO + _SOUND, _I, many=True),
    Kind("glossary", "词汇表", "names and terms, one a line", (".txt", ".tsv", ".csv"), _I),
    Kind("spoken_languages", "语种表", "which other language is spoken from when to when", (".txt",), _E),
    Kind("edit_list", "剪辑表", "which parts of which originals make the episode", (".csv", ".edl", ".fcpxml", ".xml", ".otio"), _I | _E),
    Kind("finished_cut", "成片", "the episode as an editor exported it", _VIDEO, _E),
    Kind("proofreading_correction", "初校改稿", "the editor's corrected subtitles", _SUBTITLES, _E, revises="draft_subtitles"),
    Kind("interviewee_correction", "受访者改稿", "the interviewee's corrected subtitles", _SUBTITLES, _E, revises="proofread_subtitles"),
    Kind("final_correction", "终改稿", "the last corrections before the release", _SUBTITLES, _E, revises="interviewee_subtitles"),
    Kind("correction_file", "改稿文件", "subtitles corrected in another program, taken up change by change", _SUBTITLES, _E, many=True, revises="proofread_subtitles"),
    Kind("withholding_request", "不公开请求", "passages the interviewee asks to withhold", (".yaml", ".yml", ".json"), _E, refers_to="proofread_subtitles"),
    Kind("voice_note", "录音说明", "what the interviewee said about a subtitle", (".webm", ".ogg", ".m4a", ".mp4", ".wav"), _E, many=True),
    Kind("signature", "签名", "the interviewee's signature as drawn or photographed", (".png", ".jpg", ".jpeg"), _E, many=True),
    Kind("signed_paper", "签字纸稿扫描件", "scan of a sign-off on paper", _SCAN, _E, many=True),
    # made by stages
    Kind("interviewee_file", "受访者档案", "contact record and consent, checked, as one record", (".json",)),
    Kind("outline", "采访提纲", "the interview outline", (".md",)),
    Kind("chronology", "生平年表", "the interviewee's life beside dated events", (".md",)),
    Kind("outline_document", "提纲文档", "outline and chronology to hand over", (".docx",)),
    Kind("recording_report", "录制报告", "what was recorded, measured against the requirements", (".json",)),
    Kind("proxies", "代理文件", "a small copy of each original to look at", (".mp4",), many=True),
    Kind("picture", "画面成片", "the cut episode, sound at the target loudness, no subtitles", (".mp4",)),
    Kind("edit_report", "剪辑报告", "where each part of the picture comes from, and its loudness", (".json",)),
    Kind("speech_audio", "识别音频", "16 kHz mono for recognition", (".wav",)),
    Kind("listening_audio", "试听音频", "sound to listen to", (".m4a",)),
    Kind("waveform", "波形", "peaks to draw", (".json",)),
    Kind("channel_levels", "声道电平", "how loud each sound channel is, to tell who speaks", (".json",)),
    Kind("draft_subtitles", "字幕初稿", "subtitles as recognised", (".srt",), subtitles=True),
    Kind("words", "词时间", "each word with its time and confidence", (".json",)),
    Kind("proofread_subtitles", "初校字幕", "subtitles after the editor", (".srt",), subtitles=True),
    Kind("doubts", "存疑表", "places to look at, with the reason", (".json",)),
    Kind("subtitled_video", "字幕视频", "the picture with subtitles burned in", (".mp4",)),
    Kind("captions", "网页字幕", "the subtitles as WebVTT", (".vtt",)),
    Kind("verification_report", "核对报告", "each check with pass, warn or fail", (".json",)),
    Kind("verification_page", "核对报告页", "the same to read", (".md",)),
    Kind("interviewee_subtitles", "受访者校对字幕", "subtitles after the interviewee", (".srt",), subtitles=True),
    Kind("restrictions", "不公开段落", "passages withheld, with the reason", (".json",)),
    Kind("interviewee_sheet", "受访者校对稿", "large-type transcript to check on paper", (".docx",)),
    Kind("dossier", "终审卷宗", "what the leaders need to decide", (".md",)),
    Kind("review_decision", "终审决定", "exactly what the final review passes", (".json",)),
    Kind("final_subtitles", "定稿字幕", "subtitles as released", (".srt",), subtitles=True),
    Kind("master", "母版", "the episode as released", (".mp4",)),
    Kind("final_captions", "定稿网页字幕", "released subtitles as WebVTT", (".vtt",)),
    Kind("transcript", "文稿", "what is said in the episode, to read", (".md",)),
    Kind("transcript_document", "文稿文档", "the same as a document", (".docx",)),
    Kind("master_report", "母版核对报告", "the verification repeated on the master", (".json",)),
    Kind("release_record", "发布记录", "every digest, sign-off and tool version behind the release", (".json",)),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.slug: kind for kind in _ALL}

SUBTITLES: tuple[str, ...] = tuple(kind.slug for kind in _ALL if kind.subtitles)
"""The versions of the subtitles, from the draft to the release."""


def kind(slug: str) -> Kind:
    """Return the kind of that name (a slug, or its Chinese title).

    Raises NotFoundError.
    """
    found = KINDS.get(slug.replace("-", "_")) or next((k for k in _ALL if k.title == slug), None)
    if found is None:
        deposits = ", ".join(k.slug for k in _ALL if k.deposit)
        raise NotFoundError(
            _("There is no kind of material called “{slug}”.").format(slug=slug),
            remedy=_("What can be deposited: {kinds}.").format(kinds=deposits),
        )
    return found
