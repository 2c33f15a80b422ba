"""What people entered is shown in Markdown as they wrote it, and does nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flows.views.escape import code, plain

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TEXT = st.text(
    st.sampled_from(list("王a1 \n\t\\`*_{}[]()#+-.!|<>&~:/@=\"'")) | st.characters(), max_size=60
)


def shown(text: str) -> str:
    return " ".join(text.replace("\x00", " ").split())


@given(TEXT)
def test_a_text_is_text_alone(text):
    tokens = PARSER.parse(f"- x{plain(text)}x")
    inline = [child for token in tokens if token.type == "inline" for child in token.children]
    assert {child.type for child in inline} == {"text"}
    assert len([token for token in tokens if token.type == "inline"]) == 1


@given(TEXT.filter(str.strip))
def test_it_begins_no_block(text):
    tokens = PARSER.parse(f"before\n\n{plain(text)}")
    assert [token.type for token in tokens[3:]] in (
        ["paragraph_open", "inline", "paragraph_close"], [],
    )  # fmt: skip
    assert {child.type for token in tokens for child in token.children or ()} == {"text"}


@given(TEXT)
def test_a_cell_is_one_cell(text):
    tokens = PARSER.parse(f"| a | b |\n| --- | --- |\n| x{plain(text)}x | y |")
    assert len([token for token in tokens if token.type == "td_open"]) == 2


def test_it_is_read_as_written():
    text = "[x](http://a.b) ![i](c) <img src=x onerror=y> a|b `c` &lt; **d** https://e.f 1. 王"
    (inline,) = [token for token in PARSER.parse(plain(text)) if token.type == "inline"]
    assert [child.content for child in inline.children] == [text]


@given(st.text("a`|<[ ", min_size=1).filter(str.strip))
def test_code_ends_where_it_should(text):
    tokens = PARSER.parse(f"- x {code(text)} y")
    inline = [child for token in tokens if token.type == "inline" for child in token.children]
    assert [child.type for child in inline] == ["text", "code_inline", "text"]
