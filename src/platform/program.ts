import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, resolve } from "node:path";

/** The file that execvp would run for `program` in `cwd`; null when there is none that may be executed. */
export async function findProgram(program: string, path: string, cwd: string): Promise<string | null> {
  if (program === "" || program.includes("\0")) return null;
  const candidates = program.includes("/")
    ? [resolve(cwd, program)]
    : path.split(delimiter).map((folder) => resolve(cwd, folder, program));
  for (const file of candidates) if (await isExecutable(file)) return file;
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    // Missing, forbidden, or no path at all: whatever the reason, it cannot be run.
    return false;
  }
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
