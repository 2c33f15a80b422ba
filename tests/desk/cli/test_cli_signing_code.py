"""A one-time code, asked for on the command line."""

from __future__ import annotations

from pipeline.repository.ledger import now_ms


def test_a_code_is_made_for_who_may_sign(filmed) -> None:
    assert filmed("produce", "王桂兰").code == 0
    made = filmed("code", "王桂兰", "1", "--person", "赵制片")
    assert made.code == 0, made.err
    assert made.out.strip().replace(" ", "").isdigit()
    assert "赵制片" in made.err
    made = filmed("code", "wang-guilan", "前期沟通", "--person", "赵制片", "--json")
    assert made.json["expires_ms"] > now_ms()
    refused = filmed("code", "王桂兰", "1", "--person", "孙编辑")
    assert (refused.code, refused.out) == (4, "")
