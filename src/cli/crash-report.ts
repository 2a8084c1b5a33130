import { arch, platform, release } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { ProcessEnvironment } from "../config.ts";
import { AppError } from "../domain/app-error.ts";
import { showArgv } from "../domain/plan.ts";
import { redact } from "../domain/redact.ts";
import { createFiles } from "../platform/files.ts";
import { version } from "../version.ts";

/** Older ones go when a new one is written. */
const mostReports = 20;

/** Keeps what is known of a bug in the state folder; returns the sentence that says where, or why nowhere. */
export async function keepCrashReport(
  error: unknown,
  args: readonly string[],
  readEnvironment: () => ProcessEnvironment,
): Promise<string> {
  const now = new Date().toISOString();
  try {
    const folder = join(readEnvironment().stateDir, "crashes");
    const files = createFiles();
    const path = join(folder, `${now.replaceAll(":", "-")}-${process.pid}.txt`);
    await files.write(path, renderCrash(error, args, now));
    const names = (await files.list(folder)) ?? [];
    for (const name of names.slice(0, -mostReports)) await files.remove(join(folder, name));
    return `Please report it with the file ${path}, which holds the details.`;
  } catch (refused) {
    // The bug itself is what must be told; that it could not be kept is said beside it.
    if (!(refused instanceof AppError)) throw refused;
    return `Please report it; its details could not be kept, because ${refused.message}.`;
  }
}

function renderCrash(error: unknown, args: readonly string[], at: string): string {
  const lines = [
    `autopack ${version}, Node ${process.versions.node}, ${platform()} ${release()} ${arch()}`,
    `at ${at}`,
    `command: ${showArgv(["autopack", ...args])}`,
    "",
    inspect(error, { depth: 6 }),
    "",
  ];
  return redact(lines.join("\n"), []);
}
