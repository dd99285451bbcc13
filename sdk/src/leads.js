import { Flow } from "./flow.js";
import { randomKey } from "./memory.js";
import { call } from "./wire.js";
import { openWindow } from "./windows.js";

/**
 * Opens an account: a flow whose transaction this page makes up, so that the pop-up can open in the click. What is known
 * of the user fills in the form; what of it cannot be used is dropped and said on the console.
 */
export function openAccount(settings, userDetails, loginCta) {
  const flow = new Flow(settings, `TRX_${randomKey()}`, "");
  const opened = flow.goesByRedirect() ? null : openWindow(flow.windowName());
  begin(flow, userDetails, loginCta).catch((error) => {
    if (opened) opened.close();
    flow.settle(error);
  });
  return flow;
}

async function begin(flow, userDetails, loginCta) {
  const { transactionId, settings } = flow;
  const { name, email, contact, pinCode } = userDetails || {};
  const { gateway, authToken } = settings;
  const details = { name, email, contact, pinCode };
  const asked = { gateway, authToken, transactionId, userDetails: details, loginCta: Boolean(loginCta) };
  const { dropped } = await call(settings.host, "lead", asked);
  for (const key in dropped) console.warn(`scDK: userDetails.${key} is left out, it is ${dropped[key]}.`);
  flow.launch();
}
