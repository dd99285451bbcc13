import type { ScdkError, ScdkOptions, Step, TransactionResult, TriggerOptions } from "torana-scdk";

export interface TransactionState<Result = TransactionResult> {
  /** Whether a transaction of this component runs. */
  isRunning: boolean;
  /** How far it is; null before the first step. */
  step: Step | null;
  /** What the last one resolved with. */
  result: Result | null;
  /** What the last one rejected with. */
  error: ScdkError | null;
  /** Opens a transaction. Call it in the click. Its promise may be left alone: `result` and `error` say the same. */
  trigger(transaction: TriggerOptions): Promise<Result>;
}

/** A component's transactions. Give the same options as to `new scDK`; another gateway or token sets the page up anew. */
export declare function useTransaction<Result = TransactionResult>(options: ScdkOptions): TransactionState<Result>;
