// The staff's pages work without this file. With it they have keys, change that is counted while one types, and entries
// that outlive a network that is gone: each piece looks for its own data attribute.

const $ = (what) => document.querySelector(what);
const $$ = (what) => [...document.querySelectorAll(what)];
const put = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

// --- keys for whoever works without a mouse. Off while something is being typed, but for those that no text has (F2), and
// for whoever switched them off. `/` goes to the search field; `g` and a room's letter goes there; `j` and `k` go from line
// to line of a list, `x` ticks one; a letter or F-key of a button or link presses it; `?` lists them.

const OFF = "keys-off";
const SIGNS = { ".": "/", ",": "?" }; // what the key of `/` and `?` says in a Russian layout
const list = $("[data-keys]");
let waiting = false;
const off = () => { try { return localStorage.getItem(OFF) !== null; } catch { return false; } };
const typing = (node) => node.closest("input:not([type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable]");
const door = (kind, key) => $$(`[data-${kind}]`).find((one) => one.dataset[kind] === key);

// By its place on the keyboard where it gives no Latin letter, so that nobody has to change the layout first.
function sign(event) {
  if (event.key.length > 1) return event.key;
  if (event.code === "Slash") return SIGNS[event.key] ?? event.key;
  const key = event.key.toLowerCase();
  return /[^\0-\x7f]/.test(key) && event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : key;
}

// The line that has the focus, else the one that the address names.
function line(step) {
  const lines = $$("[data-row]");
  const here = lines.findIndex((one) => one.contains(document.activeElement));
  const from = here < 0 ? lines.findIndex((one) => one.matches(":target")) : here;
  return lines[Math.min(Math.max(from + step, 0), lines.length - 1)];
}

const GENERAL = {
  "/": () => { const search = $("[type=search]"); search?.focus(); search?.select(); return search; },
  "?": () => { list?.showModal(); return list; },
  j: () => { const to = line(1)?.querySelector("a, button, summary"); to?.focus(); return to; },
  k: () => { const to = line(-1)?.querySelector("a, button, summary"); to?.focus(); return to; },
  x: () => { const tick = line(0)?.querySelector("[type=checkbox]"); tick?.click(); return tick; },
};

function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || list?.open) return;
  const key = sign(event);
  const letter = key.length === 1;
  if (letter && (typing(event.target) || off())) return;
  const after = waiting;
  waiting = key === "g" && !after;
  const found = after ? door("key", key) : door("hot", key);
  if (found) found.click();
  if (found || (!after && letter && GENERAL[key]?.())) event.preventDefault();
}

document.addEventListener("keydown", press);

if (list) {
  const open = $("[data-keys-open]");
  const tick = list.querySelector("[data-keys-off]");
  open.hidden = false;
  open.addEventListener("click", () => list.showModal());
  tick.checked = !off();
  tick.addEventListener("change", () => {
    try { tick.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes"); } catch { /* forbidden */ }
  });
  $$("[data-hot]").forEach((one) => {
    one.setAttribute("aria-keyshortcuts", one.dataset.hot);
    const row = list.querySelector("[data-keys-here]").content.cloneNode(true);
    row.querySelector("kbd").textContent = one.dataset.hot;
    row.querySelector("dd").textContent = one.textContent;
    list.querySelector("dl").prepend(row);
  });
}
$("[data-focus]")?.focus();
const ready = $("[data-select][autofocus]");
ready?.focus();
ready?.select();

// --- the room that one is in, where the rooms are a line that is longer than the screen

const room = $(".rooms > [aria-current], .rooms ul:not([popover]) [aria-current]");
const doors = $(".rooms");
if (room) doors.scrollLeft += room.getBoundingClientRect().left - (doors.clientWidth - room.offsetWidth) / 2;
doors?.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));

// --- sums while one types

const comma = document.documentElement.lang === "en" ? "." : ",";
const money = (kopecks) => {
  const whole = String(Math.floor(kopecks / 100)).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  return `${whole}${kopecks % 100 ? comma + String(kopecks % 100).padStart(2, "0") : ""}\u00a0₽`;
};
const kopecks = (text) => {
  const found = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec(text.replace(/[\s₽]/g, ""));
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : NaN;
};

