import type { PinnedLimits } from "../../domain/events.ts";
import { type FailureKind, type FailureOrigin, factsOf, type Problem } from "../../domain/failure.ts";
import type { Observation } from "../../domain/observation.ts";
import { type Delay, doubtOf } from "../delays/read-delay.ts";
import { kindOfErrno, kindOfSignal, providerKindOfStatus, unmergedCodes } from "./codes.ts";
import { classifyProvider, type Heard } from "./provider.ts";
import { classifyText } from "./text.ts";

/** The longest wait that a provider is believed, and the longest back-off. */
type WaitLimits = Pick<PinnedLimits, "providerWaitMs" | "transientMaxMs">;

/** What the facts say; `because` names the fact. */
interface Verdict {
  readonly kind: FailureKind;
  readonly because: string;
  readonly provider?: string;
  readonly delay?: Delay;
}

/**
 * The problem with the most exact kind that the facts allow, in this order: origin, provider's code, HTTP status,
 * signal, errno, git's porcelain code, report, text. Where they say nothing, the observer's own kind stands. A text
 * is a claim: of a builder it is read only when that failed, and it can turn no failure into a success. Times such as
 * “in 20 s” count from `now`; one that is further away than is believed is passed over, and the evidence says so. A rate limit
 * that ends later than any back-off is a quota.
 */
export function classify(
  observation: Observation,
  now: Date,
  { providerWaitMs, transientMaxMs }: WaitLimits = noLimits,
): Problem {
  const { origin, message, evidence } = observation;
  const heard = { now, longestWaitMs: providerWaitMs };
  const said = verdictOf(observation, heard);
  const delay = said?.delay ?? askedOf(observation, providerWaitMs);
  const isFar = delay?.ms !== undefined && delay.ms > transientMaxMs;
  const kindAt = (kind: FailureKind) => (isFar && kind === "rate-limited" ? "quota-exhausted" : kind);
  const kind = kindAt(observation.kind);
  const verdict = said && { ...said, kind: kindAt(said.kind) };
  const problem: Problem = {
    kind,
    ...(origin === undefined ? {} : { origin }),
    message,
    evidence: [...evidence, ...(delay?.because === undefined ? [] : [waitEvidence(delay.because)])],
    ...retryOf(delay, now),
  };
  if (!verdict || verdict.kind === kind) return problem;
  const { provider, because } = verdict;
  return {
    ...problem,
    kind: verdict.kind,
    ...originOf(observation, verdict.kind),
    evidence: [
      ...evidence,
      { label: "classified by", detail: because },
      ...(provider === undefined ? [] : [{ label: "provider", detail: provider }]),
      ...problem.evidence.slice(evidence.length),
    ],
  };
}

const noLimits = { providerWaitMs: Number.POSITIVE_INFINITY, transientMaxMs: Number.POSITIVE_INFINITY };

const waitEvidence = (because: string) => ({ label: "when to come back", detail: because.slice(0, 600) });

/** What the observer itself was asked. */
function askedOf({ retryAfterMs }: Observation, longestWaitMs: number): Delay | undefined {
  if (retryAfterMs === undefined) return undefined;
  const doubt = doubtOf(retryAfterMs, longestWaitMs);
  return doubt === undefined
    ? { ms: retryAfterMs }
    : { because: `${retryAfterMs / 1000} s is not believed: ${doubt}` };
}

const retryOf = (delay: Delay | undefined, now: Date): Pick<Problem, "retryAt" | "retryAfterMs"> =>
  delay?.ms === undefined
    ? {}
    : { retryAt: new Date(now.getTime() + delay.ms).toISOString(), retryAfterMs: delay.ms };

/** A builder that died of its provider: that is who failed. */
function originOf({ origin }: Observation, kind: FailureKind): Pick<Problem, "origin"> {
  const { area } = factsOf(kind);
  return origin === "builder" && (area === "provider" || area === "model output")
    ? { origin: "provider" }
    : {};
}

