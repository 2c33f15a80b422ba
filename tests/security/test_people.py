"""A person is an id: names lead to one, and nobody acts under another's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from toys import TOYS, add_settings, toy_production

from desk.cli import main
from pipeline.core.file_names import safe_name
from pipeline.errors import FormError, InputError, NotFoundError, SignOffError
from pipeline.kinds import KINDS
from pipeline.preservation.audit import audit
from pipeline.repository.evidence import Evidence
from pipeline.repository.ledger import now_ms
from pipeline.repository.people import name_key
from pipeline.repository.records import find_person
from pipeline.review import interviewee
from pipeline.review.access import accounts, staff
from pipeline.review.access.invitations import take_over
from pipeline.review.deputies import delegate, delegated_roles
from pipeline.review.paper_number import paper_number
from pipeline.review.signoff import approve, confirm_paper, register_paper, withdraw
from pipeline.stage import Role
from pipeline.tracking.history import history
from pipeline.tracking.pending_actions import pending_actions
from pipeline.workflow.executor import advance
from pipeline.workflow.ingest.deposits import deposit
from pipeline.workflow.ingest.signature_images import signature_suffix
from pipeline.workflow.name_changes import rename_episode, rename_person, rename_subject
from pipeline.workflow.production import Production, open_home
from pipeline.workflow.roster import add_episode, add_interviewee, add_person, people
from pipeline.workflow.stage_state import Status
from tests.signatures import drawn_signature, picture

SLUG, EPISODE, DAY_MS = "wang-guilan", "wang-guilan/01", 86_400_000
CREW = {
    "赵制片": Role.PRODUCER,
    "钱导演": Role.DIRECTOR,
    "孙编辑": Role.EDITOR,
    "管理员": Role.ADMINISTRATOR,
}


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Production]:
    monkeypatch.setenv("CHIFENG_LANG", "en")
    made = toy_production(tmp_path / "home")
    for name, role in CREW.items():
        add_person(made, name, [role])
    add_interviewee(made, SLUG, "王桂兰", field="culture")
    add_episode(made, SLUG, "童年")
    yield made
    made.ledger.close()


def bring(production: Production, slug: str, kind: str, text: str, person: str = "孙编辑") -> str:
    path = production.folder / f"{kind}{KINDS[kind].suffixes[0]}"
    path.write_text(text, "utf-8")
    return deposit(production, slug, KINDS[kind], path, person)[0].sha256


@pytest.fixture
def at_gate(production: Production) -> Production:
    """The interviewee's first stage waits for the producer."""
    bring(production, SLUG, "contact_record", "王桂兰")
    advance(production, SLUG)
    return production


def roles(production: Production, name: str) -> list[str]:
    with production.ledger.read() as session:
        return find_person(session, name).roles


def test_an_interviewee_called_like_one_of_the_crew_gets_nothing_of_theirs(production):
    with pytest.raises(FormError, match="孙编辑"):
        add_interviewee(production, "sun", "孙 编辑", field="culture")
    add_interviewee(production, "sun", "孙编辑", field="culture", distinction="1938")
    assert roles(production, "孙编辑") == ["editor"]
    assert roles(production, "孙编辑(1938)") == ["interviewee"]
    for name, role in (("王桂兰", Role.LEADER), ("孙编辑", Role.INTERVIEWEE)):
        with pytest.raises(FormError, match="already"):
            add_person(production, name, [role])
    assert roles(production, "王桂兰") == ["interviewee"]


def test_two_interviewees_and_two_of_the_crew_may_be_called_alike(production):
    add_interviewee(production, "wang-1938", "王桂兰", field="culture", distinction="1938")
    other = add_person(production, "孙编辑", [Role.TECHNICIAN], distinction="声音组")
    assert other.name == "孙编辑（声音组）" and other.roles == ["technician"]
    assert roles(production, "孙编辑") == ["editor"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("乌云·其其格", "乌云・其其格"), ("乌云‧其其格", "乌云 • 其其格"), ("王　芳", "王芳"),
     ("王芳（1938）", "王芳(1938)"), ("ＬＩ ming", "Li Ming")],
)  # fmt: skip
def test_spellings_of_one_name_are_one_name(one: str, other: str):
    assert name_key(one) == name_key(other)
    assert name_key(one) != name_key(f"{one}1")


