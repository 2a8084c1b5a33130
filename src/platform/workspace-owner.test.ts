import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRepository, git, temporaryFolder } from "../../test/harness/temp.ts";
import { openWorkspaces } from "../../test/harness/workspaces.ts";
import type { Files } from "./ports.ts";
import { createWorkspace, removeWorkspace, writeInto } from "./workspace.ts";

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

/** A repository and its workspaces; with `ordinary`, this process is an ordinary user until the test ends. */
async function setUp(user: "as it is" | "ordinary" = "as it is") {
  const folder = temporaryFolder();
  if (user === "ordinary" && isRoot) {
    chownSync(folder, nobody, nobody);
    process.setegid?.(nobody);
    process.seteuid?.(nobody);
    onTestFinished(becomeRoot);
  }
  const root = join(folder, "user");
  const base = createRepository(root, {
    "a.txt": "one\n",
    "src/b.txt": "two\n",
    "src/run.sh": "run\n",
    "lib/c.txt": "c\n",
  });
  return { folder, root, base, ...(await openWorkspaces(root, join(folder, "workspaces"))) };
}

function becomeRoot(): void {
  process.seteuid?.(0);
  process.setegid?.(0);
}

test("a workspace is marked with the run's lease, and only its holder or a later one may touch it", async () => {
  const { world, repository, place, base, read } = await setUp();
  const second = { ...place, fence: 2 };
  const workspace = await createWorkspace(world, repository, place, base);
  const mark = () => JSON.parse(readFileSync(join(workspace.dir, "owner.json"), "utf8"));
  expect(mark()).toEqual({ runId: "r1", name: "p.1.build", fence: 1 });

  // The run was taken over: the new owner reads the workspace, and the old one is shut out of it.
  await read({ ...workspace, place: second });
  expect(mark().fence).toBe(2);
  const shutOut = { code: "workspace-taken-over" };
  await expect(read(workspace)).rejects.toMatchObject(shutOut);
  await expect(writeInto(world, workspace, "prompt.md", "x")).rejects.toMatchObject(shutOut);
  await expect(createWorkspace(world, repository, place, base)).rejects.toMatchObject(shutOut);
  await expect(removeWorkspace(world, repository, place)).rejects.toMatchObject(shutOut);
  expect(existsSync(workspace.tree)).toBe(true);
  await writeInto(world, { ...workspace, place: second }, "prompt.md", "x");
  expect(await removeWorkspace(world, repository, second)).toEqual({ ok: true, value: undefined });
  expect(existsSync(workspace.dir)).toBe(false);
});

test("a workspace that is gone is not made again by who wants to write into it", async () => {
  const { world, repository, place, base } = await setUp();
  const workspace = await createWorkspace(world, repository, place, base);
  await removeWorkspace(world, repository, { ...place, fence: 2 });
  const gone = { code: "workspace-taken-over" };
  await expect(writeInto(world, workspace, "order/prompt.md", "x")).rejects.toMatchObject(gone);
  expect(existsSync(workspace.dir)).toBe(false);
});

test.each(["alternates", "HEAD"])(
  "a workspace that its next owner removes while it is made (before its %s) is not left behind",
  async (name) => {
    const { world, repository, place, base } = await setUp();
    const files: Files = {
      ...world.files,
      async write(path, data) {
        if (path.endsWith(`/${name}`)) await removeWorkspace(world, repository, { ...place, fence: 2 });
        await world.files.write(path, data);
      },
    };
    const made = createWorkspace({ ...world, files }, repository, place, base);
    await expect(made).rejects.toMatchObject({ code: "workspace-taken-over" });
    expect(existsSync(join(place.root, place.runId, place.name))).toBe(false);
  },
);

test.each([
  ["another run's", { runId: "r2", name: "p.1.build", fence: 1 }],
  ["another attempt's", { runId: "r1", name: "p.2.build", fence: 1 }],
  ["no JSON of ours", "r1"],
])("a folder whose mark is %s is not written, read or removed", async (_, content) => {
  const { world, repository, place, base, read } = await setUp();
  const workspace = await createWorkspace(world, repository, place, base);
  writeFileSync(join(workspace.dir, "owner.json"), `${JSON.stringify(content)}\n`);
  const notOurs = { code: "workspace-not-ours" };
  await expect(read(workspace)).rejects.toMatchObject(notOurs);
  await expect(writeInto(world, workspace, "prompt.md", "x")).rejects.toMatchObject(notOurs);
  await expect(removeWorkspace(world, repository, place)).rejects.toMatchObject(notOurs);
  expect(readdirSync(workspace.dir)).toEqual(["owner.json", "tree"]);
});

