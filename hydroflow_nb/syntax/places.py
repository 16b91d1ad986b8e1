"""Where the parts of a system run: `@place`, and the arrow `~>` to another place."""

from __future__ import annotations

import ast
from difflib import get_close_matches
from typing import Final

from hydroflow_nb.expressions import TypeArgument
from hydroflow_nb.locations import Crossing, DeclaredLocation, LocationReference, Route
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.arguments import read_arguments, read_generics
from hydroflow_nb.syntax.calls import CallReader
from hydroflow_nb.syntax.patterns import binding_name
from hydroflow_nb.syntax.reader import Unreadable
from hydroflow_nb.syntax.scanner import Kind, Token

# Forms of expressions whose value is never a type.
_NO_TYPES: Final = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict)
_ROUTES: Final = "the routes are `.all`, `.others`, `.next` and `.by(|item| key)`"


class PlaceReader(CallReader):
    """The rules for locations and crossings. `locations` are those that were declared so far."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.locations: list[DeclaredLocation] = []

    def location(self) -> LocationReference | None:
        """`@name`, if it comes next."""
        if self.scanner.peek().text != "@":
            return None
        sign = self.scanner.advance()
        name = self.scanner.peek()
        # `@ map(f)` is a call that stands apart from the sign.
        is_call = name.start > sign.end and self.source.text.startswith("(", name.end)
        if name.kind is not Kind.NAME or is_call:
            found = f"`{name.text}(...)`" if is_call else name.shown
            message = f"expected the name of a location after `@`, found {found}"
            example = f"@{self.locations[0].name}" if self.locations else "@server"
            raise self.failure(codes.NO_LOCATION_NAME, message, self.span(sign), f"write `{example}`")
        self.scanner.advance()
        return LocationReference(span=self.span(sign).to(self.span(name)), name=binding_name(name.text))

    def placed_before(self) -> LocationReference | None:
        """`@name` before what runs there, if it comes next. A route behind it is reported, and passed."""
        location = self.location()
        if location is not None and self.scanner.peek().text == ".":
            start = self.scanner.peek().start
            route = self.pass_route()
            message = f"`{route}` chooses who is sent an item, and what follows runs at all of `{location.span.text}`"
            span = self.source.span(start, self.scanner.previous_end)
            self.report(codes.NO_ROUTE, message, span, f"write `{location.span.text}`")
        return location

    def pass_route(self) -> str | None:
        """Go past a route, whatever it is, if one comes next. Returns its text."""
        dot = self.scanner.peek()
        if dot.text != ".":
            return None
        self.scanner.advance()
        if self.scanner.peek().kind is Kind.NAME:
            word = self.scanner.advance()
            if self.source.text.startswith("(", word.end):
                self.skip_arguments(word)
        return self.source.text[dot.start : self.scanner.previous_end]

    def runs_back(self, token: Token) -> bool:
        """Whether a token begins `<~`, the arrow of Bloom."""
        return self.source.text.startswith("<~", token.start)

    def crossing(self, *, inside: str) -> Crossing | None:
        """`~>` with its destination, if it comes next. `inside` names what it must not stand in, empty elsewhere."""
        arrow = self.scanner.peek()
        if arrow.text == "~":
            message, hint = "`~` does not begin an arrow", "an arrow to another place is `~>`"
            raise self.failure(codes.NO_LOCATION_NAME, message, self.span(arrow), hint)
        if self.runs_back(arrow):
            span = self.source.span(arrow.start, arrow.start + 2)
            hint = "write `~>` and swap the two ends"
            raise self.failure(codes.NO_LOCATION_NAME, "a flow runs from left to right", span, hint)
        if arrow.text != "~>":
            return None
        self.scanner.advance()
        span = self.span(arrow)
        if inside:
            message, hint = f"`~>` stands in {inside}", "write it in a statement of its own, and give that a name"
            self.report(codes.CROSSING_INSIDE, message, span, hint)
        destination = self.location()
        route, route_span, key = Route.DIRECT, None, None
        types: tuple[TypeArgument, ...] = ()
        if destination is not None:
            if self.scanner.peek().text == ".":
                dot = self.scanner.advance()
                word = self.scanner.advance()
                found = self._route(dot, word)
                route = found or Route.DIRECT
                arguments = None
                if self.scanner.peek().text == "(":
                    opening = self.scanner.peek()
                    read = read_arguments(self.source, opening.start, self.diagnostics.append, self.misreadings)
                    self.scanner.jump(read.end)
                    arguments = read.items
                route_span = self.source.span(dot.start, self.scanner.previous_end)
                takes_key = route is Route.BY
                if found is None:
                    # What follows an unknown route is not judged.
                    if self.scanner.peek().text == ";":
                        raise Unreadable
                elif takes_key and (arguments is None or len(arguments) != 1):
                    message = "`.by` takes one function, which gives an item's key"
                    self.report(codes.NO_ROUTE, message, route_span, "write `.by(|item| key)`")
                elif arguments is not None and not takes_key:
                    message = f"`.{word.text}` takes no arguments"
                    self.report(codes.NO_ROUTE, message, route_span, f"write `.{word.text}`")
                elif arguments:
                    key = arguments[0]
            types = self._types()
            span = self.source.span(arrow.start, self.scanner.previous_end)
        if self.scanner.peek().text == "->":
            joint = self.scanner.advance()
            if destination is None and self.scanner.peek().text == "@":
                message = "`~>` is followed by its destination"
                raise self.failure(codes.UNEXPECTED, message, self.span(joint), "leave out the `->`")
        return Crossing(
            span=span,
            arrow=self.span(arrow),
            destination=destination,
            route=route,
            route_span=route_span,
            key=key,
            types=types,
        )

    def _route(self, dot: Token, word: Token) -> Route | None:
        """The route that is meant; None for an unknown one, which is reported."""
        known = [route.value for route in Route if route]
        if word.text in known:
            return Route(word.text)
        meant = get_close_matches(word.text, known, 1)
        hint = f"did you mean `.{meant[0]}`? {_ROUTES}" if meant else _ROUTES
        found = f"`.{word.text}`" if word.kind is Kind.NAME else word.shown
        self.report(codes.NO_ROUTE, f"there is no route {found}", self.span(dot).to(self.span(word)), hint)
        return None

    def _types(self) -> tuple[TypeArgument, ...]:
        """`::<Type>` behind a destination, if it comes next."""
        if self.scanner.peek().text != "::":
            return ()
        self.scanner.advance()
        token = self.scanner.peek()
        if token.text != "<":
            message = f"expected `<` after `::`, found {token.shown}"
            raise self.failure(codes.WRONG_GENERICS, message, self.span(token), "write `::<Type>`")
        generics = read_generics(self.source, token.start, self.diagnostics.append)
        self.scanner.jump(generics.end)
        for lifetime in generics.lifetimes:
            self.report(codes.WRONG_GENERICS, "a message has no lifetime", lifetime.span, "write the type alone")
        if len(generics.type_arguments) > 1:
            span = generics.type_arguments[1].span
            self.report(codes.WRONG_GENERICS, "a channel has one type", span, "join several types: `::<Ask | Tell>`")
        for written in generics.type_arguments[:1]:
            if isinstance(written.node, _NO_TYPES) and written.span.text != "None":
                message, hint = f"`{written.span.text}` is not a type", "write a class, or for example `list[int]`"
                self.report(codes.WRONG_GENERICS, message, written.span, hint)
        return generics.type_arguments[:1]
