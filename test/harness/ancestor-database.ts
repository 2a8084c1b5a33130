import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { ancestorTables } from "../../src/domain/autopack-py.ts";

type Value = string | number | bigint | Buffer | null;
type Fields = Readonly<Record<string, Value>>;

/** Data of the ancestor that lies beside the project on some machines. */
export const legacyData = fileURLToPath(new URL("../../../shared/data/legacy/", import.meta.url));
export const realFolder = existsSync(legacyData) ? legacyData : null;

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 23).replace("T", " ");

/** A database in the shape of the ancestor's, written row by row; every row has defaults that contradict nothing. */
export class AncestorDatabase {
  readonly database: Database.Database;
  #next = 1;
  /** UTC, as the ancestor's program writes it. */
  #now = Date.UTC(2025, 0, 31, 12);

  constructor(path: string) {
    this.database = new Database(path);
    this.database.pragma("synchronous = off");
    for (const [name, { columns }] of Object.entries(ancestorTables))
      this.database.exec(
        `create table if not exists ${name} (${columns.map((column) => `"${column}"`).join(", ")})`,
      );
  }

  insert(table: string, fields: Fields): this {
    const names = Object.keys(fields);
    this.database
      .prepare(
        `insert into "${table}" (${names.map((name) => `"${name}"`).join(", ")}) values (${names.map(() => "?").join(", ")})`,
      )
      .run(...Object.values(fields));
    return this;
  }

  /** The time of now, a second later each time. */
  at(): string {
    this.#now += 1000;
    return stamp(this.#now);
  }

  /** Moves the clock on. */
  later(minutes: number): this {
    this.#now += minutes * 60_000;
    return this;
  }

  run(id: string, fields: Fields = {}): this {
    const at = this.at();
    return this.insert("runs", {
      id,
      state: "DONE_SUCCESS",
      created_at: at,
      updated_at: at,
      tokens_used: 0,
      ...fields,
    });
  }

  /** Gives back the number of its row, by which phases name it. */
  tier(run: string, tierId: string, fields: Fields = {}): number {
    const id = this.#next++;
    const at = this.at();
    this.insert("tiers", {
      id,
      tier_id: tierId,
      run_id: run,
      tier_index: 0,
      name: tierId,
      state: "PENDING",
      created_at: at,
      updated_at: at,
      ...fields,
    });
    return id;
  }

  phase(run: string, phaseId: string, fields: Fields = {}): this {
    const at = this.at();
    return this.insert("phases", {
      id: this.#next++,
      phase_id: phaseId,
      run_id: run,
      phase_index: 0,
      name: phaseId,
      description: "",
      state: "COMPLETE",
      task_category: "backend",
      complexity: "low",
      tokens_used: 0,
      created_at: at,
      updated_at: at,
      ...fields,
    });
  }

  call(run: string, phaseId: string, tokens: number, fields: Fields = {}): this {
    return this.insert("llm_usage_events", {
      id: this.#next++,
      provider: "some",
      model: "model-a",
      run_id: run,
      phase_id: phaseId,
      role: "builder",
      prompt_tokens: Math.round(tokens * 0.4),
      completion_tokens: tokens - Math.round(tokens * 0.4),
      created_at: this.at(),
      ...fields,
    });
  }

  decision(run: string, phaseId: string, choice: string, fields: Fields = {}): this {
    return this.insert("decision_log", {
      id: this.#next++,
      run_id: run,
      phase_id: phaseId,
      timestamp: this.at(),
      trigger: "doctor",
      choice,
      ...fields,
    });
  }

  close(): void {
    this.database.close();
  }
}
