"""What an endpoint tells of its models, and deleting those that were fine-tuned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from fttui.services.endpoint.deletion import require_deleted
from fttui.services.endpoint.errors import (
    NotFoundError,
    NotSentError,
    Outcome,
    ServiceError,
    UnsupportedError,
)
from fttui.services.endpoint.job_reads import JobReads, is_usable_id, names
from fttui.services.endpoint.lists import MODEL_LIST
from fttui.services.endpoint.models import Model, Page
from fttui.services.endpoint.offered import DELETE_MODEL, MODELS
from fttui.services.endpoint.reading import as_integer, as_list, as_mapping, as_name
from fttui.services.endpoint.records import MODELS as MODELS_PATH
from fttui.services.endpoint.refusals import is_no_route
from fttui.services.endpoint.transport import all_pages, within
from fttui.terminal.language import _

_LIMITS_PATH = "/fine_tuning/model_limits"
_MOST_LIMITS = 1000
_MOST_METHODS = 10


@dataclass(frozen=True, slots=True)
class ModelLimit:
    """A base model that jobs can start from, as the endpoint tells it.

    `methods` are empty and `most_tokens`, of one example, is None where it tells none.
    """

    model: str
    methods: tuple[str, ...] = ()
    most_tokens: int | None = None

    @classmethod
    def read(cls, value: object) -> ModelLimit | None:
        """Read one limit; None where no model is named."""
        told = as_mapping(value)
        model = as_name(told.get("model") or told.get("id"))
        methods = filter(None, (as_name(one, 40) for one in as_list(told.get("methods"))))
        if model is None:
            return None
        return cls(
            model, tuple(methods)[:_MOST_METHODS], as_integer(told.get("max_tokens_per_example"))
        )


class ModelCalls(JobReads):
    """The calls about models of one endpoint; all raise `ServiceError` and nothing else."""

    async def list_models(self, tries: int | None = None) -> Page[Model]:
        """Every model that the key may use, of all pages where the endpoint has several.

        `tries` for less patience than other reads have. What `goes_on` is not the whole list.
        """
        page = await self._model_page(None, tries)
        if not page.has_more:
            return page
        items, dropped = list(page.items), page.dropped

        async def fetch(after: str | None) -> Page[Model]:
            return await self._model_page(after, tries) if after else page

        async for further in all_pages(fetch):
            if further is not page:
                items += further.items
                dropped += further.dropped
            goes_on = further.goes_on
        return Page(tuple(items), dropped=dropped, is_cut=goes_on)

    async def _model_page(self, after: str | None, tries: int | None) -> Page[Model]:
        query = {"after": after} if after else {}
        async with self._told_apart(MODELS, is_list=not after):
            return await self._wire.read_page(MODELS_PATH, query, MODEL_LIST, Model.read, tries)
        raise AssertionError("unreachable")

    async def model_limits(self) -> tuple[ModelLimit, ...]:
        """The base models that the endpoint tells as trainable; none where it tells of none."""
        try:
            answer = as_mapping(await self._wire.read(_LIMITS_PATH, tries=1))
        except ServiceError:
            return ()
        told = (ModelLimit.read(one) for one in as_list(answer.get("data"))[:_MOST_LIMITS])
        return tuple(one for one in told if one is not None)

    async def delete_model(self, model: str, *, was_listed: bool = False) -> None:
        """Delete a fine-tuned model in one attempt; one that is already gone counts as deleted.

        After an answer that leaves it open the list of models decides; but only where it had the
        model, `was_listed`, does it tell anything by not having it. Raises ServiceError, of which
        NotSentError is for an id that no call can name.
        """
        if not_offered := self.offers.refusal_of(DELETE_MODEL):
            raise not_offered
        if not is_usable_id(model):
            raise NotSentError(
                _("This model's id cannot be sent, so nothing was deleted."),
                _("Delete it where it was made."),
                outcome=Outcome.NOT_SENT,
            )
        try:
            answer = await self._wire.change(
                lambda client: client.models.with_streaming_response.delete(model),
                self._wire.timeouts.read,
            )
        except (NotFoundError, UnsupportedError) as error:
            await self._require_gone(model, error, was_listed)
        except ServiceError as error:
            if error.status == 403:
                error.hint = _(
                    "Deleting takes a right that this key lacks: at OpenAI an owner of the"
                    " organization has it."
                )
            if error.outcome is not Outcome.UNKNOWN:
                raise
            if await self._is_listed(model, was_listed) is not False:
                error.hint = _("It may be deleted all the same. Look again before you try it anew.")
                raise
        else:
            is_listed = partial(self._is_listed, model, was_listed)
            await require_deleted(answer, model, self.endpoint.host, is_listed)
            self.offers.note_answer(DELETE_MODEL)

    async def still_has_model(self, model: str) -> bool:
        """Whether a model can still be asked for by its id: one call, which is not waited for long.

        False where that cannot be read: not all endpoints have the call.
        """
        path = f"{MODELS_PATH}/{quote(model, safe='')}"
        with suppress(ServiceError):
            async with within(self._wire.timeouts.part, _("a model")):
                told = Model.read(await self._wire.read(path, tries=1))
                return told is not None and told.raw_id == model
        return False

    async def _require_gone(self, model: str, error: ServiceError, was_listed: bool) -> None:
        """Raise where a refusal does not mean that the model is gone already."""
        is_listed = await self._is_listed(model, was_listed)
        is_told = isinstance(error, NotFoundError) and not is_no_route(error.detail)
        is_named = is_told and names(error, model)
        if is_listed is False or (is_listed is None and is_named):
            return
        if not is_listed or is_named:
            raise error
        self.offers.note_refusal(DELETE_MODEL, error)
        raise self.offers.not_offered(DELETE_MODEL, error) from error

    async def _is_listed(self, model: str, was_listed: bool) -> bool | None:
        """Whether the list has the model now; None where that tells nothing, or is not whole."""
        try:
            page = await self.list_models(tries=1)
        except ServiceError:
            return None
        if any(one.raw_id == model for one in page.items):
            return True
        return False if was_listed and not (page.goes_on or page.dropped) else None

    @asynccontextmanager
    async def _told_apart(self, call: str, *, is_list: bool = False) -> AsyncIterator[None]:
        """Around a call: a refusal that is about its address, and about no thing, says so."""
        try:
            yield
        except (NotFoundError, UnsupportedError) as error:
            is_address = is_list or isinstance(error, UnsupportedError) or is_no_route(error.detail)
            if not is_address or self.endpoint.archive:
                raise
            raise self.offers.not_offered(call, error, self.path_hint()) from error
