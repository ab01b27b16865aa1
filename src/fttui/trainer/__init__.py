"""Real fine-tuning of open models, in a process of its own; imports nothing of fttui.

It is run by the path of this folder with any interpreter that has torch, transformers, peft and
trl, so that fttui need not be importable there (Python 3.10 or newer):

    PYTHON .../fttui/trainer/ RUN_FOLDER                        trains
    PYTHON .../fttui/trainer/ --probe                           says what this interpreter has
    PYTHON .../fttui/trainer/ --answer                          answers chats, line by line
    PYTHON .../fttui/trainer/ --make-demo-model FOLDER [--file FILE.jsonl]

The run folder is all that the trainer and whoever started it share:

    spec.json       what to train: job, model (a folder), adapter (a folder to continue from, or
                    null), method ("supervised" or "dpo"), hyperparameters (numbers or "auto"),
                    seed, train and valid (names of files here), resume ("checkpoint-N" or null),
                    recipe (what the server's owner sets: see `spec.Recipe`), kept_checkpoints,
                    device ("auto", "cpu", "cuda", "mps")
    train.jsonl     the user's training file as it is; valid.jsonl likewise
    facts.jsonl     what happened, one JSON object a line, only ever appended to, each line by one
                    write; a torn last line counts as not written
    stop            when this file appears, the trainer makes a checkpoint after the present step,
                    says `paused` and exits; after the last step it says `succeeded` all the same
    log.txt         stdout and stderr, written by whoever started the process
    checkpoint-N/   the adapter after step N with all that is needed to go on from there
    final/          the adapter and the tokenizer of a training that succeeded

Every fact has "fact" (its kind) and "at" (seconds since 1970):

    loading     device, needed_bytes, free_bytes: said before the model is loaded
    started     step, total_steps, steps_per_epoch, examples, validation_examples, tokens (of one
                epoch), hyperparameters (numbers only), learning_rate, cut_rows, and the versions
                of torch, transformers, trl and peft; whatever was said of later steps is void
    notice      level ("info" or "warn"), message: for the user's eyes
    step        step, train_loss, train_mean_token_accuracy; where measured also valid_loss,
                valid_mean_token_accuracy, full_valid_loss, full_valid_mean_token_accuracy; with
                DPO also train_margin, train_reward_accuracy and their twins for validation
    checkpoint  step, folder: said when the folder stands whole
    paused      step, folder: the last fact of a process that was asked to stop
    succeeded   step, folder ("final"), trained_tokens
    failed      code, message (a sentence), param ("training_file", ... or null)

The codes are invalid_training_file, invalid_validation_file, model_not_available,
insufficient_memory, out_of_memory and server_error. The process exits with 0 after `paused`,
`succeeded` or `failed`; any other end is a trainer that was lost.

At the end of each epoch a checkpoint is made; the last `kept_checkpoints` of them stay on disk.
One made by a pause is not counted among them and stays.
"""
