import { child, children, list, type Node, print, stringOf, text } from "./javascript-tree.ts";
import type { TestTrace } from "./model.ts";

const doubles =
  /^(?:vitest|@jest\/globals|jest-mock|sinon|testdouble|nock|mock-fs|proxyquire|rewire|ts-mockito|jest-mock-extended|vitest-mock-extended|sinon-chai|mockdate|node:test)$/;
const runners = /^(?:VITEST|VITEST_WORKER_ID|JEST_WORKER_ID|PYTEST_CURRENT_TEST|MOCHA_\w+|TAP)$/;

/** Whether the text says that the program runs under test: `process.env.NODE_ENV === "test"`. */
function readCondition(node: Node): Omit<TestTrace, "line"> | null {
  if (node.type === "BinaryExpression" && /^[!=]==?$/.test(text(node, "operator"))) {
    const sides = [child(node, "left"), child(node, "right")];
    const tested =
      sides.some((side) => /\bNODE_ENV\b/.test(print(side))) &&
      sides.some((side) => /^tests?$/.test(stringOf(side) ?? ""));
    if (tested) return { what: 'what it does under `NODE_ENV === "test"`', severity: "review" };
  }
  if (node.type === "MemberExpression" && text(child(child(node, "object"), "property"), "name") === "env") {
    const name = text(child(node, "property"), "name") || (stringOf(child(node, "property")) ?? "");
    if (runners.test(name)) return { what: `what it does where \`${name}\` is set`, severity: "block" };
  }
  return null;
}

const inSource = (node: Node): boolean =>
  node.type === "IfStatement" && /import meta[ )]*.*\bvitest\b/.test(print(child(node, "test")));

/** Where a script knows that it is tested, or brings in what only tests use. */
export function readTraces(program: Node, lineAt: (offset: number) => number): TestTrace[] {
  const found: TestTrace[] = [];
  const add = (node: Node, what: string, severity: TestTrace["severity"]) =>
    found.push({ line: lineAt(node.start), what, severity });
  const visit = (node: Node): void => {
    // Vitest's own way to keep tests in a source file; a build takes them out.
    if (inSource(node)) return;
    if (node.type === "ImportDeclaration" && node["importKind"] !== "type") {
      const library = stringOf(child(node, "source")) ?? "";
      if (doubles.test(library)) add(node, `an import of \`${library}\``, "review");
      return;
    }
    if (node.type === "CallExpression") {
      const callee = child(node, "callee");
      const library = text(callee, "name") === "require" ? stringOf(list(node, "arguments")[0]) : null;
      if (library !== null && doubles.test(library)) add(node, `an import of \`${library}\``, "review");
      const [object, method] = [
        text(child(callee, "object"), "name"),
        text(child(callee, "property"), "name"),
      ];
      if (
        /^(?:vi|jest)$/.test(object) &&
        /^(?:fn|mock|doMock|spyOn|mocked|stubGlobal|unstable_mockModule)$/.test(method)
      )
        add(node, `a call of \`${object}.${method}\``, "block");
    }
    const condition = readCondition(node);
    if (condition) add(node, condition.what, condition.severity);
    for (const below of children(node)) visit(below);
  };
  visit(program);
  return found;
}