$$("form[data-change]").forEach((form) => {
  const place = form.querySelector("[data-back]");
  const count = () => {
    const back = kopecks(form.received.value) - kopecks(form.amount.value);
    place.value = back >= 0 ? money(back) : place.dataset.short;
  };
  form.addEventListener("input", count);
  form.querySelectorAll("[data-fill]").forEach((note) => note.addEventListener("click", (event) => {
    event.preventDefault();
    form.received.value = note.dataset.fill;
    count();
    form.received.focus();
  }));
});

$$("[data-count]").forEach((set) => {
  const faces = [...set.querySelectorAll("[data-face-value]")];
  const line = set.querySelector("[data-counted]");
  const count = () => {
    const sum = faces.reduce((total, one) => total + Number(one.dataset.faceValue) * (Number(one.value) || 0), 0);
    line.hidden = false;
    line.querySelector("output").value = money(sum);
  };
  set.addEventListener("input", count);
  count();
});

// --- print what is meant for it at once

if ($("[data-print-now]")) addEventListener("load", () => print(), { once: true });

// --- a bad network: an entry that could not be sent is kept in this browser and sent again with its own key, so that it
// is done once. What is kept is a code and a sum, never a person. Only its own sender sends it.

const bar = $("[data-waiting]");
const STORE = "entries";
const PAUSE = 5000;
const PATIENCE = 20_000;

const kept = () => { try { return JSON.parse(localStorage.getItem(STORE) ?? "[]"); } catch { return []; } };
const keepAll = (list) => {
  try { list.length ? localStorage.setItem(STORE, JSON.stringify(list)) : localStorage.removeItem(STORE); } catch { /* forbidden */ }
};
const mine = () => kept().filter((entry) => entry.who === bar.dataset.me);
const drop = (entry) => keepAll(kept().filter((one) => one.key !== entry.key));
const hour = () => new Date().toLocaleTimeString("ru", { hour: "2-digit", minute: "2-digit" });

async function send(entry) {
  const body = new URLSearchParams(entry.body);
  body.set("token", bar.dataset.token); // of this session; the key stays the entry's own
  const answer = await fetch(entry.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
  if (answer.status >= 500) throw new Error("try again");
  return answer;
}

function told(word, entry) {
  const line = document.createElement("p");
  line.textContent = put(bar.dataset[word], entry);
  if (word === "refused") {
    const link = document.createElement("a");
    link.href = entry.page;
    link.textContent = entry.what;
    line.append(" ", link);
  }
  bar.append(line);
}

function show(extra = []) {
  bar.replaceChildren();
  mine().forEach((entry) => told(entry.login ? "login" : "kept", entry));
  extra.forEach(([word, entry]) => told(word, entry));
  const blocked = mine().length > 0;
  if (blocked && $("[data-closes]")) { bar.append(bar.dataset.closing); }
  $$("[data-closes] button").forEach((button) => { button.disabled = blocked; });
  bar.hidden = !bar.childNodes.length;
}

let busy = false;
async function resend() {
  if (busy) return;
  busy = true;
  const said = [];
  for (const entry of mine()) {
    try {
      const answer = await send(entry);
      const login = new URL(answer.url).pathname.startsWith("/desk/login");
      if (login) { keepAll(kept().map((one) => (one.key === entry.key ? { ...one, login } : one))); break; }
      drop(entry);
      said.push([answer.redirected ? "gone" : "refused", entry]);
    } catch { break; }
  }
  busy = false;
  if (said.length || mine().length) show(said);
}

async function first(form, entry) {
  try {
    const answer = await send(entry);
    if (answer.redirected) location.assign(answer.url);
    else form.submit(); // refused, and nothing was done: the page says why in its own way
  } catch {
    keepAll([...kept().filter((one) => one.key !== entry.key), entry]);
    show();
  }
}

if (bar) {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("keep" in form.dataset)) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    const body = [...new FormData(form, event.submitter)].filter(([name]) => name !== "token");
    const facts = { who: bar.dataset.me, key: form.elements.form.value, at: hour(), what: form.dataset.keep };
    first(form, { ...facts, action: form.action, page: location.href, body }).finally(() => { delete form.dataset.sending; });
  });
  addEventListener("online", resend);
  addEventListener("storage", () => show());
  setInterval(() => { if (mine().length) resend(); }, PAUSE);
  show();
  resend();
}
