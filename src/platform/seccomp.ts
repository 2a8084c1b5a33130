import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The numbers of `add_key`, `request_key` and `keyctl`, which follow each other, by architecture. A session's keyring
 * is handed on from process to process: whoever could call them would read what the user keeps there.
 */
const keyCalls = [
  { arch: 0xc000003e, first: 248 }, // x86_64
  { arch: 0x40000003, first: 286 }, // the 32-bit programs of it
  { arch: 0xc00000b7, first: 217 }, // aarch64
  { arch: 0x40000028, first: 309 }, // arm
  { arch: 0xc00000f3, first: 217 }, // riscv64
];

const loadWord = 0x20;
const and = 0x54;
const jumpIfEqual = 0x15;
const jumpIfGreater = 0x25;
const jumpIfAtLeast = 0x35;
const answer = 0x06;
const allow = 0x7fff0000;
const refuse = 0x00050001; // with EPERM
/** x86_64 has every call a second time with this bit set. */
const withoutSecondSet = 0xbfffffff;

/** A filter as the kernels of these, all little-endian, take it (classic BPF): all calls but these are allowed. */
function keyFilter(): Buffer {
  const instructions: (readonly [code: number, ifTrue: number, ifFalse: number, value: number])[] = [
    [loadWord, 0, 0, 4],
    ...keyCalls.flatMap(
      ({ arch, first }) =>
        [
          [jumpIfEqual, 0, 6, arch],
          [loadWord, 0, 0, 0],
          [and, 0, 0, withoutSecondSet],
          [jumpIfAtLeast, 0, 2, first],
          [jumpIfGreater, 1, 0, first + 2],
          [answer, 0, 0, refuse],
          [answer, 0, 0, allow],
        ] as const,
    ),
    [answer, 0, 0, allow],
  ];
  const program = Buffer.alloc(8 * instructions.length);
  for (const [index, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    const at = 8 * index;
    program.writeUInt16LE(code, at);
    program.writeUInt8(ifTrue, at + 2);
    program.writeUInt8(ifFalse, at + 3);
    program.writeUInt32LE(value, at + 4);
  }
  return program;
}

/**
 * The filter as a file that is read from its beginning; to be closed when the child has it. Any file descriptor: 1
 * stands for it because execa's types know only the standard ones.
 */
export function openKeyFilter(folder: string): { readonly fd: 1; close(): void } {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `filter-${randomBytes(8).toString("hex")}`);
  writeFileSync(path, keyFilter(), { flag: "wx", mode: 0o600 });
  const fd = openSync(path, "r") as 1;
  unlinkSync(path);
  return { fd, close: () => closeSync(fd) };
}
