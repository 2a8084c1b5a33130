import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder, writeTree } from "./harness/temp.ts";

const bin = join(import.meta.dirname, "..", "bin");

/** The starter alone, as it is where the package brought no Node and was not built, on a Node of this version. */
function startOn(version: string, ...args: string[]) {
  const folder = temporaryFolder();
  cpSync(bin, join(folder, "bin"), { recursive: true });
  const fake = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;
  writeTree(folder, { "package.json": '{ "type": "module" }', "fake.cjs": fake });
  const command = ["--require", join(folder, "fake.cjs"), join(folder, "bin", "autopack.js"), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, stdout, stderr };
}

it.each(["12.22.12", "20.19.0", "22.14.0"])("says on Node %s which one is needed", (version) => {
  const message = `autopack needs Node 22.15 or newer, and this is ${version}.`;
  expect(startOn(version, "status")).toEqual({
    status: 4,
    stdout: "",
    stderr: `${message} Install a newer Node.\n`,
  });
  const { status, stdout } = startOn(version, "status", "--json");
  expect([status, JSON.parse(stdout)]).toEqual([
    4,
    { schemaVersion: 1, error: { code: "node-too-old", message, action: "Install a newer Node." } },
  ]);
});

it("says that it is not built", () => {
  expect(startOn("24.0.0", "status")).toMatchObject({
    status: 4,
    stderr: expect.stringMatching(/is not built yet/),
  });
});

it("starts with what Node 12 can parse, else nobody would read that sentence", () => {
  const text = readFileSync(join(bin, "autopack.js"), "utf8");
  expect(text).not.toMatch(/\?\.|\?\?|\bawait\b|#\w+ ?[=(;]/);
});