def test_who_retires_is_out_at_once_and_what_they_signed_stays(at_gate):
    approve(at_gate, SLUG, at_gate.stage("1"), "赵制片")
    accounts.set_password(at_gate, "赵制片", "correct horse battery", by="管理员")
    with at_gate.ledger.read() as session:
        token = accounts.open_session(at_gate, person_id=find_person(session, "赵制片").id)
    link = accounts.make_link(at_gate, EPISODE, by="赵制片")
    now = now_ms()
    delegate(at_gate, "赵制片", "孙编辑", from_ms=now, until_ms=now + DAY_MS, reason="出差")
    staff.retire(at_gate, "赵制片", by="管理员", reason="离职")
    assert accounts.authenticate(at_gate, token) is None
    assert accounts.check_password(at_gate, "赵制片", "correct horse battery") is None
    assert accounts.find_link(at_gate, link.token) is None
    with at_gate.ledger.read() as session:
        assert delegated_roles(session, "孙编辑") == []
    assert "赵制片" not in [row.name for row in people(at_gate)]
    assert at_gate.states(SLUG)[0].status is Status.DONE
    for act in (
        lambda: withdraw(at_gate, SLUG, at_gate.stage("1"), "赵制片", "x"),
        lambda: bring(at_gate, SLUG, "contact_record", "x", "赵制片"),
    ):
        with pytest.raises(SignOffError, match="retired"):
            act()
    with pytest.raises(FormError, match="retired"):
        add_person(at_gate, "赵制片", [Role.LEADER])  # another who is called so
    staff.reinstate(at_gate, "赵制片", by="管理员", reason="返聘")
    withdraw(at_gate, SLUG, at_gate.stage("1"), "赵制片", "看错了")
    assert accounts.authenticate(at_gate, token) is None
    assert audit(at_gate)


def test_a_gate_waits_no_longer_for_who_retired_or_lost_the_role(at_gate):
    add_person(at_gate, "周制片", [Role.PRODUCER])
    assert pending_actions(at_gate)[0].people == ("周制片", "赵制片")
    staff.retire(at_gate, "周制片", by="管理员", reason="离职")
    assert pending_actions(at_gate)[0].people == ("赵制片",)
    staff.withdraw_role(at_gate, "赵制片", Role.PRODUCER, by="管理员", reason="调岗")
    assert pending_actions(at_gate)[0].people == ()
    with pytest.raises(SignOffError, match="may not sign"):
        approve(at_gate, SLUG, at_gate.stage("1"), "赵制片")
    with pytest.raises(FormError, match="only administrator"):
        staff.retire(at_gate, "管理员", by="管理员", reason="x")


def test_a_renamed_person_keeps_signatures_and_signs_once(at_gate):
    approve(at_gate, SLUG, at_gate.stage("1"), "赵制片")
    rename_person(at_gate, "赵制片", "赵敏", by="管理员", reason="错字")
    assert at_gate.states(SLUG)[0].status is Status.DONE
    assert roles(at_gate, "赵制片") == roles(at_gate, "赵敏") == ["producer"]
    with pytest.raises(FormError, match="already"):
        add_person(at_gate, "赵制片", [Role.EDITOR])  # somebody new, perhaps
    assert withdraw(at_gate, SLUG, at_gate.stage("1"), "赵敏", "看错了").person == "赵敏"
    assert at_gate.states(SLUG)[0].status is Status.GATE
    assert audit(at_gate)


def test_a_corrected_name_or_title_is_in_the_history_and_slugs_stay(production):
    rename_subject(production, SLUG, "王桂蓝", by="赵制片", reason="错字")
    row = rename_episode(production, EPISODE, "旱年", by="赵制片", reason="错字")
    assert row.slug == EPISODE and production.states(EPISODE)[0].subject.title == "旱年"
    assert production.states("王桂兰/1")[0].subject.interviewee == "王桂蓝"
    assert roles(production, "王桂蓝") == ["interviewee"]
    assert "“童年” to “旱年”" in history(production, EPISODE)[-1].what
    with pytest.raises(FormError, match="already"):
        rename_person(production, "孙编辑", "王桂兰", by="x", reason="x")


