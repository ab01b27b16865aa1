"""Finds, in Python source, text that Textual or rich would read as markup although it is data."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

MARKUP_WIDGETS = frozenset(
    {"Static", "Label", "Button", "Checkbox", "RadioButton", "ToggleButton", "Tooltip"}
    | {"OptionList", "Option", "SelectionList", "Selection", "Select"}
    | {"Tab", "Tabs", "TabPane", "Collapsible"}
)
"""Classes whose str arguments are parsed as markup."""

CONTENT_KEYWORDS = frozenset({"content", "label", "title", "prompt", "options", "renderable"})
CONTENT_TYPES = frozenset({"Content", "Text", "Widget", "VisualType", "RenderableType"})
RENDERING_METHODS = frozenset(
    {"update", "write", "panic", "set_label", "add", "add_leaf"}
    | {"add_row", "add_column", "add_columns", "update_cell", "update_cell_at"}
    | {"add_option", "add_options", "set_options", "replace_option_prompt"}
)
RENDERED_ATTRIBUTES = frozenset({"border_title", "border_subtitle", "tooltip", "label", "prompt"})
STR_MAKERS = frozenset({"str", "safe", "repr", "format", "redact", "safe_path", "safe_json"})
STR_METHODS = frozenset(
    {"format", "join", "strip", "replace", "title", "upper", "lower", "removesuffix"}
)
FORBIDDEN_NAMES = frozenset({"Markdown", "MarkdownViewer"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One unsafe form, and where it is."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass
class Names:
    """What is known of the names in one scope: "safe", "str" or nothing."""

    kinds: dict[str, str] = field(default_factory=dict)

    def kind(self, name: str) -> str:
        return self.kinds.get(name, "")


def check_file(path: Path, returns: dict[str, str]) -> list[Finding]:
    """All unsafe forms in a file; `returns` maps a function's name to its return annotation."""
    return check_source(path.read_text(), path, returns)


def check_source(source: str, path: Path, returns: dict[str, str]) -> list[Finding]:
    """All unsafe forms in a source text."""
    return list(_Checker(path, returns).findings(ast.parse(source)))


def annotated_returns(paths: Iterable[Path]) -> dict[str, str]:
    """The return annotation of every function; none for a name with two different ones."""
    returns: dict[str, str] = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                annotation = ast.unparse(node.returns) if node.returns else ""
                known = returns.setdefault(node.name, annotation)
                if known != annotation:
                    returns[node.name] = ""
    return returns


