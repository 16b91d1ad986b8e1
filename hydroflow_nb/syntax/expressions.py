"""A piece of Python text as an expression whose nodes keep their places in the cell."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Final

from hydroflow_nb.diagnostics import Diagnostic, Report, error
from hydroflow_nb.expressions import REFERENCE_PREFIX, Reference
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax import codes, rust
from hydroflow_nb.syntax.characters import character_named, instead_of_character, shortened
from hydroflow_nb.syntax.depth import DEEPEST_EXPRESSION, has_whole_stack, is_deeper
from hydroflow_nb.syntax.patterns import binding_name
from hydroflow_nb.syntax.pieces import Piece
from hydroflow_nb.syntax.python_tokens import code_only
from hydroflow_nb.trees import walk

_ONLY_TREE: Final = ast.PyCF_ONLY_AST
# Empty lines before the text put its nodes into the right lines for about 15 ns a line; from here on it is cheaper to
# walk over the nodes.
_MOST_EMPTY_LINES: Final = 400
# The same holds of blanks for columns: each argument of a long line is read behind as many blanks as its column says.
_MOST_BLANKS: Final = 400
_FIRST_WORD: Final = re.compile(r"[^\W\d]\w*")
_NO_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_LAST_TOKEN: Final = re.compile(r"(?:\w+|\S)\s*\Z")
# fmt: off
_STATEMENTS: Final = frozenset({
    "assert", "break", "class", "continue", "def", "del", "for", "from", "global", "if", "import", "nonlocal", "pass",
    "raise", "return", "try", "while", "with",
})
# fmt: on
_AWAIT_HINT: Final = "a flow receives from an async source with `source_stream` and sends with `dest_sink`"
_OUTSIDE_FUNCTION: Final = {
    "yield": "`flat_map(|x| ...)` emits every item of what its closure returns",
    "await": _AWAIT_HINT,
    "async": _AWAIT_HINT,
}


def read_expression(source: Source, piece: Piece, start: int, report: Report) -> ast.expr | None:
    """The expression from `start` to the piece's end; None, with a diagnostic reported, if there is not one."""
    text = source.text[start : piece.end]
    for reference_start, _ in piece.references:
        # A name of the same length holds the place of `$name` while Python reads the text.
        index = reference_start - start
        text = f"{text[:index]}_{text[index + 1 :]}"
    line = source.line_column(start)[0]
    column = source.byte_column(start)
    shift = line - 2 if line > _MOST_EMPTY_LINES else 0
    moved = column - 1 if column > _MOST_BLANKS else 0
    # Brackets around the text let it go over several lines. The opening one stands before it in its line, or, where it
    # begins its line, at the end of the line before: there is one, because an argument follows a bracket.
    if column:
        head = "\n" * (line - 1 - shift) + "(" + " " * (column - 1 - moved)
    else:
        head = "\n" * (line - 2 - shift) + "(\n"
    try:
        tree = compile(f"{head}{text})", source.filename, "eval", _ONLY_TREE, dont_inherit=True)
    except SyntaxError as problem:
        first, last = _place(problem, head, text)
        report(_explained(problem, source.span(start, piece.end), first, last))
        return None
    except RecursionError:
        if not has_whole_stack():
            raise
        report(_unreadable(source.span(start, piece.end)))
        return None
    except (ValueError, MemoryError, OverflowError):
        report(_unreadable(source.span(start, piece.end)))
        return None
    assert isinstance(tree, ast.Expression)
    node = tree.body
    # Each level is a character at least.
    if piece.end - start > DEEPEST_EXPRESSION and is_deeper(node, DEEPEST_EXPRESSION):
        report(_too_deep(source.span(start, piece.end)))
        return None
    if moved:
        _move_columns(node, line - shift, moved)
    if shift:
        ast.increment_lineno(node, shift)
    found = _parsed_but_wrong(piece, node, source.span(start, piece.end), line, column)
    if found is not None:
        report(found)
        return None
    return node


def _move_columns(tree: ast.expr, line: int, columns: int) -> None:
    """Move the nodes of a line to the right."""
    for node in walk(tree):
        if isinstance(node, (ast.expr, ast.arg, ast.keyword)):
            if node.lineno == line:
                node.col_offset += columns
            if node.end_lineno == line and node.end_col_offset is not None:
                node.end_col_offset += columns


