import { AppError, exitCodes } from "../../domain/app-error.ts";

const refusal = (code: string, message: string, action: string, cause?: unknown): AppError =>
  new AppError({ code, message, action, exitCode: exitCodes.plan, cause });

export const nothingToImport = (path: string): AppError =>
  refusal("no-such-file", `there is no file ${path}`, "Correct the path of the database.");

export const noPlainFile = (path: string, what: string): AppError =>
  refusal("import-unreadable", `${path} is ${what}`, "Name the SQLite file itself.");

export const noDatabase = (path: string, cause?: unknown): AppError =>
  refusal(
    "import-unreadable",
    `${path} is no SQLite database`,
    "Name the SQLite file of the ancestor.",
    cause,
  );

export const damagedDatabase = (path: string, why: string, cause?: unknown): AppError =>
  refusal(
    "import-damaged",
    `${path} is damaged: ${why}`,
    "Restore it from a backup, or let `sqlite3 FILE .recover` write a new one, and import that.",
    cause,
  );

export const busyDatabase = (path: string, why: string, cause?: unknown): AppError =>
  refusal(
    "import-busy",
    `${path} ${why}`,
    "End the program that uses it, or import a copy of the file.",
    cause,
  );

export const largeDatabase = (path: string, bytes: number, most: number): AppError =>
  refusal(
    "import-too-large",
    `${path} has ${bytes} bytes, and at most ${most} are read`,
    "Raise `limits.import_bytes` in the configuration.",
  );
