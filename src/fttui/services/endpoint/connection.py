"""The connection to one endpoint: reads and chats over httpx2, changes through the SDK.

Both use one pool of connections, one set of headers and one key. Importing the SDK takes about
half a second, so only what creates, uploads, changes or deletes waits for it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fttui import __version__
from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.departures import watch
from fttui.services.endpoint.error_mapping import map_client_error
from fttui.services.endpoint.errors import ServiceError, cause_of
from fttui.services.endpoint.reading import cap_answer, refusal_body
from fttui.services.endpoint.upload_body import MultipartForm, restore_form_type
from fttui.storage.secrets import Secret

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

_SLOWEST_CONNECT = 5.0
_MOST_SILENCE = 600.0
_USUAL_TURN = sys.getswitchinterval()
_TURN = 0.0005  # seconds; the usual 5 ms, many times over, are felt while a key is handled


class RequestFailedError(Exception):
    """A call was not answered; the cause says why."""


class StatusError(Exception):
    """A call was answered with a failure; `body` is as of `refusal_body`."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(f"status {response.status_code}")
        self.response = response
        self.status_code = response.status_code
        self.body = refusal_body(response.content)


class Connection:
    """Requests to `endpoint` with `key`; each goes out once and follows no redirect.

    Used on one event loop. Raises NotSentError when a client cannot be made, which is a matter of
    this machine: a file of certificates, a proxy, a header.
    """

    def __init__(self, endpoint: Endpoint, key: Secret) -> None:
        self._endpoint = endpoint
        self._key = key
        self._http: httpx2.AsyncClient | None = None
        self._sdk: AsyncOpenAI | None = None

    @asynccontextmanager
    async def get(
        self, path: str, query: Mapping[str, object], accept: str
    ) -> AsyncIterator[httpx2.Response]:
        """The answer to a GET of a path of the API, to be read as a stream."""
        async with self._sent("GET", path, accept, params=dict(query) or None) as response:
            yield response

    @asynccontextmanager
    async def post(
        self, path: str, body: Mapping[str, object], accept: str
    ) -> AsyncIterator[httpx2.Response]:
        """The answer to a POST of JSON, to be read as a stream."""
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        async with self._sent("POST", path, accept, headers, content=content) as response:
            yield response

    @asynccontextmanager
    async def _sent(
        self,
        method: str,
        path: str,
        accept: str,
        more_headers: Mapping[str, str] = MappingProxyType({}),
        **parts: Any,
    ) -> AsyncIterator[httpx2.Response]:
        http = self._pool()
        import anyio
        import httpx2

        headers = httpx2.Headers({"Accept": accept, **_OWN_HEADERS, **more_headers})
        headers.update(self._chosen_headers())
        url = f"{self._endpoint.base_url}{path}"
        request = http.build_request(method, url, headers=headers, **parts)
        try:
            response = await http.send(request, stream=True)
        except (httpx2.RequestError, ssl.SSLError, anyio.EndOfStream) as error:
            raise RequestFailedError from error
        try:
            if not response.is_success:
                await response.aread()
                raise StatusError(response)
            yield response
        finally:
            await response.aclose()

    async def sdk(self) -> AsyncOpenAI:
        """The SDK's client; the first use imports the SDK, in a thread."""
        self._pool()
        if self._sdk is None:
            try:
                await asyncio.to_thread(load_sdk)
                # What was open before may have been closed meanwhile.
                self._sdk = self._sdk or self._client(self._pool())
            except ServiceError:
                raise
            except Exception as error:  # noqa: BLE001 - raised as what it means
                told = map_client_error(error)
                raise told from cause_of(told, error)
        return self._sdk

    async def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        http, self._http, self._sdk = self._http, None, None
        if http is not None:
            await http.aclose()

    def _pool(self) -> httpx2.AsyncClient:
        if self._http is None:
            try:
                with _gc_frozen_import("httpx2"):
                    import httpx2

                self._http = httpx2.AsyncClient(
                    follow_redirects=False,
                    trust_env=not self._endpoint.is_loopback,
                    verify=self._endpoint.trusted(),
                    params=dict(self._endpoint.extras.query) or None,
                    timeout=httpx2.Timeout(_MOST_SILENCE, connect=_SLOWEST_CONNECT),
                    limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100),
                    event_hooks={"request": [self._finish_headers], "response": [cap_answer]},
                )
            except Exception as error:  # noqa: BLE001 - raised as what it means
                told = map_client_error(error)
                raise told from cause_of(told, error)
        return self._http

    def _client(self, http: httpx2.AsyncClient) -> AsyncOpenAI:
        import openai

        client = openai.AsyncOpenAI(
            api_key=self._reveal_key,
            base_url=self._endpoint.base_url,
            max_retries=0,
            http_client=http,
        )
        client.organization = self._endpoint.organization or None
        client.project = self._endpoint.project or None
        if not self._endpoint.is_environments:
            client._custom_headers = {}  # the SDK sends OPENAI_CUSTOM_HEADERS to any server
        return client

    def _chosen_headers(self) -> dict[str, str]:
        """Whose jobs are asked for, and OPENAI_CUSTOM_HEADERS as the SDK reads them."""
        endpoint = self._endpoint
        chosen = {
            "OpenAI-Organization": endpoint.organization,
            "OpenAI-Project": endpoint.project,
        }
        headers = {name: value for name, value in chosen.items() if value}
        lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
        for line in lines if endpoint.is_environments else ():
            name, colon, value = line.partition(":")
            if colon:
                headers[name.strip()] = value.strip()
        return headers

    async def _reveal_key(self) -> str:
        return self._key.reveal()

    async def _finish_headers(self, request: httpx2.Request) -> None:
        extras = self._endpoint.extras
        request.headers.update(extras.headers)
        # OPENAI_CUSTOM_HEADERS can hold an Authorization of its own; the last word is ours.
        request.headers.pop("Authorization", None)
        if extras.sends_key and extras.key_header:
            request.headers[extras.key_header] = self._key.reveal()
        elif extras.sends_key:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        watch(request)
        restore_form_type(request.headers)


_OWN_HEADERS = {"User-Agent": f"fttui/{__version__}"}


@asynccontextmanager
async def posted(client: AsyncOpenAI, path: str, form: MultipartForm) -> AsyncIterator[Any]:
    """POST a form as a stream; the SDK's own file arguments would read it on the event loop."""
    response: Any = await client.post(
        path,
        cast_to=object,
        content=form,
        options={"headers": {**form.headers, "X-Stainless-Raw-Response": "stream"}},
    )
    try:
        yield response
    finally:
        await response.close()


def load_sdk() -> None:
    """Import the SDK, from any thread; the other threads get many short turns meanwhile."""
    sys.setswitchinterval(_TURN)
    try:
        with _gc_frozen_import("openai"):
            import openai  # noqa: F401
    finally:
        sys.setswitchinterval(_USUAL_TURN)  # not what was found: two may load at one time


@contextmanager
def _gc_frozen_import(module: str) -> Iterator[None]:
    """Around the import of `module`, which lives as long as the process.

    An import of thousands of classes sets off collections that find nothing and take a quarter
    of its time. What it made is then left out of later collections: a full one would stop every
    thread, the one that answers keys too, for a tenth of a second and more. Only the first import
    of `module` does so: whatever lives at a later one would never be collected once it has ended.
    """
    if module in sys.modules:
        yield
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
