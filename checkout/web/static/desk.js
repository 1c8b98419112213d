// The staff's pages: keys for whoever works without a mouse. Off while something is being typed.
// `/` goes to the search field; `g` and a room's letter goes there; `?` tells which there are (their titles do).
let waiting = false;
const typing = (node) => node.closest("input, textarea, select, [contenteditable]");
const press = (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  if (waiting) {
    waiting = false;
    const door = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (door) { event.preventDefault(); door.click(); }
    return;
  }
  const search = document.querySelector("[type=search]");
  if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
  waiting = event.key === "g";
};
document.addEventListener("keydown", press);
document.querySelector("[data-focus]")?.focus();
