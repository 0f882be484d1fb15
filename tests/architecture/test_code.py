"""Rules of the code that no linter knows."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import (
    PACKAGE,
    PROJECT,
    TESTS,
    Function,
    Module,
    called,
    decorators,
    modules,
)

# Who may end a transaction: what answers requests, commands and the worker.
EDGES = frozenset({"views.py", "console.py", "jobs.py", "cli.py", "worker.py"})
MORE_EDGES = frozenset(
    {
        "campaigns/accounts/securing.py",
        "campaigns/accounts/setup.py",
        "campaigns/backups.py",
        "campaigns/cases/article_pages.py",
        "campaigns/cases/retraction_pages.py",
        "campaigns/dashboard/detainees.py",
        "campaigns/dashboard/entering.py",
        "campaigns/dashboard/hearings.py",
        "campaigns/dashboard/inbox.py",
        "campaigns/dashboard/making.py",
        "campaigns/dashboard/news.py",
        "campaigns/dashboard/parts.py",
        "campaigns/dashboard/purging.py",
        "campaigns/dashboard/retries.py",
        "campaigns/dashboard/runs.py",
        "campaigns/dashboard/states.py",
        "campaigns/dashboard/withdrawing.py",
        "campaigns/mail/delivery.py",
        "campaigns/public/my_signature.py",
        "campaigns/public/preferences.py",
        "campaigns/public/signing.py",
    }
)
# Where organisers change something, and what puts it on record; showing who one is changes nothing.
ORGANISERS_PAGES = re.compile(
    r"campaigns/(accounts/(securing|views)|\w+/console|cases/(article|retraction)_pages|dashboard/\w+)\.py"
)
RECORDING = frozenset({"audit", "record_entry", "sign_in", "sign_out", "note_verified"})
OUTERMOST = frozenset({"campaigns/app.py", "campaigns/cli.py", "campaigns/worker.py"})
MEANINGLESS = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})
LONGEST_FILE = 499
LONGEST_FUNCTION = 50
MOST_STATEMENTS_OF_A_VIEW = 20
ROUTE_DECORATORS = frozenset({"get", "post", "route"})
GETTEXT = frozenset({"_", "_l", "gettext", "lazy_gettext", "ngettext", "lazy_ngettext"})
# What a test may say instead of `assert`.
ASSERTING = re.compile(r"^(assert_|check_|expect|raises$|fail$|warns$)")


def test_only_edges_commit() -> None:
    assert not [
        module.at(call)
        for module in modules(PACKAGE)
        if module.path.name not in EDGES and module.name not in MORE_EDGES
        for call in module.calls()
        if called(call) == "commit"
    ]


def test_what_organisers_change_is_put_on_record() -> None:
    pages = [module for module in modules(PACKAGE) if ORGANISERS_PAGES.fullmatch(module.name)]
    changing = [
        (module.at(function), names)
        for module in pages
        for function in module.functions()
        if "commit" in (names := _names_called_in(function))
    ]
    assert len(changing) > 30
    assert not [place for place, names in changing if not names & RECORDING]


def test_only_the_outermost_modules_import_the_edges_of_a_room() -> None:
    trespassing = []
    for module in modules(PACKAGE):
        room = module.path.parent.name
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ImportFrom) or module.name in OUTERMOST:
                continue
            found = re.fullmatch(r"campaigns\.(\w+)\.(\w+)", node.module or "")
            if found and f"{found[2]}.py" in EDGES and found[1] != room:
                trespassing.append(module.at(node))
    assert not trespassing


def test_queries_are_written_in_the_style_of_sqlalchemy_2() -> None:
    assert not [
        module.at(node)
        for module in modules(PACKAGE)
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Call) and called(node) == "query")
        or re.match(r"[\w.]+\.query\.", ast.unparse(node) if isinstance(node, ast.Call) else "")
    ]


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [
        module.name
        for module in (*modules(PACKAGE), *modules(TESTS))
        if {module.path.stem, *module.path.parent.parts} & MEANINGLESS
    ]


def test_files_stay_small() -> None:
    assert not {
        module.name: lines
        for module in (*modules(PACKAGE), *modules(TESTS))
        if (lines := module.text.count("\n")) > LONGEST_FILE
    }


def test_functions_stay_small() -> None:
    assert not {
        module.at(function): lines
        for module in (*modules(PACKAGE), *modules(TESTS))
        for function in module.functions()
        if (lines := _length(function)) > LONGEST_FUNCTION
    }


def test_a_view_does_little_itself() -> None:
    assert not {
        module.at(view): statements
        for module, view in _views()
        if (statements := _statements(view)) > MOST_STATEMENTS_OF_A_VIEW
    }


def test_reading_and_changing_are_two_functions() -> None:
    both = []
    for module, view in _views():
        for _, decorator in decorators(view):
            methods = {
                node.value
                for node in ast.walk(decorator)
                if isinstance(node, ast.Constant) and node.value in ("GET", "POST")
            }
            if len(methods) > 1:
                both.append(module.at(view))
    assert not both


def test_what_is_translated_is_a_plain_string() -> None:
    """gettext finds constants only: a text put together first would never be translated."""
    assert not [
        module.at(call)
        for module in modules(PACKAGE)
        for call in module.calls()
        if called(call) in GETTEXT
        for text in call.args[: 2 if "ngettext" in called(call) else 1]
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str))
    ]


def test_no_test_asserts_nothing() -> None:
    assert not [
        module.at(function)
        for module in modules(TESTS)
        if module.path.name.startswith("test_")
        for function in module.functions()
        if function.name.startswith("test_") and not _asserts(function, module)
    ]


def test_no_test_puts_a_mock_in_the_place_of_our_code() -> None:
    assert not [
        module.at(node)
        for module in modules(TESTS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "mock" in ast.unparse(node).lower().split(".")
    ]


def test_the_package_itself_is_empty_on_purpose() -> None:
    assert (PACKAGE / "__init__.py").read_text() == ""


def test_there_is_a_changelog_a_licence_and_a_guide_for_contributors() -> None:
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md"):
        assert (PROJECT / name).stat().st_size > 200, name


def _names_called_in(function: Function) -> frozenset[str]:
    return frozenset(called(node) for node in ast.walk(function) if isinstance(node, ast.Call))


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _statements(function: Function) -> int:
    inside = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
    documented = ast.get_docstring(function) is not None
    return len(inside) - 1 - documented


def _views() -> Iterator[tuple[Module, Function]]:
    for module in modules(PACKAGE):
        for function in module.functions():
            if any(name in ROUTE_DECORATORS for name, _ in decorators(function)):
                yield module, function


def _asserts(function: Function, module: Module) -> bool:
    """Whether a function asserts something itself, or through others of its module."""
    of_this_module = {other.name: other for other in module.functions()}
    waiting, seen = [function], set()
    while waiting:
        current = waiting.pop()
        seen.add(current.name)
        for node in ast.walk(current):
            if isinstance(node, ast.Assert):
                return True
            if isinstance(node, ast.Call):
                if ASSERTING.match(called(node)):
                    return True
                if (other := of_this_module.get(called(node))) and other.name not in seen:
                    waiting.append(other)
    return False
