import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import type { AppError } from "../../domain/app-error.ts";
import { storeBusy, storeOutOfReach, storeUnreadable, storeUnwritable } from "../faults.ts";

/** SQLite's outages as the operator sees them; anything else is a bug and passes unchanged. */
export function faultOf(path: string, error: unknown): unknown {
  if (isFileError(error)) return storeOutOfReach(path, wordsOf(error), error);
  if (!(error instanceof Database.SqliteError)) return error;
  const [, name] = error.code.split("_");
  switch (name) {
    case "BUSY":
    case "LOCKED":
    case "PROTOCOL":
      return storeBusy(path, error);
    case "NOTADB":
    case "CORRUPT":
    case "FORMAT":
      return storeUnreadable(path, `it is damaged or no database (${error.message})`, error);
    case "ERROR":
      // A statement of ours is wrong only where the tables are not those that the migrations made.
      return /^(no such (table|column)|malformed database schema|.* has no column)/.test(error.message)
        ? storeUnreadable(path, `its tables are damaged (${error.message})`, error)
        : error;
    case "CANTOPEN":
    case "PERM":
    case "AUTH":
      return unopened(path, error);
    case "FULL":
    case "IOERR":
    case "READONLY":
    case "NOMEM":
    case "NOLFS":
      return storeUnwritable(path, error.message, error);
    default:
      return error;
  }
}

/** SQLite says only that it could not open the file; the file and its folder say why. */
function unopened(path: string, error: Error): AppError {
  try {
    if (existsSync(path)) {
      if (!statSync(path).isFile()) return storeUnreadable(path, "it is no file", error);
      accessSync(path, constants.R_OK | constants.W_OK);
    }
    accessSync(dirname(path), constants.W_OK);
  } catch (refused) {
    if (isFileError(refused)) return storeOutOfReach(path, wordsOf(refused), error);
    throw refused;
  }
  return storeUnreadable(path, error.message, error);
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error;

/** `EACCES: permission denied, mkdir '/x'` without the code. */
const wordsOf = (error: Error): string => error.message.replace(/^[A-Z0-9]+: /, "");
