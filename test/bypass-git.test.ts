import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gatherRepositoryFacts } from "../src/plan/facts.ts";
import { mergeChange } from "../src/platform/merge.ts";
import { rememberPrepared } from "../src/platform/prepared.ts";
import type { Workspace } from "../src/platform/workspace.ts";
import { listOutputs } from "../src/platform/workspace-outputs.ts";
import { openJudgedWorkspaces } from "./harness/judged-workspaces.ts";
import { createRepository, git, writeTree } from "./harness/temp.ts";

/** A repository whose own git is full of traps for whoever trusts it; a phase may write `src/**`. */
const bench = await openJudgedWorkspaces(
  (root) => {
    createRepository(root, {
      "src/a.ts": "a\n",
      "src/lines.txt": "one\ntwo\nthree\nfour\nfive\nsix\n",
      "docs/x.md": "x\n",
      "ignored.log": "kept\n",
      LICENSE: "free\n",
    });
    writeTree(root, { ".gitignore": "*.log\nout/\n" });
    git(root, "add", ".gitignore");
    const first = git(root, "rev-parse", "HEAD").trim();
    git(root, "update-index", "--add", "--cacheinfo", `160000,${first},lib`);
    git(root, "commit", "--quiet", "-m", "Ignore");
    const head = git(root, "rev-parse", "HEAD").trim();
    writeTree(root, { LICENSE: "replaced\n" });
    git(root, "commit", "--quiet", "-am", "Another");
    git(root, "replace", head, git(root, "rev-parse", "HEAD").trim());
    git(root, "reset", "--quiet", "--hard", "HEAD~1");
    writeTree(root, { ".git/info/grafts": `${head}\n`, ".git/info/exclude": "*\n" });
    return head;
  },
  ["LICENSE"],
);

const fifo = (...paths: readonly string[]) => execFileSync("mkfifo", paths);

/** A change in the scope, one out of it and one to a protected file; all three must be seen. */
function evil({ tree }: Workspace): void {
  writeTree(tree, { "src/a.ts": "evil\n", "docs/new.md": "evil\n", LICENSE: "evi\n" });
}
const seen = ["protected-path LICENSE", "out-of-scope docs/new.md"];

describe("nothing that a builder does to the workspace's git hides a change:", () => {
  const own = (workspace: Workspace) => join(workspace.tree, ".git");

  it.each<[string, (workspace: Workspace) => unknown]>([
    ["info/exclude", (ws) => writeTree(own(ws), { "info/exclude": "*\n" })],
    [
      "info/attributes",
      (ws) => writeTree(own(ws), { "info/attributes": "* ident working-tree-encoding=UTF-16\n" }),
    ],
    ["core.excludesFile", (ws) => git(ws.tree, "config", "core.excludesFile", "/dev/stdin")],
    ["core.worktree", (ws) => git(ws.tree, "config", "core.worktree", bench.root)],
    ["core.fileMode and core.symlinks", (ws) => git(ws.tree, "config", "core.fileMode", "false")],
    ["core.ignoreStat", (ws) => git(ws.tree, "config", "core.ignoreStat", "true")],
    [
      "core.trustctime and core.checkStat",
      (ws) => {
        git(ws.tree, "config", "core.trustctime", "false");
        git(ws.tree, "config", "core.checkStat", "minimal");
      },
    ],
    ["assume-unchanged", (ws) => git(ws.tree, "update-index", "--assume-unchanged", "LICENSE", "src/a.ts")],
    ["skip-worktree", (ws) => git(ws.tree, "update-index", "--skip-worktree", "LICENSE", "src/a.ts")],
    [
      "a sparse checkout",
      (ws) => {
        git(ws.tree, "config", "core.sparseCheckout", "true");
        writeTree(own(ws), { "info/sparse-checkout": "/none\n" });
      },
    ],
    ["a split index", (ws) => git(ws.tree, "update-index", "--split-index")],
    [
      "an index with everything added",
      (ws) => {
        evil(ws);
        git(ws.tree, "add", "--all", "--force");
        git(ws.tree, "commit", "--quiet", "-m", "evil");
      },
    ],
    ["an index of a terabyte", (ws) => truncateSync(join(own(ws), "index"), 10 ** 12)],
    [
      "an index that is a FIFO",
      (ws) => {
        rmSync(join(own(ws), "index"));
        fifo(join(own(ws), "index"), join(own(ws), "config.lock"), join(own(ws), "index.lock"));
      },
    ],
    [
      "replace refs",
      (ws) => {
        evil(ws);
        const [old, evilBlob] = ["HEAD:LICENSE", "LICENSE"];
        git(
          ws.tree,
          "replace",
          git(ws.tree, "rev-parse", old).trim(),
          git(ws.tree, "hash-object", "-w", evilBlob).trim(),
        );
      },
    ],
    ["grafts", (ws) => writeTree(own(ws), { "info/grafts": `${bench.base}\n` })],
    [
      "alternates that point elsewhere",
      (ws) => writeTree(own(ws), { "objects/info/alternates": "/nonexistent\n" }),
    ],
    ["another HEAD", (ws) => writeFileSync(join(own(ws), "HEAD"), "ref: refs/heads/none\n")],
    ["a .git that is gone", (ws) => rmSync(own(ws), { recursive: true })],
    [
      "a .git that points to the checkout's",
      (ws) => {
        rmSync(own(ws), { recursive: true });
        writeFileSync(own(ws), `gitdir: ${join(bench.root, ".git")}\n`);
      },
    ],
    [
      "a .git that is a link to a FIFO",
      (ws) => {
        rmSync(own(ws), { recursive: true });
        fifo(`${ws.dir}/pipe`);
        symlinkSync(`${ws.dir}/pipe`, own(ws));
      },
    ],
  ])("%s", async (_, deed) => {
    const workspace = await bench.create();
    await deed(workspace);
    evil(workspace);
    const { told, change } = await bench.judge(workspace);
    expect(told).toEqual(seen);
    expect(change.files.map((file) => file.path)).toEqual(["LICENSE", "docs/new.md", "src/a.ts"]);
  });

  it("a file's size and times put back", async () => {
    const workspace = await bench.create();
    const path = join(workspace.tree, "LICENSE");
    const { atime, mtime, size } = statSync(path);
    writeFileSync(path, "evil\n");
    utimesSync(path, atime, mtime);
    expect(statSync(path)).toMatchObject({ size, mtime });
    expect((await bench.judge(workspace)).told).toEqual(["protected-path LICENSE"]);
  });

  it("the workspace as it was is no change, for all that the user's repository replaces and ignores", async () => {
    const { change } = await bench.judge(await bench.create());
    expect(change.files).toEqual([]);
    expect(change.tree).toBe(
      git(bench.root, "--no-replace-objects", "rev-parse", `${bench.base}^{tree}`).trim(),
    );
    const facts = await gatherRepositoryFacts(bench.world, bench.root, {
      base: "HEAD",
      deliverables: [],
      own: [],
    });
    expect(facts.base?.tree).toBe(change.tree);
  });
});

