import fc from "fast-check";
import { expect, test } from "vitest";
import { plainPolicy } from "../../test/harness/sample-run.ts";
import type { PhaseSpec } from "../domain/plan.ts";
import { createRunId, type PhaseWork, phaseHash } from "./identity.ts";

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

const reach = { network: "full", readable: [], writable: [] } as const;
const builder = { kind: "command", name: "x", argv: ["x"], env: ["KEY"], reportsUsage: true, reach } as const;
const script = {
  kind: "scripted",
  name: "s",
  path: "/a",
  sha256: "1",
  content: "",
  reportsUsage: true,
  reach,
} as const;
const work: PhaseWork = {
  builder,
  setup: [["npm", "ci"]],
  carry: [".env"],
  checks: [{ name: "t", argv: ["t"] }],
  policy: plainPolicy,
};
const hash = phaseHash(phase, work);

test("a phase's identity does not follow the order of keys, its budget, or what its builder is called", () => {
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  const reversed = Object.fromEntries(Object.entries(phase).reverse()) as unknown as PhaseSpec;
  expect(phaseHash(reversed, work)).toBe(hash);
  expect(phaseHash({ ...phase, budget: { attempts: 1, minutes: 1, tokens: 9 } }, work)).toBe(hash);
  expect(phaseHash(phase, { ...work, builder: { ...builder, name: "y", reportsUsage: false } })).toBe(hash);
  const played = phaseHash(phase, { ...work, builder: script });
  expect(phaseHash(phase, { ...work, builder: { ...script, path: "/b" } })).toBe(played);
});

test.each<[string, Partial<PhaseSpec>, Partial<PhaseWork>]>([
  ["its text", { description: "e" }, {}],
  ["its acceptance", { acceptance: [{ name: "a", argv: ["a"] }] }, {}],
  ["its builder's command", {}, { builder: { ...builder, argv: ["x", "--other"] } }],
  ["what its builder sees", {}, { builder: { ...builder, env: [] } }],
  ["its builder's script", {}, { builder: script }],
  ["a check", {}, { checks: [{ name: "t", argv: ["t", "--all"] }] }],
  ["a check's report", {}, { checks: [{ name: "t", argv: ["t"], report: ["r.xml"] }] }],
  ["what is asked of coverage", {}, { policy: { ...plainPolicy, coverage: { unmeasured: "block" } } }],
  ["the setup", {}, { setup: [] }],
  ["what is carried", {}, { carry: [] }],
])("a phase's identity follows %s", (_, spec, over) => {
  expect(phaseHash({ ...phase, ...spec }, { ...work, ...over })).not.toBe(hash);
});

test("a phase's identity follows what its script says", () => {
  const played = phaseHash(phase, { ...work, builder: script });
  expect(phaseHash(phase, { ...work, builder: { ...script, sha256: "2" } })).not.toBe(played);
});

test("a run's id is the plan's and eight letters or digits, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 251 })), (stream) => {
      const bytes = (count: number) => Uint8Array.from([...stream.take(count - 1), 255]);
      expect(createRunId("plan", bytes)).toMatch(/^plan-[a-z0-9]{8}$/);
    }),
  );
});
