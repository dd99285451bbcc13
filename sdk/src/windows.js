import { mark } from "./mark.js";

const WIDTH = 480;
const HEIGHT = 760;

/** Opens the pop-up of this name, or finds it again; null when the browser holds it back. Call it in a click. */
export function openWindow(name) {
  const left = screenX + (outerWidth - WIDTH) / 2;
  const top = screenY + Math.max(0, (outerHeight - HEIGHT) / 2);
  let opened = null;
  try {
    opened = window.open("", name, `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`);
    if (!opened || opened.closed) return null;
    opened.focus();
    opened.document.documentElement.style.colorScheme = "light dark"; // no white flash at night
  } catch {
    // a window found again shows the gateway's page, which is closed to us
  }
  return opened;
}

/** The mark and a word, `said`, in the window until its first page is there: the gateway may be slow, or away. */
export function showOpening(opened, said) {
  const blank = blankDocument(opened);
  if (!blank || blank.body.firstChild) return;
  blank.title = said;
  const drawn = mark(blank);
  drawn.style.cssText = "display:block;width:48px;margin:36vh auto 16px";
  blank.body.style.cssText = "text-align:center;font:17px system-ui,sans-serif";
  blank.body.append(drawn, blank.title);
}

/** The pop-up's own document while it is blank, otherwise null: a gateway's page is closed to us. */
export function blankDocument(opened) {
  try {
    return opened.location.href === "about:blank" ? opened.document : null;
  } catch {
    return null;
  }
}

/**
 * Sends a form by POST into the window of that name: what is secret stays out of every address.
 *
 * The gateway has to see the origin, whatever the page's Referrer-Policy. A policy once set cannot be taken back, so
 * it is set in `within`, a document that gives way: the blank pop-up's, or the page's when the whole tab leaves.
 */
export function submitForm(action, target, fields, within) {
  const from = within || document;
  const form = Object.assign(from.createElement("form"), { method: "POST", action, target, hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(from.createElement("input"), { name, value }));
  }
  if (within) from.head.append(Object.assign(from.createElement("meta"), { name: "referrer", content: "origin" }));
  from.documentElement.append(form);
  form.submit();
  form.remove();
}

// Android's web views, the iPhone's (only a browser there says Safari), and apps whose web view says neither
const IN_APP = /; wv\)|iP(hone|ad|od)(?!.*Safari\/)|Instagram|FBA[NV]|Line\/|MicroMessenger|LinkedInApp|Snapchat|Bytedance|Twitter/;

/** Whether the page is shown by an app that has no second window, or none that can be closed again. */
export function isInApp() {
  return IN_APP.test(navigator.userAgent);
}

export function isPhone() {
  return matchMedia("(pointer: coarse)").matches && Math.min(screen.width, screen.height) <= 600;
}
