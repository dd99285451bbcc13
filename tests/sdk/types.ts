// How a partner's code uses the SDK. tests/sdk/test_types.py compiles it: what has @ts-expect-error above must be wrong.
import scDK, { type OrderBatch, type Progress, type ScdkError, type Session, type TransactionResult } from "./scdk.mjs";

const gateway: scDK = new scDK({ gateway: "acme", smallcaseAuthToken: "a.b.c", config: { amo: true, redirect: "phone" } });
const version: string = gateway.version;
const alsoGlobal: typeof scDK = window.scDK;

const session: Promise<Session> = gateway.init({ smallcaseAuthToken: "d.e.f" });
void gateway.init({ userData: "d.e.f" });
void gateway.init("d.e.f");
void gateway.init();
void gateway.init({});

async function buy(transactionId: string): Promise<OrderBatch[]> {
  try {
    const result: TransactionResult = await gateway.triggerTransaction({ transactionId, brokers: ["kite"], extra: 1 });
    return result.orderBatches ?? [];
  } catch (error) {
    const { message, code, data } = error as ScdkError;
    if (message === "user_cancelled" && code === 1012) return [];
    throw new Error(`${message} ${String(data?.["outcome"])}`);
  }
}

async function others(): Promise<void> {
  const { funds } = await gateway.triggerTransaction<{ funds: number | null }>({ transactionId: "TRX_1" });
  const rupees: number | null = funds;
  await gateway.triggerTransaction("TRX_1", {}, ["kite"]);
  await gateway.triggerMfTransaction("TRX_1");
  const resumed: Promise<TransactionResult> | null = gateway.resume();
  const connected: TransactionResult = await gateway.connect();
  const left = await gateway.openSmallplug({ endpoint: "discovery/all", params: { minInvest: "0-5000" } });
  const nothing: never = await gateway.fetchHoldings();
  const { sipDetails, cancelStatus } = await gateway.triggerTransaction({ transactionId: "TRX_1" });
  const instalment: number | undefined = sipDetails?.amount;
  // @ts-expect-error it may be another day, or none
  const day: string = sipDetails?.scheduledDate;
  // @ts-expect-error no such end
  const isLost: boolean = cancelStatus === "LOST";
  void [instalment, day, isLost];
  void [rupees, resumed, connected, left.success, left.smallcaseAuthToken, nothing];
}

const heard = ({ step, transactionId, timeStamp }: Progress): void => console.log(step, transactionId, timeStamp);
gateway.on("progress", heard).on("confirmed", heard).on("placed", heard).off("confirmed", heard);

// @ts-expect-error a gateway is needed
new scDK({ smallcaseAuthToken: "a.b.c" });
// @ts-expect-error null is no guest
new scDK({ gateway: "acme", smallcaseAuthToken: null });
// @ts-expect-error no such way
new scDK({ gateway: "acme", smallcaseAuthToken: "a.b.c", config: { redirect: "tablet" } });
// @ts-expect-error no such option
new scDK({ gateway: "acme", smallcaseAuthToken: "a.b.c", config: { ammo: true } });
// @ts-expect-error an id is needed
void gateway.triggerTransaction({});
// @ts-expect-error brokers are keys
void gateway.triggerTransaction({ transactionId: "TRX_1", brokers: [1] });
// @ts-expect-error it is `brokers`
void gateway.triggerTransaction({ transactionId: "TRX_1", broker: "kite" });
// @ts-expect-error no such step
gateway.on("confirmd", heard);
// @ts-expect-error it cannot be set
gateway.version = "1";

export { alsoGlobal, buy, heard, others, session, version };
