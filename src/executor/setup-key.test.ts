import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, git, writeTree } from "../../test/harness/temp.ts";
import { parseKeptSetup } from "../plan/setup-command.ts";
import { createFiles } from "../platform/files.ts";
import { createGit } from "../platform/git.ts";
import { openPrivateRepository, type PrivateRepository } from "../platform/private-repository.ts";
import { openRepository } from "../platform/repository.ts";
import { readSetupKeys, type SetupInputs, type SetupKeys } from "./setup-key.ts";

const platform = {
  git: createGit({ path: process.env["PATH"] ?? "", safeDirectories: [] }),
  files: createFiles(),
};
const tools = {
  manager: "11.0.0",
  node: "v24.0.0",
  abi: "137",
  platform: "linux",
  arch: "x64",
  libc: "2.36",
  variables: "none",
};
const committed = {
  "package.json": '{"name":"app","workspaces":["packages/*"]}',
  "package-lock.json": '{"packages":{"node_modules/x":{"resolved":"file:vendor/x.tgz"}}}',
  ".npmrc": "fund=false\n",
  "packages/one/package.json": '{"name":"one"}',
  "patches/x+1.0.0.patch": "-a\n+b\n",
  "vendor/x.tgz": "an archive\n",
  "vendor/other.tgz": "another\n",
  "src/index.js": "1\n",
};

let root: string;
let repo: string;
let base: string;
let repository: PrivateRepository;
let usual: SetupKeys | null;
beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-setup-key-")));
  repo = join(root, "repo");
  base = createRepository(repo, committed);
  for (const name of ["home", "machine/bin", "machine/etc"]) mkdirSync(join(root, name), { recursive: true });
  const user = await openRepository(platform.git, repo);
  repository = await openPrivateRepository({ ...platform } as never, user, { name: "U", email: "u@e" });
  usual = await keysOf();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function keysOf({ argv = ["npm", "ci"], ...changed }: Partial<SetupInputs> = {}): Promise<SetupKeys | null> {
  const kept = parseKeptSetup(argv);
  if (!kept) throw new Error(`${argv.join(" ")} is not kept`);
  return readSetupKeys(platform, repository, {
    argv,
    kept,
    commit: base,
    carry: [],
    readable: [],
    tools: { ...tools, program: join(root, "machine/bin/node") },
    isolation: "none",
    home: join(root, "home"),
    ...changed,
  });
}

/** A commit on the base with these files besides. */
function commitOf(files: Readonly<Record<string, string>>): string {
  git(repo, "checkout", "--quiet", "--detach", base);
  writeTree(repo, files);
  git(repo, "add", "--all");
  git(repo, "commit", "--quiet", "--allow-empty", "-m", "Change");
  return git(repo, "rev-parse", "HEAD").trim();
}

test("the same inputs give the same keys, whatever the commit says of itself", async () => {
  expect(usual).not.toBeNull();
  expect(await keysOf()).toEqual(usual);
  expect(await keysOf({ commit: commitOf({}) })).toEqual(usual);
});

test.each(
  Object.entries(committed)
    .filter(([path]) => !/other|src/.test(path))
    .map(([path]) => path),
)("%s is a part of the key", async (path) => {
  const other = { [path]: path.endsWith("lock.json") ? `${committed["package-lock.json"]} ` : "{}" };
  expect((await keysOf({ commit: commitOf(other) }))?.manifests).not.toBe(usual?.manifests);
});

test.each([
  "npm-shrinkwrap.json",
  "yarn.lock",
  ".yarnrc",
  "packages/two/package.json",
  "packages/two/.npmrc",
  "web/patches/y.patch",
  "binding.gyp",
  ".nvmrc",
  ".node-version",
  ".tool-versions",
])("a new %s changes the key", async (path) => {
  expect((await keysOf({ commit: commitOf({ [path]: "{}" }) }))?.manifests).not.toBe(usual?.manifests);
});

