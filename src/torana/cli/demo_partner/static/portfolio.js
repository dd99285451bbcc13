// Model baskets of the gateway, and the investments of whoever is here: a row each, with what can be done.

const rupees = new Intl.NumberFormat("en-IN", { style: "currency", currency: "INR", maximumFractionDigits: 0 });
const actions = [["INVESTMORE", "Add money"], ["MANAGE", "Edit shares"], ["SIP_SETUP", "Plan instalments"], ["EXIT", "Sell all"]];
const wanted = { REBALANCE: "Rebalance", FIX: "Repair", SIP: "Order the instalment" };
const day = new Intl.DateTimeFormat("en-IN", { day: "numeric", month: "long", timeZone: "Asia/Kolkata" });

export function portfolio({ at, call, clone, triggers }) {
  function made(title, text, buttons) {
    const row = clone("investment");
    row.querySelector("strong").textContent = title;
    row.querySelector("span").textContent = text;
    row.querySelector(".buttons").replaceChildren(...buttons.map(([label, order]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      button.setAttribute("aria-label", `${label}: ${title}`);
      triggers(button, "/api/portfolio/orders", order);
      return button;
    }));
    return row;
  }

  function model({ scid, name, text, minimum }) {
    const from = minimum === null ? "" : ` From ${rupees.format(minimum)}.`;
    return made(name, text + from, [["Invest", { kind: "BUY", scid, name }]]);
  }

  function held({ iscid, name, invested, worth, wants, open, instalment, next_instalment: next }) {
    const value = worth === null ? "" : `, worth ${rupees.format(worth)}`;
    const plan = instalment === null ? "" : ` An instalment of ${rupees.format(instalment)} is due on ${day.format(new Date(next))}.`;
    const text = `${rupees.format(invested)} invested${value}.${plan}${open ? " An order is open." : ""}`;
    const kinds = wants in wanted ? [[wants, wanted[wants]], ...actions] : actions;
    return made(name, text, open ? [] : kinds.map(([kind, label]) => [label, { kind, iscid, name }]));
  }

  return async function show() {
    const { models, held: mine } = await call("/api/portfolio");
    at("models").replaceChildren(...models.map(model));
    at("investments").replaceChildren(...mine.map(held));
    at("invested").hidden = mine.length === 0;
  };
}
