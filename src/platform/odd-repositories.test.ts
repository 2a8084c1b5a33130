import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRepository, git, temporaryFolder, userGitEnv, writeTree } from "../../test/harness/temp.ts";
import { createWorld, openWorkspaces } from "../../test/harness/workspaces.ts";
import { pruneObjects } from "./objects.ts";
import { createCommit, createRunRefs, publishRun, writeRef } from "./private-repository.ts";
import { openRepository } from "./repository.ts";
import { createWorkspace, removeWorkspace } from "./workspace.ts";

interface Blob {
  readonly path: string | Buffer;
  readonly content: string;
}

/** Commits files that no checkout needs to hold, quickly: `git fast-import` writes the objects alone. */
function importFiles(root: string, blobs: readonly Blob[]): string {
  const quoted = (path: string | Buffer) =>
    `"${[...Buffer.from(path)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`;
  const from = git(root, "for-each-ref", "--format=%(refname)", "refs/heads/main").trim();
  const text = [
    "commit refs/heads/main\ncommitter User <user@example.com> 1700000000 +0000\ndata 6\nImport\n",
    ...(from ? ["from refs/heads/main^0\n"] : []),
    ...blobs.map(
      ({ path, content }) =>
        `M 100644 inline ${quoted(path)}\ndata ${Buffer.byteLength(content)}\n${content}\n`,
    ),
  ].join("");
  execFileSync("git", ["fast-import", "--quiet"], { cwd: root, env: userGitEnv(), input: text });
  return git(root, "rev-parse", "main").trim();
}

async function openFolder(files: Record<string, string> = { "a.txt": "one\n" }) {
  const folder = temporaryFolder();
  const root = join(folder, "user");
  const base = createRepository(root, files);
  return { folder, root, base, ...(await openWorkspaces(root, join(folder, "workspaces"))) };
}

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

test("a path as long as the system takes works, and a longer one is reported and removed", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "user");
  createRepository(root, { "a.txt": "one\n" });
  const { world, repository, place, read } = await openWorkspaces(root, join(folder, "workspaces"));
  const tree = join(place.root, place.runId, place.name, "tree");
  const limit = process.platform === "darwin" ? 1023 : 4095;
  const room = limit - Buffer.byteLength(`${tree}/`);
  const longest = `${"d".repeat(99)}/`
    .repeat(40)
    .slice(0, room - 1)
    .concat("f")
    .replace(/\/f$/, "ff");
  const base = importFiles(root, [{ path: longest, content: "deep\n" }]);

  const workspace = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(workspace.tree, longest), "utf8")).toBe("deep\n");
  writeFileSync(join(workspace.tree, longest), "changed\n");
  writeFileSync(join(workspace.tree, "short.txt"), "short\n");
  // Deeper than any path: a program goes there step by step.
  const step = "e".repeat(200);
  execFileSync(
    "sh",
    ["-c", `for i in $(seq 30); do mkdir ${step} && cd -P ${step} || exit 1; done; echo x > end`],
    {
      cwd: workspace.tree,
    },
  );
  const change = await read(workspace);
  expect(change.files.map(({ path }) => path)).toEqual([longest, "short.txt"]);
  expect(change.special).toHaveLength(1);
  expect(change.special[0]).toMatch(new RegExp(`^(${step}/)+`));
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
  const { root, base, world, repository, place, read } = await openFolder({
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
  const { folder, root } = await openFolder({ "a.txt": "1\n" });
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

/** A repository with a submodule that has one of its own, as `git submodule` leaves them. */
async function openWithSubmodules() {
  const folder = temporaryFolder();
  const file = ["-c", "protocol.file.allow=always"];
  createRepository(join(folder, "inner"), { "deep.txt": "deep\n" });
  createRepository(join(folder, "lib"), { "lib.txt": "lib\n", ".gitignore": "*.o\n" });
  git(join(folder, "lib"), ...file, "submodule", "--quiet", "add", join(folder, "inner"), "vendor/inner");
  git(join(folder, "lib"), "commit", "--quiet", "-m", "Inner");
  const root = join(folder, "user");
  createRepository(root, { "a.txt": "one\n" });
  git(root, ...file, "submodule", "--quiet", "add", "--name", "The Library", join(folder, "lib"), "libs/lib");
  git(root, ...file, "submodule", "--quiet", "update", "--init", "--recursive");
  git(root, "commit", "--quiet", "-m", "Library");
  const base = git(root, "rev-parse", "HEAD").trim();
  return { folder, root, base, ...(await openWorkspaces(root, join(folder, "workspaces"))) };
}

test("submodules are filled from the user's own copies, and whatever is changed in them is told", async () => {
  const { root, base, world, repository, place, read } = await openWithSubmodules();
  await createRunRefs(world, repository, { runId: "r1", base });
  // The submodule moves on and is swept: what the base names is kept by our pin.
  const lib = join(root, "libs/lib");
  git(lib, "checkout", "--quiet", "--orphan", "other");
  git(lib, "commit", "--quiet", "--allow-empty", "-m", "Elsewhere");
  git(lib, "for-each-ref", "--format=delete %(refname)", "refs/heads", "refs/remotes", "refs/tags")
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith("/other"))
    .map((line) => git(lib, "update-ref", "--no-deref", "-d", line.slice("delete ".length)));
  git(lib, "reflog", "expire", "--expire=now", "--all");
  git(lib, "gc", "--quiet", "--prune=now");

  const workspace = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(workspace.tree, "libs/lib/lib.txt"), "utf8")).toBe("lib\n");
  expect(readFileSync(join(workspace.tree, "libs/lib/vendor/inner/deep.txt"), "utf8")).toBe("deep\n");
  expect(git(workspace.tree, "status", "--porcelain")).toBe("");
  writeFileSync(join(workspace.tree, "libs/lib/built.o"), "ignored there\n");
  expect((await read(workspace)).files).toEqual([]);

  const changedPaths = async () => (await read(workspace)).files.map(({ path, newMode }) => [path, newMode]);
  writeFileSync(join(workspace.tree, "libs/lib/vendor/inner/deep.txt"), "changed\n");
  expect(await changedPaths()).toEqual([["libs/lib/vendor/inner", "160000"]]);
  rmSync(join(workspace.tree, "libs/lib/lib.txt"));
  expect(await changedPaths()).toEqual([
    ["libs/lib", "160000"],
    ["libs/lib/vendor/inner", "160000"],
  ]);
  const again = await createWorkspace(world, repository, place, base);
  const nested = join(again.tree, "libs/lib");
  git(nested, "init", "--quiet");
  git(nested, "add", "--all");
  git(nested, "commit", "--quiet", "-m", "Moved");
  expect((await read(again)).files).toMatchObject([
    { path: "libs/lib", status: "modified", newMode: "160000" },
  ]);
  rmSync(nested, { recursive: true });
  expect((await read(again)).files[0]).toMatchObject({ path: "libs/lib", oldMode: "160000" });
});

