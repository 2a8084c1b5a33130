import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createConfigFile, readEnvironment, readScreen, resolveConfig } from "./config.ts";
import { AppError } from "./domain/app-error.ts";

const file = (text: string | Uint8Array, path = "/repo/autopack.yaml") =>
  createConfigFile(path, typeof text === "string" ? Buffer.from(text) : text);

/** The message of the one fault that reading these layers ends with. */
function faultOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect([error.code, error.exitCode]).toEqual(["config-invalid", 2]);
    return error.message;
  }
  return "none";
}
const refusalOf = (text: string | Uint8Array): string =>
  faultOf(() => resolveConfig({ repository: file(text) }));

describe("a configuration", () => {
  it("is the defaults where the files are empty or not there", () => {
    const defaults = resolveConfig({});
    expect(resolveConfig({ repository: file(""), user: file("# nothing\n") })).toEqual(defaults);
    expect(defaults.limits.max_parallel).toBe(2);
  });

  it("names no builder for another one's sake that is not configured", () => {
    const builders = "builders: { a: { command: x, stronger: b } }";
    expect(refusalOf(builders)).toBe("builders.a.stronger names the builder b, which is not configured");
    expect(refusalOf("defaults: { fallback: [c] }")).toContain("defaults.fallback names the builder c");
    expect(refusalOf("builders: { a: { command: x, stronger: b }, b: { scripted: y } }")).toBe("none");
  });

  it("is the repository's, overridden by the user's key by key, lists whole", () => {
    const config = resolveConfig({
      repository: file("version: 1\nlimits: { max_parallel: 8, check_minutes: 5 }\nprotect: [a, b]\n"),
      user: file("limits: { max_parallel: 1 }\nprotect: [c]\n", "/home/config.yaml"),
    });
    expect(config).toMatchObject({ limits: { max_parallel: 1, check_minutes: 5 }, protect: ["c"] });
  });

  it.each([
    [
      "a mistyped key",
      "version: 1\nlimit: {}\n",
      "2:1: The key `limit` is not known here. Did you mean `limits`?",
    ],
    [
      "a value of another type",
      "limits:\n  max_parallel: many\n",
      "2:17: `limits.max_parallel` cannot be `many`",
    ],
    [
      "a number beyond its range",
      "limits: { max_parallel: 65 }\n",
      "1:25: `limits.max_parallel` cannot be `65`",
    ],
    ["no number", "limits: { check_minutes: .nan }\n", "1:26: `limits.check_minutes` cannot be `NaN`"],
    [
      "an endless time",
      "limits: { check_minutes: .inf }\n",
      "1:26: `limits.check_minutes` cannot be `Infinity`",
    ],
    [
      "a time beyond all sense",
      "limits: { lease_seconds: 1e300 }\n",
      "1:26: `limits.lease_seconds` cannot be",
    ],
    ["another version", "version: 2\n", "1:10: `version` cannot be `2`"],
    ["a list", "- a\n", "1:1: The file holds no mapping."],
    ["broken YAML", "limits: { a\n", "2:1: Flow map"],
    ["a key twice", "protect: []\nprotect: []\n", "2:1: The key `protect` occurs twice."],
    ["a tag that would run code", "protect: !!js/function x\n", "1:10: Unresolved tag"],
    [
      "aliases that multiply",
      `a: &a [x]\n${"b: [*a, *a]\n".repeat(3)}`,
      "3:1: The key `b` occurs twice. (and 1 more)",
    ],
    ["a key of the prototype", "__proto__: { limits: {} }\n", "1:1: The key `__proto__` is not known here."],
    ["nesting without end", `protect: ${"[".repeat(9000)}`, "1:"],
    ["a pattern that could match for ever", "protect: ['(a+)+']\n", "1:11: `protect[0]` cannot be `(a+)+`"],
    [
      "a builder of two sorts",
      "builders: { x: { command: a, scripted: b } }\n",
      "1:30: The key `scripted` is not known",
    ],
    ["a NUL character", "protect: ['a\0']\n", "1:13: it holds a NUL character"],
    ["UTF-16", Buffer.from("\ufeffversion: 1\n", "utf16le"), "1:1: it is UTF-16"],
    ["Latin-1", Buffer.from("# für\n", "latin1"), "1:4: it is not UTF-8 text"],
  ])("with %s is refused by its place", (_, text, expected) => {
    expect(refusalOf(text)).toContain(`/repo/autopack.yaml:${expected}`);
  });

  it("names both files where only together they make no sense", () => {
    const repository = file("builders: { x: { command: a } }\n");
    const user = file("builders: { x: { scripted: b } }\n", "/home/config.yaml");
    expect(faultOf(() => resolveConfig({ repository, user }))).toMatch(
      /^\/repo\/autopack\.yaml and \/home\/config\.yaml do not go together: .*scripted/,
    );
  });

  it("is the documented object or one fault with file, line and column, whatever the bytes", () => {
    const expectAnswer = (text: string | Uint8Array) => {
      const message = refusalOf(text);
      if (message !== "none") expect(message).toMatch(/^\/repo\/autopack\.yaml:[1-9]\d*:[1-9]\d*: [^\n\0]+$/);
    };
    const sign = fc.constantFrom(
      ..."-?:,[]{}#&*!|>'\"%\t\n 0a",
      "\n  ",
      "limits: ",
      "builders: ",
      "<<: ",
      "*a",
    );
    const text = fc.array(sign, { maxLength: 40 }).map((signs) => signs.join(""));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectAnswer), { numRuns: 200 });
    fc.assert(fc.property(text, expectAnswer), { numRuns: 200 });
  });

  it("is the documented object or one fault, whatever stands at one of its keys", () => {
    const keys = [
      "version",
      "builders",
      "setup",
      "carry",
      "checks",
      "defaults",
      "protect",
      "limits",
      "sandbox",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...keys, "retention_days"), fc.jsonValue({ maxDepth: 3 }), (key, value) => {
        const message = refusalOf(JSON.stringify({ [key]: value }, null, 1));
        if (message !== "none") expect(message).toMatch(/^\/repo\/autopack\.yaml:\d+:\d+: /);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the environment", () => {
  it.each([{}, { HOME: "" }, { HOME: "relative/home" }])("with HOME as in %j is the user's own", (env) => {
    const { home, stateDir } = readEnvironment(env);
    expect(home).toMatch(/^\//);
    expect(stateDir).toBe(`${home}/.local/state/autopack`);
  });

  it("takes only absolute folders from XDG variables", () => {
    const env = { HOME: "/home/u", XDG_STATE_HOME: "state", XDG_CONFIG_HOME: "/etc/u" };
    expect(readEnvironment(env)).toMatchObject({
      stateDir: "/home/u/.local/state/autopack",
      configDir: "/etc/u/autopack",
    });
  });

  it.each([
    [{}, { moves: false, colour: false, utf8: true }],
    [{ TERM: "dumb" }, { moves: false, colour: false, utf8: true }],
    [
      { TERM: "xterm", LANG: "de_DE.UTF-8" },
      { moves: true, colour: true, utf8: true },
    ],
    [
      { TERM: "xterm", NO_COLOR: "1", LANG: "de_DE.utf8" },
      { moves: true, colour: false, utf8: true },
    ],
    [
      { TERM: "xterm", LANG: "de_DE.UTF-8", LC_ALL: "C" },
      { moves: true, colour: true, utf8: false },
    ],
    [
      { TERM: "xterm", LANG: "de_DE.ISO-8859-1" },
      { moves: true, colour: true, utf8: false },
    ],
  ])("%j shows a screen as %j", (env, expected) => {
    expect(readScreen(env)).toEqual(expected);
  });
});
