"""Remarks on a conformed cut, in English and Chinese.

The edit report must not depend on the user's language, so it holds both texts.
"""

from __future__ import annotations

from typing import Literal

from pipeline.core.artefacts.edit_report import Remark

__all__ = ["Remark", "remark"]

Level = Literal["error", "warning", "note"]

_TEXTS: dict[str, tuple[Level, str, str]] = {
    "variable_rate": (
        "note",
        "“{source}” has a variable frame rate; it was made {rate} frames per second.",
        "“{source}”帧率不固定，已统一为每秒 {rate} 帧。",
    ),
    "rate_changed": (
        "note",
        "“{source}” has {rate} frames per second; it was brought to the rate of the picture.",
        "“{source}”为每秒 {rate} 帧，已转换为成片的帧率。",
    ),
    "size_changed": (
        "note",
        "“{source}” is {width}×{height}; it was fitted into the picture.",
        "“{source}”画面为 {width}×{height}，已按成片画幅适配。",
    ),
    "interlaced": (
        "note",
        "“{source}” is interlaced; it was deinterlaced.",
        "“{source}”为隔行扫描，已去隔行。",
    ),
    "high_range": (
        "warning",
        "“{source}” has high dynamic range; it was brought to the usual one: look at the colours.",
        "“{source}”为高动态范围（HDR），已转换为普通动态范围，请检查色彩。",
    ),
    "several_pictures": (
        "warning",
        "“{source}” has {count} pictures; the first was taken.",
        "“{source}”含有 {count} 路画面，只取第一路。",
    ),
    "damaged": (
        "warning",
        "“{source}” has damaged places ({count} messages while reading): look at the whole part.",
        "“{source}”有损坏之处（读取时报错 {count} 条），请把这一段完整看一遍。",
    ),
    "ends_early": (
        "warning",
        "“{source}” ends {missing_ms} ms before it says it does.",
        "“{source}”比标称时长短 {missing_ms} 毫秒。",
    ),
    "sound_short": (
        "warning",
        "The sound of “{source}” is {missing_ms} ms shorter than the picture; it was filled with"
        " silence.",
        "“{source}”的声音比画面短 {missing_ms} 毫秒，已补静音。",
    ),
    "black": (
        "note",
        "From {at} to {end} the edit list has no picture: black.",
        "{at} 至 {end} 剪辑表上没有画面，为黑场。",
    ),
    "blend_cut": (
        "warning",
        "At {at} the edit list has “{name}” over {frames} frames; it became a cut in its middle.",
        "{at} 处剪辑表上有 {frames} 帧的转场“{name}”，已改为在转场中点直接切换。",
    ),
    "fade_left_out": (
        "warning",
        "At {at} the edit list has the fade “{name}” over {frames} frames; it was not made.",
        "{at} 处剪辑表上有 {frames} 帧的淡入淡出“{name}”，未制作。",
    ),
    "effect_left_out": (
        "warning",
        "At {at} the edit list has the effect “{effect}” on “{clip}”; it was not made.",
        "{at} 处剪辑表上“{clip}”带有特效“{effect}”，未制作。",
    ),
    "title_left_out": (
        "warning",
        "At {at} the edit list has “{clip}”, drawn by the editing program; it was not made.",
        "{at} 处剪辑表上有剪辑软件生成的“{clip}”（字幕、图形等），未制作。",
    ),
    "covered": (
        "note",
        "“{clip}” at {at} lies under another picture all the time and is not seen.",
        "{at} 处的“{clip}”始终被上层画面盖住，看不到。",
    ),
    "other_timecode": (
        "warning",
        "The edit list holds that “{source}” begins {seconds} s away from where the original"
        " begins; its parts were found by timecode: look whether they are the right ones.",
        "剪辑表所记“{source}”的起点与原始素材相差 {seconds} 秒，已按时码对位，请核对画面。",
    ),
    "in_step": (
        "note",
        "“{other}” begins {seconds} s after “{first}”, as their sound says ({agree} of {moments}"
        " places agree).",
        "按声音比对，“{other}”比“{first}”晚 {seconds} 秒开始（{moments} 处中有 {agree} 处一致）。",
    ),
    "in_step_by_timecode": (
        "warning",
        "“{other}” begins {seconds} s after “{first}” by their timecode; their sound does not tell:"
        " look whether lips and voice agree.",
        "按时码，“{other}”比“{first}”晚 {seconds} 秒开始；声音无法比对，请核对口型。",
    ),
    "timecodes_differ": (
        "note",
        "The timecodes of “{other}” and “{first}” differ by {seconds} s from what their sound says;"
        " the sound was followed.",
        "“{other}”与“{first}”的时码和声音比对相差 {seconds} 秒，以声音为准。",
    ),
    "silent": (
        "warning",
        "There is no sound to be heard; the level was not changed.",
        "全片没有可闻的声音，音量未作调整。",
    ),
    "very_quiet": (
        "warning",
        "The recording is very quiet: it was raised by {gain_db} dB, noise with it.",
        "录音音量过低，已提升 {gain_db} dB，噪声也会随之变大。",
    ),
    "limited": (
        "note",
        "Peaks were held at {peak_dbtp} dBTP by a limiter.",
        "已用限幅器把峰值压在 {peak_dbtp} dBTP 以内。",
    ),
    "loudness_missed": (
        "warning",
        "The loudness is {loudness_lufs} LUFS; {target_lufs} was wanted.",
        "响度为 {loudness_lufs} LUFS，目标为 {target_lufs}。",
    ),
    "peak_over": (
        "warning",
        "The true peak is {true_peak_dbtp} dBTP; {peak_dbtp} is allowed.",
        "真峰值为 {true_peak_dbtp} dBTP，超过上限 {peak_dbtp}。",
    ),
}


def remark(code: str, **values: object) -> Remark:
    """Return the remark called `code`, filled in."""
    level, english, chinese = _TEXTS[code]
    return Remark(level, english.format(**values), chinese.format(**values))
