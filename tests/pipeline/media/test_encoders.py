"""An encoder is used where it proved that it works; x264 decides where none did.

No graphics card is needed: that one works can be seen on x264 only, that none does on all others.
"""

from __future__ import annotations

import pytest

from pipeline.errors import MissingTool
from pipeline.media import encoders
from pipeline.media.burn_in import burn
from pipeline.media.encoders import (
    HARDWARE,
    X264,
    encoder_works,
    quality_options,
    select_encoder,
    upload_frames,
)
from pipeline.media.ffmpeg import source
from pipeline.media.frame_compare import rate_and_frame_count
from pipeline.media.render_cache import RenderCache, segment_options
from pipeline.settings import load


def test_what_really_encodes_works_and_what_does_not_exist_does_not(monkeypatch):
    assert encoder_works(X264)
    monkeypatch.setattr(encoders, "quality_options", lambda *_: {"c:v": "h264_of_no_card"})
    assert not encoder_works("h264_of_no_card")


def test_one_that_is_named_but_does_not_work_is_refused(monkeypatch):
    monkeypatch.setattr(encoders, "encoder_works", lambda _name: False)
    for name in HARDWARE:
        with pytest.raises(MissingTool, match=f"{name}.*does not work"):
            select_encoder(name)
    assert select_encoder("auto") == select_encoder(X264) == X264


def test_auto_takes_the_first_that_works(monkeypatch, caplog):
    caplog.set_level("INFO")
    tried = []
    monkeypatch.setattr(
        encoders, "encoder_works", lambda name: tried.append(name) or name == HARDWARE[2]
    )
    assert select_encoder("auto") == HARDWARE[2]
    assert tried == list(HARDWARE[:3])
    assert f"encoder: {HARDWARE[2]}" in caplog.text
    assert select_encoder(HARDWARE[2]) == HARDWARE[2]


@pytest.mark.parametrize("name", HARDWARE)
def test_commands_name_the_encoder_a_constant_quality_and_closed_segments(name, clip):
    options = segment_options(20, "medium", *rate_and_frame_count(clip), encoder=name)
    assert options["c:v"] == name
    assert (options["g"], options["bf"]) == (100, 0)
    assert not {"crf", "x264-params", "preset"} & options.keys() - {"preset"}
    assert {"cq", "q:v", "global_quality", "qp"} & options.keys()
    graph = upload_frames(source(clip)["0"], name).output("out.mp4", **options).get_args()
    assert graph[graph.index("-c:v") + 1] == name
    filters = graph[graph.index("-filter_complex") + 1]
    assert "nv12" in filters
    assert ("hwupload" in filters) == ("-vaapi_device" in graph) == (name == "h264_vaapi")


def test_quality_goes_the_way_of_crf():
    assert (
        quality_options("h264_videotoolbox", 18, "")["q:v"]
        > quality_options("h264_videotoolbox", 28, "")["q:v"]
    )
    assert quality_options("h264_nvenc", 18, "")["cq"] < quality_options("h264_nvenc", 28, "")["cq"]


def test_where_no_card_works_auto_burns_the_same_bytes(clip, tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "encoder_works", lambda _name: False)
    settings = load()
    made = []
    for name in ("auto", X264):
        how = settings.burning.model_copy(update={"preset": "ultrafast", "encoder": name})
        target, cache = tmp_path / f"{name}.mp4", RenderCache(tmp_path / f"segments {name}")
        burn(clip, target, [], settings.style_for("zh"), how, cache=cache)
        made.append(target.read_bytes())
    assert made[0] == made[1]
    how = settings.burning.model_copy(update={"encoder": HARDWARE[0]})
    with pytest.raises(MissingTool):
        burn(clip, tmp_path / "none.mp4", [], settings.style_for("zh"), how)
    assert not (tmp_path / "none.mp4").exists()
