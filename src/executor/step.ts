import { join } from "node:path";
import type { RunEvent } from "../domain/events.ts";
import type { Problem } from "../domain/failure.ts";
import type { PhaseState, RunState } from "../domain/fold.ts";
import type { AttemptState } from "../domain/fold-attempt.ts";
import { isTestPath } from "../domain/paths.ts";
import { err, type Result } from "../domain/result.ts";
import type { ReadLimits } from "../platform/add-touched.ts";
import type { Workspace, WorkspacePlace } from "../platform/workspace.ts";
import type { ExecutorDeps } from "./deps.ts";
import type { Journal } from "./journal.ts";
import type { KnownCheck } from "./known-check.ts";
import { createLock, type Lock } from "./lock.ts";

/** What the attempts of a run share. */
export interface RunShared {
  /** Held by whoever integrates. */
  readonly integration: Lock;
  /** Held by whoever looks for a baseline: two that need the same one make it once. */
  readonly baseline: Lock;
  /** The baselines that this process has looked up for the run, by check and commit. */
  readonly baselines: Map<string, KnownCheck>;
  /** What builders at work have reported by now, by phase. */
  readonly liveTokens: Map<string, number>;
}

export const createShared = (): RunShared => ({
  integration: createLock(),
  baseline: createLock(),
  baselines: new Map(),
  liveTokens: new Map(),
});

/** One attempt at one phase, as its steps see it. */
export interface AttemptContext {
  readonly deps: ExecutorDeps;
  readonly journal: Journal;
  readonly phaseId: string;
  readonly attempt: number;
  readonly shared: RunShared;
  /** Aborted when the attempt is to stop: by a person, or because the run was lost. */
  readonly stop: AbortSignal;
}

/** How a step ends an attempt early. */
export type StepEnd =
  | {
      readonly do: "fail";
      readonly problem: Problem;
      /** Stored together with the failure. */
      readonly events: readonly RunEvent[];
    }
  | { readonly do: "stop" }
  /** The gate left it to a person; that is stored. */
  | { readonly do: "review" };
export type Step<T> = Result<T, StepEnd>;

export const failStep = (problem: Problem, ...events: readonly RunEvent[]): Step<never> =>
  err({ do: "fail", problem, events });
export const stopStep: Step<never> = err({ do: "stop" });
export const reviewStep: Step<never> = err({ do: "review" });

export function phaseOf(state: RunState, phaseId: string): PhaseState {
  const phase = state.phases.find((candidate) => candidate.spec.id === phaseId);
  if (!phase) throw new Error(`run ${state.runId} has no phase ${phaseId}`);
  return phase;
}

/** How much of a change is read, and which files in it are reports of checks. */
export const readLimitsOf = ({ created }: RunState): ReadLimits => ({
  ...created.limits,
  reports: created.plan.checks.flatMap(({ report = [], coverage = [] }) => [...report, ...coverage]),
});

/** Whether a file is a test by its path, or because the phase declares it as one. */
export function createTestCheck({ deliverables }: PhaseState["spec"]): (path: string) => boolean {
  const declared = new Set(deliverables.filter(({ kind }) => kind === "test").map(({ path }) => path));
  return (path) => isTestPath(path) || declared.has(path);
}

/** The attempt as the ledger has it by now. */
export function attemptOf(context: Pick<AttemptContext, "journal" | "phaseId" | "attempt">): AttemptState {
  const found = phaseOf(context.journal.state, context.phaseId).attempts[context.attempt - 1];
  if (!found) throw new Error(`phase ${context.phaseId} has no attempt ${context.attempt}`);
  return found;
}

/** `what` is `build` or `round-1` …: unique within the attempt. */
export function placeOf(context: AttemptContext, what: string): WorkspacePlace {
  return {
    root: context.deps.workspaceRoot,
    runId: context.journal.runId,
    name: `${context.phaseId}.${context.attempt}.${what}`,
    fence: context.journal.fence,
  };
}

/** Where the builder of a workspace may leave what it used and claims. */
export const resultFileIn = ({ order }: Workspace): string => join(order, "result.json");

/** What the marks of all processes of a run begin with: a copy of the repository elsewhere has other ones. */
export const runMarker = (deps: ExecutorDeps, runId: string): string =>
  `${deps.repository.user.key}/${runId}/`;

/** Marks the processes of a step. */
export const markerOf = ({ deps, journal, phaseId, attempt }: AttemptContext, what: string): string =>
  `${runMarker(deps, journal.runId)}${phaseId}/${attempt}/${what}`;

/** The path of an artifact of the attempt, without its ending, relative to the artifacts folder. */
export const artifactOf = ({ journal, phaseId, attempt }: AttemptContext, name: string): string =>
  `${journal.runId}/${phaseId}/${attempt}/${name}`;

/** Where an output is kept, below the artifacts folder. */
export function logOf(
  context: AttemptContext,
  name: string,
): { root: string; path: string; maxBytes: number } {
  return {
    root: context.deps.artifactsRoot,
    path: `${artifactOf(context, name)}.log`,
    maxBytes: context.journal.state.created.limits.outputBytes,
  };
}

/** A round of checks, as one check of it sees it. */
export interface CheckRound {
  readonly context: AttemptContext;
  readonly workspace: Workspace;
  /** `round-1` … */
  readonly what: string;
  /** The commit that carries the tree, and the one it is judged against. */
  readonly commit: string;
  readonly onto: string;
}
