// The staff's pages work without this file. With it they have keys, change that is counted while one types, and entries
// that outlive a network that is gone: each piece looks for its own data attribute.

const $ = (what) => document.querySelector(what);
const $$ = (what) => [...document.querySelectorAll(what)];
const put = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

// --- keys for whoever works without a mouse. Off while something is being typed, but for those that no text has (F2).
// `/` goes to the search field; `g` and a room's letter goes there; a letter or F-key of a button or link presses it.

let waiting = false;
const typing = (node) => node.closest("input, textarea, select, [contenteditable]");
const door = (kind, key) => $$(`[data-${kind}]`).find((one) => one.dataset[kind] === key);
const press = (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const hot = door("hot", event.key);
  if (hot && (event.key.length > 1 || !typing(event.target))) { event.preventDefault(); hot.click(); return; }
  if (typing(event.target)) return;
  if (waiting) {
    waiting = false;
    const room = door("key", event.key);
    if (room) { event.preventDefault(); room.click(); }
    return;
  }
  const search = $("[type=search]");
  if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
  waiting = event.key === "g";
};
document.addEventListener("keydown", press);
$("[data-focus]")?.focus();
const ready = $("[data-select][autofocus]");
ready?.focus();
ready?.select();

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
