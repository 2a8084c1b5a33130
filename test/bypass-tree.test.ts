import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openUp } from "../src/platform/unreadable.ts";
import { openJudgedWorkspaces, type Phase } from "./harness/judged-workspaces.ts";
import { createRepository, git, writeTree } from "./harness/temp.ts";

/** A phase that may write `src/**`, in a repository with something to get at. */
const bench = await openJudgedWorkspaces(
  (root) => {
    createRepository(root, {
      "src/a.ts": "a\n",
      "src/deep/b.ts": "b\n",
      "docs/x.md": "x\n",
      "infra/keys.json": "{}\n",
      LICENSE: "free\n",
      "run.sh": "#!/bin/sh\n",
      "autopack.yaml": "version: 1\n",
      ".github/workflows/ci.yml": "on: push\n",
      ".gitignore": "out/\n",
    });
    chmodSync(join(root, "run.sh"), 0o755);
    symlinkSync("../infra", join(root, "src/settings"));
    symlinkSync(".github", join(root, "ci"));
    git(root, "add", "--all");
    const commit = git(root, "rev-parse", "HEAD").trim();
    git(root, "update-index", "--add", "--cacheinfo", `160000,${commit},lib`);
    git(root, "commit", "--quiet", "-m", "With links and a submodule");
    return git(root, "rev-parse", "HEAD").trim();
  },
  ["infra", "LICENSE"],
);

/** What a builder does in its workspace. */
type Deed = (tree: string, dir: string) => unknown;

async function told(deed: Deed, phase: Phase = {}) {
  const workspace = await bench.create();
  await deed(workspace.tree, workspace.dir);
  return (await bench.judge(workspace, phase)).told;
}
const write =
  (path: string, text = "evil\n"): Deed =>
  (tree) =>
    writeTree(tree, { [path]: text });
const everywhere: Phase = { write: ["**"] };

