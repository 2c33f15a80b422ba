"""Media made to take memory: refused by its size, and held by the kernel where it is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import ffmpeg
import pytest

from pipeline.core.processes.child import Child, Limits
from pipeline.core.processes.resource_limits import ResourceLimits
from pipeline.documents.forms import check_form
from pipeline.errors import FormError, InputError, MediaError
from pipeline.kinds import KINDS
from pipeline.media.ffmpeg import check_media, ffmpeg_path
from pipeline.media.ffmpeg.inputs import source
from pipeline.media.ffmpeg.run import OverLimitError, execute
from pipeline.media.ffmpeg.sandbox import check_limits, work_limits
from pipeline.workflow.ingest.deposits import refuse_large


def film(folder: Path, size: str) -> Path:
    path = folder / f"{size}.mp4"
    made = (
        str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i",
        f"color=black:size={size}:rate=5:duration=0.4", "-c:v", "libx264", "-preset", "ultrafast",
        str(path),
    )  # fmt: skip
    subprocess.run(made, check=True)
    return path


def test_a_picture_larger_than_any_camera_writes_is_refused_with_a_remedy(tmp_path: Path):
    with pytest.raises(MediaError, match="8192×8176") as refused:
        check_media(film(tmp_path, "8192x8176"))
    assert "8192×4320" in refused.value.remedy


def test_8k_is_taken_and_a_decoder_that_wants_too_much_is_stopped(tmp_path: Path):
    path = film(tmp_path, "8192x4320")
    assert check_media(path).video[0].width == 8192
    little = ResourceLimits(memory_bytes=120 << 20)
    output = ffmpeg.output(source(path)["0"], "-", format="null")
    with pytest.raises(OverLimitError):
        execute(output, resources=little, stall_s=20)


def test_the_kernel_holds_the_limits_and_there_is_no_network():
    """`ulimit` and /proc are asked in the child itself."""
    asked = "ulimit -d; ulimit -t; ulimit -f; ulimit -c; tail -n +3 /proc/net/dev | cut -d: -f1"
    limits = Limits(30, 30)
    limited = ResourceLimits(1 << 30, 60, 1 << 20, network=False)
    with Child(["sh", "-c", asked], resources=limited) as child:
        told = b"".join(child.chunks(limits)).decode().split()
    assert told[:2] == [str(1 << 20), "60"] and int(told[2]) <= 2048 and told[3] == "0"
    assert set(told[4:]) <= {"lo", "sit0", "ip6tnl0", "tunl0"}


def test_renders_have_the_machine_and_checks_a_share_of_it():
    check, work = check_limits(), work_limits(["-c:v", "libx264"])
    assert 0 < check.memory_bytes <= 3 << 30 < work.memory_bytes and not work.network
    assert work_limits(["-c:v", "h264_nvenc"]).network and not work.cpu_s and not work.file_bytes


@pytest.mark.parametrize("slug", [kind.slug for kind in KINDS.values() if kind.deposit])
def test_sparse_files_are_refused_before_they_are_read(tmp_path: Path, slug: str):
    kind = KINDS[slug]
    if slug in ("camera_originals", "finished_cut"):
        assert kind.max_bytes is None  # `upload_gb`
        return
    path = tmp_path / f"a{kind.suffixes[0]}"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(InputError, match="larger than any"):
        refuse_large(kind, path.name, path.stat().st_size)
    if slug in ("consent_form", "signature"):
        with pytest.raises(FormError):
            check_form(slug, path)
