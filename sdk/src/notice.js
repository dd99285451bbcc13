import { mark } from "./mark.js";
import { own } from "./own.js";

const STYLE = `
:host {
  all: initial !important;
  --ink: #1a1917; --quiet: #625e56; --paper: #fff;
  --accent: var(--scdk-accent, #2f3fa0); --on-accent: var(--scdk-on-accent, #fff);
}
@media (prefers-color-scheme: dark) {
  :host {
    --ink: #f1f0ed; --quiet: #aba8a1; --paper: #191a1d;
    --accent: var(--scdk-accent, #a9b4ff); --on-accent: var(--scdk-on-accent, #14151a);
  }
}
* { box-sizing: border-box; margin: 0; font: inherit }
dialog, section {
  font: 15px/24px system-ui, sans-serif; color: var(--quiet); background: var(--paper);
  border: 1px solid #8884; border-radius: 16px; box-shadow: 0 8px 40px #0003; animation: enter .16s .1s ease-out both;
}
@keyframes enter { from { opacity: 0; transform: translateY(8px) } }
svg { width: 24px; flex: none; color: var(--accent) }
h2, button { color: var(--ink); font-weight: 600 }
.actions { display: flex; gap: 8px }
button {
  flex: 1 0 auto; min-height: 44px; padding: 0 16px; border: 1px solid #0000; border-radius: 12px; background: #8882;
}
.primary { background: var(--accent); color: var(--on-accent) }
button:hover { opacity: .88 }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
section {
  position: fixed; z-index: 2147483647; left: 8px; right: 8px; bottom: max(24px, env(safe-area-inset-bottom));
  max-width: 640px; margin: auto; padding: 12px; display: flex; flex-wrap: wrap; align-items: center; gap: 12px;
}
section .words { flex: 1 }
section p { font-size: 13px; line-height: 16px }
section .actions { flex-direction: row-reverse }
dialog {
  width: 400px; max-width: none; margin: auto; padding: 32px 24px max(24px, env(safe-area-inset-bottom));
  text-align: center;
}
dialog svg { width: 40px; stroke-width: 1.5 }
dialog h2 { font-size: 20px; margin: 16px 0 8px }
dialog .actions { flex-direction: column; margin-top: 24px }
dialog::backdrop { background: #0a0b0f80 }
@media (max-width: 600px) {
  dialog { width: 100%; margin-bottom: 0; border-width: 1px 0 0; border-radius: 20px 20px 0 0 }
  section { bottom: max(8px, env(safe-area-inset-bottom)) }
  section .actions { flex-basis: 100% }
  section svg { display: none }
  :host(.bar) { display: block !important; height: 144px !important }
}
@media (prefers-reduced-motion: reduce) { dialog, section { animation-duration: 1ms } }`;

/**
 * Shows a bar at the bottom of the page, or a dialog over it (`modal`), and returns what takes it away again.
 * `actions` maps labels to what they do: the main one first when there are two, the last one is also Escape's. `say`
 * puts words into the investor's language.
 */
export function showNotice({ modal, title, text, actions, say }) {
  const host = element("div", { className: modal ? "" : "bar", lang: say("en") }); // on phones it makes the page longer by the bar
  const root = host.attachShadow(own({ mode: "closed" }));
  const card = element(modal ? "dialog" : "section");
  const words = element("div", { className: "words" });
  const foot = element("div", { className: "actions" });
  for (const [label, onclick] of Object.entries(actions)) foot.append(element("button", { textContent: say(label), onclick }));
  if (foot.children[1]) foot.firstChild.className = "primary";
  card.setAttribute("aria-labelledby", "title");
  words.setAttribute("role", "status");
  card.append(mark(document), words, foot);
  root.append(card);
  style(root);
  // a dialog of the page leaves everything outside of it inert
  (Array.from(document.querySelectorAll("dialog[open]")).pop() || document.documentElement).append(host);

  const lines = [element("h2", { textContent: say(title), id: "title" }), element("p", { textContent: say(text) })];
  const speak = () => words.append(...lines);
  if (modal) {
    speak();
    card.oncancel = (event) => {
      event.preventDefault();
      foot.lastChild.click();
    };
    card.showModal();
  } else {
    setTimeout(speak, 90); // a status is read out when it changes, not when it is there from the start
  }
  return () => {
    if (modal) card.close(); // gives the focus back
    host.remove();
  };
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

/** A constructed sheet is no inline style to a Content-Security-Policy; the element is for browsers without it. */
function style(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(element("style", { textContent: STYLE }));
  }
}
