"""Codes of jobs that failed, and of calls that an endpoint refused: what they mean.

Data only: how a code is found here is the business of `explanations`.
"""

from __future__ import annotations

from fttui.terminal.language import _

Words = tuple[str, str, bool]
"""A cause, a next step, and True where creating the job again helps."""

_CHECK = _("Run `fttui check` on it, correct what it names, and create the job with that file.")
_LATER = _("Wait a little, then try again.")

OF_JOBS: dict[str, Words] = {
    "invalid_training_file": (
        _("The training file breaks a rule of the format or of the content policy."),
        _CHECK,
        False,
    ),
    "invalid_validation_file": (
        _("The validation file breaks a rule; it must obey the same rules as the training file."),
        _CHECK,
        False,
    ),
    "invalid_n_examples": (
        _("The file has too few examples (at least 10 are needed) or too many."),
        _("Add or remove examples, and create the job with that file."),
        False,
    ),
    "invalid_file_format": (
        _("An example has a key or a shape that this method does not take."),
        _("`fttui check` names the line; correct it and create the job with that file."),
        False,
    ),
    "file_import_failed": (
        _("The endpoint could not take the file in; it may be gone, empty or still being read."),
        _("See `fttui files` for its state, upload it again if need be, and create the job again."),
        True,
    ),
    "unsafe_file": (
        _("The endpoint's safety check refused the file as a whole, and names no lines."),
        _("Remove what its policies forbid, and create the job with that file."),
        False,
    ),
    "moderation": (
        _("The moderation check flagged examples in the file."),
        _("Remove or rewrite what the usage policies forbid, and create the job with that file."),
        False,
    ),
    "exceeded_quota": (
        _("The account's quota is used up."),
        _("Check its plan and billing, then create the job again."),
        True,
    ),
    "server_error": (
        _("The endpoint failed by itself; the file is not at fault."),
        _(
            "Create the same job again, and write to the endpoint's support with the job id if it "
            "fails again."
        ),
        True,
    ),
    "own_server_error": (
        _("The training program failed; the file is not at fault unless its log says so."),
        _("Read its log, which the message names. Then create the same job again."),
        True,
    ),
    "service_unavailable": (
        _("The endpoint was overloaded or under repair; the file is not at fault."),
        _("Wait some minutes, then create the same job again."),
        True,
    ),
    "model_not_available": (
        _("This model cannot be fine-tuned by this account, or not any more."),
        _("Choose another model: `fttui models` shows what the endpoint offers."),
        False,
    ),
    "training_failed": (
        _("The training itself failed."),
        _("Try again with a smaller learning rate or fewer epochs."),
        True,
    ),
    "trainer_lost": (
        _("The program that trains has ended without saying why."),
        _("Read its log, which the message names, and create the job again."),
        True,
    ),
    "insufficient_memory": (
        _("The device has not enough free memory for this model."),
        _("Choose a smaller model or batch size, or end what else uses the device."),
        False,
    ),
    "out_of_memory": (
        _("The device ran out of memory while it trained."),
        _(
            "Choose a smaller batch size or shorter examples, or end what else uses the device; "
            "the log that the message names says more."
        ),
        False,
    ),
    "engine_unavailable": (
        _("The server cannot reach what trains or answers: its Ray cluster or its own process."),
        _("The job stays queued and begins when that is back. See the log of `fttui serve`."),
        False,
    ),
    "conflict": (
        _("What was asked conflicts with what is there: another change was under way."),
        _("Look at the job and its files as they are now, then create it again."),
        True,
    ),
    "invalid_payload": (
        _("The endpoint does not take the request as it is: a field is wrong, missing or unknown."),
        _(
            "The message names the field. On Azure it is often the kind of training: set "
            'training_type = "Standard" in the profile.'
        ),
        False,
    ),
    "forbidden": (
        _("The key is known, but may not do this."),
        _("Ask the owner of the account for the right, or use another key."),
        False,
    ),
    "not_found": (
        _("The endpoint does not know a file, a model or a job that was named."),
        _("It may be deleted, or belong to another project: check `fttui files` and the profile."),
        False,
    ),
    "unexpected_entity_state": (
        _("A file or a job was in a state in which this cannot be done."),
        _("Wait until the file is processed (`fttui files`), then create the job again."),
        True,
    ),
    "item_already_exists": (
        _("There is a thing of this name or id already."),
        _("Look for it in the list first; use another suffix if you want a second one."),
        False,
    ),
    "too_many_requests": (
        _("The endpoint takes no more of these calls or jobs for now."),
        _("Wait until others have ended, then create the job again."),
        True,
    ),
    "unauthorized": (
        _("The endpoint does not accept the key."),
        _("`fttui doctor` says where the key comes from; set one that belongs to this endpoint."),
        False,
    ),
}
"""What a job failed for."""

