import type { Try } from "../domain/breaker.ts";
import { alternativesOf, findBuilder } from "../domain/builders.ts";
import { type Failure, factsOf } from "../domain/failure.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import { type AttemptState, countedTokens } from "../domain/fold-attempt.ts";
import { type Candidate, decideRefusal, isKnown, type Refusal } from "../failures/breaker/decide-refusal.ts";
import { isWaitedFor } from "../failures/breaker/decided-of.ts";
import { recordFailure, recordSuccess } from "../failures/breaker/guard.ts";
import { reachOf } from "../failures/breaker/kinds.ts";
import { probeOnce } from "../failures/breaker/probe.ts";
import type { Breaker } from "../failures/breaker/registry.ts";
import { takeTurn } from "../failures/breaker/turns.ts";
import type { Offer } from "../failures/chain.ts";
import { firstPartOf, partAfter } from "../failures/parts.ts";
import { withTemporaryFolder } from "../platform/temporary-folder.ts";
import { accountsOf } from "./accounts.ts";
import { readInputs, scopesOf } from "./attempt-inputs.ts";
import { remainingOfPhase } from "./budgets.ts";
import { findReady, type Refusals } from "./decide-run.ts";
import type { ExecutorDeps } from "./deps.ts";
import type { Journal } from "./journal.ts";
import { tellLimit } from "./run-limits.ts";
import { repairFor } from "./starting-point.ts";
import { phaseOf, runMarker } from "./step.ts";

/** What a run tells the breaker, and asks it. */
export interface RunBreaker {
  /** Remembers the outcomes that it does not hold yet, then says which of the next attempts it refuses. */
  look(run: RunState, active: ReadonlySet<string>): Promise<Refusals>;
  /** Asks cheaply whether the phase's provider is back. */
  probe(phaseId: string, breaker: Breaker, stop: AbortSignal): Promise<void>;
  /** Takes the phase's turn behind a provider's limit, unless another one came first. */
  takeTurn(phaseId: string, account: string): Promise<void>;
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
  const toldLimits = new Set<string>();
  const candidates = new Map<string, { readonly key: string; readonly candidate: Candidate }>();

  /** What an offer would depend on; read anew only when something happened. */
  async function candidateOf(run: RunState, phase: PhaseState, offer: Offer): Promise<Candidate> {
    const { builder } = offer;
    const place = offerKey(phase.spec.id, offer);
    const key = `${run.seq} ${memory.seq}`;
    const known = candidates.get(place);
    if (known?.key === key) return known.candidate;
    const tokensLeft = remainingOfPhase(run, phase, now()).tokens;
    const inputs = await readInputs(deps, { run, phase, ...offer, base: run.head, tokensLeft });
    const candidate = { scopes: Object.values(scopesOf(run, phase.spec.id, builder)), inputs };
    candidates.set(place, { key, candidate });
    return candidate;
  }

  return {
    async look(run, active) {
      for (const { spec, attempts } of run.phases)
        for (const attempt of attempts) {
          if (attempt.build && !toldLimits.has(keyOf(spec.id, attempt))) {
            await tellLimit(deps, run, spec.id, attempt);
            toldLimits.add(keyOf(spec.id, attempt));
          }
          if (attempt.outcome === undefined || told.has(keyOf(spec.id, attempt))) continue;
          await tellOutcome(deps, run, spec.id, attempt);
          told.add(keyOf(spec.id, attempt));
        }
      const refusals = new Map<string, Refusal>();
      const ready = findReady(run, active);
      // Nothing can be refused that cannot begin: what others have learned is read when it counts.
      if (ready.length > 0) await memory.refresh();
      for (const phase of ready)
        for (const offer of offersOf(run, phase)) {
          const scopes = Object.values(scopesOf(run, phase.spec.id, offer.builder));
          const uses = { accounts: accountsOf(deps, offer.builder), tried: nextTry(run, phase) };
          const known = isKnown(memory.registry, scopes);
          const candidate = known ? await candidateOf(run, phase, offer) : { scopes: [], inputs: {} };
          const refusal = decideRefusal(memory.registry, { ...candidate, uses }, now());
          if (refusal) refusals.set(offerKey(phase.spec.id, offer), refusal);
        }
      return (phaseId, offer) => refusals.get(offerKey(phaseId, offer)) ?? null;
    },
    async takeTurn(phaseId, account) {
      const run = journal.state;
      const { turnMs } = run.created.limits;
      await takeTurn(memory, nextTry(run, phaseOf(run, phaseId)), account, { now, turnMs });
    },
    async probe(phaseId, breaker, stop) {
      const { runId, created } = journal.state;
      const { transientFirstMs: firstMs, transientMaxMs: maxMs, probeMs, stopGraceMs } = created.limits;
      const limitMs = probeMs + stopGraceMs;
      await probeOnce(memory, breaker, { runId, now, limitMs, firstMs, maxMs }, () =>
        runProbe(deps, journal.state, phaseId, breaker, stop),
      );
    },
  };
}

const nextTry = ({ runId }: RunState, { spec, attempts }: PhaseState): Try => ({
  runId,
  phaseId: spec.id,
  attempt: attempts.length + 1,
});

const offerKey = (phaseId: string, { builder, room, part }: Offer): string =>
  `${phaseId} ${builder.name} ${room} ${part?.number} ${part?.of}`;

/** All that a phase's next attempt may be. */
function offersOf(run: RunState, phase: PhaseState): Offer[] {
  const { created } = run;
  const own = created.builders[phase.spec.id];
  const repair = repairFor(run, phase);
  const builders = [
    ...(own ? [own] : []),
    ...alternativesOf(created, phase.spec.id).map(({ builder }) => builder),
    ...(repair ? [repair] : []),
  ];
  const room = Math.max(0, ...phase.attempts.map((attempt) => attempt.room ?? 0));
  const parts = [firstPartOf(phase), partAfter(phase.attempts.at(-1))].flatMap((part) =>
    part ? [{ part }] : [],
  );
  return builders.flatMap((builder) =>
    Array.from({ length: room + 2 }, (_, index) => ({ builder, room: index })).flatMap((whole) => [
      whole,
      ...parts.map((part) => ({ ...whole, ...part })),
    ]),
  );
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
  const phase = phaseOf(run, phaseId);
  const builder = findBuilder(run.created, phaseId, attempt.builder);
  const scopes = scopesOf(run, phaseId, builder);
  const { base, room = 0, part } = attempt;
  const tokensLeft = tokensAtStart(run, phaseId, attempt, now());
  const place = { run, phase, builder, room, part, base, tokensLeft };
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
  const canProbe = reach.decidedBy === "provider" && builder?.kind === "command" && builder.probe;
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

/** What the attempt might use when it began; undefined where there is no limit. */
function tokensAtStart(run: RunState, phaseId: string, attempt: AttemptState, now: Date): number | undefined {
  const { tokens } = remainingOfPhase(run, phaseOf(run, phaseId), now);
  return tokens === undefined ? undefined : tokens + countedTokens(attempt);
}

function runProbe(deps: ExecutorDeps, run: RunState, phaseId: string, { scope }: Breaker, stop: AbortSignal) {
  // The scope of a provider has the name of the builder that calls it.
  const pinned = findBuilder(run.created, phaseId, scope.name);
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
