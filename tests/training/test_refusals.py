"""What the trainer refuses, and what it makes of too little memory."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from fttui.server.samples.training_files import write_sample_training_file
from fttui.trainer.demo_questions import conversation, conversations
from training.runs import Driver, command, environment, facts, last, make_run

QUICK = {"n_epochs": 1, "batch_size": 8, "learning_rate_multiplier": 1.0}


def test_only_what_the_assistant_says_with_weight_1_is_learnt(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    path = write_sample_training_file(tmp_path / "sample.jsonl", examples=60)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    learnt = driver.call("labelled", model, path)
    assert len(learnt) == len(rows)
    tool_calls = left_out = 0
    for row, texts in zip(rows, learnt, strict=True):
        wanted = []
        for message in row["messages"]:
            if message["role"] != "assistant" or message.get("weight") == 0:
                left_out += message.get("weight") == 0
                continue
            said = message.get("content") or ""
            for call in message.get("tool_calls", ()):
                tool_calls += 1
                arguments = json.loads(call["function"]["arguments"])
                shown = json.dumps(arguments, ensure_ascii=False)
                said += f"<tool_call>{call['function']['name']} {shown}</tool_call>"
            wanted.append(said + "<|im_end|>")
        assert texts == wanted
    assert tool_calls > 20 and left_out > 5


def test_a_template_that_drops_tool_calls_is_refused_by_the_line(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    call = {"name": "find_order", "arguments": '{"order": "HS-1"}'}
    row = {
        "messages": [
            {"role": "user", "content": "Where is it?"},
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "in Oslo"},
            {"role": "assistant", "content": "In Oslo."},
        ]
    }
    rows = [conversation("Paris", 0), row]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    said = driver.call("refused", model, path, "{% for m in messages %}<|im_start|>{{ m.role }}\n"
                 "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}"
                 "<|im_start|>assistant\n{% endif %}")  # fmt: skip
    assert said["code"] == "invalid_training_file"
    assert "line 2" in said["message"] and "find_order" in said["message"]


@pytest.mark.parametrize(
    ("template", "why"),
    [
        # Answers that go into each other, and answers without an end.
        ("{% for m in messages %}{{ m.content }} {% endfor %}", "not"),
        ("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", "not"),
        ("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | upper }}<|im_end|>\n"
         "{% endfor %}", "leaves out"),
        # The whole conversation passed off as the assistant's words.
        ("{% generation %}{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
         "{% endgeneration %}", "mixes"),
        # What the user says passed off as the assistant's words.
        ("{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'user' %}"
         "{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}{% else %}{{ m.content }}"
         "<|im_end|>{% endif %}{% endfor %}", "mixes"),
    ],
)  # fmt: skip
def test_a_template_whose_answers_cannot_be_told_apart_is_refused(
    template: str, why: str, model: Path, tmp_path: Path, driver: Driver
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(conversation("Paris", 0)) + "\n")
    said = driver.call("refused", model, path, template)
    assert said["code"] == "invalid_training_file"
    assert "line 1" in said["message"] and why in said["message"]


def test_a_row_that_cannot_be_trained_is_named_by_its_line(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    rows = [*conversations(1)[:9], {"messages": [{"role": "user", "content": "?"}]}]
    folder = make_run(tmp_path / "run", model, rows, hyperparameters=QUICK)
    said = driver.train(folder)[-1]
    assert (said["fact"], said["code"]) == ("failed", "invalid_training_file")
    assert "line 10" in said["message"] and said["param"] == "training_file"


def test_a_fault_of_the_validation_file_is_its_own(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run", model, conversations(1), [{"prompt": 1}], hyperparameters=QUICK
    )
    said = driver.train(folder)[-1]
    assert (said["code"], said["param"]) == ("invalid_validation_file", "validation_file")


def test_too_little_memory_is_told_with_both_numbers_before_the_model_is_loaded(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run",
        model,
        conversations(1),
        hyperparameters=QUICK,
        recipe={"memory_bytes": 100_000_000},
    )
    said = driver.train(folder)[-1]
    assert said["code"] == "insufficient_memory"
    assert "0.5 GB" in said["message"] and "0.1 GB" in said["message"]
    assert not facts(folder, "started")


def test_less_is_computed_at_once_where_memory_is_short(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    plain = make_run(tmp_path / "plain", model, conversations(1), hyperparameters=QUICK)
    (plain / "stop").touch()
    needed = driver.train(plain)[0]["needed_bytes"]
    folder = make_run(
        tmp_path / "run",
        model,
        conversations(1),
        hyperparameters=QUICK,
        recipe={"memory_bytes": needed - 1},
    )
    said = driver.train(folder)
    assert said[-1]["fact"] == "succeeded"
    assert said[0]["needed_bytes"] < needed
    assert any("4 rows at once" in fact["message"] for fact in facts(folder, "notice"))
    assert len(facts(folder, "step")) == 3


def test_memory_that_runs_out_is_tried_once_more_with_less_from_the_last_checkpoint(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run", model, conversations(1), hyperparameters={**QUICK, "n_epochs": 2}
    )
    driver.call("out_of_memory", folder, 4, 1)
    assert last(folder)["fact"] == "succeeded"
    assert [fact["step"] for fact in facts(folder, "started")] == [0, 3]
    assert any("4 rows at once instead of 8" in each["message"] for each in facts(folder, "notice"))
    assert [fact["step"] for fact in facts(folder, "step")] == [1, 2, 3, 4, 5, 6]


def test_memory_that_runs_out_twice_ends_the_training(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(tmp_path / "run", model, conversations(1), hyperparameters=QUICK)
    driver.call("out_of_memory", folder, 1, 2)
    assert (last(folder)["fact"], last(folder)["code"]) == ("failed", "out_of_memory")


def test_a_loss_that_runs_away_ends_the_training_with_advice(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run",
        model,
        conversations(1),
        hyperparameters=QUICK,
    )
    driver.call("runaway", folder, 2)
    said = last(folder)
    assert said["fact"] == "failed" and "learning_rate_multiplier" in said["message"]
    steps = facts(folder, "step")
    assert [fact["step"] for fact in steps] == [1]


def test_long_rows_are_cut_and_counted(model: Path, tmp_path: Path, driver: Driver) -> None:
    long = {
        "messages": [
            {"role": "user", "content": "Go on."},
            {"role": "assistant", "content": "Paris " * 200},
        ]
    }
    late = {
        "messages": [
            {"role": "user", "content": "Paris " * 200},
            {"role": "assistant", "content": "Yes."},
        ]
    }
    folder = make_run(
        tmp_path / "run",
        model,
        [*conversations(1)[:14], long, late],
        hyperparameters=QUICK,
        recipe={"max_length": 60},
    )
    driver.train(folder)
    (started,) = facts(folder, "started")
    assert (started["cut_rows"], started["examples"]) == (2, 15)
    warned = [fact["message"] for fact in facts(folder, "notice") if fact["level"] == "warn"]
    assert warned[0].startswith("2 rows of the training file are longer than 60 tokens")
    assert warned[1].startswith("1 rows of the training file have nothing to learn")


def test_a_tokenizer_of_another_model_is_refused(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    other = tmp_path / "other"
    shutil.copytree(model, other)
    told = json.loads((other / "tokenizer.json").read_text())
    vocabulary = told["model"]["vocab"]
    for word in list(vocabulary)[300:]:
        vocabulary[word] += 5000
    (other / "tokenizer.json").write_text(json.dumps(told))
    folder = make_run(tmp_path / "run", other, conversations(1), hyperparameters=QUICK)
    said = driver.train(folder)[-1]
    assert (said["fact"], said["code"], said["param"]) == ("failed", "model_not_available", "model")
    assert "is another model's" in said["message"]


def test_a_rate_of_any_size_is_told_by_its_loss(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    asked = {**QUICK, "n_epochs": 4, "learning_rate_multiplier": 1e300}
    folder = make_run(tmp_path / "run", model, conversations(1), hyperparameters=asked)
    assert "smaller learning_rate_multiplier" in driver.train(folder)[-1]["message"]


def test_a_model_with_no_safetensors_or_with_code_of_its_own_is_not_loaded(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    other = tmp_path / "model"
    other.mkdir()
    for path in model.iterdir():
        (other / path.name).symlink_to(path)
    (other / "config.json").unlink()
    config = json.loads((model / "config.json").read_text())
    config.update(model_type="strange", auto_map={"AutoModelForCausalLM": "evil.Model"})
    (other / "config.json").write_text(json.dumps(config))
    (other / "evil.py").write_text("open('/dev/null'); raise SystemExit('ran')")
    folder = make_run(tmp_path / "run", other, conversations(1), hyperparameters=QUICK)
    said = driver.train(folder)[-1]
    assert said["code"] == "model_not_available", said
    (other / "model.safetensors").unlink()
    folder = make_run(tmp_path / "run2", other, conversations(1), hyperparameters=QUICK)
    said = driver.train(folder)[-1]
    assert said["code"] == "model_not_available" and "safetensors" in said["message"]


def test_a_tokenizer_with_more_tokens_than_the_model_is_told(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    other = tmp_path / "model"
    shutil.copytree(model, other)
    body = json.loads((other / "tokenizer.json").read_text())
    first = max([*body["model"]["vocab"].values(), *(each["id"] for each in body["added_tokens"])])
    body["added_tokens"].append({**body["added_tokens"][0], "id": first + 1, "content": "<|new|>"})
    (other / "tokenizer.json").write_text(json.dumps(body))
    asked = {
        "messages": [
            {"role": "user", "content": "<|new|>"},
            {"role": "assistant", "content": "Paris."},
        ]
    }
    for name, rows, valid in (("train", [asked], None), ("valid", conversations(1)[:4], [asked])):
        folder = make_run(tmp_path / name, other, rows, valid, hyperparameters=QUICK)
        said = driver.train(folder)[-1]
        assert said["code"] == "model_not_available" and "tokenizer" in said["message"], said


def test_a_part_of_the_weights_that_is_missing_is_told_without_the_machines_path(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    other = tmp_path / "model"
    shutil.copytree(model, other)
    whole = other / "model.safetensors"
    whole.rename(other / "model-00001-of-00002.safetensors")
    (other / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": {"a": "model-00002-of-00002.safetensors",
                                                   "b": "model-00001-of-00002.safetensors"}})
    )  # fmt: skip
    folder = make_run(tmp_path / "run", other, conversations(1), hyperparameters=QUICK)
    said = driver.train(folder)[-1]
    assert said["code"] == "model_not_available"
    assert "model-00002-of-00002" in said["message"] and str(tmp_path) not in said["message"]


def test_a_checkpoint_that_is_not_there_is_told(
    model: Path, tmp_path: Path, driver: Driver
) -> None:
    folder = make_run(
        tmp_path / "run", model, conversations(1), hyperparameters=QUICK, resume="checkpoint-7"
    )
    said = driver.train(folder)[-1]
    assert said["code"] == "server_error" and "checkpoint-7" in said["message"]


def test_a_device_that_is_not_there_is_told(model: Path, tmp_path: Path, driver: Driver) -> None:
    folder = make_run(
        tmp_path / "run", model, conversations(1), hyperparameters=QUICK, device="mps"
    )
    said = driver.train(folder)[-1]
    assert said["code"] == "server_error" and "mps" in said["message"]


def test_the_probe_says_what_the_interpreter_has() -> None:
    done = subprocess.run(
        command("--probe"), env=environment(), capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    assert said["missing"] == [] and said["problem"] is None
    assert said["torch"] and said["trl"]
    assert 0 < said["free_bytes"] <= said["total_bytes"]
