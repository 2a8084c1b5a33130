import type { Problem } from "./failure.ts";

/** What a model's provider answered instead of a result, as far as it is known. */
export interface ProviderError {
  /** `anthropic`, `openai`, `gemini`, `azure`, `bedrock` or any other name. */
  readonly provider?: string;
  /** The HTTP status. */
  readonly status?: number;
  /** What the provider calls it: `overloaded_error`, `insufficient_quota`, `ThrottlingException`, `MAX_TOKENS` … */
  readonly code?: string;
  readonly message?: string;
  /** The answer's body as parsed JSON, for what the fields above leave open. */
  readonly body?: unknown;
  /** The answer's headers, as far as they are known: they tell when to come back. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A problem, with the facts that tell its kind where they are known. `kind` is what the observer takes it for: it stands
 * where the facts say nothing more exact. The facts are not stored, so they may hold what is too long to keep.
 */
export interface Observation extends Problem {
  readonly providerError?: ProviderError;
  /** The HTTP status with which something other than a model's provider answered. */
  readonly status?: number;
  /** `SIGKILL` … */
  readonly signal?: string;
  readonly exitCode?: number;
  /** The kernel ended a program for want of memory meanwhile. */
  readonly memoryKill?: true;
  /** `ENOSPC`, `ECONNRESET` …, also those that a program prints. */
  readonly errno?: string;
  /** The two letters of `git status --porcelain` for the path at fault: `UU`, `AA` … */
  readonly porcelain?: string;
  /** What a report of tests counts. */
  readonly tests?: { readonly total: number; readonly failed: number; readonly notLoaded: number };
  /** The end of what the program printed. */
  readonly output?: string;
}
