import { readCondition, readModeNames } from "./javascript-conditions.ts";
import { child, children, list, type Node, print, stringOf, text } from "./javascript-tree.ts";
import { mayNameFile, type Remark, type TestTrace } from "./model.ts";

const doubles =
  /^(?:vitest|@jest\/globals|jest-mock|sinon|testdouble|nock|mock-fs|proxyquire|rewire|ts-mockito|jest-mock-extended|vitest-mock-extended|sinon-chai|mockdate|node:test)$/;
const inSource = (node: Node): boolean =>
  node.type === "IfStatement" && /import meta[ )]*.*\bvitest\b/.test(print(child(node, "test")));

/** Where a script knows that it is tested, or brings in what only tests use. */
export function readTraces(program: Node, lineAt: (offset: number) => number): TestTrace[] {
  const found: TestTrace[] = [];
  const add = (node: Node, what: string, severity: TestTrace["severity"]) =>
    found.push({ line: lineAt(node.start), what, severity });
  const modes = readModeNames(program);
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
    const condition = readCondition(node, modes);
    if (condition) found.push({ line: lineAt(node.start), ...condition });
    for (const below of children(node)) visit(below);
  };
  visit(program);
  return found;
}

/** Strings that may name a file. */
export function readFileNames(
  node: Node,
  lineAt: (offset: number) => number,
  found: Remark[] = [],
): Remark[] {
  const text = stringOf(node);
  if (text !== null && mayNameFile(text)) found.push({ line: lineAt(node.start), text });
  for (const below of children(node)) readFileNames(below, lineAt, found);
  return found;
}
