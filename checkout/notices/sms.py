"""One text message to the provider. Nothing here touches the database."""

from __future__ import annotations

from typing import Final

from checkout.ground.channels import Sms
from checkout.notices.message import Came, Outcome
from gateways.gateway import Request, Transport, Unreachable

_LATER: Final = frozenset({408, 425, 429})


async def send(provider: Sms, line: Transport, *, id_: str, phone: str, text: str) -> Outcome:
    """Hand the text over. Any other status than the configured ones is a refusal below 500, and open above."""
    request = Request(
        method=provider.method,
        url=provider.url,
        headers={
            "Content-Type": f"{provider.content_type}; charset=utf-8",
            **{name: value.get_secret_value() for name, value in provider.headers.items()},
        },
        body=provider.filled(phone=phone, text=text, id_=id_).encode(),
    )
    try:
        answer = await line(request)
    except Unreachable as reason:
        return Outcome(Came.UNSURE, f"the SMS provider: {type(reason).__name__}")
    if answer.status in provider.ok_status:
        return Outcome(Came.SENT)
    return Outcome(_came(answer.status), f"the SMS provider answered {answer.status}")


def _came(status: int) -> Came:
    if status in _LATER:
        return Came.NOT_YET
    return Came.REFUSED if status < 500 else Came.UNSURE  # noqa: PLR2004 - HTTP's classes
