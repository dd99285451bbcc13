const gateway = new scDK({ gateway: "gatewaydemo", smallcaseAuthToken, config: { amo: true, returnUrl: location.origin } });

button.addEventListener("click", async () => {
  try {
    const result = await gateway.triggerTransaction({ transactionId });
    // result.orderBatches: what was filled. Send result.smallcaseAuthToken to your backend: it says who it was.
  } catch (error) {
    // error.message is a name such as "user_cancelled", error.code its number.
  }
});
