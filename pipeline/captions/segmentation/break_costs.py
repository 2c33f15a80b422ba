"""How good a place is for ending a cue or a line, and how bad it is to read on over it.

Spontaneous speech has few pauses where its clauses end and a recogniser hears few full stops, so
the small words must tell: conjunctions and subjects open a clause, particles close one, adverbs
and prepositions wait for what follows. Only words of grammar are listed, no word of any subject.
"""

from __future__ import annotations

from pipeline.captions.segmentation.tokens import Token

__all__ = ["LEADS", "OTHER_SPEAKER", "TRAILS", "cost_of_cut", "cost_of_join"]

OTHER_SPEAKER = 10_000.0
"""Two people never share a cue."""

_DEFAULT = 6.0
"""The cost of a cut between two words of which nothing is known."""
_SPLIT_PHRASE = 5.0
_OPENS_CLAUSE = 7.0
_OPENS_PHRASE = 3.5
_CLOSES = 4.0


def _word_list(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


LEADS = _word_list(
    # adverbs and auxiliaries
    "很 不 没 没有 都 就 也 还 才 再 又 最 更 太 先 只 已经 一定 非常 比较 特别 尤其 应该",
    "可以 能 能够 会 要 想 不会 不能 不要 不是 就是 还是 还有 是 有 从来 一直 正在 刚刚 其实",
    # prepositions and verbs that take another
    "把 被 在 和 跟 与 及 或 从 对 向 给 让 叫 当 像 为 为了 由 用 以 到 每 请 比",
    # conjunctions and subjects
    "因为 所以 如果 但是 但 而 而且 然后 那 那么 这 或是 或者 以及 另外 虽然 不过 可是 于是",
    "甚至 我 你 您 他 她 它 我们 你们 他们 咱们 大家 一 一个 第 各 某",
    "the a an to of in on at for with and but or that which my your his her our their is was are",
    "were be been i we you he she they it not very",
)
"""Words that belong to what follows: a cue should not end with them."""

TRAILS = _word_list(
    "的 了 着 过 吗 呢 吧 啊 呀 嘛 啦 喔 哦 得 地 们 里 上 下 中 时 后 前 来 去 里面 上面",
    "时候 的话 一下 一些 多 等 等等 之后 以后 之前 以前 起来 下来 出来 过来 下去 回来",
)
"""Words that belong to what stands before: a cue should not start with them."""

_OPENING_CLAUSES = _word_list(
    "所以 但是 但 然后 因为 而且 当然 甚至 不管 以及 就是说 还有 另外 如果 虽然 不过 可是",
    "于是 后来 结果 其实 那 那么 那时候 当时 比如 比如说 例如 接着 最后 首先 第一 第二 除了",
    "尤其 为什么 谢谢 and but because so when if although while which who where that",
)
_OPENING_PHRASES = _word_list(
    "我 我们 你 你们 您 他 他们 她 她们 咱们 大家 这 这个 这些 那个 那些 这是 从 让 在 像 把",
    "到 如何 应该 就是 有 现在 以前 每年 i we you he she they to in on at for with",
)
_CLOSING = _word_list(
    "吗 啦 喔 哦 嘛 呢 吧 啊 呀 了 的话 时候 以后 之后 一下 里面 这样 起来 出来 等等",
)


def cost_of_cut(before: Token, after: Token) -> float:
    """Return how bad it is to end a cue or line between the two."""
    if before.speaker != after.speaker:
        return 0.0
    pause_ms = after.start_ms - before.end_ms
    cost = (_DEFAULT, 1.5, 0.0)[after.mark] - min(pause_ms, 1000) / 200
    if after.mark:
        return cost
    ends, starts = before.text.lower(), after.text.lower()
    cost += _SPLIT_PHRASE * (ends in LEADS) + _SPLIT_PHRASE * (starts in TRAILS)
    if starts in _OPENING_CLAUSES:
        cost -= _OPENS_CLAUSE
    elif starts in _OPENING_PHRASES:
        cost -= _OPENS_PHRASE
    return cost - _CLOSES * (ends in _CLOSING)


def cost_of_join(before: Token, after: Token) -> float:
    """Return how bad it is to show the two in one cue."""
    if before.speaker != after.speaker:
        return OTHER_SPEAKER
    pause_ms = after.start_ms - before.end_ms
    cost = 4.0 if after.mark == 2 else 0.0
    return cost + max(0, pause_ms - 300) / 40
