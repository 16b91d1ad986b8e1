"""Lines of text with holes, and how these are filled: with the user's expressions, items and code downstream."""

from __future__ import annotations

import ast

from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.inline import Applied
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.operators.record.emission import Lines


class Holes:
    """The holes in one operator's lines: names that stand for code that the operator cannot know."""

    def __init__(self, position: Position) -> None:
        self.position = position
        self._expressions: dict[str, Applied] = {}
        self._statements: dict[str, list[ast.stmt]] = {}

    def expression(self, applied: Applied) -> str:
        """A name that stands for an expression."""
        if isinstance(applied.value, ast.Name) and not applied.before:
            return applied.value.id
        name = f"hole_{len(self._expressions)}_"
        self._expressions[name] = applied
        return name

    def statements(self, body: list[ast.stmt]) -> str:
        """A line that stands for statements."""
        name = f"code_{len(self._statements)}_"
        self._statements[name] = body
        return name

    def parsed(self, text: str) -> Applied:
        """The expression of a text, its holes filled."""
        if text in self._expressions:
            return self._expressions[text]
        before: list[ast.stmt] = []
        value = self._fill_expression(self.position.set_all(ast.parse(text, mode="eval").body), before)
        return Applied(before=before, value=value)

    def filled(self, lines: Lines) -> list[ast.stmt]:
        """The statements of lines, all holes filled, every node with a place in the user's text."""
        return self._fill_block(ast.parse("\n".join(lines)).body) if lines else []

    def _fill_block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        filled: list[ast.stmt] = []
        for statement in statements:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name):
                body = self._statements.get(statement.value.id)
                if body is not None:
                    filled += body
                    continue
            self.position.set(statement)
            before: list[ast.stmt] = []
            for field in statement._fields:
                content = getattr(statement, field)
                if isinstance(content, ast.expr):
                    setattr(statement, field, self._fill_expression(self.position.set_all(content), before))
                elif isinstance(content, list) and content:
                    if isinstance(content[0], ast.stmt):
                        block = self._fill_block(content)
                        setattr(statement, field, block or [self.position.set(ast.Pass())])
                    elif isinstance(content[0], ast.ExceptHandler):
                        for handler in content:
                            self.position.set(handler)
                            handler.type = self._fill_expression(self.position.set_all(handler.type), before)
                            handler.body = self._fill_block(handler.body)
                    else:
                        setattr(
                            statement,
                            field,
                            [self._fill_expression(self.position.set_all(part), before) for part in content],
                        )
            filled += before
            filled.append(statement)
        return filled

    def _fill_expression(self, node: ast.expr, before: list[ast.stmt]) -> ast.expr:
        if isinstance(node, ast.Name):
            applied = self._expressions.get(node.id)
            if applied is None:
                return node
            before += applied.before
            return inline.copied(applied.value, {})
        for field in node._fields:
            content = getattr(node, field)
            if isinstance(content, ast.expr):
                setattr(node, field, self._fill_expression(content, before))
            elif isinstance(content, list):
                setattr(
                    node,
                    field,
                    [self._fill_expression(part, before) if isinstance(part, ast.expr) else part for part in content],
                )
                for part in content:
                    if isinstance(part, ast.keyword):
                        part.value = self._fill_expression(part.value, before)
        return node
