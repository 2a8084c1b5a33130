import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { storeOptions, withTempPath } from "../../test/harness/temp-store.ts";
import { runStream } from "../domain/events.ts";
import { openSqliteStore } from "./sqlite/open.ts";

const rounds = 3;
const acknowledgedARound = 60;

test("every acknowledged event survives a SIGKILL of the process that appended it", () =>
  withTempPath(async (path) => {
    for (let round = 1; round <= rounds; round += 1) {
      const acknowledged = await appendUntilKilled(path);
      const store = openSqliteStore(path, storeOptions);
      const seqs = (await store.ledger.readRun("r")).map(({ seq }) => seq);
      expect(acknowledged.length).toBeGreaterThanOrEqual(acknowledgedARound);
      expect(new Set(acknowledged).difference(new Set(seqs))).toEqual(new Set());
      expect((await store.ledger.loadRun("r"))?.state.seq).toBe(seqs.length);
      expect(await store.maintenance.verify()).toEqual([]);
      expect((await store.maintenance.rebuild()).digestBefore).toBe(
        (await store.maintenance.rebuild()).digestAfter,
      );
      await store.close();
    }
  }));

/** The sequence numbers that a child said it had appended, before it was killed. */
async function appendUntilKilled(path: string): Promise<number[]> {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    const { openSqliteStore } = await import(${url("./sqlite/open.ts")});
    const { exampleRun } = await import(${url("../../test/harness/drawn-facts.ts")});
    const { ledger, leases } = openSqliteStore(${JSON.stringify(path)}, ${JSON.stringify(storeOptions)});
    const owner = { host: "h", bootId: "b", pid: process.pid, startTime: "1" };
    const lease = (await leases.acquire(${JSON.stringify(runStream("r"))}, owner, new Date(), async () => true)).value;
    let expectedSeq = (await ledger.loadRun("r"))?.head.seq ?? 0;
    for (;;) {
      const event = expectedSeq === 0
        ? { type: "run-created", data: exampleRun([3]) }
        : { type: "run-started", data: { resumed: expectedSeq > 1, host: "h", pid: process.pid } };
      const append = { stream: lease.stream, expectedSeq, events: [event], actor: "a", at: new Date().toISOString(), lease };
      const appended = await ledger.append(append);
      if (!appended.ok) throw new Error(appended.error.message);
      expectedSeq = appended.value.head.seq;
      process.stdout.write(expectedSeq + "\\n");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const acknowledged: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === acknowledgedARound) child.kill("SIGKILL");
  }
  expect(await ended).toEqual([null, "SIGKILL"]);
  return acknowledged;
}
