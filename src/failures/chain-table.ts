import type { ChainStep } from "../domain/chain.ts";
import { type Failure, type FailureClass, type FailureKind, factsOf } from "../domain/failure.ts";

/** A step, and how often it may answer failures of one class in a phase. */
export interface ChainLink {
  readonly step: ChainStep;
  /** `attempts`: as often as the phase's attempts allow. */
  readonly times: number | "attempts";
}
/** In this order: the first that can be taken is taken. None: the phase ends. */
export type Chain = readonly ChainLink[];

const once = (step: ChainStep): ChainLink => ({ step, times: 1 });
const twice = (step: ChainStep): ChainLink => ({ step, times: 2 });
const retry: ChainLink = { step: "retry", times: "attempts" };
const ask: ChainLink = { step: "ask", times: 3 };

const elsewhere: Chain = [once("another-provider"), twice("another-builder")];
const another: Chain = [once("stronger-model"), ...elsewhere];
/** What is too large for one call is smaller in parts; what has no parts can only have more room. */
const smaller: Chain = [once("more-room"), once("split"), twice("more-room")];
const onlyOnce: Chain = [once("retry"), ask];

/** What follows a failure of a class; a transient one, and a quota with a date, is waited out and tried again besides. */
export const chainsOfClasses: Readonly<Record<FailureClass, Chain>> = {
  deterministic: [ask],
  transient: [...elsewhere, retry],
  resource: [],
  policy: [once("retry"), ...another, ask],
  quality: [once("repair"), retry, ...another, ask],
  environment: [ask],
  builder: [retry, ...another, ask],
  internal: [],
  unknown: onlyOnce,
};

/** Some of a phase was built and some was not, or its builder lost its way in it. */
const unfinished: Chain = [retry, ...another, once("split"), ask];

/** What follows a failure of class `environment` over a change, which may be the change's own. */
export const chainOverChange: Chain = onlyOnce;

/** Kinds that their class says something else of. */
export const chainsOfKinds: Readonly<Partial<Record<FailureKind, Chain>>> = {
  "plan-refused": [],
  "merge-conflict": onlyOnce,
  "output-refused": [once("retry"), ...elsewhere, ask],
  "output-truncated": [...smaller, retry, ...another, ask],
  "builder-timeout": [...smaller, retry, ...another, ask],
  "builder-over-tokens": [...smaller, ...another, ask],
  "builder-no-progress": unfinished,
  "builder-repeats": unfinished,
  "builder-alternates": unfinished,
  "builder-burns-tokens": unfinished,
  "output-malformed": unfinished,
  "patch-rejected": unfinished,
  "deliverable-missing": unfinished,
  "deliverable-unchanged": unfinished,
  "deliverable-hollow": unfinished,
  "deliverable-lacks-text": unfinished,
  "builder-not-started": [...elsewhere, ask],
  "script-exhausted": [...elsewhere, ask],
  "registry-unavailable": [retry],
  "quota-exhausted": [...elsewhere, ask],
  "billing-refused": [...elsewhere, ask],
  "provider-key-refused": [...elsewhere, ask],
  "provider-access-denied": [...elsewhere, ask],
  "model-not-found": [...elsewhere, ask],
  "request-rejected": [...elsewhere, ask],
  "request-too-large": [...another, once("split"), ask],
  "context-too-long": [...another, once("split"), ask],
  "check-inconclusive": onlyOnce,
  "memory-exceeded": onlyOnce,
  "processes-exceeded": onlyOnce,
  "repository-locked": onlyOnce,
  "system-limit": onlyOnce,
  "port-in-use": onlyOnce,
  "program-killed": onlyOnce,
  "program-crashed": onlyOnce,
};

/** The chain after a failure. `overChange`: it came while a change was verified, and may be that one's. */
export function chainAfter(failure: Pick<Failure, "kind">, overChange: boolean): Chain {
  if (overChange) return chainOverChange;
  return chainsOfKinds[failure.kind] ?? chainsOfClasses[factsOf(failure.kind).class];
}
