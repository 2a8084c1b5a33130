import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyHistories, foldLegal, legalHistories } from "../../test/harness/histories.ts";
import { appendHistory, query, storeOptions, withTempStore } from "../../test/harness/temp-store.ts";
import { foldRun, type PhaseState } from "../domain/fold.ts";
import type { Occurred } from "../domain/folded.ts";
import { openSqliteStore } from "./sqlite/open.ts";

const runs = { numRuns: 12 };
const dump = (path: string) =>
  JSON.stringify([
    query(path, "select * from runs order by run_id"),
    query(path, "select * from phases order by run_id, ord"),
  ]);

describe("a random history", () => {
  test("has one state: as appended, as folded from the events, and as loaded by another process", async () => {
    await fc.assert(
      fc.asyncProperty(legalHistories(50), (history) =>
        withTempStore(async (store, path) => {
          const state = await appendHistory(store, history);
          const events = await store.ledger.readRun(history.runId);
          const folded = foldRun(history.runId, events as Occurred[]);
          expect(folded).toEqual({ ok: true, value: state });
          expect(foldLegal(history)).toEqual(state);
          const other = openSqliteStore(path, storeOptions);
          expect((await other.ledger.loadRun(history.runId))?.state).toEqual(state);
          await other.close();
        }),
      ),
      runs,
    );
  });

  test("leaves projections that a rebuild makes again byte for byte, and nothing for verify to find", async () => {
    await fc.assert(
      fc.asyncProperty(legalHistories(50), (history) =>
        withTempStore(async (store, path) => {
          await appendHistory(store, history);
          const before = dump(path);
          const rebuilt = await store.maintenance.rebuild();
          expect(dump(path)).toBe(before);
          expect(rebuilt.digestAfter).toBe(rebuilt.digestBefore);
          expect(rebuilt).toMatchObject({ runs: 1 });
          expect(await store.maintenance.verify()).toEqual([]);
        }),
      ),
      runs,
    );
  });

  test("with any events in it reaches no complete phase without a certificate for what the gate passed", async () => {
    await fc.assert(
      fc.asyncProperty(anyHistories(60), (history) =>
        withTempStore(async (store) => {
          const state = await appendHistory(store, history);
          for (const phase of state?.phases ?? []) if (phase.state === "complete") expectProof(phase);
          const [row] = await store.index.runs();
          expect(row?.complete).toBe(
            state?.phases.filter((phase) => phase.certificate && !phase.certifiedIn).length,
          );
          expect(await store.maintenance.verify()).toEqual([]);
        }),
      ),
      { numRuns: 20 },
    );
  });
});

function expectProof({ certificate, attempts }: PhaseState): void {
  const last = attempts.at(-1);
  expect(last?.outcome).toBe("passed");
  expect(last?.violations).toEqual([]);
  expect(last?.verification?.decision).toBe("pass");
  expect(last?.verification?.checks.every((check) => check.outcome === "passed")).toBe(true);
  expect(certificate?.tree).toBe(last?.verification?.tree);
  expect(certificate?.commit).toBe(last?.integration?.commit);
}
