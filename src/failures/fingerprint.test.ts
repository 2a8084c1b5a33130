import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Evidence, FailureKind, Problem } from "../domain/failure.ts";
import { splitStack } from "./fingerprint/frames.ts";
import { readPatchRefusals } from "./fingerprint/git-apply.ts";
import { normalise } from "./fingerprint/normalise.ts";
import { fingerprint } from "./fingerprint.ts";

const output = (detail: string): Evidence[] => [{ label: "output", detail }];
const failed = (detail: string, kind: FailureKind = "check-failed"): Problem => ({
  kind,
  message: "check test exited with 1.",
  evidence: output(detail),
});
const of = (detail: string) => fingerprint(failed(detail));

const workspace = (key: string, run: string, place: string) =>
  `/home/${key}/.local/state/autopack/workspaces/${key}/${run}/search.${place}/tree`;

describe("a fingerprint is the same", () => {
  test.each([
    [
      "at another time, number and temporary place",
      "3 failed in 1.25 s at 2026-11-02T12:00:00Z, see /tmp/x1/log",
      "14 failed in 950ms at 2026-11-03 09:10:11, see /tmp/y2/log",
    ],
    [
      "in the workspace of another attempt, run and machine",
      `Error: no loader for ${workspace("a1b2", "run-1", "1.build")}/src/note.md`,
      `Error: no loader for ${workspace("ffee", "run-22", "3.round-2")}/src/note.md`,
    ],
    [
      "and in the repository itself",
      `Error: no loader for ${workspace("a1b2", "run-1", "1.build")}/src/note.md`,
      "Error: no loader for src/note.md",
    ],
    [
      "in another checkout",
      "cannot read /home/ann/notes/src/a/b.ts",
      "cannot read C:\\work\\x\\src\\a\\b.ts",
    ],
    [
      "with another id, hash, port and process",
      "request req_011CZAZLPuVR of 3f2504e0-4f89-11d3-9a0c-0305e82c3301 at 9c84b52ce87fbe62 on 127.0.0.1:34567 by pid 812",
      "request req_0aQx93kk2Lp1 of 00000000-4f89-11d3-9a0c-0305e82c3302 at 0123456789abcdef on 127.0.0.1:1024 by pid 7",
    ],
    ["in colours", "\u001b[31mexpected\u001b[0m a tree", "expected a tree"],
    [
      "about other data",
      "expected 'a longer text, with words' to be 4",
      "expected 'hello there you' to be 51",
    ],
    ["said more often", "warning: slow\nwarning: slow\nbroken", "warning: slow\nbroken"],
    [
      "when the lines above it moved",
      "TypeError: parse is not a function\n    at run (/w/tree/src/a.ts:3:11)",
      "TypeError: parse is not a function\n    at run (/w/tree/src/a.ts:90:1)",
    ],
    [
      "with another version of what called it",
      "Error: boom\n    at run (/w/tree/src/a.ts:3:11)\n    at Module._compile (node:internal/modules/cjs/loader:1358:14)",
      "Error: boom\n    at run (/w/tree/src/a.ts:3:11)\n    at inner (/w/tree/node_modules/x/index.js:1:1)\n    at Object.<anonymous> (node:internal/main:1:1)",
    ],
  ])("%s", (_, one, other) => {
    expect(of(one)).toBe(of(other));
  });

  test("whatever order tests failed in, and whatever was printed between", () => {
    const test1 = { label: "test", detail: "search finds words" };
    const test2 = { label: "test", detail: "search ranks words" };
    const one = { ...failed("a"), evidence: [test1, test2, ...output("ran in 3 s")] };
    const other = { ...failed("a"), evidence: [test2, test1, ...output("something else")] };
    expect(fingerprint(one)).toBe(fingerprint(other));
    expect(fingerprint({ ...one, evidence: [test1] })).not.toBe(fingerprint(one));
  });
});

describe("a fingerprint differs", () => {
  test.each([
    ["with the symbol in quotes", "Cannot find module 'left-pad'", "Cannot find module 'right-pad'"],
    ["with the path in quotes", "cannot open './src/a.ts'", "cannot open './src/b.ts'"],
    ["with the file", "broken: src/a/index.ts", "broken: src/b/index.ts"],
    ["with the code of a compiler", "error TS2304: x", "error TS2322: x"],
    ["with the words", "expected tokenize to be a function", "expected parse to be a function"],
    [
      "with the function that threw",
      "Error: boom\n    at run (/w/tree/src/a.ts:3:11)",
      "Error: boom\n    at walk (/w/tree/src/a.ts:3:11)",
    ],
  ])("%s", (_, one, other) => {
    expect(of(one)).not.toBe(of(other));
  });

  test("with the kind", () => {
    expect(fingerprint(failed("x", "check-failed"))).not.toBe(fingerprint(failed("x", "acceptance-failed")));
  });
});

