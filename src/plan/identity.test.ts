import fc from "fast-check";
import { expect, test } from "vitest";
import type { PhaseSpec } from "../domain/plan.ts";
import { createRunId, phaseHash } from "./identity.ts";

const phase: PhaseSpec = {
  id: "a",
  name: "A",
  description: "d",
  category: "docs",
  complexity: "low",
  deliverables: [{ path: "a.md", change: "any", mustContain: [] }],
  scope: { write: ["a.md"], read: [] },
  acceptance: [],
  budget: { attempts: 3, minutes: 20 },
  builder: { kind: "named", name: "x" },
  dependsOn: [],
};

test("a phase's hash follows its text, not the order of its keys", () => {
  const hash = phaseHash(phase);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(phaseHash(Object.fromEntries(Object.entries(phase).reverse()) as unknown as PhaseSpec)).toBe(hash);
  expect(phaseHash({ ...phase, description: "e" })).not.toBe(hash);
  expect(phaseHash({ ...phase, builder: { kind: "command", argv: ["x"] } })).not.toBe(hash);
});

test("a run's id is the plan's and eight letters or digits, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 251 })), (stream) => {
      const bytes = (count: number) => Uint8Array.from([...stream.take(count - 1), 255]);
      expect(createRunId("plan", bytes)).toMatch(/^plan-[a-z0-9]{8}$/);
    }),
  );
});
