import { expect, test } from "vitest";
import { plainFacts, plainRepository } from "../../test/harness/plan-facts.ts";
import type { BuilderFacts } from "./commands.ts";
import type { PlanFacts, RepositoryFacts } from "./facts.ts";
import { type Finding, type FindingCode, findingCodes, refusalsOf, showFinding } from "./findings.ts";
import { type LintRules, lintPlan } from "./lint.ts";
import { parsePlan } from "./parse.ts";
import type { PlanDefaults } from "./resolve.ts";

const good = `version: 1
run: { id: demo, goal: Show it, base: main }
checks: { unit: npm test }
defaults: { builder: claude }
tiers:
  - id: core
    phases:
      - id: one
        description: Do one.
        category: backend
        deliverables: [src/one.ts]
      - id: two
        description: Do two.
        category: docs
        deliverables: [docs/two.md]
        depends_on: [one]
  - id: late
    phases:
      - id: three
        description: Do three.
        category: testing
        deliverables: [test/three.test.ts]
`;

const builders: Readonly<Record<string, BuilderFacts>> = {
  claude: { argv: ["claude", "-p"], reportsUsage: true },
  pinned: { argv: ["claude"], reportsUsage: true, unhidden: ["DB_PIN"] },
  mute: { argv: ["mute"], reportsUsage: false },
  rehearsal: { script: "/scripts/rehearsal.yaml", reportsUsage: true },
};
const rules: LintRules = {
  assessPath: (path, { write }) => {
    const refused = (kind: "protected-path" | "out-of-scope") =>
      ({ verdict: "refused", kind, message: `${path} is refused.` }) as const;
    if (path.startsWith("infra/")) return refused("protected-path");
    return write.includes(path) ? { verdict: "allowed" } : refused("out-of-scope");
  },
  findBuilder: (name) => builders[name],
  builderNames: Object.keys(builders),
  opensOwn: (path) => path.startsWith("/repo"),
};
const repository: RepositoryFacts = {
  ...plainRepository,
  refs: ["main", "develop"],
  paths: new Set(["README.md", "src/index.ts", "scripts/make.sh", "logs/kept.log"]),
};
const facts: PlanFacts = { ...plainFacts, repository };
const defaults: PlanDefaults = {
  setup: [],
  carry: [],
  checks: [],
  builder: null,
  attempts: 3,
  minutes: 60,
  tokens: null,
};

interface Change {
  readonly edit?: readonly (readonly [from: string, to: string])[];
  readonly text?: string | Uint8Array;
  readonly maxBytes?: number;
  readonly facts?: Partial<PlanFacts>;
  readonly repository?: Partial<RepositoryFacts>;
}

function lint(change: Change): Finding[] {
  const edited = (change.edit ?? []).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, good);
  const parsed = parsePlan(change.text ?? edited, {
    file: "plan.yaml",
    defaults,
    ...(change.maxBytes === undefined ? {} : { maxBytes: change.maxBytes }),
  });
  const seen = { ...facts, ...change.facts, repository: { ...repository, ...change.repository } };
  return lintPlan(parsed, seen, rules);
}

const place = (one: Finding) =>
  `${one.line}:${one.column} ${one.code}${one.phaseId ? ` ${one.phaseId}` : ""}`;
const one = "deliverables: [src/one.ts]";
const two = "deliverables: [docs/two.md]";
const grants = (grant: string) =>
  [["tiers:\n", `policy: { grants: [{ paths: [infra/x], reason: r, ${grant} }] }\ntiers:\n`]] as const;

