"""The people of the production, its interviewees and their episodes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.errors import FormError, NotFoundError
from pipeline.i18n import _, use_language
from pipeline.repository.ledger import now_ms
from pipeline.repository.people import lookup, name_key
from pipeline.repository.records import every_subject, find_subject
from pipeline.repository.tables import PersonRow, SubjectRow
from pipeline.stage import Role
from pipeline.workflow.production import Production

__all__ = [
    "add_episode", "add_interviewee", "add_person", "clean_name", "find_field", "is_interviewee",
    "must_be_free", "people", "recorded_name", "subjects",
]  # fmt: skip

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def add_person(
    production: Production, name: str, roles: Sequence[Role], *, distinction: str = ""
) -> PersonRow:
    """Add a person, or add roles to a person who is there.

    `distinction` tells a new person from one who is called alike: a year of birth, a unit. Raises
    FormError for an interviewee's name, or that of somebody retired.
    """
    with production.ledger.write() as session:
        name = recorded_name(name, distinction)
        row = lookup(session, name)
        if row is not None and distinction:
            raise _taken(row)
        if row is None:
            row = PersonRow(name=name, roles=[], at_ms=now_ms())
            session.add(row)
        elif (
            row.retired_ms is not None
            or name_key(row.name) != name_key(name)  # they had the name once
            or _mixes(row, roles)
        ):
            raise _taken(row)
        row.roles = sorted({*row.roles, *(role.value for role in roles)})
        return row


def recorded_name(name: str, distinction: str = "") -> str:
    """Return the name as the ledger writes it: 王芳（1938） with a distinction.

    Raises FormError.
    """
    name = clean_name(name)
    if not distinction.strip():
        return name
    return clean_name(f"{name}（{clean_name(distinction, 'distinction')}）")


def must_be_free(session: Session, name: str, *, key: str = "name") -> None:
    """Refuse a name that leads to somebody already. Raises FormError."""
    row = lookup(session, name)
    if row is not None:
        raise _taken(row, key)


def is_interviewee(row: PersonRow) -> bool:
    """Tell whether the person is an interviewee and nobody of the crew."""
    return set(row.roles) == {Role.INTERVIEWEE.value}


def _mixes(row: PersonRow, roles: Sequence[Role]) -> bool:
    """Tell whether these roles would make one person of an interviewee and one of the crew."""
    held = {*row.roles, *(role.value for role in roles)}
    return Role.INTERVIEWEE.value in held and len(held) > 1


def _taken(row: PersonRow, key: str = "name") -> FormError:
    roles = _(", ").join(Role(role).label for role in row.roles)
    return FormError(
        _("There is already {name} ({roles}).").format(
            name=row.name, roles=roles if row.retired_ms is None else _("retired")
        ),
        remedy=_("Somebody else of that name needs what tells them apart: year of birth or unit."),
        key=key,
    )


def people(production: Production, *, retired: bool = False) -> Sequence[PersonRow]:
    """Return everybody who is there, by name; also those who are retired, if asked for."""
    with production.ledger.read() as session:
        rows = [
            each for each in session.scalars(select(PersonRow)) if retired or not each.retired_ms
        ]
    return sorted(rows, key=lambda row: row.name)


def add_interviewee(
    production: Production,
    slug: str,
    name: str,
    *,
    field: str,
    phase: int = 1,
    language: str = "",
    distinction: str = "",
) -> SubjectRow:
    """Add an interviewee under a short Latin name, as a person who may sign their own episodes.

    `distinction` tells them from somebody who is called alike. Raises FormError for a name taken,
    malformed, or a field config/project.toml does not know.
    """
    project = production.settings.project
    if not _SLUG.fullmatch(slug):
        raise FormError(
            _("“{slug}” cannot be a short name.").format(slug=slug),
            remedy=_("Use small Latin letters, digits and hyphens, such as wang-guilan."),
            key="slug",
        )
    if field not in project.fields:
        raise FormError(
            _("There is no field “{field}”.").format(field=field),
            remedy=_("The fields are: {fields}.").format(fields=", ".join(project.fields)),
            key="field",
        )
    language = language or project.languages[0]
    with production.ledger.write() as session:
        name = recorded_name(name, distinction)
        taken = session.scalar(select(SubjectRow).where(SubjectRow.slug == slug))
        if taken is not None:
            raise FormError(
                _("There is already an interviewee {slug} ({name}).").format(
                    slug=taken.slug, name=taken.name
                ),
                remedy=_("Choose another short name, or use that one."),
                key="slug",
            )
        person = lookup(session, name)
        if person is not None and not _may_become(person):
            raise _taken(person)
        row = SubjectRow(
            slug=slug, parent_id=None, name=name, field=field, phase=phase, language=language,
            number=0, at_ms=now_ms(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        if person is None:
            roles = [Role.INTERVIEWEE.value]
            session.add(PersonRow(name=name, roles=roles, at_ms=now_ms(), subject_id=row.id))
        else:
            person.subject_id = row.id
            row.name = person.name
        return row


def _may_become(person: PersonRow) -> bool:
    """Tell whether this is an interviewee who was entered before their interview was."""
    return is_interviewee(person) and person.subject_id is None and person.retired_ms is None


def find_field(production: Production, name: str) -> str:
    """Return the field of that slug or Chinese name. Raises NotFoundError."""
    known = production.settings.project.fields
    with use_language("zh"):
        chinese = {_(slug): slug for slug in known}
    found = chinese.get(name.strip(), name.strip().lower())
    if found not in known:
        raise NotFoundError(
            _("There is no field “{field}”.").format(field=name.strip()),
            remedy=_("The fields are: {fields}.").format(
                fields=_(", ").join(f"{label} ({slug})" for label, slug in chinese.items())
            ),
        )
    return found


def add_episode(
    production: Production, interviewee: str, title: str, *, number: int = 0, language: str = ""
) -> SubjectRow:
    """Add an episode; its number is the next one unless given. Raises FormError."""
    title = clean_name(title, "title")
    with production.ledger.write() as session:
        parent = find_subject(session, interviewee)
        if parent.parent_id is not None:
            raise FormError(
                _("{slug} is an episode, not an interviewee.").format(slug=parent.slug),
                remedy=_("Name the interviewee."),
            )
        highest = session.scalar(
            select(func.max(SubjectRow.number)).where(SubjectRow.parent_id == parent.id)
        )
        number = number or (highest or 0) + 1
        slug = f"{parent.slug}/{number:02d}"
        if session.scalar(select(SubjectRow).where(SubjectRow.slug == slug)) is not None:
            raise FormError(
                _("There is already an episode {slug}.").format(slug=slug),
                remedy=_("Leave the number out to take the next one."),
                key="number",
            )
        row = SubjectRow(
            slug=slug, parent_id=parent.id, name=title, field=parent.field, phase=parent.phase,
            language=language or parent.language, number=number, at_ms=now_ms(),
        )  # fmt: skip
        session.add(row)
        return row


def subjects(production: Production) -> Sequence[SubjectRow]:
    """Return every interviewee, each followed by their episodes."""
    with production.ledger.read() as session:
        return every_subject(session)


def clean_name(name: str, key: str = "name") -> str:
    """Return a name or title on one line, with single spaces. Raises FormError."""
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 200 or not cleaned.isprintable():
        raise FormError(
            _("“{name}” cannot be a name.").format(name=name.strip()[:40]),
            remedy=_("Give a name of 1 to 200 visible characters."),
            key=key,
        )
    return cleaned
