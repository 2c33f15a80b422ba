"""How good a place is for ending a cue or a line, and how bad it is to read on over it."""

from __future__ import annotations

from pipeline.subtitles.atoms import Atom

__all__ = ["OTHER_SPEAKER", "cost_of_cut", "cost_of_join"]

OTHER_SPEAKER = 10_000.0
"""Two people never share a cue."""

# Words that belong to what follows: a cue should not end with them.
_LEADS = frozenset("把被在和跟与及或从对向给是很不没也就都这那但而我你他她一个") | {
    *("因为", "所以", "如果", "但是", "而且", "然后", "我们"),
    *("the", "a", "an", "to", "of", "in", "on", "at", "for", "with", "and", "but", "or", "that"),
    *("which", "my", "your", "his", "her"),
}
# Words that belong to what stands before: a cue should not start with them.
_TRAILS = frozenset("的了着过吗呢吧啊呀嘛啦得地们里上下中时后前来去")


def cost_of_cut(before: Atom, after: Atom) -> float:
    """Return how bad it is to end a cue or line between the two."""
    if before.speaker != after.speaker:
        return 0.0
    pause_ms = after.start_ms - before.end_ms
    cost = (6.0, 1.5, 0.0)[after.mark] - min(pause_ms, 1000) / 200
    if after.mark:
        return cost
    if before.text.lower() in _LEADS:
        cost += 5.0
    if after.text.lower() in _TRAILS:
        cost += 5.0
    return cost


def cost_of_join(before: Atom, after: Atom) -> float:
    """Return how bad it is to show the two in one cue."""
    if before.speaker != after.speaker:
        return OTHER_SPEAKER
    pause_ms = after.start_ms - before.end_ms
    cost = 4.0 if after.mark == 2 else 0.0
    return cost + max(0, pause_ms - 300) / 40