describe("normalising", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom(
      ..."' \" ` / \\ : . - _ < > <n> <t> <path> 3 12.5 1e9 ms 2026-11-02T12:00:00Z 12:00:01 Nov tmp tmp-a1 /tmp/ /tree/ .build/ src/ C:\\ node_modules/ file:// localhost:80 127.0.0.1 0x1f deadbeef1 req_a1b2c3d4e5 pid TS2304 'x' \u001b[ 31m \u0000 \r\n at".split(
        " ",
      ),
    ),
  );

  test("twice changes nothing more", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.constantFrom("", " "), (pieces, between) => {
        const once = normalise(pieces.join(between));
        expect(normalise(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  test("leaves no digit but those of codes, quoted names and paths", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 59 }), fc.uuid(), (count, minute, id) => {
        const text = `${count} of ${id} at 12:${String(minute).padStart(2, "0")}:07 in ${count}ms on port ${count}`;
        expect(normalise(text)).not.toMatch(/\d/);
      }),
    );
  });

  test.each([
    "/",
    "\\",
    "'",
    '"',
    "1",
    "a1",
    "0x",
    "at ",
    "\u001b[",
    "12:",
    "a.",
    "<n>",
    " ",
    "\n at x (",
    "1 m ",
  ])("a megabyte of %j on one line takes bounded time", (text) => {
    const hostile = text.repeat(Math.ceil(1_000_000 / text.length));
    expect(fingerprint({ ...failed(hostile), message: hostile })).toMatch(/^v2:[0-9a-f]{16}$/);
  });
});

describe("the innermost frames of the project's own code are read from", () => {
  test.each([
    [
      "Node",
      "TypeError: no\n    at parse (file:///w/1.build/tree/src/parse.ts:3:11)\n    at async Promise.all (index 0)\n    at run (/w/1.build/tree/src/run.ts:9:1)\n    at node:internal/main/run_main_module:36:49\n\nNode.js v24.1.0",
      ["src/parse.ts parse", "src/run.ts run"],
      "TypeError: no",
    ],
    [
      "Python",
      'Traceback (most recent call last):\n  File "/w/1.build/tree/app/main.py", line 3, in <module>\n    main()\n    ^^^^^^\n  File "/w/1.build/tree/app/core.py", line 8, in load\n    return json.loads(text)\n  File "/usr/lib/python3.12/json/__init__.py", line 346, in loads\n    return _default_decoder.decode(s)\nValueError: unknown option',
      ["app/core.py load", "app/main.py <module>"],
      "ValueError: unknown option",
    ],
    [
      "Go",
      "panic: nil map\n\ngoroutine 1 [running]:\nmain.store(0xc000012, 0x3)\n\t/w/1.build/tree/cmd/app/main.go:12 +0x1d\nruntime.main()\n\t/usr/local/go/src/runtime/proc.go:250 +0x1d",
      ["cmd/app/main.go main.store"],
      "panic: nil map",
    ],
    [
      "Rust",
      "thread 'main' panicked\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/abc/library/std/src/panicking.rs:645:5\n   3: app::load\n             at ./src/load.rs:4:5",
      ["./src/load.rs app::load"],
      "thread 'main' panicked",
    ],
    [
      "Java",
      "java.lang.IllegalStateException: no\n\tat org.junit.Assert.fail(Assert.java:89)\n\tat com.acme.Store.load(Store.java:12)\n\tat java.base/java.lang.Thread.run(Thread.java:833)\n\t... 23 more",
      ["com.acme.Store load"],
      "java.lang.IllegalStateException: no",
    ],
  ])("%s", (_, text, frames, rest) => {
    const stack = splitStack(text);
    expect(stack.frames.map((frame) => `${frame.file} ${frame.function}`)).toEqual(frames);
    expect(stack.rest.trim()).toBe(rest);
  });
});

describe("a patch that git refuses", () => {
  const warned = `<stdin>:12: trailing whitespace.
warning: 1 line adds whitespace errors.
error: patch failed: src/app.ts:12
error: src/app.ts: patch does not apply`;

  test("is told by kind and path, whatever was warned of before", () => {
    expect(readPatchRefusals(warned)).toEqual(["patch does not apply: 'src/app.ts'"]);
    expect(of(warned)).toBe(
      of("error: patch failed: src/app.ts:90\nerror: src/app.ts: patch does not apply"),
    );
    expect(of(warned)).not.toBe(of(warned.replaceAll("src/app.ts", "src/other.ts")));
    expect(of(warned)).not.toBe(of("error: corrupt patch at line 12"));
  });

  test("is not seen in what holds no refusal", () => {
    expect(
      readPatchRefusals("x.ts:12: trailing whitespace.\nwarning: 1 line adds whitespace errors."),
    ).toBeNull();
    expect(readPatchRefusals("error: config.json: No such file or directory")).toBeNull();
  });
});

test("begins with the name of its algorithm, so that one of another algorithm is equal to none of it", () => {
  expect(fingerprint(failed("3 failed"))).toMatch(/^v2:[0-9a-f]{16}$/);
});
