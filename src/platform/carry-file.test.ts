import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder, writeTree } from "../../test/harness/temp.ts";
import { carryFile } from "./carry-file.ts";
import { pathsBelow } from "./detour.ts";
import { createFiles } from "./files.ts";
import { openLog } from "./output.ts";
import { readPlainFile } from "./plain-file.ts";

function setUp() {
  const folder = temporaryFolder();
  writeTree(folder, { "checkout/conf/.env": "KEY=1\n", "elsewhere/.env": "theirs\n", "tree/a.ts": "a\n" });
  const [checkout, tree] = [join(folder, "checkout"), join(folder, "tree")];
  const carry = (path: string, files = createFiles()) => carryFile(files, checkout, path, tree);
  return { folder, checkout, tree, carry };
}

describe("a carried file", () => {
  it("comes as bytes and permissions of its own", async () => {
    const { checkout, tree, carry } = setUp();
    chmodSync(join(checkout, "conf/.env"), 0o600);
    expect(await carry("conf/.env")).toEqual({ ok: true, value: undefined });
    const [from, to] = [checkout, tree].map((root) => statSync(join(root, "conf/.env")));
    expect(readFileSync(join(tree, "conf/.env"), "utf8")).toBe("KEY=1\n");
    expect(to?.ino).not.toBe(from?.ino);
    expect(to?.mode).toBe(from?.mode);
  });

  it.each<[string, (checkout: string) => unknown]>([
    ["is missing", () => undefined],
    ["is a link", (checkout) => symlinkSync("../elsewhere/.env", join(checkout, "x"))],
    ["is a folder", (checkout) => mkdirSync(join(checkout, "x"))],
    ["is a FIFO", (checkout) => execFileSync("mkfifo", [join(checkout, "x")])],
  ])("that %s is not copied", async (_, deed) => {
    const { checkout, carry, tree } = setUp();
    deed(checkout);
    expect(await carry("x")).toEqual({ ok: false, error: "is not a file of the checkout" });
    expect(await createFiles().list(tree)).toEqual(["a.ts"]);
  });

  it("is not read through a folder that is a link, or was one while it was opened", async () => {
    const { folder, checkout, carry, tree } = setUp();
    const real = join(folder, "conf");
    renameSync(join(checkout, "conf"), real);
    symlinkSync("../elsewhere", join(checkout, "conf"));
    const refused = { ok: false, error: "lies behind a symbolic link of the checkout" };
    expect(await carry("conf/.env")).toEqual(refused);

    const files = createFiles();
    const stat: typeof files.stat = async (path) => {
      if (path === join(checkout, "conf")) {
        rmSync(path);
        renameSync(real, path);
      }
      return files.stat(path);
    };
    expect(await carry("conf/.env", { ...files, stat })).toEqual(refused);
    expect(readFileSync(join(checkout, "conf/.env"), "utf8")).toBe("KEY=1\n");
    expect(await files.list(tree)).toEqual(["a.ts"]);
  });

  it("is not written through a link of the workspace, nor over one of its folders", async () => {
    const { folder, tree, carry } = setUp();
    symlinkSync("../elsewhere", join(tree, "conf"));
    const refused = {
      ok: false,
      error: "cannot be copied: a link, a file or a folder of the workspace is in the way",
    };
    expect(await carry("conf/.env")).toEqual(refused);
    expect(readFileSync(join(folder, "elsewhere/.env"), "utf8")).toBe("theirs\n");
    renameSync(join(tree, "conf"), join(tree, "old"));
    mkdirSync(join(tree, "conf/.env"), { recursive: true });
    expect(await carry("conf/.env")).toEqual(refused);
  });

  it("takes the place of a link that has its name", async () => {
    const { folder, tree, carry } = setUp();
    mkdirSync(join(tree, "conf"));
    symlinkSync("../../elsewhere/.env", join(tree, "conf/.env"));
    expect(await carry("conf/.env")).toMatchObject({ ok: true });
    expect(readFileSync(join(folder, "elsewhere/.env"), "utf8")).toBe("theirs\n");
    expect(readFileSync(join(tree, "conf/.env"), "utf8")).toBe("KEY=1\n");
  });
});

describe("a log", () => {
  it("goes through no link, and into none, and waits for no FIFO", async () => {
    const { folder } = setUp();
    const root = join(folder, "logs");
    writeTree(root, { "r/p/kept.log": "" });
    symlinkSync("../../../elsewhere/.env", join(root, "r/p/a.log"));
    execFileSync("mkfifo", [join(root, "r/p/b.log")]);
    for (const name of ["r/p/a.log", "r/p/b.log"]) {
      const log = await openLog(root, name, 100);
      await log.write("said\n");
      await log.close();
      expect(readFileSync(join(root, name), "utf8")).toBe("said\n");
    }
    symlinkSync("../elsewhere", join(root, "linked"));
    await expect(openLog(root, "linked/.env", 100)).rejects.toMatchObject({ code: "log-folder-replaced" });
    expect(readFileSync(join(folder, "elsewhere/.env"), "utf8")).toBe("theirs\n");
  });
});

describe("the paths that lead to a file", () => {
  it("are those as written and those it really has, below the root and nowhere else", async () => {
    const { folder, checkout } = setUp();
    writeTree(checkout, { "..plans/plan.yaml": "x\n" });
    symlinkSync("..plans/plan.yaml", join(checkout, "today.yaml"));
    symlinkSync("checkout", join(folder, "way"));
    symlinkSync("checkout/today.yaml", join(folder, "outside.yaml"));
    const below = (path: string) => pathsBelow(checkout, join(folder, path));
    expect(await below("checkout/..plans/plan.yaml")).toEqual(["..plans/plan.yaml"]);
    expect(await below("checkout/today.yaml")).toEqual(["today.yaml", "..plans/plan.yaml"]);
    expect(await below("way/today.yaml")).toEqual(["today.yaml", "..plans/plan.yaml"]);
    expect(await below("outside.yaml")).toEqual(["..plans/plan.yaml"]);
    expect(await below("elsewhere/.env")).toEqual([]);
    expect(await below("checkout/not-there.yaml")).toEqual(["not-there.yaml"]);
  });
});

describe("a file that a stranger left", () => {
  it("is read when it is one and not too large, and never waited for", async () => {
    const { folder } = setUp();
    const at = (name: string) => join(folder, name);
    writeTree(folder, { plain: "12345", folder: "", "deep/x": "", large: "123456" });
    symlinkSync("plain", at("link"));
    execFileSync("mkfifo", [at("pipe")]);
    writeTree(folder, { sparse: "" });
    truncateSync(at("sparse"), 10 ** 12);
    const read = async (name: string) => {
      const file = await readPlainFile(at(name), 5);
      return file.ok ? (file.value?.toString() ?? null) : file.error;
    };
    expect(await read("plain")).toBe("12345");
    expect(await read("missing")).toBeNull();
    expect(await read("large")).toBe("has 6 bytes; at most 5 are read");
    expect(await read("sparse")).toBe("has 1000000000000 bytes; at most 5 are read");
    expect(await read("link")).toBe("is a link");
    expect(await read("deep")).toBe("is a folder");
    expect(await read("pipe")).toBe("is a FIFO, socket or device");
  });
});
