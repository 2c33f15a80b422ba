"""The templates: refused as they lie there, accepted once filled in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.documents.forms import (
    check_form,
    read_consent_terms,
    read_contact_record,
    read_withholding_request,
    template,
)
from pipeline.errors import FormError

KINDS = ("contact_record", "consent_terms", "withholding_request")

CONTACT = {
    "姓名": "王桂兰",
    "出生": "1940",
    "籍贯": "翁牛特旗乌丹镇",
    "性别": "女",
    "民族": "蒙古族",
    "领域": "文化",
    "工作单位与职务": "翁牛特旗文化馆 馆员",
    "  电话": "0476-6221111",
    "  微信": "无",
    "  住址": "乌丹镇",
    "  亲属": "女儿",
    "  亲属电话": "13800000000",
    "  -": "1958 到乌丹读中学",
    "话题": "放映队、乌兰牧骑",
    "产生方式": "推荐",
    "推荐人": "旗文化馆",
    "语言": "普通话",
    "注意事项": "左耳听力差",
    "首次联系日期": "2025-03-01",
    "联系人": "李明",
    "备注": "无",
}
CONSENT = {
    "姓名": "王桂兰",
    "用途": "网站、电视、图书",
    "生效日期": "2025-03-18",
    "有效期至": "长期",
    "化名": "无",
    "  -": "不出现家庭住址",
    "签字人": "王小妹",
    "与受访者关系": "女儿",
    "签字日期": "2025年3月18日",
    "撤回日期": "",
    "备注": "",
}
WITHHOLD = {"  - 从": "1:05", "    到": "1:20", "    原因": "家事", "    处理": "剪去"}


def _text(kind: str) -> str:
    path = template(kind)
    assert path is not None
    return path.read_text("utf-8")


def _fill(kind: str, answers: dict[str, str], folder: Path) -> Path:
    """Write the answers behind the keys, as a person does; every key must be answered."""
    text = _text(kind)
    for key, answer in answers.items():
        mark = "" if key.endswith("-") else ":"
        text, times = re.subn(
            rf"^{re.escape(key)}{mark}$", f"{key}{mark} {answer}", text, flags=re.M
        )
        assert times == 1, key
    left = [line for line in text.splitlines() if re.fullmatch(r"\s*[^#\s][^:#]*:", line)]
    assert {line.strip(" :") for line in left} <= {"联系方式", "生平", "限制", "不公开"}
    path = folder / f"{kind}.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_template_is_refused_and_names_what_lacks(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIFENG_LANG", "zh")
    path = template(kind)
    assert path is not None
    with pytest.raises(FormError) as caught:
        check_form(kind, path)
    assert "缺少" in caught.value.what
    assert caught.value.key


@pytest.mark.parametrize("kind", KINDS)
def test_templates_explain_themselves_in_chinese(kind: str) -> None:
    comments = [line for line in _text(kind).splitlines() if line.lstrip().startswith("#")]
    assert len(comments) >= 4
    assert all(re.search(r"[\u4e00-\u9fff]", line) for line in comments)


def test_a_filled_contact_record_is_read(tmp_path: Path) -> None:
    record = read_contact_record(_fill("contact_record", CONTACT, tmp_path))
    assert (record.name, record.birth_year, record.field) == ("王桂兰", 1940, "culture")
    assert record.contacts.phone == "0476-6221111"
    assert record.contacts.wechat is None
    assert [(s.year, s.text) for s in record.life] == [(1958, "到乌丹读中学")]
    assert record.topics == ("放映队", "乌兰牧骑")


def test_filled_consent_terms_are_read(tmp_path: Path) -> None:
    terms = read_consent_terms(_fill("consent_terms", CONSENT, tmp_path))
    assert terms.uses == ("website", "broadcast", "book")
    assert terms.valid_until is None
    assert terms.pseudonym is None
    assert terms.restrictions == ("不出现家庭住址",)
    assert terms.signed_on.isoformat() == "2025-03-18"
    assert terms.relation == "女儿"


def test_a_filled_withholding_request_is_read(tmp_path: Path) -> None:
    (passage,) = read_withholding_request(_fill("withholding_request", WITHHOLD, tmp_path)).withheld
    assert (passage.start_ms, passage.end_ms) == (65_000, 80_000)
    assert (passage.reason, passage.action) == ("家事", "cut")


def test_there_is_no_template_for_a_scan() -> None:
    assert template("consent_form") is None
