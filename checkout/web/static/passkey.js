// A passkey: the browser is asked for one, and what it says goes with the form around. Without a script, or in a browser that
// knows none, nothing of this is shown, and the other ways stand.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const keys = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
const asked = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...(options.excludeCredentials && { excludeCredentials: keys(options.excludeCredentials) }),
  ...(options.allowCredentials && { allowCredentials: keys(options.allowCredentials) }),
});
const told = (found) => {
  const said = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) said[name] = text(found.response[name]);
  }
  return JSON.stringify({ id: found.id, rawId: text(found.rawId), type: found.type, response: said });
};
for (const part of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const button = part.querySelector("button");
  const failed = part.querySelector("[data-failed]");
  part.hidden = false;
  button.addEventListener("click", async () => {
    failed.hidden = true;
    button.disabled = true;
    try {
      const publicKey = asked(JSON.parse(part.dataset.options));
      const found = await navigator.credentials[part.dataset.passkey]({ publicKey });
      const form = part.closest("form");
      form.querySelector("[data-brought]").value = told(found);
      form.submit();
    } catch {
      failed.hidden = false;
      button.disabled = false;
      button.focus();
    }
  });
}