describe("an ignore rule", () => {
  const ignoring = { write: ["src/**", ".gitignore", "src/.gitignore"] };

  it("does not hide what is tracked", async () => {
    const workspace = await bench.create();
    writeTree(workspace.tree, { ".gitignore": "*\n", LICENSE: "evil\n", "ignored.log": "evil\n" });
    rmSync(join(workspace.tree, "docs/x.md"));
    expect((await bench.judge(workspace, ignoring)).told).toEqual([
      "protected-path LICENSE",
      "undeclared-deletion docs/x.md",
      "out-of-scope docs/x.md",
      "out-of-scope ignored.log",
    ]);
  });

  it("that hides a new file keeps it from the tree, and from whatever is checked", async () => {
    const workspace = await bench.create();
    writeTree(workspace.tree, {
      ".gitignore": "*.log\nout/\n/docs/helper.sh\n",
      "src/.gitignore": "*.js\n",
      "docs/helper.sh": "evil\n",
      "src/helper.js": "evil\n",
      "out/helper": "evil\n",
      "src/b.ts": "b\n",
    });
    const { change, told } = await bench.judge(workspace, ignoring);
    expect(told).toEqual([]);
    expect(change.files.map((file) => file.path)).toEqual([".gitignore", "src/.gitignore", "src/b.ts"]);
    const checked = await bench.create(change.commit);
    const helpers = ["docs/helper.sh", "src/helper.js", "out/helper"];
    expect(helpers.filter((path) => existsSync(join(checked.tree, path)))).toEqual([]);
  });
});

