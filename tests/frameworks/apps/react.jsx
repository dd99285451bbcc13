import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { useTransaction } from "torana-scdk/react";

function Shop() {
  const { isRunning, step, result, error, trigger } = useTransaction(window.options);
  const said = isRunning ? `running ${step}` : error ? error.message : result ? result.broker : "idle";
  const buy = () => window.record(trigger({ transactionId: window.transactionId }));
  return (
    <>
      <button id="pay" onClick={buy}>Buy</button>
      <p id="state">{said}</p>
    </>
  );
}

function App() {
  const [isThere, setThere] = useState(true);
  window.leave = () => setThere(false);
  return isThere ? <Shop /> : <p id="state">left</p>;
}

createRoot(document.getElementById("app")).render(<StrictMode><App /></StrictMode>);
