"""The settings file: what people write, however wrong, is taken or told in a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fttui.storage.settings import Settings, SettingsError, load_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "settings"
    folder.mkdir(mode=0o700)
    return folder / "config.toml"


def loaded(path: Path, text: str | bytes) -> Settings:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(0o600)
    return load_settings(path)


def test_no_file_means_the_defaults(path: Path) -> None:
    assert load_settings(path) == Settings()


def test_everything_that_can_be_set_is_read(path: Path) -> None:
    settings = loaded(
        path,
        """
profile = "mine"
theme = "nord"
clipboard = "file"
notify = false
direct_upload_mb = 512
[profiles.mine]
base_url = "https://models.example/v1"
suffix_limit = 64
[prices]
as_of = "2026-11-22"
"a-model" = 5
[keymap]
"jobs.copy" = "f9"
""",
    )
    assert (settings.profile, settings.theme, settings.clipboard) == ("mine", "nord", "file")
    assert (settings.notify, settings.direct_upload_mb) == ((), 512)
    assert settings.profiles["mine"].base_url == "https://models.example/v1"
    assert settings.profiles["mine"].name == "mine"
    assert settings.profiles["mine"].suffix_limit == 64
    assert "openai" in settings.profiles
    assert settings.prices == {"a-model": 5.0}
    assert settings.prices_as_of == "2026-11-22"
    assert settings.keymap == {"jobs.copy": "f9"}
    assert settings.warnings == ()


def test_the_ways_to_be_told_are_a_subset_or_all_or_none(path: Path) -> None:
    assert Settings().notify == ("bell", "title", "osc9")
    assert loaded(path, "notify = true").notify == Settings().notify
    assert loaded(path, "notify = ['osc9', 'bell']").notify == ("bell", "osc9")
    assert loaded(path, "on_finish = ['notify-send', 'a b']").on_finish == ("notify-send", "a b")


def test_a_byte_order_mark_is_accepted(path: Path) -> None:
    assert loaded(path, b'\xef\xbb\xbftheme = "nord"\n').theme == "nord"


def test_what_is_not_known_is_a_warning(path: Path) -> None:
    settings = loaded(path, "colour = 1\n[profiles.x]\nname = 'y'\n")
    assert [warning.partition(": ")[2] for warning in settings.warnings] == [
        "unknown setting 'name' is ignored.",
        "unknown setting 'colour' is ignored.",
    ]
    assert settings.profiles["x"].name == "x"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = ", "is not valid TOML: "),
        ("a = " + "[" * 100_000, "is nested too deeply"),
        ("a = " + "{a=" * 80_000, "is nested too deeply"),
        ("a = " + "1" * 5_000, "is not valid TOML: "),
        ("a = 2026-13-45", "is not valid TOML: "),
        ("# é".encode("latin-1"), "is not UTF-8"),
        ("x = 1\na" + ".a" * 51 + " = 1", "has over 50 dots in line 2"),
        ("#" * 256_001, "it is longer than 256,000 bytes"),
        ("theme = 1", "theme must be of type str"),
        ("notify = 1", "notify must be true, false or a list of \"bell\", \"title\", \"osc9\"."),
        ("notify = ['bel']", "\"osc9\", not 'bel'."),
        ("on_finish = 'x'", "on_finish must be a list of texts"),
        ("on_finish = ['x', 1]", "on_finish must be a list of texts"),
        ("on_finish = [' ']", "on_finish must be a list of texts"),
        ('on_finish = ["x", "a\\u0000"]', "on_finish must be a list of at most 100 texts"),
        ("direct_upload_mb = true", "direct_upload_mb must be of type int"),
        ("direct_upload_mb = 1.5", "direct_upload_mb must be of type int"),
        ("direct_upload_mb = -1", "direct_upload_mb must be from 0 to 512"),
        ("direct_upload_mb = 513", "direct_upload_mb must be from 0 to 512"),
        ("[profiles.x]\nsuffix_limit = 0", "suffix_limit must be from 1 to 64"),
        ("[profiles.x]\nsuffix_limit = 65", "suffix_limit must be from 1 to 64"),
        ('[profiles.x]\nproject = "caf\u00e9"', "project must be a text of plain characters"),
        ('[profiles.x]\napi_key_env = "sk a"', "api_key_env must be the name of an environment"),
        ("profiles = 1", "profiles must be a table"),
        ("[profiles]\nx = 1", "profiles.x must be a table"),
        ("prices = []", "prices must be a table"),
        ("keymap = 1", "keymap must be a table"),
        *(
            (f"[prices]\nm = {price}", "prices.m must be a number of US dollars, from 0 to 1,000,")
            for price in (
                "inf", "-inf", "nan", "-0.01", "1e400", "true", "'5'", "1000001", "1" + "0" * 400,
            )
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_sentence_that_names_it(
    path: Path, text: str | bytes, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(path, text)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < 400


def test_the_ends_of_each_range_are_taken(path: Path) -> None:
    text = "direct_upload_mb = 0\n[profiles.x]\nsuffix_limit = 1\n[prices]\na = 0\nb = 1000000\n"
    settings = loaded(path, text + "# " + "." * 60 + "\nc" + " " * 1000 + "= 0." + "0" * 40)
    assert settings.direct_upload_mb == 0
    assert settings.profiles["x"].suffix_limit == 1
    assert settings.prices == {"a": 0.0, "b": 1_000_000.0, "c": 0.0}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "cannot be read: it is a folder"),
        (os.mkfifo, "cannot be read: it is a named pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "cannot be read: it is a device"),
        (lambda path: path.symlink_to(path), "cannot be read: its links lead in a circle"),
    ],
)
def test_what_is_no_file_is_told_at_once(
    path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(path)
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert words in str(caught.value)


def test_a_name_that_is_none_is_told(path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be the path of a file"):
        load_settings(path.with_name("a\0b"))


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_can_change_is_warned_of(path: Path, mode: int) -> None:
    loaded(path, "")
    path.chmod(mode)
    (warning,) = load_settings(path).warnings
    assert "can be changed by other users" in warning
    assert f"chmod go-w {path}" in warning


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_in_which_others_can_replace_it_is_warned_of(path: Path, mode: int) -> None:
    loaded(path, "")
    path.parent.chmod(mode)
    (warning,) = load_settings(path).warnings
    assert "can be replaced by other users" in warning
    path.parent.chmod(mode | 0o1000)
    assert load_settings(path).warnings == ()


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400])
def test_a_file_that_others_can_only_read_is_fine(path: Path, mode: int) -> None:
    loaded(path, "")
    path.chmod(mode)
    assert load_settings(path).warnings == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give away")
def test_a_file_of_another_user_is_warned_of_but_not_one_of_root(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(path, "")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for owner in (0, 1000):
        os.chown(path, owner, -1)
        assert load_settings(path).warnings == ()
    os.chown(path, 12345, -1)
    (warning,) = load_settings(path).warnings
    assert "belongs to another user" in warning


def test_a_profile_that_no_name_tells_from_another_is_left_out(path: Path) -> None:
    names = [f"{'a' * 70}1", f"{'a' * 70}2", "", "Lab", "lab", "lab "]
    path.write_text("".join(f'[profiles."{name}"]\ndefault_model = "{name}"\n' for name in names))
    settings = load_settings(path)
    assert [*settings.profiles] == ["openai", names[0], "Lab", "lab", "lab "]
    assert len({one.name for one in settings.profiles.values()}) == 5
    assert len([one for one in settings.warnings if "is left out" in one]) == 2
