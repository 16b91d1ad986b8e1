"""The tokens of Python text."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import io
import json.decoder
import locale
import tokenize
import typing

import pytest

from hydroflow_nb.source import Source
from hydroflow_nb.syntax.python_tokens import code_only, tokens


def test_only_code_is_left_of_code():
    assert code_only("f(a, 'b') # c") == "f(a,    )    "


@pytest.mark.parametrize("module", [argparse, dataclasses, inspect, json.decoder, locale, tokenize, typing])
def test_the_tokens_are_those_of_pythons_tokenizer(module):
    text = inspect.getsource(module)

    ours = [
        (kind if kind in ("string", "comment") else "code", start, end)
        for kind, start, end in tokens(text, 0, len(text))
        if kind in ("string", "comment") or text[start:end] in SIGNS or text[start:end].isidentifier()
    ]

    assert ours == pythons_tokens(text)


SIGNS = {*"()[]{},:;|", "->", ":="}


def pythons_tokens(text):
    lines = Source(text=text)
    found = []
    open_fstrings = []
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        # `|=` is one token there, and begins with one of ours.
        string = "|" if token.string == "|=" else token.string
        kind = tokenize.tok_name[token.type]
        start = lines.offset(token.start[0], 0) + token.start[1]
        end = lines.offset(token.end[0], 0) + token.end[1] - (len(token.string) - len(string))
        if kind == "FSTRING_START":
            open_fstrings.append(start)
        elif kind == "FSTRING_END":
            start = open_fstrings.pop()
            if not open_fstrings:
                found.append(("string", start, end))
        elif open_fstrings:
            continue
        elif kind in ("STRING", "COMMENT"):
            found.append((kind.lower(), start, end))
        elif kind == "NAME" or string in SIGNS:
            found.append(("code", start, end))
    return found
