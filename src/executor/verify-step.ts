import { type CheckResult, speaksAgainst } from "../domain/certificate.ts";
import type { TreeDifference } from "../domain/change.ts";
import type { RunEvent } from "../domain/events.ts";
import type { Diagnostic } from "../domain/finding.ts";
import { ok } from "../domain/result.ts";
import { hasPath, readBlob } from "../platform/private-repository.ts";
import { diffTrees } from "../platform/tree-diff.ts";
import { prepareParsers } from "../verification/build-check/parse-apart.ts";
import { orderChecks } from "../verification/build-check/stages.ts";
import { assessDeliverables } from "../verification/deliverables.ts";
import { decideGate, type Observed } from "../verification/gate.ts";
import { gateProblem } from "../verification/gate-problem.ts";
import { carryOutCheck } from "./check-step.ts";
import { discardWorkspace } from "./discard.ts";
import { type ChangedText, inspectImports, inspectTexts, readTexts } from "./inspect-step.ts";
import { prepareWorkspace } from "./prepare-step.ts";
import { type AttemptContext, attemptOf, failStep, phaseOf, reviewStep, type Step } from "./step.ts";

/** What is verified: a tree, the commit that carries it, and the commit it is judged against. */
export interface Candidate {
  readonly tree: string;
  readonly commit: string;
  readonly onto: string;
  /** True when the tree joins the change with what others integrated meanwhile. */
  readonly merged: boolean;
}

/**
 * One round, cheapest first: what can be told from the change alone, its deliverables and its texts; then, in a fresh
 * workspace where no builder ever wrote, setup, imports, checks and acceptance, up to the first that does not pass;
 * then the gate.
 */
export async function verify(context: AttemptContext, candidate: Candidate): Promise<Step<void>> {
  const { deps, journal, phaseId, attempt } = context;
  const { spec } = phaseOf(journal.state, phaseId);
  const { tree, onto, merged } = candidate;
  const round = (attemptOf(context).verification?.round ?? 0) + 1;
  await journal.append({
    type: "verification-started",
    data: { phaseId, attempt, round, tree, onto },
  });

  const differences = await changedFiles(context, candidate);
  const deliverables = await assessDeliverables(spec, differences, {
    readBlob: (blob) => readBlob(deps.platform, deps.repository, blob),
    has: (path) => hasPath(deps.platform, deps.repository, tree, path),
  });
  const expected = [...journal.state.created.plan.checks, ...spec.acceptance].map((check) => check.name);
  const texts = await readTexts(context, differences);
  const inspection = await inspectTexts(context, texts);
  // For the imports, which are looked at once the workspace is set up.
  prepareParsers();
  const { policy } = journal.state.created.plan;
  const approvals = attemptOf(context).approvals?.flatMap(({ reviews }) => reviews.map(({ key }) => key));
  const seen: Observed = {
    deliverables,
    checks: [],
    expected,
    inspection,
    policy,
    approved: new Set(approvals),
  };
  if (decideGate(seen).decision === "block") return decide(context, seen, round, merged);

  const ran = await runChecks(context, candidate, round, texts);
  await discardWorkspace(context, `round-${round}`);
  if (!ran.ok) return ran;
  const { checks, faults } = ran.value;
  const inspected = { ...inspection, faults: [...inspection.faults, ...faults] };
  return decide(context, { ...seen, checks, inspection: inspected }, round, merged);
}

/** Stores the decision together with what follows from it. */
async function decide(
  { journal, phaseId, attempt }: AttemptContext,
  observed: Observed,
  round: number,
  merged: boolean,
): Promise<Step<void>> {
  const { decision, reasons } = decideGate(observed);
  const { inspection } = observed;
  const isTelling = inspection && inspection.faults.length + inspection.findings.length > 0;
  const decided: RunEvent = {
    type: "gate-decided",
    data: {
      phaseId,
      attempt,
      round,
      decision,
      reasons: reasons.map(({ message }) => message),
      ...(isTelling ? { inspection } : {}),
    },
  };
  if (decision === "pass") {
    await journal.append(decided);
    return ok(undefined);
  }
  if (decision !== "needs-review") return failStep(gateProblem({ ...observed, merged }), decided);
  const reviews = reasons.map(({ key, message }) => ({ key, message }));
  await journal.append(decided, { type: "phase-gated", data: { phaseId, attempt, reviews } });
  return reviewStep;
}

/** What the candidate changes; what was read of the attempt's own tree is not read again. */
async function changedFiles(
  context: AttemptContext,
  { tree, onto }: Candidate,
): Promise<readonly TreeDifference[]> {
  const { platform, repository } = context.deps;
  const { change } = attemptOf(context);
  const isRead = change?.tree === tree && change.base === onto && change.files.length === change.fileCount;
  return isRead ? change.files : diffTrees(platform, repository, onto, tree);
}

async function runChecks(
  context: AttemptContext,
  candidate: Candidate,
  round: number,
  texts: readonly ChangedText[],
): Promise<Step<{ readonly checks: readonly CheckResult[]; readonly faults: readonly Diagnostic[] }>> {
  const { journal, phaseId, attempt } = context;
  const { plan } = journal.state.created;
  const what = `round-${round}`;
  const checks: CheckResult[] = [];
  const record = (result: CheckResult) => {
    checks.push(result);
    return journal.append({ type: "check-ended", data: { phaseId, attempt, round, result } });
  };
  const workspace = await prepareWorkspace(context, what, candidate.commit, record);
  if (!workspace.ok) return workspace;
  const faults = await inspectImports(context, workspace.value, texts);
  if (faults.length > 0) return ok({ checks, faults });
  const commands = [
    ...orderChecks(plan.checks).map((spec) => ({ spec, kind: "check" as const })),
    ...phaseOf(journal.state, phaseId).spec.acceptance.map((spec) => ({ spec, kind: "acceptance" as const })),
  ];
  const { commit, onto } = candidate;
  for (const command of commands) {
    const result = await carryOutCheck({ context, workspace: workspace.value, what, commit, onto }, command);
    if (!result.ok) return result;
    await record(result.value);
    if (speaksAgainst(result.value)) break;
  }
  return ok({ checks, faults });
}
