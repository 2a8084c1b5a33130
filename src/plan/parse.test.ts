import fc from "fast-check";
import picomatch from "picomatch";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { globOfPath, parseDeliverablePath } from "./deliverable-path.ts";
import { parsePlan } from "./parse.ts";
import type { PlanDefaults } from "./resolve.ts";
import { planJsonSchema } from "./schema.ts";
import { renderPlanTemplate } from "./starter.ts";

const defaults: PlanDefaults = {
  setup: [["npm", "ci"]],
  carry: [".env"],
  checks: [{ name: "test", argv: ["npm", "test"] }],
  builder: "claude",
  attempts: 3,
  minutes: 60,
  tokens: null,
};
const parse = (text: string | Uint8Array, maxBytes?: number) =>
  parsePlan(text, { file: "plan.yaml", defaults, ...(maxBytes === undefined ? {} : { maxBytes }) });
const places = (text: string) =>
  parse(text).findings.map(
    (one) => `${one.line}:${one.column} ${one.code}${one.phaseId ? ` ${one.phaseId}` : ""}`,
  );

const whole = `version: 1
run: { id: add-search, goal: Search, purpose: validation, base: main, budget: { tokens: 9000, usd: 2.5 } }
setup: [npm ci, [make, deps]]
carry: [./.env.test]
checks:
  build: npm run build
  test: { run: [npm, test], report: junit.xml, coverage: [coverage/lcov.info], rerun: [npx, vitest, "{file}"] }
defaults: { builder: codex, budget: { attempts: 2, minutes: 7 } }
policy: { coverage: { min_changed: 80, max_drop: 1.5 }, tests: { flaky: review }, protect: ["infra/**"],
  tampering: { allow: [{ rule: ci-edited, paths: [".ci/**"], reason: wanted }, { rule: test-skipped, reason: flaky }] },
  grants: [{ paths: ["infra/a/**"], phases: [b], reason: needed, expires: 2026-12-31 }] }
tiers:
  - id: core
    name: Core
    phases:
      - id: a
        name: First
        description: Do a.
        category: backend
        complexity: low
        deliverables: [src/./a.ts, { path: "app/[id]/a.ts", kind: test, change: create, must_contain: [x] }]
        acceptance: [make smoke, { run: [make, more], name: more }]
        budget: { tokens: 5 }
      - id: b
        description: Do b.
        category: docs
        deliverables: [docs/b.md]
        builder: { scripted: b.yaml }
        scope: { write: ["docs/**"], read: [src] }
        depends_on: [a]
`;

test("every part of a plan is read, and what it leaves out comes from its defaults", () => {
  const { plan, findings, phases } = parse(whole);
  expect(findings).toEqual([]);
  expect(plan).toEqual({
    version: 1,
    id: "add-search",
    goal: "Search",
    purpose: "validation",
    base: "main",
    budget: { tokens: 9000, usd: 2.5 },
    setup: [
      ["sh", "-c", "npm ci"],
      ["make", "deps"],
    ],
    carry: [".env.test"],
    checks: [
      { name: "build", argv: ["sh", "-c", "npm run build"] },
      {
        name: "test",
        argv: ["npm", "test"],
        report: ["junit.xml"],
        coverage: ["coverage/lcov.info"],
        rerun: ["npx", "vitest", "{file}"],
      },
    ],
    policy: {
      protect: ["infra/**"],
      grants: [{ paths: ["infra/a/**"], phases: ["b"], reason: "needed", expires: "2026-12-31" }],
      coverage: { minChanged: 80, maxDrop: 1.5, unmeasured: "review" },
      tests: { flaky: "review", removed: "review" },
      tampering: {
        allow: [
          { rule: "ci-edited", paths: [".ci/**"], reason: "wanted" },
          { rule: "test-skipped", reason: "flaky" },
        ],
      },
    },
    tiers: [{ id: "core", name: "Core", phases: phases.map((phase) => phase.spec) }],
  });
  expect(phases[0]?.spec).toEqual({
    id: "a",
    name: "First",
    description: "Do a.",
    category: "backend",
    complexity: "low",
    deliverables: [
      { path: "src/a.ts", change: "any", mustContain: [] },
      { path: "app/[id]/a.ts", change: "create", kind: "test", mustContain: ["x"] },
    ],
    scope: { write: ["src/a.ts", "app/[[]id]/a.ts"], read: [] },
    acceptance: [
      { name: "acceptance-1", argv: ["sh", "-c", "make smoke"] },
      { name: "more", argv: ["make", "more"] },
    ],
    budget: { tokens: 5, attempts: 2, minutes: 7 },
    builder: { kind: "named", name: "codex" },
    dependsOn: [],
  });
  expect(phases[1]?.spec).toMatchObject({
    name: "b",
    complexity: "medium",
    scope: { write: ["docs/**"], read: ["src"] },
    builder: { kind: "scripted", script: "b.yaml" },
    dependsOn: ["a"],
  });
});

