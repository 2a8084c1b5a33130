import {
  type Approval,
  type CheckResult,
  type LedgerHead,
  type Review,
  speaksAgainst,
} from "./certificate.ts";
import type { ChosenStep, Part } from "./chain.ts";
import type { Change, GrantUse, Violation } from "./change.ts";
import type { BuilderWarning, BuildRecord, GateDecision, PhaseEvent } from "./events.ts";
import type { Failure } from "./failure.ts";
import type { Inspection } from "./finding.ts";
import { type Folded, illegal, type Occurred } from "./folded.ts";
import { ok } from "./result.ts";

export interface VerificationState {
  readonly round: number;
  readonly tree: string;
  readonly onto: string;
  readonly checks: readonly CheckResult[];
  readonly decision?: GateDecision;
  readonly reasons?: readonly string[];
  readonly inspection?: Inspection;
}

/** What a person looks at before an attempt goes on, and since when it waits for that. */
export interface GatedState {
  readonly reviews: readonly Review[];
  readonly sinceActiveMs: number;
}

export interface AttemptState {
  readonly attempt: number;
  readonly base: string;
  readonly builder: string;
  /** The step by which it was chosen; left out: the first. */
  readonly chosen?: ChosenStep;
  readonly room?: number;
  readonly reserved?: number;
  /** What of the phase it builds; left out: all of it. */
  readonly part?: Part;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** The run's `activeMs` at its start and end: their difference leaves out the time without a process. */
  readonly startedActiveMs: number;
  readonly endedActiveMs?: number;
  /** Undefined while it runs. `continued`: it built its part, and the next goes on from that. */
  readonly outcome?: "passed" | "failed" | "interrupted" | "continued";
  readonly buildStartedAt?: string;
  /** While its builder works: why that may be stuck. */
  readonly warning?: BuilderWarning;
  readonly build?: BuildRecord;
  readonly change?: Change;
  readonly violations?: readonly Violation[];
  readonly grantsUsed?: readonly GrantUse[];
  readonly verification?: VerificationState;
  /** It waits for a person now. */
  readonly gated?: GatedState;
  /** What a person has accepted, the latest last. */
  readonly approvals?: readonly Approval[];
  /** Of `activeMs`, how much the attempt waited for a person. */
  readonly gatedMs?: number;
  readonly integration?: {
    readonly commit: string;
    readonly tree: string;
    readonly onto: string;
    readonly ledgerHead: LedgerHead;
  };
  readonly failure?: Failure;
  /** Of the wait after it, what was drawn and not asked for. */
  readonly backOffMs?: number;
  readonly interruption?: {
    readonly cause: "crash" | "stopped";
    readonly why: string;
    /** What its builder had reported by then; null or left out: nothing. */
    readonly tokens?: number | null;
    readonly decisions?: readonly string[];
    readonly rescue?: { readonly ref: string; readonly commit: string };
  };
}

/** What an attempt's builder reported, whether it ended by itself or was cut off; null: nothing. */
export const tokensOf = ({ build, interruption }: AttemptState): number | null =>
  build?.tokens ?? interruption?.tokens ?? null;

/**
 * What an attempt counts as against a budget: what was reported; where nothing was, all that was set aside for it once its
 * builder was called, for unknown is not zero.
 */
export function countedTokens(attempt: AttemptState): number {
  const isCalled = attempt.buildStartedAt !== undefined && attempt.failure?.kind !== "builder-not-started";
  return tokensOf(attempt) ?? (isCalled ? (attempt.reserved ?? 0) : 0);
}

/** What happens within an attempt, its beginning left out. */
export type AttemptEvent = Exclude<
  PhaseEvent,
  {
    type:
      | "attempt-started"
      | "phase-delayed"
      | "phase-refused"
      | "phase-failed"
      | "phase-asked"
      | "phase-retried"
      | "phase-blocked"
      | "phase-skipped";
  }
>;

