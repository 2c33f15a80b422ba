"""Make the home of an earlier version that tests/test_earlier_home.py opens.

Run it against a checkout of that version, with an environment in which that version works:

    mkdir /tmp/earlier && git archive 993b431 | tar -x -C /tmp/earlier
    python tests/homes/make_home.py /tmp/earlier tests/homes/home-993b431

It drives the command line of the checkout as people would, writes OUTPUT.tar.xz, the home, and
OUTPUT.json, what the checkout reports of it. It needs `espeak-ng` and `unshare`: the
speech is generated, and the ledger notes the name of the machine.

What the home holds:

- su-guiying/01 is released: its edit approved, withdrawn and approved again; corrected by the
  editor and the interviewee, who withheld a passage and signed on paper; a note resolved; delivered
  for the web, and to listen to.
- su-guiying/02 was sent back from the final review to the proofreading and stands at the final
  review again, with one note open and one waived; a change to its subtitles is unfinished.
- bai-yin, under a pseudonym, is signed for by a deputy; their episode, a finished cut, waits for
  the director.
- A recording taken back, a pause, requests with and without a date, one of them stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EMPTIED = ("work", "logs")
"""Folders of a home in which nothing lasting is."""

HOST = "studio"

SETTINGS = """\
[editing]
crf = 26
audio_bitrate = 48000

[burning]
crf = 28
audio_bitrate = 48000

[audio]
listening_bitrate = 32000
"""

PEOPLE = (
    ("赵制片", "producer"), ("钱导演", "director"), ("孙摄像", "cinematographer"),
    ("李编辑", "editor"), ("周技术", "technician"), ("吴馆长", "leader"),
)  # fmt: skip

CONTACT = """\
姓名: {name}
出生: 1941-03-08
籍贯: 翁牛特旗乌丹镇
领域: culture
工作单位与职务: 文化馆馆员，已退休（虚构人物）
联系方式: {{电话: "0000-0000000"}}
生平:
  - 1959 到乌丹读中学
  - 1965-1978 在公社放映队工作
  - 1996 退休
话题: 放映队
"""

CONSENT = """\
姓名: {name}
用途: [网站, 电视, 图书]
生效日期: 2023-03-01
有效期至: 长期
签字人: {name}
签字日期: 2023-03-01
"""

SENTENCES = ("那时候我们赶着马车去放电影", "草原上的人都来看")
CUT_MS = 7000
"""How long each episode is; a sentence is said in it from its first second on."""

EDIT_SUBTITLES = """\
import sys
from dataclasses import replace
from pathlib import Path
from pipeline import drafts
from pipeline.home import open_home
from stages import STAGES

home = open_home(Path(sys.argv[1]), STAGES)
draft = drafts.open_draft(home, "su-guiying/02", home.stage("7"), "李编辑")
cue, before = next(iter(draft.cues.items()))
change = drafts.Change(cue, before, replace(before, text=before.text + "啊"))
drafts.save(home, draft, [change], "李编辑", key="one")
"""
"""What an editor does in the browser: change a cue and leave the work unfinished."""

COMPUTED_STATE = """\
import json, sys
from pathlib import Path
from pipeline import drafts
from pipeline.home import open_home
from pipeline.register import subjects
from stages import STAGES

