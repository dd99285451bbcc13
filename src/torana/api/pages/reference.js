// Copies samples, finds calls, and, where a demo runs, sends a call to its gateway. Everything else works without it.

import { copyAt } from "./copy.js";

const { gateway, secret } = document.body.dataset;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function copying(text) {
  const button = element("button", { type: "button", textContent: "Copy" });
  button.addEventListener("click", () => copyAt(button, text()));
  return button;
}

const encoder = new TextEncoder();
const base64 = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// An auth token, as a partner's server signs it. The demo's secret is in every sample; yours never comes to a page.
async function token(investor) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { ...(investor ? { smallcaseAuthId: investor } : { guest: true }), iat: now, exp: now + 3600 };
  const said = [{ alg: "HS256", typ: "JWT" }, claims].map((part) => base64(encoder.encode(JSON.stringify(part)))).join(".");
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `${said}.${base64(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(said))))}`;
}

function sender(section) {
  const { method, path, signed } = section.dataset;
  const examples = [...section.querySelectorAll("[data-example]")];
  const first = Math.max(examples.findIndex((one) => one.dataset.example === "basket"), 0);
  const form = element("form", { className: "send" });
  const address = element("input", { value: path, required: true, spellcheck: false, autocomplete: "off" });
  form.append(element("label", {}, "Path: put values for what stands in braces", address));
  const investor = element("input", { value: sessionStorage.getItem("torana.investor") ?? "", placeholder: "a guest", spellcheck: false, autocomplete: "off" });
  if (signed !== undefined) form.append(element("label", {}, "For the investor (smallcaseAuthId)", investor));
  const body = element("textarea", { spellcheck: false, value: examples[first]?.textContent ?? "" });
  if (examples.length > 1) {
    const choice = element("select", {}, ...examples.map((one, index) => new Option(one.dataset.example.replaceAll("_", " "), index)));
    choice.selectedIndex = first;
    choice.addEventListener("change", () => { body.value = examples[choice.value].textContent; });
    form.append(element("label", {}, "Example", choice));
  }
  if (examples.length) form.append(element("label", {}, "Body", body));
  const said = element("p", { role: "status" });
  const shown = element("pre", { tabIndex: 0, hidden: true, ariaLabel: "Answer" });
  form.append(element("button", { className: "primary", textContent: `Send ${method}` }), said, shown);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (signed !== undefined && !crypto.subtle) {
      said.textContent = "This call is signed, which browsers do on https and on localhost only: open this page there.";
      return;
    }
    sessionStorage.setItem("torana.investor", investor.value.trim());
    const headers = { "x-gateway-secret": secret };
    if (signed !== undefined) headers["x-gateway-authtoken"] = await token(investor.value.trim());
    if (examples.length) headers["content-type"] = "application/json";
    const began = performance.now();
    said.textContent = "Sending";
    try {
      const answer = await fetch(address.value, { method, headers, body: examples.length ? body.value : undefined });
      const text = await answer.text();
      said.replaceChildren(element("b", { className: answer.ok ? "good" : "bad", textContent: answer.status }), ` in ${Math.round(performance.now() - began)} ms`);
      try { shown.textContent = JSON.stringify(JSON.parse(text), null, 2); } catch { shown.textContent = text; }
      shown.hidden = !text;
    } catch {
      said.textContent = "The gateway does not answer.";
    }
  });
  return form;
}

for (const section of document.querySelectorAll(".operation")) {
  const samples = section.querySelector(".samples");
  if (!samples) continue;
  const tools = samples.querySelector(".tools");
  tools.append(copying(() => [...samples.querySelectorAll("pre")].find((pre) => pre.offsetParent).textContent));
  if (gateway) {
    const button = element("button", { type: "button", textContent: "Send to the demo gateway" });
    button.setAttribute("aria-expanded", "false");
    let form;
    button.addEventListener("click", () => {
      if (!form) samples.append(form = sender(section));
      else form.hidden = !form.hidden;
      button.setAttribute("aria-expanded", String(!form.hidden));
    });
    tools.append(button);
  }
}

const chosen = localStorage.getItem("torana.language");
if (chosen) document.querySelector(`#in-${CSS.escape(chosen)}`)?.click();
for (const input of document.querySelectorAll("[name=language]")) {
  input.addEventListener("change", () => localStorage.setItem("torana.language", input.value));
}

const find = document.querySelector("#find");
find.addEventListener("input", () => {
  const wanted = find.value.trim().toLowerCase().split(/\s+/);
  for (const entry of document.querySelectorAll(".contents li")) {
    const section = document.querySelector(entry.querySelector("a").hash);
    const text = `${entry.textContent} ${section?.dataset.path ?? ""}`.toLowerCase();
    entry.hidden = !wanted.every((word) => text.includes(word));
  }
  for (const heading of document.querySelectorAll(".contents h2")) heading.hidden = ![...heading.nextElementSibling.children].some((entry) => !entry.hidden);
});
