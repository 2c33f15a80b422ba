"""The whole production is paused and goes on, by command line."""

from __future__ import annotations


def test_while_it_is_paused_nothing_is_done_and_everybody_sees_why(filmed) -> None:
    assert filmed("pause", "--by", "钱导演", "--reason", "服务器检修").code == 0
    assert "paused already" in filmed("pause").out
    assert "服务器检修" in filmed("status").out
    assert filmed("status", "--json").json["paused"]["by"] == "钱导演"
    refused = filmed("produce", "王桂兰", "--due", "2027-03-01")
    assert refused.code == 5 and "服务器检修" in refused.err
    assert "chifeng resume" in refused.err
    assert filmed("resume").code == 0
    assert "not paused" in filmed("resume").out
    assert filmed("status", "--json").json["paused"] is None
    assert filmed("produce", "王桂兰").code == 0