home = open_home(Path(sys.argv[1]), STAGES)
keys = {
    row.slug: {state.stage.slug: state.key for state in home.states(row.slug)}
    for row in subjects(home)
}
draft = drafts.open_draft(home, "su-guiying/02", home.stage("7"), "李编辑")
print(json.dumps({"keys": keys, "draft": [cue.text for cue in draft.subtitles()]}))
"""
"""What the command line does not show: the key of every stage's work, as it is computed now, and
the unfinished subtitles."""


@dataclass(frozen=True)
class Checkout:
    """The earlier version, and the home it works on."""

    folder: Path
    home: Path
    material: Path

    def python(self, *words: str) -> str:
        """Run Python in the checkout on a machine of a neutral name; return what it prints."""
        named = ["unshare", "--uts", "--map-root-user", "sh", "-c"]
        named += ['hostname "$0" && exec "$@"', HOST, sys.executable, *words]
        environment = {
            **os.environ, "PYTHONPATH": str(self.folder), "CHIFENG_HOME": str(self.home),
            "CHIFENG_LANG": "en",
        }  # fmt: skip
        done = subprocess.run(
            named, env=environment, cwd=self.folder, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def chifeng(self, *words: str | Path) -> str:
        """Run a command and return what it prints."""
        print("chifeng", *words, file=sys.stderr)
        return self.python("-m", "desk.cli", *map(str, words))

    def deposit(self, slug: str, kind: str, path: Path, by: str) -> None:
        """Bring a file and have everything done that can be done."""
        self.chifeng("deposit", slug, kind, path, "--by", by)
        self.chifeng("produce", slug)

    def write(self, name: str, text: str) -> Path:
        """Write a paper to deposit."""
        path = self.material / name
        path.write_text(text, "utf-8")
        return path

    def correct(self, slug: str, kind: str, new: str, by: str, **changed: str) -> None:
        """Take subtitles out, write the cues anew, and deposit them as the correction `new`."""
        taken = self.material / f"{slug.replace('/', '-')}-{new}"
        self.chifeng("open", slug, kind, "--to", taken, "--by", by)
        (file,) = taken.iterdir()
        text = subtitles(slug)
        for old, better in changed.items():
            text = text.replace(old, better)
        file.write_text(text, "utf-8")
        self.deposit(slug, new, file, by)

    def sign(self, slug: str, stage: str, by: str) -> None:
        """Sign a stage and have everything done that can be done then."""
        # In the interviewee's name a signature on the command line needs a reason.
        reason = ("--reason", "本人当面确认") if stage == "10" else ()
        self.chifeng("sign", slug, stage, "--by", by, "--yes", *reason)
        self.chifeng("produce", slug)


def main(checkout: Path, output: Path) -> None:
    """Make the home with the checkout's code and write it beside what is known of it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = Checkout(checkout.absolute(), folder / "home", folder / "material")
        made.material.mkdir()
        create_home(made)
        add_first_interviewee(made)
        release_episode(made, "su-guiying/01")
        send_back_episode(made, "su-guiying/02")
        add_second_interviewee(made)
        verify_home(made)
        expected = json.dumps(expected_facts(made), ensure_ascii=False, indent=1, sort_keys=True)
        for name in EMPTIED:
            shutil.rmtree(made.home / name)
            (made.home / name).mkdir(mode=0o700)
        require_no_trace(made.home, (temporary, str(checkout.absolute()), os.uname().nodename))
        pack(made.home, output.with_name(f"{output.name}.tar.xz"))
        output.with_name(f"{output.name}.json").write_text(expected + "\n", "utf-8")


def create_home(made: Checkout) -> None:
    """Make the home and enter the crew."""
    made.chifeng("init")
    (made.home / "settings.toml").write_text(SETTINGS, "utf-8")
    for name, role in PEOPLE:
        made.chifeng("person", "add", name, "--role", role)
    made.chifeng("pause", "--by", "赵制片", "--reason", "试机")
    made.chifeng("resume", "--by", "赵制片")


def add_first_interviewee(made: Checkout) -> None:
    """Take Su Guiying through the first three stages and cut two episodes of her film."""
    slug = "su-guiying"
    made.chifeng("interviewee", "add", slug, "苏桂英", "--field", "culture", "--phase", "2")
    for title in ("放映队", "进城以后"):
        made.chifeng("episode", "add", slug, title)
    deposit_papers(made, slug, "苏桂英", CONSENT)
    made.deposit(slug, "glossary", made.write("词汇表.txt", "乌丹\n乌兰牧骑\n"), "李编辑")
    made.sign(slug, "1", "赵制片")
    made.sign(slug, "2", "钱导演")
    film = film_interview(made, "A001.mp4", SENTENCES)
    other = film_interview(made, "A002.mp4", SENTENCES[:1])
    made.chifeng("deposit", slug, "camera_originals", film, other, "--by", "孙摄像")
    inputs = json.loads(made.chifeng("show", slug, "3", "--json"))[0]["inputs"]
    taken_back = next(f["sha256"] for f in inputs if f["name"] == "A002.mp4")
    made.chifeng("take-back", slug, "camera_originals", taken_back, "--by", "孙摄像")
    made.chifeng("produce", slug, "--due", "2027-06-30")
    made.sign(slug, "3", "孙摄像")
    cuts = "episode,source,in,out\n1,A001.mp4,0:00,0:07\n2,A001.mp4,0:07,0:14\n"
    made.deposit(slug, "edit_list", made.write("剪辑表.csv", cuts), "钱导演")


