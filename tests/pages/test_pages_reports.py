"""Reports of browsers whose policy kept something from a page of ours."""

from __future__ import annotations

import json

import pytest

from checkout.web.reports import PATH
from tests.pages.visitor import Visitor

TYPE = {"Content-Type": "application/csp-report"}


def report(**facts: object) -> bytes:
    return json.dumps({"csp-report": facts}).encode()


async def test_every_page_says_where_to_report_to(visitor: Visitor) -> None:
    assert f"report-uri {PATH}" in (await visitor.get("/")).headers["Content-Security-Policy"]


async def test_a_report_is_counted_by_its_directive(visitor: Visitor) -> None:
    """The page's address, which may be a private link, is not kept."""
    sent = report(**{"effective-directive": "img-src", "blocked-uri": "https://elsewhere.example/x?secret"})
    assert (await visitor.post(PATH, sent, **TYPE)).status == 204
    metrics = (await visitor.get("/metrics")).html
    assert 'checkout_csp_reports_total{directive="img-src"}' in metrics


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", TYPE["Content-Type"], 400),
        (b"[]", TYPE["Content-Type"], 400),
        (report(**{"blocked-uri": 7}), TYPE["Content-Type"], 204),
        (b'{"csp-report": "x"}', TYPE["Content-Type"], 400),
        (report(), "text/plain", 415),
    ],
)
async def test_what_is_no_report_is_refused(visitor: Visitor, body: bytes, kind: str, status: int) -> None:
    """Nonsense costs nothing and breaks nothing."""
    assert (await visitor.post(PATH, body, **{"Content-Type": kind})).status == status
