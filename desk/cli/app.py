"""The commands there are, and the way in and out of each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from desk.cli import context, errors
from desk.cli.commands import (
    deliver,
    deposit,
    history,
    link,
    metrics,
    notes,
    produce,
    roster,
    schedule,
    show,
    signing_code,
    signoff,
    staff,
    status,
)
from desk.cli.commands.admin import backup, demo, init, models, prefect_password, service, up
from desk.cli.commands.admin import cache as cache_command
from desk.cli.commands.media import check, sync, transcribe
from pipeline.core.permissions import private_umask
from pipeline.i18n import _, language
from pipeline.workflow.production import DepositCheck

__all__ = ["COMMANDS", "Command", "command_line", "main"]


class Command(NamedTuple):
    """A command as the help lists it: its name (two words for one of a group), what it does it
    with, the heading it stands under, and an example."""

    name: str
    function: Callable[..., None]
    heading: str
    example: str


COMMANDS = (
    Command("init", init.init, "Setting up", "chifeng --home /srv/chifeng init"),
    Command("person add", roster.add_person, "Setting up",
            "chifeng person add 李芳 --role editor --role director"),
    Command("person password", roster.give_password, "Setting up",
            "chifeng person password 李芳"),
    Command("person rename", staff.rename_person, "Setting up",
            "chifeng person rename 李方 李芳 --reason 错字"),
    Command("person withdraw-role", staff.withdraw_role, "Setting up",
            "chifeng person withdraw-role 李芳 --role director --reason 调岗"),
    Command("person retire", staff.retire_person, "Setting up",
            "chifeng person retire 李芳 --reason 离职"),
    Command("person reinstate", staff.reinstate_person, "Setting up",
            "chifeng person reinstate 李芳 --reason 返聘"),
    Command("person list", roster.list_people, "Setting up", "chifeng person list"),
    Command("interviewee add", roster.add_interviewee, "Setting up",
            "chifeng interviewee add wang-guilan 王桂兰 --field culture"),
    Command("interviewee rename", staff.rename_interviewee, "Setting up",
            "chifeng interviewee rename wang-guilan 王桂兰 --reason 错字"),
    Command("interviewee list", roster.list_interviewees, "Setting up",
            "chifeng interviewee list"),
    Command("interviewee show", show.show_interviewee, "Setting up",
            "chifeng interviewee show 王桂兰"),
    Command("episode add", roster.add_episode, "Setting up",
            "chifeng episode add wang-guilan 草原上的第一所学校"),
    Command("episode rename", staff.rename_episode, "Setting up",
            "chifeng episode rename wang-guilan/01 文化馆的早年 --reason 错字"),
    Command("episode list", roster.list_episodes, "Setting up",
            "chifeng episode list wang-guilan"),
    Command("deposit", deposit.deposit, "Working",
            "chifeng deposit wang-guilan camera_originals A001.mp4 A002.mp4 --by 李芳"),
    Command("take-back", deposit.take_back, "Working",
            "chifeng take-back wang-guilan camera_originals 3fa94c01 --by 李芳"),
    Command("produce", produce.produce, "Working", "chifeng produce wang-guilan"),
    Command("open", deposit.open_file, "Working",
            "chifeng open wang-guilan/01 draft_subtitles --to ~/Desktop"),
    Command("sign", signoff.sign, "Signing", "chifeng sign wang-guilan/01 7 --by 李芳"),
    Command("send-back", signoff.send_back, "Signing",
            "chifeng send-back wang-guilan/01 11 --to 7 --by 张局长 --reason 地名有误"),
    Command("withdraw", signoff.withdraw, "Signing",
            "chifeng withdraw wang-guilan/01 10 --by 王桂兰 --reason 我再想想"),
    Command("paper register", signoff.register_paper, "Signing",
            "chifeng paper register wang-guilan/01 10 scan.pdf --number 3f2a91c0 --by 李芳"),
    Command("paper confirm", signoff.confirm_paper, "Signing",
            "chifeng paper confirm wang-guilan/01 10 --by 赵敏"),
    Command("deputise", signoff.deputise, "Signing",
            "chifeng deputise 钱导演 李芳 --until 2027-03-01 --reason 出差"),
    Command("code", signing_code.code, "Signing", "chifeng code wang-guilan/01 7 --person 李芳"),
    Command("link make", link.make_link, "Signing",
            "chifeng link make wang-guilan/01 --by 李芳"),
    Command("link list", link.list_links, "Signing", "chifeng link list wang-guilan/01"),
    Command("link code", link.take_over_code, "Signing",
            "chifeng link code wang-guilan/01 3 --by 赵敏"),
    Command("link withdraw", link.withdraw_link, "Signing",
            "chifeng link withdraw wang-guilan/01 3 --by 李芳"),
    Command("status", status.status, "Looking", "chifeng status --watch"),
    Command("show", show.show, "Looking", "chifeng show wang-guilan/01 7"),
    Command("history", history.history, "Looking", "chifeng history wang-guilan/01"),
    Command("waiting", status.list_waiting, "Looking", "chifeng waiting --for 李芳"),
    Command("plan", schedule.plan, "Looking", "chifeng plan wang-guilan/01 --to 7"),
    Command("figures", metrics.figures, "Looking", "chifeng figures"),
    Command("report", metrics.report, "Looking",
            "chifeng report --week 2027-03-01 --output ~/Desktop/report.docx"),
    Command("notes", notes.list_notes, "Looking", "chifeng notes wang-guilan/01"),
    Command("note leave", notes.leave, "Working",
            "chifeng note leave wang-guilan/01 1:05 地名请核实 --by 李芳"),
    Command("note reply", notes.reply, "Working", "chifeng note reply 3 已问过本人 --by 李芳"),
    Command("note resolve", notes.resolve, "Working", "chifeng note resolve 3 --by 李芳"),
    Command("note waive", notes.waive, "Working",
            "chifeng note waive 3 本人坚持这样说 --by 吴馆长"),
    Command("deliver", deliver.deliver, "Working",
            "chifeng deliver wang-guilan/01 --profile tv"),
    Command("prefect-password", prefect_password.prefect_password, "Looking after it",
            "chifeng prefect-password"),
    Command("pause", schedule.pause, "Working", "chifeng pause --by 钱导演 --reason 服务器检修"),
    Command("resume", schedule.resume, "Working", "chifeng resume --by 钱导演"),
    Command("stop", schedule.stop, "Working", "chifeng stop wang-guilan/01"),
    Command("transcribe", transcribe.transcribe, "Working",
            "chifeng transcribe interview.mp4 --output interview.vtt --glossary names.txt"),
    Command("check", check.check, "Looking",
            "chifeng check final.mp4 --subtitles final.srt --html report.html"),
    Command("sync", sync.sync, "Looking", "chifeng sync A001.mp4 B001.mp4 recorder.wav"),
    Command("cache", cache_command.show_cache, "Looking after it", "chifeng cache --prune 10"),
    Command("models list", models.list_models, "Looking after it", "chifeng models list"),
    Command("models fetch", models.fetch_model, "Looking after it", "chifeng models fetch small"),
    Command("models import", models.import_model, "Looking after it",
            "chifeng models import ~/Desktop/faster-whisper-small --name small"),
    Command("audit", init.audit, "Looking after it", "chifeng audit --ledger-only"),
    Command("verify", init.audit, "Looking after it", "chifeng verify"),
    Command("backup", backup.backup, "Looking after it",
            "chifeng backup --to /mnt/usb/backups --with-store"),
    Command("restore", backup.restore, "Looking after it",
            "chifeng restore /mnt/usb/backups/chifeng-20270301-020000 --to /srv/chifeng-2"),
    Command("service install", service.install, "Looking after it",
            "chifeng --home /srv/chifeng service install"),
    Command("service remove", service.remove, "Looking after it", "chifeng service remove"),
    Command("service status", service.status, "Looking after it", "chifeng service status"),
    Command("doctor", init.doctor, "Looking after it", "chifeng doctor"),
    Command("template", deposit.template, "Working",
            "chifeng template contact_record --to ~/Desktop"),
    Command("demo", demo.demo, "Setting up", "chifeng demo --recording interview.mp4"),
    Command("up", up.up, "Working", "chifeng --home /srv/chifeng up"),
    Command("worker", up.worker, "Working",
            "chifeng --home /mnt/chifeng worker --queue speech"),
)  # fmt: skip

_GROUPS = {
    "person": "The people of the production.",
    "interviewee": "The interviewees.",
    "episode": "The episodes of an interviewee.",
    "note": "Remarks on a place in an episode.",
    "models": "The speech models.",
    "link": "Links by which interviewees look through an episode.",
    "service": "Having the production start with the machine.",
    "paper": "What the interviewee signed on paper.",
}


def command_line() -> Any:
    """Return the whole command line, speaking the reader's language."""
    return _built(language())


