import {
  child,
  children,
  isFunction,
  list,
  memberName,
  type Node,
  print,
  stringOf,
  text,
  unwrap,
} from "./javascript-tree.ts";
import type { Exit } from "./model.ts";

const exits = /^(?:\(MemberExpression globalThis process \)|process) (?:exit|reallyExit)$|^Deno exit$/;
/** Starts of a program of its own: `require.main === module`, `import.meta.main`, the script that node was given. */
const isMainGuard = (test: Node | null): boolean =>
  /\brequire main\b|\bimport meta \) (?:main\b|(?:url|filename)\b.*\bargv\b)|\bargv\b.*\bimport meta \) (?:url|filename)\b|\bargv #1\b/.test(
    print(test),
  );
/** How a program is told to end from outside. */
const ofOutside = /^(?:SIG[A-Z]+|disconnect|message)$/;

/** Local names for `exit`, from the module `process` or out of the object. */
function readExitNames(program: Node): Set<string> {
  const found = new Set<string>();
  for (const statement of list(program, "body")) {
    if (/^(?:node:)?process$/.test(stringOf(child(statement, "source")) ?? ""))
      for (const specifier of list(statement, "specifiers"))
        if (/^(?:exit|reallyExit)$/.test(text(child(specifier, "imported"), "name")))
          found.add(text(child(specifier, "local"), "name"));
    for (const declared of list(statement, "declarations")) {
      const [id, init] = [child(declared, "id"), print(child(declared, "init"))];
      if (id?.type === "Identifier" && exits.test(withoutMember(init))) found.add(text(id, "name"));
      if (id?.type === "ObjectPattern" && /^process$|\brequire "(?:node:)?process"/.test(init))
        for (const property of list(id, "properties"))
          if (/^(?:exit|reallyExit)$/.test(text(child(property, "key"), "name")))
            found.add(text(child(property, "value"), "name"));
    }
  }
  return found;
}

const withoutMember = (printed: string): string =>
  printed.replace(/^\(MemberExpression (.*) \)$/, "$1").replace(/ :computed| :optional/g, "");

/** Whether what is given to `exit` makes it a success. Of a call's value nothing is known. */
function isSuccess(given: Node | undefined): boolean {
  if (!given) return true;
  const node = unwrap(given);
  if (node.type === "Identifier") return true;
  return /^(?:#0+|#null|"0*"|#false)$/.test(print(node));
}

/** Whether other files can use what the file defines. */
function hasExports(program: Node): boolean {
  return list(program, "body").some(
    (statement) =>
      (/^Export(?:Named|Default|All)Declaration$/.test(statement.type) &&
        statement["exportKind"] !== "type") ||
      (/^\(ExpressionStatement \(AssignmentExpression (?:=|\(MemberExpression)/.test(print(statement)) &&
        /\(MemberExpression (?:module exports|exports \S+) \)/.test(print(statement))),
  );
}

/**
 * Calls that end the process as a success while the file is loaded, or out of what it hands to others then (tests,
 * hooks, timers). What stands in a function that is only defined is not told, nor what ends a program of its own.
 */
export function readExits(program: Node, lineAt: (offset: number) => number): Exit[] {
  const found: Exit[] = [];
  const names = readExitNames(program);
  const isImportable = hasExports(program);
  const body = list(program, "body");
  const last = body.findLastIndex(({ type }) => type !== "EmptyStatement" && type !== "FunctionDeclaration");

  const visit = (node: Node, isSure: boolean, isFollowed: boolean): void => {
    const below = (inside: readonly (Node | null)[], sure: boolean) => {
      for (const one of inside) if (one) visit(one, sure, isFollowed);
    };
    switch (node.type) {
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
      case "MethodDefinition":
        return;
      case "IfStatement":
        if (!isMainGuard(child(node, "test"))) below(children(node), false);
        return;
      case "TryStatement":
        below([child(node, "block"), child(node, "finalizer")], isSure);
        return below([child(node, "handler")], false);
      case "ConditionalExpression":
      case "LogicalExpression":
      case "ForStatement":
      case "ForOfStatement":
      case "ForInStatement":
      case "WhileStatement":
      case "SwitchStatement":
        return below(children(node), false);
      case "AssignmentExpression":
        if (/^process exitCode$/.test(withoutMember(print(child(node, "left")))) && !isSure)
          add(node, child(node, "right") ?? undefined, false);
        break;
      case "CallExpression": {
        const callee = child(node, "callee");
        const given = list(node, "arguments");
        const name = callee?.type === "Identifier" ? text(callee, "name") : "";
        if (
          names.has(name) ||
          (callee && exits.test(`${print(child(callee, "object"))} ${memberName(callee)}`))
        )
          return add(node, given[0], isSure);
        const own = callee && isFunction(unwrap(callee)) ? unwrap(callee) : null;
        if (own) below([child(own, "body")], isSure);
        else if (callee) visit(callee, isSure, isFollowed);
        const isFromOutside = ofOutside.test(stringOf(given[0]) ?? "");
        for (const one of given)
          if (!isFunction(one)) visit(one, isSure, isFollowed);
          else if (!isFromOutside) below([child(one, "body")], false);
        return;
      }
    }
    below(children(node), isSure);

    function add(at: Node, code: Node | undefined, sure: boolean): void {
      if (isSuccess(code))
        found.push({ line: lineAt(at.start), text: print(at), isSure: sure, isFollowed, isImportable });
    }
  };
  for (const [index, statement] of body.entries()) visit(statement, true, index < last);
  return found;
}