test("a submodule is found from a linked worktree too, and one that is not initialised stays empty", async () => {
  const { folder, root, base } = await openWithSubmodules();
  const linked = join(folder, "linked");
  git(root, "worktree", "add", "--quiet", linked, base);
  const { world, repository, place } = await openWorkspaces(linked, join(folder, "workspaces"));
  const workspace = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(workspace.tree, "libs/lib/lib.txt"), "utf8")).toBe("lib\n");

  rmSync(join(root, ".git/modules/The Library"), { recursive: true });
  const empty = await createWorkspace(world, repository, place, base);
  expect(readdirSync(join(empty.tree, "libs/lib"))).toEqual([]);
});

test("a .gitmodules whose names lead out of the git folder names nothing", async () => {
  const { folder, root } = await openFolder();
  const outside = createRepository(join(folder, "outside"), { "secret.txt": "s\n" });
  writeTree(root, {
    ".gitmodules": '[submodule "../../../outside/.git"]\n\tpath = lib\n\turl = x\n',
  });
  git(root, "add", ".gitmodules");
  git(root, "update-index", "--add", "--cacheinfo", `160000,${outside},lib`);
  git(root, "commit", "--quiet", "-m", "Hostile");
  const { world, repository, place } = await openWorkspaces(root, join(folder, "workspaces"));
  const workspace = await createWorkspace(world, repository, place, git(root, "rev-parse", "HEAD").trim());
  expect(readdirSync(join(workspace.tree, "lib"))).toEqual([]);
});

test("what is borrowed without a ref of the user's is kept through their gc", async () => {
  const { root, base, world, repository, place, read } = await openFolder();
  await createRunRefs(world, repository, { runId: "r1", base });
  // The same work was done on a branch before, and dropped.
  git(root, "checkout", "--quiet", "-b", "dropped");
  writeTree(root, { "src/new.txt": "the same\n" });
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "-m", "Dropped");
  git(root, "checkout", "--quiet", "main");
  git(root, "branch", "--quiet", "-D", "dropped");
  const workspace = await createWorkspace(world, repository, place, base);
  writeTree(workspace.tree, { "src/new.txt": "the same\n" });
  const change = await read(workspace);

  git(root, "reflog", "expire", "--expire=now", "--all");
  git(root, "gc", "--quiet", "--prune=now");
  expect(git(repository.gitDir, "cat-file", "blob", `${change.tree}:src/new.txt`)).toBe("the same\n");
  expect(git(repository.gitDir, "fsck", "--connectivity-only")).not.toContain("missing");
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
  const { folder, root, base } = await openFolder();
  const moved = join(folder, "moved");
  renameSync(root, moved);
  const { world, repository, place } = await openWorkspaces(moved, join(folder, "workspaces"));
  const { tree } = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("one\n");
});

