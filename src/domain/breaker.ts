import type { DecidedBy } from "./decided-by.ts";

/** How far a failure reaches: to whatever else has the same scope. */
export const breakerScopeKinds = ["phase", "paths", "tool", "provider", "model", "host"] as const;
export type BreakerScopeKind = (typeof breakerScopeKinds)[number];
export interface BreakerScope {
  readonly kind: BreakerScopeKind;
  /** A phase's id, paths, a command, the name of a provider, model or host. */
  readonly name: string;
}

/**
 * What an outcome depends on, by name, each as a text that differs when it changed (mostly a digest). What a builder was told of
 * earlier attempts is not among it.
 */
export type Inputs = Readonly<Record<string, string>>;

/** A try at something, whose outcome is remembered. */
export interface Try {
  readonly runId: string;
  readonly phaseId: string;
  readonly attempt: number;
}

/** What failed, in the words of whoever saw it. */
export interface SeenFailure {
  readonly class: string;
  readonly kind: string;
  readonly message: string;
}

/** One breaker: a cause, how far it reaches, and what has to change before it is worth another try. */
export interface BreakerId {
  readonly fingerprint: string;
  readonly scope: BreakerScope;
  readonly inputs: Inputs;
}

/** What the breaker remembers, in the repository's stream, open to anyone. */
export interface BreakerEventData {
  /** A try failed. */
  "failure-recorded": Try &
    BreakerId & {
      readonly failure: SeenFailure;
      readonly decidedBy: DecidedBy;
      /** As many failures with this fingerprint, scope and inputs open the breaker. */
      readonly opensAt: number;
      /** Of one that a provider decided: no probe before this instant. */
      readonly notBefore?: string;
    };
  /** A try succeeded: what failed before in these scopes with these inputs is forgotten. */
  "success-recorded": Try & { readonly scopes: readonly BreakerScope[]; readonly inputs: Inputs };
  /** Somebody looks whether a provider is back; nobody else does before `until`. */
  "probe-started": BreakerId & { readonly runId: string; readonly until: string };
  "probe-ended": BreakerId & {
    readonly runId: string;
    readonly passed: boolean;
    /** How it ended, in a few words. */
    readonly why: string;
    /** The next one is not before this instant, unless it passed. */
    readonly notBefore: string;
  };
  /**
   * A provider refused a try: nobody with the same account begins before `until`. `account` names the provider and holds so few
   * digits of the key's hash that nothing of it can be found by them.
   */
  "provider-limited": Try & {
    readonly account: string;
    readonly fingerprint: string;
    readonly failure: SeenFailure;
    readonly until: string;
    /** How far away that was: what the provider asked for, or what was drawn. */
    readonly waitMs: number;
  };
  /** Somebody begins after a limit; nobody else with the account does before `until`. */
  "turn-taken": Try & { readonly account: string; readonly until: string };
  /** Who began last was served: the next may begin. Where nobody wanted to for a while, the limit is forgotten. */
  "provider-served": Try & { readonly account: string };
  /** A person lets it be tried again. */
  "breaker-reset": { readonly fingerprint: string; readonly by: string; readonly reason: string };
}
export type BreakerEventType = keyof BreakerEventData;
export type BreakerEvent = {
  [T in BreakerEventType]: { readonly type: T; readonly data: BreakerEventData[T] };
}[BreakerEventType];
export const breakerEventTypes = [
  "failure-recorded",
  "success-recorded",
  "probe-started",
  "probe-ended",
  "provider-limited",
  "turn-taken",
  "provider-served",
  "breaker-reset",
] as const satisfies readonly BreakerEventType[];
