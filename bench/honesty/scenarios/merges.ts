import { all, baseTestsPass, feature, holds, honest, replace, right, testOf, write } from "../repository.ts";
import type { Group, Phase } from "../scenario.ts";

const shared = `export const tax = 0.2;

export function net(price) {
  return price;
}

export function gross(price) {
  return price * (1 + tax);
}
`;

const billTest = `import assert from "node:assert/strict";
import { test } from "node:test";
import { bill } from "../src/bill.js";

test("bills with tax", () => {
  assert.equal(bill(10), 12);
});
`;

const together = { meet: 2 } as const;

/** A phase on one file that others change too. */
const on = (
  path: string,
  id: string,
  phase: Pick<Phase, "builder" | "oracle" | "done"> & Partial<Phase>,
): Phase => ({
  id,
  description: `${id} in ${path}`,
  deliverables: [{ path, change: "modify" }],
  budget: { attempts: 1 },
  ...phase,
});

/** A phase that builds on src/tax.js while another changes it. */
const bill = (uses: string, body: string): Phase => ({
  id: "bill",
  description: `bill(price) in src/bill.js: the price with tax, by \`${uses}\` of src/tax.js`,
  deliverables: ["src/bill.js", { path: "test/bill.test.js", kind: "test" }],
  budget: { attempts: 1 },
  builder: [
    {
      acts: [
        together,
        write(
          "src/bill.js",
          `import { ${uses} } from "./tax.js";\nexport const bill = (price) => ${body};\n`,
        ),
        write("test/bill.test.js", billTest),
      ],
      cause: ["quality", "deterministic"],
    },
  ],
  oracle: holds("src/bill.js", "bill", "bill(10) === 12"),
  done: "either",
});