def release_episode(made: Checkout, slug: str) -> None:
    """Take an episode to its release, and deliver it."""
    made.sign(slug, "4", "钱导演")
    made.chifeng("withdraw", slug, "4", "--by", "钱导演", "--reason", "再看一遍")
    made.sign(slug, "4", "钱导演")
    made.correct(slug, "draft_subtitles", "proofreading_correction", "李编辑")
    made.sign(slug, "7", "李编辑")
    made.sign(slug, "9", "周技术")
    made.correct(
        slug, "proofread_subtitles", "interviewee_correction", "苏桂英", 马车="勒勒车"
    )  # fmt: skip
    wish = "不公开:\n  - {从: 4.0, 到: 5.0, 原因: 涉及家人, 处理: 遮盖}\n"
    made.deposit(slug, "withholding_request", made.write("保留请求.yaml", wish), "苏桂英")
    scan = draw_scan(made, "签字纸稿.png")
    made.chifeng("paper", "register", slug, "10", scan, "--by", "李编辑")
    made.chifeng("paper", "confirm", slug, "10", "--by", "赵制片")
    made.chifeng("produce", slug)
    made.chifeng("note", "leave", slug, "0:02", "地名请核实", "--by", "吴馆长")
    made.chifeng("note", "reply", "1", "已问过本人", "--by", "李编辑")
    made.chifeng("note", "resolve", "1", "--by", "李编辑")
    made.sign(slug, "11", "吴馆长")
    made.sign(slug, "12", "钱导演")
    made.chifeng("deliver", slug, "--profile", "web")
    made.chifeng("deliver", slug, "--profile", "listening")


def send_back_episode(made: Checkout, slug: str) -> None:
    """Take an episode to the final review, back to the proofreading, and there again."""
    made.sign(slug, "4", "钱导演")
    made.correct(slug, "draft_subtitles", "proofreading_correction", "李编辑", 都来="都来了")
    for stage, by in (("7", "李编辑"), ("9", "周技术"), ("10", "苏桂英")):
        made.sign(slug, stage, by)
    made.chifeng(
        "send-back", slug, "11", "--to", "7", "--by", "吴馆长", "--reason", "字幕有误", "--yes"
    )
    made.chifeng("produce", slug)
    again = made.write("再改稿.srt", subtitles(slug))
    made.deposit(slug, "proofreading_correction", again, "李编辑")
    for stage, by in (("7", "李编辑"), ("9", "周技术"), ("10", "苏桂英")):
        made.sign(slug, stage, by)
    made.chifeng("note", "leave", slug, "0:01", "这里听不清", "--by", "周技术")
    made.chifeng("note", "waive", "4", "本人坚持这样说", "--by", "吴馆长")
    made.chifeng("note", "leave", slug, "0:03", "年份请核实", "--by", "吴馆长")
    made.python("-c", EDIT_SUBTITLES, str(made.home))


def add_second_interviewee(made: Checkout) -> None:
    """Take Bai Yin as far as the cut of the first episode, deputies signing."""
    slug = "bai-yin"
    made.chifeng("interviewee", "add", slug, "白音", "--field", "folklore")
    made.chifeng("episode", "add", slug, "草原")
    made.chifeng(
        "deputise", "赵制片", "李编辑", "--from", "2026-01-01", "--until", "2036-12-31",
        "--reason", "出差",
    )  # fmt: skip
    deposit_papers(made, slug, "白音", CONSENT + "化名: 老牧人\n")
    made.sign(slug, "1", "李编辑")
    made.sign(slug, "2", "钱导演")
    film = film_interview(made, "B001.mp4", SENTENCES[1:])
    made.deposit(slug, "camera_originals", film, "孙摄像")
    made.sign(slug, "3", "孙摄像")
    made.deposit(f"{slug}/01", "finished_cut", film, "钱导演")
    made.chifeng("stop", f"{slug}/01")


def deposit_papers(made: Checkout, slug: str, name: str, consent: str) -> None:
    """Bring what the first contact gives."""
    record = made.write(f"{slug}-联系记录.yaml", CONTACT.format(name=name))
    terms = made.write(f"{slug}-授权条款.yaml", consent.format(name=name))
    made.chifeng("deposit", slug, "contact_record", record, "--by", "赵制片")
    made.chifeng("deposit", slug, "consent_terms", terms, "--by", "赵制片")
    made.deposit(slug, "consent_form", draw_scan(made, f"{slug}-授权书.png"), "赵制片")


def subtitles(slug: str) -> str:
    """Return what is really said in an episode, as SRT."""
    text = SENTENCES[0] if slug.endswith("/01") else SENTENCES[1]
    half = len(text) // 2
    return (
        f"1\n00:00:00,600 --> 00:00:03,000\n{text[:half]}\n\n"
        f"2\n00:00:03,040 --> 00:00:06,000\n{text[half:]}\n"
    )


