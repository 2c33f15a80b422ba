"""The contact record: who the interviewee is, how to reach them, and the stations of their life."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pipeline.documents.forms.base import Form
from pipeline.documents.forms.field_types import Day, PartialDay, drop_empty, split_list
from pipeline.documents.forms.parser import Block, Items, Text
from pipeline.i18n import _

__all__ = ["FIELD_NAMES", "ContactRecord", "Contacts", "LifeStation"]

FIELD_NAMES = {
    "文化": "culture",
    "宣传": "propaganda",
    "教育": "education",
    "妇女": "women",
    "旅游": "tourism",
    "工业": "industry",
    "农业": "agriculture",
    "交通": "transportation",
    "科技": "technology",
    "民俗": "folklore",
}
"""The fields of the second phase, by their Chinese names."""

_STATION = re.compile(
    r"(\d{4})\s*年?(?:\s*[-—–~～至到]+\s*(\d{4})\s*年?)?(?:\s*[:：,，、])?\s*(\S.*)", re.S
)


class Contacts(Form):
    """How to reach the interviewee. At least one way is needed."""

    KEYS: ClassVar[dict[str, tuple[str, ...]]] = {
        "phone": ("电话", "手机", "联系电话"),
        "wechat": ("微信",),
        "email": ("邮箱", "电子邮箱"),
        "address": ("住址", "地址"),
        "relative": ("亲属", "家属", "亲属联系人"),
        "relative_phone": ("亲属电话", "家属电话"),
    }
    phone: str | None = None
    wechat: str | None = None
    email: str | None = None
    address: str | None = None
    relative: str | None = None
    relative_phone: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Contacts:
        if not any((self.phone, self.wechat, self.email, self.address, self.relative_phone)):
            raise ValueError(_("there is no way to reach the interviewee: give a telephone number"))
        return self


class LifeStation(Form):
    """One dated station of a life. `until` is the last year of a span."""

    KEYS: ClassVar[dict[str, tuple[str, ...]]] = {
        "year": ("年份", "年"),
        "until": ("至", "止"),
        "text": ("内容", "经历", "事件"),
    }
    year: int = Field(ge=1850, le=2100)
    until: int | None = Field(default=None, ge=1850, le=2100)
    text: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _from_line(cls, value: Any) -> Any:
        """Read `1958 参加工作` and `1958—1962 在乌丹读书`; YAML makes `1958: …` a mapping."""
        if isinstance(value, dict) and len(value) == 1:
            ((key, item),) = value.items()
            value = _joined(key, item, value) if key[:4].isdigit() else value
        if not isinstance(value, str):
            return value
        found = _STATION.fullmatch(value.strip())
        if not found:
            raise ValueError(
                _("“{value}” does not begin with a year; write “1958 what happened”").format(
                    value=value
                )
            )
        parts = {"year": found[1], "until": found[2] or "", "text": found[3]}
        block = Block({key: Text(part) for key, part in parts.items()})
        block.line = getattr(value, "line", None)
        return block

    @field_validator("year", "until", mode="before")
    @classmethod
    def _bare_year(cls, value: Any) -> Any:
        return value.strip().removesuffix("年") if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_order(self) -> LifeStation:
        if self.until is not None and self.until < self.year:
            raise ValueError(_("{until} is before {year}").format(until=self.until, year=self.year))
        return self


def _joined(year: str, text: Any, block: Any) -> Text:
    joined = Text(f"{year}: {text}")
    joined.line = getattr(block, "line", None)
    return joined


def _stations(value: Any) -> Any:
    """Accept `{1958: 参加工作}` and several lines of text beside a list."""
    if isinstance(value, dict):
        return Items(_joined(year, text, value) for year, text in value.items())
    if isinstance(value, str):
        return Items(Text(line) for line in value.splitlines() if line.strip())
    return drop_empty(value)


def _contacts(value: Any) -> Any:
    """Accept a bare telephone number."""
    return Block({"phone": value}) if isinstance(value, str) else value


class ContactRecord(Form):
    """What the crew writes down at the first contact. `born` is a date, a month or a year."""

    KEYS: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("姓名",),
        "born": ("出生", "出生日期", "出生年份", "出生年月", "birth_year", "birth_date"),
        "hometown": ("籍贯", "家乡", "出生地"),
        "gender": ("性别",),
        "ethnicity": ("民族",),
        "field": ("领域",),
        "position": ("工作单位与职务", "单位", "职务", "职业"),
        "contacts": ("联系方式", "contact"),
        "life": ("生平", "生平经历", "主要经历"),
        "topics": ("话题", "想讲的事"),
        "selection": ("产生方式",),
        "recommender": ("推荐人", "推荐单位"),
        "speech": ("语言", "方言"),
        "care": ("注意事项", "身体状况"),
        "first_contact": ("首次联系日期", "联系日期"),
        "contacted_by": ("联系人", "经办人"),
        "notes": ("备注",),
    }
    name: str = Field(min_length=1)
    born: PartialDay
    hometown: str
    gender: str | None = None
    ethnicity: str | None = None
    field: str | None = None
    position: str | None = None
    contacts: Annotated[Contacts, BeforeValidator(_contacts)]
    life: Annotated[tuple[LifeStation, ...], BeforeValidator(_stations)] = ()
    topics: Annotated[tuple[str, ...], BeforeValidator(split_list)] = ()
    selection: str | None = None
    recommender: str | None = None
    speech: str | None = None
    care: str | None = None
    first_contact: Day | None = None
    contacted_by: str | None = None
    notes: str | None = None

    @field_validator("born")
    @classmethod
    def _plausible(cls, born: str) -> str:
        if not 1900 <= int(born[:4]) <= 2020:
            raise ValueError(_("nobody born in {year} can be meant").format(year=born[:4]))
        return born

    @field_validator("field")
    @classmethod
    def _field_slug(cls, field: str | None) -> str | None:
        return FIELD_NAMES.get(field, field) if field else None

    @property
    def birth_year(self) -> int:
        """Return the year of birth."""
        return int(self.born[:4])
