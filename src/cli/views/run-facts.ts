import type { Certificate } from "../../domain/certificate.ts";
import { type Failure, failureKinds } from "../../domain/failure.ts";
import type { PhaseState, RunState } from "../../domain/fold.ts";
import { type AttemptState, tokensOf } from "../../domain/fold-attempt.ts";
import { showArgv } from "../../domain/plan.ts";
import { isEnded } from "../../domain/run.ts";
import { endedPhaseStates } from "../../domain/transitions.ts";
import { formatCount, plural } from "./text.ts";

/** What builders used. `attempts`: those whose builder was started; unknown is never counted as zero. */
export interface Spend {
  readonly reported: number;
  readonly attempts: number;
  readonly attemptsUnknown: number;
}

export function spendOf(attempts: readonly AttemptState[]): Spend {
  const built = attempts.filter((attempt) => attempt.buildStartedAt !== undefined);
  const known = built.flatMap((attempt) => tokensOf(attempt) ?? []);
  return {
    reported: known.reduce((sum, tokens) => sum + tokens, 0),
    attempts: built.length,
    attemptsUnknown: built.length - known.length,
  };
}

/** `1,200 tokens`, `1,200 tokens and unknown for 1 of 3 attempts`, `unknown for 2 attempts`, `none, no builder ran`. */
export function showSpend(spend: Spend): string {
  if (spend.attempts === 0) return "none, no builder ran";
  if (spend.attemptsUnknown === 0) return plural(spend.reported, "token");
  if (spend.attemptsUnknown === spend.attempts) return `unknown for ${plural(spend.attempts, "attempt")}`;
  return `${plural(spend.reported, "token")} and unknown for ${formatCount(spend.attemptsUnknown)} of ${plural(spend.attempts, "attempt")}`;
}

export const allAttempts = (state: RunState): readonly AttemptState[] =>
  state.phases.flatMap((phase) => phase.attempts);

/** Every phase of the run in exactly one of `complete`, `failed`, `blocked`, `unfinished`, `notTried`. */
export interface Counts {
  readonly phases: number;
  /** With those that were certified in an earlier run. */
  readonly complete: number;
  readonly completeInEarlierRun: number;
  readonly failed: number;
  /** Of the failed ones: ended before the first attempt, with no builder called. */
  readonly failedWithoutAttempt: number;
  readonly blocked: number;
  /** Tried, and neither complete nor failed yet. */
  readonly unfinished: number;
  readonly notTried: number;
}

export const isComplete = (phase: PhaseState): boolean =>
  phase.state === "complete" || phase.state === "skipped";
export const isOpen = (phase: PhaseState): boolean => !endedPhaseStates.includes(phase.state);

export function countsOf({ phases }: RunState): Counts {
  const counts = {
    phases: phases.length,
    complete: 0,
    completeInEarlierRun: 0,
    failed: 0,
    failedWithoutAttempt: 0,
    blocked: 0,
    unfinished: 0,
    notTried: 0,
  };
  for (const phase of phases) {
    const isTried = phase.attempts.length > 0;
    if (isComplete(phase)) counts.complete += 1;
    if (phase.state === "skipped") counts.completeInEarlierRun += 1;
    if (phase.state === "failed") counts.failed += 1;
    if (phase.state === "failed" && !isTried) counts.failedWithoutAttempt += 1;
    if (phase.state === "blocked") counts.blocked += 1;
    if (isOpen(phase)) counts[isTried ? "unfinished" : "notTried"] += 1;
  }
  return counts;
}

/** `7 of 10 phases complete; 2 failed, 1 blocked, 0 not tried`. */
export function showCounts(counts: Counts): string {
  const earlier =
    counts.completeInEarlierRun > 0 ? ` (${counts.completeInEarlierRun} in an earlier run)` : "";
  const untried =
    counts.failedWithoutAttempt > 0 ? ` (${counts.failedWithoutAttempt} before any attempt)` : "";
  const unfinished = counts.unfinished > 0 ? `, ${counts.unfinished} unfinished` : "";
  return `${counts.complete} of ${plural(counts.phases, "phase")} complete${earlier}; ${counts.failed} failed${untried}, ${counts.blocked} blocked${unfinished}, ${counts.notTried} not tried`;
}

/** `attempt 2 of 3`; interruptions, parts and transient failures use up no attempt, so the number may be higher. */
export function showTry(phase: PhaseState): string {
  const made = phase.attempts.length;
  const counted = phase.attempts.filter(
    ({ outcome, failure }) =>
      outcome !== "interrupted" && outcome !== "continued" && failure?.class !== "transient",
  ).length;
  const limit = phase.spec.budget.attempts;
  if (made === 0) return "no attempt yet";
  return made === counted
    ? `attempt ${made} of ${limit}`
    : `attempt ${made} (${counted} of ${limit} counted)`;
}

/** A failure with what to do about it. */
export interface FailureView extends Failure {
  readonly meaning: string;
  /** An imperative sentence, its commands ready to copy. */
  readonly action: string;
}

