import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../domain/change.ts";
import type { Deliverable } from "../domain/plan.ts";
import { type AssessedChange, assessChange } from "./assess-change.ts";
import { defaultProtected } from "./default-protected.ts";
import { createPathPolicy } from "./path-policy.ts";

const absent = "000000";
const file = (path: string, given: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  status: "modified",
  oldMode: "100644",
  newMode: "100644",
  oldBlob: "a".repeat(40),
  newBlob: "b".repeat(40),
  bytes: 10,
  ...given,
});
const added = (path: string, mode = "100644") =>
  file(path, { status: "added", oldMode: absent, newMode: mode });
const deleted = (path: string) => file(path, { status: "deleted", newMode: absent, bytes: null });
const deliverable = (path: string, given: Partial<Deliverable> = {}): Deliverable => ({
  path,
  change: "any",
  mustContain: [],
  ...given,
});

type Given = Partial<Omit<AssessedChange, "phase" | "policy">> & {
  deliverables?: Deliverable[];
  write?: string[];
};
function assess({ deliverables = [], write = ["**"], ...given }: Given) {
  return assessChange({
    files: [],
    phase: { id: "p", deliverables, scope: { write, read: [] } },
    policy: createPathPolicy({
      protect: [...defaultProtected, "infra/**"],
      grants: [{ paths: ["infra/ok/**"], phases: ["p"], reason: "needed", expires: "2026-12-31" }],
      now: new Date("2026-06-15T00:00:00Z"),
    }),
    limits: { changeFiles: 100, changeBytes: 10_000, fileBytes: 1_000 },
    special: [],
    oversized: [],
    linkTargets: new Map(),
    emptiedTests: new Set(),
    ...given,
  });
}
const told = (given: Given) => assess(given).violations.map(({ kind, path }) => `${kind} ${path}`);

describe("a change", () => {
  it("inside the scope breaks no rule", () => {
    expect(told({ files: [file("src/a.ts"), added("src/b.ts"), added("bin/run", "100755")] })).toEqual([]);
  });
  it("outside the scope, or on a protected path, is told with the path", () => {
    expect(
      told({ files: [file("src/a.ts"), file("docs/x.md"), file(".github/x.yml")], write: ["src/**"] }),
    ).toEqual(["protected-path .github/x.yml", "out-of-scope docs/x.md"]);
  });
  it("on a granted path is let through, and the grant recorded", () => {
    const { violations, grantsUsed } = assess({ files: [file("infra/ok/a.json"), file("src/a.ts")] });
    expect(violations).toEqual([]);
    expect(grantsUsed).toEqual([{ path: "infra/ok/a.json", reason: "needed", expires: "2026-12-31" }]);
  });
  it("with a path that another system reads as a different one is refused", () => {
    expect(told({ files: [added("src\\..\\x.ts"), added("C:evil")] })).toEqual([
      "protected-path C:evil",
      "protected-path src\\..\\x.ts",
    ]);
  });
  it("that breaks several rules tells the most telling first", () => {
    expect(told({ files: [deleted("a/b.ts"), deleted("test/a.test.ts")], write: ["src/**"] })).toEqual([
      "test-deleted test/a.test.ts",
      "undeclared-deletion a/b.ts",
      "out-of-scope a/b.ts",
      "out-of-scope test/a.test.ts",
    ]);
  });
});

describe("a deletion", () => {
  it("that no deliverable declares is a violation", () => {
    expect(told({ files: [deleted("src/a.ts")], deliverables: [deliverable("src/a.ts")] })).toEqual([
      "undeclared-deletion src/a.ts",
    ]);
  });
  it("of a test is told as such", () => {
    expect(told({ files: [deleted("src/a.test.ts")] })).toEqual(["test-deleted src/a.test.ts"]);
    expect(
      told({ files: [deleted("checks/a.ts")], deliverables: [deliverable("checks/a.ts", { kind: "test" })] }),
    ).toEqual(["test-deleted checks/a.ts"]);
  });
  it("that a deliverable declares is none", () => {
    const deliverables = [deliverable("src/a.test.ts", { change: "delete" })];
    expect(told({ files: [deleted("src/a.test.ts")], deliverables })).toEqual([]);
  });
  it("by renaming is told for the old path", () => {
    expect(told({ files: [added("src/b.ts"), deleted("src/a.ts")] })).toEqual([
      "undeclared-deletion src/a.ts",
    ]);
  });
});

describe("a test", () => {
  it("left without tests is told", () => {
    const emptiedTests = new Set(["src/a.test.ts"]);
    expect(told({ files: [file("src/a.test.ts")], emptiedTests })).toEqual(["test-emptied src/a.test.ts"]);
    expect(told({ files: [file("src/b.test.ts")], emptiedTests })).toEqual([]);
  });
  it("replaced by a link is a deleted test, even when it is a deliverable", () => {
    const link = file("src/a.test.ts", { status: "type-changed", newMode: "120000" });
    const linkTargets = new Map([["src/a.test.ts", "b.test.ts"]]);
    expect(told({ files: [link], linkTargets, deliverables: [deliverable("src/a.test.ts")] })).toEqual([
      "test-deleted src/a.test.ts",
    ]);
  });
});

