import type { LogRef } from "../domain/certificate.ts";
import type { Part } from "../domain/chain.ts";
import type { Problem } from "../domain/failure.ts";
import type { Observation } from "../domain/observation.ts";
import type { PhaseSpec } from "../domain/plan.ts";
import type { ProcessSpec } from "../platform/ports.ts";

/** One order to write code. All paths are absolute; only `workspace` is for the builder to change. */
export interface BuildTask extends Pick<ProcessSpec, "scratch" | "limits"> {
  readonly runId: string;
  readonly phase: PhaseSpec;
  /** 1 for the first try; an attempt that was cut off is made again under the same number. */
  readonly attempt: number;
  /** What of the phase is to be built, as the prompt says; left out: all of it. */
  readonly part?: Part;
  /** What to do, with the feedback of earlier attempts; also in `promptFile`. */
  readonly prompt: string;
  readonly promptFile: string;
  /** In the same folder, which holds nothing else. Where the builder may leave what `builders/command/result-file.ts` describes. */
  readonly resultFile: string;
  readonly workspace: string;
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly marker: string;
  readonly log: { readonly root: string; readonly path: string; readonly maxBytes: number };
  /** What the call may use; left out where nothing limits it. */
  readonly tokens?: TokenLimit;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface TokenLimit {
  /** What the builder is told. */
  readonly most: number;
  /** Why a builder that has reported so many while it works is to end; null: it may go on. */
  assess(used: number): Problem | null;
}

/** What came of it. The builder's words are claims; the change is read from the tree by others. */
export interface BuildReport {
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** null: not reported. */
  readonly tokens: number | null;
  readonly claim: string | null;
  /** What it says was decided and is worth keeping. */
  readonly decisions: readonly string[];
  readonly log: LogRef | null;
  /** As the builder saw it; its kind is classified by the facts. */
  readonly problem?: Observation;
  /** True when `signal` ended it: the attempt was stopped, not failed. */
  readonly stopped: boolean;
}

/** How a probe is held; `cwd` is an empty folder that is gone afterwards. */
export type ProbeTask = Pick<
  ProcessSpec,
  "cwd" | "limits" | "timeoutMs" | "graceMs" | "marker" | "log" | "signal"
>;

/** Whether a builder's provider is there. */
export interface ProbeReport {
  readonly passed: boolean;
  /** How the probe ended, in a few words. */
  readonly why: string;
}

/** Whatever writes code. */
export interface Builder {
  /** Must not throw for anything that the builder's program does. */
  build(task: BuildTask): Promise<BuildReport>;
  /** Asks its provider cheaply whether it is there. Left out: there is no way to. */
  probe?(task: ProbeTask): Promise<ProbeReport>;
}
