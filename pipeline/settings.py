"""Settings: config/*.toml, overlaid by the home's settings.toml, as frozen typed values.

Every default lives once, commented, in config/. Each table of `Settings` is one file there
(`recording.toml`) or one folder of files (`subtitle-styles/*.toml`). The home's settings.toml holds
tables of the same names (`[recording]`) with only what differs. An unknown key, or a value of the
wrong kind, stops the program with file and key; nothing is guessed. No settings are global: they
are loaded once and passed in.

Long because it is a list: one short class for each file of config/, none of which uses another.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from pipeline.errors import SettingsError
from pipeline.i18n import _
from pipeline.queues import Queue

__all__ = ["TITLE_PLACES", "Settings", "StorePlace", "Use", "config_folder", "load"]


class Table(BaseModel):
    """A table of settings: frozen, nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    @property
    def idle(self) -> bool:
        """Say whether the table as it is changes nothing. Then it is in no key: that it came into
        being must not void what was signed before."""
        return False


class Project(Table):
    """The production as a whole."""

    name: str
    languages: tuple[str, ...]
    fields: tuple[str, ...]


class Recording(Table):
    """What a camera original must be (stage 3). Lengths in pixels, times in milliseconds."""

    min_width: int
    min_height: int
    min_frame_rate: float
    max_frame_rate: float
    min_audio_rate_hz: int
    max_clipped_share: float
    silence_dbfs: float
    max_silence_ms: int
    min_duration_ms: int
    max_duration_ms: int
    max_pixels: int
    proxy_height: int
    proxy_crf: int


class Editing(Table):
    """The cut episode (stage 4). Loudness in LUFS, true peak in dBTP."""

    loudness_lufs: float
    loudness_tolerance_lu: float
    true_peak_dbtp: float
    frame_rate: Literal["source"] | float
    crf: int
    preset: str
    audio_bitrate: int
    audio_stream: int


class Audio(Table):
    """Sound derived from the picture (stage 5)."""

    listening_bitrate: int
    peaks_per_second: int


class Speech(Table):
    """Recognition (stage 6)."""

    engine: Literal["auto", "openai-whisper", "faster-whisper"]
    model: str
    beam_size: int
    homophones: bool
    window_ms: int
    min_silence_ms: int
    threads: int


class Hallucinations(Table):
    """Phrases that speech models make up where nobody speaks (stage 6)."""

    phrases: tuple[str, ...]


class SubtitleStyle(Table):
    """How cues are cut and shown. Times in milliseconds, `max_cps` in characters per second.

    `punctuation` says which marks stay in the text (pipeline/captions/rules.py).
    """

    title: str
    lines: int
    target_chars: int
    max_chars: int
    max_cps: float
    min_duration_ms: int
    max_duration_ms: int
    min_gap_ms: int
    punctuation: Literal["keep", "space", "bare"]
    font: str
    size_percent: float
    margin_percent: float
    outline_percent: float


class Subtitles(Table):
    """Which style is used for which language, and what of it forbids a signature."""

    style: dict[str, str]


Encoder = Literal["libx264", "auto", "h264_nvenc", "h264_videotoolbox", "h264_qsv", "h264_vaapi"]


class Burning(Table):
    """Subtitles burned into the picture (stages 8 and 12)."""

    crf: int
    preset: str
    encoder: Encoder
    audio_bitrate: int


class TitleLine(Table):
    """A line of a title. `text` holds places to fill in, such as `{name}`."""

    text: str
    size_percent: float = Field(ge=3.0, le=20.0)

    @field_validator("text")
    @classmethod
    def _known_places(cls, text: str) -> str:
        for _text, place, form, _conversion in Formatter().parse(text):
            if place is not None and (place not in TITLE_PLACES or form):
                known = ", ".join(TITLE_PLACES)
                raise ValueError(
                    _("there is no “{place}”; there are: {known}").format(place=place, known=known)
                )
        return text


TITLE_PLACES = (
    "series", "name", "number", "episode", "position", "field", "unit", "year", "thanks", "crew",
)  # fmt: skip
"""What may be filled into a title."""


