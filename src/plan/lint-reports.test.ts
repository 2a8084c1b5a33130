import { expect, test } from "vitest";
import { detect, scripts } from "../../test/harness/detected.ts";
import { plainFacts } from "../../test/harness/plan-facts.ts";
import type { DetectedCheck } from "./detect/part.ts";
import { lintPlan } from "./lint.ts";
import { parsePlan } from "./parse.ts";

/** What is said of a plan's checks and coverage policy, where these checks are proposed. */
function lint(text: string, proposed: readonly DetectedCheck[] = []): string[] {
  const plan = `${text}version: 1\nrun: { id: a, goal: b }\ntiers: [{ id: t, phases: [{ id: p, description: d, category: docs, deliverables: [a], builder: b }] }]\n`;
  const defaults = { setup: [], carry: [], checks: [], builder: "b", attempts: 3, minutes: 60, tokens: null };
  const parsed = parsePlan(plan, { file: "plan.yaml", defaults });
  const findings = lintPlan(
    parsed,
    { ...plainFacts, proposed },
    {
      assessPath: () => ({ verdict: "allowed" }),
      findBuilder: () => ({ argv: ["b"], reportsUsage: true }),
      builderNames: [],
      opensOwn: () => false,
    },
  );
  return findings.map(({ message }) => message);
}

test("a check of tests without a report is told which command would leave one", async () => {
  const { checks } = await detect({ "package.json": scripts({ test: "node --test 'a \"b\".js'" }) });
  const [message = ""] = lint("checks: { test: npm test }\n", checks);
  expect(message).toMatch(
    /^The check `test` names no report, so only its exit code counts\. What is here allows `test: \{ run: "node --test --test-reporter=spec .* 'a \\"b\\"\.js'", report: junit\.xml, coverage: lcov\.info }`\.$/,
  );
  const [line = ""] = /(?<=`)test: \{.*}(?=`)/.exec(message) ?? [];
  expect(lint(`checks: { ${line} }\n`, checks)).toEqual([]);
});

test("a proposal without a report, or for another check, is none", () => {
  const other = [
    { name: "test", run: "npm test" },
    { name: "test-web", run: "x", report: "web/junit.xml" },
  ];
  expect(lint("checks: { test: npm test }\n", other)).toEqual([
    "The check `test` names no report, so only its exit code counts.",
  ]);
});

test("a coverage threshold is measured by any check that names a report of coverage", () => {
  const threshold = "policy: { coverage: { min_changed: 80 } }\n";
  expect(lint(`checks: { unit: make }\n${threshold}`)).toHaveLength(1);
  expect(lint(`checks: { unit: { run: make, coverage: c.info } }\n${threshold}`)).toEqual([]);
  expect(lint("checks: { unit: make }\npolicy: { coverage: { unmeasured: block } }\n")).toEqual([]);
});
