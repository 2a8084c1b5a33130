import type { Kysely } from "kysely";
import { type Rebuilt, rebuild } from "./rebuild.ts";
import type { Tables } from "./tables.ts";
import { type Anchor, type Finding, verify } from "./verify.ts";

/** What an operator does to the store as a whole. */
export interface Maintenance {
  /** Makes the projections anew from the events, all or nothing. */
  rebuild(): Promise<Rebuilt>;
  /**
   * Reads every event and reports where the ledger is not what was appended. It detects damage, not an
   * attacker who can rewrite the ledger and the commits that name it.
   */
  verify(anchors?: readonly Anchor[]): Promise<Finding[]>;
}

export function createMaintenance(db: Kysely<Tables>): Maintenance {
  return {
    rebuild: () => db.transaction().execute(rebuild),
    verify: (anchors = []) =>
      db
        .transaction()
        .setAccessMode("read only")
        .execute((trx) => verify(trx, anchors)),
  };
}