describe("a change is refused that", () => {
  it.each<[string, Deed, string[]]>([
    ["leaves the scope", write("docs/x.md"), ["out-of-scope docs/x.md"]],
    ["leaves the scope by letter case", write("SRC/a.ts"), ["out-of-scope SRC/a.ts"]],
    ["writes a protected file", write("infra/keys.json"), ["protected-path infra/keys.json"]],
    ["writes the configuration", write("autopack.yaml"), ["protected-path autopack.yaml"]],
    [
      "writes through a link that is there",
      write("src/settings/keys.json"),
      ["protected-path infra/keys.json"],
    ],
    [
      "adds through a link that is there",
      write("ci/workflows/evil.yml"),
      ["protected-path .github/workflows/evil.yml"],
    ],
    [
      "moves a protected file into the scope",
      (tree) => renameSync(join(tree, "infra/keys.json"), join(tree, "src/keys.json")),
      ["protected-path infra/keys.json", "undeclared-deletion infra/keys.json"],
    ],
    [
      "moves a file of the scope to a protected place",
      (tree) => renameSync(join(tree, "src/a.ts"), join(tree, ".github/workflows/a.yml")),
      ["protected-path .github/workflows/a.yml", "undeclared-deletion src/a.ts"],
    ],
    [
      "moves a folder out of the scope",
      (tree) => renameSync(join(tree, "src/deep"), join(tree, "deep")),
      ["undeclared-deletion src/deep/b.ts", "out-of-scope deep/b.ts"],
    ],
    [
      "changes a protected file's mode",
      (tree) => chmodSync(join(tree, "LICENSE"), 0o755),
      ["protected-path LICENSE", "mode-refused LICENSE"],
    ],
    [
      "takes a mode away",
      (tree) => chmodSync(join(tree, "run.sh"), 0o644),
      ["mode-refused run.sh", "out-of-scope run.sh"],
    ],
    [
      "deletes a file and makes it anew with other words",
      (tree) => {
        rmSync(join(tree, "LICENSE"));
        writeFileSync(join(tree, "LICENSE"), "mine\n");
      },
      ["protected-path LICENSE"],
    ],
    [
      "puts a folder in a file's place",
      (tree) => {
        rmSync(join(tree, "src/a.ts"));
        writeTree(tree, { "src/a.ts/index.ts": "x\n" });
      },
      ["undeclared-deletion src/a.ts"],
    ],
    [
      "puts a link to a protected folder in a folder's place",
      (tree) => {
        rmSync(join(tree, "src/deep"), { recursive: true });
        symlinkSync("../infra", join(tree, "src/deep"));
      },
      ["symlink-refused src/deep", "undeclared-deletion src/deep/b.ts"],
    ],
    [
      "puts a link to its own copy in a folder's place",
      (tree) => {
        renameSync(join(tree, "src/deep"), join(tree, "src/copy"));
        symlinkSync("copy", join(tree, "src/deep"));
      },
      ["undeclared-deletion src/deep/b.ts"],
    ],
    [
      "puts a link where an ignored copy lies",
      (tree) => {
        mkdirSync(join(tree, "out"));
        renameSync(join(tree, "infra"), join(tree, "out/infra"));
        symlinkSync("out/infra", join(tree, "infra"));
      },
      ["protected-path infra", "protected-path infra/keys.json", "undeclared-deletion infra/keys.json"],
    ],
    [
      "points a link out of the repository",
      (tree) => symlinkSync("../../../../etc/passwd", join(tree, "src/link")),
      ["symlink-refused src/link"],
    ],
    [
      "turns an old link elsewhere",
      (tree) => {
        rmSync(join(tree, "src/settings"));
        symlinkSync("../.git/hooks", join(tree, "src/settings"));
      },
      ["symlink-refused src/settings"],
    ],
    [
      "adds a repository of its own",
      (tree) => createRepository(join(tree, "src/own"), { "x.txt": "x\n" }),
      ["submodule-changed src/own"],
    ],
    [
      "moves a submodule",
      (tree) => createRepository(join(tree, "lib"), { "x.txt": "x\n" }),
      ["submodule-changed lib", "out-of-scope lib"],
    ],
    [
      "removes a submodule",
      (tree) => rmSync(join(tree, "lib"), { recursive: true }),
      ["submodule-changed lib", "out-of-scope lib"],
    ],
    [
      "declares a submodule",
      write("src/.gitmodules", '[submodule "x"]\n'),
      ["protected-path src/.gitmodules"],
    ],
    [
      "makes .gitmodules a link",
      (tree) => symlinkSync("src/a.ts", join(tree, ".gitmodules")),
      ["protected-path .gitmodules", "change-too-large .gitmodules"],
    ],
    [
      "has git change other files' bytes",
      write("src/.gitattributes", "* ident eol=crlf filter=x\n"),
      ["protected-path src/.gitattributes"],
    ],
    [
      "asks git to re-encode other files",
      (tree) =>
        writeTree(tree, { ".gitattributes": "*.ts working-tree-encoding=UTF-16\n", "src/a.ts": "x\n" }),
      ["protected-path .gitattributes"],
    ],
    [
      "puts a FIFO in a file's place",
      (tree) => {
        rmSync(join(tree, "src/a.ts"));
        execFileSync("mkfifo", [join(tree, "src/a.ts")]);
      },
      ["special-file src/a.ts"],
    ],
    [
      "puts a link to the checkout in the workspace's place",
      (tree) => {
        rmSync(tree, { recursive: true });
        symlinkSync(bench.root, tree);
      },
      ["special-file ."],
    ],
    [
      "puts a link in the place of the workspace's own folder",
      (_, dir) => {
        renameSync(dir, `${dir}.moved`);
        symlinkSync(`${dir}.moved`, dir);
      },
      ["special-file ."],
    ],
  ])("%s", async (_, deed, violations) => expect(await told(deed)).toEqual(violations));

  it("puts a socket in a file's place", async () => {
    const server = createServer();
    const deed: Deed = async (tree) => {
      rmSync(join(tree, "src/a.ts"));
      // The path of a socket has about a hundred characters.
      const short = join(bench.folder, "s");
      await new Promise<void>((done) => server.listen(short, done));
      renameSync(short, join(tree, "src/a.ts"));
    };
    try {
      expect(await told(deed)).toEqual(["special-file src/a.ts"]);
    } finally {
      server.close();
    }
  });

  it.each([
    ".GIT/config",
    "src/.Git./config",
    "src/.git /config",
    "src/.g\u200cit/config",
    "src/git~1",
    "src/.git::$INDEX_ALLOCATION/x",
    "src/.git:stream",
  ])("writes %j, which some system takes for .git", async (path) => {
    expect(await told(write(path), everywhere)).toContain(`protected-path ${path}`);
  });
});

describe("a change may", () => {
  it.each<[string, Deed]>([
    ["write in its scope", write("src/a.ts")],
    [
      "delete a file and make it anew as it was",
      (tree) => {
        rmSync(join(tree, "LICENSE"));
        writeFileSync(join(tree, "LICENSE"), "free\n");
      },
    ],
    [
      "leave a repository where git ignores it",
      (tree) => createRepository(join(tree, "out/x"), { "x.txt": "x\n" }),
    ],
  ])("%s", async (_, deed) => expect(await told(deed)).toEqual([]));
});

