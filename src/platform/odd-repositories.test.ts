import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import {
  createRepository,
  git,
  importFiles,
  temporaryFolder,
  userGitEnv,
  writeTree,
} from "../../test/harness/temp.ts";
import { createWorld, openUser, openWorkspaces } from "../../test/harness/workspaces.ts";
import { createCommit } from "./commits.ts";
import { createRunRefs, publishRun, writeRef } from "./private-repository.ts";
import { openRepository } from "./repository.ts";
import { createWorkspace, removeWorkspace } from "./workspace.ts";

/** The names in a tree as bytes, one a line, in hex. */
const namesIn = (root: string, tree: string): string[] =>
  execFileSync("git", ["ls-tree", "-r", "-z", "--name-only", tree], { cwd: root, env: userGitEnv() })
    .toString("latin1")
    .split("\0")
    .filter((name) => name !== "");

const oddNames = [
  "with space.txt",
  " leading and trailing ",
  "tab\tand\nline break",
  'quote".txt',
  "back\\slash",
  "-option",
  "--help",
  ":(exclude)magic",
  ":!*",
  "*.glob",
  "日本語/ファイル.txt",
  "emoji 🦖.md",
  // Two names that look alike, in composed and decomposed form, and two that differ in case alone.
  "caf\u00e9.txt",
  "cafe\u0301.txt",
  "README.md",
  "readme.md",
];

test("odd names come into a workspace and back byte by byte, look-alikes as files of their own", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "üser 'repo' $HOME");
  createRepository(root, { "a.txt": "one\n" });
  const onMac = process.platform === "darwin";
  const names: (string | Buffer)[] = onMac
    ? oddNames.slice(0, 12)
    : [...oddNames, Buffer.from("latin-\xe9.txt", "latin1")];
  const base = importFiles(
    root,
    names.map((path, index) => ({ path, content: `${index}\n` })),
  );
  const { world, repository, place, read } = await openWorkspaces(root, join(folder, "wörk: spaces"));
  const workspace = await createWorkspace(world, repository, place, base);
  expect((await read(workspace)).files).toEqual([]);
  for (const [index, name] of names.entries())
    expect(readFileSync(Buffer.concat([Buffer.from(`${workspace.tree}/`), Buffer.from(name)]), "utf8")).toBe(
      `${index}\n`,
    );

  for (const name of [names[0], "日本語/ファイル.txt", ":(exclude)magic", "readme.md", "cafe\u0301.txt"])
    if (names.includes(name ?? "")) writeFileSync(join(workspace.tree, String(name)), "changed\n");
  const change = await read(workspace);
  const changed = [
    "日本語/ファイル.txt",
    ":(exclude)magic",
    ...(onMac ? [] : ["cafe\u0301.txt", "readme.md"]),
    "with space.txt",
  ];
  expect(change.files.map(({ path, status }) => `${status} ${path}`).sort()).toEqual(
    changed.map((path) => `modified ${path}`).sort(),
  );
  expect(namesIn(repository.gitDir, change.tree)).toEqual(namesIn(root, base));
});

/** A path of this many bytes. */
const pathOf = (letter: string, bytes: number): string =>
  `${letter.repeat(99)}/`
    .repeat(Math.ceil(bytes / 100))
    .slice(0, bytes)
    .replace(/\/$/, letter);

test("a path as long as the system takes works, and a longer one is reported and removed", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "user");
  createRepository(root, { "a.txt": "one\n" });
  const { world, repository, place, read } = await openWorkspaces(root, join(folder, "workspaces"));
  const tree = join(place.root, place.runId, place.name, "tree");
  const limit = process.platform === "darwin" ? 1023 : 4095;
  const room = limit - Buffer.byteLength(`${tree}/`);
  const longest = pathOf("d", room);
  const base = importFiles(root, [{ path: longest, content: "deep\n" }]);

  const workspace = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(workspace.tree, longest), "utf8")).toBe("deep\n");
  writeFileSync(join(workspace.tree, longest), "changed\n");
  writeFileSync(join(workspace.tree, "short.txt"), "short\n");
  // A program goes step by step to where no absolute path leads, and to where no path at all does.
  const relative = pathOf("e", limit - 10);
  const step = "f".repeat(200);
  const dig = `mkdir -p '${dirname(relative)}' && echo x > '${relative}' || exit 1
for i in $(seq 30); do mkdir ${step} && cd -P ${step} || exit 1; done; echo x > end`;
  execFileSync("sh", ["-c", dig], { cwd: workspace.tree });
  const change = await read(workspace);
  expect(change.files.map(({ path }) => path)).toEqual([longest, "short.txt"]);
  expect([...change.special].sort()).toEqual([
    expect.stringMatching(/^(e+\/)+e+$/),
    expect.stringMatching(new RegExp(`^(${step}/)+`)),
  ]);
  expect(await removeWorkspace(world, repository, place)).toEqual({ ok: true, value: undefined });
  expect(existsSync(workspace.dir)).toBe(false);
});

