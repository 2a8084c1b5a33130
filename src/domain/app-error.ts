/** Exit codes of the program; `docs/spec.md` shows this table. */
export const exitCodes = {
  complete: 0,
  incomplete: 1,
  plan: 2,
  policy: 3,
  environment: 4,
  budget: 5,
  person: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A fault that the operator sees: what is wrong, what to do, and how the program exits. */
export class AppError extends Error {
  override readonly name = "AppError";
  /** Stable, kebab-case. */
  readonly code: string;
  /** What to do, as an imperative sentence. */
  readonly action: string;
  readonly exitCode: ExitCode;

  constructor(fault: { code: string; message: string; action: string; exitCode: ExitCode; cause?: unknown }) {
    super(fault.message, fault.cause === undefined ? {} : { cause: fault.cause });
    this.code = fault.code;
    this.action = fault.action;
    this.exitCode = fault.exitCode;
  }
}
