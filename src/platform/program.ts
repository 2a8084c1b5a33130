import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** The file that execvp would run for `program` in `cwd`; null when there is none that may be executed. */
export function findProgram(program: string, path: string, cwd: string): string | null {
  if (program === "" || program.includes("\0")) return null;
  const candidates = program.includes("/")
    ? [resolve(cwd, program)]
    : path.split(delimiter).map((folder) => resolve(cwd, folder, program));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Missing, forbidden, or no path at all: whatever the reason, it cannot be run.
    return false;
  }
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