class Title(Table):
    """What a title says, for how long and where."""

    duration_ms: int = Field(ge=1000)
    place: Literal["middle", "lower"]
    lines: tuple[TitleLine, ...]


class Strap(Title):
    """The name strap: so long after the first words of whom the channels call `speaker`."""

    after_ms: int = Field(ge=0)
    speaker: str


class Credit(Table):
    """Who did what."""

    role: str
    names: str


class Titles(Table):
    """Titles over the picture (stages 8 and 12), and the credits in them."""

    show: tuple[Literal["opening", "strap", "closing"], ...]
    series: str
    unit: str
    year: str
    thanks: str
    crew: tuple[Credit, ...]
    ground_percent: float = Field(ge=0.0, le=100.0)
    opening: Title
    strap: Strap
    closing: Title

    @property
    def idle(self) -> bool:
        """Say whether no title is shown."""
        return not self.show


class Verification(Table):
    """Thresholds of the video verification (stage 9), each warn then fail where there are two."""

    black_min_ms: int
    black_fail_ms: int
    freeze_min_ms: int
    freeze_fail_ms: int
    freeze_noise_db: float
    silence_dbfs: float
    silence_min_ms: int
    silence_fail_ms: int
    max_clipped_share: float
    loudness_lufs: float
    loudness_warn_lu: float
    loudness_fail_lu: float
    true_peak_dbtp: float
    max_av_difference_ms: int
    max_out_of_range_share: float
    min_speech_covered: float


class Release(Table):
    """What becomes of withheld passages, and of the finished episode (stage 12)."""

    withheld: Literal["mask", "cut"]
    mask_text: str


Use = Literal["website", "broadcast", "book", "exhibition", "research"]


class Consent(Table):
    """What the consent must say before recording may begin."""

    required_uses: tuple[Use, ...]


class Delivery(Table):
    """What a release is handed out as. Sizes in pixels, rates in bits per second.

    `use` is what the consent must allow (empty: nothing more than the release itself); `files` are
    made in this order. Sizes and `frame_rate` are the master's where 0. With `level` the sound is
    brought to `loudness_lufs`. `ladder` are the sizes of `hls`: height and highest rate. `encoder`
    is that of `h264` where the picture is not copied.
    """

    title: str
    use: Use | Literal[""]
    files: tuple[
        Literal[
            "h264", "xdcam", "ffv1", "sound", "captions", "poster", "thumbnails",
            "h264_clean", "xdcam_clean", "tracks", "srt", "hls",
        ],
        ...,
    ]  # fmt: skip
    width: int
    height: int
    frame_rate: int
    crf: float
    preset: str
    video_bitrate: int
    audio_bitrate: int
    level: bool
    loudness_lufs: float
    loudness_tolerance_lu: float
    true_peak_dbtp: float
    encoder: Encoder = "libx264"
    ladder: tuple[tuple[int, int], ...] = ()
    segment_ms: int = 0


class Rule(Table):
    """Who may sign one stage."""

    roles: tuple[str, ...]
    not_own_work_of: tuple[str, ...] = ()
    signatures: int = 1
    days: int


class Roles(Table):
    """Who may sign what, and within how many days."""

    stage: dict[str, Rule]
    may_deposit: tuple[str, ...]


class Event(Table):
    """A dated event; month or day is 0 where unknown. `scope` tells whose event it is."""

    year: int = Field(ge=1800, le=2100)
    month: int = Field(default=0, ge=0, le=12)
    day: int = Field(default=0, ge=0, le=31)
    text: str
    scope: Literal["national", "local"]


class Chronology(Table):
    """Events an interviewee's life is set beside (stage 2)."""

    event: tuple[Event, ...]


class Glossary(Table):
    """Names and terms of the whole project."""

    terms: tuple[str, ...]


class Sounds(Table):
    """How alike syllables sound, 0.0 to 1.0. Keys name two of them: "zh z"."""

    tone: float
    initials: dict[str, float]
    finals: dict[str, float]
    syllables: dict[str, float]


