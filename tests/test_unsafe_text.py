"""No source of the interface hands data to something that reads it as markup."""

from pathlib import Path

import pytest
from tests.unsafe_text import annotated_returns, check_file, check_source

SOURCE = Path(__file__).parents[1] / "src/fttui"
INTERFACE = sorted((SOURCE / "interface").rglob("*.py"))


def test_the_interface_wraps_data_before_it_shows_it() -> None:
    returns = annotated_returns(INTERFACE)
    found = [str(one) for path in INTERFACE for one in check_file(path, returns)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    "unsafe",
    [
        "Static(f'job {name}')",
        "Label(job.name)",
        "Button(str(x))",
        "Static(safe(x))",
        "Static('a' + b)",
        "Static(' '.join(names))",
        "OptionList(*[job.name for job in jobs])",
        "def f(title: str): return Label(title)",
        "def f(x):\n    text = f'{x}'\n    return Static(text)",
        "TabPane(name, id='x')",
        "Collapsible(title=name)",
        "Option(name, id='x')",
        "self.notify('done')",
        "app.notify(message)",
        "Static('x', markup=True)",
        "Content.from_markup(f'[b]{x}[/b]')",
        "Content.from_markup(text)",
        "from textual.widgets import Markdown",
        "label.update(f'{x}')",
        "def f(w, text: str): w.update(text)",
        "table.add_row(f'{x}', 'b')",
        "table.add_row(*[str(x)], safe(y))",
        "tree.root.add_leaf(safe(x))",
        "self.border_title = f'jobs {n}'",
        "self.tooltip = safe(x)",
        "button.label = f'{x}'",
        "class Mine(Static): pass\nMine(f'{x}')",
        "def f(log, text: str): log.write(text)",
    ],
)
def test_an_unsafe_form_is_found(unsafe: str) -> None:
    assert check_source(unsafe, Path("x.py"), {"safe": "str"})


@pytest.mark.parametrize(
    "good",
    [
        "Static('literal')",
        "Static()",
        "Static('a' 'b', id=name, classes=f'{x}')",
        "Label(Content(name))",
        "Label(Content(safe(name)) if name else 'none')",
        "Button(Text(name), id='x')",
        "Static(Content.from_markup('[b]$name[/b]', name=name))",
        "Static(Content.assemble(('a', 'b'), name))",
        "def f(text: Content): return Static(text)",
        "def f(x):\n    text = Content(x)\n    return Static(text)",
        "OptionList(*[Option(Content(j.name), id=j.id) for j in jobs])",
        "Static(describe(job))",
        "TITLE = 'x'\nclass A:\n    def f(self): return Static(TITLE)",
        "label.update(Content(name))",
        "known.update({'a': 1})",
        "known.update(other)",
        "digest.update(chunk)",
        "table.add_row(Text(x), Text(y), key=x)",
        "file.write(data)",
        "condition.notify()",
        "sys.stderr.write(f'{x}')",
        "label.update(Content(' ').join(parts))",
        "from mine import Selection\nSelection(jobs)",
        "self.border_title = Content(name)",
        "Checkbox('Yes', value=True)",
        "class Mine(LinuxDriver):\n    def write(self, data: str): super().write(data)",
    ],
)
def test_a_good_form_passes(good: str) -> None:
    assert not check_source(good, Path("x.py"), {"describe": "Content"})


def test_the_one_place_for_toasts_may_notify() -> None:
    assert not check_source("app.notify(safe(x), markup=False)", Path("notices.py"), {})