def read_references(source: Source, piece: Piece, node: ast.expr, report: Report) -> tuple[Reference, ...]:
    """The `$name`s of a piece. In its tree each of them becomes the name that is reserved for it.

    A reference that stands where no value can be read is reported and left out.
    """
    if not piece.references:
        return ()
    places: dict[tuple[int, int], Reference] = {}
    for start, end in piece.references:
        span = source.span(start, end)
        places[span.line, source.byte_column(start)] = Reference(
            span=span, name=binding_name(source.text[start + 1 : end])
        )
    references: list[Reference] = []
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            reference = places.pop((child.lineno, child.col_offset), None)
            if reference is not None:
                child.id = REFERENCE_PREFIX + reference.name
                references.append(reference)
    for reference in places.values():
        message = f"`${reference.name}` stands where no value can be read"
        hint = "an expression can read the state of an operator; only the operator itself can change it"
        report(error(codes.WRONG_REFERENCE, message, reference.span, hint=hint))
    return tuple(sorted(references, key=lambda reference: reference.span.start))


def _place(problem: SyntaxError, head: str, text: str) -> tuple[int, int]:
    """The stretch of `text` that Python complains about; all of it, if Python names no place."""
    whole = 0, len(text)
    if not problem.lineno or not problem.offset:
        return whole
    wrapped = Source(text=f"{head}{text})")
    if problem.lineno > wrapped.line_count:
        return whole
    first = wrapped.offset(problem.lineno, 0) + problem.offset - 1 - len(head)
    last = first + 1
    if problem.end_lineno and problem.end_offset and problem.end_lineno <= wrapped.line_count:
        last = max(last, wrapped.offset(problem.end_lineno, 0) + problem.end_offset - 1 - len(head))
    # In Python 3.11 a place inside of an f-string may be counted from the start of the f-string.
    return (first, min(last, len(text))) if 0 <= first <= len(text) else whole


def _explained(problem: SyntaxError, span: Span, first: int, last: int) -> Diagnostic:
    """Why Python does not read the text of the span, where the problem is its stretch from `first` to `last`."""
    text, source = span.text, span.source
    if "too many nested parentheses" in problem.msg or "too many levels" in problem.msg:
        return _too_deep(span)
    code = code_only(text)

    def at(code_number: str, message: str, start: int, end: int, hint: str) -> Diagnostic:
        return error(code_number, message, source.span(span.start + start, span.start + end), hint=hint)

    word = _FIRST_WORD.match(code)
    if word and word[0] in _STATEMENTS:
        message = f"`{word[0]}` begins a statement; an argument is one Python expression"
        return at(codes.NO_EXPRESSION, message, 0, word.end(), _instead_of_statement(word[0]))
    if code.startswith("*"):
        stars = "**" if code.startswith("**") else "*"
        message = f"`{stars}` unpacks; an argument is one Python expression"
        hint = "leave it out" if stars == "*" else "hand over the dict itself"
        return at(codes.NO_EXPRESSION, message, 0, len(stars), hint)
    odd = next((found for found in _NO_ASCII.finditer(code) if not f"_{found[0]}".isidentifier()), None)
    if odd and not "\ud800" <= odd[0] <= "\udfff":
        message = f"{character_named(odd[0])} cannot stand here in a Python expression"
        return at(codes.STRAY_CHARACTER, message, odd.start(), odd.end(), instead_of_character(odd[0]))
    if raw := rust.raw_text_in(text, code):
        return at(codes.RUST, rust.RAW_TEXT[0], *raw, rust.RAW_TEXT[1])
    habit = rust.habit_at(code, first, last)
    if habit:
        message, hint, start, end = habit
        return at(codes.RUST, message, start, end, hint)
    if "null byte" in problem.msg:
        place = max(text.find("\0"), 0)
        message = "a null character cannot stand in Python text"
        return at(codes.STRAY_CHARACTER, message, place, place + 1, r'in a string, write "\0" for it')
    if first >= len(text.rstrip()):
        end_of_text = _LAST_TOKEN.search(text)
        start = end_of_text.start() if end_of_text else 0
        message = "this Python expression is not complete"
        return at(codes.PYTHON_SYNTAX, message, start, len(text), f"something is missing after `{text[start:]}`")
    shown = shortened(text[first:last])
    hint = ""
    if "//" in code[code.rfind("\n", 0, first) + 1 : last]:
        hint = "`//` is floor division: inside an argument only `#` begins a comment"
    if "forgot a comma" in problem.msg:
        hint = hint or "an operator, a comma or a bracket is missing between its parts"
        return at(codes.PYTHON_SYNTAX, f"`{shown}` is not one Python expression", first, last, hint)
    if problem.msg.startswith("invalid syntax"):
        if "Maybe you meant '=='" in problem.msg:
            hint = "`==` compares; `(y := ...)` names a part of an expression"
        message = f"`{shown}` cannot stand here in a Python expression"
        return at(codes.PYTHON_SYNTAX, message, first, last, hint)
    return at(codes.PYTHON_SYNTAX, _in_our_words(problem), first, last, hint)


