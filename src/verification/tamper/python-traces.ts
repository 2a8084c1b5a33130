import type { TestTrace } from "./model.ts";
import { at, named, type PythonNode, pythonString } from "./python-tree.ts";

const doubles = /^(?:pytest|pytest_mock|mock|unittest\.mock|unittest|responses|requests_mock|freezegun)$/;

/** Where a Python file knows that it is tested, or brings in what only tests use. */
export function readPythonTraces(root: PythonNode, lineAt: (offset: number) => number): TestTrace[] {
  const found: TestTrace[] = [];
  const add = (node: PythonNode, what: string, severity: TestTrace["severity"]) =>
    found.push({ line: lineAt(node.start), what, severity });
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
        add(node, `what it does where \`"${runner}" in sys.modules\``, "block");
    }
    if (pythonString(node) === "PYTEST_CURRENT_TEST")
      add(node, "what it does where `PYTEST_CURRENT_TEST` is set", "block");
    for (const below of node.children) visit(below);
  };
  visit(root);
  return found;
}