test("where the plan is silent, the configuration speaks", () => {
  const { plan } = parse(`
version: 1
run: { id: x, goal: g }
tiers: [{ id: t, phases: [{ id: a, description: d, category: docs, deliverables: [a.md] }] }]
`);
  expect(plan).toMatchObject({ base: "HEAD", purpose: "work", budget: {} });
  expect(plan).toMatchObject({ setup: defaults.setup, carry: defaults.carry, checks: defaults.checks });
  expect(plan?.tiers[0]?.phases[0]).toMatchObject({
    builder: { kind: "named", name: "claude" },
    budget: { attempts: 3, minutes: 60 },
  });
});

test("a JSON plan is the same plan", () => {
  const json = JSON.stringify(
    {
      version: 1,
      run: { id: "x", goal: "g" },
      tiers: [{ id: "t", phases: [{ id: "a", description: "d", category: "docs", deliverables: ["a.md"] }] }],
    },
    null,
    "\t",
  );
  expect(parse(json).plan).toEqual(parse(stringify(JSON.parse(json))).plan);
  expect(parse(json).findings).toEqual([]);
  expect(places(json.replace('"goal"', '"gaol"'))).toEqual(["3:9 missing-field", "5:3 unknown-key"]);
});

test("the faults of one phase name their places and hide no other phase", () => {
  const text = whole
    .replace("category: backend", "categry: backend")
    .replace("complexity: low", "complexity: lowish")
    .replace("deliverables: [docs/b.md]", "deliverables: [Write the docs well, ../x, src/, ok.md]");
  expect(places(text)).toEqual([
    "16:9 missing-field a",
    "19:9 unknown-key a",
    "20:21 unknown-complexity a",
    "27:24 deliverable-prose b",
    "27:45 deliverable-outside b",
    "27:51 deliverable-not-a-file b",
  ]);
  const { plan, findings } = parse(text);
  expect(plan?.tiers[0]?.phases.map((phase) => phase.id)).toEqual(["a", "b"]);
  expect(findings[1]?.message).toBe("The key `categry` is not known here. Did you mean `category`?");
});

test("a fault around the phases refuses the plan and still reports the phases", () => {
  const text = whole.replace("goal: Search", "gaol: Search").replace("category: docs", "category: doc");
  expect(places(text)).toEqual(["2:6 missing-field", "2:24 unknown-key", "26:19 unknown-category b"]);
  expect(parse(text).plan).toBeNull();
  expect(parse(text).draft).toMatchObject({ base: "main", checks: [{ name: "build" }, { name: "test" }] });
});

test("a phase without a usable id refuses the whole plan", () => {
  expect(places(whole.replace("- id: b", "- id: ../b"))).toEqual(["24:13 invalid-id"]);
  expect(parse(whole.replace("- id: b", "- id: ../b")).plan).toBeNull();
});

test("values of a wrong type are named with what was expected", () => {
  const messages = (from: string, to: string) =>
    parse(whole.replace(from, to)).findings.map((one) => one.message);
  expect(messages("id: add-search", "id: 12")).toEqual([
    "`run.id` cannot be `12`: expected text; put it in quotes.",
  ]);
  expect(messages("build: npm run build", "build: { rnu: x }")).toEqual([
    "The field `checks.build.run` is missing.",
    "The key `rnu` is not known here. Did you mean `run`?",
  ]);
  expect(messages("goal: Search", "goal: Search, and an index")).toEqual([
    "The key `and an index` is not known here. In { } a comma ends a text: put the whole text in quotes.",
  ]);
  expect(messages("purpose: validation", "purpose: validatoin")).toEqual([
    "`run.purpose` cannot be `validatoin`: expected one of `work`, `validation`, `baseline`, `self-improvement`. Did you mean `validation`?",
  ]);
  expect(messages("expires: 2026-12-31", "expires: soon")).toEqual([
    "`policy.grants[0].expires` cannot be `soon`: expected a date as 2026-12-31.",
  ]);
  expect(messages("tiers:\n", "tiers: 3\nx:\n")[0]).toContain("expected a list");
});

