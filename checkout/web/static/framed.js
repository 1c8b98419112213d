// For a step of the checkout inside a clinic's dialog (button.js): says that it came, which a refused frame cannot, and
// hands on Escape, which a page below does not hear. Neither word is a secret, so any page may hear them.
"use strict";

if (parent !== window) {
  parent.postMessage("ready", "*");
  addEventListener("keydown", ({ key, isComposing }) => {
    if (key === "Escape" && !isComposing) parent.postMessage("close", "*");
  });
}