OF_FILES: dict[str, Words] = {
    "file_not_ready": (
        _("The endpoint is still reading the file."),
        _("Wait a minute and create the job again; `fttui files` shows when it is processed."),
        True,
    ),
    "example_unreadable": (
        _("A line of the file is no JSON."),
        _("`fttui check` names the line and the place; correct it and use that file."),
        False,
    ),
    "extra_key": (
        _("An example has a key that others do not have, or that this method does not know."),
        _(
            "Take it out everywhere or, as for `tools`, put it into all examples; `fttui check` "
            "names the lines."
        ),
        False,
    ),
    "wrong_method": (
        _("The file is written for another training method than the one asked for."),
        _("Choose the method that fits the file (`fttui check` says which), or convert the file."),
        False,
    ),
    "system_message": (
        _("Reinforcement examples may hold no system message."),
        _("Write these messages with the role developer, and use that file."),
        False,
    ),
    "wrong_format": (
        _("The file is in no format that the endpoint knows for training."),
        _("`fttui check` says what it holds, and `fttui check --fix` can convert many formats."),
        False,
    ),
}
"""What is known by its words, for the endpoints that give it only a general code."""

OF_REFUSALS: dict[str, Words] = {
    "insufficient_quota": (
        _("The account is out of quota or money, so nothing was made."),
        _("Check its plan and billing; trying again will not help before that."),
        False,
    ),
    "rate_limit_exceeded": (
        _("Too many calls were made in a short time."),
        _("Wait a little; fttui asks less often by itself."),
        False,
    ),
    "invalid_api_key": (
        _("The endpoint does not know this key: it is wrong, revoked or of another endpoint."),
        _("`fttui doctor` says where the key comes from. Set it anew, or run `fttui login`."),
        False,
    ),
    "insufficient_permissions": (
        _("The key lacks a right that this call needs."),
        _("Give the key that right in the account's settings, or use a key that has it."),
        False,
    ),
    "model_not_found": (
        _("There is no such model, or this account has no access to it."),
        _("`fttui models` shows which there are. A new model may take a minute to appear."),
        False,
    ),
    "fine_tune_not_found": (
        _("There is no such job in this account and project."),
        _("`fttui jobs` lists those that there are; check the profile and the project."),
        False,
    ),
    "missing_required_parameter": (
        _("A field that the endpoint needs was not sent."),
        _("The message names it; set it and try again."),
        False,
    ),
    "unknown_parameter": (
        _("The endpoint does not know a field that was sent."),
        _("Leave it out; where the profile sends it (extra_body, hyperparameters), take it out."),
        False,
    ),
    "invalid_value": (
        _("A value is none that the endpoint takes."),
        _("The message names the field and often the values that are possible."),
        False,
    ),
    "invalid_type": (
        _("A value is of the wrong kind, for example a text in the place of a number."),
        _("The message names the field; correct it and try again."),
        False,
    ),
    "out_of_range": (
        _("A value is too small, too large, too long or empty."),
        _("The message names the field and its limit; correct it and try again."),
        False,
    ),
    "invalid_job_status": (
        _("The job is in a state in which this cannot be done to it."),
        _("`fttui show` tells its state; an ended job can only be created again."),
        False,
    ),
    "upload_not_pending": (
        _("The upload has been completed, given up, or is over an hour old."),
        _("Begin it again: `fttui recover` shows what is left of it."),
        False,
    ),
    "bytes_mismatch": (
        _("The endpoint did not get as many bytes as were announced."),
        _("Upload the file again, and do not change it meanwhile."),
        False,
    ),
    "content_too_large": (
        _("The file or the request is larger than the endpoint takes."),
        _("Send a smaller file: `fttui check --split` can part one."),
        False,
    ),
    "method_not_supported": (
        _("The endpoint does not offer this call."),
        _("`fttui doctor` says what it offers; a gateway may need another base URL."),
        False,
    ),
    "disk_full": (
        _("The server's disk is full."),
        _("Make space there, or ask who runs it, then try again."),
        False,
    ),
    "storage_failed": (
        _("The server cannot read or write its folder."),
        _("See the log of the server, mend what it names, then try again."),
        False,
    ),
    "ending": (_("The server is shutting down."), _("Start it again, then try again."), False),
    "too_many_open_files": (
        _("The server has too many files and connections open."),
        _LATER,
        False,
    ),
    "length_required": (
        _("Something between fttui and the endpoint wants to know a length that was not sent."),
        _("Check the gateway or proxy in between."),
        False,
    ),
    "foreign_request": (
        _("The server answers only requests that name it by its own address."),
        _("Use the address that it printed at its start as the base URL."),
        False,
    ),
}
"""Why a call was refused."""