describe("git neither waits nor runs out of memory over", () => {
  it.each<[string, (workspace: Workspace) => unknown, string[]]>([
    [
      "a FIFO named .gitignore",
      ({ tree }) => {
        rmSync(join(tree, ".gitignore"));
        fifo(join(tree, ".gitignore"), join(tree, "src/.gitignore"));
      },
      ["special-file .gitignore", "special-file src/.gitignore"],
    ],
    [
      "a FIFO named .gitattributes",
      ({ tree }) => fifo(join(tree, ".gitattributes")),
      ["special-file .gitattributes"],
    ],
    ["a FIFO named .gitmodules", ({ tree }) => fifo(join(tree, ".gitmodules")), ["special-file .gitmodules"]],
    [
      "a FIFO named .gitignore in a folder whose name is no UTF-8",
      ({ tree }) => {
        const folder = Buffer.concat([Buffer.from(`${tree}/src/`), Buffer.from([0xff])]);
        mkdirSync(folder);
        execFileSync("sh", ["-c", "cd src/*/ && mkfifo .gitignore"], { cwd: tree });
      },
      ["special-file src/\ufffd/.gitignore"],
    ],
    [
      "a .gitignore of a terabyte",
      ({ tree }) => truncateSync(join(tree, ".gitignore"), 10 ** 12),
      ["change-too-large .", "change-too-large .gitignore"],
    ],
    [
      "links in the place of its files",
      ({ dir, tree }) => {
        fifo(join(dir, "pipe"));
        for (const name of [".gitignore", ".gitattributes", "docs/.gitignore"]) {
          rmSync(join(tree, name), { force: true });
          symlinkSync(join(dir, "pipe"), join(tree, name));
        }
      },
      [
        "protected-path .gitattributes",
        "symlink-refused .gitattributes",
        "symlink-refused .gitignore",
        "symlink-refused docs/.gitignore",
        "out-of-scope .gitignore",
        "out-of-scope docs/.gitignore",
      ],
    ],
    [
      "a nested repository whose HEAD is a FIFO",
      ({ tree }) => {
        createRepository(join(tree, "src/own"), {});
        rmSync(join(tree, "src/own/.git/HEAD"));
        fifo(join(tree, "src/own/.git/HEAD"));
      },
      [],
    ],
    [
      "an ignored one",
      ({ tree }) => {
        createRepository(join(tree, "out"), {});
        rmSync(join(tree, "out/.git/HEAD"));
        fifo(join(tree, "out/.git/HEAD"));
      },
      [],
    ],
    [
      "one that says its files are elsewhere",
      ({ dir, tree }) => {
        createRepository(join(tree, "src/own"), { "x.ts": "x\n" });
        fifo(join(dir, "pipe"));
        symlinkSync(join(dir, "pipe"), join(tree, "src/own/.git/commondir"));
      },
      ["submodule-changed src/own"],
    ],
    [
      "a submodule that says so",
      ({ dir, tree }) => {
        createRepository(join(tree, "lib"), {});
        createRepository(join(dir, "trap"), {});
        fifo(join(dir, "trap/.git/packed-refs"));
        rmSync(join(dir, "trap/.git/refs/heads/main"));
        writeTree(tree, { "lib/.git/commondir": "../../../trap/.git\n" });
        rmSync(join(tree, "lib/.git/refs/heads/main"));
      },
      [],
    ],
    [
      "one whose .git points elsewhere",
      ({ dir, tree }) => {
        createRepository(join(dir, "trap"), {});
        rmSync(join(dir, "trap/.git/HEAD"));
        fifo(join(dir, "trap/.git/HEAD"));
        writeTree(tree, { "src/own/.git": "gitdir: ../../../trap/.git\n", "src/other/x.ts": "x\n" });
        symlinkSync("../../../trap/.git", join(tree, "src/other/.git"));
      },
      [],
    ],
  ])("%s", async (_, deed, violations) => {
    const workspace = await bench.create();
    await deed(workspace);
    writeTree(workspace.tree, { "src/a.ts": "more\n" });
    const { change, told } = await bench.judge(workspace);
    expect(told).toEqual(violations);
    expect(change.files.map((file) => file.path)).toContain("src/a.ts");
  });
});

it("what setup left is looked at no less carefully", async () => {
  const workspace = await bench.create();
  fifo(join(workspace.tree, "src/.gitignore"));
  await rememberPrepared(bench.world, bench.repository, workspace, { fileBytes: 100 });
  expect(existsSync(join(workspace.tree, "src/.gitignore"))).toBe(false);
  createRepository(join(workspace.tree, "out"), { "made.js": "x\n" });
  rmSync(join(workspace.tree, "out/.git/HEAD"));
  fifo(join(workspace.tree, "out/.git/HEAD"));
  expect(await listOutputs(bench.world, bench.repository, workspace, { fileBytes: 100 })).toEqual({
    added: ["out"],
    modified: [],
    deleted: [],
  });
});

it("a merge does not carry a change to where another phase moved the file", async () => {
  const commitOf = async (deed: (tree: string) => unknown) => {
    const workspace = await bench.create();
    deed(workspace.tree);
    return (await bench.read(workspace)).commit;
  };
  const moved = await commitOf((tree) => {
    mkdirSync(join(tree, "infra"));
    writeFileSync(join(tree, "infra/lines.txt"), readFileSync(join(tree, "src/lines.txt")));
    rmSync(join(tree, "src"), { recursive: true });
    writeTree(tree, { "infra/a.ts": "a\n" });
  });
  const edited = await commitOf((tree) =>
    writeTree(tree, { "src/lines.txt": "one\ntwo\nthree\nfour\nfive\nevil\n" }),
  );
  const change = { base: bench.base, commit: edited };
  expect(await mergeChange(bench.world, bench.repository, moved, change)).toEqual({
    ok: false,
    error: { paths: ["infra/lines.txt"] },
  });
});
