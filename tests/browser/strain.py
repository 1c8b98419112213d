"""What a page is put under, and measured by, in the browser itself."""

from __future__ import annotations

from typing import Final

# Every word grows by two fifths, as Russian does against English and German against both.
GROW: Final = """() => {
  const longer = text => text.replace(/[\\p{L}]{3,}/gu, word => word + word.slice(-Math.ceil(word.length * 0.4)));
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) walk.currentNode.data = longer(walk.currentNode.data);
  document.querySelectorAll("[placeholder]").forEach(field => { field.placeholder = longer(field.placeholder); });
}"""
# What a finger presses, by the box that takes the press; a link inside a sentence is as high as its line (WCAG 2.5.8).
SMALL: Final = """() => [...document.querySelectorAll('button, .button, .act a, nav a, .times a, input, select, summary')]
  .filter(node => node.checkVisibility() && node.type !== 'hidden')
  .map(node => [node, (node.closest('label') ?? node).getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([node, box]) => `${node.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
TINY: Final = """() => [...document.querySelectorAll('body *')]
  .filter(node => node.checkVisibility() && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()))
  .filter(node => parseFloat(getComputedStyle(node).fontSize) < 16)
  .map(node => node.outerHTML.slice(0, 80))"""
# What has the focus, and whether it shows: nothing at the end of the page.
RING: Final = """() => {
  const node = document.activeElement, box = node.closest(".pick") ?? node;
  return node === document.body ? null : [node.outerHTML.slice(0, 80), getComputedStyle(box).outlineStyle];
}"""
# With letters twice as large as ours, as a reader may set them.
LARGE: Final = "document.documentElement.style.fontSize = '212%'"
