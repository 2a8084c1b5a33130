import type { RunState } from "../domain/fold.ts";
import type { Ledger } from "../domain/ledger.ts";

/** The runs that a run continues, oldest first; one that the ledger does not have ends the chain. */
export async function readEarlierRuns(
  ledger: Pick<Ledger, "loadRun">,
  { created }: RunState,
): Promise<RunState[]> {
  if (created.continues === undefined) return [];
  const earlier = await ledger.loadRun(created.continues);
  return earlier ? [...(await readEarlierRuns(ledger, earlier.state)), earlier.state] : [];
}
