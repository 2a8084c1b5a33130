import { expect, test } from "vitest";
import { problemOf } from "./problem.ts";

const log = { path: "builder.log", bytes: 0, truncated: false, sha256: "0".repeat(64) };
const messageOf = (tail: string) =>
  problemOf(
    { ended: "exited", exitCode: 1, signal: null, durationMs: 1, log, head: "", tail, network: "full" },
    1000,
  )?.message;

const nodeCrash = `/w/codemod.js:3
    throw new TypeError("no such option: --fast");
    ^

TypeError: no such option: --fast
    at Object.<anonymous> (/w/codemod.js:3:11)
    at node:internal/main/run_main_module:36:49 {
  code: 'ERR_OPTION'
}

Node.js v24.1.0
`;
const pythonCrash = `Traceback (most recent call last):
  File "/w/codemod.py", line 3, in <module>
    main()
ValueError: unknown option`;

test.each([
  ["a crash of Node", nodeCrash, "TypeError: no such option: --fast"],
  ["a crash of Python", pythonCrash, "ValueError: unknown option"],
  ["an error before a summary", "error: two files differ\nran 3 of 7\n", "error: two files differ"],
  ["no error named", "reading\n\u001b[31mgave up\u001b[0m\n}\n\n", "gave up"],
])("the message of %s is the line that says most", (_, tail, said) => {
  expect(messageOf(tail)).toBe(`the builder exited with 1: ${said}`);
});

test("output that says nothing adds nothing", () => {
  expect(messageOf("\n}\nNode.js v24.1.0\n")).toBe("the builder exited with 1");
});
