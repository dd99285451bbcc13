// The endings: a tap sets quantities on the page, and clock and user at the exchange.

export function scenarios({ at, call, enter, trouble }) {
  const chips = [...document.querySelectorAll("[data-scenario]")];

  function show(key) {
    const chosen = chips.find(({ dataset }) => dataset.scenario === key);
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip === chosen));
    if (chosen) at("ending").textContent = chosen.dataset.what;
    for (const card of document.querySelectorAll(".card")) {
      const shares = card.querySelector(".shares");
      const quantity = Number(chosen?.dataset.quantity ?? shares.dataset.shares);
      shares.textContent = quantity === 1 ? "1 share" : `${quantity} shares`;
      shares.classList.toggle("set", Boolean(chosen?.dataset.quantity));
    }
  }

  for (const chip of chips) {
    chip.addEventListener("click", async () => {
      trouble("");
      show(chip.dataset.scenario);
      try {
        await enter(await call("/api/scenario", { key: chip.dataset.scenario }));
      } catch (error) {
        trouble(error.message);
      }
    });
  }
  return show;
}
