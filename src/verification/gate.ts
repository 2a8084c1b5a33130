import { type CheckResult, type Review, speaksAgainst } from "../domain/certificate.ts";
import type { GateDecision } from "../domain/events.ts";
import { type FindingSeverity, type Inspection, showPlace } from "../domain/finding.ts";
import { type GatePolicy, showArgv } from "../domain/plan.ts";
import { judgeCoverage } from "./coverage/judge-coverage.ts";
import type { DeliverableResult } from "./deliverables.ts";

/** All that was observed in one round, and what had to be. */
export interface Observed {
  readonly deliverables: readonly DeliverableResult[];
  readonly checks: readonly CheckResult[];
  /** Names of the checks and acceptance commands that had to run. */
  readonly expected?: readonly string[];
  readonly inspection?: Inspection;
  readonly policy?: GatePolicy;
  /** Keys of what a person has accepted. */
  readonly approved?: ReadonlySet<string>;
}

/** Every check of the gate; `docs/spec.md` says for each what it does by default and what a plan can change. */
export const gateChecks = [
  "deliverables",
  "sources",
  "tampering",
  "setup",
  "checks",
  "tests",
  "coverage",
  "acceptance",
  "not-run",
] as const;
export type GateCheck = (typeof gateChecks)[number];

/** What speaks against a pass. */
export interface GateReason extends Review {
  readonly check: GateCheck;
  readonly level: Exclude<GateDecision, "pass">;
}

export interface Gate {
  readonly decision: GateDecision;
  /** Every one, worst first; empty for a pass. */
  readonly reasons: readonly GateReason[];
  /** What would have been left to a person who has accepted it. */
  readonly accepted: readonly GateReason[];
}

/** From worst to best. */
const levels = ["block", "inconclusive", "needs-review"] as const;

/**
 * The decision over everything observed: the worst that any check says of it. What blocks wins over what is not
 * known, for it says what is wrong; what is not known wins over what a person may accept, for no approval makes it
 * a pass. Only when nothing speaks against it, and something was judged and run, does it pass.
 */
export function decideGate(observed: Observed): Gate {
  const all = [
    ...weighDeliverables(observed),
    ...weighInspection(observed),
    ...weighChecks(observed),
    ...weighTests(observed),
    ...weighCoverage(observed),
    ...weighAbsent(observed),
  ];
  const isAccepted = ({ level, key }: GateReason) =>
    level === "needs-review" && (observed.approved?.has(key) ?? false);
  const open = all.filter((reason) => !isAccepted(reason));
  const reasons = levels.flatMap((level) => open.filter((reason) => reason.level === level));
  return { decision: reasons[0]?.level ?? "pass", reasons, accepted: all.filter(isAccepted) };
}

function weighDeliverables({ deliverables }: Observed): GateReason[] {
  const problems = deliverables.filter(({ outcome }) => outcome !== "ok");
  return problems.map(({ path, message }) => reason("deliverables", "block", path, message));
}

function weighInspection({ inspection }: Observed): GateReason[] {
  const { faults = [], findings = [] } = inspection ?? {};
  const ofFindings = findings.flatMap(({ rule, severity, path, line, message, allowed }): GateReason[] => {
    const level = levelOf(severity);
    if (allowed !== undefined || level === null) return [];
    return [reason("tampering", level, `${rule} ${path}`, `${rule} in ${path}:${line}: ${message}`)];
  });
  const errors = faults.filter(({ severity }) => severity === "error");
  return [
    ...errors.map((fault) => reason("sources", "block", fault.path, `${showPlace(fault)}: ${fault.message}`)),
    ...ofFindings,
  ];
}

const levelOf = (severity: FindingSeverity): GateReason["level"] | null =>
  (({ block: "block", review: "needs-review", note: null }) as const)[severity];

const kinds = { setup: "setup", check: "checks", acceptance: "acceptance" } as const;
export const inOrder = (checks: readonly CheckResult[]): readonly CheckResult[] =>
  (["setup", "check", "acceptance"] as const).flatMap((kind) =>
    checks.filter((check) => check.kind === kind),
  );

/** A failure of tests alone is told test by test, or as what it is where no test is known to be at fault. */
function weighChecks({ checks }: Observed): GateReason[] {
  return inOrder(checks)
    .filter(speaksAgainst)
    .map((check) => {
      const level = check.outcome === "failed" ? "block" : "inconclusive";
      return reason(check.reported ? "tests" : kinds[check.kind], level, check.name, showCheck(check));
    });
}

