import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder, writeTree } from "../../test/harness/temp.ts";
import { createFiles } from "../platform/files.ts";
import { assessReach } from "./setup-reach.ts";

const none = { added: ["node_modules"], modified: [], deleted: [] };

interface Case {
  readonly files?: Readonly<Record<string, unknown>>;
  readonly link?: readonly [string, string];
  readonly outputs?: { added?: readonly string[]; modified?: readonly string[]; deleted?: readonly string[] };
  readonly folder?: string;
  readonly ignoresScripts?: boolean;
  readonly carried?: readonly string[];
}

function assess({ files = {}, link, outputs, folder = "", ignoresScripts = false, carried = [] }: Case) {
  const tree = temporaryFolder();
  mkdirSync(join(tree, "node_modules"));
  const texts = Object.entries(files).map(([path, value]) => [path, JSON.stringify(value)]);
  writeTree(tree, Object.fromEntries(texts));
  if (link) symlinkSync(link[1], join(tree, link[0]));
  const kept = { tool: "npm", folder, ignoresScripts } as const;
  return assessReach(createFiles(), tree, kept, { ...none, ...outputs }, carried);
}
const scripts = (...names: string[]) => ({ scripts: Object.fromEntries(names.map((name) => [name, "x"])) });

test.each<[string, Case]>([
  ["packages without scripts", { files: { "node_modules/a/package.json": { name: "a" } } }],
  [
    "scripts that no installation runs",
    {
      files: {
        "package.json": scripts("test", "build"),
        "node_modules/a/package.json": scripts("prepare", "test"),
      },
    },
  ],
  [
    "a package that is known to mind its own affairs",
    { files: { "node_modules/esbuild/package.json": { name: "esbuild", ...scripts("postinstall") } } },
  ],
  [
    "scripts that are not run",
    {
      ignoresScripts: true,
      files: { "package.json": scripts("prepare"), "node_modules/a/package.json": scripts("install") },
    },
  ],
  [
    "modules of packages of the repository",
    { outputs: { added: ["node_modules", "packages/a/node_modules"] } },
  ],
])("%s reach no further than the manifests", async (_, given) => expect(await assess(given)).toBeNull());

test.each<[string, Case]>([
  ["a script of the project", { files: { "package.json": scripts("prepare") } }],
  ["a script of a package", { files: { "node_modules/a/package.json": scripts("postinstall") } }],
  ["a script of a scoped package", { files: { "node_modules/@s/a/package.json": scripts("install") } }],
  [
    "a script of a nested package",
    { files: { "node_modules/a/node_modules/b/package.json": scripts("preinstall") } },
  ],
  [
    "a package built by node-gyp",
    { files: { "node_modules/a/package.json": {}, "node_modules/a/binding.gyp": {} } },
  ],
  [
    "a package that takes a known one's place",
    { files: { "node_modules/esbuild/package.json": { name: "evil", ...scripts("postinstall") } } },
  ],
  [
    "a linked package of the repository",
    { files: { "packages/a/package.json": scripts("prepare") }, link: ["node_modules/a", "../packages/a"] },
  ],
  ["a file beside node_modules", { outputs: { added: ["node_modules", "dist"] } }],
  ["modules of another folder", { folder: "web", outputs: { added: ["node_modules"] } }],
  ["a committed file that it changed", { outputs: { modified: ["packages/a/cli.js"] } }],
])("%s counts for one tree only", async (_, given) =>
  expect(await assess(given)).toMatchObject({ kind: "whole-tree" }),
);

test.each<[string, Case]>([
  ["a committed file that is gone", { outputs: { deleted: ["a.txt"] } }],
  ["a folder that holds a carried file", { carried: ["node_modules/.secret"] }],
])("%s is never kept", async (_, given) => expect(await assess(given)).toMatchObject({ kind: "never" }));
