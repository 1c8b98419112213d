"""Bookings of somebody who is named: by one word that many share, or by all of them."""

from __future__ import annotations

from datetime import date

import pytest

from checkout.catalogue import store as catalogue
from checkout.ground.db import Tx
from checkout.payment import search
from checkout.payment.search import By, Wanted
from checkout.privacy.person import Person, person
from tests.world import World


def named(name: str) -> Person:
    return person(name=name, phone="+79210000000", email="somebody@example.com", born=date(1990, 5, 17))


async def found(world: World, *words: str, clinic: str | None = None) -> list[str]:
    """Codes of the bookings of whoever is named so, seen from this clinic; None: from anywhere."""

    async def look(tx: Tx) -> list[str]:
        place = await catalogue.clinic(tx, clinic) if clinic else None
        seen = None if place is None else [place.id]
        listed = await search.by_person(tx, world.service.vault, Wanted(By.NAME, words), seen)
        return [one.order.code for one in listed]

    return await world.tx(look)


@pytest.mark.parametrize("word", ["алиев", "фарид", "гасан", "оглы"])
async def test_each_word_of_a_name_finds_it_alone(world: World, word: str) -> None:
    order = await world.order(payer=named("Алиев Фарид Гасан оглы"))
    await world.order()
    assert await found(world, word) == [order.code]


async def test_all_words_must_be_one_persons(world: World) -> None:
    """In any order; a payer and a patient are two people."""
    both = await world.order(payer=named("Орлова Вера"), patient=named("Орлов Олег"))
    assert await found(world, "вера", "орлова") == [both.code]
    assert await found(world, "олег", "орлова") == []
    assert await found(world, "олег") == [both.code]


async def test_a_word_that_both_bear_finds_one_booking(world: World) -> None:
    family = await world.order(payer=named("Ким Анна"), patient=named("Ким Ян"))
    assert await found(world, "ким") == [family.code]


async def test_of_many_namesakes_the_newest_come_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than is shown tells that there are more; as payer or as patient, and wherever the word stands."""
    monkeypatch.setattr(search, "MOST", 2)
    await world.order(payer=named("Котова Мария"))
    payer = await world.order(payer=named("Мария Котова"))
    patient = await world.order(patient=named("Анна Котова"))
    newest = await world.order(payer=named("Котова Вера"))
    assert await found(world, "котова") == [newest.code, patient.code, payer.code]


async def test_namesakes_of_other_clinics_hide_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever works at one clinic finds its newest, however many newer there are elsewhere."""
    monkeypatch.setattr(search, "MOST", 1)
    ours = await world.order(payer=named("Котова Мария"), clinic="krasny")
    for _ in range(3):
        await world.order(payer=named("Котова Мария"))
    assert await found(world, "котова", clinic="krasny") == [ours.code]