def test_a_deputy_uses_up_the_voice_of_whom_they_stand_for(at_gate):
    add_settings(
        at_gate,
        '[roles.stage.preliminary_communication]\nroles = ["producer"]\ndays = 7\nsignatures = 2\n',
    )
    both, stage = open_home(at_gate.folder, TOYS), at_gate.stage("1")
    for name in ("周制片", "吴制片"):
        add_person(both, name, [Role.PRODUCER])
    now = now_ms()
    delegate(both, "赵制片", "孙编辑", from_ms=now, until_ms=now + DAY_MS, reason="出差")
    delegate(both, "赵制片", "周制片", from_ms=now, until_ms=now + DAY_MS, reason="出差")
    approve(both, SLUG, stage, "孙编辑")
    assert "孙编辑（代赵制片）" in both.states(SLUG)[0].reason
    with pytest.raises(SignOffError, match="already signed"):
        approve(both, SLUG, stage, "赵制片")
    with pytest.raises(SignOffError, match="already signed"):
        approve(both, SLUG, stage, "孙编辑")
    assert pending_actions(both)[0].people == ("吴制片", "周制片")
    withdraw(both, SLUG, stage, "赵制片", "我没有同意")  # what was signed in one's name
    assert both.states(SLUG)[0].approvals == ()
    approve(both, SLUG, stage, "周制片")
    with pytest.raises(SignOffError, match="already signed"):
        approve(both, SLUG, stage, "周制片")  # not once more as a deputy
    assert both.states(SLUG)[0].status is Status.GATE
    approve(both, SLUG, stage, "赵制片")
    assert both.states(SLUG)[0].status is Status.DONE
    both.ledger.close()


@pytest.fixture
def signing(at_gate: Production) -> Production:
    """An episode that waits for its interviewee (the toy's stage 7 is given to them)."""
    approve(at_gate, SLUG, at_gate.stage("1"), "赵制片")
    bring(at_gate, EPISODE, "finished_cut", "picture")
    advance(at_gate, EPISODE)
    approve(at_gate, EPISODE, at_gate.stage("4"), "钱导演")
    advance(at_gate, EPISODE)
    add_settings(
        at_gate,
        '[roles.stage.initial_proofreading]\nroles = ["interviewee"]\ndays = 7\n',
    )
    return toy_production(at_gate.folder)


def gate(production: Production):
    return next(s for s in production.states(EPISODE) if s.stage.number == 7)


def by_link(production: Production, *, code_by: str = "孙编辑"):
    known = Evidence(3, "孙编辑", code_by, "192.0.2.7", "a tablet")
    return approve(production, EPISODE, production.stage("7"), "王桂兰", via="link", evidence=known)


def test_a_signature_by_a_link_of_one_hand_waits_for_another(signing):
    assert by_link(signing).action == "register"
    assert gate(signing).status is Status.GATE and interviewee.is_signed(gate(signing))
    with pytest.raises(SignOffError, match="somebody else must confirm"):
        confirm_paper(signing, EPISODE, signing.stage("7"), "孙编辑")
    row = confirm_paper(signing, EPISODE, signing.stage("7"), "钱导演")
    assert gate(signing).passed and row.person == "王桂兰" and row.evidence is not None
    assert row.evidence["address"] == "192.0.2.7" and row.evidence["confirmed_by"] == "钱导演"
    withdraw(signing, EPISODE, signing.stage("7"), "王桂兰", "再看看", via="link")
    assert gate(signing).status is Status.GATE
    assert audit(signing)


def test_it_counts_at_once_where_another_handed_over_the_code(signing):
    assert by_link(signing, code_by="赵制片").action == "approve"
    assert gate(signing).passed


def test_a_pending_signature_can_be_withdrawn_by_the_interviewee(signing):
    by_link(signing)
    withdraw(signing, EPISODE, signing.stage("7"), "王桂兰", "再看看", via="link")
    assert not interviewee.is_signed(gate(signing))
    with pytest.raises(SignOffError, match="No signed paper"):
        confirm_paper(signing, EPISODE, signing.stage("7"), "钱导演")


def test_whoever_brought_or_confirmed_the_wrong_paper_withdraws_it(signing):
    stage = signing.stage("7")
    scan = bring(signing, EPISODE, "signed_paper", "%PDF-1.4 scan")
    for who in ("孙编辑", "钱导演"):
        number = paper_number(gate(signing))
        register_paper(signing, EPISODE, stage, scan, "孙编辑", number=number)
        confirm_paper(signing, EPISODE, stage, "钱导演")
        assert gate(signing).passed
        with pytest.raises(SignOffError, match="no approval"):
            withdraw(signing, EPISODE, stage, "赵制片", "x")
        row = withdraw(signing, EPISODE, stage, who, "拿错了纸")
        assert row.person == who and gate(signing).status is Status.GATE


