"""What is copied of a job can be pasted as it is, holds no key, and nothing in it acts."""

import ast
import json
import shlex
import subprocess
from dataclasses import replace

import pytest

from fttui.services.copy_texts import CopyText, copy_texts, shell_word
from fttui.services.endpoint.address import resolve_endpoint
from fttui.services.endpoint.models import Job
from fttui.services.job_page import job_page
from fttui.storage.settings import Profile, Settings

KEY = "sk-proj-abcdefghijklmnop"
HOSTILE = "x'; touch /tmp/owned; $(id) `id` \" \\ \n\x1b]0;t\x07é"
PROFILE = Profile(
    name="mine",
    base_url="https://models.example/v1",
    api_key_env="MY_KEY",
    extra_headers={"X-Team": "it's", "X-Trace": "env:TRACE"},
    extra_query={"api-version": "2026 a", "token": "env:TRACE"},
    training_type="Standard",
)
JOB = Job.read(
    {
        "id": "ftjob-1",
        "model": "gpt-4.1",
        "status": "succeeded",
        "fine_tuned_model": "ft:gpt-4.1:org:desk:1",
        "training_file": "file-a",
        "validation_file": "file-b",
        "result_files": ["file-r"],
        "seed": 7,
        "suffix": "desk",
        "method": {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 3, "beta": "auto"}}},
        "metadata": {"a b": "c'd", "fttui_submission": "x"},
    }
)


def endpoint_of(profile: Profile):
    environ = {"MY_KEY": KEY, "TRACE": "hidden-trace-value", "OPENAI_API_KEY": KEY}
    settings = Settings(profiles={"openai": Profile(), profile.name: profile})
    return resolve_endpoint(settings, environ, profile.name)


def texts(job: Job | None = JOB, profile: Profile = PROFILE) -> dict[str, CopyText]:
    assert job is not None
    return {one.id: one for one in copy_texts([job], endpoint_of(profile))}


def words_of(line: str) -> list[str]:
    """What a shell makes of a line; a `curl` or `fttui` of our own tells it."""
    told = "{ printf '%s\\0' $FUNCNAME \"$@\"; }"
    script = f"curl() {told}; fttui() {told}; {line}"
    environ = {"PATH": "/bin:/usr/bin", "MY_KEY": "THE KEY", "TRACE": "THE TRACE"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=environ, check=True)
    assert done.stderr == b""
    return done.stdout.decode("utf-8", "replace").split("\0")[:-1]


def test_each_part_is_there_as_it_is() -> None:
    found = texts()
    expected = {
        "id": "ftjob-1", "name": "ft:gpt-4.1:org:desk:1", "model": "ft:gpt-4.1:org:desk:1",
        "base": "gpt-4.1", "training": "file-a", "validation": "file-b", "results": "file-r",
    }  # fmt: skip
    assert {name: found[name].text for name in expected} == expected
    assert found["error"].why_not == "It has no error." and not found["error"].text
    keys = [one.key for one in found.values()]
    assert len(set(keys)) == len(keys) and not set(keys) & set("jkq")


def test_the_parameters_are_the_body_of_a_create_call() -> None:
    assert json.loads(texts()["parameters"].text) == {
        "model": "gpt-4.1",
        "training_file": "file-a",
        "validation_file": "file-b",
        "method": {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 3, "beta": "auto"}}},
        "seed": 7,
        "suffix": "desk",
        "metadata": {"a b": "c'd"},
        "trainingType": "Standard",
    }


def test_curl_asks_the_endpoint_with_what_the_profile_sends() -> None:
    assert words_of(texts()["curl"].text) == [
        "curl", "-sS",
        "https://models.example/v1/fine_tuning/jobs/ftjob-1?api-version=2026%20a&token=THE TRACE",
        "-H", "X-Team: it's", "-H", "X-Trace: THE TRACE", "-H", "Authorization: Bearer THE KEY",
    ]  # fmt: skip
    azure = texts(profile=replace(PROFILE, key_header="api-key"))["curl"].text
    assert words_of(azure)[-1] == "api-key: THE KEY" and "Bearer" not in azure
    keyless = texts(profile=replace(PROFILE, api_key="none", api_key_env=""))["curl"].text
    assert "Bearer" not in keyless


def test_fttui_lines_are_whole_commands() -> None:
    assert words_of(texts()["fttui"].text) == ["fttui", "--profile", "mine", "show", "ftjob-1"]
    assert words_of(texts()["create"].text)[1:] == [
        "--profile", "mine", "create", "--model=gpt-4.1", "--training-file=id:file-a",
        "--validation-file=id:file-b", "--method=dpo", "--epochs=3", "--beta=auto", "--seed=7",
        "--suffix=desk", "--metadata=a b=c'd",
    ]  # fmt: skip
    assert texts(profile=Profile())["fttui"].text == "fttui show ftjob-1"


