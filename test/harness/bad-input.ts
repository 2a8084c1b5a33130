import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type CliResult, callCli, type Project } from "./cli.ts";

/** Every file below a project's folders with the hash of its content, whatever it is. */
export function snapshot({ folder }: Project): string[] {
  const seen: string[] = [];
  const walk = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      const below = join(path, name);
      const stat = lstatSync(below);
      if (stat.isDirectory()) walk(below);
      const content = stat.isFile()
        ? createHash("sha256").update(readFileSync(below)).digest("hex")
        : stat.mode;
      seen.push(`${below} ${content}`);
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