/** For every code a change of the good plan, or of its world, and everything that lint then finds. */
const cases: Readonly<Record<FindingCode, readonly [Change, ...string[]]>> = {
  "plan-too-large": [{ maxBytes: 100 }, "1:1 plan-too-large"],
  "plan-not-text": [{ text: new Uint8Array([0xc3]) }, "1:1 plan-not-text"],
  "plan-syntax": [{ text: "run: {\n  x: ]" }, "2:6 plan-syntax"],
  "duplicate-key": [{ edit: [["run:", "version: 1\nrun:"]] }, "2:1 duplicate-key"],
  "unknown-key": [{ edit: [["run: {", "run: { gaol: x,"]] }, "2:8 unknown-key"],
  "missing-field": [{ edit: [["        description: Do one.\n", ""]] }, "8:9 missing-field one"],
  "invalid-value": [{ edit: [["Do one.", "3"]] }, "9:22 invalid-value one"],
  "invalid-id": [{ edit: [["id: demo", "id: ../demo"]] }, "2:12 invalid-id"],
  "unsupported-version": [{ edit: [["version: 1", "version: 2"]] }, "1:10 unsupported-version"],
  "unknown-category": [{ edit: [["category: docs", "category: dosc"]] }, "14:19 unknown-category two"],
  "unknown-complexity": [
    { edit: [[one, `${one}\n        complexity: easy`]] },
    "12:21 unknown-complexity one",
  ],
  "duplicate-id": [{ edit: [["id: three", "id: ONE"]] }, "19:13 duplicate-id"],
  "unknown-dependency": [{ edit: [["[one]", "[oen]"]] }, "16:22 unknown-dependency two"],
  "dependency-cycle": [{ edit: [[one, `${one}\n        depends_on: [two]`]] }, "12:22 dependency-cycle one"],
  "later-tier-dependency": [{ edit: [["[one]", "[three]"]] }, "16:22 later-tier-dependency two"],
  "deliverable-prose": [{ edit: [["src/one.ts", "All tests pass"]] }, "11:24 deliverable-prose one"],
  "deliverable-outside": [{ edit: [["src/one.ts", "../one.ts"]] }, "11:24 deliverable-outside one"],
  "deliverable-not-a-file": [{ edit: [["src/one.ts", "src"]] }, "11:24 deliverable-not-a-file one"],
  "deliverable-protected": [{ edit: [["src/one.ts", "infra/one.ts"]] }, "11:24 deliverable-protected one"],
  "deliverable-out-of-scope": [
    { edit: [[one, `${one}\n        scope: { write: [lib/x] }`]] },
    "11:24 deliverable-out-of-scope one",
  ],
  "deliverable-ignored": [
    {
      edit: [["[src/one.ts]", "[dist/one.js, logs/kept.log]"]],
      repository: { ignored: new Set(["dist/one.js", "logs/kept.log"]) },
    },
    "11:24 deliverable-ignored one",
  ],
  "deliverable-unreachable": [
    { repository: { unreachable: new Set(["src/one.ts"]) } },
    "11:24 deliverable-unreachable one",
  ],
  "deliverable-duplicate": [
    { edit: [["[src/one.ts]", "[src/one.ts, ./src//one.ts]"]] },
    "11:36 deliverable-duplicate one",
  ],
  "deliverable-shared": [
    {
      edit: [
        [two, "deliverables: [SRC/One.ts]"],
        ["[one]", "[]"],
      ],
    },
    "15:24 deliverable-shared two",
  ],
  "deliverable-absent": [
    { edit: [["src/one.ts", "{ path: src/indx.ts, change: modify }"]] },
    "11:24 deliverable-absent one",
  ],
  "deliverable-exists": [
    { edit: [["src/one.ts", "{ path: README.md, change: create }"]] },
    "11:24 deliverable-exists one",
  ],
  "nothing-verifies": [
    {
      edit: [
        ["{ unit: npm test }", "{}"],
        [two, `${two}\n        acceptance: [make x]`],
      ],
    },
    "8:13 nothing-verifies one",
    "20:13 nothing-verifies three",
  ],
  "program-missing": [
    {
      edit: [
        ["npm test", "FOO=1 npm test"],
        ["tiers:\n", "setup: [pnpm install]\ntiers:\n"],
      ],
      facts: { missingPrograms: new Set(["pnpm"]) },
    },
    "5:9 program-missing",
  ],
  "program-doubtful": [
    {
      edit: [["tiers:\n", "setup: [jq . x || true, ./scripts/make.sh, ./scripts/mkae.sh]\ntiers:\n"]],
      facts: { missingPrograms: new Set(["jq"]) },
    },
    "5:9 program-doubtful",
    "5:44 program-doubtful",
  ],
  "tests-unreported": [
    { edit: [["unit: npm test", "test: npm test, tests: a, test-web: [b], e2e-test: c"]] },
    "3:17 tests-unreported",
    "3:34 tests-unreported",
    "3:47 tests-unreported",
  ],
  "coverage-unmeasured": [
    { edit: [["tiers:\n", "policy: { coverage: { max_drop: 1 } }\ntiers:\n"]] },
    "5:21 coverage-unmeasured",
  ],
  "report-tracked": [
    {
      edit: [
        ["unit: npm test", "unit: { run: npm test, report: [r.xml, logs/kept.log], coverage: ./README.md }"],
      ],
    },
    "3:42 report-tracked",
    "3:76 report-tracked",
  ],
  "no-builder": [
    {
      edit: [
        ["defaults: { builder: claude }\n", ""],
        [two, `${two}\n        builder: claude`],
        [
          "deliverables: [test/three.test.ts]",
          "deliverables: [test/three.test.ts]\n        builder: rehearsal",
        ],
      ],
    },
    "7:13 no-builder one",
  ],
  "unknown-builder": [{ edit: [[two, `${two}\n        builder: cluade`]] }, "16:18 unknown-builder two"],
  "writable-refused": [
    { edit: [[two, `${two}\n        builder: { scripted: b.yaml, writable: [/tmp/x, /repo/src] }`]] },
    "16:18 writable-refused two",
  ],
  "builder-script-missing": [
    {
      edit: [[two, `${two}\n        builder: { scripted: b.yaml }`]],
      facts: { missingScripts: new Set(["b.yaml"]) },
    },
    "16:18 builder-script-missing two",
  ],
  "budget-impossible": [
    {
      edit: [
        ["base: main", "base: main, budget: { tokens: 10, minutes: 0 }"],
        ["builder: claude", "builder: claude, budget: { attempts: 0 }"],
        [two, `${two}\n        budget: { tokens: 11, minutes: -1 }`],
      ],
    },
    "2:76 budget-impossible",
    "4:50 budget-impossible",
    "16:27 budget-impossible two",
    "16:40 budget-impossible two",
  ],
  "tokens-unreported": [
    {
      edit: [
        ["base: main", "base: main, budget: { tokens: 100 }"],
        [two, `${two}\n        budget: { tokens: 11 }\n        builder: mute`],
      ],
    },
    "2:63 tokens-unreported",
    "16:27 tokens-unreported two",
  ],
  "secret-too-short": [
    { edit: [["builder: claude", "builder: pinned"]] },
    "4:22 secret-too-short one",
    "4:22 secret-too-short three",
    "4:22 secret-too-short two",
  ],
  "usd-unreported": [{ edit: [["base: main", "base: main, budget: { usd: 3 }"]] }, "2:60 usd-unreported"],
  "grant-expired": [
    { edit: grants("phases: [one, two], expires: 2026-11-19") },
    "5:80 grant-expired one",
    "5:80 grant-expired two",
  ],
  "grant-unknown-phase": [{ edit: grants("phases: [noe], expires: 2026-11-20") }, "5:60 grant-unknown-phase"],
  "carry-missing": [
    {
      edit: [["tiers:\n", "carry: [.env, .env.test]\ntiers:\n"]],
      facts: { missingCarry: new Set([".env.test"]) },
    },
    "5:15 carry-missing",
  ],
  "not-a-repository": [{ repository: { kind: "none", base: null } }, "2:6 not-a-repository"],
  "repository-bare": [{ repository: { kind: "bare", base: null } }, "2:6 repository-bare"],
  "repository-busy": [{ repository: { operation: "rebase" } }, "2:6 repository-busy"],
  "base-missing": [{ repository: { base: null } }, "2:39 base-missing"],
  "objects-missing": [
    { repository: { missing: { count: 2, fetchCommand: "git fetch" }, paths: new Set() } },
    "2:39 objects-missing",
  ],
  "path-too-long": [
    {
      edit: [["src/one.ts", `src/${"x".repeat(256)}.ts`]],
      repository: { paths: new Set([`${"long/".repeat(59)}fits.ts`, `${"long/".repeat(60)}x`]) },
    },
    "2:39 path-too-long",
    "11:24 path-too-long one",
  ],
  "submodule-incomplete": [
    { repository: { brokenSubmodules: [{ path: "lib", state: "incomplete" }] } },
    "2:39 submodule-incomplete",
  ],
  "submodule-absent": [
    { repository: { brokenSubmodules: [{ path: "lib", state: "absent" }] } },
    "2:39 submodule-absent",
  ],
  "uncommitted-changes": [{ repository: { uncommitted: ["a b", "c"] } }, "2:39 uncommitted-changes"],
};