describe("a symbolic link", () => {
  const link = (target: string | undefined, path = "src/deep/link") =>
    told({
      files: [added(path, "120000")],
      linkTargets: new Map(target === undefined ? [] : [[path, target]]),
    });

  it.each(["a.ts", "./a.ts", "../a.ts", "../../docs/x.md", "folder/", "../..a", "a..", "...", "infra-like"])(
    "to %s may stand",
    (target) => expect(link(target)).toEqual([]),
  );
  it.each([
    ["/etc/passwd", "absolute"],
    ["../../../x", "out of the repository"],
    ["../..", "the repository's root"],
    ["../../.git/hooks", "git's own folder"],
    ["../../.GIT", "git's own folder, another spelling"],
    ["../../infra/secret", "a protected path"],
    ["../../infra", "a protected folder"],
    ["x/../../../y", "up behind a name"],
    ["x/..", "up at the end"],
    ["x/./../y", "up behind a dot"],
    ["x//../y", "up behind two slashes"],
    [".../../y", "up behind a name of dots"],
    ["..\\..\\x", "backslashes"],
    ["C:/x", "a drive"],
    ["a\ufffd", "bytes that are no UTF-8"],
    ["../../INFRA./x", "another spelling of a protected path"],
    ["../../GITHUB~1/x", "a short name"],
    ["../../infra::$INDEX_ALLOCATION", "a stream"],
    ["", "nothing"],
    [undefined, "unknown"],
  ] as [string | undefined, string][])("to %j is refused: %s", (target) =>
    expect(link(target)).toEqual(["symlink-refused src/deep/link"]),
  );

  it("in the root is resolved from there", () => {
    expect(link("src/a.ts", "link")).toEqual([]);
    expect(link("../x", "link")).toEqual(["symlink-refused link"]);
    expect(link(".", "link")).toEqual(["symlink-refused link"]);
  });
  it("in place of a file that is no deliverable is refused, and a file in place of a link", () => {
    const linkTargets = new Map([["src/a.ts", "b.ts"]]);
    const toLink = file("src/a.ts", { status: "type-changed", newMode: "120000" });
    const toFile = file("src/a.ts", { status: "type-changed", oldMode: "120000" });
    expect(told({ files: [toLink], linkTargets })).toEqual(["mode-refused src/a.ts"]);
    expect(told({ files: [toFile] })).toEqual(["mode-refused src/a.ts"]);
    expect(told({ files: [toFile], deliverables: [deliverable("src/a.ts")] })).toEqual([]);
  });
});

describe("modes", () => {
  const toExecutable = file("run.sh", { newMode: "100755" });
  it("of a file that is no deliverable stay as they are", () => {
    expect(told({ files: [toExecutable] })).toEqual(["mode-refused run.sh"]);
    expect(told({ files: [file("run.sh", { oldMode: "100755" })] })).toEqual(["mode-refused run.sh"]);
  });
  it("of a deliverable may change", () => {
    expect(told({ files: [toExecutable], deliverables: [deliverable("run.sh")] })).toEqual([]);
  });
  it("that are no file's are refused", () => {
    expect(told({ files: [added("x", "040000")] })).toEqual(["mode-refused x"]);
  });
});

it("a submodule may not be added, moved, removed or replaced", () => {
  const modes = [
    [absent, "160000"],
    ["160000", "160000"],
    ["160000", absent],
    ["160000", "100644"],
    ["100644", "160000"],
  ] as const;
  for (const [oldMode, newMode] of modes)
    expect(told({ files: [file("lib", { oldMode, newMode })] })).toEqual(["submodule-changed lib"]);
});

it("special files are told", () => expect(told({ special: ["pipe"] })).toEqual(["special-file pipe"]));

describe("size", () => {
  it("of one file is limited", () => {
    expect(told({ files: [file("a", { bytes: 1_000 })] })).toEqual([]);
    expect(told({ files: [file("a", { bytes: 1_001 })], oversized: [{ path: "b", bytes: 5_000 }] })).toEqual([
      "change-too-large a",
      "change-too-large b",
    ]);
  });
  it("that is not known is not small", () => {
    expect(told({ files: [file("a", { bytes: null })] })).toEqual(["change-too-large a"]);
  });
  it("of all files is limited, in number and in bytes", () => {
    const many = Array.from({ length: 101 }, (_, i) => file(`src/${i}`, { bytes: 1 }));
    expect(told({ files: many })).toEqual(["change-too-large ."]);
    expect(told({ files: many.slice(0, 11).map((one) => ({ ...one, bytes: 1_000 })) })).toEqual([
      "change-too-large .",
    ]);
  });
});
