"""Everything that can be changed, by JSON or by the forms of the pages."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from gateways.sandbox.control import acts, described, looks
from gateways.sandbox.control.door import Absent, Done, bank_of, changing, sent_form
from gateways.sandbox.control.settings import wished
from gateways.sandbox.merchants_file import as_dict

routes = web.RouteTableDef()


@routes.post("/sandbox/clock")
@changing(looks.show_overview)
async def move_clock(request: web.Request, wish: dict[str, Any]) -> Done:
    """`{"advance_seconds": n}`."""
    bank = bank_of(request)
    acts.move_clock(bank, wish)
    return Done(looks.clock_facts(bank), "/sandbox/", "moved")


@routes.post("/sandbox/faults")
@changing(looks.show_faults)
async def add_fault(request: web.Request, wish: dict[str, Any]) -> Done:
    """`{"kind", "method", "scope", "id", "times", "value", "effect", "seconds"}`; all but the kind have defaults."""
    rule = acts.add_fault(bank_of(request), wish)
    return Done(rule.as_json(), "/sandbox/faults", "fault_added", 201)


@routes.delete("/sandbox/faults")
@routes.post("/sandbox/faults/remove")
@changing(looks.show_faults)
async def clear_faults(request: web.Request, _wish: dict[str, Any]) -> Done:
    bank_of(request).faults.clear()
    return Done(None, "/sandbox/faults", "fault_removed")


@routes.delete(r"/sandbox/faults/{key:\d{1,9}}")
@routes.post(r"/sandbox/faults/{key:\d{1,9}}/remove")
@changing(looks.show_faults)
async def remove_fault(request: web.Request, _wish: dict[str, Any]) -> Done:
    if not bank_of(request).faults.remove(int(request.match_info["key"])):
        raise Absent("no such fault; it may have fired meanwhile")
    return Done(None, "/sandbox/faults", "fault_removed")


@routes.post("/sandbox/callbacks")
@changing(looks.show_callbacks)
async def send_callback(request: web.Request, wish: dict[str, Any]) -> Done:
    """`{"number", "operation", "status", "forge", "times"}`: about an order; `{"again": id}`: what was sent before."""
    sent = acts.send_callback(bank_of(request), wish)
    return Done(sent[0].as_json(), "/sandbox/callbacks", "sent", 202)


@routes.post(r"/sandbox/orders/{name}/{verb:chargeback|won}")
@changing(looks.show_order)
async def dispute(request: web.Request, wish: dict[str, Any]) -> Done:
    """`{"amount"}` in kopecks: the payer's bank takes so much back, or gives it up again; all of it without an amount."""
    name, verb = request.match_info["name"], request.match_info["verb"]
    order = acts.dispute(bank_of(request), name, verb, wish)
    return Done(described.order_line(order), f"/sandbox/orders/{order.id}", verb)


@routes.post("/sandbox/receipts/{name}")
@changing(looks.show_order)
async def break_printer(request: web.Request, wish: dict[str, Any]) -> Done:
    """`{"fail": true}`: whatever is printed for the order from now on comes to nothing; `false` ends that."""
    order = acts.break_printer(bank_of(request), request.match_info["name"], wish)
    return Done(None, f"/sandbox/orders/{order.id}", "saved")


@routes.post("/sandbox/dramas")
@changing(looks.show_dramas)
async def play(request: web.Request, wish: dict[str, Any]) -> Done:
    """`{"drama", "number"}` for one over an order, `{"drama", "merchant"}` for the others."""
    drama, order = acts.play(bank_of(request), wish)
    page = f"/sandbox/orders/{order.id}" if order else "/sandbox/faults"
    return Done({"played": drama.name, "number": order.number if order else None}, page, "played")


@routes.post("/sandbox/merchants")
@changing(looks.show_overview)
async def add_merchant(request: web.Request, wish: dict[str, Any]) -> Done:
    """`{"login", …}`: any settings of a merchant's."""
    added = acts.add_merchant(bank_of(request), wish)
    return Done(as_dict(added), f"/sandbox/merchants/{added.login}", "saved", 201)


@routes.patch("/sandbox/merchants/{login}")
@routes.post("/sandbox/merchants/{login}")
@changing(looks.show_merchant)
async def change_merchant(request: web.Request, wish: dict[str, Any]) -> Done:
    """Only the settings that are named; of `quirks` as well."""
    login = request.match_info["login"]
    changed = acts.change_merchant(bank_of(request), login, wished(wish) if sent_form(request) else wish)
    return Done(as_dict(changed), f"/sandbox/merchants/{login}", "saved")