test("a good plan in a good repository has no findings", () => {
  expect(lint({})).toEqual([]);
});

test.each(Object.entries(cases))(
  "%s is found where it stands, and nothing else",
  (code, [change, ...places]) => {
    const findings = lint(change);
    expect(findings.map(place)).toEqual(places);
    const facts = findingCodes[code as FindingCode];
    for (const finding of findings)
      expect(finding).toMatchObject({ code, severity: facts.severity, action: facts.action });
  },
);

test("all findings come at once, in order of position", () => {
  const findings = lint({
    edit: [
      ["category: docs", "category: dosc"],
      ["[one]", "[oen]"],
      ["src/one.ts", "infra/one.ts"],
    ],
    repository: { base: null, uncommitted: ["x"] },
  });
  expect(findings.map(place)).toEqual([
    "2:39 base-missing",
    "2:39 uncommitted-changes",
    "11:24 deliverable-protected one",
    "14:19 unknown-category two",
    "16:22 unknown-dependency two",
  ]);
  expect(showFinding(findings[4] as Finding)).toBe(
    "plan.yaml:16:22: error: The phase `two` depends on `oen`, which is no phase of this plan. Did you mean `one`? [unknown-dependency]\n  Correct the id or remove it.",
  );
});

test("errors refuse their phase or the whole plan; warnings refuse nothing", () => {
  const refusals = refusalsOf(lint({ edit: [["[one]", "[oen]"]], repository: { uncommitted: ["x"] } }));
  expect(refusals.plan).toEqual([]);
  expect([...refusals.phases.keys()]).toEqual(["two"]);
  expect(refusalsOf(lint({ repository: { base: null } })).plan).toHaveLength(1);
});

