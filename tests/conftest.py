"""Media to test on: generated, each clip's docstring says what it shows."""

from __future__ import annotations

import hashlib
import os
import signal
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import psutil
import pytest
from postgresql import Server, running

from desk.demo.sample_speech import sample_speech
from pipeline.media.ffmpeg import ffmpeg_path
from pipeline.settings import Settings, load
from pipeline.stage import Artefact

Make = Callable[..., Path]

_PICTURE = "testsrc2=size=320x180:rate=25:duration=4"
_SOUND = "sine=frequency=440:sample_rate=48000:duration=4"
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25")
_AAC = ("-c:a", "aac", "-b:a", "96k")

_WORKER_BYTES = 2 << 30
_MOST_WORKERS = 12

hypothesis.settings.register_profile("daily", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.register_profile("thorough", max_examples=500, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--thorough`."""
    parser.addoption(
        "--thorough", action="store_true", help="run every repetition as well, with many examples"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples Hypothesis tries, and let programs that tests start be interrupted.

    A shell tells what it starts in the background to ignore interrupts, and so would all that
    starts.
    """
    thorough = config.getoption("thorough")
    hypothesis.settings.load_profile("thorough" if thorough else "daily")
    if not thorough:  # compiling costs openai-whisper 18 s, and saves less than one in the tests
        os.environ["NUMBA_DISABLE_JIT"] = "1"
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the repetitions, group the tests of each file, and put what waits longest first.

    pytest-xdist runs a group in one process, in the order of collection. A file that names no group
    of its own is one: its tests share clips and servers.
    """
    if not config.getoption("thorough"):
        config.hook.pytest_deselected(items=[item for item in items if _repeats(item)])
        items[:] = [item for item in items if not _repeats(item)]
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=_turn)


def _repeats(item: pytest.Item) -> bool:
    marks = {mark.name for mark in item.iter_markers()}
    return "thorough" in marks and "both_databases" not in marks


def _turn(item: pytest.Item) -> int:
    """Servers are waited for longest, then browsers; the other tests fill the waiting time."""
    waits = ("server" in item.keywords, "browser" in item.fixturenames, "model" in item.keywords)
    return waits.index(True) if any(waits) else len(waits)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Answer `-n auto` with two for each processor, as many tests wait; 2 GB for each."""
    room = psutil.virtual_memory().total // _WORKER_BYTES
    return max(2, min((os.cpu_count() or 2) * 2, int(room), _MOST_WORKERS))


@pytest.fixture(autouse=True)
def _nothing_left_in_the_environment() -> Iterator[None]:
    """Fail the test that leaves a setting behind: it would change another one far away."""
    before = _ours()
    yield
    assert _ours() == before


def _ours() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k.startswith(("CHIFENG_", "PYTHONPATH"))}


@pytest.fixture(autouse=True)
def _english(_nothing_left_in_the_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak English, so that tests can read messages; a test of the Chinese sets its own."""
    monkeypatch.setenv("CHIFENG_LANG", "en")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server for as long as the tests run."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def shared_data() -> Path | None:
    """The folder of real recordings beside the checkout (../shared/data), where it is present."""
    here = Path(__file__).resolve().parent.parent
    folders = (parent / "shared" / "data" for parent in (here.parent, here.parent.parent))
    return next((folder for folder in folders if folder.is_dir()), None)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The defaults of config/."""
    return load()


@pytest.fixture(scope="session")
def artefact() -> Callable[[str, Path], Artefact]:
    """A function that makes an artefact of a file: `artefact("picture", path)`."""

    def make(kind: str, path: Path) -> Artefact:
        data = path.read_bytes()
        return Artefact(kind, hashlib.sha256(data).hexdigest(), path.name, path, len(data))

    return make


@pytest.fixture(scope="session")
def make_clip(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A function that writes a clip: `make_clip("name.mp4", *ffmpeg_arguments)`."""
    folder = tmp_path_factory.mktemp("clips")

    def make(name: str, *args: str | Path) -> Path:
        path = folder / name
        command = [ffmpeg_path(), "-nostdin", "-v", "error", "-y", *args, f"file:{path}"]
        subprocess.run(command, check=True)
        return path

    return make


def _lavfi(*sources: str) -> list[str]:
    return [word for source in sources for word in ("-f", "lavfi", "-i", source)]


@pytest.fixture(scope="session")
def clip(make_clip: Make) -> Path:
    """4 s, 320x180, 25 fps (100 frames), moving picture with a 440 Hz tone at 48 kHz."""
    return make_clip("clip.mp4", *_lavfi(_PICTURE, _SOUND), *_X264, *_AAC)


@pytest.fixture(scope="session")
def clip_mkv(clip: Path, make_clip: Make) -> Path:
    """The clip in Matroska, which does not say how many frames it holds."""
    return make_clip("clip.mkv", "-i", clip, "-c", "copy")


@pytest.fixture(scope="session")
def clip_vfr(make_clip: Make) -> Path:
    """4 s whose frames come at uneven intervals, as telephones record."""
    uneven = "select='not(mod(n\\,7)*mod(n\\,5))+not(mod(n\\,2))'"
    args = _lavfi(_PICTURE, _SOUND)
    return make_clip("vfr.mp4", *args, "-vf", uneven, "-fps_mode", "vfr", *_X264, *_AAC)


@pytest.fixture(scope="session")
def clip_rotated(clip: Path) -> Path:
    """The clip as a telephone held upright writes it: stored 320x180, to be shown 180x320.

    The option that says so differs between releases of ffmpeg, so the matrix is written here.
    """
    data = bytearray(clip.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    struct.pack_into(">9i", data, matrix, 0, 1 << 16, 0, -(1 << 16), 0, 0, 180 << 16, 0, 1 << 30)
    path = clip.with_name("rotated.mp4")
    path.write_bytes(data)
    return path


@pytest.fixture(scope="session")
def clip_anamorphic(make_clip: Make) -> Path:
    """4 s stored 320x180 with pixels 4:3 wide, as DV and HDV write: shown 427x180."""
    args = _lavfi(_PICTURE, _SOUND)
    return make_clip("anamorphic.mp4", *args, "-vf", "setsar=4/3", *_X264, *_AAC)


@pytest.fixture(scope="session")
def clip_two_sounds(make_clip: Make) -> Path:
    """4 s with two sound tracks: 440 Hz, and 880 Hz at a tenth of the level."""
    second = "sine=frequency=880:sample_rate=48000:duration=4,volume=0.1"
    maps = ("-map", "0:v", "-map", "1:a", "-map", "2:a")
    return make_clip("two sounds.mov", *_lavfi(_PICTURE, _SOUND, second), *maps, *_X264, *_AAC)


@pytest.fixture(scope="session")
def clip_no_sound(make_clip: Make) -> Path:
    """4 s of picture without sound."""
    return make_clip("no sound.mp4", *_lavfi(_PICTURE), *_X264)


@pytest.fixture(scope="session")
def clip_no_picture(make_clip: Make) -> Path:
    """4 s of sound without picture."""
    return make_clip("no picture.mov", *_lavfi(_SOUND), *_AAC)


@pytest.fixture(scope="session")
def clip_truncated(clip: Path, make_clip: Make) -> Path:
    """The clip, its index written first, cut off at half its bytes."""
    whole = make_clip("whole.mp4", "-i", clip, "-c", "copy", "-movflags", "+faststart")
    return _cut(whole, "truncated.mp4", 0.5)


@pytest.fixture(scope="session")
def clip_no_index(clip: Path) -> Path:
    """The clip cut off before its index, as when a camera loses power."""
    return _cut(clip, "no index.mp4", 0.9)


@pytest.fixture(scope="session")
def clip_truncated_mkv(clip_mkv: Path) -> Path:
    """The Matroska clip cut off at half its bytes: it decodes with exit code 0."""
    return _cut(clip_mkv, "truncated.mkv", 0.5)


def _cut(whole: Path, name: str, share: float) -> Path:
    path = whole.with_name(name)
    data = whole.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.fixture(scope="session")
def mandarin(shared_data: Path | None, make_clip: Make) -> tuple[Path, str]:
    """Real Mandarin, 16 kHz mono, and its text as people wrote it down.

    Two sentences read aloud (12 s) from the shared data where they are; else the three short clips
    that the package registry carries (8 s).
    """
    if shared_data is not None:
        folder = shared_data / "speech_zh"
        clips = [folder / "aishell1_BAC009S0764W0121.wav", folder / "whisper_finetune_test.wav"]
        text = (
            "甚至出现交易几乎停滞的情况"
            "近几年，不但我用书给女儿压岁，也劝说亲朋不要给女儿压岁钱，而改送压岁书。"
        )
    else:
        samples = sample_speech()
        clips, text = [s.path for s in samples], "".join(s.text for s in samples)
    inputs = [word for path in clips for word in ("-i", path)]
    join = f"concat=n={len(clips)}:v=0:a=1,aresample=16000"
    return make_clip("mandarin.wav", *inputs, "-filter_complex", join, "-ac", "1"), text
