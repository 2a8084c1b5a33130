import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical.ts";

/** The same value with the keys of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

/** As JSON has it: no negative zero. */
const jsonValue = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe("canonical JSON", () => {
  test("is JSON of the same value", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  test("is the same text for the same value, whatever the order of keys", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test("is another text for another value", () => {
    fc.assert(
      fc.property(jsonValue, jsonValue, (a, b) => {
        const same = canonicalJson(a) === canonicalJson(b);
        if (same) expect(a).toEqual(b);
        else expect(a).not.toEqual(b);
      }),
    );
  });

  test("is its own canonical form once read back", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("sorts keys by code unit at every depth, and has no white space", () => {
    const value = { b: [{ z: 1, a: 2 }], a: null, "10": true, "9": false, "\u{1f600}": 1, "\uffff": 2 };
    expect(canonicalJson(value)).toBe(
      '{"10":true,"9":false,"a":null,"b":[{"a":2,"z":1}],"\u{1f600}":1,"\uffff":2}',
    );
  });

  test("leaves out what is undefined in an object, and writes null for it in a list, as JSON does", () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(canonicalJson([1, undefined])).toBe("[1,null]");
  });

  test.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["nothing at all", undefined],
  ])("refuses %s, wherever it stands", (name, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    if (name !== "nothing at all") expect(() => canonicalJson({ deep: [value] })).toThrow(TypeError);
  });
});