class _Checker:
    def __init__(self, path: Path, returns: dict[str, str]) -> None:
        self._path = path
        self._returns = returns
        self._widgets = MARKUP_WIDGETS
        self._methods = RENDERING_METHODS

    def findings(self, tree: ast.Module) -> Iterator[Finding]:
        self._widgets = (MARKUP_WIDGETS - _foreign_names(tree)) | _subclasses(tree)
        self._methods = RENDERING_METHODS - ({"write"} if _has_driver(tree) else set())
        yield from self._scope(tree, Names())

    def _scope(self, scope: ast.AST, outer: Names) -> Iterator[Finding]:
        names = Names(dict(outer.kinds))
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._learn_parameters(scope.args, names)
        inside = list(_own_nodes(scope))
        self._learn_assignments(inside, names)
        for node in inside:
            yield from self._node(node, names)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                yield from self._scope(node, names)

    def _learn_parameters(self, arguments: ast.arguments, names: Names) -> None:
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            names.kinds[argument.arg] = _kind_of_type(annotation)

    def _learn_assignments(self, nodes: list[ast.AST], names: Names) -> None:
        values: dict[str, list[ast.expr]] = {}
        for node in nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        values.setdefault(target.id, []).append(node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.kinds[node.target.id] = _kind_of_type(ast.unparse(node.annotation))
                if node.value is not None and names.kinds[node.target.id] != "safe":
                    values.setdefault(node.target.id, []).append(node.value)
        for name, found in values.items():
            if all(self._is_safe(value, names) for value in found):
                names.kinds[name] = "safe"
            elif any(self._is_str(value, names) for value in found):
                names.kinds[name] = "str"

    def _node(self, node: ast.AST, names: Names) -> Iterator[Finding]:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in FORBIDDEN_NAMES:
                    yield self._finding(node, f"{alias.name} renders data as markup")
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if _is_rendered(target) and self._is_str(node.value, names):
                    assert isinstance(target, ast.Attribute)
                    yield self._finding(node, f"a str as {target.attr}: wrap it in Content(...)")
        elif isinstance(node, ast.Call):
            yield from self._call(node, names)

    def _call(self, call: ast.Call, names: Names) -> Iterator[Finding]:
        name = _called(call)
        for keyword in call.keywords:
            true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            if keyword.arg == "markup" and true:
                yield self._finding(call, "markup=True: data would be parsed")
        shows = bool(call.args or call.keywords)  # a Condition's notify() has no message
        if name == "notify" and shows and self._path.name != "notices.py":
            yield self._finding(call, "notify: use interface.notices.notice")
        elif name == "from_markup" and not (call.args and _is_literal(call.args[0])):
            yield self._finding(call, "from_markup takes a literal; data goes in as variables")
        elif name in self._widgets:
            for value in _contents(call):
                if not self._is_safe(value, names):
                    what = f"{name}({ast.unparse(value)[:40]}): wrap it in Content(...)"
                    yield self._finding(call, what)
        elif name in self._methods and _is_method_of_a_widget(call.func):
            for value in call.args:
                if self._is_str(value, names):
                    what = f".{name}({ast.unparse(value)[:40]}): wrap it in Content or Text"
                    yield self._finding(call, what)

    def _is_safe(self, value: ast.expr, names: Names) -> bool:
        """Whether an expression is a literal, or surely no str."""
        if _is_literal(value):
            return True
        match value:
            case ast.Name(id=name):
                return names.kind(name) == "safe"
            case ast.Attribute(attr=name):
                return name.isupper()
            case ast.IfExp(body=body, orelse=orelse):
                return self._is_safe(body, names) and self._is_safe(orelse, names)
            case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
                return all(self._is_safe(one, names) for one in values)
            case ast.Starred(value=inner):
                return self._is_safe(inner, names)
            case ast.ListComp(elt=one) | ast.GeneratorExp(elt=one):
                return self._is_safe(one, names)
            case ast.Call():
                return self._is_safe_call(value)
        return False

    def _is_safe_call(self, call: ast.Call) -> bool:
        """A constructor (checked by itself), a method of Content or Text, or a typed function."""
        name = _called(call)
        if name[:1].isupper():
            return True
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id in ("Content", "Text"):
            return True
        return _kind_of_type(self._returns.get(name, "")) == "safe"

    def _is_content(self, value: ast.expr, names: Names) -> bool:
        """Whether an expression is surely a Content or Text."""
        return not isinstance(value, ast.Constant) and self._is_safe(value, names)

    def _is_str(self, value: ast.expr, names: Names) -> bool:
        """Whether an expression is surely a str that is not a literal."""
        match value:
            case ast.JoinedStr():
                return any(isinstance(part, ast.FormattedValue) for part in value.values)
            case ast.BinOp(left=left, right=right):
                parts = (left, right)
                return any(_is_literal_str(p) or self._is_str(p, names) for p in parts) and not (
                    _is_literal(value)
                )
            case ast.Name(id=name):
                return names.kind(name) == "str"
            case ast.IfExp(body=body, orelse=orelse):
                return self._is_str(body, names) or self._is_str(orelse, names)
            case ast.Starred(value=inner):
                return self._is_str(inner, names)
            case ast.Call():
                name = _called(value)
                method = isinstance(value.func, ast.Attribute)
                if name in STR_MAKERS and not method:
                    return True
                if name in STR_METHODS and method:
                    assert isinstance(value.func, ast.Attribute)
                    return not self._is_content(value.func.value, names)
                return _kind_of_type(self._returns.get(name, "")) == "str"
        return False

    def _finding(self, node: ast.AST, what: str) -> Finding:
        return Finding(self._path, getattr(node, "lineno", 0), what)


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the functions and classes in it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _foreign_names(tree: ast.Module) -> set[str]:
    """Names that a file defines itself or takes from elsewhere than Textual."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("textual"):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def _subclasses(tree: ast.Module) -> set[str]:
    """Classes of a file that take the arguments of a markup-parsing widget as they are."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
            own = any(isinstance(n, ast.FunctionDef) and n.name == "__init__" for n in node.body)
            if bases & (MARKUP_WIDGETS | found) and not own:
                found.add(node.name)
    return found


def _is_rendered(target: ast.expr) -> bool:
    """Whether assigning to `target` shows the value; a class's own `self.label` need not."""
    if not isinstance(target, ast.Attribute) or target.attr not in RENDERED_ATTRIBUTES:
        return False
    own = isinstance(target.value, ast.Name) and target.value.id == "self"
    return not (own and target.attr in ("label", "prompt"))


def _is_method_of_a_widget(function: ast.expr) -> bool:
    """Whether a method may be a widget's, and is not that of a standard stream."""
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value
    return not (isinstance(owner, ast.Attribute) and owner.attr in ("stderr", "stdout"))


def _has_driver(tree: ast.Module) -> bool:
    """Whether a module has a driver: what that writes goes to the terminal as it is."""
    bases = [base for node in tree.body if isinstance(node, ast.ClassDef) for base in node.bases]
    return any(ast.unparse(base).endswith("Driver") for base in bases)


def _called(call: ast.Call) -> str:
    """The last name of what is called; of `DataTable[str](...)` too."""
    function = call.func.value if isinstance(call.func, ast.Subscript) else call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _contents(call: ast.Call) -> list[ast.expr]:
    """The arguments of a widget that are shown."""
    shown = [keyword.value for keyword in call.keywords if keyword.arg in CONTENT_KEYWORDS]
    name = _called(call)
    positional = (
        call.args[:1] if name in ("Select", "Option", "Selection", "TabPane") else call.args
    )
    return [*positional, *shown]


def _is_literal(value: ast.expr) -> bool:
    """A constant, also one that is written in several pieces."""
    if isinstance(value, ast.BinOp):
        return _is_literal(value.left) and _is_literal(value.right)
    return isinstance(value, ast.Constant)


def _is_literal_str(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _kind_of_type(annotation: str) -> str:
    """What an annotation promises: "safe" for renderables, "str" for str."""
    plain = annotation.strip("'\"").replace(" | None", "").replace("Final", "")
    last = plain.rpartition(".")[2]
    if plain in ("str", "[str]"):
        return "str"
    inner = plain.partition("[")[2].removesuffix("]")
    return "safe" if last in CONTENT_TYPES or inner in CONTENT_TYPES else ""