def _instead_of_statement(word: str) -> str:
    match word:
        case "return":
            return "leave it out: the value of a closure's body is what it returns"
        case "if":
            return "write a choice as `a if condition else b`"
        case "for" | "while":
            return "`flat_map(|x| ...)` emits several items; write a list as `[... for y in x]`"
        case "import" | "from":
            return "import it in another cell"
        case _:
            return "define a function in another cell and write its name here"


def _in_our_words(problem: SyntaxError) -> str:
    """Python's own message, with code in backticks as in every other message."""
    message = re.sub(r"'([^']+)'", r"`\1`", problem.msg)
    return f"Python: {message}"


def _unreadable(span: Span) -> Diagnostic:
    """What to say of a text that Python refuses without naming a place."""
    for position, character in enumerate(span.text, start=span.start):
        if "\ud800" <= character <= "\udfff":
            message = "this is only half of a character (a surrogate)"
            place = span.source.span(position, position + 1)
            return error(codes.STRAY_CHARACTER, message, place, hint=r'in a string, write "\ud800" for it')
    return _too_deep(span)


def _too_deep(span: Span) -> Diagnostic:
    message = f"this expression is too deeply nested: more than {DEEPEST_EXPRESSION} levels"
    hint = "define a part of it as a function in another cell; write a long sum as `sum([a, b, ...])`"
    return error(codes.TOO_DEEP, message, span, hint=hint)


def _parsed_but_wrong(piece: Piece, node: ast.expr, span: Span, line: int, column: int) -> Diagnostic | None:
    """What is wrong with an expression that Python's parser accepts, in brackets or at all."""
    if isinstance(node, ast.GeneratorExp) and (node.lineno, node.col_offset) < (line, column):
        hint = f"write `({shortened(span.text)})`"
        return error(codes.NO_EXPRESSION, "a generator needs brackets of its own here", span, hint=hint)
    if ".." in span.text or span.text.startswith("move"):
        habit = rust.readable_habit(code_only(span.text))
        if habit:
            message, hint, start, end = habit
            return error(codes.RUST, message, span.source.span(span.start + start, span.start + end), hint=hint)
    if not isinstance(node, ast.Lambda):
        return _refused(node, span) if piece.needs_check else None
    if piece.needs_check or _repeats_a_name(node.args):
        # The body may be compiled without the lambda around it, so a `yield` is wrong in it too.
        return _refused(node, span) or _refused(node.body, span)
    return None


def _repeats_a_name(arguments: ast.arguments) -> bool:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    names = [argument.arg for argument in named if argument is not None]
    return len(set(names)) < len(names)


def _refused(node: ast.expr, span: Span) -> Diagnostic | None:
    """Why Python's compiler refuses an expression that its parser accepted; None if it does not."""
    try:
        with warnings.catch_warnings():
            # Python warns later, when the code of the flow is compiled.
            warnings.simplefilter("ignore")
            compile(ast.Expression(node), span.source.filename, "eval", dont_inherit=True)
    except SyntaxError as problem:
        place = span
        if problem.lineno and problem.offset:
            start = span.source.offset(problem.lineno, problem.offset - 1)
            end = start + 1
            if problem.end_lineno and problem.end_offset:
                end = max(end, span.source.offset(problem.end_lineno, problem.end_offset - 1))
            if span.start <= start < end <= span.end:
                place = span.source.span(start, end)
        for word, hint in _OUTSIDE_FUNCTION.items():
            if word in problem.msg:
                message = f"`{word}` can stand only in a function, but an argument is an expression"
                return error(codes.OUTSIDE_FUNCTION, message, place, hint=hint)
        return error(codes.PYTHON_SYNTAX, _in_our_words(problem), place)
    except RecursionError:
        if not has_whole_stack():
            raise
        return _unreadable(span)
    except (ValueError, MemoryError, OverflowError):
        return _unreadable(span)
    return None
