import Database from "better-sqlite3";
import { storeBusy, storeUnreadable, storeUnwritable } from "../faults.ts";

/** SQLite's outages as the operator sees them; anything else is a bug and passes unchanged. */
export function faultOf(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const [, name] = error.code.split("_");
  switch (name) {
    case "BUSY":
    case "LOCKED":
      return storeBusy(path, error);
    case "NOTADB":
    case "CORRUPT":
      return storeUnreadable(path, `it is damaged or no database (${error.message})`, error);
    case "CANTOPEN":
    case "PERM":
      return storeUnreadable(path, error.message, error);
    case "FULL":
    case "IOERR":
    case "READONLY":
      return storeUnwritable(path, error.message, error);
    default:
      return error;
  }
}