test("attributes change no byte: no filter, line end, encoding or keyword, in either direction", async () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
  const folder = temporaryFolder();
  const root = join(folder, "user");
  createRepository(root, { "a.txt": "one\n" });
  const base = importFiles(root, [
    {
      path: ".gitattributes",
      content:
        "*.bin filter=lfs diff=lfs merge=lfs -text\n*.bat text eol=crlf\n*.txt text=auto\n*.id ident\n*.u16 text working-tree-encoding=UTF-16\n*.forced text\n",
    },
    { path: "big.bin", content: pointer },
    { path: "run.bat", content: "echo\n" },
    { path: "dos.txt", content: "dos\r\n" },
    { path: "mixed.forced", content: "one\r\ntwo\n" },
    { path: "version.id", content: "$Id$\n" },
    { path: "wide.u16", content: "wide\n" },
  ]);
  const { world, repository, place, read } = await openWorkspaces(root, join(folder, "workspaces"));
  const mark = join(folder, "ran");
  for (const key of ["clean", "smudge", "process"])
    git(root, "config", `filter.lfs.${key}`, `touch '${mark}'; cat`);
  git(root, "config", "filter.lfs.required", "true");
  git(root, "config", "core.autocrlf", "true");
  const workspace = await createWorkspace(world, repository, place, base);
  const contentOf = (name: string) => readFileSync(join(workspace.tree, name), "utf8");
  expect(contentOf("big.bin")).toBe(pointer);
  expect(contentOf("run.bat")).toBe("echo\n");
  expect(contentOf("mixed.forced")).toBe("one\r\ntwo\n");
  expect(contentOf("version.id")).toBe("$Id$\n");
  expect(contentOf("wide.u16")).toBe("wide\n");

  // Written again with what they held: git reads them, and finds nothing changed; so does a builder's own git.
  for (const name of ["big.bin", "run.bat", "dos.txt", "mixed.forced", "version.id", "wide.u16"])
    writeFileSync(join(workspace.tree, name), contentOf(name));
  expect((await read(workspace)).files).toEqual([]);
  expect(git(workspace.tree, "status", "--porcelain")).toBe("");

  writeFileSync(join(workspace.tree, "run.bat"), "echo\r\nexit\r\n");
  appendFileSync(join(workspace.tree, "big.bin"), "x\n");
  const change = await read(workspace);
  expect(change.files.map(({ path }) => path)).toEqual(["big.bin", "run.bat"]);
  expect(git(repository.gitDir, "cat-file", "blob", `${change.tree}:run.bat`)).toBe("echo\r\nexit\r\n");
  expect(existsSync(mark)).toBe(false);
});

test.each([
  ["cone", ["sparse-checkout", "set", "--cone", "src/a"]],
  ["non-cone", ["sparse-checkout", "set", "--no-cone", "/*", "!/*/", "/src/a/"]],
])("a sparse checkout (%s) makes sparse workspaces, and its trees stay whole", async (_, command) => {
  const { root, base, world, repository, place, read } = await openUser({
    "top.txt": "t\n",
    "src/a/in.txt": "in\n",
    "src/b/out.txt": "out\n",
    "docs/out.md": "out\n",
  });
  git(root, ...command);
  const workspace = await createWorkspace(world, repository, place, base);
  expect(existsSync(join(workspace.tree, "src/a/in.txt"))).toBe(true);
  expect(existsSync(join(workspace.tree, "src/b"))).toBe(false);
  expect(existsSync(join(workspace.tree, "docs"))).toBe(false);
  expect(git(workspace.tree, "status", "--porcelain")).toBe("");
  expect((await read(workspace)).files).toEqual([]);

  writeTree(workspace.tree, {
    "src/a/in.txt": "changed\n",
    "docs/out.md": "changed outside\n",
    "new/x.txt": "x\n",
  });
  const change = await read(workspace);
  expect(change.files.map(({ path, status }) => [path, status])).toEqual([
    ["docs/out.md", "modified"],
    ["new/x.txt", "added"],
    ["src/a/in.txt", "modified"],
  ]);
  expect(namesIn(repository.gitDir, change.tree)).toContain("src/b/out.txt");
  git(root, "sparse-checkout", "disable");
  const whole = await createWorkspace(world, repository, place, base);
  expect(existsSync(join(whole.tree, "docs/out.md"))).toBe(true);
});

