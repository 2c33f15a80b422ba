"""The consent terms: what the signed paper says, typed so that the program can obey it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from pipeline.documents.forms.base import Form
from pipeline.documents.forms.field_types import Day, EndDay, UseWord, split_list
from pipeline.i18n import _

__all__ = ["ConsentTerms"]


class ConsentTerms(Form):
    """What may be published where, until when, under which name, and who signed it when.

    `valid_until` must be given: a last day, or 长期 for good (None).
    """

    KEYS: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("姓名", "受访者"),
        "uses": ("用途", "授权用途"),
        "valid_from": ("生效日期", "自"),
        "valid_until": ("有效期至", "截止日期", "有效期"),
        "pseudonym": ("化名",),
        "restrictions": ("限制", "限制条件"),
        "signer": ("签字人", "签署人"),
        "relation": ("与受访者关系", "关系"),
        "signed_on": ("签字日期", "签署日期"),
        "withdrawn_on": ("撤回日期",),
        "notes": ("备注",),
    }
    name: str = Field(min_length=1)
    uses: Annotated[tuple[UseWord, ...], BeforeValidator(split_list), Field(min_length=1)]
    valid_from: Day | None = None
    valid_until: EndDay
    pseudonym: str | None = None
    restrictions: Annotated[tuple[str, ...], BeforeValidator(split_list)] = ()
    signer: str = Field(min_length=1)
    relation: str | None = None
    signed_on: Day
    withdrawn_on: Day | None = None
    notes: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> ConsentTerms:
        begins = max(self.signed_on, self.valid_from or self.signed_on)
        if self.valid_until and self.valid_until < begins:
            raise ValueError(
                _("the consent ends ({end}) before it begins ({begin})").format(
                    end=self.valid_until, begin=begins
                )
            )
        if self.signer != self.name and not self.relation:
            raise ValueError(
                _("{signer} signed for {name}: say how they are related").format(
                    signer=self.signer, name=self.name
                )
            )
        return self