@pytest.mark.parametrize("profile", [PROFILE, Profile(), replace(PROFILE, key_header="api-key")])
def test_python_is_a_program(profile: Profile) -> None:
    program = texts(profile=profile)["python"].text
    compile(program, "pasted", "exec")
    assert "jobs.retrieve(job_id)" in program and f"base_url='{profile.base_url}'" in program


def test_no_key_is_in_anything() -> None:
    for one in texts().values():
        assert KEY not in one.text and "hidden-trace-value" not in one.text
    assert (
        '"${MY_KEY}"' in texts()["curl"].text and "os.environ['MY_KEY']" in texts()["python"].text
    )


def test_hostile_texts_stay_data() -> None:
    assert JOB is not None
    job = replace(JOB, raw_id=HOSTILE, model=HOSTILE, suffix=HOSTILE, metadata={HOSTILE: HOSTILE})
    found = texts(job)
    assert words_of(found["fttui"].text)[-1] == HOSTILE
    assert f"--metadata={HOSTILE}={HOSTILE}" in words_of(found["create"].text)
    assert words_of(found["curl"].text)[2].startswith(
        "https://models.example/v1/fine_tuning/jobs/x%27"
    )
    assert json.loads(found["parameters"].text)["model"] == HOSTILE
    ids = ast.parse(found["python"].text).body[-1].iter  # type: ignore[attr-defined]
    assert ast.literal_eval(ids) == [HOSTILE]
    for name in ("parameters", "curl", "python", "fttui", "create"):
        assert not set("\x1b\x07") & set(found[name].text)
        assert name in ("parameters", "python") or "\n" not in found[name].text


@pytest.mark.parametrize("text", ["", "a b", HOSTILE, "é\x9b", "'"])
def test_a_word_of_a_shell_is_one_word(text: str) -> None:
    assert words_of(f"curl {shell_word(text)}") == ["curl", text]
    assert not text.isprintable() or shlex.split(shell_word(text)) == [text]


def test_of_several_jobs_there_is_a_line_each() -> None:
    assert JOB is not None
    other = replace(JOB, raw_id="ftjob-2", id="ftjob-2")
    found = {one.id: one for one in copy_texts([JOB, other], endpoint_of(PROFILE))}
    assert found["id"].lines == ("ftjob-1", "ftjob-2")
    assert found["base"].lines == ("gpt-4.1",)
    assert len(found["curl"].lines) == len(found["parameters"].lines) == 2
    assert "['ftjob-1', 'ftjob-2']" in found["python"].text


def test_a_job_has_a_page_where_one_is_known() -> None:
    assert JOB is not None
    job = replace(JOB, raw_id="a/b?c\x1b")
    assert job_page(job, endpoint_of(Profile())) == (
        "https://platform.openai.com/finetune/a%2Fb%3Fc%1B"
    )
    assert job_page(job, endpoint_of(PROFILE)) == ""
    mine = replace(PROFILE, job_page="https://m.example/j/{id}?x")
    assert job_page(job, endpoint_of(mine)) == "https://m.example/j/a%2Fb%3Fc%1B?x"
    assert job_page(replace(job, raw_id=""), endpoint_of(mine)) == ""
    assert job_page(replace(job, raw_id="a\udcff"), endpoint_of(mine)).endswith("/a%3F?x")


def test_an_endpoint_without_a_variable_for_its_key_has_the_usual_one_named() -> None:
    bare = Profile(name="mine", base_url="https://models.example/v1")
    assert '"${OPENAI_API_KEY}"' in texts(profile=bare)["curl"].text
    assert "os.environ['OPENAI_API_KEY']" in texts(profile=bare)["python"].text


def test_a_key_within_a_grader_is_not_among_the_parameters() -> None:
    grader = {"type": "python", "source": f"k = '{KEY}'", "graders": [{KEY: KEY}]}
    job = replace(JOB, method="reinforcement", grader=grader)
    text = texts(job)["parameters"].text
    assert KEY not in text and "python" in text


@pytest.mark.parametrize("raw_id", ["--yes", "ft\udcff\ud800", "a b\n;"])
def test_an_id_of_any_kind_is_one_word_and_no_option(raw_id: str) -> None:
    found = texts(replace(JOB, method="reinforcement", raw_id=raw_id))
    words = {name: words_of(found[name].text) for name in ("curl", "fttui", "create")}
    options = raw_id.startswith("-")
    assert words["fttui"][-2:] == ["--" if options else "show", words["fttui"][-1]]
    assert words["create"][-1].startswith("--from=")
    if raw_id.isascii():
        assert words["fttui"][-1] == raw_id and words["create"][-1] == f"--from={raw_id}"
    assert "/fine_tuning/jobs/" in words["curl"][2]
    ast.parse(found["python"].text)