def film_interview(made: Checkout, name: str, sentences: tuple[str, ...]) -> Path:
    """Film somebody who says a sentence every seven seconds before a moving picture."""
    seconds = CUT_MS * len(sentences) / 1000
    picture = f"color=c=0x24425c:size=320x180:rate=25:duration={seconds}"
    inputs, sounds = ["-f", "lavfi", "-i", picture], ""
    for n, sentence in enumerate(sentences):
        voice = made.material / f"{name}-{n}.wav"
        speak = ["espeak-ng", "-v", "cmn", "-s", "110", "-w", str(voice), sentence]
        subprocess.run(speak, check=True)
        inputs += ["-i", str(voice)]
        sounds += f"[{n + 1}]adelay=800,apad,atrim=duration={CUT_MS / 1000}[s{n}];"
    joined = "".join(f"[s{n}]" for n in range(len(sentences)))
    graph = (
        "[0]drawbox=x='mod(60*t,iw)':y=20:w=60:h=60:color=0x6b7f5a:t=fill[v];"
        f"{sounds}{joined}concat=n={len(sentences)}:v=0:a=1,aresample=48000[a]"
    )
    path = made.material / name
    ffmpeg(
        made, *inputs, "-filter_complex", graph, "-map", "[v]", "-map", "[a]",
        "-c:v", "libx264", "-crf", "26", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "48k",
        str(path),
    )  # fmt: skip
    return path


def draw_scan(made: Checkout, name: str) -> Path:
    """Draw what a scanner would give of a signed page. Every name gives another one."""
    path = made.material / name
    lines = ",".join(f"drawbox=x=40:y={60 + 40 * n}:w=300:h=4:c=gray:t=fill" for n in range(6))
    mark = f"drawbox=x=40:y={320 + len(name)}:w={60 + len(name)}:h=9:c=navy:t=fill"
    source = "color=c=0xf4f1ea:size=420x594:duration=1:rate=1"
    ffmpeg(made, "-f", "lavfi", "-i", source, "-vf", f"{lines},{mark}", "-frames:v", "1", str(path))
    return path


def ffmpeg(made: Checkout, *words: str) -> None:
    """Run the ffmpeg the checkout uses, leaving its own name out of what it writes."""
    program = made.python(
        "-c", "from pipeline.tools.ffmpeg import ffmpeg_path; print(ffmpeg_path())"
    ).strip()
    *options, path = words
    exact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
    subprocess.run([program, "-v", "error", "-y", *options, *exact, path], check=True)


def verify_home(made: Checkout) -> None:
    """Verify everything, and write the ledger's log back into its one file."""
    made.chifeng("verify")
    made.chifeng("audit")
    with sqlite3.connect(made.home / "ledger.sqlite") as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.close()


def expected_facts(made: Checkout) -> dict[str, Any]:
    """Return what later versions must find: every row of the ledger, the state of every stage.

    Paths and sentences are left out: the one is of this machine, the other may be reworded.
    """
    computed = json.loads(made.python("-c", COMPUTED_STATE, str(made.home)))
    keys = computed["keys"]
    states = {
        slug: {
            state["stage"]: {"key": keys[slug][state["stage"]], **comparable(state)}
            for state in json.loads(made.chifeng("show", slug, "--json"))
        }
        for slug in keys
    }
    ledger = sqlite3.connect(made.home / "ledger.sqlite")
    ledger.row_factory = sqlite3.Row
    tables = ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    rows = {
        table["name"]: [dict(row) for row in ledger.execute(f"SELECT * FROM {table['name']}")]
        for table in tables.fetchall()
    }
    ledger.close()
    return {"states": states, "draft": computed["draft"], "ledger": rows}


def comparable(state: dict[str, Any]) -> dict[str, Any]:
    """Return what `chifeng show --json` says of a stage, without paths and sentences."""
    fields = {k: v for k, v in state.items() if k not in ("reason", "findings")}
    for files in ("inputs", "outputs"):
        fields[files] = [{k: v for k, v in f.items() if k != "path"} for f in state[files]]
    return fields


def require_no_trace(home: Path, words: tuple[str, ...]) -> None:
    """Refuse a home that names this machine or one of its paths."""
    for path, data in contents(home):
        for word in words:
            if len(word) > 3 and word.encode() in data:
                raise SystemExit(f"{path} names {word}")


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file and every file in a document."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield path, path.read_bytes()
        if path.suffix == ".docx":
            with zipfile.ZipFile(path) as document:
                for name in document.namelist():
                    yield path / name, document.read(name)


def pack(home: Path, archive: Path) -> None:
    """Pack the home without owners."""

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    with tarfile.open(archive, "w:xz", preset=9) as packed:
        packed.add(home, "home", filter=anonymous)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
