import { wordsOf } from "./javascript-tree.ts";
import {
  type Assertion,
  type Code,
  createLineIndex,
  type Mark,
  mayNameFile,
  type Remark,
  type Test,
  type TestTrace,
} from "./model.ts";
import { readPythonAssertion } from "./python-claims.ts";
import { readPythonExits } from "./python-exits.ts";
import { markOf, skipOfBlock } from "./python-marks.ts";
import { readPythonTraces } from "./python-traces.ts";
import {
  at,
  hasCall,
  named,
  type PythonNode,
  parsePython,
  printPython,
  pythonString,
} from "./python-tree.ts";

interface Owner {
  assertions: Assertion[];
  calls: string[];
}

interface Scope {
  readonly suite: readonly string[];
  readonly skip: Mark | null;
  readonly owner: Owner | null;
  readonly inTest: boolean;
  readonly looped: boolean;
  readonly swallowed: boolean;
}

const broad = /^(?:AssertionError|Exception|BaseException)$/;
const catchesAll = (types: readonly PythonNode[]): boolean =>
  types.length === 0 || types.some((type) => type.text.split(/[^\w.]+/).some((name) => broad.test(name)));

/** Whether an assertion that fails in the block is never heard of. */
function drops(clause: PythonNode): boolean {
  if (clause.type !== "except_clause") return false;
  const block = clause.children.find(({ type }) => type === "block");
  const types = named(clause).filter(({ type }) => type !== "block");
  const heeds = (node: PythonNode): boolean =>
    /^(?:raise_statement|assert_statement|return_statement|assignment)$/.test(node.type) ||
    (node.type === "call" && !/^(?:print|log\w*[.(]|logging\.)/.test(node.text)) ||
    node.children.some(heeds);
  return catchesAll(types) && block !== undefined && !heeds(block);
}

const suppresses = (statement: PythonNode): boolean =>
  /^with\s+(?:contextlib\.)?suppress\(\s*[^)]*\b(?:AssertionError|Exception|BaseException)\b/.test(
    statement.text.slice(0, 300),
  );

class Reader {
  readonly tests: Test[] = [];
  readonly helpers = new Map<string, Owner>();
  readonly path: string;
  readonly lineAt: (offset: number) => number;

  constructor(path: string, lineAt: (offset: number) => number) {
    this.path = path;
    this.lineAt = lineAt;
  }

  visit(node: PythonNode, scope: Scope): void {
    switch (node.type) {
      case "decorated_definition":
        return this.visitDefinition(
          at(node, "definition"),
          named(node).filter(({ type }) => type === "decorator"),
          scope,
        );
      case "class_definition":
      case "function_definition":
        return this.visitDefinition(node, [], scope);
      case "try_statement": {
        const swallowed = scope.swallowed || node.children.some(drops);
        for (const below of node.children)
          this.visit(below, below.field === "body" ? { ...scope, swallowed } : scope);
        return;
      }
      case "with_statement":
        if (suppresses(node)) return this.visitBelow(node, { ...scope, swallowed: true });
        break;
      case "if_statement": {
        const never =
          /^(?:false|none)$/.test(at(node, "condition")?.type ?? "") || at(node, "condition")?.text === "0";
        for (const below of node.children)
          if (!(never && below.field === "consequence")) this.visit(below, scope);
        return;
      }
      case "for_statement":
      case "while_statement":
        return this.visitBelow(node, { ...scope, looped: true });
      case "call":
        scope.owner?.calls.push((at(at(node, "function"), "attribute") ?? at(node, "function"))?.text ?? "");
        break;
    }
    const said = readPythonAssertion(node);
    if (said)
      scope.owner?.assertions.push({
        ...said,
        line: this.lineAt(node.start),
        swallowed: scope.swallowed,
        floating: false,
        repeated: scope.looped,
      });
    this.visitBelow(node, scope);
  }

  private visitBelow(node: PythonNode, scope: Scope): void {
    for (const below of node.children) this.visit(below, scope);
  }

  private visitDefinition(node: PythonNode | null, decorators: readonly PythonNode[], scope: Scope): void {
    if (!node) return;
    const name = at(node, "name")?.text ?? "";
    const marks = decorators.flatMap((one) =>
      named(one).map((expression) => markOf(expression, this.lineAt(one.start))),
    );
    const skip = scope.skip ?? marks.find((mark) => mark.skip)?.skip ?? null;
    const body = at(node, "body");
    if (node.type === "class_definition") {
      const collected = /^Test|Tests?$/.test(name) || named(at(node, "superclasses")).length > 0;
      const mine = collected ? [...scope.suite, name] : [...scope.suite, `(${name})`];
      if (body)
        this.visitBelow(body, {
          ...scope,
          suite: mine,
          skip: skip ?? moduleMark(body, this.lineAt),
          owner: null,
        });
      return;
    }
    const isTest =
      name.startsWith("test") &&
      !scope.inTest &&
      scope.owner === null &&
      !scope.suite.some((one) => one.startsWith("("));
    if (!isTest) {
      const owner = scope.inTest ? scope.owner : (this.helpers.get(name) ?? { assertions: [], calls: [] });
      if (owner && !scope.inTest) this.helpers.set(name, owner);
      if (body) this.visitBelow(body, { ...scope, owner });
      return;
    }
    const owner: Owner = { assertions: [], calls: [] };
    if (body) this.visitBelow(body, { ...scope, owner, inTest: true, looped: false, swallowed: false });
    const printed = printPython(body);
    const tables = marks.flatMap(({ cases }) => (cases ? [cases] : []));
    this.tests.push({
      path: this.path,
      line: this.lineAt(node.start),
      suite: scope.suite.join(" > "),
      title: name,
      skip: skip ?? skipOfBlock(body, this.lineAt),
      focus: marks.find((mark) => mark.focus)?.focus ?? null,
      empty: body === null || !hasCall(body),
      opaque: false,
      many: tables.length > 0,
      cases:
        tables.length > 0 && tables.every((rows) => rows.length > 0) ? tables.flat().map(printPython) : null,
      body: printed,
      words: wordsOf(printed),
      ...owner,
    });
  }
}

/** `pytestmark = pytest.mark.skip`, and `pytest.skip(…, allow_module_level=True)`. */
function moduleMark(block: PythonNode, lineAt: (offset: number) => number): Mark | null {
  for (const statement of named(block)) {
    const first = named(statement)[0];
    const line = lineAt(statement.start);
    if (first?.type === "call" && at(first, "function")?.text === "pytest.skip")
      return { line, how: "a call of skip for the whole file", conditional: false };
    if (first?.type === "assignment" && at(first, "left")?.text === "pytestmark") {
      const right = at(first, "right");
      const items = right?.type === "list" ? named(right) : right ? [right] : [];
      const skip = items.map((item) => markOf(item, line).skip).find((mark) => mark !== undefined);
      if (skip) return { ...skip, how: skip.how.replace("@", "pytestmark = ") };
    }
  }
  return null;
}

function commentsOf(node: PythonNode, lineAt: (offset: number) => number, found: Remark[] = []): Remark[] {
  if (node.type === "comment") found.push({ line: lineAt(node.start), text: node.text.slice(1) });
  for (const below of node.children) commentsOf(below, lineAt, found);
  return found;
}

function fileNamesOf(node: PythonNode, lineAt: (offset: number) => number, found: Remark[] = []): Remark[] {
  const text = pythonString(node);
  if (text !== null && mayNameFile(text)) found.push({ line: lineAt(node.start), text });
  for (const below of node.children) fileNamesOf(below, lineAt, found);
  return found;
}

function importsOf(root: PythonNode): string[] {
  return named(root).flatMap((statement) =>
    statement.type === "import_from_statement"
      ? [
          at(statement, "module_name")?.text ?? "",
          ...statement.children
            .filter(({ field }) => field === "name")
            .map(({ text }) => `${at(statement, "module_name")?.text}.${text}`),
        ]
      : statement.type === "import_statement"
        ? statement.children.filter(({ field }) => field === "name").map(({ text }) => text)
        : [],
  );
}

/** Takes a Python file apart; null where it does not parse. */
export async function readPython(path: string, source: string): Promise<Code | null> {
  const root = await parsePython(source);
  if (!root) return null;
  const lineAt = createLineIndex(source);
  const reader = new Reader(path, lineAt);
  reader.visit(root, {
    suite: [],
    skip: moduleMark(root, lineAt),
    owner: null,
    inTest: false,
    looped: false,
    swallowed: false,
  });
  const traces: readonly TestTrace[] = readPythonTraces(root, lineAt);
  return {
    tests: reader.tests,
    helpers: reader.helpers,
    comments: commentsOf(root, lineAt),
    traces,
    exits: readPythonExits(root, lineAt),
    fileNames: fileNamesOf(root, lineAt),
    imports: importsOf(root),
  };
}
