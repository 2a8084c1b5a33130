import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { evidenceSource, evidenceLimits as limits } from "../../../test/harness/evidence-source.ts";
import { type Written, type WrittenCommit, writeHistory } from "../../../test/harness/fast-import.ts";
import { phaseRecord } from "../../../test/harness/made-records.ts";
import type { DeliverableState, PhaseEvidence } from "../../domain/assessment.ts";
import type { Expectation } from "../../domain/record.ts";
import { gatherEvidence } from "./gather-evidence.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-laws-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What may happen to one file, hour by hour: the phase lasts from the 3rd to the 6th. */
const deeds = {
  good: (hour: number) => `class Wanted:\n    value = ${hour}\n`,
  other: (hour: number) => `value = ${hour}\n`,
  hollow: () => "# to come\n",
  gone: () => null,
} satisfies Record<string, (hour: number) => Written>;
type Deed = keyof typeof deeds;
const [beginning, end, hours] = [3, 6, 9];
const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();

/** One file: what happens to it, what is asked of it. */
const files = fc.array(
  fc.record({
    deeds: fc.array(
      fc.record({ hour: fc.nat(hours - 1), deed: fc.constantFrom(...(Object.keys(deeds) as Deed[])) }),
      {
        maxLength: 4,
      },
    ),
    isNamed: fc.boolean(),
    change: fc.constantFrom<Expectation["change"]>("any", "create", "modify"),
  }),
  { minLength: 20, maxLength: 20 },
);
type Files = typeof files extends fc.Arbitrary<infer T> ? T : never;

const pathOf = (index: number) => `src/file${index}.py`;
let count = 0;

/** Many files at once, so that a whole property costs few processes. `more` is done to every file in the last hour. */
async function gather(drawn: Files, more: Deed | null): Promise<PhaseEvidence> {
  const there = new Set<string>();
  const commits = Array.from({ length: hours + 1 }, (_, hour): WrittenCommit => {
    const written: Record<string, Written> = { "README.md": `${hour}\n` };
    for (const [index, file] of drawn.entries()) {
      const path = pathOf(index);
      const deed = hour === hours ? more : file.deeds.findLast((one) => one.hour === hour)?.deed;
      if (!deed || (deed === "gone" && !there.has(path))) continue;
      written[path] = deeds[deed](hour);
      if (deed === "gone") there.delete(path);
      else there.add(path);
    }
    return { name: `h${hour}`, at: at(hour), files: written };
  });
  const place = join(root, `repo-${count++}`);
  const hashes = writeHistory(place, commits);
  const phase = phaseRecord("drawn", {
    beginning: { at: at(beginning), certain: true },
    end: { at: at(end), certain: true },
    expectations: drawn.map(({ isNamed, change }, index) => ({
      entry: pathOf(index),
      target: { kind: "path", path: pathOf(index) },
      change,
      mustContain: isNamed ? ["Wanted"] : [],
    })),
  });
  const source = evidenceSource(join(place, ".git"), root);
  const [evidence] = await gatherEvidence(source, hashes[`h${hours}`] ?? "", [phase], { limits });
  if (!evidence) throw new Error("nothing was gathered");
  return evidence;
}

const rank: Record<DeliverableState, number> = { denied: 0, unjudged: 1, prior: 1, touched: 1, ok: 2 };
const check = (property: (drawn: Files) => Promise<void>) =>
  fc.assert(fc.asyncProperty(files, property), { numRuns: 8 });

test("good work that is added lowers nothing, and changes nothing of what was recorded while the phase ran", () =>
  check(async (drawn) => {
    const [before, after] = [await gather(drawn, null), await gather(drawn, "good")];
    for (const [index, { deeds: done }] of drawn.entries()) {
      const [old, now] = [before.deliverables[index], after.deliverables[index]];
      expect(rank[now?.now.state ?? "denied"]).toBeGreaterThanOrEqual(rank[old?.now.state ?? "ok"]);
      expect(rank[now?.now.state ?? "denied"]).toBeGreaterThan(0);
      const isWithin = done.some(({ hour }) => hour >= beginning && hour <= end);
      if (isWithin && old?.asRecorded.commit) expect(now?.asRecorded.commit).toBe(old.asRecorded.commit);
    }
  }));

test("hollow work is never ok, whatever came before it", () =>
  check(async (drawn) => {
    const after = await gather(drawn, "hollow");
    for (const { now } of after.deliverables) expect(now.state).toBe("denied");
  }));

test("what was ok and is removed afterwards stays ok, and what was not does not become so", () =>
  check(async (drawn) => {
    const [before, after] = [await gather(drawn, null), await gather(drawn, "gone")];
    for (const [index, one] of after.deliverables.entries()) {
      const old = before.deliverables[index];
      if (old?.now.state === "ok") expect(one.now.state).toBe("ok");
      if (old?.now.state === "denied" && old.asRecorded.state === "denied")
        expect(one.now.state).toBe("denied");
    }
  }));
