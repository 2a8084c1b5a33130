import { type Failure, factsOf } from "../domain/failure.ts";
import type { RunState } from "../domain/fold.ts";
import { type AttemptState, tokensOf } from "../domain/fold-attempt.ts";
import { type Candidate, decideRefusal, isKnown, type Refusal } from "../failures/breaker/decide-refusal.ts";
import { isWaitedFor } from "../failures/breaker/decided-of.ts";
import { recordFailure, recordSuccess } from "../failures/breaker/guard.ts";
import { reachOf } from "../failures/breaker/kinds.ts";
import { probeOnce } from "../failures/breaker/probe.ts";
import type { Breaker } from "../failures/breaker/registry.ts";
import { withTemporaryFolder } from "../platform/temporary-folder.ts";
import { readInputs, scopesOf } from "./attempt-inputs.ts";
import { remainingOfPhase } from "./budgets.ts";
import { findReady, type Refusals } from "./decide-run.ts";
import type { ExecutorDeps } from "./deps.ts";
import type { Journal } from "./journal.ts";
import { phaseOf, runMarker } from "./step.ts";

/** What a run tells the breaker, and asks it. */
export interface RunBreaker {
  /** Remembers the outcomes that it does not hold yet, then says which of the next attempts it refuses. */
  look(run: RunState, active: ReadonlySet<string>): Promise<Refusals>;
  /** Asks cheaply whether the phase's provider is back. */
  probe(phaseId: string, breaker: Breaker, stop: AbortSignal): Promise<void>;
}

export function createRunBreaker(deps: ExecutorDeps, journal: Journal): RunBreaker {
  const memory = deps.breaker;
  const now = () => deps.platform.clock.now();
  const keyOf = (phaseId: string, { attempt }: AttemptState) => `${phaseId} ${attempt}`;
  // A success before this process took the run up has been told.
  const told = new Set(
    journal.state.phases.flatMap(({ spec, attempts }) =>
      attempts.filter(({ outcome }) => outcome === "passed").map((attempt) => keyOf(spec.id, attempt)),
    ),
  );
  const candidates = new Map<string, { readonly key: string; readonly candidate: Candidate }>();

  const scopes = new Map(
    journal.state.phases.map(({ spec }) => [spec.id, Object.values(scopesOf(journal.state, spec.id))]),
  );
  /** What the next attempt would depend on; read anew only when something happened. */
  async function candidateOf(run: RunState, phaseId: string): Promise<Candidate> {
    const key = `${run.seq} ${memory.seq}`;
    const known = candidates.get(phaseId);
    if (known?.key === key) return known.candidate;
    const phase = phaseOf(run, phaseId);
    const tokensLeft = remainingOfPhase(run, phase, now()).tokens;
    const inputs = await readInputs(deps, { run, phase, base: run.head, tokensLeft });
    const candidate = { scopes: scopes.get(phaseId) ?? [], inputs };
    candidates.set(phaseId, { key, candidate });
    return candidate;
  }

  return {
    async look(run, active) {
      for (const { spec, attempts } of run.phases)
        for (const attempt of attempts) {
          if (attempt.outcome === undefined || told.has(keyOf(spec.id, attempt))) continue;
          await tellOutcome(deps, run, spec.id, attempt);
          told.add(keyOf(spec.id, attempt));
        }
      const refusals = new Map<string, Refusal>();
      const ready = findReady(run, active);
      // Nothing can be refused that cannot begin: what others have learned is read when it counts.
      if (ready.length > 0) await memory.refresh();
      for (const { spec } of ready) {
        if (!isKnown(memory.registry, scopes.get(spec.id) ?? [])) continue;
        const refusal = decideRefusal(memory.registry, await candidateOf(run, spec.id), now());
        if (refusal) refusals.set(spec.id, refusal);
      }
      return refusals;
    },
    async probe(phaseId, breaker, stop) {
      const { runId, created } = journal.state;
      const { transientFirstMs: firstMs, transientMaxMs: maxMs, probeMs, stopGraceMs } = created.limits;
      const limitMs = probeMs + stopGraceMs;
      await probeOnce(memory, breaker, { runId, now, limitMs, firstMs, maxMs }, () =>
        runProbe(deps, journal.state, phaseId, stop),
      );
    },
  };
}

async function tellOutcome(
  deps: ExecutorDeps,
  run: RunState,
  phaseId: string,
  attempt: AttemptState,
): Promise<void> {
  const memory = deps.breaker;
  await memory.refresh();
  const now = () => deps.platform.clock.now();
  const tried = { runId: run.runId, phaseId, attempt: attempt.attempt };
  const scopes = scopesOf(run, phaseId);
  const phase = phaseOf(run, phaseId);
  const place = { run, phase, base: attempt.base, tokensLeft: tokensAtStart(run, phaseId, attempt, now()) };
  if (attempt.outcome === "passed") {
    const all = Object.values(scopes);
    if (isKnown(memory.registry, all))
      await recordSuccess(memory, tried, { scopes: all, inputs: await readInputs(deps, place) });
    return;
  }
  const { failure } = attempt;
  if (!failure || memory.registry.holds(tried)) return;
  const reach = reachOf({ ...attempt, failure }, scopes);
  // What passes by itself is waited for, unless the builder's probe can tell that it has.
  const canProbe = reach.decidedBy === "provider" && hasProbe(run, phaseId);
  if (isWaitedFor(failure) && !(canProbe && factsOf(failure.kind).area === "provider")) return;
  const { probeAfter, transientFirstMs } = run.created.limits;
  await recordFailure(
    memory,
    tried,
    await readInputs(deps, place),
    { ...reach, ...seenOf(failure) },
    { probeAfter, firstMs: transientFirstMs, now },
  );
}

const seenOf = ({ class: failureClass, kind, message, fingerprint, retryAt }: Failure) => ({
  fingerprint,
  failure: { class: failureClass, kind, message },
  ...(retryAt === undefined ? {} : { retryAt }),
});

function hasProbe({ created }: RunState, phaseId: string): boolean {
  const builder = created.builders[phaseId];
  return builder?.kind === "command" && builder.probe !== undefined;
}

/** What the attempt might use when it began; undefined where there is no limit. */
function tokensAtStart(run: RunState, phaseId: string, attempt: AttemptState, now: Date): number | undefined {
  const { tokens } = remainingOfPhase(run, phaseOf(run, phaseId), now);
  return tokens === undefined ? undefined : tokens + (tokensOf(attempt) ?? 0);
}

function runProbe(deps: ExecutorDeps, run: RunState, phaseId: string, stop: AbortSignal) {
  const pinned = run.created.builders[phaseId];
  const { limits } = run.created;
  const builder = pinned && deps.createBuilder(pinned);
  // Another run's builder of this name has one.
  if (!builder?.probe) return Promise.resolve({ passed: true, why: "there is no probe any more" });
  const { probe } = builder;
  return withTemporaryFolder({ root: deps.workspaceRoot, prefix: "probe-", keep: false }, (cwd) =>
    probe({
      cwd,
      limits,
      timeoutMs: limits.probeMs,
      graceMs: limits.stopGraceMs,
      marker: `${runMarker(deps, run.runId)}${phaseId}/probe`,
      log: {
        root: deps.artifactsRoot,
        path: `${run.runId}/${phaseId}/probe.log`,
        maxBytes: limits.outputBytes,
      },
      signal: stop,
    }),
  );
}
