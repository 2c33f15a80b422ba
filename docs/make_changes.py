"""Write docs/explanation/changes.md and its Chinese page: `PYTHONPATH=tests python -m docs.make_changes`.

The table comes from the twelve stages themselves with quick work in place of the real one
(tests/toys/twelve.py). tests/pipeline/workflow/test_changes.py fails while a page differs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

from toys.twelve import CHANGES, TWELVE, Effects, effects, signed_home

__all__ = ["PAGES", "all_effects", "page"]

FOLDER = Path(__file__).resolve().parent / "explanation"
PAGES: dict[Literal["en", "zh"], str] = {"en": "changes.md", "zh": "changes.zh-CN.md"}


def main() -> None:
    """Write both pages."""
    with tempfile.TemporaryDirectory() as folder:
        found = all_effects(Path(folder))
    for lang, name in PAGES.items():
        (FOLDER / name).write_text(page(found, lang), "utf-8")
        print(FOLDER / name)


def all_effects(folder: Path) -> dict[str, Effects]:
    """Make every change in a home of its own and return what followed."""
    model = signed_home(folder / "signed")
    return {change: effects(change, model, folder / str(n)) for n, change in enumerate(CHANGES)}


def page(found: dict[str, Effects], lang: Literal["en", "zh"]) -> str:
    """Return the page in one language."""
    numbers = [stage.number for stage in TWELVE]
    head = {"en": "Change", "zh": "改动"}[lang]
    rows = [
        f"| {head} | " + " | ".join(f"{n:02d}" for n in numbers) + " |",
        "|---|" + ":-:|" * len(numbers),
    ]
    for change, effect in found.items():
        name = change if lang == "en" else CHANGES[change][0]
        rows.append(f"| {name} | " + " | ".join(_cell(n, effect, lang) for n in numbers) + " |")
    return f"{_HEAD[lang]}\n" + "\n".join(rows) + f"\n\n{_RULES[lang]}"


def _cell(number: int, effect: Effects, lang: Literal["en", "zh"]) -> str:
    ran, signed = {"en": ("run", "sign"), "zh": ("做", "签")}[lang]
    words = [ran] * (number in effect.ran) + [signed] * (number in effect.signed)
    return " ".join(words)


_HEAD = {
    "en": """\
# What a change causes

An episode is signed up to the interviewee (stages 1 to 10), stage 11 has run, and the name strap is shown. Somebody then
changes one thing. The table says which stages **run** again and which must be **sign**ed again, if all that may turn out
otherwise does; where a stage makes the same bytes as before, what follows it stays as it was. An empty cell: not touched.
`chifeng plan` says the same of your own production before you do it.
""",
    "zh": """\
# 一处改动牵动哪些步骤

一集已签到受访者（第 1 至 10 步），第 11 步已做，片中显示人名条。这时有人改动一处。表中“做”是要重做的步骤，“签”是要重签的
步骤，按凡可能变的都变了来算；重做的结果若与原来一字不差，后面的步骤就不动。空格表示不受影响。
`chifeng plan` 可以在动手之前，就自己的项目列出同样的内容。
""",
}
_RULES = {
    "en": """\
The rules behind it:

- A stage whose `Needs` say what they use of an input (`USES`, [pipeline/stage.py](../../pipeline/stage.py)) keeps its work while
  that stays the same: stage 4 uses the originals that its edit list names, and where their timecode begins; stages 2, 6, 8 and
  12 use some fields of the interviewee file; stage 3 reads nothing of the outline.
- An original that came after a cut is not what the cut means, even where it has the same file name. A new list that names it
  by name alone must give its digest.
- While a new recording waits for the cinematographer, episodes go on upon the report signed last, if that report holds every
  original they use. After a withdrawal or a send-back of that signature they wait.
- Once an editor has approved what was made of a recognition, a word added to the glossary, a new outline or a corrected name does
  not cause the speech to be recognised again (`UNTIL_SIGNED`). Stage 6 says what it left out of account; to have it recognised
  anew, send the episode back to 06. Before that approval it is recognised again by itself.
- While stage 1 or 2 waits to be signed anew, what follows waits too: consent is in what stage 1 makes.
- A changed setting causes every stage that reads it to run again, in every episode that is not released. The versions of ffmpeg and
  of the other tools are in no key: a newer one causes nothing to run again. Another model is a setting, `[speech] model`.

Nothing new is stored for this: the key of a run, as every version computed it, is computed again with the inputs its record
names. If it fits, everything else is unchanged, and only what is used of those inputs is left to compare
([earlier_runs.py](../../pipeline/workflow/earlier_runs.py)).

This page is written by `python -m docs.make_changes`.
""",
    "zh": """\
依据的规则：

- 步骤在 `Needs` 里写明某项输入用了哪些内容的（`USES`，见 [pipeline/stage.py](../../pipeline/stage.py)），这些内容不变就不重做：第 4 步只用
  剪辑表写到的素材和它们的起始时码；第 2、6、8、12 步各用受访者档案的几项；第 3 步不读提纲的内容。
- 剪辑之后才交的素材，即使文件同名，也不是剪辑表所指的那一个。新的剪辑表若只写文件名而有重名，须写明文件的摘要（SHA-256）。
- 新素材等摄像签字期间，各集按上次签过的录制报告继续，前提是用到的素材都在那份报告里。那次签字若被撤回或退回，各集就等着。
- 编辑签过由某次识别做成的字幕以后，词汇表加词、提纲改动、人名更正都不会让语音重新识别（`UNTIL_SIGNED`）。第 6 步会写明
  哪些改动没有计入；要重新识别，请退回第 06 步。编辑签字之前，会自动重新识别。
- 第 1、2 步等待重签时，后面的步骤也等：授权书就在第 1 步的结果里。
- 改动设置后，凡读这项设置的步骤，在未发布的各集里都要重做。ffmpeg 等工具的版本不在其内：换新版本不会引起重做。
  换模型属于改设置（`[speech] model`）。

为此没有新存任何东西：按某次工作的记录里所列的输入，重算一遍历来同样算法的工作标识；相符，就说明其余一切未变，
只需再比较用到的内容（[earlier_runs.py](../../pipeline/workflow/earlier_runs.py)）。

本页由 `python -m docs.make_changes` 生成。
""",
}

if __name__ == "__main__":
    main()
