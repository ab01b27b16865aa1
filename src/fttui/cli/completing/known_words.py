"""Words that commands know whatever the account: codes, statuses, fields of filters, models."""

from __future__ import annotations


def known_words() -> dict[str, list[str]]:
    """All of them by kind; it imports what knows them, which takes a while."""
    from fttui.services import job_filter
    from fttui.services.endpoint.status import KNOWN_STATUSES
    from fttui.services.explanations import known_codes
    from fttui.services.stored_files import file_filter
    from fttui.services.tuned_models import model_filter
    from fttui.storage.templates import templates
    from fttui.training_data.models import model_table
    from fttui.training_data.profile import METHODS

    return {
        "statuses": sorted(KNOWN_STATUSES),
        "codes": list(known_codes()),
        "methods": list(METHODS),
        "templates": list(templates()),
        "base_models": [one.name for one in model_table().models if one.methods],
        "job_fields": list(job_filter.WORDS.before_colon),
        "job_states": list(job_filter.STATES),
        "file_fields": list(file_filter.WORDS.before_colon),
        "file_states": list(file_filter.STATES),
        "model_fields": list(model_filter.WORDS.before_colon),
        "model_states": list(model_filter.STATES),
    }
