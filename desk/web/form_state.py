"""The values and errors of a submitted form by field, to show it again as it was typed.

A route takes its fields as plain text, reads them itself, and answers with the same page where one
is wrong:

    form = FormState(name=name, phase=phase)
    try:
        …
    except ChifengError as error:
        form.add_error(error)                         # at error.key where it names a field
    if form.errors:
        return render(request, "….html", 422, form=form)

The template shows it with the macros of `_form.html`. Passwords are never sent back.
"""

from __future__ import annotations

from pipeline.errors import ChifengError, FormError

__all__ = ["FormState"]


class FormState:
    """The values of a form by the names of its fields, and messages by the same names; one under
    the name "" is about the whole form."""

    def __init__(self, **values: str | list[str]) -> None:
        self.values = values
        self.errors: dict[str, str] = {}

    def __getitem__(self, field: str) -> str | list[str]:
        """Return what was typed into a field; nothing where there is nothing."""
        return self.values.get(field, "")

    def add_error(self, error: ChifengError | str, field: str = "") -> None:
        """Note what is wrong: at the field the error names, or else at this one."""
        if isinstance(error, FormError) and error.key in self.values:
            field = error.key
        self.errors.setdefault(field, str(error))

    @property
    def first_error(self) -> str:
        """Name the field to begin with: the first that is wrong."""
        return next((name for name in self.values if name in self.errors), "")