test("a file of ours is not written through a link that leads out of the workspace", async () => {
  const { folder, world, repository, place, base } = await setUp();
  const workspace = await createWorkspace(world, repository, place, base);
  mkdirSync(join(folder, "outside"));
  symlinkSync(join(folder, "outside"), join(workspace.tree, "config"));
  await expect(writeInto(world, workspace, "tree/config/deep/.env", "x")).rejects.toMatchObject({
    code: "workspace-link",
  });
  expect(readdirSync(join(folder, "outside"))).toEqual([]);
  await writeInto(world, workspace, "tree/other/.env", "x");
  expect(readFileSync(join(workspace.tree, "other/.env"), "utf8")).toBe("x");
});

test("what a builder closed to its owner is opened up, read whole, and removed", async () => {
  const { world, repository, place, base, read } = await setUp("ordinary");
  const workspace = await createWorkspace(world, repository, place, base);
  const { tree } = workspace;
  writeFileSync(join(tree, "a.txt"), "changed\n");
  mkdirSync(join(tree, "new/deep"), { recursive: true });
  writeFileSync(join(tree, "new/deep/x.txt"), "x\n");
  writeFileSync(join(tree, "src/run.sh"), "run faster\n");
  for (const [path, mode] of [
    ["a.txt", 0o000],
    ["src/run.sh", 0o100],
    ["new/deep", 0o000],
    ["new", 0o200],
    ["src", 0o000],
  ] as const)
    chmodSync(join(tree, path), mode);
  const change = await read(workspace);
  expect(change.special).toEqual([]);
  expect(change.files.map(({ path, status, newMode }) => [path, status, newMode])).toEqual([
    ["a.txt", "modified", "100644"],
    ["new/deep/x.txt", "added", "100644"],
    ["src/run.sh", "modified", "100755"],
  ]);
  // A closed folder alone is no error to git: it passes over what is in it.
  mkdirSync(join(tree, "later"));
  writeFileSync(join(tree, "later/y.txt"), "y\n");
  chmodSync(join(tree, "later"), 0o000);
  expect((await read(workspace)).files.map(({ path }) => path)).toContain("later/y.txt");
  chmodSync(join(tree, "src"), 0o000);
  expect(await removeWorkspace(world, repository, place)).toEqual({ ok: true, value: undefined });
  expect(existsSync(workspace.dir)).toBe(false);
});

test.runIf(isRoot)(
  "another user's closed files are told, and neither lose the rest nor fail the removal (needs root)",
  async () => {
    const { world, repository, place, base, read } = await setUp("ordinary");
    const workspace = await createWorkspace(world, repository, place, base);
    const { tree } = workspace;
    writeFileSync(join(tree, "src/b.txt"), "changed\n");
    writeFileSync(join(tree, "mine.txt"), "mine\n");
    becomeRoot();
    mkdirSync(join(tree, "closed"), { mode: 0o700 });
    writeFileSync(join(tree, "closed/x.txt"), "x\n");
    writeFileSync(join(tree, "secret.txt"), "s\n", { mode: 0o600 });
    process.seteuid?.(nobody);

    const change = await read(workspace);
    expect(change.files.map(({ path }) => path)).toEqual(["mine.txt", "src/b.txt"]);
    expect([...change.special].sort()).toEqual(["closed", "secret.txt"]);
    expect(git(repository.gitDir, "cat-file", "blob", `${change.tree}:mine.txt`)).toBe("mine\n");

    expect(await removeWorkspace(world, repository, place)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/permission denied|not permitted/i),
    });
    // All that can go has gone, and the mark says whose the rest is.
    expect(readdirSync(tree)).toEqual(["closed"]);
    expect(lstatSync(join(workspace.dir, "owner.json")).isFile()).toBe(true);
    await expect(createWorkspace(world, repository, place, base)).rejects.toMatchObject({
      code: "workspace-not-removed",
    });
  },
);
