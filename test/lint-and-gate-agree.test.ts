import fc from "fast-check";
import { expect, it } from "vitest";
import type { ChangedFile } from "../src/domain/change.ts";
import { assessChange } from "../src/governance/assess-change.ts";
import { createPathPolicy } from "../src/governance/path-policy.ts";
import { globOfPath } from "../src/plan/deliverable-path.ts";
import { lintPlan } from "../src/plan/lint.ts";
import { parsePlan } from "../src/plan/parse.ts";
import { plainFacts } from "./harness/plan-facts.ts";

const odd = [
  ["SRC", "Infra", "INFRA.", "infra ", "..", ".", "", "~", "-n", "--help", ":(top)", "trail.", " a"],
  [".git", ".GIT", ".g\u200cit", "\uff0egit", "git~1", ".git::$DATA", ".gitmodules", "GITMOD~1"],
  [".github", ".GitHub", "GITHUB~1", "autopack.yaml", "AUTOPACK.yaml", "AUTOPA~1.YAM", "x::$DATA"],
  ["caf\u00e9", "cafe\u0301", "STRASSE", "stra\u00dfe", "\u212aey", "a\u00adb", "\u{e0061}a"],
  ["a\\b", "C:", "a\0", "a\nb", "a\tb", "\ufffd", "\ud800", '"', "'", "#", "&", "%"],
  ["[id]", "[...slug]", "(x)", "{a,b}", "!x", "!(a)", "+(a)", "@(a|b)", "a+", "a|b", "^a", "$a", "*", "?"],
].flat();
const part = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("src", "infra", "docs", "a.ts", "b.ts", "x") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...odd),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const glob = fc.oneof(
  fc.constantFrom(
    "src/**",
    "src",
    "**",
    "infra/**",
    "INFRA",
    "**/*.ts",
    "docs/caf\u00e9/**",
    "src/{a,b}.ts",
    "*",
    ".",
  ),
  path,
  path.map(globOfPath),
  path.map((folder) => `${folder}/**`),
);
const grant = fc.record({
  paths: fc.array(glob, { minLength: 1, maxLength: 2 }),
  phases: fc.constantFrom(["p"], ["q"], ["p", "q"]),
  reason: fc.constant("needed"),
  expires: fc.constantFrom("2026-06-14", "2026-06-15", "2099-01-01"),
});
const plan = fc.record({
  deliverable: path,
  write: fc.option(fc.array(glob, { maxLength: 3 }), { nil: undefined }),
  protect: fc.array(glob, { maxLength: 2 }),
  grants: fc.array(grant, { maxLength: 2 }),
});

type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** Some of what is protected by default: to make a policy of all of it takes most of the time. */
const usual = [
  ".github",
  "autopack.yaml",
  "**/.gitmodules",
  "**/.gitattributes",
  "**/azure-pipelines*.{yml,yaml}",
];
const now = new Date("2026-06-15T12:00:00Z");
const facts = { ...plainFacts, longestPath: 1_000_000, today: "2026-06-15" };
const defaults = { setup: [], carry: [], checks: [], builder: "b", attempts: 3, minutes: 60, tokens: null };

const added = (name: string): ChangedFile => ({
  path: name,
  status: "added",
  oldMode: "000000",
  newMode: "100644",
  oldBlob: "0".repeat(40),
  newBlob: "b".repeat(40),
  bytes: 1,
});

/** What lint says of a deliverable, and what the gate says of a change at a path by the same plan. */
function judgeBoth({ deliverable, write, protect, grants }: Plan) {
  const phase = {
    id: "p",
    description: "d",
    category: "docs",
    deliverables: [{ path: deliverable }],
    ...(write ? { scope: { write } } : {}),
  };
  const parsed = parsePlan(
    JSON.stringify({
      version: 1,
      run: { id: "x", goal: "g" },
      checks: { test: "true" },
      policy: { protect, grants },
      tiers: [{ id: "t", phases: [phase] }],
    }),
    { file: "plan.json", defaults },
  );
  const kept = parsed.draft?.policy ?? { protect: [], grants: [] };
  const policy = createPathPolicy({
    protect: [...usual, ...kept.protect],
    grants: kept.grants,
    now,
  });
  const findings = lintPlan(parsed, facts, {
    assessPath: policy.assessPath,
    findBuilder: () => ({ argv: ["b"], reportsUsage: true }),
    builderNames: ["b"],
    opensOwn: () => false,
  });
  const spec = parsed.phases[0]?.spec;
  const gate = (name: string) =>
    assessChange({
      files: [added(name)],
      phase: { id: "p", deliverables: [], scope: spec?.scope ?? { write: [], read: [] } },
      policy,
      limits: { changeFiles: 10, changeBytes: 10, fileBytes: 10 },
      special: [],
      oversized: [],
      linkTargets: new Map(),
      emptiedTests: new Set(),
    }).violations.map(({ kind }) => kind);
  return { codes: findings.map(({ code }) => code), path: spec?.deliverables[0]?.path, gate };
}

const refusals: Readonly<Record<string, string>> = {
  "deliverable-protected": "protected-path",
  "deliverable-out-of-scope": "out-of-scope",
};

it("what plan lint lets a phase deliver the gate lets it change, and what lint refuses the gate refuses", () => {
  const met = new Map<string, number>();
  const meet = (what: string) => met.set(what, (met.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(plan, (given) => {
      const { codes, path: delivered, gate } = judgeBoth(given);
      if (codes.includes("deliverable-outside")) {
        meet("outside");
        expect(gate(given.deliverable)).toEqual(["protected-path"]);
      }
      if (delivered === undefined) return;
      const said = codes.flatMap((code) => refusals[code] ?? []);
      meet(said[0] ?? "allowed");
      expect(gate(delivered)).toEqual(said);
    }),
    { numRuns: 500 },
  );
  for (const what of ["outside", "protected-path", "out-of-scope", "allowed"])
    expect(met.get(what)).toBeGreaterThan(4);
});

it("a phase without a scope of its own may write its deliverables, each by its own name, and nothing else", () => {
  fc.assert(
    fc.property(path, path, (deliverable, other) => {
      const given = { deliverable, write: undefined, protect: [], grants: [] };
      const { codes, path: delivered, gate } = judgeBoth(given);
      expect(codes).not.toContain("deliverable-out-of-scope");
      if (delivered !== undefined && delivered !== other && !other.startsWith(`${delivered}/`))
        expect(gate(other)).not.toEqual([]);
    }),
    { numRuns: 500 },
  );
});
