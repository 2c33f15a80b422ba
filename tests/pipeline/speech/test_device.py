"""The device is asked what it can do before anything is loaded on it."""

from __future__ import annotations

import ctranslate2
import pytest

from pipeline.speech.engines.faster_whisper import device_and_type


@pytest.mark.parametrize(
    ("gpus", "known", "expected"),
    [
        (0, set(), ("cpu", "int8")),
        (1, {"float32", "float16", "int8", "int8_float16"}, ("cuda", "float16")),
        (2, {"float32", "int8", "int8_float32"}, ("cuda", "int8")),
        (1, {"float32"}, ("cuda", "float32")),
    ],
)
def test_a_gpu_is_used_with_the_best_numbers_it_knows(
    gpus: int, known: set[str], expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: gpus)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda _device: known)
    assert device_and_type() == expected
