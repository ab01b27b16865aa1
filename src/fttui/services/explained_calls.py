"""Codes that fttui itself gives to what went wrong: cause, next step, cure; data only."""

from __future__ import annotations

from fttui.services.explained_failures import Words
from fttui.terminal.language import _

_NET = _("Check the connection and try again.")
_BASE_URL = _("Check that the base URL is an OpenAI-compatible API: `fttui doctor` asks it.")
_RECOVER = _("Run `fttui recover`: it shows what is open and what can be done.")

OF_FTTUI: dict[str, Words] = {
    "timeout": (_("The endpoint did not answer in time."), _NET, False),
    "connection_lost": (_("The connection broke before the answer was there."), _NET, False),
    "cannot_connect": (
        _("No connection to the endpoint could be made; nothing was sent."),
        _("Check the network, the base URL and the proxy: `fttui doctor` looks at each."),
        False,
    ),
    "proxy": (
        _("The proxy that is set cannot be used; nothing was sent."),
        _("Check or unset HTTPS_PROXY, HTTP_PROXY and ALL_PROXY."),
        False,
    ),
    "certificate": (
        _("The endpoint's TLS certificate is not trusted, or those of this system are unreadable."),
        _("For a company's own CA set SSL_CERT_FILE to its PEM file and start again."),
        False,
    ),
    "not_https": (
        _("The server does not speak https."),
        _("If it is one without encryption, write the base URL with http://."),
        False,
    ),
    "client": (
        _("The connection cannot be set up with the present settings; nothing was sent."),
        _("Check the base URL and the key: `fttui doctor` looks at both."),
        False,
    ),
    "redirect": (
        _("The endpoint answered with another address, which fttui never follows with a key."),
        _("If you trust that address, set it as the base URL."),
        False,
    ),
    "unreadable_answer": (
        _("What answered is not the API: a web page, or no JSON."),
        _BASE_URL,
        False,
    ),
    "answer_too_large": (_("The answer is larger than any that makes sense."), _BASE_URL, False),
    "no_list": (_("The answer holds no list where one was asked for."), _BASE_URL, False),
    "endless_list": (
        _("The endpoint's list comes to no end: each page leads to one that was there."),
        _("What was read is shown. Tell who runs the endpoint."),
        False,
    ),
    "not_deleted": (
        _("The endpoint answered, but what was to be deleted is there as before."),
        _("Look again in a while; it may need time, or a key that may delete."),
        False,
    ),
    "no_rows": (
        _("The file holds no rows of steps, so it cannot become CSV or JSON."),
        _("Save it as it is: `fttui files download ID --raw`."),
        False,
    ),
    "cut_content": (
        _("Its content is packed, and is cut or too large to be unpacked here."),
        _("`fttui files download --raw` gives it as it is."),
        False,
    ),
    "no_id": (
        _("The endpoint gave this thing no id, so nothing can be asked of it."),
        _("Load the list anew; tell who runs the endpoint if it stays so."),
        False,
    ),
    "no_job_id": (
        _("The endpoint answered a create call without the job's id."),
        _("Look for the job in the list before you create it again: it may exist."),
        False,
    ),
    "no_file_id": (
        _("The endpoint took a file and gave it no id."),
        _("See `fttui files` for whether it is there, then try again."),
        False,
    ),
    "cannot_change": (
        _("The job has ended, or is in a state in which this cannot be done."),
        _("`fttui show` tells its state; an ended job can only be created again."),
        False,
    ),
    "extra_body": (
        _("The profile's extra_body would set a field that fttui sets itself."),
        _("Take that field out of extra_body in the settings."),
        False,
    ),
    "file_error": (
        _("The endpoint has read the uploaded file and found it faulty."),
        _("`fttui check` names what is wrong; correct it and create the job with that file."),
        False,
    ),
    "no_key": (
        _("There is no API key for this endpoint, so nothing was sent."),
        _("Run `fttui login`, or try `fttui demo`, which needs none."),
        False,
    ),
    "no_endpoint": (
        _("It is not known at which of several endpoints a job is, so nothing was sent."),
        _("Load the list anew, or work at one endpoint: `fttui --profile NAME`."),
        False,
    ),
    "unusable": (
        _("A profile is written so that it cannot be used."),
        _("Mend what the sentence names; `fttui profiles show NAME` tells what it says."),
        False,
    ),
    "archive_read_only": (
        _("What is read is an archive, in which nothing can be changed."),
        _("Leave --archive out to work with the endpoint."),
        False,
    ),
    "not_in_archive": (
        _("This was not saved in the archive."),
        _("The endpoint may have it still: `fttui archive` saves what is missing."),
        False,
    ),
    "source_changed": (
        _("The file was changed while it was uploaded, so the upload was given up."),
        _("Check the file again, and create the job anew."),
        False,
    ),
    "source_unreadable": (
        _("The file could not be read to its end."),
        _("Check the disk and the file's rights, then try again."),
        False,
    ),
    "source_gone": (
        _("The file that was being uploaded is not there any more."),
        _("Put it back, or give the upload up: `fttui recover`."),
        False,
    ),
    "interrupted": (_("An earlier run ended while this was under way."), _RECOVER, False),
    "stale": (_("What was left open has changed since it was shown."), _RECOVER, False),
    "other_account": (
        _("It was asked for with the same key, as another organization or project."),
        _("Go to the profile that it was asked for with."),
        False,
    ),
    "cancelled": (
        _("You stopped it."),
        _("Create the job again when you want it; what is uploaded need not be sent again."),
        True,
    ),
    "unknown_outcome": (
        _("The create call was sent and not answered: the job may exist, and be paid for."),
        _("Never create it again blindly. `fttui recover` looks for it on the endpoint."),
        False,
    ),
    "deletion_unknown": (
        _("The endpoint answered a deletion with something that tells neither yes nor no."),
        _("Look at the list, or at the one thing, before you delete it again: it may be gone."),
        False,
    ),
    "earlier_call": (
        _("An earlier create call for this file is still unanswered, so nothing was sent."),
        _("`fttui recover` looks what became of it; --again pays for another job all the same."),
        False,
    ),
    "another_job": (
        _("The endpoint answered with a job that was made for something else."),
        _("Look at the list of jobs before you create anything again."),
        False,
    ),
    "busy": (
        _("Another fttui works on this submission now."),
        _("Wait for it, or look at it in the other window."),
        False,
    ),
    "sweep": (
        _("The rows that were asked for are no sweep, so nothing was sent."),
        _("Give lists of different values, `--epochs 2,3,4` for example, and not too many."),
        False,
    ),
    "cannot_move": (
        _("The other endpoint cannot do what the job was asked to be, so nothing was sent."),
        _("See what the message names; --model and --map choose another model."),
        False,
    ),
    "not_fetched": (
        _("The job's file could not be had from where the job is, so nothing was sent."),
        _("An archive may have it: name that with --archive in the place of --profile."),
        False,
    ),
    "consent_needed": (
        _("This would be paid for, and nobody has said yes."),
        _("Confirm it at a terminal, or give --yes."),
        False,
    ),
    "journal": (
        _("The journal, which keeps paid calls from being made twice, cannot be written or read."),
        _("`fttui doctor` says where it is: make it writable, and free some space."),
        False,
    ),
    "journal_needed": (
        _("Without its journal fttui could not tell after a crash whether a job was paid for."),
        _("Mend the journal (`fttui doctor`), or pay all the same with --without-journal."),
        False,
    ),
    "no_steps": (
        _("The job has told no numbers of any step."),
        _("Look again once it is running; a job that never ran has none."),
        False,
    ),
}

