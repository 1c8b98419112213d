// Makes a link a button into the checkout that this file came from. Whatever fails, the link stays a link.
const HOME = new URL(import.meta.url).origin;
const CHOSEN = ["service", "clinic", "lang"];
// The link takes the site's colour, and any rule of the site goes before ours. Nothing moves.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
::slotted(a){box-sizing:border-box;display:inline-flex;align-items:center;min-height:44px;padding:.5em 1em;border:2px solid;border-radius:8px;font-weight:600;text-decoration:none}
dialog{width:736px;height:94dvh;max-width:100vw;max-height:none;padding:0;border:0;border-radius:8px;overflow:hidden}
::backdrop{background:#0008}
dialog[open]{display:flex;flex-direction:column}
dialog:has([hidden])::after{content:"…";margin:auto}
button{align-self:end;min-height:44px;padding:0 16px;border:0;background:none;color:inherit;font:16px system-ui;cursor:pointer;outline-offset:-4px}
button::before{content:"✕ "/""}
iframe{flex:1;border:0}`);

const make = (tag, facts) => Object.assign(document.createElement(tag), facts);

function complete(host) {
  const link = host.querySelector("a");
  if (link?.origin !== HOME) return;
  const address = new URL(link);
  for (const name of CHOSEN) if (host.getAttribute(name)) address.searchParams.set(name, host.getAttribute(name));
  link.href = address;
  link.ariaHasPopup = host.getAttribute("mode") === "dialog" ? "dialog" : null;
  return link;
}

function press(event) {
  const link = complete(this);
  const plain = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented;
  if (plain || this.getAttribute("mode") !== "dialog" || !link?.contains(event.target)) return;
  event.preventDefault();
  const address = new URL(link);
  address.searchParams.set("embed", 1);
  // Closed and opened again, a dialog still holds what was typed.
  if (!this.frame || this.frame.hidden || this.frame.src !== address.href) build(this, link, address);
  this.dialog.showModal();
}

function build(host, link, src) {
  const lang = /^en/.test(host.lang || document.documentElement.lang) ? "en" : "ru";
  const [title, close] = lang === "en" ? ["Book and pay", "Close"] : ["Запись и оплата", "Закрыть"];
  const frame = make("iframe", { title, src, hidden: true });
  const dialog = make("dialog", { lang, ariaLabel: title });
  dialog.append(make("button", { textContent: close, onclick: () => dialog.close() }), frame);
  host.dialog?.remove();
  host.shadowRoot.append(dialog);
  Object.assign(host, { dialog, frame });

  // A refused frame loads as well, but it says nothing. Then the link is followed.
  let timer;
  const wait = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!dialog.open || !dialog.isConnected) return;
      dialog.close();
      location.assign(link);
    }, milliseconds);
  };
  wait(6000);
  frame.onload = () => frame.hidden && wait(1000);
  dialog.onclose = () => link.focus(); // Safari gives a clicked link no focus to return to
  addEventListener("message", ({ data, origin, source }) => {
    if (origin !== HOME || source !== frame.contentWindow) return;
    clearTimeout(timer);
    frame.hidden = false;
    if (data === "close") dialog.close();
  });
}

customElements.define("clinic-pay-button", class extends HTMLElement {
  static observedAttributes = CHOSEN;
  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [SHEET];
    this.shadowRoot.append(make("slot", { onslotchange: () => complete(this) }));
    this.addEventListener("click", press);
  }
  attributeChangedCallback() {
    complete(this);
  }
});
