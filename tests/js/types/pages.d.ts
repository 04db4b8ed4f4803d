// What pages begin with, and what their scripts hand to each other. Answers of the documented API are in api.d.ts.

/** The JSON element of a shell. Each page has more than these. */
interface Boot {
  lang: string;
  text: Record<string, string>;
  [more: string]: any;
}

/**
 * What a failed request throws; `status` is 0 when the server was not reached, `wait` is in seconds. `faces` are those of
 * a selfie where no face is the main one.
 */
interface RequestError extends Error {
  code: string;
  field?: string;
  status?: number;
  wait?: number;
  faces?: Api.FaceView[];
}

interface RequestOptions {
  /** Sent as JSON. */
  json?: unknown;
  body?: BodyInit;
  /** The content type of `body`. */
  type?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Sends a request. */
type Ask<Answer = Response> = (method: string, path: string, options?: RequestOptions) => Promise<Answer>;

/** A photo as a guest sees it. */
interface GuestPhoto {
  id: number;
  /** The file that is shown. */
  version?: number;
  file_name: string;
  width: number;
  height: number;
  taken_at: string | null;
  bookmarked?: boolean;
  /** The guest's face, on a match. */
  face?: Api.FaceView;
  /** Why it is a match. */
  reason?: 'selfie' | 'person';
  /** How it was removed, on a removed photo. */
  kind?: 'not_me' | 'hidden';
  /** Who took it, if not the event's photographer. */
  credit?: string | null;
  by_guest?: boolean;
}

/** What a guest has sent; `left` more may follow, null: any number. */
interface Sent {
  items: { id: number; file_name: string; state: 'processing' | 'waiting' | 'shown' | 'hidden' | 'failed' }[];
  left: number | null;
}

interface Matches {
  sure: GuestPhoto[];
  maybe: GuestPhoto[];
}

interface GuestEvent {
  name: string;
  description: string | null;
  date: string | null;
  photographer: string | null;
  photographer_link: string | null;
  photos: number;
  closed: boolean;
  delete_at: string | null;
  faces_delete_at: string | null;
  faces_ended: boolean;
  time_zone: string;
  visibility: Api.VisibilityName;
  download: Api.DownloadName;
  tap_search: boolean;
}

/** See guest/state.js. */
interface GuestState extends Matches {
  entered: boolean;
  entry: number;
  key: string | null;
  consented: boolean;
  searching: boolean;
  found: boolean;
  closed: boolean;
  ended: boolean;
  uploads: { held: boolean; max_per_guest: number | null } | null;
  sending: number;
  deleted: boolean;
  photos: number;
  sequence: string | null;
  removed: number;
  selfies: number;
  people: number;
  tapped: boolean;
  mode: 'all' | 'any' | null;
  waiting: Matches;
  fresh: Set<number>;
  arrived: number;
  link: 'off' | 'live' | 'lost' | 'polling';
  busy: boolean;
  selfie: string | null;
  chosen: Map<number, GuestPhoto> | null;
  problem: string | null;
  unreached: boolean;
  calm: boolean;
  again: 'add' | 'replace' | null;
  question: { picture: Blob; shown: string; faces: Api.FaceView[]; chosen: Set<Api.FaceView> } | null;
}

/** A page of the studio. */
interface StudioPage {
  title(): string;
  render(detail?: any): unknown;
  start?(): unknown;
  stop?(): void;
}

/** A form of the studio; `wrong` names the field that the server refused. */
interface StudioForm {
  values: Record<string, any>;
  wrong?: string;
  problem?: string;
  busy?: boolean;
  touched?: boolean;
  endTouched?: boolean;
  facesTouched?: boolean;
  /** The event as it is; null for a new one. */
  was?: Api.EventDetail | null;
}

interface FormField {
  type?: string;
  hint?: string;
  required?: boolean;
  min?: number;
  max?: number;
  placeholder?: string;
}

type UploadState = 'waiting' | 'sending' | 'retrying' | 'done' | 'there' | 'refused';

/** A file in the upload queue. */
interface UploadItem {
  id: number;
  /** Where it goes: in the studio, the event's id. */
  to: number;
  /** Null once it is sent. */
  file: File | null;
  name: string;
  size: number;
  state: UploadState;
  /** Why it was refused. */
  code: string;
  sent: number;
  sentBefore?: number;
  counted: number;
  /** The path of the upload on the server; empty before it is created. */
  address: string;
}

/** What a contributor's page shows. */
interface ContributorStatus {
  event_name: string;
  name: string;
  credit: string | null;
  max_photos: number | null;
  photos: number;
  paused: boolean;
}

/** See shared/uploads/host.js. */
interface UploadHost {
  /** Where uploads are created. */
  path(to: number): string;
  /** Whether requests would be accepted. */
  isIn(): boolean;
  /** After a request was refused for want of a session: whether there is one again. */
  renew(error: RequestError): Promise<boolean>;
  /** The files that need not be sent. */
  known(to: number, files: File[]): Promise<Set<File>>;
  /** The address of an upload of this file that was begun before. */
  begun(to: number, file: File): string | null;
  /** Hears of each file that has arrived. */
  sent(item: UploadItem): void;
  /** What the server gets to know about a file, beside its name and kind. */
  about(item: UploadItem): Record<string, string>;
}

/** What the wall shows. */
interface WallPhotos {
  name: string;
  link: string;
  paused: boolean;
  photos: { id: number }[];
  pinned: number[];
}
