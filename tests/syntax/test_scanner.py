"""The tokens between the operators' parentheses."""

from __future__ import annotations

import pytest

from hydroflow_nb.source import Source
from hydroflow_nb.syntax.scanner import Kind, Scanner


def words(text):
    """The texts of all tokens, and the diagnostics."""
    found = []
    scanner = Scanner(Source(text=text), found.append)
    texts = []
    while scanner.peek().kind is not Kind.END:
        texts.append(scanner.advance().text)
    return texts, found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a->[0]b;", ["a", "->", "[", "0", "]", "b", ";"]),
        ("a::<'tick>(", ["a", "::", "<", "'", "tick", ">", "("]),
        ("a => b <- c |> d --> e", ["a", "=>", "b", "<-", "c", "|>", "d", "-->", "e"]),
        ("größe = été→x", ["größe", "=", "été", "→", "x"]),
        ("नाम = x²", ["नाम", "=", "x", "²"]),
        ("\ufeffa", ["a"]),
        ("1.5e3", ["1", ".", "5e3"]),
    ],
)
def test_text_becomes_tokens(text, expected):
    texts, found = words(text)

    assert texts == expected
    assert not found


@pytest.mark.parametrize("comment", ["# a -> b", "// a -> b", "/* a\n-> b */", "/**/", "#", "//", "/* // */", "# /*"])
def test_comments_stand_between_tokens(comment):
    texts, found = words(f"a {comment}\n-> b {comment}")

    assert texts == ["a", "->", "b"]
    assert not found


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_comment_ends_with_its_line(line_end):
    texts, _ = words(f"a // b{line_end}c # d{line_end}e")

    assert texts == ["a", "c", "e"]


def test_a_comment_without_an_end_is_reported_once_and_hides_the_rest():
    found = []
    scanner = Scanner(Source(text="a /* b"), found.append)

    scanner.advance()
    scanner.peek()
    scanner.jump(0)
    scanner.advance()

    assert scanner.advance().kind is Kind.END
    assert [(each.code, each.span.start) for each in found] == [("HF105", 2)]


def test_a_jump_forgets_the_token_that_came_next():
    scanner = Scanner(Source(text="a b c"), [].append)

    scanner.peek()
    scanner.jump(4)

    assert scanner.advance().text == "c"


def test_a_token_begins_a_line_when_a_line_ends_before_it():
    scanner = Scanner(Source(text="a b # c\n d"), [].append)

    scanner.advance()
    same = scanner.starts_line(scanner.advance())
    new = scanner.starts_line(scanner.peek())

    assert (same, new) == (False, True)


def test_tokens_are_spoken_of_in_the_users_characters():
    scanner = Scanner(Source(text="->"), [].append)

    assert scanner.advance().shown == "`->`"
    assert scanner.advance().shown == "the end of the text"