test("a shallow clone gives workspaces with the same history, and takes the published branch", async () => {
  const { folder, root } = await openUser({ "a.txt": "1\n" });
  for (const text of ["2\n", "3\n"]) {
    writeFileSync(join(root, "a.txt"), text);
    git(root, "commit", "--quiet", "-am", text);
  }
  const clone = join(folder, "shallow");
  git(folder, "clone", "--quiet", "--depth=2", `file://${root}`, clone);
  const { world, repository, place, read } = await openWorkspaces(clone, join(folder, "workspaces"));
  const base = git(clone, "rev-parse", "HEAD").trim();
  await createRunRefs(world, repository, { runId: "r1", base });
  const workspace = await createWorkspace(world, repository, place, base);
  expect(git(workspace.tree, "log", "--format=%s").split("\n")).toHaveLength(
    git(clone, "log", "--format=%s").split("\n").length,
  );
  writeFileSync(join(workspace.tree, "a.txt"), "4\n");
  const { commit } = await read(workspace);
  await writeRef(world, repository, "refs/autopack/runs/r1/head", commit);
  expect(await publishRun(world, repository, "r1")).toEqual({ ok: true, value: undefined });
  expect(git(clone, "rev-parse", "autopack/r1").trim()).toBe(commit);
  expect(git(clone, "fsck").trim()).toBe("");

  // Made whole, it is whole for us too.
  git(clone, "fetch", "--quiet", "--unshallow");
  const whole = await openWorkspaces(clone, join(folder, "workspaces"));
  const again = await createWorkspace(whole.world, whole.repository, whole.place, base);
  expect(git(again.tree, "log", "--format=%s").trim().split("\n")).toHaveLength(3);
});

test("an empty tree, a detached HEAD and SHA-256 objects are as good as any", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "user");
  git(folder, "init", "--quiet", "--object-format=sha256", root);
  git(root, "commit", "--quiet", "--allow-empty", "-m", "Empty");
  const base = git(root, "rev-parse", "HEAD").trim();
  git(root, "checkout", "--quiet", "--detach");
  const { world, repository, place, read } = await openWorkspaces(root, join(folder, "workspaces"));
  await createRunRefs(world, repository, { runId: "r1", base });
  const workspace = await createWorkspace(world, repository, place, base);
  expect(readdirSync(workspace.tree)).toEqual([".git"]);
  expect((await read(workspace)).files).toEqual([]);
  writeFileSync(join(workspace.tree, "first.txt"), "first\n");
  const change = await read(workspace);
  expect(change.files).toMatchObject([{ path: "first.txt", status: "added" }]);
  await writeRef(world, repository, "refs/autopack/runs/r1/head", change.commit);
  expect(await publishRun(world, repository, "r1")).toEqual({ ok: true, value: undefined });
});

test("a repository that was moved is borrowed from where it is now", async () => {
  const { folder, root, base } = await openUser();
  const moved = join(folder, "moved");
  renameSync(root, moved);
  const { world, repository, place } = await openWorkspaces(moved, join(folder, "workspaces"));
  const { tree } = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("one\n");
});

test("a local url.insteadOf or core.worktree leads no publishing astray", async () => {
  const { folder, root, base, world, repository } = await openUser();
  git(root, "config", `url.${join(folder, "elsewhere")}/.insteadOf`, "/");
  git(root, "config", "core.worktree", root);
  await createRunRefs(world, repository, { runId: "r1", base });
  const tree = git(root, "rev-parse", "HEAD^{tree}").trim();
  const commit = await createCommit(world, repository, {
    tree,
    parent: base,
    message: "x\n",
    at: "2026-01-01T00:00:00Z",
  });
  await writeRef(world, repository, "refs/autopack/runs/r1/head", commit);
  expect(await publishRun(world, repository, "r1")).toEqual({ ok: true, value: undefined });
});

test("a folder in the git folder, and one whose path holds a line break, are refused in words", async () => {
  const { folder, root } = await openUser();
  const { git: program } = createWorld();
  await expect(openRepository(program, join(root, ".git", "refs"))).rejects.toMatchObject({
    code: "not-in-checkout",
  });
  const broken = join(folder, "line\nbreak");
  createRepository(broken, { "a.txt": "a\n" });
  await expect(openRepository(program, broken)).rejects.toMatchObject({ code: "repository-path" });
});

test("a repository with alternates of its own is borrowed from with them", async () => {
  const { folder, root, base } = await openUser();
  const clone = join(folder, "clone");
  git(folder, "clone", "--quiet", "--shared", root, clone);
  const { world, repository, place } = await openWorkspaces(clone, join(folder, "workspaces"));
  const { tree } = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("one\n");
  expect(git(tree, "log", "--format=%H").trim()).toBe(base);
});
