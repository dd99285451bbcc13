import { createApp, h, onMounted, ref } from "vue";
import scDK from "torana-scdk";

const isThere = ref(true);
window.leave = () => (isThere.value = false);

const Shop = {
  setup() {
    const said = ref("idle");
    const gateway = () => new scDK(window.options);
    const follow = (promise) => {
      said.value = "running null";
      promise.then(({ broker }) => (said.value = broker), ({ message }) => (said.value = message));
      return promise;
    };
    const heard = ({ step }) => step === "done" || (said.value = `running ${step}`);
    onMounted(() => {
      const resumed = gateway().on("progress", heard).resume();
      if (resumed) window.record(follow(resumed));
    });
    const buy = () => window.record(follow(gateway().triggerTransaction({ transactionId: window.transactionId })));
    return () => [h("button", { id: "pay", onClick: buy }, "Buy"), h("p", { id: "state" }, said.value)];
  },
};

createApp({ render: () => (isThere.value ? h(Shop) : h("p", { id: "state" }, "left")) }).mount("#app");
