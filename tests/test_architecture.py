"""The house stands as designed: rooms, stages, kinds, settings, words in two languages."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from pipeline.i18n import LOCALE, catalogue
from pipeline.kinds import KINDS
from pipeline.settings import Settings, load
from pipeline.stage import Role, Scope
from pipeline.workflow.status import field_arities
from stages import STAGES

ROOT = Path(__file__).parent.parent
ROOMS = ("pipeline", "stages", "flows", "desk")

PAPER = (
    "preliminary_communication", "outline_drafting", "recording", "video_editing",
    "audio_extraction", "first_version_subtitles", "initial_proofreading", "video_subtitling",
    "video_verification", "interviewee_proofreading", "final_review", "final_revision",
)  # fmt: skip
"""The twelve steps in the paper's words and order (chinaxiv-202307.00662)."""


def test_the_stages_are_the_papers_twelve_in_order():
    assert tuple(stage.slug for stage in STAGES) == PAPER
    assert [stage.number for stage in STAGES] == list(range(1, 13))


def test_stages_of_an_interviewee_come_before_those_of_an_episode():
    scopes = [stage.scope for stage in STAGES]
    assert scopes == [Scope.INTERVIEWEE] * 3 + [Scope.EPISODE] * 9


def test_what_a_stage_needs_is_deposited_or_has_one_earlier_maker():
    made: dict[str, str] = {}
    for stage in STAGES:
        for slug, arity in field_arities(stage.needs).items():
            if arity == "context":
                continue
            assert KINDS[slug].deposit or slug in made, f"{stage.slug} needs {slug}"
        for slug, arity in field_arities(stage.makes).items():
            assert slug not in made, f"{slug} has two makers"
            assert not KINDS[slug].deposit
            assert KINDS[slug].many == (arity == "many")
            made[slug] = stage.slug
    unused = {slug for slug, kind in KINDS.items() if not kind.deposit} - set(made)
    assert not unused, "kinds that nothing makes"


def test_corrections_revise_something_their_stage_knows():
    for kind in KINDS.values():
        if kind.revises:
            assert kind.revises in KINDS


def test_every_signed_stage_has_a_rule_and_signs_what_it_needs():
    settings = load()
    for stage in STAGES:
        assert (stage.slug in settings.roles.stage) == (stage.signed_by is not None)
        if stage.signed_by is not None:
            assert stage.signed_by in settings.roles.stage[stage.slug].roles
        assert set(stage.signs) <= set(field_arities(stage.needs))
        assert set(stage.settings) <= set(Settings.model_fields)


def test_stages_do_not_import_each_other():
    for path in (ROOT / "stages").glob("*.py"):
        if path.name == "__init__.py":
            continue
        imported = _imports(path)
        assert not [name for name in imported if name.split(".")[0] == "stages"], path.name


def test_programs_are_started_in_two_places_of_pipeline():
    allowed = {
        ROOT / "pipeline" / "core" / "processes", ROOT / "pipeline" / "media" / "ffmpeg",
        ROOT / "flows", ROOT / "desk",
    }  # fmt: skip
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "subprocess" in _imports(path):
                assert any(place in path.parents for place in allowed), path


def test_importing_a_room_has_no_side_effects(tmp_path):
    heavy = "torch prefect whisper faster_whisper opentimelineio jieba"
    code = f"import sys, pipeline, stages; print(sorted(set(sys.modules) & set('{heavy}'.split())))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
    assert not list(tmp_path.iterdir())


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@cache
def _messages() -> set[str]:
    """Collect what the program says: the English texts given to `_` and `ngettext`."""
    from babel.messages.extract import extract_from_dir

    keywords = {"_": None, "ngettext": (1, 2)}
    found: set[str] = set()
    methods = [
        ("**/node_modules/**", "ignore"),
        ("**.py", "python"),
        ("**.html", "jinja2.ext:babel_extract"),
    ]
    options = {"**.html": {"trim_blocks": "true", "silent": "false"}}
    for room in ROOMS:
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(ROOT / room), method_map=methods, options_map=options, keywords=keywords
        ):
            found.update([message] if isinstance(message, str) else message)
    return found


def test_the_scripts_say_only_what_is_listed_for_translation():
    import re

    said = re.compile(r"""\bt\(\s*("(?:[^"\\]|\\.)*")""")
    scripts = (ROOT / "desk" / "web" / "static" / "js").glob("*.js")
    found = {ast.literal_eval(text) for path in scripts for text in said.findall(_code(path))}
    assert found == {message.id for message in catalogue("zh", "scripts") if message.id}


def _code(script: Path) -> str:
    """Return a script without its comment lines."""
    lines = script.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("//"))


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for file in sorted((LOCALE / "zh").glob("*.po")):
        with file.open("rb") as handle:
            for message in read_po(handle, locale="zh"):
                for id_ in message.id if isinstance(message.id, tuple) else (message.id,):
                    if id_:
                        string = message.string
                        found[id_] = string if isinstance(string, str) else string[0]
    return found


def test_everything_said_is_said_in_chinese_too(chinese):
    missing = sorted(t for t in _messages() if any(map(str.isalpha, t)) and not chinese.get(t))
    assert not missing


def test_translations_keep_the_places_to_fill_in(chinese):
    import re

    places = re.compile(r"\{[^}]*\}")
    for english, translated in chinese.items():
        assert sorted(places.findall(english)) == sorted(places.findall(translated)), english


def test_no_translation_is_left_over(chinese):
    """A catalogue holds nothing the code does not say, be it in a message or in a help text."""
    code = " ".join(
        " ".join(path.read_text("utf-8").split())
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "node_modules" not in path.parts
    ).replace('" "', "")
    of_typer = {"Show this message and exit."}
    scripts = {message.id for message in catalogue("zh", "scripts")}  # held by the test above
    said = _messages() | {role.value for role in Role} | of_typer | scripts
    assert not [text for text in chinese if text not in said and " ".join(text.split()) not in code]


def test_scripts_of_docs_and_benchmarks_import_what_there_is():
    names = [
        f"{path.parent.name}.{path.stem}"
        for folder in ("benchmarks", "docs")
        for path in sorted((ROOT / folder).glob("*.py"))
        if path.stem not in ("__init__", "__main__")
    ]
    code = f"import importlib; [importlib.import_module(name) for name in {names!r}]"
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