const policyLevels = { allow: null, review: "needs-review", block: "block" } as const;

function weighTests({ checks, policy }: Observed): GateReason[] {
  const ofFlaky = policyLevels[policy?.tests.flaky ?? "allow"];
  const ofRemoved = policyLevels[policy?.tests.removed ?? "review"];
  return checks.flatMap(({ name, tests }): GateReason[] => {
    const flaky = tests?.listed.filter(({ change }) => change === "flaky") ?? [];
    const gone = tests?.unreplaced ?? 0;
    return [
      ...(ofFlaky === null
        ? []
        : flaky.map(({ id }) => reason("tests", ofFlaky, `${name} ${id}`, `${name}: ${id} is flaky`))),
      ...(ofRemoved === null || gone === 0
        ? []
        : [reason("tests", ofRemoved, `${name} removed`, `${name}: ${showGone(tests, gone)}`)]),
    ];
  });
}

function showGone(tests: CheckResult["tests"], gone: number): string {
  const removed = tests?.listed.filter(({ change }) => change === "removed").map(({ id }) => id) ?? [];
  const named =
    removed.length > 0 ? `: ${removed.slice(0, 3).join(", ")}${removed.length > 3 ? " and others" : ""}` : "";
  return `${gone} ${gone === 1 ? "test that ran before does" : "tests that ran before do"} not run any more, with no new one instead${named}`;
}

function weighCoverage({ checks, policy }: Observed): GateReason[] {
  if (!policy) return [];
  const { unmeasured, minChanged, maxDrop } = policy.coverage;
  const isWanted = minChanged !== undefined || maxDrop !== undefined;
  const ran = checks.filter(({ kind }) => kind !== "setup");
  const isJudged = ran.length > 0 && checks.every((check) => !speaksAgainst(check));
  if (isWanted && isJudged && checks.every(({ coverage }) => !coverage) && unmeasured !== "allow") {
    const level = levelOf(unmeasured) ?? "needs-review";
    return [reason("coverage", level, "all", "coverage was not measured: no check leaves a coverage report")];
  }
  return checks.flatMap(({ name, coverage }) => {
    if (!coverage) return [];
    const { reasons } = judgeCoverage(coverage, policy.coverage, isWanted);
    return reasons.flatMap(({ severity, message }) => {
      const level = levelOf(severity);
      return level === null ? [] : [reason("coverage", level, name, message)];
    });
  });
}

function weighAbsent({ deliverables, checks, expected = [] }: Observed): GateReason[] {
  const ran = new Set(checks.map((check) => check.name));
  const absent = (key: string, message: string) => reason("not-run", "inconclusive", key, message);
  return [
    ...expected.filter((name) => !ran.has(name)).map((name) => absent(name, `${name} did not run`)),
    ...(deliverables.length === 0 ? [absent("deliverables", "no deliverable was judged")] : []),
    ...(checks.some((check) => check.kind !== "setup")
      ? []
      : [absent("commands", "no check and no acceptance command ran")]),
  ];
}

const reason = (check: GateCheck, level: GateReason["level"], key: string, message: string): GateReason => ({
  check,
  level,
  key: `${check} ${key}`,
  message,
});

/** The reason first where there is one: a command may be long. */
export function showCheck(check: CheckResult): string {
  const { name, outcome, reported, exitCode } = check;
  if (outcome === "passed") return `${name} passed`;
  if (outcome === "inconclusive") {
    const why = check.why ?? "no reason was recorded";
    return `${name} is inconclusive: ${reported ? why : `${showArgv(check.argv)}: ${why}`}`;
  }
  const failures = check.tests?.changes["new-failure"] ?? 0;
  const fresh = check.diagnostics?.freshCount ?? 0;
  if (failures > 0)
    return `${name} failed: ${failures} ${failures === 1 ? "test fails" : "tests fail"} that did not at the baseline, ${firstFailure(check)}`;
  if (fresh > 0)
    return `${name} failed: ${fresh} new ${fresh === 1 ? "error" : "errors"}, exit code ${exitCode}`;
  return `${name} failed: ${showArgv(check.argv)} exited with ${exitCode}`;
}

function firstFailure({ tests }: CheckResult): string {
  const names = tests?.listed.filter(({ change }) => change === "new-failure").map(({ id }) => id) ?? [];
  return names.length > 1 ? `first ${names[0]}` : (names[0] ?? "not listed");
}
