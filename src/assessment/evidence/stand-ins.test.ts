import { describe, expect, test } from "vitest";
import { findStandIns } from "./stand-ins.ts";

const found = (text: string, ...names: string[]) =>
  findStandIns(text, names).map(({ line, text: said }) => `${line}: ${said}`);

describe("stand-ins beside a named identifier", () => {
  test.each([
    ["    # TODO: count", "python"],
    ["    return None", "python"],
    ["    return 0.0", "python"],
    ["    return [];", "script"],
    ["    pass", "python"],
    ["    raise NotImplementedError", "python"],
    ["    score = 0.0", "python"],
    ["    todo!()", "rust"],
    ["    return true; // hard-coded", "script"],
  ])("%s", (line) => expect(found(`def score(x):\n${line}\n`, "score")).toEqual([`2: ${line.trim()}`]));

  test.each([
    "    return total",
    "    return None or x",
    "    return 10",
    "    passed = x",
    "    ratio = 0.01",
  ])("work is none: %s", (line) => expect(found(`def score(x):\n${line}\n`, "score")).toEqual([]));

  test("are none where they are far from it, or where nothing is named", () => {
    const far = `def score(x):\n    return x\n${"\n".repeat(12)}def other(x):\n    return None\n`;
    expect(found(far, "score")).toEqual([]);
    expect(found(far)).toEqual([]);
    expect(found(far, "other")).toEqual(["16: return None"]);
  });

  test("are shown in part where there are many or where they are long", () => {
    const many = findStandIns("def score(x): return x # TODO\n".repeat(500), ["score"]);
    expect(many).toHaveLength(20);
    expect(findStandIns(`def score(x): # TODO ${"x".repeat(1000)}`, ["score"])[0]?.text).toHaveLength(160);
    expect(findStandIns(`score ${"x".repeat(3000)} TODO`, ["score"])).toEqual([]);
  });
});
