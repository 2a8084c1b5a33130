import { AppError, exitCodes } from "../domain/app-error.ts";

const environment = exitCodes.environment;

export const storeUnreadable = (path: string, why: string, cause?: unknown): AppError =>
  new AppError({
    code: "store-unreadable",
    message: `the store ${path} cannot be read: ${why}`,
    action: "Restore the file from a backup, or move it away to start with an empty store.",
    exitCode: environment,
    cause,
  });

export const storeUnwritable = (path: string, why: string, cause?: unknown): AppError =>
  new AppError({
    code: "store-unwritable",
    message: `the store ${path} cannot be written: ${why}`,
    action: "Check free space and permissions of the folder, then run the command again.",
    exitCode: environment,
    cause,
  });

/** The file or its folder is out of reach: of this user, or on a disk that takes nothing. */
export const storeOutOfReach = (path: string, why: string, cause?: unknown): AppError =>
  new AppError({
    code: "store-unwritable",
    message: `the store ${path} cannot be opened for writing: ${why}`,
    action:
      "Check who owns the folder and what its permissions are, and free space; then run the command again.",
    exitCode: environment,
    cause,
  });

export const storeBusy = (path: string, cause: unknown): AppError =>
  new AppError({
    code: "store-busy",
    message: `another process holds the store ${path} for too long`,
    action: "Wait for the other command to end, then run this one again.",
    exitCode: environment,
    cause,
  });

export const storeTooNew = (path: string, version: number, known: number): AppError =>
  new AppError({
    code: "store-too-new",
    message: `the store ${path} has version ${version}, and this autopack knows versions up to ${known}`,
    action: "Use the newer autopack that wrote it.",
    exitCode: environment,
  });

export const migrationChanged = (path: string, name: string): AppError =>
  new AppError({
    code: "migration-changed",
    message: `the store ${path} was made with another text of migration ${name} than this autopack has`,
    action: "Use the autopack that made the store; an applied migration must never be edited.",
    exitCode: environment,
  });

export const ledgerDamaged = (stream: string, why: string): AppError =>
  new AppError({
    code: "ledger-damaged",
    message: `the events of ${stream} do not make a history: ${why}`,
    action: "Run `autopack ledger verify` to see which event was damaged.",
    exitCode: environment,
  });
