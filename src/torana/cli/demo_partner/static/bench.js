// The developer's side: each call between Lantern and Torana, by transaction, with the lines of code that did it.

import { copyAt } from "./copy.js";

const ways = { request: "Server → Torana", webhook: "Torana → server", sdk: "Page → SDK", sandbox: "Demo → exchange" };

export function bench({ at, clone, says }) {
  const stories = new Map([["", document.createElement("ol")]]);
  const wide = matchMedia("(min-width: 70rem)");
  const steps = at("steps");
  steps.append(stories.get(""));

  function story(id) {
    if (!stories.has(id)) {
      const list = document.createElement("ol");
      list.hidden = true;
      stories.set(id, list);
      steps.append(list);
      at("story").prepend(new Option(id.slice(0, 12) + "…", id));
    }
    return stories.get(id);
  }

  function choose(id) {
    story(id);
    at("story").value = id;
    for (const [known, list] of stories) list.hidden = known !== id;
  }

  function part(name, text) {
    const figure = clone("part");
    figure.querySelector("figcaption").textContent = name;
    const pre = figure.querySelector("pre");
    pre.textContent = text;
    pre.setAttribute("aria-label", name);
    return figure;
  }

  function show(step) {
    const row = at(`step-${step.key}`) ?? Object.assign(document.createElement("li"), { id: `step-${step.key}`, className: "step-row" });
    const made = clone("step");
    const open = row.querySelector("details")?.open;
    made.open = open === true;
    says(made, step.good);
    made.querySelector(".way").textContent = ways[step.kind];
    made.querySelector(".title").textContent = step.title;
    made.querySelector(".ms").textContent = step.milliseconds === null ? "…" : step.milliseconds >= 10000 ? `${Math.round(step.milliseconds / 100) / 10} s` : `${step.milliseconds} ms`;
    made.querySelector(".note").textContent = step.note;
    const code = at(`code-${step.code}`);
    const parts = [[step.kind === "sdk" ? "Called with" : "Request", step.sent], ["Answer", step.got]];
    if (code) parts.push([`The code that did it (${code.dataset.language})`, code.content.querySelector("pre").textContent]);
    made.querySelector(".parts").replaceChildren(...parts.filter(([, text]) => text).map(([name, text]) => part(name, text)));
    row.replaceChildren(made);
    row.classList.toggle("good", step.good === true);
    row.classList.toggle("bad", step.good === false);
    if (!row.isConnected) story(step.story).append(row);
  }

  function toggle(open) {
    at("bench").classList.toggle("open", open);
    if (open) at("steps").focus({ preventScroll: true });
  }

  at("story").addEventListener("change", ({ target }) => choose(target.value));
  at("hide-bench").addEventListener("click", () => { toggle(false); at("show-bench").focus(); });
  at("show-bench").addEventListener("click", () => toggle(true));
  addEventListener("keydown", ({ key }) => { if (key === "Escape") toggle(false); });
  steps.addEventListener("click", ({ target }) => {
    const button = target.closest(".copy");
    if (button) copyAt(button, button.parentElement.querySelector("pre").textContent);
  });

  return {
    show,
    choose,
    name(id, text) {
      story(id);
      [...at("story").options].find(({ value }) => value === id).text = text;
    },
    open(id) {
      choose(id);
      if (!wide.matches) toggle(true);
      else at("steps").focus({ preventScroll: true });
    },
    // A call of the SDK: the server keeps it, so that a reload shows it too.
    async watch(send, storyId, title, sent, promise) {
      const began = performance.now();
      const step = { key: `sdk-${storyId || `${title}-${Date.now()}`}`, story: storyId, title, sent: JSON.stringify(sent, null, 2) };
      const end = (good, note, got) => send({ ...step, good, note, got: JSON.stringify(got, null, 2).slice(0, 20000), milliseconds: Math.round((performance.now() - began) * 10) / 10 });
      if (storyId) send(step);
      try {
        const result = await promise;
        await end(true, "resolved", result ?? null);
        return result;
      } catch (error) {
        await end(false, `rejected: ${error.message} ${error.code ?? ""}`.trim(), { message: error.message, code: error.code, data: error.data });
        throw error;
      }
    },
  };
}
