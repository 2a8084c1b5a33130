import { openSync, readdirSync, readFileSync } from "node:fs";

const closesOnExec = 0o2000000;
/** Any file descriptor; 1 stands for it because execa's types know only the standard ones. */
type Replacement = "ignore" | 1;
let found: readonly Replacement[] | undefined;

/**
 * For a child's stdio from 3 on: `third` where it is given, and /dev/null in place of every file that whoever started us
 * left open and that would be handed on. What we open ourselves is never handed on. Looked up once; nothing where that
 * cannot be told.
 */
export function insteadOfInherited(third?: 1): readonly Replacement[] {
  found ??= process.platform === "linux" ? replaceInherited() : [];
  return third === undefined ? found : [third, ...found.slice(1)];
}

function replaceInherited(): Replacement[] {
  const inherited = readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => fd > 2 && isHandedOn(fd));
  if (inherited.length === 0) return [];
  const nothing = openSync("/dev/null", "r+") as 1;
  return Array.from({ length: Math.max(...inherited) - 2 }, (_, index) =>
    inherited.includes(index + 3) ? nothing : "ignore",
  );
}

function isHandedOn(fd: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
    return (Number.parseInt(flags ?? "", 8) & closesOnExec) === 0;
  } catch (error) {
    // The folder that was just being listed.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
