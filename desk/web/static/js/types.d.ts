// What the desk sends to and receives from the scripts, named as in Python.

/** A cue as it stands in a draft. */
export interface DraftCue { start_ms: number; end_ms: number; text: string; speaker: string; mark: string }

/** A cue by its name; null where it is removed or not there. */
export type CuesById = Record<string, DraftCue | null>;

/** What became of a cue. */
export interface Change { cue: string; before: DraftCue | null; after: DraftCue | null }

export interface Breach { level: "error" | "warning" | "note"; message: string }

/** A place to look at, found by the recogniser, by the rules or by a merge. */
export interface ReviewPoint {
  id: string; kind: string; level: string; start_ms: number; end_ms: number; reason: string;
  heard?: string; offer?: string;
}

/** Where earlier work met a new version. */
export interface MergeConflict { start_ms: number; end_ms: number; kept: boolean; ours: string; theirs: string }

export interface SubtitleLimits { max_cps: number; max_chars: number; lines: number; min_gap_ms: number }

/** What the proofreading page is opened with. */
export interface ProofreadData {
  stage: number; person: string; room: string; address: string; base: string; number: number;
  cues: Record<string, DraftCue>; original: CuesById; breaches: Record<string, Breach[]>;
  speakers: [string, string][]; limits: SubtitleLimits; conflicts: MergeConflict[]; doubts: ReviewPoint[];
  settled: string[]; files: Record<"picture" | "subtitled_video" | "words" | "listening_audio", string>;
  open: boolean; may_sign: boolean;
}

/** The body of a save. */
export interface SaveBody { base: string; since: number; key: string; changes: Change[]; settled: string[] }

export interface ChangeRow { cue: string; after: DraftCue | null; person: string; key: string }

/** The changes of others; the answer to a save. */
export interface DraftChanges { number: number; rows: ChangeRow[]; settled: string[]; conflicts: MergeConflict[] }

export interface Presence { person: string; cue: string }

/** The answer to /changes. */
export interface DraftStatus extends DraftChanges { others: Presence[]; moved: boolean }

/** The event "room". */
export interface RoomState { draft: number; people: number }

/** A recognised word, from words.json. */
export interface Word { text: string; start_ms: number; end_ms: number; probability: number }

/** Version 2 of the JSON that audiowaveform writes. */
export interface Waveform { length: number; data: number[]; samples_per_pixel: number; sample_rate: number }

/** What is given with a refusal: the message, and what some errors add. */
export interface ErrorBody { error: string; remedy?: string; now?: CuesById | string; people?: Record<string, string> }

export interface Note {
  number: number; start_ms: number; end_ms: number; quote: string; text: string; person: string; open: boolean;
  answers: { action: NoteAction; person: string; text: string }[];
}
export type NoteAction = "reply" | "resolve" | "waive";

/** What a send-back would cause. */
export interface Consequences {
  lines: { stage: string; work: string; signature: string }[]; kept: string[]; foreseen: string;
}

/** A file or folder on the server. */
export interface Entry { at: string; name: string; is_folder: boolean; size_bytes: number }

export interface DepositResult { deposits: { name: string; sha256: string; new: boolean }[] }

/** A background job: deposits once it is done, an error once it has failed. */
export type Job =
  | { state: "working"; done: number }
  | ({ state: "done" } & DepositResult)
  | ({ state: "failed" } & ErrorBody);

export type Mark = "" | "right" | "wrong" | "withhold" | "publish";

/** A cue on the interviewee's page. */
export interface IntervieweeCue {
  id: string; start: number; end: number; text: string; mark: Mark; reason: string; voices: number; held: boolean;
}

export interface IntervieweeData { base: string; number: number; film: string; cues: IntervieweeCue[] }

/** The interviewee's answer about one cue. */
export interface CueAnswer { cue: string; mark: Mark; text?: string; reason: string }

export interface AnswersBody { base: string; key: string; said: CueAnswer[] }

export interface Passage { start_ms: number; end_ms: number; reason?: string }

/** What the interviewee signs; `changed` is [time, before, after]. */
export interface Summary { changed: [number, string, string][]; passages: Passage[]; unseen: number; number: number }
