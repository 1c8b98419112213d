"""Whether a page speaks one language."""

from __future__ import annotations

import re
from typing import Final

from playwright.async_api import Page

from checkout.ground.config import Config
from checkout.ground.ids import CODE_ALPHABET

# Whatever a person may read or hear, but for what is marked as another language, as code, or is drawn.
SAID: Final = """language => {
  const ours = node => {
    const marked = node.closest("[lang]");
    return (!marked || marked.lang === language) && !node.closest("script, noscript, code, textarea, svg");
  };
  const said = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (ours(walk.currentNode.parentElement)) said.push(walk.currentNode.data);
  for (const name of ["aria-label", "title", "alt", "placeholder"])
    document.querySelectorAll(`[${name}]`).forEach(node => ours(node) && said.push(node.getAttribute(name)));
  return said;
}"""
# What a Russian page may say in Latin letters: names of cards, of formats, and of what a site's keeper has to set.
KNOWN: Final = "Visa|Mastercard|JCB|SberPay|QR|JSON|ZIP|UTC|Content-Security-Policy|config.yaml"
# What is no word of ours: the bank's number, an order's code, an e-mail address.
CODES: Final = rf"\b([0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|[{CODE_ALPHABET}]{{8}})\b|\S+@\S+"


async def foreign(page: Page, language: str, config: Config) -> list[str]:
    """Words of the other language; names and addresses of companies are what they are."""
    said = re.sub(rf"{CODES}|\b({KNOWN})\b", "", "\n".join(await page.evaluate(SAID, language)))
    for merchant in config.merchants:
        for name in merchant.legal.model_dump().values():
            said = said.replace(str(name), "")
    return sorted(set(re.findall(r"[а-яё]+" if language == "en" else r"[a-z]{2,}", said, re.IGNORECASE)))
