import { child, children, list, memberName, type Node, print, stringOf, text } from "./javascript-tree.ts";
import type { TestTrace } from "./model.ts";

/** What only a runner of tests sets. */
const ofRunner =
  /^(?:NODE_TEST_CONTEXT|NODE_TEST_WORKER_ID|VITEST|VITEST_\w+|JEST_WORKER_ID|PYTEST_CURRENT_TEST|PYTEST_VERSION|MOCHA_\w+|AVA_PATH|PLAYWRIGHT_TEST\w*)$/;
/** What is set where tests run, and elsewhere. */
const ofPlace = /^(?:CI|CONTINUOUS_INTEGRATION|GITHUB_ACTIONS|GITLAB_CI|TAP)$/;
/** Names that exist only while tests run. */
const ofTests = /^(?:jest|vi|vitest|jasmine|describe|mocha)$/;

const tells = (name: string): Told | null =>
  ofRunner.test(name)
    ? { what: `what it does where \`${name}\` is set`, severity: "block" }
    : ofPlace.test(name)
      ? { what: `what it does where \`${name}\` is set`, severity: "review" }
      : null;
const underTest: Told = { what: 'what it does under `NODE_ENV === "test"`', severity: "review" };

type Told = Pick<TestTrace, "what" | "severity">;

const isMode = (printed: string): boolean => /\bNODE_ENV\b|\bimport meta \) env \) MODE\b/.test(printed);
const saysTest = (node: Node | null): boolean => /^tests?(?:ing)?$/.test(stringOf(node) ?? "");
const isEnvironment = (node: Node | null): boolean => /\benv\b/.test(print(node));

/** Names that hold the mode: `const mode = process.env.NODE_ENV`, `const { NODE_ENV: mode } = process.env`. */
export function readModeNames(node: Node, found: Set<string> = new Set()): Set<string> {
  if (node.type === "VariableDeclarator") {
    const [id, init] = [child(node, "id"), child(node, "init")];
    if (id?.type === "Identifier" && init && isMode(print(init))) found.add(text(id, "name"));
    for (const property of id?.type === "ObjectPattern" ? list(id, "properties") : [])
      if (keyOf(property) === "NODE_ENV") found.add(localOf(property));
  }
  for (const below of children(node)) readModeNames(below, found);
  return found;
}

const keyOf = (property: Node): string =>
  text(child(property, "key"), "name") || (stringOf(child(property, "key")) ?? "");
function localOf(property: Node): string {
  const value = child(property, "value");
  return text(value?.type === "AssignmentPattern" ? child(value, "left") : value, "name");
}

/** What the node does otherwise when tests run; null for one that has nothing to do with it. */
export function readCondition(node: Node, modes: ReadonlySet<string>): Told | null {
  const holdsMode = (side: Node | null) => isMode(print(side)) || modes.has(text(side, "name"));
  switch (node.type) {
    case "BinaryExpression": {
      const [left, right] = [child(node, "left"), child(node, "right")];
      if (text(node, "operator") === "in") {
        const told = tells(stringOf(left) ?? "");
        return told?.severity === "review" && !isEnvironment(right) ? null : told;
      }
      const compares = /^[!=]==?$/.test(text(node, "operator"));
      const sides = [left, right];
      return compares && sides.some(saysTest) && sides.some(holdsMode) ? underTest : null;
    }
    case "SwitchStatement":
      return holdsMode(child(node, "discriminant")) &&
        list(node, "cases").some((one) => saysTest(child(one, "test")))
        ? underTest
        : null;
    case "MemberExpression": {
      const told = tells(memberName(node));
      return told?.severity === "review" && !isEnvironment(child(node, "object")) ? null : told;
    }
    case "VariableDeclarator": {
      const id = child(node, "id");
      if (id?.type !== "ObjectPattern") return null;
      const told = list(id, "properties").map((property) => tells(keyOf(property)));
      const found = told.find((one) => one !== null) ?? null;
      return found?.severity === "review" && !isEnvironment(child(node, "init")) ? null : found;
    }
    case "CallExpression": {
      const [callee, given] = [child(node, "callee"), list(node, "arguments")];
      const tested = [given[0] ?? null, child(callee, "object")];
      if (memberName(callee) === "includes" && given.some(holdsMode))
        return list(tested[1], "elements").some(saysTest) ? underTest : null;
      if (/^(?:startsWith|test|match|equals)$/.test(memberName(callee)) && tested.some(saysTest))
        return tested.some(holdsMode) ? underTest : null;
      const names = given.map((one) => tells(stringOf(one) ?? ""));
      return names.find((one) => one?.severity === "block") ?? null;
    }
    case "UnaryExpression": {
      const name = text(child(node, "argument"), "name");
      return text(node, "operator") === "typeof" && ofTests.test(name)
        ? { what: `what it does where \`${name}\` is there`, severity: "review" }
        : null;
    }
    default:
      return null;
  }
}
