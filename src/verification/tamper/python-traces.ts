import type { TestTrace } from "./model.ts";
import { at, named, type PythonNode, pythonString } from "./python-tree.ts";

const doubles = /^(?:pytest|pytest_mock|mock|unittest\.mock|unittest|responses|requests_mock|freezegun)$/;

/** What only a runner of tests sets, and what is set where tests run and elsewhere. */
const ofRunner = /^PYTEST_(?:CURRENT_TEST|VERSION|XDIST_WORKER)$/;
const ofPlace = /^(?:CI|CONTINUOUS_INTEGRATION|GITHUB_ACTIONS|GITLAB_CI)$/;

/** Where a Python file knows that it is tested, or brings in what only tests use. */
export function readPythonTraces(root: PythonNode, lineAt: (offset: number) => number): TestTrace[] {
  const found: TestTrace[] = [];
  const add = (node: PythonNode, what: string, severity: TestTrace["severity"]) =>
    found.push({ line: lineAt(node.start), what, severity });
  const condition = (node: PythonNode, what: string, severity: TestTrace["severity"]) =>
    found.push({ line: lineAt(node.start), what: `what it does where ${what}`, severity });
  const visit = (node: PythonNode): void => {
    if (node.type === "if_statement" && /\bTYPE_CHECKING$/.test(at(node, "condition")?.text ?? "")) return;
    if (node.type === "import_from_statement") {
      const from = at(node, "module_name")?.text ?? "";
      const names = node.children
        .filter(({ field }) => field === "name")
        .map(({ text }) => text.split(/\s/)[0] ?? "");
      const library = [from, ...names.map((name) => `${from}.${name}`)].find((name) => doubles.test(name));
      if (library) add(node, `an import of \`${library}\``, "review");
      return;
    }
    if (node.type === "import_statement") {
      for (const name of node.children
        .filter(({ field }) => field === "name")
        .map(({ text }) => text.split(/\s/)[0] ?? ""))
        if (doubles.test(name)) add(node, `an import of \`${name}\``, "review");
      return;
    }
    if (node.type === "comparison_operator") {
      const [left, right] = named(node);
      const runner = pythonString(left) ?? "";
      if (/^(?:pytest|_pytest|unittest)$/.test(runner) && right?.text === "sys.modules")
        condition(node, `\`"${runner}" in sys.modules\``, "block");
      if (ofPlace.test(runner) && /\benviron\b/.test(right?.text ?? ""))
        condition(node, `\`${runner}\` is set`, "review");
    }
    const name = pythonString(node) ?? "";
    if (ofRunner.test(name)) condition(node, `\`${name}\` is set`, "block");
    if (node.type === "call" && /^(?:os\.)?(?:getenv|environ\.get)$/.test(at(node, "function")?.text ?? "")) {
      const asked = pythonString(named(at(node, "arguments"))[0]) ?? "";
      if (ofPlace.test(asked)) condition(node, `\`${asked}\` is set`, "review");
    }
    if (node.type === "subscript" && /\benviron$/.test(at(node, "value")?.text ?? "")) {
      const asked = pythonString(at(node, "subscript")) ?? "";
      if (ofPlace.test(asked)) condition(node, `\`${asked}\` is set`, "review");
    }
    for (const below of node.children) visit(below);
  };
  visit(root);
  return found;
}
