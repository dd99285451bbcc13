// The exchange's page: puts parts that the server has drawn anew into their place, and makes the calls of its buttons.

import { copyAt } from "./copy.js";

const at = (id) => document.getElementById(id);

// What has not changed stays as it is, so that focus, open details, selections and a press that has begun do too.
function put(part, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  merge(part, fresh.content);
}

function merge(old, fresh) {
  const now = [...old.childNodes], wanted = [...fresh.childNodes];
  if (now.length === wanted.length && now.every((one, index) => alike(one, wanted[index]))) {
    now.forEach((one, index) => update(one, wanted[index]));
  } else if (wanted.some((one) => one.id) && [...now, ...wanted].every((one) => one.id || !one.textContent.trim())) {
    byId(old, [...fresh.children]);
  } else replace(old, fresh);
}

const alike = (one, other) => one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");

function byId(old, wanted) {
  const ids = new Set(wanted.map(({ id }) => id));
  for (const one of [...old.children]) if (!ids.has(one.id)) one.remove();
  let before = old.firstElementChild;
  for (const one of wanted) {
    const known = old.querySelector(`:scope > [id="${CSS.escape(one.id)}"]`);
    if (!known) old.insertBefore(one, before);
    else {
      if (known !== before) old.insertBefore(known, before);
      update(known, one);
      before = known.nextElementSibling;
    }
  }
}

function update(known, one) {
  if (known.nodeType === Node.TEXT_NODE) {
    if (known.data !== one.data) known.data = one.data;
    return;
  }
  if (known.localName === "details") one.open = known.open;
  if (known.isEqualNode(one)) return;
  for (const { name, value } of one.attributes) if (known.getAttribute(name) !== value) known.setAttribute(name, value);
  for (const { name } of [...known.attributes]) if (!one.hasAttribute(name)) known.removeAttribute(name);
  merge(known, one);
}

function replace(old, fresh) {
  const active = document.activeElement;
  const key = old.contains(active) ? active.dataset.key : undefined;
  const open = [...old.querySelectorAll("details[open]")].map(({ id }) => id);
  old.replaceChildren(...fresh.childNodes);
  for (const id of open) if (id && at(id)) at(id).open = true;
  if (key) old.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

function listen() {
  const live = new EventSource("/sandbox/live");
  live.addEventListener("message", ({ data }) => {
    document.body.classList.remove("away");
    for (const [name, html] of Object.entries(JSON.parse(data))) put(document.querySelector(`[data-part="${name}"]`), html);
  });
  live.addEventListener("error", () => document.body.classList.add("away"));
}

let last = "";

async function call(method, path, body) {
  const began = performance.now();
  let status = "no answer", said = "";
  try {
    const answer = await fetch(path, { method, body });
    status = answer.status;
    const told = await answer.json().catch(() => ({}));
    said = answer.ok ? "" : told.error ?? "";
  } catch {
    said = "The sandbox does not respond. Is it running?";
  }
  const milliseconds = Math.round(performance.now() - began);
  last = `curl -X ${method} ${location.origin}${path}${body ? ` -d '${body.replaceAll("'", "'\\''")}'` : ""}`;
  const shown = document.createElement("code");
  shown.textContent = `${method} ${path}${body && body !== "{}" ? ` ${body}` : ""}`;
  const result = Object.assign(document.createElement("span"), { className: said ? "bad" : "good", textContent: `${status} in ${milliseconds} ms${said ? `: ${said}` : ""}` });
  at("call").replaceChildren(shown, " ", result);
  at("copy").hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-post], [data-delete]");
  if (!button || button.disabled) return;
  if (button.dataset.sure && !confirm(button.dataset.sure)) return;
  if (button.dataset.delete) call("DELETE", button.dataset.delete);
  else call("POST", button.dataset.post, button.dataset.body);
});

const fault = at("fault");
fault.elements.kind.addEventListener("change", ({ target }) => {
  at("fault-note").textContent = target.selectedOptions[0].dataset.note;
});
fault.addEventListener("submit", (event) => {
  event.preventDefault();
  const body = {};
  for (const field of fault.elements) {
    if (!field.name) continue;
    if ("flag" in field.dataset) body[field.name] = field.checked;
    else if (field.value === "") { if (field.name === "times") body.times = null; }
    else body[field.name] = "number" in field.dataset ? Number(field.value) : field.value;
  }
  call("POST", "/sandbox/faults", JSON.stringify(body));
});

at("copy").addEventListener("click", ({ currentTarget }) => copyAt(currentTarget, last));

listen();
