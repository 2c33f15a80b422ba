"""The withholding request: passages the interviewee does not want published."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from pipeline.documents.forms.base import Form
from pipeline.documents.forms.field_types import parse_time_ms
from pipeline.documents.forms.parser import Block, Items
from pipeline.i18n import _

__all__ = ["Action", "RequestedPassage", "WithholdingRequest"]

Action = Literal["mask", "cut"]
_ACTIONS: dict[str, Action] = {
    **dict.fromkeys(("mask", "遮盖", "遮住", "静音"), "mask"),
    **dict.fromkeys(("cut", "剪去", "剪掉", "删除"), "cut"),
}


def _action(value: Any) -> Any:
    return _ACTIONS.get(value.strip().lower(), value) if isinstance(value, str) else value


class RequestedPassage(Form):
    """One passage, in milliseconds of the episode. `action` None leaves it to the setting."""

    KEYS: ClassVar[dict[str, tuple[str, ...]]] = {
        "start_ms": ("从", "起", "开始", "from", "start"),
        "end_ms": ("到", "止", "结束", "to", "end"),
        "reason": ("原因", "理由"),
        "action": ("处理", "处理方式"),
    }
    start_ms: int = Field(ge=0)
    end_ms: int
    reason: str = Field(min_length=1)
    action: Annotated[Action | None, BeforeValidator(_action)] = None

    @model_validator(mode="before")
    @classmethod
    def _times(cls, value: Any) -> Any:
        """Read times; a bare number is seconds, except under the name that says `_ms`."""
        if not isinstance(value, dict):
            return value
        block = Block()
        block.line = getattr(value, "line", None)
        for key, item in value.items():
            is_time = key.strip() in {*cls.KEYS["start_ms"], *cls.KEYS["end_ms"]}
            block[key] = parse_time_ms(item) if is_time and item not in ("", None) else item
        return block

    @model_validator(mode="after")
    def _in_order(self) -> RequestedPassage:
        if self.end_ms <= self.start_ms:
            raise ValueError(_("the passage ends before it begins"))
        return self


def _passages(value: Any) -> Any:
    return Items() if isinstance(value, str) and value.strip() in {"无", "没有", "none"} else value


class WithholdingRequest(Form):
    """All passages asked for, in their order; an empty list takes an earlier request back."""

    LIST: ClassVar[str] = "withheld"
    KEYS: ClassVar[dict[str, tuple[str, ...]]] = {
        "withheld": ("不公开", "不公开段落", "保留", "保留段落", "passages")
    }
    withheld: Annotated[tuple[RequestedPassage, ...], BeforeValidator(_passages)]

    @model_validator(mode="after")
    def _no_contradiction(self) -> WithholdingRequest:
        ordered = sorted(self.withheld, key=lambda p: (p.start_ms, p.end_ms))
        longest: dict[Action | None, RequestedPassage] = {}  # of those before, by what they ask for
        for other in ordered:
            for one in longest.values():
                if other.start_ms < one.end_ms and other.action != one.action:
                    raise ValueError(
                        _("two passages overlap and ask for different things: {a} and {b}").format(
                            a=one.reason, b=other.reason
                        )
                    )
            known = longest.get(other.action)
            if known is None or known.end_ms < other.end_ms:
                longest[other.action] = other
        return self