class Fillers(Table):
    """Sounds and words of hesitation: everywhere, and those that count standing alone."""

    sounds: tuple[str, ...]
    alone: tuple[str, ...]
    pause_ms: int


class Speakers(Table):
    """Whose microphone each sound channel is, and by how much the loudest must lead."""

    channels: tuple[str, ...]
    margin_db: float = Field(ge=1.0)


class Flows(Table):
    """How flows wait, in seconds; and how somebody signs at a form in Prefect."""

    grace_seconds: float
    poll_seconds: float
    runs_at_once: int = Field(ge=1)
    renders_at_once: int = Field(ge=1)
    port: int
    codes: bool
    code_minutes: int = Field(ge=1, le=24 * 60)
    code_tries: int = Field(ge=1, le=20)


class LedgerPlace(Table):
    """Where the ledger is: empty for SQLite in the home, else an SQLAlchemy URL."""

    url: str


class StorePlace(Table):
    """Where the artefacts are: empty for the home's store/, else the address of a bucket.

    `cache_gb` (gigabytes) bounds the copies of it in store/.
    """

    url: str
    endpoint: str
    region: str
    addressing: Literal["auto", "path", "virtual"]
    cache_gb: float = Field(gt=0)

    @field_validator("url")
    @classmethod
    def _known_place(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("s3", "file") or not (parts.netloc + parts.path)):
            raise ValueError(_("it begins with s3:// or file://"))
        if "@" in parts.netloc or parts.query:
            raise ValueError(_("keys do not belong here: docs/how-to/object-storage.md says where"))
        return url.rstrip("/")


class Machines(Table):
    """What the machine of “chifeng up” does itself, and what several machines need."""

    queues: tuple[Queue, ...]
    look_seconds: float = Field(gt=0)
    prefect_database: str


class Reminders(Table):
    """Where messages about what waits go, and when. Hours of the day, Beijing time."""

    urls: tuple[str, ...]
    from_hour: int = Field(ge=0, le=24)
    to_hour: int = Field(ge=0, le=24)
    retry_minutes: int = Field(ge=1)


class Reasons(Table):
    """What is offered as the reason of a send-back, by the stage that is to be done again."""

    stage: dict[str, tuple[str, ...]]


class Desk(Table):
    """The desk in the browser. `names` and `address` are those of a proxy before it."""

    host: str
    port: int
    names: tuple[str, ...]
    address: str
    proxies: tuple[str, ...]
    telephone: str
    session_hours: float
    link_days: int
    link_tries: int
    confirm_signatures_by_link: bool
    sign_in_tries: int
    link_notes_per_day: int = Field(ge=1)
    link_upload_mb_per_day: float = Field(gt=0)
    link_answers_per_day: int = Field(ge=1)
    link_text_mb_per_day: float = Field(gt=0)
    material_folder: str
    upload_gb: float
    upload_days: float


class Care(Table):
    """What is done regularly to keep a production safe."""

    backup_folder: str
    backup_with_store: bool
    backup_keep: int = Field(ge=1)
    hour: int = Field(ge=0, le=23)
    fixity_days: int = Field(ge=0)
    weekly_report: bool


