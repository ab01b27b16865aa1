"""Chats answered by another server, such as vLLM, which loads LoRA adapters when it is told to."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import httpx2
from starlette.responses import Response, StreamingResponse

from .answering import Asked
from .config import shown
from .errors import ApiError

KEY_VARIABLE = "FTTUI_ANSWERS_KEY"
_SECONDS = httpx2.Timeout(600.0, connect=10.0)
_LOADED_ALREADY = "already"


class AnswerServer:
    """Hands requests on; a fine-tuned model is loaded there under its own name first.

    The base model must be served there under its id here. The folders of adapters must be on a
    disk that the other server sees, too.
    """

    def __init__(self, url: str) -> None:
        self._base = url.removesuffix("/").removesuffix("/v1")
        self._loaded = set[str]()
        self._client: httpx2.AsyncClient | None = None

    async def respond(self, asked: Asked) -> Response:
        """The other server's answer as it is."""
        if asked.adapter is not None and asked.model not in self._loaded:
            await self._load(asked.model, str(asked.adapter))
        answer = await self._post("/v1/chat/completions", asked.body)
        if answer.status_code == 404 and asked.model in self._loaded:  # it was started anew
            await answer.aclose()
            self._loaded.discard(asked.model)
            return await self.respond(asked)
        kind = answer.headers.get("content-type", "application/json")
        return StreamingResponse(
            _passed_on(answer), status_code=answer.status_code, media_type=kind
        )

    async def _load(self, name: str, folder: str) -> None:
        told = {"lora_name": name, "lora_path": folder}
        answer = await self._post("/v1/load_lora_adapter", told)
        text = (await answer.aread()).decode("utf-8", "replace")
        await answer.aclose()
        if answer.status_code >= 300 and _LOADED_ALREADY not in text:
            raise ApiError(
                502, f"The server at {shown(self._base)} does not load {name}: "
                f"{shown(text[:300])} It must be started with --enable-lora and "
                "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True.", kind="server_error",
                code="engine_unavailable",
            )  # fmt: skip
        self._loaded.add(name)

    async def _post(self, path: str, body: object) -> httpx2.Response:
        if self._client is None:
            key = os.environ.get(KEY_VARIABLE, "")
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            self._client = httpx2.AsyncClient(
                timeout=_SECONDS, headers=headers, follow_redirects=False, trust_env=False
            )
        request = self._client.build_request("POST", self._base + path, json=body)
        try:
            return await self._client.send(request, stream=True)
        except httpx2.HTTPError as error:
            raise ApiError(
                503, f"The server at {shown(self._base)} does not answer: {shown(error)}.",
                kind="server_error", code="engine_unavailable",
            )  from None  # fmt: skip

    async def make_room(self) -> None:
        """It has its own memory."""

    async def close(self) -> None:
        """Ends its connections."""
        if self._client is not None:
            await self._client.aclose()


async def _passed_on(answer: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for block in answer.aiter_bytes():
            yield block
    finally:
        await answer.aclose()