test("hostile texts are findings", () => {
  expect(parse("a: [").findings[0]?.code).toBe("plan-syntax");
  expect(parse("a: 1\na: 2").findings.map((one) => one.code)).toContain("duplicate-key");
  expect(parse("a: *x").findings[0]?.message).toContain("`x`");
  expect(parse("a: &x [*x]").findings[0]?.code).toBe("plan-syntax");
  expect(parse("[".repeat(200_000)).findings[0]?.code).toBe("plan-syntax");
  expect(parse("? ".repeat(5000)).findings[0]?.code).toBe("plan-syntax");
  expect(parse("x".repeat(11), 10).findings[0]?.code).toBe("plan-too-large");
  expect(parse(new Uint8Array([0xff, 0xfe])).findings[0]?.code).toBe("plan-not-text");
  expect(parse("").findings[0]?.code).toBe("missing-field");
  expect(parse("just text").findings.map((one) => one.code)).toEqual(["invalid-value"]);
  const laughs = ["a: &a [1,1,1,1,1,1,1,1,1,1]"];
  for (const [from, to] of ["ab", "bc", "cd", "de", "ef", "fg", "gh"].map((pair) => [...pair])) {
    laughs.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(", ")}]`);
  }
  expect(parse(laughs.join("\n")).findings[0]?.code).toBe("plan-syntax");
});

test("an anchor may be used again, and its faults are found where it stands", () => {
  const text = whole
    .replace("budget: { tokens: 5 }", "budget: &small { tokns: 5 }")
    .replace("depends_on: [a]", "budget: *small");
  expect(places(text)).toEqual(["23:26 unknown-key a", "23:26 unknown-key b"]);
});

test("control characters of a plan never reach a message", () => {
  const [finding] = parse('version: 1\n"\\e[2J\\u202Ekey": 1').findings.filter(
    (one) => one.code === "unknown-key",
  );
  expect(finding?.message).toContain("`\\u001b[2J\\u202ekey`");
});

test("no text makes parsing throw", () => {
  const fragments = whole.split(/(?<=[\s:{}[\],])/);
  const mangled = fc
    .array(
      fc.tuple(
        fc.nat(fragments.length),
        fc.oneof(
          fc.string(),
          fc.constantFrom(...fragments, "*a", "&a ", "!!set ", "? ", "<<: ", "- ", "__proto__: "),
        ),
      ),
    )
    .map((edits) => {
      const parts = [...fragments];
      for (const [index, text] of edits) parts.splice(index, 1, text);
      return parts.join("");
    });
  const value = fc.object({
    key: fc.constantFrom("version", "run", "id", "tiers", "phases", "checks", "__proto__", "x"),
  });
  const texts = fc.oneof(
    mangled,
    fc.string(),
    value.map((object) => stringify(object)),
    fc.uint8Array(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const { plan, findings } = parse(text);
      for (const finding of findings) {
        expect(finding.line).toBeGreaterThan(0);
        expect(finding.column).toBeGreaterThan(0);
      }
      if (plan === null) expect(findings.length).toBeGreaterThan(0);
    }),
    { numRuns: 400 },
  );
});

test("a default scope matches exactly its deliverable", () => {
  const segment = fc.string({ unit: fc.constantFrom(..."ab[]{}()!+@|$^.-"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 3 }), (segments) => {
      const parsed = parseDeliverablePath(segments.join("/"));
      if (!parsed.ok) return;
      expect(picomatch(globOfPath(parsed.value), { dot: true })(parsed.value)).toBe(true);
    }),
  );
});

test("prose is told from paths", () => {
  const codeOf = (raw: string) => {
    const path = parseDeliverablePath(raw);
    return path.ok ? path.value : path.error.code;
  };
  for (const path of ["Makefile", "src/a b/c d.ts", ".github/x.yml", "app/[id]/(g)/page.tsx"]) {
    expect(codeOf(path)).toBe(path);
  }
  expect(codeOf("./My File.md")).toBe("My File.md");
  for (const prose of [
    "Tests pass",
    "Update src/a.ts",
    "src/a.ts (new)",
    "src/a.ts and src/b.ts",
    "docs/x: more.md",
  ]) {
    expect(codeOf(prose)).toBe("deliverable-prose");
  }
  for (const outside of ["/etc/passwd", "../x", "a\\b", "C:/x", "."])
    expect(codeOf(outside)).toBe("deliverable-outside");
  for (const many of ["src/", "src/**", "a?.ts"]) expect(codeOf(many)).toBe("deliverable-not-a-file");
});

test("the schema for editors describes every field, and the starter plan has no fault", () => {
  const schema = JSON.stringify(planJsonSchema());
  expect(schema).toContain("depends_on");
  expect(schema).toContain('"additionalProperties":false');
  expect(parse(renderPlanTemplate()).findings).toEqual([]);
});
