"""Forms as people write them, good and bad."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pipeline.documents.forms import (
    check_form,
    read_consent_terms,
    read_contact_record,
    read_withholding_request,
)
from pipeline.documents.forms.field_types import parse_time_ms
from pipeline.errors import FormError

CHINESE = dedent("""\
    姓名：王桂兰
    出生:1940年5月
    籍贯: 翁牛特旗乌丹
    联系方式:
      电话：0476221
    生平:
      - 1958：到乌丹读中学
      - 1965—1978年在公社放映队工作
      - 1980 退休: 然后
    """)
ENGLISH = dedent("""\
    name: 王桂兰
    birth_year: 1940
    hometown: Ongniud
    contacts: {phone: 13804761234}
    life:
      - {year: 1958, text: school in Udan}
    """)
CONSENT = dedent("""\
    姓名: 王桂兰
    用途: 网站、图书
    有效期至: 2035-12-31
    签字人: 王桂兰
    签字日期: 2025.3.18
    """)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIFENG_LANG", "en")


def _write(folder: Path, content: str | bytes, name: str = "form.yaml") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_chinese_keys_colons_and_encodings(tmp_path: Path, encoding: str) -> None:
    record = read_contact_record(_write(tmp_path, CHINESE.encode(encoding)))
    assert (record.name, record.born, record.contacts.phone) == ("王桂兰", "1940-05", "0476221")
    assert [(s.year, s.until, s.text) for s in record.life] == [
        (1958, None, "到乌丹读中学"),
        (1965, 1978, "在公社放映队工作"),
        (1980, None, "退休: 然后"),
    ]


def test_windows_line_ends_and_wide_indents(tmp_path: Path) -> None:
    text = CHINESE.replace("\n", "\r\n").replace("  电话", "　电话").replace("  -", "\t-")
    assert read_contact_record(_write(tmp_path, text)) == read_contact_record(
        _write(tmp_path, CHINESE)
    )


def test_english_keys(tmp_path: Path) -> None:
    record = read_contact_record(_write(tmp_path, ENGLISH))
    assert (record.birth_year, record.contacts.phone) == (1940, "13804761234")


def test_markdown_head_and_notes(tmp_path: Path) -> None:
    path = _write(tmp_path, f"---\n{CHINESE}---\n\n初次见面谈了两小时。\n", "record.md")
    assert read_contact_record(path).notes == "初次见面谈了两小时。"


@pytest.mark.parametrize(
    ("content", "name", "line", "words"),
    [
        ("", "f.yaml", None, "is empty"),
        ("\n \n", "f.yaml", None, "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "f.yaml", None, "not a text file"),
        (b"PK\x03\x04" + b"\x00" * 40, "f.yaml", None, "not a text file"),
        ("x" * 300_000, "f.yaml", None, "too long"),
        ("王桂兰", "f.yaml", None, "no fields"),
        ("# 王桂兰\n出生于1940年", "f.md", None, "three dashes"),
        (CHINESE.replace("籍贯", "籍贯地"), "f.yaml", 3, "Did you mean “籍贯”?"),
        (CHINESE.replace("1940年5月", "龙年"), "f.yaml", 2, "“龙年” is not a date"),
        (CHINESE.replace("1940年5月", "1840"), "f.yaml", 2, "1840"),
        (CHINESE.replace("1940年5月", "1940-13"), "f.yaml", 2, "1940-13"),
        (CHINESE.replace("1958：", "那年"), "f.yaml", 7, "does not begin with a year"),
        (CHINESE.replace("1965—1978", "1978—1965"), "f.yaml", 8, "1965 is before 1978"),
        (CHINESE + "姓名: 李\n", "f.yaml", 10, "stands there twice"),
        (CHINESE + "name: 李\n", "f.yaml", 1, "“name” stands there twice"),
        (CHINESE.replace("  电话：0476221", "  亲属: 女儿"), "f.yaml", 5, "no way to reach"),
        ("姓名: *王", "f.yaml", 1, "cannot be read"),
        ("a: &a [1]\nb: [*a, *a]", "f.yaml", 1, "cannot be read"),
        ("姓名: a: b", "f.yaml", 1, "cannot be read"),
        ("{" * 5000, "f.json", 1, "cannot be read"),
        ("[" * 100_000, "f.json", None, "cannot be read"),
        ("x: " + "[" * 9000, "f.yaml", None, "cannot be read"),
    ],
)
def test_bad_contact_records(
    tmp_path: Path, content: str | bytes, name: str, line: int | None, words: str
) -> None:
    with pytest.raises(FormError) as caught:
        check_form("contact_record", _write(tmp_path, content, name))
    assert words in str(caught.value)
    assert name in caught.value.what
    assert caught.value.line == line
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("left_out", "key"),
    [
        ("姓名：王桂兰\n", "name"),
        ("出生:1940年5月\n", "born"),
        ("籍贯: 翁牛特旗乌丹\n", "hometown"),
    ],
)
def test_a_missing_field_is_named(tmp_path: Path, left_out: str, key: str) -> None:
    for text in (CHINESE.replace(left_out, ""), CHINESE.replace(left_out, left_out[:2] + ":\n")):
        with pytest.raises(FormError) as caught:
            read_contact_record(_write(tmp_path, text))
        assert caught.value.what == f"form.yaml lacks: {key}."


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("图书", "卖书", 2, "“卖书” is not a use"),
        ("2035-12-31", "2020-01-01", 1, "before it begins"),
        ("2035-12-31", "2035-02-30", 3, "2035-02-30"),
        ("签字人: 王桂兰", "签字人: 李", 1, "how they are related"),
        ("签字日期: 2025.3.18", "签字日期:", None, "lacks: signed_on"),
        ("用途: 网站、图书", "用途: 无", None, "lacks: uses"),
    ],
)
def test_bad_consent_terms(
    tmp_path: Path, old: str, new: str, line: int | None, words: str
) -> None:
    with pytest.raises(FormError) as caught:
        read_consent_terms(_write(tmp_path, CONSENT.replace(old, new)))
    assert words in caught.value.what
    if line is not None:
        assert caught.value.line == line


@pytest.mark.parametrize("word", ["长期", "永久", "forever"])
def test_consent_for_good(tmp_path: Path, word: str) -> None:
    terms = read_consent_terms(_write(tmp_path, CONSENT.replace("2035-12-31", word)))
    assert terms.valid_until is None


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("0", 0),
        ("83.5", 83_500),
        ("1:23", 83_000),
        ("01:02:03", 3_723_000),
        ("00:01:02,500", 62_500),
        ("1:02:03.25", 3_723_250),
        ("1：30", 90_000),
        ("83500ms", 83_500),
        ("500毫秒", 500),
        ("1分30秒", 90_000),
        ("2小时", 7_200_000),
        ("90:00", 5_400_000),
        ("１２:３０", 750_000),
    ],
)
def test_times(written: str, ms: int) -> None:
    assert parse_time_ms(written) == ms


@pytest.mark.parametrize("written", ["", "x", "1:60", "-5", "1:2:3:4", "半小时", "12:30 左右"])
def test_what_is_no_time(written: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_time_ms(written)


def test_withholding_request_as_json(tmp_path: Path) -> None:
    text = """[
        {"from": "1:23", "to": 90, "reason": "a"},
        {"start_ms": 95000, "end_ms": 96500, "reason": "b", "action": "cut"}
    ]"""
    request = read_withholding_request(_write(tmp_path, text, "w.json"))
    assert [(p.start_ms, p.end_ms, p.action) for p in request.withheld] == [
        (83_000, 90_000, None),
        (95_000, 96_500, "cut"),
    ]


@pytest.mark.parametrize("text", ["不公开: 无", "不公开: []", "[]", '{"withheld": []}'])
def test_a_request_can_be_taken_back(tmp_path: Path, text: str) -> None:
    assert read_withholding_request(_write(tmp_path, text)).withheld == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("不公开:", "lacks: withheld"),
        ("- 从: 2:00\n  到: 1:00\n  原因: 家事", "ends before it begins"),
        ("- 从: 1:00\n  到: 1:00\n  原因: 家事", "ends before it begins"),
        ("- 从: 一会儿\n  到: 1:00\n  原因: 家事", "“一会儿” is not a time"),
        ("- 从: 0\n  到: 1:00", "lacks: reason"),
        ("- 从: 0\n  到: 1:00\n  原因: 家事\n  处理: 烧掉", "action"),
        (
            "- {从: 0, 到: 9, 原因: a, 处理: 遮盖}\n- {从: 5, 到: 12, 原因: b, 处理: 剪去}",
            "ask for different things: a and b",
        ),
        ('[{"from": 5, "to": 1, "reason": "a"}]', "entry 1"),
    ],
)
def test_bad_withholding_requests(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FormError) as caught:
        check_form("withholding_request", _write(tmp_path, text))
    assert words in caught.value.what


PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0....\xff\xd9"


@pytest.mark.parametrize("content", [PDF, b"\xef\xbb\xbf" + PDF, PNG, JPEG, JPEG + b"motion"])
def test_scans_are_known_by_content(tmp_path: Path, content: bytes) -> None:
    check_form("consent_form", _write(tmp_path, content, "scan.anything"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a PDF"),
        (b"hello", "not a PDF"),
        (b"\x00\x00\x00\x18ftypheic", "not a PDF"),
        (PDF[:-7], "breaks off"),
        (PNG[:-8], "breaks off"),
        (JPEG[:-2], "breaks off"),
    ],
)
def test_bad_scans(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(FormError, match=words):
        check_form("signed_paper", _write(tmp_path, content, "scan.pdf"))


def test_a_revised_outline_is_text(tmp_path: Path) -> None:
    check_form("outline_revision", _write(tmp_path, "# 提纲".encode("gb18030"), "outline.md"))
    with pytest.raises(FormError, match="not a text file"):
        check_form("outline_revision", _write(tmp_path, b"PK\x03\x04\x00\x00", "outline.md"))


def test_what_is_no_form_passes(tmp_path: Path) -> None:
    check_form("camera_originals", tmp_path / "not-read.mp4")


def test_errors_speak_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    with pytest.raises(FormError) as caught:
        read_contact_record(_write(tmp_path, CHINESE.replace("籍贯: 翁牛特旗乌丹\n", "")))
    assert str(caught.value) == "form.yaml 缺少：籍贯。 请补填后重新提交。"
