import type { CheckResult } from "../domain/certificate.ts";
import type { GateDecision } from "../domain/events.ts";
import type { Evidence, Problem } from "../domain/failure.ts";
import { showArgv } from "../domain/plan.ts";
import { excerptOf } from "../platform/excerpt.ts";
import type { DeliverableResult } from "./deliverables.ts";

/** All that was observed in one round, and what had to be. */
export interface Observed {
  readonly deliverables: readonly DeliverableResult[];
  readonly checks: readonly CheckResult[];
  /** Names of the checks and acceptance commands that had to run. */
  readonly expected?: readonly string[];
}

export interface Gate {
  readonly decision: GateDecision;
  /** Every one, worst first; empty for a pass. */
  readonly reasons: readonly string[];
}

/**
 * The decision over everything observed. Any deliverable that is not ok and any failed check blocks; an
 * inconclusive check, a check that did not run, or nothing to judge by is inconclusive. A block wins over
 * inconclusive, for it says what is wrong. Only when nothing speaks against it does it pass.
 */
export function decideGate(observed: Observed): Gate {
  const { blocks, unknowns } = weigh(observed);
  const nothing = [
    ...(observed.deliverables.length === 0 ? ["no deliverable was judged"] : []),
    ...(observed.checks.some((check) => check.kind !== "setup")
      ? []
      : ["no check and no acceptance command ran"]),
  ];
  const reasons = [...blocks, ...unknowns, ...nothing];
  return { decision: blocks.length > 0 ? "block" : reasons.length > 0 ? "inconclusive" : "pass", reasons };
}

/** What speaks against the tree, and what is not known about it, in the order of the observations. */
function weigh({ deliverables, checks, expected = [] }: Observed): { blocks: string[]; unknowns: string[] } {
  const ran = new Set(checks.map((check) => check.name));
  return {
    blocks: [
      ...deliverables.filter(isProblem).map((deliverable) => deliverable.message),
      ...inOrder(checks).filter(hasFailed).map(showCheck),
    ],
    unknowns: [
      ...inOrder(checks).filter(isInconclusive).map(showCheck),
      ...expected.filter((name) => !ran.has(name)).map((name) => `${name} did not run`),
    ],
  };
}

const isProblem = (deliverable: DeliverableResult): boolean => deliverable.outcome !== "ok";
const hasFailed = (check: CheckResult): boolean => check.outcome === "failed";
const isInconclusive = (check: CheckResult): boolean => check.outcome === "inconclusive";

const kinds: readonly CheckResult["kind"][] = ["setup", "check", "acceptance"];
const inOrder = (checks: readonly CheckResult[]): readonly CheckResult[] =>
  kinds.flatMap((kind) => checks.filter((check) => check.kind === kind));

function showCheck(check: CheckResult): string {
  if (check.outcome === "passed") return `${check.name} passed`;
  if (check.outcome === "failed")
    return `${check.name} failed: ${showArgv(check.argv)} exited with ${check.exitCode}`;
  return `${check.name} is inconclusive: ${showArgv(check.argv)}: ${check.why ?? "no reason was recorded"}`;
}

/**
 * The problem that a gate which does not pass gives the attempt: its cause, with the other reasons as evidence.
 * The cause is a deliverable, else setup (what follows a broken setup means nothing), else the first check and
 * then acceptance command that failed, else the first that is inconclusive, else what did not run.
 *
 * @throws Error when the gate passes.
 */
export function gateProblem(observed: Observed & { readonly merged?: boolean }): Problem {
  const { decision, reasons } = decideGate(observed);
  if (decision === "pass") throw new Error("a gate that passes is no problem");
  const { blocks, unknowns } = weigh(observed);
  const deliverables = observed.deliverables.filter(isProblem);
  const [deliverable] = deliverables;
  if (deliverable && deliverable.outcome !== "ok")
    return {
      kind: deliverable.outcome,
      message: deliverables.map(({ message }) => message).join(" "),
      evidence: [...blocks.slice(deliverables.length), ...unknowns].map(asEvidence),
    };
  const checks = inOrder(observed.checks);
  const cause =
    checks.find((check) => check.kind === "setup" && check.outcome !== "passed") ??
    checks.find(hasFailed) ??
    checks.find(isInconclusive);
  if (!cause)
    return {
      kind: "check-inconclusive",
      message: `Nothing is known about the tree: ${reasons.join(", ")}.`,
      evidence: [],
    };
  const output = excerptOf(cause);
  return {
    kind: kindOf(cause, observed.merged ?? false),
    message: `${showCheck(cause)}.`,
    evidence: [
      ...(cause.hint === undefined ? [] : [{ label: "hint", detail: cause.hint }]),
      { label: "output", detail: output === "" ? "It printed nothing." : output },
      { label: "log", detail: cause.log.path },
      ...[...blocks, ...unknowns].filter((reason) => reason !== showCheck(cause)).map(asEvidence),
    ],
  };
}

function kindOf(cause: CheckResult, merged: boolean): Problem["kind"] {
  if (cause.exceeded !== undefined) return `${cause.exceeded}-exceeded`;
  if (cause.kind === "setup") return "setup-failed";
  if (cause.outcome !== "failed") return "check-inconclusive";
  if (merged) return "merge-check-failed";
  return cause.kind === "acceptance" ? "acceptance-failed" : "check-failed";
}

const asEvidence = (detail: string): Evidence => ({ label: "gate", detail });