test("any other file is a part of the key of the whole tree alone", async () => {
  for (const path of ["src/index.js", "vendor/other.tgz", "prisma/schema.prisma"]) {
    const keys = await keysOf({ commit: commitOf({ [path]: "changed\n" }) });
    expect(keys?.manifests).toBe(usual?.manifests);
    expect(keys?.wholeTree).not.toBe(usual?.wholeTree);
  }
});

test("the command, its folder and its variables are parts of the key", async () => {
  const shell = (text: string) => keysOf({ argv: ["sh", "-c", text] });
  const keys = [
    usual,
    await shell("npm ci"),
    await shell("npm ci --omit=dev"),
    await shell("NODE_ENV=production npm ci"),
    await shell("cd packages/one && npm ci"),
  ].map((found) => found?.manifests);
  expect(new Set(keys).size).toBe(keys.length);
});

test.each(Object.keys(tools))("the tools' %s is a part of the key", async (name) => {
  const other = { ...tools, [name]: "other", program: join(root, "machine/bin/node") };
  expect((await keysOf({ tools: other }))?.manifests).not.toBe(usual?.manifests);
});

test("how the command is held is a part of the key, where node lies is not", async () => {
  expect((await keysOf({ isolation: "bubblewrap" }))?.manifests).not.toBe(usual?.manifests);
  mkdirSync(join(root, "elsewhere"));
  const moved = { ...tools, program: join(root, "elsewhere/node") };
  expect(await keysOf({ tools: moved })).toEqual(usual);
});

test("the user's and the machine's settings are parts of the key", async () => {
  for (const path of ["home/.npmrc", "home/.yarnrc", "machine/etc/npmrc"]) {
    writeTree(root, { [path]: "registry=http://localhost:1\n" });
    expect((await keysOf())?.manifests).not.toBe(usual?.manifests);
    rmSync(join(root, path));
  }
  expect(await keysOf()).toEqual(usual);
});

test("what a file holds that setup may read is a part of the key", async () => {
  const readable = [join(root, "token"), join(root, "machine")];
  const keys: (string | undefined)[] = [usual?.manifests, (await keysOf({ readable }))?.manifests];
  writeTree(root, { token: "1\n" });
  keys.push((await keysOf({ readable }))?.manifests);
  expect(new Set(keys).size).toBe(3);
});

test("what a carried file holds is a part of the key", async () => {
  const keys: (string | undefined)[] = [usual?.manifests];
  for (const text of ["A=1\n", "A=2\n"]) {
    writeTree(repo, { ".env": text });
    keys.push((await keysOf({ carry: [".env"] }))?.manifests);
  }
  rmSync(join(repo, ".env"));
  expect(new Set(keys).size).toBe(3);
});

test("a lock file that installs a folder of the repository has all of it in the key", async () => {
  const lock = { "package-lock.json": '{"packages":{"node_modules/y":{"resolved":"file:lib/y"}}}' };
  const before = await keysOf({ commit: commitOf({ ...lock, "lib/y/index.js": "1\n" }) });
  const after = await keysOf({ commit: commitOf({ ...lock, "lib/y/index.js": "2\n" }) });
  expect(before?.manifests).not.toBe(after?.manifests);
});

test("there is no key where a lock file installs what is not in the repository", async () => {
  for (const reference of ["../x.tgz", "/opt/x.tgz", "vendor/gone.tgz"]) {
    const lock = `{"packages":{"node_modules/y":{"resolved":"file:${reference}"}}}`;
    expect(await keysOf({ commit: commitOf({ "package-lock.json": lock }) })).toBeNull();
    expect(
      await keysOf({ commit: commitOf({ "yarn.lock": `y@x:\n  resolved "file:${reference}#0a"\n` }) }),
    ).toBeNull();
  }
  const web = {
    "web/package-lock.json": '{"packages":{"node_modules/y":{"resolved":"file:../vendor/x.tgz"}}}',
  };
  expect(await keysOf({ argv: ["sh", "-c", "cd web && npm ci"], commit: commitOf(web) })).not.toBeNull();
});