function verdictOf(observation: Observation, heard: Heard): Verdict | undefined {
  return (
    byOrigin(observation) ??
    byProvider(observation, heard) ??
    byStatus(observation) ??
    bySignal(observation) ??
    byErrno(observation) ??
    byPorcelain(observation) ??
    byReport(observation) ??
    byText(observation, heard)
  );
}

const damaged = ["store-unreadable", "ledger-damaged", "store-too-new", "migration-changed"];

/** Our own store and API are never anybody else's fault, nor a matter of waiting; a plan that is refused stays so. */
function byOrigin({ origin, errno }: Observation): Verdict | undefined {
  switch (origin) {
    case "store":
      return {
        kind:
          errno !== undefined && (damaged.includes(errno) || /^SQLITE_(?:CORRUPT|NOTADB|FORMAT)/.test(errno))
            ? "store-damaged"
            : "store-failed",
        because: "it came from the store",
      };
    case "api":
      return { kind: "own-api-failed", because: "it came from autopack's own API" };
    case "plan":
      return { kind: "plan-refused", because: "it came from the plan" };
    default:
      return undefined;
  }
}

function byProvider({ providerError }: Observation, heard: Heard): Verdict | undefined {
  if (!providerError) return undefined;
  const verdict = classifyProvider(providerError, heard);
  if (!verdict) return { kind: "unclassified", because: "the provider reported an error of no known sort" };
  const { code, status } = providerError;
  const named = code ?? (status === undefined ? "its body" : `status ${status}`);
  return { ...verdict, because: `the provider's error: ${named}` };
}

function byStatus({ origin, status }: Observation): Verdict | undefined {
  const kind = origin === "provider" || origin === "builder" ? providerKindOfStatus(status) : undefined;
  return kind && { kind, because: `HTTP status ${status}` };
}

/** Of a builder that was killed only the kernel's count tells that the machine is at fault: builders end themselves, too. */
function bySignal({ signal, exitCode, origin, memoryKill }: Observation): Verdict | undefined {
  const kind = kindOfSignal(signal, exitCode);
  if (kind === undefined || (kind === "program-killed" && origin === "builder" && !memoryKill))
    return undefined;
  const meanwhile = memoryKill ? "; meanwhile the kernel ended a program for want of memory" : "";
  return { kind, because: `${signal ?? `exit code ${exitCode}`}${meanwhile}` };
}

function byErrno({ errno, origin, exitCode }: Observation): Verdict | undefined {
  const kind = errno === undefined ? undefined : kindOfErrno(errno, origin);
  if (kind) return { kind, because: `${errno}` };
  // What shells exit with for a program that they did not find.
  return exitCode === 127 ? { kind: "tool-missing", because: "exit code 127" } : undefined;
}

function byPorcelain({ porcelain }: Observation): Verdict | undefined {
  return unmergedCodes.some((code) => code === porcelain)
    ? { kind: "merge-conflict", because: `git's code ${porcelain}` }
    : undefined;
}

function byReport({ tests }: Observation): Verdict | undefined {
  if (!tests) return undefined;
  const because = `the report: ${tests.total} tests, ${tests.failed} failed, ${tests.notLoaded} files not loaded`;
  if (tests.notLoaded > 0) return { kind: "tests-not-loaded", because };
  if (tests.total === 0) return { kind: "tests-not-found", because };
  return tests.failed > 0 ? { kind: "tests-failed", because } : undefined;
}

function byText({ origin, output, exitCode }: Observation, heard: Heard): Verdict | undefined {
  if (output === undefined || exitCode === 0) return undefined;
  const verdict = classifyText(output, origin, heard);
  return verdict && { ...verdict, because: `it printed: ${verdict.line.slice(0, 300)}` };
}

const ran: Partial<Record<FailureKind, FailureOrigin>> = {
  "setup-failed": "tool",
  "check-failed": "app",
  "acceptance-failed": "app",
};

/** What is known of a setup command, check or acceptance command that failed: what it printed. */
export function observationOf(problem: Problem): Observation {
  const origin = ran[problem.kind];
  const output = problem.evidence.find(({ label }) => label === "output")?.detail;
  return origin === undefined || output === undefined ? problem : { ...problem, origin, output };
}