@cache
def _built(_language: str) -> Any:
    app = typer.Typer(
        add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
        help="Take a filmed oral-history interview through its twelve steps to released episodes.",
    )  # fmt: skip
    app.callback()(_global)
    groups = {name: typer.Typer(no_args_is_help=True, help=help) for name, help in _GROUPS.items()}
    for command in COMMANDS:
        group, blank, name = command.name.rpartition(" ")
        into = groups[group] if blank else app
        heading = None if blank else command.heading
        into.command(name, epilog=command.example, rich_help_panel=heading)(command.function)
    for name, sub in groups.items():
        heading = next(c.heading for c in COMMANDS if c.name.startswith(f"{name} "))
        app.add_typer(sub, name=name, rich_help_panel=heading)
    made = typer.main.get_command(app)
    _translate(made)
    return made


def main(
    args: Sequence[str] | None = None, deposit_checks: Mapping[str, DepositCheck] | None = None
) -> int:
    """Run one command and return its exit code; never let an exception out.

    `deposit_checks` replace those of the production (pipeline/workflow/production.py).
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name no encoding can hold must not end the program
            stream.reconfigure(errors="backslashreplace")
    given = list(sys.argv[1:] if args is None else args)
    try:
        with private_umask():
            code = command_line().main(
            given, prog_name="chifeng", standalone_mode=False, obj=deposit_checks
        ) or 0  # fmt: skip
    except BrokenPipeError:
        return 1  # whoever read us has had enough
    except KeyboardInterrupt:
        return errors.interrupted()
    except Exception as error:
        return errors.report(error, _home_in(given))
    return errors.interrupted() if code == errors.INTERRUPTED else int(code)


def _global(
    ctx: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home", envvar="CHIFENG_HOME", metavar="FOLDER",
            help="The working folder of the production; without it, media/ in a checkout, "
            "else ~/chifeng-memory.",
        ),
    ] = None,
) -> None:  # fmt: skip
    ctx.obj = context.CommandContext(
        (home or context.default_home()).expanduser().absolute(), deposit_checks=ctx.obj
    )


def _home_in(args: list[str]) -> Path:
    """Return the home for a log, even where the command line could not be read."""
    if "--home" in args[:-1]:
        return Path(args[args.index("--home") + 1])
    return Path(os.environ.get("CHIFENG_HOME") or context.default_home())


def _translate(command: Any) -> None:
    """Put everything the help shows into the reader's language. It is English in the code."""
    if command.help:
        command.help = _(" ".join(command.help.split()))
    if command.epilog:
        command.epilog = f"{_('Example:')} {command.epilog}"
    command.rich_help_panel = _(command.rich_help_panel or "Commands")
    for param in (*command.params, command.get_help_option(typer.Context(command))):
        param.help = _(param.help) if param.help else None
        argument = param.param_type_name == "argument"
        param.rich_help_panel = _("Arguments") if argument else _("Options")
    for sub in getattr(command, "commands", {}).values():
        _translate(sub)
