"""What is in docs/ to be copied fits the program: paths, extras, commands, queues and settings."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.cli.app import command_line
from pipeline.queues import Queue
from pipeline.settings import load
from pipeline.workflow.production import create_home, open_home

ROOT = Path(__file__).resolve().parent.parent
HOME = "/srv/chifeng"


@pytest.fixture
def dockerfile() -> list[str]:
    """Its instructions, each on one line."""
    text = (ROOT / "docs" / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def instructions(dockerfile: list[str], word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in dockerfile if line.startswith(f"{word} ")]


def documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "docs" / "kubernetes.yaml").read_text("utf-8")))


def test_what_the_image_copies_is_here_and_all_of_it_that_is_installed(dockerfile):
    copied = [path for line in instructions(dockerfile, "COPY") for path in line.split()[:-1]]
    assert [path for path in copied if not (ROOT / path).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"]}
    assert needed <= set(copied)
    installed = next(line for line in instructions(dockerfile, "RUN") if "pip install" in line)
    extras = re.search(r"\.\[([\w,]+)\]", installed)
    assert extras is not None
    assert set(extras[1].split(",")) <= set(project["project"]["optional-dependencies"])


def test_what_the_image_runs_is_a_command_of_ours(dockerfile):
    (entry,) = instructions(dockerfile, "ENTRYPOINT")
    shell, dash_c, script, _name = json.loads(entry)
    assert (shell, dash_c) == ("sh", "-c")
    words = shlex.split(script.replace("exec ", ""))
    assert words[:3] == ["chifeng", "--home", HOME]
    for command in ("init", "worker"):
        assert command in words
        assert command in command_line().commands
    (given,) = instructions(dockerfile, "CMD")
    assert parsed("worker", json.loads(given)) == [Queue.RENDER]


def parsed(command: str, words: list[str]) -> list[Queue]:
    """What a command takes these words for; it raises for what it does not know."""
    context = command_line().commands[command].make_context(command, list(words))
    queues: list[Queue] = context.params["queue"]
    return queues


def test_the_manifest_says_what_a_worker_takes():
    deployments = [each for each in documents() if each["kind"] == "Deployment"]
    secrets = {each["metadata"]["name"]: each for each in documents() if each["kind"] == "Secret"}
    queues = []
    for each in deployments:
        spec = each["spec"]["template"]["spec"]
        labels = each["spec"]["template"]["metadata"]["labels"]
        assert each["spec"]["selector"]["matchLabels"] == labels
        (container,) = spec["containers"]
        env = {item["name"]: item["value"] for item in container["env"]}
        words = [env.get(word.strip("$()"), word) for word in container["args"]]
        queues += parsed("worker", words)
        assert {source["secretRef"]["name"] for source in container["envFrom"]} <= set(secrets)
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for mount in container["volumeMounts"]:
            assert mount["mountPath"].startswith(HOME)
            assert mount["name"] in volumes
        assert volumes["settings"]["secret"]["secretName"] in secrets
    assert queues == [Queue.RENDER, Queue.SPEECH]


def test_the_settings_in_it_are_settings_and_are_left_alone(tmp_path):
    (secret,) = [e for e in documents() if e["metadata"]["name"] == "chifeng-settings"]
    text = secret["stringData"]["settings.toml"]
    (tmp_path / "settings.toml").write_text(text, "utf-8")
    settings = load(tmp_path)
    assert settings.ledger.url.startswith("postgresql")
    assert settings.store.url.startswith("s3://")
    # A home is made around settings that are there, and may be opened again by the next container.
    home = tmp_path / "home"
    home.mkdir()
    own = text.replace(settings.ledger.url, "")
    (home / "settings.toml").write_text(own, "utf-8")
    (home / "settings.toml").chmod(0o444)
    create_home(home, ()).ledger.close()
    opened = open_home(home, ())
    assert opened.store.bucket is not None
    opened.ledger.close()
    assert (home / "settings.toml").read_text("utf-8") == own
