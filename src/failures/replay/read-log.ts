import type { LoggedAttempt } from "./attempt.ts";
import { createAttemptCollector } from "./collect-attempts.ts";
import { createLineDecoder } from "./decode-lines.ts";
import { createRecordReader } from "./read-records.ts";

export interface ReadLog {
  readonly records: number;
  /** Time of its last record. */
  readonly until: number;
  /** In the order of their starts in the log. */
  readonly attempts: readonly LoggedAttempt[];
}

/**
 * The attempts that a log of the ancestor's executor tells of; `source` names it. Any bytes are an answer; what `chunks`
 * throws goes through.
 */
export async function readLog(chunks: AsyncIterable<Uint8Array>, source: string): Promise<ReadLog> {
  let count = 0;
  let until = Number.NEGATIVE_INFINITY;
  const attempts = createAttemptCollector(source);
  const records = createRecordReader((record) => {
    count++;
    until = record.at;
    attempts.add(record);
  });
  const lines = createLineDecoder(records.add);
  for await (const chunk of chunks) lines.add(chunk);
  lines.end();
  records.end();
  return { records: count, until, attempts: attempts.end() };
}
