"""Pipelines: arrows between operators, names and groups, and what else stands in the place of one of them."""

from __future__ import annotations

import re
from typing import Final

from hydroflow_nb.diagnostics import Label, error
from hydroflow_nb.locations import Crossing, LocationKind
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.patterns import binding_name
from hydroflow_nb.syntax.places import PlaceReader
from hydroflow_nb.syntax.reader import Unreadable
from hydroflow_nb.syntax.scanner import Kind, Token
from hydroflow_nb.syntax.tree import Group, ModuleBoundary, NameReference, Pipeline, PipelineNode, Port, Ported

_NODE: Final = "an operator, a name or `(`"
_WRONG_ARROWS: Final = frozenset({"=>", "==>", "-->", "→", "⇒", "⟶", ">", ">>", "|>", "-"})
_DEEPEST_GROUP: Final = 100


class PipelineReader(PlaceReader):
    """The rules for pipelines and the nodes in them."""

    def pipeline(self, depth: int, *, inside: str = "") -> Pipeline:
        """A pipeline that stands in so many groups; `inside` names what around it `~>` must not stand in."""
        location = None if depth else self.placed_before()
        first = self.scanner.peek()
        nodes = [self.node(depth, behind="")]
        crossings: list[Crossing | None] = []
        while True:
            crossing = self.crossing(inside="parentheses" if depth else inside)
            if crossing is not None:
                behind = crossing.span.text
            elif (arrow := self.arrow()) is not None:
                behind = arrow.text
                self.refuse_location()
            else:
                break
            crossings.append(crossing)
            nodes.append(self.node(depth, behind))
        start = self.span(first) if location is None else location.span
        return Pipeline(
            span=start.to(nodes[-1].span),
            nodes=tuple(nodes),
            location=location,
            crossings=tuple(crossings) if any(crossings) else (),
        )

    def refuse_location(self) -> None:
        """Report a location that stands behind `->`, and go on behind it."""
        location = self.location()
        if location is not None:
            message = f"`->` joins operators at one place, and `{location.span.text}` is written behind it"
            written = location.span.text + (self.pass_route() or "")
            self.report(codes.PLACE_IN_A_PLACE, message, location.span, f"write `~> {written}`")

    def arrow(self) -> Token | None:
        """The arrow that comes next, if there is one. A sign that looks like an arrow is reported and taken for one."""
        token = self.scanner.peek()
        if token.text == "->":
            return self.scanner.advance()
        if token.text == "<-":
            raise self.failure(
                codes.WRONG_ARROW,
                "a flow runs from left to right",
                self.span(token),
                "write `->` and swap the two ends",
            )
        if token.text not in _WRONG_ARROWS:
            return None
        self.scanner.advance()
        following = self.scanner.peek()
        if token.text == "-" and following.text in (">", ">>", "=>"):
            self.scanner.advance()
            token = Token(Kind.SIGN, self.source.text[token.start : following.end], token.start, following.end)
        self.report(codes.WRONG_ARROW, f"`{token.text}` is not an arrow", self.span(token), "the arrow is `->`")
        return token

    def node(self, depth: int, behind: str) -> PipelineNode:
        """A node with its ports, `behind` an arrow, empty at the start of a pipeline."""
        token = self.scanner.peek()
        before = self.port() if token.text == "[" else None
        if before is not None:
            token = self.scanner.peek()
        node: NameReference | Group | ModuleBoundary
        if token.text == "(":
            node = self.group(depth)
        elif token.kind is Kind.NAME:
            self.scanner.advance()
            following = self.scanner.peek()
            if following.text in ("(", "::", "<") and not self.runs_back(following):
                return self.ported_operator(before, self.operator(token))
            if following.text == "!":
                return self.ported_operator(before, self.macro(token))
            span = self.span(token)
            name = binding_name(token.text)
            node = ModuleBoundary(span=span) if name == "mod" else NameReference(span=span, name=name)
        else:
            raise self.failure_at_node(token, before, behind)
        after = self.port() if self.scanner.peek().text == "[" else None
        span = (before or node).span.to((after or node).span)
        return Ported(span=span, before=before, node=node, after=after)

    def failure_at_node(self, token: Token, before: Port | None, arrow: str) -> Unreadable:
        """Something else stands in the place of a node."""
        span = self.span(token)
        if before is not None:
            if token.text == "[":
                return self.failure(
                    codes.WRONG_PORT,
                    "there are two ports here; one is enough",
                    span,
                    f"write one of them: `{before.span.text}name`",
                )
            message = f"`{before.span.text}` is the port of a name or of `( ... )`; found {token.shown}"
            return self.failure(codes.UNEXPECTED, message, span, f"write `{before.span.text}name`")
        behind = f" after `{arrow}`" if arrow else ""
        message = f"expected {_NODE}{behind}, found {token.shown}"
        match token.text:
            case "->" | "~>":
                hint = "leave out one of the arrows" if arrow else "begin with a source, an operator or a name"
            case ";" | ")" | "" if "@" in arrow:
                hint = f"write what takes in the items there, as in `{arrow} for_each(f)`"
                outside = re.split(r"[.:]", arrow.rpartition("@")[2])[0].strip()
                if any(one.name == outside and one.kind is LocationKind.EXTERNAL for one in self.locations):
                    hint = f"what goes to programs of other make goes to the name alone: `~> {outside}`"
            case ";" | ")" | "":
                hint = f"write what comes after `{arrow}`, or leave it out" if arrow else f"write {_NODE} before it"
            case "'" | '"':
                hint = "a text can stand only in an operator's parentheses"
            case "{" | "}":
                hint = "`(` and `)` group the parts of a flow"
            case "@" | "$" | "?" | "\\" | "`" | "%" | "!":
                hint = f"leave out the `{token.text}`"
            case _ if token.kind is Kind.NUMBER:
                hint = (
                    "a number is a port, `[0]name`, or stands in an operator's parentheses; names begin with a letter"
                )
            case _:
                hint = f"write {_NODE}"
        return self.failure(codes.UNEXPECTED, message, span, hint)

    def failure_after_node(self, token: Token, expected: str) -> Unreadable:
        """Something other than an arrow or an end follows a node."""
        span = self.span(token)
        # A name or a place at the start of a line begins a statement of its own, whose errors are worth reporting too.
        is_start = token.kind is Kind.NAME or token.text == "@"
        resumes = is_start and ";" in expected and self.scanner.starts_line(token)
        message = f"expected {expected} before {token.shown}"
        match token.text:
            case "=":
                message = "an assignment is `name = pipeline;`, with one name, outside of parentheses"
                hint = "write a statement of its own that begins with the name"
                return self.failure(codes.WRONG_ASSIGNMENT, message, span, hint)
            case "[":
                message = "a port is written once, after a name or `( ... )`"
                return self.failure(codes.WRONG_PORT, message, span, "write one port at each side of a name")
            case "," | "|":
                hint = "join nodes by `->`; give a name to an operator with several inputs: `a -> [0]j; b -> [1]j;`"
            case ";":
                hint = "write `)` first"
            case "->" | "~>" if expected == "`;`":
                hint = "a location is declared in a statement of its own: end it by `;`"
            case "!":
                hint = "operators have no `!`"
            case _ if token.kind is Kind.NAME or token.text in ("(", "[", "@"):
                hints = {"->": "join nodes by `->`", ";": "end a statement by `;`"}
                hint = "; ".join(hint for sign, hint in hints.items() if sign in expected)
            case _:
                hint = f"leave out the `{token.text}`"
        return self.failure(codes.UNEXPECTED, message, span, hint, token.start if resumes else None)

    def group(self, depth: int) -> Group:
        """`( pipeline )`, in so many other groups."""
        opening = self.scanner.advance()
        if depth >= _DEEPEST_GROUP:
            hint = "give a part of it a name"
            raise self.failure(codes.TOO_DEEP, "these parentheses are nested too deeply", self.span(opening), hint)
        pipeline = self.pipeline(depth + 1)
        token = self.scanner.peek()
        if token.text == ")":
            self.scanner.advance()
            return Group(span=self.span(opening).to(self.span(token)), pipeline=pipeline)
        if token.text == ";":
            self.scanner.advance()
            if self.scanner.peek().text == ")":
                hint = "write the `;` after the `)`"
                raise self.failure(
                    codes.UNEXPECTED, "a statement cannot end inside parentheses", self.span(token), hint
                )
            self.scanner.jump(token.start)
        if token.text == ";" or token.kind is Kind.END:
            labels = [Label(span=self.span(token), text="expected `)` here")]
            place = "before `;`" if token.text else "at the end"
            message, hint = "`(` is never closed", f"write `)` {place}"
            self.diagnostics.append(
                error(codes.UNCLOSED_BRACKET, message, self.span(opening), labels=labels, hint=hint)
            )
            raise Unreadable
        raise self.failure_after_node(token, "`->` or `)`")
