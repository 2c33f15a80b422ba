"""Papers for the stages that work on paper: one interviewee, as the crew would bring her."""

from __future__ import annotations

import hashlib
from pathlib import Path
from textwrap import dedent

from pipeline.stage import Artefact, Scope, Subject

CONTACT = dedent("""\
    姓名: 王桂兰
    出生: 1940-05-12
    籍贯: 翁牛特旗乌丹镇
    工作单位与职务: 翁牛特旗文化馆馆员
    联系方式: {电话: 0476-6221111}
    生平:
      - 1965-1978 在公社放映队工作
      - 1958 到乌丹读中学
      - 1995 退休
    话题: 放映队、乌兰牧骑
    注意事项: 左耳听力差
    """)
CONSENT = dedent("""\
    姓名: 王桂兰
    用途: 网站、图书
    有效期至: 长期
    签字人: 王桂兰
    签字日期: 2025-03-18
    限制:
      - 不出现家庭住址
    """)
INTERVIEWEE = Subject("wang-guilan", Scope.INTERVIEWEE, "王桂兰", "culture", 2, "zh")
EPISODE = Subject("wang-guilan/01", Scope.EPISODE, "王桂兰", "culture", 2, "zh", 1, "放映队")


def artefact(
    kind: str, path: Path, content: str | bytes | None = None, base: Artefact | None = None
) -> Artefact:
    """A file as the store would hand it to a stage; written first where `content` is given."""
    if content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    data = path.read_bytes()
    return Artefact(kind, hashlib.sha256(data).hexdigest(), path.name, path, len(data), base)
