// What the pages say without this script is whole; it only keeps the clock going and the number readable.
"use strict";

(() => {
  const countdown = document.getElementById("countdown");
  if (countdown) {
    const end = performance.now() + Number(countdown.dataset.left) * 1000;
    const two = (number) => String(number).padStart(2, "0");
    const tick = () => {
      const left = Math.max(0, Math.round((end - performance.now()) / 1000));
      const hours = Math.floor(left / 3600);
      const rest = `${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
      countdown.textContent = hours ? `${hours}:${rest}` : rest;
      countdown.classList.toggle("soon", left <= 60);
      if (left > 0) setTimeout(tick, 1000);
      else location.replace(location.href);  // not reload(): the page may have answered a form
    };
    tick();
  }

  const pan = document.getElementById("pan");
  const brand = document.getElementById("brand");
  if (pan && brand) {
    // Length of the prefix, from, to, system: the bank's own table, as the page brings it.
    const systems = JSON.parse(brand.dataset.systems);
    const name = (digits) => {
      const found = systems.find(([size, low, high]) => {
        const prefix = digits.slice(0, size);
        return prefix.length === size && Number(prefix) >= low && Number(prefix) <= high;
      });
      return found ? found[3] : "";
    };
    const show = () => {
      const seen = name(pan.value.replace(/\D/g, ""));
      for (const one of brand.children) one.toggleAttribute("data-on", one.dataset.system === seen);
      brand.toggleAttribute("data-known", seen !== "");
    };
    pan.addEventListener("input", () => {
      if (pan.selectionStart === pan.value.length) {
        pan.value = pan.value.replace(/\D/g, "").slice(0, 19).replace(/(.{4})(?=.)/g, "$1 ");
      }
      show();
    });
    show();
  }

  const expiry = document.getElementById("expiry");
  if (expiry) {
    expiry.addEventListener("input", (event) => {
      if (event.inputType === "insertText" && /^\d{3}$/.test(expiry.value)) {
        expiry.value = `${expiry.value.slice(0, 2)}/${expiry.value.slice(2)}`;
      }
    });
  }
})();
