import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/harness/temp.ts";
import { readEnvironment, readScreen } from "../config.ts";
import { AppError } from "../domain/app-error.ts";
import { carryOut, tell } from "./command-line.ts";
import { createTerminal } from "./terminal.ts";

function worldIn(folder: string) {
  const said = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof said) => ({ write: (text: string) => void (said[name] += text) });
  const world = {
    terminal: createTerminal(readScreen({}), { stdout: sink("stdout"), stderr: sink("stderr") }),
    readEnvironment: () => readEnvironment({ HOME: folder }),
  };
  return { world, said };
}

const bug = new TypeError("phases is not iterable", { cause: new Error("why it came to this") });

it("keeps what nobody foresaw in a file, and tells in two lines where it is", async () => {
  const folder = temporaryFolder();
  const { world, said } = worldIn(folder);
  expect(await tell(bug, ["run", "plan.yaml", "--token=abcdefghijkl"], world)).toBe(4);
  const path = /with the file (\S+\.txt), which holds the details/.exec(said.stderr)?.[1] ?? "";
  expect(said.stderr).toMatch(/^autopack: this is a bug in autopack: phases is not iterable\n[^\n]+\n$/);
  const report = readFileSync(path, "utf8");
  expect(report).toMatch(/^autopack \d.*, Node /);
  expect(report).toContain("command: autopack run plan.yaml");
  expect(report).toMatch(/TypeError: phases is not iterable\n\s+at /);
  expect(report).toContain("why it came to this");
  expect(report).not.toContain("abcdefghijkl");
});

it("tells the same as the JSON object", async () => {
  const { world, said } = worldIn(temporaryFolder());
  expect(await tell(bug, ["status", "--json"], world)).toBe(4);
  expect(JSON.parse(said.stdout)).toEqual({
    schemaVersion: 1,
    error: {
      code: "bug",
      message: "this is a bug in autopack: phases is not iterable",
      action: expect.stringMatching(/^Please report it with the file .*crashes/),
    },
  });
  expect(said.stderr).toBe("");
});

it("keeps the newest twenty reports", async () => {
  const folder = temporaryFolder();
  const crashes = join(folder, ".local", "state", "autopack", "crashes");
  mkdirSync(crashes, { recursive: true });
  for (let index = 100; index < 130; index++) writeFileSync(join(crashes, `${index}.txt`), "");
  await tell(bug, [], worldIn(folder).world);
  const names = readdirSync(crashes);
  expect(names).toHaveLength(20);
  expect(names).toContain("129.txt");
  expect(names).not.toContain("110.txt");
});

it("tells of a bug where no report can be kept, and why", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, ".local"), "");
  const { world, said } = worldIn(folder);
  await tell(bug, [], world);
  expect(said.stderr).toMatch(
    /phases is not iterable\nPlease report it; its details could not be kept, because /,
  );
});

it("tells a fault as one line whatever words it carries", async () => {
  const { world, said } = worldIn(temporaryFolder());
  const message = `git said:\n\u001b[31mfatal\u202e ${"x".repeat(5000)}`;
  await tell(new AppError({ code: "git-failed", message, action: "Act.", exitCode: 4 }), [], world);
  expect(said.stderr).toMatch(/^autopack: git said: fatal x+…\nAct\.\n$/);
  expect(said.stderr.length).toBeLessThan(2100);
});

it("tells of an environment that cannot be used", async () => {
  const { world, said } = worldIn(temporaryFolder());
  const readEnvironment = () => {
    throw new AppError({ code: "home-missing", message: "no home", action: "Set HOME.", exitCode: 4 });
  };
  expect(await carryOut(["status"], { ...world, readEnvironment })).toBe(4);
  expect(said.stderr).toBe("autopack: no home\nSet HOME.\n");
});
