"""Read Whisper weights in CTranslate2's form and write them as an openai-whisper checkpoint.

The two hold the same tensors under other names: CTranslate2 fuses query, key and value into one
matrix (the key's bias is all zero, Whisper has none), and keeps the size of the model in shapes.
The file is what `ctranslate2.specs.ModelSpec.save` writes: name, shape, type and bytes of each
variable in turn.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.errors import MissingTool
from pipeline.i18n import _

__all__ = ["write_checkpoint"]

_BINARY_VERSION = 6
_TYPES = {0: "float32", 1: "int8", 2: "int16", 3: "int32", 4: "float16"}

# Ours to theirs, without the layer's prefix. `+` marks what is fused there.
_LINEAR = {
    "attn.query+key+value": "self_attention/linear_0",
    "attn.out": "self_attention/linear_1",
    "cross_attn.query": "attention/linear_0",
    "cross_attn.key+value": "attention/linear_1",
    "cross_attn.out": "attention/linear_2",
    "mlp.0": "ffn/linear_0",
    "mlp.2": "ffn/linear_1",
}
_NORM = {
    "attn_ln": "self_attention/layer_norm",
    "cross_attn_ln": "attention/layer_norm",
    "mlp_ln": "ffn/layer_norm",
}


def write_checkpoint(folder: Path, target: Path) -> None:
    """Write the model in `folder` (model.bin, config.json) as an openai-whisper file.

    Quantised weights are widened to what they stand for. Raises MissingTool where the folder
    holds something else than a Whisper model.
    """
    import torch

    config = json.loads((folder / "config.json").read_text("utf-8"))
    with (folder / "model.bin").open("rb") as handle:
        variables = dict(_variables(handle, folder))
    checkpoint = {
        "dims": _dimensions(variables),
        "model_state_dict": _state(variables),
        "alignment_heads": config.get("alignment_heads"),
    }
    torch.save(checkpoint, target)


def _variables(handle: BinaryIO, folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield name and array of each variable; int8 and int16 already multiplied out."""
    import numpy as np

    def number(form: str) -> int:
        return int(struct.unpack("<" + form, handle.read(struct.calcsize(form)))[0])

    def text() -> str:
        return handle.read(number("H")).rstrip(b"\0").decode()

    version, name, _revision = number("I"), text(), number("I")
    if version != _BINARY_VERSION or name != "WhisperSpec":
        raise MissingTool(
            _("{name} is not a Whisper model that can be converted.").format(name=folder.name),
            remedy=_("Use it with faster-whisper, or bring the openai-whisper file."),
            path=folder,
        )
    raw = {}
    for _index in range(number("I")):
        key = text()
        shape = [number("I") for _axis in range(number("B"))]
        kind = _TYPES[number("B")]
        raw[key] = np.frombuffer(handle.read(number("I")), kind).reshape(shape)
    for key, value in raw.items():
        scale = raw.get(key + "_scale")
        if scale is not None:
            value = value / (scale[:, None] if scale.ndim else scale)
        if not key.endswith("_scale"):
            yield key, value


def _dimensions(variables: dict[str, Any]) -> dict[str, int]:
    def layers(side: str) -> int:
        return len({k.split("/")[1] for k in variables if k.startswith(f"{side}/layer_")} - _NOT)

    audio, state = variables["encoder/position_encodings/encodings"].shape
    text, text_state = variables["decoder/position_encodings/encodings"].shape
    return {
        "n_mels": variables["encoder/conv1/weight"].shape[1],
        "n_audio_ctx": audio,
        "n_audio_state": state,
        "n_audio_head": int(variables["encoder/num_heads"]),
        "n_audio_layer": layers("encoder"),
        "n_vocab": variables["decoder/embeddings/weight"].shape[0],
        "n_text_ctx": text,
        "n_text_state": text_state,
        "n_text_head": int(variables["decoder/num_heads"]),
        "n_text_layer": layers("decoder"),
    }


_NOT = {"layer_norm"}


def _state(variables: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    import torch

    state: dict[str, Any] = {}

    def put(ours: str, value: Any) -> None:
        state[ours] = torch.from_numpy(np.array(value, dtype=np.float16))

    def pair(ours: str, theirs: str, weight: str = "weight", bias: str = "bias") -> None:
        put(f"{ours}.weight", variables[f"{theirs}/{weight}"])
        put(f"{ours}.bias", variables[f"{theirs}/{bias}"])

    def linear(ours: str, theirs: str) -> None:
        stem, _dot, names = ours.rpartition(".")
        parts = names.split("+")
        weights = np.split(variables[f"{theirs}/weight"], len(parts))
        biases = np.split(variables[f"{theirs}/bias"], len(parts))
        for part, weight, bias in zip(parts, weights, biases, strict=True):
            put(f"{stem}.{part}.weight", weight)
            if part != "key":
                put(f"{stem}.{part}.bias", bias)

    dims = _dimensions(variables)
    for side, count in (("encoder", dims["n_audio_layer"]), ("decoder", dims["n_text_layer"])):
        put(f"{side}.positional_embedding", variables[f"{side}/position_encodings/encodings"])
        for index in range(count):
            there = f"{side}/layer_{index}"
            for ours, theirs in _LINEAR.items():
                if f"{there}/{theirs}/weight" in variables:
                    linear(f"{side}.blocks.{index}.{ours}", f"{there}/{theirs}")
            for ours, theirs in _NORM.items():
                if f"{there}/{theirs}/gamma" in variables:
                    pair(f"{side}.blocks.{index}.{ours}", f"{there}/{theirs}", "gamma", "beta")
    for conv in ("conv1", "conv2"):
        pair(f"encoder.{conv}", f"encoder/{conv}")
    pair("encoder.ln_post", "encoder/layer_norm", "gamma", "beta")
    pair("decoder.ln", "decoder/layer_norm", "gamma", "beta")
    put("decoder.token_embedding.weight", variables["decoder/embeddings/weight"])
    return state
