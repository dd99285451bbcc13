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

/** Whether the window shows a page by now. Other origins may not be asked, and that is the answer. */
export function hasLanded(opened) {
  try {
    return opened.location.href !== "about:blank";
  } catch {
    return true;
  }
}

/** Sends a form by POST into the window of that name: what is secret stays out of every address. */
export function submitForm(action, target, fields) {
  const form = Object.assign(document.createElement("form"), { method: "POST", action, target, hidden: true });
  for (const name in fields) {
    form.append(Object.assign(document.createElement("input"), { name, value: fields[name] }));
  }
  document.documentElement.append(form);
  form.submit();
  form.remove();
}

export function isPhone() {
  return matchMedia("(pointer: coarse)").matches && Math.min(screen.width, screen.height) <= 600;
}