test("a file's presence follows the phases that come before", () => {
  const edit = (first: string, later: string) =>
    [
      ["src/one.ts", `{ path: src/x.ts, change: ${first} }`],
      ["docs/two.md", `{ path: src/x.ts, change: ${later} }`],
    ] as const;
  expect(lint({ edit: edit("create", "modify") })).toEqual([]);
  expect(lint({ edit: edit("any", "delete") })).toEqual([]);
  expect(lint({ edit: edit("create", "create") }).map(place)).toEqual(["15:24 deliverable-exists two"]);
  const gone = new Set(["src/x.ts"]);
  expect(lint({ edit: edit("delete", "modify"), repository: { paths: gone } }).map(place)).toEqual([
    "15:24 deliverable-absent two",
  ]);
  expect(lint({ edit: edit("delete", "create"), repository: { paths: gone } })).toEqual([]);
});

test("tiers order the owners of one deliverable as depends_on does", () => {
  expect(lint({ edit: [["test/three.test.ts", "src/one.ts"]] })).toEqual([]);
});

test("two circles are two findings", () => {
  const findings = lint({
    edit: [
      [one, `${one}\n        depends_on: [two, one]`],
      [
        "deliverables: [test/three.test.ts]",
        "deliverables: [test/three.test.ts]\n        depends_on: [three]",
      ],
    ],
  });
  expect(findings.map((finding) => finding.message)).toEqual([
    "Phases wait for each other: `one` → `two` → `one`.",
    "Phases wait for each other: `three` → `three`.",
  ]);
});

test("no text makes lint throw, and a fault of one phase leaves the others judged", () => {
  for (const text of [
    "",
    "3",
    "tiers: 3",
    "tiers: [[]]",
    "tiers: [{phases: [null, 1, {id: a}]}]",
    "run: []",
  ]) {
    expect(lint({ text }).length).toBeGreaterThan(0);
  }
});

test("a deliverable lies in a folder, and is no submodule", () => {
  const tracked = { paths: new Set(["README.md", "lib"]), submodules: new Set(["lib"]) };
  const codes = (list: string) =>
    lint({ edit: [[one, `deliverables: [${list}]`]], repository: tracked }).map((finding) => finding.code);
  expect(codes("README.md/x")).toEqual(["deliverable-unreachable"]);
  expect(codes("{ path: README.md, change: delete }, README.md/x")).toEqual([]);
  expect(codes("lib/x")).toEqual(["deliverable-unreachable"]);
  expect(codes("lib")).toEqual(["deliverable-not-a-file"]);
});
