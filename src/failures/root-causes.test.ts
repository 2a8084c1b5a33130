import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Evidence, FailureKind } from "../domain/failure.ts";
import { toFailure } from "./fingerprint.ts";
import { attributeRules } from "./root-cause-rules.ts";
import { attributesOf, groupRootCauses, type Member } from "./root-causes.ts";

const member = (
  id: string,
  detail: string,
  kind: FailureKind = "check-failed",
  more: Evidence[] = [],
): Member => ({
  id,
  failure: toFailure({ kind, message: `${id} failed`, evidence: [{ label: "output", detail }, ...more] }),
});

test.each(attributeRules.map(({ name, example: [line, value] }) => [line, name, value] as const))(
  "%s names the %s %s",
  (line, name, value) => {
    expect(attributesOf(member("a", line).failure)).toEqual([{ name, value }]);
  },
);

describe("failures are grouped", () => {
  test("under the package that all of them miss, however each says it", () => {
    const members = [
      member("a", "Error: Cannot find module 'left-pad'"),
      member("b", "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'left-pad' imported from /w/a.js"),
      member("c", "expected 1 to be 2"),
    ];
    const { groups, ungrouped } = groupRootCauses(members);
    expect(groups).toEqual([
      { attribute: "package", value: "left-pad", members: members.slice(0, 2), fingerprints: 2 },
    ]);
    expect(ungrouped).toEqual(members.slice(2));
  });

  test("under the provider that refused all of them", () => {
    const by = [{ label: "provider", detail: "anthropic" }];
    const members = [member("a", "x", "provider-overloaded", by), member("b", "y", "rate-limited", by)];
    expect(groupRootCauses(members).groups).toMatchObject([{ attribute: "provider", value: "anthropic" }]);
    expect(
      groupRootCauses([member("a", "x", "check-failed", by), member("b", "y", "check-failed", by)]).groups,
    ).toEqual([]);
  });

  test("by the cause that explains most, where there are several", () => {
    const both = "Error: Cannot find module 'left-pad'\nsh: 1: tsc: not found";
    const members = [
      member("a", both),
      member("b", "sh: 1: tsc: not found"),
      member("c", "sh: 1: tsc: not found"),
      member("d", "Error: Cannot find module 'left-pad'"),
    ];
    const { groups, ungrouped } = groupRootCauses(members);
    expect(groups.map(({ value, members: [...of] }) => [value, of.map(({ id }) => id).join("")])).toEqual([
      ["tsc", "abc"],
    ]);
    expect(ungrouped.map(({ id }) => id)).toEqual(["d"]);
  });

  test("alike in any order, each in one place, and never alone", () => {
    const lines = attributeRules.slice(0, 12).map(({ example: [line] }) => line);
    const drawn = fc.array(fc.tuple(fc.constantFrom(...lines), fc.constantFrom("", ...lines)), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(drawn, fc.infiniteStream(fc.nat()), (texts, keys) => {
        const members = texts.map(([one, other], index) => member(`p${index}`, `${one}\n${other}`));
        const shuffled = members
          .map((each) => [keys.next().value ?? 0, each] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, each]) => each);
        const ids = ({ groups, ungrouped }: ReturnType<typeof groupRootCauses>) => ({
          groups: groups.map((group) => [
            group.attribute,
            group.value,
            group.members.map(({ id }) => id).sort(),
          ]),
          ungrouped: ungrouped.map(({ id }) => id).sort(),
        });
        const found = groupRootCauses(members);
        expect(ids(groupRootCauses(shuffled))).toEqual(ids(found));
        for (const group of found.groups) expect(group.members.length).toBeGreaterThan(1);
        const all = [...found.groups.flatMap((group) => group.members), ...found.ungrouped];
        expect(all.map(({ id }) => id).sort()).toEqual(members.map(({ id }) => id).sort());
      }),
    );
  });
});