const copyable = /^[\w@%+=:,./-]+$/;

/** A kind that this version does not know (a ledger of a newer one) is still shown. */
export function viewFailure(state: RunState, phaseId: string, failure: Failure): FailureView {
  const known = Object.hasOwn(failureKinds, failure.kind) ? failureKinds[failure.kind] : undefined;
  const values: Record<string, string> = {
    RUN: state.runId,
    PHASE: phaseId,
    PLAN: state.created.planPath,
    FINGERPRINT: failure.evidence.find(({ label }) => label === "fingerprint")?.detail ?? "",
  };
  const fill = (command: string) =>
    command.replaceAll(/\b(RUN|PHASE|PLAN|FINGERPRINT)\b/g, (word) =>
      copyable.test(values[word] ?? "") ? (values[word] ?? word) : word,
    );
  return {
    ...failure,
    meaning: known?.meaning ?? "a kind of failure that this version of autopack does not know",
    action: (known?.action ?? "Read the evidence.").replaceAll(/`[^`]+`/g, fill),
  };
}

export interface RootCause {
  readonly phaseId: string;
  readonly state: string;
  readonly kind?: string;
  readonly message?: string;
}

/** The phase at the end of the chain of blocked phases that begins with `phase`; undefined when it is not blocked. */
export function rootCauseOf(state: RunState, phase: PhaseState): RootCause | undefined {
  const seen = new Set<string>();
  let by = phase.blockedBy;
  while (by !== undefined && !seen.has(by)) {
    seen.add(by);
    const cause = state.phases.find((candidate) => candidate.spec.id === by);
    if (!cause) return { phaseId: by, state: "unknown" };
    if (cause.blockedBy === undefined || seen.has(cause.blockedBy)) {
      const { failure } = cause;
      return {
        phaseId: by,
        state: cause.state,
        ...(failure ? { kind: failure.kind, message: failure.message } : {}),
      };
    }
    by = cause.blockedBy;
  }
  return undefined;
}

/** Where the work of a run is, and the commands that merge it into the branch that is checked out. */
export interface Delivery {
  readonly status: "published" | "refused" | "not-published" | "nothing-to-merge" | "not-ended";
  readonly commit: string;
  readonly branch?: string;
  readonly why?: string;
  readonly commands: readonly string[];
}

export function deliveryOf(state: RunState): Delivery {
  const { published, publishingRefused: refused } = state;
  if (published)
    return { status: "published", ...published, commands: [showArgv(["git", "merge", published.branch])] };
  if (refused) return { status: "refused", ...refused, commands: fetchAndMerge(refused.commit) };
  if (state.head === state.created.base.commit)
    return {
      status: isEnded(state.state) ? "nothing-to-merge" : "not-ended",
      commit: state.head,
      commands: [],
    };
  if (!isEnded(state.state)) return { status: "not-ended", commit: state.head, commands: [] };
  return { status: "not-published", commit: state.head, commands: fetchAndMerge(state.head) };
}

/** The private repository holds every commit of the run; a fetch of one by its hash needs no branch. */
const fetchAndMerge = (commit: string): string[] => [
  `git fetch "$(git rev-parse --path-format=absolute --git-common-dir)/autopack/repo.git" ${showArgv([commit])}`,
  "git merge FETCH_HEAD",
];

/** What a certificate says in one object: enough to find the whole of it. */
export function viewCertificate(certificate: Certificate) {
  const { runId, attempt, tree, commit, onto, environmentDigest } = certificate;
  return {
    runId,
    attempt,
    tree,
    commit,
    onto,
    environmentDigest,
    isolation: certificate.environment.isolation,
    checks: certificate.checks.map((check) => ({
      name: check.name,
      command: showArgv(check.argv),
      exitCode: check.exitCode,
      durationMs: check.durationMs,
      ...(check.cache ? { cache: check.cache } : {}),
      network: check.network,
    })),
  };
}
export type CertificateView = ReturnType<typeof viewCertificate>;

/** Whole wall-clock seconds from the start to the end; null while one is missing, or where the clock went back. */
export function secondsOf(state: RunState): number | null {
  if (state.startedAt === undefined || state.endedAt === undefined) return null;
  const ms = Date.parse(state.endedAt) - Date.parse(state.startedAt);
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms / 1000) : null;
}

/** A builder that reported something done in an attempt that did not prove it. */
export interface UnprovenClaim {
  readonly phaseId: string;
  readonly attempt: number;
  readonly claim: string;
  /** What was observed instead. */
  readonly found: string;
}

export const unprovenClaims = (state: RunState): UnprovenClaim[] =>
  state.phases.flatMap((phase) =>
    phase.attempts.flatMap((attempt) => {
      const claim = attempt.build?.claim ?? null;
      if (claim === null || attempt.outcome !== "failed") return [];
      const found = attempt.failure?.message ?? "the attempt failed";
      return [{ phaseId: phase.spec.id, attempt: attempt.attempt, claim, found }];
    }),
  );