class Settings(Table):
    """All of it. A field is a file `config/<name>.toml`, or a folder where it is a dict."""

    project: Project
    recording: Recording
    editing: Editing
    audio: Audio
    speech: Speech
    hallucinations: Hallucinations
    subtitles: Subtitles
    subtitle_styles: dict[str, SubtitleStyle]
    burning: Burning
    titles: Titles
    verification: Verification
    release: Release
    delivery: dict[str, Delivery]
    consent: Consent
    roles: Roles
    chronology: Chronology
    glossary: Glossary
    sounds: Sounds
    fillers: Fillers
    speakers: Speakers
    outlines: dict[str, str]
    flows: Flows
    ledger: LedgerPlace
    store: StorePlace
    machines: Machines
    reminders: Reminders
    reasons: Reasons
    desk: Desk
    care: Care

    _digests: dict[tuple[str, ...], str] = PrivateAttr(default_factory=dict)

    def style_for(self, language: str) -> SubtitleStyle:
        """Return the subtitle style of a language: its own, or the default one.

        Reads `subtitles` and `subtitle_styles`. Raises SettingsError if there is no such style.
        """
        chosen = self.subtitles.style
        name = chosen.get(language, chosen.get("default", ""))
        if name not in self.subtitle_styles:
            raise SettingsError(
                _("There is no subtitle style “{name}”.").format(name=name),
                path=Path("config/subtitles.toml"),
                key=f"subtitles.style.{language}",
                remedy=_("There are: {names}.").format(names=", ".join(self.subtitle_styles)),
            )
        return self.subtitle_styles[name]

    def only(self, names: tuple[str, ...]) -> Settings:
        """Return settings that hold these tables and no others; reading another raises."""
        return Settings.model_construct(_fields_set=None, **{n: getattr(self, n) for n in names})

    def is_idle(self, name: str) -> bool:
        """Say whether that table changes nothing as it is."""
        table = getattr(self, name)
        return isinstance(table, Table) and table.idle

    def digest(self, names: tuple[str, ...]) -> str:
        """Return the SHA-256 of these tables, the idle ones left out, as hexadecimal."""
        if names not in self._digests:
            told = {name for name in names if not self.is_idle(name)}
            dump = self.model_dump(mode="json", include=told)
            text = json.dumps(dump, sort_keys=True)
            self._digests[names] = hashlib.sha256(text.encode()).hexdigest()
        return self._digests[names]


def config_folder() -> Path:
    """Return the folder of the defaults: the checkout's config/, or the copy in the wheel."""
    chosen = os.environ.get("CHIFENG_CONFIG")
    if chosen:
        return Path(chosen)
    here = Path(__file__).resolve().parent
    checkout = here.parent / "config"
    return checkout if checkout.is_dir() else here / "_config"


def load(home: Path | None = None, config: Path | None = None) -> Settings:
    """Read the defaults, lay the home's settings.toml over them, and check every key.

    Raises SettingsError naming file and key.
    """
    folder = config or config_folder()
    tables: dict[str, Any] = {
        name: _read_table(folder, name, info.annotation)
        for name, info in Settings.model_fields.items()
    }
    overlay_file = home / "settings.toml" if home else None
    overlay = _toml(overlay_file) if overlay_file and overlay_file.exists() else {}
    _validate(tables, folder)
    if not overlay or overlay_file is None:
        return Settings.model_validate(tables)
    merged = _merge(tables, overlay)
    _validate(merged, overlay_file)
    return Settings.model_validate(merged)


def _read_table(folder: Path, name: str, annotation: Any) -> Any:
    path = folder / name.replace("_", "-")
    if get_origin(annotation) is not dict:
        return _toml(path.with_suffix(".toml"))
    if get_args(annotation)[1] is str:
        return {f.stem: f.read_text("utf-8") for f in sorted(path.glob("*.md"))}
    return {f.stem: _toml(f) for f in sorted(path.glob("*.toml"))}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return _parsed(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(
            _("The settings file {path} is missing.").format(path=path), path=path
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            _("{path} is not valid TOML: {error}.").format(path=path, error=error), path=path
        ) from error


@lru_cache
def _parsed(text: str) -> dict[str, Any]:
    """Parse TOML. The defaults are read again for every home; nobody may change what comes."""
    return tomllib.loads(text)


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = (
            _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return merged


def _validate(tables: dict[str, Any], source: Path) -> None:
    try:
        Settings.model_validate(tables)
    except ValidationError as error:
        first = error.errors()[0]
        where = [str(part) for part in first["loc"]]
        path = source
        if source.is_dir():
            path = source / f"{where[0].replace('_', '-')}.toml"
            if not path.exists():
                path = source / where[0].replace("_", "-") / f"{where[1]}.toml"
        key = ".".join(where)
        raise SettingsError(
            _("{path}: the setting “{key}” is wrong: {why}.").format(
                path=path, key=key, why=first["msg"]
            ),
            path=path,
            key=key,
            remedy=_("Correct or remove it; config/ shows every setting there is."),
        ) from error
