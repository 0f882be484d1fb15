"""The project's own files, as the tests of architecture read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "campaigns"
TEMPLATES = PROJECT / "templates"
STATIC = PROJECT / "static"
TESTS = PROJECT / "tests"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A Python file and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path in the project."""
        return self.path.relative_to(PROJECT).as_posix()

    def at(self, node: ast.AST) -> str:
        """Where a node stands, for a message."""
        return f"{self.name}:{getattr(node, 'lineno', 0)}"

    def functions(self) -> Iterator[Function]:
        """Every function in it, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def calls(self) -> Iterator[ast.Call]:
        """Every call in it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node


@cache
def modules(folder: Path) -> tuple[Module, ...]:
    """Every Python file below a folder, but migrations, which never change once written."""
    return tuple(
        Module(path, text := path.read_text(encoding="utf-8"), ast.parse(text))
        for path in sorted(folder.rglob("*.py"))
        if "versions" not in path.parts
    )


def called(call: ast.Call) -> str:
    """The last name of what is called: `commit` for `db.session.commit()`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def decorators(function: Function) -> Iterator[tuple[str, ast.expr]]:
    """The last name of each decorator of a function, and the decorator."""
    for decorator in function.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(target, ast.Attribute):
            yield target.attr, decorator
        elif isinstance(target, ast.Name):
            yield target.id, decorator


def string_constants(module: Module) -> Iterator[str]:
    """Every string in a module, parts of f-strings too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def templates() -> list[str]:
    """The name of every template."""
    return sorted(
        path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file()
    )


def pages() -> list[str]:
    """The name of every template that is not a mail's: a mail's HTML has rules of its own."""
    return [name for name in templates() if not name.startswith("mail/") and name.endswith(".html")]