OF_HTTP: dict[int, Words] = {
    400: (
        _("The endpoint did not take the request as it is."),
        _("Correct what the message names and try again."),
        False,
    ),
    401: (
        _("The endpoint does not accept the key."),
        _("`fttui doctor` says where the key comes from; set one that belongs to this endpoint."),
        False,
    ),
    403: (
        _("The key is known, but may not do this."),
        _("Ask the owner of the account for the right, or use another key."),
        False,
    ),
    404: (
        _("The endpoint does not know what was named, or does not offer the call."),
        _("Check the id, the base URL and the project; `fttui doctor` says what is offered."),
        False,
    ),
    408: (_("The endpoint waited too long for the request."), _NET, False),
    409: (
        _("What was asked conflicts with what is there."),
        _("Look at what is there now, then try again."),
        False,
    ),
    413: (
        _("The file or the request is larger than the endpoint takes."),
        _("Send a smaller file: `fttui check --split` can part one."),
        False,
    ),
    422: (
        _("The endpoint understood the request, and a value in it is wrong."),
        _("Correct what the message names and try again."),
        False,
    ),
    429: (
        _("The endpoint takes no more of these calls or jobs for now."),
        _("Wait a little; if it speaks of quota, check the account's plan and billing."),
        False,
    ),
    500: (
        _("The endpoint failed by itself."),
        _("Try again in a while; `fttui recover` looks first whether a create call has worked."),
        False,
    ),
}
"""By status of HTTP, for answers without a code."""