def test_the_code_taken_over_is_another_and_ends_what_was_open(production):
    made = accounts.make_link(production, EPISODE, by="孙编辑")
    session = accounts.enter_by_link(production, made.token, made.code)
    code = take_over(production, EPISODE, made.id, "赵制片")
    assert accounts.authenticate(production, session) is None
    if code != made.code:
        with pytest.raises(SignOffError, match="not right"):
            accounts.enter_by_link(production, made.token, made.code)
    found = accounts.authenticate(production, accounts.enter_by_link(production, made.token, code))
    assert found is not None and found.link is not None and found.link.code_by == "赵制片"
    with pytest.raises(NotFoundError):
        take_over(production, EPISODE, made.id + 1, "赵制片")


def test_a_maker_under_another_name_is_still_the_maker(production):
    made = accounts.make_link(production, EPISODE, by="孙编辑")
    rename_person(production, "孙编辑", "孙立", by="管理员", reason="错字")
    take_over(production, EPISODE, made.id, "孙立")
    found = accounts.find_link(production, made.token)
    assert found is not None and found.code_by == found.by


def test_who_gave_a_password_stays_known_when_it_is_changed(production):
    for by in ("管理员", "王桂兰"):
        accounts.set_password(production, "王桂兰", "correct horse battery", by=by)
    with production.ledger.read() as session:
        person = find_person(session, "王桂兰")
    assert accounts.password_given_by(production, person) == "管理员"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_drawn_signature_is_taken(kind: str):
    assert signature_suffix(drawn_signature(kind)) == {"PNG": ".png", "JPEG": ".jpg"}[kind]


@pytest.mark.parametrize(
    "file",
    [b"", b"\x89PNG\r\n\x1a\n" + b"x" * 8, picture(Image.new("RGB", (400, 160), "white")),
     picture(Image.new("RGB", (400, 160), "black")), picture(Image.new("RGBA", (400, 160))),
     drawn_signature()[:-200], picture(Image.new("L", (9, 9))), b"x" * 9_000_000,
     picture(Image.new("1", (9000, 9000)))],
    ids=["empty", "16 bytes", "white", "black", "transparent", "cut", "tiny", "bytes", "pixels"],
)  # fmt: skip
def test_what_shows_no_ink_is_no_signature(file: bytes):
    with pytest.raises(InputError, match="no signature"):
        signature_suffix(file)


NAMES = st.one_of(
    st.text(max_size=300),
    st.sampled_from(["..", ".", "/", "CON", "nul.txt", "a/../../b", "名 .", "长" * 300, "\x00"]),
)


@given(NAMES, NAMES)
def test_no_name_leads_out_of_its_folder(name: str, title: str):
    home = Path("/home/released")
    parts = safe_name(name), safe_name(title)
    target = home.joinpath(*parts)
    assert target.parent.parent == home and ".." not in target.parts
    for part in parts:
        assert 0 < len(part.encode()) <= 256 and part == part.strip(" .")
        assert part.split(".")[0].upper() not in ("CON", "NUL", "PRN", "AUX")
        assert safe_name(part) == part


def test_the_commands_do_it(production, capsys):
    def run(*words: str) -> int:
        return main(["--home", str(production.folder), *words])

    assert run("person", "add", "孙编辑", "--role", "technician", "--distinction", "声音组") == 0
    assert run("person", "rename", "孙编辑", "孙立", "--reason", "错字", "--by", "管理员") == 0
    assert run("person", "withdraw-role", "孙立", "--role", "editor", "--reason", "调岗") == 0
    assert run("person", "retire", "孙立", "--reason", "离职") == 0
    assert run("person", "retire", "孙立", "--reason", "离职") != 0
    assert run("person", "reinstate", "孙立", "--reason", "返聘") == 0
    assert run("interviewee", "rename", SLUG, "王桂蓝", "--reason", "错字") == 0
    assert run("episode", "rename", EPISODE, "旱年", "--reason", "错字") == 0
    capsys.readouterr()
    assert run("episode", "list") == 0
    assert "旱年" in capsys.readouterr().out
