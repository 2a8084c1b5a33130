import type { CheckResult } from "../domain/certificate.ts";
import { speaksAgainst } from "../domain/certificate.ts";
import type { Evidence, Problem } from "../domain/failure.ts";
import { type Diagnostic, showDiagnostic } from "../domain/finding.ts";
import { excerptOf } from "../platform/excerpt.ts";
import { decideGate, type GateReason, inOrder, type Observed, showCheck } from "./gate.ts";

/** How many of a sort are told to the next attempt: what it mends first is enough to begin with. */
const mostTold = 20;

/**
 * The problem that a gate which does not pass gives the attempt: its cause in the order in which a builder mends
 * it, with the other reasons as evidence. The cause is a deliverable, else a source that is broken, else tampering,
 * else setup (what follows a broken setup means nothing), else the first check or acceptance command that failed,
 * else coverage, else the first that is inconclusive, else what did not run.
 *
 * @throws Error when the gate passes.
 */
export function gateProblem(observed: Observed & { readonly merged?: boolean }): Problem {
  const { decision, reasons } = decideGate(observed);
  if (decision === "pass") throw new Error("a gate that passes is no problem");
  const others = (cause: (reason: GateReason) => boolean): Evidence[] =>
    reasons
      .filter((reason) => !cause(reason) && !followsFromCause.has(reason.key))
      .slice(0, mostTold)
      .map(({ message }) => ({ label: "gate", detail: message }));
  const isOf = (check: GateReason["check"]) => (reason: GateReason) =>
    reason.check === check && reason.level === "block";
  const told = (check: GateReason["check"]) =>
    reasons
      .filter(isOf(check))
      .slice(0, mostTold)
      .map(({ message }) => message);

  const broken = observed.deliverables.filter(({ outcome }) => outcome !== "ok");
  const [deliverable] = broken;
  if (deliverable && deliverable.outcome !== "ok")
    return {
      kind: deliverable.outcome,
      message: broken.map(({ message }) => message).join(" "),
      evidence: others(isOf("deliverables")),
    };
  const [fault, ...moreFaults] = told("sources");
  if (fault !== undefined)
    return {
      kind: "source-broken",
      message: `${fault}.`,
      evidence: listed(moreFaults, others(isOf("sources"))),
    };
  const [finding, ...moreFindings] = told("tampering");
  if (finding !== undefined)
    return {
      kind: "tampering",
      message: `${finding}.`,
      evidence: listed(moreFindings, others(isOf("tampering"))),
    };

  const checks = inOrder(observed.checks).filter(speaksAgainst);
  const cause =
    checks.find((check) => check.kind === "setup") ??
    checks.find((check) => check.outcome === "failed") ??
    (told("coverage").length + told("tests").length > 0 ? undefined : checks[0]);
  if (cause) {
    const about = showCheck(cause);
    return {
      kind: kindOf(cause, observed.merged ?? false),
      message: `${about}.`,
      evidence: [...evidenceOf(cause), ...others(({ message }) => message === about)],
    };
  }
  const [unwanted, ...moreUnwanted] = told("tests");
  if (unwanted !== undefined)
    return {
      kind: "tests-failed",
      message: `${unwanted}.`,
      evidence: listed(moreUnwanted, others(isOf("tests"))),
    };
  const [low, ...moreLow] = told("coverage");
  if (low !== undefined)
    return {
      kind: "coverage-low",
      message: `${low}.`,
      evidence: [...listed(moreLow, uncoveredOf(observed.checks)), ...others(isOf("coverage"))],
    };
  return {
    kind: "check-inconclusive",
    message: `Nothing is known about the tree: ${reasons.map(({ message }) => message).join(", ")}.`,
    evidence: [],
  };
}

/** Where there is a cause, nothing more was judged or run: that says nothing. */
const followsFromCause = new Set(["not-run deliverables", "not-run commands"]);

const listed = (messages: readonly string[], more: readonly Evidence[]): Evidence[] => [
  ...messages.map((detail) => ({ label: "place", detail })),
  ...more,
];

function kindOf(cause: CheckResult, merged: boolean): Problem["kind"] {
  if (cause.exceeded !== undefined) return `${cause.exceeded}-exceeded`;
  if (cause.kind === "setup") return "setup-failed";
  if (cause.outcome !== "failed") return cause.reported ? "tests-inconclusive" : "check-inconclusive";
  if (merged) return "merge-check-failed";
  if (cause.tests) return "tests-failed";
  return cause.kind === "acceptance" ? "acceptance-failed" : "check-failed";
}

/** What helps most comes first: the tests or places at fault, then what the command printed, then its log. */
function evidenceOf(cause: CheckResult): Evidence[] {
  const tests = cause.tests?.listed.filter(({ change }) => change === "new-failure") ?? [];
  const places: readonly Diagnostic[] = cause.diagnostics?.fresh ?? [];
  const output = excerptOf(cause);
  return [
    ...(cause.hint === undefined ? [] : [{ label: "hint", detail: cause.hint }]),
    ...tests
      .slice(0, mostTold)
      .map(({ id, message }) => ({ label: "test", detail: [id, message ?? ""].join("\n").trim() })),
    ...places.slice(0, mostTold).map((place) => ({ label: "place", detail: showDiagnostic(place) })),
    { label: "output", detail: output === "" ? "It printed nothing." : output },
    { label: "log", detail: cause.log.path },
  ];
}

/** The changed lines that no test executes. */
const uncoveredOf = (checks: readonly CheckResult[]): Evidence[] =>
  checks
    .flatMap(({ coverage }) => coverage?.uncovered ?? [])
    .slice(0, mostTold)
    .map(({ path, lines }) => ({
      label: "not covered",
      detail: `${path}: ${lines.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(", ")}`,
    }));