it("a closed folder is opened, and its files are read", async () => {
  const workspace = await bench.create();
  writeTree(workspace.tree, { "src/closed/x.ts": "x\n" });
  chmodSync(join(workspace.tree, "src/closed"), 0);
  const { change, told } = await bench.judge(workspace);
  expect(told).toEqual([]);
  expect(change.files.map((file) => file.path)).toEqual(["src/closed/x.ts"]);
  // Root can read what is closed.
  expect(statSync(join(workspace.tree, "src/closed")).mode & 0o700).toBe(0o700);
});

it("a closed folder is opened before git looks, so that nothing in it is overlooked", async () => {
  const workspace = await bench.create();
  const folder = join(workspace.tree, "src/closed");
  mkdirSync(folder);
  execFileSync("mkfifo", [join(folder, ".gitignore")]);
  chmodSync(folder, 0);
  expect((await bench.judge(workspace)).told).toEqual(["special-file src/closed/.gitignore"]);
  // Root can read what is closed.
  expect(statSync(folder).mode & 0o700).toBe(0o700);
});

it("what a mode closes is opened beside a name that is no UTF-8", async () => {
  const { tree } = await bench.create();
  writeTree(tree, { "src/z.ts": "z\n" });
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/src/`), Buffer.from([0xff])]), "");
  chmodSync(join(tree, "src/z.ts"), 0);
  expect(await openUp(tree)).toEqual([]);
  expect(statSync(join(tree, "src/z.ts")).mode & 0o400).toBe(0o400);
});

describe("any name is one name, whatever it looks like:", () => {
  const names = [
    "-n",
    "--help",
    "--pathspec-from-file=x",
    ":(top)",
    ":(exclude)src",
    ":!src",
    "*",
    "[a]",
    "a\nb",
    "a\tb",
    '"a"',
    "'$(x)'",
    "a\u001b[31m",
    "a\u202eb",
    " a ",
    "a?b",
    "%s",
    "~",
    "caf\u00e9",
    "cafe\u0301",
  ];
  it("all of them are read and judged", async () => {
    const workspace = await bench.create();
    writeTree(workspace.tree, Object.fromEntries(names.map((name) => [`src/${name}`, `${name}\n`])));
    const { change, told } = await bench.judge(workspace);
    expect(told).toEqual([]);
    expect(change.files.map((file) => file.path).sort()).toEqual(names.map((name) => `src/${name}`).sort());
    const checked = await bench.create(change.commit);
    for (const name of names) expect(readFileSync(join(checked.tree, "src", name), "utf8")).toBe(`${name}\n`);
  });

  it("one that is too large is left out, and no other", async () => {
    for (const name of [":(top)", "*", ":!src", "a\nb"]) {
      const workspace = await bench.create();
      writeTree(workspace.tree, { [`src/${name}`]: "", "src/b": "b\n" });
      truncateSync(join(workspace.tree, "src", name), 2_000_000);
      const { change, told } = await bench.judge(workspace);
      expect(told).toEqual([`change-too-large src/${name}`]);
      expect(change.files.map((file) => file.path)).toEqual(["src/b"]);
    }
  });

  it("one that is no UTF-8 is refused, not read, and takes nothing else along", async () => {
    const workspace = await bench.create();
    const odd = Buffer.concat([Buffer.from(`${workspace.tree}/src/`), Buffer.from([0x5b, 0xff, 0xfe])]);
    writeFileSync(odd, "");
    truncateSync(odd, 10 ** 12);
    writeTree(workspace.tree, { "src/b]": "b\n" });
    const { change, told } = await bench.judge(workspace);
    expect(told).toEqual(["protected-path src/[\ufffd\ufffd", "change-too-large src/[\ufffd\ufffd"]);
    expect(change.files.filter((file) => file.bytes !== null).map((file) => file.path)).toEqual(["src/b]"]);
  });
});

it("a hard link to the checkout gives its bytes, and is none any more in what is checked", async () => {
  const workspace = await bench.create();
  const theirs = join(bench.root, "docs/x.md");
  linkSync(theirs, join(workspace.tree, "src/x.md"));
  const { change, told } = await bench.judge(workspace);
  expect(told).toEqual([]);
  const checked = await bench.create(change.commit);
  writeFileSync(join(checked.tree, "src/x.md"), "evil\n");
  await bench.world.files.remove(workspace.dir);
  expect(readFileSync(theirs, "utf8")).toBe("x\n");
});

it("what is swapped in after the reading is in nothing that is judged or checked", async () => {
  const workspace = await bench.create();
  writeTree(workspace.tree, { "src/a.ts": "good\n" });
  const { change, told } = await bench.judge(workspace);
  rmSync(join(workspace.tree, "src/a.ts"));
  symlinkSync("/etc/passwd", join(workspace.tree, "src/a.ts"));
  const checked = await bench.create(change.commit);
  expect(told).toEqual([]);
  expect(readFileSync(join(checked.tree, "src/a.ts"), "utf8")).toBe("good\n");
});
