import type { Environment } from "../domain/certificate.ts";
import type { Change } from "../domain/change.ts";
import { ok } from "../domain/result.ts";
import { createCommit } from "../platform/commits.ts";
import { mergeChange } from "../platform/merge.ts";
import { advanceRunHead, readRef, runHeadRef } from "../platform/private-repository.ts";
import { createCertificate } from "../verification/certificate.ts";
import { type AttemptContext, attemptOf, failStep, phaseOf, type Step } from "./step.ts";
import { verify } from "./verify-step.ts";

/**
 * Makes the change the run's new head, one phase at a time. When the head moved since the tree was verified, the
 * change is merged with it and everything is checked again on the result, which is what the certificate names.
 */
export function integrate(context: AttemptContext, change: Change): Promise<Step<void>> {
  return context.shared.integration.run(async () => {
    if (!attemptOf(context).integration) {
      while (!isProvenOn(context, context.journal.state.head)) {
        const verified = await verifyMerged(context, change);
        if (!verified.ok) return verified;
      }
      await startIntegration(context);
    }
    await finishIntegration(context);
    return ok(undefined);
  });
}

function isProvenOn(context: AttemptContext, head: string): boolean {
  const { verification } = attemptOf(context);
  return verification?.decision === "pass" && verification.onto === head;
}

async function verifyMerged(context: AttemptContext, change: Change): Promise<Step<void>> {
  const { deps, journal, phaseId } = context;
  const { platform, repository } = deps;
  const { head } = journal.state;
  const merged = await mergeChange(platform, repository, head, change);
  if (!merged.ok)
    return failStep({
      kind: "merge-conflict",
      message: `The change conflicts with what other phases integrated meanwhile, in ${merged.error.paths.join(", ")}.`,
      evidence: merged.error.paths.map((path) => ({ label: "path", detail: path })),
    });
  const commit = await createCommit(platform, repository, {
    tree: merged.value,
    parent: head,
    message: `Merge candidate of ${phaseId}\n`,
    at: attemptOf(context).startedAt,
  });
  return verify(context, { tree: merged.value, commit, onto: head, merged: head !== change.base });
}

async function startIntegration(context: AttemptContext): Promise<void> {
  const { deps, journal, phaseId, attempt } = context;
  const verified = attemptOf(context).verification;
  if (verified?.decision !== "pass") throw new Error(`phase ${phaseId} is integrated without having passed`);
  const { tree, onto } = verified;
  const ledgerHead = journal.head;
  const { spec } = phaseOf(journal.state, phaseId);
  const message = [
    spec.name,
    "",
    `Autopack-Run: ${journal.runId}`,
    `Autopack-Phase: ${phaseId}`,
    `Autopack-Attempt: ${attempt}`,
    `Autopack-Ledger: ${ledgerHead.seq} ${ledgerHead.hash}`,
    "",
  ].join("\n");
  const at = deps.platform.clock.now().toISOString();
  const commit = await createCommit(deps.platform, deps.repository, { tree, parent: onto, message, at });
  await journal.append({
    type: "integration-started",
    data: { phaseId, attempt, commit, tree, onto, ledgerHead },
  });
}

/** Moves the head, unless that was done before a crash, and certifies the phase. */
async function finishIntegration(context: AttemptContext): Promise<void> {
  const { deps, journal, phaseId, attempt } = context;
  const state = attemptOf(context);
  const { integration, verification } = state;
  if (!integration || !verification) throw new Error(`phase ${phaseId} is not being integrated`);
  const { commit, onto, tree, ledgerHead } = integration;
  const advanced = await advanceRunHead(deps.platform, deps.repository, journal.runId, onto, commit);
  if (!advanced.ok && (await readRef(deps.platform, deps.repository, runHeadRef(journal.runId))) !== commit)
    throw new Error(`the run's head is not where the ledger has it: ${advanced.error}`);
  const certificate = createCertificate({
    runId: journal.runId,
    phaseId,
    attempt,
    tree,
    commit,
    onto,
    checks: verification.checks,
    deliverables: phaseOf(journal.state, phaseId).spec.deliverables.map((deliverable) => deliverable.path),
    ...(state.approvals ? { approvals: state.approvals } : {}),
    environment: await environmentOf(context),
    startedAt: state.startedAt,
    endedAt: deps.platform.clock.now().toISOString(),
    ledgerHead,
  });
  await journal.append({ type: "phase-completed", data: { phaseId, attempt, certificate } });
}

async function environmentOf({ deps, journal, phaseId }: AttemptContext): Promise<Environment> {
  const { hold, ...environment } = await deps.environment();
  const { builders, limits, readable } = journal.state.created;
  const reach = builders[phaseId]?.reach;
  if (!reach) throw new Error(`no builder is pinned for phase ${phaseId}`);
  return {
    ...environment,
    isolation: {
      ...hold,
      memoryBytes: limits.memoryBytes,
      processCount: limits.processes,
      builder: hold.sandbox === null ? { ...reach, network: "full" } : reach,
      readable,
    },
  };
}
