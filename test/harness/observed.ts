import type { CheckResult } from "../../src/domain/certificate.ts";
import type { CoverageDelta } from "../../src/domain/coverage.ts";
import type { Diagnostic, TamperFinding } from "../../src/domain/finding.ts";
import type { DeliverableResult } from "../../src/verification/deliverables.ts";
import type { Observed } from "../../src/verification/gate.ts";

const outcomeOf = { passed: 0, failed: 1, inconclusive: null } as const;
export const check = (
  name: string,
  outcome: CheckResult["outcome"] = "passed",
  given: Partial<CheckResult> = {},
): CheckResult => ({
  name,
  kind: "check",
  argv: ["sh", "-c", `npm run ${name}`],
  cwd: ".",
  outcome,
  exitCode: outcomeOf[outcome],
  network: "loopback",
  ...(outcome === "inconclusive" ? { why: "it was killed by SIGKILL" } : {}),
  startedAt: "2026-06-15T00:00:00.000Z",
  durationMs: 5,
  log: { path: `logs/${name}.log`, sha256: "0".repeat(64), bytes: 3, truncated: false },
  tail: `output of ${name}\n`,
  ...given,
});
export const delivered: DeliverableResult = {
  path: "src/a.ts",
  outcome: "ok",
  message: "src/a.ts is delivered.",
};
export const hollow: DeliverableResult = {
  path: "src/b.ts",
  outcome: "deliverable-hollow",
  message: "src/b.ts is no work: it is empty.",
};
export const good: Observed = {
  deliverables: [delivered],
  checks: [
    check("setup-1", "passed", { kind: "setup" }),
    check("test"),
    check("acceptance-1", "passed", { kind: "acceptance" }),
  ],
  expected: ["test", "acceptance-1"],
};
export const withCheck = (...checks: CheckResult[]): Observed => ({ deliverables: [delivered], checks });

export const noChanges = {
  "new-failure": 0,
  "still-failing": 0,
  flaky: 0,
  removed: 0,
  fixed: 0,
  "new-pass": 0,
} as const;
export const finding: TamperFinding = {
  rule: "test-skipped",
  severity: "block",
  path: "a.test.ts",
  line: 3,
  message: "it skips a test",
};
export const fault: Diagnostic = {
  path: "src/a.ts",
  line: 3,
  column: 5,
  severity: "error",
  rule: null,
  message: "it does not parse",
};
export const covered: CoverageDelta = {
  total: { measured: true, value: { covered: 90, total: 100 } },
  baseline: { measured: true, value: { covered: 90, total: 100 } },
  changed: { measured: true, value: { covered: 10, total: 10 } },
  uncovered: [],
};
