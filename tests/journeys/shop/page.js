// A partner's page: one transaction, one button, and a record of everything that the promises did.

const offer = JSON.parse(document.getElementById("offer").textContent);
const outcomes = document.getElementById("outcomes");

window.calls = [];
window.gateway = new window.scDK({ gateway: offer.gateway, smallcaseAuthToken: offer.token, config: offer.config });

function record(by, promise) {
  const call = { by, settled: 0 };
  window.calls.push(call);
  const tell = (outcome) => {
    call.settled += 1;
    show(outcome);
    return fetch(`/settled/${offer.key}`, { method: "POST", body: JSON.stringify({ by, ...outcome }), keepalive: true });
  };
  promise.then(
    (result) => tell({ result, error: null }),
    ({ message, code, data, description }) => tell({ result: null, error: { message, code, data, description } }),
  );
}

function show({ result, error }) {
  const item = document.createElement("li");
  item.append(error ? "Not done" : "Done");
  const said = document.createElement("span");
  const filled = (result?.orderBatches ?? []).map((batch) => `${batch.status}, ${batch.filled} of ${batch.quantity}`);
  said.textContent = error ? `${error.message} ${error.code ?? ""}` : filled.join() || "connected";
  item.append(said);
  outcomes.append(item);
}

window.buy = () => record("trigger", window.gateway.triggerTransaction({ transactionId: offer.transactionId, brokers: offer.brokers }));
document.getElementById("pay").addEventListener("click", window.buy);

const resumed = window.gateway.resume();
if (resumed) record("resume", resumed);
if (offer.hasty) setTimeout(window.buy); // nobody clicked: the browser holds the pop-up back
document.documentElement.dataset.ready = "yes";
