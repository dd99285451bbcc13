import { useCallback, useEffect, useRef, useState } from "react";
import scDK from "torana-scdk";

const IDLE = { isRunning: false, step: null, result: null, error: null };

/**
 * One component's transactions: what runs, how far it is, how the last one ended. Takes up what a reload or a redirect
 * interrupted. A component that goes away ends nothing: the promise of `trigger` and the webhook tell the end.
 */
export function useTransaction(options) {
  const [state, setState] = useState(IDLE);
  const current = useRef(null); // the promise of what runs: two taps may come before React draws

  const follow = useCallback((promise) => {
    current.current = promise;
    setState({ ...IDLE, isRunning: true });
    const ended = (end) => {
      if (current.current !== promise) return;
      current.current = null;
      setState({ ...IDLE, step: "done", ...end });
    };
    promise.then((result) => ended({ result }), (error) => ended({ error }));
    return promise;
  }, []);

  useEffect(() => {
    const heard = ({ step }) => setState((before) => (before.isRunning ? { ...before, step } : before));
    const gateway = new scDK(options).on("progress", heard);
    const resumed = gateway.resume();
    if (resumed) follow(resumed);
    return () => {
      gateway.off("progress", heard);
      current.current = null;
    };
  }, [options.gateway, options.smallcaseAuthToken]);

  const trigger = (transaction) => {
    const promise = new scDK(options).triggerTransaction(transaction);
    if (!current.current) return follow(promise);
    promise.catch(() => {}); // a second one is refused, and the first goes on
    return promise;
  };
  return { ...state, trigger };
}
