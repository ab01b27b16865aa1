"""The ways an exchange breaks: after the endpoint acted, before it, and on reads."""

from __future__ import annotations

from faults.proxy import HTML, Fault, error_answer

LOST = [Fault(how) for how in ("reset", "close", "hang", "truncate", "unterminated", "drip")]
UNCERTAIN_STATUSES = (408, 409, 429, 500, 502, 503, 520)
ODD_STATUSES = (301, 303, 307, 402, 405, 413, 501)
CERTAIN_STATUSES = (400, 401, 403, 404, 422)
ODD_BODIES = (
    b"",
    b"[]",
    b"null",
    b"3",
    b'"x"',
    b"{}",
    b'{"id": null}',
    b'{"id": 7}',
    b'{"id": "a b"}',
    b'{"data": []}',
    b"{",
    b"\xff\xfe",
    b"[" * 3000,
    HTML,
)
ODD_ANSWERS = [
    *(Fault("answer", body=body) for body in ODD_BODIES),
    Fault("answer", status=204),
    Fault("answer", status=502, body=HTML, headers=(("content-type", "text/html"),)),
]
REDIRECT = (("location", "http://127.0.0.1:9/elsewhere"),)
AFTER_COMMIT = [
    *LOST,
    *ODD_ANSWERS,
    *(error_answer(status, commit=True) for status in UNCERTAIN_STATUSES),
    *(error_answer(status, commit=True, headers=REDIRECT) for status in ODD_STATUSES),
]
BEFORE_COMMIT = [
    *(Fault(fault.how, False, fault.status, fault.body) for fault in LOST),
    *(Fault("answer", False, fault.status, fault.body) for fault in ODD_ANSWERS),
    *(
        error_answer(status, commit=False)
        for status in (*UNCERTAIN_STATUSES, *ODD_STATUSES, *CERTAIN_STATUSES)
    ),
    error_answer(429, commit=False, code="insufficient_quota"),
    Fault("cut", False, after=10),
]
READ_FAULTS = [
    *(Fault(how, False) for how in ("reset", "close", "hang", "truncate")),
    *(Fault("answer", False, body=body) for body in ODD_BODIES),
    *(error_answer(status, commit=False) for status in (401, 404, 429, 500, 502, 307, 400)),
]
