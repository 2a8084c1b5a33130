import { child, children, list, memberName, type Node, stringOf, text } from "./javascript-tree.ts";

export interface ScriptNames {
  /** Local names of what defines tests, as their libraries call them: `check` is `test`. */
  readonly tests: ReadonlyMap<string, string>;
  readonly assertions: ReadonlyMap<string, string>;
  readonly imports: readonly string[];
}

const testLibraries =
  /^(?:vitest|@jest\/globals|node:test|test|mocha|tape|tap|ava|uvu|bun:test|@playwright\/test|@japa\/runner|blue-tape|tap\/.*|zora|qunit|@vitest\/runner)$/;
const assertLibraries =
  /^(?:(?:node:)?assert(?:\/strict)?|chai|uvu\/assert|power-assert|should|expect|expect\.js|@std\/assert.*|nanoassert|.*\/assert(?:\.[cm]?[jt]s)?)$/;
const testNames = /^(?:it|test|describe|suite|context|specify|fit|xit|fdescribe|xdescribe|xtest|xcontext)$/;

/** Reads the imports, and what `require` gives, at the top of the file. */
export function readNames(program: Node): ScriptNames {
  const [tests, assertions, imports] = [new Map<string, string>(), new Map<string, string>(), [] as string[]];
  const bind = (library: string, imported: string, local: string) => {
    if (local === "") return;
    if (testLibraries.test(library)) {
      if (imported === "default" || imported === "*")
        tests.set(local, library.startsWith("tap") && local !== "test" ? "t" : "test");
      else if (testNames.test(imported)) tests.set(local, imported);
      else if (imported === "expect") assertions.set(local, "expect");
      else if (imported === "assert") assertions.set(local, "assert");
    } else if (assertLibraries.test(library)) {
      const whole = imported === "default" || imported === "*" || imported === "strict";
      assertions.set(local, whole ? (/expect/.test(library) ? "expect" : "assert") : imported);
    }
  };
  for (const statement of list(program, "body")) {
    if (statement.type === "ImportDeclaration") {
      const library = stringOf(child(statement, "source")) ?? "";
      imports.push(library);
      for (const specifier of list(statement, "specifiers")) {
        const imported =
          specifier.type === "ImportSpecifier"
            ? text(child(specifier, "imported"), "name")
            : specifier.type === "ImportDefaultSpecifier"
              ? "default"
              : "*";
        bind(library, imported, text(child(specifier, "local"), "name"));
      }
    }
    if (statement.type === "VariableDeclaration")
      for (const declared of list(statement, "declarations")) bindRequired(declared, bind, imports, tests);
  }
  return { tests, assertions, imports };
}

function requiredBy(node: Node): { library: string; member: string } | null {
  let [at, member]: [Node | null, string] = [node, ""];
  while (
    at?.type === "MemberExpression" ||
    (at?.type === "CallExpression" && child(at, "callee")?.type !== "Identifier")
  ) {
    if (at.type === "MemberExpression") member = text(child(at, "property"), "name");
    at = child(at, at.type === "MemberExpression" ? "object" : "callee");
  }
  if (at?.type !== "CallExpression" || text(child(at, "callee"), "name") !== "require") return null;
  const library = stringOf(list(at, "arguments")[0]);
  return library === null ? null : { library, member };
}

function bindRequired(
  declared: Node,
  bind: (library: string, imported: string, local: string) => void,
  imports: string[],
  tests: Map<string, string>,
): void {
  const [id, init] = [child(declared, "id"), child(declared, "init")];
  if (!id || !init) return;
  const required = requiredBy(init);
  if (required) {
    imports.push(required.library);
    if (id.type === "Identifier") bind(required.library, required.member || "default", text(id, "name"));
    for (const property of id.type === "ObjectPattern" ? list(id, "properties") : [])
      bind(required.library, text(child(property, "key"), "name"), text(child(property, "value"), "name"));
    return;
  }
  // `const it = test.extend({ … })`, and a suite of uvu: `const math = suite("math")`.
  const callee = child(init, "callee");
  const base = callee?.type === "MemberExpression" ? child(callee, "object") : callee;
  const known = tests.get(text(base, "name"));
  const extend = callee?.type === "MemberExpression" && text(child(callee, "property"), "name") === "extend";
  const isSuite = callee?.type === "Identifier" && known === "suite" && list(init, "arguments").length === 1;
  if (id.type === "Identifier" && ((extend && known) || isSuite)) tests.set(text(id, "name"), "test");
}

/** All calls of `require` and `import(…)`, wherever they stand. */
export function requiredAnywhere(
  node: Node,
  found: { library: string; at: number }[] = [],
): { library: string; at: number }[] {
  const source =
    node.type === "ImportExpression"
      ? child(node, "source")
      : node.type === "CallExpression" && text(child(node, "callee"), "name") === "require"
        ? list(node, "arguments")[0]
        : null;
  const library = stringOf(source);
  if (library !== null) found.push({ library, at: node.start });
  for (const below of children(node)) requiredAnywhere(below, found);
  return found;
}

const compares =
  /^(?:equal|notEqual|deepEqual|notDeepEqual|strictEqual|notStrictEqual|deepStrictEqual|strictSame|is)$/;

/** What statements compare two values with, whoever made it: `plan` in `plan.equal(x, 1)`. */
export function readReceivers(node: Node, found: Set<string> = new Set()): Set<string> {
  const call = node.type === "ExpressionStatement" ? child(node, "expression") : null;
  const callee = call?.type === "CallExpression" ? child(call, "callee") : null;
  const object = child(callee, "object");
  if (
    object?.type === "Identifier" &&
    compares.test(memberName(callee)) &&
    list(call, "arguments").length >= 2
  )
    found.add(text(object, "name"));
  for (const below of children(node)) readReceivers(below, found);
  return found;
}
