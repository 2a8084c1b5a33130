import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type CliResult, callCli, type Project } from "./cli.ts";

/** SQLite's own working files come and go with every reader. */
const isWorkingFile = (name: string): boolean => /^ledger\.db-(wal|shm)$/.test(name);

/** Every file below a project's folders with the hash of its content, whatever it is. */
export function snapshot({ folder }: Project): string[] {
  const seen: string[] = [];
  const walk = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      if (isWorkingFile(name)) continue;
      const below = join(path, name);
      const stat = lstatSync(below);
      const hash = () => createHash("sha256").update(readFileSync(below)).digest("hex");
      if (stat.isDirectory()) walk(below);
      else seen.push(`${below} ${stat.isFile() && (stat.mode & 0o400) !== 0 ? hash() : stat.mode}`);
    }
  };
  walk(folder);
  return seen;
}

export interface Refusal {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string | RegExp;
}

/** What a person sees of a fault: the message and what to do, in two lines, and nothing on stdout. */
export function expectTwoLines({ stdout, stderr }: Pick<CliResult, "stdout" | "stderr">): string {
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^autopack: [^\n]+\n[^\n]+\n$/);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr;
}

/** A command line that is refused: one message, the exit code, the JSON object, and nothing written anywhere. */
export async function expectRefused(
  project: Project,
  args: readonly string[],
  { exitCode, code, message }: Refusal,
): Promise<string> {
  const before = snapshot(project);
  const shown = await callCli(project, ...args);
  const text = expectTwoLines(shown);
  expect(text).toMatch(message);
  const { json, code: jsonExit } = await callCli(project, ...args, "--json");
  expect(json).toEqual({
    schemaVersion: 1,
    error: { code, message: expect.any(String), action: expect.any(String) },
  });
  expect(text).toContain(json.error.message);
  expect([shown.code, jsonExit]).toEqual([exitCode, exitCode]);
  expect(snapshot(project)).toEqual(before);
  return text;
}

/** The real program in a shell of its own, for what only a process can show. */
export function inShell(project: Project, script: string) {
  const bin = join(import.meta.dirname, "..", "..", "bin", "autopack.js");
  const program = `autopack() { '${process.execPath}' '${bin}' "$@"; }`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `${program}; ${script}`], {
    cwd: project.repo,
    env: project.env,
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}
