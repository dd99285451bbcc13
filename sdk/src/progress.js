const told = new EventTarget();

/** Tells the page how far a transaction is: by the name of the step, and as "progress" for those who hear all. */
export function tell(step, transactionId) {
  for (const type of [step, "progress"]) told.dispatchEvent(Object.assign(new Event(type), { step, transactionId }));
}

export function listen(step, listener) {
  told.addEventListener(step, listener);
}

export function stopListening(step, listener) {
  told.removeEventListener(step, listener);
}
