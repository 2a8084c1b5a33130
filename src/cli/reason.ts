import { AppError, exitCodes } from "../domain/app-error.ts";

/** @throws AppError `no-reason` where a person's decision has none. */
export function assertReason(reason: string): void {
  if (reason.trim() !== "") return;
  throw new AppError({
    code: "no-reason",
    message: "a decision is recorded with its reason, and none was given",
    action: 'Say why: --reason "...".',
    exitCode: exitCodes.plan,
  });
}
