import { describe, expect, test } from "vitest";
import { assessCause } from "./assess-cause.ts";
import type { LogRecord } from "./read-records.ts";

/** Records as `LEVEL message`, with continuation lines after line feeds. */
const recordsOf = (...said: readonly string[]): LogRecord[] =>
  said.map((text) => {
    const [first = "", ...lines] = text.split("\n");
    const [level = "", ...message] = first.split(" ");
    return { at: 0, level, message: message.join(" "), lines };
  });
const causeOf = (...said: readonly string[]) => assessCause(recordsOf(...said), "FAILED");

const whitespace = "temp_patch.diff:6: trailing whitespace.\nimport x\n";
const api = "http://localhost:8000/runs/r/phases/p/builder_result";

describe("the cause", () => {
  const examples: readonly (readonly [string, string, string, readonly string[]])[] = [
    [
      "protected-path",
      "host",
      "Patch attempts to modify protected path: src/core.py",
      [
        "WARNING [Isolation] BLOCKED: Patch attempts to modify protected path: src/core.py",
        "ERROR [Isolation] Patch rejected - 1 violations (protected paths + scope)",
      ],
    ],
    [
      "plan-gate",
      "host",
      "Expected paths include entries outside allowed_roots. sample=['a']",
      [
        "ERROR [p] Deliverables manifest gate FAILED: Expected paths include entries outside allowed_roots. sample=['a'] roots=['b/', 'a/']",
      ],
    ],
    [
      "patch-refused",
      "output",
      "src/a.py",
      [
        `ERROR [p] Failed to apply patch to filesystem: ${whitespace}error: patch failed: src/a.py:1\nerror: src/a.py: patch does not apply`,
      ],
    ],
    [
      "patch-conflict",
      "output",
      "src/a.py",
      [
        `ERROR [p] Failed to apply patch to filesystem: ${whitespace}Applied patch to 'src/a.py' with conflicts.\nU src/a.py`,
      ],
    ],
    [
      "patch-corrupt",
      "output",
      "corrupt patch",
      [
        "WARNING Strict patch check failed: error: corrupt patch at line 510",
        "ERROR [p] Failed to apply patch to filesystem: git_apply_failed_existing_files_no_fallback",
      ],
    ],
    [
      "patch-without-file",
      "output",
      "src/a.py",
      ["ERROR [p] Failed to apply patch to filesystem: error: src/a.py: does not exist in index"],
    ],
    [
      "patch-over-file",
      "output",
      "src/a.py",
      ["ERROR [p] Failed to apply patch to filesystem: error: src/a.py: already exists in working directory"],
    ],
    [
      "patch-invalid",
      "output",
      "Patch validation failed - incomplete patch:\n  - File 'a'",
      [
        "ERROR [p] Failed to apply patch to filesystem: Patch validation failed - incomplete patch:\n  - File 'a'",
      ],
    ],
    [
      "deliverables-missing",
      "output",
      "docs/a.md, src/b.py",
      [
        "ERROR [p]      - src/b.py",
        "ERROR [p] Deliverables validation failed",
        "ERROR [p] ❌ DELIVERABLES VALIDATION FAILED\n\n❌ MISSING FILES:\n  - src/b.py\n  - docs/a.md\n\nAgain.",
      ],
    ],
    ["no-change", "output", "empty_patch: nothing", ["ERROR [p] Builder failed: empty_patch: nothing"]],
    [
      "output-invalid",
      "output",
      "LLM output invalid format",
      ["ERROR [p] Builder failed: LLM output invalid format"],
    ],
    [
      "builder-failed",
      "unknown",
      "name 'x' is not defined",
      ["ERROR [p] Builder failed: name 'x' is not defined"],
    ],
    [
      "provider-unavailable",
      "provider",
      "Error code: 529 - overloaded_error",
      ["ERROR [p] Builder failed: Error code: 529 - overloaded_error"],
    ],
    [
      "provider-unavailable",
      "provider",
      "Request timed out.",
      ["ERROR [p] Execution failed: Request timed out."],
    ],
    [
      "request-rejected",
      "host",
      "Error code: 401 - invalid x-api-key",
      ["ERROR [p] Builder failed: Error code: 401 - invalid x-api-key"],
    ],
    [
      "quota-spent",
      "host",
      "Error code: 400 - Your credit balance is too low",
      ["ERROR [p] Builder failed: Error code: 400 - Your credit balance is too low"],
    ],
    [
      "tests-failed",
      "output",
      "h/j passed, c failed",
      ["WARNING [p] CI checks FAILED: 7/9 passed, 2 failed"],
    ],
    [
      "orchestrator-error",
      "host",
      "'E' object has no attribute 'db'",
      ["ERROR [p] Execution failed: 'E' object has no attribute 'db'"],
    ],
    [
      "own-api-refused",
      "host",
      `500 Server Error: Internal Server Error for url: ${api}`,
      [`ERROR [p] Execution failed: 500 Server Error: Internal Server Error for url: ${api}`],
    ],
    [
      "own-api-refused",
      "host",
      "status ecc",
      [`WARNING Failed to post builder result: 422 Client Error for url: ${api}`],
    ],
    ["unknown", "unknown", "something\nTraceback", ["ERROR [p] something\nTraceback"]],
  ];

  test.each(examples)("%s, decided by %s", (kind, decidedBy, message, said) => {
    expect(causeOf(...said)).toMatchObject({
      kind,
      decidedBy,
      message,
      fingerprint: expect.stringMatching(/^v\d+:/),
    });
  });

  test("of a crash over a rejected change is the rejection", () => {
    const rejected = "ERROR [Isolation] Patch rejected - 1 violations (protected paths + scope)";
    expect(causeOf(rejected, "ERROR [p] Execution failed: no attribute 'db'").kind).toBe("protected-path");
  });

  test("is what ended the attempt, not what went wrong on the way", () => {
    const onTheWay = `ERROR [p] Patch validation failed (422): [{'loc': 'x'}]`;
    expect(causeOf("ERROR [p] Builder failed: empty_patch: x", onTheWay).kind).toBe("no-change");
    const crash = "ERROR [p] Execution failed: no attribute 'db'";
    expect(causeOf("ERROR [p] Deliverables validation failed", crash).kind).toBe("orchestrator-error");
    expect(
      causeOf("ERROR [p] Builder failed: who knows", "WARNING [p] CI checks FAILED: 1/2 passed").kind,
    ).toBe("tests-failed");
  });

  test("that the log does not give has no fingerprint", () => {
    expect(causeOf("WARNING [p] Attempt 1/5 failed")).toEqual({
      kind: "not-stated",
      decidedBy: "unknown",
      message: "the log says FAILED and no more",
    });
  });
});

describe("a fingerprint", () => {
  const patch = (file: string, line: number, head = "") =>
    causeOf(
      `ERROR [p] Failed to apply patch to filesystem: ${head}error: patch failed: ${file}:${line}\nerror: ${file}: patch does not apply`,
    ).fingerprint;

  test("of a refused patch is the same for one path, wherever it failed and whatever was warned of before", () => {
    expect(patch("a.py", 1)).toBe(patch("a.py", 91, whitespace));
    expect(patch("a.py", 1)).not.toBe(patch("b.py", 1));
  });

  test("of failing tests differs by their counts, since the log tells no more", () => {
    const tests = (counts: string) => causeOf(`WARNING [p] CI checks FAILED: ${counts}`).fingerprint;
    expect(tests("7/9 passed, 2 failed")).toBe(tests("7/9 passed, 2 failed"));
    expect(tests("7/9 passed, 2 failed")).not.toBe(tests("8/9 passed, 1 failed"));
  });
});
