/**
 * Who decided that a try failed. The host: policy, plan, environment, the orchestrator itself, a rejected request.
 * The output: what the builder made. Transient: a limit or an outage that passes by itself.
 */
export type DecidedBy = "host" | "output" | "unknown" | "transient";

/** How many equal failures with unchanged inputs there are before the next try is refused. */
const opensAt: Readonly<Record<DecidedBy, number>> = {
  host: 1,
  output: 2,
  unknown: 2,
  transient: Number.POSITIVE_INFINITY,
};

/** What a try depends on, by name. Two tries have the same inputs when these are the same, names and values. */
export type Inputs = Readonly<Record<string, string>>;

export interface NextTry {
  /** What failures are remembered for: a phase of a run, a path set, a tool, a provider. */
  readonly scope: string;
  readonly inputs: Inputs;
}

export interface FailedTry extends NextTry {
  readonly fingerprint: string;
  readonly decidedBy: DecidedBy;
}

export interface BreakerRefusal {
  readonly fingerprint: string;
  readonly decidedBy: DecidedBy;
  /** Equal failures with these inputs so far. */
  readonly failures: number;
}

interface Remembered {
  readonly failures: Map<string, number>;
  open?: BreakerRefusal;
}

/** Failures by scope, and within it by inputs. */
export type BreakerMemory = Map<string, Map<string, Remembered>>;

export const createBreakerMemory = (): BreakerMemory => new Map();

/**
 * Whether the next try is refused because its inputs have already led to one and the same failure as often as
 * `opensAt` says. It stays refused until an input changes: no time passes here.
 */
export function decideRefusal(memory: BreakerMemory, next: NextTry): BreakerRefusal | undefined {
  return memory.get(next.scope)?.get(keyOf(next.inputs))?.open;
}

/** Remembers a failure of a try that took place. One that was refused has no failure to remember. */
export function rememberFailure(memory: BreakerMemory, failed: FailedTry): void {
  const { scope, fingerprint, decidedBy } = failed;
  const byInputs = memory.get(scope) ?? new Map<string, Remembered>();
  memory.set(scope, byInputs);
  const key = keyOf(failed.inputs);
  const remembered: Remembered = byInputs.get(key) ?? { failures: new Map() };
  byInputs.set(key, remembered);
  const failures = (remembered.failures.get(fingerprint) ?? 0) + 1;
  remembered.failures.set(fingerprint, failures);
  if (failures >= opensAt[decidedBy]) remembered.open ??= { fingerprint, decidedBy, failures };
}

/** A success leaves nothing to hold against the scope. */
export function forgetFailures(memory: BreakerMemory, scope: string): void {
  memory.delete(scope);
}

const keyOf = (inputs: Inputs): string =>
  JSON.stringify(Object.entries(inputs).toSorted(([a], [b]) => (a < b ? -1 : 1)));