/** The order of the steps within an attempt is law here: none can be left out on the way to a certificate. */
export function applyToAttempt(
  attempt: AttemptState,
  event: Occurred<AttemptEvent>,
  activeMs: number,
): Folded<AttemptState> {
  switch (event.type) {
    case "build-started":
      if (attempt.buildStartedAt) return illegal("the builder was started before");
      return ok({ ...attempt, buildStartedAt: event.at });
    case "builder-warned": {
      if (!attempt.buildStartedAt || attempt.build) return illegal("no builder is running");
      const { warning: _, ...calm } = attempt;
      return ok(event.data.warning ? { ...calm, warning: event.data.warning } : calm);
    }
    case "build-ended": {
      if (!attempt.buildStartedAt || attempt.build) return illegal("no builder is running");
      const { warning: _, ...calm } = attempt;
      return ok({ ...calm, build: event.data.build });
    }
    case "change-read":
      if (!attempt.build || attempt.change)
        return illegal("the change is read once, after the builder ended");
      return ok({ ...attempt, change: event.data.change });
    case "change-assessed":
      if (!attempt.change || attempt.violations)
        return illegal("a change is assessed once, after it was read");
      return ok({ ...attempt, violations: event.data.violations, grantsUsed: event.data.grantsUsed });
    case "part-built": {
      const { part, violations, verification } = attempt;
      if (!part || part.number >= part.of) return illegal("no other part is to follow");
      if (violations?.length !== 0 || verification)
        return illegal("only a part without violations is gone on from, and it is not verified by itself");
      return ok({ ...attempt, outcome: "continued", endedAt: event.at });
    }
    case "verification-started": {
      if (attempt.part && attempt.part.number < attempt.part.of)
        return illegal("a part that others follow is not verified by itself");
      if (attempt.violations?.length !== 0) return illegal("only a change without violations is verified");
      if (attempt.integration) return illegal("the change is being integrated");
      const { round, tree, onto } = event.data;
      if (onto === attempt.base && tree !== attempt.change?.tree)
        return illegal("the change's own tree is another");
      if (round !== (attempt.verification?.round ?? 0) + 1) return illegal(`round ${round} is out of order`);
      return ok({ ...attempt, verification: { round, tree, onto, checks: [] } });
    }
    case "check-ended": {
      const current = attempt.verification;
      if (!current || current.round !== event.data.round || current.decision)
        return illegal(`round ${event.data.round} is not being verified`);
      return ok({ ...attempt, verification: { ...current, checks: [...current.checks, event.data.result] } });
    }
    case "gate-decided": {
      const current = attempt.verification;
      if (!current || current.round !== event.data.round || current.decision)
        return illegal(`round ${event.data.round} is not being verified`);
      const { decision, reasons, inspection } = event.data;
      const isPassable = decision === "pass" || decision === "needs-review";
      if (isPassable && current.checks.some(speaksAgainst))
        return illegal("the gate cannot pass over a check that did not");
      if (isPassable && current.checks.every((check) => check.kind === "setup"))
        return illegal("the gate cannot pass where nothing was checked");
      const decided = { ...current, decision, reasons, ...(inspection ? { inspection } : {}) };
      return ok({ ...attempt, verification: decided });
    }
    case "phase-gated": {
      if (attempt.verification?.decision !== "needs-review")
        return illegal("only what the gate leaves to a person waits for one");
      return ok({ ...attempt, gated: { reviews: event.data.reviews, sinceActiveMs: activeMs } });
    }
    case "phase-approved": {
      const { gated, ...rest } = attempt;
      if (!gated) return illegal("nothing waits for a person");
      const { by, reason } = event.data;
      const approval = { by, reason, at: event.at, reviews: gated.reviews };
      return ok({
        ...rest,
        approvals: [...(attempt.approvals ?? []), approval],
        gatedMs: (attempt.gatedMs ?? 0) + activeMs - gated.sinceActiveMs,
      });
    }
    case "integration-started": {
      const { commit, tree, onto, ledgerHead } = event.data;
      const verified = attempt.verification;
      if (verified?.decision !== "pass") return illegal("only what the gate passed is integrated");
      if (verified.tree !== tree || verified.onto !== onto) return illegal("another tree was verified");
      return ok({ ...attempt, integration: { commit, tree, onto, ledgerHead } });
    }
    case "phase-completed": {
      const { certificate } = event.data;
      const integration = attempt.integration;
      if (!integration) return illegal("nothing was integrated");
      if (certificate.tree !== integration.tree || certificate.commit !== integration.commit)
        return illegal("the certificate is for another tree");
      if (certificate.attempt !== attempt.attempt || certificate.phaseId !== event.data.phaseId)
        return illegal("the certificate is for another attempt");
      if (certificate.onto !== integration.onto) return illegal("the certificate is for another base");
      return ok({ ...attempt, outcome: "passed", endedAt: event.at });
    }
    case "attempt-failed":
      if (attempt.integration) return illegal("an integration that began is finished, not failed");
      return ok({ ...attempt, outcome: "failed", failure: event.data.failure, endedAt: event.at });
    case "attempt-interrupted": {
      if (attempt.integration) return illegal("an integration that began is finished, not interrupted");
      const { cause, why, tokens = null, decisions, rescue } = event.data;
      const { warning: _, ...calm } = attempt;
      return ok({
        ...calm,
        outcome: "interrupted",
        interruption: {
          cause,
          why,
          tokens,
          ...(decisions ? { decisions } : {}),
          ...(rescue ? { rescue } : {}),
        },
        endedAt: event.at,
      });
    }
  }
}