test("a local url.insteadOf or core.worktree leads no publishing astray", async () => {
  const { folder, root, base, world, repository } = await openFolder();
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

test("a workspace of many files copies no object, and none is written to make it", async () => {
  const folder = temporaryFolder();
  const root = join(folder, "user");
  git(folder, "init", "--quiet", root);
  const base = importFiles(
    root,
    Array.from({ length: 3000 }, (_, index) => ({
      path: `d${index % 60}/f${index}.txt`,
      content: `${index}\n`,
    })),
  );
  const { world, repository, place, read } = await openWorkspaces(root, join(folder, "workspaces"));
  const objectsIn = (gitDir: string) =>
    readdirSync(join(gitDir, "objects"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  const workspace = await createWorkspace(world, repository, place, base);
  expect(namesIn(workspace.tree, "HEAD")).toHaveLength(3000);
  expect(readFileSync(join(workspace.tree, "d59/f2999.txt"), "utf8")).toBe("2999\n");
  expect(objectsIn(join(workspace.tree, ".git"))).toEqual(["alternates"]);
  expect(objectsIn(repository.gitDir)).toEqual(["alternates"]);
  // A change of one file writes its blob, the trees above it and a commit.
  writeFileSync(join(workspace.tree, "d0/f0.txt"), "changed\n");
  expect((await read(workspace)).files).toHaveLength(1);
  expect(objectsIn(repository.gitDir)).toHaveLength(1 + 4);
});

test("a folder in the git folder, and one whose path holds a line break, are refused in words", async () => {
  const { folder, root } = await openFolder();
  const { git: program } = createWorld();
  await expect(openRepository(program, join(root, ".git", "refs"))).rejects.toMatchObject({
    code: "not-in-checkout",
  });
  const broken = join(folder, "line\nbreak");
  createRepository(broken, { "a.txt": "a\n" });
  await expect(openRepository(program, broken)).rejects.toMatchObject({ code: "repository-path" });
});

test("a repository with alternates of its own is borrowed from with them", async () => {
  const { folder, root, base } = await openFolder();
  const clone = join(folder, "clone");
  git(folder, "clone", "--quiet", "--shared", root, clone);
  const { world, repository, place } = await openWorkspaces(clone, join(folder, "workspaces"));
  const { tree } = await createWorkspace(world, repository, place, base);
  expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("one\n");
  expect(git(tree, "log", "--format=%H").trim()).toBe(base);
});

test("pruning takes from our repository what no ref of ours leads to, and nothing else", async () => {
  const { root, base, world, repository, place, read } = await openFolder();
  // What the user's history lacks, as in a partial clone, is nothing that we look at.
  const lost = git(root, "rev-parse", "HEAD:a.txt").trim();
  writeFileSync(join(root, "a.txt"), "two\n");
  git(root, "commit", "--quiet", "-am", "Two");
  const head = git(root, "rev-parse", "HEAD").trim();
  await createRunRefs(world, repository, { runId: "r1", base: head });
  rmSync(join(root, ".git/objects", lost.slice(0, 2), lost.slice(2)));
  const objects = (content: string) =>
    createWorkspace(world, repository, place, head).then(async (workspace) => {
      writeFileSync(join(workspace.tree, "b.txt"), content);
      return (await read(workspace)).commit;
    });
  // One whose content the user's repository lends is packed, the others lie loose.
  execFileSync("git", ["hash-object", "-w", "--stdin"], { cwd: root, env: userGitEnv(), input: "lent\n" });
  const [dropped, lent, kept] = [
    await objects("dropped\n"),
    await objects("lent\n"),
    await objects("kept\n"),
  ];
  await writeRef(world, repository, "refs/autopack/runs/r1/head", kept);
  const has = (object: string) =>
    !spawnSync("git", ["cat-file", "-e", object], { cwd: repository.gitDir, env: userGitEnv() }).status;
  const prune = (now: number) =>
    pruneObjects({ ...world, clock: { ...world.clock, now: () => new Date(now) } }, repository);

  await prune(Date.now());
  expect([has(dropped), has(lent)]).toEqual([true, true]);
  await prune(Date.now() + 2 * 3_600_000);
  expect([dropped, lent, kept, `${kept}:b.txt`, base].map(has)).toEqual([false, false, true, true, true]);
  expect(readdirSync(join(repository.gitDir, "objects/pack"))).toEqual([]);
  expect(git(repository.gitDir, "log", "--format=%H", kept).trim().split("\n")).toEqual([kept, head, base]);
});
