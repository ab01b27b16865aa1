"""What a server that trains never does: runs graders, takes paths, trusts what is in the folder."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import httpx2
import pytest
from openai import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    OpenAI,
    PermissionDeniedError,
)
from tests.service.serve.conftest import MODEL, Place, make_model

from fttui.server import FolderRefusedError, SandboxConfig, SandboxServer
from fttui.server.folder_models import FolderCatalogue

GRADER = {"type": "python", "name": "g", "source": "def grade(s, i):\n return 1.0"}


def test_only_folders_with_weights_are_models_and_their_ids_may_hold_slashes(place: Place) -> None:
    make_model(place.models, "plain")
    (place.models / "empty").mkdir()
    (place.models / "pickled").mkdir()
    (place.models / "pickled" / "config.json").write_text("{}")
    (place.models / "pickled" / "pytorch_model.bin").write_bytes(b"x")
    make_model(place.models, ".hidden")
    make_model(place.models, "with:colon")
    make_model(place.models, "plain/inside")  # a model's folder is not looked into
    client = place.start()
    listed = list(client.models.list())
    assert [model.id for model in listed] == ["plain", MODEL]
    assert {model.owned_by for model in listed} == {"org-local"}
    assert client.models.retrieve(MODEL).id == MODEL
    for name in ("empty", "pickled", ".hidden", "with:colon", "gpt-4o-mini"):
        with pytest.raises(NotFoundError):
            client.models.retrieve(name)
    with pytest.raises(PermissionDeniedError):
        client.models.delete(MODEL)


def test_a_model_that_comes_or_goes_needs_no_restart(place: Place) -> None:
    client = place.start()
    folder = make_model(place.models, "later")
    assert client.models.retrieve("later").id == "later"
    (folder / "model.safetensors").unlink()
    with pytest.raises(NotFoundError):
        client.models.retrieve("later")


def test_a_link_that_leads_to_itself_hides_no_other_model(place: Place) -> None:
    (place.models / "loop").symlink_to("loop")
    broken = make_model(place.models, "broken")
    (broken / "config.json").unlink()
    (broken / "config.json").symlink_to("config.json")
    client = place.start()
    assert [model.id for model in client.models.list()] == [MODEL]
    for name in ("loop", "broken"):
        with pytest.raises(NotFoundError):
            client.models.retrieve(name)


def test_no_path_passes_for_a_model(place: Place, tmp_path: Path) -> None:
    outside = make_model(tmp_path, "outside")
    (place.models / "linked").symlink_to(outside)
    half = place.models / "half"
    half.mkdir()
    (half / "config.json").write_text("{}")
    (half / "model.safetensors").symlink_to(outside / "model.safetensors")
    (place.models / "inner").symlink_to(place.models / MODEL)
    client = place.start()
    file_id = place.upload()
    wrong = [
        str(outside), "../outside", f"{MODEL}/../../../outside", "linked", "half", ".", "..", "/",
        f"./{MODEL}", f"/{MODEL}", f"{MODEL}/", "tiny//llama", "~/outside", f"{MODEL}\0", "tiny",
        "ft:../outside:local::12345678", "m" * 300,
    ]  # fmt: skip
    for name in wrong:
        with pytest.raises((BadRequestError, NotFoundError)) as caught:
            client.fine_tuning.jobs.create(model=name, training_file=file_id)
        assert caught.value.code in ("model_not_available", "model_not_found"), name
    assert [model.id for model in client.models.list()] == ["inner", MODEL]
    assert FolderCatalogue(place.models).folder("") is None


def test_graders_are_refused_always(place: Place) -> None:
    client = place.start()
    file_id = place.upload()
    for grader in (GRADER, {"type": "string_check", "name": "g", "input": "{{item.a}}",
                            "operation": "eq", "reference": "a"}):  # fmt: skip
        method = {"type": "reinforcement", "reinforcement": {"grader": grader}}
        for validation in (None, file_id):
            with pytest.raises(BadRequestError):
                client.fine_tuning.jobs.create(
                    model=MODEL, training_file=file_id, method=method, validation_file=validation
                )
        with pytest.raises(BadRequestError, match="runs no graders"):
            client.fine_tuning.alpha.graders.run(grader=grader, model_sample="a", item={"a": "a"})
        with pytest.raises(BadRequestError, match="runs no graders"):
            client.fine_tuning.alpha.graders.validate(grader=grader)
    assert client.fine_tuning.jobs.list().data == []


def test_a_wrong_key_is_refused_and_the_right_one_stays_the_same(place: Place) -> None:
    config = SandboxConfig(data_dir=place.data, serve=place.serve)
    keys = set()
    for _ in range(2):
        with SandboxServer(config) as server:
            keys.add(server.api_key)
            with pytest.raises(AuthenticationError) as refused:
                OpenAI(base_url=server.base_url, api_key="sk-wrong", max_retries=0).models.list()
            assert "data folder" in refused.value.message
    key = place.data / "key"
    assert keys == {key.read_text().strip()}
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_everything_it_keeps_is_private(place: Place) -> None:
    place.data.mkdir(mode=0o755)
    place.start()
    ended = place.until(place.create().id, "succeeded")
    folder = place.folder(ended.id)
    assert {"spec.json", "train.jsonl", "log.txt", "process.json", "facts.jsonl", "final"} <= {
        path.name for path in folder.iterdir()
    }
    for path in (place.data, *place.data.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_the_folders_of_a_sandbox_and_of_training_are_not_taken_for_each_other(
    place: Place,
) -> None:
    with SandboxServer(SandboxConfig(data_dir=place.data)):
        pass
    with pytest.raises(FolderRefusedError, match="no folder of fttui serve"):
        place.start()
    other = place.data.with_name("other")
    with SandboxServer(SandboxConfig(data_dir=other, serve=place.serve)):
        pass
    with pytest.raises(FolderRefusedError, match="no folder of fttui's sandbox"):
        SandboxServer(SandboxConfig(data_dir=other)).start()


def test_the_first_page_says_that_it_trains(place: Place) -> None:
    place.start()
    assert place.server is not None
    root = place.server.base_url.removesuffix("/v1") + "/"
    shown = httpx2.get(root).text
    assert "trains for real" in shown
    assert "'local'" in shown or "&#x27;local&#x27;" in shown
    assert "trains nothing" not in shown
    told = httpx2.get(root, headers={"accept": "application/json"}).json()
    assert (told["trains"], told["sandbox"]) == (True, False)


def test_the_limits_of_the_models_are_those_of_their_folders(place: Place) -> None:
    place.start()
    assert place.server is not None
    answer = httpx2.get(
        f"{place.server.base_url}/fine_tuning/model_limits",
        headers={"Authorization": f"Bearer {place.server.api_key}"},
    )
    assert answer.json()["data"][0]["max_tokens_per_example"] == 512
    for limit in ("0", '"512"', "true", "1e99", "-1"):
        config = f'{{"max_position_embeddings": {limit}}}'
        (place.models / MODEL / "config.json").write_text(config)
        model = FolderCatalogue(place.models).find(MODEL)
        assert model is not None
        assert model.max_tokens == 2048


def test_what_the_server_decides_reaches_the_trainer_and_nothing_of_a_request_does(
    place: Place,
) -> None:
    client = place.start(device="cpu")
    with pytest.raises(BadRequestError):
        place.create(extra_body={"recipe": {"lora_r": 64}})
    ended = place.until(place.create(seed=7, hyperparameters={"batch_size": 4}).id, "succeeded")
    spec = json.loads((place.folder(ended.id) / "spec.json").read_text())
    assert spec == {
        "job": ended.id,
        "model": str(place.models / MODEL),
        "adapter": None,
        "method": "supervised",
        "hyperparameters": {
            "n_epochs": "auto", "batch_size": 4, "learning_rate_multiplier": "auto",
        },
        "seed": 7,
        "train": "train.jsonl",
        "valid": None,
        "resume": None,
        "recipe": place.serve.recipe,
        "kept_checkpoints": 3,
        "device": "cpu",
    }  # fmt: skip
    assert client.fine_tuning.jobs.retrieve(ended.id).seed == 7
