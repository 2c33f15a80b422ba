"""The people of the production, its interviewees and their episodes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import func, select

from pipeline.errors import FormError, NotFoundError
from pipeline.i18n import _, use_language
from pipeline.repository.ledger import now_ms
from pipeline.repository.records import every_subject, find_subject
from pipeline.repository.tables import PersonRow, SubjectRow
from pipeline.stage import Role
from pipeline.workflow.production import Production

__all__ = ["add_episode", "add_interviewee", "add_person", "find_field", "people", "subjects"]

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def add_person(production: Production, name: str, roles: Sequence[Role]) -> PersonRow:
    """Add a person, or add roles to a person who is there. Raises FormError."""
    name = _clean(name)
    with production.ledger.write() as session:
        row = session.scalar(select(PersonRow).where(PersonRow.name == name))
        if row is None:
            row = PersonRow(name=name, roles=[], at_ms=now_ms())
            session.add(row)
        row.roles = sorted({*row.roles, *(role.value for role in roles)})
        return row


def people(production: Production) -> Sequence[PersonRow]:
    """Return every person, by name."""
    with production.ledger.read() as session:
        return sorted(session.scalars(select(PersonRow)), key=lambda row: row.name)


def add_interviewee(
    production: Production,
    slug: str,
    name: str,
    *,
    field: str,
    phase: int = 1,
    language: str = "",
) -> SubjectRow:
    """Add an interviewee under a short Latin name, as a person who may sign their own episodes.

    Raises FormError for a name taken, malformed, or a field config/project.toml does not know.
    """
    name = _clean(name)
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
        taken = session.scalar(
            select(SubjectRow).where(
                SubjectRow.parent_id.is_(None),
                (SubjectRow.slug == slug) | (SubjectRow.name == name),
            )
        )
        if taken is not None:
            raise FormError(
                _("There is already an interviewee {slug} ({name}).").format(
                    slug=taken.slug, name=taken.name
                ),
                remedy=_("Choose another short name, or use that one."),
                key="slug" if taken.slug == slug else "name",
            )
        row = SubjectRow(
            slug=slug, parent_id=None, name=name, field=field, phase=phase, language=language,
            number=0, at_ms=now_ms(),
        )  # fmt: skip
        session.add(row)
    add_person(production, name, [Role.INTERVIEWEE])
    return row


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
    title = _clean(title, "title")
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


def _clean(name: str, key: str = "name") -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 200 or not cleaned.isprintable():
        raise FormError(
            _("“{name}” cannot be a name.").format(name=name.strip()[:40]),
            remedy=_("Give a name of 1 to 200 visible characters."),
            key=key,
        )
    return cleaned
