// The payer's pages work without this file. With it they are a little kinder: each piece below looks for its own data
// attribute, writes text only, keeps nothing but the chosen theme, and asks nobody but this page's own address.

const root = document.documentElement;
const words = document.querySelector("[data-words]").dataset;
const locale = root.lang === "en" ? "en-GB" : root.lang;
const MINUTE = 60_000;

const each = (what, act) => document.querySelectorAll(what).forEach(act);
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const pause = (length) => new Promise((done) => setTimeout(done, length));
const aloud = (text) => { document.querySelector("[data-words]").textContent = text; };

// --- light and dark: the system's, until somebody presses the switch; kept only while it differs from the system's

const night = matchMedia("(prefers-color-scheme: dark)");
const system = () => (night.matches ? "dark" : "light");

function kept() {
  try { return localStorage.getItem("theme"); } catch { return null; } // storage may be forbidden: then it lasts a page
}

function keep(theme) {
  try { theme === system() ? localStorage.removeItem("theme") : localStorage.setItem("theme", theme); } catch { /* as above */ }
}

function dress(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  each("[data-theme-switch]", (button) => button.setAttribute("aria-pressed", (theme || system()) === "dark"));
}

each("[data-theme-switch]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const theme = (root.dataset.theme || system()) === "dark" ? "light" : "dark";
    keep(theme);
    dress(theme);
  });
});
night.addEventListener("change", () => dress(kept()));
addEventListener("pageshow", () => dress(kept()));
dress(kept());

// --- the same hour on the reader's own clock, where that differs from the clinic's

function yours(time) {
  const at = new Date(time.dateTime);
  const on = (format, zone) => new Intl.DateTimeFormat(locale, { ...format, timeZone: zone }).format(at);
  const hour = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = { day: "numeric", month: "long" };
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const sameDay = on(day, here) === on(day, time.dataset.zone);
  if (sameDay && on(hour, here) === on(hour, time.dataset.zone)) return;
  time.append(`, ${fill(words.yours, { time: on(sameDay ? hour : { ...day, ...hour }, here).replaceAll(" ", "\u00a0") })}`);
}

each("time[data-zone]", (time) => {
  try { yours(time); } catch { /* a zone that this browser does not know */ }
});

// --- how long a deadline leaves; said aloud when 5 minutes and 1 minute are left, and at no other time

const plural = new Intl.PluralRules(locale);
const left = (n) => fill(words[plural.select(n)], { n });

each("time[data-until]", (time) => {
  const wrong = Date.parse(time.dataset.now) - Date.now(); // of this device's clock
  const ends = Date.parse(time.dataset.until);
  const place = document.createElement("span");
  let before = 0;
  const show = () => {
    const rest = ends - wrong - Date.now();
    const minutes = Math.max(0, Math.ceil(rest / MINUTE));
    const text = minutes ? left(minutes) : words.over;
    place.textContent = `, ${text}`;
    if (minutes && [5, 1].some((mark) => minutes <= mark && mark < before)) aloud(text);
    before = minutes;
    if (minutes) setTimeout(show, rest - (minutes - 1) * MINUTE);
  };
  time.after(place);
  show();
});

// --- a page that waits for the bank: ask for it quietly, load it anew only when it shows another face

const PAUSES = [2, 3, 5, 8, 10]; // seconds; the last one again and again
const PATIENCE = 2 * MINUTE;

async function face() {
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout?.(20_000) });
    return answer.headers.get("X-Face");
  } catch { return null; } // no network: it may come back
}

async function wait(shown) {
  for (let turn = 0; ; turn += 1) {
    await pause(1000 * (PAUSES[turn] ?? PAUSES.at(-1)));
    if (document.hidden) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
    const now = await face();
    if (now && now !== shown) return location.reload();
  }
}

each("[data-face]", (page) => {
  wait(page.dataset.face);
  setTimeout(() => each("[data-patience]", (note) => { note.hidden = false; }), PATIENCE);
});

// --- a form is sent once; for those who stopped the page from loading, and who came back, it can be sent again

const AGAIN = 10_000;
const sent = new Map();

function free() {
  sent.forEach((button) => button?.removeAttribute("aria-disabled"));
  sent.clear();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset) || event.defaultPrevented) return;
  if (sent.has(form)) return event.preventDefault();
  sent.set(form, event.submitter);
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(free, AGAIN);
});
addEventListener("pageshow", free);

// --- the sum of what is ticked

function money(kopecks) {
  const whole = String(Math.floor(kopecks / 100)).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  const rest = kopecks % 100;
  return `${whole}${rest ? (root.lang === "en" ? "." : ",") + String(rest).padStart(2, "0") : ""}\u00a0₽`;
}

each("form[data-calculator]", (form) => {
  const parts = [...form.elements];
  const count = () => {
    const ticked = parts.filter((part) => part.checked && part.dataset.price);
    const times = (one) => Number(parts.find((part) => [one.value, one.id].includes(part.dataset.quantityFor))?.value ?? 1);
    const sum = (fact) => ticked.reduce((total, one) => total + Number(one.dataset[fact] ?? 0) * times(one), 0);
    const write = (mark, text) => parts.filter((part) => mark in part.dataset).forEach((part) => { part.value = text; });
    write("total", money(sum("price")));
    write("depositTotal", money(sum("deposit")));
    write("minutesTotal", fill(words.minutes, { count: sum("minutes") }));
  };
  form.addEventListener("change", count);
  addEventListener("pageshow", count);
});

// --- print

each("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