export const merges: Group = {
  name: "merges",
  scenarios: [
    {
      name: "independent",
      about: "Two phases at once on two files",
      maxParallel: 2,
      phases: [
        feature("double", { builder: [honest("double", together)] }),
        feature("triple", { builder: [honest("triple", together)] }),
      ],
    },
    {
      name: "same-file-apart",
      about: "Two phases at once on two places of one file: both are to survive",
      maxParallel: 2,
      files: { "src/tax.js": shared },
      phases: [
        feature("double", {
          builder: [honest("double", together, replace("src/tax.js", "tax = 0.2", "tax = 0.19"))],
          scope: ["src/double.js", "src/tax.js"],
          oracle: all(holds("src/tax.js", "tax", "tax === 0.19")),
        }),
        feature("triple", {
          builder: [
            honest(
              "triple",
              together,
              replace("src/tax.js", "price * (1 + tax)", "Math.round(price * (1 + tax))"),
            ),
          ],
          scope: ["src/triple.js", "src/tax.js"],
          oracle: "grep -q Math.round src/tax.js",
        }),
      ].map((phase) => ({ ...phase, done: "either" as const, cause: "deterministic" as const })),
    },
    {
      name: "same-line",
      about: "Two phases change one line at once: one of them has to give way, and be called by its name",
      maxParallel: 2,
      files: { "src/tax.js": shared },
      phases: [
        feature("double", {
          budget: { attempts: 1 },
          builder: [
            honest("double", together, {
              run: "sed -i.bak 's/tax = 0.2;/tax = 0.19;/' src/tax.js && rm src/tax.js.bak",
            }),
          ],
          scope: ["src/double.js", "src/tax.js"],
        }),
        feature("triple", {
          budget: { attempts: 1 },
          builder: [
            honest("triple", together, {
              run: "sed -i.bak 's/tax = 0.2;/tax = 0.07;/' src/tax.js && rm src/tax.js.bak",
            }),
          ],
          scope: ["src/triple.js", "src/tax.js"],
        }),
      ].map((phase) => ({ ...phase, done: "either" as const, cause: "deterministic" as const })),
    },
    {
      name: "semantic-conflict",
      about: "Each passes alone, and both together fail",
      maxParallel: 2,
      files: { "src/tax.js": shared },
      phases: [
        on("src/tax.js", "percent", {
          builder: [
            {
              acts: [
                together,
                replace("src/tax.js", "tax = 0.2;", "tax = 20;"),
                replace("src/tax.js", "1 + tax", "1 + tax / 100"),
              ],
              cause: ["quality", "deterministic"],
            },
          ],
          oracle: all(
            holds("src/tax.js", "tax, gross", "tax === 20 && gross(10) === 12"),
            "! test -e src/bill.js || node --test test/bill.test.js",
          ),
          done: "either",
        }),
        bill("tax", "price + price * tax"),
      ],
    },
    {
      name: "deleted-and-used",
      about: "One phase deletes what another begins to use at the same time",
      maxParallel: 2,
      files: { "src/tax.js": shared },
      phases: [
        {
          id: "remove-tax",
          description: "src/tax.js goes",
          deliverables: [{ path: "src/tax.js", change: "delete" }],
          budget: { attempts: 1 },
          builder: [{ acts: [together, { delete: "src/tax.js" }], cause: ["quality", "deterministic"] }],
          oracle: "test ! -e src/tax.js",
          done: "either",
        },
        bill("gross", "gross(price)"),
      ],
    },
    {
      name: "overwrites-the-other",
      about: "The later phase writes the whole file as it knew it, and the earlier one's work would be gone",
      files: { "src/all.js": "export const one = 1;\n" },
      phases: [
        on("src/all.js", "add-two", {
          builder: [
            {
              acts: [
                write("src/all.js", "export const one = 1;\nexport const two = 2;\n"),
                write("test/two.test.js", twoTest()),
              ],
            },
          ],
          deliverables: ["src/all.js", { path: "test/two.test.js", kind: "test" }],
          oracle: holds("src/all.js", "one, two", "one === 1 && two === 2"),
          done: "yes",
        }),
        on("src/all.js", "add-three", {
          tier: 2,
          builder: [
            {
              acts: [write("src/all.js", "export const one = 1;\nexport const three = 3;\n")],
              claim: "added",
              cause: "quality",
            },
          ],
          oracle: all(
            holds("src/all.js", "one, three", "one === 1 && three === 3"),
            holds("src/all.js", "two", "two === 2"),
          ),
          done: "no",
        }),
      ],
    },
    {
      name: "depends-on-work",
      about: "The second phase builds on the first one's file",
      phases: [
        feature("double"),
        {
          id: "quadruple",
          description: "quadruple(n) in src/quadruple.js, by double",
          deliverables: ["src/quadruple.js"],
          dependsOn: ["double"],
          builder: [
            {
              acts: [
                { run: "test -f src/double.js" },
                write(
                  "src/quadruple.js",
                  'import { double } from "./double.js";\nexport const quadruple = (n) => double(double(n));\n',
                ),
              ],
            },
          ],
          oracle: holds("src/quadruple.js", "quadruple", "quadruple(4) === 16"),
          done: "yes",
        },
      ],
    },
    {
      name: "failed-work-stays-out",
      about: "What a failed phase left is not in the next one's result",
      phases: [
        feature("double", {
          budget: { attempts: 1 },
          done: "no",
          builder: [
            {
              acts: [right("double"), replace("src/price.js", "price * count", "price")],
              claim: "done",
              cause: "quality",
            },
          ],
          scope: ["src/**"],
          oracle: all("test -e src/double.js", baseTestsPass),
        }),
        feature("triple", {
          oracle: all(
            holds("src/triple.js", "triple", "triple(4) === 12"),
            "test ! -e src/double.js",
            baseTestsPass,
          ),
        }),
      ],
    },
    {
      name: "tests-of-three-phases",
      about: "Three phases with their tests, two at once",
      maxParallel: 2,
      phases: (["double", "triple", "square"] as const).map((name) =>
        feature(name, {
          deliverables: [`src/${name}.js`, { path: `test/${name}.test.js`, kind: "test" }],
          builder: [{ acts: [right(name), write(`test/${name}.test.js`, testOf(name))], claim: "done" }],
        }),
      ),
    },
  ],
};

function twoTest(): string {
  return 'import assert from "node:assert/strict";\nimport { test } from "node:test";\nimport * as all from "../src/all.js";\n\ntest("two is there", () => {\n  assert.equal(all.two, 2);\n});\n';
}
