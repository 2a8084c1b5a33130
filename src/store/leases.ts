import type { Kysely, Selectable } from "kysely";
import type { Lease, Leases, ProcessIdentity } from "../domain/ledger.ts";
import { err, ok } from "../domain/result.ts";
import type { Tables } from "./tables.ts";

type LeaseRow = Selectable<Tables["leases"]>;

/** Leases that an owner keeps until it releases them, or until somebody else finds it gone. */
export function createLeases(db: Kysely<Tables>): Leases {
  const read = (stream: string) =>
    db.selectFrom("leases").selectAll().where("stream", "=", stream).executeTakeFirst();
  return {
    async acquire(stream, owner, now, isGone) {
      for (;;) {
        const held = await read(stream);
        if (held && !held.released) {
          const holder = { owner: ownerOf(held), renewedAt: held.renewedAt };
          // Asked outside of a transaction: it takes its time. What is read here is compared when it is taken.
          if (!(await isGone(holder))) return err({ code: "lease-held", ...holder });
        }
        const lease = await take(db, stream, owner, now, held);
        if (lease) return ok(lease);
      }
    },
    async renew(lease, now) {
      const updated = await db
        .updateTable("leases")
        .set({ renewedAt: now.toISOString() })
        .where("stream", "=", lease.stream)
        .where("fence", "=", lease.fence)
        .where("released", "=", 0)
        .executeTakeFirst();
      return updated.numUpdatedRows === 1n;
    },
    async release(lease) {
      await db
        .updateTable("leases")
        .set({ released: 1 })
        .where("stream", "=", lease.stream)
        .where("fence", "=", lease.fence)
        .execute();
    },
    async holder(stream) {
      const held = await read(stream);
      return held && !held.released ? { owner: ownerOf(held), renewedAt: held.renewedAt } : undefined;
    },
  };
}

/** Undefined when the lease is not as it was read any more: renewed, released, or taken by another. */
function take(
  db: Kysely<Tables>,
  stream: string,
  owner: ProcessIdentity,
  now: Date,
  seen: LeaseRow | undefined,
): Promise<Lease | undefined> {
  const fence = (seen?.fence ?? 0) + 1;
  const row = { fence, ...owner, renewedAt: now.toISOString(), released: 0 as const };
  return db.transaction().execute(async (trx) => {
    const current = await trx
      .selectFrom("leases")
      .selectAll()
      .where("stream", "=", stream)
      .executeTakeFirst();
    const same =
      current?.fence === seen?.fence &&
      current?.renewedAt === seen?.renewedAt &&
      current?.released === seen?.released;
    if (!same) return undefined;
    await trx
      .insertInto("leases")
      .values({ stream, ...row })
      .onConflict((conflict) => conflict.column("stream").doUpdateSet(row))
      .execute();
    return { stream, fence };
  });
}

function ownerOf({ host, bootId, pid, startTime }: LeaseRow): ProcessIdentity {
  return { host, bootId, pid, startTime };
}
