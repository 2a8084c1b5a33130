import type { LogRef } from "../domain/certificate.ts";
import type { Problem } from "../domain/failure.ts";
import type { PhaseSpec } from "../domain/plan.ts";
import type { ProcessSpec } from "../platform/ports.ts";

/** One order to write code. All paths are absolute; only `workspace` is for the builder to change. */
export interface BuildTask extends Pick<ProcessSpec, "scratch" | "limits"> {
  readonly runId: string;
  readonly phase: PhaseSpec;
  /** 1 for the first try; an attempt that was cut off is made again under the same number. */
  readonly attempt: number;
  /** What to do, with the feedback of earlier attempts; also in `promptFile`. */
  readonly prompt: string;
  readonly promptFile: string;
  /** In the same folder, which holds nothing else. Where the builder may leave `{ "tokens": number | {input, output}, "claim": string, "decisions": string[] }`. */
  readonly resultFile: string;
  readonly workspace: string;
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly marker: string;
  readonly log: { readonly root: string; readonly path: string; readonly maxBytes: number };
  /** Tokens left in the tightest budget; undefined when there is no token budget. */
  readonly tokensLeft?: number;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
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
  readonly problem?: Problem;
  /** True when `signal` ended it: the attempt was stopped, not failed. */
  readonly stopped: boolean;
}

/** Whatever writes code. */
export interface Builder {
  /** Must not throw for anything that the builder's program does. */
  build(task: BuildTask): Promise<BuildReport>;
}
