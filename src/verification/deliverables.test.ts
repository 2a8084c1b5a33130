import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../domain/change.ts";
import type { Deliverable } from "../domain/plan.ts";
import { assessDeliverables } from "./deliverables.ts";

const file = (given: Partial<ChangedFile> = {}): ChangedFile => ({
  path: "src/a.ts",
  status: "modified",
  oldMode: "100644",
  newMode: "100644",
  oldBlob: "old",
  newBlob: "new",
  bytes: 10,
  ...given,
});
const gone = { status: "deleted", newMode: "000000", newBlob: "0", bytes: null } as const;

async function judge(
  given: Partial<Deliverable>,
  change: ChangedFile[],
  text: string | null = "work()",
  there = true,
) {
  const deliverable: Deliverable = { path: "src/a.ts", change: "any", mustContain: [], ...given };
  const [result] = await assessDeliverables({ deliverables: [deliverable] }, change, {
    readBlob: async (blob) => (blob === "new" ? text : null),
    has: async () => there,
  });
  return result;
}

describe("a deliverable", () => {
  it("that is in the change with content of its own is ok", async () => {
    expect(await judge({}, [file()])).toEqual({
      path: "src/a.ts",
      outcome: "ok",
      message: "src/a.ts is delivered.",
    });
    expect(await judge({ change: "create" }, [file({ status: "added", oldMode: "000000" })])).toMatchObject({
      outcome: "ok",
    });
  });
  it("that is not in the tree is missing", async () => {
    expect(await judge({}, [file({ path: "src/b.ts" })], null, false)).toMatchObject({
      outcome: "deliverable-missing",
    });
    expect(await judge({}, [file(gone)])).toMatchObject({ outcome: "deliverable-missing" });
    expect(await judge({}, [file({ newMode: "160000" })])).toMatchObject({ outcome: "deliverable-missing" });
    expect(await judge({}, [file()], null)).toMatchObject({ outcome: "deliverable-missing" });
  });
  it("that is not in the change, or whose mode alone changed, is unchanged", async () => {
    expect(await judge({}, [])).toMatchObject({ outcome: "deliverable-unchanged" });
    expect(await judge({}, [file({ newMode: "100755", oldBlob: "new" })])).toMatchObject({
      outcome: "deliverable-unchanged",
    });
  });
  it("that is a placeholder or a link is hollow, and says why", async () => {
    expect(await judge({}, [file()], "// TODO")).toEqual({
      path: "src/a.ts",
      outcome: "deliverable-hollow",
      message: "src/a.ts is no work: it holds only comments.",
    });
    expect(await judge({}, [file({ newMode: "120000", status: "type-changed" })], "b.ts")).toMatchObject({
      outcome: "deliverable-hollow",
    });
  });
  it("must hold its texts literally, and names all that it lacks", async () => {
    expect(await judge({ mustContain: ["work(", "."] }, [file()], "work.it()")).toMatchObject({
      outcome: "deliverable-lacks-text",
      message: 'src/a.ts lacks "work(".',
    });
    expect(await judge({ mustContain: ["a", "b", "w"] }, [file()])).toMatchObject({
      message: 'src/a.ts lacks "a" and "b".',
    });
    expect(await judge({ mustContain: ["work()"] }, [file()])).toMatchObject({ outcome: "ok" });
  });
});

describe("a deletion", () => {
  it("is delivered when the file is gone by this change", async () => {
    expect(await judge({ change: "delete" }, [file(gone)], null, false)).toMatchObject({ outcome: "ok" });
  });
  it("is not when the file is still there, or never was", async () => {
    expect(await judge({ change: "delete" }, [])).toMatchObject({ outcome: "deliverable-unchanged" });
    expect(await judge({ change: "delete" }, [file()])).toMatchObject({ outcome: "deliverable-unchanged" });
    expect(await judge({ change: "delete" }, [], null, false)).toMatchObject({
      outcome: "deliverable-unchanged",
    });
  });
});
