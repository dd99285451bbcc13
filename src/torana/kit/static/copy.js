// Copies what stands in a page. Over plain http there is no clipboard for scripts, but the browser copies a selection; where
// even that is refused the text is left selected, for the person's own keys.

async function copy(text, beside) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { /* no clipboard, or not for this page */ }
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "unseen";
  field.setAttribute("aria-label", "To copy");
  beside.after(field);
  field.select();
  const copied = document.execCommand("copy");
  if (copied) {
    field.remove();
    beside.focus();
  } else field.addEventListener("blur", () => field.remove());
  return copied;
}

const SHOWN_FOR = 1500; // milliseconds

// What a press on this button copies; the button says what became of it.
export async function copyAt(button, text) {
  const label = (button.dataset.label ??= button.textContent);
  button.textContent = (await copy(text, button)) ? "Copied" : "Selected, copy it now";
  setTimeout(() => { button.textContent = label; }, SHOWN_FOR);
}
